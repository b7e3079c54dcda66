"""Every message of every call is in the log exactly once, in order, under the call's trace_id."""

import os
import unittest
from collections import defaultdict
from typing import ClassVar

from support.case import CalleeCase, SippCase
from support.chain import check_chain
from support.proxy import DOMAIN, Proxy
from support.sip import SDP

FULL = os.environ.get("IFSIP_FULL") == "1"
CALLS, RATE = (10_000, 200) if FULL else (300, 100)

# What a call without a challenge consists of: event, method, status, direction.
STEPS = [
    ("sip.request", "INVITE", None, "in"),
    ("sip.response", "INVITE", 100, "out"),
    ("sip.response", "INVITE", 180, "in"),
    ("sip.response", "INVITE", 200, "in"),
    ("sip.request", "ACK", None, "in"),
    ("sip.request", "BYE", None, "in"),
    ("sip.response", "BYE", 200, "in"),
]
TURNS = ["call.ringing", "call.connected", "call.terminated"]
OPEN = {"realm": DOMAIN, "invite": "off", "register": "required"}


def step(record: dict) -> tuple:
    return record["event"], record.get("method"), record.get("status"), record["details"]["direction"]


class EveryMessage(SippCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.config["auth"] = OPEN
        proxy.config["flood"] = {"messages_per_second": 1_000_000, "burst": 1_000_000}
        proxy.write_config()
        return proxy

    def test_of_ten_thousand_calls(self):
        self.call(
            "uac_open", calls=CALLS, arguments=("-r", str(RATE), "-l", "4000", "-d", "20"), timeout=CALLS // RATE + 60
        )
        self.proxy.records_until(lambda rs: sum(r["event"] == "call.terminated" for r in rs) >= CALLS, within=30)
        calls = defaultdict(list)
        for record in check_chain(self.proxy.state / "witness"):
            if "call_id" in record:
                calls[record["call_id"]].append(record)
        self.assertEqual(len(calls), CALLS)
        traces = set()
        for call_id, records in calls.items():
            with self.subTest(call_id=call_id):
                self.assertEqual([step(r) for r in records if r["event"].startswith("sip.")], STEPS)
                self.assertEqual([r["event"] for r in records if r["event"].startswith("call.")], TURNS)
                self.assertEqual(len(records), len(STEPS) + len(TURNS))
                self.assertEqual(len({r.get("trace_id") for r in records}), 1)
                traces.add(records[0]["trace_id"])
        self.assertEqual(len(traces), CALLS, "each call has a trace_id of its own")
        done = self.proxy.verify()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Retransmissions(CalleeCase):
    config: ClassVar = {"auth": OPEN}

    def test_what_is_sent_again_is_not_recorded_again(self):
        with self.endpoint() as alice:
            invite = alice.request("INVITE", "sip:bob@pbx.test")
            for _ in range(3):
                alice.send(invite)
            arrived = self.callee.expect("INVITE")
            self.callee.reply(arrived, 180, "Ringing")
            for _ in range(3):
                self.callee.reply(arrived, 200, "OK", body=SDP)
            ok = self.assert_status(alice.response(invite), 200)
            ack = alice.in_dialog("ACK", invite, ok, invite.cseq)
            for _ in range(3):
                alice.send(ack)
            self.callee.expect("ACK")
            bye = alice.in_dialog("BYE", invite, ok, invite.cseq + 1)
            for _ in range(3):
                alice.send(bye)
            arrived = self.callee.expect("BYE")
            for _ in range(3):
                self.callee.reply(arrived, 200, "OK")
            self.assert_status(alice.response(bye), 200)
        records = self.proxy.records_until(lambda rs: any(r["event"] == "call.terminated" for r in rs))
        mine = [r for r in records if r.get("call_id") == invite.call_id and r["event"].startswith("sip.")]
        self.assertEqual([step(r) for r in mine], STEPS)
        self.assertEqual(len({r.get("trace_id") for r in mine}), 1)


if __name__ == "__main__":
    unittest.main()
