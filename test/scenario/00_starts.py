"""The programs start, say what they are, and refuse to start on anything that is not sound."""

import re
import socket
from pathlib import Path

import pytest

from actors.config import integration, token
from actors.wait import until

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def run(stage):
    """Runs the master with these flags and nothing else, to its end."""
    return stage.new_proxy([]).command


@pytest.fixture
def refuses(stage):
    """The master ends at once with status 1; gives what it said."""
    def check(*arguments, **options):
        proxy = stage.new_proxy(*arguments, **options).launch()
        assert proxy.wait_for_exit() == 1, proxy.seen()
        return proxy.errors() + proxy.log_path.read_text()
    return check


def test_it_says_its_version(run):
    done = run("-version")
    assert done.returncode == 0
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n", done.stdout)


@pytest.mark.parametrize("flags", [["-h"], ["-help"], ["--help"]])
def test_it_shows_its_flags(run, flags):
    done = run(*flags)
    assert done.returncode == 0
    assert done.stderr.startswith("Usage: authtranslator [options]\n")
    assert "-drain-timeout" in done.stderr


@pytest.mark.parametrize("flags, text", [
    (["-nosuch"], "flag provided but not defined: -nosuch"),
    (["--nosuch=1"], "flag provided but not defined: -nosuch"),
    (["-redis-timeout", "5"], 'invalid value "5" for flag -redis-timeout: parse error'),
    (["-enable-metrics=maybe"],
     'invalid boolean value "maybe" for -enable-metrics: parse error'),
    (["-workers", "two"], 'invalid value "two" for flag -workers: parse error'),
    (["-addr"], "flag needs an argument: -addr"),
])
def test_a_flag_that_makes_no_sense_ends_with_status_2(run, flags, text):
    done = run(*flags)
    assert done.returncode == 2
    assert text in done.stderr and "Usage: authtranslator" in done.stderr


@pytest.mark.parametrize("flags, text", [
    (["-config", "no_such_file"],
     "reload failed for no_such_file: open no_such_file: no such file or directory"),
    (["-metrics-user", "admin"], "both -metrics-user and -metrics-pass must be provided"),
    (["-metrics-pass", "x"], "both -metrics-user and -metrics-pass must be provided"),
    (["-tls-cert", "c"], "listen: both cert and key must be provided"),
])
def test_flags_that_cannot_work_end_with_status_1(refuses, flags, text):
    assert text in refuses([], flags=flags)


@pytest.mark.parametrize("flags", [
    ["-redis-addr", "127.0.0.1:6379"], ["-tls-cert", "c", "-tls-key", "k"], ["-enable-http3"],
    ["-metrics-user", "u", "-metrics-pass", "p"], ["-config-url", "http://127.0.0.1:9/c"]])
def test_what_it_cannot_do_yet_is_refused_and_not_ignored(refuses, flags):
    assert "not served by this version" in refuses([], flags=flags)


def test_an_address_that_is_taken_ends_with_status_1(refuses):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        assert "bind: address already in use" in refuses([], flags=["-addr", address])


@pytest.mark.parametrize("config, text", [
    ("integrations:\n  - name: a\n    destinaton: http://127.0.0.1:9\n", "config.yaml:3:"),
    ("integrations:\n  - name: a\n    destinaton: http://127.0.0.1:9\n", "destination"),
    ("integrations: [", "config.yaml:"),
    ("integrations:\n  - destination: http://127.0.0.1:9\n",
     "integration at index 0 missing name"),
    ([integration("dup", NOWHERE), integration("DUP", NOWHERE)],
     "duplicate integration name DUP"),
    ([integration("a", "example.com")], "integration a has invalid destination"),
    ([integration("a", NOWHERE, incoming=[{"type": "nosuch"}])],
     "unknown incoming auth type nosuch"),
    ([integration("a", NOWHERE, incoming=[{"type": "token"}])], "missing secrets"),
    ([integration("a", NOWHERE, idle_conn_timeout="5")],
     "integration a has invalid idle_conn_timeout"),
])
def test_a_broken_configuration_is_not_served(refuses, config, text):
    assert text in refuses(config)


@pytest.mark.parametrize("secret", [
    "env:AT_TEST_NOT_SET", "env:AT_TEST_EMPTY", "file:/no/such/file", "dangerousLiteral:"])
def test_a_secret_that_is_missing_or_empty_is_fatal(refuses, secret):
    said = refuses([integration("a", NOWHERE, outgoing=[token(secret)])],
                   environment={"AT_TEST_EMPTY": ""})
    assert secret in said


@pytest.mark.parametrize("side", ["incoming", "outgoing"])
def test_a_secret_that_no_header_can_carry_is_fatal(refuses, side):
    said = refuses([integration("a", NOWHERE, **{side: [token("env:AT_TEST_LINE")]})],
                   environment={"AT_TEST_LINE": "hush\n"})
    assert "config.yaml:" in said
    assert "env:AT_TEST_LINE" in said and "control byte" in said
    assert "hush" not in said


@pytest.mark.parametrize("destination", [
    "ftp://127.0.0.1/", "http://127.0.0.1:0/", "http://user:pass@127.0.0.1/"])
def test_a_destination_that_is_not_served_as_written_is_told(start_proxy, destination):
    proxy = start_proxy([integration("odd", destination), integration("even", NOWHERE)])
    warning = proxy.wait_for_log("destinations with a scheme other than http and https, or with "
                                 "port 0, are not served; a user name in one is ignored")
    assert warning["integrations"] == "odd"


@pytest.mark.parametrize("path", ["/no/such/folder/admin.sock", "/" + 200 * "x", "/dev/null"])
def test_an_admin_socket_that_was_named_has_to_be_had(refuses, path):
    assert "admin socket: " in refuses([], flags=["-admin-socket", path])


def test_a_list_that_was_named_has_to_be_there(refuses):
    said = refuses([integration("a", NOWHERE)], flags=["-allowlist", "no_such_list"])
    assert "no_such_list" in said


def test_a_list_that_is_broken_is_fatal(refuses):
    assert "allowlist.yaml:" in refuses([integration("a", NOWHERE)],
                                        allowlist="- integratoin: a\n")
    assert "denylist.yaml:" in refuses([integration("a", NOWHERE)], denylist="{")


def test_it_serves_and_ends_where_standard_descriptors_are_closed(stage):
    proxy = stage.new_proxy([])
    master, proxy.master = proxy.master, proxy.directory / "closing"
    proxy.master.write_text(f'#!/bin/sh\nexec {master} "$@" <&- >&-\n')
    proxy.master.chmod(0o755)
    proxy.launch()
    proxy.master = master
    until(lambda: Path(proxy.admin_socket).exists(), "the admin socket")
    until(lambda: proxy.status()["generation"] == 1, "a generation that serves")
    proxy.stop()


def test_go_style_flags_are_understood(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream)], flags=[
        "--log-level=DEBUG", "-enable-metrics=false", "-read-timeout", "0", "-watch=f", "stray"])
    assert proxy.caller().get().status == 200
    assert proxy.caller().get("/_at_internal/metrics").status == 200
    assert upstream.requests[-1].target == "/_at_internal/metrics", "an ordinary path now"


def test_yaml_as_people_write_it_is_read(start_proxy, upstream):
    proxy = start_proxy(f"""\
integrations:
  - &first
    name: Slack
    destination: {upstream.url}   # as written
    outgoing_auth:
      - type: token
        params: {{header: X-Key, secrets: ["env:AT_TEST_KEY"]}}
  - <<: *first
    name: second
""", environment={"AT_TEST_KEY": "k3y"})
    assert proxy.caller().get(host="slack").status == 200
    assert proxy.caller().get(host="second").status == 200
    assert [seen.value("X-Key") for seen in upstream.requests] == ["k3y", "k3y"]


def test_an_empty_configuration_serves_nobody(start_proxy):
    assert start_proxy("").caller().get().status == 404


def test_the_health_page_tells_of_the_last_load(start_proxy):
    answer = start_proxy([]).caller().get("/_at_internal/healthz", host="whoever")
    assert (answer.status, answer.body) == (200, b"")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)",
                        answer.value("X-Last-Reload"))


def test_as_many_workers_run_as_were_asked_for(start_proxy):
    proxy = start_proxy([], workers=3)
    assert len(proxy.worker_pids()) == 3
