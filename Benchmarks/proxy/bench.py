"""The proxy yardstick: ifsip-proxy and Kamailio carry the same calls, and this counts what each call costs them.

  bench.py [instructions] [cpu] [memory]   all three when none is named
    --proxies kamailio,ifsip,ifsip-witness   who is measured (default: all)
    --rates 500,1000  --seconds 20           for cpu
    --pending 10000                          for memory
    --digest                                 with a 407 challenge on every call (default: both without and with)

* instructions: user-mode instructions per call, from valgrind's cachegrind: the difference of two runs of unlike length,
  so that starting and stopping fall out. Noise on the machine cannot touch it.
* cpu: µs of CPU per completed call at a fixed rate, kernel time included, from the scheduler's own account of every
  thread. `others` is the share of the machine that neither the proxy nor sipp used: above 0.10 the row is marked.
* memory: growth of the proportional set size while INVITEs are pending, divided by their number.

Kamailio runs with its fast allocator (-x fm -X fm); Debian's default is a debugging allocator many times heavier.
ifsip-proxy runs twice: with the witness off, which compares like with like, and with it on, which is how it is used.
"""

import argparse
import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

from support.ports import free_port

PROXY_PORT, ADMIN_PORT, CALLEE_PORT, CALLER_PORT = (free_port() for _ in range(4))
REALM, USER, PASSWORD = "if.internal", "alice", "wonderland"
WORKERS = os.cpu_count() or 2
NOISY = 0.10


class Failed(Exception):
    """A measurement that cannot be taken, in words for a person."""


@dataclass
class Subject:
    """A proxy to measure: how to make its files in a folder and the command that runs it there."""

    name: str
    prepare: Callable[[Path, bool], list[str]]
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ifsip-bench-")))
    process: subprocess.Popen | None = None

    def start(self, digest: bool, prefix: tuple[str, ...] = (), ready_within: float = 20) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        command = self.prepare(self.folder, digest)
        with (self.folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen([*prefix, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + ready_within
        while not answers_options():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Failed(f"{self.name} did not start:\n{(self.folder / 'log.txt').read_text()[-2000:]}")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()

    def pids(self) -> list[int]:
        """The process and all its descendants."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu(self) -> float:
        return cpu_microseconds(self.pids())

    def pss(self) -> int:
        """Bytes, pages shared between processes counted by their share."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total


def cpu_microseconds(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(path.read_text().split()[0])
            except OSError:
                continue
    return total / 1000


def answers_options() -> bool:
    """Whether the proxy port answers an OPTIONS, with whatever status."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.5)
        probe.connect(("127.0.0.1", PROXY_PORT))
        port = probe.getsockname()[1]
        lines = (
            f"OPTIONS sip:127.0.0.1:{PROXY_PORT} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKready{time.monotonic_ns()};rport",
            "Max-Forwards: 0",
            "From: <sip:ready@if.internal>;tag=1",
            f"To: <sip:127.0.0.1:{PROXY_PORT}>",
            f"Call-ID: ready-{time.monotonic_ns()}",
            "CSeq: 1 OPTIONS",
            "Content-Length: 0",
            "",
            "",
        )
        try:
            probe.send("\r\n".join(lines).encode())
            return bool(probe.recv(4096))
        except OSError:
            time.sleep(0.1)
            return False


# The proxies


def kamailio(folder: Path, digest: bool) -> list[str]:
    modules = next((p for p in Path("/usr/lib").glob("*/kamailio/modules")), None)
    if modules is None or not shutil.which("kamailio"):
        raise Failed("kamailio is not installed")
    text = (HERE / "kamailio.cfg").read_text()
    values = {"WORKERS": WORKERS, "PORT": PROXY_PORT, "MODULES": modules, "REALM": REALM, "PASSWORD": PASSWORD}
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    (folder / "kamailio.cfg").write_text(text)
    command = ["kamailio", "-x", "fm", "-X", "fm", "-m", "512", "-M", "16", "-DD", "-E", "-f", "kamailio.cfg"]
    command += ["-Y", str(folder), "-w", str(folder), *(["-A", "WITH_DIGEST"] if digest else [])]
    command[command.index("kamailio.cfg")] = str(folder / "kamailio.cfg")
    return command


def ifsip(binary: Path, witness: str) -> Callable[[Path, bool], list[str]]:
    def prepare(folder: Path, digest: bool) -> list[str]:
        if not binary.exists():
            raise Failed(f"{binary} is not there; tools/bench builds it")
        config = {
            "state_dir": str(folder / "state"),
            "domains": [REALM],
            "listen": [f"udp://127.0.0.1:{PROXY_PORT}"],
            "admin": f"http://127.0.0.1:{ADMIN_PORT}",
            "auth": {"realm": REALM, "invite": "required" if digest else "off", "algorithms": ["MD5"]},
            "tls_required_for": "none",
            "routes": [{"match": "sip:*@127.0.0.1", "next_hop": f"sip:127.0.0.1:{CALLEE_PORT}"}],
            "witness": {"mode": witness, "origin": f"{REALM}/witness"},
            "flood": {"messages_per_second": 1_000_000, "burst": 1_000_000},
            "calls": {"max_active": 200_000},
            "reactors": WORKERS,
            "drain_seconds": 0,
            "log": {"level": "warning", "format": "json"},
        }
        path = folder / "ifsip-proxy.yaml"
        path.write_text(json.dumps(config, indent=2))
        add = [str(binary), "user", "add", USER, "--config", str(path)]
        done = subprocess.run(add, input=f"{PASSWORD}\n", text=True, capture_output=True, check=False)
        if done.returncode:
            raise Failed(f"user add: {done.stdout}{done.stderr}")
        return [str(binary), "serve", "--config", str(path)]

    return prepare


# The calls


@dataclass
class Outcome:
    completed: int
    failed: int
    retransmissions: int
    seconds: float
    others: float


def total_jiffies() -> tuple[int, int]:
    """(busy, all) of the whole machine since boot."""
    values = [int(v) for v in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(values) - values[3] - values[4], sum(values)


class Callee:
    def __init__(self, scenario: str, *arguments: str):
        command = ["sipp", "-sf", str(HERE / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(CALLEE_PORT), "-nostdin"]
        command += ["-buff_size", "4194304", "-l", "200000", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        time.sleep(0.7)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()


def caller_command(digest: bool, rate: int, calls: int, folder: Path, *arguments: str) -> list[str]:
    scenario = "uac_digest" if digest else "uac"
    command = ["sipp", "-sf", str(HERE / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(CALLER_PORT), "-nostdin"]
    command += ["-rsa", f"127.0.0.1:{PROXY_PORT}", f"127.0.0.1:{CALLEE_PORT}", "-r", str(rate), "-m", str(calls)]
    command += ["-l", "200000", "-recv_timeout", "20000", "-buff_size", "4194304"]
    command += ["-default_behaviors", "all,-abortunexp", "-trace_stat", "-stf", str(folder / "calls.csv"), "-fd", "1"]
    return [*command, *arguments]


def make_calls(subject: Subject, digest: bool, rate: int, calls: int, callee: Callee) -> Outcome:
    command = caller_command(digest, rate, calls, subject.folder)
    busy, every = total_jiffies()
    ours = subject.cpu() + cpu_microseconds([callee.process.pid])
    began = time.monotonic()
    usage = os.times()
    timeout = calls / rate + 60
    subprocess.run(
        command,
        cwd=subject.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=timeout,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    seconds = time.monotonic() - began
    busy_after, every_after = total_jiffies()
    ours = subject.cpu() + cpu_microseconds([callee.process.pid]) - ours
    after = os.times()
    sipp_seconds = after.children_user + after.children_system - usage.children_user - usage.children_system
    hertz = os.sysconf("SC_CLK_TCK")
    others = ((busy_after - busy) / hertz - ours / 1e6 - sipp_seconds) / ((every_after - every) / hertz)
    completed, failed, retransmissions = call_counts(subject.folder)
    return Outcome(completed, failed, retransmissions, seconds, max(0, others))


def call_counts(folder: Path) -> tuple[int, int, int]:
    """What sipp says of its last run there: calls completed, calls failed, messages sent again."""
    with (folder / "calls.csv").open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]), int(last["Retransmissions(C)"])


# The measurements


def instructions(subject: Subject, digest: bool) -> float:
    """User-mode instructions per call."""

    def run(calls: int) -> int:
        output = subject.folder.parent / f"{subject.folder.name}.cachegrind"
        for old in output.parent.glob(f"{output.name}.*"):
            old.unlink()
        tool = ("valgrind", "-q", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={output}.%p")
        subject.start(digest, prefix=tool, ready_within=120)
        with Callee("uas") as callee:
            outcome = make_calls(subject, digest, 40, calls, callee)
        if outcome.completed != calls:
            subject.stop()
            raise Failed(f"{subject.name}: {outcome.completed} of {calls} calls under valgrind")
        # Transactions live on for a while (timers J and K); what that costs belongs to the calls.
        time.sleep(7)
        subject.stop()
        total = 0
        for path in output.parent.glob(f"{output.name}.*"):
            for line in path.read_text(errors="replace").splitlines():
                if line.startswith("summary:"):
                    total += int(line.split()[1])
            path.unlink()
        return total

    few, many = 100, 700
    return (run(many) - run(few)) / (many - few)


def cpu_per_call(subject: Subject, digest: bool, rate: int, seconds: int) -> tuple[float, Outcome]:
    subject.start(digest)
    try:
        with Callee("uas") as callee:
            make_calls(subject, digest, rate, rate, callee)  # a second to warm up
            before = subject.cpu()
            outcome = make_calls(subject, digest, rate, rate * seconds, callee)
            time.sleep(6)
            used = subject.cpu() - before
    finally:
        subject.stop()
    if not outcome.completed:
        raise Failed(f"{subject.name}: no call at {rate}/s")
    return used / outcome.completed, outcome


def memory(subject: Subject, pending: int) -> tuple[float, int, int]:
    """Bytes per pending INVITE, and the idle size before and after."""
    rate = 1000
    hold = int(pending / rate + 4) * 1000
    subject.start(False)
    try:
        with Callee("uas_slow", "-d", str(hold)):
            before = subject.pss()
            command = caller_command(False, rate, pending, subject.folder)
            caller = subprocess.Popen(
                command,
                cwd=subject.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(pending / rate + 2)
            during = subject.pss()
            caller.wait(120)
            completed = call_counts(subject.folder)[0]
            if completed != pending:
                raise Failed(f"{subject.name}: only {completed} of {pending} pending calls were answered in the end")
            time.sleep(10)
            after = subject.pss()
    finally:
        subject.stop()
    return (during - before) / pending, before, after


# The table


class Report:
    def __init__(self, names: list[str]):
        self.names = names
        self.rows: list[dict] = []
        print(f"{'':44}" + "".join(f"{name:>18}" for name in names), flush=True)

    def row(self, title: str, measure: Callable[[str], tuple[float, str]]) -> None:
        print(f"{title:44}", end="", flush=True)
        row: dict = {"measure": title}
        for name in self.names:
            try:
                value, mark = measure(name)
                row[name] = round(value, 1)
                print(f"{f'{value:,.0f}{mark}':>18}", end="", flush=True)
            except Failed as error:
                row[name] = None
                print(f"{'-':>18}", end="", flush=True)
                row.setdefault("errors", []).append(str(error))
        base = row.get("kamailio")
        others = [row[name] for name in self.names if name != "kamailio"]
        if base and any(others):
            print("   × " + " ".join(f"{v / base:.2f}" if v else "-" for v in others), end="")
        print(flush=True)
        for error in row.get("errors", []):
            print(f"    {error}")
        self.rows.append(row)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["instructions", "cpu", "memory", []])
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/ifsip-proxy")
    parser.add_argument("--proxies", default="kamailio,ifsip,ifsip-witness")
    parser.add_argument("--rates", default="500,1000")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--pending", type=int, default=10_000)
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--json", type=Path, help="also write the table here")
    options = parser.parse_args()
    what = options.what or ["instructions", "cpu", "memory"]

    # Valgrind 3.19 cannot read Swift's DWARF 5: it counts on a copy without debug information.
    stripped = Path(tempfile.mkdtemp(prefix="ifsip-bench-")) / "ifsip-proxy"
    if options.binary.exists():
        subprocess.run(["strip", "-g", "-o", str(stripped), str(options.binary)], check=True)
    subjects = {
        "kamailio": Subject("kamailio", kamailio),
        "ifsip": Subject("ifsip", ifsip(stripped, "off")),
        "ifsip-witness": Subject("ifsip-witness", ifsip(stripped, "batched")),
    }
    names = [name for name in options.proxies.split(",") if name in subjects]
    report = Report(names)
    modes = [True] if options.digest else [False, True]
    try:
        for digest in modes if "instructions" in what else []:
            title = "instructions per call" + (", digest" if digest else "")
            report.row(title, lambda name, digest=digest: (instructions(subjects[name], digest), ""))
        for rate in [int(r) for r in options.rates.split(",")] if "cpu" in what else []:
            for digest in modes:

                def measure(name: str, digest=digest, rate=rate) -> tuple[float, str]:
                    used, outcome = cpu_per_call(subjects[name], digest, rate, options.seconds)
                    mark = "?" if outcome.others > NOISY else ""
                    return used, mark + (f" ({outcome.failed} failed)" if outcome.failed else "")

                report.row(f"CPU µs per call at {rate}/s" + (", digest" if digest else ""), measure)
        if "memory" in what:
            sizes: dict[str, tuple[float, int, int]] = {}

            def pending(name: str) -> tuple[float, str]:
                sizes[name] = memory(subjects[name], options.pending)
                return sizes[name][0], ""

            report.row(f"bytes per pending INVITE ({options.pending:,})", pending)
            report.row("idle PSS, kB", lambda name: (sizes[name][1] / 1024 if name in sizes else 0, ""))
            report.row("PSS 10 s after the calls, kB", lambda name: (sizes[name][2] / 1024 if name in sizes else 0, ""))
    finally:
        shutil.rmtree(stripped.parent)
        for subject in subjects.values():
            shutil.rmtree(subject.folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps({"date": time.strftime("%Y-%m-%d"), "rows": report.rows}, indent=2) + "\n")
    if any(row.get("errors") for row in report.rows):
        return 1
    print("? = other jobs used more than a tenth of the machine while this was measured")
    return 0


if __name__ == "__main__":
    sys.exit(main())
