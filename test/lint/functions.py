"""Nine functions in ten fit a screen of 50 lines.

Usage: functions.py ROOT
"""

import shutil
import sys
from pathlib import Path

from house import report, run, sources

SCREEN = 50
SKIPPED = 77  # what meson takes for "skipped"


def functions(root):
    """(lines, file, name) of every function."""
    files = [root / path for path in sources(root)]
    if not files:
        return
    tags = run("ctags", "--languages=C", "--langmap=C:.c.h", "--c-kinds=f", "--fields=+ne",
               "--sort=no", "-f", "-", *files)
    for line in tags.splitlines():
        name, file, *rest = line.split("\t")
        places = dict(field.split(":", 1) for field in rest if ":" in field)
        first, last = int(places["line"]), int(places.get("end", places["line"]))
        yield last - first + 1, Path(file).relative_to(root), name


def check(root):
    found = sorted(functions(root), reverse=True)
    long = [one for one in found if one[0] > SCREEN]
    if len(long) * 10 <= len(found):
        return []
    return [f"{file}: {name} has {lines} lines" for lines, file, name in long] + [
        f"{len(long)} of {len(found)} functions are longer than {SCREEN} lines"]


if __name__ == "__main__":
    if not shutil.which("ctags") or "Universal" not in run("ctags", "--version"):
        print("SKIPPED: this lint needs universal-ctags")
        sys.exit(SKIPPED)
    report(check(Path(sys.argv[1])))
