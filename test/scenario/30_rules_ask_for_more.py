"""Rules that ask for more than path and method: who is refused reaches nobody, and the log says
which line of which file it was."""

import re

import pytest

from actors.config import integration
from actors.wait import until


def rule(path, method, **constraint):
    return {"path": path, "methods": {method: constraint}}


def entry_of(name, *rules, caller="*"):
    return {"integration": name, "callers": [{"id": caller, "rules": list(rules)}]}


def refusals(proxy):
    """Why each was refused, as the log has it."""
    return [line["reason"] for line in proxy.log() if line["msg"].startswith("request ")]


def next_refusal(proxy, before):
    until(lambda: len(refusals(proxy)) > before, "a refusal in the log")
    return refusals(proxy)[before]


ALLOWED = [
    rule("/search", "GET", query={"scope": ["public"]}),
    rule("/report", "GET", headers={"X-Team": ["ops"]}),
    rule("/report", "GET", query={"public": []}),
    rule("/post", "POST", body={"channel": "c1"}),
    rule("/files/**", "GET"),
]
DENIED = [rule("/files/**", "GET", query={"raw": ["1"]})]


@pytest.fixture(scope="module")
def scene(shared_stage):
    upstream = shared_stage.start_upstream()
    proxy = shared_stage.start_proxy(
        [integration("slack", upstream)],
        allowlist=[entry_of("slack", *ALLOWED)], denylist=[entry_of("slack", *DENIED)])
    return proxy, upstream


@pytest.mark.parametrize("target, headers", [
    ("/search?scope=public", {}),
    ("/search?a=b&scope=public", {}),
    ("/report", {"X-Team": "ops"}),
    ("/report?public", {}),
    ("/files/a/b", {}),
    ("/files/a?raw=0", {}),
])
def test_what_rules_ask_for_passes_as_it_was_sent(scene, target, headers):
    proxy, upstream = scene
    answer = proxy.caller().get(target, host="slack", headers=headers)
    assert answer.status == 200, answer
    assert upstream.requests[-1].target == target


@pytest.mark.parametrize("target, headers, status, reason, why", [
    ("/search", {}, 403, "constraint failed", "missing query param scope"),
    ("/search?scope=all", {}, 403, "constraint failed", "missing query param scope=public"),
    ("/search?scope=public&scope=all", {}, 403, "constraint failed", "scope"),
    ("/search?scope=public;x", {}, 400, "ambiguous request", "ambiguous query"),
    ("/report", {}, 403, "constraint failed", "missing header X-Team"),
    ("/report", {"X-Team": "dev"}, 403, "constraint failed", "missing header X-Team=ops"),
    ("/files/a?raw=1", {}, 403, "denylist match", "denylist matched caller * GET /files/**"),
    ("/files/a?x;raw=1", {}, 400, "ambiguous request", "ambiguous query"),
    ("/other", {}, 403, "no allowlist match", "no allowlist match"),
])
def test_f7_what_is_refused_reaches_nobody(scene, target, headers, status, reason, why):
    proxy, upstream = scene
    before, told = upstream.bytes_seen, len(refusals(proxy))
    answer = proxy.caller().get(target, host="slack", headers=headers)
    assert (answer.status, answer.value("X-AT-Error-Reason")) == (status, reason)
    assert b"scope" not in answer.body and b"X-Team" not in answer.body
    assert upstream.bytes_seen == before
    assert why in next_refusal(proxy, told)


def test_the_log_says_where_the_rule_is_written(stage):
    upstream = stage.start_upstream()
    proxy = stage.start_proxy(
        [integration("slack", upstream)],
        allowlist=[entry_of("slack", rule("/a", "GET", query={"x": []}))])
    assert proxy.caller().get("/a", host="slack").status == 403
    assert re.fullmatch(r"missing query param x \(.*/allowlist.yaml:\d+:\d+\)",
                        next_refusal(proxy, 0))


def test_a_body_that_rules_would_have_to_see_is_refused(scene):
    proxy, upstream = scene
    before = upstream.bytes_seen
    answer = proxy.caller().post("/post", host="slack", body=b'{"channel": "c1"}',
                                 headers={"Content-Type": "application/json"})
    assert answer.status == 403, answer
    assert upstream.bytes_seen == before


def test_a_rule_for_nobody_s_integration_is_an_error(stage):
    upstream = stage.start_upstream()
    proxy = stage.new_proxy([integration("slack", upstream)],
                            denylist=[entry_of("slak", rule("/a", "GET"))])
    proxy.launch()
    assert proxy.wait_for_exit() != 0
    assert "integration slak is not in the configuration" in proxy.errors()
