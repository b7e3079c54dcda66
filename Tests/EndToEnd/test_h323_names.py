"""Gatekeepers and MCUs that are found by name (H.323 Annex O)."""

import unittest

from support.dns import SRV, A, DNSServer
from support.h323.mcu import PyMCU
from support.pycrate_per import HAS_PYCRATE, MISSING
from test_h323_registration import RASCase


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Names(RASCase):
    def test_one_that_is_found_by_name(self):
        others, mcu = self.gatekeeper("others"), PyMCU()
        self.addCleanup(mcu.close)
        dns = DNSServer(
            {
                ("_h323rs._udp.gk.example.net", SRV): [(0, 1, others.address[1], "one.example.net")],
                ("_h323cs._tcp.gk.example.net", SRV): [(0, 1, mcu.address[1], "one.example.net")],
                ("one.example.net", A): ["127.0.0.1"],
                ("gk.example.net", A): ["192.0.2.99"],
            }
        )
        self.addCleanup(dns.close)
        proxy = self.proxy(external={"gatekeeper": "gk.example.net"}, dns={"servers": [dns.address]})
        self.wait_until_ready(proxy, 5)
        self.assertEqual(len(others.registered), 1)
        self.assertEqual(dns.asked[0], ("_h323rs._udp.gk.example.net", SRV))
        # The terminal for checks finds what it is told in the same way.
        heard = proxy.command(
            *("guardian", "--room", "council-x", "--mcu", "gk.example.net", "--address", "127.0.0.1"),
            *("--seconds", "1", "--tone", "440", "--json", "--config", str(proxy.config_path)),
        )
        self.assertIn(("_h323cs._tcp.gk.example.net", SRV), dns.asked)
        self.assertEqual(len(mcu.calls), 1, heard.stderr)
        self.assertEqual(mcu.calls[0].setup.body[1]["destinationAddress"], [("h323-ID", "council-x")])
        nowhere = proxy.command(
            *("guardian", "--room", "council-x", "--gatekeeper", "no.example.net", "--address", "127.0.0.1"),
            *("--config", str(proxy.config_path)),
        )
        self.assertEqual(nowhere.returncode, 1)
        self.assertIn("no.example.net: DNS has no address", nowhere.stderr)
        proxy.stop()


if __name__ == "__main__":
    unittest.main()
