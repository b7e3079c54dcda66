"""Calls recorded while they run: tones measured in the file, packets without SRTP, and who may ask for it."""

import array
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
import wave
from pathlib import Path
from typing import ClassVar

from support.baresip import Phone
from support.media import Tone, talk
from support.media_case import MediaCase
from support.proxy import Proxy
from support.srtp import RECEIVES, SENDS, SUITES, Pipe, build_peer, can_build_peer
from test_media import crypto, keys
from test_phones import PhoneCase

HAS_TSHARK = shutil.which("tshark") is not None


class Commands:
    """What a person types, and the API below it."""

    def run_command(self, *arguments: str, expected: int = 0) -> str:
        done = self.proxy.command(*arguments, "--config", str(self.proxy.config_path))
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def record(self, call: str, *arguments: str) -> dict:
        return json.loads(self.run_command("calls", "record", call, "--json", *arguments))

    def stop_recording(self, call: str) -> dict:
        (ended,) = json.loads(self.run_command("calls", "record", call, "--stop", "--json"))
        return ended

    def path(self, recording: dict) -> Path:
        return self.proxy.state / "recordings" / recording["file"]

    def channels(self, recording: dict) -> tuple[list[int], list[int]]:
        with wave.open(str(self.path(recording))) as file:
            self.assertEqual((file.getnchannels(), file.getframerate(), file.getsampwidth()), (2, 8_000, 2))
            samples = array.array("h", file.readframes(file.getnframes()))
        return list(samples[0::2]), list(samples[1::2])

    def assert_whole(self, recording: dict) -> None:
        """The file is what the answer says, nobody else may read it, and IF.witness has its beginning and its end."""
        path = self.path(recording)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(path.parent.stat().st_mode & 0o777, 0o700)
        self.assertEqual(path.stat().st_size, recording["bytes"])
        self.assertEqual(hashlib.sha256(path.read_bytes()).hexdigest(), recording["sha256"])
        self.assertEqual(recording["lost_packets"], 0)
        records = self.proxy.records_until(
            lambda found: any(
                r["event"] == "recording.ended" and r["details"]["recording"] == recording["id"] for r in found
            )
        )
        mine = [r for r in records if r.get("details", {}).get("recording") == recording["id"]]
        self.assertEqual([r["event"] for r in mine], ["recording.started", "recording.ended"])
        for record in mine:
            self.assertEqual(record["details"]["by"], recording["by"])
            self.assertEqual(record["details"]["file"], recording["file"])
            self.assertEqual((record["call_id"], record["trace_id"]), (recording["call_id"], recording["trace_id"]))
        self.assertEqual(mine[1]["details"]["sha256"], recording["sha256"])
        self.assertEqual(mine[1]["details"]["packets"], recording["packets"])


def heard(samples: list[int]) -> list[int]:
    """Without the silence around it."""
    loud = [at for at, sample in enumerate(samples) if abs(sample) > 500]
    return samples[loud[0] : loud[-1] + 1] if loud else []


class RecordedCalls(Commands, MediaCase):
    media: ClassVar[dict] = {"recording": {"allow": True, "max_seconds": 60}}

    def api(self, method: str, path: str, token: str, body: dict | None = None) -> tuple[int, dict]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.proxy.admin_port}{path}",
            method=method,
            headers={"Authorization": f"Bearer {token}"},
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as got:
                return got.status, json.loads(got.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def test_both_sides_are_heard_each_on_its_channel(self):
        call = self.dial()
        begun = self.record(call.invite.call_id)
        self.assertEqual((begun["state"], begun["by"], begun["format"]), ("running", "admin", "wav"))
        talk(call.near, call.far, packets=60, interval=0.02)
        self.assertEqual(self.proxy.metrics().value("media_recordings"), 1)
        ended = self.stop_recording(call.invite.call_id)
        self.assertEqual((ended["state"], ended["reason"], ended["packets"]), ("ended", "stopped", 120))
        self.assert_whole(ended)
        for samples, speaker in zip(self.channels(ended), (call.near, call.far), strict=True):
            tone, said = Tone.of(heard(samples)), Tone.of(speaker.said())
            self.assertAlmostEqual(tone.frequency, speaker.frequency, delta=2)
            self.assertAlmostEqual(tone.level, said.level, delta=0.2)
            self.assertAlmostEqual(len(heard(samples)) / 8_000, 1.2, delta=0.03)
        # The call goes on as if nothing had been.
        self.assert_talk(call)
        self.end(call)
        self.assertEqual(self.proxy.metrics().value("media_recordings"), 0)
        self.assertEqual(self.proxy.verify().returncode, 0)

    def test_what_was_recorded_ends_with_the_call(self):
        call = self.dial()
        sound, packets = self.record(call.invite.call_id), self.record(call.invite.call_id, "--pcap")
        self.run_command("calls", "record", call.invite.call_id, expected=1)
        talk(call.near, call.far, packets=20, interval=0.02)
        self.end(call)
        deadline = time.monotonic() + 5
        while True:
            listed = {r["id"]: r for r in json.loads(self.run_command("calls", "recordings", "--json"))}
            if all(listed[r["id"]]["state"] == "ended" for r in (sound, packets)):
                break
            self.assertLess(time.monotonic(), deadline, "a recording outlives its call")
            time.sleep(0.05)
        for recording in (sound, packets):
            ended = listed[recording["id"]]
            self.assertEqual((ended["reason"], ended["packets"]), ("call ended", 40))
            self.assert_whole(ended)
        left, right = self.channels(listed[sound["id"]])
        self.assertAlmostEqual(Tone.of(heard(left)).frequency, 440, delta=3)
        self.assertAlmostEqual(Tone.of(heard(right)).frequency, 1_000, delta=3)
        self.run_command("calls", "record", call.invite.call_id, "--stop", expected=1)

    def test_a_hold_is_silence(self):
        call = self.dial()
        self.record(call.invite.call_id)
        talk(call.near, call.far, packets=20, interval=0.02)
        self.again(call, call.near.sdp("a=sendonly", version=2), call.far.sdp("a=recvonly"), 10)
        time.sleep(0.5)
        self.again(call, call.near.sdp("a=sendrecv", version=3), call.far.sdp(), 11)
        talk(call.near, call.far, packets=20, interval=0.02)
        left, _ = self.channels(self.stop_recording(call.invite.call_id))
        whole = heard(left)
        self.assertGreater(len(whole), 8_000 * 1.3)
        silent = [at for at in range(0, len(whole) - 800, 800) if max(map(abs, whole[at : at + 800])) == 0]
        self.assertGreaterEqual(len(silent), 4)
        self.end(call)

    def test_it_stops_by_itself_and_is_copied(self):
        call = self.dial()
        with tempfile.TemporaryDirectory(prefix="ifsip-copies-") as folder:
            began = time.monotonic()
            ended = self.record(call.invite.call_id, "--seconds", "1", "--out", folder)
            self.assertLess(time.monotonic() - began, 4)
            self.assertEqual(ended["reason"], "time")
            copy = Path(folder) / ended["file"]
            self.assertEqual(copy.read_bytes(), self.path(ended).read_bytes())
            self.assertEqual(copy.stat().st_mode & 0o777, 0o600)
        left, right = self.channels(ended)
        self.assertEqual(len(left), len(right))
        self.assertAlmostEqual(len(left) / 8_000, 1.0, delta=0.3)
        self.end(call)

    def test_who_may_record(self):
        call = self.dial()
        path = f"/v1/calls/{call.invite.call_id}/recordings"
        reader = json.loads(self.run_command("token", "create", "--scope", "read", "--json"))["token"]
        made = json.loads(self.run_command("token", "create", "--scope", "record", "--json"))
        self.assertEqual(self.api("POST", path, reader, {})[0], 403)
        for body in ({"format": "mp3"}, {"seconds": 0}, {"seconds": 61}, {"seconds": "1"}):
            self.assertEqual(self.api("POST", path, made["token"], body)[0], 400, body)
        self.assertEqual(self.api("POST", "/v1/calls/none/recordings", made["token"], {})[0], 404)
        status, begun = self.api("POST", path, made["token"], {"format": "pcap"})
        self.assertEqual((status, begun["by"]), (201, made["id"]))
        status, again = self.api("POST", path, made["token"], {"format": "pcap"})
        self.assertEqual((status, again["error"]), (409, "ALREADY_RECORDED"))
        self.assertEqual(self.api("DELETE", f"/v1/recordings/{begun['id']}", reader)[0], 403)
        self.assertEqual(self.api("GET", f"/v1/recordings/{begun['id']}", reader)[1]["state"], "running")
        status, ended = self.api("DELETE", f"/v1/recordings/{begun['id']}", made["token"])
        self.assertEqual((status, ended["state"]), (200, "ended"))
        self.assert_whole(ended)
        self.assertEqual(self.api("DELETE", "/v1/recordings/none", made["token"])[0], 404)
        self.end(call)


class UnrecordedCalls(Commands, MediaCase):
    """The default."""

    def test_nothing_is_recorded_unless_it_is_allowed(self):
        call = self.dial()
        said = self.run_command("calls", "record", call.invite.call_id, expected=1)
        self.assertIn("media.recording.allow", said)
        self.assertFalse((self.proxy.state / "recordings").exists())
        self.end(call)


class PassingCalls(Commands, MediaCase):
    media: ClassVar[dict] = {"relay": "off", "recording": {"allow": True}}

    def test_what_is_not_relayed_cannot_be_recorded(self):
        caller, invite, ok = self.connect()
        self.assertIn("does not go over this node", self.run_command("calls", "record", invite.call_id, expected=1))
        self.hang_up(caller, invite, ok)


@unittest.skipUnless(HAS_TSHARK, "SKIPPED, AND NOT SHOWN: no tshark")
@unittest.skipUnless(can_build_peer(), "SKIPPED, AND NOT SHOWN: no libsrtp2-dev or no C compiler")
class RecordedSecrets(Commands, MediaCase):
    media: ClassVar[dict] = {"recording": {"allow": True}}

    def test_srtp_is_recorded_as_plain_rtp(self):
        folder = tempfile.TemporaryDirectory(prefix="ifsip-recorded-")
        self.addCleanup(folder.cleanup)
        peer = Pipe(build_peer(Path(folder.name)))
        self.addCleanup(peer.close)
        name, length = SUITES[0][0], SUITES[0][1]
        own = os.urandom(length)
        call = self.dial(offer=(crypto(1, name, own),), profile="RTP/SAVP")
        call.near.sends = peer.context(SENDS, 0, own)
        call.near.receives = peer.context(RECEIVES, 0, keys(call.ok.body)[1][1])
        self.record(call.invite.call_id, "--pcap")
        self.assert_talk(call, packets=25)
        ended = self.stop_recording(call.invite.call_id)
        self.assert_whole(ended)
        shown = subprocess.run(
            ["tshark", "-r", self.path(ended), "-d", f"udp.port=={call.near.port},rtp", "-T", "fields"]
            + [
                option
                for name in ("ip.src", "udp.srcport", "udp.dstport", "rtp.ssrc", "rtp.payload")
                for option in ("-e", name)
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        self.assertEqual(len(shown), 50)
        for speaker, other in ((call.near, call.far), (call.far, call.near)):
            rows = [row.split("\t") for row in shown if row.split("\t")[1] == str(speaker.port)]
            self.assertEqual(len(rows), 25)
            self.assertEqual({row[2] for row in rows}, {str(other.port)})
            self.assertEqual({int(row[3], 16) for row in rows}, {speaker.ssrc})
            speaker.phase -= 25 * 160
            said = speaker.tone(25 * 160)
            self.assertEqual(bytes.fromhex("".join(row[4].replace(":", "") for row in rows)), said)
        self.end(call)


class RecordedPhones(Commands, PhoneCase):
    """Phones that know nothing of it."""

    @classmethod
    def make_proxy(cls):
        return Proxy(
            users={"alice": "wonderland", "bob": "builder", "carol": "secret"},
            media={"relay": "all", "recording": {"allow": True}},
        )

    def test_baresip_is_recorded(self):
        carol = Phone("carol", self.proxy.users["carol"], self.proxy.port, encryption="srtp-mand")
        self.addCleanup(carol.close)
        carol.wait_registered()
        carol.dial(self.bob.uri)
        self.bob.wait_ringing()
        self.bob.answer()
        carol.wait_up()
        (call,) = [
            entry for entry in json.loads(self.run_command("calls", "list", "--json")) if entry["state"] == "connected"
        ]
        ended = self.record(call["id"], "--seconds", "2", "--wait")
        self.assert_whole(ended)
        for samples in self.channels(ended):
            # Both play 440 Hz.
            self.assertGreater(len(heard(samples)), 8_000)
            self.assertAlmostEqual(Tone.of(heard(samples)).frequency, 440, delta=3)
        carol.hang_up()
        self.bob.wait_over()


if __name__ == "__main__":
    unittest.main()
