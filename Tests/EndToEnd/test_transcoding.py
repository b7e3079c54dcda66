"""Calls between parties that have no codec in common, and calls between those that have one."""

import re
import shutil
import threading
import time
import unittest
from typing import ClassVar

from support.baresip import Phone
from support.media import SAMPLES, Party, Tone, talk
from support.media_case import MediaCase


class ALawParty(Party):
    """A party that speaks PCMA alone."""

    def sdp(self, *lines: str, formats: str = "8 101", **options) -> str:
        return super().sdp(*lines, formats=formats, **options).replace("a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000")


class TranscodedCalls(MediaCase):
    media: ClassVar[dict] = {"transcode": True}

    def test_two_laws_meet(self):
        far = ALawParty(frequency=1_000.0, amplitude=4_000, payload_type=8)
        self.addCleanup(far.close)
        call = self.dial(far=far)
        # Ours stand behind those of the offer.
        self.assertRegex(call.offered.body.decode(), r"m=audio \d+ RTP/AVP 0 101 8 9 \d+\r\n")
        self.assertIn(b"opus/48000/2", call.offered.body)
        # The caller hears of what it has offered.
        self.assertRegex(call.ok.body.decode(), r"m=audio \d+ RTP/AVP 0 101\r\n")
        talk(call.near, far)
        for listener, speaker, law in ((call.near, far, 0), (far, call.near, 8)):
            self.assertEqual({data[1] & 0x7F for data, _ in listener.heard}, {law})
            audio = listener.audio()
            self.assertGreater(len(audio), 28 * SAMPLES)
            heard, said = Tone.of(audio), Tone.of(speaker.said())
            self.assertAlmostEqual(heard.frequency, speaker.frequency, delta=2)
            self.assertAlmostEqual(heard.level, said.level, delta=0.3)
            numbers = [int.from_bytes(data[2:4], "big") for data, _ in listener.heard]
            self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        call.near.event(5)
        time.sleep(0.05)
        far.listen()
        self.assertEqual(far.digits(), [5])
        self.end(call)

    def test_parties_with_a_common_codec_are_left_alone(self):
        call = self.dial()
        self.assertRegex(call.ok.body.decode(), r"m=audio \d+ RTP/AVP 0 101\r\n")
        talk(call.near, call.far)
        self.assert_hears(call.far, call.near)
        self.assertEqual({data[1] & 0x7F for data, _ in call.far.heard}, {0})
        self.end(call)

    @unittest.skipUnless(shutil.which("baresip"), "SKIPPED, AND NOT SHOWN: no baresip")
    def test_opus_meets_g711(self):
        carol = Phone("alice", self.proxy.users["alice"], self.proxy.port, codecs=("opus",))
        self.addCleanup(carol.close)
        carol.wait_registered()
        far = self.party(frequency=1_000.0, amplitude=8_000)
        carol.dial("sip:bob@pbx.test")
        offered = self.callee.expect("INVITE", within=10)
        self.assertIn(b"opus/48000/2", offered.body)
        self.assertIn(b"PCMU/8000", offered.body)
        self.callee.reply(offered, 200, "OK", body=far.sdp(formats="0"))
        self.callee.expect("ACK")
        carol.wait_up()
        far.follow(offered.body)
        stop = threading.Event()

        def speak():
            while not stop.is_set():
                far.send(far.voice())
                time.sleep(0.02)

        speaking = threading.Thread(target=speak)
        speaking.start()
        try:
            carol.wait_for_audio(1)
            time.sleep(2)
        finally:
            stop.set()
            speaking.join()
        far.listen()
        audio = far.audio()
        self.assertGreater(len(audio), 8_000)
        self.assertAlmostEqual(Tone.of(audio[4_000:]).frequency, 440, delta=4)
        shown = self.proxy.command("calls", "list", "--json", "--config", str(self.proxy.config_path)).stdout
        self.assertRegex(shown, re.escape("connected"))
        carol.hang_up()
        self.callee.reply(self.callee.expect("BYE", within=10), 200, "OK")


class UntranscodedCalls(MediaCase):
    def test_the_offer_stays_as_it_is(self):
        call = self.dial()
        self.assertRegex(call.offered.body.decode(), r"m=audio \d+ RTP/AVP 0 101\r\n")
        self.end(call)


if __name__ == "__main__":
    unittest.main()
