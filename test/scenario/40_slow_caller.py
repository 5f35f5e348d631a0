"""A caller that reads slowly, sends slowly, or stops, costs nobody anything but itself."""

import hashlib
import os
import select
import threading
import time

import pytest

from actors.caller import request
from actors.config import integration
from actors.upstream import answers, waits_for

MIB = 1 << 20
BIG = 128 * MIB
ROOM = 16 * MIB  # by which all workers together may grow, whatever goes through them
SMALL_BUFFER = 64 * 1024
PIECE = bytes(range(256)) * 4096


def pieces(total):
    """`total` bytes, one MiB at a time."""
    return (PIECE for _ in range(total // len(PIECE)))


def digest(total):
    sha = hashlib.sha256()
    for piece in pieces(total):
        sha.update(piece)
    return sha.hexdigest()


def push_until_stuck(stream, total):
    """Writes until the other side takes no more; gives how much it took."""
    sent, left = 0, memoryview(b"")
    stream.sock.setblocking(False)
    source = pieces(total)
    while select.select([], [stream.sock], [], 1)[1]:
        left = left or memoryview(next(source, b""))
        if not left:
            break
        done = stream.sock.send(left)
        sent, left = sent + done, left[done:]
    stream.sock.setblocking(True)
    return sent, left, source


# What was freed is free, and stacks are no larger than they are: else the sanitizer, too, would make
# memory grow.
WITHOUT_HOARD = {"ASAN_OPTIONS": ":".join([
    os.environ.get("ASAN_OPTIONS", ""), "quarantine_size_mb=0", "thread_local_quarantine_size_kb=0",
    "detect_stack_use_after_return=0"])}


@pytest.fixture
def warm(start_proxy):
    """Starts a proxy in front of that upstream, and says how much memory it has begun with."""
    def start(upstream):
        proxy = start_proxy([integration("slack", upstream)], environment=WITHOUT_HOARD)
        return proxy, proxy.memory_of_workers()
    return start


def test_an_answer_waits_for_a_slow_reader_without_memory(warm, start_upstream):
    # given an upstream that pours out as much as it can
    poured = []

    def pours(visit, _):
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BIG)
        for piece in pieces(BIG):
            visit.sock.sendall(piece)
            poured.append(len(piece))
    proxy, before = warm(start_upstream(pours))

    # when the caller asks and does not read
    caller = proxy.caller(receive_buffer=SMALL_BUFFER)
    caller.send(request())
    last = -1
    while last != sum(poured):  # a second without progress: everything is full
        last = sum(poured)
        threading.Event().wait(1)

    # then the upstream was stopped, the proxy holds little, and nothing is lost afterwards
    assert sum(poured) < BIG
    assert proxy.memory_of_workers() - before < ROOM
    answer = caller.answer()
    assert hashlib.sha256(answer.body).hexdigest() == digest(BIG)
    assert proxy.memory_of_workers() - before < ROOM


def test_tiny_chunks_take_no_more_room_than_others(warm, start_upstream):
    """One read brings thousands of them, and only their bytes may count."""
    tiny, poured = b"1\r\nx\r\n" * 10000, []

    def drips(visit, _):
        visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            visit.sock.sendall(tiny)
            poured.append(len(tiny))
    upstream = start_upstream(drips)
    proxy, before = warm(upstream)
    stuck = [proxy.caller(receive_buffer=SMALL_BUFFER) for _ in range(16)]
    for caller in stuck:
        caller.send(request())
    last = -1
    while last != len(poured):
        last = len(poured)
        threading.Event().wait(1)
    assert proxy.memory_of_workers() - before < len(stuck) * 256 * 1024
    for caller in stuck:
        caller.close()
    upstream.wait_for_farewell()


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_waits_for_a_slow_upstream_without_memory(warm, start_upstream, framing):
    # given an upstream that does not read yet
    go = threading.Event()

    def tells_the_digest(visit, seen):
        visit.read_body(seen)
        visit.answer(body=hashlib.sha256(seen.body).hexdigest().encode())
    proxy, before = warm(start_upstream(waits_for(go, tells_the_digest),
                                        receive_buffer=SMALL_BUFFER))

    # when the caller sends as much as it can
    caller = proxy.caller()
    if framing == "length":
        caller.send(request("POST", headers={"Content-Length": str(BIG)}))
    else:
        caller.send(request("POST", headers={"Transfer-Encoding": "chunked"}), b"%x\r\n" % BIG)
    sent, left, source = push_until_stuck(caller, BIG)

    # then it was stopped, the proxy holds little, and nothing is lost afterwards
    assert sent < BIG
    assert proxy.memory_of_workers() - before < ROOM
    go.set()
    caller.sock.sendall(left)
    for piece in source:
        caller.sock.sendall(piece)
    if framing == "chunked":
        caller.send(b"\r\n0\r\n\r\n")
    assert caller.answer().text == digest(BIG)
    assert proxy.memory_of_workers() - before < ROOM


def test_both_directions_stream_at_once(warm, start_upstream):
    def sends_back(visit, seen):
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BIG)
        left = BIG
        while left:
            if not visit.buffer:
                visit.fill()
            left -= len(visit.buffer)
            visit.sock.sendall(visit.take(len(visit.buffer), "body"))
        visit.diary.clear()
    proxy, before = warm(start_upstream(sends_back))
    caller = proxy.caller()
    caller.send(request("POST", headers={"Content-Length": str(BIG)}))
    sender = threading.Thread(target=lambda: [caller.sock.sendall(p) for p in pieces(BIG)])
    sender.start()
    answer = caller.answer()
    sender.join()
    assert hashlib.sha256(answer.body).hexdigest() == digest(BIG)
    assert proxy.memory_of_workers() - before < ROOM


def test_a_stuck_caller_does_not_stop_the_others(start_proxy, start_upstream):
    upstream = start_upstream(answers(body=b"x" * (8 * MIB)))
    proxy = start_proxy([integration("slack", upstream)], workers=1)
    stuck = proxy.caller(receive_buffer=SMALL_BUFFER)
    stuck.send(request())
    assert [len(proxy.caller().get().body) for _ in range(3)] == [8 * MIB] * 3
    assert len(stuck.answer().body) == 8 * MIB


def test_a_caller_that_resets_takes_its_upstream_request_along(start_proxy, start_upstream):
    started = threading.Event()

    def waits_to_be_left(visit, _):
        started.set()
        while visit.fill():
            pass
        return False
    upstream = start_upstream(waits_to_be_left)
    proxy = start_proxy([integration("slack", upstream)])
    caller = proxy.caller()
    caller.send(request())
    assert started.wait(20)
    caller.reset()
    upstream.wait_for_farewell()


def test_a_caller_that_leaves_inside_an_answer_stops_its_upstream(start_proxy, start_upstream):
    def pours_for_ever(visit, _):
        visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            visit.sock.sendall(b"%x\r\n%s\r\n" % (len(PIECE), PIECE))
    upstream = start_upstream(pours_for_ever)
    caller = start_proxy([integration("slack", upstream)]).caller()
    caller.send(request())
    assert caller.fill()
    caller.close()
    upstream.wait_for_farewell()


def test_a_caller_that_leaves_inside_its_body_never_completes_a_request(
        start_proxy, start_upstream):
    upstream = start_upstream()
    proxy = start_proxy([integration("slack", upstream)])
    for framing, part in (("Content-Length: 100", b"x" * 50),
                          ("Transfer-Encoding: chunked", b"5\r\nhello\r\n")):
        caller = proxy.caller()
        caller.send(b"POST / HTTP/1.1\r\nHost: slack\r\n" + framing.encode() + b"\r\n\r\n" + part)
        upstream.wait_for_requests(1)
        caller.close()
        upstream.wait_for_farewell()
    assert not any(seen.complete for seen in upstream.requests)


@pytest.mark.slow
def test_half_open_heads_are_closed_in_time_and_idle_connections_are_not(start_proxy, upstream):
    """30 s from the first byte of a head to its last; drops of bytes do not buy more."""
    proxy = start_proxy([integration("slack", upstream)], workers=2)
    starved = [proxy.caller() for _ in range(50)]
    dripping, idle, silent = proxy.caller(), proxy.caller(), proxy.caller()
    began = time.monotonic()
    for caller in starved:
        caller.send(b"GET / HTTP/1.1\r\nHost: sl")
    dripping.send(b"GET / HTTP/1.1\r\n")
    assert idle.get().status == 200

    while time.monotonic() - began < 35 and not dripping.ended:
        if select.select([dripping.sock], [], [], 1)[0]:
            dripping.fill()
        else:
            dripping.send(b"X-Drip: drop\r\n")

    for caller in [dripping, *starved]:
        while caller.fill():
            pass
        assert bytes(caller.buffer[:13]) in (b"", b"HTTP/1.1 408 "), caller.seen()
    assert 25 < time.monotonic() - began < 35
    assert idle.get().status == 200
    assert silent.get().status == 200, "nothing was begun on it"
    assert upstream.request_count == 3, "none of those that never ended"
