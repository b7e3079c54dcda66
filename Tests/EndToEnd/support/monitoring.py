"""Debian's Prometheus and Alertmanager with the files of config/, on free loopback ports, in a world where time runs faster.

Faster: every duration in the files (scrape intervals, windows of rules, waits, repetitions) is divided by `SPEED`. Numbers
without a unit, thresholds above all, stay as they are. So five minutes pass in fifteen seconds, with as many scrapes in
them as in real ones.
"""

import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from .ports import free_port
from .proxy import ROOT, Proxy

CONFIG = ROOT / "config"
SPEED = 20
DURATION = re.compile(r"(?<![\w.])(\d+)(ms|s|m|h|d)(?![\w.])")
MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
READY_WITHIN = 20.0


def faster(text: str) -> str:
    """A configuration, a rule or an expression, all of whose durations are so much shorter."""

    def shorter(match: re.Match) -> str:
        return f"{int(match.group(1)) * MILLISECONDS[match.group(2)] // SPEED}ms"

    return DURATION.sub(shorter, text)


class Server:
    """One of the two: a process with an HTTP port, whose output is kept."""

    def __init__(self, name: str, folder: Path, port: int, *arguments: str):
        self.name, self.port, self.log_path = name, port, folder / f"{name}.log"
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [name, f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
            )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=2):
                    return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"{self.name} does not come up\n{self.log()}") from None
            time.sleep(0.05)

    def get(self, path: str, **parameters: str):
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{self.name}: {error.code} {error.read().decode()} for {parameters}") from None

    def log(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-40:])

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Monitoring:
    """Both, watching one proxy."""

    def __init__(self, proxy: Proxy, token: str):
        self.folder = Path(tempfile.mkdtemp(prefix="ifsip-monitoring-"))
        self.servers: list[Server] = []
        ports = {"9464": proxy.admin_port, "9090": free_port(), "9093": free_port()}
        self.write(ports)
        (self.folder / "if-guard.token").write_text(token + "\n")
        try:
            self.alertmanager = self.start(
                "prometheus-alertmanager",
                ports["9093"],
                f"--config.file={self.folder}/alertmanager.yml",
                f"--storage.path={self.folder}/alertmanager",
                "--cluster.listen-address=",
            )
            self.prometheus = self.start(
                "prometheus",
                ports["9090"],
                f"--config.file={self.folder}/prometheus.yml",
                f"--storage.tsdb.path={self.folder}/prometheus",
                f"--rules.alert.resend-delay={faster('1m')}",
            )
            for server in self.servers:
                server.wait_ready()
        except BaseException:
            self.close()
            raise

    def write(self, ports: dict[str, int]) -> None:
        files = [CONFIG / "prometheus" / name for name in ("prometheus.yml", "recording.yml", "alerts.yml")]
        for path in (*files, CONFIG / "alertmanager/alertmanager.yml"):
            text = path.read_text()
            for usual, ours in ports.items():
                text = text.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{ours}")
            if path.name == "prometheus.yml":
                # Divided, it would be less than a busy machine takes for a page.
                interval = re.search(r"scrape_interval: (\S+)", text).group(1)
                text = re.sub(r"scrape_timeout: \S+", f"scrape_timeout: {interval}", text)
            (self.folder / path.name).write_text(faster(text))

    def start(self, name: str, port: int, *arguments: str) -> Server:
        self.servers.append(Server(name, self.folder, port, *arguments))
        return self.servers[-1]

    def close(self) -> None:
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What they know

    def values(self, expression: str, seconds: float = 0) -> list[float]:
        """What an expression gives now, or in the last seconds; what is not a number is nothing."""
        if seconds:
            now = time.time()
            data = self.prometheus.get(
                "/api/v1/query_range", query=expression, start=f"{now - seconds}", end=f"{now}", step="0.5"
            )
            found = [value for series in data["data"]["result"] for _, value in series["values"]]
        else:
            data = self.prometheus.get("/api/v1/query", query=expression)
            found = [series["value"][1] for series in data["data"]["result"]]
        return [float(value) for value in found if value != "NaN"]

    def firing(self) -> set[str]:
        """The names of the alerts that fire at Prometheus."""
        alerts = self.prometheus.get("/api/v1/alerts")["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def rules(self) -> list[dict]:
        """Every rule that Prometheus keeps: `type` (alerting or recording), `name`, `query`, `health`, `lastError`."""
        groups = self.prometheus.get("/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def told(self, name: str) -> set[str]:
        """Whom Alertmanager tells of an alert; nobody when it does not fire there."""
        alerts = self.alertmanager.get("/api/v2/alerts")
        return {
            receiver["name"]
            for alert in alerts
            if alert["labels"]["alertname"] == name
            for receiver in alert["receivers"]
        }

    def logs(self) -> str:
        return "\n".join(f"--- {server.name}\n{server.log()}" for server in self.servers)


def dashboards() -> dict[str, dict]:
    """The dashboards by file name."""
    return {path.name: json.loads(path.read_text()) for path in sorted(CONFIG.glob("grafana/dashboards/*.json"))}


def panels(dashboard: dict) -> list[dict]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def expressions(panel: dict) -> list[str]:
    """A panel's expressions, as Grafana would ask them for all nodes with this scrape interval; time runs faster."""
    asked = []
    for target in panel["targets"]:
        # Four scrapes of 15 s: what Grafana takes when nobody zooms out.
        plain = target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")
        asked.append(faster(plain))
    return asked
