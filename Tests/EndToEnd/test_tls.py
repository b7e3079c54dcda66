"""SIP over TLS: calls from and to every transport, SIPS, and whom we believe."""

import contextlib
import shutil
import socket
import ssl
import threading
import time
import unittest

from support.baresip import Phone
from support.certificates import Authority
from support.kamailio import Kamailio
from support.ports import free_port
from support.proxy import DOMAIN
from support.secure import RawClient, SecureCase, SecureListener
from support.sip import Endpoint
from support.sipp import Sipp


class Calls(SecureCase):
    def test_options_over_tls(self):
        alice = self.secure()
        options = alice.request("OPTIONS", f"sip:{DOMAIN}")
        alice.send(options)
        self.assert_status(alice.response(options), 200)
        self.assertEqual(alice.socket.version(), "TLSv1.3")

    def test_tls_to_tls(self):
        with self.counted(answered=1):
            alice = self.secure()
            invite = self.invite(alice, "sip:bob@bob.test")
            self.finish(alice, invite, self.bob.accept())

    def test_tls_to_udp(self):
        with self.counted(answered=1):
            alice = self.secure()
            invite = self.invite(alice, "sip:bob@plain.test")
            self.finish(alice, invite, self.plain)
        peers = [r["peer"] for r in self.proxy.records() if r.get("call_id") == invite.call_id and "peer" in r]
        self.assertIn({"address": alice.address, "transport": "tls", "tls": "TLSv1.3"}, peers)

    def test_udp_to_tls(self):
        with self.counted(answered=1):
            alice = self.endpoint()
            invite = self.invite(alice, "sip:bob@bob.test")
            self.finish(alice, invite, self.bob.accept())

    def test_tcp_to_tls(self):
        with self.counted(answered=1):
            alice = self.endpoint(transport="TCP")
            invite = self.invite(alice, "sip:bob@bob.test")
            self.finish(alice, invite, self.bob.accept())

    def test_tls_1_2(self):
        alice = self.secure(context=self.authority.client(maximum_version=ssl.TLSVersion.TLSv1_2))
        self.assertEqual(alice.socket.version(), "TLSv1.2")
        invite = self.invite(alice, "sip:bob@plain.test")
        self.finish(alice, invite, self.plain)

    def register(self, phone: Endpoint, **changes) -> None:
        register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:{phone.user}@{DOMAIN}", **changes)
        self.assert_status(phone.call(register), 200)

    def test_a_registered_phone_is_called_over_the_connection_it_opened(self):
        bob = self.secure("bob")
        self.register(bob)
        alice = self.secure()
        self.invite(alice, f"sip:bob@{DOMAIN}")
        arrived = bob.receive()
        self.assertEqual(arrived.method, "INVITE")
        self.assertIn("SIP/2.0/TLS", arrived.all("Via")[0])
        # Who calls a SIP URI gets TLS for the hop, not the promise of a SIPS URI.
        self.assertRegex(arrived.all("Record-Route")[0], f"^<sip:127.0.0.1:{self.port};transport=tls;lr")

    def test_every_byte_in_a_segment_of_its_own(self):
        """The handshake and a request, one byte at a time."""
        with RawClient(self, piece=1) as client:
            client.send(self.secure().request("OPTIONS", f"sip:{DOMAIN}").encode())
            self.assertTrue(client.read_until(b"\r\n\r\n").startswith(b"SIP/2.0 200"))

    def test_who_ends_its_side_still_gets_its_answer(self):
        """A request and close_notify in one segment; the answer comes all the same, and then the other end's own."""
        for ends_stream in (False, True):
            with self.subTest(ends_stream=ends_stream), RawClient(self) as client:
                request = self.secure().request("OPTIONS", f"sip:{DOMAIN}").encode()
                client.tls.write(request)
                with contextlib.suppress(ssl.SSLWantReadError):
                    client.tls.unwrap()
                client.flush()
                if ends_stream:
                    client.raw.shutdown(socket.SHUT_WR)
                self.assertTrue(client.read_until(b"\r\n\r\n").startswith(b"SIP/2.0 200"))
                client.expect_end()

    def test_the_metric_tells_when_the_certificate_ends(self):
        metrics = self.proxy.metrics()
        left = metrics.value("tls_certificate_expiry_seconds", certificate="0")
        self.assertAlmostEqual(left, 20 * 86400, delta=600)
        self.assertGreater(metrics.value("tls_handshakes_total", result="full"), 0)

    def test_check_config_shows_the_certificate(self):
        done = self.proxy.command("check-config", str(self.proxy.config_path))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(DOMAIN, done.stdout)
        self.assertRegex(done.stdout, r"certificate .* until 20\d\d-")


class SIPS(SecureCase):
    """RFC 3261 §26.2.2, RFC 5630: TLS on every hop, or not at all."""

    def test_sips_over_tls_to_tls(self):
        alice = self.secure()
        invite = self.invite(alice, "sips:bob@bob.test")
        bob = self.bob.accept()
        arrived = bob.expect("INVITE")
        self.assertRegex(arrived.all("Record-Route")[0], f"^<sips:127.0.0.1:{self.port};transport=tcp;lr")
        self.finish(alice, invite, bob, arrived)

    def test_sips_is_not_forwarded_over_udp(self):
        alice = self.secure()
        invite = self.invite(alice, "sips:bob@plain.test")
        self.assert_status(alice.responses(invite), 480)
        self.assertIsNone(self.plain.receive(0.3))

    def test_sips_does_not_reach_a_phone_that_registered_over_udp(self):
        bob = self.endpoint("bob")
        register = bob.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}")
        self.assert_status(bob.call(register), 200)
        alice = self.secure()
        invite = self.invite(alice, f"sips:bob@{DOMAIN}")
        self.assert_status(alice.responses(invite), 480)
        self.assertIsNone(bob.receive(0.3))

    def test_sips_that_came_without_tls_is_refused(self):
        for transport in ("UDP", "TCP"):
            with self.subTest(transport):
                alice = self.endpoint(transport=transport)
                invite = alice.request("INVITE", "sips:bob@bob.test")
                alice.send(invite)
                self.assert_status(alice.responses(invite), 403)


class Believing(SecureCase):
    """Whom we connect to (RFC 5922)."""

    @classmethod
    def more_routes(cls) -> list[dict]:
        stranger = Authority("Somebody Else")
        cls.addClassCleanup(stranger.close)
        sign = cls.authority.sign
        identities = {
            "stranger": stranger.sign("IP:127.0.0.1"),
            "expired": sign("IP:127.0.0.1", days=-1),
            "wrong": sign("DNS:somebody.else", "IP:127.0.0.2"),
            "wildcard": sign("DNS:*.0.0.1"),
            "common": sign("DNS:bob.test", common_name="127.0.0.1"),
            "nameless": sign(common_name="127.0.0.2"),
        }
        cls.bad = {}
        for name, identity in identities.items():
            listener = cls.bad[name] = SecureListener(cls.authority.server(identity))
            cls.addClassCleanup(listener.close)
        return [
            {"match": f"sip:*@{name}.test", "next_hop": f"sip:127.0.0.1:{each.address[1]};transport=tls"}
            for name, each in cls.bad.items()
        ]

    def test_who_is_not_who_it_should_be_gets_nothing(self):
        for name, listener in self.bad.items():
            with self.subTest(name):
                before = self.proxy.metrics().value("tls_handshakes_total", result="certificate")
                refused = []

                def answer(listener=listener, refused=refused) -> None:
                    try:
                        refused.append(listener.accept().socket.recv(100))
                    except OSError as error:
                        refused.append(error)

                thread = threading.Thread(target=answer)
                thread.start()
                alice = self.secure()
                invite = self.invite(alice, f"sip:bob@{name}.test")
                self.assertIn(alice.responses(invite)[-1].status, (500, 502, 503))
                thread.join(5)
                self.assertTrue(refused and (refused[0] == b"" or isinstance(refused[0], OSError)), refused)
                after = self.proxy.metrics().value("tls_handshakes_total", result="certificate")
                self.assertEqual(after - before, 1)


class Verified(SecureCase):
    """A route to an address whose certificate has to hold a name (`verify`)."""

    @classmethod
    def more_routes(cls) -> list[dict]:
        cls.hop = SecureListener(cls.authority.server(cls.authority.sign("DNS:hop.test")))
        cls.other = SecureListener(cls.authority.server(cls.authority.sign("DNS:else.test", "IP:127.0.0.1")))
        cls.addClassCleanup(cls.hop.close)
        cls.addClassCleanup(cls.other.close)
        return [
            {"match": f"sip:*@{name}.test", "next_hop": f"sips:127.0.0.1:{each.address[1]}", "verify": "hop.test"}
            for name, each in (("hop", cls.hop), ("other", cls.other))
        ]

    def test_the_name_is_proven_on_every_connection_of_the_call(self):
        alice = self.secure()
        invite = self.invite(alice, "sip:bob@hop.test")
        hop = self.hop.accept()
        hop.reply(hop.expect("INVITE"), 200, "OK")
        ok = self.assert_status(alice.responses(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        hop.expect("ACK")
        # The BYE goes to the Contact, which is the address, over a connection of its own.
        self.hop.forget()
        time.sleep(0.2)
        bye = alice.in_dialog("BYE", invite, ok, invite.cseq + 1)
        alice.send(bye)
        hop = self.hop.accept()
        hop.reply(hop.expect("BYE"), 200, "OK")
        self.assert_status(alice.response(bye), 200)
        self.assertEqual(self.hop.names, ["hop.test", "hop.test"])

    def test_the_address_is_not_enough(self):
        failed = []

        def answer() -> None:
            try:
                failed.append(self.other.accept().socket.recv(100))
            except OSError as error:
                failed.append(error)

        thread = threading.Thread(target=answer)
        thread.start()
        alice = self.secure()
        self.assertIn(alice.responses(self.invite(alice, "sip:bob@other.test"))[-1].status, (500, 502, 503))
        thread.join(5)
        self.assertTrue(failed and (failed[0] == b"" or isinstance(failed[0], OSError)), failed)


class Phones(SecureCase):
    """Two ordinary phones (baresip) that believe our authority and speak TLS only."""

    def phone(self, user: str) -> Phone:
        phone = Phone(user, self.proxy.users[user], self.port, transport="tls", authority=self.authority.certificate)
        self.addCleanup(phone.close)
        phone.wait_registered()
        return phone

    def test_call_each_other(self):
        alice, bob = self.phone("alice"), self.phone("bob")
        with self.counted(answered=2):
            for calls, (caller, callee) in enumerate(((alice, bob), (bob, alice)), 1):
                caller.dial(callee.uri)
                callee.wait_for("CALL_INCOMING")
                callee.answer()
                caller.wait_for("CALL_ESTABLISHED")
                callee.wait_for("CALL_ESTABLISHED")
                caller.wait_for_audio(calls)
                callee.wait_for_audio(calls)
                callee.hang_up()
                caller.wait_for("CALL_CLOSED")
                callee.wait_for("CALL_CLOSED")


@unittest.skipUnless(shutil.which("kamailio"), "kamailio is not installed")
class Neighbours(SecureCase):
    """West phone, Kamailio, the server under test, Kamailio, east phone; TLS between the three, and each shows the
    next a certificate."""

    @classmethod
    def more_routes(cls) -> list[dict]:
        cls.west_phone, cls.east_phone = free_port(), free_port()
        sides = {}
        for name, phone in (("west", cls.west_phone), ("east", cls.east_phone)):
            identity = cls.authority.sign("IP:127.0.0.1", f"DNS:{name}.test")
            sides[name] = Kamailio(cls.port, f"{name}.test", phone, "tls", tls=(cls.authority, identity))
            cls.addClassCleanup(sides[name].close)
        cls.west, cls.east = sides["west"], sides["east"]
        return [
            {"match": f"sip:*@{name}.test", "next_hop": f"sip:127.0.0.1:{side.secure_port};transport=tls"}
            for name, side in sides.items()
        ]

    def test_calls_cross_in_both_directions(self):
        directions = (
            ("east", self.west, self.west_phone, self.east_phone),
            ("west", self.east, self.east_phone, self.west_phone),
        )
        with self.counted(answered=2):
            for there, first, near_port, far_port in directions:
                far = Sipp.callee("uas", port=far_port)
                self.addCleanup(far.stop)
                near = Sipp.caller(
                    "uac",
                    ("127.0.0.1", first.port),
                    "alice",
                    "wonderland",
                    target=f"sip:bob@{there}.test",
                    port=near_port,
                    arguments=("-d", "200"),
                )
                self.addCleanup(near.stop)
                near.wait()
                far.wait()
