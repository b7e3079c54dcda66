"""SRTP contexts behind pipes: ours (Tests/Interop/SRTPPipe) and libsrtp2's (Tests/Interop/srtp-peer.c)."""

import shutil
import struct
import subprocess
from pathlib import Path

from .proxy import BINARY, ROOT

# The order of SRTPSuite.allCases: name, bytes of master key and salt, bytes of the RTP and of the RTCP tag.
SUITES = (
    ("AES_CM_128_HMAC_SHA1_80", 30, 10, 10),
    ("AES_CM_128_HMAC_SHA1_32", 30, 4, 10),
    ("AES_256_CM_HMAC_SHA1_80", 46, 10, 10),
    ("AES_256_CM_HMAC_SHA1_32", 46, 4, 10),
    ("AEAD_AES_128_GCM", 28, 16, 16),
    ("AEAD_AES_256_GCM", 44, 16, 16),
)
SENDS, RECEIVES = 0, 1
FINE, NOT_AUTHENTIC, REPLAYED, TOO_OLD, OTHER = range(5)
PEER_SOURCE = ROOT / "Tests/Interop/srtp-peer.c"


def can_build_peer() -> bool:
    """Whether there is a compiler, and libsrtp2 to build with."""
    return shutil.which("cc") is not None and Path("/usr/include/srtp2/srtp.h").exists()


def build_peer(folder: Path) -> Path:
    """The program with libsrtp2 in it, made in a folder."""
    program = folder / "srtp-peer"
    command = ["cc", "-O2", "-Wall", "-Werror", "-o", str(program), str(PEER_SOURCE), "-lsrtp2"]
    subprocess.run(command, check=True)
    return program


class Pipe:
    """One program with as many contexts as wanted."""

    def __init__(self, program: Path = BINARY.parent / "SRTPPipe"):
        self.process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, command: bytes) -> bytes:
        self.process.stdin.write(struct.pack("!I", len(command)) + command)
        self.process.stdin.flush()
        (length,) = struct.unpack("!I", self._read(4))
        return self._read(length)

    def _read(self, count: int) -> bytes:
        data = self.process.stdout.read(count)
        if len(data) != count:
            raise AssertionError(f"{self.process.args[0]} ended with {self.process.wait()}")
        return data

    def context(self, direction: int, suite: int, key: bytes, **options) -> "Context":
        return Context(self, direction, suite, key, **options)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()


class Context:
    """SRTP of one direction; `ssrc` is needed where a rollover counter is set."""

    def __init__(
        self,
        pipe: Pipe,
        direction: int,
        suite: int,
        key: bytes,
        identifier: bytes = b"",
        clear_rtcp: bool = False,
        ssrc: int = 0,
    ):
        self.pipe = pipe
        head = struct.pack("!cBBBIB", b"C", direction, suite, clear_rtcp, ssrc, len(identifier))
        answer = pipe.ask(head + identifier + key)
        if len(answer) != 4:
            raise AssertionError("the context was refused")
        (self.number,) = struct.unpack("!I", answer)

    def begin(self, ssrc: int, rollover_counter: int) -> None:
        answer = self.pipe.ask(struct.pack("!cIII", b"B", self.number, ssrc, rollover_counter))
        if answer != bytes([FINE]):
            raise AssertionError(f"no counter: {answer!r}")

    def process(self, packet: bytes, rtcp: bool = False) -> tuple[int, bytes]:
        """What became of the packet, and the packet it became."""
        answer = self.pipe.ask(struct.pack("!cIB", b"P", self.number, rtcp) + packet)
        return answer[0], answer[1:]

    def must(self, packet: bytes, rtcp: bool = False) -> bytes:
        status, result = self.process(packet, rtcp)
        if status != FINE:
            raise AssertionError(f"status {status} for {packet.hex()}")
        return result


def rtp_packet(sequence: int, ssrc: int = 0xCAFEBABE, payload: bytes | None = None, head: int = 0x80) -> bytes:
    payload = bytes((sequence + at) & 0xFF for at in range(160)) if payload is None else payload
    return struct.pack("!BBHII", head, 0, sequence & 0xFFFF, (sequence * 160) & 0xFFFFFFFF, ssrc) + payload


def rtcp_packet(ssrc: int = 0xCAFEBABE) -> bytes:
    report = struct.pack("!BBHI", 0x80, 201, 1, ssrc)
    description = struct.pack("!BBHI", 0x81, 202, 3, ssrc) + b"\x01\x03a@b\x00\x00\x00"
    return report + description
