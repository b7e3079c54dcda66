"""Peers of versions to come: every message has additions, alternatives, features and elements that nobody knows. Calls and
registrations go through all the same."""

import unittest

from support.h323.case import GatewayCase, H323Case, free_addresses
from support.h323.gatekeeper import PyGatekeeper
from support.h323.guardian import Guardian
from support.h323.mcu import PyMCU
from support.h323.options import Options
from support.h323.strange import strange_peers
from support.media import Party, Tone, talk
from support.pycrate_per import HAS_PYCRATE, MISSING

WAYS = {
    "fast and tunnelled": {},
    "fast, H.245 beside it": {"tunnel": False},
    "slow and tunnelled": {"fast": False},
    "slow, H.245 beside it": {"fast": False, "tunnel": False},
    "slow and early": {"fast": False, "tunnel": False, "early": True},
    "fast in Alerting": {"fast_in": "alerting", "version": 7},
}


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class WithOthers(GatewayCase):
    """A gatekeeper and an MCU of others."""

    @classmethod
    def council(cls) -> dict:
        strange = strange_peers()
        strange.__enter__()
        cls.addClassCleanup(strange.__exit__, None, None, None)
        cls.mcu = PyMCU()
        cls.addClassCleanup(cls.mcu.close)
        cls.others = PyGatekeeper("others", routes={"council*": cls.mcu.address})
        cls.addClassCleanup(cls.others.close)
        return {**free_addresses(), "external": {"gatekeeper": "{}:{}".format(*cls.others.address)}}

    def walk(self, **options) -> None:
        self.others.wait(lambda: self.others.registered, what="a registration")
        self.mcu.options = Options(**options)
        near, far = self.connect()
        self.assert_both_hear(near.near, far.party)
        far.press("5")
        info = self.arrives(near, "INFO")
        self.reply(near, info)
        self.others.enquire(next(iter(self.others.registered.values())), far.identifier)
        self.others.wait(lambda: self.others.statuses, what="an IRR")
        self.bye(near)
        far.wait_released()
        self.others.wait(lambda: far.identifier in self.others.disengaged, what="a DRQ")


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class WithUs(H323Case):
    """A terminal of others, at our gatekeeper and in our council."""

    @classmethod
    def guardians(cls) -> list[dict]:
        return [{"id": "if://guardian/open", "aliases": ["open"], "token": "none", "status": "active"}]

    def walk(self, **options) -> None:
        expert = self.dial_council("council-strange")
        with strange_peers(), Guardian("open", Options(**options), frequency=700.0) as guardian:
            guardian.register(self.ras)
            call = guardian.dial("council-strange").wait_connected()
            self.assert_mixed(expert.near, call.party)
            call.release()
            guardian.registration.loop.wait(lambda: not guardian.registration.admitted, 5, "DCF")
        self.bye(expert)

    def assert_mixed(self, *parties: Party) -> None:
        talk(*parties, packets=60, interval=0.02)
        for listener, speaker in (parties, parties[::-1]):
            # The beginning is the jitter buffer's.
            heard = Tone.of(listener.audio()[-4_000:])
            self.assertAlmostEqual(heard.frequency, speaker.frequency, delta=2)
            self.assertAlmostEqual(heard.level, Tone.of(speaker.said()).level, delta=1)


def _add_tests() -> None:
    """One of each class for every way to begin."""
    for words, options in WAYS.items():
        name = "test_" + "".join(letter if letter.isalnum() else "_" for letter in words.lower())
        for case in (WithOthers, WithUs):
            setattr(case, name, lambda self, options=options: self.walk(**options))


_add_tests()

if __name__ == "__main__":
    unittest.main()
