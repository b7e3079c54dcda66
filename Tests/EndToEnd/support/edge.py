"""Kamailio with config/kamailio.cfg, as it stands, before two nodes: all of it on loopback."""

import select
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .ports import free_port
from .proxy import DOMAIN, ROOT, Metrics, Proxy
from .sip import Callee, Endpoint, Message
from .sipp import is_bound

FILES = ("kamailio.cfg", "kamailio-tls.cfg")


def make_certificate(folder: Path, name: str = "edge") -> None:
    """A certificate and its key, `NAME-cert.pem` and `NAME-key.pem`, good for a day."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-keyout", f"{name}-key.pem", "-out", f"{name}-cert.pem", "-days", "1", "-subj", f"/CN={name}.{DOMAIN}"]
        + ["-addext", f"subjectAltName=DNS:{name}.{DOMAIN},IP:127.0.0.1"],
        cwd=folder,
        check=True,
        capture_output=True,
    )


class Edge:
    """One edge before some nodes, with the users of the first. Everything that an operator sets is set by -A."""

    def __init__(
        self,
        nodes: list[Proxy],
        allow: str = "1 127.0.0.0 8 0 loopback",
        transport: str = "tcp",
        **defines: str | int | None,
    ):
        self.nodes, self.transport, self.port, self.node_port = nodes, transport, free_port(), free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="ifsip-edge-"))
        for name in FILES:
            shutil.copyfile(ROOT / "config" / name, self.folder / name)
        make_certificate(self.folder)
        self.write_nodes()
        (self.folder / "kamailio-allow.list").write_text(f"{allow}\n2 127.0.0.1 32 0 prometheus\n")
        self.copy_users()
        self.defines = {
            "EDGE_LISTEN": f"tls:127.0.0.1:{self.port}",
            "NODE_LISTEN": f"tcp:127.0.0.1:{self.node_port}",
            "NODES_FILE": f'"{self.folder}/kamailio-nodes.list"',
            "USERS": f'"sqlite:///{self.folder}/users.sqlite"',
            "TOPOLOGY_KEY": '"a key for the tests"',
            "NODE_CHECK": 1,
            "NODE_SILENCE": 1000,
            **defines,
        }
        if transport == "udp":
            self.defines["NODE_LISTEN_UDP"] = f"udp:127.0.0.1:{self.node_port}"
        self.log_path = self.folder / "log.txt"
        self.process: subprocess.Popen | None = None

    def write_nodes(self) -> None:
        attributes = ";transport=tcp" if self.transport == "tcp" else f" 0 0 socket=udp:127.0.0.1:{self.node_port}"
        lines = [f"1 sip:127.0.0.1:{node.port}{attributes}\n" for node in self.nodes]
        (self.folder / "kamailio-nodes.list").write_text("".join(lines))

    def copy_users(self) -> None:
        """What an operator does with kamailio-users.sql."""
        database = sqlite3.connect(self.folder / "users.sqlite", isolation_level=None)
        try:
            database.execute("ATTACH ? AS node", (str(self.nodes[0].state / "ifsip.sqlite"),))
            database.executescript((ROOT / "config/kamailio-users.sql").read_text())
        finally:
            database.close()

    def command(self, *more: str) -> list[str]:
        command = ["kamailio", "-f", str(self.folder / "kamailio.cfg"), "-m", "64", "-M", "8", *more]
        for name, value in self.defines.items():
            command += ["-A", f"{name}={value}"] if value is not None else []
        return command

    def start(self) -> "Edge":
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command("-DD", "-E", "-Y", str(self.folder), "-w", str(self.folder)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 15
        while not (is_bound(self.port) and self.sees_nodes()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                text = self.log()
                self.close()
                raise AssertionError(f"kamailio does not come up\n{text}")
            time.sleep(0.05)
        return self

    def sees_nodes(self) -> bool:
        try:
            return "200" in self.http("/metrics")[:20]
        except OSError:
            return False

    def http(self, path: str) -> str:
        with socket.create_connection(("127.0.0.1", self.node_port), timeout=5) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            return read_http(connection)

    def metrics(self) -> Metrics:
        return Metrics(self.http("/metrics").partition("\r\n\r\n")[2])

    def log(self, lines: int = 60) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Ends it and its children, which are its own process's business."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()
        self.process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def read_http(connection: socket.socket) -> str:
    """One response, whose end Content-Length tells."""
    data = b""
    while True:
        head, found, body = data.partition(b"\r\n\r\n")
        if found:
            lengths = [l.split(b":")[1] for l in head.split(b"\r\n") if l.lower().startswith(b"content-length:")]
            if not lengths or len(body) >= int(lengths[0]):
                return data.decode()
        more = connection.recv(65536)
        if not more:
            return data.decode()
        data += more


def client_context(edge: Edge) -> ssl.SSLContext:
    """A phone that trusts the edge's certificate and nothing else."""
    context = ssl.create_default_context(cafile=str(edge.folder / "edge-cert.pem"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@dataclass
class TLSEndpoint(Endpoint):
    """A phone on a TLS connection of its own."""

    transport: str = "TLS"
    context: ssl.SSLContext | None = None

    def __post_init__(self):
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            plain.bind((self.bind_host or "127.0.0.1", 0))
            plain.settimeout(5)
            plain.connect(self.server)
            self.socket = self.context.wrap_socket(plain, server_hostname=self.server[0])
        except BaseException:
            plain.close()
            raise
        self.host, self.port = self.socket.getsockname()[:2]
        self.buffer = b""
        self.is_closed = False

    def receive(self, within: float = 5.0) -> Message | None:
        """As for TCP; but what is readable may be TLS's own business, and what is there may not be readable any more."""
        if self.inbox:
            return self.inbox.pop(0)
        deadline = time.monotonic() + within
        while True:
            if message := self._unframe():
                return message
            left = deadline - time.monotonic()
            if not self.socket.pending() and not select.select([self.socket], [], [], max(0, left))[0]:
                return None
            self.socket.settimeout(max(0.01, left))
            try:
                data = self.socket.recv(65536)
            except (TimeoutError, ssl.SSLWantReadError):
                return None
            except (ConnectionError, ssl.SSLError):
                data = b""
            finally:
                self.socket.settimeout(5)
            if not data:
                self.is_closed = True
                return None
            self.buffer += data


@dataclass
class TLSPhone(TLSEndpoint, Callee):
    """A phone that calls and is called, both over the one connection that it opened."""
