"""Looks into the linked programs: neither may hold what belongs to the other.

Usage: symbols.py MASTER WORKER
"""

import re
import sys
from pathlib import Path

from house import report, run

# What must not be in there, and why.
NEVER_IN_MASTER = {
    r"nghttp2_": "the master speaks no HTTP/2",
}
NEVER_IN_WORKER = {
    r"fy_": "the worker reads no YAML",
    r"secret_source": "the worker fetches no secret",
}
# What no object file of master/ may ask for, but for those that the loader alone runs.
NEVER_ASKED_BY_MASTER = {
    r"(ll)?http1?_\w+$": "the master reads no byte of a client, nor of a server",
    r"mbedtls_(ssl|x509)_": "the loader speaks to servers, not the master",
}
FOLDERS_OF_THE_LOADER = "fetch", "load"
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


def search_objects(program, never, but_not=()):
    """What the object files beside a program ask for."""
    home = Path(program).parent
    objects = sorted(home.rglob("*.o"))
    if not objects:
        yield f"{program}: no object files beside it"
    for file in objects:
        if file.relative_to(home).parts[0] not in but_not:
            yield from search(file.name, symbols(file, only_wanted=True), never)


def check(master, worker):
    yield from search(master, symbols(master), NEVER_IN_MASTER)
    yield from search(worker, symbols(worker), NEVER_IN_WORKER)
    yield from search_objects(master, NEVER_ASKED_BY_MASTER, FOLDERS_OF_THE_LOADER)
    yield from search_objects(worker, NEVER_ASKED_BY_WORKER)


if __name__ == "__main__":
    report(list(check(*sys.argv[1:])))
