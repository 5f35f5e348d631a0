"""Every C file begins by saying its name and, in one sentence, what it is for.

Usage: first_sentence.py ROOT
"""

import re
import sys
from pathlib import Path

from house import report, sources

BEGIN = re.compile(r"/\* (\S+) - (.+?)\*/", re.DOTALL)
LONGEST = 250


def fault_of(path, text):
    comment = BEGIN.match(text)
    if not comment:
        return f'does not begin with "/* {path.name} - what it is for. */"'
    name, words = comment[1], " ".join(comment[2].replace("\n *", "\n").split())
    if name != path.name:
        return f"begins with the name {name}"
    sentence = re.match(r"[^.]+(\.\S[^.]*)*\.(?=\s|$)", words)
    if not sentence:
        return "its first comment has no full sentence"
    if len(sentence[0]) > LONGEST:
        return f"its first sentence is longer than {LONGEST} letters"
    return None


def check(root):
    faults = ((path, fault_of(path, (root / path).read_text()))
              for path in sources(root, ("common", "plugins", "worker", "master", "test")))
    return [f"{path}: {fault}" for path, fault in faults if fault]


if __name__ == "__main__":
    report(check(Path(sys.argv[1])))
