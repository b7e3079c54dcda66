"""What gatekeepers are told unasked, and what becomes of calls that they refuse, drop or send elsewhere."""

import unittest

from support.h323.gatekeeper import alternate
from support.h323.options import Options
from support.pycrate_per import HAS_PYCRATE, MISSING
from test_gatekeeper_failover import GatekeeperCase


class ReportCase(GatekeeperCase):
    def setUp(self) -> None:
        super().setUp()
        for gatekeeper in (self.first, self.second):
            gatekeeper.statuses.clear()
            gatekeeper.refers = None


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Reports(ReportCase):
    @classmethod
    def council(cls) -> dict:
        council = super().council()
        cls.first.irr_frequency = 1
        return council

    @classmethod
    def make_proxy(cls):
        proxy = super().make_proxy()
        # Each reactor has its share of the calls.
        proxy.config |= {"calls": {"max_active": 2}, "reactors": 1}
        proxy.write_config()
        return proxy

    def test_calls_are_told_of(self):
        self.registered(self.first)
        near, far = self.connect()
        self.first.wait(lambda: len(self.first.statuses) >= 2, what="two IRRs")
        for status in self.first.statuses[:2]:
            self.assertTrue(status["unsolicited"] and status["needResponse"])
            self.assertEqual([call["callIdentifier"]["guid"] for call in status["perCallInfo"]], [far.identifier])
        # Nine tenths of two are two, and eight tenths too.
        self.assertEqual(self.first.resources, [])
        other = self.dial_council()
        self.first.wait(lambda: self.first.resources == [True], what="RAI")
        self.bye(other)
        self.first.wait(lambda: self.first.resources == [True, False], what="RAI")
        self.bye(near)
        far.wait_released()
        told = len(self.first.statuses)
        self.first.loop.wait(lambda: far.identifier in self.first.disengaged, 5, "DRQ")
        self.assertLessEqual(len(self.first.statuses) - told, 1)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Refused(ReportCase):
    def test_a_call_that_rings_is_dropped(self):
        gateway = self.registered(self.first)
        self.mcu.options = Options(answers=False)
        call = self.escalate()
        far = self.far().wait_state("alerting")
        self.first.drop(gateway, far.identifier)
        self.assertEqual(self.settle(call).last.status, 480)
        far.wait_released()
        self.assert_ports_closed()

    def test_one_call_is_sent_elsewhere(self):
        gateway = self.registered(self.first)
        self.second.registered[gateway.identifier] = gateway
        self.addCleanup(self.second.registered.clear)
        self.first.refusals["admissionRequest"] = "resourceUnavailable"
        others = [alternate("second", self.second.address, needs=False)]
        self.first.refers = {"alternateGatekeeper": others, "altGKisPermanent": False}
        near, far = self.connect()
        self.assertIn(far.identifier, self.second.admissions)
        self.assertNotIn(far.identifier, self.first.admissions)
        self.bye(near)
        far.wait_released()

    def test_the_gateway_is_sent_elsewhere(self):
        self.registered(self.first)
        self.first.refusals["admissionRequest"] = "resourceUnavailable"
        others = [alternate("second", self.second.address)]
        self.first.refers = {"alternateGatekeeper": others, "altGKisPermanent": True}
        near, far = self.connect()
        self.assertIn(far.identifier, self.second.admissions)
        self.assertEqual(len(self.second.registered), 1)
        self.bye(near)
        far.wait_released()
        self.second.wait(lambda: far.identifier in self.second.disengaged, what="a DRQ")


if __name__ == "__main__":
    unittest.main()
