"""The witness records of real calls: complete, free of secrets, chained, and every tampering found."""

import hashlib
import json
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from support.case import CalleeCase
from support.chain import canonical, check_chain
from support.proxy import DOMAIN


class WitnessCase(CalleeCase):
    def call(self) -> str:
        """One whole call; returns its Call-ID."""
        call = self.connect()
        self.hang_up(*call)
        return call[1].call_id

    def records_of(self, call_id: str, last: str) -> list[dict]:
        def mine(records):
            return [record for record in records if record.get("call_id") == call_id]

        return mine(self.proxy.records_until(lambda records: any(r["event"] == last for r in mine(records))))


class Records(WitnessCase):
    def test_a_call_step_by_step(self):
        records = self.records_of(self.call(), "call.terminated")
        steps = [(r.get("method"), r.get("status")) for r in records if r["event"].startswith("sip.")]
        once = [step for i, step in enumerate(steps) if step not in steps[:i]]
        expected = [
            ("INVITE", None),
            ("INVITE", 407),
            ("ACK", None),
            ("INVITE", 100),
            ("INVITE", 180),
            ("INVITE", 200),
            ("BYE", None),
            ("BYE", 200),
        ]
        self.assertEqual(once, expected)
        events = [r["event"] for r in records if r["event"].startswith("call.")]
        self.assertEqual(events, ["call.ringing", "call.connected", "call.terminated"])
        self.assertEqual(len({r["trace_id"] for r in records if "trace_id" in r}), 1, "one trace_id for one call")
        self.assertRegex(records[-1]["trace_id"], r"^[0-9a-f]{32}$")
        for record in records:
            self.assertRegex(record["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
            if record["event"].startswith("sip."):
                self.assertIn(record["details"]["direction"], ("in", "out"))
                self.assertIn("address", record["peer"])

    def test_refusal_says_why(self):
        alice = self.endpoint()
        invite = alice.request("INVITE", f"sip:council@{DOMAIN}", headers=("X-IF-Trace-ID: t", "X-IF-Hazard: safety"))
        self.assert_status(alice.call(invite), 403)
        rejected = [r for r in self.records_of(invite.call_id, "call.rejected") if r["event"] == "call.rejected"]
        self.assertEqual(len(rejected), 1)
        self.assertEqual((rejected[0]["status"], rejected[0]["trace_id"]), (403, "t"))
        self.assertIn("rule", rejected[0]["details"])

    def test_chain_holds_by_an_independent_reading(self):
        self.records_of(self.call(), "call.terminated")
        records = check_chain(self.proxy.state / "witness")
        self.assertEqual(records[0]["event"], "process.started")

    def test_no_secret_is_written(self):
        self.records_of(self.call(), "call.terminated")
        text = "".join(p.read_text() for p in (self.proxy.state / "witness/records").glob("*.jsonl"))
        self.assertNotRegex(text, re.compile(r"wonderland|response=|nonce=|cnonce|m=audio", re.IGNORECASE))


class Tampering(WitnessCase):
    """Each case changes a copy of a good log in one way, and `witness verify` names the first record it breaks."""

    def setUp(self) -> None:
        super().setUp()
        self.records_of(self.call(), "call.terminated")
        self.copy = Path(tempfile.mkdtemp(prefix="ifsip-witness-"))
        self.addCleanup(shutil.rmtree, self.copy)
        shutil.copytree(self.proxy.state / "witness", self.copy / "witness")
        self.segment = next((self.copy / "witness/records").glob("*.jsonl"))
        self.lines = self.segment.read_bytes().splitlines(keepends=True)

    def verify(self, lines):
        self.segment.write_bytes(b"".join(lines))
        return self.proxy.verify(self.copy / "witness")

    def assert_found(self, lines, record: int) -> None:
        done = self.verify(lines)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout + done.stderr, rf"\b{record}\b", "the message names the record")

    def test_untouched_copy_verifies(self):
        done = self.verify(self.lines)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(str(len(self.lines)), done.stdout, "it says how many records it checked")

    def test_every_byte_of_a_record_counts(self):
        record = 2
        line = self.lines[record]
        for place in range(0, len(line) - 1, 37):
            changed = bytearray(line)
            changed[place] ^= 0x01
            with self.subTest(place=place, byte=chr(line[place])):
                self.assert_found([*self.lines[:record], bytes(changed), *self.lines[record + 1 :]], record)

    def test_removed_record(self):
        self.assert_found(self.lines[:2] + self.lines[3:], 2)

    def test_swapped_records(self):
        self.assert_found([*self.lines[:2], self.lines[3], self.lines[2], *self.lines[4:]], 2)

    def test_rewritten_record_with_a_hash_of_its_own(self):
        record = json.loads(self.lines[2])
        record["event"] = "call.connected"
        unsealed = {key: value for key, value in record.items() if key != "hash"}
        record["hash"] = hashlib.sha256(canonical(unsealed)).hexdigest()
        self.assert_found([*self.lines[:2], canonical(record) + b"\n", *self.lines[3:]], 3)

    def test_last_line_cut_in_half(self):
        last = len(self.lines) - 1
        self.assert_found([*self.lines[:-1], self.lines[-1][: len(self.lines[-1]) // 2]], last)

    def test_restart_continues_the_chain(self):
        self.proxy.restart()
        self.records_of(self.call(), "call.terminated")
        events = [r["event"] for r in check_chain(self.proxy.state / "witness")]
        self.assertGreaterEqual(events.count("process.started"), 2)
        self.assertGreaterEqual(events.count("process.stopped"), 1)
        done = self.proxy.verify()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
