"""Told to stop, it lets running requests end, closes what is idle, and goes with status 0."""

import os
import signal
import threading
import time

import pytest

from actors.caller import request
from actors.config import integration
from actors.http1 import Cut, Late
from actors.upstream import waits_for
from actors.wait import until


@pytest.fixture
def scene(start_proxy, start_upstream):
    """A proxy in the middle of a request: (proxy, caller, what lets the upstream answer)."""
    go = threading.Event()

    def start(*flags):
        upstream = start_upstream(waits_for(go))
        proxy = start_proxy([integration("slack", upstream)], flags=flags)
        caller = proxy.caller()
        caller.send(request("POST", body=b"hello"))
        upstream.wait_for_requests(1)
        return proxy, caller, go
    yield start
    go.set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_request_ends_and_idle_connections_are_closed(scene, number):
    proxy, busy, go = scene()
    idle, fresh = proxy.caller(), proxy.caller()
    assert idle.get("/_at_internal/healthz").status == 200

    proxy.signal(number)
    assert idle.sees_the_end() == "closed"
    assert fresh.sees_the_end() == "closed"
    assert proxy.exit_status() is None, "it waits for the request"

    go.set()
    answer = busy.answer()
    assert answer.body == b"hello"
    assert busy.sees_the_end() == "closed"
    assert proxy.wait_for_exit() == 0
    proxy.wait_for_log("shutting down")


def test_nobody_new_is_let_in_and_nobody_is_left_waiting(scene):
    proxy, busy, go = scene()
    proxy.signal(signal.SIGTERM)
    proxy.wait_for_log("shutting down")
    until(lambda: is_turned_away(proxy), "a new caller is refused or closed at once", 5)
    go.set()
    assert busy.answer().status == 200
    assert proxy.wait_for_exit() == 0


def test_a_signal_to_all_of_the_service_is_one_to_its_master(scene):
    proxy, busy, go = scene()
    for worker in proxy.worker_pids():
        os.kill(worker, signal.SIGTERM)
        os.kill(worker, signal.SIGINT)
    proxy.signal(signal.SIGTERM)
    proxy.wait_for_log("shutting down")
    go.set()
    assert busy.answer().body == b"hello"
    assert proxy.wait_for_exit() == 0


def is_turned_away(proxy):
    try:
        late = proxy.caller()
    except ConnectionRefusedError:
        return True
    late.sock.settimeout(1)
    try:
        late.get("/_at_internal/healthz")
    except Cut:
        return True
    except Late:
        pass
    return False


def test_it_does_not_wait_longer_than_the_drain_timeout(scene):
    proxy, busy, _ = scene("-drain-timeout", "500ms")
    began = time.monotonic()
    proxy.signal(signal.SIGTERM)
    assert proxy.wait_for_exit() == 0
    assert 0.4 < time.monotonic() - began < 5
    with pytest.raises(Cut):
        busy.answer()


def test_a_second_signal_ends_it_at_once(scene):
    proxy, busy, _ = scene()
    proxy.signal(signal.SIGTERM)
    proxy.wait_for_log("shutting down")
    began = time.monotonic()
    proxy.signal(signal.SIGTERM)
    proxy.wait_for_exit()
    assert time.monotonic() - began < 5
    with pytest.raises(Cut):
        busy.answer()


def test_it_stops_in_the_middle_of_a_reload(scene):
    proxy, busy, go = scene()
    proxy.signal(signal.SIGHUP)
    proxy.signal(signal.SIGTERM)
    go.set()
    assert busy.answer().status == 200
    assert proxy.wait_for_exit() == 0


def test_it_leaves_nothing_behind(scene):
    proxy, busy, go = scene()
    go.set()
    assert busy.answer().status == 200
    proxy.signal(signal.SIGTERM)
    assert proxy.wait_for_exit() == 0
    proxy.leaves_nothing_behind()
    assert not (proxy.directory / "admin").exists()
