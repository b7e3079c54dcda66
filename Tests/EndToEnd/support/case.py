"""The base of every test case: one server per class, started before its first test and stopped cleanly after its last."""

import unittest
import warnings
from typing import ClassVar

from .proxy import DOMAIN, Proxy
from .sip import Callee, Endpoint, token

EXPERT = "expert-safety"


def registry(**expert) -> dict:
    """A registry with one organisation on loopback and one expert for safety and alignment, no key."""
    entry = {
        "uri": f"sip:{EXPERT}@external.advisor",
        "name": "Safety Expert",
        "organisation": "safety-org",
        "user": EXPERT,
        "aors": [f"sip:{EXPERT}@{DOMAIN}"],
        "headers": "required",
        "specialisations": ["safety", "alignment"],
        "status": "active",
    }
    return {
        "organisations": [{"id": "safety-org", "networks": ["127.0.0.0/8", "::1/128"]}],
        "experts": [{**entry, **expert}],
        "guardians": [],
        "agents": [],
    }


class ProxyCase(unittest.TestCase):
    """`cls.proxy` is the running server, made by `cls.make_proxy()`. On a failure the end of its log is shown."""

    proxy: Proxy
    maxDiff = None

    @classmethod
    def make_proxy(cls) -> Proxy:
        return Proxy(users={"alice": "wonderland", "bob": "builder"})

    @classmethod
    def setUpClass(cls) -> None:
        warnings.simplefilter("error", ResourceWarning)
        cls.proxy = cls.make_proxy()
        cls.addClassCleanup(cls.proxy.remove)
        cls.proxy.start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.proxy.stop()

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print(f"\n--- end of the server's log after {self.id()}\n{self.proxy.log()}\n---", flush=True)
        return result

    @property
    def udp(self) -> tuple[str, int]:
        return "127.0.0.1", self.proxy.port

    def endpoint(self, user: str = "alice", transport: str = "UDP", **options) -> Endpoint:
        """A raw endpoint that is closed when the test ends. Its password is the user's own unless given."""
        options.setdefault("password", self.proxy.users.get(user))
        endpoint = Endpoint(self.udp, transport=transport, user=user, **options)
        self.addCleanup(endpoint.socket.close)
        return endpoint

    def assert_status(self, responses, status: int):
        """The last of some responses has this status; returns it."""
        last = responses[-1] if isinstance(responses, list) else responses
        self.assertEqual(last.status, status, f"{last.start}\n{last.raw.decode(errors='replace')}")
        return last


class CalleeCase(ProxyCase):
    """As above, with one callee on a socket of its own, to which `sip:…@pbx.test` and every escalation target lead."""

    callee: Callee
    config: ClassVar[dict] = {}

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.callee = Callee(("127.0.0.1", 9), user="callee", domain="pbx.test")
        cls.addClassCleanup(cls.callee.socket.close)
        next_hop = f"sip:127.0.0.1:{cls.callee.port}"
        matches = ["sip:*@pbx.test", f"sip:council@{DOMAIN}", f"sip:council-*@{DOMAIN}", "sip:expert-*@*"]
        return Proxy(
            users={"alice": "wonderland", EXPERT: "second-opinion"},
            registry=registry(),
            routes=[{"match": match, "next_hop": next_hop} for match in matches],
            **cls.config,
        )

    def setUp(self) -> None:
        self.callee.forget_what_came()

    def answer_call(self, invite, body: str = "") -> None:
        self.callee.reply(invite, 180, "Ringing")
        self.callee.reply(invite, 200, "OK", body=body)

    def assert_nothing_arrived(self) -> None:
        """The callee has seen nothing of what was sent so far: the first thing it now gets is a call made for this."""
        with Endpoint(self.udp, user="alice", password="wonderland") as fence:
            invite = fence.request("INVITE", "sip:fence@pbx.test", call_id=token("fence"))
            fence.send(invite)
            challenge = fence.response(invite)
            self.assert_status(challenge, 407)
            invite.authorize(challenge, "alice", "wonderland")
            fence.send(invite)
            arrived = self.callee.expect("INVITE")
            self.assertEqual(arrived.header("Call-ID"), invite.call_id, "something reached the callee before")
            self.callee.reply(arrived, 486, "Busy Here")
            self.callee.expect("ACK")
            self.assert_status(fence.response(invite), 486)
