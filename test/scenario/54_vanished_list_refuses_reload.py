"""A list that was there and vanishes refuses the reload, though no flag names it: what it kept shut
stays shut."""

import pytest

from actors.config import entry, integration

LISTS = {
    "allowlist": [entry("slack", everybody=["GET /open"])],
    "denylist": [entry("slack", everybody=["GET /shut"])],
}


@pytest.fixture(params=LISTS)
def name(request):
    return request.param


@pytest.fixture
def proxy(start_proxy, upstream, name):
    """Started without lists; the first of them came with a reload, at the place where it is
    looked for."""
    proxy = start_proxy([integration("slack", upstream)])
    assert proxy.caller().get("/shut").status == 200
    proxy.configure(**{name: LISTS[name]})
    proxy.reload()
    return proxy


def statuses(proxy):
    caller = proxy.caller()
    return [caller.get(path).status for path in ("/open", "/shut")]


def test_what_it_kept_shut_stays_shut(proxy, name):
    assert statuses(proxy) == [200, 403]
    proxy.path(name).unlink()
    for _ in range(2):
        done = proxy.try_reload()
        assert done.returncode != 0
        assert f"{name}.yaml" in done.stdout + done.stderr
        assert statuses(proxy) == [200, 403]


def test_an_empty_list_takes_it_back(proxy, name):
    """Whoever wants it gone says so."""
    proxy.path(name).unlink()
    assert proxy.try_reload().returncode != 0
    proxy.configure(**{name: []})
    proxy.reload()
    assert statuses(proxy) == [200, 200]
