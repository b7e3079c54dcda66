"""A capture server: it keeps HEP3 packets and reads them by its own lights (HEP3 rev. 37), and refuses what it cannot."""

import ipaddress
import socket
import struct
import threading
import time
from dataclasses import dataclass

FIXED = {1: 1, 2: 1, 3: 4, 4: 4, 5: 16, 6: 16, 7: 2, 8: 2, 9: 4, 10: 4, 11: 1, 12: 4, 13: 2}
SIP, LOG = 1, 100


@dataclass
class Packet:
    """One packet: what its chunks say."""

    source: tuple[str, int]
    destination: tuple[str, int]
    protocol: int
    time: float
    type: int
    agent: int
    payload: bytes
    correlation: bytes | None
    node: bytes | None
    key: bytes | None
    received: float

    @property
    def start(self) -> str:
        return self.payload.split(b"\r\n")[0].decode()


def decode(data: bytes, received: float = 0) -> Packet:
    if data[:4] != b"HEP3" or struct.unpack(">H", data[4:6])[0] != len(data):
        raise AssertionError(f"no HEP3 packet: {data[:16]!r}, {len(data)} bytes")
    chunks: dict[int, bytes] = {}
    offset = 6
    while offset < len(data):
        vendor, kind, length = struct.unpack(">HHH", data[offset : offset + 6])
        value = data[offset + 6 : offset + length]
        if length < 6 or offset + length > len(data) or vendor != 0 or kind in chunks:
            raise AssertionError(f"chunk {vendor:#x} {kind:#x} of {length} bytes at {offset} of {len(data)}")
        if kind in FIXED and len(value) != FIXED[kind]:
            raise AssertionError(f"chunk {kind:#x} has {len(value)} bytes")
        chunks[kind] = value
        offset += length
    numbers = {kind: int.from_bytes(chunks[kind], "big") for kind in FIXED if kind in chunks}
    source, destination = {2: (3, 4), 10: (5, 6)}[numbers[1]]
    if {3, 4, 5, 6} & chunks.keys() != {source, destination}:
        raise AssertionError("addresses of another family")
    return Packet(
        (str(ipaddress.ip_address(chunks[source])), numbers[7]),
        (str(ipaddress.ip_address(chunks[destination])), numbers[8]),
        numbers[2],
        numbers[9] + numbers[10] / 1e6,
        numbers[11],
        numbers[12],
        chunks[15],
        chunks.get(17),
        chunks.get(19),
        chunks.get(14),
        received,
    )


class CaptureServer:
    """Listens on a free loopback port until `close`."""

    def __init__(self, host: str = "127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind((host, 0))
        self.address = self.socket.getsockname()[:2]
        self.raw: list[bytes] = []
        self.packets: list[Packet] = []
        self.faults: list[str] = []
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        host, port = self.address
        return f"udp://[{host}]:{port}" if ":" in host else f"udp://{host}:{port}"

    def _listen(self) -> None:
        while data := self.socket.recv(65536):
            try:
                self.packets.append(decode(data, time.time()))
                self.raw.append(data)
            except (AssertionError, KeyError, struct.error) as fault:
                self.faults.append(repr(fault))

    def of(self, call_id: str, kind: int = SIP) -> list[Packet]:
        return [p for p in self.packets if p.correlation == call_id.encode() and p.type == kind]

    def until(self, wanted, within: float = 5.0) -> list[Packet]:
        """The packets, once `wanted(packets)` holds."""
        deadline = time.monotonic() + within
        while not wanted(self.packets):
            if time.monotonic() > deadline:
                shown = "\n".join(f"{p.type} {p.start}" for p in self.packets[-20:])
                raise AssertionError(f"no such packets within {within} s; the last of {len(self.packets)}:\n{shown}")
            time.sleep(0.02)
        return self.packets

    def close(self) -> None:
        # An empty datagram ends the loop.
        with socket.socket(self.socket.family, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.address)
        self.thread.join(5)
        self.socket.close()
