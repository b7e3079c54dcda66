"""Two ordinary phones (baresip) register with digest and call each other through the proxy."""

import shutil
import tempfile
import unittest
from pathlib import Path

from support.baresip import Phone
from support.case import ProxyCase


class PhoneCase(ProxyCase):
    transport = "udp"

    def setUp(self) -> None:
        self.alice = self.phone("alice")
        self.bob = self.phone("bob")
        self.calls = 0

    def phone(self, user: str) -> Phone:
        phone = Phone(user, self.proxy.users[user], self.proxy.port, transport=self.transport)
        self.addCleanup(phone.close)
        phone.wait_registered()
        return phone

    def call(self, caller: Phone, callee: Phone, *, hangs_up: Phone) -> None:
        caller.dial(callee.uri)
        callee.wait_for("CALL_INCOMING")
        callee.answer()
        caller.wait_for("CALL_ESTABLISHED")
        callee.wait_for("CALL_ESTABLISHED")
        self.calls += 1
        caller.wait_for_audio(self.calls)
        callee.wait_for_audio(self.calls)
        hangs_up.hang_up()
        caller.wait_for("CALL_CLOSED")
        callee.wait_for("CALL_CLOSED")


class Phones(PhoneCase):
    def test_call_each_other_both_ways_and_either_hangs_up(self):
        before = self.proxy.metrics()
        self.assertEqual(before.value("sip_registrations"), 2)
        for caller, callee in ((self.alice, self.bob), (self.bob, self.alice)):
            for hangs_up in (caller, callee):
                with self.subTest(caller=caller.user, hangs_up=hangs_up.user):
                    self.call(caller, callee, hangs_up=hangs_up)
        after = self.proxy.metrics()
        answered = {"direction": "through", "result": "answered"}
        gained = after.value("sip_calls_total", **answered) - before.value("sip_calls_total", **answered)
        self.assertEqual(gained, 4)
        self.assertEqual(after.value("sip_active_calls"), 0)
        self.proxy.records_until(lambda records: [r["event"] for r in records].count("call.terminated") >= 4)

    def test_caller_gives_up(self):
        self.alice.dial(self.bob.uri)
        self.bob.wait_for("CALL_INCOMING")
        self.alice.wait_for("CALL_RINGING")
        self.alice.hang_up()
        self.bob.wait_for("CALL_CLOSED")
        self.proxy.records_until(
            lambda records: any(r.get("method") == "INVITE" and r.get("status") == 487 for r in records)
        )

    def test_callee_refuses(self):
        self.alice.dial(self.bob.uri)
        self.bob.wait_for("CALL_INCOMING")
        self.bob.hang_up()
        closed = self.alice.wait_for("CALL_CLOSED")
        self.assertRegex(closed.get("param", ""), "486|603|Busy|Decline|Rejected")


class PhonesOverTCP(Phones):
    transport = "tcp"


class PhonesAndWitness(PhoneCase):
    """The records of a call between phones verify; one changed byte does not."""

    def test_one_changed_byte_is_found(self):
        self.call(self.alice, self.bob, hangs_up=self.bob)
        self.proxy.records_until(lambda records: records and records[-1]["event"] == "call.terminated")
        verified = self.proxy.verify()
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        copy = Path(tempfile.mkdtemp(prefix="ifsip-witness-"))
        self.addCleanup(shutil.rmtree, copy)
        shutil.copytree(self.proxy.state / "witness", copy / "witness")
        segment = next((copy / "witness/records").glob("*.jsonl"))
        data = bytearray(segment.read_bytes())
        place = data.index(b'"INVITE"') + 1
        data[place] ^= 0x01
        segment.write_bytes(data)
        found = self.proxy.verify(copy / "witness")
        self.assertEqual(found.returncode, 1, found.stdout + found.stderr)
        number = bytes(data[:place]).count(b"\n")
        self.assertRegex(found.stdout + found.stderr, rf"\b{number}\b", "the message names the record")


if __name__ == "__main__":
    unittest.main()
