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


class RawClient:
    """TLS over a socket by hand, so that a test decides what lies in which segment."""

    def __init__(self, case: "SecureCase", piece: int = 65536):
        self.incoming, self.outgoing, self.piece = ssl.MemoryBIO(), ssl.MemoryBIO(), piece
        self.tls = case.authority.client().wrap_bio(self.incoming, self.outgoing, server_hostname=DOMAIN)
        self.raw = socket.create_connection(("127.0.0.1", case.port))
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw.settimeout(5)

    def __enter__(self) -> "RawClient":
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
        bob.reply(arrived, 200, "OK")
        ok = self.assert_status(alice.responses(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        bob.expect("ACK")
        bye = alice.in_dialog("BYE", invite, ok, invite.cseq + 1)
        alice.send(bye)
        bob.reply(bob.expect("BYE"), 200, "OK")
        self.assert_status(alice.response(bye), 200)

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


class Listening(SecureCase):
    """What the listener takes."""

    def s_client(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-CAfile", str(self.authority.certificate)]
            + list(arguments),
            input=b"",
            capture_output=True,
            timeout=20,
            check=False,
        )

    def test_old_versions_are_refused(self):
        for version in ("-tls1", "-tls1_1"):
            with self.subTest(version):
                before = self.proxy.metrics().value("tls_handshakes_total", result="version")
                done = self.s_client(version, "-cipher", "ALL:@SECLEVEL=0")
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(b"Cipher is (NONE)", done.stdout)
                after = self.proxy.metrics().value("tls_handshakes_total", result="version")
                self.assertEqual(after - before, 1)

    def test_weak_suites_are_refused(self):
        for suite in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"):
            with self.subTest(suite):
                done = self.s_client("-tls1_2", "-cipher", f"{suite}:@SECLEVEL=0")
                self.assertNotEqual(done.returncode, 0)

    def test_only_aead_with_ephemeral_keys_is_taken(self):
        for suite in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"):
            done = self.s_client("-tls1_2", "-cipher", suite)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(suite.encode(), done.stdout)

    def test_no_renegotiation_and_no_compression(self):
        done = self.s_client("-tls1_2")
        self.assertIn(b"Compression: NONE", done.stdout)
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-tls1_2"],
            input=b"R\n",
            capture_output=True,
            timeout=20,
            check=False,
        )
        self.assertIn(b"no renegotiation", done.stderr + done.stdout)

    def test_a_session_is_taken_up_again(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                session = str(self.authority.folder / f"session{version}")
                before = self.proxy.metrics().value("tls_handshakes_total", result="resumed")
                # TLS 1.3 tickets come behind the handshake: the client must read once more before it goes.
                hello = b"\r\n\r\n"
                first = subprocess.Popen(
                    ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", version, "-sess_out", session],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                first.stdin.write(hello)
                first.stdin.flush()
                time.sleep(0.5)
                first.stdin.close()
                first.wait(10)
                done = self.s_client(version, "-sess_in", session)
                self.assertIn(b"Reused", done.stdout)
                after = self.proxy.metrics().value("tls_handshakes_total", result="resumed")
                self.assertEqual(after - before, 1)

    def test_what_is_not_tls_ends_the_connection_only(self):
        for bytes_ in (b"OPTIONS sip:if.internal SIP/2.0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01" + b"\xff" * 500):
            with self.subTest(bytes_[:8]), socket.create_connection(("127.0.0.1", self.port)) as raw:
                raw.settimeout(5)
                raw.sendall(bytes_)
                with contextlib.suppress(ConnectionResetError):
                    while raw.recv(4096):
                        pass
        self.assertTrue(self.proxy.is_healthy())


class Slow(SecureCase):
    tls: ClassVar[dict] = {"handshake_seconds": 1}

    def test_a_handshake_that_goes_on_for_ever_is_ended(self):
        before = self.proxy.metrics().value("tls_handshakes_total", result="timeout")
        with socket.create_connection(("127.0.0.1", self.port)) as raw:
            raw.settimeout(5)
            raw.sendall(b"\x16\x03\x01\x02\x00")
            began = time.monotonic()
            self.assertEqual(raw.recv(100), b"")
            self.assertAlmostEqual(time.monotonic() - began, 1, delta=0.9)
        self.assertEqual(self.proxy.metrics().value("tls_handshakes_total", result="timeout") - before, 1)


class ClientCertificates(SecureCase):
    @classmethod
    def tls_settings(cls) -> dict:
        return {"client_ca": str(cls.authority.certificate), "client_certificates": "required"}

    def test_none_is_refused(self):
        with self.assertRaises(OSError):
            alice = self.secure()
            # In TLS 1.3 the client is done before the server has looked.
            alice.send(alice.request("OPTIONS", f"sip:{DOMAIN}"))
            if alice.receive(2) is None:
                raise ConnectionError
        metrics = self.proxy.metrics()
        self.assertGreater(metrics.value("tls_handshakes_total", result="certificate"), 0)

    def test_one_of_another_authority_is_refused(self):
        other = Authority("Other")
        self.addCleanup(other.close)
        with self.assertRaises(OSError):
            alice = self.secure(context=self.authority.client(other.sign("DNS:alice.test")))
            alice.send(alice.request("OPTIONS", f"sip:{DOMAIN}"))
            if alice.receive(2) is None:
                raise ConnectionError

    def test_a_good_one_is_taken(self):
        alice = self.secure(context=self.authority.client(self.authority.sign("DNS:alice.test")))
        options = alice.request("OPTIONS", f"sip:{DOMAIN}")
        alice.send(options)
        self.assert_status(alice.response(options), 200)


class TrustedNeighbour(SecureCase):
    """`trusted_from` with `client_san`: what stands in the certificate counts, and nothing else."""

    config: ClassVar[dict] = {
        "trusted_from": [{"cidr": "127.0.0.1/32", "transport": "tls", "client_san": "edge.if.internal"}]
    }

    @classmethod
    def tls_settings(cls) -> dict:
        return {"client_ca": str(cls.authority.certificate), "client_certificates": "optional"}

    def attempt(self, context: ssl.SSLContext) -> int:
        edge = self.secure(context=context)
        headers = ("X-IF-Source: 127.0.0.9:5061;transport=tls", "X-IF-Authenticated-User: alice")
        invite = edge.request("INVITE", "sip:bob@plain.test", headers=headers)
        edge.send(invite)
        message = edge.receive()
        while message is not None and message.status == 100:
            if self.plain.receive(0.5):
                return 200
            message = edge.receive(0.5)
        return message.status if message else 0

    def test_only_the_named_neighbour_is_believed(self):
        sign = self.authority.sign
        self.assertEqual(self.attempt(self.authority.client()), 407)
        self.assertEqual(self.attempt(self.authority.client(sign("DNS:other.if.internal"))), 407)
        self.assertEqual(self.attempt(self.authority.client(sign("DNS:*.if.internal"))), 407)
        self.assertEqual(self.attempt(self.authority.client(sign("DNS:edge.if.internal"))), 200)
        self.assertEqual(self.attempt(self.authority.client(sign("URI:sip:edge.if.internal"))), 200)


class Names(SecureCase):
    """Several certificates, chosen by the name the client asks for."""

    @classmethod
    def tls_settings(cls) -> dict:
        other = cls.authority.sign("DNS:other.test", common_name="other")
        wild = cls.authority.sign("DNS:*.wild.test", common_name="wild", key="RSA2048")
        return {"certificates": [other.settings, wild.settings]}

    def shown(self, name: str | None) -> str:
        context = self.authority.client()
        with socket.create_connection(("127.0.0.1", self.port)) as raw, context.wrap_socket(
            raw, server_hostname=name
        ) as secure:
            return secure.getpeercert()["subjectAltName"][0][1]

    def test_the_certificate_is_chosen_by_name(self):
        self.assertEqual(self.shown(DOMAIN), DOMAIN)
        self.assertEqual(self.shown("OTHER.test"), "other.test")
        self.assertEqual(self.shown("a.wild.test"), "*.wild.test")
        self.assertEqual(self.shown("a.b.wild.test"), DOMAIN)
        self.assertEqual(self.shown("nobody.test"), DOMAIN)
        self.assertEqual(self.shown(None), DOMAIN)


class Reload(SecureCase):
    def reload(self) -> int:
        """By the API, which answers when it is done."""
        done = self.proxy.command("reload", "--config", str(self.proxy.config_path))
        return done.returncode

    def serial(self) -> int:
        context = self.authority.client()
        with socket.create_connection(("127.0.0.1", self.port)) as raw, context.wrap_socket(
            raw, server_hostname=DOMAIN
        ) as secure:
            return int(secure.getpeercert()["serialNumber"], 16)

    def replace(self, identity) -> None:
        self.identity.certificate.write_bytes(identity.certificate.read_bytes())
        self.identity.key.write_bytes(identity.key.read_bytes())

    def test_a_new_certificate_without_losing_a_connection(self):
        alice = self.secure()
        before = self.serial()
        self.replace(self.authority.sign(f"DNS:{DOMAIN}", "IP:127.0.0.1"))
        self.assertEqual(self.reload(), 0)
        self.assertNotEqual(self.serial(), before)
        options = alice.request("OPTIONS", f"sip:{DOMAIN}")
        alice.send(options)
        self.assert_status(alice.response(options), 200)

    def test_a_failed_reload_leaves_everything_and_the_next_works(self):
        before = self.serial()
        good = self.identity.key.read_bytes()
        self.identity.key.write_bytes(self.authority.sign("DNS:x.test").key.read_bytes())
        self.assertNotEqual(self.reload(), 0)
        self.assertIn("does not match the certificate", self.proxy.log())
        self.assertEqual(self.serial(), before)
        self.identity.key.write_bytes(good)
        self.assertEqual(self.reload(), 0)

    def test_a_hundred_reloads_under_calls(self):
        stop = threading.Event()
        failures, calls = [], [0]

        def caller() -> None:
            try:
                while not stop.is_set():
                    alice = self.secure()
                    invite = self.invite(alice, "sip:bob@plain.test")
                    self.finish(alice, invite, self.plain)
                    alice.socket.close()
                    calls[0] += 1
            except Exception as error:  # noqa: BLE001
                failures.append(repr(error))

        thread = threading.Thread(target=caller)
        thread.start()
        try:
            for turn in range(100):
                if turn % 10 == 0:
                    self.replace(self.authority.sign(f"DNS:{DOMAIN}", "IP:127.0.0.1"))
                self.assertEqual(self.reload(), 0)
        finally:
            stop.set()
            thread.join(20)
        self.assertEqual(failures, [])
        self.assertGreater(calls[0], 20)


class WrongConfiguration(SecureCase):
    """What is wrong with the files is said, with the file's name."""

    def check(self, **tls) -> str:
        proxy = Proxy(tls=tls)
        self.addCleanup(proxy.remove)
        proxy.config["listen"].append(f"tls://127.0.0.1:{free_port()}")
        proxy.write_config()
        done = proxy.command("check-config", str(proxy.config_path))
        self.assertEqual(done.returncode, 78, done.stdout)
        return done.stderr

    def test_each_fault_has_its_words(self):
        good, other = self.identity, self.authority.sign("DNS:x.test")
        expired = self.authority.sign("DNS:x.test", days=-1)
        encrypted = self.authority.folder / "encrypted.key"
        openssl("pkey", "-in", str(good.key), "-aes256", "-passout", "pass:x", "-out", str(encrypted))
        weak = self.authority.sign("DNS:x.test", key="RSA1024")
        empty = self.authority.folder / "empty.pem"
        empty.write_text("nothing\n")
        certificate, key = str(good.certificate), str(good.key)
        self.assertIn("needs a certificate", self.check())
        self.assertIn("does not match", self.check(certificate=certificate, key=str(other.key)))
        self.assertIn("expired on", self.check(**expired.settings))
        self.assertIn("encrypted", self.check(certificate=certificate, key=str(encrypted)))
        self.assertIn("too weak", self.check(**weak.settings))
        self.assertIn("no whole certificate", self.check(certificate=str(empty), key=key))
        self.assertIn("no private key", self.check(certificate=certificate, key=str(empty)))
        self.assertIn("/nowhere", self.check(certificate="/nowhere", key=key))
        self.assertIn("OCSP", self.check(certificate=certificate, key=key, ocsp=str(empty)))
        self.assertIn("no whole certificate", self.check(certificate=certificate, key=key, client_ca=str(empty)))
