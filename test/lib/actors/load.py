"""A crowd of callers that ask without a pause, on kept and new connections, and note each failure."""

import selectors
import socket
import threading
import time

from actors.caller import request
from actors.wait import PATIENCE

KEPT, NEW = request("GET", "/load"), request("GET", "/load", headers={"Connection": "close"})


class Member:
    """One connection. A kept one has to last as long as the crowd; a new one asks once."""

    def __init__(self, crowd, kept):
        self.crowd, self.kept = crowd, kept
        self.connect()

    def connect(self):
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.connect_ex(self.crowd.address)
        self.crowd.selector.register(self.sock, selectors.EVENT_WRITE, self)
        self.buffer = b""
        self.asked_at = time.monotonic()

    def ask(self):
        error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            return self.fail(f"connect: error {error}")
        self.asked_at = time.monotonic()
        try:
            self.sock.send(KEPT if self.kept else NEW)
        except ConnectionError as error:
            return self.fail(f"send: {error}")
        self.crowd.selector.modify(self.sock, selectors.EVENT_READ, self)

    def listen(self):
        try:
            piece = self.sock.recv(65536)
        except ConnectionError as error:
            return self.fail(f"receive: {error}")
        if not piece:
            return self.fail(f"closed after {self.buffer[:200]!r}")
        self.buffer += piece
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.lower().split(b"content-length:")[1].split()[0]):
            self.heard(head)

    def heard(self, head):
        took = time.monotonic() - self.asked_at
        if head.startswith(b"HTTP/1.1 200 "):
            self.crowd.answered.append((self.asked_at, took))
        else:
            self.crowd.failures.append(head[:200].decode("latin-1"))
        self.buffer = b""
        if self.kept and b"connection: close" not in head.lower():
            self.crowd.selector.modify(self.sock, selectors.EVENT_WRITE, self)
        else:
            self.crowd.said_goodbye += self.kept
            self.leave()
            self.connect()

    def fail(self, what):
        self.crowd.failures.append(f"{'kept' if self.kept else 'new'} connection: {what}")
        self.leave()
        self.connect()

    def leave(self):
        self.crowd.selector.unregister(self.sock)
        self.sock.close()


class Crowd:
    """with Crowd(address) as crowd: ...; afterwards `failures` says what went wrong for whom."""

    def __init__(self, address, kept=64, new=4):
        self.address = address
        self.sizes = [True] * kept + [False] * new
        self.selector = selectors.DefaultSelector()
        self.failures = []
        self.answered = []  # (when it was asked, how long the answer took)
        self.said_goodbye = 0  # kept connections that an answer ended politely
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        members = [Member(self, kept) for kept in self.sizes]
        while not self.done.is_set():
            for key, events in self.selector.select(1):
                key.data.ask() if events & selectors.EVENT_WRITE else key.data.listen()
            if len(self.failures) > 1000:
                break  # enough is known
        for member in members:
            member.leave()
        self.selector.close()

    def wait_for_answers(self, more):
        """Until so many more were heard."""
        goal = len(self.answered) + more
        deadline = time.monotonic() + PATIENCE
        while len(self.answered) < goal and time.monotonic() < deadline:
            self.done.wait(0.005)
        assert len(self.answered) >= goal, f"the crowd is stuck; failures: {self.failures[:5]}"

    def __enter__(self):
        self.thread.start()
        self.wait_for_answers(len(self.sizes))
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join(PATIENCE)
