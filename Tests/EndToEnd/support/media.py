"""RTP by hand: parties that send a tone as G.711 and measure what they hear, and the descriptions that name them."""

import math
import random
import re
import socket
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

from .proxy import Proxy

SAMPLES = 160
RATE = 8000


def encode_mu(sample: int) -> int:
    """µ-law (ITU-T G.711), by its segments."""
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    magnitude = min(magnitude, 32_635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 0x0F) & 0xFF


def decode_mu(byte: int) -> int:
    byte = ~byte & 0xFF
    magnitude = ((((byte & 0x0F) << 3) + 132) << ((byte >> 4) & 7)) - 132
    return -magnitude if byte & 0x80 else magnitude


def encode_a(sample: int) -> int:
    """A-law (ITU-T G.711), by its segments."""
    sign, magnitude = (0, ~sample) if sample < 0 else (0x80, sample)
    magnitude = min(magnitude, 32_767) >> 3
    exponent = max(magnitude.bit_length() - 5, 0)
    return (sign | exponent << 4 | (magnitude >> max(exponent, 1)) & 0x0F) ^ 0x55


def decode_a(byte: int) -> int:
    byte ^= 0x55
    magnitude, exponent = ((byte & 0x0F) << 4) + 8, (byte >> 4) & 7
    if exponent:
        magnitude = (magnitude + 256) << (exponent - 1)
    return magnitude if byte & 0x80 else -magnitude


# By payload type (RFC 3551 §6).
ENCODERS = {0: encode_mu, 8: encode_a}
DECODED = {0: [decode_mu(byte) for byte in range(256)], 8: [decode_a(byte) for byte in range(256)]}


def amplitude(samples, hertz: float, rate: int = RATE) -> float:
    """Of a tone among samples, by the algorithm of Goertzel."""
    factor = 2 * math.cos(2 * math.pi * hertz / rate)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    power = last * last + before * before - factor * last * before
    return 2 * math.sqrt(power) / len(samples)


@dataclass
class Tone:
    """What a tone sounds like: hertz, and decibels below the loudest sample."""

    frequency: float
    level: float

    @classmethod
    def of(cls, samples: list[int]) -> "Tone":
        """By the crossings of zero and the mean square; of silence there are none."""
        power = sum(sample * sample for sample in samples) / max(len(samples), 1)
        crossings = [
            at + samples[at] / (samples[at] - samples[at + 1])
            for at in range(len(samples) - 1)
            if samples[at] < 0 <= samples[at + 1]
        ]
        span = crossings[-1] - crossings[0] if len(crossings) > 1 else 0
        frequency = RATE * (len(crossings) - 1) / span if span else 0.0
        return cls(frequency, 10 * math.log10(power / 32_768**2) if power else -math.inf)


@dataclass
class Party:
    """One end of a stream: a pair of sockets, what it sends, and every packet it hears with its source."""

    host: str = "127.0.0.1"
    frequency: float = 440.0
    amplitude: int = 8_000
    # 0 for µ-law, 8 for A-law: what it sends. It hears both.
    payload_type: int = 0
    # How it protects what it sends and reads what it hears: libsrtp2's contexts, or nothing.
    sends: object = None
    receives: object = None
    heard: list[tuple[bytes, tuple]] = field(default_factory=list)

    def __post_init__(self):
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        while True:
            self.rtp, self.rtcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
            try:
                self.rtp.bind((self.host, random.randrange(20_000, 30_000) & ~1))
                self.rtcp.bind((self.host, self.port + 1))
                break
            except OSError:
                self.close()
        self.rtp.setblocking(False)
        self.rtcp.setblocking(False)
        self.ssrc, self.sequence = random.getrandbits(32), random.randrange(30_000)
        self.timestamp = random.getrandbits(31)
        self.phase = 0
        self.target: tuple[str, int] | None = None

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()

    @property
    def port(self) -> int:
        return self.rtp.getsockname()[1]

    def sdp(self, *lines: str, profile: str = "RTP/AVP", formats: str = "0 101", version: int = 1) -> str:
        family = "IP6" if ":" in self.host else "IP4"
        head = ["v=0", f"o=- 1 {version} IN {family} {self.host}", "s=-", f"c=IN {family} {self.host}", "t=0 0"]
        media = [f"m=audio {self.port} {profile} {formats}", "a=rtpmap:0 PCMU/8000"]
        if "101" in formats:
            media += ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15"]
        return "\r\n".join([*head, *media, *lines, ""])

    def follow(self, description: bytes | str) -> None:
        """Sends to where a description says from now on."""
        self.target = destination(description)

    # Sending

    def packet(
        self, payload: bytes, payload_type: int | None = None, marker: bool = False, advance: int = SAMPLES
    ) -> bytes:
        kind = self.payload_type if payload_type is None else payload_type
        head = struct.pack(
            "!BBHII", 0x80, marker << 7 | kind, self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF, self.ssrc
        )
        self.sequence += 1
        self.timestamp += advance
        return head + payload

    def tone(self, count: int) -> bytes:
        """So many samples from where it is."""
        turn = 2 * math.pi * self.frequency / RATE
        encode = ENCODERS[self.payload_type]
        return bytes(encode(round(self.amplitude * math.sin(turn * (self.phase + at)))) for at in range(count))

    def said(self) -> list[int]:
        """Half a second of what it says, as it would be heard with nothing in between."""
        return [DECODED[self.payload_type][byte] for byte in self.tone(RATE // 2)]

    def voice(self) -> bytes:
        """20 ms of the tone as one packet."""
        payload = self.tone(SAMPLES)
        self.phase += SAMPLES
        return self.packet(payload)

    def send(self, packet: bytes) -> None:
        self.rtp.sendto(self.sends.must(packet) if self.sends else packet, self.target)

    def event(self, digit: int, packets: int = 3) -> None:
        """One key (RFC 4733): some packets while it is down, three that say it is up, all of one timestamp."""
        for number in range(packets + 3):
            ends = number >= packets
            payload = struct.pack("!BBH", digit, (0x80 if ends else 0) | 10, SAMPLES * (number + 1))
            self.send(self.packet(payload, 101, marker=number == 0, advance=0))
        self.timestamp += SAMPLES * 6

    # Hearing

    def listen(self) -> None:
        while True:
            try:
                data, source = self.rtp.recvfrom(2_048)
            except BlockingIOError:
                return
            if self.receives:
                status, data = self.receives.process(data)
                if status != 0:
                    raise AssertionError(f"libsrtp2 says {status}")
            self.heard.append((data, source[:2]))

    def audio(self) -> list[int]:
        """What was heard, in order of the sequence numbers and without what is no audio."""
        packets = [data for data, _ in self.heard if data[1] & 0x7F in DECODED]
        packets.sort(key=lambda data: struct.unpack("!H", data[2:4])[0])
        return [DECODED[data[1] & 0x7F][byte] for data in packets for byte in payload(data)]

    def digits(self) -> list[int]:
        """Keys that were pressed at the other end: one for each timestamp."""
        pressed = {}
        for data, _ in self.heard:
            if data[1] & 0x7F == 101:
                pressed.setdefault(data[4:8], payload(data)[0])
        return list(pressed.values())

    def forget(self) -> None:
        self.listen()
        self.heard.clear()


def payload(packet: bytes) -> bytes:
    """What stands behind the header, its contributing sources (of a mixer) and its extension (RFC 3550 §5.1)."""
    start = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        start += 4 + 4 * struct.unpack("!H", packet[start + 2 : start + 4])[0]
    return packet[start : len(packet) - packet[-1] if packet[0] & 0x20 else len(packet)]


def talk(*parties: Party, packets: int = 30, quiet: tuple[Party, ...] = (), interval: float = 0.01) -> None:
    """All of them talk at once, each packet of 20 ms twice as fast as it would be said, and hear each other out."""
    for party in (*parties, *quiet):
        party.forget()
    began = time.monotonic()
    for number in range(packets):
        for party in parties:
            party.send(party.voice())
        time.sleep(max(0.0, began + (number + 1) * interval - time.monotonic()))
        for party in (*parties, *quiet):
            party.listen()
    time.sleep(0.05)
    # A machine that was busy with something else brings the rest late; where nothing is to be heard, that is waited for too.
    late = time.monotonic() + 1
    while True:
        for party in (*parties, *quiet):
            party.listen()
        if all(len(party.heard) >= packets for party in parties) or time.monotonic() > late:
            return
        time.sleep(0.02)


def destination(description: bytes | str) -> tuple[str, int]:
    text = description.decode() if isinstance(description, bytes) else description
    host = re.search(r"^c=IN IP[46] (\S+)", text, re.MULTILINE).group(1)
    return host, int(re.search(r"^m=audio (\d+)", text, re.MULTILINE).group(1))


def media_sockets(proxy: Proxy, low: int = 40_000, high: int = 49_999) -> set[int]:
    """The UDP ports of the range that the server's process has open, by the kernel's own table."""
    inodes = set()
    for descriptor in Path(f"/proc/{proxy.process.pid}/fd").iterdir():
        try:
            link = descriptor.readlink().name
        except OSError:
            continue
        if link.startswith("socket:["):
            inodes.add(link[8:-1])
    ports = set()
    for table in ("udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            port = int(fields[1].rpartition(":")[2], 16)
            if fields[9] in inodes and low <= port <= high:
                ports.add(port)
    return ports
