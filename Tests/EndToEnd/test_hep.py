"""Copies of messages for a capture server: all of them, with who sent what to whom and when, and nothing where it is off."""

import itertools
import json
import tempfile
import time
import unittest
from pathlib import Path

from support.case import CalleeCase, ProxyCase
from support.hep import LOG, CaptureServer
from support.kamailio_capture import HAS_CAPTURE, KamailioCapture
from support.ports import free_port, has_ipv6
from support.proxy import Proxy

KEY = "a-key-of-the-capture-server"


class CaptureCase(CalleeCase):
    """A server whose messages are copied to `cls.capture`."""

    @classmethod
    def make_capture(cls):
        return CaptureServer()

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.capture = cls.make_capture()
        cls.addClassCleanup(cls.capture.close)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        key = Path(folder.name) / "capture.key"
        key.write_text(KEY + "\n")
        key.chmod(0o600)
        cls.config = {
            "hep": {
                "server": cls.capture.url,
                "capture_id": 4_711,
                "node_name": "edge-1",
                "auth_key_file": str(key),
            }
        }
        return super().make_proxy()

    def setUp(self) -> None:
        super().setUp()
        # What phones send and receive here is written down, to be compared with what was captured.
        self.wire: list[tuple[tuple[str, int], tuple[str, int], bytes]] = []
        self.watch(self.callee)

    def watch(self, phone) -> None:
        """From now on everything that goes over the phone's socket is in `self.wire`."""
        send, receive = type(phone).send_bytes, type(phone).receive
        own = phone.socket.getsockname()[:2]

        def send_bytes(data, to=None):
            self.wire.append((own, tuple(to or phone.server)[:2], data))
            send(phone, data, to)

        def receive_one(within=5.0):
            message = receive(phone, within)
            if message is not None:
                self.wire.append((message.source or tuple(phone.server), own, message.raw))
            return message

        phone.send_bytes, phone.receive = send_bytes, receive_one

    def tearDown(self) -> None:
        for name in ("send_bytes", "receive"):
            self.callee.__dict__.pop(name, None)

    def call(self, transport: str = "UDP"):
        alice = self.endpoint(transport=transport)
        self.watch(alice)
        call = self.connect(alice)
        self.hang_up(*call)
        return call[:2]

    def events(self, call_id: str) -> list[dict]:
        return [json.loads(p.payload) for p in self.capture.of(call_id, LOG)]


class Messages(CaptureCase):
    def test_every_message_of_a_call_in_both_directions(self):
        began = time.time()
        alice, invite = self.call()
        self.capture.until(lambda _: len(self.capture.of(invite.call_id)) >= len(self.wire))
        packets = self.capture.of(invite.call_id)
        self.assertEqual(self.capture.faults, [])
        # INVITE, 407, ACK, INVITE, 100; INVITE, 180, 200 and on; 180, 200 to the caller; ACK, BYE, 200 on both sides.
        self.assertGreaterEqual(len(packets), 16)
        captured = sorted((p.source, p.destination, p.payload) for p in packets)
        self.assertEqual(captured, sorted(self.wire))
        for packet in packets:
            self.assertEqual((packet.protocol, packet.type, packet.agent), (17, 1, 4_711))
            self.assertEqual((packet.node, packet.key), (b"edge-1", KEY.encode()))
            self.assertTrue(began - 0.01 <= packet.time <= packet.received + 0.01, (began, packet))
            self.assertLess(packet.received - packet.time, 2)
        # In the order in which it happened.
        # Copies of two reactors may overtake each other on the way.
        self.assertTrue(all(later.time > sooner.time - 0.05 for sooner, later in itertools.pairwise(packets)))
        first = min(packets, key=lambda packet: packet.time)
        self.assertEqual(first.source, alice.socket.getsockname())

    def test_a_stream_has_its_own_addresses(self):
        alice, invite = self.call("TCP")
        self.capture.until(lambda _: len(self.capture.of(invite.call_id)) >= len(self.wire))
        packets = self.capture.of(invite.call_id)
        captured = sorted((p.source, p.destination, p.payload) for p in packets)
        self.assertEqual(captured, sorted(self.wire))
        own = alice.socket.getsockname()
        for packet in packets:
            over_tcp = own in (packet.source, packet.destination)
            self.assertEqual(packet.protocol, 6 if over_tcp else 17)

    def test_turns_of_the_call(self):
        alice, invite = self.call()
        self.capture.until(lambda _: len(self.events(invite.call_id)) == 2)
        connected, terminated = self.events(invite.call_id)
        self.assertEqual([connected["event"], terminated["event"]], ["call.connected", "call.terminated"])
        self.assertEqual(connected["status"], 200)
        self.assertRegex(connected["trace_id"], r"^[0-9a-f]{32}$")
        self.assertEqual(connected["trace_id"], terminated["trace_id"])
        self.assertIn("duration_ms", terminated["details"])
        self.assertNotIn("hash", connected)
        # The same as the record says.
        records = self.proxy.records_until(
            lambda all_: any(r["event"] == "call.terminated" and r["call_id"] == invite.call_id for r in all_)
        )
        record = next(r for r in records if r["event"] == "call.terminated" and r["call_id"] == invite.call_id)
        self.assertEqual(terminated, {k: v for k, v in record.items() if k not in ("seq", "hash", "prev_hash")})
        event = self.capture.of(invite.call_id, LOG)[0]
        self.assertEqual(event.source, alice.socket.getsockname())
        self.assertEqual(event.destination, ("127.0.0.1", self.proxy.port))

    def test_a_refused_call(self):
        stranger = self.endpoint("mallory", password="guess")
        self.watch(stranger)
        invite = stranger.request("INVITE", "sip:bob@pbx.test", headers=("Proxy-Require: magic",))
        stranger.send(invite)
        self.assert_status(stranger.response(invite), 420)
        self.capture.until(lambda _: len(self.events(invite.call_id)) == 1)
        self.assertEqual(self.events(invite.call_id)[0]["event"], "call.rejected")
        self.capture.until(lambda _: len(self.capture.of(invite.call_id)) == 3)
        self.assertEqual(
            sorted((p.source, p.destination, p.payload) for p in self.capture.of(invite.call_id)), sorted(self.wire)
        )

    def test_what_is_malformed_and_answered_is_there_what_is_no_sip_is_not(self):
        alice = self.endpoint()
        own = alice.socket.getsockname()
        alice.send_bytes(b"\r\n\r\n")
        alice.send_bytes(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12))
        alice.send_bytes(b"GET / HTTP/1.1\r\n\r\n")
        broken = alice.request("OPTIONS", "sip:if.internal", headers=("Max-Forwards: x",))
        alice.send(broken)
        # In either order: they may be two reactors' answers.
        answers = sorted((alice.receive() for _ in range(2)), key=lambda answer: answer.raw[:2])
        self.assertEqual(answers[0].raw[:2], b"\x01\x01", "STUN's answer")
        self.assert_status(answers[1], 400)

        def starts() -> list[str]:
            packets = [p for p in self.capture.packets if own in (p.source, p.destination)]
            # Copies of two reactors may overtake each other on the way.
            return [p.start for p in sorted(packets, key=lambda packet: packet.time)]

        self.capture.until(lambda _: len(starts()) >= 2)
        time.sleep(0.1)
        self.assertEqual([start.split()[0] for start in starts()], ["OPTIONS", "SIP/2.0"])

    def test_they_are_counted(self):
        _, invite = self.call()
        self.capture.until(lambda _: len(self.events(invite.call_id)) == 2)
        deadline = time.monotonic() + 5
        while True:
            counted = self.proxy.metrics()
            if counted.value("hep_packets_total", result="sent") == len(self.capture.packets):
                break
            self.assertLess(time.monotonic(), deadline, "packets sent and packets received differ")
        self.assertTrue(counted.has("hep_packets_total", result="too_long"))
        for result in ("dropped", "failed"):
            self.assertEqual(counted.value("hep_packets_total", result=result), 0)

    def test_a_message_that_fits_no_packet_is_counted(self):
        """65,507 bytes are the longest datagram; with what surrounds it, a long message becomes longer than that."""
        alice = self.endpoint(transport="TCP")
        message = alice.request("MESSAGE", "sip:bob@pbx.test", body="x" * 60_000)
        message.body += "x" * (65_500 - len(message.encode()))
        before = self.proxy.metrics().value("hep_packets_total", result="too_long")
        alice.send(message)
        answer = alice.response(message)
        self.assertIn(answer.status, (407, 413, 513))
        deadline = time.monotonic() + 5
        while self.proxy.metrics().value("hep_packets_total", result="too_long") == before:
            self.assertLess(time.monotonic(), deadline, "nothing was too long")
        self.assertEqual(self.capture.faults, [])

    def test_the_key_is_in_no_log(self):
        self.call()
        self.assertIn("unencrypted", self.proxy.log_path.read_text())
        self.assertNotIn(KEY, self.proxy.log_path.read_text())


@unittest.skipUnless(HAS_CAPTURE, "Kamailio has no module sipcapture here")
class ReadByKamailio(CaptureCase):
    """The same packets, read by Kamailio's sipcapture, which writes down what it understood."""

    @classmethod
    def make_capture(cls):
        return KamailioCapture()

    def test_a_call(self):
        alice, invite = self.call()
        self.capture.until(lambda: len(self.capture.logs(invite.call_id)) == 2)
        self.capture.until(lambda: len(self.capture.messages(invite.call_id)) >= len(self.wire))
        seen = self.capture.messages(invite.call_id)
        self.assertEqual(
            sorted(
                (
                    (row["source_ip"], row["source_port"]),
                    (row["destination_ip"], row["destination_port"]),
                    bytes(row["msg"]),
                )
                for row in seen
            ),
            sorted(self.wire),
        )
        now = time.time()
        for row in seen:
            self.assertEqual((row["callid"], row["node"], row["family"]), (invite.call_id, "node:4711", 2))
            self.assertLess(abs(row["micro_ts"] / 1e6 - now), 30)
        events = self.capture.logs(invite.call_id)
        self.assertEqual([json.loads(row["msg"])["event"] for row in events], ["call.connected", "call.terminated"])
        self.assertEqual((events[0]["source_ip"], events[0]["source_port"]), alice.socket.getsockname())


class Nobody(CalleeCase):
    """A capture server that is not there, or takes nothing, is nobody's problem but its own."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.config = {"hep": {"server": f"udp://127.0.0.1:{free_port()}", "events": False}}
        return super().make_proxy()

    def test_calls_go_on(self):
        with self.counted(answered=20):
            for _ in range(20):
                self.hang_up(*self.connect())
        counted = self.proxy.metrics()
        self.assertGreaterEqual(counted.value("hep_packets_total", result="sent"), 20 * 16)
        self.assertEqual(counted.value("hep_packets_total", result="dropped"), 0)


@unittest.skipUnless(has_ipv6(), "no IPv6 here")
class Unreachable(ProxyCase):
    """Where there is no route, copies fail and messages do not."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        return Proxy(users={"alice": "wonderland"}, hep={"server": "udp://[2001:db8::9]:9060"})

    def test_failed(self):
        alice = self.endpoint()
        for _ in range(5):
            options = alice.send(alice.request("OPTIONS", "sip:if.internal"))
            self.assert_status(alice.response(options), 200)
        counted = self.proxy.metrics()
        told = sum(counted.value("hep_packets_total", result=result) for result in ("sent", "dropped", "failed"))
        self.assertEqual(told, 10)


class Off(ProxyCase):
    """Nothing is copied unless a server is named; a wrong key file is a wrong configuration."""

    def test_nothing_is_sent(self):
        alice = self.endpoint()
        options = alice.send(alice.request("OPTIONS", "sip:if.internal"))
        self.assert_status(alice.response(options), 200)
        self.assertEqual(self.proxy.metrics().value("hep_packets_total"), 0)
        self.assertTrue(self.proxy.metrics().has("hep_packets_total", result="sent"))

    def test_check_config(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        key = Path(folder.name) / "hep.key"
        config = dict(self.proxy.config, hep={"server": "udp://127.0.0.1:9060", "auth_key_file": str(key)})
        path = Path(folder.name) / "c.yaml"

        def check(expected: int, *words: str) -> None:
            path.write_text(json.dumps(config))
            done = self.proxy.command("check-config", str(path))
            self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
            for word in words:
                self.assertIn(word, done.stdout + done.stderr)
            self.assertNotIn("secret-key", done.stdout + done.stderr)

        check(78, "hep.key", "hep.auth_key_file", "there is no such file")
        key.write_text("secret-key\n")
        key.chmod(0o644)
        check(78, "can be read by others", "chmod 600")
        key.chmod(0o600)
        check(0, "capture", "unencrypted")
        key.write_text("k" * 256)
        check(78, "1 to 255 bytes")
        key.write_text("\nsecond line")
        check(78, "not 0")
        config["hep"]["server"] = "udp://homer.example.net"
        check(78, "hep.server", "an address, not a name")


if __name__ == "__main__":
    unittest.main()
