"""`ifsip-proxy guardian` and `ifsip-proxy council`: terminals of ours in a room of ours, and the operator's hand in it."""

import json
import subprocess
import tempfile
import time
import unittest
import wave
from pathlib import Path
from typing import ClassVar

from support.h323.case import H323Case
from support.proxy import BINARY

ROOM = "council-check"


class GuardianCase(H323Case):
    keys: ClassVar[dict[str, str]] = {}

    @classmethod
    def guardians(cls) -> list[dict]:
        folder = Path(tempfile.mkdtemp(prefix="ifsip-guardian-"))
        cls.folder = folder
        entries = []
        for number, name in enumerate(("technical", "ethical", "stranger")):
            made = subprocess.run(
                [BINARY, "key", "generate", str(folder / f"{name}.key"), "--json"],
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            )
            cls.keys[name] = str(folder / f"{name}.key")
            if name == "stranger":
                continue
            entries.append(
                {
                    "id": f"if://guardian/{name}",
                    "aliases": [name, str(1001 + number)],
                    "key": json.loads(made.stdout)["public_key"],
                    "token": "required",
                    "status": "active",
                }
            )
        return entries

    def command_line(self, name: str, *more: str, key: str | None = None) -> list[str]:
        return [
            str(BINARY),
            *("guardian", "--room", ROOM, "--gatekeeper", "{}:{}".format(*self.ras)),
            *("--id", f"if://guardian/{name}", "--alias", name, "--key", self.keys[key or name], "--json", *more),
        ]

    def begin(self, name: str, *more: str, **options) -> subprocess.Popen:
        process = subprocess.Popen(
            self.command_line(name, *more, **options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.addCleanup(process.kill)
        return process

    def finish(self, process: subprocess.Popen, expected: int = 0, within: float = 20.0) -> dict:
        output, errors = process.communicate(timeout=within)
        self.assertEqual(process.returncode, expected, output + errors)
        report = json.loads(output)
        report["stderr"] = errors
        return report

    def json_of(self, *arguments: str):
        done = self.proxy.command(*arguments, "--json", "--config", str(self.proxy.config_path))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def until(self, condition, within: float = 10.0):
        deadline = time.monotonic() + within
        while not (found := condition()):
            self.assertLess(time.monotonic(), deadline, "in vain")
            time.sleep(0.1)
        return found


class Calls(GuardianCase):
    def test_two_guardians_hear_each_other(self):
        recording = self.folder / "heard.wav"
        one = self.begin("technical", "--tone", "440", "--seconds", "6", "--dtmf", "1")
        other = self.begin("ethical", "--tone", "1000", "--seconds", "6", "--record", str(recording), "--codec", "pcma")
        reports = [self.finish(one), self.finish(other)]
        for report, hertz, codec in zip(reports, (1_000, 440), ("PCMU", "PCMA"), strict=True):
            self.assertEqual((report["result"], report["stage"]), ("good", "room"))
            self.assertEqual(report["received"]["codec"], codec)
            self.assertEqual(report["received"]["lost"], 0)
            self.assertGreater(report["received"]["packets"], 200)
            self.assertAlmostEqual(report["heard"]["tones"][0]["hertz"], hertz, delta=4)
            self.assertLess(report["setup_ms"], 1_000)
            self.assertEqual(report["release"]["cause"], 16)
        with wave.open(str(recording)) as file:
            self.assertEqual((file.getframerate(), file.getnchannels(), file.getsampwidth()), (8_000, 1, 2))
            self.assertGreater(file.getnframes(), 5 * 8_000)
        print(f"\nset-up {[report['setup_ms'] for report in reports]} ms", flush=True)

    def test_what_the_operator_sees_and_does(self):
        one = self.begin("technical", "--tone", "440")
        room = self.until(lambda: [r for r in self.json_of("council", "rooms") if r["id"] == ROOM and r["count"] == 1])[
            0
        ]
        self.assertEqual(room["capacity"], 25)
        shown = self.json_of("council", "show", ROOM)
        seat = shown["participants"][0]
        self.assertEqual((seat["guardian"], seat["kind"]), ("if://guardian/technical", "h323"))
        number = str(seat["number"])
        self.assertTrue(self.json_of("council", "mute", ROOM, number)["muted"])
        self.assertTrue(self.json_of("council", "show", ROOM)["participants"][0]["muted"])
        self.assertFalse(self.json_of("council", "unmute", ROOM, number)["muted"])
        (endpoint,) = self.json_of("council", "endpoints")
        self.assertEqual((endpoint["guardian"], endpoint["calls"]), ("if://guardian/technical", 1))
        (admission,) = self.json_of("council", "admissions")
        self.assertEqual((admission["destination"], admission["party"]), (ROOM, "if://guardian/technical"))
        self.json_of("council", "expel", ROOM, number)
        report = self.finish(one, expected=1)
        self.assertEqual(report["release"], {"by": "peer", "cause": 21})
        self.assertIn("expelled", report["failure"])
        self.until(lambda: not self.json_of("council", "endpoints"))

    def test_a_wrong_key_is_told_so(self):
        report = self.finish(self.begin("technical", "--seconds", "2", key="stranger"), expected=1)
        self.assertEqual(report["result"], "failed")
        self.assertIn("--key", report["failure"])
        self.assertIn("securityDenial", report["stderr"])

    def test_without_an_admission_the_room_is_closed(self):
        line = [
            str(BINARY),
            "guardian",
            "--room",
            ROOM,
            "--mcu",
            "{}:{}".format(*self.signalling),
            "--seconds",
            "2",
            "--json",
        ]
        done = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("--gatekeeper", json.loads(done.stdout)["failure"])

    def test_what_cannot_be_played_is_refused(self):
        wrong = self.folder / "wrong.wav"
        with wave.open(str(wrong), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(44_100)
            file.writeframes(b"\0" * 400)
        for arguments, words, code in (
            (("--wav", str(wrong)), "2 channels", 1),
            (("--tone", "5000"), "20 to 3900", 2),
            (("--seconds", "0"), "--seconds", 2),
            (("--dtmf", "x"), "--dtmf", 2),
        ):
            done = subprocess.run(
                self.command_line("technical", *arguments), capture_output=True, text=True, timeout=20, check=False
            )
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
