"""A worker that dies takes only its own requests along, and another takes its place at once."""

import os
import signal
import threading
import time

import pytest

from actors.caller import request
from actors.config import integration
from actors.http1 import Cut
from actors.load import Crowd
from actors.upstream import answers, waits_for
from actors.wait import until

SOON = 1.0  # seconds until the new worker serves; the aim is 0.1, and the figure is printed


def kill_one(proxy):
    """Ends a worker the hard way and gives its pid."""
    victim = proxy.worker_pids()[0]
    os.kill(victim, signal.SIGKILL)
    return victim


def is_replaced(proxy, victim, before):
    now = proxy.worker_pids()
    return victim not in now and len(now) == before


def test_a_new_worker_serves_at_once(start_proxy, start_upstream, capsys):
    proxy = start_proxy([integration("slack", start_upstream(answers()))], workers=1)
    assert proxy.caller().get().status == 200
    times = []
    for _ in range(5):
        killed = time.monotonic()
        kill_one(proxy)
        assert proxy.caller().get().status == 200, "it waited in the queue, and was not refused"
        times.append(time.monotonic() - killed)
    with capsys.disabled():
        print(" served again after " + ", ".join(f"{t * 1000:.0f} ms" for t in times), end=" ")
    assert max(times) < SOON


def test_requests_of_the_other_workers_are_unaffected(start_proxy, start_upstream):
    # given two workers, each in the middle of requests
    go = threading.Event()

    def behave(visit, _):
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        go.wait(20)
        visit.send(b"world")
    upstream = start_upstream(behave)
    proxy = start_proxy([integration("slack", upstream)], workers=2)
    callers = [proxy.caller() for _ in range(32)]
    for caller in callers:
        caller.send(request())
    upstream.wait_for_requests(32)

    # when one is killed
    victim = kill_one(proxy)
    until(lambda: is_replaced(proxy, victim, 2), "a new worker")
    go.set()

    # then its requests are cut, visibly, and all the others end well
    whole = 0
    for caller in callers:
        try:
            whole += caller.answer().body == b"helloworld"
        except Cut:
            pass
    assert 0 < whole < 32


def test_under_load_only_the_killed_workers_callers_notice(start_proxy, start_upstream):
    proxy = start_proxy([integration("slack", start_upstream(answers()))], workers=2)
    with Crowd(proxy.address, kept=64, new=4) as crowd:
        victim = kill_one(proxy)
        until(lambda: is_replaced(proxy, victim, 2), "a new worker")
        crowd.wait_for_answers(500)
        noticed = len(crowd.failures)
        crowd.wait_for_answers(500)
    assert 0 < noticed < 64 + 4, "those of one worker, once each"
    assert len(crowd.failures) == noticed, "and nothing afterwards"
    assert not [failure for failure in crowd.failures if "connect:" in failure]


def test_connections_that_nobody_accepted_yet_are_not_lost(start_proxy, start_upstream):
    proxy = start_proxy([integration("slack", start_upstream(answers()))], workers=2)
    for _ in range(5):
        kill_one(proxy)
        callers = [proxy.caller() for _ in range(40)]
        assert [caller.get().status for caller in callers] == [200] * 40
        until(lambda: len(proxy.worker_pids()) == 2, "both workers are back")


def test_counters_keep_their_values(start_proxy, start_upstream):
    proxy = start_proxy([integration("slack", start_upstream(answers()))], workers=2)
    assert [proxy.caller().get().status for _ in range(20)] == [200] * 20
    name = 'authtranslator_requests_total{integration="slack"}'
    proxy.wait_for_metric(name, 20)
    for pid in proxy.worker_pids():
        os.kill(pid, signal.SIGKILL)
    assert proxy.metrics()[name] == 20
    assert proxy.caller().get().status == 200
    proxy.wait_for_metric(name, 21)


def test_a_death_is_logged_and_the_rules_stay_the_same(start_proxy, start_upstream):
    proxy = start_proxy([integration("slack", start_upstream(answers()))], workers=1)
    proxy.configure("integrations: [")  # the file on disk does not count
    kill_one(proxy)
    assert proxy.caller().get().status == 200
    assert [line for line in proxy.log() if line["level"] in ("WARN", "ERROR")]


def test_reloads_go_on_after_a_death(start_proxy, start_upstream):
    proxy = start_proxy([integration("slack", start_upstream(answers()))], workers=2)
    victim = kill_one(proxy)
    proxy.reload()
    until(lambda: is_replaced(proxy, victim, 2), "two workers of the new generation")
    assert [proxy.caller().get().status for _ in range(20)] == [200] * 20


def test_a_worker_without_a_master_ends(stage, start_upstream):
    proxy = stage.start_proxy([integration("slack", start_upstream(answers()))], workers=2)
    idle = proxy.caller()
    assert idle.get().status == 200
    os.kill(proxy.process.pid, signal.SIGKILL)
    proxy.wait_for_exit()
    until(lambda: not proxy.everybody(), "no orphan is left")


@pytest.mark.parametrize("timeout, ends", [("500ms", False), ("30s", True)])
def test_a_worker_without_a_master_lets_requests_end_in_time(stage, start_upstream, timeout, ends):
    go = threading.Event()
    upstream = start_upstream(waits_for(go))
    proxy = stage.start_proxy([integration("slack", upstream)], workers=2,
                              flags=["-drain-timeout", timeout])
    caller = proxy.caller()
    caller.send(request())
    upstream.wait_for_requests(1)
    os.kill(proxy.process.pid, signal.SIGKILL)
    proxy.wait_for_exit()
    if ends:
        go.set()
        assert caller.answer().status == 200
    else:
        with pytest.raises(Cut):
            caller.answer()
        go.set()
    until(lambda: not proxy.everybody(), "no orphan is left")


@pytest.mark.parametrize("workers", [2])
def test_a_crash_loop_does_not_take_the_service_down(stage, start_upstream, workers):
    """No new worker can start; the one that lives serves, and the master tries ever more rarely."""
    proxy = stage.new_proxy([integration("slack", start_upstream(answers()))], workers=workers)
    proxy.own_copy_of_the_programs()
    proxy.start()
    proxy.worker.unlink()
    proxy.worker.write_text("#!/bin/sh\nexit 3\n")
    proxy.worker.chmod(0o755)
    kill_one(proxy)
    for _ in range(20):
        assert proxy.caller().get().status == 200
    until(lambda: [line for line in proxy.log() if line["level"] == "ERROR"], "it is reported")
    assert [proxy.caller().get().status for _ in range(20)] == [200] * 20
