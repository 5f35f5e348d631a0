"""Every C file is as clang-format 14 would write it; other versions differ in small ways.

Usage: format.py ROOT
"""

import shutil
import subprocess
import sys
from pathlib import Path

from house import report, run, sources

SKIPPED = 77  # what meson takes for "skipped"


def clang_format():
    """The right version, under either name; None when it is not there."""
    names = ("clang-format-14", "clang-format")
    return next((name for name in names
                 if shutil.which(name) and " version 14." in run(name, "--version")), None)


def check(root, program):
    findings = []
    for path in sources(root, ("common", "plugins", "worker", "master", "test")):
        done = subprocess.run([program, "--dry-run", "-Werror", "--style=file", path],
                              cwd=root, capture_output=True, text=True)
        if done.returncode != 0:
            findings.append(done.stderr.splitlines()[0])
    return findings


if __name__ == "__main__":
    if not clang_format():
        print("SKIPPED: this lint needs clang-format 14")
        sys.exit(SKIPPED)
    report(check(Path(sys.argv[1]), clang_format()))
