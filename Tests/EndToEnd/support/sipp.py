"""sipp as caller and as callee, with the scenarios beside this folder."""

import subprocess
import tempfile
import time
from pathlib import Path

from .ports import free_port
from .sip import host_text
from .sipp_script import Script

SCENARIOS = Path(__file__).resolve().parent.parent / "sipp"


class Sipp:
    """One sipp process. `wait()` returns when every call of it is over, and fails when one of them failed."""

    def __init__(
        self,
        scenario: "str | Script",
        *arguments: str,
        host: str = "127.0.0.1",
        transport: str = "u1",
        calls: int = 1,
        port: int | None = None,
        timeout: int = 20,
        **keys: str,
    ):
        self.host, self.port = host, port or free_port()
        self.folder = tempfile.TemporaryDirectory(prefix="ifsip-sipp-")
        if isinstance(scenario, Script):
            self.scenario, path = scenario.name, Path(self.folder.name) / "scenario.xml"
            path.write_text(scenario.text)
        else:
            self.scenario, path = scenario, SCENARIOS / f"{scenario}.xml"
        # sipp writes addresses into messages as they are given here, and wants IPv6 ones in brackets.
        command = ["sipp", "-sf", str(path), "-i", host_text(host), "-p", str(self.port)]
        command += ["-t", transport, "-m", str(calls), "-timeout", f"{timeout}s", "-timeout_error", "-nostdin"]
        command += ["-trace_err", "-error_file", "errors.txt", "-trace_msg", "-message_file", "messages.txt"]
        for key, value in keys.items():
            command += ["-key", key, value]
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=self.folder.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.timeout = timeout

    @classmethod
    def callee(cls, scenario: "str | Script" = "uas", **options) -> "Sipp":
        """A callee that is listening when this returns."""
        callee = cls(scenario, **options)
        deadline = time.monotonic() + 5
        while not is_bound(callee.port):
            if callee.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"sipp {callee.scenario} does not listen\n{callee.process.communicate()[0]}")
            time.sleep(0.01)
        return callee

    @classmethod
    def caller(
        cls,
        scenario: "str | Script",
        server: tuple[str, int],
        user: str,
        password: str,
        *,
        target: str,
        caller_uri: str | None = None,
        arguments=(),
        **options,
    ) -> "Sipp":
        """A caller whose requests go to `server`, whatever the target URI says. The From URI is user@if.internal unless
        `caller_uri` is given."""
        options["caller"] = caller_uri or f"{user}@if.internal"
        destination = f"{host_text(server[0])}:{server[1]}"
        return cls(scenario, "-au", user, "-ap", password, *arguments, destination, target=target, **options)

    def wait(self) -> str:
        """Returns the messages it sent and received."""
        try:
            output = self.process.communicate(timeout=self.timeout + 5)[0]
        except subprocess.TimeoutExpired:
            self.stop()
            raise AssertionError(f"sipp {self.scenario} did not end\n{self.trace()}") from None
        code = self.process.returncode
        messages, trace = self.messages(), self.trace()
        self.folder.cleanup()
        if code != 0:
            screen = "\n".join(output.splitlines()[-30:])
            raise AssertionError(f"sipp {self.scenario} ended with {code}\n{screen}\n{trace}")
        return messages

    def trace(self) -> str:
        """The end of what it reported and exchanged."""
        parts = []
        for name in ("errors.txt", "messages.txt"):
            path = Path(self.folder.name) / name
            if path.exists():
                parts.append(f"--- {name}\n{path.read_text(errors='replace')[-4000:]}")
        return "\n".join(parts)

    def messages(self) -> str:
        path = Path(self.folder.name) / "messages.txt"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.folder.cleanup()


def is_bound(port: int) -> bool:
    """Whether any socket of this machine's UDP or TCP listens on the port."""
    wanted = f":{port:04X}"
    for table in ("udp", "udp6", "tcp", "tcp6"):
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        if any(line.split()[1].endswith(wanted) for line in lines):
            return True
    return False
