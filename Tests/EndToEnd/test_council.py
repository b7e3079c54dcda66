"""The council that is built in: guardians of pycrate's and an expert's phone in one room, and the gates before it."""

import os
import time
import unittest

from support.case import EXPERT
from support.h323.call import Call
from support.h323.capture import Capture, can_capture
from support.h323.case import CallsToPhones, H323Case
from support.h323.guardian import Guardian
from support.h323.options import Options
from support.h323.ras import Refused, Registration
from support.media import Party, amplitude, talk
from support.proxy import DOMAIN
from support.pycrate_per import HAS_PYCRATE, MISSING
from support.signing import Signer
from support.sip import Callee, Message, token


class CouncilCase(H323Case):
    """Guardians of every kind: with a key, without a token, suspended, of little bandwidth, with a password."""

    capacity = 4

    @classmethod
    def council(cls) -> dict:
        return {**super().council(), "capacity": cls.capacity}

    @classmethod
    def guardians(cls) -> list[dict]:
        cls.keys = {name: Signer() for name in ("technical", "civic")}
        for key in cls.keys.values():
            cls.addClassCleanup(key.close)
        entries = {
            "technical": {"key": cls.keys["technical"].public, "aliases": ["technical", "1001"]},
            "civic": {"key": cls.keys["civic"].public},
            "open": {"token": "none"},
            "other": {"token": "none"},
            "narrow": {"token": "none", "bandwidth_bps": 200_000},
            "secret": {"token": "none", "h235_password": "a shared secret"},
            "gone": {"token": "none", "status": "suspended"},
            "far": {"token": "none", "networks": ["192.0.2.0/24"]},
        }
        return [
            {"id": f"if://guardian/{name}", "aliases": [name], "status": "active", **entry}
            for name, entry in entries.items()
        ]

    def guardian(self, name: str, options: Options | None = None, *, registers: bool = True, **arguments) -> Guardian:
        guardian = Guardian(name, options, key=self.keys.get(name), **arguments)
        self.addCleanup(guardian.close)
        if registers:
            guardian.register(self.ras)
        return guardian

    def room(self) -> str:
        return token("council-r")

    def assert_refused(self, reason: str, action, *arguments, **options) -> None:
        with self.assertRaises(Refused) as caught:
            action(*arguments, **options)
        self.assertEqual(caught.exception.reason, reason)

    def assert_mixed(self, *parties: Party, packets: int = 75) -> None:
        """Everybody hears everybody else, and never themselves, each as loud as it was said. A machine that is busy with
        something else may send late what is to be mixed: then it is said again."""
        for is_last in (False, False, True):
            try:
                return self.assert_mixed_once(*parties, packets=packets)
            except AssertionError:
                if is_last:
                    raise

    def assert_mixed_once(self, *parties: Party, packets: int) -> None:
        talk(*parties, packets=packets, interval=0.02)
        for listener in parties:
            # The beginning is the jitter buffer's.
            heard = listener.audio()[-8_000:]
            self.assertGreater(len(heard), 6_000, f"{listener.frequency} heard {len(heard)} samples")
            for speaker in parties:
                level = amplitude(heard, speaker.frequency)
                if speaker is listener:
                    self.assertLess(level, 0.1 * speaker.amplitude, f"{listener.frequency} hears itself")
                else:
                    self.assertAlmostEqual(
                        level / speaker.amplitude, 1, delta=0.25, msg=f"{listener.frequency} hears {speaker.frequency}"
                    )

    def participants(self, room: str) -> list[dict]:
        status, found = self.api("GET", f"/v1/council/rooms/{room}")
        self.assertEqual(status, 200, found)
        return found["participants"]


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Rooms(CouncilCase):
    def test_an_expert_and_guardians_hear_each_other(self):
        """Fast and slow, tunnelled and not, µ-law and A-law in one room."""
        room = self.room()
        technical = self.guardian("technical", frequency=600.0, amplitude=4_000)
        civic = self.guardian(
            "civic",
            Options(fast=False, tunnel=False, codecs=("g711Alaw64k",)),
            frequency=1_000.0,
            amplitude=4_000,
        )
        first = technical.dial(room).wait_connected()
        second = civic.dial(room).wait_connected()
        expert = self.dial_council(room, frequency=1_700.0, amplitude=4_000)
        self.wait_metric("council_participants", 3)
        self.assert_mixed(expert.near, first.party, second.party)
        kinds = sorted((someone["kind"], someone.get("guardian", "")) for someone in self.participants(room))
        self.assertEqual([guardian for _, guardian in kinds if guardian], [civic.identity, technical.identity])
        # The expert leaves; the others go on.
        self.bye(expert)
        self.wait_metric("council_participants", 2)
        self.assert_mixed(first.party, second.party)
        first.release()
        second.release()
        self.wait_metric("council_participants", 0)
        self.wait_metric("council_rooms", 0)
        self.assert_ports_closed()

    def test_rooms_do_not_hear_each_other(self):
        calls = []
        for name, room, frequency in (
            ("technical", self.room(), 600.0),
            ("open", self.room(), 1_000.0),
        ):
            calls.append(self.guardian(name, frequency=frequency, amplitude=4_000).dial(room).wait_connected())
        one, other = calls
        talk(one.party, other.party, packets=50, interval=0.02)
        for listener, speaker in ((one.party, other.party), (other.party, one.party)):
            heard = listener.audio()
            self.assertLess(amplitude(heard, speaker.frequency) if heard else 0, 20)
        for call in calls:
            call.release()
        self.assert_ports_closed()

    def test_what_is_recorded(self):
        """One trace_id from the ARQ to the end."""
        trace_id = token("trace-")
        technical = self.guardian("technical")
        call = technical.dial(f"council-{trace_id}", trace_id=trace_id).wait_connected()
        expert = self.escalate()
        self.settle(expert)
        call.release()
        self.bye(expert)
        records = self.h323_records(trace_id, "h323.setup", "h323.connect", "h323.release")
        self.assertTrue(all(record.get("call_id") for record in records), records)
        self.h323_records(expert.trace_id, "h323.setup", "h323.connect", "h323.release")
        everything = self.proxy.records_until(
            lambda found: any(r["event"] == "h323.ras" and r.get("trace_id") == trace_id for r in found)
        )
        methods = {r["method"] for r in everything if r["event"] == "h323.ras"}
        self.assertTrue(methods, "no RAS in the records")
        self.assertEqual(self.proxy.verify().returncode, 0)

    def test_digits_are_nobodys_but_the_rooms(self):
        call = self.guardian("open").dial(self.room()).wait_connected()
        call.press("1")
        call.control.measure()
        call.wait(lambda: call.control.round_trips == 1, what="a round trip")
        call.enquire()
        call.wait(lambda: any(message.name == "status" for message in call.messages), what="Status")
        call.release()

    def test_hold_and_resume(self):
        room = self.room()
        one = self.guardian("technical", frequency=600.0, amplitude=4_000).dial(room).wait_connected()
        other = self.guardian("open", frequency=1_000.0, amplitude=4_000).dial(room).wait_connected()
        self.assert_mixed(one.party, other.party)
        one.hold()
        time.sleep(0.2)
        one.party.forget()
        time.sleep(0.3)
        one.party.listen()
        self.assertEqual(one.party.heard, [], "still sent to who is on hold")
        one.resume()
        one.wait_connected()
        self.assert_mixed(one.party, other.party)
        one.release()
        other.release()

    def test_the_operator_ends_a_room(self):
        room = self.room()
        call = self.guardian("technical").dial(room).wait_connected()
        expert = self.dial_council(room)
        self.assertIn(self.api("DELETE", f"/v1/council/rooms/{room}")[0], (200, 202, 204))
        call.wait_released()
        self.reply(expert, self.arrives(expert, "BYE"))
        self.wait_metric("council_rooms", 0)
        self.assert_ports_closed()

    def test_who_vanishes_leaves(self):
        call = self.guardian("technical").dial(self.room()).wait_connected()
        call.vanish()
        self.wait_metric("council_participants", 0)
        self.assert_ports_closed()

    def test_every_way_to_begin(self):
        for fast in (True, False):
            for tunnel in (True, False):
                for early in (True, False):
                    with self.subTest(fast=fast, tunnel=tunnel, early=early):
                        guardian = self.guardian("open", Options(fast=fast, tunnel=tunnel, early=early))
                        call = guardian.dial(self.room()).wait_connected()
                        call.release()
                        self.wait_metric("council_participants", 0)
                        guardian.close()
        self.assert_ports_closed()

    def test_odd_guardians(self):
        for options in (
            Options(version=2),
            Options(version=7, fast=False),
            Options(piece=1),
            Options(determination_first=True, multiplex=False, fast=False),
            Options(facility="transportedInformation", fast=False),
            Options(end_session=False),
            Options(acknowledges_rtcp=False, fast=False),
            Options(display="Civic", ends_display=True),
            Options(frames=30),
            Options(frames=10, fast=False),
        ):
            with self.subTest(options=options):
                guardian = self.guardian("other", options)
                guardian.dial(self.room()).wait_connected().release()
                self.wait_metric("council_participants", 0)
                guardian.close()

    @unittest.skipUnless(can_capture(), "SKIPPED, AND NOT SHOWN: no tshark, or no right to capture")
    def test_tshark_finds_nothing_wrong(self):
        with Capture() as capture:
            for name, options in (("technical", Options()), ("civic", Options(fast=False, tunnel=False))):
                guardian = self.guardian(name, options)
                call = guardian.dial(self.room()).wait_connected()
                call.hold()
                time.sleep(0.1)
                call.resume()
                call.wait_connected()
                call.enquire()
                guardian.registration.bandwidth(call.identifier, 640)
                self.assert_refused("calledPartyNotRegistered", guardian.ask_admission, "nobody")
                call.release()
                call.wait_released()
                guardian.registration.unregister()
            seen = capture.check(self.ras)
        self.assertGreater(min(seen.values()), 10, seen)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Gates(CouncilCase):
    capacity = 2

    def test_the_signature(self):
        technical, room = self.guardian("technical"), self.room()
        identifier = os.urandom(16)
        good = technical.token(identifier)
        broken = bytearray(good["nonStandard"]["data"])
        place = broken.index(b'"signature":"') + 13
        broken[place] = ord("A") if broken[place] != ord("A") else ord("B")
        bad = {**good, "nonStandard": {**good["nonStandard"], "data": bytes(broken)}}
        others = Guardian.token(self.guardian("civic"), identifier, terminal_id=technical.identity)
        for name, tokens in (
            ("none", []),
            ("broken", [bad]),
            ("of another key", [others]),
            ("of another call", [technical.token(os.urandom(16))]),
            ("of another terminal", [technical.token(identifier, terminal_id="if://guardian/civic")]),
            ("old", [technical.token(identifier, timestamp="2020-01-01T00:00:00Z")]),
            ("to register", [technical.token(identifier, call_type="REGISTER")]),
        ):
            with self.subTest(token=name):
                self.assert_refused("securityDenial", technical.ask_admission, room, identifier, tokens=tokens)
        technical.ask_admission(room, identifier, tokens=[good])

    def test_a_token_is_good_once(self):
        technical, room = self.guardian("technical"), self.room()
        identifier = os.urandom(16)
        tokens = [technical.token(identifier)]
        technical.ask_admission(room, identifier, tokens=tokens)
        technical.registration.disengage(identifier)
        self.assert_refused("securityDenial", technical.ask_admission, room, identifier, tokens=tokens)

    def test_who_is_not_registered(self):
        technical = self.guardian("technical", registers=False)
        technical.registration = Registration(technical, self.ras, ("technical",))
        self.assert_refused("callerNotRegistered", technical.ask_admission, self.room())
        stranger = self.guardian("stranger", registers=False)
        stranger.registration = Registration(stranger, self.ras, ("stranger",))
        self.assert_refused("callerNotRegistered", stranger.ask_admission, self.room())

    def test_who_may_not_register(self):
        for name, reason in (("stranger", "securityDenial"), ("gone", "securityDenial"), ("far", "securityDenial")):
            with self.subTest(name=name):
                guardian = self.guardian(name, registers=False)
                self.assert_refused(reason, guardian.register, self.ras, discovers=False)

    def test_who_is_suspended_while_registered(self):
        guardian = self.guardian("other")
        for entry in self.proxy.registry["guardians"]:
            if "other" in entry["aliases"]:
                entry["status"] = "suspended"
        try:
            self.reload()
            with self.assertRaises(Refused) as caught:
                guardian.ask_admission(self.room())
            self.assertEqual(caught.exception.reason, "callerNotRegistered")
        finally:
            for entry in self.proxy.registry["guardians"]:
                if "other" in entry["aliases"]:
                    entry["status"] = "active"
            self.reload()

    def test_personal_data(self):
        technical = self.guardian("technical")
        identifier = os.urandom(16)
        tokens = [technical.token(identifier, has_pii=True)]
        self.assert_refused("requestDenied", technical.ask_admission, self.room(), identifier, tokens=tokens)

    def test_bandwidth(self):
        narrow = self.guardian("narrow")
        self.assert_refused("requestDenied", narrow.ask_admission, self.room(), bandWidth=2_001)
        identifier, confirmed = narrow.ask_admission(self.room(), bandWidth=1_280)
        self.assertEqual(confirmed["bandWidth"], 1_280)
        # What is left is too little for another one.
        self.assert_refused("requestDenied", narrow.ask_admission, self.room(), bandWidth=1_280)
        self.assertEqual(narrow.registration.bandwidth(identifier, 1_900)["bandWidth"], 1_900)
        self.assert_refused("insufficientResources", narrow.registration.bandwidth, identifier, 2_001)
        narrow.registration.disengage(identifier)
        narrow.ask_admission(self.room(), bandWidth=1_280)

    def test_a_full_room(self):
        room = self.room()
        first = self.guardian("technical").dial(room).wait_connected()
        second = self.guardian("open").dial(room).wait_connected()
        self.assert_refused("exceedsCallCapacity", self.guardian("other").ask_admission, room)
        self.assertGreaterEqual(self.settle(self.escalate(room)).last.status, 400)
        first.release()
        self.wait_metric("council_participants", 1)
        call = self.dial_council(room)
        self.bye(call)
        second.release()

    def test_a_setup_that_nobody_let_in(self):
        open_ = self.guardian("open")
        call = open_.call(self.signalling, self.room()).wait_released()
        self.assertNotEqual(call.state, "connected")
        # And one whose admission is used up.
        room = self.room()
        admitted = open_.dial(room).wait_connected()
        again = self.guardian("other").call(self.signalling, room, identifier=admitted.identifier).wait_released()
        self.assertEqual(again.released_by, "peer")
        self.assertEqual(admitted.state, "connected")
        admitted.release()

    def test_a_forged_end(self):
        call = self.guardian("open").dial(self.room()).wait_connected()
        thief = self.guardian("other")
        self.assert_refused("requestToDropOther", thief.registration.disengage, call.identifier)
        # From somewhere else, with the identifier of the one whose call it is.
        stranger = self.guardian("stranger", registers=False)
        stranger.registration = Registration(stranger, self.ras, ("open",))
        stranger.registration.identifier = call.endpoint.registration.identifier
        self.assert_refused("notRegistered", stranger.registration.disengage, call.identifier)
        time.sleep(0.2)
        self.assertEqual(call.state, "connected")
        self.wait_metric("council_participants", 1)
        call.release()

    def test_the_end_by_ras(self):
        guardian = self.guardian("open")
        call = guardian.dial(self.room()).wait_connected()
        guardian.registration.unregister()
        call.wait_released()
        self.wait_metric("council_participants", 0)

    def test_a_password(self):
        secret = self.guardian("secret", password="a shared secret")
        secret.dial(self.room()).wait_connected().release()
        for password in ("another", None):
            with self.subTest(password=password):
                guardian = self.guardian("secret", registers=False, password=password)
                self.assert_refused("securityDenial", guardian.register, self.ras, discovers=False)

    def test_requests_are_counted(self):
        before = self.metric("h323_ras_requests_total", message="ARQ", result="rejected")
        self.assert_refused("calledPartyNotRegistered", self.guardian("open").ask_admission, "nobody")
        self.wait_metric("h323_ras_requests_total", before + 1, message="ARQ", result="rejected")

    def reload(self) -> None:
        self.proxy.write_config()
        done = self.proxy.command("reload", "--config", str(self.proxy.config_path))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class CallsOut(CallsToPhones, CouncilCase):
    """A guardian calls whoever has a SIP phone."""

    def ringing(self, guardian: Guardian) -> tuple[Callee, Message, Call]:
        """The phone that is registered for the expert, the INVITE that it got, and the guardian's call."""
        phone = self.endpoint(EXPERT)
        register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:{EXPERT}@{DOMAIN}")
        self.assert_status(phone.call(register), 200)
        call = guardian.dial(EXPERT)
        return phone, phone.expect("INVITE"), call

    def test_a_call(self):
        phone, invite, call = self.ringing(self.guardian("open"))
        party = self.party()
        party.follow(invite.body)
        phone.reply(invite, 180, "Ringing")
        call.wait_state("alerting")
        phone.reply(invite, 200, "OK", body=party.sdp(formats="0 101"))
        call.wait_connected()
        phone.expect("ACK")
        self.assert_both_hear(party, call.party)
        call.release()
        phone.reply(phone.expect("BYE"), 200, "OK")
        self.assert_ports_closed()

    def test_a_busy_phone(self):
        phone, invite, call = self.ringing(self.guardian("open", Options(fast=False)))
        phone.reply(invite, 486, "Busy Here")
        self.assertEqual(call.wait_released().cause, 17)


if __name__ == "__main__":
    unittest.main()
