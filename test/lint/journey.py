"""Holds the list of steps in worker/request.h to the files that tell them, and to their order.

Usage: journey.py ROOT
"""

import re
import sys
from pathlib import Path

from house import report

LEGS = ("accept", "decide", "forward", "reply", "report")
STEP = re.compile(r"^\s*STEP\((\w+)\)\s*/\*\s*(\w+)/(\w+)\.c\b", re.MULTILINE)


def check(root):
    text = (root / "worker/request.h").read_text()
    begin = re.search(r"#define\s+JOURNEY\b", text)
    if not begin:
        return ["worker/request.h: no JOURNEY"]
    body = re.match(r"(?:.*\\\n)*.*\n", text[begin.start():])[0]
    steps = STEP.findall(body)
    findings = []
    if len(steps) < len(re.findall(r"\bSTEP\(\w+\)", body)):
        findings.append("worker/request.h: a step does not say its file")
    if not steps:
        findings.append("worker/request.h: a journey without steps")
    for step, leg, file in steps:
        if leg not in LEGS:
            findings.append(f"step {step}: {leg}/ is no leg of the journey")
        if not (root / "worker" / leg / f"{file}.c").exists():
            findings.append(f"step {step}: worker/{leg}/{file}.c does not exist")
    order = [(LEGS.index(leg), file, step) for step, leg, file in steps if leg in LEGS]
    for before, after in zip(order, order[1:]):
        if before[:2] > after[:2]:
            findings.append(f"step {after[2]} comes after {before[2]}, its file before")
    return findings


if __name__ == "__main__":
    report(check(Path(sys.argv[1])))
