"""The gateway with sipp at the phone's end: to a council of others, to the built-in one, and from it."""

import shutil
import time
import unittest

from support.case import EXPERT
from support.h323.call import Call
from support.h323.case import GatewayCase, GuardianCase, H323Case
from support.h323.options import Options
from support.proxy import DOMAIN
from support.pycrate_per import HAS_PYCRATE, MISSING
from support.sip import token
from support.sipp import Sipp
from support.sipp_script import Callee, Caller, Script, sdp

HAS_SIPP = shutil.which("sipp") is not None


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

    def test_what_else_is_offered(self):
        """Video and a second stream of audio are refused one by one, a description among other parts is found."""
        video = "m=video [media_port+2] RTP/AVP 96\na=rtpmap:96 H264/90000\n"
        audio = "m=audio [media_port+4] RTP/AVP 0\n"
        parts = "--part\nContent-Type: application/pidf+xml\n\n<presence/>\n--part\nContent-Type: application/sdp\n\n"
        for offer, kind, answer in (
            (sdp(formats="0 101") + video, "application/sdp", "m=video 0 "),
            (sdp(formats="0 101") + audio, "application/sdp", "m=audio 0 "),
            (parts + sdp(formats="0 101") + "\n--part--\n", "multipart/mixed;boundary=part", "m=audio [1-9]"),
        ):
            with self.subTest(answer=answer):
                self.mcu.calls.clear()
                script = Caller("more", offer=offer, kind=kind).expect(180, optional=True)
                script.expect(200, audio=("body", "", "m=audio [1-9]"), other=("body", "", answer))
                near = self.sipp(script.acknowledge().pause(100).bye())
                near.wait()
                self.far().wait_released()

    def test_who_does_not_want_to_be_named(self):
        script = Caller("private", "Privacy: id").expect(180, optional=True).expect(200).acknowledge().pause(100)
        self.sipp(script.bye()).wait()
        _, setup = self.far().wait_released().setup.body
        self.assertEqual(setup["presentationIndicator"][0], "presentationRestricted")
        self.assertEqual(setup["sourceAddress"], [("h323-ID", "Anonymous")])
        self.assertNotIn(EXPERT, str(setup))

    def test_what_is_required_and_not_understood(self):
        refused = Caller("refused", "Require: precondition").expect(420, what=("hdr", "Unsupported", "precondition"))
        ack = [*refused._head("ACK", "[target]", branch=3), "[last_To:]", "CSeq: 2 ACK"]
        refused.send(ack, repeats=False)
        self.sipp(refused).wait()
        self.assertEqual(self.mcu.calls, [])


@unittest.skipUnless(HAS_PYCRATE and HAS_SIPP, MISSING)
class CouncilOfOurs(SippCalls, GuardianCase):
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


if __name__ == "__main__":
    unittest.main()
