"""What only one hop may say stays there, under any name; and what two servers would read differently
is read the careful way."""

import threading

import pytest

from actors.caller import request
from actors.config import entry, integration, token
from actors.upstream import answers, waits_for

MIB = 1 << 20


@pytest.fixture
def proxy(start_proxy, upstream):
    return start_proxy([integration("slack", upstream)], workers=1)


def get(*lines, line=b"GET /x HTTP/1.1"):
    """A request with these header lines after its Host."""
    return b"\r\n".join([line, b"Host: slack", *lines, b"", b""])


def heard(proxy, wire):
    """Says it, and gives the answer."""
    caller = proxy.caller()
    caller.send(wire)
    return caller.answer()


# Headers of one hop (F38)


@pytest.mark.parametrize("twin", [
    "Transfer_Encoding: chunked", "transfer_encoding: chunked", "Content_Length: 3",
    "CONTENT_LENGTH: 3", "Proxy_Authorization: Basic eDp5", "Keep_Alive: timeout=5",
    "Proxy_Connection: keep-alive", "Proxy_Authenticate: Basic"])
@pytest.mark.parametrize("framing", ["none", "length", "chunked"])
def test_f38_no_twin_of_a_framing_header_reaches_the_upstream(proxy, upstream, twin, framing):
    wire = {
        "none": get(twin.encode(), b"Kept: yes"),
        "length": get(twin.encode(), b"Kept: yes", b"Content-Length: 2",
                      line=b"POST /x HTTP/1.1") + b"hi",
        "chunked": get(twin.encode(), b"Kept: yes", b"Transfer-Encoding: chunked",
                       line=b"POST /x HTTP/1.1") + b"2\r\nhi\r\n0\r\n\r\n",
    }[framing]
    assert heard(proxy, wire).status == 200
    assert upstream.request.value("Kept") == "yes"
    assert upstream.request.value(twin.split(":")[0]) is None
    assert upstream.request.body == (b"" if framing == "none" else b"hi")


@pytest.mark.parametrize("twin", [
    ("Content_Length", "3"), ("Transfer_Encoding", "chunked"), ("Keep_Alive", "timeout=5")])
def test_f38_no_twin_of_a_framing_header_reaches_the_caller(start_proxy, start_upstream, twin):
    proxy = start_proxy([integration("slack", start_upstream(answers(headers=[twin])))])
    answer = proxy.caller().get()
    assert answer.body == b"hello\n" and answer.value(twin[0]) is None


def test_the_length_that_head_asks_for_is_told(start_proxy, start_upstream):
    proxy = start_proxy([integration("slack", start_upstream(answers(body=b"12345")))])
    assert proxy.caller().ask("HEAD").value("Content-Length") == "5"


@pytest.mark.parametrize("said, passed", [
    ("trailers", ["trailers"]), ("gzip, Trailers", ["trailers"]), ("gzip", []), ("", [])])
def test_of_te_only_trailers_is_passed_on(proxy, upstream, said, passed):
    assert heard(proxy, get(b"TE: " + said.encode(), b"Connection: TE")).status == 200
    assert upstream.request.all("TE") == passed


@pytest.mark.parametrize("name", [
    "Proxy-Authorization", "Proxy_Authorization", "Proxy-Connection", "Expect", "TE", "X-AT-Int",
    "Content_Length", "X-HTTP-Method-Override"])
def test_a_credential_that_could_never_arrive_is_refused_at_load(stage, upstream, name):
    proxy = stage.new_proxy(
        [integration("slack", upstream, [token("dangerousLiteral:callers", name)])])
    refused = proxy.command("check", "-config", str(proxy.path("config")))
    assert refused.returncode != 0
    assert f"header {name} can't carry a credential: it " in refused.stdout + refused.stderr


# Expectations


@pytest.mark.parametrize("lines", [
    [b"Expect: 200-ok"], [b"Expect: 100-continue", b"Expect: 200-ok"],
    [b"Expect: 200-ok", b"Expect: 100-continue"], [b"Expect: 100-continue, 200-ok"]])
def test_one_odd_expectation_is_enough_to_fail(proxy, upstream, lines):
    assert heard(proxy, get(*lines)).status == 417
    assert upstream.bytes_seen == 0


def test_http_1_0_expects_nothing(proxy, upstream):
    assert heard(proxy, get(b"Expect: 200-ok", line=b"GET /x HTTP/1.0")).status == 200
    assert upstream.request.value("Expect") is None


# Other protocols


@pytest.mark.parametrize("line", [
    b"OPTIONS /x RTSP/1.0", b"GET /x RTSP/1.0", b"ANNOUNCE /x RTSP/1.0", b"DESCRIBE /x RTSP/1.1",
    b"SOURCE /x ICE/1.0", b"GET /x ICE/1.0", b"SOURCE /x HTTP/1.1", b"ANNOUNCE /x HTTP/1.1",
    b"FLUSH /x HTTP/1.1", b"BREW /x HTTP/1.1"])
def test_what_is_not_http_is_not_forwarded_as_http(proxy, upstream, line):
    answer = heard(proxy, get(line=line))
    assert answer.status == 400 and answer.value("Connection") == "close"
    assert upstream.bytes_seen == 0


@pytest.mark.parametrize("method", ["PROPFIND", "MKCOL", "REPORT", "M-SEARCH", "PURGE", "LINK"])
def test_methods_that_are_rare_are_forwarded(proxy, upstream, method):
    assert proxy.caller().ask(method).status == 200
    assert upstream.request.method == method


# Parameters of a path (F8c)


@pytest.fixture(scope="module")
def scene(shared_stage):
    """An upstream behind a rule that denies, and behind one that allows."""
    upstream = shared_stage.start_upstream()
    proxy = shared_stage.start_proxy(
        [integration("denies", upstream), integration("allows", upstream)],
        allowlist=[entry("allows", everybody=["GET /public"])],
        denylist=[entry("denies", everybody=["GET /admin", "GET /a/admin", "GET /tree/**"])])
    return proxy, upstream


@pytest.mark.parametrize("path", [
    "/admin;x=1", "/admin;", "/admin%3Bx", "/admin%3bx", "/admin;a;b", "/%61dmin;x", "/a;b/admin",
    "/a/admin;x", "/a%3B/admin%3B", "/admin/;x", "/admin;x/", "/tree;x", "/tree;x/y"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_f8_parameters_hide_no_path_from_a_rule_that_denies(scene, method, path):
    proxy, upstream = scene
    before = upstream.bytes_seen
    assert proxy.caller().ask(method, path, host="denies").status == 403
    assert upstream.bytes_seen == before


@pytest.mark.parametrize("path", ["/public;x", "/public;", "/public%3Bx", "/public/;x"])
def test_parameters_open_no_path_by_a_rule_that_allows(scene, path):
    proxy, upstream = scene
    before = upstream.bytes_seen
    assert proxy.caller().get(path, host="allows").status == 403
    assert upstream.bytes_seen == before


@pytest.mark.parametrize("path", ["/admins;x", "/adm;in", "/other;/admin", "/x;admin"])
def test_a_path_that_has_parameters_and_no_rule_is_forwarded_as_it_is(scene, path):
    proxy, upstream = scene
    assert proxy.caller().get(path, host="denies").status == 200
    assert upstream.requests[-1].target == path


# X-Forwarded-For


def test_a_long_tale_of_addresses_costs_its_length_and_no_more(start_proxy, start_upstream):
    tale = get(*[b"X-Forwarded-For: " + b"1" * 230] * 245)
    go_on = threading.Event()
    upstream = start_upstream(waits_for(go_on))
    proxy = start_proxy([integration("slack", upstream)], workers=1)
    before = proxy.memory_of_workers()
    callers = [proxy.caller() for _ in range(20)]
    for caller in callers:
        caller.send(tale)
    upstream.wait_for_requests(20)
    grown = proxy.memory_of_workers() - before
    go_on.set()
    assert [caller.answer().status for caller in callers] == [200] * 20
    told = upstream.requests[0].all("X-Forwarded-For")
    assert told == [", ".join(["1" * 230] * 245 + ["127.0.0.1"])]
    assert grown < 24 * MIB, f"{grown / MIB:.1f} MiB"
