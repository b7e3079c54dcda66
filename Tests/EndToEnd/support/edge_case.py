"""The base of the tests of config/kamailio.cfg: the edge, two nodes, and what lies behind them."""

import re
import shutil
import time
import unittest
import warnings
from typing import ClassVar

from .case import EXPERT, registry
from .edge import Edge, TLSPhone, client_context
from .proxy import DOMAIN, ROOT, Proxy
from .signing import Signer
from .sip import SDP, Callee, Message, token

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
