"""G.711 and G.722 beside ffmpeg's, both ways."""

import math
import random
import shutil
import struct
import subprocess
import unittest
import warnings

from support.proxy import BINARY

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    try:
        import audioop
    except ImportError:
        audioop = None

# Our name, ffmpeg's codec, ffmpeg's raw format, samples a second.
G711 = (("pcmu", "pcm_mulaw", "mulaw", 8000), ("pcma", "pcm_alaw", "alaw", 8000))
G722 = ("g722", "g722", "g722", 16000)


def ours(way: str, codec: str, data: bytes) -> bytes:
    command = [str(BINARY.parent / "CodecPipe"), way, codec]
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


def theirs(way: str, codec: tuple, data: bytes) -> bytes:
    _, encoder, container, rate = codec
    raw = ["-f", "s16le", "-ar", str(rate), "-ac", "1"]
    # The raw formats of G.722 know their own rate and take no option for it.
    coded = ["-f", container] if container == "g722" else ["-f", container, "-ar", str(rate), "-ac", "1"]
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-bitexact"]
    if way == "encode":
        command += [*raw, "-i", "pipe:0", "-c:a", encoder, *(["-f", container]), "pipe:1"]
    else:
        command += [*coded, "-c:a", encoder, "-i", "pipe:0", *raw, "pipe:1"]
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


def samples_of(data: bytes) -> tuple:
    return struct.unpack(f"<{len(data) // 2}h", data)


def bytes_of(samples) -> bytes:
    return struct.pack(f"<{len(samples)}h", *(max(-32768, min(32767, round(sample))) for sample in samples))


def speech(rate: int, seconds: float = 2) -> list[float]:
    """Harmonics of a pitch that wanders, a little noise, and pauses."""
    chaos, phase, samples = random.Random(6), 0.0, []
    for place in range(int(rate * seconds)):
        phase += 2 * math.pi * (130 + 30 * math.sin(2 * place / rate)) / rate
        voice = sum(math.sin(part * phase) / part for part in (1, 2, 3, 5, 8, 13, 21))
        loudness = 6000 if place % rate < rate * 0.7 else 0
        samples.append(loudness * voice + 50 * chaos.uniform(-1, 1))
    return samples


def signal_to_noise(signal, heard) -> float:
    """In dB, at the best of the delays the two filter banks may have: about 22 samples."""
    best = -math.inf
    for delay in range(18, 27):
        pairs = list(zip(signal, heard[delay:], strict=False))
        noise = sum((one - other) ** 2 for one, other in pairs)
        power = sum(one**2 for one, _ in pairs)
        best = max(best, 10 * math.log10(power / max(noise, 1)))
    return best


@unittest.skipUnless(audioop, "SKIPPED, AND NOT SHOWN: this Python has no audioop any more")
class Laws(unittest.TestCase):
    """G.711 beside the routines of the C library of old that Python carried until 3.12."""

    def test_every_sample_is_encoded_alike(self):
        every = bytes_of(range(-32768, 32768))
        self.assertEqual(ours("encode", "pcmu", every), audioop.lin2ulaw(every, 2))
        self.assertEqual(ours("encode", "pcma", every), audioop.lin2alaw(every, 2))

    def test_every_octet_is_decoded_alike(self):
        octets = bytes(range(256))
        self.assertEqual(ours("decode", "pcmu", octets), audioop.ulaw2lin(octets, 2))
        self.assertEqual(ours("decode", "pcma", octets), audioop.alaw2lin(octets, 2))


@unittest.skipUnless(shutil.which("ffmpeg"), "SKIPPED, AND NOT SHOWN: no ffmpeg")
class Codecs(unittest.TestCase):
    def test_g711_decodes_every_octet_alike(self):
        octets = bytes(range(256))
        for codec in G711:
            with self.subTest(codec=codec[0]):
                self.assertEqual(ours("decode", codec[0], octets), theirs("decode", codec, octets))

    def test_g711_encodes_nearly_every_sample_alike(self):
        """Where two segments meet, G.711's tables have their level below the middle of the two values; ffmpeg takes the
        middle. And samples just on a level may go either way below zero."""
        every = list(range(-32768, 32768))
        for codec in G711:
            with self.subTest(codec=codec[0]):
                mine, other = ours("encode", codec[0], bytes_of(every)), theirs("encode", codec, bytes_of(every))
                values = samples_of(ours("decode", codec[0], bytes(range(256))))
                order = sorted(set(values))
                different = [(one, two) for one, two in zip(mine, other, strict=True) if one != two]
                print(f"{codec[0]}: {len(different)} of 65,536 samples differ from ffmpeg's")
                self.assertLess(len(different), 1000)
                for one, two in different:
                    self.assertEqual(abs(order.index(values[one]) - order.index(values[two])), 1)

    def test_g711_there_and_back_is_the_same(self):
        """What one decodes, the other encodes to the octets it was made of (negative zero of mu-law aside)."""
        octets = bytes(octet for octet in range(256) if octet != 0x7F)
        for codec in G711:
            with self.subTest(codec=codec[0]):
                self.assertEqual(theirs("encode", codec, ours("decode", codec[0], octets)), octets)
                self.assertEqual(ours("encode", codec[0], theirs("decode", codec, octets)), octets)

    def test_g722_decodes_alike(self):
        """To the bit: speech as either encodes it, and octets that no encoder makes."""
        chaos = random.Random(722)
        speaking = bytes_of(speech(16000))
        streams = {
            "speech, encoded by ours": ours("encode", "g722", speaking),
            "speech, encoded by theirs": theirs("encode", G722, speaking),
            "noise": chaos.randbytes(32000),
            "one octet": bytes([0x55]) * 4000,
        }
        for name, octets in streams.items():
            with self.subTest(name):
                mine, other = samples_of(ours("decode", "g722", octets)), samples_of(theirs("decode", G722, octets))
                self.assertEqual(len(mine), 2 * len(octets))
                self.assertEqual(mine, other[: len(mine)])

    def test_g722_encodes_as_well(self):
        """Speech and full-scale noise through either encoder and the other's decoder."""
        chaos = random.Random(1)
        for name, samples in (
            ("speech", speech(16000)),
            ("noise", [chaos.uniform(-30000, 30000) for _ in range(16000)]),
        ):
            data = bytes_of(samples)
            mine, other = ours("encode", "g722", data), theirs("encode", G722, data)
            same = sum(one == two for one, two in zip(mine, other, strict=False))
            heard = samples_of(theirs("decode", G722, mine)), samples_of(ours("decode", "g722", other))
            ratios = [signal_to_noise(samples, each) for each in heard]
            print(
                f"G.722 {name}: {same} of {len(mine)} octets alike, {ratios[0]:.2f} dB by ours, {ratios[1]:.2f} by theirs"
            )
            self.assertGreaterEqual(ratios[0], ratios[1] - 0.1)

    def test_g722_in_the_narrow_band(self):
        """8 kHz without resampling: ours encodes, theirs decodes 16 kHz in which a tone has its level and no image."""
        for hertz in (400, 1000, 2500):
            tone = [8000 * math.sin(2 * math.pi * hertz * place / 8000) for place in range(8000)]
            heard = samples_of(theirs("decode", G722, ours("encode", "g722-narrowband", bytes_of(tone))))[4000:12000]
            for frequency, least, most in ((hertz, 7500, 8500), (8000 - hertz, 0, 400)):
                turn = 2 * math.pi * frequency / 16000
                inphase = sum(sample * math.sin(turn * place) for place, sample in enumerate(heard))
                across = sum(sample * math.cos(turn * place) for place, sample in enumerate(heard))
                level = 2 * math.hypot(inphase, across) / len(heard)
                with self.subTest(hertz=hertz, frequency=frequency):
                    self.assertTrue(least <= level <= most, level)


if __name__ == "__main__":
    unittest.main()
