"""The guides say what the code says: every limit with its value, every option, every key.

Usage: documents.py ROOT
"""

import re
import sys
from pathlib import Path

from house import report

UNITS = {"B": 1, "KiB": 1024, "MiB": 1024**2, "ms": 1, "s": 1000, "min": 60 * 1000}
CELL = re.compile(r"^\| `(LIMIT_\w+)` \| ([^|]+) \|", re.MULTILINE)
LIMIT = re.compile(r"\b(LIMIT_\w+)\s*=\s*([^,]+),")
OPTION = re.compile(r'^\t\{ "([\w-]+)", FLAG_', re.MULTILINE)
CATALOGUE = re.compile(r'ROW\("(\w+)", FIELD_')
KEY = re.compile(r'ROW\("(\w+)", FIELD_\w+, \w+\)[^{}]*?\.help', re.DOTALL)


def value(text):
    """"64 KiB" and "64 * 1024" alike."""
    words = text.replace("*", " ").split()
    product = 1
    for word in words:
        product *= UNITS[word] if word in UNITS else int(word)
    return product


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def check_limits(root):
    told = dict(CELL.findall((root / "docs/limits.md").read_text()))
    real = dict(LIMIT.findall(without_comments((root / "common/limits.h").read_text())))
    for name in sorted(told.keys() | real.keys()):
        if name not in told:
            yield f"docs/limits.md: {name} is missing"
        elif name not in real:
            yield f"docs/limits.md: {name} is no limit"
        elif value(told[name]) != value(real[name]):
            yield f"docs/limits.md: {name} is {real[name].strip()}, not {told[name].strip()}"


def check_options(root):
    guide = (root / "docs/configuration.md").read_text()
    manual = (root / "docs/man/authtranslator.8").read_text()
    for name in OPTION.findall((root / "master/options.c").read_text()):
        if f"\n| `-{name}` |" not in guide:
            yield f"docs/configuration.md: -{name} is missing"
        if not re.search(rf"^\.It Fl {name}\b", manual, re.MULTILINE):
            yield f"docs/man/authtranslator.8: -{name} is missing"


def check_keys(root):
    guide = (root / "docs/configuration.md").read_text()
    manual = (root / "docs/man/authtranslator-config.5").read_text()
    for name in KEY.findall((root / "common/snapshot.c").read_text()):
        if f"\n| `{name}` |" not in guide:
            yield f"docs/configuration.md: {name} is missing"
        if not re.search(rf"^\.It Cm {name}\b", manual, re.MULTILINE):
            yield f"docs/man/authtranslator-config.5: {name} is missing"


def check_catalogue(root):
    guide = (root / "docs/integrations.md").read_text()
    for name in CATALOGUE.findall((root / "master/load/catalogue_file.c").read_text()):
        if not re.search(rf"^\|[^|]*[`.]{name}`", guide, re.MULTILINE):
            yield f"docs/integrations.md: {name} is missing"


def check(root):
    return [*check_limits(root), *check_options(root), *check_keys(root), *check_catalogue(root)]


if __name__ == "__main__":
    report(check(Path(sys.argv[1])))
