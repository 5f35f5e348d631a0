"""Connections to an upstream are kept and reused, as many and as long as the configuration says."""

import threading

from actors.caller import request
from actors.config import integration
from actors.upstream import hangs_up_after


def ask_at_once(proxy, upstream, count):
    """So many requests that are all under way at the same time."""
    everybody_is_here = threading.Barrier(count, timeout=20)

    def behave(visit, seen):
        everybody_is_here.wait()
        visit.answer()
    upstream.behaviour = behave
    callers = [proxy.caller() for _ in range(count)]
    for caller in callers:
        caller.send(request())
    assert [caller.answer().status for caller in callers] == [200] * count


def settles_at(upstream, open_visits):
    upstream.wait_until(lambda: len(upstream.open_visits()) == open_visits,
                        f"{open_visits} connections stay open")


def keeps(proxy, upstream, count):
    """Of six connections that were needed at once, so many stay, and are used again."""
    ask_at_once(proxy, upstream, 6)
    settles_at(upstream, count)
    ask_at_once(proxy, upstream, count)
    assert len(upstream.visits) == 6
    ask_at_once(proxy, upstream, count + 1)
    assert len(upstream.visits) == 7


def test_callers_share_connections_one_after_the_other(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream)], workers=1)
    for _ in range(10):
        assert proxy.caller().get().status == 200
    assert len(upstream.visits) == 1


def test_integrations_never_share_a_connection(start_proxy, upstream):
    proxy = start_proxy([integration("one", upstream), integration("two", upstream)], workers=1)
    for name in "one", "two", "one", "two":
        assert proxy.caller().get(host=name).status == 200
    assert len(upstream.visits) == 2


def test_keep_alive_can_be_turned_off(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream, disable_keep_alives=True)], workers=1)
    caller = proxy.caller()
    assert [caller.get().status for _ in range(3)] == [200] * 3, "the caller's is still kept"
    assert len(upstream.visits) == 3
    assert all(seen.value("Connection") == "close" for seen in upstream.requests)
    upstream.wait_for_farewell()


def test_two_idle_connections_are_kept_if_nothing_is_said(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream)], workers=1)
    keeps(proxy, upstream, 2)


def test_as_many_idle_connections_are_kept_as_were_allowed(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream, max_idle_conns_per_host=4)], workers=1)
    keeps(proxy, upstream, 4)


def test_the_bound_over_all_hosts_counts_too(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream, max_idle_conns=3,
                                     max_idle_conns_per_host=10)], workers=1)
    keeps(proxy, upstream, 3)


def test_an_idle_connection_ends_after_its_time(start_proxy, upstream):
    proxy = start_proxy([integration("slack", upstream, idle_conn_timeout="200ms")], workers=1)
    assert proxy.caller().get().status == 200
    settles_at(upstream, 0)
    assert proxy.caller().get().status == 200
    assert len(upstream.visits) == 2


def test_a_connection_that_the_upstream_closed_is_not_used_again(start_proxy, upstream):
    upstream.behaviour = hangs_up_after(1)
    caller = start_proxy([integration("slack", upstream)], workers=1).caller()
    for i in range(5):
        assert caller.post(body=b"once").status == 200
        settles_at(upstream, 0)
    assert upstream.request_count == 5


def test_a_connection_is_not_kept_when_the_answer_says_so(start_proxy, upstream):
    def behave(visit, seen):
        visit.answer(headers=[("Connection", "close")])  # and does not close it itself
    upstream.behaviour = behave
    caller = start_proxy([integration("slack", upstream)], workers=1).caller()
    assert [caller.get().status for _ in range(2)] == [200] * 2
    assert len(upstream.visits) == 2
