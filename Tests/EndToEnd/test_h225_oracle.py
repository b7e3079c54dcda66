"""H.225.0 beside pycrate: every message, made at random there, read here, written here and read there again."""

import json
import os
import subprocess
import unittest

from support import pycrate_per
from support.proxy import BINARY

FULL = os.environ.get("IFSIP_FULL") == "1"
# So many of each message: about 1,400 in all, and 5,500 in a full run.
EACH = 120 if FULL else 30
# How often an optional component is there, by depth.
SHARES = (0.5, 0.35, 0.25, 0.15)


@unittest.skipUnless(pycrate_per.HAS_PYCRATE, pycrate_per.MISSING)
class Oracle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        module = pycrate_per.import_h225()
        cls.ras = module.H323_MESSAGES.RasMessage
        cls.uuie = module.H323_MESSAGES.H323_UserInformation
        cls.pipe = subprocess.Popen(
            [str(BINARY.parent / "H225Pipe")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @classmethod
    def tearDownClass(cls):
        cls.pipe.stdin.close()
        cls.pipe.stdout.close()
        cls.pipe.wait(timeout=10)

    def ask(self, kind: str, octets: bytes) -> tuple[bytes, dict]:
        self.pipe.stdin.write(f"{kind} {octets.hex()}\n")
        self.pipe.stdin.flush()
        words = self.pipe.stdout.readline().rstrip("\n").split(" ", 2)
        self.assertEqual(words[0], "ok", f"{kind} {octets.hex()}: {' '.join(words)}")
        return bytes.fromhex(words[1]), json.loads(words[2])

    def check(self, kind: str, message, value) -> int:
        """Their value is ours, and our octets are theirs: PER leaves no choice when every addition has its bit."""
        message.set_val(value)
        theirs = message.to_aper()
        message.from_aper(theirs)
        value = message.get_val()
        ours, shown = self.ask(kind, theirs)
        count = pycrate_per.compare(message, value, shown)
        message.from_aper(ours)
        self.assertEqual(message.get_val(), value, theirs.hex())
        self.assertEqual(ours.hex(), theirs.hex())
        return count

    def test_ras(self):
        names = list(self.ras._cont)
        leaves = 0
        for place, name in enumerate(names):
            generator = pycrate_per.Values(place, SHARES, lost=0.1)
            for number in range(EACH):
                with self.subTest(message=name, number=number):
                    value = generator.value(self.ras._cont[name])
                    leaves += self.check("ras", self.ras, (name, value))
        self.assertGreater(leaves, EACH * len(names) * 5)

    def test_uuie(self):
        pdu = self.uuie._cont["h323-uu-pdu"]
        body = pdu._cont["h323-message-body"]
        leaves = 0
        for place, name in enumerate(body._cont):
            generator = pycrate_per.Values(1_000 + place, SHARES, lost=0.1)
            for number in range(EACH):
                with self.subTest(message=name, number=number):
                    value = generator.value(self.uuie)
                    value["h323-uu-pdu"]["h323-message-body"] = (name, generator.value(body._cont[name], 1))
                    leaves += self.check("uuie", self.uuie, value)
        self.assertGreater(leaves, EACH * len(body._cont) * 5)


if __name__ == "__main__":
    unittest.main()
