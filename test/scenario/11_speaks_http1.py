"""The finer manners of HTTP/1.1: connections, pipelines, expectations, odd kinds of target."""

import pytest

from actors.caller import request
from actors.config import integration, token
from actors.upstream import answers_before_the_body


@pytest.fixture
def proxy(start_proxy, upstream):
    return start_proxy([
        integration("slack", upstream),
        integration("closed", upstream, [token("dangerousLiteral:callers")]),
    ], workers=1)


# Connections


def test_a_connection_is_kept(proxy, upstream):
    caller = proxy.caller()
    assert [caller.get(f"/{i}").status for i in range(50)] == [200] * 50
    assert len(upstream.visits) == 1, "one upstream connection serves them all"


def test_a_request_in_single_bytes_is_served(proxy, upstream):
    caller = proxy.caller()
    wire = request("POST", "/one-by-one", body=b"hello")
    caller.send(*(wire[i:i + 1] for i in range(len(wire))))
    assert caller.answer().body == b"hello"
    assert upstream.request.target == "/one-by-one"


def test_blank_lines_before_a_request_are_skipped(proxy):
    caller = proxy.caller()
    caller.send(b"\r\n" + request())
    assert caller.answer().status == 200


def test_pipelined_requests_are_answered_in_their_order(proxy):
    caller = proxy.caller()
    caller.send(b"".join(request("POST", f"/{i}", body=b"%d" % i) for i in range(100)))
    assert [caller.answer().body for _ in range(100)] == [b"%d" % i for i in range(100)]


def test_a_refusal_in_a_pipeline_keeps_its_place(proxy):
    caller = proxy.caller()
    caller.send(request() + request(host="nobody") + request(host="closed") + request())
    assert [caller.answer().status for _ in range(4)] == [200, 404, 401, 200]


def test_close_is_honoured_after_the_answer(proxy):
    caller = proxy.caller()
    caller.send(request(headers={"Connection": "close"}) + request("GET", "/after"))
    assert caller.answer().status == 200
    assert caller.sees_the_end() in ("closed", "reset")


def test_a_caller_that_has_finished_sending_still_gets_its_answer(proxy):
    caller = proxy.caller()
    caller.send(request("POST", body=b"last words"))
    caller.finish_sending()
    assert caller.answer().body == b"last words"
    assert caller.sees_the_end() == "closed"


@pytest.mark.parametrize("headers, kept", [({}, False), ({"Connection": "keep-alive"}, True)])
def test_http_1_0_is_served(proxy, upstream, headers, kept):
    caller = proxy.caller()
    answer = caller.get(version="1.0", headers=headers)
    assert answer.status == 200
    assert upstream.request.version == "1.1"
    if kept and (answer.value("Connection") or "").lower() == "keep-alive":
        assert caller.get(version="1.0").status == 200
    else:
        assert caller.sees_the_end() == "closed"


def test_a_chunked_answer_to_http_1_0_ends_with_the_connection(proxy, upstream):
    def behave(visit, _):
        visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")
    upstream.behaviour = behave
    answer = proxy.caller().get(version="1.0")
    assert answer.value("Transfer-Encoding") is None
    assert answer.body == b"ab"


# Expect


def test_the_body_is_asked_for_when_the_upstream_asks(proxy, upstream):
    """The upstream of these stories says 100 itself; the caller hears of it once."""
    caller = proxy.caller()
    caller.send(request("POST", headers={"Expect": "100-continue", "Content-Length": "5"}))
    caller.fill()
    assert bytes(caller.buffer).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    caller.send(b"hello")
    answer = caller.answer()
    assert answer.body == b"hello" and len(answer.interim) == 1


def test_the_body_is_asked_for_when_the_upstream_does_not_care(proxy, upstream):
    def behave(visit, request):
        visit.take_body(request, False)  # without a 100
        visit.answer(body=request.body)
    upstream.behaviour = behave
    caller = proxy.caller()
    caller.send(request("POST", headers={"Expect": "100-continue", "Content-Length": "5"}))
    caller.fill()
    assert bytes(caller.buffer).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    caller.send(b"hello")
    assert caller.answer().body == b"hello"


def test_a_refused_body_is_never_asked_for(proxy, upstream):
    caller = proxy.caller()
    caller.send(request("POST", host="closed",
                        headers={"Expect": "100-continue", "Content-Length": "5"}))
    answer = caller.answer()
    assert (answer.status, answer.interim) == (401, [])
    assert upstream.bytes_seen == 0


def test_the_upstream_may_refuse_a_body_before_it_came(proxy, upstream):
    upstream.behaviour = answers_before_the_body(413)
    caller = proxy.caller()
    caller.send(request("POST", headers={"Expect": "100-continue", "Content-Length": "5"}))
    assert caller.answer().status == 413


def test_other_expectations_are_refused(proxy, upstream):
    answer = proxy.caller().get(headers={"Expect": "a-miracle"})
    assert (answer.status, answer.body) == (417, b"")
    assert upstream.bytes_seen == 0


# Targets


def test_an_absolute_target_replaces_the_host(proxy, upstream):
    assert proxy.caller().get("http://slack/x?y", host="nobody").status == 200
    assert (upstream.request.target, upstream.request.value("Host")) == ("/x?y", upstream.host)
    assert proxy.caller().get("http://nobody/x", host="slack").status == 404


def test_options_of_everything_is_ours(proxy, upstream):
    answer = proxy.caller().ask("OPTIONS", "*", host="whoever")
    assert (answer.status, answer.value("Content-Length")) == (200, "0")
    assert upstream.bytes_seen == 0


@pytest.mark.parametrize("method, target", [
    ("CONNECT", "slack:80"), ("TRACE", "/"), ("TRACE", "/no/../where")])
def test_connect_and_trace_are_refused_before_anything_else(proxy, upstream, method, target):
    for host in "slack", "closed":
        assert proxy.caller().ask(method, target, host=host).status == 405
    assert proxy.caller().ask("CONNECT", "/").status == 400
    assert upstream.bytes_seen == 0


def test_there_is_no_debug_page(proxy, upstream):
    """F1: the reference shows its command line there; for us it is a path like any other."""
    assert proxy.caller().get("/debug/vars").status == 200
    assert upstream.request.target == "/debug/vars"
    assert proxy.caller().get("/debug/vars", host="nobody").status == 404


def test_only_our_exact_pages_are_ours(proxy, upstream):
    assert proxy.caller().get("/_at_internal/healthz/x").status == 200
    assert upstream.request.target == "/_at_internal/healthz/x"
    assert proxy.caller().post("/_at_internal/healthz", b"body", host="any").body == b""
    assert upstream.request_count == 1


@pytest.mark.parametrize("headers", [
    {"Upgrade": "h2c", "Connection": "Upgrade, HTTP2-Settings", "HTTP2-Settings": "AAMAAABk"},
    {"Upgrade": "foo", "Connection": "Upgrade"}])
def test_f10_an_upgrade_never_opens_a_tunnel(proxy, upstream, headers):
    caller = proxy.caller()
    answer = caller.get(headers=headers)
    assert answer.status in (200, 400, 501), "as a plain request, or not at all"
    assert not any(seen.value("Upgrade") for seen in upstream.requests)
