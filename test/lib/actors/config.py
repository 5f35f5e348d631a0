"""Words for writing configurations, in which what a story is about stands out."""


def integration(name, upstream, incoming=(), outgoing=(), **keys):
    """`upstream` is an actor or the text of a destination."""
    destination = upstream if isinstance(upstream, str) else upstream.url
    return {"name": name, "destination": destination, "incoming_auth": list(incoming),
            "outgoing_auth": list(outgoing), **keys}


def token(secret, header="Authorization", prefix="Bearer "):
    return {"type": "token", "params": {"secrets": [secret], "header": header, "prefix": prefix}}


def basic(secret, **params):
    return {"type": "basic", "params": {"secrets": [secret], **params}}


def passthrough():
    return {"type": "passthrough"}


def entry(integration_name, **callers):
    """Of an allowlist or a denylist: entry("slack", bot=["GET /a"]); `everybody` is "*"."""
    return {"integration": integration_name, "callers": [
        {"id": "*" if name == "everybody" else name, "rules": [
            {"path": path, "methods": {method: {}}}
            for method, path in (rule.split(" ", 1) for rule in rules)]}
        for name, rules in callers.items()]}
