"""The caller: sends any bytes, whole or in pieces, and reads answers strictly."""

import socket

from actors.http1 import Broken, Stream


def request(method="GET", target="/", host="slack", headers=(), body=None, version="1.1"):
    """The bytes of one request. A body adds its Content-Length."""
    lines = [f"{method} {target} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in dict(headers).items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines + ["", ""]).encode("latin-1") + (body or b"")


def chunked(*pieces, trailers=()):
    """The bytes of a chunked body."""
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
    ends = "".join(f"{name}: {value}\r\n" for name, value in trailers)
    return chunks + b"0\r\n" + ends.encode("latin-1") + b"\r\n"


class Caller(Stream):
    def __init__(self, address, name="caller", receive_buffer=None):
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(10)
        sock.connect(address)
        super().__init__(sock, name)

    def ask(self, method="GET", target="/", **parts):
        """Sends one request and reads its answer."""
        self.send(request(method, target, **parts))
        return self.answer(method)

    def get(self, target="/", **parts):
        return self.ask("GET", target, **parts)

    def post(self, target="/", body=b"", **parts):
        return self.ask("POST", target, body=body, **parts)

    def answer(self, to="GET"):
        """The next final answer with its whole body; the 1xx before it are in `interim`."""
        interim = []
        while 100 <= (head := self.take_answer_head()).status < 200 and head.status != 101:
            interim.append(head)
        head.interim = interim
        if to != "HEAD" and head.status not in (101, 204, 304):
            says_close = "close" in (head.value("Connection") or "").lower()
            self.take_body(head, may_end_with_connection=says_close or head.version == "1.0")
        return head

    def sees_the_end(self):
        """"closed" or "reset", whichever the peer does; any byte before that is a failure."""
        self.fill()
        if self.buffer or not self.ended:
            raise Broken(f"{self.name} expected the end and got {bytes(self.buffer[:200])!r}")
        return self.ended
