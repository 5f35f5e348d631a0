"""How upstreams read one and the same request: every combination of habits that real ones have.

`of_query`, `of_form` and `of_json` yield each reading as a mapping of names to values. A rule is
safe if what it allows is allowed in every reading, and what it denies is denied if any has it.
"""

import itertools
import json
import re
from urllib.parse import unquote_plus

# What counts when a name stands twice, what names are the same, what parts pairs, what ends them.
FIRST, LAST = "first", "last"
SPELLINGS = (
    lambda name: name,
    str.lower,
    lambda name: re.sub(r"\[.*", "", name),  # lists
    lambda name: re.sub(r"[. ]", "_", re.sub(r"\[.*", "", name.lstrip(" "))),  # PHP's
)
SEPARATORS = ("&", "&;")
CUTS = (lambda text: text, lambda text: text.split("#")[0])


def pairs(text, separators, spelling):
    for pair in re.split(f"[{separators}]", text):
        name, _, value = pair.partition("=")
        if pair:
            yield spelling(unquote_plus(name)), unquote_plus(value).split("\0")[0]


def pick(found, which):
    """Of names that stand more than once, the first or the last."""
    found = list(found)
    return dict(found if which == LAST else reversed(found))


def of_query(text):
    for which, spelling, separators, cut in itertools.product(
            (FIRST, LAST), SPELLINGS, SEPARATORS, CUTS):
        yield pick(pairs(cut(text), separators, spelling), which)


of_form = of_query


def lenient_json(text, pairs_hook, number):
    text = text.lstrip("\ufeff \t\r\n")
    value, _ = json.JSONDecoder(object_pairs_hook=pairs_hook, parse_int=number).raw_decode(text)
    return value


def alone(value):
    """A list of one, to who wants no list."""
    return value[0] if isinstance(value, list) and value else value


def of_json(text):
    for which, spelling, number, unwrap in itertools.product(
            (FIRST, LAST), (str, str.lower), (int, float), (lambda value: value, alone)):
        def hook(found, which=which, spelling=spelling, unwrap=unwrap):
            return pick(((spelling(name), unwrap(value)) for name, value in found), which)
        try:
            value = unwrap(lenient_json(text, hook, number))
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value
