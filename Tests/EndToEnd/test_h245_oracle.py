"""H.245 beside pycrate: what it writes is read here, what is written here is read there, and the values are the same."""

import unittest

from support.h245_oracle import run
from support.proxy import BINARY
from support.pycrate_per import HAS_PYCRATE, MISSING

COUNT = 6000


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Oracle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.outcome = run(BINARY.parent / "H245Pipe", 1, COUNT)

    def test_all_messages_have_the_same_values_here_and_there(self):
        self.assertEqual(self.outcome["faults"][:20], [])
        self.assertEqual(sum(self.outcome["seen"].values()), COUNT)

    def test_every_message_of_the_standard_was_there(self):
        self.assertEqual(len(self.outcome["seen"]), 78, sorted(self.outcome["seen"]))

    def test_most_are_the_same_to_the_octet(self):
        # The others have additions in a type that is not looked into: its bitmap ends with the last of them.
        self.assertGreater(self.outcome["exact"], COUNT * 0.8)


if __name__ == "__main__":
    unittest.main()
