"""What a rule allows, every upstream reads as allowed; what any upstream reads as denied is denied.

Usage: readings_test.py JUDGE [CASES]
"""

import json
import random
import subprocess
import sys

import readings

SEED = 20240101
NAMES = ("a", "a", "a", "a", "a", "a", "b", "b", "b", "A", "a[]", "a[0]", "%61", "+a", "a;", "b", "a%00", "x;a", "a.b", "a_b", "")
VALUES = ("ok", "ok", "ok", "ok", "bad", "bad", "bad", "bad", "%6fk", "b%61d", "ok#", "bad#", "ok%00x", "bad%00", "%zz", "",
          "ok;a=bad", "bad;a=ok")
JSON_NAMES = ('"a"', '"a"', '"a"', '"b"', '"c"', '"A"', '"\\u0061"', '"b"', '"a\\u0000"')
JSON_VALUES = ('"ok"', '"ok"', '"bad"', '"bad"', '["ok"]', '["bad"]', '["ok","bad"]', '"\\u006fk"',
               "null", "1", "9007199254740992", "9007199254740993", "9007199254740993.0",
               '{"a":"ok"}', '{"a":"bad"}')
WRAPPINGS = ("{%s}", "{%s}", "{%s}", "{%s}", "[{%s}]", "\ufeff{%s}", "{%s} x", '{"c":{%s}}',
             "{%s}{}", '{"a":"ok"}{%s}', " {%s}\n")
WANTED = {"query": ("ok", "bad"), "form": ("ok", "bad"), "json": ("ok", "bad", 2**53, 2**53 + 1)}
TYPES = {"form": "application/x-www-form-urlencoded", "json": "application/json"}
READERS = {"query": readings.of_query, "form": readings.of_form, "json": readings.of_json}


def some(rng, choices, most):
    return [rng.choice(choices) for _ in range(rng.randint(0, most))]


def case(rng):
    """(which part, what the rule wants, that part's text)"""
    part = rng.choice(("query", "form", "json"))
    if part == "json":
        members = (f"{rng.choice(JSON_NAMES)}:{value}" for value in some(rng, JSON_VALUES, 3))
        text = rng.choice(WRAPPINGS) % ",".join(members)
    else:
        text = "&".join(f"{rng.choice(NAMES)}={value}" for value in some(rng, VALUES, 3))
    return part, rng.choice(WANTED[part]), text


def row(part, wanted, text):
    if part == "query":
        return {"rule": {"query": {"a": [wanted]}}, "headers": "X: y", "query": text, "body": ""}
    return {"rule": {"body": {"a": wanted}}, "headers": f"Content-Type: {TYPES[part]}",
            "query": "", "body": text}


def is_wanted(value, wanted):
    """Who rounds what it reads rounds what the rule says, too."""
    if isinstance(value, float) and isinstance(wanted, int):
        return value == float(wanted)
    return type(value) is type(wanted) and value == wanted


def fault(part, wanted, text, judgement):
    """What is wrong with the judgement, if something is."""
    seen = [reading.get("a") for reading in READERS[part](text)]
    if judgement == "yes" and not all(is_wanted(value, wanted) for value in seen):
        return f"allowed, but some upstream reads {seen}"
    if judgement == "no" and any(is_wanted(value, wanted) for value in seen):
        return f"not denied, but some upstream reads {seen}"
    return None


def main(judge, count=30000):
    rng = random.Random(SEED)
    cases = [case(rng) for _ in range(int(count))]
    lines = "".join(json.dumps(row(*one)) + "\n" for one in cases)
    answers = subprocess.run([judge], input=lines, capture_output=True, text=True, check=True)
    judgements = answers.stdout.split()
    assert len(judgements) == len(cases)
    faults = [f"{one}: {found}" for one, judgement in zip(cases, judgements)
              if (found := fault(*one, judgement))]
    told = {answer: judgements.count(answer) for answer in ("yes", "no", "doubt")}
    print(*faults[:20], told, sep="\n")
    sys.exit(1 if faults or 0 in told.values() else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
