"""What RFC 3261 asks of a proxy on the way of one request, sent and received byte by byte."""

import os
import re
import unittest
from typing import ClassVar

from support.case import CalleeCase
from support.ports import free_port
from support.proxy import DOMAIN, Proxy
from support.sip import SDP, Endpoint, token


class Road(CalleeCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        cls.nobody_listens = free_port()
        to_self = f"sip:127.0.0.1:{proxy.port}"
        proxy.config["routes"] += [
            {"match": "sip:*@loop.test", "next_hop": to_self},
            {"match": "sip:*@deaf.test", "next_hop": f"sip:127.0.0.1:{cls.nobody_listens}"},
            {"match": "sip:*@deaf-tcp.test", "next_hop": f"sip:127.0.0.1:{cls.nobody_listens};transport=tcp"},
        ]
        proxy.write_config()
        return proxy

    def ring(self, uri: str = "sip:bob@pbx.test", transport: str = "UDP", **options):
        """A call that has arrived at the callee: the caller, its INVITE and what the callee got."""
        alice = self.endpoint(transport=transport)
        invite = alice.request("INVITE", uri, **options)
        alice.send(invite)
        invite.authorize(self.assert_status(alice.response(invite), 407), "alice", "wonderland")
        alice.send(invite)
        return alice, invite, self.callee.expect("INVITE")

    def refuse(self, alice, invite, arrived) -> None:
        self.callee.reply(arrived, 486, "Busy Here")
        self.callee.expect("ACK")
        self.assert_status(alice.response(invite), 486)

    # What a forwarded request looks like

    def test_what_is_added_and_what_is_left_alone(self):
        odd = 'X-Odd  :   "Quoted ; text" , two\t spaces'
        compact = "k:  timer,100rel"
        alice, invite, arrived = self.ring(headers=(odd, compact))
        self.assertEqual(arrived.uri, "sip:bob@pbx.test")
        self.assertEqual(arrived.header("Max-Forwards"), "69")
        self.assertEqual(len(arrived.all("Via")), 2)
        self.assertIn(invite.branch, arrived.all("Via")[1])
        self.assertIn(f"received=127.0.0.1;rport={alice.port}".split(";")[1], arrived.all("Via")[1])
        self.assertRegex(arrived.all("Via")[0], rf"^SIP/2\.0/UDP 127\.0\.0\.1:{self.proxy.port};.*branch=z9hG4bK")
        self.assertRegex(arrived.header("Record-Route"), r";lr[;>]")
        for line in (odd, compact):
            self.assertIn(f"\r\n{line}\r\n".encode(), arrived.raw, "an untouched header leaves as it came")
        self.assertEqual(arrived.body, SDP.encode())
        self.refuse(alice, invite, arrived)

    def test_whole_call(self):
        alice, invite, arrived = self.ring()
        self.answer_call(arrived, body=SDP)
        responses = alice.responses(invite)
        self.assertEqual([r.status for r in responses], [100, 180, 200])
        ok = responses[-1]
        self.assertEqual(len(ok.all("Via")), 1, "our Via is popped from responses")
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        ack = self.callee.expect("ACK")
        self.assertTrue(ack.uri.startswith("sip:callee@"), ack.start)
        self.assertIsNone(ack.header("Route"), "our own Route is removed")
        self.hang_up(alice, invite, ok)

    def test_retransmitted_invite_is_forwarded_once(self):
        alice, invite, arrived = self.ring()
        for _ in range(3):
            alice.send(invite)
            self.assertEqual(alice.receive().status, 100, "a retransmission is answered with the last response")
        self.refuse(alice, invite, arrived)

    def test_response_goes_where_the_request_came_from(self):
        alice = self.endpoint()
        invite = alice.request("INVITE", "sip:bob@pbx.test", via="SIP/2.0/UDP host.invalid:9")
        alice.send(invite)
        via = self.assert_status(alice.response(invite), 407).header("Via")
        self.assertIn("received=127.0.0.1", via)
        self.assertIn(f"rport={alice.port}", via)

    # X-IF headers

    def test_if_headers_from_strangers_are_removed(self):
        smuggled = (
            "X-IF-Source: 10.0.0.1:5061;transport=tls",
            "X-IF-Authenticated-User : council",
            "x-if-trace-id:smuggled",
            "X-IF-Anything\t: at all",
            "X-IF-Folded: one\r\n two",
            "X-Iffy: stays",
        )
        alice, invite, arrived = self.ring(headers=smuggled)
        left = [name for name in arrived.header_names() if name.startswith("x-if")]
        self.assertEqual(left, ["x-iffy"])
        self.callee.reply(arrived, 183, "Session Progress", headers=("X-IF-Hazard: safety", "X-Iffy: stays"))
        self.callee.reply(arrived, 486, "Busy Here", headers=("X-IF-Trace-ID : x", "X-Iffy: stays"))
        for response in alice.responses(invite)[1:]:
            self.assertEqual([n for n in response.header_names() if n.startswith("x-if")], ["x-iffy"], response.start)

    # Where calls end

    def test_max_forwards_of_zero_is_483(self):
        alice = self.endpoint()
        invite = alice.request("INVITE", "sip:bob@pbx.test", max_forwards=0)
        self.assert_status(alice.call(invite), 483)
        self.assert_nothing_arrived()

    def test_loop_ends(self):
        alice = self.endpoint()
        last = alice.call(alice.request("INVITE", "sip:bob@loop.test"))[-1]
        self.assertIn(last.status, (482, 483), last.start)

    def test_no_route_is_403(self):
        # We relay for nobody: a domain that is neither ours nor routed is refused by a rule, not searched for.
        alice = self.endpoint()
        refused = self.assert_status(alice.call(alice.request("INVITE", "sip:bob@nowhere.test")), 403)
        self.assertIn("no-relay", refused.header("Reason"))

    def test_nobody_registered_is_404_or_480(self):
        alice = self.endpoint()
        last = alice.call(alice.request("INVITE", f"sip:nobody@{DOMAIN}"))[-1]
        self.assertIn(last.status, (404, 480), last.start)

    def test_next_hop_that_refuses_connections_is_503(self):
        alice = self.endpoint()
        self.assert_status(alice.call(alice.request("INVITE", "sip:bob@deaf-tcp.test"), within=10), 503)

    def test_next_hop_that_is_gone_is_503(self):
        # An ICMP port unreachable tells within milliseconds; Timer B would only after 32 s.
        alice = self.endpoint()
        self.assert_status(alice.call(alice.request("INVITE", "sip:bob@deaf.test"), within=5), 503)

    # CANCEL

    def test_cancel_ends_the_invite_with_487(self):
        alice, invite, arrived = self.ring()
        self.callee.reply(arrived, 180, "Ringing")
        while alice.receive().status != 180:
            pass
        cancel = alice.send(invite.derived("CANCEL"))
        got = self.callee.expect("CANCEL")
        self.assertEqual(got.all("Via")[0].split("branch=")[1], arrived.all("Via")[0].split("branch=")[1])
        self.callee.reply(got, 200, "OK")
        self.callee.reply(arrived, 487, "Request Terminated")
        self.callee.expect("ACK")
        self.assert_status(alice.response(cancel), 200)

    def test_cancel_that_matches_nothing_is_481(self):
        alice, invite, arrived = self.ring()
        stray = alice.send(invite.derived("CANCEL", branch=token("z9hG4bK")))
        self.assert_status(alice.response(stray), 481)
        self.refuse(alice, invite, arrived)

    def test_cancel_from_elsewhere_is_481(self):
        alice, invite, arrived = self.ring()
        thief = Endpoint(self.udp, bind_host="127.0.0.2")
        self.addCleanup(thief.socket.close)
        stolen = thief.send(invite.derived("CANCEL"))
        self.assert_status(thief.response(stolen), 481)
        self.refuse(alice, invite, arrived)

    # In a dialog

    def test_in_dialog_request_without_our_cookie_is_481(self):
        alice = self.endpoint()
        bye = alice.send(alice.request("BYE", f"sip:callee@{self.callee.address}", to_tag="made-up"))
        self.assert_status(alice.response(bye), 481)
        self.assert_nothing_arrived()

    def test_forged_record_route_is_no_way_in(self):
        alice, invite, arrived = self.ring()
        self.answer_call(arrived, body=SDP)
        ok = alice.response(invite)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        self.callee.expect("ACK")
        bye = alice.in_dialog("BYE", invite, ok, invite.cseq + 1)
        forged = alice.request("BYE", bye.uri, to_tag="made-up", headers=bye.headers)
        alice.send(forged)
        self.assert_status(alice.response(forged), 481)
        alice.send(bye)
        arrived = self.callee.expect("BYE")
        self.assertEqual(arrived.header("Call-ID"), invite.call_id)
        self.callee.reply(arrived, 200, "OK")
        self.assert_status(alice.response(bye), 200)

    def test_request_inside_a_call_needs_no_credentials(self):
        alice, invite, arrived = self.ring()
        self.answer_call(arrived, body=SDP)
        ok = alice.response(invite)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        self.callee.expect("ACK")
        again = alice.send(alice.in_dialog("INVITE", invite, ok, invite.cseq + 1))
        self.answer_call(self.callee.expect("INVITE"), body=SDP)
        self.assert_status(alice.response(again), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq + 1))
        self.callee.expect("ACK")
        bye = alice.send(alice.in_dialog("BYE", invite, ok, invite.cseq + 2))
        self.callee.reply(self.callee.expect("BYE"), 200, "OK")
        self.assert_status(alice.response(bye), 200)

    # For us

    def test_options_to_us_is_answered(self):
        alice = self.endpoint()
        options = alice.send(alice.request("OPTIONS", f"sip:{DOMAIN}"))
        self.assert_status(alice.response(options), 200)


class ShortTimers(CalleeCase):
    """With T1 at 20 ms Timer B is 1.28 s instead of 32 s."""

    config: ClassVar[dict] = {"calls": {"t1_ms": 20}}

    def test_silent_callee_is_408(self):
        alice = self.endpoint()
        invite = alice.request("INVITE", "sip:bob@pbx.test")
        alice.send(invite)
        invite.authorize(alice.response(invite), "alice", "wonderland")
        alice.send(invite)
        self.callee.expect("INVITE")
        self.assert_status(alice.response(invite), 408)


class Streams(CalleeCase):
    def options(self, endpoint):
        return endpoint.request("OPTIONS", f"sip:{DOMAIN}")

    def test_two_requests_in_one_segment(self):
        alice = self.endpoint(transport="TCP")
        first, second = self.options(alice), self.options(alice)
        alice.send_bytes(first.encode() + second.encode())
        self.assertEqual({alice.receive().header("Call-ID") for _ in range(2)}, {first.call_id, second.call_id})

    def test_a_request_byte_by_byte(self):
        alice = self.endpoint(transport="TCP")
        request = self.options(alice)
        for byte in request.encode():
            alice.send_bytes(bytes([byte]))
        self.assert_status(alice.response(request), 200)

    def test_keep_alive_is_answered(self):
        alice = self.endpoint(transport="TCP")
        alice.socket.settimeout(5)
        alice.send_bytes(b"\r\n\r\n")
        self.assertEqual(alice.socket.recv(16), b"\r\n")

    def test_noise_ends_the_connection_and_nothing_else(self):
        noisy, alice = self.endpoint(transport="TCP"), self.endpoint(transport="TCP")
        noisy.send_bytes(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + b"\0" * 1000)
        self.assertIsNone(noisy.receive())
        self.assertTrue(noisy.is_closed, "the connection stays open after noise")
        request = alice.send(self.options(alice))
        self.assert_status(alice.response(request), 200)


class BadInput(CalleeCase):
    def test_noise_is_survived(self):
        alice = self.endpoint()
        for noise in (b"", b"\0", b"\r\n" * 100, b"INVITE", b"SIP/2.0 200 OK\r\n\r\n", os.urandom(1400), b"A" * 65_000):
            alice.send_bytes(noise)
        request = alice.send(alice.request("OPTIONS", f"sip:{DOMAIN}"))
        self.assert_status(alice.response(request), 200)

    def test_bad_request_is_400_and_says_what(self):
        for bend, named in (
            (lambda text: re.sub(r"CSeq: \d+ INVITE", "CSeq: 1 BYE", text), "CSeq"),
            (lambda text: re.sub(r"From: .*\r\n", "", text), "From"),
            (lambda text: text.replace("Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Forwards: 71"), "Max-Forwards"),
            (lambda text: text.replace("Content-Length:", "l: 3\r\nContent-Length:"), "Content-Length"),
        ):
            with self.subTest(named=named):
                alice = self.endpoint()
                invite = alice.request("INVITE", "sip:bob@pbx.test")
                alice.send_bytes(bend(invite.encode().decode()).encode())
                answer = alice.receive()
                self.assertEqual(answer.status, 400, answer.start)
                self.assertIn(named.lower(), answer.reason.lower())
        self.assert_nothing_arrived()

    def test_other_sip_version_is_505(self):
        alice = self.endpoint()
        invite = alice.request("INVITE", "sip:bob@pbx.test")
        alice.send_bytes(invite.encode().replace(b" SIP/2.0\r\nVia", b" SIP/3.0\r\nVia", 1))
        self.assertEqual(alice.receive().status, 505)


if __name__ == "__main__":
    unittest.main()
