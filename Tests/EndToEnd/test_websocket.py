"""SIP over WebSocket: browsers' phones, and those who try to harm the server by this way (RFC 6455, 7118, 7692)."""

import contextlib
import socket
import struct
import time
import unittest
from typing import ClassVar

from support.proxy import DOMAIN
from support.sip import Callee, Request
from support.websocket import BINARY, CLOSE, PING, PONG, TEXT, Ended, Refused, WebSocket, compressed
from support.websocket_case import WebSocketCase

OUTBOUND = ';reg-id=1;+sip.instance="<urn:uuid:00000000-0000-1000-8000-00000000A11C>"'


class Calls(WebSocketCase):
    def test_registers(self):
        phone = self.phone()
        ok = self.assert_status(phone.call(phone.register()), 200)
        self.assertIn(phone.name, ok.header("Contact"))

    def test_a_request_needs_no_content_length(self):
        """RFC 7118 §4.2."""
        phone = self.phone()
        register = phone.register()
        phone.web.send(register.encode().replace(b"Content-Length: 0\r\n", b""))
        self.assert_status(phone.response(register), 401)

    def test_binary_messages(self):
        self.registered(opcode=BINARY)

    def talk(self, caller, callee, uri: str) -> None:
        """A call, a re-INVITE of either side, and the callee hangs up."""
        invite = self.invite(caller, uri)
        arrived = callee.expect("INVITE")
        callee.reply(arrived, 180, "Ringing")
        callee.reply(arrived, 200, "OK")
        ok = self.assert_status(caller.responses(invite), 200)
        caller.send(caller.in_dialog("ACK", invite, ok, invite.cseq))
        callee.expect("ACK")
        again = caller.in_dialog("INVITE", invite, ok, invite.cseq + 1)
        caller.send(again)
        callee.reply(callee.expect("INVITE"), 200, "OK")
        self.assert_status(caller.responses(again), 200)
        caller.send(caller.in_dialog("ACK", invite, ok, again.cseq))
        callee.expect("ACK")
        bye = self.far_request("BYE", callee, arrived, ok)
        callee.send(bye)
        received = self.request_of(caller, "BYE")
        caller_reply(caller, received, 200, "OK")
        self.assert_status(callee.responses(bye), 200)

    def far_request(self, method: str, callee, arrived, ok) -> Request:
        """A request of the callee inside its dialog."""
        target = arrived.header("Contact").partition("<")[2].partition(">")[0]
        request = callee.request(method, target, call_id=arrived.header("Call-ID"), cseq=1)
        request.from_uri = arrived.header("To").partition("<")[2].partition(">")[0]
        request.from_tag = ok.header("To").partition(";tag=")[2]
        request.to_header = arrived.header("From")
        request.headers = tuple(f"Route: {value}" for value in arrived.all("Record-Route"))
        return request

    def request_of(self, phone, method: str):
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            message = phone.receive(1)
            if message is not None and message.is_request and message.method == method:
                return message
        raise AssertionError(f"no {method} came")

    def test_browser_calls_desk_phone(self):
        alice, bob = self.registered(), self.desk_phone()
        with self.counted(answered=1):
            self.talk(alice, bob, f"sip:bob@{DOMAIN}")

    def test_desk_phone_calls_browser(self):
        alice, bob = self.registered(), self.desk_phone()
        with self.counted(answered=1):
            self.talk(bob, alice, f"sip:alice@{DOMAIN}")

    def test_browser_with_outbound_calls_and_is_called(self):
        alice, bob = self.registered(contact_parameters=OUTBOUND), self.desk_phone()
        with self.counted(answered=2):
            self.talk(bob, alice, f"sip:alice@{DOMAIN}")
            self.talk(alice, bob, f"sip:bob@{DOMAIN}")

    def test_browser_calls_browser(self):
        alice, bob = self.registered(), self.registered("bob")
        with self.counted(answered=1):
            self.talk(alice, bob, f"sip:bob@{DOMAIN}")

    def test_both_sides_get_a_record_route_of_their_own_kind(self):
        """RFC 5658: the phone's side by UDP, the browser's with transport=ws."""
        alice, bob = self.registered(), self.desk_phone()
        self.invite(alice, f"sip:bob@{DOMAIN}")
        arrived = bob.expect("INVITE")
        self.assertTrue(arrived.all("Via")[0].startswith("SIP/2.0/UDP "))
        self.assertTrue(arrived.all("Via")[1].startswith("SIP/2.0/WS "))
        routes = arrived.all("Record-Route")
        self.assertEqual(len(routes), 2, routes)
        self.assertNotIn("transport", routes[0])
        self.assertIn(f":{self.port};transport=ws", routes[1])
        bob.reply(arrived, 486, "Busy Here")
        bob.expect("ACK")

    def test_a_browser_that_has_gone(self):
        """Its registration goes with its connection: a call finds nobody; a call that runs hears so at its BYE."""
        alice, bob = self.registered(), self.desk_phone()
        invite = self.invite(bob, f"sip:alice@{DOMAIN}")
        arrived = alice.expect("INVITE")
        alice.reply(arrived, 200, "OK")
        ok = self.assert_status(bob.responses(invite), 200)
        bob.send(bob.in_dialog("ACK", invite, ok, invite.cseq))
        alice.expect("ACK")
        self.assertEqual(alice.web.close(), 1000)
        self.assert_no_connections()
        bye = bob.in_dialog("BYE", invite, ok, invite.cseq + 1)
        bob.send(bye)
        self.assert_status(bob.response(bye), 430)
        # That is the end of the call, and recorded before the next test counts ends.
        self.proxy.records_until(
            lambda records: any(r["event"] == "call.terminated" and r["call_id"] == invite.call_id for r in records)
        )
        again = self.invite(bob, f"sip:alice@{DOMAIN}")
        self.assert_status(bob.responses(again), 404)

    def test_a_browser_that_goes_while_it_rings(self):
        alice, bob = self.registered(), self.desk_phone()
        invite = self.invite(bob, f"sip:alice@{DOMAIN}")
        alice.reply(alice.expect("INVITE"), 180, "Ringing")
        alice.socket.close()
        self.assert_status(bob.responses(invite), 480)

    def test_registered_anew_on_another_connection(self):
        """A browser that lost its connection registers its flow again; the next call goes over the new one."""
        alice, bob = self.registered(contact_parameters=OUTBOUND), self.desk_phone()
        again = self.registered(contact_parameters=OUTBOUND)
        invite = self.invite(bob, f"sip:alice@{DOMAIN}")
        again.reply(again.expect("INVITE"), 486, "Busy Here")
        again.expect("ACK")
        self.assert_status(bob.responses(invite), 486)
        self.assertIsNone(alice.receive(0.1))


def caller_reply(phone, request, status: int, reason: str) -> None:
    """An answer of an endpoint that is no callee by nature."""
    Callee.reply(phone, request, status, reason)


class Frames(WebSocketCase):
    """What a peer may do, and what it may not. `ends_with` is the code of the server's Close frame."""

    config: ClassVar[dict] = {"tcp": {"first_message_seconds": 2}, "websocket": {"ping_seconds": 1}}

    def test_fragments_and_pings_between(self):
        phone = self.phone()
        register = phone.register()
        data = register.encode()
        for place, byte in enumerate(data):
            last = place == len(data) - 1
            phone.web.send_frame(TEXT if place == 0 else 0, bytes([byte]), final=last)
            if place == 100:
                phone.web.send_frame(PING, b"still there?")
        self.assertEqual(phone.web.receive_frame(), (PONG, 0, b"still there?"))
        self.assert_status(phone.response(register), 401)

    def test_a_frame_in_single_bytes_and_many_frames_in_one_segment(self):
        phone = self.phone()
        register = phone.register()
        for byte in phone.web.frame(TEXT, register.encode()):
            phone.web.socket.sendall(bytes([byte]))
        self.assert_status(phone.response(register), 401)
        options = [phone.request("OPTIONS", f"sip:{DOMAIN}") for _ in range(10)]
        phone.web.socket.sendall(b"".join(phone.web.frame(TEXT, each.encode()) for each in options))
        got = {phone.receive().header("Call-ID") for _ in options}
        self.assertEqual(got, {each.call_id for each in options})

    def test_keep_alives(self):
        """A ping gets its pong, a double CRLF its CRLF (RFC 5626 §3.5.1 over RFC 7118 §6)."""
        web = self.web()
        web.send_frame(PING, b"x" * 125)
        self.assertEqual(web.receive_frame(), (PONG, 0, b"x" * 125))
        web.send_frame(TEXT, b"\r\n\r\n")
        self.assertEqual(web.receive_frame(), (TEXT, 0, b"\r\n"))
        web.send_frame(TEXT, b"\r\n")
        web.send_frame(PONG, b"unasked")
        web.send_frame(PING)
        self.assertEqual(web.receive_frame(), (PONG, 0, b""))

    def test_the_server_asks_and_gives_up(self):
        phone = self.registered()
        asked = time.monotonic()
        self.assertEqual(phone.web.receive_frame(5), (PING, 0, b""))
        phone.web.send_frame(PONG)
        self.assertEqual(phone.web.receive_frame(5), (PING, 0, b""))
        self.assertGreater(time.monotonic() - asked, 1.5)
        self.assertEqual(phone.web.ends_with(), 1008)

    def test_pongs_keep_a_phone(self):
        """A phone that only answers pings stays, longer than one that says nothing may."""
        phone = self.registered()
        until = time.monotonic() + 4
        while time.monotonic() < until:
            self.assertIsNone(phone.web.receive(0.3))
        self.assert_status(phone.call(phone.register()), 200)

    def test_closing(self):
        for code in (1000, 1001, 3000, 4999):
            with self.subTest(code=code):
                self.assertEqual(self.web().close(code), code)
        self.assert_no_connections()

    def broken(self, web: WebSocket, data: bytes, code: int) -> None:
        with contextlib.suppress(ConnectionError):
            web.socket.sendall(data)
        self.assertEqual(web.ends_with(), code)

    def test_what_breaks_a_rule_ends_the_connection(self):
        web = WebSocket.frame
        none = None
        cases = {
            "unmasked": (web(none, TEXT, b"x", masked=False), 1002),
            "reserved bit": (web(none, TEXT, b"x", rsv=4), 1002),
            "unknown opcode": (web(none, 3, b"x"), 1002),
            "long ping": (web(none, PING, b"x" * 126), 1002),
            "ping in fragments": (web(none, PING, b"x", final=False), 1002),
            "continuation of nothing": (web(none, 0, b"x"), 1002),
            "no UTF-8": (web(none, TEXT, b"\xff"), 1007),
            "half a code": (web(none, CLOSE, b"\x03"), 1002),
            "reserved code": (web(none, CLOSE, struct.pack("!H", 1006)), 1002),
            "oversize": (web(none, TEXT, b"x" * 65536), 1009),
            "oversize by its word": (web(none, TEXT, b"x", length=1 << 40), 1009),
            "oversize in fragments": (web(none, TEXT, b"x" * 65535, final=False) + web(none, 0, b"x"), 1009),
            "many fragments": (web(none, TEXT, final=False) + web(none, 0, final=False) * 1024, 1008),
            "ping flood": (web(none, PING) * 101, 1008),
        }
        for name, (data, code) in cases.items():
            with self.subTest(name):
                self.broken(self.web(), data, code)
        self.assert_no_connections()
        self.assert_alive()

    def test_the_largest_message(self):
        """65,535 bytes are a message; whether it is a good one is SIP's business."""
        phone = self.phone()
        register = phone.register()
        head = register.encode().removesuffix(b"Content-Length: 0\r\n\r\n")
        space = 65535 - len(head) - len(b"Content-Length: 00000\r\n\r\n")
        data = head + b"Content-Length: %05d\r\n\r\n" % space + b"x" * space
        self.assertEqual(len(data), 65535)
        phone.web.send(data)
        self.assert_status(phone.response(register), 401)

    def test_what_is_no_sip(self):
        web = self.web()
        web.send_frame(TEXT, b"GET / HTTP/1.1\r\n\r\n")
        web.send_frame(PING)
        self.assertEqual(web.receive_frame(), (PONG, 0, b""))
        self.assert_alive()

    def test_a_peer_that_vanishes_without_a_word(self):
        for _ in range(5):
            web = WebSocket(self.ws)
            web.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            web.socket.close()
        half = WebSocket(self.ws)
        half.socket.shutdown(socket.SHUT_WR)
        half.ends_with()
        half.socket.close()
        self.assert_no_connections()

    def test_a_silent_phone_is_shown_out(self):
        """Pongs are no SIP: who upgrades and never says anything has two seconds here."""
        web = self.web()
        with self.assertRaises(Ended):
            while web.receive(5) is None:
                pass


class Deflate(WebSocketCase):
    OFFER = "permessage-deflate; client_max_window_bits"

    def test_a_call_compressed(self):
        alice = self.registered(deflate=self.OFFER)
        self.assertIn("server_no_context_takeover", alice.web.extensions)
        before = alice.web.received_bytes
        options = alice.request("OPTIONS", f"sip:{DOMAIN}", headers=("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",) * 9)
        alice.send(options)
        answer = self.assert_status(alice.response(options), 200)
        self.assertLess(alice.web.received_bytes - before, len(answer.raw))

    def test_offers_that_cannot_be_met_are_passed_over(self):
        for offer in (
            "permessage-deflate; server_max_window_bits=8",
            "x-webkit-deflate-frame",
            "permessage-deflate; x=1",
        ):
            with self.subTest(offer):
                phone = self.registered(deflate=offer)
                self.assertIsNone(phone.web.extensions)

    def test_bombs(self):
        """What inflates beyond 65,535 bytes, or beyond a hundred times what came, ends the connection."""
        for size in (10_000, 60_000, 65_536, 50_000_000):
            with self.subTest(size):
                web = self.web(deflate=self.OFFER)
                bomb = compressed(b"\r" * size)
                web.send_frame(TEXT, bomb[:65535], rsv=4)
                self.assertEqual(web.ends_with(), 1009)
        self.assert_no_connections()

    def test_bombs_do_not_take_memory(self):
        self.assert_alive()
        before = self.resident()
        bomb = compressed(b"\r" * 50_000_000)[:65000]
        for _ in range(200):
            web = self.web(deflate=self.OFFER)
            web.send_frame(BINARY, bomb, rsv=4)
            self.assertEqual(web.ends_with(), 1009)
            web.socket.close()
        self.assert_no_connections()
        self.assertLess(self.resident() - before, 20_000)

    def resident(self) -> int:
        """What the server has in memory, in kB."""
        with open(f"/proc/{self.proxy.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))

    def test_what_is_no_deflate(self):
        web = self.web(deflate=self.OFFER)
        web.send_frame(TEXT, b"\xff\xff\xff", rsv=4)
        self.assertEqual(web.ends_with(), 1007)


class Upgrade(WebSocketCase):
    config: ClassVar[dict] = {"tcp": {"first_message_seconds": 1, "max_per_address": 100}}

    def refused(self, status: int, **options) -> None:
        with self.assertRaises(Refused) as refused:
            WebSocket(self.ws, **options)
        self.assertEqual(refused.exception.status, status, refused.exception.head)

    def upgrades(self) -> dict[str, float]:
        """How many ended in which way."""
        name = "websocket_upgrades_total"
        return {labels["result"]: value for n, labels, value in self.proxy.metrics().samples if n == name}

    def test_what_does_not_fit_is_refused(self):
        cases = [
            (404, "path", {"path": "/"}),
            (404, "path", {"path": "/sip2"}),
            (405, "method", {"method": "POST"}),
            (426, "no-upgrade", {"headers": {"Upgrade": None}}),
            (426, "no-upgrade", {"headers": {"Connection": "keep-alive"}}),
            (426, "version", {"headers": {"Sec-WebSocket-Version": "8"}}),
            (400, "key", {"headers": {"Sec-WebSocket-Key": "c2hvcnQ="}}),
            (400, "key", {"headers": {"Sec-WebSocket-Key": None}}),
            (400, "subprotocol", {"headers": {"Sec-WebSocket-Protocol": None}}),
            (400, "subprotocol", {"headers": {"Sec-WebSocket-Protocol": "mqtt"}}),
            (403, "origin", {"headers": {"Origin": "https://evil.example"}}),
            (403, "origin", {"headers": {"Origin": "null"}}),
            (400, "host", {"headers": {"Host": None}}),
            (431, "too-long", {"headers": {"X": "x" * 9000}}),
            (431, "too-many-fields", {"headers": {f"X-{n}": "x" for n in range(65)}}),
        ]
        for status, reason, options in cases:
            with self.subTest(status=status, **options):
                before = self.upgrades()
                self.refused(status, **options)
                after = self.upgrades()
                changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
                self.assertEqual(changed, {reason: 1})
        self.assert_no_connections()

    def test_pages_of_the_same_host_may(self):
        self.web(headers={"Origin": "http://127.0.0.1:8000"})

    def test_what_speaks_something_else(self):
        for data in (b"OPTIONS sip:a@b SIP/2.0\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00" * 20, b"\r\n\r\n"):
            with self.subTest(data=data[:10]), socket.create_connection(self.ws, timeout=5) as raw:
                raw.sendall(data)
                answer = b""
                with contextlib.suppress(ConnectionError):
                    while more := raw.recv(4096):
                        answer += more
                self.assertTrue(answer.startswith(b"HTTP/1.1 4"), answer)
        self.assert_no_connections()

    def test_a_slow_upgrade_is_cut_off(self):
        """A byte now and then does not help."""
        began = time.monotonic()
        with socket.create_connection(self.ws, timeout=5) as raw:
            ended = False
            for byte in b"GET /sip HTTP/1.1\r\nHost: " + b"x" * 200:
                try:
                    raw.sendall(bytes([byte]))
                    raw.settimeout(0.05)
                    answer = raw.recv(100)
                    ended = answer == b"" or answer.startswith(b"HTTP/1.1 408")
                except TimeoutError:
                    continue
                except ConnectionError:
                    ended = True
                if ended:
                    break
        self.assertTrue(ended)
        self.assertLess(time.monotonic() - began, 4)
        self.assert_no_connections()

    def test_many_slow_upgrades_leave_room_for_others(self):
        slow = [socket.create_connection(self.ws) for _ in range(90)]
        for each in slow:
            self.addCleanup(each.close)
            each.sendall(b"GET /sip HTTP/1.1\r\n")
        self.assert_alive()
        deadline = time.monotonic() + 6
        while self.connections() > 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertLessEqual(self.connections(), 2)

    def test_opened_and_closed_500_times(self):
        """Whichever way each ends, no connection remains; 100 at a time is the limit here."""
        for number in range(500):
            match number % 5:
                case 0:
                    self.assertEqual(self.web().close(), 1000)
                case 1:
                    self.web().socket.close()
                case 2:
                    with contextlib.suppress(Refused):
                        WebSocket(self.ws, path="/no")
                case 3:
                    web = self.web()
                    web.send_frame(TEXT, b"x", masked=False)
                    self.assertEqual(web.ends_with(), 1002)
                    web.socket.close()
                case _:
                    web = self.web()
                    web.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    web.socket.close()
        self.assert_no_connections()
        self.assert_alive()


class Origins(WebSocketCase):
    config: ClassVar[dict] = {"websocket": {"path": "/phones", "origins": ["https://phone.example"], "deflate": False}}

    def test_only_these_pages_and_what_is_no_page(self):
        self.web(path="/phones", headers={"Origin": "https://phone.example"})
        self.web(path="/phones")
        for origin in ("https://other.example", "http://127.0.0.1:8000"):
            with self.assertRaises(Refused) as refused:
                WebSocket(self.ws, path="/phones", headers={"Origin": origin})
            self.assertEqual(refused.exception.status, 403)

    def test_nothing_is_compressed(self):
        self.assertIsNone(self.web(path="/phones", deflate="permessage-deflate").extensions)


class Stopping(WebSocketCase):
    def test_a_server_that_stops_says_so(self):
        phone = self.registered()
        self.proxy.terminate()
        self.assertEqual(phone.web.ends_with(10), 1001)
        self.assertEqual(self.proxy.wait(), 0)


if __name__ == "__main__":
    unittest.main()
