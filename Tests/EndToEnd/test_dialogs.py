"""What happens between two phones besides an ordinary call, relayed from end to end: sipp on both sides, digest."""

import os
import unittest

from support.case import SippCase
from support.ports import has_ipv6

FULL = os.environ.get("IFSIP_FULL") == "1"


class Dialogs(SippCase):
    def test_early_media(self):
        with self.counted(answered=1):
            self.call("uac_early_media", "uas_early_media", arguments=("-d", "100"))

    def test_provisional_responses_are_reliable_from_end_to_end(self):
        with self.counted(answered=1):
            seen = self.call("uac_prack", "uas_prack")
        self.assertEqual(seen.count("\nPRACK sip:callee@"), 2, "each provisional response has one PRACK")

    def test_hold_by_the_caller_and_by_the_callee(self):
        with self.counted(answered=1):
            self.call("uac_hold", "uas_hold")

    def test_hold_over_tcp_towards_udp(self):
        with self.counted(answered=1):
            self.call("uac_hold", "uas_hold", transport="t1")

    def test_attended_transfer_is_relayed(self):
        with self.counted(answered=1):
            seen = self.call("uac_transfer", "uas_transfer")
        self.assertIn("Refer-To: <sip:carol@pbx.test?Replaces=other%40call%3Bto-tag%3Dt1%3Bfrom-tag%3Df1>", seen)

    def test_call_outlives_two_refreshes_of_its_session_timer(self):
        # The interval of the first line is no standard one: it keeps the test short. RFC 4028 §4 wants 90 s at least.
        expires, refresh = (90, 45_000) if FULL else (4, 2_000)
        with self.counted(answered=1):
            self.call(
                "uac_session_timer",
                "uas_session_timer",
                arguments=("-d", str(refresh)),
                expires=str(expires),
                callee_keys={"expires": str(expires)},
                timeout=3 * refresh // 1000 + 20,
            )

    def test_subscription_and_its_notifications(self):
        with self.counted():
            self.call("uac_subscribe", "uas_subscribe")

    def test_subscription_from_tcp_to_udp(self):
        with self.counted():
            self.call("uac_subscribe", "uas_subscribe", transport="t1")

    def test_message(self):
        with self.counted():
            self.call("uac_message", "uas_message")


class Crossings(SippCase):
    """Calls whose two halves differ in transport, in address family, or in both."""

    def cross(self, near: tuple[str, str], far: tuple[str, str]) -> None:
        (host, transport), (callee_host, callee_transport) = near, far
        # A callee on IPv6 has a route by UDP only, one on IPv4 by both.
        to = "ipv6.test" if ":" in callee_host else "tcp.test" if callee_transport == "t1" else "pbx.test"
        for caller, callee in (("uac", "uas"), ("uac_far_end_hangs_up", "uas_hangs_up")):
            with self.subTest(caller=caller, near=near, far=far), self.counted(answered=1):
                self.call(
                    caller,
                    callee,
                    to=f"sip:bob@{to}",
                    host=host,
                    transport=transport,
                    callee_host=callee_host,
                    callee_transport=callee_transport,
                )

    def test_udp_and_tcp(self):
        self.cross(("127.0.0.1", "u1"), ("127.0.0.1", "t1"))
        self.cross(("127.0.0.1", "t1"), ("127.0.0.1", "u1"))

    @unittest.skipUnless(has_ipv6(), "this machine has no IPv6 loopback")
    def test_ipv4_and_ipv6(self):
        self.cross(("127.0.0.1", "u1"), ("::1", "u1"))
        self.cross(("::1", "u1"), ("127.0.0.1", "u1"))

    @unittest.skipUnless(has_ipv6(), "this machine has no IPv6 loopback")
    def test_both_at_once(self):
        self.cross(("::1", "t1"), ("127.0.0.1", "u1"))
        self.cross(("127.0.0.1", "t1"), ("::1", "u1"))
        self.cross(("::1", "u1"), ("127.0.0.1", "t1"))


if __name__ == "__main__":
    unittest.main()
