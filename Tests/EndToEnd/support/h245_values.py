"""Values at random of the types of H.245 as pycrate (PyPI) has them, of which some stand within themselves.

What imports this runs in the Python of .build-venv, where tools/test installs pycrate.
"""

import random
import string

from pycrate_asn1rt.asnobj import ASN1Obj

MAX_ELEMENTS = 3
"""The most elements of a list at random; now and then one is longer."""


def _bounds(constraint, lowest: int, highest: int) -> tuple[int, int]:
    if constraint is None or not constraint.root:
        return lowest, highest
    lower, upper = constraint.lb, constraint.ub
    return (lowest if lower is None else lower), (highest if upper is None else upper)


class _WithinItself(Exception):
    """A type would stand within itself: pycrate has one place for both values and mixes them up."""


class Values:
    """Values at random of pycrate's types; none has a type within itself, or an alternative of a CHOICE that is avoided."""

    def __init__(self, seed: int, depth: int = 12, avoided: tuple[str, ...] = ()):
        self.random = random.Random(seed)
        self.depth = depth
        self.avoided = avoided
        self.path = []

    def value(self, kind: ASN1Obj, depth: int = 0):
        name = kind._typeref.called if kind._typeref is not None else None
        if name is not None and name in self.path:
            raise _WithinItself
        self.path.append(name)
        try:
            return getattr(self, "_" + kind.TYPE.lower().replace(" ", "_"))(kind, depth)
        finally:
            self.path.pop()

    def _null(self, kind, depth):
        return 0

    def _boolean(self, kind, depth):
        return self.random.random() < 0.5

    def _integer(self, kind, depth):
        lower, upper = _bounds(kind._const_val, 0, 70_000)
        edge = self.random.random()
        if edge < 0.15:
            return lower
        if edge < 0.3:
            return upper
        return self.random.randint(lower, min(upper, lower + self.random.choice((16, 300, 70_000, 1 << 32))))

    def _size(self, kind, most: int) -> int:
        lower, upper = _bounds(kind._const_sz, 0, most)
        size = self.random.randint(lower, max(lower, min(upper, lower + most)))
        return upper if upper <= 256 and self.random.random() < 0.02 else size

    def _octet_string(self, kind, depth):
        size = self._size(kind, 12)
        if kind._const_sz is None and self.random.random() < 0.03:
            size = self.random.choice((127, 128, 300))
        return self.random.randbytes(size)

    def _bit_string(self, kind, depth):
        size = self._size(kind, 40)
        return self.random.getrandbits(size) if size else 0, size

    def _object_identifier(self, kind, depth):
        first = self.random.randrange(3)
        second = self.random.randrange(40) if first < 2 else self.random.randrange(300)
        rest = (self.random.choice((0, 1, 127, 128, 99_999, 1 << 31)) for _ in range(self.random.randrange(6)))
        return first, second, *rest

    def _text(self, kind, alphabet: str) -> str:
        if kind._const_alpha is not None:
            alphabet = "".join(sorted(kind._const_alpha.root))
        return "".join(self.random.choice(alphabet) for _ in range(self._size(kind, 12)))

    def _ia5string(self, kind, depth):
        return self._text(kind, string.ascii_letters + string.digits + "#*@.-")

    _visiblestring = _printablestring = _generalstring = _ia5string

    def _numericstring(self, kind, depth):
        return self._text(kind, string.digits + " ")

    def _bmpstring(self, kind, depth):
        return self._text(kind, string.ascii_letters + "äß€漢")

    def _enumerated(self, kind, depth):
        return self.random.choice(kind._root)

    def _choice(self, kind, depth):
        names = [name for name in kind._cont if name not in self.avoided]
        if depth > self.depth:
            simple = [name for name in names if kind._cont[name].TYPE in ("NULL", "INTEGER", "BOOLEAN", "OCTET STRING")]
            names = simple or names[:1]
        self.random.shuffle(names)
        for name in names:
            try:
                return name, self.value(kind._cont[name], depth + 1)
            except _WithinItself:
                continue
        raise _WithinItself

    def _sequence(self, kind, depth):
        chosen = {}
        rest = 0.5 if depth < self.depth else 0.0
        additions = set(kind._ext or ())
        # A sender of a later version sends all the mandatory additions of the version, or none.
        is_extended = bool(additions) and self.random.random() < (0.4 if depth < self.depth else 0.0)
        for name, part in kind._cont.items():
            if name in additions and not is_extended:
                continue
            if (part._opt or part._def is not None) and self.random.random() >= rest:
                continue
            try:
                chosen[name] = self.value(part, depth + 1)
            except _WithinItself:
                if not part._opt:
                    raise
        return chosen

    _set = _sequence

    def _sequence_of(self, kind, depth):
        lower, upper = _bounds(kind._const_sz, 0, MAX_ELEMENTS)
        most = lower if depth > self.depth else max(lower, min(upper, MAX_ELEMENTS))
        try:
            return [self.value(kind._cont, depth + 1) for _ in range(self.random.randint(lower, most))]
        except _WithinItself:
            if lower > 0:
                raise
            return []

    _set_of = _sequence_of
