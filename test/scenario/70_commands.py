"""check, reload and status: the operator's three questions, answered in words and in exit codes."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from actors.config import integration, token

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def check(stage):
    """Runs `check` on these documents."""
    def run(config, *flags, **lists):
        proxy = stage.new_proxy(config, **lists)
        given = [word for name in lists for word in (f"-{name}", str(proxy.path(name)))]
        return proxy.command("check", "-config", str(proxy.path("config")), *given, *flags)
    return run


def test_check_finds_a_sound_configuration_sound(check):
    done = check([integration("slack", NOWHERE, [token("dangerousLiteral:x")])],
                 allowlist=[{"integration": "slack", "callers": []}], denylist=[])
    assert done.returncode == 0
    assert "configuration is sound" in done.stdout


@pytest.mark.parametrize("config, lists, text", [
    ("integrations:\n  - name: a\n    destinaton: x\n", {}, "config.yaml:3:"),
    ([integration("a", "nowhere")], {}, "integration a has invalid destination"),
    ([integration("a", NOWHERE, outgoing=[token("env:AT_TEST_NOT_SET")])], {}, "AT_TEST_NOT_SET"),
    ([integration("a", NOWHERE)], {"allowlist": "- integration: a\n  callrs: []\n"},
     "allowlist.yaml:2:"),
    ([integration("a", NOWHERE)], {"denylist": "- integration: [\n"}, "denylist.yaml:"),
])
def test_check_says_what_is_wrong_and_where(check, config, lists, text):
    done = check(config, **lists)
    assert done.returncode == 1
    assert text in done.stderr


@pytest.mark.parametrize("begin, again", [("", "["), ("integrations:\n", "- a\n")])
def test_a_hostile_document_is_refused_before_it_costs_much(check, begin, again):
    assert check(begin + again * (12_000_000 // len(again))).returncode == 1
    # Of all that this run has started, under sanitizers. As it is shipped, 0.4 GB.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2**20 * 1.5


def test_check_does_not_quote_secrets(check):
    done = check([integration("a", NOWHERE, [token("dangerousLiteral:hush-hush")]),
                  integration("a", NOWHERE)])
    assert done.returncode == 1
    assert "hush-hush" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["check", "reload", "status"])
def test_commands_know_their_flags(stage, command):
    proxy = stage.new_proxy([])
    assert proxy.command(command, "-nosuch").returncode == 2
    assert proxy.command(command, "-h").returncode == 0


@pytest.mark.parametrize("command", ["reload", "status"])
def test_without_a_master_there_is_an_error(stage, command):
    proxy = stage.new_proxy([])
    done = proxy.command(command, "-admin-socket", proxy.admin_socket)
    assert done.returncode == 1
    assert proxy.admin_socket in done.stderr


IMPOSTOR = """
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("listening", flush=True)
caller, _ = listener.accept()
caller.recv(100)
caller.sendall(b'{"ok": true, "generation": 2}')
"""


def test_somebody_else_who_answers_is_not_believed(stage):
    """Where no path is given, anybody may have made the folder first."""
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    shared = Path(tempfile.mkdtemp(prefix="authtranslator-shared-"))
    shared.chmod(0o777)
    folder = shared / "authtranslator"
    folder.mkdir()
    folder.chmod(0o777)
    impostor = subprocess.Popen([sys.executable, "-c", IMPOSTOR, str(folder / "admin.sock")],
                                user=12345, stdout=subprocess.PIPE, cwd="/")
    try:
        assert impostor.stdout.readline() == b"listening\n"
        (folder / "admin.sock").chmod(0o777)
        proxy = stage.new_proxy([], user=23456)
        done = subprocess.run([str(proxy.master), "reload"], user=23456, capture_output=True,
                              text=True, timeout=60, cwd="/",
                              env={"XDG_RUNTIME_DIR": str(shared), "PATH": os.environ["PATH"]})
        assert done.returncode == 1
        assert "is another user" in done.stderr
    finally:
        impostor.kill()
        impostor.wait()
        shutil.rmtree(shared)


def test_reload_returns_when_the_new_rules_serve(start_proxy, upstream):
    proxy = start_proxy([])
    proxy.configure([integration("slack", upstream)])
    assert proxy.caller().get().status == 404
    assert proxy.try_reload().returncode == 0
    assert proxy.caller().get().status == 200


def test_status_knows_the_workers(start_proxy):
    proxy = start_proxy([], workers=3)
    pids = proxy.worker_pids()
    status = proxy.status()
    assert sorted(worker["pid"] for worker in status["workers"]) == pids
    first = status["generation"]
    proxy.reload()
    assert proxy.status()["generation"] > first


def test_status_is_readable_by_people_too(start_proxy):
    proxy = start_proxy([], workers=2)
    done = proxy.command("status", "-admin-socket", proxy.admin_socket)
    assert done.returncode == 0
    for pid in proxy.worker_pids():
        assert str(pid) in done.stdout
    with pytest.raises(json.JSONDecodeError):
        json.loads(done.stdout)


def test_the_admin_socket_is_its_owners_alone(start_proxy):
    proxy = start_proxy([])
    assert (proxy.directory / "admin").stat().st_mode & 0o077 == 0


def test_reloads_that_are_asked_for_together_all_get_an_answer(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream)])
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: proxy.try_reload(), range(8)))
    assert [one.returncode for one in done] == [0] * 8, done
    assert proxy.caller().get().status == 200
