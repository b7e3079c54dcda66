"""Call signalling messages (H.225.0 §7.2): elements of Q.931 by hand, the H323-UU-PDU by pycrate."""

import struct
from dataclasses import dataclass, field

from . import values
from .values import decode, encode

TYPES = {
    "alerting": 0x01,
    "callProceeding": 0x02,
    "progress": 0x03,
    "setup": 0x05,
    "connect": 0x07,
    "releaseComplete": 0x5A,
    "facility": 0x62,
    "notify": 0x6E,
    "statusInquiry": 0x75,
    "information": 0x7B,
    "status": 0x7D,
}
BEARER, CAUSE, CALL_STATE, PROGRESS, DISPLAY = 0x04, 0x08, 0x14, 0x1E, 0x28
CALLING, CALLED, USER_USER = 0x6C, 0x70, 0x7E
CALL_SIGNALLING = 0x08
X208 = 5
"""The protocol discriminator of User-user when ASN.1 is in it."""


@dataclass
class Message:
    """One message. `body` is h323-message-body; `pdu` is what stands beside it: h245Tunnelling, h245Control and so on."""

    name: str
    reference: int
    from_callee: bool
    body: tuple
    pdu: dict = field(default_factory=dict)
    elements: dict[int, bytes] = field(default_factory=dict)

    def encode(self) -> bytes:
        user = bytes([X208]) + encode("uuie", {"h323-uu-pdu": {"h323-message-body": self.body, **self.pdu}})
        head = struct.pack("!BBHB", CALL_SIGNALLING, 2, self.reference | self.from_callee << 15, TYPES[self.name])
        # In rising order (Q.931 §4.5.1); User-user has a length of two octets (H.225.0 §7.2.2.31) and stands last.
        elements = {**self.elements, **values.elements}
        others = (bytes([code, len(value)]) + value for code, value in sorted(elements.items()))
        return head + b"".join(others) + struct.pack("!BH", USER_USER, len(user)) + user

    @classmethod
    def decode(cls, octets: bytes) -> "Message":
        discriminator, length, reference, kind = struct.unpack("!BBHB", octets[:5])
        if (discriminator, length) != (CALL_SIGNALLING, 2):
            raise AssertionError(f"no call signalling with a reference of two octets: {octets[:16].hex()}")
        name = next(name for name, code in TYPES.items() if code == kind)
        elements, place, previous = {}, 5, 0
        while place < len(octets):
            code = octets[place]
            if code & 0x80:
                place += 1
                continue
            head = 3 if code == USER_USER else 2
            size = int.from_bytes(octets[place + 1 : place + head], "big")
            value = octets[place + head : place + head + size]
            if len(value) != size or code < previous:
                raise AssertionError(f"element {code:#x} is short or out of order: {octets.hex()}")
            elements[code] = value
            place, previous = place + head + size, code
        user = elements.pop(USER_USER)
        if user[0] != X208:
            raise AssertionError(f"User-user is not of ASN.1: {user[:8].hex()}")
        pdu = decode("uuie", user[1:])["h323-uu-pdu"]
        body = pdu.pop("h323-message-body")
        return cls(name, reference & 0x7FFF, bool(reference & 0x8000), body, pdu, elements)

    @property
    def cause(self) -> int | None:
        value = self.elements.get(CAUSE)
        return value[-1] & 0x7F if value else None

    @property
    def reason(self) -> str | None:
        """`reason` of a ReleaseComplete or Facility."""
        value = self.body[1].get("reason") if isinstance(self.body[1], dict) else None
        return value[0] if value else None

    @property
    def display(self) -> str | None:
        value = self.elements.get(DISPLAY)
        return value.rstrip(b"\0").decode() if value else None


def cause(number: int) -> bytes:
    """Cause, of a user (Q.931 §4.5.12)."""
    return bytes([0x80, 0x80 | number])


def number(digits: str) -> bytes:
    """The number of a party: unknown type, private plan (H.225.0 §7.2.2.6)."""
    return bytes([0x89]) + digits.encode()


IN_BAND = bytes([0x80, 0x88])
"""Progress indicator: in-band information is there to be heard (Q.931 §4.5.23)."""
BEARER_OF_SPEECH = bytes([0x88, 0x90, 0xA5])
"""Unrestricted digital information, 64 kbit/s, H.221 and H.242 (H.225.0 §7.2.2.1)."""
