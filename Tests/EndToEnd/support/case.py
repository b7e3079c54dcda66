"""The base of every test case: one server per class, started before its first test and stopped cleanly after its last."""

import contextlib
import time
import unittest
import warnings
from collections.abc import Iterator
from typing import ClassVar

from .ports import free_port
from .proxy import DOMAIN, Proxy
from .sip import SDP, Callee, Endpoint, Message, Request, token
from .sipp import Sipp

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

    def invite(self, caller: Endpoint, uri: str, **options) -> Request:
        """Sends an INVITE that has answered its challenge."""
        invite = caller.request("INVITE", uri, **options)
        caller.send(invite)
        challenge = caller.response(invite)
        self.assert_status(challenge, 407)
        invite.authorize(challenge, caller.user, caller.password)
        caller.send(invite)
        return invite

    @contextlib.contextmanager
    def counted(self, within: float = 5.0, **results: int) -> Iterator[None]:
        """What happens inside is counted as these calls and no others (`answered=1`), each has its one record of an end
        if it was answered, none is left over, and the witness chain verifies."""
        expected = {**dict.fromkeys(("answered", "failed", "rejected", "cancelled"), 0), **results}
        before, ended = self.proxy.metrics(), self._settled()
        yield
        deadline = time.monotonic() + within
        while True:
            after = self.proxy.metrics()
            gained = {}
            for result in expected:
                labels = {"direction": "through", "result": result}
                gained[result] = after.value("sip_calls_total", **labels) - before.value("sip_calls_total", **labels)
            active = after.value("sip_active_calls")
            if (gained == expected and active == 0) or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        self.assertEqual(gained, expected)
        self.assertEqual(active, 0, "calls that are not over")
        self.proxy.records_until(lambda _: self._ended() - ended >= expected["answered"])
        self.assertEqual(self._ended() - ended, expected["answered"], "records of ended calls")
        verified = self.proxy.verify()
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def _ended(self) -> int:
        return sum(record["event"] == "call.terminated" for record in self.proxy.records())

    def _settled(self) -> int:
        """The same, once the records of earlier calls have come."""
        count = -1
        while count != (count := self._ended()):
            time.sleep(0.15)
        return count

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

    def establish(self, caller: Endpoint, invite: Request, arrived: Message) -> Message:
        """Answers a call whose INVITE has arrived, and acknowledges; returns the caller's 200."""
        self.answer_call(arrived, body=SDP)
        ok = self.assert_status(caller.response(invite), 200)
        caller.send(caller.in_dialog("ACK", invite, ok, invite.cseq))
        self.callee.expect("ACK")
        return ok

    def connect(self, caller: Endpoint | None = None, **options) -> tuple[Endpoint, Request, Message]:
        """A call to the callee that is up: the caller, its INVITE and its 200."""
        caller = caller or self.endpoint()
        invite = self.invite(caller, "sip:bob@pbx.test", **options)
        return caller, invite, self.establish(caller, invite, self.callee.expect("INVITE"))

    def hang_up(self, caller: Endpoint, invite: Request, ok: Message, cseq: int | None = None) -> None:
        """The caller ends such a call."""
        bye = caller.send(caller.in_dialog("BYE", invite, ok, cseq or invite.cseq + 1))
        self.callee.reply(self.callee.expect("BYE"), 200, "OK")
        self.assert_status(caller.response(bye), 200)

    def assert_nothing_arrived(self) -> None:
        """The callee has seen nothing of what was sent so far: the first thing it now gets is a call made for this."""
        with Endpoint(self.udp, user="alice", password="wonderland") as fence:
            invite = self.invite(fence, "sip:fence@pbx.test", call_id=token("fence"))
            arrived = self.callee.expect("INVITE")
            self.assertEqual(arrived.header("Call-ID"), invite.call_id, "something reached the callee before")
            self.callee.reply(arrived, 486, "Busy Here")
            self.callee.expect("ACK")
            self.assert_status(fence.response(invite), 486)


class SippCase(ProxyCase):
    """As above, with routes to one port where sipp listens in each of these tests, by every transport there is."""

    port: int

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.port = free_port()
        to_callee = f"sip:127.0.0.1:{cls.port}"
        return Proxy(
            users={"alice": "wonderland", EXPERT: "second-opinion"},
            registry=registry(),
            routes=[
                {"match": "sip:*@pbx.test", "next_hop": to_callee},
                {"match": "sip:*@tcp.test", "next_hop": f"{to_callee};transport=tcp"},
                {"match": "sip:*@ipv6.test", "next_hop": f"sip:[::1]:{cls.port}"},
                {"match": f"sip:council@{DOMAIN}", "next_hop": to_callee},
            ],
        )

    def call(
        self,
        caller="uac",
        callee="uas",
        *,
        to="sip:bob@pbx.test",
        user="alice",
        password=None,
        host="127.0.0.1",
        transport="u1",
        callee_host="127.0.0.1",
        callee_transport="u1",
        arguments=(),
        calls=1,
        callee_keys=None,
        timeout=20,
        **keys,
    ) -> str:
        """Runs one scenario against another to the end of both; returns what the callee saw."""
        far = Sipp.callee(
            callee,
            port=self.port,
            host=callee_host,
            transport=callee_transport,
            calls=calls,
            timeout=timeout,
            **(callee_keys or {}),
        )
        self.addCleanup(far.stop)
        password = password or self.proxy.users[user]
        near = Sipp.caller(
            caller,
            (host, self.proxy.port),
            user,
            password,
            target=to,
            host=host,
            transport=transport,
            calls=calls,
            timeout=timeout,
            arguments=arguments,
            **keys,
        )
        self.addCleanup(near.stop)
        near.wait()
        return far.wait()
