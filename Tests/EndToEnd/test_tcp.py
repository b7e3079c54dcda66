"""Streams: many connections, messages in pieces, connections that break off, and neighbours that lend theirs."""

import contextlib
import socket
import time
import unittest
from dataclasses import dataclass
from typing import ClassVar

from support.case import ProxyCase
from support.ports import free_port
from support.proxy import Proxy
from support.sip import Callee, Endpoint, Request, token
from support.sipp import Sipp


@dataclass
class StreamCallee(Callee):
    """One connection that a `Listener` accepted. It names the listener's address, so that it can be called back."""

    accepted: socket.socket | None = None
    listening: tuple[str, int] = ("", 0)

    def __post_init__(self):
        self.transport = "TCP"
        self.socket = self.accepted
        self.socket.settimeout(5)
        self.host, self.port = self.listening
        self.buffer = b""
        self.is_closed = False


class Listener:
    """A phone or neighbour that listens on TCP."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.address = self.socket.getsockname()[:2]
        self.connections: list[StreamCallee] = []

    def accept(self) -> StreamCallee:
        accepted, _ = self.socket.accept()
        self.connections.append(StreamCallee(self.address, accepted=accepted, listening=self.address))
        return self.connections[-1]

    def close(self) -> None:
        for connection in self.connections:
            connection.socket.close()
        self.socket.close()


class StreamCase(ProxyCase):
    config: ClassVar[dict] = {}

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.bob = Listener()
        cls.addClassCleanup(cls.bob.close)
        # Nobody listens there: it is reached over what it opens itself, or not at all.
        cls.neighbour = free_port()
        return Proxy(
            users={"alice": "wonderland"},
            routes=[
                {"match": "sip:*@bob.test", "next_hop": f"sip:127.0.0.1:{cls.bob.address[1]};transport=tcp"},
                {"match": "sip:*@neighbour.test", "next_hop": f"sip:127.0.0.1:{cls.neighbour};transport=tcp"},
            ],
            **cls.config,
        )

    def invite(self, alice: Endpoint, uri: str = "sip:bob@bob.test", **options) -> Request:
        return super().invite(alice, uri, **options)


class Streams(StreamCase):
    config: ClassVar[dict] = {"tcp": {"max_per_address": 40, "first_message_seconds": 2}}

    def answer(self, bob: StreamCallee, alice: Endpoint, invite: Request):
        """Bob takes the call; returns the 2xx as Alice has it."""
        bob.reply(bob.expect("INVITE"), 200, "OK")
        ok = self.assert_status(alice.responses(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        bob.expect("ACK")
        return ok

    def call(self, alice: Endpoint):
        invite = self.invite(alice)
        bob = self.bob.accept()
        return bob, invite, self.answer(bob, alice, invite)

    def setUp(self) -> None:
        # Every test begins with a connection of its own.
        for connection in self.bob.connections:
            connection.socket.close()
        self.bob.connections.clear()
        time.sleep(0.05)

    def test_every_byte_on_its_own(self):
        alice = self.endpoint(transport="TCP")
        alice.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        whole = alice.send_bytes

        def dribble(data: bytes, to=None) -> None:
            for place in range(len(data)):
                whole(data[place : place + 1])

        alice.send_bytes = dribble
        bob, invite, ok = self.call(alice)
        bye = alice.in_dialog("BYE", invite, ok, invite.cseq + 1)
        alice.send(bye)
        bob.reply(bob.expect("BYE"), 200, "OK")
        self.assert_status(alice.response(bye), 200)

    def test_pipelined_requests_in_one_segment(self):
        """Two INVITEs, a keep-alive and an OPTIONS at once; each Call-ID has a reactor of its own, so in any order."""
        alice = self.endpoint(transport="TCP")
        options = alice.request("OPTIONS", "sip:if.internal")
        invites = [alice.request("INVITE", "sip:bob@bob.test") for _ in range(2)]
        alice.send_bytes(invites[0].encode() + b"\r\n\r\n" + options.encode() + invites[1].encode())
        got = {m.header("Call-ID"): m.status for m in (alice.receive() for _ in range(3))}
        self.assertEqual(got, {invites[0].call_id: 407, options.call_id: 200, invites[1].call_id: 407})

    def test_the_callee_closes_between_invite_and_bye(self):
        alice = self.endpoint(transport="TCP")
        bob, invite, ok = self.call(alice)
        bob.socket.close()
        time.sleep(0.1)
        bye = alice.in_dialog("BYE", invite, ok, invite.cseq + 1)
        alice.send(bye)
        again = self.bob.accept()
        again.reply(again.expect("BYE"), 200, "OK")
        self.assert_status(alice.response(bye), 200)

    def test_the_caller_is_called_back_where_its_contact_says(self):
        home = Listener()
        self.addCleanup(home.close)
        alice = self.endpoint(transport="TCP")
        invite = alice.request("INVITE", "sip:bob@bob.test")
        invite.contact = f"<sip:alice@{home.address[0]}:{home.address[1]};transport=tcp>"
        alice.send(invite)
        invite.authorize(alice.response(invite), "alice", "wonderland")
        alice.send(invite)
        bob = self.bob.accept()
        arrived = bob.expect("INVITE")
        bob.reply(arrived, 200, "OK")
        ok = self.assert_status(alice.responses(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        bob.expect("ACK")
        alice.socket.close()
        routes = "".join(f"Route: {value}\r\n" for value in arrived.all("Record-Route"))
        bob.send_bytes(
            (
                f"BYE sip:alice@{home.address[0]}:{home.address[1]};transport=tcp SIP/2.0\r\n"
                f"Via: SIP/2.0/TCP {bob.address};branch={token('z9hG4bK')}\r\nMax-Forwards: 70\r\n{routes}"
                f"From: {ok.header('To')}\r\nTo: {ok.header('From')}\r\nCall-ID: {invite.call_id}\r\n"
                "CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
            ).encode()
        )
        phone = home.accept()
        phone.reply(phone.expect("BYE"), 200, "OK")
        self.assertEqual(bob.receive().status, 200)

    def test_an_answer_whose_connection_is_gone_goes_to_the_port_of_via(self):
        """RFC 3261 §18.2.2."""
        home = Listener()
        self.addCleanup(home.close)
        alice = self.endpoint(transport="TCP")
        self.invite(alice, via=f"SIP/2.0/TCP {home.address[0]}:{home.address[1]}")
        bob = self.bob.accept()
        arrived = bob.expect("INVITE")
        # A reset: a mere end would leave the way for answers open.
        alice.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        alice.socket.close()
        time.sleep(0.1)
        bob.reply(arrived, 486, "Busy Here")
        self.assertEqual(home.accept().receive().status, 486)

    def test_one_address_opens_no_more_than_it_may(self):
        sockets = []
        self.addCleanup(lambda: [s.close() for s in sockets])
        refused = 0
        for _ in range(45):
            sockets.append(socket.create_connection(self.udp, timeout=5))
            sockets[-1].sendall(b"\r\n\r\n")
        for each in sockets:
            with contextlib.suppress(ConnectionResetError):
                if each.recv(2) == b"\r\n":
                    continue
            refused += 1
        # Bob's own, if the server still has one, and those of other tests that are about to end count as well.
        self.assertGreaterEqual(refused, 5)
        self.assertLessEqual(refused, 10)
        # What is over its limit is refused for itself: others go on, and there is room again when some are gone.
        for each in sockets[:20]:
            each.close()
        time.sleep(0.2)
        alice = self.endpoint(transport="TCP")
        self.assert_status(alice.call(alice.request("OPTIONS", "sip:if.internal")), 200)

    def test_who_says_nothing_is_shown_out(self):
        with socket.create_connection(self.udp, timeout=8) as mute:
            started = time.monotonic()
            self.assertEqual(mute.recv(1), b"")
            self.assertGreater(time.monotonic() - started, 1.5)


class OneConnectionPerCall(ProxyCase):
    """sipp -t tn: each call opens its own connection, and the callee gets all of them over one of ours."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.port = free_port()
        return Proxy(
            users={"alice": "wonderland"},
            routes=[
                {"match": "sip:*@tcp.test", "next_hop": f"sip:127.0.0.1:{cls.port};transport=tcp"},
                {"match": "sip:*@udp.test", "next_hop": f"sip:127.0.0.1:{cls.port}"},
            ],
        )

    def run_calls(self, target: str, callee_transport: str) -> None:
        callee = Sipp.callee(port=self.port, transport=callee_transport, calls=20)
        self.addCleanup(callee.stop)
        caller = Sipp.caller(
            "uac",
            self.udp,
            "alice",
            "wonderland",
            target=target,
            transport="tn",
            calls=20,
            arguments=("-r", "20", "-max_socket", "30", "-d", "200"),
        )
        self.addCleanup(caller.stop)
        caller.wait()
        callee.wait()

    def test_to_tcp(self):
        self.run_calls("sip:bob@tcp.test", "t1")

    def test_to_udp(self):
        self.run_calls("sip:bob@udp.test", "u1")


class Aliases(StreamCase):
    """RFC 5923, where the operator wants it."""

    config: ClassVar[dict] = {"tcp": {"alias": True}}

    def lend(self, port: int, host: str = "127.0.0.1") -> StreamCallee:
        """A neighbour opens a connection and says that it listens there."""
        neighbour = self.endpoint(transport="TCP")
        options = neighbour.request("OPTIONS", "sip:if.internal", via=f"SIP/2.0/TCP {host}:{port};alias")
        self.assert_status(neighbour.call(options), 200)
        return StreamCallee(("", 0), accepted=neighbour.socket, listening=("127.0.0.1", port))

    def test_a_call_goes_over_the_neighbours_own_connection(self):
        neighbour = self.lend(self.neighbour)
        alice = self.endpoint()
        invite = self.invite(alice, "sip:x@neighbour.test")
        arrived = neighbour.expect("INVITE")
        # Only TLS would let us say so ourselves (RFC 5923 §1).
        self.assertNotIn("alias", arrived.header("Via"))
        neighbour.reply(arrived, 486, "Busy Here")
        neighbour.expect("ACK")
        self.assert_status(alice.response(invite), 486)
        neighbour.socket.close()
        time.sleep(0.1)
        self.assert_status(alice.response(self.invite(alice, "sip:x@neighbour.test")), 503)

    def test_nobody_speaks_for_another_address(self):
        self.lend(self.neighbour, host="127.0.0.2")
        self.lend(self.neighbour, host="neighbour.test")
        alice = self.endpoint()
        self.assert_status(alice.response(self.invite(alice, "sip:x@neighbour.test")), 503)


class NoAliases(Aliases):
    """As it is unless the operator says otherwise."""

    config: ClassVar[dict] = {}

    def test_a_call_goes_over_the_neighbours_own_connection(self):
        self.lend(self.neighbour)
        alice = self.endpoint()
        self.assert_status(alice.response(self.invite(alice, "sip:x@neighbour.test")), 503)


if __name__ == "__main__":
    unittest.main()
