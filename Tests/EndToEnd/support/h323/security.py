"""H.235.1 (HMAC-SHA1-96 over a whole RAS message) and the admission token, as somebody else reads DOMAIN §9."""

import datetime
import hashlib
import hmac
import json
import os
import time

from ..signing import Signer
from .values import encode

A, T, U = (0, 0, 8, 235, 0, 2, 1), (0, 0, 8, 235, 0, 2, 5), (0, 0, 8, 235, 0, 2, 6)
"""Object identifiers of H.235.1: the whole message, the ClearToken, HMAC-SHA1-96."""
COUNCIL = (1, 3, 6, 1, 4, 1, 32473, 9)
"""Of the admission token and of the trace_id; below the enterprise number for examples (RFC 5612)."""
HASH = 12


def canonical(value: dict) -> bytes:
    """RFC 8785 of values without fractions, whose keys are ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Key:
    """H.235.1 with a password; both sides' names are in each token."""

    def __init__(self, password: str, sender: str, receiver: str | None = None):
        self.secret = hashlib.sha1(password.encode()).digest()
        self.sender, self.receiver, self.count = sender, receiver, 0

    def seal(self, name: str, value: dict) -> bytes:
        """The message in octets with its hash in a token of its own."""
        self.count += 1
        place = os.urandom(HASH)
        values = {"tokenOID": T, "timeStamp": self.now(), "random": self.count}
        values |= {"generalID": self.receiver} if self.receiver else {}
        values |= {"sendersID": self.sender}
        hashed = {"algorithmOID": U, "paramS": {}, "hash": (int.from_bytes(place, "big"), HASH * 8)}
        token = ("cryptoHashedToken", {"tokenOID": A, "hashedVals": values, "token": hashed})
        octets = encode("ras", (name, {**value, "cryptoTokens": [("nestedcryptoToken", token)]}))
        zeroed = octets.replace(place, bytes(HASH))
        if octets.count(place) != 1:
            raise AssertionError("the hash has no place of its own")
        return octets.replace(place, self._hash(zeroed))

    def now(self) -> int:
        return int(time.time())

    def check(self, octets: bytes, name: str, value: dict) -> None:
        """Raises unless the token in a message is of the other side and its hash is right."""
        ((_, (_, token)),) = [token for token in value["cryptoTokens"] if token[0] == "nestedcryptoToken"]
        number, count = token["token"]["hash"]
        place = number.to_bytes(HASH, "big")
        if count != HASH * 8 or octets.count(place) != 1:
            raise AssertionError("no hash of H.235.1")
        if not hmac.compare_digest(self._hash(octets.replace(place, bytes(HASH))), place):
            raise AssertionError("the hash is another")

    def _hash(self, octets: bytes) -> bytes:
        return hmac.new(self.secret, octets, "sha1").digest()[:HASH]


class GatekeeperKey(Key):
    """The gatekeeper's side: `names` are those of the endpoint, to which its identifier is added; what the endpoint says
    has to be fresh, and its time and number have to rise."""

    def __init__(self, password: str, identifier: str, names: set[str]):
        super().__init__(password, identifier)
        self.names, self.last, self.checked = set(names), (0, 0), 0
        self.spoils = False
        """Whether what is said is sealed with another password."""
        self.is_late = False
        """Whether what is said was sealed long ago."""
        self.is_found_plainly = False
        """Whether GCF is not sealed, as with some gatekeepers."""

    def seal(self, name: str, value: dict) -> bytes:
        if name == "registrationConfirm":
            self.names.add(value["endpointIdentifier"])
        if name == "gatekeeperConfirm" and self.is_found_plainly:
            return encode("ras", (name, value))
        right = self.secret
        if self.spoils:
            self.secret = bytes(20)
        try:
            return super().seal(name, value)
        finally:
            self.secret = right

    def now(self) -> int:
        return super().now() - (301 if self.is_late else 0)

    def check(self, octets: bytes, name: str, value: dict) -> None:
        super().check(octets, name, value)
        ((_, (_, token)),) = value["cryptoTokens"]
        said = token["hashedVals"]
        if token["tokenOID"] != A or said["tokenOID"] != T or token["token"]["algorithmOID"] != U:
            raise AssertionError(f"{name} has other object identifiers: {token}")
        if said["sendersID"] not in self.names:
            raise AssertionError(f"{name} is from {said['sendersID']}, not from one of {self.names}")
        if name != "gatekeeperRequest" and said.get("generalID") != self.sender:
            raise AssertionError(f"{name} is for {said.get('generalID')}, not for {self.sender}")
        now = (said["timeStamp"], said["random"])
        if abs(time.time() - said["timeStamp"]) > 300 or now <= self.last:
            raise AssertionError(f"{name} has {now} after {self.last}")
        self.last, self.checked, self.receiver = now, self.checked + 1, said["sendersID"]


def admission_token(
    signer: Signer,
    terminal: str,
    identifier: bytes,
    bandwidth_bps: int,
    now: datetime.datetime | None = None,
    **changes,
) -> dict:
    """A ClearToken that the terminal has signed. `changes` are to what it says, before it is signed."""
    said = {
        "v": 1,
        "terminal_id": terminal,
        "call_identifier": identifier.hex(),
        "call_type": "ESCALATE",
        "bandwidth_bps": bandwidth_bps,
        "has_pii": False,
        "timestamp": (now or datetime.datetime.now(datetime.UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        **changes,
    }
    said["signature"] = signer.sign(canonical(said))
    return clear_token(canonical(said))


def clear_token(data: bytes) -> dict:
    return {"tokenOID": COUNCIL, "nonStandard": {"nonStandardIdentifier": COUNCIL, "data": data}}


def trace(trace_id: str) -> dict:
    """nonStandardData that ties a call to a trace_id."""
    return {"nonStandardIdentifier": ("object", COUNCIL), "data": trace_id.encode()}
