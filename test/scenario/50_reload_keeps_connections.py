"""A reload changes the rules between two requests, and nobody notices anything else of it."""

import signal
import threading
import time

import pytest

from actors.caller import request
from actors.config import entry, integration, token
from actors.load import Crowd
from actors.upstream import answers, waits_for
from actors.wait import until

ONE, TWO = {"Authorization": "Bearer one"}, {"Authorization": "Bearer two"}


def for_callers_with(secret, upstream):
    return [integration("slack", upstream, [token(f"dangerousLiteral:{secret}")])]


@pytest.fixture
def proxy(start_proxy, upstream):
    return start_proxy(for_callers_with("one", upstream))


def test_a_revoked_token_is_refused_by_the_very_next_request(proxy, upstream):
    # given open connections that were just served
    callers = [proxy.caller() for _ in range(16)]
    for old, new, allowed in [(ONE, TWO, "two"), (TWO, ONE, "one")] * 5:
        assert [caller.get(headers=old).status for caller in callers] == [200] * 16

        # when the token is replaced and `reload` has returned
        proxy.configure(for_callers_with(allowed, upstream))
        proxy.reload()

        # then the same connections live under the new rules at once
        assert [caller.get(headers=old).status for caller in callers] == [401] * 16
        assert [caller.get(headers=new).status for caller in callers] == [200] * 16


def test_no_request_is_judged_by_old_rules_after_one_was_judged_by_new_ones(proxy, upstream):
    """The switch is monotonic, also across workers, also in the middle of a reload."""
    stop = threading.Event()
    seen = []

    def watch(caller):
        while not stop.is_set():
            asked = time.monotonic()
            status = caller.get(headers=ONE).status
            seen.append((asked, time.monotonic(), status))
    watchers = [threading.Thread(target=watch, args=[proxy.caller()]) for _ in range(8)]
    for watcher in watchers:
        watcher.start()
    proxy.configure(for_callers_with("two", upstream))
    proxy.reload()
    stop.set()
    for watcher in watchers:
        watcher.join()
    assert {status for *_, status in seen} <= {200, 401}
    first_refusal_heard = min((heard for _, heard, s in seen if s == 401), default=None)
    if first_refusal_heard:
        assert not [one for one in seen if one[0] > first_refusal_heard and one[2] == 200]


def test_sighup_reloads_too(proxy, upstream):
    caller = proxy.caller()
    assert caller.get(headers=ONE).status == 200
    proxy.configure(for_callers_with("two", upstream))
    proxy.signal(signal.SIGHUP)
    proxy.wait_for_log("reloaded configuration")
    assert caller.get(headers=ONE).status == 401
    assert caller.get(headers=TWO).status == 200


def test_lists_and_integrations_change_together(start_proxy, upstream):
    proxy = start_proxy([integration("old", upstream)],
                        allowlist=[entry("old", everybody=["GET /old"])])
    caller = proxy.caller()
    assert caller.get("/old", host="old").status == 200
    proxy.configure([integration("new", upstream)],
                    allowlist=[entry("new", everybody=["GET /new"])])
    proxy.reload()
    assert caller.get("/old", host="old").status == 404
    assert caller.get("/new", host="new").status == 200
    assert caller.get("/old", host="new").status == 403


def test_a_connection_that_has_not_asked_anything_yet_survives(proxy):
    silent = proxy.caller()
    for _ in range(3):
        proxy.reload()
    assert silent.get(headers=ONE).status == 200


@pytest.mark.parametrize("cut", [1, 9, 30, -1])
def test_half_a_head_before_the_reload_and_half_after_is_one_request(proxy, upstream, cut):
    wire = request("POST", "/half", headers=ONE, body=b"")
    caller = proxy.caller()
    caller.send(wire[:cut])
    for _ in range(8):  # by now its worker has read the first half
        assert proxy.caller().get("/_at_internal/healthz").status == 200
    proxy.reload()
    caller.send(wire[cut:])
    assert caller.answer().status == 200
    assert upstream.request.target == "/half"


def test_half_a_head_is_judged_by_the_rules_of_its_end(proxy, upstream):
    wire = request(headers=ONE)
    caller = proxy.caller()
    caller.send(wire[:20])
    proxy.configure(for_callers_with("two", upstream))
    proxy.reload()
    caller.send(wire[20:])
    assert caller.answer().status == 401


def test_a_request_under_way_ends_as_it_began(proxy, upstream):
    go = threading.Event()

    def behave(visit, seen):
        visit.read_body(seen)
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        go.wait(20)
        visit.send(b"world")
    upstream.behaviour = behave
    caller = proxy.caller()
    caller.send(request("POST", headers={**ONE, "Content-Length": "4"}), b"bo")
    upstream.wait_for_requests(1)
    proxy.reload()
    caller.send(b"dy")
    while b"hello" not in caller.buffer:
        assert caller.fill()
    go.set()
    assert caller.answer().body == b"helloworld"
    upstream.behaviour = answers()
    assert caller.get(headers=ONE).status == 200, "and its connection is handed over then"


def test_a_reload_does_not_wait_for_requests_of_the_one_before(proxy, upstream):
    """A long answer must not put off that the next token is revoked."""
    go = threading.Event()
    upstream.behaviour = waits_for(go)
    busy = [proxy.caller() for _ in range(3)]
    took = []
    for caller in busy:
        caller.send(request(headers=ONE))
        upstream.wait_for_requests(len(took) + 1)
        began = time.monotonic()
        proxy.reload()
        took.append(time.monotonic() - began)
    go.set()
    assert [caller.answer().status for caller in busy] == [200] * 3
    assert max(took) < 5


def test_pipelined_requests_are_all_answered_across_a_reload(proxy, upstream):
    go = threading.Event()

    def behave(visit, seen):
        go.wait(20)
        visit.answer(body=seen.target.encode())
    upstream.behaviour = behave
    caller = proxy.caller()
    caller.send(b"".join(request("GET", f"/{i}", headers=ONE) for i in range(20)))
    upstream.wait_for_requests(1)
    reload = threading.Thread(target=proxy.reload)
    reload.start()
    go.set()
    assert [caller.answer().body for _ in range(20)] == [b"/%d" % i for i in range(20)]
    reload.join()


def test_counters_keep_their_values(proxy):
    name = 'authtranslator_requests_total{integration="slack"}'
    for count in range(1, 4):
        assert proxy.caller().get(headers=ONE).status == 200
        proxy.wait_for_metric(name, count)
        proxy.reload()
        assert proxy.metrics()[name] == count


def test_the_health_page_tells_of_it(proxy):
    first = proxy.caller().get("/_at_internal/healthz").value("X-Last-Reload")
    deadline = time.monotonic() + 5
    while proxy.caller().get("/_at_internal/healthz").value("X-Last-Reload") == first:
        proxy.reload()
        assert time.monotonic() < deadline


def test_old_workers_leave(proxy):
    before = set(proxy.worker_pids())
    caller = proxy.caller()
    assert caller.get(headers=ONE).status == 200
    for _ in range(5):
        proxy.reload()
    until(lambda: len(proxy.worker_pids()) == 2, "two workers are left")
    assert not before & set(proxy.worker_pids())


@pytest.mark.slow
def test_200_reloads_in_a_row_are_noticed_by_nobody(start_proxy, start_upstream, capsys):
    # given 64 kept connections that never pause, and new ones all the time
    proxy = start_proxy([integration("slack", start_upstream(answers()))])
    idle = [proxy.caller() for _ in range(16)]
    assert [caller.get().status for caller in idle] == [200] * 16
    with Crowd(proxy.address, kept=64, new=4) as crowd:
        # when it is reloaded 200 times
        began = time.monotonic()
        for _ in range(200):
            proxy.reload()
        took = time.monotonic() - began
        crowd.wait_for_answers(200)

    # then nobody has noticed
    slowest = max(took for _, took in crowd.answered)
    with capsys.disabled():
        print(f" {len(crowd.answered)} requests during 200 reloads in {took:.1f} s, "
              f"{len(crowd.failures)} failed, {crowd.said_goodbye} kept connections ended, "
              f"slowest answer {slowest * 1000:.0f} ms ", end="")
    assert crowd.failures == []
    assert crowd.said_goodbye == 0
    assert [caller.get().status for caller in idle] == [200] * 16, "on the same connections"


def test_more_idle_connections_than_a_queue_holds_survive_a_reload(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream)], workers=1)
    crowd = [proxy.caller() for _ in range(2500)]
    for caller in crowd:
        assert caller.get("/_at_internal/healthz").status == 200
    proxy.reload()
    for caller in crowd:
        assert caller.get("/_at_internal/healthz").status == 200, caller.seen()
