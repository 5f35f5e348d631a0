"""The upstream: a threaded HTTP/1.1 server that does what a story says and remembers every byte.

A behaviour is a function of (visit, request): it has the head of the request, reads the body if it
likes, and answers, or doesn't. What it returns is False when the connection should end.
"""

import socket
import threading
import time

from actors.http1 import Stream
from actors.wait import PATIENCE

REMEMBERED = 1000  # requests; a load test makes more than anybody wants to look at


class Visit(Stream):
    """One connection that was made to the upstream."""

    def __init__(self, sock, name):
        super().__init__(sock, name)
        self.wire = bytearray()  # what came in, from its first byte, up to a limit
        self.broke = None

    def fill(self):
        before = len(self.buffer)
        more = super().fill()
        if len(self.wire) < 1 << 20:
            self.wire += self.buffer[before:]
        return more

    def read_body(self, request):
        if request.value("Expect") == "100-continue" and not self.buffer:
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.take_body(request, may_end_with_connection=False)

    def answer(self, status=200, headers=(), body=b"", to="GET"):
        lines = [f"HTTP/1.1 {status} Anything", *(f"{n}: {v}" for n, v in headers)]
        if status >= 200 and status not in (204, 304):
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines + ["", ""]).encode("latin-1")
        self.send(head if to == "HEAD" else head + body)


# Behaviours


def echoes(visit, request):
    """200 with the body that came."""
    visit.read_body(request)
    visit.answer(body=request.body, to=request.method)


def answers(status=200, headers=(), body=b"hello\n"):
    def behave(visit, request):
        visit.read_body(request)
        visit.answer(status, headers, body, to=request.method)
    return behave


def says(*pieces, then_close=True):
    """Reads the request, then sends these bytes as they are."""
    def behave(visit, request):
        visit.read_body(request)
        visit.send(*pieces)
        return not then_close
    return behave


def says_nothing(visit, request):
    """Reads the request, then waits for the proxy to give up."""
    visit.read_body(request)
    while visit.fill():
        pass
    return False


def closes_without_answer(visit, request):
    visit.read_body(request)
    return False


def resets_without_answer(visit, request):
    visit.read_body(request)
    visit.reset()
    return False


def answers_before_the_body(status, then_close=True):
    """Has made up its mind from the head alone."""
    def behave(visit, request):
        visit.answer(status, [("Connection", "close")] if then_close else [], b"no need\n")
        if not then_close:
            visit.read_body(request)
            return True
        visit.finish_sending()
        while visit.fill():
            pass  # closing with bytes unread would be a reset
        return False
    return behave


def waits_for(event, then=echoes):
    """Reads nothing of the body until the story sets the event."""
    def behave(visit, request):
        event.wait(PATIENCE)
        return then(visit, request)
    return behave


def serves(count, then):
    """Answers `count` requests of each connection; `then` gets the one after."""
    def behave(visit, request):
        visit.served = getattr(visit, "served", 0) + 1
        return (echoes if visit.served <= count else then)(visit, request)
    return behave


def hangs_up_after(count):
    """Closes each connection, while it is idle, after so many answers."""
    def behave(visit, request):
        visit.served = getattr(visit, "served", 0) + 1
        echoes(visit, request)
        return visit.served < count
    return behave


class Upstream:
    def __init__(self, behaviour=echoes, name="upstream", receive_buffer=None):
        self.behaviour = behaviour
        self.name = name
        self.requests = []  # heads as they come; bodies are filled in when they were read
        self.request_count = 0
        self.visits = []
        self.changed = threading.Condition()
        self.closing = False
        self.listener = socket.socket()
        if receive_buffer:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1024)
        self.address = self.listener.getsockname()
        self.host = "%s:%d" % self.address
        self.url = f"http://{self.host}"
        self.threads = [threading.Thread(target=self.welcome, daemon=True)]
        self.threads[0].start()

    @property
    def request(self):
        """The one request that came."""
        assert len(self.requests) == 1, f"{self.name} saw {self.requests}"
        return self.requests[0]

    @property
    def bytes_seen(self):
        return sum(visit.received for visit in self.visits)

    def wait_until(self, condition, what):
        """Waits for something to come in, or for a connection to end."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), f"{self.name} waited in vain: {what}"

    def wait_for_requests(self, count):
        self.wait_until(lambda: self.request_count >= count, f"{count} requests")

    def wait_for_farewell(self):
        """Until every connection has ended."""
        self.wait_until(lambda: all(visit.ended for visit in self.visits), "all visits end")

    def open_visits(self):
        return [visit for visit in self.visits if not visit.ended]

    def seen(self):
        return "\n".join([f"{self.name} at {self.host}"] + [v.seen() for v in self.visits[-20:]])

    def close(self):
        self.closing = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.threads[0].join(PATIENCE)
        self.listener.close()
        for visit in self.visits:
            try:
                visit.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended already
        for thread in self.threads:
            thread.join(PATIENCE)

    # Threads

    def welcome(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                if self.closing:
                    return
                time.sleep(0.05)  # no descriptors, for a moment
                continue
            visit = Visit(sock, f"{self.name}, visit {len(self.visits)}")
            with self.changed:
                self.visits.append(visit)
            self.forget_the_ended()
            self.threads.append(self.start(visit))

    def forget_the_ended(self):
        """A thread keeps its stack until nobody knows it any more."""
        if len(self.threads) > 500:
            self.threads[1:] = [thread for thread in self.threads[1:] if thread.is_alive()]

    def start(self, visit):
        """A machine may be out of threads for a moment, when generations change quickly."""
        while True:
            thread = threading.Thread(target=self.receive, args=[visit], daemon=True)
            try:
                thread.start()
                return thread
            except RuntimeError:
                time.sleep(0.05)

    def receive(self, visit):
        try:
            while request := visit.take_request_head():
                self.remember(request)
                if self.behaviour(visit, request) is False:
                    break
        except (AssertionError, OSError) as trouble:
            visit.broke = trouble
            visit.note(f"ends with {type(trouble).__name__}: {trouble}")
        with self.changed:
            visit.ended = visit.ended or "left"
            visit.sock.close()
            self.changed.notify_all()

    def remember(self, request):
        with self.changed:
            self.request_count += 1
            self.requests.append(request)
            del self.requests[:-REMEMBERED]
            self.changed.notify_all()
