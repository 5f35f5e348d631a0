"""What is not allowed is refused with a reason, is counted, and never reaches the upstream."""

import pytest

from actors.caller import request
from actors.config import basic, entry, integration, token

CALLER = {"Authorization": "Bearer callers-secret"}


@pytest.fixture
def proxy(start_proxy, upstream):
    callers = token("dangerousLiteral:callers-secret")
    return start_proxy(
        [integration("slack", upstream, [callers], [token("dangerousLiteral:ours", "X-Key", "")]),
         integration("wild", "http://*.example.com/base", [callers]),
         integration("listed", upstream, [callers]),
         integration("named", upstream, [basic("dangerousLiteral:alice:pw")]),
         integration("open", upstream)],
        allowlist=[entry("Listed", everybody=["GET /allowed/*", "POST /deep/**"]),
                   entry("named", alice=["GET /alice"], everybody=["GET /wild"])],
        denylist=[entry("listed", everybody=["GET /allowed/not"]),
                  entry("open", everybody=["GET /blocked/**"])])


def is_refused(answer, status, reason, text):
    """Our own answers look the same, whatever they refuse."""
    assert answer.status == status
    assert answer.value("X-AT-Upstream-Error") == "false"
    assert answer.value("X-AT-Error-Reason") == reason
    assert answer.value("Content-Type") == "text/plain; charset=utf-8"
    assert answer.value("X-Content-Type-Options") == "nosniff"
    assert answer.text == text + "\n"
    return True


def test_an_unknown_integration_gets_404(proxy, upstream):
    assert is_refused(proxy.caller().get(host="Nobody"), 404, "integration not found",
                      "integration for host Nobody not found")
    assert upstream.bytes_seen == 0


@pytest.mark.parametrize("headers", [
    {}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"},
    {"Authorization": "callers-secret"}, {"Authorization": "bearer callers-secret"},
    {"Authorization": "Bearer  callers-secret"}, {"Authorization": "Bearer callers-secret x"},
    {"Authorization": "Bearer callers-secre"}, {"Proxy-Authorization": "Bearer callers-secret"},
    {"X-Authorization": "Bearer callers-secret"}])
def test_without_the_callers_token_there_is_401(proxy, upstream, headers):
    answer = proxy.caller().get(headers=headers)
    assert is_refused(answer, 401, "authentication failed",
                      "Unauthorized: authentication failed for integration slack")
    assert upstream.bytes_seen == 0


@pytest.mark.parametrize("value", [
    None, "Basic", "Basic ", "Basic YWxpY2U6cHc", "Basic  YWxpY2U6cHc=", "basic YWxpY2U6cHc=",
    "Bearer YWxpY2U6cHc=", "Basic YWxpY2U6UFc=", "Basic $$", "YWxpY2U6cHc="])
def test_without_the_right_password_there_is_401(proxy, upstream, value):
    headers = {"Authorization": value} if value is not None else {}
    assert proxy.caller().get("/alice", host="named", headers=headers).status == 401
    assert upstream.bytes_seen == 0


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/allowed/a", 200), ("GET", "/allowed/a/b", 403), ("GET", "/allowed", 403),
    ("POST", "/allowed/a", 403), ("HEAD", "/allowed/a", 403),
    ("GET", "/ALLOWED/a", 403), ("GET", "/", 403),
    ("POST", "/deep", 200), ("POST", "/deep/a/b/c", 200), ("GET", "/deep/a", 403)])
def test_only_what_the_allowlist_allows_is_forwarded(proxy, upstream, method, path, status):
    answer = proxy.caller().ask(method, path, host="listed", headers=CALLER)
    assert answer.status == status
    assert upstream.request_count == (status == 200)
    if status == 403 and method != "HEAD":
        assert is_refused(answer, 403, "no allowlist match", "Forbidden: no allowlist match")


def test_a_method_in_lower_case_is_another_method(proxy, upstream):
    answer = proxy.caller().ask("get", "/allowed/a", host="listed", headers=CALLER)
    assert answer.status in (400, 403)
    assert upstream.bytes_seen == 0


def test_the_denylist_is_asked_first_and_its_rule_stays_secret(proxy, upstream):
    answer = proxy.caller().get("/allowed/not", host="listed", headers=CALLER)
    assert is_refused(answer, 403, "denylist match", "Forbidden: denylist match")
    assert upstream.bytes_seen == 0


def test_an_integration_without_an_allowlist_is_open_but_for_its_denylist(proxy):
    assert proxy.caller().get("/anything", host="open").status == 200
    assert proxy.caller().get("/blocked", host="open").status == 403
    assert proxy.caller().get("/blocked/deep", host="open").status == 403


def test_a_deny_rule_for_get_covers_head(proxy, upstream):
    assert proxy.caller().ask("HEAD", "/blocked/x", host="open").status == 403
    assert upstream.bytes_seen == 0


def test_a_caller_with_rules_of_its_own_does_not_fall_back(proxy):
    alice = {"Authorization": "Basic YWxpY2U6cHc="}
    assert proxy.caller().get("/alice", host="named", headers=alice).status == 200
    assert proxy.caller().get("/wild", host="named", headers=alice).status == 403


def test_default_deny_closes_what_no_allowlist_opens(start_proxy, upstream):
    proxy = start_proxy([integration("open", upstream)], flags=["-default-deny"])
    assert proxy.caller().get(host="open").status == 403
    assert upstream.bytes_seen == 0


@pytest.mark.parametrize("destination, text", [
    (None, "missing X-AT-Destination header"),
    ("", "missing X-AT-Destination header"),
    ("https://foo.example.com", "invalid X-AT-Destination header: unexpected scheme"),
    ("http://example.com", "invalid X-AT-Destination header: host not permitted"),
    ("http://evil.com/.example.com", "invalid X-AT-Destination header: host not permitted"),
    ("http://evil@foo.example.com", "invalid X-AT-Destination header: user info not allowed"),
    ("http://foo.example.com:443", "invalid X-AT-Destination header: unexpected port")])
def test_a_destination_that_is_not_allowed_gets_400(proxy, destination, text):
    headers = dict(CALLER)
    if destination is not None:
        headers["X-AT-Destination"] = destination
    answer = proxy.caller().get(host="wild", headers=headers)
    assert is_refused(answer, 400, "invalid destination", f"Bad Request: {text}")


def test_head_is_refused_without_a_body(proxy):
    caller = proxy.caller()
    answer = caller.ask("HEAD")
    assert answer.status == 401 and int(answer.value("Content-Length")) > 0
    assert caller.get(headers=CALLER).status == 200, "the connection is still in step"


def test_the_body_of_a_refused_request_is_never_taken_for_a_request(proxy, upstream):
    caller = proxy.caller()
    inner = request("GET", "/smuggled", headers=CALLER)
    caller.send(request("POST", body=inner))
    answer = caller.answer()
    assert answer.status == 401
    if answer.value("Connection") != "close":
        assert caller.get("/next", headers=CALLER).status == 200
    assert [seen.target for seen in upstream.requests] in ([], ["/next"])


def test_the_callers_credential_never_reaches_the_upstream(proxy, upstream):
    caller = proxy.caller()
    caller.get(headers={**CALLER, "X-Key": "mine"})
    caller.post(body=b"x" * 100000, headers=CALLER)
    caller.get("/allowed/a", host="listed", headers=CALLER)
    assert upstream.request_count == 3
    for visit in upstream.visits:
        assert b"callers-secret" not in visit.wire and b"mine" not in visit.wire


# What is counted


FAMILIES = """\
# TYPE authtranslator_requests_total counter
# TYPE authtranslator_upstream_roundtrip_duration_seconds histogram
# TYPE authtranslator_end_to_end_duration_seconds histogram
# TYPE authtranslator_pre_proxy_duration_seconds histogram
# TYPE authtranslator_response_processing_duration_seconds histogram
# TYPE authtranslator_rate_limit_events_total counter
# TYPE authtranslator_auth_failures_total counter
# TYPE authtranslator_internal_responses_total counter
# TYPE authtranslator_upstream_responses_total counter
"""


def test_metrics_begin_as_nine_empty_families(start_proxy):
    answer = start_proxy([]).caller().get("/_at_internal/metrics", host="any")
    assert answer.value("Content-Type") == "text/plain; version=0.0.4"
    assert answer.text == FAMILIES


def test_every_outcome_is_counted_once(proxy):
    caller = proxy.caller()
    for host, path, headers in [
            ("nobody", "/", {}), ("slack", "/", {}), ("slack", "/", CALLER),
            ("slack", "/", CALLER), ("listed", "/no", CALLER),
            ("listed", "/allowed/not", CALLER), ("wild", "/", CALLER)]:
        caller.get(path, host=host, headers=headers)
    expected = {
        'requests_total{integration="unknown"}': 1,
        'requests_total{integration="slack"}': 3,
        'requests_total{integration="listed"}': 2,
        'requests_total{integration="wild"}': 1,
        'auth_failures_total{integration="slack"}': 1,
        'internal_responses_total{integration="unknown",code="404",'
        'reason="integration_not_found"}': 1,
        'internal_responses_total{integration="slack",code="401",'
        'reason="incoming_auth_failure"}': 1,
        'internal_responses_total{integration="listed",code="403",'
        'reason="no_allowlist_match"}': 1,
        'internal_responses_total{integration="listed",code="403",reason="denylist_match"}': 1,
        'internal_responses_total{integration="wild",code="400",reason="invalid_destination"}': 1,
        'upstream_responses_total{integration="slack",code="200"}': 2,
    }
    for name, value in expected.items():
        proxy.wait_for_metric(f"authtranslator_{name}", value)
    counters = [name for name in proxy.metrics() if "_seconds_" not in name]
    assert len(counters) == len(expected), "and nothing else is counted"


def test_durations_are_observed_in_buckets(proxy):
    caller = proxy.caller()
    caller.get(headers=CALLER)
    caller.get()
    proxy.wait_for_metric(
        'authtranslator_end_to_end_duration_seconds_count{integration="slack"}', 2)
    samples = proxy.metrics()
    for family, count in (("end_to_end", 2), ("pre_proxy", 2), ("upstream_roundtrip", 1),
                          ("response_processing", 1)):
        name = f"authtranslator_{family}_duration_seconds"
        assert samples[f'{name}_count{{integration="slack"}}'] == count
        assert samples[f'{name}_bucket{{integration="slack",le="+Inf"}}'] == count
        bounds = [n for n in samples if n.startswith(f'{name}_bucket{{integration="slack"')]
        assert [n.split('le="')[1].rstrip('"}') for n in bounds] \
            == ["0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"]


# What is logged


def test_each_outcome_has_its_line(proxy):
    caller = proxy.caller()
    caller.get("/p?q=1", headers=CALLER)
    caller.get()
    caller.get(host="Nobody")
    caller.get("/no", host="listed", headers=CALLER)
    line = proxy.wait_for_log("incoming request", integration="slack")
    assert (line["level"], line["method"], line["path"], line["caller_id"]) \
        == ("INFO", "GET", "/p", "*")
    assert proxy.wait_for_log("upstream response", host="slack")["status"] in (200, "200")
    failed = proxy.wait_for_log("authentication failed", host="slack")
    assert failed["level"] == "WARN" and failed["remote"].startswith("127.0.0.1:")
    proxy.wait_for_log("no integration configured", host="Nobody")
    proxy.wait_for_log("request blocked", integration="listed", reason="no allowlist match")


def test_a_caller_cannot_forge_log_lines(proxy):
    caller = proxy.caller()
    caller.get("/a%0Atime=x%20level=ERROR", headers=CALLER)
    caller.get(host='quo"te')
    assert all(isinstance(line, dict) for line in proxy.log())
