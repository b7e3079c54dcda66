"""IF.witness and its disk: what a full disk does to calls, what mode strict promises, and old records that go."""

import datetime
import hashlib
import json
import os
import subprocess
import time
import unittest
from pathlib import Path
from typing import ClassVar

from support.case import CalleeCase
from support.chain import FIRST, canonical, check_chain
from support.proxy import DOMAIN, Proxy
from support.sip import Endpoint, Request
from support.tail import LogTail

OPEN = {"realm": DOMAIN, "invite": "off", "register": "required"}


def mount(folder: Path, megabytes: int) -> bool:
    """A disk of its own, as small as that; only root can."""
    if os.geteuid() != 0:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


class DiskCase(CalleeCase):
    """A server whose state lies on a small disk of its own."""

    witness: ClassVar = {}

    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.config["auth"] = OPEN
        proxy.config["witness"] = {"mode": "batched", "origin": f"{DOMAIN}/witness", **cls.witness}
        disk = proxy.folder / "disk"
        if not mount(disk, 16):
            proxy.remove()
            raise unittest.SkipTest("a small disk can only be mounted by root")
        cls.addClassCleanup(cls.unmount, proxy, disk)
        proxy.config["state_dir"] = str(disk / "state")
        proxy.write_config()
        return proxy

    @staticmethod
    def unmount(proxy: Proxy, disk: Path) -> None:
        subprocess.run(["umount", "-l", str(disk)], check=False)
        proxy.remove()

    @property
    def filler(self) -> Path:
        return self.proxy.folder / "disk/filler"

    def fill(self) -> None:
        self.addCleanup(self.filler.unlink, missing_ok=True)
        with self.filler.open("wb", buffering=0) as file:
            size = 1 << 20
            while size:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    size //= 2

    def invite(self, caller: Endpoint, uri: str, **options) -> Request:
        """Nobody is challenged here."""
        return caller.send(caller.request("INVITE", uri, **options))

    def attempt(self):
        """A call that the callee declines, if it gets to hear of it: its Call-ID, its answer, and whether it did."""
        with self.endpoint() as caller:
            invite = caller.request("INVITE", "sip:bob@pbx.test")
            caller.send(invite)
            deadline = time.monotonic() + 3
            while time.monotonic() < deadline:
                # What comes first: the proxy's refusal, or the INVITE at the callee.
                if arrived := self.callee.receive(0.05):
                    if arrived.header("Call-ID") != invite.call_id:
                        continue
                    self.callee.reply(arrived, 486, "Busy Here")
                    self.callee.expect("ACK")
                    return invite.call_id, caller.response(invite), True
                if found := self.final(caller, invite, 0.05):
                    return invite.call_id, found, False
        raise AssertionError("neither refused nor forwarded")

    @staticmethod
    def final(endpoint, request, within: float):
        try:
            return endpoint.response(request, within)
        except AssertionError:
            return None

    def until_refused(self):
        """The 503 that new calls get once the disk has failed."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            answer = self.attempt()[1]
            if answer.status == 503 and answer.reason.startswith("Audit Log"):
                return answer
        raise AssertionError("new calls are not refused")

    def until_accepted(self) -> None:
        deadline = time.monotonic() + 10
        while self.proxy.get("/readyz")[0] != 200:
            self.assertLess(time.monotonic(), deadline, "it does not recover")
            time.sleep(0.05)


class FullDisk(DiskCase):
    def test_new_calls_get_503_with_the_reason_and_those_that_run_go_on(self):
        alice, invite, ok = self.connect()
        self.fill()
        refused = self.until_refused()
        self.assertEqual(refused.reason, "Audit Log Cannot Be Written")
        self.assertIn("witness", refused.header("Reason"))
        self.assertTrue(refused.header("Retry-After"))
        status, text = self.proxy.get("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("No space left on device", text)
        self.assertGreater(self.proxy.metrics().value("sip_limit_reached_total", limit="witness"), 0)
        self.hang_up(alice, invite, ok)
        self.filler.unlink()
        self.until_accepted()
        self.hang_up(*self.connect())
        records = self.proxy.records_until(lambda rs: [r["event"] for r in rs].count("call.terminated") >= 2, within=10)
        mine = [r for r in records if r.get("call_id") == invite.call_id]
        self.assertEqual(mine[-1]["event"], "call.terminated", "what happened while the disk was full is in the log")
        self.assertTrue(any(r.get("status") == 503 and r["event"] == "call.rejected" for r in records))
        check_chain(self.proxy.state / "witness")
        done = self.proxy.verify()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class FullQueue(DiskCase):
    witness: ClassVar = {"queue": 64}

    def test_what_cannot_be_recorded_is_not_even_read(self):
        alice, invite, ok = self.connect()
        self.fill()
        self.until_refused()
        # Every one of these is a record; the writer may hold as many as the queue.
        for number in range(3, 300):
            alice.send(alice.in_dialog("ACK", invite, ok, number))
        options = alice.request("OPTIONS", f"sip:127.0.0.1:{self.proxy.port}", max_forwards=0)
        alice.send(options)
        self.assertIsNone(self.final(alice, options, 0.5), "answered although nothing could be recorded")
        refused = self.proxy.metrics().value("witness_refused_records_total")
        self.assertEqual(refused, 0, "no record was lost for that")
        self.filler.unlink()
        self.until_accepted()
        alice.send(options)
        self.assertTrue(alice.response(options))
        while self.callee.receive(0.2):
            pass
        self.hang_up(alice, invite, ok, 300)
        done = self.proxy.verify()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Strict(DiskCase):
    witness: ClassVar = {"mode": "strict"}

    def test_an_invite_arrives_when_its_record_is_on_the_disk_and_not_before(self):
        tail = LogTail(self.proxy.state / "witness")
        for _ in range(20):
            with self.endpoint() as alice:
                invite = alice.request("INVITE", "sip:bob@pbx.test")
                alice.send(invite)
                arrived = self.callee.expect("INVITE")
                written = [r for r in tail.read() if r.get("call_id") == invite.call_id and r["event"] == "sip.request"]
                self.assertEqual(len(written), 1)
                self.callee.reply(arrived, 486, "Busy Here")
                self.callee.expect("ACK")
                self.assert_status(alice.response(invite), 486)

    def test_without_a_record_it_does_not_go_on(self):
        self.fill()
        tail = LogTail(self.proxy.state / "witness")
        # The last page of a file has room for some records yet.
        for _ in range(60):
            call_id, answer, has_arrived = self.attempt()
            if answer.status == 503:
                self.assertFalse(has_arrived, "it went on")
                break
            self.assertIn(call_id, [r.get("call_id") for r in tail.read()])
        else:
            self.fail("it is never refused")
        self.filler.unlink()
        self.until_accepted()
        self.hang_up(*self.connect())


class OldRecords(CalleeCase):
    """A log with a past: what is older than it may be goes, and what is left still verifies."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.config["auth"] = OPEN
        proxy.config["witness"] = {
            "mode": "batched",
            "origin": f"{DOMAIN}/witness",
            "delete_after_days": 30,
            "segment_bytes": 131_072,
        }
        proxy.write_config()
        cls.age(proxy.state / "witness/records")
        return proxy

    @staticmethod
    def age(folder: Path) -> None:
        """Five files of 700 records: of sixty days ago, of forty, of twenty, of ten, of yesterday."""
        folder.mkdir(parents=True, exist_ok=True)
        previous, number = FIRST, 0
        for days in (60, 40, 20, 10, 1):
            begun = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
            lines = []
            for offset in range(700):
                moment = begun + datetime.timedelta(seconds=offset)
                record = {
                    "component": "process",
                    "event": "process.started",
                    "prev_hash": previous,
                    "seq": number,
                    "time": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                }
                previous = record["hash"] = hashlib.sha256(canonical(record)).hexdigest()
                lines.append(canonical(record) + b"\n")
                number += 1
            (folder / f"{number - 700}.jsonl").write_bytes(b"".join(lines))

    def test_deleted_records_are_named_and_the_rest_verifies(self):
        records = self.proxy.state / "witness/records"
        deadline = time.monotonic() + 20
        while (records / "0.jsonl").exists():
            self.assertLess(time.monotonic(), deadline, f"nothing was deleted\n{self.proxy.log()}")
            time.sleep(0.1)
        # A file goes when the next one began that long ago, and so only the oldest.
        self.proxy.records_until(lambda rs: any(r["event"] == "witness.deleted" for r in rs))
        self.assertEqual(min(int(p.stem) for p in records.glob("*.jsonl")), 700)
        [noted] = [r for r in self.proxy.records() if r["event"] == "witness.deleted"]
        details = noted["details"]
        self.assertEqual((details["first"], details["through"], details["files"]), (0, 699, 1))
        self.assertEqual(self.proxy.records()[0]["prev_hash"], details["last_hash"])
        done = self.proxy.verify()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("records 0 to 699 are no longer there", done.stdout)
        found = json.loads(self.proxy.command("witness", "verify", str(self.proxy.state), "--json").stdout)
        self.assertEqual(found["deleted"], {"first": 0, "through": 699})
        self.assertTrue(found["root_verified"])
        prove = self.proxy.command("witness", "prove", "3", "--dir", str(self.proxy.state))
        self.assertEqual(prove.returncode, 1)
        self.assertIn("was deleted", prove.stdout + prove.stderr)
        self.assertEqual(self.proxy.command("witness", "prove", "700", "--dir", str(self.proxy.state)).returncode, 0)
        # It goes on after a restart; who removes more than the log says is found out.
        self.proxy.restart()
        self.assertEqual(self.proxy.verify().returncode, 0)
        self.proxy.stop()
        (records / "700.jsonl").rename(self.proxy.folder / "aside")
        done = self.proxy.verify()
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("sequence" if "sequence" in done.stdout else "was due", done.stdout)
        (self.proxy.folder / "aside").rename(records / "700.jsonl")
        self.proxy.start()


if __name__ == "__main__":
    unittest.main()
