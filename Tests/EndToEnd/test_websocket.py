"""SIP over WebSocket: browsers' phones, and those who try to harm the server by this way (RFC 6455, 7118, 7692)."""

import contextlib
import os
import socket
import struct
import time
import unittest
from typing import ClassVar

from support.case import ProxyCase
from support.ports import free_port
from support.proxy import DOMAIN, Proxy
from support.sip import Callee, Request, token
from support.websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Refused,
    WebSocket,
    WebSocketPhone,
    compressed,
)

FULL = os.environ.get("IFSIP_FULL") == "1"
USERS = {"alice": "wonderland", "bob": "builder"}
OUTBOUND = ';reg-id=1;+sip.instance="<urn:uuid:00000000-0000-1000-8000-00000000A11C>"'


class WebSocketCase(ProxyCase):
    config: ClassVar[dict] = {}

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.port = free_port()
        proxy = Proxy(users=USERS)
        listen = [*proxy.config["listen"], f"ws://127.0.0.1:{cls.port}"]
        proxy.config.update({"listen": listen, **cls.config})
        proxy.write_config()
        return proxy

    @property
    def ws(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def phone(self, user: str = "alice", **options) -> WebSocketPhone:
        phone = WebSocketPhone(self.ws, user=user, password=USERS[user], **options)
        self.addCleanup(phone.socket.close)
        return phone

    def web(self, **options) -> WebSocket:
        web = WebSocket(self.ws, **options)
        self.addCleanup(web.socket.close)
        return web

    def registered(self, user: str = "alice", contact_parameters: str = "", **options) -> WebSocketPhone:
        phone = self.phone(user, **options)
        self.assert_status(phone.call(phone.register(contact_parameters=contact_parameters)), 200)
        return phone

    def desk_phone(self, user: str = "bob") -> Callee:
        """A registered phone on UDP."""
        phone = Callee(self.udp, user=user, password=USERS[user])
        self.addCleanup(phone.socket.close)
        register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:{user}@{DOMAIN}")
        self.assert_status(phone.call(register), 200)
        return phone

    def invite(self, caller, uri: str) -> Request:
        """Sends an INVITE that has answered its challenge."""
        invite = caller.request("INVITE", uri)
        caller.send(invite)
        challenge = caller.response(invite)
        self.assert_status(challenge, 407)
        invite.authorize(challenge, caller.user, caller.password)
        caller.send(invite)
        return invite

    def connections(self) -> int:
        """TCP connections of the server's WebSocket port, as the kernel sees them, those that only wait apart."""
        port = f":{self.port:04X}"
        alive = {"01", "03", "04", "05", "08"}
        with open("/proc/net/tcp") as table:
            rows = [line.split() for line in table.readlines()[1:]]
        return sum(row[1].endswith(port) and row[3] in alive for row in rows)

    def assert_no_connections(self, within: float = 5.0) -> None:
        deadline = time.monotonic() + within
        while self.connections() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(self.connections(), 0)

    def assert_alive(self) -> None:
        """The server still does its work."""
        phone = self.phone()
        self.assert_status(phone.call(phone.register()), 200)


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


def caller_reply(phone, request, status: int, reason: str) -> None:
    """An answer of an endpoint that is no callee by nature."""
    Callee.reply(phone, request, status, reason)


if __name__ == "__main__":
    unittest.main()
