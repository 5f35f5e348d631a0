"""A secret is where it has to be, on the wire to its upstream, and nowhere else at all."""

import base64
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from actors.caller import request
from actors.config import basic, integration, token
from actors.upstream import answers, closes_without_answer, echoes

MARKS = {"caller": "mark-1-callers-token", "ours": "mark-2-upstreams-token",
         "from_env": "mark-3-from-the-environment", "from_file": "mark-4-from-a-file",
         "pair": "user:mark-5-password", "guess": "mark-6-a-wrong-guess",
         "query": "mark-7-in-a-query", "cookie": "mark-8-a-cookie"}


def disguises(secret):
    """Every form in which a secret could stand somewhere."""
    yield secret
    for padding in range(3):
        code = base64.b64encode(b" " * padding + secret.encode())
        yield code[4 if padding else 0:-4].decode()
    yield quote(secret, safe="").replace("-", "%2D")
    yield secret.encode().hex()
    yield secret[::-1]


def secrets_in(text, marks=MARKS):
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    return {name for name in marks for form in disguises(MARKS[name]) if form in text}


@pytest.fixture
def proxy(stage, upstream):
    """Everything is said at the highest log level."""
    proxy = stage.new_proxy([], flags=["-log-level", "DEBUG"],
                            environment={"AT_TEST_TOKEN": MARKS["from_env"]})
    secret_file = proxy.directory / "secret"
    secret_file.write_text(MARKS["from_file"] + "\n")
    callers = token(f"dangerousLiteral:{MARKS['caller']}")
    proxy.configure([
        integration("literal", upstream, [callers], [token(f"dangerousLiteral:{MARKS['ours']}")]),
        integration("env", upstream, [callers], [token("env:AT_TEST_TOKEN", "X-Key")]),
        integration("file", upstream, [callers], [token(f"file:{secret_file}", "X-Key")]),
        integration("pair", upstream, [basic(f"dangerousLiteral:{MARKS['pair']}")],
                    [basic(f"dangerousLiteral:{MARKS['pair']}")]),
        integration("dead", "http://127.0.0.1:1", [callers],
                    [token(f"dangerousLiteral:{MARKS['ours']}")]),
    ])
    return proxy.start()


def live_a_little(proxy, upstream):
    """Requests of every outcome; gives all that callers were told."""
    told = []
    right = {"Authorization": f"Bearer {MARKS['caller']}", "Cookie": MARKS["cookie"]}
    wrong = {"Authorization": f"Bearer {MARKS['guess']}", "Cookie": MARKS["cookie"]}
    pair = {"Authorization": "Basic " + base64.b64encode(MARKS["pair"].encode()).decode()}
    target = f"/p?token={MARKS['query']}"
    upstream.behaviour = answers()
    for host in "literal", "env", "file", "pair", "dead", "nobody":
        for headers in right, wrong, pair:
            told.append(proxy.caller().get(target, host=host, headers=headers))
    for upstream.behaviour in closes_without_answer, echoes:
        told.append(proxy.caller().get("/", host="literal", headers=right))
    for broken in (b"GET / HTTP/1.1\r\nHost: literal\r\nAuthorization : Bearer %s\r\n\r\n",
                   b"GET /\x01 HTTP/1.1\r\nHost: literal\r\nAuthorization: Bearer %s\r\n\r\n"):
        caller = proxy.caller()
        caller.send(broken % MARKS["caller"].encode())
        told.append(caller.answer())
    assert {answer.status for answer in told} >= {200, 400, 401, 404, 502}
    return told


def test_the_disguises_are_seen_through():
    """Or the stories below would prove nothing."""
    for name, secret in MARKS.items():
        for text in (f"x{secret}x", base64.b64encode(f"a{secret}".encode()).decode(),
                     base64.b64encode(f"ab{secret}z".encode()).decode(), secret.encode().hex()):
            assert name in secrets_in(text), (name, text)


def test_they_reach_their_upstream(proxy, upstream):
    live_a_little(proxy, upstream)
    wire = b"".join(visit.wire for visit in upstream.visits)
    assert {"ours", "from_env", "from_file"} <= secrets_in(wire)
    assert not {"caller", "guess"} & secrets_in(wire)


def test_they_are_in_no_log_line(proxy, upstream):
    live_a_little(proxy, upstream)
    proxy.reload()
    proxy.stop()
    assert len(proxy.log()) > 20
    assert secrets_in(proxy.log_path.read_text()) == set()
    assert secrets_in(proxy.errors()) == set()


def test_no_caller_is_told_one(proxy, upstream):
    for answer in live_a_little(proxy, upstream):
        assert secrets_in(repr(answer.headers) + answer.text) == set()


def test_they_are_in_no_page_of_ours(proxy, upstream):
    live_a_little(proxy, upstream)
    for page in "metrics", "healthz":
        assert secrets_in(proxy.caller().get(f"/_at_internal/{page}").body) == set()
    for words in ["status", "-json"], ["status"]:
        done = proxy.command(*words, "-admin-socket", proxy.admin_socket)
        assert done.returncode == 0 and secrets_in(done.stdout + done.stderr) == set()


def test_a_failed_load_does_not_quote_them(proxy, upstream):
    proxy.configure([integration("slack", upstream, [
        token(f"dangerousLiteral:{MARKS['caller']}"), {"type": "nosuch"}])])
    done = proxy.try_reload()
    assert done.returncode != 0
    assert secrets_in(done.stdout + done.stderr) == set()
    proxy.configure(f'integrations: [{{name: a, secrets: "dangerousLiteral:{MARKS["ours"]}"')
    done = proxy.try_reload()
    assert done.returncode != 0
    assert secrets_in(done.stdout + done.stderr + proxy.log_path.read_text()) == set()


def peek(pid, name):
    """A file of /proc; nothing if it is kept even from us, which is as good."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except PermissionError:
        return b""


def test_a_worker_has_none_in_its_environment_or_command_line(proxy):
    for pid in proxy.worker_pids():
        assert secrets_in(peek(pid, "cmdline")) == set()
        assert secrets_in(peek(pid, "environ")) == set()
        assert b"AT_TEST_TOKEN" not in peek(pid, "environ")


def test_a_worker_leaves_no_core(proxy):
    for pid in proxy.worker_pids():
        core = next(line for line in peek(pid, "limits").decode().splitlines()
                    if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]


def test_a_worker_cannot_be_looked_into_by_its_own_user(stage, upstream):
    """What is not dumpable belongs to root in /proc, whoever runs it."""
    nobody = 65534 if os.geteuid() == 0 else None
    proxy = stage.new_proxy([integration("slack", upstream)], user=nobody)
    proxy.own_copy_of_the_programs()
    if nobody:
        os.chown(proxy.directory, nobody, -1)
    proxy.start()
    assert proxy.caller().get().status == 200
    for pid in proxy.worker_pids():
        runs_as = peek(pid, "status").decode().split("Uid:")[1].split()[0]
        assert runs_as != "0"
        assert os.stat(f"/proc/{pid}/environ").st_uid == 0


def test_a_worker_inherits_no_descriptor_it_was_not_given(proxy):
    """Neither files of the master nor its admin socket."""
    if os.geteuid() != 0:
        pytest.skip("only root may see it")
    for pid in proxy.worker_pids():
        links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        files = [link for link in links if link.startswith("/") and not link.startswith("/memfd:")]
        allowed = {"/dev/null", str(proxy.log_path), str(proxy.errors_path)}
        assert set(files) <= allowed, files


def test_an_upstreams_secret_with_a_line_break_is_never_in_use(stage, upstream):
    proxy = stage.new_proxy([integration("slack", upstream, [], [
        token("env:AT_TEST_TOKEN")])], environment={"AT_TEST_TOKEN": "a\r\nX-Injected: yes"})
    assert proxy.launch().wait_for_exit() == 1
    assert "X-Injected" not in proxy.errors() + proxy.log_path.read_text()
    assert upstream.bytes_seen == 0
