"""The H.323 peers of the tests beside each other, and tshark beside them: what they find wrong elsewhere is not their own."""

import socket
import unittest

from support.h323.capture import Capture, can_capture
from support.h323.gatekeeper import PyGatekeeper
from support.h323.guardian import Guardian
from support.h323.mcu import PyMCU
from support.h323.options import Options
from support.h323.ras import Refused
from support.h323.values import encode
from support.media import Tone, talk
from support.pycrate_per import HAS_PYCRATE, MISSING


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Peers(unittest.TestCase):
    def peer(self, kind, *arguments, **options):
        peer = kind(*arguments, **options)
        self.addCleanup(peer.close)
        return peer

    def assert_talk(self, near, far) -> None:
        talk(near.party, far.party, packets=15)
        for listener, speaker in ((near.party, far.party), (far.party, near.party)):
            heard, said = Tone.of(listener.audio()), Tone.of(speaker.said())
            self.assertAlmostEqual(heard.frequency, speaker.frequency, delta=2)
            self.assertAlmostEqual(heard.level, said.level, delta=0.2)

    def walk(self, guardian: Guardian, mcu: PyMCU, near, **ends) -> None:
        """Talk, digits, hold, and the end from one side or the other."""
        near.wait_connected()
        far = mcu.wait_call(len(mcu.calls) or 1).wait_connected()
        self.assert_talk(near, far)
        near.wait(lambda: near.control.is_started and near.control.determined and far.control.determined)
        self.assertNotEqual(near.control.is_master, far.control.is_master)
        near.press("5")
        far.press("#", None)
        near.wait(lambda: near.control.digits == ["#"], what="a digit")
        far.wait(lambda: far.control.digits == ["5"], what="a digit")
        near.hold()
        far.wait(lambda: far.outgoing is None, what="silence")
        near.resume()
        near.wait_connected()
        far.wait_connected()
        self.assert_talk(near, far)
        (far if ends.get("far") else near).release()
        for call in (near, far):
            call.wait_released()
        self.assertEqual((far if not ends.get("far") else near).cause, 16)

    def test_every_way_to_begin(self):
        for fast in (True, False):
            for tunnel in (True, False):
                for early in (True, False):
                    with self.subTest(fast=fast, tunnel=tunnel, early=early):
                        options = Options(fast=fast, tunnel=tunnel, early=early)
                        guardian = self.peer(Guardian, "technical", options)
                        mcu = self.peer(PyMCU, options)
                        self.walk(guardian, mcu, guardian.call(mcu.address, "council-7"), far=early)

    def test_what_only_one_side_can(self):
        for ours, theirs in (
            (Options(fast=True), Options(fast=False)),
            (Options(tunnel=True), Options(tunnel=False)),
            (Options(tunnel=False), Options(tunnel=True, fast=False)),
            (Options(), Options(codecs=("g711Alaw64k",))),
            (Options(fast=False), Options(codecs=("g711Alaw64k",))),
            (Options(), Options(fast_in="alerting", alerts=True)),
            (Options(), Options(fast_in="callProceeding", alerts=False)),
            (Options(determination_first=True, multiplex=False), Options(facility="transported", piece=1)),
            (Options(piece=3, version=2, ends_display=True, display="us"), Options(version=6, fast=False)),
        ):
            with self.subTest(ours=ours, theirs=theirs):
                guardian, mcu = self.peer(Guardian, "1001", ours), self.peer(PyMCU, theirs)
                self.walk(guardian, mcu, guardian.call(mcu.address, "council-7"))

    def test_through_a_gatekeeper(self):
        for is_routing in (False, True):
            with self.subTest(is_routing=is_routing):
                self.call_through(self.peer(PyGatekeeper, is_routing=is_routing))

    def call_through(self, gatekeeper: PyGatekeeper) -> None:
        mcu, guardian = self.peer(PyMCU), self.peer(Guardian, "technical")
        gatekeeper.routes["council-*"] = mcu.address
        mcu.register(gatekeeper.address)
        guardian.register(gatekeeper.address, "1001")
        call = guardian.dial("council-7", trace_id="t-1")
        far = mcu.wait_call()
        call.wait_connected()
        self.assertEqual(far.setup.pdu["nonStandardData"]["data"], b"t-1")
        gatekeeper.enquire(next(iter(gatekeeper.registered.values())))
        status = gatekeeper.wait(lambda: gatekeeper.statuses and gatekeeper.statuses[0], what="an IRR")
        self.assertEqual(status["perCallInfo"][0]["callIdentifier"]["guid"], call.identifier)
        guardian.registration.bandwidth(call.identifier, 640)
        self.walk(guardian, mcu, call)
        gatekeeper.wait(lambda: gatekeeper.disengaged == [call.identifier] * 2, what="two DRQs")

    def test_a_gatekeeper_that_refuses_and_loses(self):
        gatekeeper = self.peer(PyGatekeeper, time_to_live=1)
        guardian = self.peer(Guardian, "technical")
        gatekeeper.lost = 1
        guardian.register(gatekeeper.address)
        with self.assertRaises(Refused) as caught:
            guardian.dial("nobody")
        self.assertEqual(caught.exception.reason, "calledPartyNotRegistered")
        gatekeeper.routes["council"] = guardian.address
        gatekeeper.progress = 200
        identifier, _ = guardian.ask_admission("council")
        gatekeeper.drop(next(iter(gatekeeper.registered.values())), identifier)
        gatekeeper.wait(lambda: gatekeeper.confirmed == ["disengageConfirm"], what="a DCF")
        gatekeeper.wait(lambda: gatekeeper.keep_alives >= 2, what="keep-alives")
        gatekeeper.refusals["admissionRequest"] = "requestDenied"
        with self.assertRaises(Refused) as caught:
            guardian.ask_admission("council")
        self.assertEqual(caught.exception.reason, "requestDenied")

    def test_a_callee_that_refuses_or_says_nothing(self):
        guardian = self.peer(Guardian, "technical")
        mcu = self.peer(PyMCU, Options(refuses=17))
        self.assertEqual(guardian.call(mcu.address, "council").wait_released().cause, 17)
        mcu = self.peer(PyMCU, Options(reason="noPermission"))
        self.assertEqual(guardian.call(mcu.address, "council").wait_released().reason, "noPermission")
        mcu = self.peer(PyMCU, Options(silent_after="callProceeding"))
        call = guardian.call(mcu.address, "council").wait_state("proceeding")
        mcu.wait_call().vanish()
        self.assertEqual(call.wait_released().released_by, "connection")

    @unittest.skipUnless(can_capture(), "SKIPPED, AND NOT SHOWN: no tshark, or no right to capture")
    def test_tshark_finds_nothing_wrong(self):
        with Capture() as capture, PyGatekeeper() as gatekeeper:
            for fast in (True, False):
                for tunnel in (True, False):
                    options = Options(fast=fast, tunnel=tunnel, display="a peer")
                    with PyMCU(options) as mcu, Guardian("1001", options) as guardian:
                        gatekeeper.routes["council-*"] = mcu.address
                        for peer in (mcu, guardian):
                            peer.register(gatekeeper.address)
                        call = guardian.dial("council-7", trace_id="t-1").wait_connected()
                        gatekeeper.enquire(next(iter(gatekeeper.registered.values())))
                        call.enquire()
                        call.wait(lambda call=call: any(message.name == "status" for message in call.messages))
                        self.walk(guardian, mcu, call)
            seen = capture.check(gatekeeper.address)
        self.assertGreater(min(seen.values()), 40, seen)

    @unittest.skipUnless(can_capture(), "SKIPPED, AND NOT SHOWN: no tshark, or no right to capture")
    def test_tshark_finds_what_is_wrong(self):
        with Capture() as capture, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ras:
            ras.bind(("127.0.0.1", 0))
            ras.sendto(encode("ras", ("disengageConfirm", {"requestSeqNum": 7}))[:-1], ras.getsockname())
            with self.assertRaisesRegex(AssertionError, "Malformed"):
                capture.check(ras.getsockname())


if __name__ == "__main__":
    unittest.main()
