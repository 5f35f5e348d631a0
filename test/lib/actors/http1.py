"""HTTP/1.1 over a socket, read exactly as RFC 9112 has it and forgiving nothing."""

import re
import socket

from actors.wait import PATIENCE

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*\Z")
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)\Z")
REQUEST_LINE = re.compile(rb"([A-Za-z-]+) ([\x21-\x7e\x80-\xff]+) HTTP/1\.([01])\Z")
CHUNK_LINE = re.compile(rb"[0-9A-Fa-f]{1,8}\Z")


class Broken(AssertionError):
    """The peer sent what is not HTTP/1.1."""


class Cut(AssertionError):
    """The connection ended inside a message. `how` is "closed" or "reset"."""

    def __init__(self, where, how):
        super().__init__(f"{where}: the peer {how} the connection")
        self.how = how


class Late(AssertionError):
    """The peer stayed silent for too long."""


class Message:
    """A head, and the body and the trailers once they were read."""

    def __init__(self, headers):
        self.headers = headers
        self.body = b""
        self.trailers = []
        self.complete = False  # read to its end

    def all(self, name):
        """Every value of that header, in order."""
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def value(self, name):
        """The only value of that header, or None. Twice is a failure."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None


class Request(Message):
    def __init__(self, method, target, version, headers):
        super().__init__(headers)
        self.method, self.target, self.version = method, target, version

    def __repr__(self):
        return f"<{self.method} {self.target} {self.headers} +{len(self.body)} bytes>"


class Answer(Message):
    def __init__(self, version, status, reason, headers):
        super().__init__(headers)
        self.version, self.status, self.reason = version, status, reason
        self.interim = []  # the 1xx answers that came before this one

    @property
    def text(self):
        return self.body.decode()

    def __repr__(self):
        return f"<{self.status} {self.headers} +{len(self.body)} bytes {self.body[:200]!r}>"


class Stream:
    """One TCP connection and everything that was seen on it."""

    def __init__(self, sock, name):
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.name = name
        self.buffer = bytearray()
        self.received = 0
        self.ended = None  # "closed" or "reset" once the peer's end was seen
        self.diary = []

    def note(self, what):
        self.diary.append(what)
        del self.diary[:-40]

    def seen(self):
        return "\n".join([self.name] + ["    " + line for line in self.diary])

    # Sending

    def send(self, *pieces):
        """Each piece is a write of its own."""
        for piece in pieces:
            self.note(f"sends    {len(piece):8} {piece[:400]!r}")
            self.sock.sendall(piece)

    def finish_sending(self):
        self.note("half-closes")
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.note("resets")
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()

    def close(self):
        self.sock.close()

    # Receiving

    def fill(self):
        """Reads once. False at the peer's end."""
        if self.ended:
            return False
        try:
            piece = self.sock.recv(256 * 1024)
        except ConnectionError:
            self.ended = "reset"
        except socket.timeout:
            raise Late(f"{self.name} waited {PATIENCE} s for a byte") from None
        else:
            self.ended = None if piece else "closed"
            self.received += len(piece)
            self.buffer += piece
        self.note(f"the peer {self.ended}" if self.ended
                  else f"receives {len(piece):8} {piece[:400]!r}")
        return not self.ended

    def take(self, length, where):
        while len(self.buffer) < length:
            if not self.fill():
                raise Cut(where, self.ended)
        taken = bytes(self.buffer[:length])
        del self.buffer[:length]
        return taken

    def take_line(self, where):
        at = 0
        while (end := self.buffer.find(b"\n", at)) < 0:
            at = len(self.buffer)
            if not self.fill():
                raise Cut(where, self.ended)
        line = self.take(end + 1, where)
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise Broken(f"{where}: a line does not end in CR LF: {line!r}")
        return line[:-2]

    def take_headers(self, where):
        headers = []
        while line := self.take_line(where):
            name, colon, value = line.partition(b":")
            value = value.strip(b" \t")
            if not colon or not TOKEN.match(name) or not VALUE.match(value):
                raise Broken(f"{where}: not a header: {line!r}")
            headers.append((name.decode("latin-1"), value.decode("latin-1")))
        return headers

    def take_chunks(self, message):
        body = bytearray()
        while True:
            line = self.take_line("chunk size")
            if not CHUNK_LINE.match(line):
                raise Broken(f"not a chunk size: {line!r}")
            size = int(line, 16)
            if size == 0:
                break
            body += self.take(size, "chunk")
            if self.take(2, "end of chunk") != b"\r\n":
                raise Broken("a chunk does not end in CR LF")
        message.trailers = self.take_headers("trailers")
        message.body = bytes(body)

    def take_body(self, message, may_end_with_connection):
        coding, length = message.all("Transfer-Encoding"), message.all("Content-Length")
        if coding and length:
            raise Broken("both Transfer-Encoding and Content-Length")
        if coding:
            if coding != ["chunked"]:
                raise Broken(f"Transfer-Encoding {coding}")
            self.take_chunks(message)
        elif length:
            if len(length) > 1 or not length[0].isdecimal():
                raise Broken(f"Content-Length {length}")
            message.body = self.take(int(length[0]), "body")
        elif may_end_with_connection:
            while self.fill():
                pass
            if self.ended == "reset":
                raise Cut("body that ends with the connection", "reset")
            message.body, self.buffer = bytes(self.buffer), bytearray()
        message.complete = True

    def take_request_head(self):
        """None when the peer has ended between two requests."""
        while not self.buffer:
            if not self.fill():
                return None
        line = self.take_line("request line")
        match = REQUEST_LINE.match(line)
        if not match:
            raise Broken(f"not a request line: {line!r}")
        method, target, minor = (part.decode("latin-1") for part in match.groups())
        return Request(method, target, f"1.{minor}", self.take_headers("request head"))

    def take_answer_head(self):
        line = self.take_line("status line")
        match = STATUS_LINE.match(line)
        if not match:
            raise Broken(f"not a status line: {line!r}")
        minor, status, reason = (part.decode("latin-1") for part in match.groups())
        return Answer(f"1.{minor}", int(status), reason, self.take_headers("answer head"))
