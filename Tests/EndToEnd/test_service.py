"""config/ifsip-proxy.service: right, and shut into what the server needs, by systemd's own judgement."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.proxy import BINARY, ROOT

UNIT = ROOT / "config/ifsip-proxy.service"


@unittest.skipUnless(shutil.which("systemd-analyze"), "SKIPPED, AND NOT SHOWN: systemd-analyze is not installed")
class Service(unittest.TestCase):
    def analyze(self, *arguments: str) -> str:
        """Runs systemd-analyze on the unit, whose command is the one under test."""
        with tempfile.TemporaryDirectory(prefix="ifsip-unit-") as folder:
            unit = Path(folder) / UNIT.name
            unit.write_text(UNIT.read_text().replace("/usr/local/bin/ifsip-proxy", str(BINARY)))
            command = ["systemd-analyze", *arguments, str(unit)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_it_is_right(self):
        self.assertEqual(self.analyze("verify", "--man=no").strip(), "")

    def test_it_is_shut_in(self):
        """An exposure of 1.4 of 10, of which half is that it talks to the network at all."""
        report = self.analyze("security", "--offline=true", "--no-pager", "--threshold=15")
        self.assertRegex(report, r"Overall exposure level for ifsip-proxy.service: (0|1)\.\d OK")
        for line in (
            r"✓ CapabilityBoundingSet=~CAP_NET_\(BIND_SERVICE\|BROADCAST\|RAW\)",
            r"✓ MemoryDenyWriteExecute=",
            r"✓ NoNewPrivileges=",
        ):
            self.assertTrue(re.search(line, report), line)

    def test_it_waits_for_the_drain(self):
        settings = (ROOT / "config/ifsip-proxy.yaml").read_text()
        drain = int(re.search(r"^drain_seconds: (\d+)", settings, re.MULTILINE).group(1))
        stop = int(re.search(r"^TimeoutStopSec=(\d+)", UNIT.read_text(), re.MULTILINE).group(1))
        self.assertGreater(stop, drain + 4, "a BYE to every call that is left takes four seconds")


if __name__ == "__main__":
    unittest.main()
