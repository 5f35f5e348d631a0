"""Looks into the linked programs: neither may hold what belongs to the other.

Usage: symbols.py MASTER WORKER
"""

import re
import sys
from pathlib import Path

from house import report, run

# What must not be in there, and why.
NEVER_IN_MASTER = {
    r"llhttp_": "the master reads no byte of a client",
    r"nghttp2_": "the master speaks no HTTP/2",
}
NEVER_IN_WORKER = {
    r"fy_": "the worker reads no YAML",
    r"secret_source": "the worker fetches no secret",
}
# What no object file of worker/ may ask for; libraries have their own reasons.
NEVER_ASKED_BY_WORKER = {
    r"(f|mk|)open(at|64|at64|2)?$|creat$": "the worker opens no file",
    r"(getaddrinfo|gethostby\w+|res_\w+|uv_getaddrinfo)$": "names are resolved by the master",
    r"uv_fs_\w+$|opendir$": "the worker opens no file",
    r"exec[lv]\w*$|fork$|posix_spawn\w*$|uv_spawn$|system$|popen$": "the worker starts nothing",
    r"getenv$|secure_getenv$": "the worker is told everything over the control channel",
}


def symbols(file, only_wanted=False):
    """Names from nm; `only_wanted`: those that are used and not defined."""
    flags = ["-P", "--undefined-only"] if only_wanted else ["-P"]
    return {line.split(" ")[0].split("@")[0] for line in run("nm", *flags, file).splitlines()}


def search(where, names, never):
    for pattern, why in never.items():
        found = sorted({name for name in names if re.match(pattern, name)})
        if found:
            yield f"{where}: {why}: {', '.join(found[:5])}{' ...' * (len(found) > 5)}"


def check(master, worker):
    yield from search(master, symbols(master), NEVER_IN_MASTER)
    yield from search(worker, symbols(worker), NEVER_IN_WORKER)
    objects = sorted(Path(worker).parent.rglob("*.o"))
    if not objects:
        yield f"{worker}: no object files beside it"
    for file in objects:
        yield from search(file.name, symbols(file, only_wanted=True), NEVER_ASKED_BY_WORKER)


if __name__ == "__main__":
    report(list(check(*sys.argv[1:])))
