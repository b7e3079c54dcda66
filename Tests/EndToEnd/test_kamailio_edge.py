"""config/kamailio.cfg, as it stands, in the real Kamailio before two nodes: attacked in the same way as our own edge.

Phones are TLS sockets of Python's, certificates are made when a class begins. Nodes are reached over TCP and believe the
edge (`trusted_from`). What lies behind the nodes is a socket of the test's own.
"""

import contextlib
import datetime
import filecmp
import re
import shutil
import ssl
import subprocess
import tempfile
import time
import unittest
import warnings
from typing import ClassVar

from support.case import EXPERT, registry
from support.chain import check_chain
from support.edge import FILES, Edge, TLSPhone, client_context, make_certificate
from support.proxy import DOMAIN, ROOT, Proxy
from support.signing import Signer
from support.sip import SDP, Callee, Endpoint, Message, parse_challenge, token

REASON = r'^Q\.850;cause=21;text="{}: .+"$'
TRACE, HAZARD = "X-IF-Trace-ID: trace-1", "X-IF-Hazard: safety"
COUNCIL = f"sip:council@{DOMAIN}"
SIGNER = "expert-ethics"
TORTURE = ROOT.parent / "shared/conformance/torture"
USERS = {"alice": "wonderland", "bob": "builder", EXPERT: "second-opinion", SIGNER: "third-opinion"}


@unittest.skipUnless(shutil.which("kamailio"), "SKIPPED, AND NOT SHOWN: kamailio is not installed")
class EdgeCase(unittest.TestCase):
    """`cls.edge` before `cls.nodes`; `sip:…@pbx.test` and every escalation target lead to `cls.callee`."""

    allow = "1 127.0.0.0 8 0 loopback"
    defines: ClassVar[dict] = {}
    transport = "tcp"
    maxDiff = None

    @classmethod
    def make_node(cls) -> Proxy:
        next_hop = f"sip:127.0.0.1:{cls.callee.port}"
        matches = ["sip:*@pbx.test", f"sip:council@{DOMAIN}", f"sip:council-*@{DOMAIN}", "sip:expert-*@*"]
        people = registry()
        people["experts"].append(
            {
                **people["experts"][0],
                "uri": f"sip:{SIGNER}@external.advisor",
                "name": "Ethics Expert",
                "user": SIGNER,
                "aors": [],
                "specialisations": ["ethics", "bias"],
                "key": cls.signer.public,
            }
        )
        return Proxy(
            users=USERS,
            registry=people,
            routes=[{"match": match, "next_hop": next_hop} for match in matches],
            tls_required_for="escalations",
            trusted_from=[{"cidr": "127.0.0.1/32", "transport": cls.transport}],
        )

    @classmethod
    def setUpClass(cls) -> None:
        warnings.simplefilter("error", ResourceWarning)
        cls.signer = Signer()
        cls.addClassCleanup(cls.signer.close)
        cls.callee = Callee(("127.0.0.1", 9), user="callee", domain="pbx.test")
        cls.addClassCleanup(cls.callee.socket.close)
        cls.nodes = [cls.make_node() for _ in range(2)]
        for node in cls.nodes:
            cls.addClassCleanup(node.remove)
            node.start()
        cls.edge = cls.make_edge()
        cls.addClassCleanup(cls.edge.close)
        cls.edge.start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.edge.stop()
        for node in cls.nodes:
            node.stop()

    @classmethod
    def make_edge(cls) -> Edge:
        return Edge(cls.nodes, allow=cls.allow, transport=cls.transport, **cls.defines)

    def setUp(self) -> None:
        self.callee.forget_what_came()

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print(f"\n--- end of the edge's log after {self.id()}\n{self.edge.log()}", flush=True)
            for node in self.nodes:
                print(f"--- end of a node's log\n{node.log(15)}", flush=True)
        return result

    def phone(self, user: str = "alice", password: str | None = None, host: str = "127.0.0.1") -> TLSPhone:
        phone = TLSPhone(
            ("127.0.0.1", self.edge.port),
            user=user,
            password=password or USERS.get(user),
            bind_host=host,
            context=client_context(self.edge),
        )
        self.addCleanup(phone.socket.close)
        return phone

    def assert_status(self, responses, status: int) -> Message:
        last = responses[-1] if isinstance(responses, list) else responses
        self.assertEqual(last.status, status, f"{last.start}\n{last.raw.decode(errors='replace')}")
        return last

    def assert_refused(self, responses, status: int, rule: str) -> Message:
        refused = self.assert_status(responses, status)
        self.assertRegex(refused.header("Reason") or "", REASON.format(rule))
        return refused

    def assert_nothing_arrived(self) -> None:
        """The first thing that the callee now gets is a call made for this."""
        phone, invite, arrived = self.ring("sip:fence@pbx.test")
        self.assertEqual(arrived.header("Call-ID"), invite.call_id, "something reached the callee before")
        self.refuse(phone, invite, arrived)

    def ring(self, uri: str = "sip:bob@pbx.test", user: str = "alice", **options):
        """A call that has arrived at the callee: the phone, its INVITE and what the callee got."""
        phone = self.phone(user)
        invite = phone.send(phone.request("INVITE", uri, **options))
        invite.authorize(self.assert_status(phone.response(invite), 407), user, USERS[user])
        phone.send(invite)
        return phone, invite, self.callee.expect("INVITE")

    def refuse(self, phone, invite, arrived: Message) -> None:
        self.callee.reply(arrived, 486, "Busy Here")
        self.callee.expect("ACK")
        self.assert_status(phone.response(invite), 486)

    def answer(self, phone, invite, arrived: Message, headers=()) -> Message:
        self.callee.reply(arrived, 180, "Ringing")
        self.callee.reply(arrived, 200, "OK", body=SDP, headers=headers)
        ok = self.assert_status(phone.responses(invite), 200)
        phone.send(phone.in_dialog("ACK", invite, ok, invite.cseq))
        self.callee.expect("ACK")
        return ok

    def hang_up(self, phone, invite, ok: Message) -> None:
        bye = phone.send(phone.in_dialog("BYE", invite, ok, invite.cseq + 1))
        self.callee.reply(self.callee.expect("BYE"), 200, "OK")
        self.assert_status(phone.response(bye), 200)

    def escalate(self, user: str = EXPERT, headers=(TRACE, HAZARD), to: str = COUNCIL, **options) -> list[Message]:
        """An escalation, which the callee refuses when it gets there; the responses of the last attempt."""
        phone = self.phone(user)
        invite = phone.request("INVITE", to, headers=headers, from_uri=f"sip:{user}@external.advisor", **options)
        phone.send(invite)
        seen = phone.responses(invite)
        if seen[-1].status != 407:
            return seen
        invite.authorize(seen[-1], user, USERS[user])
        phone.send(invite)
        arrived = self.callee.receive(0.7)
        while arrived is not None and arrived.header("Call-ID") != invite.call_id:
            arrived = self.callee.receive(0.7)
        if arrived is not None:
            self.callee.reply(arrived, 486, "Busy Here")
            self.callee.expect("ACK")
        return phone.responses(invite)

    def from_callee(self, arrived: Message, method: str, cseq: int = 1, body: str = "") -> Message:
        """A request of the callee's inside the dialog of an INVITE that it answered; returns the final response."""
        target = re.search(r"<([^>]*)>", arrived.header("Contact")).group(1)
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.callee.address};branch={token('z9hG4bK')};rport",
        ]
        lines += [f"Route: {value}" for value in arrived.all("Record-Route")]
        lines += [f"From: {arrived.header('To')};tag=callee", f"To: {arrived.header('From')}", "Max-Forwards: 70"]
        lines += [f"Call-ID: {arrived.header('Call-ID')}", f"CSeq: {cseq} {method}"]
        lines += [f"Contact: <sip:callee@{self.callee.address}>", f"Content-Length: {len(body)}", "", body]
        self.callee.send_bytes("\r\n".join(lines).encode(), arrived.source)

    def callee_hears(self, status: int, method: str) -> Message:
        deadline = time.monotonic() + 5
        while (left := deadline - time.monotonic()) > 0:
            message = self.callee.receive(left)
            if message and not message.is_request and message.method == method and message.status >= 200:
                return self.assert_status(message, status)
        self.fail(f"the callee got no response to {method}")

    def records(self, call_id: str, until: str) -> list[dict]:
        """The records of a call on whichever node had it, when there is one of that event."""
        deadline = time.monotonic() + 5
        while True:
            for node in self.nodes:
                found = [r for r in node.records() if r.get("call_id") == call_id]
                if any(r["event"] == until for r in found):
                    return found
            if time.monotonic() > deadline:
                self.fail(f"no record {until} of {call_id}")
            time.sleep(0.05)


class Files(EdgeCase):
    def test_it_is_the_very_configuration(self):
        for name in FILES:
            self.assertTrue(filecmp.cmp(ROOT / "config" / name, self.edge.folder / name, shallow=False), name)

    def test_as_it_stands_it_is_sound(self):
        """Without a single -A, but for a certificate, and the folder it is in."""
        with tempfile.TemporaryDirectory(prefix="ifsip-edge-") as folder:
            for name in (*FILES, "kamailio-allow.list"):
                shutil.copy(ROOT / "config" / name, folder)
            command = ["kamailio", "-c", "-f", f"{folder}/kamailio.cfg"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("config file ok", done.stdout + done.stderr)

    def test_nothing_is_complained_about(self):
        """At the end of a call through everything, Kamailio has warned of nothing of this file's."""
        phone, invite, arrived = self.ring(headers=("X-IF-Foo: bar",))
        self.hang_up(phone, invite, self.answer(phone, invite, arrived))
        complaints = [l for l in self.edge.log(500).splitlines() if re.search(r"(ERROR|WARNING|CRITICAL)", l)]
        self.assertEqual([l for l in complaints if "openssl bug #1491" not in l], [])


class Transport(EdgeCase):
    def shake(self, minimum, maximum, ciphers: str) -> str:
        context = client_context(self.edge)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = minimum, maximum
        context.set_ciphers(ciphers)
        phone = TLSPhone(("127.0.0.1", self.edge.port), context=context)
        with phone:
            return phone.socket.version()

    def test_versions(self):
        versions = ssl.TLSVersion
        self.assertEqual(self.shake(versions.TLSv1_3, versions.TLSv1_3, "DEFAULT"), "TLSv1.3")
        self.assertEqual(self.shake(versions.TLSv1_2, versions.TLSv1_2, "DEFAULT"), "TLSv1.2")
        for old in (versions.TLSv1, versions.TLSv1_1):
            with self.subTest(version=old), self.assertRaises(ssl.SSLError):
                self.shake(old, old, "ALL:@SECLEVEL=0")

    def test_suites_without_aead_or_forward_secrecy_are_refused(self):
        versions = ssl.TLSVersion
        for suite in ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-GCM-SHA256", "AES256-SHA"):
            with self.subTest(suite=suite), self.assertRaises(ssl.SSLError):
                self.shake(versions.TLSv1_2, versions.TLSv1_2, f"{suite}:@SECLEVEL=0")
        good = "ECDHE-ECDSA-AES128-GCM-SHA256"
        self.assertEqual(self.shake(versions.TLSv1_2, versions.TLSv1_2, good), "TLSv1.2")

    def test_the_nodes_socket_is_for_nodes(self):
        """From an address that is no node's, nothing is even answered."""
        stranger = Endpoint(("127.0.0.1", self.edge.node_port), transport="TCP", bind_host="127.0.0.9")
        self.addCleanup(stranger.socket.close)
        facts = ("X-IF-Source: 127.0.0.1:5;transport=tls", f"X-IF-Authenticated-User: {EXPERT}", TRACE, HAZARD)
        for headers in ((), (f"Route: <sip:{self.callee.address};lr>",)):
            stranger.send(stranger.request("INVITE", "sip:bob@pbx.test", headers=(*facts, *headers)))
        self.assertIsNone(stranger.receive(1))
        self.assert_nothing_arrived()

    def test_metrics_are_not_for_phones(self):
        phone = self.phone()
        phone.send_bytes(b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        phone.socket.settimeout(2)
        with contextlib.suppress(OSError):
            self.assertNotIn(b"kamailio_", phone.socket.recv(65536))


class Credentials(EdgeCase):
    def test_without_credentials_comes_a_challenge(self):
        phone = self.phone()
        challenge = self.assert_status(phone.responses(phone.send(phone.request("INVITE", "sip:bob@pbx.test"))), 407)
        fields = parse_challenge(challenge.header("Proxy-Authenticate"))
        self.assertEqual((fields["scheme"], fields["realm"], fields["qop"]), ("Digest", DOMAIN, "auth"))
        for method in ("MESSAGE", "SUBSCRIBE", "OPTIONS", "PUBLISH"):
            with self.subTest(method=method):
                self.assert_status(phone.response(phone.send(phone.request(method, "sip:bob@pbx.test"))), 407)
        self.assert_nothing_arrived()

    def test_unknown_user_is_answered_like_a_wrong_password(self):
        answers = []
        for user in ("alice", "nobody"):
            phone = self.phone(user, "looking-glass")
            answers.append(self.assert_status(phone.call(phone.request("INVITE", "sip:bob@pbx.test")), 407))
        self.assertEqual(answers[0].reason, answers[1].reason)
        self.assertEqual(answers[0].header_names(), answers[1].header_names())
        self.assertEqual(*(re.sub(r"\d", "", a.header("Proxy-Authenticate").split("nonce")[0]) for a in answers))
        self.assert_nothing_arrived()

    def test_nonce_is_bound_to_the_address_it_went_to_and_used_once(self):
        phone = self.phone()
        challenge = phone.response(phone.send(phone.request("INVITE", "sip:bob@pbx.test")))
        elsewhere = self.phone(host="127.0.0.2")
        stolen = elsewhere.request("INVITE", "sip:bob@pbx.test")
        stolen.authorize(challenge, "alice", "wonderland")
        self.assert_status(elsewhere.response(elsewhere.send(stolen)), 407)
        phone, invite, arrived = self.ring()
        self.refuse(phone, invite, arrived)
        again = invite.derived(
            "INVITE", body=SDP, call_id=token("again"), branch=token("z9hG4bK"), headers=invite.headers
        )
        self.assert_status(phone.response(phone.send(again)), 407)
        self.assert_nothing_arrived()

    def test_lockout_is_for_one_user_from_one_address(self):
        victim = "lock-me"
        for _ in range(5):
            phone = self.phone(victim, "guess")
            self.assert_status(phone.call(phone.request("INVITE", "sip:bob@pbx.test")), 407)
        phone = self.phone(victim, "guess")
        self.assert_refused(phone.call(phone.request("INVITE", "sip:bob@pbx.test")), 403, "lockout")
        elsewhere = self.phone(victim, "guess", host="127.0.0.3")
        self.assert_status(elsewhere.call(elsewhere.request("INVITE", "sip:bob@pbx.test")), 407)
        metrics = self.edge.metrics()
        self.assertGreaterEqual(metrics.value("sip_auth_failures_total"), 6)
        self.assertGreaterEqual(metrics.value("sip_security_rejections_total", rule="lockout"), 1)
        self.assert_nothing_arrived()

    def test_made_up_nonces_lock_nobody_out(self):
        phone = self.phone()
        challenge = phone.response(phone.send(phone.request("INVITE", "sip:bob@pbx.test")))
        nonce = parse_challenge(challenge.header("Proxy-Authenticate"))["nonce"]
        challenge.headers = [(n, v.replace(nonce, "A" * len(nonce))) for n, v in challenge.headers]
        for _ in range(7):
            invite = phone.request("INVITE", "sip:bob@pbx.test")
            invite.authorize(challenge, "alice", "looking-glass")
            self.assert_status(phone.response(phone.send(invite)), 407)
        self.assert_nothing_arrived()

    def test_anothers_address_in_from_is_refused(self):
        phone = self.phone()
        invite = phone.request("INVITE", "sip:bob@pbx.test", from_uri=f"sip:bob@{DOMAIN}")
        self.assert_refused(phone.call(invite), 403, "identity")
        self.assert_nothing_arrived()


class Calls(EdgeCase):
    def test_whole_call_and_what_the_far_side_sees(self):
        phone, invite, arrived = self.ring()
        self.assertIsNone(arrived.header("Proxy-Authorization"))
        self.assertEqual([n for n in arrived.header_names() if n.startswith("x-if")], [])
        self.assertNotIn("TH", [name for name, _ in arrived.headers], "topoh's own mark stays inside")
        ok = self.answer(phone, invite, arrived)
        # Topology: neither side learns the other's addresses or the nodes'.
        self.assertNotIn(str(phone.port).encode(), arrived.raw)
        self.assertNotIn(str(self.callee.port).encode(), ok.raw)
        for node in self.nodes:
            self.assertNotIn(f":{node.port}".encode(), ok.raw)
        self.assertEqual(arrived.header("Call-ID"), invite.call_id)
        self.hang_up(phone, invite, ok)
        records = self.records(invite.call_id, "call.terminated")
        self.assertEqual(len([r for r in records if r["event"] == "call.terminated"]), 1)

    def test_in_dialog_requests_both_ways(self):
        phone, invite, arrived = self.ring()
        ok = self.answer(phone, invite, arrived)
        # The caller holds.
        hold = phone.in_dialog("INVITE", invite, ok, invite.cseq + 1)
        hold.body = SDP
        phone.send(hold)
        again = self.callee.expect("INVITE")
        self.assertEqual(again.header("To"), ok.header("To"))
        self.callee.reply(again, 200, "OK", body=SDP)
        self.assert_status(phone.responses(hold), 200)
        phone.send(phone.in_dialog("ACK", invite, ok, hold.cseq))
        self.callee.expect("ACK")
        # The callee holds, and hangs up. Its requests come back over the phone's own connection.
        self.from_callee(arrived, "INVITE", 1, SDP)
        theirs = phone.expect("INVITE")
        phone.reply(theirs, 200, "OK", body=SDP)
        self.callee_hears(200, "INVITE")
        self.from_callee(arrived, "ACK", 1)
        phone.expect("ACK")
        self.from_callee(arrived, "BYE", 2)
        phone.reply(phone.expect("BYE"), 200, "OK")
        self.callee_hears(200, "BYE")

    def test_caller_gives_up(self):
        phone, invite, arrived = self.ring()
        self.callee.reply(arrived, 180, "Ringing")
        self.assertEqual(phone.receive().status, 100)
        self.assertEqual(phone.receive().status, 180)
        stranger = self.phone("bob", host="127.0.0.4")
        forged = invite.derived("CANCEL")
        stranger.send(forged)
        self.assert_status(stranger.response(forged), 481)
        cancel = invite.derived("CANCEL")
        cancel.headers = ("X-IF-Source: 10.0.0.1:5;transport=tls",)
        phone.send(cancel)
        cancelled = self.callee.expect("CANCEL")
        self.assertEqual([n for n in cancelled.header_names() if n.startswith("x-if")], [])
        self.callee.reply(cancelled, 200, "OK")
        self.callee.reply(arrived, 487, "Request Terminated")
        self.callee.expect("ACK")
        seen = {(m.method, m.status) for m in iter(lambda: phone.receive(0.5), None)}
        self.assertEqual(seen, {("CANCEL", 200), ("INVITE", 487)})
        phone.send(invite.derived("ACK"))

    def test_a_phone_registers_and_is_called(self):
        bob = self.phone("bob")
        register = bob.send(bob.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}"))
        challenge = self.assert_status(bob.response(register), 401)
        self.assertEqual(parse_challenge(challenge.header("WWW-Authenticate"))["realm"], DOMAIN)
        register.authorize(challenge, "bob", "builder")
        bob.send(register)
        registered = self.assert_status(bob.response(register), 200)
        self.assertIn(f"bob@127.0.0.1:{bob.port}", registered.header("Contact"))

        alice = self.phone("alice")
        invite = alice.send(alice.request("INVITE", f"sip:bob@{DOMAIN}"))
        invite.authorize(self.assert_status(alice.response(invite), 407), "alice", "wonderland")
        alice.send(invite)
        arrived = bob.expect("INVITE")
        self.assertEqual([n for n in arrived.header_names() if n.startswith("x-if")], [])
        bob.reply(arrived, 180, "Ringing")
        bob.reply(arrived, 200, "OK", body=SDP)
        ok = self.assert_status(alice.responses(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        bob.expect("ACK")
        bye = alice.send(alice.in_dialog("BYE", invite, ok, invite.cseq + 1))
        bob.reply(bob.expect("BYE"), 200, "OK")
        self.assert_status(alice.response(bye), 200)

        # It goes away, and a call to it does not make the edge connect anywhere.
        bob.socket.close()
        time.sleep(0.3)
        late = alice.call(alice.request("INVITE", f"sip:bob@{DOMAIN}"), within=10)[-1]
        self.assertGreaterEqual(late.status, 400)

    def test_anothers_address_cannot_be_registered(self):
        phone = self.phone("alice")
        register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}")
        self.assert_refused(phone.call(register), 403, "identity")
        wrong = self.phone("bob", "guess")
        self.assert_status(wrong.call(wrong.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}")), 401)

    def test_options_to_the_edge_is_answered(self):
        phone = self.phone()
        for uri in (f"sip:{DOMAIN}", f"sip:127.0.0.1:{self.edge.port};transport=tls"):
            self.assert_status(phone.response(phone.send(phone.request("OPTIONS", uri))), 200)

    def test_max_forwards_ends_here(self):
        phone = self.phone()
        invite = phone.request("INVITE", "sip:bob@pbx.test", max_forwards=0)
        self.assert_status(phone.response(phone.send(invite)), 483)
        self.assert_nothing_arrived()


class CallsOverUDP(Calls):
    """The same with datagrams between the edge and its nodes."""

    transport = "udp"


class Smuggling(EdgeCase):
    smuggled = (
        "X-IF-Source: 10.0.0.1:5061;transport=tls",
        "X-IF-Source : 10.0.0.2:5061;transport=tls",
        "X-IF-Authenticated-User: council",
        f"x-if-authenticated-user\t:{EXPERT}",
        "x-if-trace-id:smuggled",
        "X-IF-Hazard: safety",
        "X-IF-Hazard: ethics",
        "X-IF-Anything\t: at all",
        "X-IF-Folded: one\r\n two\r\n\tX-IF-Source: three",
        "X-IF-Empty:",
        "X-Iffy: stays",
    )

    def names(self, message: Message) -> list[str]:
        return [name for name in message.header_names() if name.startswith("x-if")]

    def test_a_plain_call_brings_none(self):
        phone, invite, arrived = self.ring(headers=self.smuggled)
        self.assertEqual(self.names(arrived), ["x-iffy"])
        # Nor does a response, whatever sends it.
        self.callee.reply(arrived, 183, "Session Progress", headers=("X-IF-Hazard: safety", "X-Iffy: stays"))
        self.callee.reply(arrived, 200, "OK", body=SDP, headers=("x-if-trace-id : x", "X-IF-F:\r\n a", "X-Iffy: stays"))
        seen = phone.responses(invite)
        for response in seen[1:]:
            self.assertEqual(self.names(response), ["x-iffy"], response.start)
        ok = seen[-1]
        ack = phone.in_dialog("ACK", invite, ok, invite.cseq)
        ack.headers += self.smuggled
        phone.send(ack)
        self.assertEqual(self.names(self.callee.expect("ACK")), ["x-iffy"])
        bye = phone.in_dialog("BYE", invite, ok, invite.cseq + 1)
        bye.headers += self.smuggled
        phone.send(bye)
        ended = self.callee.expect("BYE")
        self.assertEqual(self.names(ended), ["x-iffy"])
        self.callee.reply(ended, 200, "OK", headers=("X-IF-Source: x",))
        self.assertEqual(self.names(self.assert_status(phone.response(bye), 200)), [])
        # The node took the caller for who it is.
        peers = {r["peer"]["address"] for r in self.records(invite.call_id, "call.terminated") if "peer" in r}
        self.assertIn(f"127.0.0.1:{phone.port}", peers)
        self.assertFalse([p for p in peers if p.startswith("10.")])

    def test_a_registered_phone_cannot_either(self):
        """Responses of a phone, which come in by the callers' own door."""
        bob = self.phone("bob")
        self.assert_status(bob.call(bob.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}")), 200)
        alice = self.phone()
        invite = alice.send(alice.request("INVITE", f"sip:bob@{DOMAIN}"))
        invite.authorize(alice.response(invite), "alice", "wonderland")
        alice.send(invite)
        bob.reply(
            bob.expect("INVITE"), 486, "Busy Here", headers=("X-IF-Source : 1.1.1.1:1;transport=tls", "X-If-A: b")
        )
        self.assertEqual(self.names(self.assert_status(alice.responses(invite), 486)), [])

    def test_nobody_becomes_somebody_else(self):
        """Claims to be the expert, from an address inside, over TLS: the node still sees alice."""
        claims = ("X-IF-Source: 127.0.0.1:5;transport=tls", f"X-IF-Authenticated-User: {EXPERT}", TRACE, HAZARD)
        self.assert_refused(self.escalate("alice", claims), 403, "caller-registered")
        self.assert_nothing_arrived()

    def test_an_escalation_keeps_the_four_and_no_more(self):
        phone = self.phone(EXPERT)
        headers = (TRACE, HAZARD, "X-IF-Other: x", "X-IF-Source: 10.0.0.1:5061;transport=tls")
        invite = phone.request("INVITE", COUNCIL, headers=headers, from_uri=f"sip:{EXPERT}@external.advisor")
        phone.send(invite)
        invite.authorize(phone.response(invite), EXPERT, USERS[EXPERT])
        phone.send(invite)
        arrived = self.callee.expect("INVITE")
        self.assertEqual(sorted(self.names(arrived)), ["x-if-hazard", "x-if-trace-id"])
        self.refuse(phone, invite, arrived)
        # Witness: the phone is the peer, by the edge's word, and was heard over TLS.
        decision = next(r for r in self.records(invite.call_id, "guard.decision") if r["event"] == "guard.decision")
        self.assertEqual(decision["peer"]["address"], f"127.0.0.1:{phone.port}")
        self.assertEqual(decision["peer"]["transport"], "tls")

    def test_the_target_is_recognised_however_it_is_spelt(self):
        for spelling in (
            f"sip:council@{DOMAIN.upper()}",
            f"sip:council@{DOMAIN}.",
            f"sip:%63ouncil@{DOMAIN}",
            f"sips:council@{DOMAIN}",
            f"sip:council-anything@{DOMAIN};transport=tls",
        ):
            with self.subTest(target=spelling):
                # 400 for what is missing: it was taken for an escalation. 486: its headers went along.
                self.assertEqual(self.escalate(headers=(HAZARD,), to=spelling)[-1].status, 400)
        # One that is none keeps nothing: users are told apart by case.
        phone, invite, arrived = self.ring("sip:Council@pbx.test", headers=(TRACE, HAZARD))
        self.assertEqual(self.names(arrived), [])
        self.refuse(phone, invite, arrived)

    def test_headers_that_two_readers_see_differently_are_refused(self):
        for trick in (
            b"X-A: b\nX-IF-Source: 10.0.0.1:1;transport=tls\r\n",
            b"X-A: b\rX-IF-Source: 10.0.0.1:1;transport=tls\r\n",
            b"X-A: b\x00\r\nX-IF-Source: 10.0.0.1:1;transport=tls\r\n",
            b"X-IF-Source\r\n : 10.0.0.1:1;transport=tls\r\n",
            b"X-IF-\x00Source: 10.0.0.1:1;transport=tls\r\n",
            b" X-IF-Source: 10.0.0.1:1;transport=tls\n\r\n",
            b"Content-Length: 0\r\n\nX-IF-Source: 10.0.0.1:1;transport=tls\r\n",
        ):
            with self.subTest(trick=trick):
                phone = self.phone()
                raw = phone.request("INVITE", "sip:bob@pbx.test").encode()
                raw = raw.replace(b"Content-Type", trick + b"Content-Type")
                phone.send_bytes(raw)
                answer = phone.receive(1)
                self.assertTrue(answer is None or answer.status == 400, answer and answer.start)
        self.assert_nothing_arrived()

    def test_no_second_message_hides_in_the_first(self):
        """Over TCP to the node, whoever reads another length reads another message: with facts of the caller's own."""
        hidden = (
            f"INVITE sip:hidden@pbx.test SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKh\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{EXPERT}@{DOMAIN}>;tag=1\r\nTo: <sip:hidden@pbx.test>\r\nCall-ID: hidden\r\nCSeq: 1 INVITE\r\n"
            f"X-IF-Source: 127.0.0.1:5;transport=tls\r\nX-IF-Authenticated-User: alice\r\nContent-Length: 0\r\n\r\n"
        )
        for first, second in (
            ("Content-Length: 0", "Content-Length: {}"),
            ("Content-Length: {}", "l: 0"),
            ("l: 0", "L: {}"),
        ):
            with self.subTest(lengths=(first, second)):
                phone = self.phone()
                invite = phone.send(phone.request("INVITE", "sip:bob@pbx.test", body=""))
                challenge = phone.response(invite)
                invite.authorize(challenge, "alice", "wonderland")
                head = invite.encode().partition(b"Content-Type")[0].partition(b"Content-Length")[0].decode()
                lengths = "".join(f"{line.format(len(hidden))}\r\n" for line in (first, second))
                phone.send_bytes((head + lengths + "\r\n" + hidden).encode())
                while (answer := phone.receive(0.5)) is not None:
                    self.assertGreaterEqual(answer.status, 400)
        self.assert_nothing_arrived()


class SignedCalls(EdgeCase):
    def call(self, signed: str, call_id: str | None = None, now: datetime.datetime | None = None):
        phone = self.phone(SIGNER)
        call_id = call_id or token("signed") + "@Host.Example"
        headers = self.signer.headers(
            trace=token("t"), hazard="ethics", caller=signed, target=f"council@{DOMAIN}", call_id=call_id, now=now
        )
        sender = f"sip:{SIGNER}@external.advisor"
        invite = phone.request("INVITE", COUNCIL, headers=headers, from_uri=sender, call_id=call_id)
        phone.send(invite)
        invite.authorize(self.assert_status(phone.response(invite), 407), SIGNER, USERS[SIGNER])
        phone.send(invite)
        return phone, invite

    def test_a_signature_holds_from_end_to_end(self):
        phone, invite = self.call(f"{SIGNER}@external.advisor")
        arrived = self.callee.expect("INVITE")
        self.assertEqual(arrived.header("Call-ID"), invite.call_id, "what is signed is what is sent")
        for name in ("X-IF-Trace-ID", "X-IF-Hazard", "X-IF-Timestamp", "X-IF-Signature"):
            self.assertIn(f"{name}: {arrived.header(name)}", invite.headers)
        ok = self.answer(phone, invite, arrived)
        self.hang_up(phone, invite, ok)
        # It is spent now. The edge says so by itself: the node that knew it may be gone.
        again, repeat = self.call(f"{SIGNER}@external.advisor", invite.call_id)
        self.assert_refused(again.responses(repeat), 403, "signature-unspent")
        self.assert_nothing_arrived()

    def test_another_signature_does_not(self):
        phone, invite = self.call(f"{EXPERT}@external.advisor")
        self.assert_refused(phone.responses(invite), 403, "signature.*")
        old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=400)
        phone, invite = self.call(f"{SIGNER}@external.advisor", now=old)
        self.assert_status(phone.responses(invite), 403)
        self.assert_nothing_arrived()


class Relay(EdgeCase):
    @classmethod
    def make_edge(cls) -> Edge:
        edge = super().make_edge()
        edge.defines["EDGE_ROUTE"] = f'"^<sips?:127.0.0.1:{edge.port}(;[a-z0-9=]+)*>$"'
        return edge

    def test_ways_of_the_callers_own(self):
        there = self.callee.address
        edge = f"127.0.0.1:{self.edge.port}"
        for to, headers in (
            ("sip:bob@pbx.test;maddr=127.0.0.1", ()),
            ("sip:bob@pbx.test;MADDR=127.0.0.1", ()),
            ("sip:bob@pbx.test;%6daddr=127.0.0.1", ()),
            ("sip:bob@pbx.test", (f"Route: <sip:{there};lr>",)),
            ("sip:bob@pbx.test", (f"Route: <sip:{edge};transport=tls;lr>, <sip:{there};lr>",)),
            ("sip:bob@pbx.test", (f"Route: <sip:{edge};transport=tls;lr>", f"Route: <sip:{there};lr>")),
            (f"sip:{edge};transport=tls;lr", (f"Route: <sip:{there};lr>",)),
            (f"sip:{edge};transport=tls;lr", (f"ROUTE : <sip:{edge};lr;received=sip:{there}>",)),
        ):
            with self.subTest(to=to, headers=headers):
                phone = self.phone()
                refused = phone.call(phone.request("INVITE", to, headers=headers))
                self.assert_refused(refused, 403, "foreign-route")
        self.assert_nothing_arrived()

    def test_an_outbound_proxy_setting_is_fine(self):
        route = (f"Route: <sip:127.0.0.1:{self.edge.port};transport=tls;lr>",)
        phone, invite, arrived = self.ring(headers=route)
        self.assertIsNone(arrived.header("Route"))
        self.refuse(phone, invite, arrived)

    def test_other_domains_are_refused(self):
        for to in (f"sip:bob@{self.callee.address}", "sip:bob@elsewhere.test", f"sip:127.0.0.1:{self.callee.port}"):
            with self.subTest(to=to):
                phone = self.phone()
                self.assert_refused(phone.call(phone.request("INVITE", to)), 403, "no-relay")
        self.assert_nothing_arrived()

    def test_a_to_tag_opens_nothing(self):
        there, edge = self.callee.address, f"127.0.0.1:{self.edge.port}"
        inner, node = f"127.0.0.1:{self.edge.node_port}", f"127.0.0.1:{self.nodes[0].port}"
        for to, routes, statuses in (
            (f"sip:x@{there}", (), (481,)),
            (f"sip:x@{there}", (f"<sip:{edge};transport=tls;lr>",), (403, 481)),
            (
                f"sip:x@{there}",
                (f"<sip:{edge};transport=tls;r2=on;lr>", f"<sip:{inner};transport=tcp;r2=on;lr>"),
                (403, 481),
            ),
            (f"sip:x@{there};alias=127.0.0.1~{self.callee.port}~1", (f"<sip:{edge};transport=tls;lr>",), (403, 481)),
            ("sip:x@y", (f"<sip:{edge};transport=tls;lr>", f"<sip:{there};lr>"), (403,)),
            (f"sip:x@{there}", (f"<sip:{edge};transport=tls;lr>", f"<sip:{node};transport=tcp;lr>"), (481,)),
            (f"sip:{edge};lr", (f"<sip:{there}>",), (403, 481)),
            (f"sip:x@{there}", (f"<sip:{edge};lr;received=sip:{there}>",), (403, 481)),
        ):
            for method in ("INVITE", "BYE", "MESSAGE"):
                with self.subTest(method=method, to=to, routes=routes):
                    phone = self.phone()
                    headers = tuple(f"Route: {route}" for route in routes)
                    request = phone.request(method, to, to_tag="x", headers=headers)
                    self.assertIn(phone.response(phone.send(request)).status, statuses)
            phone.send(phone.request("ACK", to, to_tag="x", headers=headers))
        self.assert_nothing_arrived()

    def test_a_response_to_nothing_goes_nowhere(self):
        phone = self.phone()
        via = f"Via: SIP/2.0/TLS 127.0.0.1:{self.edge.port};branch=z9hG4bKx.0\r\nVia: SIP/2.0/UDP {self.callee.address}"
        phone.send_bytes(
            f"SIP/2.0 200 OK\r\n{via};branch=z9hG4bKy\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n"
            "Call-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n".encode()
        )
        self.assertIsNone(self.callee.receive(0.5))


class Rate(EdgeCase):
    def test_an_eleventh_call_in_a_minute(self):
        for number in range(10):
            self.assertEqual(self.escalate()[-1].status, 486, f"call {number + 1}")
        refused = self.assert_refused(self.escalate(), 480, "rate-limit")
        self.assertLessEqual(50, int(refused.header("Retry-After")))
        self.assertLessEqual(int(refused.header("Retry-After")), 61)
        self.assertEqual(self.edge.metrics().value("sip_rate_limited_total"), 1)
        # It ended at the edge: the node, which counts too, has not been asked.
        self.assertEqual(sum(node.metrics().value("sip_rate_limited_total") for node in self.nodes), 0)
        # Another expert is not affected, nor is anybody who is none.
        signed = self.signer.headers("t", "ethics", f"{SIGNER}@external.advisor", f"council@{DOMAIN}", "other-1")
        self.assertEqual(self.escalate(SIGNER, signed, call_id="other-1")[-1].status, 486)
        self.assert_nothing_arrived()


class Uncounted(EdgeCase):
    defines: ClassVar[dict] = {"RATE_CALLS": 2}

    def test_what_is_no_new_call_is_not_counted(self):
        # Retransmissions, a retry under the same Call-ID and From-tag, and what the guard refuses.
        phone = self.phone(EXPERT)
        sender = f"sip:{EXPERT}@external.advisor"
        for _ in range(4):
            self.assertEqual(self.escalate(headers=(TRACE, "X-IF-Hazard: privacy"))[-1].status, 403)
        self.assertEqual(self.escalate(headers=(TRACE,))[-1].status, 400)
        invite = phone.request("INVITE", COUNCIL, headers=(TRACE, HAZARD), from_uri=sender)
        phone.send(invite)
        invite.authorize(phone.response(invite), EXPERT, USERS[EXPERT])
        for _ in range(4):
            phone.send(invite)
        arrived = self.callee.expect("INVITE")
        ok = self.answer(phone, invite, arrived)
        for number in range(1, 5):
            change = phone.in_dialog("INVITE", invite, ok, invite.cseq + number)
            change.body = SDP
            phone.send(change)
            self.callee.reply(self.callee.expect("INVITE"), 200, "OK", body=SDP)
            self.assert_status(phone.responses(change), 200)
            phone.send(phone.in_dialog("ACK", invite, ok, change.cseq))
            self.callee.expect("ACK")
        # One is left, and no more.
        self.assertEqual(self.escalate()[-1].status, 486)
        self.assert_refused(self.escalate(), 480, "rate-limit")
        bye = phone.send(phone.in_dialog("BYE", invite, ok, invite.cseq + 9))
        while (ended := self.callee.receive(5)) and not ended.start.startswith("BYE"):
            pass
        self.callee.reply(ended, 200, "OK")
        self.assert_status(phone.response(bye), 200)


class Allowlist(EdgeCase):
    allow = "1 127.0.0.9 32 0 somebody-else"

    def test_a_source_that_is_not_listed_is_403_before_any_challenge(self):
        for method in ("INVITE", "REGISTER", "OPTIONS"):
            phone = self.phone()
            request = phone.send(phone.request(method, f"sip:{DOMAIN}"))
            self.assert_refused(phone.responses(request), 403, "source-allowed")
        listed = self.phone(host="127.0.0.9")
        self.assert_status(listed.response(listed.send(listed.request("INVITE", "sip:bob@pbx.test"))), 407)
        metrics = self.edge.metrics()
        self.assertEqual(metrics.value("sip_security_rejections_total", rule="source-allowed"), 3)


class Flood(EdgeCase):
    defines: ClassVar[dict] = {"FLOOD_REQUESTS": 20, "FLOOD_LATENCY": 4}

    def test_too_much_from_one_address_is_dropped(self):
        phone = self.phone(host="127.0.0.5")
        for _ in range(60):
            phone.send(phone.request("OPTIONS", f"sip:{DOMAIN}"))
        answered = len(list(iter(lambda: phone.receive(0.5), None)))
        self.assertLess(answered, 45)
        self.assertGreater(answered, 5)
        self.assertGreater(self.edge.metrics().value("sip_security_rejections_total", rule="flood"), 10)
        # Others are served meanwhile.
        other = self.phone()
        self.assert_status(other.response(other.send(other.request("OPTIONS", f"sip:{DOMAIN}"))), 200)


class Malformed(EdgeCase):
    def test_torture(self):
        if not TORTURE.is_dir():
            self.skipTest(f"SKIPPED, AND NOT SHOWN: no messages of RFC 4475 and 5118 in {TORTURE}")
        paths = sorted(TORTURE.rglob("*.dat"))
        self.assertGreater(len(paths), 40)
        for path in paths:
            with self.subTest(message=path.stem):
                phone = self.phone()
                phone.send_bytes(path.read_bytes())
                while (answer := phone.receive(0.05)) is not None:
                    self.assertTrue(answer.is_request or answer.status in range(100, 700))
                other = self.phone()
                options = other.send(other.request("OPTIONS", f"sip:{DOMAIN}"))
                self.assert_status(other.response(options), 200)
        self.assertIsNone(self.edge.process.poll())
        self.assert_nothing_arrived()

    def test_what_is_no_sip_at_all(self):
        for raw in (
            b"\r\n\r\n",
            b"\x00" * 200,
            b"GET / HTTP/1.0\r\n\r\n",
            b"A" * 70_000,
            b"\x16\x03\x01" + b"\xff" * 64,
        ):
            with self.subTest(raw=raw[:8]), contextlib.suppress(OSError):
                self.phone().send_bytes(raw)
        self.assert_nothing_arrived()


class Failover(EdgeCase):
    def served(self, user: str = "alice") -> Proxy:
        """Makes a call and tells which node had it."""
        phone, invite, arrived = self.ring(user=user)
        self.refuse(phone, invite, arrived)
        self.records(invite.call_id, "sip.response")
        return next(n for n in self.nodes if any(r.get("call_id") == invite.call_id for r in n.records()))

    def test_one_user_one_node_until_it_dies(self):
        first = self.served()
        for _ in range(3):
            self.assertIs(self.served(), first, "one user's calls are all on one node")
        survivor = next(node for node in self.nodes if node is not first)
        first.kill()
        started = time.monotonic()
        self.assertIs(self.served(), survivor)
        self.assertLess(time.monotonic() - started, 4)
        started = time.monotonic()
        self.assertIs(self.served(), survivor)
        self.assertLess(time.monotonic() - started, 1, "nobody waits for it a second time")
        first.start()
        deadline = time.monotonic() + 10
        while self.served() is not first:
            self.assertLess(time.monotonic(), deadline, "it comes back when it answers OPTIONS again")
            time.sleep(0.3)
        for node in self.nodes:
            check_chain(node.state / "witness")

    def test_without_any_node(self):
        for node in self.nodes:
            node.kill()
        phone = self.phone()
        invite = phone.send(phone.request("INVITE", "sip:bob@pbx.test"))
        invite.authorize(self.assert_status(phone.response(invite), 407), "alice", "wonderland")
        self.assert_status(phone.send(invite) and phone.responses(invite, within=10), 503)
        for node in self.nodes:
            node.start()
        time.sleep(2.5)
        self.served()


class Operators(EdgeCase):
    """What docs/kamailio.md tells an operator to type while it runs."""

    def control(self, *words: str) -> str:
        command = ["kamcmd", "-s", f"unix:{self.edge.folder}/kamailio_ctl", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_a_lockout_is_lifted(self):
        for _ in range(5):
            phone = self.phone("bob", "guess")
            phone.call(phone.request("INVITE", "sip:bob@pbx.test"))
        phone = self.phone("bob")
        self.assert_refused(phone.call(phone.request("INVITE", "sip:bob@pbx.test")), 403, "lockout")
        self.assertIn("bob::127.0.0.1", self.control("htable.dump", "lockout"))
        self.control("htable.delete", "lockout", "bob::127.0.0.1")
        phone, invite, arrived = self.ring(user="bob")
        self.refuse(phone, invite, arrived)

    def set_password(self, word: str) -> None:
        node = self.nodes[0]
        node.command("user", "passwd", "bob", "--config", str(node.config_path), stdin=f"{word}\n")
        self.edge.copy_users()

    def test_a_password_changes(self):
        self.set_password("mason")
        self.addCleanup(self.set_password, "builder")
        for word, status in (("builder", 401), ("mason", 200)):
            phone = self.phone("bob", word)
            register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}")
            self.assert_status(phone.call(register), status)

    def test_a_certificate_is_renewed(self):
        standing = self.phone()
        make_certificate(self.edge.folder)
        with self.assertRaises(ssl.SSLError):
            self.phone()
        self.control("tls.reload")
        for phone in (standing, self.phone()):
            self.assert_status(phone.response(phone.send(phone.request("OPTIONS", f"sip:{DOMAIN}"))), 200)

    def test_a_node_is_taken_out(self):
        taken = self.nodes[0]
        uri = f"sip:127.0.0.1:{taken.port};transport=tcp"
        self.control("dispatcher.set_state", "d", "1", uri)
        time.sleep(2.5)
        before = len(taken.records())
        for user in ("alice", "bob", "alice"):
            phone, invite, arrived = self.ring(user=user)
            self.refuse(phone, invite, arrived)
        self.assertEqual(len(taken.records()), before)
        self.control("dispatcher.set_state", "a", "1", uri)


if __name__ == "__main__":
    unittest.main()
