"""Certificates: an authority of our own, and what it vouches for. Made by openssl in a folder."""

import ssl
import subprocess
import tempfile
from pathlib import Path

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Authority:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="authtranslator-ca-")
        self.file = self.path("ca.pem")
        self.issued = 0
        openssl("req", "-x509", *KEY, "-keyout", self.path("ca.key"), "-out", self.file,
                "-subj", "/CN=an authority for tests", "-days", "2",
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign")

    def path(self, name):
        return str(Path(self.folder.name) / name)

    def server(self, *names, days=2):
        """What a server needs that is called so ("DNS:localhost", "IP:127.0.0.1"). Negative days
        are over."""
        self.issued += 1
        key, request, certificate, extensions = (
            self.path(f"{self.issued}.{kind}") for kind in ("key", "csr", "pem", "ext"))
        Path(extensions).write_text(f"subjectAltName={','.join(names)}\n")
        openssl("req", "-new", *KEY, "-keyout", key, "-out", request, "-subj", "/CN=a server")
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.path("ca.key"),
                "-CAcreateserial", "-days", str(days), "-extfile", extensions,
                "-out", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def close(self):
        self.folder.cleanup()


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)
