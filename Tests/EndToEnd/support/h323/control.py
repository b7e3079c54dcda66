"""H.245 of one call: capabilities, master and slave, logical channels, user input (H.245 §8, H.323 §8.2 to §8.4)."""

import random
import time

from . import values
from .values import MULTIPLEX, Address, address_of_unicast, decode, encode, unicast

TELEPHONE_EVENT = 101
PROTOCOL = (0, 0, 8, 245, 0, 7)


def audio_parameters(rtcp: Address, rtp: Address | None = None) -> tuple:
    """H2250LogicalChannelParameters of the audio session."""
    channels = {"mediaChannel": unicast(rtp)} if rtp else {}
    channels["mediaControlChannel"] = unicast(rtcp)
    return ("h2250LogicalChannelParameters", {"sessionID": 1, **channels, "silenceSuppression": False})


class Control:
    """`call` is asked for its options, its party and its terminal type, and told when channels change."""

    def __init__(self, call):
        self.call, self.options = call, call.options
        self.is_started = self.has_ended = self.peer_has_ended = False
        self.log: list[tuple[float, str, str]] = []
        self.digits: list[str] = []
        self.digit_durations: list[int | None] = []
        self.sequence = 0
        self.theirs: list[tuple] | None = None  # Capabilities of the peer; an empty list is its wish for silence.
        self.is_acknowledged = self.is_paused = False
        self.number: int | None = None  # statusDeterminationNumber of ours.
        self.is_master: bool | None = None
        self.determined = False
        self.has_decided = False  # Whether the peer has been told what it is.
        self.channel = 0  # Number of the outgoing channel that is open, or 0.
        self.pending = 0
        self.last_channel = 0
        self.closed: set[int] = set()
        self.incoming: dict[int, str] = {}
        self.round_trips = 0

    # What the user of a call asks for

    def start(self) -> None:
        """Capabilities, and who is master; twice makes no difference."""
        if self.is_started:
            return
        self.is_started = True
        steps = [self.send_capabilities, self.determine]
        for step in reversed(steps) if self.options.determination_first else steps:
            step()
            if values.additions is not None:
                for group in ("request", "indication", "command", "response"):
                    self.send(group, "_ext_40", b"\x01\x02")

    def press(self, digit: str, duration: int | None = 200) -> None:
        """By signal, or by alphanumeric where there is no duration."""
        value = ("signal", {"signalType": digit, "duration": duration}) if duration else ("alphanumeric", digit)
        self.send("indication", "userInput", value)

    def hold(self) -> None:
        """The peer is to send nothing (H.323 §8.4.6)."""
        self.sequence = (self.sequence + 1) % 256
        self.is_acknowledged = False
        self.send("request", "terminalCapabilitySet", {"sequenceNumber": self.sequence, "protocolIdentifier": PROTOCOL})

    def resume(self) -> None:
        self.send_capabilities()
        self.determined = False
        self.determine()

    def measure(self) -> None:
        """One round trip."""
        self.send("request", "roundTripDelayRequest", {"sequenceNumber": 77})

    def end(self) -> None:
        if self.is_started and not self.has_ended:
            self.has_ended = True
            self.send("command", "endSessionCommand", ("disconnect", 0))

    # Sending

    def send(self, group: str, name: str, value) -> None:
        self.log.append((time.monotonic(), "out", name))
        self.call.send_control(encode("h245", (group, (name, value))))

    def send_capabilities(self) -> None:
        self.sequence = (self.sequence + 1) % 256
        self.is_acknowledged = False
        capabilities = [("receiveAudioCapability", (codec, self.options.frames)) for codec in self.options.codecs]
        capabilities += [("receiveAndTransmitUserInputCapability", (way, 0)) for way in self.options.user_input]
        if self.options.telephone_event:
            event = {"dynamicRTPPayloadType": TELEPHONE_EVENT, "audioTelephoneEvent": "0-16"}
            capabilities.append(("receiveRTPAudioTelephonyEventCapability", event))
        count = len(self.options.codecs)
        together = [list(range(1, count + 1)), *([number] for number in range(count + 1, len(capabilities) + 1))]
        value = {
            "sequenceNumber": self.sequence,
            "protocolIdentifier": PROTOCOL,
            "capabilityTable": [
                {"capabilityTableEntryNumber": number, "capability": capability}
                for number, capability in enumerate(capabilities, 1)
            ],
            "capabilityDescriptors": [{"capabilityDescriptorNumber": 0, "simultaneousCapabilities": together}],
        }
        if self.options.multiplex:
            value["multiplexCapability"] = MULTIPLEX
        self.send("request", "terminalCapabilitySet", value)

    def determine(self) -> None:
        self.number, self.has_decided = random.getrandbits(24), False
        value = {"terminalType": self.call.terminal_type, "statusDeterminationNumber": self.number}
        self.send("request", "masterSlaveDetermination", value)

    def open_when_possible(self) -> None:
        """Once capabilities and roles are settled, and fast connect has not opened one."""
        settled = self.theirs and self.determined and self.is_acknowledged
        if not settled or self.channel or self.pending or self.is_paused:
            return
        receives = [capability for kind, capability in self.theirs if kind.startswith("receive") and "Audio" in kind]
        for codec in self.options.codecs:
            frames = next((frames for name, frames in receives if name == codec), None)
            if frames is not None:
                break
        else:
            self.call.note("no codec in common")
            return
        self.last_channel += 1
        self.pending, self.codec = self.last_channel, codec
        parameters = audio_parameters(self.call.party.rtcp.getsockname()[:2])
        data = {
            "dataType": ("audioData", (codec, min(frames, self.options.frames))),
            "multiplexParameters": parameters,
        }
        self.send(
            "request",
            "openLogicalChannel",
            {"forwardLogicalChannelNumber": self.pending, "forwardLogicalChannelParameters": data},
        )

    def close_channel(self) -> None:
        if number := self.channel or self.pending:
            self.channel = self.pending = 0
            self.closed.add(number)
            self.send(
                "request",
                "closeLogicalChannel",
                {"forwardLogicalChannelNumber": number, "source": ("user", 0), "reason": ("unknown", 0)},
            )
        self.call.stop_sending()

    # Receiving

    def received(self, octets: bytes) -> None:
        group, (name, value) = decode("h245", octets)
        self.log.append((time.monotonic(), "in", name))
        action = getattr(self, f"_{name}", None)
        if action is not None:
            action(value)
        elif group == "request":
            self.send("indication", "functionNotUnderstood", ("request", (name, value)))

    def _terminalCapabilitySet(self, value) -> None:
        self.start()
        self.theirs = [entry["capability"] for entry in value.get("capabilityTable", ()) if "capability" in entry]
        self.send("response", "terminalCapabilitySetAck", {"sequenceNumber": value["sequenceNumber"]})
        if not self.theirs:
            self.is_paused = True
            self.close_channel()
        elif self.is_paused:
            self.is_paused = self.determined = False
            self.send_capabilities()
            if self.options.determines_after_hold:
                self.determine()
        self.open_when_possible()

    def _terminalCapabilitySetAck(self, value) -> None:
        if value["sequenceNumber"] == self.sequence:
            self.is_acknowledged = True
            self.open_when_possible()

    def _terminalCapabilitySetReject(self, value) -> None:
        raise AssertionError(f"our capabilities were refused: {value}")

    def _masterSlaveDetermination(self, value) -> None:
        self.start()
        mine, other = self.call.terminal_type, value["terminalType"]
        if mine != other:
            self.is_master = mine > other
        else:
            difference = (value["statusDeterminationNumber"] - self.number) % (1 << 24)
            if difference in (0, 1 << 23):
                self.send("response", "masterSlaveDeterminationReject", {"cause": ("identicalNumbers", 0)})
                return
            self.is_master = difference < 1 << 23
        self._decide()

    def _decide(self) -> None:
        """The decision is what the receiver of it is."""
        self.has_decided = True
        decision = "slave" if self.is_master else "master"
        self.send("response", "masterSlaveDeterminationAck", {"decision": (decision, 0)})

    def _masterSlaveDeterminationAck(self, value) -> None:
        told = value["decision"][0] == "master"
        if self.is_master is not None and told != self.is_master:
            raise AssertionError(f"both are {'master' if told else 'slave'}")
        self.is_master, self.determined = told, True
        # A peer that has not asked itself waits for the same from us.
        if not self.has_decided:
            self._decide()
        self.open_when_possible()

    def _masterSlaveDeterminationReject(self, _) -> None:
        self.determine()

    def _openLogicalChannel(self, value) -> None:
        number = value["forwardLogicalChannelNumber"]
        codec = self.call.codec_of(value["forwardLogicalChannelParameters"]["dataType"])
        if codec is None or "reverseLogicalChannelParameters" in value:
            reject = {"forwardLogicalChannelNumber": number, "cause": ("dataTypeNotSupported", 0)}
            self.send("response", "openLogicalChannelReject", reject)
            return
        self.incoming[number] = codec
        party = self.call.party
        parameters = {"sessionID": 1, "mediaChannel": unicast(party.rtp.getsockname()[:2]), "flowControlToZero": False}
        if self.options.acknowledges_rtcp:
            parameters["mediaControlChannel"] = unicast(party.rtcp.getsockname()[:2])
        self.send(
            "response",
            "openLogicalChannelAck",
            {
                "forwardLogicalChannelNumber": number,
                "forwardMultiplexAckParameters": ("h2250LogicalChannelAckParameters", parameters),
            },
        )

    def _openLogicalChannelAck(self, value) -> None:
        if value["forwardLogicalChannelNumber"] in self.closed:
            return
        if value["forwardLogicalChannelNumber"] != self.pending:
            raise AssertionError(f"the answer to no open channel: {value}, not {self.pending}")
        self.channel, self.pending = self.pending, 0
        _, parameters = value["forwardMultiplexAckParameters"]
        self.call.send_to(self.codec, address_of_unicast(parameters["mediaChannel"]))

    def _openLogicalChannelReject(self, value) -> None:
        self.pending = 0
        self.call.note(f"channel refused: {value['cause'][0]}")

    def _closeLogicalChannel(self, value) -> None:
        number = value["forwardLogicalChannelNumber"]
        self.incoming.pop(number, None)
        self.send("response", "closeLogicalChannelAck", {"forwardLogicalChannelNumber": number})

    def _requestChannelClose(self, value) -> None:
        number = value["forwardLogicalChannelNumber"]
        self.send("response", "requestChannelCloseAck", {"forwardLogicalChannelNumber": number})
        self.close_channel()

    def _roundTripDelayRequest(self, value) -> None:
        self.send("response", "roundTripDelayResponse", value)

    def _roundTripDelayResponse(self, value) -> None:
        self.round_trips += value["sequenceNumber"] == 77

    def _requestMode(self, value) -> None:
        reject = {"sequenceNumber": value["sequenceNumber"], "cause": ("modeUnavailable", 0)}
        self.send("response", "requestModeReject", reject)

    def _userInput(self, value) -> None:
        kind, content = value
        if kind == "signal":
            self.digits.append(content["signalType"])
            self.digit_durations.append(content.get("duration"))
        elif kind == "alphanumeric":
            self.digits += list(content)
            self.digit_durations += [None] * len(content)

    def _endSessionCommand(self, _) -> None:
        self.peer_has_ended = True
        self.end()
