"""Which integration a request is for: its Host, or X-AT-Int where that is allowed."""

import pytest

from actors.caller import request
from actors.config import integration
from actors.upstream import answers

NAMES = ["slack", "host", "header", "plain", "other", "127.0.0.1", "with.dots-and_more"]


@pytest.fixture
def route(stage, start_upstream):
    """A proxy of these flags; asked with Host and X-AT-Int it tells which integration answered."""
    def start(*flags):
        proxy = stage.start_proxy(flags=flags, config=[
            integration(name, start_upstream(answers(body=name.encode()), name))
            for name in NAMES])

        def ask(host, x_at_int=None):
            headers = {} if x_at_int is None else {"X-AT-Int": x_at_int}
            answer = proxy.caller().get(host=host, headers=headers)
            return answer.text if answer.status == 200 else answer.status
        return ask
    return start


def test_the_table_of_the_contract_holds(route):
    ask = route()
    assert ask("slack") == "slack"
    assert ask("SLACK") == "slack"
    assert ask("with.dots-and_more") == "with.dots-and_more"
    assert ask("127.0.0.1") == "127.0.0.1"
    assert ask("slack:8080") == "slack", "exactly first, then without the port"
    assert ask("127.0.0.1:80") == "127.0.0.1"
    assert ask("slack.auth.example.com") == 404
    assert ask("nobody") == 404
    assert ask("") == 404
    assert ask("host", "header") == "header"
    assert ask("x", "PLAIN") == "plain"
    assert ask("host", "") == "host"
    assert ask("host", "nosuch") == 404


def test_x_at_int_can_be_turned_off(route):
    assert route("-disable_x_at_int")("host", "header") == "host"


def test_x_at_int_can_be_left_to_one_host(route):
    ask = route("-x_at_int_host", "Host")
    assert ask("host", "header") == "header"
    assert ask("HOST", "header") == "header"
    assert ask("other", "header") == "other"


def test_x_at_int_may_not_come_twice(route, stage):
    route()
    caller = stage.proxies[0].caller()
    caller.send(b"GET / HTTP/1.1\r\nHost: host\r\nX-AT-Int: header\r\nX-AT-Int: plain\r\n\r\n")
    assert caller.answer().status == 400
    assert sum(upstream.bytes_seen for upstream in stage.upstreams) == 0


def test_http_1_0_without_a_host_is_for_nobody(route, stage):
    route()
    assert stage.proxies[0].caller().get(host=None, version="1.0").status == 404


def test_a_404_names_what_was_asked_for(route, stage):
    route()
    answer = stage.proxies[0].caller().get(host="host", headers={"X-AT-Int": "NoSuch"})
    assert answer.value("X-AT-Error-Reason") == "integration not found"
    assert answer.text == "integration for host NoSuch not found\n"


def test_one_connection_may_ask_for_many(route, stage):
    route()
    caller = stage.proxies[0].caller()
    caller.send(b"".join(request(host=name) for name in NAMES * 3))
    assert [caller.answer().text for _ in NAMES * 3] == NAMES * 3
