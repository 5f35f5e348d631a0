"""Holds #include lines to the directions of docs/architecture: who may know whom.

Usage: includes.py ROOT
"""

import re
import sys
from pathlib import Path

from house import report, sources

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)

# The most special folder that fits decides: which folders it may include, and which libraries.
MAY = {
    "common": (("common",), ("llhttp", "mbedtls", "jansson")),
    "plugins": (("common", "plugins"), ("mbedtls", "jansson")),
    "worker": (("common", "plugins", "worker"), ("uv", "mbedtls", "llhttp", "nghttp2", "hiredis")),
    "master": (("common", "plugins", "master"), ("uv", "mbedtls", "jansson")),
    "master/load": (("common", "plugins", "master/fetch", "master/load"),
                    ("fyaml", "jansson", "mbedtls")),
    "master/fetch": (("common", "master/fetch"), ("mbedtls",)),
}

LIBRARIES = {
    "fyaml": r"libfyaml\.h|libfyaml/", "hiredis": r"hiredis/|hiredis\.h", "jansson": r"jansson\.h",
    "llhttp": r"llhttp\.h", "mbedtls": r"(mbedtls|psa)/", "nghttp2": r"nghttp2/",
    "uv": r"uv\.h|uv/",
}


def rules_for(path):
    home = max((folder for folder in MAY if path.is_relative_to(folder)), key=len)
    return home, *MAY[home]


def library_of(header):
    return next((name for name, pattern in LIBRARIES.items() if re.match(pattern, header)), None)


def inside(header, folders):
    return any(Path(header).is_relative_to(folder) for folder in folders)


def check_file(root, path):
    home, folders, libraries = rules_for(path)
    for kind, header in INCLUDE.findall((root / path).read_text()):
        library = library_of(header)
        if kind == '"':
            if not (root / header).exists():
                yield f'{path}: "{header}" is not written from the root'
            elif not inside(header, folders):
                yield f"{path}: {home} may not know {header}"
        elif library and library not in libraries:
            yield f"{path}: {home} may not use {library}"
    if path.suffix == ".h" and "#pragma once" not in (root / path).read_text():
        yield f"{path}: no #pragma once"


def main(root):
    root = Path(root)
    report([finding for path in sources(root) for finding in check_file(root, path)])


if __name__ == "__main__":
    main(*sys.argv[1:])
