"""The library: a server of documents, plain or with TLS, and a proxy on the way to it."""

import json
import socket
import threading

from actors.upstream import Upstream


class Library(Upstream):
    """`tls` is what Authority.server gives. The documents are answered with by their paths."""

    def __init__(self, tls=None, name="library"):
        self.tls = tls
        self.documents = {}
        super().__init__(lends, name)
        self.url = f"{'https' if tls else 'http'}://localhost:{self.address[1]}"

    def put(self, path, document):
        """Returns its URL."""
        text = document if isinstance(document, str) else json.dumps(document)
        self.documents[path] = text.encode()
        return self.url + path

    def receive(self, visit):
        visit.library = self
        if self.tls:
            try:
                visit.sock = self.tls.wrap_socket(visit.sock, server_side=True)
            except OSError as trouble:
                visit.note(f"no handshake: {trouble}")
        super().receive(visit)


# Behaviours


def lends(visit, request):
    path = request.target.partition("?")[0]
    text = visit.library.documents.get(path)
    visit.answer(200 if text is not None else 404, body=text or b"no such page\n")


def redirects(to, status=302):
    """`to` maps paths to locations; other paths are lent."""
    def behave(visit, request):
        location = to.get(request.target.partition("?")[0])
        if location is None:
            return lends(visit, request)
        return visit.answer(status, [("Location", location)])
    return behave


def tunnels(address):
    """A proxy whose CONNECT always leads to the same place."""
    def behave(visit, request):
        assert request.method == "CONNECT", request
        with socket.create_connection(address) as far:
            visit.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=[far, visit.sock], daemon=True)
            back.start()
            pump(visit.sock, far)
            back.join()
        return False
    return behave


def pump(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one of the two has had enough
