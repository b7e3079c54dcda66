"""H.245 beside pycrate: what it writes is read here, what is written here is read there, and the values are the same."""

import json
import subprocess
import unittest

from support.proxy import BINARY, ROOT

PYTHON = ROOT / ".build-venv/bin/python"
COUNT = 6000


def has_pycrate() -> bool:
    if not PYTHON.exists():
        return False
    command = [PYTHON, "-c", "import pycrate_asn1dir.H245"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@unittest.skipUnless(has_pycrate(), "SKIPPED, AND NOT SHOWN: no pycrate in .build-venv")
class Oracle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = [PYTHON, "-B", "-m", "support.h245_oracle", BINARY.parent / "H245Pipe", "1", str(COUNT)]
        done = subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=ROOT / "Tests/EndToEnd")
        cls.outcome = json.loads(done.stdout)

    def test_all_messages_have_the_same_values_here_and_there(self):
        self.assertEqual(self.outcome["faults"], [])
        self.assertEqual(sum(self.outcome["seen"].values()), COUNT)

    def test_every_message_of_the_standard_was_there(self):
        self.assertEqual(len(self.outcome["seen"]), 78, sorted(self.outcome["seen"]))

    def test_most_are_the_same_to_the_octet(self):
        # The others have additions in a type that is not looked into: its bitmap ends with the last of them.
        self.assertGreater(self.outcome["exact"], COUNT * 0.8)


if __name__ == "__main__":
    unittest.main()
