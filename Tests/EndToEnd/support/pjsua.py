"""A phone made of pjsua2, in a process of its own: the library is not in the Python that runs the tests."""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

from .ports import free_port
from .proxy import ROOT

PYTHON = Path(os.environ.get("IFSIP_TEST_PJSUA_PYTHON", ROOT / ".build-venv/bin/python"))
AGENT = Path(__file__).resolve().parent / "pjsua_agent.py"


@cache
def has_pjsua() -> bool:
    """Whether tools/test has put pjsua2 into its environment: there are no wheels of it for every machine."""
    if not PYTHON.exists():
        return False
    return subprocess.run([str(PYTHON), "-c", "import pjsua2"], capture_output=True, check=False).returncode == 0


class Pjsua:
    """One running pjsua2 with one account, which registers through the server under test."""

    def __init__(self, user: str, password: str, server_port: int, *, transport: str = "udp", **wanted):
        self.user, self.domain = user, "if.internal"
        self.folder = Path(tempfile.mkdtemp(prefix=f"ifsip-pjsua-{user}-"))
        wanted |= {
            "user": user,
            "password": password,
            "domain": self.domain,
            "server": f"sip:127.0.0.1:{server_port}",
            "host": "127.0.0.1",
            "port": free_port(),
            "rtp_port": free_port(),
            "transport": transport,
            "log": str(self.folder / "pjsua.log"),
        }
        self.process = subprocess.Popen(
            [str(PYTHON), "-B", "-u", str(AGENT), json.dumps(wanted)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.events: list[dict] = []
        self.buffer = b""
        # The number of the call that it rang for, or dialled, last.
        self.call = -1

    @property
    def uri(self) -> str:
        return f"sip:{self.user}@{self.domain}"

    def log(self) -> str:
        path = self.folder / "pjsua.log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return "\n".join(lines[-150:])

    def command(self, name: str, **arguments) -> None:
        self.process.stdin.write(json.dumps({"command": name, **arguments}).encode() + b"\n")
        self.process.stdin.flush()

    def wait_for(self, event: str, within: float = 10.0, **values) -> dict:
        """The next event of this kind with these values; all before it are dropped."""
        deadline = time.monotonic() + within
        seen = []
        while True:
            while self.events:
                found = self.events.pop(0)
                if found["event"] == event and values.items() <= found.items():
                    return found
                seen.append(found)
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"pjsua {self.user}: no {event} {values} in {within} s, but {seen}\n{self.log()}")

    def wait_for_all(self, *wanted: dict, within: float = 10.0) -> None:
        """Waits for several events, in whatever order they come."""
        left, deadline = list(wanted), time.monotonic() + within
        while left:
            while self.events:
                found = self.events.pop(0)
                left = [one for one in left if not one.items() <= found.items()]
            remaining = deadline - time.monotonic()
            if left and (remaining <= 0 or not self._read(remaining)):
                raise AssertionError(f"pjsua {self.user}: no {left} in {within} s\n{self.log()}")

    def wait_registered(self) -> None:
        self.wait_for("registered")

    # What all makes of phones here can be asked to do and to wait for

    def dial(self, uri: str) -> None:
        self.command("dial", uri=uri)
        self.call = self.wait_for("state", state="CALLING")["call"]

    def answer(self, status: int = 200) -> None:
        self.command("answer", call=self.call, status=status)

    def hang_up(self) -> None:
        self.command("hang_up", call=self.call)

    def hold(self) -> None:
        self.command("hold", call=self.call)
        self.wait_for("media", call=self.call, media="local hold")

    def resume(self) -> None:
        self.command("unhold", call=self.call)
        self.wait_for("media", call=self.call, media="active")

    def wait_ringing(self) -> None:
        self.call = self.wait_for("incoming")["call"]

    def wait_up(self) -> None:
        self.wait_for("state", call=self.call, state="CONFIRMED")

    def wait_over(self) -> None:
        self.wait_for("state", call=self.call, state="DISCONNECTED")

    def wait_held(self) -> None:
        self.wait_for("media", call=self.call, media="remote hold")

    def wait_resumed(self) -> None:
        self.wait_for("media", call=self.call, media="active")

    def wait_for_audio(self, call: int, within: float = 10.0) -> None:
        """Waits until it has heard the far end in this call."""
        deadline = time.monotonic() + within
        while True:
            self.command("heard", call=call)
            if self.wait_for("heard")["packets"]:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"pjsua {self.user} heard nothing within {within} s\n{self.log()}")
            time.sleep(0.1)

    def _read(self, within: float) -> bool:
        if not select.select([self.process.stdout], [], [], within)[0]:
            return False
        data = os.read(self.process.stdout.fileno(), 65536)
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            # What is no event is a Python error of the agent: shown with the rest.
            self.events.append(json.loads(line) if line.startswith(b"{") else {"event": line.decode()})
        return bool(data)

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(8)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
