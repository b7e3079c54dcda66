"""Whoever is called wants the call led elsewhere before it answers: where that may be, and where not."""

import os
import unittest
from typing import ClassVar

from support.h323.case import GatewayCase
from support.h323.mcu import PyMCU
from support.h323.options import Options
from support.pycrate_per import HAS_PYCRATE, MISSING
from test_gatekeeper_failover import GatekeeperCase

STRANGER = ("192.0.2.77", 1_720)
LOOPBACK_STRANGER = "127.0.0.2"


class RedirectionCase:
    """A second MCU on the host of the first, and one on another host."""

    other: ClassVar[PyMCU]

    @classmethod
    def setUpClass(cls):
        cls.other = PyMCU(frequency=700.0)
        cls.addClassCleanup(cls.other.close)
        cls.elsewhere = PyMCU(host=LOOPBACK_STRANGER)
        cls.addClassCleanup(cls.elsewhere.close)
        super().setUpClass()

    def setUp(self):
        super().setUp()
        for mcu in (self.other, self.elsewhere):
            mcu.options = Options()
            mcu.calls.clear()

    def forward(self, reason: str, address=None, name=None, **options) -> None:
        self.mcu.options = Options(forwards=(reason, address, name), **options)

    def walk(self, room: str, to: PyMCU | None = None) -> tuple:
        """A call that comes to the second MCU (or to `to`), and ends there."""
        near = self.dial_council()
        first, far = self.far(), (to or self.other).wait_call().wait_connected()
        first.wait_released()
        self.assertEqual(far.identifier, first.identifier)
        self.assertEqual(far.setup.body[1]["destinationAddress"], [("h323-ID", room)])
        self.assert_both_hear(near.near, far.party)
        self.bye(near)
        far.wait_released()
        return first.setup.body[1], far.setup.body[1]


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class WithoutGatekeeper(RedirectionCase, GatewayCase):
    def test_to_the_same_host(self):
        for reason, goal in (("callForwarded", "create"), ("routeCallToMC", "join")):
            for goes in (False, True):
                with self.subTest(reason=reason, goes=goes):
                    self.mcu.calls.clear()
                    self.other.calls.clear()
                    conference = os.urandom(16)
                    self.forward(
                        reason, self.other.address, "council-b", forwards_and_goes=goes, forward_conference=conference
                    )
                    first, second = self.walk("council-b")
                    self.assertEqual(second["conferenceGoal"][0], goal)
                    wanted = conference if goal == "join" else first["conferenceID"]
                    self.assertEqual(second["conferenceID"], wanted)

    def test_to_a_strangers_address(self):
        for address in (self.elsewhere.address, STRANGER):
            with self.subTest(address=address):
                self.mcu.calls.clear()
                self.forward("callForwarded", address, "council-b")
                self.assertEqual(self.refused(), 403)
                self.far().wait_released()
        self.assertEqual(self.elsewhere.calls, [])

    def test_to_a_gatekeeper_that_is_none(self):
        self.forward("routeCallToGatekeeper", self.other.address)
        self.assertEqual(self.refused(), 403)
        self.assertEqual(self.other.calls, [])

    def test_in_circles(self):
        self.forward("callForwarded", self.other.address, "council-b")
        self.other.options = Options(forwards=("callForwarded", self.mcu.address, "council-c"))
        self.assertEqual(self.refused(), 483)
        self.assertLessEqual(len(self.mcu.calls) + len(self.other.calls), 4)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class WithGatekeeper(RedirectionCase, GatekeeperCase):
    @classmethod
    def council(cls) -> dict:
        council = super().council()
        cls.first.routes["other"] = cls.other.address
        cls.first.routes["far"] = cls.elsewhere.address
        cls.first.signalling = [cls.other.address]
        return council

    def test_by_leave_of_the_gatekeeper(self):
        self.registered(self.first)
        # The address is a peer's word; where the gatekeeper says is where it goes, be it another host.
        for name, mcu in (("other", self.other), ("far", self.elsewhere)):
            with self.subTest(name):
                self.mcu.calls.clear()
                self.forward("callForwarded", STRANGER, name)
                first, _ = self.walk(name, mcu)
                asked = self.first.admissions[first["callIdentifier"]["guid"]].value
                self.assertEqual(asked["destinationInfo"], [("h323-ID", name)])

    def test_the_gatekeeper_does_not_let_it_go(self):
        self.registered(self.first)
        self.forward("callForwarded", self.other.address, "nobody")
        self.assertEqual(self.refused(), 404)
        self.assertEqual(self.other.calls, [])

    def test_to_an_address_alone(self):
        self.registered(self.first)
        self.forward("callForwarded", self.elsewhere.address)
        self.assertEqual(self.refused(), 403)
        self.assertEqual(self.elsewhere.calls, [])

    def test_to_the_gatekeeper(self):
        self.registered(self.first)
        self.forward("routeCallToGatekeeper", self.other.address)
        near = self.dial_council()
        far = self.other.wait_call().wait_connected()
        self.assertEqual(far.setup.body[1]["destinationAddress"], [("h323-ID", f"council-{near.trace_id}")])
        self.bye(near)
        self.mcu.calls.clear()
        self.forward("routeCallToGatekeeper", self.elsewhere.address)
        self.assertEqual(self.refused(), 403)
        self.assertEqual(self.elsewhere.calls, [])


if __name__ == "__main__":
    unittest.main()
