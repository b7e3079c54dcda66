"""What a later version, or another maker, may put into every message: additions, alternatives, features and elements that
nobody has heard of (X.691 §18 and §22, H.225.0 §7.2.1, H.460.1)."""

import contextlib

from . import values

ALTERNATIVE = "_ext_40"
"""pycrate's name for an alternative that it does not know either."""
MOST_ADDITIONS = 64
"""A bitmap of so many bits has a short length."""
ELEMENTS = {0x1D: b"\x01\x02\x03", 0x2F: b"", 0x33: b"\x80" * 40, 0x41: b"\xff"}
"""Of Q.931, by numbers that H.225.0 gives to none."""
FEATURE = {
    "id": ("standard", 999),
    "parameters": [
        {"id": ("standard", 7), "content": ("text", "whatever")},
        {"id": ("oid", (1, 3, 6, 1, 4, 1, 32473, 77)), "content": ("raw", bytes(300))},
        {"id": ("nonStandard", bytes(16))},
    ],
}


@contextlib.contextmanager
def strange_peers():
    """Every message of every peer has all of it meanwhile."""
    values.additions, values.elements = add, ELEMENTS
    try:
        yield
    finally:
        values.additions, values.elements = None, {}


def is_strange() -> bool:
    return values.additions is not None


def add(name: str, kind, value):
    """A value with what is unknown at every place that has room for it."""
    if name == "uuie":
        unit = value["h323-uu-pdu"]
        body, content = unit["h323-message-body"]
        if body == "setup":
            content = {**content, "desiredFeatures": [FEATURE], "supportedFeatures": [FEATURE]}
        unit = {**unit, "h323-message-body": (body, content), "genericData": [FEATURE]}
        value = {**value, "h323-uu-pdu": unit}
    elif name == "ras":
        message, content = value
        if message in ("gatekeeperRequest", "registrationRequest", "registrationConfirm", "admissionConfirm"):
            features = {"replacementFeatureSet": False, "desiredFeatures": [FEATURE], "supportedFeatures": [FEATURE]}
            content = {**content, "featureSet": features, "genericData": [FEATURE]}
        value = (message, content)
    return _add(kind, value)


def _add(kind, value):
    if kind.TYPE == "SEQUENCE":
        found = {name: _add(kind._cont[name], part) for name, part in value.items()}
        if kind._ext is not None:
            known = len(kind._ext_nest)
            for place in {known + 1, known + 3, max(known + 5, MOST_ADDITIONS)}:
                if place <= MOST_ADDITIONS:
                    found[f"_ext_{place}"] = bytes([place]) * (place % 5 + 1)
        return found
    if kind.TYPE == "CHOICE":
        name, part = value
        return (name, _add(kind._cont[name], part)) if name in kind._cont else value
    if kind.TYPE in ("SEQUENCE OF", "SET OF"):
        found = [_add(kind._cont, part) for part in value]
        if kind._cont.TYPE == "CHOICE" and kind._cont._ext is not None:
            # What comes first is what everybody looks at.
            found.insert(0, (ALTERNATIVE, b"\x01\x02\x03"))
        return found
    return value
