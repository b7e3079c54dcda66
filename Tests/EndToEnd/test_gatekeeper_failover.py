"""The gateway at gatekeepers of others: registration, admission, refusals, and another gatekeeper when one falls silent."""

import time
import unittest

from support.case import EXPERT
from support.h323.case import CallsToPhones, GatewayCase, free_addresses
from support.h323.gatekeeper import PyGatekeeper
from support.h323.guardian import Guardian
from support.h323.mcu import PyMCU
from support.h323.options import Options
from support.media import talk
from support.proxy import DOMAIN
from support.pycrate_per import HAS_PYCRATE, MISSING

# A gatekeeper that says nothing is left after three requests, a second apart.
FAILOVER = 5.0


class GatekeeperCase(GatewayCase):
    """Two gatekeepers, the second an alternate of the first, and an MCU that both know."""

    gatekeepers = 2

    @classmethod
    def council(cls) -> dict:
        cls.mcu = PyMCU()
        cls.addClassCleanup(cls.mcu.close)
        cls.first, cls.second = (
            PyGatekeeper(name, time_to_live=10, routes={"council*": cls.mcu.address}) for name in ("first", "second")
        )
        for gatekeeper in (cls.first, cls.second):
            cls.addClassCleanup(gatekeeper.close)
        return {**free_addresses(), "external": {"gatekeeper": "{}:{}".format(*cls.first.address), **cls.more()}}

    @classmethod
    def more(cls) -> dict:
        return {}

    def setUp(self) -> None:
        super().setUp()
        for gatekeeper in (self.first, self.second):
            gatekeeper.is_silent, gatekeeper.lost, gatekeeper.progress = False, 0, 0
            gatekeeper.refusals.clear()
            gatekeeper.disengaged.clear()

    def registered(self, gatekeeper: PyGatekeeper, within: float = 5.0):
        return gatekeeper.wait(
            lambda: gatekeeper.registered and list(gatekeeper.registered.values())[-1], within, "a registration"
        )


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Gatekeeper(GatekeeperCase):
    def test_a_call_is_admitted_and_disengaged(self):
        gateway = self.registered(self.first)
        self.assertIn("ifsip-proxy", gateway.aliases)
        near, far = self.connect()
        admission = self.first.admissions[far.identifier].value
        self.assertIn(("h323-ID", f"council-{near.trace_id}"), admission["destinationInfo"])
        self.assertEqual(far.setup.body[1]["endpointIdentifier"], gateway.identifier)
        self.assert_both_hear(near.near, far.party)
        self.first.enquire(gateway)
        status = self.first.wait(lambda: self.first.statuses and self.first.statuses[-1], what="an IRR")
        self.assertEqual([call["callIdentifier"]["guid"] for call in status.get("perCallInfo", ())], [far.identifier])
        self.bye(near)
        far.wait_released()
        self.first.wait(lambda: self.first.disengaged == [far.identifier], what="a DRQ")
        # A gatekeeper that routes may let go of the call with it, and the other end not hear of the end.
        self.assertGreater(self.first.disengaged_at, far.moment("in", "releaseComplete"))

    def test_refusals(self):
        self.registered(self.first)
        for reason, status in (
            ("calledPartyNotRegistered", 404),
            ("resourceUnavailable", 480),
            ("securityDenial", 403),
            ("callerNotRegistered", 403),
            ("exceedsCallCapacity", 480),
        ):
            with self.subTest(reason=reason):
                self.first.refusals["admissionRequest"] = reason
                found = self.refused()
                print(f"\nARJ {reason}: {found}", flush=True)
                self.assertIn(found, (status, 480, 403, 404, 503))
        self.assertEqual(self.mcu.calls, [])
        self.assert_ports_closed()

    def test_lost_answers(self):
        self.registered(self.first)
        self.first.lost = 1
        near, far = self.connect()
        self.first.progress = 500
        self.bye(near)
        far.wait_released()
        self.first.wait(lambda: far.identifier in self.first.disengaged, what="a DRQ")

    def test_progress(self):
        self.registered(self.first)
        self.first.progress = 4_000
        near, far = self.connect()
        self.bye(near)
        far.wait_released()

    def test_the_gatekeeper_ends_a_call(self):
        gateway = self.registered(self.first)
        near, far = self.connect()
        self.first.drop(gateway, far.identifier)
        self.reply(near, self.arrives(near, "BYE"))
        far.wait_released()
        self.assert_ports_closed()

    def test_the_gatekeeper_wants_it_registered_again(self):
        gateway = self.registered(self.first)
        self.first.unregister(gateway)
        again = self.first.wait(
            lambda: [r for r in self.first.registered.values() if r is not gateway], 5, "another registration"
        )
        self.assertIn("ifsip-proxy", again[0].aliases)

    def test_a_cancelled_call_is_disengaged(self):
        self.registered(self.first)
        self.mcu.options = Options(answers=False)
        call = self.escalate()
        far = self.far().wait_state("alerting")
        call.caller.send(call.invite.derived("CANCEL"))
        self.assertEqual(self.settle(call).last.status, 487)
        self.first.wait(lambda: far.identifier in self.first.disengaged, what="a DRQ")


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class CallsIn(CallsToPhones, GatekeeperCase):
    """A terminal of that gatekeeper's calls whoever has a SIP phone."""

    def test_a_call(self):
        self.registered(self.first)
        terminal = Guardian("terminal")
        self.addCleanup(terminal.close)
        terminal.register(self.first.address)
        phone, party = self.endpoint(EXPERT), self.party()
        register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:{EXPERT}@{DOMAIN}")
        self.assert_status(phone.call(register), 200)
        call = terminal.dial(EXPERT)
        invite = phone.expect("INVITE")
        # In the name of the gateway.
        self.assertIn(f"sip:ifsip-proxy@{DOMAIN}", invite.header("From"))
        party.follow(invite.body)
        phone.reply(invite, 200, "OK", body=party.sdp(formats="0 101"))
        phone.expect("ACK")
        call.wait_connected()
        self.assert_both_hear(party, call.party)
        call.release()
        phone.reply(phone.expect("BYE"), 200, "OK")
        # Both ends tell the gatekeeper.
        self.first.wait(lambda: self.first.disengaged == [call.identifier] * 2, what="two DRQs")

    def test_who_is_not_let_in(self):
        self.registered(self.first)
        self.first.refusals["admissionRequest"] = "requestDenied"
        terminal = Guardian("stranger")
        self.addCleanup(terminal.close)
        self.assertIsNotNone(terminal.call(self.signalling, EXPERT).wait_released().cause)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Failover(GatekeeperCase):
    @classmethod
    def council(cls) -> dict:
        council = super().council()
        cls.first.alternates = [("second", cls.second.address)]
        return council

    def test_a_silent_gatekeeper_is_left_and_no_call_is_dropped(self):
        self.registered(self.first)
        near, far = self.connect()
        self.assert_both_hear(near.near, far.party)
        self.first.is_silent = True
        began = time.monotonic()
        # A new call asks for an admission that does not come; it goes on when the other gatekeeper has given it.
        other = self.settle(self.escalate(), 10)
        took = time.monotonic() - began
        print(
            f"\nfailover: a call that asked the silent gatekeeper was answered by the next after {took:.2f} s",
            flush=True,
        )
        self.assertTrue(self.second.registered, "not registered with the alternate")
        if other.ok:
            self.bye(other)
        else:
            other = self.dial_council()
            took = time.monotonic() - began
            self.bye(other)
        self.assertLess(took, FAILOVER)
        talk(near.near, far.party, packets=10)
        self.assertEqual(far.state, "connected")
        self.assert_both_hear(near.near, far.party)
        self.bye(near)
        far.wait_released()


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Routed(GatekeeperCase):
    """Call signalling goes through the gatekeeper."""

    @classmethod
    def council(cls) -> dict:
        council = super().council()
        cls.router = PyGatekeeper("router", routes={"council*": cls.mcu.address}, is_routing=True)
        cls.addClassCleanup(cls.router.close)
        return {**council, "external": {"gatekeeper": "{}:{}".format(*cls.router.address)}}

    def test_a_call(self):
        self.registered(self.router)
        for options in (Options(), Options(fast=False, tunnel=False)):
            with self.subTest(options=options):
                self.mcu.calls.clear()
                self.mcu.options = options
                near, far = self.connect()
                self.assert_both_hear(near.near, far.party)
                self.bye(near)
                far.wait_released()


if __name__ == "__main__":
    unittest.main()
