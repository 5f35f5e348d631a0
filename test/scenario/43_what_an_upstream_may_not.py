"""What comes back from an upstream is bounded and cleaned, and never reaches another caller."""

import threading

from actors.caller import request
from actors.config import integration
from actors.http1 import Cut
from actors.upstream import echoes, says


def test_a_trailer_cannot_say_what_only_we_may(start_proxy, upstream):
    upstream.behaviour = says(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
        b"X-Sum: 1\r\nSet-Cookie: a=b\r\nX-AT-Error-Reason: forged\r\n"
        b"X_AT_Error_Reason: forged\r\nContent_Length: 7\r\nHost: x\r\n\r\n")
    answer = start_proxy([integration("slack", upstream)]).caller().get()
    assert answer.body == b"a"
    assert list(answer.trailers) == [("X-Sum", "1")]


def test_a_trailer_cannot_frame_the_body_again(start_proxy, upstream):
    """It is dropped, or the answer is broken off: that is up to the version of the parser."""
    upstream.behaviour = says(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
        b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n")
    caller = start_proxy([integration("slack", upstream)]).caller()
    caller.send(request("GET", "/"))
    try:
        assert not list(caller.answer().trailers)
    except Cut:
        pass


def test_an_interim_answer_cannot_either(start_proxy, upstream):
    upstream.behaviour = says(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-AT-Error-Reason: forged\r\n"
        b"Content-Length: 5\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n")
    answer = start_proxy([integration("slack", upstream)]).caller().get()
    assert answer.status == 204 and answer.value("Content-Length") is None
    assert [head.value("Link") for head in answer.interim] == ["</a>"]
    assert answer.interim[0].value("X-AT-Error-Reason") is None
    assert answer.interim[0].value("Content-Length") is None


def test_interim_answers_come_to_an_end(start_proxy, upstream):
    upstream.behaviour = says(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)
    answer = start_proxy([integration("slack", upstream)]).caller().get()
    assert answer.status == 502 and len(answer.interim) < 20


def test_a_body_where_there_can_be_none_is_not_the_next_callers_answer(start_proxy, upstream):
    late = threading.Event()

    def announces_a_body_after_204(visit, request):
        if request.target == "/a":
            visit.send(b"HTTP/1.1 204 No Content\r\nContent-Length: 40\r\n\r\n")
            late.wait(5)
            visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nEVIL!")
            return True
        return echoes(visit, request)

    upstream.behaviour = announces_a_body_after_204
    proxy = start_proxy([integration("slack", upstream)], workers=1)
    assert proxy.caller().get("/a").status == 204
    late.set()
    assert proxy.caller().post("/b", body=b"mine").body == b"mine"


def test_an_upload_that_waited_for_100_may_take_its_time(start_proxy, upstream):
    """The 1 s that an upstream's 100 is waited for is not a limit of the upload."""
    caller = start_proxy([integration("slack", upstream)]).caller()
    caller.send(request("POST", "/", headers={"Expect": "100-continue", "Content-Length": "6"}))
    assert caller.take_answer_head().status == 100
    pause = threading.Event()
    for byte in b"upload":
        caller.send(bytes([byte]))
        pause.wait(0.25)
    assert caller.answer().body == b"upload"


def test_trailers_of_a_request_leave_its_head_alone(start_proxy, upstream):
    """They come while the upstream is still to be told of the head."""
    proxy = start_proxy([integration("slack", upstream)], workers=1)
    for size in (10, 1000, 3000):
        caller = proxy.caller()
        caller.send(request("POST", "/", headers={"Transfer-Encoding": "chunked", "X-A": "1"}))
        caller.send(b"3\r\nabc\r\n0\r\n" + b"T: " + b"v" * size + b"\r\n" +
                    b"U: w\r\n\r\n")
        assert caller.answer().body == b"abc"
        assert upstream.requests[-1].value("X-A") == "1"
        assert upstream.requests[-1].value("X-Forwarded-For") == "127.0.0.1"
