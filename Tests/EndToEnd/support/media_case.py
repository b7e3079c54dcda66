"""The base of test cases about media: a server that relays all calls, and calls with a party at each end."""

import time
from dataclasses import dataclass
from typing import ClassVar

from .case import CalleeCase
from .media import Party, Tone, media_sockets, talk
from .sip import Callee, Endpoint, Message, Request


@dataclass
class Call:
    """A call that is up, and who talks in it."""

    caller: Endpoint
    callee: Callee
    invite: Request
    ok: Message
    near: Party
    far: Party
    # What arrived at the callee.
    offered: Message


class Conversation:
    """What test cases do with calls that are relayed; mixed into one of ProxyCase."""

    def party(self, host: str = "127.0.0.1", **options) -> Party:
        party = Party(host, **options)
        self.addCleanup(party.close)
        return party

    def answer(
        self,
        caller: Endpoint,
        callee: Callee,
        invite: Request,
        near: Party,
        far: Party,
        answer: tuple[str, ...] = (),
        **how,
    ) -> Call:
        """The callee takes the call that has reached it."""
        offered = callee.expect("INVITE")
        callee.reply(offered, 200, "OK", body=far.sdp(*answer, **how))
        ok = self.assert_status(caller.response(invite), 200)
        caller.send(caller.in_dialog("ACK", invite, ok, invite.cseq))
        callee.expect("ACK")
        near.follow(ok.body)
        far.follow(offered.body)
        return Call(caller, callee, invite, ok, near, far, offered)

    def dial(
        self,
        near: Party | None = None,
        far: Party | None = None,
        *,
        offer: tuple[str, ...] = (),
        answer: tuple[str, ...] = (),
        profile: str = "RTP/AVP",
        caller: Endpoint | None = None,
        callee: Callee | None = None,
        uri: str = "sip:bob@pbx.test",
    ) -> Call:
        near, far = near or self.party(), far or self.party(frequency=1_000.0, amplitude=4_000)
        caller, callee = caller or self.endpoint(), callee or self.callee
        invite = self.invite(caller, uri, body=near.sdp(*offer, profile=profile))
        return self.answer(caller, callee, invite, near, far, answer)

    def again(self, call, offer: str, answer: str, cseq: int):
        """A re-INVITE of the caller's that is answered; returns its 200."""
        request = call.caller.in_dialog("INVITE", call.invite, call.ok, cseq)
        request.body = offer
        call.caller.send(request)
        arrived = call.callee.expect("INVITE")
        call.far.follow(arrived.body)
        call.callee.reply(arrived, 200, "OK", body=answer)
        ok = self.assert_status(call.caller.response(request), 200)
        call.near.follow(ok.body)
        call.caller.send(call.caller.in_dialog("ACK", call.invite, call.ok, cseq))
        call.callee.expect("ACK")
        return ok

    def end(self, call: Call, cseq: int = 50) -> None:
        bye = call.caller.send(call.caller.in_dialog("BYE", call.invite, call.ok, cseq))
        call.callee.reply(call.callee.expect("BYE"), 200, "OK")
        self.assert_status(call.caller.response(bye), 200)

    def assert_hears(self, listener: Party, speaker: Party) -> None:
        """The tone that went in is the tone that came out."""
        audio = listener.audio()
        self.assertGreater(len(audio), 2_000, "too little was heard")
        heard, said = Tone.of(audio), Tone.of(speaker.said())
        self.assertAlmostEqual(heard.frequency, speaker.frequency, delta=2)
        self.assertAlmostEqual(heard.level, said.level, delta=0.2)

    def assert_talk(self, call: Call, packets: int = 30) -> None:
        talk(call.near, call.far, packets=packets)
        self.assert_hears(call.far, call.near)
        self.assert_hears(call.near, call.far)

    def assert_ports_closed(self, within: float = 3.0) -> None:
        deadline = time.monotonic() + within
        while left := media_sockets(self.proxy):
            self.assertLess(time.monotonic(), deadline, f"ports left open: {sorted(left)}")
            time.sleep(0.02)


class MediaCase(Conversation, CalleeCase):
    media: ClassVar[dict] = {}

    @classmethod
    def make_proxy(cls):
        cls.config = {"media": {"relay": "all", **cls.media}}
        return super().make_proxy()
