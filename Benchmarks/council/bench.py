#!/usr/bin/env python3
"""A room of the council filled by H.323 terminals in one process, on loopback.

  bench.py [--people N] [--seconds S] [--speakers N] [--limit PERCENT]

Every terminal is admitted by the gatekeeper, calls in, and sends a packet of G.711 every 20 ms; a few of them speak at a
time, in turns. Printed: the share of one processor that the server takes, how even the packets come that it sends, and how
long it takes from a packet in which somebody begins to speak until another terminal has one in which that is heard. The
terminals need a processor of their own: what they are late themselves is printed beside. Exits 1 when the server takes more
than the limit, or a terminal misses more than one packet in a thousand.
"""

import argparse
import os
import pathlib
import selectors
import statistics
import struct
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

from support.h323.case import address, free_addresses  # noqa: E402
from support.h323.guardian import Guardian  # noqa: E402
from support.media import DECODED, encode_mu  # noqa: E402
from support.proxy import Proxy  # noqa: E402

TICK = 0.02
# Turns of speech: half a second each, with as much silence behind it.
TURN = 50
SILENCE = bytes([0xFF] * 160)
SPEECH = bytes(encode_mu(8_000 if index // 10 % 2 else -8_000) for index in range(160))
LOUD = 4_000
LOUDNESS = [abs(value) for value in DECODED[0]]


def processor_seconds(process: int) -> float:
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentiles(values: list[float]) -> str:
    if not values:
        return "none"
    values = sorted(values)
    return " / ".join(f"{values[min(int(len(values) * share), len(values) - 1)] * 1_000:.2f}" for share in (0.5, 0.99, 1))


class Terminal:
    """The audio of one terminal: what it sends, when what it hears came, and when it heard somebody begin."""

    def __init__(self, party):
        self.party = party
        self.party.rtp.setblocking(False)
        self.sequence, self.received = 0, 0
        self.last: float | None = None
        self.gaps: list[float] = []
        self.is_hearing = False

    def send(self, payload: bytes) -> None:
        header = struct.pack(
            "!BBHII", 0x80, 0, self.sequence & 0xFFFF, self.sequence * 160 & 0xFFFF_FFFF, self.party.ssrc
        )
        self.sequence += 1
        self.party.rtp.sendto(header + payload, self.party.target)

    def read(self, began: float | None, delays: list[float]) -> None:
        while True:
            try:
                packet = self.party.rtp.recv(2_048)
            except BlockingIOError:
                return
            now = time.monotonic()
            self.received += 1
            if self.last is not None:
                self.gaps.append(abs(now - self.last - TICK))
            self.last = now
            payload = packet[12 + 4 * (packet[0] & 15) :]
            onset = next((place for place, byte in enumerate(payload) if LOUDNESS[byte] > LOUD), None)
            if onset is None:
                self.is_hearing = False
            elif not self.is_hearing:
                self.is_hearing = True
                if began is not None:
                    # From the packet with the first loud sample to where that sample is played, if each is played at once.
                    delays.append(now + onset / 8_000 - began)


def run(terminals: list[Terminal], seconds: float, speakers: int) -> tuple[list[float], list[float]]:
    """How late the terminals were themselves, and how long speech took."""
    selector = selectors.DefaultSelector()
    for terminal in terminals:
        selector.register(terminal.party.rtp, selectors.EVENT_READ, terminal)
    start, lateness, delays, began = time.monotonic(), [], [], None
    for number in range(int(seconds / TICK)):
        due = start + number * TICK
        turn, place = divmod(number, TURN)
        while (left := due - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                key.data.read(began, delays)
        lateness.append(time.monotonic() - due)
        if place == 0:
            began = time.monotonic()
        if place == TURN - 1:
            began = None
        speaking = {(turn + index) % len(terminals) for index in range(speakers)} if place < TURN // 2 else ()
        for index, terminal in enumerate(terminals):
            terminal.send(SPEECH if index in speaking else SILENCE)
    return lateness, delays


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--speakers", type=int, default=2)
    parser.add_argument("--limit", type=float, default=20, help="percent of one processor")
    options = parser.parse_args()
    names = [f"terminal-{number}" for number in range(options.people)]
    entries = [
        {"id": f"if://guardian/{name}", "aliases": [name], "token": "none", "status": "active"} for name in names
    ]
    council = {**free_addresses(), "capacity": options.people}
    server = Proxy(
        registry={"organisations": [], "experts": [], "guardians": entries, "agents": []}, council=council
    )
    guardians = []
    try:
        server.start()
        calls = []
        for name in names:
            guardian = Guardian(name)
            guardians.append(guardian)
            guardian.register(address(council["ras"]))
            calls.append(guardian.dial("council-benchmark").wait_connected())
        terminals = [Terminal(call.party) for call in calls]
        run(terminals, 2, options.speakers)
        for terminal in terminals:
            terminal.gaps, terminal.received, terminal.last = [], 0, None
        before, start = processor_seconds(server.process.pid), time.monotonic()
        lateness, delays = run(terminals, options.seconds, options.speakers)
        wall = time.monotonic() - start
        share = 100 * (processor_seconds(server.process.pid) - before) / wall
        least = min(terminal.received for terminal in terminals) / (wall / TICK)
        gaps = [gap for terminal in terminals for gap in terminal.gaps]
        print(f"{options.people} in a room, {options.speakers} speak at a time, {wall:.0f} s")
        print(f"server: {share:.1f} % of one processor, {share / options.people:.2f} % each")
        print(f"packets to whoever got fewest: {100 * least:.2f} % of one every 20 ms")
        print(f"packets from 20 ms apart, p50 / p99 / most: {percentiles(gaps)} ms")
        print(f"from mouth to ear, p50 / p99 / most: {percentiles(delays)} ms of {len(delays)}")
        print(f"late themselves, p50 / p99 / most: {percentiles(lateness)} ms")
        if delays:
            print(f"from mouth to ear, mean: {statistics.mean(delays) * 1_000:.1f} ms")
        return 0 if share <= options.limit and least >= 0.999 else 1
    finally:
        for guardian in guardians:
            guardian.close()
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
