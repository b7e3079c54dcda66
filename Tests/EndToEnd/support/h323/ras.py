"""RAS of an endpoint (H.225.0 §7.7 to §7.15): discovery, registration that is kept alive, admission, bandwidth, status."""

import contextlib
import socket
import time

from . import values
from .loop import Loop
from .security import Key
from .values import Address, alias, decode, encode, endpoint_type, transport, version

ANSWERS = {
    "gatekeeperRequest": "gatekeeper",
    "registrationRequest": "registration",
    "admissionRequest": "admission",
    "bandwidthRequest": "bandwidth",
    "disengageRequest": "disengage",
    "unregistrationRequest": "unregistration",
    "locationRequest": "location",
}
RETRY, ATTEMPTS = 1.0, 3


class Refused(AssertionError):
    """A reject; `reason` is its rejectReason."""

    def __init__(self, name: str, reason: str):
        super().__init__(f"{name}: {reason}")
        self.reason = reason


class Socket:
    """RAS over UDP: every message by name and value, with H.235.1 where there is a key."""

    def __init__(self, loop: Loop, host: str, received, port: int = 0):
        self.loop, self._received, self.key = loop, received, None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.socket.setblocking(False)
        self.address: Address = self.socket.getsockname()[:2]
        self.log: list[tuple[float, str, str]] = []
        loop.add(self.socket, self._readable)

    def octets(self, name: str, value: dict) -> bytes:
        return self.key.seal(name, value) if self.key else encode("ras", (name, value))

    def send(self, name: str, value: dict, to: Address) -> None:
        self.send_octets(name, self.octets(name, value), to)

    def send_octets(self, name: str, octets: bytes, to: Address) -> None:
        if values.additions is not None:
            # A message that nobody knows goes ahead of each that everybody knows.
            self.socket.sendto(encode("ras", ("_ext_40", b"\x01\x02\x03")), to)
        self.log.append((time.monotonic(), "out", name))
        self.socket.sendto(octets, to)

    def close(self) -> None:
        self.loop.remove(self.socket)
        self.socket.close()

    def _readable(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while True:
                octets, source = self.socket.recvfrom(65_536)
                name, value = decode("ras", octets)
                self.log.append((time.monotonic(), "in", name))
                # A reject comes also to who has another password.
                if self.key and not name.endswith("Reject"):
                    self.key.check(octets, name, value)
                self._received(name, value, source[:2])


class Registration:
    """An endpoint at one gatekeeper; `ask` waits for an answer and raises `Refused` where it is a reject."""

    def __init__(self, endpoint, gatekeeper: Address, aliases: tuple[str, ...], password: str | None = None):
        self.endpoint, self.gatekeeper, self.aliases = endpoint, gatekeeper, aliases
        self.loop: Loop = endpoint.loop
        self.ras = Socket(self.loop, endpoint.host, self._received)
        if password:
            self.ras.key = Key(password, aliases[0])
        self.number = 0
        self.open: dict[int, tuple] = {}
        self.identifier: str | None = None
        self.gatekeeper_identifier: str | None = None
        self.time_to_live: int | None = None
        self.keep_alives = 0
        self.is_registered = False
        self.admitted: dict[bytes, dict] = {}
        self.dropped: list[bytes] = []
        self.was_unregistered = False

    # Asking

    def send(self, name: str, value: dict, then) -> int:
        """Sends a request, again while nothing comes; `then` is called with the name and value of the answer, or None."""
        self.number = self.number % 65_535 + 1
        number = self.number
        octets = self.ras.octets(name, {"requestSeqNum": number, **value})
        self.open[number] = (name, then)

        def attempt(left: int) -> None:
            if number not in self.open or self.loop.is_closed:
                return
            if left == 0:
                del self.open[number]
                then(None, {})
                return
            self.ras.send_octets(name, octets, self.gatekeeper)
            self.loop.after(RETRY, lambda: attempt(left - 1))

        attempt(ATTEMPTS)
        return number

    def ask(self, name: str, value: dict, within: float = 5.0) -> dict:
        """The value of the confirm."""
        answers: list[tuple] = []
        with self.loop.changed:
            self.send(name, value, lambda *answer: answers.append(answer))
        answer, content = self.loop.wait(lambda: answers and answers[0], within, f"an answer to {name}")
        if answer is None:
            raise AssertionError(f"no answer to {name}")
        if not answer.endswith("Confirm"):
            raise Refused(answer, content["rejectReason"][0])
        return content

    # What an endpoint does

    def discover(self) -> dict:
        found = self.ask(
            "gatekeeperRequest",
            {
                "protocolIdentifier": version(4),
                "rasAddress": transport(self.ras.address),
                "endpointType": endpoint_type(self.endpoint.kind),
                "endpointAlias": [alias(name) for name in self.aliases],
            },
        )
        self._names(found.get("gatekeeperIdentifier"))
        return found

    def register(self, **changes) -> dict:
        value = {
            "protocolIdentifier": version(4),
            "discoveryComplete": True,
            "callSignalAddress": [transport(self.endpoint.address)],
            "rasAddress": [transport(self.ras.address)],
            "terminalType": endpoint_type(self.endpoint.kind),
            "terminalAlias": [alias(name) for name in self.aliases],
            "endpointVendor": endpoint_type(self.endpoint.kind)["vendor"],
            "keepAlive": False,
            "willSupplyUUIEs": False,
            "maintainConnection": False,
            **self._gatekeeper(),
            **changes,
        }
        confirmed = self.ask("registrationRequest", value)
        with self.loop.changed:
            self.identifier = confirmed["endpointIdentifier"]
            self._names(confirmed.get("gatekeeperIdentifier", self.gatekeeper_identifier))
            self.time_to_live = confirmed.get("timeToLive")
            self.is_registered = True
            if self.time_to_live:
                self.loop.after(self.time_to_live / 2, self._keep_alive)
        return confirmed

    def admission(
        self, wanted: tuple[str, ...], identifier: bytes, conference: bytes, reference: int, tokens=(), **changes
    ) -> dict:
        """The value of an admissionRequest; bandwidth counts 100 bit/s, both ways together."""
        value = {
            "callType": ("pointToPoint", 0),
            "endpointIdentifier": self.identifier or "nobody",
            "destinationInfo": [alias(name) for name in wanted],
            "srcInfo": [alias(name) for name in self.aliases],
            "bandWidth": 1_280,
            "callReferenceValue": reference,
            "conferenceID": conference,
            "activeMC": False,
            "answerCall": False,
            "canMapAlias": True,
            "callIdentifier": {"guid": identifier},
            "willSupplyUUIEs": False,
            **self._gatekeeper(),
            **changes,
        }
        return {**value, "tokens": list(tokens)} if tokens else value

    def admit(self, wanted: str, identifier: bytes, conference: bytes, reference: int, tokens=(), **changes) -> dict:
        """ARQ, and the value of its ACF."""
        confirmed = self.ask(
            "admissionRequest", self.admission((wanted,), identifier, conference, reference, tokens, **changes)
        )
        with self.loop.changed:
            self.admitted[identifier] = {"conferenceID": conference, "callReferenceValue": reference}
        return confirmed

    def admit_answer(self, call, then) -> None:
        """ARQ of a call that came in; `then` is told the reason of a refusal, or None."""
        value = self.admission(
            self.aliases[:1], call.identifier, call.conference, call.reference, answerCall=True, srcInfo=[alias("?")]
        )

        def answered(name: str | None, content: dict) -> None:
            if name == "admissionConfirm":
                self.admitted[call.identifier] = {
                    "conferenceID": call.conference,
                    "callReferenceValue": call.reference,
                }
            then(None if name == "admissionConfirm" else str(content.get("rejectReason", "silence")))

        self.send("admissionRequest", value, answered)

    def bandwidth(self, identifier: bytes, hundreds: int) -> dict:
        value = {**self._of_call(identifier), "bandWidth": hundreds, "answeredCall": False}
        return self.ask("bandwidthRequest", value)

    def disengage(self, identifier: bytes) -> dict:
        confirmed = self.ask("disengageRequest", self._disengage(identifier))
        with self.loop.changed:
            self.admitted.pop(identifier, None)
        return confirmed

    def disengage_later(self, call) -> None:
        """DRQ of a call that is over; nobody waits for the answer."""
        if call.identifier in self.admitted and self.is_registered:
            value = self._disengage(call.identifier)
            del self.admitted[call.identifier]
            self.send("disengageRequest", value, lambda *_: None)

    def unregister(self) -> dict:
        value = {
            "callSignalAddress": [transport(self.endpoint.address)],
            "endpointIdentifier": self.identifier,
            **self._gatekeeper(),
        }
        confirmed = self.ask("unregistrationRequest", value)
        with self.loop.changed:
            self.is_registered = False
        return confirmed

    def close(self) -> None:
        if self.is_registered:
            with contextlib.suppress(AssertionError):
                self.unregister()
        self.is_registered = False
        self.ras.close()

    def _names(self, gatekeeper: str | None) -> None:
        self.gatekeeper_identifier = gatekeeper
        if self.ras.key:
            self.ras.key.receiver = gatekeeper

    def _gatekeeper(self) -> dict:
        return {"gatekeeperIdentifier": self.gatekeeper_identifier} if self.gatekeeper_identifier else {}

    def _of_call(self, identifier: bytes) -> dict:
        return {
            "endpointIdentifier": self.identifier or "nobody",
            **self.admitted.get(identifier, {"conferenceID": bytes(16), "callReferenceValue": 1}),
            "callIdentifier": {"guid": identifier},
            **self._gatekeeper(),
        }

    def _disengage(self, identifier: bytes) -> dict:
        return {**self._of_call(identifier), "disengageReason": ("normalDrop", 0), "answeredCall": False}

    def _keep_alive(self) -> None:
        if not self.is_registered:
            return
        value = {
            "protocolIdentifier": version(4),
            "discoveryComplete": True,
            "callSignalAddress": [transport(self.endpoint.address)],
            "rasAddress": [transport(self.ras.address)],
            "terminalType": endpoint_type(self.endpoint.kind),
            "endpointVendor": endpoint_type(self.endpoint.kind)["vendor"],
            "timeToLive": self.time_to_live,
            "keepAlive": True,
            "endpointIdentifier": self.identifier,
            "willSupplyUUIEs": False,
            "maintainConnection": False,
            **self._gatekeeper(),
        }

        def answered(name: str | None, _: dict) -> None:
            self.keep_alives += name == "registrationConfirm"
            self.is_registered = self.is_registered and name == "registrationConfirm"
            self.loop.after(self.time_to_live / 2, self._keep_alive)

        self.send("registrationRequest", value, answered)

    # Being asked

    def _received(self, name: str, value: dict, source: Address) -> None:
        number = value["requestSeqNum"]
        if name == "requestInProgress":
            return
        if name.endswith(("Confirm", "Reject")):
            asked, then = self.open.get(number, ("", None))
            if then and name.startswith(ANSWERS[asked]):
                del self.open[number]
                then(name, value)
            return
        if name == "infoRequest":
            self.ras.send("infoRequestResponse", self._status(number), source)
        elif name == "disengageRequest":
            self.dropped.append(value["callIdentifier"]["guid"])
            self.admitted.pop(value["callIdentifier"]["guid"], None)
            self.ras.send("disengageConfirm", {"requestSeqNum": number}, source)
            for call in self.endpoint.calls:
                if call.identifier == value["callIdentifier"]["guid"]:
                    call.release()
        elif name == "bandwidthRequest":
            self.ras.send("bandwidthConfirm", {"requestSeqNum": number, "bandWidth": value["bandWidth"]}, source)
        elif name == "unregistrationRequest":
            self.is_registered, self.was_unregistered = False, True
            self.ras.send("unregistrationConfirm", {"requestSeqNum": number}, source)

    def _status(self, number: int) -> dict:
        calls = [
            {
                "callReferenceValue": call.reference,
                "conferenceID": call.conference,
                "originator": call.is_caller,
                "h245": {},
                "callSignalling": {},
                "callType": ("pointToPoint", 0),
                "bandWidth": 1_280,
                "callModel": ("direct", 0),
                "callIdentifier": {"guid": call.identifier},
            }
            for call in self.endpoint.calls
            if call.state != "released"
        ]
        return {
            "requestSeqNum": number,
            "endpointType": endpoint_type(self.endpoint.kind),
            "endpointIdentifier": self.identifier or "nobody",
            "rasAddress": transport(self.ras.address),
            "callSignalAddress": [transport(self.endpoint.address)],
            "endpointAlias": [alias(name) for name in self.aliases],
            "needResponse": False,
            "unsolicited": False,
            **({"perCallInfo": calls} if calls else {}),
        }
