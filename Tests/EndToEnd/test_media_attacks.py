"""Strangers at the relay: no audio of theirs is heard, none leaks to them, and no call ends."""

import random
import socket
import struct
import time
import unittest

from support.media import media_sockets, talk
from support.media_case import MediaCase

# What no party here says.
FOREIGN = b"\x55" * 160


class Strangers(MediaCase):
    def setUp(self) -> None:
        super().setUp()
        self.stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.stranger.bind(("127.0.0.66", 0))
        self.stranger.setblocking(False)
        self.addCleanup(self.stranger.close)
        self.call = self.dial()

    def assert_unharmed(self) -> None:
        """The parties hear each other, nothing else, and the stranger hears nothing."""
        self.assert_talk(self.call)
        for party in (self.call.near, self.call.far):
            self.assertFalse([data for data, _ in party.heard if FOREIGN in data], "a stranger was heard")
        with self.assertRaises(BlockingIOError):
            self.stranger.recv(2_048)
        self.end(self.call)

    def inject(self, ssrc: int, sequence: int, timestamp: int, kind: int = 0) -> None:
        packet = struct.pack("!BBHII", 0x80, kind, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + FOREIGN
        for port in sorted(media_sockets(self.proxy)):
            self.stranger.sendto(packet, ("127.0.0.1", port))

    def test_injection_from_a_third_address(self):
        # Before anybody has said a word, in the midst of it, and with the very numbers that come next.
        for number in range(20):
            self.inject(1, number, number * 160)
        talk(self.call.near, self.call.far, packets=10)
        for party in (self.call.near, self.call.far):
            for number in range(20):
                self.inject(party.ssrc, party.sequence + number, party.timestamp + 160 * number)
        self.assert_unharmed()

    def test_a_forged_goodbye(self):
        talk(self.call.near, self.call.far, packets=10)
        for party in (self.call.near, self.call.far):
            report = struct.pack("!BBHI", 0x80, 201, 1, party.ssrc)
            goodbye = report + struct.pack("!BBHI", 0x81, 203, 1, party.ssrc)
            for port in sorted(media_sockets(self.proxy)):
                self.stranger.sendto(goodbye, ("127.0.0.1", port))
            # Even the party's own socket cannot end a call so.
            party.rtcp.sendto(goodbye, (party.target[0], party.target[1] + 1))
        self.assert_unharmed()

    def test_a_flood_of_sources(self):
        talk(self.call.near, self.call.far, packets=10)
        for number in range(2_000):
            self.inject(random.getrandbits(32), number, number * 160)
        self.assert_unharmed()

    def test_a_scan_of_all_ports(self):
        talk(self.call.near, self.call.far, packets=10)
        packet = struct.pack("!BBHII", 0x80, 0, 1, 1, 1) + FOREIGN
        # The callee's own SIP socket may lie among them.
        phones = {call.socket.getsockname()[1] for call in (self.call.caller, self.call.callee) if call}
        for port in set(range(40_000, 50_000)) - phones:
            self.stranger.sendto(packet, ("127.0.0.1", port))
            if port % 500 == 0:
                time.sleep(0.005)
        # What comes back of closed ports is the kernel's own ICMP.
        for _ in range(200):
            try:
                self.stranger.recv(2_048)
                self.fail("a port answered")
            except BlockingIOError:
                break
            except ConnectionRefusedError:
                continue
        self.assert_unharmed()

    def test_what_is_no_media(self):
        for size in (0, 1, 11, 12, 13, 1_400, 2_047, 2_048, 9_000):
            for party in (self.call.near, self.call.far):
                party.rtp.sendto(random.randbytes(size), party.target)
                party.rtcp.sendto(random.randbytes(size), (party.target[0], party.target[1] + 1))
        self.assert_unharmed()


if __name__ == "__main__":
    unittest.main()
