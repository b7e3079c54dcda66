"""H.225.0 and H.245 in octets by pycrate's aligned PER, and the values that stand in many messages."""

import functools
import socket
import struct
import threading

from ..pycrate_per import import_h225, import_h245

CODECS = ("g711Ulaw64k", "g711Alaw64k")
"""Their names in H.245; the payload types are 0 and 8."""
PAYLOAD_TYPES = {"g711Ulaw64k": 0, "g711Alaw64k": 8}
Address = tuple[str, int]

additions = None
"""What is done to every value before it is written, where a test wants something done (`strange`)."""

elements: dict[int, bytes] = {}
"""Of Q.931, that every message has besides its own."""

# A type of pycrate's holds the value that it had last: one thread at a time.
_lock = threading.Lock()


@functools.cache
def _kinds() -> dict:
    h225, h245 = import_h225().H323_MESSAGES, import_h245().MULTIMEDIA_SYSTEM_CONTROL
    return {
        "ras": h225.RasMessage,
        "uuie": h225.H323_UserInformation,
        "h245": h245.MultimediaSystemControlMessage,
        "channel": h245.OpenLogicalChannel,
    }


def prepare() -> None:
    """Has pycrate's modules read before anybody waits for an answer: it takes a second, and more on a busy machine."""
    decode("ras", encode("ras", ("disengageConfirm", {"requestSeqNum": 1})))


def encode(kind: str, value) -> bytes:
    """`kind`: ras, uuie, h245 or channel, an element of fastStart."""
    with _lock:
        if additions is not None:
            value = additions(kind, _kinds()[kind], value)
        _kinds()[kind].set_val(value)
        return _kinds()[kind].to_aper()


def decode(kind: str, octets: bytes):
    with _lock:
        _kinds()[kind].from_aper(octets)
        return _kinds()[kind].get_val()


# Shapes of H.225.0


def version(number: int) -> tuple[int, ...]:
    """protocolIdentifier of H.225.0."""
    return (0, 0, 8, 2250, 0, number)


def transport(address: Address) -> tuple:
    """TransportAddress."""
    return ("ipAddress", {"ip": socket.inet_aton(address[0]), "port": address[1]})


def address_of(transport: tuple) -> Address:
    name, value = transport
    if name != "ipAddress":
        raise AssertionError(f"an address of IPv4 was expected, not {transport}")
    return socket.inet_ntoa(value["ip"]), value["port"]


def alias(name: str) -> tuple:
    """AliasAddress: digits are dialled, everything else is an h323-ID."""
    return ("dialledDigits" if name and all(letter in "0123456789#*," for letter in name) else "h323-ID", name)


def names(aliases: list | None) -> list[str]:
    """What stands in AliasAddresses that are text."""
    return [value for _, value in aliases or () if isinstance(value, str)]


VENDOR = {
    "vendor": {"t35CountryCode": 255, "t35Extension": 0, "manufacturerCode": 65_535},
    "productId": b"a peer of tests",
    "versionId": b"1",
}


def endpoint_type(kind: str) -> dict:
    """EndpointType; `kind`: terminal, gateway, gatekeeper or mcu."""
    return {"vendor": VENDOR, kind: {}, "mc": kind == "mcu", "undefinedNode": False}


# Shapes of H.245


def unicast(address: Address) -> tuple:
    return ("unicastAddress", ("iPAddress", {"network": socket.inet_aton(address[0]), "tsapIdentifier": address[1]}))


def address_of_unicast(transport: tuple) -> Address:
    kind, (family, value) = transport
    if (kind, family) != ("unicastAddress", "iPAddress"):
        raise AssertionError(f"a unicast address of IPv4 was expected, not {transport}")
    return socket.inet_ntoa(value["network"]), value["tsapIdentifier"]


_CONFERENCE = {
    "multicastCapability": False,
    "multiUniCastConference": False,
    "mediaDistributionCapability": [
        {
            "centralizedControl": False,
            "distributedControl": False,
            "centralizedAudio": False,
            "distributedAudio": False,
            "centralizedVideo": False,
            "distributedVideo": False,
        }
    ],
}
MULTIPLEX = (
    "h2250Capability",
    {
        "maximumAudioDelayJitter": 60,
        "receiveMultipointCapability": _CONFERENCE,
        "transmitMultipointCapability": _CONFERENCE,
        "receiveAndTransmitMultipointCapability": _CONFERENCE,
        "mcCapability": {"centralizedConferenceMC": False, "decentralizedConferenceMC": False},
        "rtcpVideoControlCapability": False,
        "mediaPacketizationCapability": {"h261aVideoPacketization": False},
        "logicalChannelSwitchingCapability": False,
        "t120DynamicPortCapability": False,
    },
)


# TPKT (RFC 1006)


def tpkt(octets: bytes) -> bytes:
    return struct.pack("!BBH", 3, 0, len(octets) + 4) + octets


def take_tpkt(buffer: bytes) -> tuple[bytes | None, bytes]:
    """The first whole message of a stream, if there is one, and what follows it."""
    if len(buffer) < 4:
        return None, buffer
    head, _, length = struct.unpack("!BBH", buffer[:4])
    if head != 3 or length < 4:
        raise AssertionError(f"no TPKT: {buffer[:16].hex()}")
    return (buffer[4:length], buffer[length:]) if len(buffer) >= length else (None, buffer)
