"""`kill -9` at random moments: what is there afterwards verifies, and nothing that was acknowledged is missing.

Acknowledged is what a checkpoint on the disk counts, and in mode strict every INVITE that arrived at the callee.
"""

import os
import random
import select
import socket
import time
import unittest

from support.proxy import DOMAIN, Proxy
from support.sip import token
from support.tail import LogTail

FULL = os.environ.get("IFSIP_FULL") == "1"
ROUNDS = int(os.environ.get("IFSIP_KILLS", "1000" if FULL else "24"))
# So many kills are survived by one log; then another is begun, so that verifying all of it stays quick.
ROUNDS_OF_A_LOG = 50 if FULL else 12
READY_WITHIN = 15.0


class Line:
    """A caller and a callee on sockets of their own, without a thread: what arrives is read in between."""

    def __init__(self, port: int):
        self.server = ("127.0.0.1", port)
        self.near, self.far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for end in (self.near, self.far):
            end.bind(("127.0.0.1", 0))
            end.setblocking(False)
        self.arrived: set[str] = set()

    def close(self) -> None:
        self.near.close()
        self.far.close()

    def send(self, method: str, uri: str, max_forwards: int = 70) -> None:
        port = self.near.getsockname()[1]
        lines = (
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{token()};rport",
            f"Max-Forwards: {max_forwards}",
            f"From: <sip:caller@{DOMAIN}>;tag=1",
            f"To: <{uri}>",
            f"Call-ID: {token('kill')}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:caller@127.0.0.1:{port}>",
            "Content-Length: 0",
            "",
            "",
        )
        self.near.sendto("\r\n".join(lines).encode(), self.server)

    def read(self) -> int:
        """Takes what has come; how many messages came to the caller."""
        count = 0
        for end in (self.near, self.far):
            while True:
                try:
                    data = end.recv(65_536)
                except OSError:
                    break
                if end is self.near:
                    count += 1
                elif data.startswith(b"INVITE "):
                    head = data.partition(b"\r\n\r\n")[0].decode().split("\r\n")
                    self.arrived |= {h.partition(":")[2].strip() for h in head if h.lower().startswith("call-id:")}
        return count

    def wait(self, seconds: float) -> None:
        select.select([self.near, self.far], [], [], max(0, seconds))


class Crashes(unittest.TestCase):
    def test_a_thousand_kills(self):
        source = random.Random(5)
        proven, recovered = 0, 0
        for first in range(0, ROUNDS, ROUNDS_OF_A_LOG):
            mode = ("strict", "batched")[first // ROUNDS_OF_A_LOG % 2]
            rounds = min(ROUNDS_OF_A_LOG, ROUNDS - first)
            with self.subTest(mode=mode, first=first):
                counts = self.life_of_a_log(mode, rounds, source)
                proven += counts[0]
                recovered += counts[1]
        # On a busy machine many a round is killed before the first record is acknowledged.
        self.assertGreater(proven, ROUNDS // 4, "acknowledged records that were looked for")
        print(f" {ROUNDS} kills, {proven} acknowledged records, {recovered} torn lines", end=" ", flush=True)

    def life_of_a_log(self, mode: str, rounds: int, source: random.Random) -> tuple[int, int]:
        proxy = Proxy(
            auth={"realm": DOMAIN, "invite": "off", "register": "required"},
            witness={"mode": mode, "origin": f"{DOMAIN}/witness", "segment_bytes": 131_072},
            drain_seconds=0,
        )
        self.addCleanup(proxy.remove)
        line = Line(proxy.port)
        self.addCleanup(line.close)
        callee = f"sip:127.0.0.1:{line.far.getsockname()[1]}"
        proxy.config["routes"] = [{"match": "sip:*@pbx.test", "next_hop": callee}]
        proxy.write_config()
        tail = LogTail(proxy.state / "witness")
        due: set[str] = set()
        proven, recovered, counted = 0, 0, 0
        for round_ in range(rounds):
            proxy.spawn()
            if round_ % 5 == 4:
                # While it starts, which is while it mends what the last kill left.
                time.sleep(source.uniform(0, 0.15))
                proxy.kill()
                continue
            self.wait_until_ready(proxy, line)
            # Everything that the last kill left must be there before anything new is written.
            for record in tail.read():
                due.discard(record.get("call_id"))
                recovered += record["event"] == "witness.recovered"
            self.assertEqual(due, set(), f"{mode}, round {round_}: acknowledged and gone")
            self.assertGreaterEqual(tail.count, counted, f"{mode}, round {round_}: a checkpoint counted more")
            done = proxy.verify()
            self.assertEqual(done.returncode, 0, f"{mode}, round {round_}: {done.stdout}{done.stderr}")
            line.arrived.clear()
            self.load(line, source.uniform(0.001, 0.06))
            counted = int((proxy.state / "witness/checkpoint").read_text().splitlines()[1])
            proxy.kill()
            line.read()
            if mode == "strict":
                due = set(line.arrived)
                proven += len(due)
            else:
                proven += max(0, counted - tail.count)
        return proven, recovered

    def wait_until_ready(self, proxy: Proxy, line: Line) -> None:
        deadline = time.monotonic() + READY_WITHIN
        line.read()
        while time.monotonic() < deadline:
            if proxy.process.poll() is not None:
                raise AssertionError(f"it did not start again:\n{proxy.log()}")
            line.send("OPTIONS", f"sip:127.0.0.1:{proxy.port}", max_forwards=0)
            line.wait(0.01)
            if line.read():
                return
            time.sleep(0.002)
        raise AssertionError(f"it was not ready within {READY_WITHIN} s:\n{proxy.log()}")

    def load(self, line: Line, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for _ in range(5):
                line.send("INVITE", "sip:bob@pbx.test")
            line.read()
            line.wait(min(0.002, end - time.monotonic()))


if __name__ == "__main__":
    unittest.main()
