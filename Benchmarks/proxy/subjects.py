"""The proxies that are measured: how each is configured and started, and what its processes have used."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

from support.certificates import Identity
from support.ports import free_port
from support.proxy import Metrics

PROXY_PORT, ADMIN_PORT, CALLEE_PORT, CALLER_PORT, PROBE_PORT, TLS_PORT = (free_port() for _ in range(6))
REALM, USER, PASSWORD = "if.internal", "alice", "wonderland"
WORKERS = os.cpu_count() or 2


class Failed(Exception):
    """A measurement that cannot be taken, in words for a person."""


@dataclass
class Subject:
    """A proxy to measure: how to make its files in a folder and the command that runs it there."""

    name: str
    prepare: Callable[[Path, bool], list[str]]
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ifsip-bench-")))
    process: subprocess.Popen | None = None
    # What stands before every command, for instance a processor to stay on; `start` adds more.
    prefix: tuple[str, ...] = ()
    # Whether its callers come by TLS.
    wants_tls: bool = False

    def start(self, digest: bool, prefix: tuple[str, ...] = (), ready_within: float = 20, keep: bool = False) -> None:
        """Starts it in an empty folder, or in the one it had with `keep`, and waits until it answers."""
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(exist_ok=True)
        command = self.prepare(self.folder, digest)
        with (self.folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *prefix, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
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
        return sum(proc_bytes(pid, "smaps_rollup", "Pss") for pid in self.pids())

    def rss(self, kind: str = "VmRSS") -> int:
        """Bytes of all its processes: VmRSS, or RssAnon for what is no file's. Shared pages count once a process."""
        return sum(proc_bytes(pid, "status", kind) for pid in self.pids())


def proc_bytes(pid: int, file: str, key: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_microseconds(pids: Iterable[int]) -> float:
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


# Kamailio


def kamailio(folder: Path, digest: bool, identity: Identity | None = None) -> list[str]:
    modules = next((p for p in Path("/usr/lib").glob("*/kamailio/modules")), None)
    if modules is None or not shutil.which("kamailio"):
        raise Failed("kamailio is not installed")
    text = (HERE / "kamailio.cfg").read_text()
    values = {"WORKERS": WORKERS, "PORT": PROXY_PORT, "MODULES": modules, "REALM": REALM, "PASSWORD": PASSWORD}
    if identity:
        values |= {"TLS_PORT": TLS_PORT, "CERTIFICATE": identity.certificate, "KEY": identity.key}
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    (folder / "kamailio.cfg").write_text(text)
    command = ["kamailio", "-x", "fm", "-X", "fm", "-m", "512", "-M", "16", "-DD", "-E", "-f", "kamailio.cfg"]
    command += ["-Y", str(folder), "-w", str(folder), *(["-A", "WITH_DIGEST"] if digest else [])]
    command += ["-A", "WITH_TLS"] if identity else []
    command[command.index("kamailio.cfg")] = str(folder / "kamailio.cfg")
    return command


# ifsip-proxy


def ifsip(binary: Path, witness: str, **changes) -> Callable[[Path, bool], list[str]]:
    """`changes` go over the configuration's first level."""

    def prepare(folder: Path, digest: bool) -> list[str]:
        if not binary.exists():
            raise Failed(f"{binary} is not there; tools/bench builds it")
        config = {
            "state_dir": str(folder / "state"),
            "domains": [REALM],
            "listen": [f"udp://127.0.0.1:{PROXY_PORT}"],
            "admin": f"http://127.0.0.1:{ADMIN_PORT}",
            "auth": {
                "realm": REALM,
                "invite": "required" if digest else "off",
                "register": "off",
                "algorithms": ["MD5"],
            },
            "tls_required_for": "none",
            "routes": [
                {"match": "sip:probe@127.0.0.1", "next_hop": f"sip:127.0.0.1:{PROBE_PORT}"},
                {"match": "sip:*@127.0.0.1", "next_hop": f"sip:127.0.0.1:{CALLEE_PORT}"},
            ],
            "witness": {"mode": witness, "origin": f"{REALM}/witness"},
            "flood": {"messages_per_second": 1_000_000, "burst": 1_000_000},
            "calls": {"max_active": 200_000},
            "reactors": WORKERS,
            "drain_seconds": 0,
            "log": {"level": "warning", "format": "json"},
        }
        config.update(changes)
        path = folder / "ifsip-proxy.yaml"
        path.write_text(json.dumps(config, indent=2))
        serve = [str(binary), "serve", "--config", str(path)]
        if not digest:
            return serve
        add = [str(binary), "user", "add", USER, "--config", str(path)]
        done = subprocess.run(add, input=f"{PASSWORD}\n", text=True, capture_output=True, check=False)
        if done.returncode:
            raise Failed(f"user add: {done.stdout}{done.stderr}")
        return serve

    return prepare


def stripped(binary: Path) -> Path:
    """A copy without debug information in a folder of its own: valgrind 3.19 cannot read Swift's DWARF 5."""
    copy = Path(tempfile.mkdtemp(prefix="ifsip-bench-")) / "ifsip-proxy"
    if binary.exists():
        subprocess.run(["strip", "-g", "-o", str(copy), str(binary)], check=True)
    return copy


def metrics() -> Metrics:
    """What ifsip-proxy says at /metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{ADMIN_PORT}/metrics", timeout=10) as response:
        return Metrics(response.read().decode())
