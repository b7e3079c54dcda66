"""DOMAIN §5, rule by rule, against the running server: the code, the Reason, the record, the counter, and the silence
behind it."""

import functools
import re
import time
import unittest
from typing import ClassVar

from support.case import EXPERT, CalleeCase, registry
from support.certificates import Authority
from support.ports import free_port
from support.proxy import DOMAIN, Proxy
from support.signing import Signer
from support.sip import Endpoint, token

COUNCIL = f"sip:council@{DOMAIN}"
TRACE, HAZARD = "X-IF-Trace-ID: trace-1", "X-IF-Hazard: safety"
ETHICS = "expert-ethics"


def two_experts(**first) -> dict:
    """The usual registry, and a second expert for ethics."""
    both = registry(**first)
    other = {"uri": f"sip:{ETHICS}@external.advisor", "aors": [], "user": ETHICS, "specialisations": ["ethics"]}
    plain = {name: value for name, value in both["experts"][0].items() if name not in ("key", "signature")}
    both["experts"].append({**plain, **other, "headers": "required", "status": "active"})
    return both


class RuleCase(CalleeCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.registry = two_experts()
        proxy.write_config()
        proxy.add_user(ETHICS, "third-opinion")
        return proxy

    def escalate(
        self,
        *headers: str,
        user: str = EXPERT,
        to: str = COUNCIL,
        from_uri: str | None = None,
        call_id: str | None = None,
        **options,
    ):
        """A call with the right password; its final answer, or the INVITE that reached the callee."""
        caller = self.endpoint(user, **options)
        home = "external.advisor" if user in (EXPERT, ETHICS) else DOMAIN
        invite = caller.request(
            "INVITE", to, headers=headers, from_uri=from_uri or f"sip:{user}@{home}", call_id=call_id
        )
        return caller.call(invite)[-1], invite

    def assert_refused(self, rule: str, status: int, provoke) -> None:
        """`provoke()` answers; it is refused by exactly this rule, seen by the operator, and goes no further."""
        before, seen = self.proxy.metrics(), len(self.proxy.records())
        answer = provoke()
        self.assert_status(answer, status)
        reason = answer.header("Reason")
        if status in (403, 480):
            self.assertRegex(reason or "", rf'^Q\.850;cause=21;text="{re.escape(rule)}: .+"$')
        else:
            self.assertIsNone(reason)
        self.assertEqual(answer.header("Retry-After") is not None, status == 480)
        after = self.proxy.metrics()
        label = "sip_security_rejections_total"
        self.assertEqual(after.value(label, rule=rule) - before.value(label, rule=rule), 1)
        self.assertEqual(after.value(label) - before.value(label), 1, "another rule was counted, too")
        records = self.proxy.records_until(
            lambda all_: any(r["event"] == "security.rejected" and "count" not in r["details"] for r in all_[seen:])
        )
        # Challenges beyond ten a second are recorded as a number.
        refusals = [r for r in records[seen:] if r["event"] == "security.rejected" and "count" not in r["details"]]
        self.assertEqual([r["details"]["rule"] for r in refusals], [rule])
        self.assertIn("address", refusals[0]["peer"])
        self.assert_nothing_arrived()

    def plain_call(self, **options):
        alice = self.endpoint()
        return alice.call(alice.request("INVITE", options.pop("to", "sip:bob@pbx.test"), **options))[-1]


class Rules(RuleCase):
    def test_table(self):
        there = self.callee.address
        rows = [
            ("foreign-route", 403, lambda: self.plain_call(headers=(f"Route: <sip:{there};lr>",))),
            ("foreign-route", 403, lambda: self.plain_call(to="sip:bob@pbx.test;maddr=127.0.0.1")),
            ("max-forwards", 483, lambda: self.plain_call(max_forwards=0)),
            ("identity", 403, lambda: self.plain_call(from_uri=f"sip:bob@{DOMAIN}")),
            ("no-relay", 403, lambda: self.plain_call(to="sip:bob@elsewhere.test")),
            ("expert-target", 403, lambda: self.escalate(to="sip:bob@pbx.test")[0]),
            ("unknown-dialog", 481, lambda: self.plain_call(to_tag="made-up")),
            ("trace-id-header", 400, lambda: self.escalate(HAZARD)[0]),
            ("hazard-header", 400, lambda: self.escalate(TRACE)[0]),
            ("hazard-covered", 403, lambda: self.escalate(TRACE, "X-IF-Hazard: volcano")[0]),
            ("specialisation", 403, lambda: self.escalate(TRACE, "X-IF-Hazard: ethics")[0]),
            ("timestamp-header", 400, lambda: self.escalate(TRACE, HAZARD, "X-IF-Signature: x")[0]),
            (
                "timestamp-fresh",
                403,
                lambda: self.escalate(TRACE, HAZARD, "X-IF-Signature: x", "X-IF-Timestamp: 2020-01-01T00:00:00Z")[0],
            ),
            ("caller-registered", 403, lambda: self.escalate(TRACE, HAZARD, user="alice")[0]),
            ("caller-user", 403, lambda: self.escalate(TRACE, HAZARD, from_uri=f"sip:{ETHICS}@external.advisor")[0]),
            ("caller-address", 403, lambda: self.escalate(TRACE, HAZARD, from_uri="sip:x@external.advisor")[0]),
        ]
        for rule, status, provoke in rows:
            with self.subTest(rule=rule):
                self.callee.forget_what_came()
                self.assert_refused(rule, status, provoke)

    def test_insane_message(self):
        def provoke():
            alice = self.endpoint()
            invite = alice.request("INVITE", "sip:bob@pbx.test", headers=("CSeq: 7 INVITE",))
            alice.send(invite)
            return alice.responses(invite)[-1]

        self.assert_refused("sanity", 400, provoke)


class Transport(RuleCase):
    config: ClassVar[dict] = {"tls_required_for": "escalations"}

    def test_in_the_clear(self):
        self.assert_refused("transport-secure", 403, lambda: self.escalate(TRACE, HAZARD)[0])


class Source(CalleeCase):
    config: ClassVar[dict] = {"allow": ["192.0.2.0/24"]}
    assert_refused = RuleCase.assert_refused

    def assert_nothing_arrived(self) -> None:
        # Not even the test's own call is let in here.
        self.assertIsNone(self.callee.receive(0.3))

    def test_stranger(self):
        def provoke():
            alice = self.endpoint()
            return alice.responses(alice.send(alice.request("INVITE", "sip:bob@pbx.test")))[-1]

        self.assert_refused("source-allowed", 403, provoke)


class Network(RuleCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.registry["organisations"][0]["networks"] = ["192.0.2.0/24"]
        proxy.config["allow"] = ["127.0.0.0/8", "::1/128"]
        proxy.write_config()
        return proxy

    def test_from_a_network_that_is_not_the_organisations(self):
        self.assert_refused("source-network", 403, lambda: self.escalate(TRACE, HAZARD)[0])


class ClientCertificate(RuleCase):
    """An organisation that lists names for its certificates (registry: client_sans)."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.close)
        cls.secure_port = free_port()
        proxy = super().make_proxy()
        proxy.registry["organisations"][0]["client_sans"] = ["edge.safety-org.example", "gate.safety-org.example"]
        ours = cls.authority.sign(f"DNS:{DOMAIN}")
        proxy.config["tls"] = {**ours.settings, "client_ca": str(cls.authority.certificate)}
        proxy.config["listen"].append(f"tls://127.0.0.1:{cls.secure_port}")
        proxy.write_config()
        return proxy

    def secure(self, *names: str) -> Endpoint:
        """The expert's connection, which shows a certificate with these names; without names none."""
        identity = self.authority.sign(*names) if names else None
        caller = Endpoint(
            ("127.0.0.1", self.secure_port),
            "TLS",
            user=EXPERT,
            password=self.proxy.users[EXPERT],
            tls=self.authority.client(identity),
        )
        self.addCleanup(caller.socket.close)
        return caller

    def call(self, caller: Endpoint):
        invite = caller.request("INVITE", COUNCIL, headers=(TRACE, HAZARD), from_uri=f"sip:{EXPERT}@external.advisor")
        return caller.call(invite)[-1]

    def test_whom_the_certificate_does_not_name(self):
        cases = {
            "in the clear": lambda: self.escalate(TRACE, HAZARD)[0],
            "none": lambda: self.call(self.secure()),
            "another's": lambda: self.call(self.secure("DNS:edge.ethics-org.example")),
            "a wildcard": lambda: self.call(self.secure("DNS:*.safety-org.example")),
            # RFC 5922 §7.1: where there are SIP identities, host names are none.
            "another's identity": lambda: self.call(
                self.secure("URI:sip:other.example", "DNS:edge.safety-org.example")
            ),
        }
        for name, provoke in cases.items():
            with self.subTest(name):
                self.callee.forget_what_came()
                self.assert_refused("client-certificate", 403, provoke)

    def test_whom_it_names(self):
        for name in ("DNS:edge.safety-org.example", "DNS:GATE.safety-org.example", "URI:sip:gate.safety-org.example"):
            with self.subTest(name):
                self.callee.forget_what_came()
                caller = self.secure(name)
                invite = caller.request(
                    "INVITE", COUNCIL, headers=(TRACE, HAZARD), from_uri=f"sip:{EXPERT}@external.advisor"
                )
                caller.send(invite)
                invite.authorize(caller.response(invite), EXPERT, caller.password)
                caller.send(invite)
                self.callee.reply(self.callee.expect("INVITE"), 486, "Busy Here")
                self.callee.expect("ACK")
                self.assert_status(caller.response(invite), 486)


class Status(RuleCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.registry["experts"][0]["status"] = "revoked"
        proxy.registry["experts"].append(
            {**proxy.registry["experts"][0], "uri": "sip:x@y.test", "aors": [], "user": "x", "status": "active"}
        )
        proxy.write_config()
        return proxy

    def test_revoked(self):
        self.assert_refused("caller-active", 403, lambda: self.escalate(TRACE, HAZARD)[0])


class Derived(RuleCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.registry["experts"][0]["headers"] = "derived"
        proxy.write_config()
        return proxy

    def test_a_target_that_says_nothing_about_the_hazard(self):
        self.assert_refused("hazard-derivable", 403, lambda: self.escalate()[0])


class Signatures(RuleCase):
    """The registry has the expert's key. What was signed and used once is worth nothing, also after a restart."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.signer = Signer()
        cls.addClassCleanup(cls.signer.close)
        proxy = super().make_proxy()
        proxy.registry = two_experts(key=cls.signer.public)
        proxy.write_config()
        return proxy

    def headers(self, call_id: str, **changes) -> tuple[str, ...]:
        parts = {"trace": "trace-1", "hazard": "safety", **changes}
        return self.signer.headers(
            caller=f"{EXPERT}@external.advisor", target=f"council@{DOMAIN}", call_id=call_id, **parts
        )

    def answered(self, call_id: str, headers: tuple[str, ...]) -> None:
        caller = self.endpoint(EXPERT)
        invite = caller.request(
            "INVITE", COUNCIL, headers=headers, from_uri=f"sip:{EXPERT}@external.advisor", call_id=call_id
        )
        caller.send(invite)
        invite.authorize(caller.response(invite), EXPERT, self.proxy.users[EXPERT])
        caller.send(invite)
        self.hang_up(caller, invite, self.establish(caller, invite, self.callee.expect("INVITE")))

    def test_needed_and_right(self):
        self.assert_refused("signature-present", 403, lambda: self.escalate(TRACE, HAZARD)[0])
        for spoilt in ("X-IF-Hazard: alignment", "X-IF-Signature: AAAA"):
            call_id, name = token("sig"), spoilt.split(":")[0]
            headers = [h for h in self.headers(call_id) if not h.startswith(name)] + [spoilt]
            call = functools.partial(self.escalate, *headers, call_id=call_id)
            with self.subTest(spoilt):
                self.callee.forget_what_came()
                self.assert_refused("signature-valid", 403, lambda call=call: call()[0])

    def test_spent(self):
        call_id = token("spent") + "@test.invalid"
        headers = self.headers(call_id)
        self.answered(call_id, headers)
        self.callee.forget_what_came()
        self.assert_refused("signature-unspent", 403, lambda: self.escalate(*headers, call_id=call_id)[0])
        # After a stop in order it is known; what was signed before and not used is good.
        unused = token("unused") + "@test.invalid"
        unused_headers = self.headers(unused)
        self.proxy.restart()
        self.callee.forget_what_came()
        self.assert_refused("signature-unspent", 403, lambda: self.escalate(*headers, call_id=call_id)[0])
        self.answered(unused, unused_headers)
        # After any other end nobody knows what was used, so nothing signed before the start counts.
        late = token("late") + "@test.invalid"
        late_headers = self.headers(late)
        time.sleep(0.2)
        self.proxy.kill()
        self.proxy.start()
        self.callee.forget_what_came()
        self.assert_refused("signature-unspent", 403, lambda: self.escalate(*late_headers, call_id=late)[0])
        fresh = token("fresh") + "@test.invalid"
        time.sleep(0.2)
        self.answered(fresh, self.headers(fresh))


class Rate(RuleCase):
    """Ten in a window, whichever reactor; a window of some seconds, so that its end can be seen."""

    WINDOW = 8
    config: ClassVar[dict] = {"rate": {"per_expert": 10, "window_seconds": WINDOW}, "reactors": 2}

    def busy(self, user: str = EXPERT, hazard: str = HAZARD):
        """One call that gets through and is turned down by the callee."""
        caller = self.endpoint(user)
        invite = caller.request("INVITE", COUNCIL, headers=(TRACE, hazard), from_uri=f"sip:{user}@external.advisor")
        caller.send(invite)
        invite.authorize(caller.response(invite), user, self.proxy.users[user])
        caller.send(invite)
        self.callee.reply(self.callee.expect("INVITE"), 486, "Busy Here")
        self.callee.expect("ACK")
        self.assert_status(caller.response(invite), 486)

    def test_eleventh_call(self):
        began = time.monotonic()
        for _ in range(10):
            self.busy()
        self.assertLess(time.monotonic() - began, self.WINDOW, "too slow to say anything")
        self.assert_refused("rate-limit", 480, lambda: self.escalate(TRACE, HAZARD)[0])
        refused, _ = self.escalate(TRACE, HAZARD)
        self.assertLessEqual(int(refused.header("Retry-After")), self.WINDOW)
        self.assertEqual(self.proxy.metrics().value("sip_rate_limited_total"), 2)
        self.callee.forget_what_came()
        self.busy(ETHICS, "X-IF-Hazard: ethics")
        time.sleep(max(0, began + self.WINDOW + 0.5 - time.monotonic()))
        self.busy()


class CallsAtOnce(RuleCase):
    config: ClassVar[dict] = {"calls": {"max_per_expert": 2, "max_active": 20}, "reactors": 2}

    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.registry["experts"][1]["max_calls"] = 1
        proxy.write_config()
        return proxy

    def connect(self, user: str = EXPERT, hazard: str = HAZARD):
        caller = self.endpoint(user)
        invite = caller.request("INVITE", COUNCIL, headers=(TRACE, hazard), from_uri=f"sip:{user}@external.advisor")
        caller.send(invite)
        invite.authorize(caller.response(invite), user, self.proxy.users[user])
        caller.send(invite)
        return caller, invite, self.establish(caller, invite, self.callee.expect("INVITE"))

    def test_third_call_and_the_registrys_own_number(self):
        calls = [self.connect(), self.connect()]
        self.assert_refused("calls-at-once", 480, lambda: self.escalate(TRACE, HAZARD)[0])
        self.assertEqual(self.proxy.metrics().value("sip_limit_reached_total", limit="calls-per-expert"), 1)
        other = self.connect(ETHICS, "X-IF-Hazard: ethics")
        self.assert_refused("calls-at-once", 480, lambda: self.escalate(TRACE, "X-IF-Hazard: ethics", user=ETHICS)[0])
        self.hang_up(*calls.pop())
        calls.append(self.connect())
        for call in [*calls, other]:
            self.hang_up(*call)


if __name__ == "__main__":
    unittest.main()
