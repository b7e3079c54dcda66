"""sipp calls sipp through the proxy, with digest authentication, over every transport there is."""

import unittest

from support.case import EXPERT, SippCase
from support.ports import has_ipv6
from support.proxy import DOMAIN
from support.sipp import Sipp


class Calls(SippCase):
    def test_caller_hangs_up(self):
        self.call(arguments=("-d", "200"))

    def test_callee_hangs_up(self):
        self.call("uac_far_end_hangs_up", "uas_hangs_up")

    def test_callee_is_busy(self):
        self.call("uac_busy", "uas_busy")

    def test_caller_gives_up(self):
        self.call("uac_cancel", "uas_cancelled")

    def test_over_tcp(self):
        self.call(to="sip:bob@tcp.test", transport="t1", callee_transport="t1")

    def test_from_udp_to_tcp(self):
        self.call(to="sip:bob@tcp.test", callee_transport="t1")

    def test_from_tcp_to_udp(self):
        self.call(transport="t1")

    @unittest.skipUnless(has_ipv6(), "this machine has no IPv6 loopback")
    def test_over_ipv6(self):
        self.call(to="sip:bob@ipv6.test", host="::1", callee_host="::1")

    @unittest.skipUnless(has_ipv6(), "this machine has no IPv6 loopback")
    def test_from_ipv6_to_ipv4(self):
        self.call(host="::1")

    def test_forty_calls_that_overlap(self):
        self.call(calls=40, arguments=("-r", "40", "-d", "300"))

    def test_our_credentials_stay_with_us(self):
        seen = self.call()
        self.assertIn("INVITE sip:bob@pbx.test", seen)
        self.assertNotIn("Proxy-Authorization", seen)

    def test_wrong_password_is_challenged_again(self):
        near = Sipp.caller("uac_wrong_password", self.udp, "alice", "looking-glass", target="sip:bob@pbx.test")
        self.addCleanup(near.stop)
        near.wait()

    def test_a_phone_registers(self):
        near = Sipp.caller("register", self.udp, "alice", "wonderland", target="-", domain=DOMAIN)
        self.addCleanup(near.stop)
        near.wait()

    # Escalations

    expert = f"{EXPERT}@external.advisor"

    def test_expert_reaches_the_council(self):
        self.call(
            "uac_escalation",
            to=f"sip:council@{DOMAIN}",
            user=EXPERT,
            caller_uri=self.expert,
            trace="t-1",
            hazard="safety",
        )

    def refuse(self, scenario: str, **keys) -> None:
        near = Sipp.caller(
            scenario,
            self.udp,
            EXPERT,
            self.proxy.users[EXPERT],
            target=f"sip:council@{DOMAIN}",
            caller_uri=self.expert,
            **keys,
        )
        self.addCleanup(near.stop)
        near.wait()

    def test_escalation_without_headers_is_refused(self):
        self.refuse("uac_escalation_bare")

    def test_escalation_for_an_unknown_hazard_is_refused(self):
        self.refuse("uac_escalation_refused", trace="t-2", hazard="volcano")


if __name__ == "__main__":
    unittest.main()
