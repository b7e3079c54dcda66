"""The base of tests of the gateway and of the council: escalations by SIP, and H.323 peers at the other end."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ..case import EXPERT, ProxyCase, registry
from ..media import Party, Tone, talk
from ..media_case import Conversation
from ..ports import free_port
from ..proxy import DOMAIN, Proxy
from ..sip import Callee, Message, Request, token
from .call import Call
from .guardian import Guardian
from .mcu import PyMCU
from .options import Options


@dataclass
class Escalation:
    """A call of an expert's to the council, and its party; `ok` once it is up."""

    caller: Callee
    invite: Request
    near: Party
    trace_id: str
    responses: list[Message]
    ok: Message | None = None
    is_over: bool = False
    cseq: int = 100

    @property
    def last(self) -> Message:
        return self.responses[-1]

    def next(self) -> int:
        self.cseq += 1
        return self.cseq


def free_addresses() -> dict[str, str]:
    """Settings of `council` for where RAS and call signalling are."""
    return {"ras": f"udp://127.0.0.1:{free_port()}", "signalling": f"tcp://127.0.0.1:{free_port()}"}


def address(setting: str) -> tuple[str, int]:
    host, port = setting.partition("://")[2].rsplit(":", 1)
    return host, int(port)


class H323Case(Conversation, ProxyCase):
    """A server with a council of its own unless `council` says otherwise, and an expert."""

    formats: ClassVar[str] = "0 101"

    @classmethod
    def council(cls) -> dict:
        return free_addresses()

    @classmethod
    def guardians(cls) -> list[dict]:
        return []

    @classmethod
    def make_proxy(cls) -> Proxy:
        people = registry()
        people["guardians"] = cls.guardians()
        return Proxy(
            users={"alice": "wonderland", EXPERT: "second-opinion"},
            registry=people,
            routes=cls.routes(),
            rate={"per_expert": 1_000, "window_seconds": 60},
            council=cls.council(),
        )

    @classmethod
    def routes(cls) -> list[dict]:
        return []

    @property
    def ras(self) -> tuple[str, int]:
        return address(self.proxy.config["council"]["ras"])

    @property
    def signalling(self) -> tuple[str, int]:
        return address(self.proxy.config["council"]["signalling"])

    # Calls by SIP

    def endpoint(self, user: str = "alice", transport: str = "UDP", **options) -> Callee:
        """One that can also answer."""
        options.setdefault("password", self.proxy.users.get(user))
        endpoint = Callee(self.udp, transport=transport, user=user, **options)
        self.addCleanup(endpoint.socket.close)
        return endpoint

    def escalate(self, room: str = "council", *, body: str | None = None, **tone) -> Escalation:
        """Sends the INVITE, with an answer to its challenge; what comes back is still to be read."""
        caller, near, trace_id = self.endpoint(EXPERT), self.party(**tone), token("trace-")
        invite = self.invite(
            caller,
            f"sip:{room}@{DOMAIN}",
            headers=(f"X-IF-Trace-ID: {trace_id}", "X-IF-Hazard: safety"),
            body=near.sdp(formats=self.formats) if body is None else body,
        )
        return Escalation(caller, invite, near, trace_id, [])

    def settle(self, call: Escalation, within: float = 8.0) -> Escalation:
        """Reads up to the final response, and acknowledges a 200."""
        call.responses = call.caller.responses(call.invite, within)
        if call.last.status == 200:
            call.ok = call.last
            call.caller.send(call.caller.in_dialog("ACK", call.invite, call.ok, call.invite.cseq))
            call.near.follow(call.ok.body)
            self.addCleanup(self._leave, call)
        return call

    def _leave(self, call: Escalation) -> None:
        """What a test that failed has left behind is not to disturb the next one."""
        if not call.is_over:
            call.caller.send(call.caller.in_dialog("BYE", call.invite, call.ok, call.next()))

    def dial_council(self, room: str = "council", **options) -> Escalation:
        call = self.settle(self.escalate(room, **options))
        self.assert_status(call.last, 200)
        return call

    def refused(self, **options) -> int:
        """The status with which an escalation comes to its end before it is up."""
        return self.settle(self.escalate(**options)).last.status

    def request(self, call: Escalation, method: str, body: str = "", kind: str = "application/sdp") -> Message:
        """A request in the dialog; its final response, which is acknowledged where it is an INVITE's."""
        request = call.caller.in_dialog(method, call.invite, call.ok, call.next())
        call.is_over = call.is_over or method == "BYE"
        request.body = body
        call.caller.send_bytes(request.encode().replace(b"application/sdp", kind.encode()))
        answer = call.caller.response(request)
        if method == "INVITE" and answer.status == 200:
            call.caller.send(call.caller.in_dialog("ACK", call.invite, call.ok, request.cseq))
        return answer

    def bye(self, call: Escalation) -> None:
        self.assert_status(self.request(call, "BYE"), 200)

    def arrives(self, call: Escalation, method: str, within: float = 5.0) -> Message:
        """The next request of that method at the caller."""
        deadline = time.monotonic() + within
        while (left := deadline - time.monotonic()) > 0:
            message = call.caller.receive(left)
            if message is not None and message.is_request and message.method == method:
                call.is_over = call.is_over or method == "BYE"
                return message
        raise AssertionError(f"the caller got no {method} within {within} s")

    def reply(self, call: Escalation, request: Message, body: str = "") -> None:
        """200 to a request that came to the caller."""
        call.caller.reply(request, 200, "OK", body=body)

    # What was heard

    def assert_both_hear(self, near: Party, far: Party, packets: int = 20) -> None:
        talk(near, far, packets=packets)
        for listener, speaker in ((near, far), (far, near)):
            heard, said = Tone.of(listener.audio()), Tone.of(speaker.said())
            self.assertGreater(len(listener.audio()), packets * 100, "too little was heard")
            self.assertAlmostEqual(heard.frequency, speaker.frequency, delta=2)
            self.assertAlmostEqual(heard.level, said.level, delta=0.2)

    def metric(self, name: str, **labels: str) -> float:
        return self.proxy.metrics().value(name, **labels)

    def wait_metric(self, name: str, value: float, within: float = 5.0, **labels: str) -> None:
        deadline = time.monotonic() + within
        while (found := self.metric(name, **labels)) != value:
            self.assertLess(time.monotonic(), deadline, f"{name} {labels} is {found}, not {value}")
            time.sleep(0.05)

    def api(self, method: str, path: str) -> tuple[int, dict]:
        """A request to the API as the operator; its status, and the object it answers with."""
        bearer = (self.proxy.state / "keys/admin.token").read_text().strip()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.proxy.admin_port}{path}",
            method=method,
            headers={"Authorization": f"Bearer {bearer}"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"{}")

    def h323_records(self, trace_id: str, *events: str, within: float = 5.0) -> list[dict]:
        """The records of H.323 under a trace_id, once each of these events is among them."""

        def mine(records: list[dict]) -> Iterator[dict]:
            return (r for r in records if r["event"].startswith("h323.") and r.get("trace_id") == trace_id)

        return list(
            mine(self.proxy.records_until(lambda all_: set(events) <= {r["event"] for r in mine(all_)}, within))
        )


class GatewayCase(H323Case):
    """As above, with an MCU of others at the far end, whose options a test may change."""

    @classmethod
    def council(cls) -> dict:
        cls.mcu = PyMCU()
        cls.addClassCleanup(cls.mcu.close)
        return {**free_addresses(), "external": {"mcu": "{}:{}".format(*cls.mcu.address)}}

    def setUp(self) -> None:
        for call in self.mcu.calls:
            call.release()
        self.mcu.options = Options()
        self.mcu.calls.clear()

    def far(self, number: int = 1) -> Call:
        """The MCU's end of a call."""
        call = self.mcu.wait_call(number)
        self.addCleanup(self._let_go, call)
        return call

    def _let_go(self, call: Call) -> None:
        call.release()
        call.party.close()

    def connect(self, **options) -> tuple[Escalation, Call]:
        """A call that is up at both ends."""
        near = self.dial_council(**options)
        far = self.far().wait_connected()
        return near, far


class GuardianCase(H323Case):
    """A council of its own, a guardian who needs no key, and a port for the phone of the expert, whom the guardian may call."""

    @classmethod
    def council(cls) -> dict:
        return {**free_addresses(), "aliases": ["ifsip-proxy", EXPERT]}

    @classmethod
    def guardians(cls) -> list[dict]:
        return [{"id": "if://guardian/open", "aliases": ["open"], "status": "active", "token": "none"}]

    @classmethod
    def routes(cls) -> list[dict]:
        cls.phone_port = free_port()
        return [{"match": f"sip:{EXPERT}@{DOMAIN}", "next_hop": f"sip:127.0.0.1:{cls.phone_port}"}]

    def guardian(self, options: Options | None = None, **tone) -> Guardian:
        guardian = Guardian("open", options, **tone)
        self.addCleanup(guardian.close)
        guardian.register(self.ras)
        return guardian


class CallsToPhones:
    """Beside an `H323Case`: the gateway answers for the expert, whose phone is called through the media relay."""

    @classmethod
    def council(cls) -> dict:
        return {**super().council(), "aliases": ["ifsip-proxy", EXPERT]}

    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.config["media"] = {"relay": "all"}
        proxy.write_config()
        return proxy
