"""The gateway with phones that others wrote: sipp and baresip, to a council of others, to the built-in one, and from it."""

import shutil
import time
import unittest

from support.baresip import Phone
from support.case import EXPERT, registry
from support.h323.call import Call
from support.h323.case import GatewayCase, H323Case, free_addresses
from support.h323.guardian import Guardian
from support.h323.options import Options
from support.media import RATE, Party, Tone, amplitude, talk
from support.ports import free_port
from support.proxy import DOMAIN
from support.pycrate_per import HAS_PYCRATE, MISSING
from support.secure import SecureCase
from support.sip import SDP, Endpoint, Request, token
from support.sipp import Sipp
from support.sipp_script import Callee, Caller, Script, sdp

HAS_SIPP, HAS_BARESIP = shutil.which("sipp") is not None, shutil.which("baresip") is not None


class SippCalls(H323Case):
    """What sipp does as a caller, whoever's council it is."""

    room = "council"

    def sipp(self, script: Script, **options) -> Sipp:
        """A caller at work."""
        trace = token("trace-")
        caller = Sipp.caller(
            script,
            self.udp,
            EXPERT,
            self.proxy.users[EXPERT],
            target=f"sip:{self.room}@{DOMAIN}",
            trace=trace,
            **options,
        )
        self.addCleanup(caller.stop)
        return caller

    def whole(self) -> Caller:
        """Keys, hold and resume by re-INVITE and by UPDATE."""
        script = Caller("whole").expect(180, optional=True).expect(200, sdp=("body", "", "m=audio [1-9]"))
        script.acknowledge().pause(150)
        for body, kind in (("Signal=5\nDuration=160\n", "application/dtmf-relay"), ("#", "application/dtmf")):
            script.within("INFO", body=body, kind=kind).expect(200)
        for method in ("INVITE", "UPDATE"):
            script.change(method, "sendonly", "recvonly").pause(50)
            script.change(method, "inactive", "inactive").pause(50)
            script.change(method, "sendrecv", "sendrecv").pause(50)
        return script

    def late(self) -> Caller:
        """An INVITE without an offer: it is in the 200, the answer in the ACK, and a re-INVITE names the council."""
        script = Caller("late", offer="").expect(180, optional=True)
        script.expect(200, sdp=("body", "", "m=audio [1-9].*RTP/AVP"))
        script.acknowledge(sdp(formats="0 101"))
        script.expect("INVITE", again=("body", "", "m=audio [1-9]")).answer(sdp(formats="0 101", version=2)).expect(
            "ACK"
        )
        return script


@unittest.skipUnless(HAS_PYCRATE and HAS_SIPP, MISSING)
class CouncilOfOthers(SippCalls, GatewayCase):
    def test_a_whole_call(self):
        for options in (Options(), Options(fast=False, tunnel=False)):
            with self.subTest(options=options):
                self.mcu.calls.clear()
                self.mcu.options = options
                near = self.sipp(self.whole().bye())
                near.wait()
                far = self.far().wait_released()
                self.assertEqual(far.cause, 16)
                self.assertEqual(far.control.digits, ["5", "#"])

    def test_the_council_hangs_up(self):
        near = self.sipp(Caller("ended").expect(180, optional=True).expect(200).acknowledge().ended())
        self.far().wait_connected().release(16)
        self.assertIn("cause=16", near.wait())

    def test_a_late_offer(self):
        near = self.sipp(self.late().pause(100).bye())
        near.wait()
        self.assertEqual(self.far().wait_released().cause, 16)

    def test_ringing_is_reliable(self):
        for headers in (("Supported: 100rel",), ("Require: 100rel", "Supported: 100rel")):
            with self.subTest(headers=headers):
                self.mcu.calls.clear()
                self.mcu.options = Options(answers=False)
                near = self.sipp(
                    Caller("reliable", *headers)
                    .prack(180)
                    .expect(200, sdp=("body", "", "m=audio [1-9]"))
                    .acknowledge()
                    .bye()
                )
                far = self.far().wait_state("alerting")
                time.sleep(0.2)
                far.answer()
                near.wait()
                far.wait_released()

    def test_early_media_is_the_answer(self):
        self.mcu.options = Options(answers=False, fast_in="alerting")
        script = Caller("early", "Require: 100rel").prack(183, early=("body", "", "m=audio [1-9]"))
        near = self.sipp(script.expect(200, empty=("hdr", "Content-Length", "^ *0")).acknowledge().bye())
        far = self.far().wait_state("alerting")
        time.sleep(0.3)
        far.answer()
        near.wait()
        far.wait_released()

    def test_the_offer_is_in_the_180(self):
        self.mcu.options = Options(answers=False)
        script = Caller("early offer", "Supported: 100rel", offer="")
        script.prack(180, sdp(formats="0 101"), offered=("body", "", "m=audio [1-9]"))
        script.expect(200, empty=("hdr", "Content-Length", "^ *0")).acknowledge()
        script.expect("INVITE", again=("body", "", "m=audio [1-9]")).answer(sdp(formats="0 101", version=2)).expect(
            "ACK"
        )
        near = self.sipp(script.pause(50).bye())
        far = self.far().wait_state("alerting")
        time.sleep(0.2)
        far.answer()
        near.wait()
        self.assertEqual(far.wait_released().cause, 16)

    def test_cancel_in_every_state(self):
        for options, state in (
            (Options(silent_after="setup"), None),
            (Options(answers=False), 180),
            (Options(answers=False, fast_in="alerting"), 183),
        ):
            for headers in ((), ("Supported: 100rel",)):
                with self.subTest(options=options, headers=headers):
                    self.mcu.calls.clear()
                    self.mcu.options = options
                    script = Caller("cancelled", *headers)
                    if state is None:
                        script.pause(300)
                    elif headers:
                        script.prack(state)
                    else:
                        script.expect(state)
                    near = self.sipp(script.cancel())
                    near.wait()
                    self.assertEqual(self.far().wait_released().released_by, "peer")
        self.assert_ports_closed()

    def test_what_is_required_and_not_understood(self):
        refused = Caller("refused", "Require: precondition").expect(420, what=("hdr", "Unsupported", "precondition"))
        ack = [*refused._head("ACK", "[target]", branch=3), "[last_To:]", "CSeq: 2 ACK"]
        refused.send(ack, repeats=False)
        self.sipp(refused).wait()
        self.assertEqual(self.mcu.calls, [])


class GuardianCase(SippCalls):
    """A node with a council of its own, a guardian without a key, and sipp as the expert's phone."""

    @classmethod
    def council(cls) -> dict:
        return {**free_addresses(), "aliases": ["ifsip-proxy", EXPERT]}

    @classmethod
    def guardians(cls) -> list[dict]:
        return [{"id": "if://guardian/open", "aliases": ["open"], "status": "active", "token": "none"}]

    @classmethod
    def routes(cls) -> list[dict]:
        cls.phone_port = free_port()
        return [{"match": f"sip:{EXPERT}@{DOMAIN}", "next_hop": f"sip:127.0.0.1:{cls.phone_port}"}]

    def guardian(self, options: Options | None = None, **tone) -> Guardian:
        guardian = Guardian("open", options, **tone)
        self.addCleanup(guardian.close)
        guardian.register(self.ras)
        return guardian


@unittest.skipUnless(HAS_PYCRATE and HAS_SIPP, MISSING)
class CouncilOfOurs(GuardianCase):
    def test_a_whole_call(self):
        self.sipp(self.whole().bye()).wait()
        self.wait_metric("council_participants", 0)
        self.assert_ports_closed()

    def test_a_late_offer(self):
        self.sipp(self.late().pause(100).bye()).wait()

    def test_the_operator_sees_and_ends_what_guard_has_let_in(self):
        sides = {side: self.metric("h323_calls_total", side=side, result="answered") for side in ("gateway", "council")}
        near = self.sipp(Caller("ended").expect(180, optional=True).expect(200).acknowledge().ended())
        self.wait_metric("council_participants", 1)
        guardian = self.guardian().dial(self.room_of(near)).wait_connected()
        self.wait_metric("h323_active_calls", 1, side="gateway")
        self.wait_metric("h323_active_calls", 2, side="council")
        status, body = self.api("GET", "/v1/council/admissions")
        self.assertEqual(status, 200)
        one = {entry["by"]: entry for entry in body["admissions"]}
        self.assertEqual(set(one), {"gateway", "gatekeeper"})
        mine = one["gateway"]
        self.assertEqual((mine["party"], mine["destination"]), (EXPERT, self.room_of(near)))
        self.assertEqual(
            (mine["trace_id"], mine["bandwidth_bps"]), (self.room_of(near).removeprefix("council-"), 128_000)
        )
        self.assertRegex(mine["call_id"], "@127.0.0.1$")
        self.assertLess(mine["seconds"], 10)
        self.assertEqual(one["gatekeeper"]["party"], "if://guardian/open")
        status, filtered = self.api("GET", f"/v1/council/admissions?trace_id={mine['trace_id']}")
        self.assertEqual([entry["id"] for entry in filtered["admissions"]], [mine["id"]])
        listed = self.proxy.command("council", "admissions", "--config", str(self.proxy.config_path)).stdout
        self.assertRegex(listed, rf"{mine['id']} +gateway +{EXPERT} ")
        self.assertEqual(self.api("DELETE", f"/v1/council/admissions/{mine['id']}")[0], 200)
        near.wait()
        guardian.release()
        guardian.wait_released()
        self.wait_metric("council_participants", 0)
        for side, calls in (("gateway", 1), ("council", 2)):
            self.wait_metric("h323_calls_total", sides[side] + calls, side=side, result="answered")
        self.assertEqual(self.api("DELETE", f"/v1/council/admissions/{mine['id']}")[0], 404)
        self.assertEqual(self.api("GET", "/v1/council/admissions")[1]["admissions"], [])

    def room_of(self, caller: Sipp) -> str:
        rooms = self.api("GET", "/v1/council/rooms")[1]["rooms"]
        self.assertEqual(len(rooms), 1, rooms)
        return rooms[0]["id"]

    # A guardian calls the phone

    def rings(self, script: Script, options: Options | None = None) -> tuple[Sipp, Call]:
        phone = Sipp.callee(script, port=self.phone_port)
        self.addCleanup(phone.stop)
        return phone, self.guardian(options).dial(EXPERT)

    def test_a_phone_is_called(self):
        for fast in (True, False):
            with self.subTest(fast=fast):
                script = (
                    Callee("called").respond("180 Ringing").respond("200 OK", body=sdp(formats="0 101"), repeats=True)
                )
                # Of an INVITE without an offer the answer is in the ACK.
                script.expect("ACK", **({} if fast else {"answered": ("body", "", "m=audio [1-9]")}))
                script.pause(300).change("INVITE", "sendonly", "recvonly").change("UPDATE", "sendrecv", "sendrecv")
                phone, call = self.rings(script.bye(), Options(fast=fast))
                call.wait_connected()
                phone.wait()
                self.assertEqual(call.wait_released().cause, 16)
                call.endpoint.close()

    def test_a_phone_answers_reliably(self):
        script = Callee("reliable").reliably("183 Session Progress", 7, sdp(formats="0 101"))
        script.reliably("180 Ringing", 8).respond("200 OK", repeats=True).expect("ACK").ended()
        phone, call = self.rings(script)
        call.wait_connected()
        call.release()
        seen = phone.wait()
        self.assertIn("\nRAck: 7 1 INVITE", seen)
        self.assertIn("\nRAck: 8 1 INVITE", seen)

    def test_a_phone_offers_reliably(self):
        script = Callee("early offer")
        script.reliably("183 Session Progress", 41, sdp(formats="0 101"), answered=("body", "", "m=audio [1-9]"))
        script.respond("200 OK", repeats=True).expect("ACK")
        script.expect("INVITE", again=("body", "", "m=audio [1-9]")).answer(sdp(formats="0 101", version=2)).expect(
            "ACK"
        )
        phone, call = self.rings(script.ended(), Options(fast=False))
        call.wait_connected()
        time.sleep(0.5)
        call.release()
        phone.wait()

    def test_the_guardian_gives_up(self):
        script = Callee("given up").respond("180 Ringing").expect("CANCEL").answer()
        script.respond("487 Request Terminated", repeats=True).expect("ACK")
        phone, call = self.rings(script)
        call.wait_state("alerting")
        call.release()
        phone.wait()


class Baresip:
    """An ordinary phone that protects its media (SDES), and sends no header of ours."""

    @classmethod
    def make_proxy(cls):
        proxy = super().make_proxy()
        proxy.config["media"] = {"relay": "all", "srtp": "preferred"}
        proxy.config["tls_required_for"] = "none"
        proxy.config["escalation_targets"] = [{"uri": f"sip:council-safety@{DOMAIN}", "hazard": "safety"}]
        people = registry(headers="derived")
        people["guardians"] = cls.guardians()
        proxy.registry = people
        proxy.write_config()
        return proxy

    def baresip(self) -> Phone:
        phone = Phone(EXPERT, self.proxy.users[EXPERT], self.proxy.port, encryption="srtp-mand", records=True)
        self.addCleanup(phone.close)
        phone.wait_registered()
        return phone

    def assert_tones(self, phone: Phone, party: Party) -> None:
        """Each hears the other as loud as it was said: baresip's sine is at half of what there is."""
        talk(party, packets=75, interval=0.02)
        heard = party.audio()[-8_000:]
        self.assertGreater(len(heard), 6_000)
        tone = Tone.of(heard)
        self.assertAlmostEqual(tone.frequency, 440, delta=2)
        self.assertGreater(tone.level, -30)

    def assert_heard(self, phone: Phone, party: Party) -> None:
        """What the phone has written down of what it heard."""
        samples = phone.recorded()[-2 * RATE :]
        self.assertGreater(len(samples), RATE // 2)
        loudest = max(
            amplitude(samples[at : at + 4_000], party.frequency) for at in range(0, len(samples) - 4_000, 2_000)
        )
        self.assertAlmostEqual(loudest / party.amplitude, 1, delta=0.1)


@unittest.skipUnless(HAS_PYCRATE and HAS_BARESIP, MISSING)
class BaresipAtACouncilOfOthers(Baresip, GatewayCase):
    def test_sound_and_keys(self):
        phone = self.baresip()
        phone.dial(f"sip:council-safety@{DOMAIN}")
        phone.wait_up()
        far = self.far().wait_connected()
        self.assert_tones(phone, far.party)
        far.party.forget()
        for key in "5#":
            phone.press(key)
            time.sleep(0.35)
        far.party.listen()
        self.assertEqual(far.party.digits(), [5, 11])
        far.party.event(9)
        self.assertEqual(phone.wait_for("CALL_DTMF_START")["param"], "9")
        phone.hang_up()
        self.assertEqual(far.wait_released().cause, 16)
        self.assert_heard(phone, far.party)


@unittest.skipUnless(HAS_PYCRATE and HAS_BARESIP, MISSING)
class BaresipAtOurCouncil(Baresip, GuardianCase):
    def test_sound(self):
        phone = self.baresip()
        phone.dial(f"sip:council-safety@{DOMAIN}")
        phone.wait_up()
        guardian = self.guardian(frequency=1_000.0).dial("council-safety").wait_connected()
        self.assert_tones(phone, guardian.party)
        phone.hang_up()
        self.wait_metric("council_participants", 1)
        guardian.release()
        self.assert_heard(phone, guardian.party)


class CouncilBySIPS(SecureCase):
    """A SIPS URI: into the council of this node, and not into that of others (RFC 3261 §26.2.2, RFC 5630)."""

    @classmethod
    def make_proxy(cls):
        cls.config = {"council": free_addresses()}
        proxy = super().make_proxy()
        proxy.registry = registry()
        proxy.write_config()
        proxy.add_user(EXPERT, "second-opinion")
        return proxy

    def call(self) -> tuple[Endpoint, Request]:
        phone = self.secure(EXPERT)
        headers = (f"X-IF-Trace-ID: {token('trace-')}", "X-IF-Hazard: safety")
        return phone, self.invite(phone, f"sips:council@{DOMAIN}", headers=headers, body=SDP)

    def test_the_council_of_this_node(self):
        phone, invite = self.call()
        ok = self.assert_status(phone.responses(invite), 200)
        self.assertEqual(ok.header("Contact"), "<sips:gateway.invalid>")
        self.assertRegex(ok.all("Record-Route")[0], f"^<sips:127.0.0.1:{self.port};transport=tcp;lr")
        phone.send(phone.in_dialog("ACK", invite, ok, invite.cseq))
        again = phone.in_dialog("INVITE", invite, ok, invite.cseq + 1)
        again.body = SDP
        phone.send(again)
        self.assert_status(phone.responses(again), 200)
        phone.send(phone.in_dialog("ACK", invite, ok, again.cseq))
        bye = phone.in_dialog("BYE", invite, ok, invite.cseq + 2)
        phone.send(bye)
        self.assert_status(phone.response(bye), 200)

    def test_the_council_of_others(self):
        former = self.proxy.config["council"]
        self.proxy.config["council"] = {**free_addresses(), "external": {"mcu": f"127.0.0.1:{free_port()}"}}
        self.proxy.write_config()
        self.proxy.restart()
        try:
            phone, invite = self.call()
            refusal = self.assert_status(phone.responses(invite), 480)
            self.assertRegex(refusal.header("Warning"), '^380 if.internal "SIPS Not Allowed')
        finally:
            self.proxy.config["council"] = former
            self.proxy.write_config()
            self.proxy.restart()


if __name__ == "__main__":
    unittest.main()
