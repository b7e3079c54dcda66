"""Whether the proxy lives through what it should not have to: a long time near its limit with broken messages mixed in,
and three times what it can carry.

  survival.py                  one minute of the first, half a minute of the second
  survival.py --full           ten minutes and two
    --seconds N  --overload-seconds N   other lengths
    --quota 20                 per cent of one processor for the proxy; sipp has the other processor
    --limit N                  calls a second the proxy carries without loss; else it is searched for first
    --witness off              batched (as it is used), strict or off

Each part fails when one of its lines is missed:

* no leak: RSS after the calls is what it was after a warm-up at the same rate, within LEAK_SHARE and LEAK_BYTES; no
  transaction and no call is left within GAUGES_WITHIN seconds;
* no accepted call is lost: each that got a 200 to its INVITE got one to its BYE;
* goodput: under overload, completed calls a second are at least GOODPUT of the limit;
* afterwards it serves a low rate without one failure.
"""

import argparse
import random
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from calls import Callee, Outcome, call_counts, make_calls
from quota import GENERATOR_LIMIT, ON_GENERATOR_CPU, highest_rate, quota
from subjects import PROXY_PORT, REALM, ROOT, Failed, Subject, ifsip, metrics, stripped

LEAK_SHARE, LEAK_BYTES = 0.10, 8 << 20
GAUGES_WITHIN = 45
# The server looks every five seconds whether a peak is over and memory can be given back.
GIVES_BACK_WITHIN = 7
GOODPUT = 0.90
LOAD, OVERLOAD, AFTERWARDS = 0.80, 3.0, 0.25
# Transactions that have ended are kept for 64·T1, 32 seconds: before that a warm-up has not seen the most there will be.
WARM_UP_SECONDS = 40
MALFORMED_SHARE = 0.01
# Long enough that the timers of ended transactions are part of the cost, as they are later on.
SEARCH_SECONDS = 15
# What the proxy receives for one call: INVITE, 180, 200, ACK, BYE, 200.
MESSAGES_PER_CALL = 6
TORTURE = ROOT.parent / "shared/conformance/torture"


class Malformed(threading.Thread):
    """Sends broken messages at a rate until it is stopped: the torture tests where they are at hand (RFC 4475, RFC
    5118), and sane messages with something wrong in them. None of them can become a call: what stays a sane INVITE asks
    for a domain that nobody serves."""

    def __init__(self, per_second: float):
        super().__init__(daemon=True)
        self.interval = 1 / per_second
        self.random = random.Random(4475)
        self.torture = [path.read_bytes() for path in sorted(TORTURE.glob("**/*.dat"))]
        self.sent = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", 0))
            sender.setblocking(False)
            due = time.monotonic()
            while not self.stopping.wait(max(0, due - time.monotonic())):
                due += self.interval
                try:
                    sender.sendto(self.message(), ("127.0.0.1", PROXY_PORT))
                    self.sent += 1
                except OSError:
                    continue

    def stop(self) -> int:
        self.stopping.set()
        self.join()
        return self.sent

    def message(self) -> bytes:
        if self.torture and self.random.random() < 0.5:
            return self.bent(self.random.choice(self.torture)) if self.random.random() < 0.5 else self.tortured()
        return self.bent(self.sane())

    def tortured(self) -> bytes:
        return self.random.choice(self.torture)[:65_000]

    def sane(self) -> bytes:
        number = self.random.getrandbits(48)
        method = self.random.choice(("INVITE", "BYE", "ACK", "CANCEL", "REGISTER", "OPTIONS", "SIP/2.0"))
        start = "SIP/2.0 200 OK" if method == "SIP/2.0" else f"{method} sip:bob@nobody.invalid SIP/2.0"
        lines = (
            start,
            f"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKbent{number:x}",
            "Max-Forwards: 70",
            f"From: <sip:mallory@{REALM}>;tag=m{number:x}",
            "To: <sip:bob@nobody.invalid>",
            f"Call-ID: bent-{number:x}",
            f"CSeq: 1 {method if method != 'SIP/2.0' else 'INVITE'}",
            "Contact: <sip:mallory@127.0.0.1:9>",
            "Content-Length: 0",
            "",
            "",
        )
        return "\r\n".join(lines).encode()

    def bent(self, message: bytes) -> bytes:
        """The message with one to four injuries."""
        data = bytearray(message)
        for _ in range(self.random.randint(1, 4)):
            place = self.random.randrange(len(data) or 1)
            match self.random.randrange(5):
                case 0:
                    del data[place:]
                case 1:
                    data[place : place + 1] = self.random.randbytes(1)
                case 2:
                    data[place:place] = self.random.randbytes(self.random.randint(1, 40))
                case 3:
                    del data[place : place + self.random.randint(1, 40)]
                case _:
                    data[place:place] = bytes(data[place : place + 80])
        return bytes(data[:65_000])


class Lines:
    """The table: what was wanted, what was seen, and whether that is enough."""

    def __init__(self):
        self.missed: list[str] = []

    def head(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def note(self, what: str, seen: str) -> None:
        print(f"    {what:44} {seen}", flush=True)

    def hold(self, what: str, seen: str, is_good: bool) -> None:
        print(f"  {' ' if is_good else '✗'} {what:44} {seen}", flush=True)
        if not is_good:
            self.missed.append(what)


def calls(subject: Subject, rate: int, seconds: int) -> Outcome:
    with Callee(prefix=ON_GENERATOR_CPU) as callee:
        return make_calls(subject, "uac_survival", rate, rate * seconds, callee, prefix=ON_GENERATOR_CPU)


def wait_for_gauges(within: float = GAUGES_WITHIN) -> tuple[float, float, float]:
    """(transactions, calls, seconds it took) once both are none, or at the end of the wait."""
    began = time.monotonic()
    while True:
        seen = metrics()
        left = seen.value("sip_transactions"), seen.value("sip_active_calls")
        if left == (0, 0) or time.monotonic() - began > within:
            return *left, time.monotonic() - began
        time.sleep(1)


def part(subject: Subject, lines: Lines, rate: int, seconds: int, malformed: bool, limit: int | None) -> None:
    """Warm-up, the calls themselves, and what is left of them. With a limit the goodput is held against it."""
    # At the rate itself: tables and allocators grow to what it takes, and keep that. Beyond the limit it takes more the
    # longer it lasts, so the warm-up lasts as long: what comes after it is what a leak would be.
    warm = calls(subject, rate, max(WARM_UP_SECONDS, seconds) if limit else WARM_UP_SECONDS)
    lines.note("warm-up", f"{warm.completed} calls, {warm.failed} failed")
    _, lingering, _ = wait_for_gauges()
    time.sleep(GIVES_BACK_WITHIN)
    before = subject.rss()
    sender = Malformed(rate * MESSAGES_PER_CALL * MALFORMED_SHARE) if malformed else None
    if sender:
        sender.start()
    seen = calls(subject, rate, seconds)
    broken = sender.stop() if sender else 0
    if subject.process.poll() is not None:
        raise Failed(
            f"the proxy ended with {subject.process.returncode}:\n{(subject.folder / 'log.txt').read_text()[-2000:]}"
        )
    lines.note(
        "calls offered, completed, refused, failed", f"{rate * seconds}, {seen.ended}, {seen.refused}, {seen.failed}"
    )
    lines.note("messages sent again by sipp", f"{seen.retransmissions}")
    lines.note("sipp's part of its processor", f"{seen.generator:.0%}")
    if sender:
        lines.note("broken messages", f"{broken}")
    lost = seen.answered - seen.ended
    lines.hold("accepted calls lost: none", f"{lost} of {seen.answered}", lost == 0)
    if limit is None:
        share = seen.ended / (rate * seconds)
        lines.hold("every call completed", f"{share:.2%}", seen.ended == rate * seconds)
    else:
        # sipp waits for the last stragglers; what counts is what was done while calls were offered.
        goodput = call_counts(subject.folder, seconds).get("GenericCounter2", 0) / seconds
        lines.hold(
            f"goodput ≥ {GOODPUT:.0%} of {limit}/s",
            f"{goodput:.0f}/s, {goodput / limit:.0%}",
            goodput >= GOODPUT * limit,
        )
        if seen.generator > GENERATOR_LIMIT:
            lines.hold("sipp had time to offer it", f"{seen.generator:.0%} busy", False)
    transactions, active, took = wait_for_gauges()
    lines.hold("transactions left: none", f"{transactions:.0f} after {took:.0f} s", transactions == 0)
    lines.hold("calls left: none", f"{lingering:.0f} of the warm-up, {active - lingering:.0f} since", active == 0)
    time.sleep(GIVES_BACK_WITHIN)
    after = subject.rss()
    bound = before * (1 + LEAK_SHARE) + LEAK_BYTES
    grown = f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after, at most {bound / 1e6:.1f}"
    lines.hold("RSS is what it was", grown, after <= bound)
    rate_after = max(10, int((limit or rate) * AFTERWARDS))
    well = calls(subject, rate_after, 5)
    lines.hold(
        "afterwards all is well", f"{well.ended} of {rate_after * 5} at {rate_after}/s", well.ended == rate_after * 5
    )


def run(options: argparse.Namespace, subject: Subject, lines: Lines) -> None:
    limit = options.limit
    if not limit:
        lines.head(f"The limit, in {options.quota} % of one processor")
        tell: Callable[[str], None] = lambda text: lines.note("", text)
        limit, _ = highest_rate(subject, "uac_survival", SEARCH_SECONDS, tell=tell)
        lines.note("calls/s without loss", f"{limit}")
    rate = max(1, int(limit * LOAD))
    lines.head(f"{options.seconds} s at {rate} calls/s, {LOAD:.0%} of the limit, {MALFORMED_SHARE:.0%} broken messages")
    subject.start(False)
    try:
        part(subject, lines, rate, options.seconds, True, None)
    finally:
        subject.stop()
    rate = int(limit * OVERLOAD)
    lines.head(f"{options.overload_seconds} s at {rate} calls/s, {OVERLOAD:.0%} of the limit")
    subject.start(False)
    try:
        part(subject, lines, rate, options.overload_seconds, False, limit)
    finally:
        subject.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/ifsip-proxy")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--overload-seconds", type=int)
    parser.add_argument("--quota", type=int, default=20)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--witness", default="batched", choices=("batched", "strict", "off"))
    options = parser.parse_args()
    options.seconds = options.seconds or (600 if options.full else 60)
    options.overload_seconds = options.overload_seconds or (120 if options.full else 30)
    binary = stripped(options.binary)
    subject = Subject("ifsip", ifsip(binary, options.witness))
    lines = Lines()
    try:
        with quota(options.quota) as enter:
            subject.prefix = enter
            run(options, subject, lines)
    except Failed as error:
        lines.hold("the run itself", str(error), False)
    finally:
        shutil.rmtree(binary.parent)
        shutil.rmtree(subject.folder, ignore_errors=True)
    print("\n" + (f"missed: {', '.join(lines.missed)}" if lines.missed else "every line is held"))
    return 1 if lines.missed else 0


if __name__ == "__main__":
    sys.exit(main())
