"""The TLS listener: what it refuses, client certificates, names, certificates that are replaced, wrong files."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest
from typing import ClassVar

from support.certificates import Authority, openssl, tls_findings
from support.ports import free_port
from support.proxy import DOMAIN, Proxy
from support.secure import SecureCallee, SecureCase


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
        for bytes_ in (
            b"OPTIONS sip:if.internal SIP/2.0\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01" + b"\xff" * 500,
        ):
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


class Aliases(SecureCase):
    """RFC 5923 over TLS: requests for a neighbour go over the connection it opened, if its certificate names it."""

    aliases: ClassVar[bool] = True

    @classmethod
    def more_routes(cls) -> list[dict]:
        # Nobody listens there; each test lends its own.
        cls.ports = {name: free_port() for name in ("address", "named", "foreign", "unverified", "other")}
        return [
            {"match": f"sip:*@{name}.test", "next_hop": f"sips:127.0.0.1:{port}"}
            | ({"verify": "neighbour.test"} if name == "named" else {})
            for name, port in cls.ports.items()
        ]

    @classmethod
    def tls_settings(cls) -> dict:
        return {"client_ca": str(cls.authority.certificate), "alias": cls.aliases}

    def lend(self, name: str, *names: str, sent_by: str = "127.0.0.1") -> SecureCallee:
        """A neighbour opens a connection, shows a certificate with these names, and says that it listens there."""
        identity = self.authority.sign(*names) if names else None
        neighbour = self.secure(context=self.authority.client(identity))
        via = f"SIP/2.0/TLS {sent_by}:{self.ports[name]};alias"
        options = neighbour.request("OPTIONS", f"sip:{DOMAIN}", via=via)
        self.assert_status(neighbour.call(options), 200)
        return SecureCallee(("", 0), accepted=neighbour.socket, listening=("127.0.0.1", self.ports[name]))

    def call(self, name: str, neighbour: SecureCallee | None) -> None:
        alice = self.endpoint()
        invite = self.invite(alice, f"sip:x@{name}.test")
        if neighbour is None:
            self.assertIn(alice.response(invite).status, (500, 502, 503))
            return
        neighbour.reply(neighbour.expect("INVITE"), 486, "Busy Here")
        neighbour.expect("ACK")
        self.assert_status(alice.response(invite), 486)

    def test_the_certificate_names_the_neighbour(self):
        neighbour = self.lend("address", "IP:127.0.0.1")
        self.call("address", neighbour if self.aliases else None)
        neighbour.socket.close()
        time.sleep(0.2)
        self.call("address", None)

    def test_the_certificate_names_what_the_route_wants(self):
        for sent_by in ("127.0.0.1", "neighbour.test"):
            with self.subTest(sent_by):
                neighbour = self.lend("named", "DNS:neighbour.test", sent_by=sent_by)
                self.call("named", neighbour if self.aliases else None)
                neighbour.socket.close()
                time.sleep(0.2)

    def test_nobody_else_gets_its_requests(self):
        neighbour = self.lend("foreign", "DNS:somebody.else")
        self.call("foreign", None)
        self.assertIsNone(neighbour.receive(0.2))
        self.lend("unverified")
        self.call("unverified", None)
        # Nor for an address that is not its own.
        self.lend("other", "IP:127.0.0.1", sent_by="127.0.0.2")
        self.call("other", None)

    def test_we_ask_for_it_where_we_open_one(self):
        alice = self.endpoint()
        invite = self.invite(alice, "sip:bob@bob.test")
        bob = self.bob.accept()
        arrived = bob.expect("INVITE")
        self.assertEqual(";alias;" in arrived.all("Via")[0], self.aliases)
        self.assertNotIn("alias", arrived.all("Via")[1])
        bob.reply(arrived, 486, "Busy Here")
        bob.expect("ACK")
        self.assert_status(alice.response(invite), 486)
        # And answer what comes back over it.
        options = bob.request("OPTIONS", f"sip:{DOMAIN}")
        bob.send(options)
        self.assert_status(bob.response(options), 200)


class NoAliases(Aliases):
    """As it is unless the operator says otherwise."""

    aliases: ClassVar[bool] = False


class Names(SecureCase):
    """Several certificates, chosen by the name the client asks for."""

    @classmethod
    def tls_settings(cls) -> dict:
        other = cls.authority.sign("DNS:other.test", common_name="other")
        wild = cls.authority.sign("DNS:*.wild.test", common_name="wild", key="RSA2048")
        return {"certificates": [other.settings, wild.settings]}

    def shown(self, name: str | None) -> str:
        context = self.authority.client()
        with (
            socket.create_connection(("127.0.0.1", self.port)) as raw,
            context.wrap_socket(raw, server_hostname=name) as secure,
        ):
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
        with (
            socket.create_connection(("127.0.0.1", self.port)) as raw,
            context.wrap_socket(raw, server_hostname=DOMAIN) as secure,
        ):
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


@unittest.skipUnless(shutil.which("testssl"), "testssl.sh is not installed")
class Scanner(SecureCase):
    """testssl.sh finds nothing above LOW that is the listener's."""

    # The scanner often waits for us to hang up on what is no SIP.
    config: ClassVar[dict] = {"tcp": {"first_message_seconds": 2}}

    def test_nothing_above_low(self):
        self.replace_certificate()
        findings = tls_findings(self.port, "--server-defaults", "--fs")
        self.assertGreater(findings.count, 40, findings.output)
        self.assertEqual(findings.bad, [])
        self.assertTrue(self.proxy.is_healthy())

    def replace_certificate(self) -> None:
        """One that lasts longer than the scanner wants to warn about."""
        identity = self.authority.sign(f"DNS:{DOMAIN}", days=90)
        self.identity.certificate.write_bytes(identity.certificate.read_bytes())
        self.identity.key.write_bytes(identity.key.read_bytes())
        self.assertEqual(self.proxy.command("reload", "--config", str(self.proxy.config_path)).returncode, 0)
