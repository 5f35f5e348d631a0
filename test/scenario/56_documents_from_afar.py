"""Documents may come from a server. What is not surely the document is refused, and nothing of it,
or of the way to it, is told to anybody."""

import json
import os
import signal
import threading
import time

import pytest

from actors.certificates import Authority
from actors.config import entry, integration
from actors.library import Library, lends, redirects, tunnels
from actors.proxy import processes
from actors.upstream import says, says_nothing, waits_for
from actors.wait import until

SECRETS = "hush-user", "hush-password", "hush-token", "hush-fragment", "hush-document"


@pytest.fixture(scope="module")
def authority():
    authority = Authority()
    yield authority
    authority.close()


@pytest.fixture
def start_library(stage):
    def start(**options):
        stage.upstreams.append(Library(**options))
        return stage.upstreams[-1]
    return start


@pytest.fixture
def library(start_library):
    return start_library()


def document(upstream):
    return {"integrations": [integration("slack", upstream)]}


@pytest.fixture
def start_from(stage):
    """A proxy whose configuration is at that URL."""
    def start(url, *flags, **options):
        return stage.start_proxy([], flags=["-config-url", url, *flags], **options)
    return start


@pytest.fixture
def fails_from(stage):
    """What a start says that fails."""
    def fail(url, *flags, **options):
        proxy = stage.new_proxy([], flags=["-config-url", url, *flags], **options)
        proxy.launch()
        assert proxy.wait_for_exit() == 1
        return proxy.errors()
    return fail


# Where documents may be


def test_all_three_may_be_on_a_server(start_from, library, upstream):
    lists = [flag for name, path in [("allowlist", "GET /ok"), ("denylist", "GET /no/**")]
             for flag in (f"-{name}-url",
                          library.put(f"/{name}.yaml", [entry("slack", everybody=[path])]))]
    proxy = start_from(library.put("/config.yaml", document(upstream)), *lists)
    assert proxy.caller().get("/ok").status == 200
    assert proxy.caller().get("/other").status == 403
    assert {request.target for request in library.requests} == {
        "/config.yaml", "/allowlist.yaml", "/denylist.yaml"}


@pytest.mark.parametrize("flag, form", [
    ("-config", "{url}"), ("-config-url", "{path}"), ("-config-url", "file://{path}"),
    ("-config", "file://{path}")])
def test_every_flag_takes_every_form(stage, library, upstream, flag, form):
    proxy = stage.new_proxy(json.dumps(document(upstream)))
    where = form.format(path=proxy.path("config"), url=library.put("/c", document(upstream)))
    proxy.flags = [flag, where]
    assert proxy.start().caller().get().status == 200


def test_a_query_goes_along_and_a_fragment_does_not(start_from, library, upstream):
    library.put("/c", document(upstream))
    start_from(f"{library.url}/c?a=1&b=%20#part")
    assert library.request.target == "/c?a=1&b=%20"
    assert library.request.value("Host") == f"localhost:{library.address[1]}"


def test_a_document_may_come_in_chunks(start_from, library, upstream):
    text = json.dumps(document(upstream)).encode()
    library.behaviour = says(
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        *(b"1\r\n%c\r\n" % byte for byte in text), b"0\r\n\r\n")
    assert start_from(f"{library.url}/c").caller().get().status == 200


def test_an_error_in_it_has_its_place(fails_from, library):
    url = library.put("/c.yaml", "integrations:\n  - name: a\n    destinaton: b\n")
    assert f"{url}:3:5: unknown field \"destinaton\"" in fails_from(url)


# Who is believed


def test_https_with_an_authority_that_is_trusted(start_from, start_library, upstream, authority):
    library = start_library(tls=authority.server("DNS:localhost"))
    proxy = start_from(library.put("/c", document(upstream)),
                       environment={"SSL_CERT_FILE": authority.file})
    assert proxy.caller().get().status == 200


def test_https_at_an_address(start_from, start_library, upstream, authority):
    library = start_library(tls=authority.server("IP:127.0.0.1"))
    library.put("/c", document(upstream))
    proxy = start_from(f"https://127.0.0.1:{library.address[1]}/c",
                       environment={"SSL_CERT_FILE": authority.file})
    assert proxy.caller().get().status == 200


@pytest.mark.parametrize("names, days, trusted, text", [
    (["DNS:example.com"], 2, True, "is for another host"),
    (["DNS:*.localhost"], 2, True, "is for another host"),
    (["DNS:local", "DNS:localhost.example.com"], 2, True, "is for another host"),
    (["IP:127.0.0.1"], 2, True, "is for another host"),
    (["DNS:localhost"], -1, True, "has expired"),
    (["DNS:localhost"], 2, False, "is signed by nobody whom we trust"),
])
def test_a_certificate_that_proves_nothing_gets_no_request(
        fails_from, start_library, authority, names, days, trusted, text):
    library = start_library(tls=authority.server(*names, days=days))
    environment = {"SSL_CERT_FILE": authority.file} if trusted else {}
    told = fails_from(library.put("/c", {}), environment=environment)
    assert f"the certificate of localhost {text}" in told
    assert library.requests == []


def test_a_plain_server_behind_https(fails_from, library):
    url = library.put("/c", {}).replace("http:", "https:")
    assert "request failed: TLS" in fails_from(url)
    assert library.requests == []


# Redirects


def test_redirects_are_followed(start_from, start_library, library, upstream):
    far = start_library(name="far")
    far.put("/c/b", document(upstream))
    far.behaviour = redirects({"/a/x": "../c/./d", "/c/d": "b"})
    library.behaviour = redirects({"/0": "/1?x", "/1": far.url + "/a/x"}, 307)
    assert start_from(library.url + "/0").caller().get().status == 200
    assert [request.target for request in library.requests + far.requests] == [
        "/0", "/1?x", "/a/x", "/c/d", "/c/b"]


def chain(length):
    return redirects({f"/{i}": f"/{i + 1}" for i in range(length)})


def test_ten_are_followed_and_no_more(start_from, fails_from, library, upstream):
    library.put("/10", document(upstream))
    library.behaviour = chain(10)
    assert start_from(library.url + "/0").caller().get().status == 200
    library.behaviour = chain(11)
    assert "stopped after 10 redirects" in fails_from(library.url + "/0")


@pytest.mark.parametrize("location", ["ftp://localhost/c", "mailto:a@b", "http://", "//", "http://%",
                                      "file:///etc/passwd", "/a\x7fb"])
def test_a_redirect_to_nowhere(fails_from, library, location):
    library.behaviour = redirects({"/c": location})
    assert "request failed: " in fails_from(library.url + "/c")
    assert library.request_count == 1


def with_password(url):
    return url.replace("://", "://hush-user:hush-password@")


def test_user_and_password_are_sent_and_kept_on_the_way(start_from, library, upstream):
    library.put("/d", document(upstream))
    library.behaviour = redirects({"/c": "/d"})
    start_from(with_password(library.url + "/c").replace("word", "w%6Frd"))
    assert [request.value("Authorization") for request in library.requests] == [
        "Basic aHVzaC11c2VyOmh1c2gtcGFzc3dvcmQ="] * 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_credentials_are_never_taken_to_another_host(fails_from, start_library, library, status):
    far = start_library(name="far")
    library.behaviour = redirects({"/c": far.put("/c", {})}, status)
    assert "must not get our credentials" in fails_from(with_password(library.url + "/c"))
    assert far.visits == []


def test_nobody_tells_us_which_credentials_to_send(start_from, library, upstream):
    library.put("/d", document(upstream))
    library.behaviour = redirects({"/c": f"http://x:y@localhost:{library.address[1]}/d"})
    start_from(library.url + "/c")
    assert [request.value("Authorization") for request in library.requests] == [None] * 2


def test_a_redirect_does_not_lead_away_from_https(fails_from, start_library, library, authority):
    secure = start_library(tls=authority.server("DNS:localhost"))
    secure.behaviour = redirects({"/c": library.put("/c", {})})
    told = fails_from(secure.url + "/c", environment={"SSL_CERT_FILE": authority.file})
    assert "away from https" in told
    assert library.visits == []


# What is no document


@pytest.mark.parametrize("status, phrase", [
    (201, "Created"), (204, "No Content"), (304, "Not Modified"), (401, "Unauthorized"),
    (404, "Not Found"), (500, "Internal Server Error"), (503, "Service Unavailable")])
def test_only_200_is_a_success(fails_from, library, status, phrase):
    library.behaviour = lambda visit, request: visit.answer(status, body=b"{}")
    url = library.url + "/c"
    assert f"reload failed for {url}: remote fetch {url} failed: {status} {phrase}\n" \
        in fails_from(url)


HEAD = b"HTTP/1.1 200 OK\r\n"
BROKEN = {
    "cut short": HEAD + b"Content-Length: 100\r\n\r\nintegrations: []\n",
    "cut in a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\nintegrations: []\n",
    "cut behind a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n \r\n",
    "cut in its head": HEAD + b"Content-Le",
    "without an end": HEAD + b"\r\nintegrations: []\n",
    "old and without an end": b"HTTP/1.0 200 OK\r\n\r\nintegrations: []\n",
    "compressed": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "length and chunks": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    "no HTTP": b"integrations: []\r\n\r\n",
    "nothing": b"",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "too long": HEAD + b"Content-Length: 100000000000\r\n\r\nintegrations: []\n",
    "a large head": HEAD + b"X: %s\r\n\r\n" % (b"x" * 100_000),
    "endless 1xx": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100,
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_half_an_answer_is_none(fails_from, library, answer):
    library.behaviour = says(answer)
    told = fails_from(library.url + "/c")
    assert "request failed: the " in told
    assert "integrations" not in told


def test_a_connection_that_tls_does_not_end_is_cut(fails_from, start_library, authority):
    library = start_library(tls=authority.server("DNS:localhost"))
    library.behaviour = says(HEAD + b"\r\nintegrations: []\n")
    told = fails_from(library.url + "/c", environment={"SSL_CERT_FILE": authority.file})
    assert "TLS: the connection was cut off" in told


def test_an_answer_that_tls_ends_has_an_end(start_from, start_library, upstream, authority):
    library = start_library(tls=authority.server("DNS:localhost"))

    def behave(visit, request):
        visit.send(HEAD + b"\r\n" + json.dumps(document(upstream)).encode())
        visit.sock.unwrap()
        return False
    library.behaviour = behave
    proxy = start_from(library.url + "/c", environment={"SSL_CERT_FILE": authority.file})
    assert proxy.caller().get().status == 200


def test_an_endless_document_is_too_long(fails_from, library):
    def behave(visit, request):
        visit.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            visit.sock.sendall(b"100000\r\n%s\r\n" % (b" " * 0x100000))
    library.behaviour = behave
    assert "the answer is longer than 67108864 bytes" in fails_from(library.url + "/c")


def drips(visit, request):
    """Something every moment, and never all of it."""
    visit.send(HEAD + b"Content-Length: 1000000\r\n\r\n")
    while not visit.library.closing:
        visit.sock.sendall(b" ")
        time.sleep(0.02)


def tells_where_to_wait(visit, request):
    time.sleep(0.1)
    visit.answer(302, [("Location", "/c")])


@pytest.mark.parametrize("behaviour", [says_nothing, drips], ids=["silent", "slow"])
def test_a_fetch_has_a_deadline(fails_from, library, behaviour):
    library.behaviour = behaviour
    began = time.monotonic()
    assert "timed out" in fails_from(library.url + "/c", "-remote-fetch-timeout", "300ms")
    assert time.monotonic() - began < 5


def test_the_deadline_is_for_all_redirects_together(fails_from, library):
    library.behaviour = tells_where_to_wait
    assert "timed out" in fails_from(library.url + "/c", "-remote-fetch-timeout", "300ms")


def test_a_silent_tls_server_has_the_same_deadline(fails_from, library):
    library.receive = lambda visit: visit.fill() and visit.fill()
    url = library.url.replace("http:", "https:") + "/c"
    assert "timed out" in fails_from(url, "-remote-fetch-timeout", "300ms")


@pytest.mark.parametrize("url, text", [
    ("http://127.0.0.1:1/c", "request failed: connect: Connection refused"),
    ("http://nosuch.invalid/c", "request failed: lookup"),
    ("ftp://localhost/c", "request failed: unsupported protocol scheme"),
    ("FILE:///etc/passwd", "request failed: unsupported protocol scheme"),
    ("http://localhost:99999/c", "request failed: no host, or an impossible port"),
    ("http://[::1/c", "request failed: invalid host name"),
    ("http://h/c?a b", "request failed: host and query of the URL must be ASCII"),
])
def test_what_can_not_be_asked(fails_from, url, text):
    assert text in fails_from(url)


# The way through a proxy


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
def test_http_goes_through_a_proxy(start_from, library, upstream, name):
    library.behaviour = lambda visit, request: visit.answer(
        body=json.dumps(document(upstream)).encode())
    start_from("http://docs.test:8000/c?x=1", environment={
        name: f"hush-user:hush-password@{library.host}"})
    assert library.request.target == "http://docs.test:8000/c?x=1"
    assert library.request.value("Host") == "docs.test:8000"
    assert library.request.value("Proxy-Authorization") == "Basic " \
        "aHVzaC11c2VyOmh1c2gtcGFzc3dvcmQ="
    assert library.request.value("Authorization") is None


def test_https_goes_through_a_tunnel(start_from, start_upstream, start_library, upstream, authority):
    library = start_library(tls=authority.server("DNS:docs.test"))
    library.put("/c", document(upstream))
    tunnel = start_upstream(tunnels(library.address), name="tunnel")
    proxy = start_from("https://docs.test/c", environment={
        "HTTPS_PROXY": tunnel.url, "SSL_CERT_FILE": authority.file})
    assert proxy.caller().get().status == 200
    assert tunnel.request.target == tunnel.request.value("Host") == "docs.test:443"
    assert tunnel.request.value("Connection") is None
    assert library.request.target == "/c"
    assert library.request.value("Host") == "docs.test"


def test_a_proxy_does_not_vouch_for_a_server(fails_from, start_upstream, start_library, authority):
    library = start_library(tls=authority.server("DNS:localhost"))
    tunnel = start_upstream(tunnels(library.address), name="tunnel")
    told = fails_from("https://docs.test/c", environment={
        "HTTPS_PROXY": tunnel.url, "SSL_CERT_FILE": authority.file})
    assert "is for another host" in told
    assert library.requests == []


def test_a_proxy_that_refuses(fails_from, start_upstream):
    tunnel = start_upstream(lambda visit, request: visit.answer(403, body=b"no"), name="tunnel")
    told = fails_from("https://docs.test/c", environment={"HTTPS_PROXY": tunnel.url})
    assert "the proxy did not connect: 403 Forbidden" in told


def test_exceptions_and_ourselves_need_no_proxy(start_from, library, upstream):
    url = library.put("/c", document(upstream))
    start_from(url, environment={"HTTP_PROXY": "http://127.0.0.1:1"})
    address = f"http://127.0.0.1:{library.address[1]}/c"
    start_from(address, environment={"http_proxy": "http://127.0.0.1:1"})
    assert [request.target for request in library.requests] == ["/c"] * 2


# What nobody is told


def secret_url(library):
    return with_password(library.url) + "/c?token=hush-token#hush-fragment"


def secrets_in(text):
    return [secret for secret in SECRETS if secret in text]


def test_neither_the_url_nor_the_document_is_told(start_from, library, upstream):
    library.put("/c", document(upstream))
    proxy = start_from(secret_url(library), "-log-level", "DEBUG")
    library.put("/c", "hush-document: [1, 2\n")
    told = [proxy.try_reload()]
    library.put("/c", "'hush-document'")
    told += [proxy.try_reload()]
    library.behaviour = redirects({"/c": "http://elsewhere.invalid/?hush-token"})
    told += [proxy.try_reload()]
    library.behaviour = says(b"HTTP/1.1 500 hush-document\r\nContent-Length: 13\r\n\r\nhush-document")
    told += [proxy.try_reload(), proxy.command("status", "-admin-socket", proxy.admin_socket)]
    text = "".join(one.stdout + one.stderr for one in told) + json.dumps(proxy.status())
    assert text.count("https://REDACTED") == 0 and "http://REDACTED:REDACTED@localhost" in text
    assert "/c?REDACTED#REDACTED" in text
    proxy.stop()
    assert secrets_in(text) == []
    assert secrets_in(proxy.log_path.read_text()) == []
    assert secrets_in(proxy.errors()) == []


def test_a_start_that_fails_does_not_tell_them_either(fails_from, library):
    library.behaviour = says(b"HTTP/1.1 404 hush-document\r\nContent-Length: 0\r\n\r\n")
    told = fails_from(secret_url(library))
    assert "remote fetch http://REDACTED:REDACTED@localhost" in told
    assert secrets_in(told) == []


def test_check_reads_from_afar_and_is_as_discreet(stage, library, upstream):
    proxy = stage.new_proxy([])
    library.put("/c", document(upstream))
    assert proxy.command("check", "-config-url", secret_url(library)).returncode == 0
    library.put("/c", "integrations: 5")
    done = proxy.command("check", "-config-url", secret_url(library))
    assert done.returncode == 1 and "integrations is a number" in done.stderr
    assert secrets_in(done.stdout + done.stderr) == []


# Loading holds nobody up


@pytest.fixture
def proxy(start_from, library, upstream):
    return start_from(library.put("/c", document(upstream)))


def wait_until_loading(proxy):
    until(lambda: proxy.status()["reload"] == "loading", "it loads")


def test_a_failed_fetch_keeps_the_old_rules(proxy, library):
    for library.behaviour in says(b""), redirects({"/c": "/c"}):
        done = proxy.try_reload()
        assert done.returncode == 1 and "request failed" in done.stderr
        assert proxy.wait_for_log("reload failed; keeping existing configuration")
        assert proxy.caller().get().status == 200
    library.behaviour = lends
    proxy.reload()


def test_everything_goes_on_while_a_server_is_slow(proxy, library):
    go = threading.Event()
    library.behaviour = waits_for(go, then=lends)
    reload = threading.Thread(target=proxy.reload)
    reload.start()
    wait_until_loading(proxy)

    # callers are served, a dead worker is replaced, questions are answered
    assert proxy.caller().get().status == 200
    dead = proxy.worker_pids()[0]
    os.kill(dead, signal.SIGKILL)
    until(lambda: len(set(proxy.worker_pids()) - {dead}) == 2, "it is replaced")
    assert proxy.status()["reload"] == "loading"

    go.set()
    reload.join()
    assert proxy.caller().get().status == 200


def test_what_is_asked_for_while_it_loads_becomes_one_more(proxy, library):
    go = threading.Event()
    library.behaviour = waits_for(go, then=lends)
    reloads = [threading.Thread(target=proxy.reload) for _ in range(4)]
    reloads[0].start()
    wait_until_loading(proxy)
    for reload in reloads[1:]:
        reload.start()
    for _ in range(3):
        proxy.signal(signal.SIGHUP)
    proxy.status()
    time.sleep(0.3)  # for the commands to have asked
    go.set()
    for reload in reloads:
        reload.join()
    assert library.request_count == 3  # the start, the first of these, and all others


@pytest.mark.parametrize("at_start", [True, False])
def test_a_stop_does_not_wait_for_a_slow_server(stage, library, upstream, at_start):
    proxy = stage.new_proxy([], flags=["-config-url", library.put("/c", document(upstream))])
    if not at_start:
        proxy.start()
    library.behaviour = says_nothing
    proxy.launch() if at_start else proxy.signal(signal.SIGHUP)
    library.wait_for_requests(1 if at_start else 2)
    began = time.monotonic()
    proxy.signal(signal.SIGTERM)
    assert proxy.wait_for_exit() == 0
    assert time.monotonic() - began < 5
    proxy.leaves_nothing_behind()


def test_whoever_waits_for_a_reload_is_told_of_a_stop(proxy, library):
    library.behaviour = says_nothing
    told = []
    reload = threading.Thread(target=lambda: told.append(proxy.try_reload()))
    reload.start()
    wait_until_loading(proxy)
    proxy.signal(signal.SIGTERM)
    reload.join()
    assert proxy.wait_for_exit() == 0
    assert told[0].returncode == 1 and "the service is stopping" in told[0].stderr


def loaders(proxy):
    return [pid for pid, stat in processes()
            if stat["parent"] == proxy.process.pid and stat["name"] == "loader"]


def test_a_loader_that_dies_fails_its_load_and_nothing_else(proxy, library):
    library.behaviour = says_nothing
    told = []
    reload = threading.Thread(target=lambda: told.append(proxy.try_reload()))
    reload.start()
    library.wait_for_requests(2)
    os.kill(loaders(proxy)[0], signal.SIGKILL)
    reload.join()
    assert told[0].returncode == 1 and "the loader was ended by signal 9" in told[0].stderr
    assert proxy.caller().get().status == 200
    library.behaviour = lends
    proxy.reload()


def test_a_loader_does_not_outlive_its_master(proxy, library):
    library.behaviour = says_nothing
    proxy.signal(signal.SIGHUP)
    library.wait_for_requests(2)
    assert loaders(proxy)
    proxy.signal(signal.SIGKILL)
    assert proxy.wait_for_exit() == -signal.SIGKILL
    until(lambda: not proxy.everybody(), "everybody has ended", 5)
    proxy.process = None
