"""F8: a path that two readers could read differently is refused before anybody judges it."""

import pytest

from actors.config import entry, integration

REFUSED = [
    # dot segments, plain and in every disguise
    "/admin/../public/x", "/public/../admin", "/..", "/.", "/a/.", "/a/..", "/./b", "/a/./b",
    "/admin/%2e%2e/public/x", "/public/%2e%2e/admin", "/public/%2E%2e/admin", "/public/.%2e/admin",
    "/public/%2e./admin", "/a/%2e/b", "/%2e%2e", "/a/%2e",
    # empty segments
    "//", "//public/x", "/public//x", "/public/x//", "///",
    # an encoded slash, a backslash, NUL
    "/public%2Fx", "/public%2fx", "/%2F", "/public/..%2fadmin", "/public\\x", "/public/..\\admin",
    "/public/..%5cadmin", "/public%5Cx", "/public/x%00", "/public/%00/x", "/public/x%00.txt",
    # control bytes
    "/public/%0a", "/public/%0d%0aX-Evil:%201", "/public/%09x", "/public/%1f", "/public/%7f",
    "/public/\x01",
    # escapes that are none
    "/public/%", "/public/%2", "/public/%zz", "/public/%u002e", "/public/%%32%65",
    # not a path at all
    "public/x", "*", "?x", "",
]

HARMLESS = [
    ("/public/x", "/public/x"), ("/public/x/", "/public/x/"), ("/public/...", "/public/..."),
    ("/public/.hidden", "/public/.hidden"), ("/public/x..y", "/public/x..y"),
    ("/public/x;v=1", "/public/x;v=1"), ("/public/%41", "/public/%41"),
    ("/public/x?a=../..//%2f%00", "/public/x?a=../..//%2f%00"),
]


@pytest.fixture(scope="module")
def scene(shared_stage):
    """The same upstream behind a rule that allows and a rule that denies."""
    upstream = shared_stage.start_upstream()
    proxy = shared_stage.start_proxy(
        [integration("allows", upstream), integration("denies", upstream),
         integration("open", upstream)],
        allowlist=[entry("allows", everybody=["GET /public/**"])],
        denylist=[entry("denies", everybody=["GET /admin/**"])])
    return proxy, upstream


@pytest.mark.parametrize("absolute", [False, True], ids=["origin", "absolute"])
@pytest.mark.parametrize("path", REFUSED)
def test_f8_a_path_with_two_readings_is_refused(scene, path, absolute):
    proxy, upstream = scene
    before = upstream.bytes_seen
    for name in "allows", "denies", "open":
        if absolute and not path.startswith("/"):
            continue
        target = f"http://{name}{path}" if absolute else path
        answer = proxy.caller().get(target, host=name)
        assert answer.status == 400, (name, answer)
    assert upstream.bytes_seen == before


@pytest.mark.parametrize("path, arrives", HARMLESS)
def test_f8_a_path_with_one_reading_is_sent_as_it_was_judged(scene, path, arrives):
    proxy, upstream = scene
    for name in "allows", "denies", "open":
        assert proxy.caller().get(path, host=name).status == 200
        assert upstream.requests[-1].target == arrives


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/x", "/%61dmin/x", "/adm%69n"])
def test_an_escape_does_not_hide_a_path_from_its_rule(scene, path):
    proxy, upstream = scene
    before = upstream.bytes_seen
    assert proxy.caller().get(path, host="denies").status == 403
    assert upstream.bytes_seen == before


def test_a_refused_path_is_no_redirect(scene):
    answer = scene[0].caller().get("/a//b", host="open")
    assert answer.status == 400 and answer.value("Location") is None
