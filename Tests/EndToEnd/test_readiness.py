"""/healthz and /readyz tell the truth, and what they say happens: a full disk, a locked database, draining."""

import sqlite3
import time
import unittest
from typing import ClassVar

from support.case import CalleeCase
from support.disk import SmallDisk

NO_DISK = SmallDisk.reason()


class ReadinessCase(CalleeCase):
    def setUp(self) -> None:
        super().setUp()
        if self.proxy.process is None:
            self.proxy.start()
        self.assertEqual(self.proxy.get("/readyz"), (200, "ready\n"))

    def wait_until_not_ready(self, reason: str, within: float, act=lambda: time.sleep(0.1)) -> str:
        """Waits until /readyz names a reason, doing something meanwhile; returns that line."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            status, text = self.proxy.get("/readyz")
            for line in text.splitlines():
                if status == 503 and line.startswith(f"{reason}: "):
                    return line
            act()
        self.fail(f"/readyz does not name {reason} within {within} s, but: {self.proxy.get('/readyz')}")

    def wait_until_ready(self, within: float) -> None:
        deadline = time.monotonic() + within
        while self.proxy.get("/readyz")[0] != 200:
            self.assertLess(time.monotonic(), deadline, self.proxy.get("/readyz"))
            time.sleep(0.1)

    def assert_unready(self, *reasons: str) -> None:
        """The metrics say the same."""
        metrics = self.proxy.metrics()
        self.assertEqual(metrics.value("ifsip_ready"), 0 if reasons else 1)
        for reason in ("draining", "witness-disk", "witness-queue", "database", "reactor"):
            self.assertEqual(metrics.value("ifsip_unready", reason=reason), reason in reasons, reason)

    def attempt(self):
        """A call that the callee declines, if it comes that far; returns its final answer."""
        alice = self.endpoint()
        invite = alice.send(alice.request("INVITE", "sip:bob@pbx.test"))
        first = alice.response(invite)
        if first.status != 407:
            return first
        invite.authorize(first, "alice", self.proxy.users["alice"])
        alice.send(invite)
        answer = alice.receive()
        while answer.status == 100:
            answer = alice.receive(0.2)
            if answer is None:
                self.callee.reply(self.callee.expect("INVITE"), 486, "Busy Here")
                self.callee.expect("ACK")
                answer = alice.response(invite)
        return answer


@unittest.skipIf(NO_DISK, NO_DISK)
class FullDisk(ReadinessCase):
    """The state directory on a disk of 16 MiB that gets full under a running node: ENOSPC from the kernel."""

    config: ClassVar[dict] = {}

    @classmethod
    def make_proxy(cls):
        cls.disk = SmallDisk(16)
        cls.addClassCleanup(cls.disk.remove)
        cls.config = {"state_dir": str(cls.disk.path / "state")}
        return super().make_proxy()

    def test_full_and_free_again(self):
        running = self.connect()
        self.assert_status(self.attempt(), 486)
        self.disk.fill()
        # What is left of the last block takes a record or two.
        line = self.wait_until_not_ready("witness-disk", 10, act=self.attempt)
        self.assertIn("No space left on device", line)
        self.assertEqual(self.proxy.get("/healthz")[0], 503)
        self.assertIn("No space left on device", self.proxy.get("/healthz")[1])
        metrics = self.proxy.metrics()
        self.assertEqual(metrics.value("ifsip_ready"), 0)
        self.assertEqual(metrics.value("ifsip_unready", reason="witness-disk"), 1)
        self.assertLess(metrics.value("ifsip_state_free_bytes"), 4096)
        self.assertEqual(metrics.value("ifsip_state_size_bytes"), 16 << 20)
        # What cannot be recorded does not begin, and says why.
        refused = metrics.value("sip_limit_reached_total", limit="witness")
        answer = self.assert_status(self.attempt(), 503)
        self.assertIn("witness", answer.header("Reason"))
        self.assertTrue(answer.header("Retry-After"))
        self.assertEqual(self.proxy.metrics().value("sip_limit_reached_total", limit="witness"), refused + 1)
        # What runs goes on.
        self.hang_up(*running)
        self.assertEqual(self.proxy.metrics().value("witness_refused_records_total"), 0)
        self.assertGreater(self.proxy.metrics().value("witness_queued_records"), 0)

        self.disk.make_room()
        self.wait_until_ready(25)
        self.assertEqual(self.proxy.get("/healthz"), (200, "ok\n"))
        self.assert_status(self.attempt(), 486)
        # Nothing that was taken is missing: the refusal and the end of the call that ran are there, in one chain.
        call_id = running[1].call_id
        records = self.proxy.records_until(
            lambda records: any(r["event"] == "call.terminated" and r["call_id"] == call_id for r in records)
        )
        self.assertTrue(any(r["event"] == "call.rejected" and r.get("status") == 503 for r in records))
        verified = self.proxy.verify()
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assert_unready()
        self.assertRegex(self.proxy.log(1000), r"not ready.*No space left on device")
        deadline = time.monotonic() + 5
        while "ready again" not in self.proxy.log(1000) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertIn("ready again", self.proxy.log(1000))


class LockedDatabase(ReadinessCase):
    """Somebody else holds the state database: a backup that hangs, a shell that was forgotten."""

    def test_locked_and_free_again(self):
        with sqlite3.connect(self.proxy.state / "ifsip.sqlite", isolation_level=None) as stranger:
            self.addCleanup(stranger.close)
            stranger.execute("BEGIN IMMEDIATE")
            # Nobody registers: the node finds out by itself.
            line = self.wait_until_not_ready("database", 30)
            self.assertIn("locked by another process", line)
            self.assertEqual(self.proxy.get("/healthz")[0], 503)
            self.assert_unready("database")
            stranger.execute("ROLLBACK")
        self.wait_until_ready(30)
        self.assert_unready()


class Draining(ReadinessCase):
    def test_draining_is_no_illness(self):
        running = self.connect()
        self.proxy.terminate()
        line = self.wait_until_not_ready("draining", 5)
        self.assertIn("no new calls", line)
        self.assertEqual(self.proxy.get("/healthz"), (200, "ok\n"))
        self.assert_unready("draining")
        self.assertEqual(self.proxy.metrics().value("sip_active_calls"), 1)
        self.hang_up(*running)
        self.assertEqual(self.proxy.wait(), 0)


if __name__ == "__main__":
    unittest.main()
