"""The counters at /metrics tell what happened, no more and no less."""

import unittest

from support.case import EXPERT, CalleeCase
from support.proxy import DOMAIN


class Counters(CalleeCase):
    """Each test looks at what its own traffic added."""

    def setUp(self) -> None:
        super().setUp()
        self.before = self.proxy.metrics()

    def gained(self, name: str, **labels: str) -> float:
        return self.proxy.metrics().value(name, **labels) - self.before.value(name, **labels)

    def calls(self) -> dict[str, float]:
        results = ("answered", "failed", "rejected", "cancelled")
        return {r: self.gained("sip_calls_total", direction="through", result=r) for r in results}

    def ring(self):
        alice = self.endpoint()
        invite = alice.request("INVITE", "sip:bob@pbx.test")
        alice.send(invite)
        invite.authorize(alice.response(invite), "alice", "wonderland")
        alice.send(invite)
        return alice, invite, self.callee.expect("INVITE")

    def test_every_series_with_known_labels_starts_at_zero(self):
        for direction in ("in", "out", "through"):
            for result in ("answered", "failed", "rejected", "cancelled"):
                self.assertTrue(self.before.has("sip_calls_total", direction=direction, result=result))
        for name in (
            "sip_active_calls",
            "sip_auth_failures_total",
            "sip_rate_limited_total",
            "sip_registrations",
            "sip_transactions",
        ):
            self.assertTrue(self.before.has(name), name)
        for limit in (
            *("calls", "calls-per-expert", "requests", "transactions", "held-acks", "overload", "flood", "nonces"),
            *("registrations", "connections", "connections-per-address", "first-message", "message-completion"),
            *("idle", "outbound", "hidden-routes", "witness", "media-ports", "media-silence"),
        ):
            self.assertTrue(self.before.has("sip_limit_reached_total", limit=limit), limit)
        self.assertTrue(self.before.has("guard_decisions_total", decision="allowed", rule="expert-admitted"))
        self.assertTrue(self.before.has("guard_decisions_total", decision="refused", rule="specialisation"))
        self.assertTrue(self.before.has("sip_security_rejections_total", rule="client-certificate"))
        for result in ("accepted", "timeout", "gone", "origin", "path", "subprotocol", "too-long"):
            self.assertTrue(self.before.has("websocket_upgrades_total", result=result), result)
        for decision in ("allowed", "refused"):
            labels = {"organisation": "safety-org", "decision": decision}
            self.assertTrue(self.before.has("guard_organisation_decisions_total", **labels), decision)
        self.assertEqual(self.before.value("guard_posture"), 1)
        for digit in "123456":
            self.assertTrue(self.before.has("sip_responses_total", **{"class": f"{digit}xx"}), digit)

    def test_decisions_of_guard(self):
        headers = ("X-IF-Trace-ID: t", "X-IF-Hazard: privacy")
        caller = self.endpoint(EXPERT)
        invite = caller.request(
            "INVITE", f"sip:council@{DOMAIN}", headers=headers, from_uri=f"sip:{EXPERT}@external.advisor"
        )
        self.assert_status(caller.call(invite), 403)
        self.assertEqual(self.gained("guard_decisions_total"), 1)
        self.assertEqual(self.gained("guard_decisions_total", decision="refused", rule="hazard-covered"), 1)
        self.assertEqual(
            self.gained("guard_organisation_decisions_total", organisation="safety-org", decision="refused"), 1
        )
        self.assertEqual(self.gained("guard_organisation_decisions_total"), 1)
        self.assertEqual(self.gained("guard_decision_seconds_count"), 1)
        self.assertLess(self.gained("guard_decision_seconds_sum"), 0.05)

    def test_answered_call(self):
        alice, invite, arrived = self.ring()
        ok = self.establish(alice, invite, arrived)
        self.assertEqual(self.gained("sip_active_calls"), 1)
        self.hang_up(alice, invite, ok)
        self.assertEqual(self.gained("sip_active_calls"), 0)
        self.assertEqual(self.calls(), {"answered": 1, "failed": 0, "rejected": 0, "cancelled": 0})
        self.assertEqual(self.gained("sip_call_setup_seconds_count"), 1)
        self.assertEqual(self.gained("sip_call_duration_seconds_count"), 1)
        self.assertLess(self.gained("sip_call_setup_seconds_sum"), 2)
        self.assertEqual(self.gained("sip_requests_total", method="INVITE", transport="udp"), 2)
        self.assertEqual(self.gained("sip_requests_total", method="BYE", transport="udp"), 1)
        self.assertEqual(self.gained("sip_errors_total"), 0, "a challenge is not an error")
        self.assertEqual(self.gained("sip_auth_failures_total"), 0)

    def test_busy_call_has_failed(self):
        alice, invite, arrived = self.ring()
        self.callee.reply(arrived, 486, "Busy Here")
        alice.response(invite)
        self.assertEqual(self.calls(), {"answered": 0, "failed": 1, "rejected": 0, "cancelled": 0})
        self.assertEqual(self.gained("sip_errors_total", status="486"), 1)

    def test_call_given_up_is_cancelled(self):
        alice, invite, arrived = self.ring()
        self.callee.reply(arrived, 180, "Ringing")
        while alice.receive().status != 180:
            pass
        alice.send(invite.derived("CANCEL"))
        self.callee.reply(self.callee.expect("CANCEL"), 200, "OK")
        self.callee.reply(arrived, 487, "Request Terminated")
        self.assert_status(alice.response(invite), 487)
        self.assertEqual(self.calls(), {"answered": 0, "failed": 0, "rejected": 0, "cancelled": 1})

    def test_refused_escalation_is_rejected(self):
        expert = self.endpoint(EXPERT)
        invite = expert.request(
            "INVITE",
            f"sip:council@{DOMAIN}",
            from_uri=f"sip:{EXPERT}@external.advisor",
            headers=("X-IF-Trace-ID: t", "X-IF-Hazard: volcano"),
        )
        self.assert_status(expert.call(invite), 403)
        self.assertEqual(sum(self.gained("sip_calls_total", result=r) for r in ("answered", "failed", "cancelled")), 0)
        self.assertEqual(self.gained("sip_calls_total", result="rejected"), 1)
        self.assertEqual(self.gained("sip_security_rejections_total"), 1)

    def test_challenge_alone_is_no_call(self):
        alice = self.endpoint()
        invite = alice.send(alice.request("INVITE", "sip:bob@pbx.test"))
        self.assert_status(alice.response(invite), 407)
        self.assertEqual(self.calls(), {"answered": 0, "failed": 0, "rejected": 0, "cancelled": 0})
        self.assertEqual(self.gained("sip_errors_total"), 0)

    def test_wrong_password_is_an_authentication_failure(self):
        alice = self.endpoint(password="looking-glass")
        self.assert_status(alice.call(alice.request("INVITE", "sip:bob@pbx.test")), 407)
        self.assertEqual(self.gained("sip_auth_failures_total"), 1)

    def test_registration_is_counted_while_it_lasts(self):
        alice = self.endpoint()
        for expires, expected in ((300, 1), (0, 0)):
            aor = f"sip:alice@{DOMAIN}"
            register = alice.request("REGISTER", f"sip:{DOMAIN}", to_uri=aor, headers=(f"Expires: {expires}",))
            self.assert_status(alice.call(register), 200)
            self.assertEqual(self.gained("sip_registrations"), expected)

    def test_no_label_holds_what_a_caller_chose(self):
        alice, invite, arrived = self.ring()
        self.callee.reply(arrived, 486, "Busy Here")
        alice.response(invite)
        odd = alice.request("INVENTED", "sip:bob@pbx.test")
        alice.send(odd)
        alice.response(odd)
        text = self.proxy.metrics().text
        for chosen in (invite.call_id, "alice", "pbx.test", "INVENTED"):
            self.assertNotIn(chosen, text)


if __name__ == "__main__":
    unittest.main()
