"""sipp as the yardstick's two ends: calls at a rate through a proxy, and what became of them."""

import csv
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from subjects import CALLEE_PORT, CALLER_PORT, HERE, PROXY_PORT, Failed, Subject, cpu_microseconds

# sipp takes as many calls at once as it is asked to; each wants a little memory.
MOST_CALLS = "200000"
# Calls a second under valgrind, which makes a proxy some fifty times slower; the next when one was too much.
VALGRIND_RATES = (40, 20, 10)


@dataclass
class Outcome:
    completed: int
    failed: int
    retransmissions: int
    seconds: float
    # The share of the machine that neither the proxy nor sipp used.
    others: float
    # The share of one processor that caller and callee used together.
    generator: float
    # Calls whose INVITE got a 2xx, whose BYE got one, and that were turned away with 503: by uac_survival.xml only.
    answered: int = 0
    ended: int = 0
    refused: int = 0


# sipp ends itself when its machine has been busy a hundred times; how busy it was is for the measurements to judge.
SIPP = ("sipp", "-watchdog_minor_maxtriggers", "1000000", "-watchdog_major_maxtriggers", "1000000")


def total_jiffies() -> tuple[int, int]:
    """(busy, all) of the whole machine since boot."""
    values = [int(v) for v in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(values) - values[3] - values[4], sum(values)


class Callee:
    def __init__(self, scenario: str = "uas", *arguments: str, prefix: tuple[str, ...] = ()):
        command = [*prefix, *SIPP, "-sf", str(HERE / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(CALLEE_PORT)]
        # Without the last option a retransmitted INVITE, or a BYE that overtook its ACK, would make sipp forget the call.
        command += ["-nostdin", "-buff_size", "4194304", "-l", MOST_CALLS, "-default_behaviors", "all,-abortunexp"]
        command += arguments
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        time.sleep(0.7)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()

    def cpu(self) -> float:
        return cpu_microseconds([self.process.pid])


def caller_command(scenario: str | Path, rate: int, calls: int, folder: Path, *arguments: str) -> list[str]:
    """`scenario` is the name of one beside this file, or a path."""
    path = scenario if isinstance(scenario, Path) else HERE / f"{scenario}.xml"
    command = [*SIPP, "-sf", str(path), "-i", "127.0.0.1", "-p", str(CALLER_PORT), "-nostdin"]
    command += ["-rsa", f"127.0.0.1:{PROXY_PORT}", f"127.0.0.1:{CALLEE_PORT}", "-r", str(rate), "-m", str(calls)]
    command += ["-l", MOST_CALLS, "-recv_timeout", "20000", "-buff_size", "4194304"]
    command += ["-default_behaviors", "all,-abortunexp", "-trace_stat", "-stf", str(folder / "calls.csv"), "-fd", "1"]
    return [*command, *arguments]


def make_calls(
    subject: Subject,
    scenario: str | Path,
    rate: int,
    calls: int,
    callee: Callee,
    arguments: tuple[str, ...] = (),
    prefix: tuple[str, ...] = (),
    helpers: tuple[int, ...] = (),
) -> Outcome:
    """Makes so many calls at this rate and waits until the last is over. `helpers` are processes that belong to sipp."""
    command = [*prefix, *caller_command(scenario, rate, calls, subject.folder, *arguments)]
    busy, every = total_jiffies()
    proxy, far = subject.cpu(), callee.cpu() + cpu_microseconds(helpers)
    began, usage = time.monotonic(), os.times()
    try:
        subprocess.run(
            command,
            cwd=subject.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=calls / rate + 120,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{subject.name}: {calls} calls at {rate}/s did not end") from None
    seconds = time.monotonic() - began
    busy_after, every_after = total_jiffies()
    proxy, far = subject.cpu() - proxy, callee.cpu() + cpu_microseconds(helpers) - far
    after = os.times()
    near = after.children_user + after.children_system - usage.children_user - usage.children_system
    hertz = os.sysconf("SC_CLK_TCK")
    others = ((busy_after - busy) / hertz - (proxy + far) / 1e6 - near) / ((every_after - every) / hertz)
    counts = call_counts(subject.folder)
    return Outcome(
        *(counts[name] for name in ("SuccessfulCall", "FailedCall", "Retransmissions")),
        seconds,
        max(0, others),
        (near + far / 1e6) / seconds,
        *(counts.get(f"GenericCounter{number}", 0) for number in (1, 2, 3)),
    )


def call_counts(folder: Path, within: float | None = None) -> dict[str, int]:
    """What sipp says of its last run there, by the names of its statistics: at its end, or after so many seconds."""
    try:
        with (folder / "calls.csv").open() as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        last = [row for row in rows if within is None or elapsed(row) <= within][-1]
    except (OSError, IndexError):
        raise Failed("sipp left no statistics") from None
    return {name[:-3]: int(value) for name, value in last.items() if name and name.endswith("(C)") and value.isdigit()}


def elapsed(row: dict[str, str]) -> int:
    """Whole seconds since sipp began: it writes hours:minutes:seconds, some versions microseconds behind them."""
    hours, minutes, seconds = map(int, row["ElapsedTime(C)"].split(":")[:3])
    return hours * 3600 + minutes * 60 + seconds


# The measurement that noise cannot touch


def instructions(
    subject: Subject,
    scenario: str | Path,
    arguments: tuple[str, ...] = (),
    *,
    prefix: tuple[str, ...] = (),
    digest: bool = False,
    calls: tuple[int, int] = (100, 700),
    keep: bool = False,
) -> float:
    """User-mode instructions per call: the difference of two runs of unlike length under cachegrind.

    A machine that is busy with other things makes valgrind so slow that messages are sent twice, which would be counted:
    such a pair of runs is made again at half the rate.
    """
    few, many = calls
    for rate in VALGRIND_RATES:
        short = counted(subject, scenario, arguments, prefix, digest, rate, few, keep)
        long = short and counted(subject, scenario, arguments, prefix, digest, rate, many, keep)
        if short and long:
            return (long - short) / (many - few)
    raise Failed(f"{subject.name}: even at {VALGRIND_RATES[-1]} calls/s messages were sent twice under valgrind")


def counted(
    subject: Subject,
    scenario: str | Path,
    arguments: tuple[str, ...],
    prefix: tuple[str, ...],
    digest: bool,
    rate: int,
    calls: int,
    keep: bool,
) -> int | None:
    """Instructions of one run from its start to its end; none when not every call went through at the first attempt."""
    output = subject.folder.parent / f"{subject.folder.name}.cachegrind"
    for old in output.parent.glob(f"{output.name}.*"):
        old.unlink()
    # One thread runs at a time under valgrind: fairly, or a reactor that waits for its turn lets messages go stale.
    tool = ("valgrind", "-q", "--fair-sched=try", "--tool=cachegrind", "--cache-sim=no")
    tool = (*tool, f"--cachegrind-out-file={output}.%p")
    subject.start(digest, prefix=tool, ready_within=300, keep=keep)
    try:
        with Callee() as far:
            outcome = make_calls(subject, scenario, rate, calls, far, arguments, prefix)
        # Transactions live on for a while (timers J and K); what that costs belongs to the calls.
        time.sleep(7)
    finally:
        subject.stop()
    total = 0
    for path in output.parent.glob(f"{output.name}.*"):
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("summary:"):
                total += int(line.split()[1])
        path.unlink()
    is_clean = outcome.completed == calls and outcome.retransmissions <= calls / 100
    return total if is_clean else None
