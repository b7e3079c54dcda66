"""SIP over WebSocket over TLS: what browsers speak on the open internet."""

from typing import ClassVar

from support.certificates import Authority, tls_findings
from support.proxy import Proxy
from support.websocket import Refused
from support.websocket_case import WebSocketCase


class Secure(WebSocketCase):
    authority: ClassVar[Authority]

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.close)
        proxy = super().make_proxy()
        listen = [url.replace("ws://", "wss://") for url in proxy.config["listen"]]
        identity = cls.authority.sign("DNS:if.internal", "IP:127.0.0.1", days=90)
        proxy.config.update({"listen": listen, "tls": identity.settings})
        proxy.write_config()
        return proxy

    def phone(self, user: str = "alice", **options):
        return super().phone(user, secure=self.authority.client(), **options)

    def test_registers_and_is_called_over_its_connection(self):
        alice = self.registered()
        bob = self.desk_phone()
        invite = self.invite(bob, "sip:alice@if.internal")
        arrived = alice.expect("INVITE")
        # Each side sees an address of its own kind (RFC 5658).
        routes = arrived.all("Record-Route")
        self.assertIn("transport=ws", routes[0].lower())
        self.assertEqual(len(routes), 2)
        alice.reply(arrived, 200, "OK")
        ok = self.assert_status(bob.responses(invite), 200)
        bob.send(bob.in_dialog("ACK", invite, ok, invite.cseq))
        alice.expect("ACK")
        bye = bob.in_dialog("BYE", invite, ok, invite.cseq + 1)
        bob.send(bye)
        alice.reply(alice.expect("BYE"), 200, "OK")
        self.assert_status(bob.response(bye), 200)

    def test_calls_out(self):
        alice = self.registered()
        bob = self.desk_phone()
        invite = self.invite(alice, "sip:bob@if.internal")
        arrived = bob.expect("INVITE")
        self.assertTrue(arrived.header("Via").startswith("SIP/2.0/UDP"))
        bob.reply(arrived, 486, "Busy Here")
        self.assert_status(alice.responses(invite), 486)

    def test_plain_bytes_end_the_connection(self):
        with self.assertRaises((OSError, Refused)):
            self.web()
        self.assert_alive()

    def test_scanner_finds_nothing_above_low(self):
        findings = tls_findings(self.port)
        self.assertGreater(findings.count, 20, findings.output)
        self.assertEqual(findings.bad, [])
        self.assert_alive()
