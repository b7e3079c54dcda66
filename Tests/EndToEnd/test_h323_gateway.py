"""The gateway into a council of others: calls of an expert's phone to an MCU that pycrate speaks for."""

import os
import socket
import statistics
import time
import unittest

from support.case import EXPERT
from support.certificates import Authority
from support.h323.capture import Capture, can_capture
from support.h323.case import GatewayCase
from support.h323.options import Options
from support.ports import free_port
from support.proxy import DOMAIN
from support.pycrate_per import HAS_PYCRATE, MISSING
from support.sip import SDP, Callee

FULL = os.environ.get("IFSIP_FULL") == "1"
# Q.850 to SIP, before an answer.
CAUSES = {
    1: 404,
    2: 404,
    3: 404,
    16: 480,
    17: 486,
    18: 408,
    19: 480,
    20: 480,
    21: 403,
    22: 410,
    23: 410,
    26: 404,
    27: 502,
    28: 484,
    29: 501,
    31: 480,
    34: 503,
    38: 503,
    41: 503,
    42: 503,
    47: 503,
    55: 403,
    57: 403,
    58: 503,
    65: 488,
    70: 488,
    79: 501,
    87: 403,
    88: 503,
    102: 504,
    111: 500,
    127: 500,
    99: 500,
}
REASONS = {
    "noBandwidth": 480,
    "gatewayResources": 480,
    "unreachableDestination": 404,
    "calledPartyNotRegistered": 404,
    "destinationRejection": 480,
    "invalidRevision": 505,
    "noPermission": 403,
    "securityDenied": 403,
    "unreachableGatekeeper": 503,
    "badFormatAddress": 400,
    "adaptiveBusy": 486,
    "inConf": 486,
}


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Calls(GatewayCase):
    def test_every_way_to_begin(self):
        for fast in (True, False):
            for tunnel in (True, False):
                with self.subTest(fast=fast, tunnel=tunnel):
                    self.mcu.calls.clear()
                    self.mcu.options = Options(fast=fast, tunnel=tunnel)
                    near, far = self.connect()
                    self.assertIn(180, [response.status for response in near.responses])
                    self.assert_both_hear(near.near, far.party)
                    self.bye(near)
                    self.assertEqual(far.wait_released().cause, 16)
                    self.assert_ports_closed()

    def test_what_the_council_is_told_and_what_is_recorded(self):
        with self.counted(answered=1):
            near, far = self.connect()
            _, setup = far.setup.body
            self.assertIn(("h323-ID", f"council-{near.trace_id}"), setup["destinationAddress"])
            self.assertTrue(any(EXPERT in str(alias) for alias in setup["sourceAddress"]), setup["sourceAddress"])
            self.assertEqual(far.setup.pdu["nonStandardData"]["data"], near.trace_id.encode())
            self.assertIn("gateway", setup["sourceInfo"])
            self.wait_metric("h323_active_calls", 1, side="gateway")
            self.bye(near)
            far.wait_released()
        self.h323_records(near.trace_id, "h323.setup", "h323.progress", "h323.connect", "h323.release")
        self.wait_metric("h323_active_calls", 0, side="gateway")
        self.assertGreaterEqual(self.metric("h323_calls_total", side="gateway", result="answered"), 1)
        self.assertEqual(self.metric("h323_calls_total", side="council", result="answered"), 0)

    def test_a_law_alone(self):
        self.mcu.options = Options(codecs=("g711Alaw64k",))
        for fast in (True, False):
            with self.subTest(fast=fast):
                self.mcu.calls.clear()
                self.mcu.options.fast = fast
                party = self.party(payload_type=8)
                body = party.sdp("a=rtpmap:8 PCMA/8000", formats="0 8 101")
                near = self.dial_council(body=body)
                far = self.far().wait_connected()
                party.follow(near.ok.body)
                self.assertEqual(far.party.payload_type, 8)
                self.assert_both_hear(party, far.party)
                self.bye(near)
                far.wait_released()

    def test_no_codec_in_common(self):
        self.mcu.options = Options(codecs=("g711Alaw64k",))
        for fast in (True, False):
            with self.subTest(fast=fast):
                self.mcu.calls.clear()
                self.mcu.options.fast = fast
                self.assertEqual(self.refused(), 488)
                self.far().wait_released()
        self.assert_ports_closed()

    def test_no_audio_in_the_offer(self):
        video = SDP.replace("m=audio", "m=video").replace("PCMU", "H264").replace("AVP 0", "AVP 96")
        self.assertEqual(self.refused(body=video.replace("rtpmap:0", "rtpmap:96")), 488)
        self.assertEqual(self.mcu.calls, [])

    def test_keys(self):
        near, far = self.connect()
        for key in "5#":
            answer = self.request(near, "INFO", f"Signal={key}\r\nDuration=250\r\n", "application/dtmf-relay")
            self.assert_status(answer, 200)
        far.wait(lambda: far.control.digits == ["5", "#"], what="digits")
        self.assertEqual(far.control.digit_durations, [250, 250])
        far.press("7")
        info = self.arrives(near, "INFO")
        self.reply(near, info)
        self.assertRegex(info.body.decode(), r"Signal ?= ?7")
        far.press("*", None)
        info = self.arrives(near, "INFO")
        self.reply(near, info)
        self.assertRegex(info.body.decode(), r"Signal ?= ?\*")
        self.bye(near)

    def test_keys_as_events_in_rtp(self):
        near, far = self.connect()
        self.assert_both_hear(near.near, far.party)
        for speaker, listener in ((near.near, far.party), (far.party, near.near)):
            listener.forget()
            speaker.event(9)
            time.sleep(0.1)
            listener.listen()
            self.assertEqual(listener.digits(), [9])
        self.bye(near)

    def test_hold_by_the_phone(self):
        for options in (
            Options(),
            Options(fast=False),
            Options(fast=False, tunnel=False, determines_after_hold=False),
        ):
            with self.subTest(options=options):
                self.mcu.calls.clear()
                self.mcu.options = options
                near, far = self.connect()
                self.assert_both_hear(near.near, far.party)
                for direction in ("inactive", "sendonly"):
                    held = near.near.sdp(f"a={direction}", formats=self.formats, version=near.next())
                    answer = self.assert_status(self.request(near, "INVITE", held), 200)
                    self.assertRegex(answer.body.decode(), r"a=(inactive|recvonly)")
                    far.wait(lambda far=far: far.outgoing is None, what="silence")
                    again = near.near.sdp(formats=self.formats, version=near.next())
                    answer = self.assert_status(self.request(near, "INVITE", again), 200)
                    near.near.follow(answer.body)
                    far.wait_connected()
                    self.assert_both_hear(near.near, far.party)
                self.bye(near)
                far.wait_released()

    def test_hold_by_the_council(self):
        near, far = self.connect()
        far.hold()
        request = self.arrives(near, "INVITE")
        self.assertRegex(request.body.decode(), r"a=(inactive|sendonly)")
        self.reply(near, request, near.near.sdp("a=recvonly", formats=self.formats, version=2))
        self.arrives(near, "ACK")
        far.resume()
        request = self.arrives(near, "INVITE")
        self.assertNotRegex(request.body.decode(), r"a=(inactive|sendonly)")
        self.reply(near, request, near.near.sdp(formats=self.formats, version=3))
        self.arrives(near, "ACK")
        near.near.follow(request.body)
        far.wait_connected()
        self.assert_both_hear(near.near, far.party)
        self.bye(near)
        far.wait_released()

    def test_set_up_time(self):
        """Beyond what the MCU takes for itself: from the INVITE to the Setup, and from its last word to the 200."""
        added, whole = [], []
        for number in range(100 if FULL else 20):
            self.mcu.calls.clear()
            call = self.escalate()
            began = time.monotonic()
            call = self.settle(call)
            ended = time.monotonic()
            self.assert_status(call.last, 200)
            far = self.far().wait_connected()
            connect = far.moment("out", "connect")
            added.append(far.moment("in", "setup") - began + ended - connect)
            whole.append(ended - began)
            self.bye(call)
            far.wait_released()
        added.sort()
        print(
            f"\nset-up: {1e3 * statistics.median(whole):.1f} ms, of which the gateway's "
            f"{1e3 * statistics.median(added):.1f} ms, at most {1e3 * added[-1]:.1f}",
            flush=True,
        )
        self.assertLess(max(whole), 2)
        self.assertLess(statistics.median(added), 0.1)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Ends(GatewayCase):
    def test_by_the_council(self):
        for cause, options in ((16, Options()), (31, Options(tunnel=False)), (16, Options(end_session=False))):
            with self.subTest(cause=cause, options=options):
                self.mcu.calls.clear()
                self.mcu.options = options
                near, far = self.connect()
                far.release(cause)
                bye = self.arrives(near, "BYE")
                self.assertIn(f"cause={cause}", bye.header("Reason") or "cause=16")
                self.reply(near, bye)
                self.assert_ports_closed()

    def test_by_a_connection_that_breaks(self):
        near, far = self.connect()
        far.vanish()
        self.reply(near, self.arrives(near, "BYE"))
        self.assert_ports_closed()

    def test_cancel_in_every_state(self):
        for options, state in (
            (Options(silent_after="setup"), "setup"),
            (Options(silent_after="callProceeding"), "setup"),
            (Options(answers=False), "alerting"),
            (Options(answers=False, early=True, fast=False), "alerting"),
            (Options(answers=False, fast_in="alerting"), "alerting"),
        ):
            with self.subTest(options=options):
                self.mcu.calls.clear()
                self.mcu.options = options
                with self.counted(cancelled=1):
                    call = self.escalate()
                    far = self.far()
                    far.wait(lambda far=far: far.setup)
                    far.wait_state(state)
                    cancel = call.caller.send(call.invite.derived("CANCEL"))
                    self.assertEqual(self.settle(call).last.status, 487)
                    del cancel
                    self.assertEqual(far.wait_released().released_by, "peer")
                self.assert_ports_closed()

    def test_released_while_it_rings(self):
        self.mcu.options = Options(answers=False)
        call = self.escalate()
        self.far().wait_state("alerting").release(17)
        self.assertEqual(self.settle(call).last.status, 486)
        self.assertIn(180, [response.status for response in call.responses])
        self.assert_ports_closed()

    def test_every_cause_and_reason(self):
        for cause, status in CAUSES.items():
            with self.subTest(cause=cause):
                self.mcu.options = Options(refuses=cause)
                self.assertEqual(self.refused(), status)
        for reason, status in REASONS.items():
            with self.subTest(reason=reason):
                self.mcu.options = Options(reason=reason)
                self.assertEqual(self.refused(), status)
        # Where both are there, the cause wins.
        self.mcu.options = Options(reason="noPermission", refuses=17)
        self.assertEqual(self.refused(), 486)
        # 0 is none.
        self.mcu.options = Options(reason="noBandwidth", refuses=0)
        self.assertEqual(self.refused(), 480)
        self.assert_ports_closed()

    def test_a_council_that_says_nothing(self):
        for silent, limit in (("setup", 7), ("callProceeding", 13)) if FULL else (("setup", 7),):
            with self.subTest(silent=silent):
                self.mcu.calls.clear()
                self.mcu.options = Options(silent_after=silent)
                self.assertIn(self.settle(self.escalate(), limit).last.status, (408, 480, 504))
                self.far().wait_released()
        self.assert_ports_closed()

    def test_a_council_that_is_not_there(self):
        self.mcu.listener.close()
        try:
            self.assertEqual(self.refused(), 502)
        finally:
            address = self.mcu.address
            self.mcu.listener = type(self.mcu.listener)(self.mcu.loop, address, self.mcu._accepted)
        near, _ = self.connect()
        self.bye(near)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class OddCouncils(GatewayCase):
    """Legal, or seen in the field."""

    def test_each(self):
        for options in (
            Options(proceeds=False, alerts=False),
            Options(proceeds=False, alerts=False, fast=False),
            Options(determination_first=True, multiplex=False, fast=False),
            Options(piece=1),
            Options(piece=7, fast=False, tunnel=False),
            Options(acknowledges_rtcp=False, fast=False),
            Options(display="The council", ends_display=True),
            Options(facility="transportedInformation", fast=False),
            Options(fast_in="alerting"),
            Options(fast_in="callProceeding", proceeds=True),
            Options(early=True, fast=False),
            Options(early=True, fast=False, tunnel=False),
            Options(early=True, tunnel=False),
            Options(version=2),
            Options(version=7, fast=False),
            Options(telephone_event=False, user_input=("basicString",), fast=False),
            Options(end_session=False, fast=False, tunnel=False),
        ):
            with self.subTest(options=options):
                self.mcu.calls.clear()
                self.mcu.options = options
                near, far = self.connect()
                self.assert_both_hear(near.near, far.party, packets=10)
                self.bye(near)
                far.wait_released()
        self.assert_ports_closed()

    def test_early_media(self):
        for options in (
            Options(answers=False, fast_in="alerting"),
            # It does not ring: what there is to be heard says so.
            Options(answers=False, fast_in="progress", progresses=True, alerts=False),
        ):
            with self.subTest(options=options):
                self.mcu.calls.clear()
                self.mcu.options = options
                call = self.escalate()
                far = self.far()
                early = call.caller.receive()
                while early is not None and not early.body:
                    early = call.caller.receive()
                self.assertIsNotNone(early, "no description before the answer")
                self.assertIn(early.status, (180, 183))
                call.near.follow(early.body)
                far.wait(lambda far=far: far.media_is_up)
                self.assert_both_hear(call.near, far.party)
                far.answer()
                self.settle(call)
                self.assert_both_hear(call.near, far.party)
                self.bye(call)
                far.wait_released()

    def test_h245_somewhere_else(self):
        """An h245Address on a third host is not connected to: nobody is to be attacked by us for a peer."""
        with socket.create_server(("127.0.0.2", 0)) as elsewhere:
            elsewhere.setblocking(False)
            self.mcu.options = Options(fast=False, tunnel=False, h245_address=elsewhere.getsockname()[:2])
            # The call may come about all the same, over a connection that the MCU is asked to open to us.
            call = self.settle(self.escalate(), 15)
            with self.assertRaises(BlockingIOError):
                elsewhere.accept()
        if call.ok:
            self.bye(call)
        self.far().wait_released()
        self.assert_ports_closed()


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class OverTLS(GatewayCase):
    """As it is meant: an escalation has to come over TLS."""

    @classmethod
    def make_proxy(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.close)
        identity = cls.authority.sign(f"DNS:{DOMAIN}", "IP:127.0.0.1")
        cls.port = free_port()
        proxy = super().make_proxy()
        proxy.config["tls"] = {**identity.settings, "ca": str(cls.authority.certificate)}
        proxy.config["tls_required_for"] = "escalations"
        proxy.config["listen"].append(f"tls://127.0.0.1:{cls.port}")
        proxy.write_config()
        return proxy

    def endpoint(self, user: str = "alice", transport: str = "TLS", **options) -> Callee:
        if transport != "TLS":
            return super().endpoint(user, transport, **options)
        options.setdefault("password", self.proxy.users.get(user))
        endpoint = Callee(("127.0.0.1", self.port), "TLS", user=user, tls=self.authority.client(), **options)
        self.addCleanup(endpoint.socket.close)
        return endpoint

    def test_a_call(self):
        near, far = self.connect()
        self.assert_both_hear(near.near, far.party)
        self.bye(near)
        far.wait_released()

    def test_not_without(self):
        caller = self.endpoint(EXPERT, "UDP")
        headers = ("X-IF-Trace-ID: plain", "X-IF-Hazard: safety")
        refused = caller.call(caller.request("INVITE", f"sip:council@{DOMAIN}", headers=headers))
        self.assert_status(refused, 403)
        self.assertEqual(self.mcu.calls, [])


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Captured(GatewayCase):
    @unittest.skipUnless(can_capture(), "SKIPPED, AND NOT SHOWN: no tshark, or no right to capture")
    def test_tshark_finds_nothing_wrong(self):
        with Capture() as capture:
            for fast in (True, False):
                for tunnel in (True, False):
                    self.mcu.calls.clear()
                    self.mcu.options = Options(fast=fast, tunnel=tunnel)
                    near, far = self.connect()
                    self.request(near, "INFO", "Signal=5\r\nDuration=250\r\n", "application/dtmf-relay")
                    far.wait(lambda far=far: far.control.digits == ["5"], what="a digit")
                    held = near.near.sdp("a=inactive", formats=self.formats, version=2)
                    self.assert_status(self.request(near, "INVITE", held), 200)
                    far.enquire()
                    far.wait(lambda far=far: any(message.name == "status" for message in far.messages), what="Status")
                    self.bye(near)
                    far.wait_released()
            seen = capture.check(self.ras)
        self.assertGreater(seen["call"], 30, seen)
        self.assertGreater(seen["h245"], 20, seen)


if __name__ == "__main__":
    unittest.main()
