"""When an upstream is slow, silent or broken, its caller is told, or sees that it was cut off."""

import socket
import threading

import pytest

from actors.caller import request
from actors.config import integration
from actors.http1 import Cut
from actors.upstream import (answers, answers_before_the_body, closes_without_answer, echoes,
                             resets_without_answer, says, says_nothing, serves)


def is_a_failure_of_the_upstream(answer, status=502):
    assert answer.status == status
    assert answer.value("X-AT-Upstream-Error") == "true"
    assert answer.value("X-AT-Error-Reason")
    assert answer.value("Content-Type") == "text/plain; charset=utf-8"
    assert answer.body
    return True


def refuses_connections():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return "http://127.0.0.1:%d" % closed.getsockname()[1]


def test_a_closed_port_is_a_502(start_proxy):
    proxy = start_proxy([integration("slack", refuses_connections())])
    caller = proxy.caller()
    for _ in range(2):
        assert is_a_failure_of_the_upstream(caller.get())
    assert is_a_failure_of_the_upstream(caller.post(body=b"x" * 100000))
    proxy.wait_for_metric('authtranslator_internal_responses_total{integration="slack",code="502",'
                          'reason="upstream_failure"}', 3)


@pytest.mark.parametrize("scheme_or_name", ["http://no-such-name.invalid", "ftp://127.0.0.1:9"])
def test_a_destination_that_cannot_be_reached_is_a_502(start_proxy, scheme_or_name):
    proxy = start_proxy([integration("slack", scheme_or_name)])
    assert is_a_failure_of_the_upstream(proxy.caller().get())


@pytest.mark.parametrize("behaviour", [
    closes_without_answer, resets_without_answer, says(b"NOT HTTP\r\n\r\n"), says(b"\0" * 100),
    says(b"HTTP/1.1 200 OK\r\nContent-Le")],
    ids=["closes", "resets", "no_http", "noise", "half_a_head"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_answer_is_a_502(start_proxy, upstream, behaviour, method):
    upstream.behaviour = behaviour
    caller = start_proxy([integration("slack", upstream)]).caller()
    assert is_a_failure_of_the_upstream(caller.ask(method, body=b"x"))
    upstream.behaviour = echoes
    assert caller.get().status == 200, "the caller's connection lives on"


def test_a_head_that_does_not_come_is_a_504(start_proxy, upstream):
    upstream.behaviour = says_nothing
    proxy = start_proxy([integration("slack", upstream, response_header_timeout="200ms")])
    caller = proxy.caller()
    answer = caller.get()
    assert is_a_failure_of_the_upstream(answer, 504)
    upstream.wait_for_farewell()
    upstream.behaviour = echoes
    assert caller.get().status == 200
    proxy.wait_for_metric('authtranslator_internal_responses_total{integration="slack",code="504",'
                          'reason="upstream_timeout"}', 1)


def test_the_time_for_the_head_counts_from_the_end_of_the_request(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream, response_header_timeout="500ms")])
    caller = proxy.caller()
    caller.send(request("POST", headers={"Content-Length": "10"}))
    for i in range(10):
        threading.Event().wait(0.1)  # a slow caller, not a slow upstream
        caller.send(b"%d" % i)
    assert caller.answer().body == b"0123456789"


def test_a_slow_body_is_not_cut_by_the_time_for_the_head(start_proxy, upstream):
    go = threading.Event()

    def behave(visit, _):
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        go.wait(20)
        visit.send(b"world")
    upstream.behaviour = behave
    caller = start_proxy([integration("slack", upstream, response_header_timeout="200ms")]).caller()
    caller.send(request())
    while b"hello" not in caller.buffer:
        assert caller.fill(), "what has come is passed on at once"
    threading.Event().wait(0.5)
    go.set()
    assert caller.answer().body == b"helloworld"


@pytest.mark.parametrize("wire", [
    b"Content-Length: 100\r\n\r\nhello", b"Content-Length: 100\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
    b"Content-Length: 1000000\r\n\r\n" + b"x" * 900000],
    ids=["length", "length_no_byte", "chunked", "inside_a_chunk", "before_the_last_CRLF",
         "bad_chunk", "much"])
@pytest.mark.parametrize("end", ["closes", "resets"])
def test_a_body_that_is_cut_never_looks_whole(start_proxy, upstream, wire, end):
    def behave(visit, _):
        visit.send(b"HTTP/1.1 200 OK\r\n" + wire)
        if end == "resets":
            visit.reset()
        return False
    upstream.behaviour = behave
    caller = start_proxy([integration("slack", upstream)]).caller()
    caller.send(request())
    try:
        answer = caller.answer()
    except Cut:
        pass  # the head was out already, and the body had no end
    else:
        assert answer.status == 502, "nothing was out yet"


def test_a_reset_inside_a_body_without_framing_is_passed_on(start_proxy, upstream):
    """Its end is the only sign that it is whole, so the caller must not see an ordinary one."""
    heard = threading.Event()

    def behave(visit, _):
        visit.send(b"HTTP/1.1 200 OK\r\n\r\nhello")
        heard.wait(20)
        visit.reset()
        return False
    upstream.behaviour = behave
    caller = start_proxy([integration("slack", upstream)]).caller()
    caller.send(request())
    while b"hello" not in caller.buffer:
        assert caller.fill()
    heard.set()
    with pytest.raises(Cut):
        caller.answer()


# Trying again


def test_a_pooled_connection_that_died_is_replaced_without_the_caller_noticing(
        start_proxy, upstream):
    upstream.behaviour = serves(1, then=closes_without_answer)
    caller = start_proxy([integration("slack", upstream)], workers=1).caller()
    assert [caller.get(f"/{i}").status for i in range(5)] == [200] * 5
    assert caller.ask("HEAD").status == 200
    assert caller.ask("OPTIONS").status == 200


def test_a_new_connection_that_dies_is_not_tried_again(start_proxy, upstream):
    upstream.behaviour = closes_without_answer
    caller = start_proxy([integration("slack", upstream)], workers=1).caller()
    assert caller.get().status == 502
    assert upstream.request_count == 1


def test_a_post_is_not_sent_twice(start_proxy, upstream):
    upstream.behaviour = serves(1, then=closes_without_answer)
    caller = start_proxy([integration("slack", upstream)], workers=1).caller()
    assert caller.get().status == 200
    assert caller.post(body=b"pay 5").status == 502
    assert [seen.method for seen in upstream.requests] == ["GET", "POST"]


def test_a_post_that_says_it_may_be_repeated_is(start_proxy, upstream):
    upstream.behaviour = serves(1, then=closes_without_answer)
    caller = start_proxy([integration("slack", upstream)], workers=1).caller()
    assert caller.get().status == 200
    assert caller.ask("POST", headers={"Idempotency-Key": "k"}).status == 200


def test_nothing_is_tried_again_once_an_answer_has_begun(start_proxy, upstream):
    upstream.behaviour = serves(1, then=says(b"HTTP/1.1 200 OK\r\nConte"))
    caller = start_proxy([integration("slack", upstream)], workers=1).caller()
    assert caller.get().status == 200
    assert caller.get().status == 502
    assert upstream.request_count == 2


# Answers that come early


@pytest.mark.parametrize("size", [10, 10_000_000])
@pytest.mark.parametrize("then_close", [True, False])
def test_an_answer_may_come_before_the_body_is_through(start_proxy, upstream, then_close, size):
    upstream.behaviour = answers_before_the_body(413, then_close)
    caller = start_proxy([integration("slack", upstream)]).caller()
    try:
        caller.send(request("POST", body=b"x" * size))
    except ConnectionError:
        pass  # told to stop before the end
    answer = caller.answer()
    assert (answer.status, answer.body) == (413, b"no need\n")


def test_many_slow_requests_wait_side_by_side(start_proxy, upstream):
    go = threading.Event()

    def behave(visit, seen):
        go.wait(20)
        visit.answer()
    upstream.behaviour = behave
    proxy = start_proxy([integration("slack", upstream)], workers=1)
    waiting = [proxy.caller() for _ in range(100)]
    for caller in waiting:
        caller.send(request())
    upstream.wait_for_requests(100)
    upstream.behaviour = answers()
    assert proxy.caller().get().status == 200, "a further one is not held up"
    go.set()
    assert [caller.answer().status for caller in waiting] == [200] * 100
