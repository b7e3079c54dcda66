"""What the proxy must refuse, sent byte by byte; and that nothing of it ever reaches the callee."""

import unittest
from typing import ClassVar

from support.case import EXPERT, CalleeCase, registry
from support.proxy import DOMAIN, Proxy
from support.sip import Endpoint, parse_challenge

REASON = r'^Q\.850;cause=21;text=".+"$'
TRACE, HAZARD = "X-IF-Trace-ID: trace-1", "X-IF-Hazard: safety"


class Credentials(CalleeCase):
    def test_without_credentials_comes_a_challenge(self):
        alice = self.endpoint()
        invite = alice.send(alice.request("INVITE", "sip:bob@pbx.test"))
        challenge = self.assert_status(alice.responses(invite), 407)
        fields = parse_challenge(challenge.header("Proxy-Authenticate"))
        self.assertEqual(
            (fields["scheme"], fields["realm"], fields.get("algorithm"), fields.get("qop")),
            ("Digest", DOMAIN, "MD5", "auth"),
        )
        self.assertTrue(fields["nonce"])
        self.assertIn(";tag=", challenge.header("To"))
        self.assert_nothing_arrived()

    def test_wrong_password_never_passes(self):
        alice = self.endpoint(password="looking-glass")
        self.assert_status(alice.call(alice.request("INVITE", "sip:bob@pbx.test")), 407)
        self.assert_nothing_arrived()

    def test_unknown_user_is_answered_like_a_wrong_password(self):
        nobody = self.endpoint("nobody", password="x")
        refused = self.assert_status(nobody.call(nobody.request("INVITE", "sip:bob@pbx.test")), 407)
        alice = self.endpoint(password="looking-glass")
        known = self.assert_status(alice.call(alice.request("INVITE", "sip:bob@pbx.test")), 407)
        self.assertEqual(refused.reason, known.reason)
        self.assertEqual(refused.header_names(), known.header_names())
        self.assert_nothing_arrived()

    def test_made_up_nonce_is_challenged_again(self):
        alice = self.endpoint()
        invite = alice.send(alice.request("INVITE", "sip:bob@pbx.test"))
        challenge = alice.response(invite)
        nonce = parse_challenge(challenge.header("Proxy-Authenticate"))["nonce"]
        forged = nonce[:-4] + ("AAAA" if nonce[-4:] != "AAAA" else "BBBB")
        challenge.headers = [(n, v.replace(nonce, forged)) for n, v in challenge.headers]
        invite.authorize(challenge, "alice", "wonderland")
        alice.send(invite)
        self.assert_status(alice.response(invite), 407)
        self.assert_nothing_arrived()

    def test_nonce_is_bound_to_the_address_it_went_to(self):
        alice = self.endpoint()
        invite = alice.send(alice.request("INVITE", "sip:bob@pbx.test"))
        challenge = alice.response(invite)
        elsewhere = Endpoint(self.udp, user="alice", bind_host="127.0.0.2")
        self.addCleanup(elsewhere.socket.close)
        stolen = elsewhere.request("INVITE", "sip:bob@pbx.test")
        stolen.authorize(challenge, "alice", "wonderland")
        elsewhere.send(stolen)
        self.assert_status(elsewhere.response(stolen), 407)
        self.assert_nothing_arrived()

    def test_anothers_address_in_from_is_refused(self):
        alice = self.endpoint()
        invite = alice.request("INVITE", "sip:bob@pbx.test", from_uri=f"sip:{EXPERT}@{DOMAIN}")
        self.assert_status(alice.call(invite), 403)
        self.assert_nothing_arrived()

    def test_anothers_address_cannot_be_registered(self):
        alice = self.endpoint()
        register = alice.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:{EXPERT}@{DOMAIN}")
        self.assert_status(alice.call(register), 403)

    def test_registration_wants_digest(self):
        alice = self.endpoint()
        register = alice.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:alice@{DOMAIN}")
        alice.send(register)
        challenge = self.assert_status(alice.responses(register), 401)
        self.assertEqual(parse_challenge(challenge.header("WWW-Authenticate"))["realm"], DOMAIN)
        wrong = self.endpoint(password="looking-glass")
        self.assert_status(wrong.call(wrong.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:alice@{DOMAIN}")), 401)

    def test_other_methods_out_of_dialog_want_digest(self):
        alice = self.endpoint()
        message = alice.send(alice.request("MESSAGE", "sip:bob@pbx.test", body="hello"))
        self.assert_status(alice.responses(message), 407)
        self.assert_nothing_arrived()


class Lockout(CalleeCase):
    def test_after_five_failures_the_right_password_is_refused_too(self):
        for _ in range(5):
            guess = self.endpoint(password="guess")
            self.assert_status(guess.call(guess.request("INVITE", "sip:bob@pbx.test")), 407)
        alice = self.endpoint()
        refused = self.assert_status(alice.call(alice.request("INVITE", "sip:bob@pbx.test")), 403)
        self.assertRegex(refused.header("Reason") or "", REASON)


class Escalations(CalleeCase):
    target = f"sip:council@{DOMAIN}"

    def escalate(self, *headers: str, user: str = EXPERT, to: str | None = None, from_uri: str | None = None):
        caller = self.endpoint(user)
        default = f"sip:{user}@external.advisor" if user == EXPERT else None
        invite = caller.request("INVITE", to or self.target, headers=headers, from_uri=from_uri or default)
        return caller.call(invite)[-1]

    def test_granted_with_both_headers(self):
        expert = self.endpoint(EXPERT)
        invite = expert.request(
            "INVITE", self.target, headers=(TRACE, HAZARD), from_uri=f"sip:{EXPERT}@external.advisor"
        )
        expert.send(invite)
        invite.authorize(expert.response(invite), EXPERT, self.proxy.users[EXPERT])
        expert.send(invite)
        arrived = self.callee.expect("INVITE")
        self.assertEqual((arrived.header("X-IF-Trace-ID"), arrived.header("X-IF-Hazard")), ("trace-1", "safety"))
        self.assertIsNone(arrived.header("Proxy-Authorization"))
        self.callee.reply(arrived, 486, "Busy Here")
        self.assert_status(expert.response(invite), 486)

    def test_missing_header_is_400_and_named(self):
        for headers, named in (((), "X-IF-"), ((HAZARD,), "X-IF-Trace-ID"), ((TRACE,), "X-IF-Hazard")):
            with self.subTest(headers=headers):
                refused = self.assert_status(self.escalate(*headers), 400)
                self.assertIn(named.lower(), refused.reason.lower())
        self.assert_nothing_arrived()

    def test_malformed_header_is_400_and_named(self):
        for headers, named in (
            (("X-IF-Trace-ID: no spaces please", HAZARD), "X-IF-Trace-ID"),
            (("X-IF-Trace-ID: " + "x" * 65, HAZARD), "X-IF-Trace-ID"),
            (("X-IF-Trace-ID:", HAZARD), "X-IF-Trace-ID"),
            ((TRACE, "X-IF-Hazard: two words"), "X-IF-Hazard"),
            ((TRACE, "X-IF-Hazard:"), "X-IF-Hazard"),
            ((TRACE, TRACE, HAZARD), "X-IF-Trace-ID"),
            ((TRACE, HAZARD, HAZARD), "X-IF-Hazard"),
        ):
            with self.subTest(headers=headers):
                refused = self.assert_status(self.escalate(*headers), 400)
                self.assertIn(named.lower(), refused.reason.lower())
        self.assert_nothing_arrived()

    def test_longest_trace_id_is_well_formed(self):
        # 403 for the hazard is the proof that the trace_id passed the step before.
        self.assert_status(self.escalate("X-IF-Trace-ID: " + "x" * 64, "X-IF-Hazard: volcano"), 403)

    def test_unknown_hazard_is_403_with_reason(self):
        refused = self.assert_status(self.escalate(TRACE, "X-IF-Hazard: volcano"), 403)
        self.assertRegex(refused.header("Reason") or "", REASON)
        self.assert_nothing_arrived()

    def test_hazard_outside_the_specialisations_is_403_with_reason(self):
        refused = self.assert_status(self.escalate(TRACE, "X-IF-Hazard: privacy"), 403)
        self.assertRegex(refused.header("Reason") or "", REASON)
        self.assert_nothing_arrived()

    def test_user_without_registry_entry_is_403_with_reason(self):
        refused = self.assert_status(self.escalate(TRACE, HAZARD, user="alice"), 403)
        self.assertRegex(refused.header("Reason") or "", REASON)
        self.assert_nothing_arrived()

    def test_expert_under_another_name_is_403(self):
        self.assert_status(self.escalate(TRACE, HAZARD, from_uri="sip:expert-ethics@external.advisor"), 403)
        self.assert_nothing_arrived()

    def test_target_is_recognised_however_it_is_spelt(self):
        for spelling in (
            f"sip:council@{DOMAIN.upper()}",
            f"sip:council@{DOMAIN}.",
            f"sip:%63ouncil@{DOMAIN}",
            f"sip:council@{DOMAIN};transport=udp",
            f"sip:council-anything@{DOMAIN}",
            f"sip:%63ouncil-x@{DOMAIN.title()}",
        ):
            with self.subTest(target=spelling):
                self.assert_status(self.escalate(to=spelling), 400)
        self.assert_nothing_arrived()

    def test_expert_may_call_escalation_targets_only(self):
        self.assert_status(self.escalate(to="sip:bob@pbx.test"), 403)
        self.assert_nothing_arrived()

    def test_maddr_and_foreign_routes_lead_nowhere(self):
        there = self.callee.address
        for to, headers in (
            ("sip:bob@pbx.test;maddr=127.0.0.1", ()),
            ("sip:bob@pbx.test", (f"Route: <sip:{there};lr>",)),
        ):
            with self.subTest(to=to, headers=headers):
                self.assert_status(self.escalate(*headers, user="alice", to=to), 403)
        self.assert_nothing_arrived()


class Suspended(CalleeCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.registry = registry(status="suspended")
        proxy.write_config()
        return proxy

    def test_suspended_expert_is_403_with_reason(self):
        expert = self.endpoint(EXPERT)
        invite = expert.request(
            "INVITE", f"sip:council@{DOMAIN}", headers=(TRACE, HAZARD), from_uri=f"sip:{EXPERT}@external.advisor"
        )
        refused = self.assert_status(expert.call(invite), 403)
        self.assertRegex(refused.header("Reason") or "", REASON)
        self.assert_nothing_arrived()


class TLSRequired(CalleeCase):
    config: ClassVar[dict] = {"tls_required_for": "escalations"}

    def test_escalation_in_the_clear_is_403(self):
        expert = self.endpoint(EXPERT)
        invite = expert.request(
            "INVITE", f"sip:council@{DOMAIN}", headers=(TRACE, HAZARD), from_uri=f"sip:{EXPERT}@external.advisor"
        )
        refused = self.assert_status(expert.call(invite), 403)
        self.assertRegex(refused.header("Reason") or "", REASON)
        self.assert_nothing_arrived()


class Allowlist(CalleeCase):
    config: ClassVar[dict] = {"allow": ["192.0.2.0/24"]}

    def test_source_outside_the_allowlist_is_403_before_any_challenge(self):
        alice = self.endpoint()
        invite = alice.send(alice.request("INVITE", "sip:bob@pbx.test"))
        refused = self.assert_status(alice.responses(invite), 403)
        self.assertRegex(refused.header("Reason") or "", REASON)


if __name__ == "__main__":
    unittest.main()
