"""What the lints share: the C files of the tree, and one way to say what is wrong."""

import subprocess
import sys
from pathlib import Path

FOLDERS = ("common", "plugins", "worker", "master")


def sources(root, folders=FOLDERS):
    """Every C file below those folders, as paths from the root, sorted."""
    root = Path(root)
    return sorted(path.relative_to(root) for folder in folders
                  for path in (root / folder).rglob("*.[ch]"))


def run(*command):
    """What a program printed; its failure is ours."""
    return subprocess.run(
        list(map(str, command)), check=True, capture_output=True, text=True).stdout


def report(findings):
    """Ends the program: with 1 and the findings, if there are any."""
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
