"""-read-timeout and -write-timeout bound whole requests and whole answers, where somebody sets them."""

import select
import time

from actors.config import integration
from actors.upstream import says_nothing


def test_a_request_that_takes_too_long_to_send_is_a_408(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream)], flags=["-read-timeout", "500ms"])
    slow, began = proxy.caller(), time.monotonic()
    slow.send(b"POST / HTTP/1.1\r\nHost: slack\r\nContent-Length: 100\r\n\r\n")
    assert slow.answer().status == 408
    assert 0.4 < time.monotonic() - began < 5
    assert slow.sees_the_end()
    assert proxy.caller().get().status == 200


def test_a_caller_that_idles_longer_than_the_read_timeout_is_let_go(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream)], flags=["-read-timeout", "500ms"])
    idle = proxy.caller()
    assert idle.get().status == 200
    assert idle.sees_the_end()


def test_empty_lines_are_no_way_to_stay(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream)], flags=["-read-timeout", "2s"])
    idle, began = proxy.caller(), time.monotonic()
    while not idle.ended and time.monotonic() - began < 5:
        idle.send(b"\r\n")
        if select.select([idle.sock], [], [], 0.25)[0]:
            idle.fill()
    assert idle.ended


def test_an_answer_that_takes_too_long_is_broken_off(start_proxy, upstream):
    upstream.behaviour = says_nothing
    proxy = start_proxy([integration("slack", upstream)], flags=["-write-timeout", "500ms"])
    caller, began = proxy.caller(), time.monotonic()
    caller.send(b"GET / HTTP/1.1\r\nHost: slack\r\n\r\n")
    assert caller.sees_the_end()
    assert 0.4 < time.monotonic() - began < 5
    proxy.wait_for_log("request broken off", host="slack")


def test_who_keeps_within_them_notices_nothing(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream)],
                        flags=["-read-timeout", "5s", "-write-timeout", "5s"])
    caller = proxy.caller()
    for _ in range(10):
        assert caller.post(body=b"x" * 10000).status == 200
