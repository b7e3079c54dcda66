"""Loopback by dumpcap, read by tshark: what it finds wrong with H.323."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .values import Address

WARNING = 6_291_456
"""`_ws.expert.severity` from which on something is wrong (warnings and errors)."""


def can_capture() -> bool:
    """Whether there is a tshark, and whether we may capture: as root, or where dumpcap has been given the right to."""
    if shutil.which("tshark") is None or shutil.which("dumpcap") is None:
        return False
    done = subprocess.run(["dumpcap", "-D"], check=False, capture_output=True, text=True)
    return done.returncode == 0 and bool(re.search(r"\blo\b", done.stdout))


class Capture:
    """Everything on loopback from `with` on; `read` afterwards, or while it goes on."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="ifsip-capture-")
        self.path = Path(self.folder.name) / "lo.pcapng"
        command = ["dumpcap", "-q", "-i", "lo", "-f", "tcp or udp", "-w", str(self.path)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if line.startswith("File:"):
                return self
        raise AssertionError(f"dumpcap ended with {self.process.wait()}")

    def __exit__(self, *_) -> None:
        self.stop()
        self.folder.cleanup()

    def stop(self) -> None:
        if self.process.poll() is None:
            self._flush()
            self.process.send_signal(signal.SIGINT)
            self.process.wait(10)
        self.process.stderr.close()

    def _flush(self) -> None:
        """Waits until what has been on loopback is in the file: dumpcap takes its time, and forgets the rest when it ends."""
        mark, deadline = os.urandom(16), time.monotonic() + 5
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(mark, ("127.0.0.1", 9))
        while mark not in self.path.read_bytes():
            if time.monotonic() > deadline:
                raise AssertionError("dumpcap does not write")
            time.sleep(0.05)

    def read(self, ras: list[Address], fields: tuple[str, ...]) -> list[dict]:
        """The fields of every frame of H.323: RAS on these ports, call signalling, H.245 where its messages say it is.

        tshark knows call signalling by its look on any port, and cannot be told."""
        self.stop()
        command = ["tshark", "-r", str(self.path), "-Y", "h225 or h245 or tpkt or q931", "-T", "json"]
        for _, port in ras:
            command += ["-d", f"udp.port=={port},h225"]
        for field in ("frame.number", "frame.protocols", *fields):
            command += ["-e", field]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return [frame["_source"]["layers"] for frame in json.loads(done.stdout)]

    def check(self, *ras: Address) -> dict[str, int]:
        """Raises where a frame is malformed or draws a warning; else how many messages there were of each kind."""
        expert = ("_ws.expert.message", "_ws.expert.severity")
        kinds = {"call": "h225.h323_message_body", "ras": "h225.RasMessage", "h245": "h245.request"}
        faults, seen = [], dict.fromkeys(kinds, 0)
        for frame in self.read(list(ras), (*expert, *kinds.values())):
            told = zip(*(frame.get(field, ()) for field in expert), strict=True)
            severe = [message for message, severity in told if int(severity) >= WARNING]
            (protocols,) = frame["frame.protocols"]
            if severe or "malformed" in protocols:
                faults.append(f"frame {frame['frame.number'][0]}, {protocols}: {severe or 'Malformed'}")
            for kind, field in kinds.items():
                seen[kind] += len(frame.get(field, ()))
        if faults:
            raise AssertionError("\n".join(faults))
        return seen
