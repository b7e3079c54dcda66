"""hide_topology: nobody outside learns of an address inside, and whole calls work, also through a restart. Inside are
127.0.0.2 (Kamailio), 127.0.0.3 (a phone behind it) and the server's own 127.0.0.4; outside is 127.0.0.1."""

import base64
import re
import shutil
import socket
import unittest
from typing import ClassVar

from support.case import EXPERT, ProxyCase, registry
from support.crossing import CrossingCalls
from support.kamailio import Kamailio
from support.ports import free_port
from support.proxy import DOMAIN, Proxy
from support.signing import Signer
from support.sip import Callee, Endpoint, Message, token
from support.sipp import Sipp

KAMAILIO, PHONE, OURS = "127.0.0.2", "127.0.0.3", "127.0.0.4"


def told_of(hosts: tuple[str, ...], message: bytes) -> list[str]:
    """What the head of a message says of these addresses, in the clear or in base 64. Bodies are the phones' own."""
    texts = b"|".join(re.escape(host.encode()) for host in hosts)
    packed = b"|".join(re.escape(socket.inet_aton(host)) for host in hosts)
    place = re.compile(rb"(?:" + texts + rb")(?!\d)|" + packed)
    head = message.partition(b"\r\n\r\n")[0]
    found = [line.decode() for line in head.split(b"\r\n") if place.search(line)]
    for word in re.findall(rb"[A-Za-z0-9_-]{16,}", head):
        for padded in (word + b"=" * n for n in range(3)):
            try:
                decoded = base64.b64decode(padded, altchars=b"-_", validate=True)
            except ValueError:
                continue
            if place.search(decoded):
                found.append(word.decode())
    return found


def received(trace: str) -> list[bytes]:
    """The messages that a sipp received, by its own trace."""
    blocks = re.split(r"^-{20,} .*$", trace, flags=re.MULTILINE)
    messages = []
    for block in blocks:
        kind, _, message = block.strip().partition("\n\n")
        if " message received " in kind:
            messages.append(message.replace("\r\n", "\n").replace("\n", "\r\n").encode())
    return messages


class HidingCase(ProxyCase):
    hidden: ClassVar[tuple[str, ...]] = (KAMAILIO, PHONE, OURS)
    hiding: ClassVar[dict] = {"inside": [f"{KAMAILIO}/32", f"{PHONE}/32", f"{OURS}/32"], "contact": True}

    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = Proxy(
            users={"alice": "wonderland", "bob": "builder", EXPERT: "second-opinion"},
            registry=registry(),
            hide_topology=cls.hiding,
        )
        proxy.config["listen"] = [f"udp://127.0.0.1:{proxy.port}", f"tcp://{OURS}:{proxy.port}"]
        return proxy


@unittest.skipUnless(shutil.which("kamailio"), "kamailio is not installed")
class BehindKamailio(CrossingCalls, HidingCase):
    """A phone, Kamailio and then us inside, by UDP and TCP; a phone outside, by UDP."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        cls.inner, cls.outer = free_port(), free_port()
        cls.kamailio = Kamailio(
            proxy.port, "inner.test", cls.inner, "tcp", host=KAMAILIO, server_host=OURS, behind_host=PHONE
        )
        cls.addClassCleanup(cls.kamailio.close)
        proxy.config["routes"] = [
            {"match": "sip:*@inner.test", "next_hop": f"sip:{KAMAILIO}:{cls.kamailio.port};transport=tcp"},
            {"match": "sip:*@outer.test", "next_hop": f"sip:127.0.0.1:{cls.outer}"},
        ]
        proxy.write_config()
        return proxy

    def cross(self, caller: str, callee: str, arguments=(), **keys) -> None:
        """The same call from inside to outside and the other way round; what the outer phone received says nothing."""
        for is_outward in (True, False):
            with self.subTest(caller=caller, outward=is_outward):
                there, here = (self.outer, "127.0.0.1"), (self.inner, PHONE)
                if not is_outward:
                    there, here = here, there
                far = Sipp.callee(callee, port=there[0], host=there[1], **keys)
                self.addCleanup(far.stop)
                server = (KAMAILIO, self.kamailio.port) if is_outward else self.udp
                near = Sipp.caller(
                    caller,
                    server,
                    "alice",
                    "wonderland",
                    target=f"sip:bob@{'outer' if is_outward else 'inner'}.test",
                    port=here[0],
                    host=here[1],
                    arguments=("-cid_str", "%u-%p@calls.invalid", *arguments),
                    **keys,
                )
                self.addCleanup(near.stop)
                traces = {True: near.wait(), False: far.wait()}
                messages = received(traces[not is_outward])
                self.assertTrue(messages)
                for message in messages:
                    self.assertEqual(told_of(self.hidden, message), [], message.decode())
                # The proof that there was something to hide.
                self.assertTrue(any(told_of((KAMAILIO, PHONE), message) for message in received(traces[is_outward])))


class RoutesAlone(BehindKamailio):
    """The same without hiding Contacts: the hops between are hidden, the phone is not."""

    hidden: ClassVar[tuple[str, ...]] = (KAMAILIO, OURS)
    hiding: ClassVar[dict] = {**HidingCase.hiding, "contact": False}


class RawPhones(HidingCase):
    """Phones by hand: what sipp does not do."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.signer = Signer()
        cls.addClassCleanup(cls.signer.close)
        proxy = super().make_proxy()
        proxy.registry = registry(key=cls.signer.public)
        proxy.config["privacy_service"] = True
        server = ("127.0.0.1", proxy.port)
        cls.inner = Callee(server, user="inner", bind_host=KAMAILIO)
        cls.outer = Callee(server, user="outer")
        for phone in (cls.inner, cls.outer):
            cls.addClassCleanup(phone.socket.close)
        proxy.config["routes"] = [
            {"match": "sip:*@inner.test", "next_hop": f"sip:{KAMAILIO}:{cls.inner.port}"},
            {"match": "sip:*@outer.test", "next_hop": f"sip:127.0.0.1:{cls.outer.port}"},
            {"match": f"sip:council@{DOMAIN}", "next_hop": f"sip:127.0.0.1:{cls.outer.port}"},
        ]
        proxy.write_config()
        return proxy

    def setUp(self) -> None:
        self.inner.forget_what_came()
        self.outer.forget_what_came()

    def restart(self) -> None:
        """Not in order, which would end the call."""
        self.proxy.kill()
        self.proxy.start()

    def assert_hidden(self, message: Message) -> None:
        self.assertEqual(told_of(self.hidden, message.raw), [], message.raw.decode())

    def connect(self, caller: Endpoint, callee: Callee, uri: str):
        invite = self.invite(caller, uri)
        arrived = callee.expect("INVITE")
        callee.reply(arrived, 180, "Ringing")
        callee.reply(arrived, 200, "OK")
        ok = self.assert_status(caller.responses(invite)[-1], 200)
        caller.send(caller.in_dialog("ACK", invite, ok, invite.cseq))
        callee.expect("ACK")
        return invite, arrived, ok

    def test_a_call_from_outside_outlives_a_restart(self):
        alice = self.endpoint()
        invite, _, ok = self.connect(alice, self.inner, "sip:bob@inner.test")
        self.assert_hidden(ok)
        self.assertRegex(ok.header("Contact"), rf"^<sip:ifh\.[\w-]+@127\.0\.0\.1:{self.proxy.port}>$")
        self.restart()
        for number, method in enumerate(("UPDATE", "INFO", "BYE"), 1):
            request = alice.send(alice.in_dialog(method, invite, ok, invite.cseq + number))
            arrived = self.inner.expect(method)
            self.assertEqual(arrived.uri, f"sip:callee@{self.inner.address};transport=udp")
            self.assertEqual(arrived.all("Route"), [])
            self.inner.reply(arrived, 200, "OK", headers=(f"Contact: <sip:moved@{self.inner.address}>",))
            answer = self.assert_status(alice.response(request), 200)
            self.assert_hidden(answer)

    def test_a_call_from_inside_outlives_a_restart(self):
        alice = self.endpoint(bind_host=KAMAILIO)
        invite, arrived, ok = self.connect(alice, self.outer, "sip:bob@outer.test")
        self.assert_hidden(arrived)
        self.assertEqual(len(arrived.all("Via")), 1)
        self.assertIn(alice.address, ok.all("Via")[0])
        self.restart()
        # The callee hangs up: the other direction of the dialog.
        target = re.search(r"<([^>]*)>", arrived.header("Contact")).group(1)
        bye = self.outer.request("BYE", target, call_id=invite.call_id, from_uri=invite.to_uri)
        bye.from_tag = ok.header("To").partition(";tag=")[2]
        bye.to_header = arrived.header("From")
        bye.headers = tuple(f"Route: {value}" for value in arrived.all("Record-Route"))
        self.outer.send(bye)
        seen = alice.receive()
        self.assertEqual((seen.method, seen.uri), ("BYE", f"sip:alice@{alice.address};transport=udp"))
        Callee.reply(alice, seen, 200, "OK")
        self.assert_hidden(self.assert_status(self.outer.response(bye), 200))

    def test_who_asks_is_hidden_from_everybody(self):
        """`Privacy: header` between two phones that are both outside (RFC 3323)."""
        alice = self.endpoint()
        invite = self.invite(
            alice, "sip:bob@outer.test", headers=("Privacy: header;critical", "Proxy-Require: privacy")
        )
        arrived = self.outer.expect("INVITE")
        self.assertNotIn(alice.address.encode(), arrived.raw.partition(b"\r\n\r\n")[0])
        self.assertIsNone(arrived.header("Privacy"))
        self.assertIsNone(arrived.header("Proxy-Require"))
        self.outer.reply(arrived, 486, "Busy Here")
        self.outer.expect("ACK")
        answer = self.assert_status(alice.response(invite), 486)
        self.assertEqual(len(answer.all("Via")), 1)
        self.assertIn(alice.address, answer.header("Via"))
        refused = alice.call(alice.request("INVITE", "sip:bob@outer.test", headers=("Privacy: user;critical",)))[-1]
        self.assert_status(refused, 500)
        self.assertEqual(refused.reason, "Privacy Failure: user")

    def test_a_signed_escalation_arrives_as_it_was_signed(self):
        caller = self.endpoint(EXPERT, bind_host=KAMAILIO)
        call_id = token("esc") + "@test.invalid"
        headers = self.signer.headers("trace-1", "safety", f"{EXPERT}@external.advisor", f"council@{DOMAIN}", call_id)
        invite = caller.request(
            "INVITE",
            f"sip:council@{DOMAIN}",
            headers=headers,
            from_uri=f"sip:{EXPERT}@external.advisor",
            call_id=call_id,
        )
        caller.send(invite)
        invite.authorize(caller.response(invite), EXPERT, self.proxy.users[EXPERT])
        caller.send(invite)
        arrived = self.outer.expect("INVITE")
        self.assert_hidden(arrived)
        for line in headers:
            name, _, value = line.partition(": ")
            self.assertEqual(arrived.all(name), [value])
        self.assertEqual(arrived.header("Call-ID"), call_id)
        self.assertEqual(arrived.header("From"), f"<{invite.from_uri}>;tag={invite.from_tag}")
        self.assertEqual(arrived.header("To"), f"<sip:council@{DOMAIN}>")
        self.outer.reply(arrived, 486, "Busy Here")
        self.outer.expect("ACK")
        self.assert_status(caller.response(invite), 486)

    def test_what_is_made_up_leads_nowhere(self):
        alice = self.endpoint()
        invite, _, ok = self.connect(alice, self.inner, "sip:bob@inner.test")
        bye = alice.in_dialog("BYE", invite, ok, invite.cseq + 1)
        made_up = bye.derived("BYE", uri=bye.uri.replace("sip:ifh.", "sip:ifh.AAAA"), branch=token("z9hG4bK"))
        made_up.headers = bye.headers
        alice.send(made_up)
        refused = self.assert_status(alice.response(made_up), 403)
        self.assertRegex(refused.header("Reason"), 'text="foreign-route: ')
        self.assertEqual(self.proxy.metrics().value("sip_security_rejections_total", rule="foreign-route"), 1)
        bye.cseq += 1
        alice.send(bye)
        self.inner.reply(self.inner.expect("BYE"), 200, "OK")
        self.assert_status(alice.response(bye), 200)


if __name__ == "__main__":
    unittest.main()
