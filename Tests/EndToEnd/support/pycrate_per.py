"""pycrate as an oracle for H.225.0 and H.245: values of its types made at random, encoded, decoded and compared.

pycrate 0.8.1 encodes the extension additions of a SEQUENCE before it writes the bitmap in front of them, and pads the
first one as if it stood where the root ended. Importing a module here mends that at run time.
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


class NoValue(Exception):
    """A type that no value is made of: an open type, or one within itself, where pycrate has one place for both values."""


class Values:
    """Values at random of pycrate's types, smaller the deeper they are; none has a type within itself.

    - shares: how often an optional component is there, by depth; none is beyond.
    - lost: how often a mandatory addition is not there though others of its type are.
    - avoided: alternatives of a CHOICE that are never taken.
    """

    MOST = 3
    """The most elements of a list."""

    def __init__(self, seed: int, shares: tuple[float, ...], lost: float = 0.0, avoided: tuple[str, ...] = ()):
        self.random = random.Random(seed)
        self.shares, self.lost, self.avoided = shares, lost, avoided
        self.path: list[str | None] = []

    def value(self, kind, depth: int = 0):
        name = kind._typeref.called if kind._typeref is not None else None
        if name is not None and name in self.path:
            raise NoValue
        self.path.append(name)
        try:
            return getattr(self, "_" + kind.TYPE.replace(" ", "_").lower())(kind, depth)
        finally:
            self.path.pop()

    def _is_deep(self, depth: int) -> bool:
        return depth >= len(self.shares)

    def _boolean(self, _kind, _depth):
        return self.random.random() < 0.5

    def _null(self, _kind, _depth):
        return 0

    def _integer(self, kind, _depth):
        low, high = _bounds(kind._const_val, -(1 << 40), 1 << 40)
        near = min(high, low + self.random.choice((1, 16, 300, 70_000, 1 << 32)))
        choices = (low, high, self.random.randint(low, high), near, self.random.randint(low, near))
        return self.random.choice(choices)

    def _enumerated(self, kind, _depth):
        return self.random.choice([name for name in kind._cont if name in kind._root])

    def _size(self, kind, most: int) -> int:
        low, high = _bounds(kind._const_sz, 0, most)
        if high <= 256 and self.random.random() < 0.02:
            return high
        return self.random.randint(low, min(high, low + self.random.choice((0, 2, most))))

    def _octet_string(self, kind, _depth):
        size = self._size(kind, 12)
        if kind._const_sz is None and self.random.random() < 0.03:
            size = self.random.choice((127, 128, 300))
        return self.random.randbytes(size)

    def _bit_string(self, kind, _depth):
        size = self._size(kind, 40)
        return (self.random.getrandbits(size) if size else 0, size)

    def _object_identifier(self, _kind, _depth):
        first = self.random.randrange(3)
        second = self.random.randrange(40) if first < 2 else self.random.randrange(1_000)
        rest = (self.random.choice((0, 1, 127, 128, 2_250, 99_999, 1 << 31)) for _ in range(self.random.randrange(6)))
        return (first, second, *rest)

    def _text(self, kind, letters: str) -> str:
        alphabet = getattr(kind, "_const_alpha", None)
        if alphabet is not None:
            letters = sorted(alphabet.root)
        return "".join(self.random.choices(letters, k=self._size(kind, 20)))

    def _ia5string(self, kind, _depth):
        return self._text(kind, "".join(map(chr, range(32, 127))))

    _visiblestring = _generalstring = _ia5string

    def _printablestring(self, kind, _depth):
        return self._text(kind, "abcXYZ 019.")

    def _numericstring(self, kind, _depth):
        return self._text(kind, "0123456789 ")

    def _bmpstring(self, kind, _depth):
        return self._text(kind, "abcäßЖ€語01")

    def _open_type(self, _kind, _depth):
        raise NoValue

    def _sequence_of(self, kind, depth):
        low, high = _bounds(kind._const_sz, 0, self.MOST)
        most = low if self._is_deep(depth) else max(low, min(high, self.MOST))
        try:
            return [self.value(kind._cont, depth + 1) for _ in range(self.random.randint(low, most))]
        except NoValue:
            if low > 0:
                raise
            return []

    _set_of = _sequence_of

    def _sequence(self, kind, depth):
        value = {}
        share = 0.0 if self._is_deep(depth) else self.shares[depth]
        has_additions = self.random.random() < (0.1 if self._is_deep(depth) else 0.6)
        for name, component in kind._cont.items():
            is_optional = component._opt or component._def is not None
            if name in (kind._ext or ()) and not (has_additions and self.random.random() >= self.lost):
                continue
            if is_optional and self.random.random() >= share:
                continue
            try:
                value[name] = self.value(component, depth + 1)
            except NoValue:
                if not is_optional:
                    raise
        return value

    _set = _sequence

    def _choice(self, kind, depth):
        names = [name for name in kind._cont if name not in self.avoided]
        self.random.shuffle(names)
        if self._is_deep(depth):
            # What ends soon.
            names.sort(key=lambda name: kind._cont[name].TYPE in ("SEQUENCE", "CHOICE", "SEQUENCE OF", "SET OF"))
        for name in names:
            try:
                return (name, self.value(kind._cont[name], depth + 1))
            except NoValue:
                continue
        raise NoValue


def _bounds(constraint, low: int, high: int) -> tuple[int, int]:
    if constraint is None or not constraint.root:
        return low, high
    return (low if constraint.lb is None else constraint.lb), (high if constraint.ub is None else constraint.ub)


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
