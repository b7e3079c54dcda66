"""Runs the end-to-end tests, several modules at a time: they wait for phones and timers far more than they compute.

    run.py [-j N] [NAME...]     NAME: a module, or module.Class or module.Class.test; all modules unless told

Every module is a process of its own, with its own slice of the ports. What a module prints is shown when it has ended,
all failures at the end. Those in `ALONE` measure loads and delays: they run last, one by one.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ALONE = (
    "test_council",
    "test_crowds",
    "test_known_holes",
    "test_media_attacks",  # scans ports: others' sockets would hear of it
    "test_scanners",
    "test_witness_calls",
    "test_witness_disk",
)
COUNTED = ("failures", "errors", "skipped", "expected failures", "unexpected successes")
PORTS = (15_000, 32_000)


@dataclass
class Outcome:
    """What became of some tests: how many ran, the counts that unittest prints, what it says of failures."""

    ran: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    faults: list[str] = field(default_factory=list)
    succeeded: bool = True

    def add(self, output: str, code: int, name: str) -> None:
        ran = re.findall(r"^Ran (\d+) tests? in", output, re.MULTILINE)
        if not ran:
            self.faults.append(f"{'=' * 70}\nERROR: {name}: ended with {code} before its tests had\n{output[-4000:]}")
            self.counts["errors"] += 1
            self.succeeded = False
            return
        self.ran += int(ran[-1])
        verdict = output[output.rindex("\nRan ") :]
        for kind in COUNTED:
            self.counts[kind] += sum(int(n) for n in re.findall(rf"\b{kind}=(\d+)", verdict))
        if code != 0:
            self.succeeded = False
            parts = re.split(rf"^{'=' * 70}\n", output, flags=re.MULTILINE)
            self.faults += [f"{'=' * 70}\n{part.partition(chr(10) + 'Ran ')[0].rstrip('-')}" for part in parts[1:]]

    def verdict(self, seconds: float) -> str:
        named = ", ".join(f"{kind}={count}" for kind, count in self.counts.items() if count)
        return (
            f"{'-' * 70}\nRan {self.ran} tests in {seconds:.3f}s\n\n"
            f"{'OK' if self.succeeded else 'FAILED'}{f' ({named})' if named else ''}"
        )


class Run:
    """One run: the workers' numbers, what was found."""

    def __init__(self, workers: int):
        self.slots = list(range(workers))
        self.share = (PORTS[1] - PORTS[0]) // workers
        self.lock = threading.Lock()
        self.outcome = Outcome()

    def module(self, name: str) -> None:
        with self.lock:
            slot = self.slots.pop()
        low = PORTS[0] + slot * self.share
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-B", "-u", "-m", "unittest", "-v", name],
            cwd=HERE,
            env={**os.environ, "IFSIP_TEST_PORTS": f"{low}-{low + self.share - 1}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        with self.lock:
            self.slots.append(slot)
            shown = re.split(rf"^(?:{'=' * 70}|{'-' * 70})\n", done.stdout, maxsplit=1, flags=re.MULTILINE)[0]
            print(f"\n--- {name}, {time.monotonic() - began:.1f} s\n{shown.rstrip()}", flush=True)
            self.outcome.add(done.stdout, done.returncode, name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-j", type=int, default=2 * min(os.cpu_count() or 2, 4), metavar="N", help="modules at a time")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    # The longest first, as far as their size tells.
    everything = sorted(HERE.glob("test_*.py"), key=lambda path: -path.stat().st_size)
    names = options.names or [path.stem for path in everything]
    alone = [name for name in names if name.partition(".")[0] in ALONE]
    run = Run(options.j)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        for done in [pool.submit(run.module, name) for name in names if name not in alone]:
            done.result()
    for name in alone:
        run.module(name)
    print("\n" + "\n".join(run.outcome.faults))
    print(run.outcome.verdict(time.monotonic() - began))
    return 0 if run.outcome.succeeded else 1


if __name__ == "__main__":
    sys.exit(main())
