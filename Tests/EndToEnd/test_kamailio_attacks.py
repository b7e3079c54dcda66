"""Attacks on config/kamailio.cfg, as it stands, in the real Kamailio before two nodes: smuggled headers, forged signatures,
ways around it, floods, malformed messages. Calls, credentials and failover are in test_kamailio_edge.
"""

import contextlib
import datetime
import unittest
from typing import ClassVar

from support.case import EXPERT
from support.edge import Edge
from support.edge_case import COUNCIL, HAZARD, SIGNER, TORTURE, TRACE, USERS, EdgeCase
from support.proxy import DOMAIN
from support.sip import SDP, Message, token


class Smuggling(EdgeCase):
    smuggled = (
        "X-IF-Source: 10.0.0.1:5061;transport=tls",
        "X-IF-Source : 10.0.0.2:5061;transport=tls",
        "X-IF-Authenticated-User: council",
        f"x-if-authenticated-user\t:{EXPERT}",
        "x-if-trace-id:smuggled",
        "X-IF-Hazard: safety",
        "X-IF-Hazard: ethics",
        "X-IF-Anything\t: at all",
        "X-IF-Folded: one\r\n two\r\n\tX-IF-Source: three",
        "X-IF-Empty:",
        "X-Iffy: stays",
    )

    def names(self, message: Message) -> list[str]:
        return [name for name in message.header_names() if name.startswith("x-if")]

    def test_a_plain_call_brings_none(self):
        phone, invite, arrived = self.ring(headers=self.smuggled)
        self.assertEqual(self.names(arrived), ["x-iffy"])
        # Nor does a response, whatever sends it.
        self.callee.reply(arrived, 183, "Session Progress", headers=("X-IF-Hazard: safety", "X-Iffy: stays"))
        self.callee.reply(arrived, 200, "OK", body=SDP, headers=("x-if-trace-id : x", "X-IF-F:\r\n a", "X-Iffy: stays"))
        seen = phone.responses(invite)
        for response in seen[1:]:
            self.assertEqual(self.names(response), ["x-iffy"], response.start)
        ok = seen[-1]
        ack = phone.in_dialog("ACK", invite, ok, invite.cseq)
        ack.headers += self.smuggled
        phone.send(ack)
        self.assertEqual(self.names(self.callee.expect("ACK")), ["x-iffy"])
        bye = phone.in_dialog("BYE", invite, ok, invite.cseq + 1)
        bye.headers += self.smuggled
        phone.send(bye)
        ended = self.callee.expect("BYE")
        self.assertEqual(self.names(ended), ["x-iffy"])
        self.callee.reply(ended, 200, "OK", headers=("X-IF-Source: x",))
        self.assertEqual(self.names(self.assert_status(phone.response(bye), 200)), [])
        # The node took the caller for who it is.
        peers = {r["peer"]["address"] for r in self.records(invite.call_id, "call.terminated") if "peer" in r}
        self.assertIn(f"127.0.0.1:{phone.port}", peers)
        self.assertFalse([p for p in peers if p.startswith("10.")])

    def test_a_registered_phone_cannot_either(self):
        """Responses of a phone, which come in by the callers' own door."""
        bob = self.phone("bob")
        self.assert_status(bob.call(bob.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}")), 200)
        alice = self.phone()
        invite = alice.send(alice.request("INVITE", f"sip:bob@{DOMAIN}"))
        invite.authorize(alice.response(invite), "alice", "wonderland")
        alice.send(invite)
        bob.reply(
            bob.expect("INVITE"), 486, "Busy Here", headers=("X-IF-Source : 1.1.1.1:1;transport=tls", "X-If-A: b")
        )
        self.assertEqual(self.names(self.assert_status(alice.responses(invite), 486)), [])

    def test_nobody_becomes_somebody_else(self):
        """Claims to be the expert, from an address inside, over TLS: the node still sees alice."""
        claims = ("X-IF-Source: 127.0.0.1:5;transport=tls", f"X-IF-Authenticated-User: {EXPERT}", TRACE, HAZARD)
        self.assert_refused(self.escalate("alice", claims), 403, "caller-registered")
        self.assert_nothing_arrived()

    def test_an_escalation_keeps_the_four_and_no_more(self):
        phone = self.phone(EXPERT)
        headers = (TRACE, HAZARD, "X-IF-Other: x", "X-IF-Source: 10.0.0.1:5061;transport=tls")
        invite = phone.request("INVITE", COUNCIL, headers=headers, from_uri=f"sip:{EXPERT}@external.advisor")
        phone.send(invite)
        invite.authorize(phone.response(invite), EXPERT, USERS[EXPERT])
        phone.send(invite)
        arrived = self.callee.expect("INVITE")
        self.assertEqual(sorted(self.names(arrived)), ["x-if-hazard", "x-if-trace-id"])
        self.refuse(phone, invite, arrived)
        # Witness: the phone is the peer, by the edge's word, and was heard over TLS.
        decision = next(r for r in self.records(invite.call_id, "guard.decision") if r["event"] == "guard.decision")
        self.assertEqual(decision["peer"]["address"], f"127.0.0.1:{phone.port}")
        self.assertEqual(decision["peer"]["transport"], "tls")

    def test_the_target_is_recognised_however_it_is_spelt(self):
        for spelling in (
            f"sip:council@{DOMAIN.upper()}",
            f"sip:council@{DOMAIN}.",
            f"sip:%63ouncil@{DOMAIN}",
            f"sips:council@{DOMAIN}",
            f"sip:council-anything@{DOMAIN};transport=tls",
        ):
            with self.subTest(target=spelling):
                # 400 for what is missing: it was taken for an escalation. 486: its headers went along.
                self.assertEqual(self.escalate(headers=(HAZARD,), to=spelling)[-1].status, 400)
        # One that is none keeps nothing: users are told apart by case.
        phone, invite, arrived = self.ring("sip:Council@pbx.test", headers=(TRACE, HAZARD))
        self.assertEqual(self.names(arrived), [])
        self.refuse(phone, invite, arrived)

    def test_headers_that_two_readers_see_differently_are_refused(self):
        for trick in (
            b"X-A: b\nX-IF-Source: 10.0.0.1:1;transport=tls\r\n",
            b"X-A: b\rX-IF-Source: 10.0.0.1:1;transport=tls\r\n",
            b"X-A: b\x00\r\nX-IF-Source: 10.0.0.1:1;transport=tls\r\n",
            b"X-IF-Source\r\n : 10.0.0.1:1;transport=tls\r\n",
            b"X-IF-\x00Source: 10.0.0.1:1;transport=tls\r\n",
            b" X-IF-Source: 10.0.0.1:1;transport=tls\n\r\n",
            b"Content-Length: 0\r\n\nX-IF-Source: 10.0.0.1:1;transport=tls\r\n",
        ):
            with self.subTest(trick=trick):
                phone = self.phone()
                raw = phone.request("INVITE", "sip:bob@pbx.test").encode()
                raw = raw.replace(b"Content-Type", trick + b"Content-Type")
                phone.send_bytes(raw)
                answer = phone.receive(1)
                self.assertTrue(answer is None or answer.status == 400, answer and answer.start)
        self.assert_nothing_arrived()

    def test_no_second_message_hides_in_the_first(self):
        """Over TCP to the node, whoever reads another length reads another message: with facts of the caller's own."""
        hidden = (
            f"INVITE sip:hidden@pbx.test SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKh\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{EXPERT}@{DOMAIN}>;tag=1\r\nTo: <sip:hidden@pbx.test>\r\nCall-ID: hidden\r\nCSeq: 1 INVITE\r\n"
            f"X-IF-Source: 127.0.0.1:5;transport=tls\r\nX-IF-Authenticated-User: alice\r\nContent-Length: 0\r\n\r\n"
        )
        for first, second in (
            ("Content-Length: 0", "Content-Length: {}"),
            ("Content-Length: {}", "l: 0"),
            ("l: 0", "L: {}"),
        ):
            with self.subTest(lengths=(first, second)):
                phone = self.phone()
                invite = phone.send(phone.request("INVITE", "sip:bob@pbx.test", body=""))
                challenge = phone.response(invite)
                invite.authorize(challenge, "alice", "wonderland")
                head = invite.encode().partition(b"Content-Type")[0].partition(b"Content-Length")[0].decode()
                lengths = "".join(f"{line.format(len(hidden))}\r\n" for line in (first, second))
                phone.send_bytes((head + lengths + "\r\n" + hidden).encode())
                while (answer := phone.receive(0.5)) is not None:
                    self.assertGreaterEqual(answer.status, 400)
        self.assert_nothing_arrived()


class SignedCalls(EdgeCase):
    def call(self, signed: str, call_id: str | None = None, now: datetime.datetime | None = None):
        phone = self.phone(SIGNER)
        call_id = call_id or token("signed") + "@Host.Example"
        headers = self.signer.headers(
            trace=token("t"), hazard="ethics", caller=signed, target=f"council@{DOMAIN}", call_id=call_id, now=now
        )
        sender = f"sip:{SIGNER}@external.advisor"
        invite = phone.request("INVITE", COUNCIL, headers=headers, from_uri=sender, call_id=call_id)
        phone.send(invite)
        invite.authorize(self.assert_status(phone.response(invite), 407), SIGNER, USERS[SIGNER])
        phone.send(invite)
        return phone, invite

    def test_a_signature_holds_from_end_to_end(self):
        phone, invite = self.call(f"{SIGNER}@external.advisor")
        arrived = self.callee.expect("INVITE")
        self.assertEqual(arrived.header("Call-ID"), invite.call_id, "what is signed is what is sent")
        for name in ("X-IF-Trace-ID", "X-IF-Hazard", "X-IF-Timestamp", "X-IF-Signature"):
            self.assertIn(f"{name}: {arrived.header(name)}", invite.headers)
        ok = self.answer(phone, invite, arrived)
        self.hang_up(phone, invite, ok)
        # It is spent now. The edge says so by itself: the node that knew it may be gone.
        again, repeat = self.call(f"{SIGNER}@external.advisor", invite.call_id)
        self.assert_refused(again.responses(repeat), 403, "signature-unspent")
        self.assert_nothing_arrived()

    def test_another_signature_does_not(self):
        phone, invite = self.call(f"{EXPERT}@external.advisor")
        self.assert_refused(phone.responses(invite), 403, "signature.*")
        old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=400)
        phone, invite = self.call(f"{SIGNER}@external.advisor", now=old)
        self.assert_status(phone.responses(invite), 403)
        self.assert_nothing_arrived()


class Relay(EdgeCase):
    @classmethod
    def make_edge(cls) -> Edge:
        edge = super().make_edge()
        edge.defines["EDGE_ROUTE"] = f'"^<sips?:127.0.0.1:{edge.port}(;[a-z0-9=]+)*>$"'
        return edge

    def test_ways_of_the_callers_own(self):
        there = self.callee.address
        edge = f"127.0.0.1:{self.edge.port}"
        for to, headers in (
            ("sip:bob@pbx.test;maddr=127.0.0.1", ()),
            ("sip:bob@pbx.test;MADDR=127.0.0.1", ()),
            ("sip:bob@pbx.test;%6daddr=127.0.0.1", ()),
            ("sip:bob@pbx.test", (f"Route: <sip:{there};lr>",)),
            ("sip:bob@pbx.test", (f"Route: <sip:{edge};transport=tls;lr>, <sip:{there};lr>",)),
            ("sip:bob@pbx.test", (f"Route: <sip:{edge};transport=tls;lr>", f"Route: <sip:{there};lr>")),
            (f"sip:{edge};transport=tls;lr", (f"Route: <sip:{there};lr>",)),
            (f"sip:{edge};transport=tls;lr", (f"ROUTE : <sip:{edge};lr;received=sip:{there}>",)),
        ):
            with self.subTest(to=to, headers=headers):
                phone = self.phone()
                refused = phone.call(phone.request("INVITE", to, headers=headers))
                self.assert_refused(refused, 403, "foreign-route")
        self.assert_nothing_arrived()

    def test_an_outbound_proxy_setting_is_fine(self):
        route = (f"Route: <sip:127.0.0.1:{self.edge.port};transport=tls;lr>",)
        phone, invite, arrived = self.ring(headers=route)
        self.assertIsNone(arrived.header("Route"))
        self.refuse(phone, invite, arrived)

    def test_other_domains_are_refused(self):
        for to in (f"sip:bob@{self.callee.address}", "sip:bob@elsewhere.test", f"sip:127.0.0.1:{self.callee.port}"):
            with self.subTest(to=to):
                phone = self.phone()
                self.assert_refused(phone.call(phone.request("INVITE", to)), 403, "no-relay")
        self.assert_nothing_arrived()

    def test_a_to_tag_opens_nothing(self):
        there, edge = self.callee.address, f"127.0.0.1:{self.edge.port}"
        inner, node = f"127.0.0.1:{self.edge.node_port}", f"127.0.0.1:{self.nodes[0].port}"
        for to, routes, statuses in (
            (f"sip:x@{there}", (), (481,)),
            (f"sip:x@{there}", (f"<sip:{edge};transport=tls;lr>",), (403, 481)),
            (
                f"sip:x@{there}",
                (f"<sip:{edge};transport=tls;r2=on;lr>", f"<sip:{inner};transport=tcp;r2=on;lr>"),
                (403, 481),
            ),
            (f"sip:x@{there};alias=127.0.0.1~{self.callee.port}~1", (f"<sip:{edge};transport=tls;lr>",), (403, 481)),
            ("sip:x@y", (f"<sip:{edge};transport=tls;lr>", f"<sip:{there};lr>"), (403,)),
            (f"sip:x@{there}", (f"<sip:{edge};transport=tls;lr>", f"<sip:{node};transport=tcp;lr>"), (481,)),
            (f"sip:{edge};lr", (f"<sip:{there}>",), (403, 481)),
            (f"sip:x@{there}", (f"<sip:{edge};lr;received=sip:{there}>",), (403, 481)),
        ):
            for method in ("INVITE", "BYE", "MESSAGE"):
                with self.subTest(method=method, to=to, routes=routes):
                    phone = self.phone()
                    headers = tuple(f"Route: {route}" for route in routes)
                    request = phone.request(method, to, to_tag="x", headers=headers)
                    self.assertIn(phone.response(phone.send(request)).status, statuses)
            phone.send(phone.request("ACK", to, to_tag="x", headers=headers))
        self.assert_nothing_arrived()

    def test_a_response_to_nothing_goes_nowhere(self):
        phone = self.phone()
        via = f"Via: SIP/2.0/TLS 127.0.0.1:{self.edge.port};branch=z9hG4bKx.0\r\nVia: SIP/2.0/UDP {self.callee.address}"
        phone.send_bytes(
            f"SIP/2.0 200 OK\r\n{via};branch=z9hG4bKy\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n"
            "Call-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n".encode()
        )
        self.assertIsNone(self.callee.receive(0.5))


class Allowlist(EdgeCase):
    allow = "1 127.0.0.9 32 0 somebody-else"

    def test_a_source_that_is_not_listed_is_403_before_any_challenge(self):
        for method in ("INVITE", "REGISTER", "OPTIONS"):
            phone = self.phone()
            request = phone.send(phone.request(method, f"sip:{DOMAIN}"))
            self.assert_refused(phone.responses(request), 403, "source-allowed")
        listed = self.phone(host="127.0.0.9")
        self.assert_status(listed.response(listed.send(listed.request("INVITE", "sip:bob@pbx.test"))), 407)
        metrics = self.edge.metrics()
        self.assertEqual(metrics.value("sip_security_rejections_total", rule="source-allowed"), 3)


class Flood(EdgeCase):
    defines: ClassVar[dict] = {"FLOOD_REQUESTS": 20, "FLOOD_LATENCY": 4}

    def test_too_much_from_one_address_is_dropped(self):
        phone = self.phone(host="127.0.0.5")
        for _ in range(60):
            phone.send(phone.request("OPTIONS", f"sip:{DOMAIN}"))
        answered = len(list(iter(lambda: phone.receive(0.5), None)))
        self.assertLess(answered, 45)
        self.assertGreater(answered, 5)
        self.assertGreater(self.edge.metrics().value("sip_security_rejections_total", rule="flood"), 10)
        # Others are served meanwhile.
        other = self.phone()
        self.assert_status(other.response(other.send(other.request("OPTIONS", f"sip:{DOMAIN}"))), 200)


class Malformed(EdgeCase):
    def test_torture(self):
        if not TORTURE.is_dir():
            self.skipTest(f"SKIPPED, AND NOT SHOWN: no messages of RFC 4475 and 5118 in {TORTURE}")
        paths = sorted(TORTURE.rglob("*.dat"))
        self.assertGreater(len(paths), 40)
        for path in paths:
            with self.subTest(message=path.stem):
                phone = self.phone()
                phone.send_bytes(path.read_bytes())
                while (answer := phone.receive(0.05)) is not None:
                    self.assertTrue(answer.is_request or answer.status in range(100, 700))
                other = self.phone()
                options = other.send(other.request("OPTIONS", f"sip:{DOMAIN}"))
                self.assert_status(other.response(options), 200)
        self.assertIsNone(self.edge.process.poll())
        self.assert_nothing_arrived()

    def test_what_is_no_sip_at_all(self):
        for raw in (
            b"\r\n\r\n",
            b"\x00" * 200,
            b"GET / HTTP/1.0\r\n\r\n",
            b"A" * 70_000,
            b"\x16\x03\x01" + b"\xff" * 64,
        ):
            with self.subTest(raw=raw[:8]), contextlib.suppress(OSError):
                self.phone().send_bytes(raw)
        self.assert_nothing_arrived()


if __name__ == "__main__":
    unittest.main()
