"""Gatekeepers of others that do not know the password of H.235.1, or want something else, are left; not those that leave
only discovery unsealed."""

import unittest

from support.pycrate_per import HAS_PYCRATE, MISSING
from test_h323_h235 import SealedCase

OTHER_ALGORITHM = (0, 0, 8, 235, 0, 2, 9)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Spoilt(SealedCase):
    """The first gatekeeper has another password."""

    @classmethod
    def prepare(cls) -> None:
        cls.first.ras.key.spoils = True

    def test_the_next_one_is_taken(self):
        self.registered(self.second)
        self.assertFalse(self.first.registered)
        self.bye(self.connect()[0])


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Plain(SealedCase):
    """The first gatekeeper seals nothing."""

    @classmethod
    def prepare(cls) -> None:
        cls.first.ras.key = None

    def test_the_next_one_is_taken(self):
        self.registered(self.second)
        self.bye(self.connect()[0])
        # It believes that we are registered, and is never asked anything.
        self.assertFalse(self.first.admissions)
        self.assertTrue(self.second.admissions)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class PlainDiscovery(SealedCase):
    """The first gatekeeper seals everything but GCF."""

    @classmethod
    def prepare(cls) -> None:
        cls.first.ras.key.is_found_plainly = True

    def test_it_is_taken(self):
        self.registered(self.first)
        self.bye(self.connect()[0])
        self.assertFalse(self.second.registered)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class AnotherAlgorithm(SealedCase):
    """The first gatekeeper chooses what was not offered."""

    @classmethod
    def prepare(cls) -> None:
        cls.first.algorithm = OTHER_ALGORITHM

    def test_the_next_one_is_taken(self):
        self.registered(self.second, 2)
        self.assertFalse(self.first.registered)


if __name__ == "__main__":
    unittest.main()
