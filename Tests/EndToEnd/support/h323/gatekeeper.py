"""A gatekeeper of others: registers whoever comes, admits by alias, and can be made to refuse, lose and fall silent."""

import copy
import socket
import time
from dataclasses import dataclass, field

from .loop import Loop
from .q931 import Message
from .ras import Socket
from .security import GatekeeperKey, U
from .stream import Listener
from .values import Address, address_of, alias, names, take_tpkt, transport, version


@dataclass
class Registered:
    """An endpoint by its registration."""

    identifier: str
    signalling: Address
    ras: Address
    aliases: list[str]
    time_to_live: int | None


def alternate(identifier: str, address: Address, priority: int = 0, needs: bool = True) -> dict:
    """AlternateGK."""
    return {
        "rasAddress": transport(address),
        "gatekeeperIdentifier": identifier,
        "needToRegister": needs,
        "priority": priority,
    }


@dataclass
class Admission:
    """A call by its admission."""

    endpoint: str
    value: dict = field(repr=False, default_factory=dict)


class PyGatekeeper:
    """`routes` leads aliases to addresses, an alias that ends with * all that begin so; else they are registered ones."""

    def __init__(
        self,
        identifier: str = "others",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        time_to_live: int | None = 60,
        routes: dict[str, Address] | None = None,
        is_routing: bool = False,
        key: GatekeeperKey | None = None,
    ):
        self.identifier, self.host, self.time_to_live, self.routes = identifier, host, time_to_live, routes or {}
        self.signalling: list[Address] = []
        """Where RCF says that it takes calls."""
        self.alternates: list[tuple[str, Address]] = []
        self.is_routing = is_routing
        self.irr_frequency: int | None = None
        """How often, in seconds, calls are to be told of; IRRs are answered then."""
        self.resources: list[bool] = []
        """almostOutOfResources of each RAI."""
        self.refers: dict | None = None
        """altGKInfo of every admissionReject."""
        self.is_silent = False
        self.algorithm = U
        """What GCF says that is agreed on, with a key."""
        self.lost = 0
        """So many requests are not answered: then they come again."""
        self.refusals: dict[str, str] = {}
        """Reasons of rejects, by the name of the request."""
        self.progress = 0
        """So many milliseconds are promised by RIP, once, before the answer."""
        self.registered: dict[str, Registered] = {}
        self.admissions: dict[bytes, Admission] = {}
        self.disengaged: list[bytes] = []
        self.disengaged_at = 0.0
        """When the last DRQ came, by the monotonic clock."""
        self.statuses: list[dict] = []
        self.requests: list[tuple[str, dict]] = []
        self.confirmed: list[str] = []
        self.keep_alives = 0
        self.number = 0
        self.loop = Loop(identifier)
        self.ras = Socket(self.loop, host, self._received, port)
        self.ras.key = key
        """With one, everything is sealed, and has to be."""
        self.listener = Listener(self.loop, (host, 0), self._accepted) if is_routing else None
        self.routed: list[Address] = []
        # Datagrams and streams overtake each other: each has its own order.
        self.signalling_key = copy.copy(key)
        self.callers: set[socket.socket] = set()
        self.sealed: list[str] = []
        """Messages of callers whose seal was right."""

    @property
    def address(self) -> Address:
        return self.ras.address

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.ras.close()
        self.loop.close()
        if self.loop.faults:
            raise AssertionError(f"on the thread of {self.identifier}:\n" + "\n".join(self.loop.faults))

    def wait(self, until, within: float = 5.0, what: str = "that"):
        return self.loop.wait(until, within, f"{what}; {[name for name, _ in self.requests]}")

    # What a gatekeeper asks of endpoints

    def enquire(self, registered: Registered, call: bytes | None = None) -> None:
        """IRQ, about all calls or about one; the IRR is among the statuses."""
        admission = self.admissions.get(call) if call else None
        value = {"callReferenceValue": admission.value["callReferenceValue"] if admission else 0}
        if call:
            value["callIdentifier"] = {"guid": call}
        self._ask("infoRequest", value, registered)

    def drop(self, registered: Registered, call: bytes) -> None:
        """DRQ: the endpoint is to end the call."""
        asked = self.admissions[call].value
        value = {
            "endpointIdentifier": registered.identifier,
            "conferenceID": asked["conferenceID"],
            "callReferenceValue": asked["callReferenceValue"],
            "disengageReason": ("forcedDrop", 0),
            "callIdentifier": {"guid": call},
            "answeredCall": False,
        }
        self._ask("disengageRequest", value, registered)

    def unregister(self, registered: Registered) -> None:
        value = {"callSignalAddress": [transport(registered.signalling)], "endpointIdentifier": registered.identifier}
        self.registered.pop(registered.identifier, None)
        self._ask("unregistrationRequest", {**value, "reason": ("reregistrationRequired", 0)}, registered)

    def _ask(self, name: str, value: dict, registered: Registered) -> None:
        with self.loop.changed:
            self.number += 1
            if self.ras.key:
                self.ras.key.receiver = registered.identifier
            self.ras.send(name, {"requestSeqNum": self.number, **value}, registered.ras)

    # Answers

    def _received(self, name: str, value: dict, source: Address) -> None:
        if self.is_silent:
            return
        self.requests.append((name, value))
        if self.lost:
            self.lost -= 1
            return
        number = value["requestSeqNum"]
        if name == "infoRequestResponse":
            self.statuses.append(value)
            if value.get("needResponse"):
                self.ras.send("infoRequestAck", {"requestSeqNum": number}, source)
            return
        if name == "resourcesAvailableIndicate":
            self.resources.append(value["almostOutOfResources"])
            answer = {"requestSeqNum": number, "protocolIdentifier": version(4)}
            self.ras.send("resourcesAvailableConfirm", answer, source)
            return
        if name.endswith("Confirm"):
            self.confirmed.append(name)
            return
        if self.progress:
            self.ras.send("requestInProgress", {"requestSeqNum": number, "delay": self.progress}, source)
            delay, self.progress = self.progress, 0
            self.loop.after(delay / 2_000, lambda: self._answer(name, value, source))
            return
        self._answer(name, value, source)

    def _answer(self, name: str, value: dict, source: Address) -> None:
        action = getattr(self, f"_{name}", None)
        number = {"requestSeqNum": value["requestSeqNum"]}
        if action is None:
            self.ras.send("unknownMessageResponse", {**number}, source)
            return
        if reason := self.refusals.get(name):
            self.ras.send(name.replace("Request", "Reject"), {**number, **self._reject(name, reason)}, source)
            return
        answer, content = action(value, source)
        self.ras.send(answer, {**number, **content}, source)

    def _reject(self, name: str, reason: str) -> dict:
        head = {"protocolIdentifier": version(4)} if name in ("gatekeeperRequest", "registrationRequest") else {}
        content = 0 if reason != "duplicateAlias" else []
        more = {"altGKInfo": self.refers} if self.refers and name == "admissionRequest" else {}
        return {**head, "rejectReason": (reason, content), **more}

    def _alternates(self) -> dict:
        if not self.alternates:
            return {}
        return {"alternateGatekeeper": [alternate(*other, place) for place, other in enumerate(self.alternates)]}

    def _gatekeeperRequest(self, value: dict, _) -> tuple[str, dict]:
        head = {"protocolIdentifier": version(4), "gatekeeperIdentifier": self.identifier}
        if self.ras.key:
            offered = (value.get("authenticationCapability"), value.get("algorithmOIDs"))
            if offered != ([("pwdHash", 0)], [U]):
                raise AssertionError(f"another offer of H.235.1: {offered}")
            head |= {"authenticationMode": ("pwdHash", 0), "algorithmOID": self.algorithm}
        return "gatekeeperConfirm", {**head, "rasAddress": transport(self.address), **self._alternates()}

    def _registrationRequest(self, value: dict, source: Address) -> tuple[str, dict]:
        if value.get("keepAlive"):
            self.keep_alives += 1
            if value.get("endpointIdentifier") not in self.registered:
                reject = {"protocolIdentifier": version(4), "rejectReason": ("fullRegistrationRequired", 0)}
                return "registrationReject", reject
            known = self.registered[value["endpointIdentifier"]]
        else:
            known = Registered(
                f"{self.identifier}-{len(self.registered) + 1}",
                address_of(value["callSignalAddress"][0]),
                source,
                names(value.get("terminalAlias")),
                self.time_to_live,
            )
            self.registered[known.identifier] = known
        confirm = {
            "protocolIdentifier": version(4),
            "callSignalAddress": [transport(address) for address in self.signalling],
            "terminalAlias": [alias(name) for name in known.aliases],
            "gatekeeperIdentifier": self.identifier,
            "endpointIdentifier": known.identifier,
            "willRespondToIRR": self.irr_frequency is not None,
            "maintainConnection": False,
            **self._alternates(),
        }
        return "registrationConfirm", confirm | ({"timeToLive": self.time_to_live} if self.time_to_live else {})

    def _find(self, wanted: list[str]) -> Address | None:
        for name in wanted:
            for pattern, address in self.routes.items():
                if pattern == name or (pattern.endswith("*") and name.startswith(pattern[:-1])):
                    return address
            for known in self.registered.values():
                if name in known.aliases:
                    return known.signalling
        return None

    def _admissionRequest(self, value: dict, _) -> tuple[str, dict]:
        if value["endpointIdentifier"] not in self.registered:
            return "admissionReject", {"rejectReason": ("callerNotRegistered", 0)}
        known = self.registered[value["endpointIdentifier"]]
        if value["answerCall"]:
            address = known.signalling
        else:
            address = self._find(names(value.get("destinationInfo")))
            if address is None:
                return "admissionReject", {"rejectReason": ("calledPartyNotRegistered", 0)}
        if self.listener and not value["answerCall"]:
            self.routed.append(address)
            address = self.listener.address
        self.admissions[value["callIdentifier"]["guid"]] = Admission(known.identifier, value)
        return "admissionConfirm", {
            "bandWidth": value["bandWidth"],
            "callModel": ("gatekeeperRouted" if self.listener else "direct", 0),
            "destCallSignalAddress": transport(address),
            **({"irrFrequency": self.irr_frequency} if self.irr_frequency else {}),
            "willRespondToIRR": self.irr_frequency is not None,
            "uuiesRequested": dict.fromkeys(
                (
                    *("setup", "callProceeding", "connect", "alerting", "information", "releaseComplete"),
                    *("facility", "progress", "empty"),
                ),
                False,
            ),
        }

    def _bandwidthRequest(self, value: dict, _) -> tuple[str, dict]:
        return "bandwidthConfirm", {"bandWidth": value["bandWidth"]}

    def _disengageRequest(self, value: dict, _) -> tuple[str, dict]:
        self.disengaged.append(value["callIdentifier"]["guid"])
        self.disengaged_at = time.monotonic()
        return "disengageConfirm", {}

    def _unregistrationRequest(self, value: dict, _) -> tuple[str, dict]:
        self.registered.pop(value.get("endpointIdentifier"), None)
        return "unregistrationConfirm", {}

    def _locationRequest(self, value: dict, _) -> tuple[str, dict]:
        address = self._find(names(value["destinationInfo"]))
        if address is None:
            return "locationReject", {"rejectReason": ("requestDenied", 0)}
        return "locationConfirm", {"callSignalAddress": transport(address), "rasAddress": transport(self.address)}

    # Gatekeeper-routed call signalling: what the one says, the other hears

    def _accepted(self, connection: socket.socket) -> None:
        onward = socket.create_connection(self.routed.pop(0), timeout=5)
        self.callers.add(connection)
        for near, far in ((connection, onward), (onward, connection)):
            near.settimeout(5)
            self.loop.add(near, lambda near=near, far=far: self._pass(near, far))

    def _check(self, octets: bytes) -> None:
        """What a caller says to us is sealed, every message as a whole; what has no place for a seal is not."""
        while octets:
            message, octets = take_tpkt(octets)
            if not message:
                return
            read = Message.decode(message)
            if isinstance(read.body[1], dict):
                self.signalling_key.check(message, read.name, read.body[1])
                self.sealed.append(read.name)

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        try:
            octets = near.recv(65_536)
            if octets:
                if self.ras.key and near in self.callers:
                    self._check(octets)
                far.sendall(octets)
                return
        except ConnectionError:
            pass
        for end in (near, far):
            self.loop.remove(end)
            end.close()
