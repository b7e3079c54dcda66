"""Examples/Caller, the embedding example, against sipp: no server of ours between them."""

import subprocess
import unittest

from support.proxy import BINARY
from support.sipp import Sipp

CALLER = BINARY.parent / "Caller"


class Caller(unittest.TestCase):
    def call(self, scenario: str) -> tuple[subprocess.CompletedProcess, str]:
        """Calls a sipp callee; returns how the caller ended, and what the callee sent and received."""
        callee = Sipp.callee(scenario)
        self.addCleanup(callee.stop)
        done = subprocess.run(
            [str(CALLER), f"sip:bob@127.0.0.1:{callee.port}"], capture_output=True, text=True, timeout=30, check=False
        )
        return done, callee.wait()

    def test_call_is_answered_held_and_hung_up(self):
        done, messages = self.call("uas")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[1], "180", done.stdout)
        self.assertRegex(lines[2], r"^answered, \d+ bytes of application/sdp$")
        self.assertEqual(lines[3], "ended: hung up")
        for start in ("INVITE sip:bob@", "ACK sip:callee@", "BYE sip:callee@"):
            self.assertIn(f"\n{start}", messages)

    def test_busy_callee(self):
        done, _ = self.call("uas_busy")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[1:], ["ended: refused with 486"])

    def test_callee_that_hangs_up(self):
        done, _ = self.call("uas_hangs_up")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[-1], "ended: hung up by the other side")


if __name__ == "__main__":
    unittest.main()
