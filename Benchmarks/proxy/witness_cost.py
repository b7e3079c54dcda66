"""What IF.witness costs a call: the proxy with `witness: { mode: off }` beside the same with `batched`, in one run.

  witness_cost.py [cpu] [instructions]     both when none is named
    --rates 500,1000  --seconds 8  --rounds 7     for cpu
    --threshold 1.10                              fails when CPU per call grows by more than that at the highest rate

* cpu: µs of CPU per completed call, kernel time included. Off and on take turns, so that what else goes on meets both;
  the figure of each is the median of its rounds, and the ratio is the median of the ratios of neighbouring rounds.
* instructions: user-mode instructions per call from valgrind's callgrind, which noise cannot touch, by what they are for.
  valgrind offers programs no SHA instructions, so that hashing takes many times what it takes in life: SHA-256 stands in
  a column of its own, as blocks of 64 bytes a call, and so do Ed25519 and the number of batches, each of which is signed
  once, at most fifty a second whatever the rate.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench import PORTS
from calls import VALGRIND_RATES, Callee, make_calls
from subjects import ROOT, Failed, Subject, ifsip, metrics, stripped

MODES = ("off", "batched")
# Functions of OpenSSL by what they are for; the rest of libcrypto is counted with the proxy itself.
HASHING = re.compile(r"sha256_block_data_order|SHA256_|sha256_")
SIGNING = re.compile(r"ge_|fe_|fe51_|x25519_|sc_|ED25519|ossl_ed25519|sha512_block|SHA512_|table_select|cmov")


def cpu_of_a_round(subject: Subject, rate: int, seconds: int) -> float:
    arguments, prefix = PORTS["one"]
    subject.start(False)
    try:
        with Callee() as callee:
            make_calls(subject, "uac", rate, rate, callee, arguments, prefix)  # a second to warm up
            before = subject.cpu()
            outcome = make_calls(subject, "uac", rate, rate * seconds, callee, arguments, prefix)
            # Timers J and K end what belongs to the calls.
            time.sleep(5.5)
            used = subject.cpu() - before
    finally:
        subject.stop()
    if outcome.completed < 0.99 * rate * seconds:
        raise Failed(f"{subject.name}: only {outcome.completed} of {rate * seconds} calls at {rate}/s")
    return used / outcome.completed


def cpu(subjects: dict[str, Subject], rate: int, seconds: int, rounds: int) -> float:
    found: dict[str, list[float]] = {mode: [] for mode in MODES}
    for number in range(rounds):
        # Now one first, now the other: a machine that gets slower favours neither.
        for mode in MODES if number % 2 == 0 else MODES[::-1]:
            found[mode].append(cpu_of_a_round(subjects[mode], rate, seconds))
    ratios = [on / off for off, on in zip(found["off"], found["batched"], strict=True)]
    ratio = statistics.median(ratios)
    middle = {mode: statistics.median(values) for mode, values in found.items()}
    least = {mode: min(values) for mode, values in found.items()}
    print(
        f"CPU µs per call at {rate}/s: off {middle['off']:.0f}, batched {middle['batched']:.0f}, median ratio {ratio:.3f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}); least {least['off']:.0f} and {least['batched']:.0f}, "
        f"{least['batched'] / least['off']:.3f}",
        flush=True,
    )
    return ratio


# Instructions


def profile(subject: Subject, calls: int, rate: int) -> tuple[dict[str, int], int, int]:
    """Instructions of one run by kind; its records and batches."""
    output = subject.folder.parent / f"{subject.folder.name}.callgrind"
    tool = ("valgrind", "-q", "--fair-sched=try", "--tool=callgrind", f"--callgrind-out-file={output}")
    arguments, prefix = PORTS["one"]
    subject.start(False, prefix=tool, ready_within=300)
    try:
        with Callee() as callee:
            outcome = make_calls(subject, "uac", rate, calls, callee, arguments, prefix)
        time.sleep(7)
        page = metrics()
    finally:
        subject.stop()
    if outcome.completed != calls or outcome.retransmissions > calls / 100:
        raise Failed("messages were sent twice")
    kinds = {"proxy": 0, "hashing": 0, "signing": 0}
    text = subprocess.run(
        ["callgrind_annotate", "--threshold=100", str(output)], capture_output=True, text=True, check=True
    ).stdout
    for line in text.splitlines():
        if not (match := re.match(r"\s*([\d,]+) \([ \d.]+%\)\s+(\S.*)", line)) or "PROGRAM TOTALS" in line:
            continue
        name = match.group(2)
        kind = "hashing" if HASHING.search(name) else "signing" if SIGNING.search(name) else "proxy"
        kinds[kind] += int(match.group(1).replace(",", ""))
    output.unlink()
    records = int(page.value("witness_records_total")) if page.has("witness_records_total") else 0
    batches = int(page.value("witness_append_seconds_count")) if page.has("witness_append_seconds_count") else 0
    return kinds, records, batches


def difference(subject: Subject, few: int = 100, many: int = 700) -> tuple[dict[str, float], float, float]:
    for rate in VALGRIND_RATES:
        try:
            short, long = profile(subject, few, rate), profile(subject, many, rate)
        except Failed:
            continue
        count = many - few
        kinds = {kind: (long[0][kind] - short[0][kind]) / count for kind in long[0]}
        return kinds, (long[1] - short[1]) / count, (long[2] - short[2]) / count
    raise Failed(f"{subject.name}: even at {VALGRIND_RATES[-1]} calls/s messages were sent twice under valgrind")


def instructions(subjects: dict[str, Subject]) -> None:
    print(f"{'user instructions per call':28}{'proxy and records':>20}{'SHA-256':>12}{'Ed25519':>12}", end="")
    print(f"{'records':>10}{'batches':>10}", flush=True)
    for mode in MODES:
        kinds, records, batches = difference(subjects[mode])
        print(f"{mode:28}{kinds['proxy']:>20,.0f}{kinds['hashing']:>12,.0f}{kinds['signing']:>12,.0f}", end="")
        print(f"{records:>10.1f}{batches:>10.2f}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["cpu", "instructions", []])
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/ifsip-proxy")
    parser.add_argument("--rates", default="500,1000")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threshold", type=float, default=1.10)
    options = parser.parse_args()
    what = options.what or ["cpu", "instructions"]
    binary = stripped(options.binary)
    subjects = {mode: Subject(f"witness {mode}", ifsip(binary, mode)) for mode in MODES}
    status = 0
    try:
        if "cpu" in what:
            ratios = [cpu(subjects, int(rate), options.seconds, options.rounds) for rate in options.rates.split(",")]
            if ratios[-1] > options.threshold:
                print(f"more than {options.threshold}: {ratios[-1]:.3f}")
                status = 1
        if "instructions" in what:
            instructions(subjects)
    except Failed as error:
        print(error)
        status = 1
    finally:
        shutil.rmtree(binary.parent)
        for subject in subjects.values():
            shutil.rmtree(subject.folder, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
