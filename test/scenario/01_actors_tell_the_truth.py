"""Before anybody is judged: the actors of these stories read strictly themselves."""

import threading

import pytest

from actors.caller import Caller, chunked, request
from actors.http1 import Broken, Cut
from actors.upstream import (answers_before_the_body, closes_without_answer, hangs_up_after,
                             resets_without_answer, says, serves, waits_for)


@pytest.fixture
def talk_to(start_upstream):
    """A caller that is connected straight to an upstream of that behaviour."""
    callers = []

    def connect(*behaviour):
        callers.append(Caller(start_upstream(*behaviour).address))
        return callers[-1]
    yield connect
    for caller in callers:
        caller.close()


def test_a_request_in_single_bytes_is_one_request(talk_to, stage):
    caller = talk_to()
    wire = request("POST", "/a?b", headers={"X-A": "b"}, body=b"hello")
    caller.send(*(wire[i:i + 1] for i in range(len(wire))))
    assert caller.answer().body == b"hello"
    seen = stage.upstreams[0].request
    assert (seen.method, seen.target, seen.value("x-a")) == ("POST", "/a?b", "b")
    assert bytes(stage.upstreams[0].visits[0].wire) == wire


def test_chunks_and_trailers_are_read(talk_to, stage):
    caller = talk_to()
    caller.send(request("POST", headers={"Transfer-Encoding": "chunked"}),
                chunked(b"hel", b"lo", trailers=[("X-End", "yes")]))
    assert caller.answer().body == b"hello"
    assert stage.upstreams[0].request.trailers == [("X-End", "yes")]


def test_answers_are_told_apart_when_requests_are_pipelined(talk_to):
    caller = talk_to()
    caller.send(*(request("POST", body=b"%d" % i) for i in range(20)))
    assert [caller.answer().body for _ in range(20)] == [b"%d" % i for i in range(20)]


def test_interim_answers_are_kept_beside_the_final_one(talk_to):
    caller = talk_to(says(b"HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 204 Done\r\n\r\n"))
    answer = caller.get()
    assert answer.status == 204 and [early.status for early in answer.interim] == [103]


@pytest.mark.parametrize("wire", [
    b"NOT HTTP\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
])
def test_what_is_not_http_is_not_read(talk_to, wire):
    with pytest.raises(Broken):
        talk_to(says(wire)).get()


@pytest.mark.parametrize("wire", [
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Le",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
])
def test_a_cut_answer_is_not_an_answer(talk_to, wire):
    with pytest.raises(Cut) as cut:
        talk_to(says(wire)).get()
    assert cut.value.how == "closed"


def test_a_reset_and_a_close_are_told_apart(talk_to):
    for behaviour, end in (closes_without_answer, "closed"), (resets_without_answer, "reset"):
        caller = talk_to(behaviour)
        caller.send(request())
        assert caller.sees_the_end() == end


def test_an_upstream_can_hang_up_between_two_requests(talk_to):
    caller = talk_to(hangs_up_after(2))
    assert [caller.get().status, caller.get().status] == [200, 200]
    assert caller.sees_the_end() == "closed"


def test_an_upstream_can_die_on_the_second_request(talk_to):
    caller = talk_to(serves(1, then=closes_without_answer))
    assert caller.get().status == 200
    with pytest.raises(Cut):
        caller.get()


def test_an_upstream_can_answer_before_the_body(talk_to):
    caller = talk_to(answers_before_the_body(413))
    caller.send(request("POST", headers={"Content-Length": "1000"}))
    assert caller.answer().status == 413


def test_an_upstream_can_be_held(talk_to, stage):
    go = threading.Event()
    caller = talk_to(waits_for(go))
    caller.send(request())
    stage.upstreams[0].wait_for_requests(1)
    assert not caller.buffer
    go.set()
    assert caller.answer().status == 200


def test_an_upstream_knows_who_is_still_there(talk_to, stage):
    first, upstream = talk_to(), stage.upstreams[0]
    second = Caller(upstream.address)
    assert first.get().status == second.get().status == 200
    assert len(upstream.open_visits()) == 2
    second.close()
    upstream.wait_until(lambda: len(upstream.open_visits()) == 1, "one is gone")
