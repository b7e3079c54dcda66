"""Damaged H.323 over real sockets, in every state of a call: nothing of it disturbs a call that goes on beside it."""

import contextlib
import random
import socket
import struct
import unittest
from unittest import mock

from support.h323.stream import Stream
from support.pycrate_per import HAS_PYCRATE, MISSING
from test_council import CouncilCase


def damaged(message: bytes, chance: random.Random, count: int) -> list[bytes]:
    """So many variants: bits turned over, cut off, grown, a part of it twice."""
    variants = []
    for _ in range(count):
        octets = bytearray(message)
        for _ in range(chance.randrange(1, 6)):
            octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
        match chance.randrange(4):
            case 1:
                del octets[chance.randrange(1, len(octets)) :]
            case 2:
                octets += chance.randbytes(chance.choice((1, 100, 20_000)))
            case 3:
                place = chance.randrange(len(octets))
                octets[place:place] = octets[place : place + 64] * chance.randrange(1, 40)
        variants.append(bytes(octets))
    return variants


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Hostile(CouncilCase):
    def setUp(self) -> None:
        super().setUp()
        self.chance = random.Random(323)
        # Who talks meanwhile.
        room = self.room()
        self.one = self.guardian("technical", frequency=600.0, amplitude=4_000).dial(room).wait_connected()
        self.other = self.guardian("open", frequency=1_000.0, amplitude=4_000).dial(room).wait_connected()
        self.civic = self.guardian("civic")
        self.memory = self.resident()

    def resident(self) -> int:
        """Bytes of the server's memory."""
        with open(f"/proc/{self.proxy.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))

    def assert_undisturbed(self) -> None:
        self.assert_mixed(self.one.party, self.other.party)
        self.wait_metric("council_participants", 2, within=15)
        self.assertLess(self.resident() - self.memory, 64 << 20, "memory that is not given back")
        self.one.release()
        self.other.release()
        self.wait_metric("council_participants", 0)
        self.assert_ports_closed()

    def recorded(self) -> list[bytes]:
        """All that a terminal sends in a call, from its Setup to its ReleaseComplete."""
        sent: list[bytes] = []
        send = Stream.send

        def note(stream: Stream, *messages: bytes) -> None:
            sent.extend(messages)
            send(stream, *messages)

        with mock.patch.object(Stream, "send", note):
            call = self.civic.dial(self.room()).wait_connected()
            call.press("1")
            call.release()
        return [message for message in sent if message]

    def test_by_strangers(self):
        """Connections that begin with anything at all."""
        messages = self.recorded()
        beginnings = [variant for message in messages for variant in damaged(message, self.chance, 12)]
        framed = [struct.pack("!BBH", 3, 0, min(len(octets) + 4, 65_535)) + octets for octets in beginnings]
        # Frames that lie: shorter than their own header, of another version, longer than what comes.
        framed += [
            b"\x03\x00\x00\x00",
            b"\x03\x00\x00\x03",
            b"\x02\x00\x00\x08abcd",
            b"\x03\x00\xff\xffabc",
            b"GET / HTTP/1.1\r\n\r\n",
        ]
        for octets in framed:
            with contextlib.suppress(ConnectionError), socket.create_connection(self.signalling, timeout=5) as stranger:
                stranger.sendall(octets)
                if self.chance.random() < 0.3:
                    stranger.shutdown(socket.SHUT_WR)
                    stranger.settimeout(0.05)
                    with contextlib.suppress(TimeoutError):
                        stranger.recv(4_096)
        self.assert_undisturbed()

    def test_in_every_state(self):
        """A terminal that was let in, and goes mad at some point of its call."""
        messages = self.recorded()
        for state in ("setup", "connected", "released"):
            for message in messages:
                with self.subTest(state=state, octets=len(message)):
                    call = self.civic.dial(self.room())
                    if state != "setup":
                        call.wait_connected()
                    if state == "released":
                        call.release()
                    # What the server answers is nobody's business here.
                    with mock.patch.object(call, "received"), contextlib.suppress(ConnectionError):
                        call.stream.send(*damaged(message, self.chance, 8))
                    call.stream.close()
        self.civic.loop.faults.clear()
        self.assert_undisturbed()

    def test_by_datagrams(self):
        """RAS of strangers, of which nothing is right."""
        ras, value = self.civic.registration.ras, {"requestSeqNum": 1, "protocolIdentifier": (0, 0, 8, 2250, 0, 4)}
        known = [
            ras.octets("unregistrationRequest", {"requestSeqNum": 7, "callSignalAddress": []}),
            ras.octets("infoRequest", {"requestSeqNum": 9, "callReferenceValue": 0}),
            ras.octets("disengageConfirm", {"requestSeqNum": value["requestSeqNum"]}),
        ]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.9", 0))
            for message in known:
                for octets in damaged(message, self.chance, 400):
                    stranger.sendto(octets[:9_000], self.ras)
            for size in (0, 1, 2, 1_472, 9_000, 65_000):
                stranger.sendto(self.chance.randbytes(size), self.ras)
        self.assert_undisturbed()


if __name__ == "__main__":
    unittest.main()
