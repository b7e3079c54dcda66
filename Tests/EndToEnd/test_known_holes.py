"""Holes that other SIP servers have had, each tried against ours: named after what went wrong elsewhere."""

import contextlib
import re
import socket
import threading
import time
import unittest
from typing import ClassVar

from support.case import EXPERT, CalleeCase
from support.proxy import DOMAIN, Proxy
from support.sip import Endpoint, parse_challenge, token

# One header, written so that a filter by name may miss it.
SPELLINGS = (
    "X-IF-Authenticated-User: root",
    "X-IF-Authenticated-User : root",
    "X-IF-Authenticated-User\t: root",
    "x-if-authenticated-user: root",
    "X-IF-AUTHENTICATED-USER:root",
    "X-IF-Authenticated-User:\r\n root",
    "X-IF-Authenticated-User \t :\r\n\troot",
    "X-IF-Source: 10.0.0.1:5061;transport=tls",
    "X-If-Something-New: x",
    "P-Asserted-Identity: <sip:root@if.internal>",
    "p-asserted-identity \t:<sip:root@if.internal>",
)


class HeaderRemoval(CalleeCase):
    """Headers of trust that a stranger writes never arrive, however they are spelt (Kamailio CVE-2020-28361)."""

    def test_spellings(self):
        for spelling in SPELLINGS:
            with self.subTest(spelling=spelling):
                self.callee.forget_what_came()
                alice = self.endpoint()
                invite = alice.request("INVITE", "sip:bob@pbx.test", headers=(spelling,))
                alice.send(invite)
                invite.authorize(alice.response(invite), "alice", "wonderland")
                alice.send(invite)
                arrived = self.callee.expect("INVITE")
                self.assertNotRegex(arrived.raw.decode().lower(), r"x-if-|p-asserted|root@|: *root")
                self.callee.reply(arrived, 486, "Busy Here")
                self.callee.expect("ACK")
                alice.response(invite)

    def test_answers_too(self):
        for spelling in SPELLINGS:
            with self.subTest(spelling=spelling):
                self.callee.forget_what_came()
                alice = self.endpoint()
                invite = alice.request("INVITE", "sip:bob@pbx.test")
                alice.send(invite)
                invite.authorize(alice.response(invite), "alice", "wonderland")
                alice.send(invite)
                arrived = self.callee.expect("INVITE")
                self.callee.reply(arrived, 486, "Busy Here", headers=(spelling,))
                refused = alice.response(invite)
                self.assertNotRegex(refused.raw.decode().lower(), r"x-if-|p-asserted|: *root")

    def test_nobody_is_trusted_by_a_header(self):
        """Without credentials these claim to have been authenticated elsewhere."""
        for spelling in SPELLINGS:
            with self.subTest(spelling=spelling):
                alice = self.endpoint()
                invite = alice.request(
                    "INVITE",
                    f"sip:council@{DOMAIN}",
                    from_uri=f"sip:{EXPERT}@external.advisor",
                    headers=(spelling, "X-IF-Trace-ID: t", "X-IF-Hazard: safety"),
                )
                alice.send(invite)
                self.assert_status(alice.responses(invite), 407)
        self.assert_nothing_arrived()

    def test_our_credentials_do_not_go_on(self):
        for name in ("Proxy-Authorization", "proxy-authorization ", "PROXY-AUTHORIZATION\t"):
            with self.subTest(name=name):
                self.callee.forget_what_came()
                alice = self.endpoint()
                invite = alice.request("INVITE", "sip:bob@pbx.test")
                alice.send(invite)
                invite.authorize(alice.response(invite), "alice", "wonderland")
                invite.headers = tuple(h.replace("Proxy-Authorization:", f"{name}:") for h in invite.headers)
                alice.send(invite)
                arrived = self.callee.expect("INVITE")
                self.assertNotIn("authorization", arrived.raw.decode().lower())
                self.callee.reply(arrived, 486, "Busy Here")
                self.callee.expect("ACK")
                alice.response(invite)


class Malformed(CalleeCase):
    """What two readers could read differently is refused by the first of them, as a datagram and in a stream."""

    ROWS: ClassVar[dict] = {
        "a control character in a name": ("X-Bad\x01Name: x", None),
        "a NUL in a name": ("X-\x00: x", None),
        "a name with a space inside": ("X Bad: x", None),
        "no colon": ("Nonsense", None),
        "Content-Length beyond every number": (None, "Content-Length: 99999999999999999999999999"),
        "Content-Length beyond 64 bits": (None, "Content-Length: 18446744073709551616"),
        "Content-Length below zero": (None, "Content-Length: -1"),
        "Content-Length with a sign": (None, "Content-Length: +0"),
        "Content-Length in hex": (None, "Content-Length: 0x0"),
        "Content-Length empty": (None, "Content-Length:"),
        "Content-Length twice, differing": (None, "Content-Length: 0\r\nContent-Length: 5"),
        "Content-Length and its compact form": (None, "Content-Length: 0\r\nl: 5"),
        "the compact form first": (None, "l: 5\r\nContent-Length: 0"),
        "Content-Length as a list": (None, "Content-Length: 0, 0"),
        "two From": ("From: <sip:x@y>;tag=z", None),
        "two From, one compact": ("f: <sip:x@y>;tag=z", None),
        "two To": ("To: <sip:x@y>", None),
        "two Call-ID": ("i: other", None),
        "two CSeq": ("CSeq: 9 INVITE", None),
        "two Max-Forwards": ("Max-Forwards: 3", None),
    }

    def raw(self, endpoint: Endpoint, extra: str | None, length: str | None, **changes) -> bytes:
        invite = endpoint.request("INVITE", "sip:bob@pbx.test", body="", **changes)
        text = invite.encode().decode()
        if extra:
            text = text.replace("Content-Length:", f"{extra}\r\nContent-Length:", 1)
        if length:
            text = re.sub(r"Content-Length: \d+", length, text, count=1)
        return text.encode()

    def assert_refused(self, endpoint: Endpoint, raw: bytes) -> None:
        """Refused with 400, or dropped; never challenged, since a challenge means that it was understood."""
        endpoint.send_bytes(raw)
        answer = endpoint.receive(0.4)
        self.assertTrue(answer is None or 400 <= answer.status < 500, answer and answer.raw)
        self.assertNotEqual(answer and answer.status, 407)

    def test_datagrams(self):
        for name, (extra, length) in self.ROWS.items():
            with self.subTest(name):
                self.assert_refused(self.endpoint(), self.raw(self.endpoint(), extra, length))
        self.assert_nothing_arrived()

    def test_streams(self):
        for name, (extra, length) in self.ROWS.items():
            with self.subTest(name), Endpoint(self.udp, transport="TCP") as alice:
                self.assert_refused(alice, self.raw(alice, extra, length))
        self.assert_nothing_arrived()

    def test_double_tags(self):
        for line in ("From", "To"):
            with self.subTest(line):
                alice = self.endpoint()
                text = alice.request("INVITE", "sip:bob@pbx.test", body="").encode().decode()
                text = re.sub(rf"^({line}: <[^>]*>)(;tag=\S+)?", r"\1;tag=a;tag=b", text, flags=re.MULTILINE)
                self.assert_refused(alice, text.encode())
        self.assert_nothing_arrived()

    def test_overlong(self):
        for name, changes, extra in (
            ("branch", {"branch": "z9hG4bK" + "x" * 60_000}, None),
            ("CSeq", {"cseq": 2**31}, None),
            ("CSeq beyond 64 bits", {"cseq": 2**64 + 1}, None),
            ("Max-Forwards", {"max_forwards": 256}, None),
            ("Accept", {}, "Accept: " + ",".join(["a/b"] * 15_000)),
            ("Via", {"via": "SIP/2.0/UDP " + "x" * 60_000}, None),
            ("many Vias", {}, "\r\n".join(f"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{n}" for n in range(900))),
        ):
            with self.subTest(name):
                alice = self.endpoint()
                began = time.monotonic()
                alice.send_bytes(self.raw(alice, extra, None, **changes))
                alice.receive(0.4)
                self.assertLess(time.monotonic() - began, 2)
                self.assertTrue(self.proxy.is_healthy())
        self.callee.forget_what_came()
        self.assert_nothing_arrived()

    def test_what_follows_a_broken_message_in_a_stream_is_not_read_as_one(self):
        """Request smuggling: the second message hides in what one reader takes for the first one's body."""
        with Endpoint(self.udp, transport="TCP") as alice:
            hidden = alice.request("OPTIONS", f"sip:{DOMAIN}", body="").encode()
            first = alice.request("OPTIONS", f"sip:{DOMAIN}", body="").encode().decode()
            both = f"Content-Length: 0\r\nContent-Length: {len(hidden)}"
            alice.send_bytes(first.replace("Content-Length: 0", both).encode() + hidden)
            statuses = []
            while answer := alice.receive(1):
                statuses.append(answer.status)
            self.assertNotIn(200, statuses)
            self.assertTrue(alice.is_closed)

    def test_deep_bodies(self):
        """SDP and multipart are not read by a proxy; what is in them cannot hurt it."""
        nested = "".join(f"--b{n}\r\nContent-Type: multipart/mixed;boundary=b{n + 1}\r\n\r\n" for n in range(1_000))
        for body in (nested, "v=0\r\n" + "m=audio 1 RTP/AVP 0\r\n" * 2_500, "a=" + "x" * 50_000):
            alice = self.endpoint()
            invite = alice.request("INVITE", "sip:bob@pbx.test", body=body)
            alice.send(invite)
            self.assert_status(alice.responses(invite), 407)
        self.assertTrue(self.proxy.is_healthy())


class Unauthenticated(CalleeCase):
    """Nothing out of dialog passes without a password: not only INVITE (the usual omission)."""

    def test_every_method(self):
        for method in (
            "INVITE",
            "MESSAGE",
            "SUBSCRIBE",
            "NOTIFY",
            "PUBLISH",
            "REFER",
            "INFO",
            "UPDATE",
            "PRACK",
            "XYZ",
        ):
            for target in ("sip:bob@pbx.test", f"sip:bob@{DOMAIN}", f"sip:council@{DOMAIN}"):
                with self.subTest(method=method, target=target):
                    alice = self.endpoint()
                    request = alice.send(alice.request(method, target, body=""))
                    self.assert_status(alice.responses(request), 407)
        register = self.endpoint()
        request = register.send(register.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:alice@{DOMAIN}"))
        self.assert_status(register.responses(request), 401)
        self.assert_nothing_arrived()

    def test_bye_and_cancel_of_strangers(self):
        alice = self.endpoint()
        bye = alice.send(alice.request("BYE", "sip:bob@pbx.test", to_tag="guess"))
        self.assert_status(alice.responses(bye), 481)
        cancel = alice.send(alice.request("CANCEL", "sip:bob@pbx.test"))
        self.assert_status(alice.responses(cancel), 481)
        self.assert_nothing_arrived()


class Nonces(CalleeCase):
    config: ClassVar[dict] = {"reactors": 2}

    def test_replay_of_credentials(self):
        """The same Authorization a second time, in a call that another reactor carries."""
        alice = self.endpoint()
        register = alice.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:alice@{DOMAIN}")
        alice.send(register)
        register.authorize(alice.response(register), "alice", "wonderland")
        alice.send(register)
        accepted = self.assert_status(alice.response(register), 200)
        self.assertIn("rspauth=", accepted.header("Authentication-Info"))
        line = next(h for h in register.headers if h.startswith("Authorization"))
        for _ in range(12):
            again = alice.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:alice@{DOMAIN}", headers=(line,))
            alice.send(again)
            refused = self.assert_status(alice.responses(again), 401)
            self.assertEqual(parse_challenge(refused.header("WWW-Authenticate"))["stale"], "true")


class PartialMessages(CalleeCase):
    """Messages that begin and never end hold a place for a short time only, and each limit shows that it was reached."""

    config: ClassVar[dict] = {
        "tcp": {"first_message_seconds": 2, "message_seconds": 1, "idle_seconds": 10, "max_per_address": 20}
    }

    def test_slow_loris(self):
        def open_one() -> socket.socket:
            return socket.create_connection(self.udp, timeout=5)

        streams = [open_one() for _ in range(20)]
        for stream in streams[:10]:
            stream.sendall(b"INVITE sip:bob@pbx.test SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1")
        beyond = open_one()
        beyond.settimeout(3)
        with contextlib.suppress(ConnectionResetError):
            self.assertEqual(beyond.recv(1), b"")
        beyond.close()
        ended, stop = [], time.monotonic() + 6
        while len(ended) < 20 and time.monotonic() < stop:
            for number, stream in enumerate(streams):
                if number in ended:
                    continue
                # Drops of bytes do not help.
                with contextlib.suppress(OSError):
                    if number < 10:
                        stream.sendall(b"x")
                stream.settimeout(0.01)
                try:
                    if stream.recv(10) == b"":
                        ended.append(number)
                except TimeoutError:
                    pass
                except OSError:
                    ended.append(number)
            time.sleep(0.05)
        for stream in streams:
            stream.close()
        self.assertEqual(len(ended), 20)
        metrics = self.proxy.metrics()
        reached = {
            name: metrics.value("sip_limit_reached_total", limit=name)
            for name in ("connections-per-address", "first-message", "message-completion")
        }
        self.assertEqual(reached["connections-per-address"], 1)
        self.assertGreaterEqual(reached["message-completion"], 10)
        self.assertGreaterEqual(reached["first-message"] + reached["message-completion"], 20)

    def test_a_body_that_never_comes(self):
        with Endpoint(self.udp, transport="TCP") as alice:
            text = alice.request("INVITE", "sip:bob@pbx.test", body="").encode().decode()
            alice.send_bytes(text.replace("Content-Length: 0", "Content-Length: 60000").encode())
            self.assertIsNone(alice.receive(4))
            self.assertTrue(alice.is_closed)


class Flood(CalleeCase):
    """One address that sends twenty thousand packets a second does not keep another's calls from coming through."""

    def one_call(self, alice: Endpoint) -> float:
        """From the first INVITE to the 200, in seconds; the call is then ended."""
        invite = alice.request("INVITE", "sip:bob@pbx.test")
        started = time.monotonic()
        alice.send(invite)
        invite.authorize(alice.response(invite), "alice", "wonderland")
        alice.send(invite)
        self.answer_call(self.callee.expect("INVITE"))
        ok = self.assert_status(alice.response(invite), 200)
        took = time.monotonic() - started
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        self.callee.expect("ACK")
        self.hang_up(alice, invite, ok)
        return took

    def test_flood_of_one_address(self):
        stop = threading.Event()
        sent = 0

        def flood() -> None:
            nonlocal sent
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
                noise.bind(("127.0.0.66", 0))
                noise.setblocking(False)
                port = noise.getsockname()[1]
                packet = (
                    f"OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.66:{port};branch=z9hG4bKflood\r\n"
                    f"From: <sip:x@y>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: flood\r\nCSeq: 1 OPTIONS\r\n"
                    "Max-Forwards: 7\r\nContent-Length: 0\r\n\r\n"
                ).encode()
                began = time.monotonic()
                while not stop.is_set() and time.monotonic() - began < 15:
                    due = int((time.monotonic() - began) * 20_000)
                    while sent < due and not stop.is_set():
                        with contextlib.suppress(BlockingIOError):
                            noise.sendto(packet, self.udp)
                        sent += 1
                    time.sleep(0.001)

        before = self.proxy.metrics()
        thread = threading.Thread(target=flood)
        began = time.monotonic()
        thread.start()
        setups = []
        try:
            while time.monotonic() - began < 5 or len(setups) < 10:
                with Endpoint(self.udp, user="alice", password="wonderland") as alice:
                    setups.append(self.one_call(alice))
                time.sleep(0.02)
        finally:
            stop.set()
            thread.join()
            took = time.monotonic() - began
        after = self.proxy.metrics()
        dropped = after.value("sip_security_rejections_total", rule="flood") - before.value(
            "sip_security_rejections_total", rule="flood"
        )
        print(
            f"flood: {sent / took:.0f} packets/s, {dropped:.0f} dropped by rule, {len(setups)} calls,"
            f" slowest set-up {max(setups) * 1000:.0f} ms"
        )
        self.assertGreater(sent / took, 5_000, "this machine is too slow to flood")
        self.assertGreater(dropped, 0)
        self.assertGreaterEqual(len(setups), 10)
        self.assertLess(max(setups), 2)


class Balancer(CalleeCase):
    """Streams through a load balancer: limits and records see the address behind it (PROXY protocol, version 2)."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        cls.balanced = cls.free()
        cls.foreign = cls.free()
        proxy.config["listen"] += [
            {"url": f"tcp://127.0.0.1:{cls.balanced}", "proxy_protocol": ["127.0.0.0/8"]},
            {"url": f"tcp://127.0.0.1:{cls.foreign}", "proxy_protocol": ["192.0.2.1"]},
        ]
        proxy.write_config()
        return proxy

    @staticmethod
    def free() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def header(self, source: str, port: int) -> bytes:
        addresses = socket.inet_aton(source) + socket.inet_aton("127.0.0.1")
        return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, 0x11, 0, 12]) + addresses + port.to_bytes(2, "big") + b"\x13\xc4"

    def test_the_address_behind_it_counts(self):
        with Endpoint(("127.0.0.1", self.balanced), transport="TCP", password="wonderland") as alice:
            alice.send_bytes(self.header("127.0.0.77", 4711))
            invite = alice.request("INVITE", "sip:bob@pbx.test")
            alice.send(invite)
            invite.authorize(alice.response(invite), "alice", "wonderland")
            alice.send(invite)
            arrived = self.callee.expect("INVITE")
            self.assertIn("received=127.0.0.77", arrived.all("Via")[1])
            self.callee.reply(arrived, 486, "Busy Here")
            self.callee.expect("ACK")
            self.assert_status(alice.response(invite), 486)
            records = self.proxy.records_until(
                lambda all_: any(r["event"] == "sip.request" and r.get("call_id") == invite.call_id for r in all_)
            )
            peers = {r["peer"]["address"] for r in records if r.get("call_id") == invite.call_id and "peer" in r}
            self.assertIn("127.0.0.77:4711", peers)

    def test_an_address_that_may_not_call(self):
        with Endpoint(("127.0.0.1", self.balanced), transport="TCP", password="wonderland") as alice:
            alice.send_bytes(self.header("203.0.113.5", 4711))
            invite = alice.send(alice.request("INVITE", "sip:bob@pbx.test"))
            refused = self.assert_status(alice.responses(invite), 403)
            self.assertIn("source-allowed", refused.header("Reason"))

    def test_without_the_header_and_from_elsewhere(self):
        before = self.proxy.metrics()
        for port, lead in ((self.balanced, b""), (self.foreign, self.header("127.0.0.77", 1))):
            with Endpoint(("127.0.0.1", port), transport="TCP") as alice:
                with contextlib.suppress(ConnectionError):
                    alice.send_bytes(lead + alice.request("OPTIONS", f"sip:{DOMAIN}", call_id=token("o")).encode())
                self.assertIsNone(alice.receive(3))
                self.assertTrue(alice.is_closed)
        after = self.proxy.metrics()
        for result in ("bad_proxy_header", "no_balancer"):
            gained = [m.value("sip_connections_total", result=result) for m in (before, after)]
            self.assertEqual(gained[1] - gained[0], 1, result)


if __name__ == "__main__":
    unittest.main()
