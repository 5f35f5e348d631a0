"""A request goes to its upstream with the upstream's credential, and nothing else of it changes."""

import base64

import pytest

from actors.caller import chunked, request
from actors.config import basic, integration, passthrough, token
from actors.upstream import answers, says

IN, OUT = "dangerousLiteral:callers", "dangerousLiteral:upstreams"


def basic_value(pair):
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.fixture
def proxy(start_proxy, upstream):
    """slack translates a token; plain and based change nothing but the destination."""
    return start_proxy([
        integration("slack", upstream, [token(IN)], [token(OUT, "X-Api-Key", "Key ")]),
        integration("plain", upstream),
        integration("based", f"{upstream.url}/base/?t=1"),
    ])


# Credentials


def test_a_token_is_translated(proxy, upstream):
    answer = proxy.caller().get("/x", headers={"Authorization": "Bearer callers"})
    assert answer.status == 200
    assert upstream.request.value("X-Api-Key") == "Key upstreams"
    assert upstream.request.value("Authorization") is None


def test_the_upstreams_credential_replaces_what_the_caller_put_there(proxy, upstream):
    proxy.caller().send(b"GET / HTTP/1.1\r\nHost: slack\r\nAuthorization: Bearer callers\r\n"
                        b"X-Api-Key: a\r\nx-api-key: b\r\nX_Api_Key: c\r\n\r\n")
    upstream.wait_for_requests(1)
    assert upstream.request.all("X-Api-Key") == ["Key upstreams"]
    assert upstream.request.all("X_Api_Key") == []


def test_one_of_several_secrets_is_enough(start_proxy, upstream):
    several = token(IN)
    several["params"]["secrets"].append("dangerousLiteral:second")
    proxy = start_proxy([integration("slack", upstream, [several])])
    for secret, status in ("callers", 200), ("second", 200), ("third", 401):
        answer = proxy.caller().get(headers={"Authorization": f"Bearer {secret}"})
        assert answer.status == status


def test_basic_is_translated(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream, [basic("dangerousLiteral:al:1:2")],
                                     [basic("dangerousLiteral:svc:pw")])])
    answer = proxy.caller().get(headers={"Authorization": basic_value("al:1:2")})
    assert answer.status == 200
    assert upstream.request.value("Authorization") == basic_value("svc:pw")


def test_passthrough_leaves_the_callers_credential_alone(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream, [passthrough()], [passthrough()])])
    assert proxy.caller().get(headers={"Authorization": "Bearer mine"}).status == 200
    assert upstream.request.value("Authorization") == "Bearer mine"


def test_all_incoming_plugins_have_to_agree(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream, [
        token("dangerousLiteral:one", "X-One", ""), token("dangerousLiteral:two", "X-Two", "")])])
    assert proxy.caller().get(headers={"X-One": "one"}).status == 401
    assert proxy.caller().get(headers={"X-One": "one", "X-Two": "two"}).status == 200


# The target


@pytest.mark.parametrize("sent, arrives", [
    ("/x", "/base/x?t=1"),
    ("/", "/base/?t=1"),
    ("/x/", "/base/x/?t=1"),
    ("/x?", "/base/x?t=1"),
    ("/x?q=1&q=2", "/base/x?t=1&q=1&q=2"),
    ("/x?a=%zz;b", "/base/x?t=1&a=%zz;b"),
    ("/x??a", "/base/x?t=1&?a"),
    ("http://based/abs?z=1", "/base/abs?t=1&z=1"),
])
def test_base_path_and_query_are_joined(proxy, upstream, sent, arrives):
    assert proxy.caller().get(sent, host="based").status == 200
    assert upstream.request.target == arrives


@pytest.mark.parametrize("sent, arrives", [
    ("/a%20b", "/a%20b"), ("/x|y", "/x%7Cy"), ("/x!'()*[]", "/x!'()*[]"), ("/x?", "/x?"),
    ("/a%41", "/a%41"), ("/a;p=1,2", "/a;p=1,2")])
def test_a_path_is_sent_as_it_was_read(proxy, upstream, sent, arrives):
    assert proxy.caller().get(sent, host="plain").status == 200
    assert upstream.request.target == arrives


def test_a_byte_that_may_not_stand_in_a_path_is_never_sent_as_it_is(proxy, upstream):
    answer = proxy.caller().get("/\xc3\xa9", host="plain")
    assert answer.status == 400 or upstream.request.target == "/%C3%A9"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_method_is_kept(proxy, upstream, method):
    assert proxy.caller().ask(method, "/m", host="plain", body=b"body").body == b"body"
    assert upstream.request.method == method


# Headers


def test_host_is_the_destinations(proxy, upstream):
    proxy.caller().get(host="plain")
    assert upstream.request.value("Host") == upstream.host


def test_the_callers_address_is_appended(proxy, upstream):
    caller = proxy.caller()
    caller.get(host="plain")
    assert upstream.request.value("X-Forwarded-For") == "127.0.0.1"
    caller.send(b"GET / HTTP/1.1\r\nHost: plain\r\n"
                b"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\n\r\n")
    caller.answer()
    assert upstream.requests[-1].value("X-Forwarded-For") == "1.2.3.4, 5.6.7.8, 127.0.0.1"


def test_our_own_headers_stay_here(proxy, upstream):
    proxy.caller().get(host="x", headers={"X-AT-Int": "plain", "X-AT-Destination": "http://h/"})
    names = {name.lower() for name, _ in upstream.request.headers}
    assert not names & {"x-at-int", "x-at-destination"}


def test_hop_by_hop_headers_stay_here(proxy, upstream):
    dropped = {"Keep-Alive": "5", "Proxy-Connection": "keep-alive", "Proxy-Authorization": "p",
               "TE": "trailers, deflate", "Trailer": "X-T", "X-Hop": "1", "Upgrade": "foo"}
    proxy.caller().get(host="plain", headers={
        "Connection": "keep-alive, X-Hop", "X-Stays": "1", "User-Agent": "me", **dropped})
    seen = upstream.request
    assert (seen.value("X-Stays"), seen.value("User-Agent")) == ("1", "me")
    left = {name: value for name, value in seen.headers
            if name.lower() in map(str.lower, dropped)}
    assert left in ({}, {"TE": "trailers"}, {"Te": "trailers"})
    assert seen.value("Connection") in (None, "keep-alive")


@pytest.mark.parametrize("connection", [
    "Authorization, X-Api-Key", "close, X-Api-Key", "x-api-key"])
def test_f4_connection_cannot_drop_the_upstreams_credential(proxy, upstream, connection):
    answer = proxy.caller().get(headers={
        "Authorization": "Bearer callers", "Connection": connection})
    assert answer.status in (200, 401), "the caller may only hurt itself"
    assert [seen.value("X-Api-Key") for seen in upstream.requests] \
        == ["Key upstreams"] * len(upstream.requests)


def test_repeated_headers_keep_their_order(proxy, upstream):
    proxy.caller().send(b"GET / HTTP/1.1\r\nHost: plain\r\nX-M: 1\r\nX-O: -\r\nX-M: 2\r\n\r\n")
    upstream.wait_for_requests(1)
    assert upstream.request.all("X-M") == ["1", "2"]


def test_nothing_is_invented(proxy, upstream):
    proxy.caller().get(host="plain")
    names = {name.lower() for name, _ in upstream.request.headers}
    assert names <= {"host", "x-forwarded-for", "connection"}


# Bodies


def test_a_body_with_a_length_keeps_it(proxy, upstream):
    assert proxy.caller().post("/", b"hello", host="plain").body == b"hello"
    assert upstream.request.value("Content-Length") == "5"


def test_an_empty_body_is_said_to_be_empty_only_where_one_could_be(proxy, upstream):
    caller = proxy.caller()
    caller.post("/", b"", host="plain")
    assert upstream.requests[-1].value("Content-Length") == "0"
    caller.get(host="plain")
    assert upstream.requests[-1].value("Content-Length") is None


def test_chunks_go_through_with_their_trailers_in_any_pieces(proxy, upstream):
    head = request("POST", host="plain", headers={
        "Transfer-Encoding": "chunked", "Trailer": "X-End", "TE": "trailers"})
    body = chunked(b"hel", b"lo" * 1000, trailers=[("X-End", "yes")])
    caller = proxy.caller()
    caller.send(*(bytes([byte]) for byte in head[:80]), head[80:], body[:7], body[7:9], body[9:])
    assert caller.answer().body == b"hel" + b"lo" * 1000
    assert upstream.request.value("Transfer-Encoding") == "chunked"
    assert upstream.request.trailers in ([], [("X-End", "yes")]), "kept or dropped, not bent"


def test_trailers_cannot_smuggle_credentials(proxy, upstream):
    caller = proxy.caller()
    caller.send(request("POST", headers={"Authorization": "Bearer callers",
                                         "Transfer-Encoding": "chunked"}),
                chunked(b"x", trailers=[("X-Api-Key", "a"), ("X_Api_Key", "b"), ("Host", "c"),
                                        ("Authorization", "d"), ("Content-Length", "9")]))
    caller.fill()
    assert [t for seen in upstream.requests for t in seen.trailers] == []


def test_a_chunked_answer_keeps_chunks_and_trailers(proxy, upstream):
    upstream.behaviour = says(b"HTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n"
                              b"\r\n4;ext=1\r\nabcd\r\n1\r\ne\r\n0\r\nX-T: t\r\n\r\n",
                              then_close=False)
    caller = proxy.caller()
    for _ in range(2):
        answer = caller.get(host="plain")
        assert (answer.body, answer.trailers) == (b"abcde", [("X-T", "t")])


def test_an_answer_that_ends_with_its_connection_is_whole(proxy, upstream):
    upstream.behaviour = says(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
    caller = proxy.caller()
    assert caller.get(host="plain").body == b"until the end"
    assert caller.get(host="plain").body == b"until the end", "the caller's connection lives on"


def test_an_answer_in_http_1_0_is_understood(proxy, upstream):
    upstream.behaviour = says(b"HTTP/1.0 200 OK\r\n\r\nold")
    assert proxy.caller().get(host="plain").body == b"old"


@pytest.mark.parametrize("method, status, length", [
    ("HEAD", 200, 5), ("HEAD", 404, 5), ("GET", 204, None), ("GET", 304, None), ("GET", 304, 5)])
def test_answers_without_a_body_leave_the_connection_in_step(
        proxy, upstream, method, status, length):
    head = f"HTTP/1.1 {status} X\r\n" + (f"Content-Length: {length}\r\n" if length else "")
    upstream.behaviour = says(head.encode() + b"\r\n", then_close=False)
    caller = proxy.caller()
    for _ in range(3):
        answer = caller.ask(method, host="plain")
        assert (answer.status, answer.body) == (status, b"")
        assert answer.value("Content-Length") == (str(length) if length else None)


# Answers


@pytest.mark.parametrize("status", [200, 201, 299, 301, 304, 400, 401, 418, 500, 503, 599])
def test_the_upstreams_status_is_the_callers(proxy, upstream, status):
    upstream.behaviour = answers(status, [("X-AT-Error-Reason", "forged"), ("Server", "s"),
                                          ("X-AT-Upstream-Error", "false"), ("Location", "/l")])
    answer = proxy.caller().get(host="plain")
    assert answer.status == status
    assert answer.value("X-AT-Upstream-Error") == (None if status < 300 else "true")
    assert answer.value("X-AT-Error-Reason") is None
    assert (answer.value("Server"), answer.value("Location")) == ("s", "/l")


def test_hop_by_hop_headers_of_an_answer_stay_here(proxy, upstream):
    upstream.behaviour = answers(200, [("Connection", "X-Hop, close"), ("X-Hop", "1"),
                                       ("Keep-Alive", "5"), ("Set-Cookie", "a"),
                                       ("Set-Cookie", "b")])
    caller = proxy.caller()
    answer = caller.get(host="plain")
    assert answer.value("X-Hop") is None and answer.value("Keep-Alive") is None
    assert answer.all("Set-Cookie") == ["a", "b"]
    assert caller.get(host="plain").status == 200, "the upstream's close is not the caller's"


def test_interim_answers_are_relayed(proxy, upstream):
    upstream.behaviour = says(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
                              b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", then_close=False)
    answer = proxy.caller().get(host="plain")
    assert [(early.status, early.value("Link")) for early in answer.interim] == [(103, "</a>")]
    assert answer.body == b"ok"
