"""The base of test cases over TLS: a server with a certificate, a neighbour that speaks TLS, and a client by hand."""

import socket
import ssl
from dataclasses import dataclass
from typing import ClassVar

from .case import ProxyCase
from .certificates import Authority
from .ports import free_port
from .proxy import DOMAIN, Proxy
from .sip import Callee, Endpoint


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


class RawClient:
    """TLS over a socket by hand, so that a test decides what lies in which segment."""

    def __init__(self, case: "SecureCase", piece: int = 65536):
        self.incoming, self.outgoing, self.piece = ssl.MemoryBIO(), ssl.MemoryBIO(), piece
        self.tls = case.authority.client().wrap_bio(self.incoming, self.outgoing, server_hostname=DOMAIN)
        self.raw = socket.create_connection(("127.0.0.1", case.port))
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw.settimeout(5)

    def __enter__(self):
        while True:
            try:
                self.tls.do_handshake()
                self.flush()
                return self
            except ssl.SSLWantReadError:
                self.flush()
                self.incoming.write(self.raw.recv(65536))

    def __exit__(self, *_) -> None:
        self.raw.close()

    def flush(self) -> None:
        data = self.outgoing.read()
        for place in range(0, len(data), self.piece):
            self.raw.sendall(data[place : place + self.piece])

    def send(self, data: bytes) -> None:
        self.tls.write(data)
        self.flush()

    def read_until(self, mark: bytes) -> bytes:
        answer = b""
        while mark not in answer:
            try:
                answer += self.tls.read()
            except ssl.SSLWantReadError:
                data = self.raw.recv(65536)
                if not data:
                    raise AssertionError(f"the stream ended after {answer}") from None
                self.incoming.write(data)
        return answer

    def expect_end(self) -> None:
        """Nothing but close_notify and the end of the stream comes."""
        while data := self.raw.recv(65536):
            self.incoming.write(data)
        try:
            left = self.tls.read()
        except ssl.SSLZeroReturnError:
            return
        if left:
            raise AssertionError(f"more came: {left}")


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

    def finish(self, alice: Endpoint, invite, bob: Callee, arrived=None) -> None:
        """Bob answers what arrived, or the INVITE that now does; both exchange ACK and BYE."""
        bob.reply(arrived or bob.expect("INVITE"), 200, "OK")
        ok = self.assert_status(alice.responses(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        bob.expect("ACK")
        bye = alice.in_dialog("BYE", invite, ok, invite.cseq + 1)
        alice.send(bye)
        bob.reply(bob.expect("BYE"), 200, "OK")
        self.assert_status(alice.response(bye), 200)
