"""One call of a peer's, made or taken: call signalling of H.225.0 §7, fast connect or H.245, a party for its audio."""

import time

from ..media import Party
from . import values
from .control import Control, audio_parameters
from .q931 import (
    BEARER,
    BEARER_OF_SPEECH,
    CALL_STATE,
    CALLED,
    CALLING,
    CAUSE,
    DISPLAY,
    IN_BAND,
    PROGRESS,
    Message,
    cause,
    number,
)
from .stream import Listener, Stream
from .values import (
    PAYLOAD_TYPES,
    Address,
    address_of,
    address_of_unicast,
    alias,
    decode,
    encode,
    endpoint_type,
    transport,
    version,
)

ACTIVE = 10
"""A call state of Q.931."""


class Call:
    """What tests look at: `state` (setup, proceeding, alerting, connected, released), `log`, `control`, `party`,
    `cause`, `reason`, `released_by` (us, peer, connection)."""

    def __init__(self, endpoint, reference: int, identifier: bytes, conference: bytes, is_caller: bool):
        self.endpoint, self.options = endpoint, endpoint.options
        self.terminal_type: int = endpoint.terminal_type
        self.reference, self.identifier, self.conference = reference, identifier, conference
        self.is_caller = is_caller
        self.state = "setup"
        self.log: list[tuple[float, str, str]] = []
        self.notes: list[str] = []
        self.messages: list[Message] = []
        self.party: Party = endpoint.make_party()
        self.control = Control(self)
        self.stream: Stream | None = None
        self.h245: Stream | None = None
        self.listener: Listener | None = None
        self.tunnels = self.options.tunnel
        self.is_tunnelling_known = False
        self.fast_offer: list[dict] = []
        self.fast_answer: list[bytes] = []
        self.is_fast = False
        self.outgoing: str | None = None  # The codec that is sent, while it is.
        self.incoming_of_fast: str | None = None
        self.cause: int | None = None
        self.reason: str | None = None
        self.released_by: str | None = None
        self.setup: Message | None = None

    # What tests ask for

    @property
    def media_is_up(self) -> bool:
        return self.outgoing is not None and bool(self.incoming_of_fast or self.control.incoming)

    def wait(self, until, within: float = 5.0, what: str = "that"):
        what = f"{what}; {self.state}, {self.notes}, {[entry[1:] for entry in self.log + self.control.log]}"
        return self.endpoint.loop.wait(until, within, what)

    def wait_state(self, state: str, within: float = 5.0) -> "Call":
        self.wait(lambda: self.state == state, within, f"state {state}")
        return self

    def wait_connected(self, within: float = 5.0) -> "Call":
        """Connected, and audio both ways."""
        self.wait(lambda: self.state == "connected" and self.media_is_up, within, "a connected call with media")
        return self

    def wait_released(self, within: float = 5.0) -> "Call":
        return self.wait_state("released", within)

    def answer(self) -> None:
        with self.endpoint.loop.changed:
            self._connect()

    def release(self, number: int = 16, reason: str | None = None) -> None:
        with self.endpoint.loop.changed:
            if self.state == "released":
                return
            if self.options.end_session:
                self.control.end()
            self._send_release(number, reason)
            self._over("us")

    def vanish(self) -> None:
        """Its connections are gone, and nothing is said."""
        with self.endpoint.loop.changed:
            self._over("us")

    def hold(self) -> None:
        with self.endpoint.loop.changed:
            self.control.hold()

    def resume(self) -> None:
        with self.endpoint.loop.changed:
            self.control.resume()

    def press(self, digit: str, duration: int | None = 200) -> None:
        with self.endpoint.loop.changed:
            self.control.press(digit, duration)

    def enquire(self) -> None:
        """StatusEnquiry; the answer is among the messages."""
        with self.endpoint.loop.changed:
            self.send("statusInquiry", ("statusInquiry", self._always()))

    def moment(self, direction: str, name: str) -> float:
        """When a message first was sent (out) or received (in), by the monotonic clock."""
        return next(at for at, way, what in self.log if (way, what) == (direction, name))

    def note(self, text: str) -> None:
        self.notes.append(text)

    # Sending

    def send(self, kind: str, body: tuple, elements: dict[int, bytes] | None = None, **pdu) -> None:
        self.log.append((time.monotonic(), "out", kind))
        message = Message(
            kind,
            self.reference,
            not self.is_caller,
            body,
            {"h245Tunnelling": self.tunnels, **pdu},
            elements or {},
        )
        self.stream.send(message.encode())
        if values.additions is not None and kind in ("setup", "alerting", "connect"):
            strange = Message("facility", self.reference, not self.is_caller, ("_ext_40", b"\x01\x02"))
            strange.pdu["h245Tunnelling"] = self.tunnels
            self.stream.send(strange.encode())

    def _always(self, *, with_version: bool = True) -> dict:
        head = {"protocolIdentifier": version(self.options.version)} if with_version else {}
        return {**head, "callIdentifier": {"guid": self.identifier}}

    def _display(self) -> dict[int, bytes]:
        text = self.options.display
        return {DISPLAY: text.encode() + b"\0" * self.options.ends_display} if text else {}

    def send_setup(self, wanted: str, source: str, *, tokens=(), data: dict | None = None, endpoint: str | None = None):
        """The Setup of a call that is made. `data` is nonStandardData of the H323-UU-PDU."""
        body = {
            **self._always(),
            "sourceAddress": [alias(source)],
            "sourceInfo": endpoint_type(self.endpoint.kind),
            "destinationAddress": [alias(wanted)],
            "destCallSignalAddress": transport(self.stream.remote),
            "activeMC": False,
            "conferenceID": self.conference,
            "conferenceGoal": ("create", 0),
            "callType": ("pointToPoint", 0),
            "sourceCallSignalAddress": transport(self.stream.local),
            "mediaWaitForConnect": False,
            "canOverlapSend": False,
            "multipleCalls": False,
            "maintainConnection": False,
        }
        if self.options.fast:
            self.fast_offer = self._offer()
            body["fastStart"] = [encode("channel", channel) for channel in self.fast_offer]
        if self.options.early and not self.tunnels:
            body["h245Address"] = transport(self._listen())
        if tokens:
            body["tokens"] = list(tokens)
        if endpoint:
            body["endpointIdentifier"] = endpoint
        elements = {BEARER: BEARER_OF_SPEECH, **self._display()}
        for code, name in ((CALLING, source), (CALLED, wanted)):
            if name.isdigit():
                elements[code] = number(name)
        self.send("setup", ("setup", body), elements, **({"nonStandardData": data} if data else {}))

    def _send_release(self, number: int | None, reason: str | None) -> None:
        body = self._always()
        if reason:
            body["reason"] = (reason, 0)
        # One of the two says why (H.225.0 §7.2.2.8).
        self.send("releaseComplete", ("releaseComplete", body), {} if number is None else {CAUSE: cause(number)})

    # Fast connect (H.323 §8.1.7)

    def _offer(self) -> list[dict]:
        rtp, rtcp = self.party.rtp.getsockname()[:2], self.party.rtcp.getsockname()[:2]
        channels = []
        for codec in self.options.codecs:
            data = ("audioData", (codec, self.options.frames))
            channels.append(
                {
                    "forwardLogicalChannelNumber": len(channels) + 1,
                    "forwardLogicalChannelParameters": {
                        "dataType": data,
                        "multiplexParameters": audio_parameters(rtcp),
                    },
                }
            )
            channels.append(
                {
                    "forwardLogicalChannelNumber": len(channels) + 1,
                    "forwardLogicalChannelParameters": {
                        "dataType": ("nullData", 0),
                        "multiplexParameters": ("none", 0),
                    },
                    "reverseLogicalChannelParameters": {
                        "dataType": data,
                        "multiplexParameters": audio_parameters(rtcp, rtp),
                    },
                }
            )
        return channels

    def codec_of(self, data: tuple) -> str | None:
        """The codec of a dataType, when it is one that we have."""
        kind, value = data
        return value[0] if kind == "audioData" and value[0] in self.options.codecs else None

    def _take_offer(self, elements: list[bytes]) -> None:
        """Chooses one channel each way and makes the answer: the offered ones with our addresses in them."""
        rtp, rtcp = self.party.rtp.getsockname()[:2], self.party.rtcp.getsockname()[:2]
        chosen: dict[str, dict] = {}
        offered = [decode("channel", octets) for octets in elements]
        for codec in self.options.codecs:
            for channel in offered:
                way = "reverse" if "reverseLogicalChannelParameters" in channel else "forward"
                parameters = channel[f"{way}LogicalChannelParameters"]
                if self.codec_of(parameters["dataType"]) == codec:
                    chosen.setdefault(way, channel)
        if len(chosen) != 2:
            self.note("fastStart not taken")
            return
        self.is_fast = True
        # What the caller sends, we hear: forward.
        there = chosen["forward"]["forwardLogicalChannelParameters"]
        self.incoming_of_fast = there["dataType"][1][0]
        there["multiplexParameters"][1].update(audio_parameters(rtcp, rtp)[1])
        back = chosen["reverse"]["reverseLogicalChannelParameters"]
        parameters = back["multiplexParameters"][1]
        self.send_to(back["dataType"][1][0], address_of_unicast(parameters["mediaChannel"]))
        parameters.update(audio_parameters(rtcp)[1])
        if self.options.changes_fast_start:
            there["dataType"] = ("audioData", (self.incoming_of_fast, self.options.frames + 10))
        self.fast_answer = [encode("channel", chosen[way]) for way in ("forward", "reverse")]

    def _take_answer(self, elements: list[bytes]) -> None:
        if self.is_fast or not self.fast_offer:
            return
        for octets in elements:
            channel = decode("channel", octets)
            is_reverse = "reverseLogicalChannelParameters" in channel
            way = "reverse" if is_reverse else "forward"
            parameters = channel[f"{way}LogicalChannelParameters"]
            offered = [offer.get(f"{way}LogicalChannelParameters", {}).get("dataType") for offer in self.fast_offer]
            if parameters["dataType"] not in offered:
                raise AssertionError(f"the answer to no offer: {channel}")
            codec = parameters["dataType"][1][0]
            if is_reverse:
                self.incoming_of_fast = codec
            else:
                self.send_to(codec, address_of_unicast(parameters["multiplexParameters"][1]["mediaChannel"]))
        self.is_fast = True

    # Media

    def send_to(self, codec: str, address: Address) -> None:
        self.outgoing = codec
        self.party.target = address
        self.party.payload_type = PAYLOAD_TYPES[codec]

    def stop_sending(self) -> None:
        self.outgoing = None
        self.party.target = None

    # H.245

    def send_control(self, octets: bytes) -> None:
        if self.h245:
            self.h245.send(octets)
        elif self.tunnels:
            body = ("empty", 0)
            if self.options.facility != "empty":
                body = ("facility", {**self._always(), "reason": ("transportedInformation", 0)})
            self.send("facility", body, h245Control=[octets])
        else:
            raise AssertionError("H.245 has no way")

    def _listen(self) -> Address:
        """Where the peer is to connect for H.245."""
        if self.listener is None:
            self.listener = Listener(self.endpoint.loop, (self.endpoint.host, 0), self._accepted_h245, once=True)
        return self.options.h245_address or self.listener.address

    def _accepted_h245(self, connection) -> None:
        self.listener = None
        self.h245 = Stream(self.endpoint.loop, connection, self._received_h245, self._h245_ended, self.options.piece)
        self.control.start()

    def _connect_h245(self, address: Address) -> None:
        if self.h245 is None and not (self.tunnels and self.is_tunnelling_known):
            self.h245 = Stream.open(
                self.endpoint.loop, address, self._received_h245, self._h245_ended, self.options.piece
            )
            self.control.start()

    def _received_h245(self, octets: bytes) -> None:
        self.control.received(octets)

    def _h245_ended(self) -> None:
        self.note("the H.245 connection has ended")

    # Receiving

    def received(self, message: Message) -> None:
        self.log.append((time.monotonic(), "in", message.name))
        self.messages.append(message)
        if message.from_callee != self.is_caller:
            raise AssertionError(f"{message.name} has the flag of its call reference wrong")
        _, value = message.body
        value = value if isinstance(value, dict) else {}
        if "callIdentifier" in value and value["callIdentifier"]["guid"] != self.identifier:
            raise AssertionError(f"{message.name} has another callIdentifier")
        if not message.pdu.get("h245Tunnelling", False):
            self.tunnels = False
        self.is_tunnelling_known = True
        if self.is_caller and "fastStart" in value:
            self._take_answer(value["fastStart"])
        if "h245Address" in value and (self.is_caller or self.options.early):
            self._connect_h245(address_of(value["h245Address"]))
        for octets in message.pdu.get("h245Control", ()):
            self.control.received(octets)
        action = getattr(self, f"_{message.name}", None)
        if action is not None:
            action(message, value)

    def _setup(self, message: Message, value: dict) -> None:
        self.setup = message
        if self.options.silent_after == "setup":
            return
        if self.options.refuses is not None or self.options.reason:
            self._send_release(self.options.refuses, self.options.reason)
            self._over("us")
            return
        if self.options.fast and "fastStart" in value:
            self._take_offer(value["fastStart"])
        if self.options.proceeds or self.options.silent_after == "callProceeding":
            self._progress("callProceeding")
        if self.options.silent_after == "callProceeding":
            return
        if self.options.early and self.tunnels and not self.is_fast:
            self.control.start()
        self.endpoint.admit_answer(self, self._admitted)

    def _admitted(self, error: str | None) -> None:
        """What the gatekeeper says of a call that is to be taken."""
        if self.state == "released":
            return
        if error:
            self._send_release(None, "securityDenied")
            self._over("us")
            return
        if self.options.progresses:
            self._progress("progress")
        if self.options.alerts:
            self._progress("alerting")
            self.state = "alerting"
        if self.options.forwards:
            self._forward(*self.options.forwards)
        elif self.options.answers and self.options.silent_after is None:
            self._connect()

    def _forward(self, reason: str, address: Address | None, name: str | None) -> None:
        body = {**self._always(), "reason": (reason, 0)}
        if address:
            body["alternativeAddress"] = transport(address)
        if name:
            body["alternativeAliasAddress"] = [alias(name)]
        if self.options.forward_conference:
            body["conferenceID"] = self.options.forward_conference
        self.send("facility", ("facility", body))
        if self.options.forwards_and_goes:
            self._send_release(None, "facilityCallDeflection")
            self._over("us")

    def _progress(self, kind: str) -> None:
        body = {**self._always(), "destinationInfo": endpoint_type(self.endpoint.kind)}
        if kind != "progress":
            body |= {"multipleCalls": False, "maintainConnection": False}
        body |= self._fast_start(kind)
        if self.options.early and not self.tunnels:
            body["h245Address"] = transport(self._listen())
        elements = {"alerting": self._display(), "progress": {PROGRESS: IN_BAND}}
        self.send(kind, (kind, body), elements.get(kind))

    def _fast_start(self, kind: str) -> dict:
        return {"fastStart": self.fast_answer} if self.fast_answer and kind == self.options.fast_in else {}

    def _connect(self, _=None, __=None) -> None:
        """As a callee: Connect is sent. As a caller: it has come."""
        self.state = "connected"
        if not self.is_caller:
            body = {
                **self._always(),
                "destinationInfo": endpoint_type(self.endpoint.kind),
                "conferenceID": self.conference,
                "multipleCalls": False,
                "maintainConnection": False,
                **self._fast_start("connect"),
            }
            if not self.tunnels and self.h245 is None:
                body["h245Address"] = transport(self._listen())
            self.send("connect", ("connect", body), self._display())
        if self.tunnels:
            self.control.start()

    def _callProceeding(self, _, __) -> None:
        self.state = "proceeding" if self.state == "setup" else self.state
        if self.options.early and self.tunnels and not self.fast_offer:
            self.control.start()

    def _alerting(self, _, __) -> None:
        self.state = "alerting" if self.state in ("setup", "proceeding") else self.state

    def _facility(self, message: Message, value: dict) -> None:
        if message.reason == "startH245" and "h245Address" in value:
            self._connect_h245(address_of(value["h245Address"]))

    def _statusInquiry(self, _, __) -> None:
        self.send("status", ("status", self._always()), {CAUSE: cause(30), CALL_STATE: bytes([ACTIVE])})

    def _releaseComplete(self, message: Message, _) -> None:
        self.cause, self.reason = message.cause, message.reason
        self._over("peer")

    def ended(self) -> None:
        """The signalling connection was closed by the other side."""
        if self.state != "released":
            self._over("connection")

    def _over(self, side: str) -> None:
        self.state, self.released_by = "released", side
        self.stop_sending()
        for thing in (self.stream, self.h245, self.listener):
            if thing:
                thing.close()
        self.endpoint.call_is_over(self)
