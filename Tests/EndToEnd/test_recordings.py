"""Recordings read by other programs: WAV files by ffmpeg, pcap files by tshark."""

import array
import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.media import amplitude
from support.proxy import BINARY

HAS_FFMPEG = shutil.which("ffmpeg") is not None and shutil.which("ffprobe") is not None
HAS_TSHARK = shutil.which("tshark") is not None


class Recordings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="ifsip-recordings-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        subprocess.run([BINARY.parent / "RecordingSamples", folder.name], check=True)

    def probe(self, name: str) -> dict:
        command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(self.folder / name)]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        self.assertEqual(result.stderr, "")
        return json.loads(result.stdout)["streams"][0]

    def samples(self, name: str) -> array.array:
        command = ["ffmpeg", "-v", "error", "-i", str(self.folder / name), "-f", "s16le", "-"]
        result = subprocess.run(command, check=True, capture_output=True)
        self.assertEqual(result.stderr, b"")
        return array.array("h", result.stdout)

    @unittest.skipUnless(HAS_FFMPEG, "SKIPPED, AND NOT SHOWN: no ffmpeg")
    def test_ffmpeg_reads_every_encoding(self):
        for name, codec in (("pcm16", "pcm_s16le"), ("mulaw", "pcm_mulaw"), ("alaw", "pcm_alaw")):
            with self.subTest(name):
                stream = self.probe(f"{name}.wav")
                self.assertEqual(stream["codec_name"], codec)
                self.assertEqual((stream["sample_rate"], stream["channels"]), ("8000", 1))
                self.assertAlmostEqual(float(stream["duration"]), 2.5)
                samples = self.samples(f"{name}.wav")
                self.assertEqual(len(samples), 20_000)
                self.assertAlmostEqual(amplitude(samples, 440, 8000), 8000, delta=80)

    @unittest.skipUnless(HAS_FFMPEG, "SKIPPED, AND NOT SHOWN: no ffmpeg")
    def test_both_sides_of_a_call(self):
        stream = self.probe("stereo.wav")
        self.assertEqual((stream["sample_rate"], stream["channels"]), ("16000", 2))
        samples = self.samples("stereo.wav")
        for channel, (hertz, level, other) in enumerate(((440, 8000, 1000), (1000, 4000, 440))):
            self.assertAlmostEqual(amplitude(samples[channel::2], hertz, 16_000), level, delta=80)
            self.assertLess(amplitude(samples[channel::2], other, 16_000), 80)

    @unittest.skipUnless(HAS_FFMPEG, "SKIPPED, AND NOT SHOWN: no ffmpeg")
    def test_a_process_that_died_leaves_all_but_a_second(self):
        self.assertAlmostEqual(float(self.probe("died.wav")["duration"]), 2.0)
        self.assertAlmostEqual(amplitude(self.samples("died.wav"), 440, 8000), 8000, delta=80)

    @unittest.skipUnless(HAS_TSHARK, "SKIPPED, AND NOT SHOWN: no tshark")
    def test_tshark_reads_packets_and_their_checksums(self):
        fields = ("frame.time_epoch", "ip.src", "ipv6.dst", "udp.srcport", "udp.dstport", "ip.checksum.status")
        fields += ("udp.checksum.status", "rtp.seq", "rtp.timestamp", "rtp.ssrc", "rtp.p_type", "udp.length")
        for name in ("raw.pcap", "ethernet.pcap"):
            with self.subTest(name):
                command = ["tshark", "-r", str(self.folder / name), "-d", "udp.port==40000,rtp", "-T", "fields"]
                command += ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
                for field in fields:
                    command += ["-e", field]
                result = subprocess.run(command, check=True, capture_output=True, text=True)
                rows = [line.split("\t") for line in result.stdout.splitlines()]
                self.assertEqual(len(rows), 100)
                for number, row in enumerate(rows):
                    is_first = number < 50
                    self.assertAlmostEqual(float(row[0]), 1_700_000_000 + number * 0.02, places=6)
                    self.assertEqual(row[1:3], ["192.0.2.1", ""] if is_first else ["", "2001:db8::2"])
                    self.assertEqual(row[3:5], ["40000", "40002"])
                    # 1 is "good"; IPv6 has no checksum of its own.
                    self.assertEqual(row[5:7], ["1", "1"] if is_first else ["", "1"])
                    self.assertEqual(row[7:11], [str(number), str(number * 160), "0x12345678", "0"])
                    self.assertEqual(row[11], "179" if number % 5 == 0 else "180")


if __name__ == "__main__":
    unittest.main()
