"""Security section C4: what could be read as another request is refused, its connection ends, and
the upstream never hears of it."""

import pytest

from actors.caller import request
from actors.config import integration
from actors.http1 import Cut

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: slack\r\n\r\n"


def get(*lines, end=b"\r\n"):
    """A GET with these header lines after its Host."""
    return end.join([b"GET /head HTTP/1.1", b"Host: slack", *lines, b"", b""])


def post(*lines, body=b""):
    return b"\r\n".join([b"POST /head HTTP/1.1", b"Host: slack", *lines, b"", b""]) + body


def line(request_line, host=b"Host: slack"):
    return request_line + b"\r\n" + host + b"\r\n\r\n"


def chunks(*body):
    return post(b"Transfer-Encoding: chunked", body=b"".join(body))


CHUNKED, FIVE = b"Transfer-Encoding: chunked", b"Content-Length: 5"
HELLO = b"5\r\nhello\r\n0\r\n\r\n"

# Each: what is wrong with it, the bytes, and what may be answered if it isn't 400 alone.
HEADS = {
    # two framings
    "length and chunked": post(FIVE, CHUNKED, body=HELLO),
    "chunked and length": post(CHUNKED, FIVE, body=HELLO),
    "length 0 and chunked": post(b"Content-Length: 0", CHUNKED, body=HELLO),
    "length and chunked, twins": post(FIVE, b"Transfer_Encoding: chunked", CHUNKED, body=HELLO),
    "the same length twice": post(FIVE, FIVE, body=b"hello"),
    "two lengths": post(FIVE, b"Content-Length: 6", body=b"hello!"),
    "two lengths in one": post(b"Content-Length: 5, 6", body=b"hello!"),
    "length in a list": post(b"Content-Length: 5, 5", body=b"hello"),
    # lengths that are not numbers
    "length +5": post(b"Content-Length: +5", body=b"hello"),
    "length -5": post(b"Content-Length: -5", body=b"hello"),
    "length 0x5": post(b"Content-Length: 0x5", body=b"hello"),
    "length 5_0": post(b"Content-Length: 5_0", body=b"hello"),
    "length 5 5": post(b"Content-Length: 5 5", body=b"hello"),
    "length 5.0": post(b"Content-Length: 5.0", body=b"hello"),
    "length 5e0": post(b"Content-Length: 5e0", body=b"hello"),
    "length five": post(b"Content-Length: five", body=b"hello"),
    "length empty": post(b"Content-Length:", body=b"hello"),
    "length 5;": post(b"Content-Length: 5;", body=b"hello"),
    "length overflows 64 bits": post(b"Content-Length: 18446744073709551621", body=b"hello"),
    "length overflows at all": post(b"Content-Length: " + b"9" * 60, body=b"hello"),
    "length beyond signed 64 bits": post(b"Content-Length: 9223372036854775808", body=b"hello"),
    "the longest length": post(b"Content-Length: 18446744073709551615", body=b"hello"),
    "length with a vertical tab": post(b"Content-Length:\x0b5", body=b"hello"),
    # codings that are not exactly chunked
    "gzip": (post(b"Transfer-Encoding: gzip", body=HELLO), 400, 501),
    "identity": (post(b"Transfer-Encoding: identity", body=HELLO), 400, 501),
    "gzip, chunked": (post(b"Transfer-Encoding: gzip, chunked", body=HELLO), 400, 501),
    "chunked, identity": (post(b"Transfer-Encoding: chunked, identity", body=HELLO), 400, 501),
    "chunked, chunked": (post(b"Transfer-Encoding: chunked, chunked", body=HELLO), 400, 501),
    "chunked twice": (post(CHUNKED, CHUNKED, body=HELLO), 400, 501),
    "chunked and gzip lines": (post(CHUNKED, b"Transfer-Encoding: gzip", body=HELLO), 400, 501),
    "gzip and chunked lines": (post(b"Transfer-Encoding: gzip", CHUNKED, body=HELLO), 400, 501),
    "xchunked": (post(b"Transfer-Encoding: xchunked", body=HELLO), 400, 501),
    "chunkedx": (post(b"Transfer-Encoding: chunkedx", body=HELLO), 400, 501),
    "quoted chunked": (post(b'Transfer-Encoding: "chunked"', body=HELLO), 400, 501),
    "chunked;q=1": (post(b"Transfer-Encoding: chunked;q=1", body=HELLO), 400, 501),
    "empty coding": (post(b"Transfer-Encoding:", body=HELLO), 400, 501),
    "chunked after a comma": (post(b"Transfer-Encoding: ,chunked", body=HELLO), 400, 501),
    "chunked with a vertical tab": post(b"Transfer-Encoding:\x0bchunked", body=HELLO),
    "coding in HTTP/1.0": b"POST /head HTTP/1.0\r\nHost: slack\r\n" + CHUNKED + b"\r\n\r\n" + HELLO,
    # line ends
    "bare LF": get(b"A: b", end=b"\n"),
    "bare LF after the request line": b"GET /head HTTP/1.1\nHost: slack\r\n\r\n",
    "bare LF after a header": b"GET /head HTTP/1.1\r\nHost: slack\nA: b\r\n\r\n",
    "bare LF at the end of the head": b"GET /head HTTP/1.1\r\nHost: slack\r\n\n",
    "bare CR for all": (get(b"A: b", end=b"\r") + b"\n", 400, 505),
    "bare CR in a value": get(b"A: b\rTransfer-Encoding: chunked"),
    "bare CR before a header": get(b"A: b\r\n\rB: c"),
    "CR CR LF": get(b"A: b\r"),
    "LF CR": b"GET /head HTTP/1.1\n\rHost: slack\n\r\n\r",
    # names
    "space before the colon": get(b"A : b"),
    "space before the colon of the coding": post(b"Transfer-Encoding : chunked", body=HELLO),
    "tab before the colon": post(b"Content-Length\t: 5", body=b"hello"),
    "space in a name": get(b"A B: c"),
    "no colon": get(b"Authorization"),
    "no name": get(b": b"),
    "folded line": get(b"A: b", b" c: d"),
    "folded with a tab": post(b"Transfer-Encoding:", b"\tchunked", body=HELLO),
    "first header folded": b"GET /head HTTP/1.1\r\n Host: slack\r\n\r\n",
    "NUL in a name": get(b"A\0: b"),
    "CTL in a name": get(b"A\x01: b"),
    "DEL in a name": get(b"A\x7f: b"),
    "high byte in a name": get(b"A\xe9: b"),
    "bracket in a name": get(b"A[]: b"),
    "slash in a name": get(b"A/B: b"),
    "quote in a name": get(b'A"B: b'),
    # values
    "NUL in a value": get(b"A: b\0c"),
    "NUL ends a value": get(b"A: b\0"),
    "CTL in a value": get(b"A: b\x01c"),
    "BEL in a value": get(b"A: \x07"),
    "DEL in a value": get(b"A: b\x7fc"),
    "ESC in a value": get(b"A: \x1b[31m"),
    # the request line
    "no version": (line(b"GET /head"), 400, 505),
    "two spaces": line(b"GET  /head HTTP/1.1"),
    "two spaces before the version": line(b"GET /head  HTTP/1.1"),
    "tabs for spaces": line(b"GET\t/head\tHTTP/1.1"),
    "space in the target": line(b"GET /head more HTTP/1.1"),
    "space after the version": (line(b"GET /head HTTP/1.1 "), 400, 505),
    "leading space": line(b" GET /head HTTP/1.1"),
    "NUL in the target": line(b"GET /he\0ad HTTP/1.1"),
    "CTL in the target": line(b"GET /he\x0bad HTTP/1.1"),
    "CTL in the query": line(b"GET /head?\x01 HTTP/1.1"),
    "DEL in the target": line(b"GET /he\x7fad HTTP/1.1"),
    "lower-case version": line(b"GET /head http/1.1"),
    "another protocol": line(b"GET /head HTCPCP/1.1"),
    "version 1.10": (line(b"GET /head HTTP/1.10"), 400, 505),
    "version 1,1": (line(b"GET /head HTTP/1,1"), 400, 505),
    "version 0.9": (line(b"GET /head HTTP/0.9"), 400, 505),
    "version 1.2": (line(b"GET /head HTTP/1.2"), 400, 505),
    "version 2.0": (line(b"GET /head HTTP/2.0"), 400, 505),
    "version 3.0": (line(b"GET /head HTTP/3.0"), 400, 505),
    "the HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505),
    "no method": line(b" /head HTTP/1.1"),
    "method with a bracket": line(b"GE(T /head HTTP/1.1"),
    "TLS on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
    "only noise": b"\xff\xfe\xfd\r\n\r\n",
    # Host
    "no Host": b"GET /head HTTP/1.1\r\n\r\n",
    "two Hosts": get(b"Host: slack"),
    "two different Hosts": get(b"Host: other"),
    "Host and its twin": get(b"hOST: slack"),
    "space in Host": line(b"GET /head HTTP/1.1", b"Host: sl ack"),
    "slash in Host": line(b"GET /head HTTP/1.1", b"Host: slack/x"),
    "user in Host": line(b"GET /head HTTP/1.1", b"Host: slack@slack"),
    "comma in Host": line(b"GET /head HTTP/1.1", b"Host: slack, slack"),
    "query in Host": line(b"GET /head HTTP/1.1", b"Host: slack?x"),
    "CTL in Host": line(b"GET /head HTTP/1.1", b"Host: sla\x01ck"),
    "port of letters in Host": line(b"GET /head HTTP/1.1", b"Host: slack:http"),
    "user in an absolute target": line(b"GET http://a@slack/head HTTP/1.1"),
    "another scheme": line(b"GET ftp://slack/head HTTP/1.1"),
    # too much
    "one huge header": (get(b"A: " + b"b" * (1 << 20)), 431),
    "many headers": (get(*(b"A%d: b" % i for i in range(2000))), 431),
    "many connection options": get(b"Connection: " + b"a," * 28000, *[b"A: b"] * 250),
    "33 connection options": get(*[b"Connection: a, b, c"] * 11),
    "a huge target": (line(b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1"), 414, 431, 400),
    "a huge name": (get(b"A" * (1 << 20) + b": b"), 431),
    "a huge method": (line(b"G" * (1 << 20) + b" / HTTP/1.1"), 400, 431),
}

BODIES = {
    "size 0x5": chunks(b"0x5\r\nhello\r\n0\r\n\r\n"),
    "size +5": chunks(b"+5\r\nhello\r\n0\r\n\r\n"),
    "size -5": chunks(b"-5\r\nhello\r\n0\r\n\r\n"),
    "size with a space": chunks(b"5 \r\nhello\r\n0\r\n\r\n"),
    "size after a space": chunks(b" 5\r\nhello\r\n0\r\n\r\n"),
    "size of letters": chunks(b"g\r\nhello\r\n0\r\n\r\n"),
    "size empty": chunks(b"\r\nhello\r\n0\r\n\r\n"),
    "size overflows": chunks(b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    "size too long": chunks(b"0" * 100000 + b"5\r\nhello\r\n0\r\n\r\n"),
    "size ends in LF": chunks(b"5\nhello\r\n0\r\n\r\n"),
    "size ends in CR": chunks(b"5\rhello\r\n0\r\n\r\n"),
    "chunk ends in LF": chunks(b"5\r\nhello\n0\r\n\r\n"),
    "chunk ends in nothing": chunks(b"5\r\nhello0\r\n\r\n"),
    "chunk is longer than said": chunks(b"3\r\nhello\r\n0\r\n\r\n"),
    "extension with LF": chunks(b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
    "extension with CR": chunks(b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
    "extension with NUL": chunks(b"5;a\0\r\nhello\r\n0\r\n\r\n"),
    "extension without end": chunks(b"5;" + b"a" * 200000 + b"\r\nhello\r\n0\r\n\r\n"),
    "last chunk ends in LF": chunks(b"5\r\nhello\r\n0\n\r\n"),
    "trailers end in LF": chunks(b"5\r\nhello\r\n0\r\n\n"),
    "trailer with a space before its colon": chunks(b"0\r\nA : b\r\n\r\n"),
    "trailer is folded": chunks(b"0\r\nA: b\r\n c\r\n\r\n"),
    "trailer with NUL": chunks(b"0\r\nA: \0\r\n\r\n"),
    "trailers without end": chunks(b"0\r\n", b"A: b\r\n" * 50000, b"\r\n"),
}


def ids(cases):
    return {"argvalues": cases.values(), "ids": [name.replace(" ", "_") for name in cases]}


@pytest.fixture(scope="module")
def scene(shared_stage):
    """An upstream that everything may reach."""
    upstream = shared_stage.start_upstream()
    return shared_stage.start_proxy([integration("slack", upstream)]), upstream


def speak(proxy, *pieces):
    """Says all of it, and gives the one answer, after which the connection has to end."""
    caller = proxy.caller()
    try:
        caller.send(*pieces)
    except ConnectionError:
        pass  # refused before it was said in full; the answer is there all the same
    answer = caller.answer()
    try:
        caller.send(SMUGGLED)
    except ConnectionError:
        pass
    caller.sees_the_end()
    caller.close()
    return answer


@pytest.mark.parametrize("pieces", ["whole", "cut"])
@pytest.mark.parametrize("case", **ids(HEADS))
def test_a_head_with_two_readings_reaches_nobody(scene, case, pieces):
    proxy, upstream = scene
    wire, *expected = case if isinstance(case, tuple) else (case, 400)
    before = upstream.bytes_seen
    if pieces == "whole":
        answer = speak(proxy, wire + SMUGGLED)
    else:
        middle = len(wire) // 2
        answer = speak(proxy, wire[:9], wire[9:middle], wire[middle:-2], wire[-2:], SMUGGLED)
    assert answer.status in expected, answer
    assert upstream.bytes_seen == before


@pytest.mark.parametrize("case", **ids(BODIES))
def test_a_body_with_two_readings_is_never_completed(scene, case):
    """Its head may have gone out already; then the upstream sees a request that does not end."""
    proxy, upstream = scene
    before = sum(seen.complete for seen in upstream.requests)
    assert speak(proxy, case + SMUGGLED).status in (400, 431)
    assert sum(seen.complete for seen in upstream.requests) == before


def test_there_are_enough_of_them():
    assert len(HEADS) + len(BODIES) >= 100


def test_all_the_while_honest_callers_are_served_and_nothing_was_smuggled(scene):
    proxy, upstream = scene
    assert proxy.caller().get("/honest").status == 200
    assert {seen.target for seen in upstream.requests} <= {"/head", "/honest"}


# What only looks wrong


@pytest.mark.parametrize("wire", [
    post(b"Content-Length:5", body=b"hello"),
    post(b"Content-Length:  5 ", body=b"hello"),
    post(b"Content-Length: 00005", body=b"hello"),
    post(b"transfer-encoding: CHUNKED", body=HELLO),
    post(b"Transfer-Encoding:\tchunked", body=HELLO),
    chunks(b"0005;name=value\r\nhello\r\n000\r\n\r\n"),
    chunks(b"5;name=\"a;b\"\r\nhello\r\n0;x\r\nA: b\r\n\r\n"),
], ids=range(7))
def test_what_has_one_reading_is_forwarded_in_our_own_framing(scene, wire):
    proxy, upstream = scene
    caller = proxy.caller()
    caller.send(wire)
    assert caller.answer().body == b"hello"
    seen = upstream.requests[-1]
    assert len(seen.all("Content-Length")) + len(seen.all("Transfer-Encoding")) == 1


# The upstream may be the one who smuggles


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
    b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA : b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: b\rX: c\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: \0\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"NOT HTTP\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: " + b"b" * (1 << 20) + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: " + b"a," * 33 + b"\r\nContent-Length: 0\r\n\r\n",
], ids=range(13))
def test_an_answer_with_two_readings_is_a_502(stage, start_upstream, answer):
    def behave(visit, _):
        visit.send(answer)
        return False
    proxy = stage.start_proxy([integration("slack", start_upstream(behave))])
    caller = proxy.caller()
    assert caller.get().status == 502
    caller.close()


def test_bytes_after_an_answer_are_nobodys_answer(stage, start_upstream):
    """A second answer that nobody asked for must not meet the next request."""
    def behave(visit, seen):
        own = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown"
        other = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"
        visit.send(own + other)
    proxy = stage.start_proxy([integration("slack", start_upstream(behave))], workers=1)
    for _ in range(5):
        caller = proxy.caller()
        caller.send(request() * 3)
        try:
            assert {caller.answer().body for _ in range(3)} == {b"own"}
        except Cut:
            pass
