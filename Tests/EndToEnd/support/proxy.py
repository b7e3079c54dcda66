"""`ifsip-proxy serve` as a process of its own, on free loopback ports, with a state directory of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from .ports import free_port, has_ipv6

ROOT = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("IFSIP_PROXY", ROOT / ".build/release/ifsip-proxy"))
DOMAIN = "if.internal"
# IFSIP_… variables are settings to the server: those of the person who runs the tests are not meant for it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("IFSIP_")}
READY_WITHIN = 15.0
STOPPED_WITHIN = 15.0


class Proxy:
    """One server. `config` is merged over the defaults below; `users` are added before it starts.

    Configuration files are written as JSON, which is YAML too.
    """

    def __init__(self, users=None, registry=None, routes=None, **config):
        self.folder = Path(tempfile.mkdtemp(prefix="ifsip-e2e-"))
        self.port = free_port()
        self.admin_port = free_port()
        self.process: subprocess.Popen | None = None
        self.log_path = self.folder / "server.log"
        self.users = dict(users or {})
        listen = [f"udp://127.0.0.1:{self.port}", f"tcp://127.0.0.1:{self.port}"]
        if has_ipv6():
            listen += [f"udp://[::1]:{self.port}", f"tcp://[::1]:{self.port}"]
        self.config = {
            "state_dir": str(self.folder / "state"),
            "domains": [DOMAIN],
            "listen": listen,
            "admin": f"http://127.0.0.1:{self.admin_port}",
            "auth": {"realm": DOMAIN, "invite": "required", "register": "required", "algorithms": ["MD5"]},
            "tls_required_for": "none",
            "registry": str(self.folder / "registry.yaml"),
            "escalation_targets": [f"sip:council@{DOMAIN}", f"sip:council-*@{DOMAIN}", "sip:expert-*@*"],
            "routes": routes or [],
            "drain_seconds": 5,
            # Many servers run side by side, and most tests mean somebody else by the council.
            "council": {"mode": "off"},
            "witness": {"mode": "batched", "origin": f"{DOMAIN}/witness"},
            "log": {"level": "info", "format": "json"},
        }
        self.config.update(config)
        self.registry = registry or {"organisations": [], "experts": [], "guardians": [], "agents": []}
        self.config_path = self.folder / "ifsip-proxy.yaml"
        self.write_config()
        for name, password in self.users.items():
            self.add_user(name, password)

    # Files and the command line

    @property
    def state(self) -> Path:
        return Path(self.config["state_dir"])

    def write_config(self) -> None:
        self.config_path.write_text(json.dumps(self.config, indent=2) + "\n")
        Path(self.config["registry"]).write_text(json.dumps(self.registry, indent=2) + "\n")

    def command(self, *arguments: str, stdin: str | None = None, timeout: float = 30) -> subprocess.CompletedProcess:
        """Runs a subcommand to its end and returns its exit code and output."""
        return subprocess.run(
            [str(BINARY), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=self.folder,
            env=ENVIRONMENT,
            check=False,
        )

    def add_user(self, name: str, password: str) -> None:
        done = self.command("user", "add", name, "--config", str(self.config_path), stdin=password + "\n")
        if done.returncode != 0:
            raise AssertionError(f"user add {name}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        self.users[name] = password

    def verify(self, folder: Path | None = None) -> subprocess.CompletedProcess:
        return self.command("witness", "verify", str(folder or self.state / "witness"))

    # The process

    def spawn(self) -> subprocess.Popen:
        """Starts the process and waits for nothing."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [str(BINARY), "serve", "--config", str(self.config_path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=ENVIRONMENT,
                start_new_session=True,
            )
        return self.process

    def start(self) -> "Proxy":
        self.spawn()
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(
                    f"the server ended with {self.process.returncode} before it was ready\n{self.log()}"
                )
            if self.is_healthy():
                return self
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"the server was not ready within {READY_WITHIN} s\n{self.log()}")

    def is_healthy(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def get(self, path: str) -> tuple[int, str]:
        """An HTTP GET on the admin listener."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def terminate(self) -> None:
        """Sends SIGTERM and does not wait."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, timeout: float = STOPPED_WITHIN) -> int:
        """Waits for the end after `terminate`, and sees that nothing of the server's session is left."""
        session = self.process.pid
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server still ran {timeout} s after SIGTERM\n{self.log()}") from None
        self.process = None
        left = session_members(session)
        if left:
            raise AssertionError(f"processes left behind: {left}")
        return code

    def stop(self) -> None:
        """SIGTERM, and a clean end or an AssertionError."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.terminate()
        code = self.wait()
        if code != 0:
            raise AssertionError(f"the server ended with {code}, not 0\n{self.log()}")

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self, lines: int = 40) -> str:
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    # What it tells

    def metrics(self) -> "Metrics":
        status, text = self.get("/metrics")
        if status != 200:
            raise AssertionError(f"/metrics answered {status}")
        return Metrics(text)

    def records(self) -> list[dict]:
        """Every witness record on disk by now, in order."""
        found = []
        folder = self.state / "witness/records"
        for path in sorted(folder.glob("*.jsonl"), key=lambda p: int(p.stem)):
            for line in path.read_bytes().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    found.append(json.loads(line))
        return found

    def records_until(self, wanted, within: float = 5.0) -> list[dict]:
        """Reads the records until `wanted(records)` holds: the writer works in batches."""
        deadline = time.monotonic() + within
        while True:
            records = self.records()
            if wanted(records):
                return records
            if time.monotonic() > deadline:
                shown = "\n".join(json.dumps(r) for r in records[-12:])
                raise AssertionError(f"no such records within {within} s; the last of {len(records)}:\n{shown}")
            time.sleep(0.05)


class Metrics:
    """A scrape of /metrics: `value("sip_calls_total", result="answered")` sums the samples whose labels match."""

    SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$")
    LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

    def __init__(self, text: str):
        self.text = text
        self.samples: list[tuple[str, dict[str, str], float]] = []
        for line in text.splitlines():
            if line.startswith("#") or not line:
                continue
            match = self.SAMPLE.match(line)
            if not match:
                raise AssertionError(f"not a sample: {line}")
            self.samples.append((match.group(1), dict(self.LABEL.findall(match.group(2) or "")), float(match.group(3))))

    def has(self, name: str, **labels: str) -> bool:
        return any(n == name and labels.items() <= have.items() for n, have, _ in self.samples)

    def value(self, name: str, **labels: str) -> float:
        return sum(v for n, have, v in self.samples if n == name and labels.items() <= have.items())


def session_members(session: int) -> list[int]:
    """The processes of a session, zombies apart."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            members.append(int(stat.parent.name))
    return members
