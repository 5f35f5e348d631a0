"""A reload that cannot work is reported everywhere, and the old rules go on undisturbed."""

import json
import signal

import pytest

from actors.config import integration, token
from actors.load import Crowd
from actors.upstream import answers

GOOD = {"Authorization": "Bearer one"}


@pytest.fixture
def proxy(stage, start_upstream):
    """On copies of the programs, so that a story may break one."""
    upstream = start_upstream(answers())
    proxy = stage.new_proxy([integration("slack", upstream, [token("dangerousLiteral:one")])])
    proxy.own_copy_of_the_programs()
    return proxy.start()


def breaks_the_yaml(proxy):
    proxy.configure("integrations:\n  - name: slack\n  bad: [")
    return "config.yaml:"


def misspells_a_key(proxy):
    proxy.configure([{"name": "slack", "destinaton": "http://127.0.0.1:9"}])
    return "destinaton"


def loses_a_secret(proxy):
    proxy.configure([integration("slack", "http://127.0.0.1:9", [token("env:AT_TEST_NOT_SET")])])
    return "AT_TEST_NOT_SET"


def empties_a_secret(proxy):
    proxy.configure([integration("slack", "http://127.0.0.1:9", [token("dangerousLiteral:")])])
    return "dangerousLiteral"


def removes_the_file(proxy):
    proxy.path("config").unlink()
    return "config.yaml"


def breaks_the_worker(proxy):
    proxy.worker.chmod(0)
    return "worker"


def replaces_the_worker_by_nonsense(proxy):
    proxy.worker.unlink()  # the running ones keep theirs
    proxy.worker.write_text("#!/bin/sh\nexit 3\n")
    proxy.worker.chmod(0o755)
    return "worker"


@pytest.fixture(params=[breaks_the_yaml, misspells_a_key, loses_a_secret, empties_a_secret,
                        removes_the_file, breaks_the_worker, replaces_the_worker_by_nonsense],
                ids=lambda mishap: mishap.__name__)
def mishap(request):
    return request.param


def test_the_old_rules_serve_on_and_everybody_is_told(proxy, mishap):
    # given connections that are served
    kept = [proxy.caller() for _ in range(8)]
    assert [caller.get(headers=GOOD).status for caller in kept] == [200] * 8
    workers = proxy.worker_pids()

    # when a reload goes wrong
    text = mishap(proxy)
    done = proxy.try_reload()

    # then whoever asked for it is told, and so are the log and the status
    assert done.returncode != 0
    assert text in done.stdout + done.stderr
    line = proxy.wait_for_log("reload failed; keeping existing configuration")
    assert line["level"] == "ERROR" and text in json.dumps(line)
    assert text in json.dumps(proxy.status())

    # and callers are not
    assert [caller.get(headers=GOOD).status for caller in kept] == [200] * 8
    assert proxy.caller().get(headers=GOOD).status == 200
    assert proxy.caller().get(headers={"Authorization": "Bearer other"}).status == 401
    assert proxy.worker_pids() == workers


def test_a_bad_reload_by_signal_is_logged(proxy):
    breaks_the_yaml(proxy)
    proxy.signal(signal.SIGHUP)
    line = proxy.wait_for_log("reload failed; keeping existing configuration")
    assert "config.yaml:" in line["error"]
    assert proxy.caller().get(headers=GOOD).status == 200


def test_it_recovers_when_the_mistake_is_mended(proxy, start_upstream):
    upstream = start_upstream()
    breaks_the_yaml(proxy)
    assert proxy.try_reload().returncode != 0
    proxy.configure([integration("slack", upstream)])
    proxy.reload()
    assert proxy.caller().get().status == 200
    assert upstream.request_count == 1
    assert "config.yaml:3" not in json.dumps(proxy.status()), "the mistake is history"


def test_a_list_that_vanishes_refuses_the_reload(stage, upstream):
    proxy = stage.start_proxy([integration("slack", upstream)], allowlist=[
        {"integration": "slack", "callers": [{"id": "*", "rules": [
            {"path": "/ok", "methods": {"GET": {}}}]}]}])
    proxy.path("allowlist").unlink()
    assert proxy.try_reload().returncode != 0
    assert proxy.caller().get("/ok").status == 200
    assert proxy.caller().get("/other").status == 403


def test_nobody_notices_bad_reloads_under_load(proxy, start_upstream):
    proxy.configure([integration("slack", start_upstream(answers()))])
    proxy.reload()
    with Crowd(proxy.address, kept=16, new=2) as crowd:
        loses_a_secret(proxy)
        for _ in range(10):
            assert proxy.try_reload().returncode != 0
        crowd.wait_for_answers(100)
    assert crowd.failures == []


def test_the_good_worker_is_still_used_after_a_bad_one_was_put_in_its_place(proxy):
    """Nobody can start a new one; the two that run have to do."""
    replaces_the_worker_by_nonsense(proxy)
    for _ in range(3):
        assert proxy.try_reload().returncode != 0
    assert [proxy.caller().get(headers=GOOD).status for _ in range(20)] == [200] * 20
