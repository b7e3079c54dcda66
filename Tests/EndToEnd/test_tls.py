"""SIP over TLS: calls, whom we show ourselves to, whom we believe, what is refused, certificates that are replaced."""

import contextlib
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import ClassVar

from support.case import ProxyCase
from support.certificates import Authority, openssl
from support.ports import free_port
from support.proxy import DOMAIN, Proxy
from support.sip import Callee, Endpoint, token


@dataclass
class SecureCallee(Callee):
    """One connection that a `SecureListener` accepted."""

    accepted: ssl.SSLSocket | None = None
    listening: tuple[str, int] = ("", 0)

    def __post_init__(self):
        self.transport = "TLS"
        self.socket = self.accepted
        self.socket.settimeout(5)
        self.host, self.port = self.listening
        self.buffer = b""
        self.is_closed = False


class SecureListener:
    """A phone or neighbour that listens on TLS."""

    def __init__(self, context: ssl.SSLContext):
        self.context = context
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.address = self.socket.getsockname()[:2]
        self.connections: list[SecureCallee] = []
        self.names: list[str | None] = []
        context.sni_callback = lambda _, name, __: self.names.append(name)

    def accept(self) -> SecureCallee:
        accepted, _ = self.socket.accept()
        accepted.settimeout(5)
        try:
            secure = self.context.wrap_socket(accepted, server_side=True)
        except OSError:
            accepted.close()
            raise
        self.connections.append(SecureCallee(self.address, accepted=secure, listening=self.address))
        return self.connections[-1]

    def forget(self) -> None:
        for connection in self.connections:
            connection.socket.close()
        self.connections.clear()

    def close(self) -> None:
        self.forget()
        self.socket.close()


class SecureCase(ProxyCase):
    config: ClassVar[dict] = {}
    tls: ClassVar[dict] = {}

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.close)
        cls.identity = cls.authority.sign(f"DNS:{DOMAIN}", "DNS:localhost", "IP:127.0.0.1")
        cls.bob = SecureListener(cls.authority.server(cls.authority.sign("IP:127.0.0.1", "DNS:bob.test")))
        cls.addClassCleanup(cls.bob.close)
        cls.plain = Callee(("127.0.0.1", 9), user="callee", domain="plain.test")
        cls.addClassCleanup(cls.plain.socket.close)
        cls.port = free_port()
        to_bob = f"sip:127.0.0.1:{cls.bob.address[1]};transport=tls"
        proxy = Proxy(
            users={"alice": "wonderland", "bob": "builder"},
            routes=[
                {"match": "sip:*@bob.test", "next_hop": to_bob},
                {"match": "sip:*@plain.test", "next_hop": f"sip:127.0.0.1:{cls.plain.port}"},
                *cls.more_routes(),
            ],
            tls={**cls.identity.settings, "ca": str(cls.authority.certificate), **cls.tls_settings()},
            **cls.config,
        )
        proxy.config["listen"].append(f"tls://127.0.0.1:{cls.port}")
        proxy.write_config()
        return proxy

    @classmethod
    def more_routes(cls) -> list[dict]:
        return []

    @classmethod
    def tls_settings(cls) -> dict:
        return cls.tls

    def setUp(self) -> None:
        self.bob.forget()
        self.plain.forget_what_came()

    def secure(self, user: str = "alice", context: ssl.SSLContext | None = None, **options) -> Endpoint:
        options.setdefault("password", self.proxy.users.get(user))
        endpoint = Endpoint(
            ("127.0.0.1", self.port), "TLS", user=user, tls=context or self.authority.client(), **options
        )
        self.addCleanup(endpoint.socket.close)
        return endpoint

    def invite(self, alice: Endpoint, uri: str, **options):
        invite = alice.request("INVITE", uri, **options)
        alice.send(invite)
        challenge = alice.response(invite)
        self.assert_status(challenge, 407)
        invite.authorize(challenge, alice.user, alice.password)
        alice.send(invite)
        return invite

    def finish(self, alice: Endpoint, invite, bob: Callee) -> None:
        """Bob answers, both exchange ACK and BYE."""
        bob.reply(bob.expect("INVITE"), 200, "OK")
        ok = self.assert_status(alice.responses(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        bob.expect("ACK")
        bye = alice.in_dialog("BYE", invite, ok, invite.cseq + 1)
        alice.send(bye)
        bob.reply(bob.expect("BYE"), 200, "OK")
        self.assert_status(alice.response(bye), 200)


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

    def test_a_registered_phone_is_called_over_the_connection_it_opened(self):
        bob = self.secure("bob")
        phone = Callee(("127.0.0.1", self.port), user="bob", accepted=None) if False else bob
        register = bob.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}", headers=("Expires: 300",))
        self.assert_status(bob.call(register), 200)
        alice = self.secure()
        invite = self.invite(alice, f"sip:bob@{DOMAIN}")
        arrived = phone.receive()
        self.assertEqual(arrived.method, "INVITE")
        self.assertIn("SIP/2.0/TLS", arrived.all("Via")[0])
        self.assertTrue(arrived.all("Record-Route")[0].startswith("<sips:"), arrived.all("Record-Route"))
