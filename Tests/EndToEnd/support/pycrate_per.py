"""pycrate as an oracle for H.225.0: values of its types made at random, encoded, decoded and compared.

pycrate 0.8.1 encodes the extension additions of a SEQUENCE before it writes the bitmap in front of them, and pads the
first one as if it stood where the root ended. `import_h225` mends that at run time.
"""

import importlib
import importlib.util
import inspect
import random
import sys
import textwrap

from .proxy import ROOT

# Where tools/test installs pycrate, which is Python all through.
sys.path += [str(path) for path in (ROOT / ".build-venv/lib").glob("python3*/site-packages")]
HAS_PYCRATE = importlib.util.find_spec("pycrate_asn1dir") is not None
MISSING = "SKIPPED, AND NOT SHOWN: no pycrate in .build-venv"


def import_h225():
    """pycrate's module of H.225.0, with the encoder mended."""
    return _import("H225")


def import_h245():
    """pycrate's module of H.245, with the encoder mended."""
    return _import("H245")


def _import(name: str):
    from pycrate_asn1rt import asnobj_construct

    if not getattr(asnobj_construct, "additions_are_mended", False):
        _mend(asnobj_construct)
        asnobj_construct.additions_are_mended = True
    return importlib.import_module(f"pycrate_asn1dir.{name}")


def _mend(module) -> None:
    """Lets additions count their octets from a boundary, which is where the bitmap's padding ends."""
    source = textwrap.dedent(inspect.getsource(module._CONSTRUCT._to_per))
    changes = (
        ("_gen_ext, Bm, cnt = [], [], 1", "{0}\n        root_end, ASN1CodecPER._off[-1] = ASN1CodecPER._off[-1], 0"),
        ("if not Bm:", "added, ASN1CodecPER._off[-1] = ASN1CodecPER._off[-1], root_end\n        {0}"),
        ("GEN.extend(_gen_ext)", "{0}\n        ASN1CodecPER._off[-1] += added"),
    )
    for found, replacement in changes:
        if source.count(found) != 1:
            raise AssertionError(f"pycrate is not the version this was written for: {found!r}")
        source = source.replace(found, replacement.format(found))
    names = {}
    exec(compile(source, "pycrate, mended", "exec"), module.__dict__, names)  # noqa: S102 - its own source
    for kind in (module._CONSTRUCT, module.SEQ, module.SET):
        if "_to_per" in vars(kind):
            kind._to_per = names["_to_per"]


def swift_name(name: str) -> str:
    """The name of a component or alternative as the Swift types have it."""
    if name == "h323-uu-pdu":
        return "h323UUPDU"
    first, *others = name.split("-")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


def _bounds(ranges, default):
    if ranges is None or ranges.lb is None or ranges.ub is None:
        return default
    return ranges.lb, ranges.ub


class Generator:
    """Random values of pycrate's types; smaller the deeper they are."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def value(self, kind, depth: int = 0):
        return getattr(self, "_" + kind.TYPE.replace(" ", "_").lower())(kind, depth)

    def _length(self, kind, most: int = 6) -> int:
        low, high = _bounds(getattr(kind, "_const_sz", None), (0, most))
        return low if low == high else self.random.randint(low, min(high, low + self.random.choice((0, 2, most))))

    def _boolean(self, _kind, _depth):
        return self.random.random() < 0.5

    def _null(self, _kind, _depth):
        return 0

    def _integer(self, kind, _depth):
        low, high = _bounds(getattr(kind, "_const_val", None), (-(2**40), 2**40))
        choices = (low, high, self.random.randint(low, high), min(high, low + 1), min(high, max(low, 256)))
        return self.random.choice(choices)

    def _enumerated(self, kind, _depth):
        return self.random.choice([name for name in kind._cont if name in kind._root])

    def _octet_string(self, kind, _depth):
        length = self._length(kind)
        if getattr(kind, "_const_sz", None) is None and self.random.random() < 0.02:
            length = self.random.choice((127, 128, 300))
        return self.random.randbytes(length)

    def _bit_string(self, kind, _depth):
        length = self._length(kind, 40)
        return (self.random.getrandbits(length) if length else 0, length)

    def _object_identifier(self, _kind, _depth):
        return self.random.choice(((0, 0, 8, 2250, 0, 4), (0, 0, 8, 235, 0, 2, 1), (1, 3, 6, 1, 4, 1, 2**31), (2, 999)))

    def _ia5string(self, kind, _depth):
        alphabet = getattr(kind, "_const_alpha", None)
        letters = sorted(alphabet.root) if alphabet is not None else [chr(code) for code in range(32, 127)]
        return "".join(self.random.choices(letters, k=self._length(kind, 20)))

    def _printablestring(self, kind, _depth):
        return "".join(self.random.choices("abcXYZ 019.", k=self._length(kind, 20)))

    def _bmpstring(self, kind, _depth):
        return "".join(self.random.choices("abcäЖ語01", k=self._length(kind, 12)))

    def _open_type(self, _kind, _depth):
        raise Unsupported

    def _sequence_of(self, kind, depth):
        low, high = _bounds(getattr(kind, "_const_sz", None), (0, 3))
        high = max(low, min(high, 3 if depth < 5 else 1))
        return [self.value(kind._cont, depth + 1) for _ in range(self.random.randint(low, high))]

    _set_of = _sequence_of

    def _sequence(self, kind, depth):
        value = {}
        wanted = (0.5, 0.35, 0.25, 0.15)[depth] if depth < 4 else 0.0
        additions = self.random.random() < (0.7 if depth < 4 else 0.1)
        for name, component in kind._cont.items():
            optional = component._opt or component._def is not None
            is_addition = name not in kind._root
            if is_addition and (not additions or (not optional and self.random.random() < 0.1)):
                continue
            if optional and self.random.random() > wanted:
                continue
            try:
                value[name] = self.value(component, depth + 1)
            except Unsupported:
                if not optional:
                    raise
        return value

    def _choice(self, kind, depth):
        names = list(kind._cont)
        if depth > 6:
            # What ends soon.
            names.sort(key=lambda name: kind._cont[name].TYPE in ("SEQUENCE", "CHOICE", "SEQUENCE OF"))
            names = names[:2]
        for _ in range(8):
            name = self.random.choice(names)
            try:
                return (name, self.value(kind._cont[name], depth + 1))
            except Unsupported:
                continue
        raise Unsupported


class Unsupported(Exception):
    """A type that no values are made of: signed structures within structures."""


class Difference(AssertionError):
    """A value that is not the same on both sides."""


def compare(kind, theirs, ours, path: str = "") -> int:
    """The number of leaves that were compared; a `Difference` when one is not the same. What our types keep without
    reading it is not compared here."""
    count = 0
    if kind.TYPE == "SEQUENCE":
        if set(ours) == {"high", "low", "port"}:  # An ip6Address with something more in it.
            return _same(theirs["port"], ours["port"], path)
        names = {swift_name(name): name for name in theirs}
        for name, value in ours.items():
            if name not in names and value is not False:
                raise Difference(f"{path}.{name}: {value!r} and nothing")
        for swift, name in names.items():
            if swift in ours:
                count += compare(kind._cont[name], theirs[name], ours[swift], f"{path}.{name}")
            elif name in kind._root and kind._cont[name].TYPE != "NULL":
                raise Difference(f"{path}.{name} is missing")
        return count
    if kind.TYPE == "CHOICE":
        name, value = theirs
        if isinstance(ours, dict) and set(ours) == {"alternative"} or isinstance(ours, dict) and "index" in ours:
            alternative = ours.get("alternative", ours)
            return _same(list(kind._cont).index(name), alternative["index"], path)
        if isinstance(ours, dict) and "other" in ours:
            return _same(list(kind._cont).index(name), ours["other"]["index"], path)
        if isinstance(ours, str):
            return _same(swift_name(name), ours, path)
        (label,) = ours
        return _same(swift_name(name), label, path) + compare(kind._cont[name], value, ours[label], f"{path}.{name}")
    if kind.TYPE in ("SEQUENCE OF", "SET OF"):
        _same(len(theirs), len(ours), path)
        return 1 + sum(
            compare(kind._cont, a, b, f"{path}[{place}]") for place, (a, b) in enumerate(zip(theirs, ours, strict=True))
        )
    return _same(_plain(kind, theirs, ours), ours, path)


def _same(theirs, ours, path: str) -> int:
    if theirs != ours:
        raise Difference(f"{path}: {theirs!r} there, {ours!r} here")
    return 1


def _plain(kind, theirs, ours):
    """A leaf of pycrate's as the pipe writes it."""
    match kind.TYPE:
        case "NULL":
            return True if ours is True else ours
        case "OCTET STRING":
            return theirs.hex()
        case "BIT STRING":
            bits, count = theirs
            size = (count + 7) // 8
            return {"bits": count, "octets": (bits << (size * 8 - count)).to_bytes(size, "big").hex()}
        case "OBJECT IDENTIFIER":
            return ".".join(map(str, theirs))
        case "BMPString":
            return theirs.encode("utf-16-be").hex()
        case "IA5String" | "PrintableString":
            return theirs.encode().hex()
        case "ENUMERATED":
            return {"index": list(kind._cont).index(theirs)}
        case _:
            return theirs
