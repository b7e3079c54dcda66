"""sipvicious, bounded in count and time, on loopback only; and a way for it into TLS, which it does not speak."""

import contextlib
import os
import select
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from pathlib import Path

from .edge import TLSEndpoint

INSTALLED = all(shutil.which(name) for name in ("svmap", "svwar", "svcrack"))


class Sipvicious:
    """Runs its tools from a home of their own, where they keep their sessions."""

    def __init__(self, port: int):
        self.port, self.home = port, Path(tempfile.mkdtemp(prefix="ifsip-scan-"))

    def run(self, tool: str, *arguments: str, words: list[str] | None = None, timeout: float = 60) -> str:
        command = [tool, "-p", str(self.port), "-b", "127.0.0.1", *arguments]
        if words is not None:
            (self.home / "words").write_text("".join(f"{word}\n" for word in words))
            command += ["-d", str(self.home / "words"), "--maximumtime=3"]
        done = subprocess.run(
            [*command, "127.0.0.1"],
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(self.home)},
            check=False,
        )
        return done.stdout + done.stderr

    def close(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)


class Bridge:
    """A UDP socket whose datagrams go to a TLS server over one connection, and what it answers back to their sender."""

    def __init__(self, server: tuple[str, int], context: ssl.SSLContext):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        self.tls = TLSEndpoint(server, context=context)
        self.is_open = True
        self.thread = threading.Thread(target=self._relay)
        self.thread.start()

    def _relay(self) -> None:
        sender = None
        while self.is_open:
            with contextlib.suppress(OSError):
                if select.select([self.udp], [], [], 0.01)[0]:
                    data, sender = self.udp.recvfrom(65536)
                    self.tls.send_bytes(data)
                while sender is not None and (message := self.tls.receive(0.01)):
                    self.udp.sendto(message.raw, sender)

    def close(self) -> None:
        self.is_open = False
        self.thread.join()
        self.udp.close()
        self.tls.socket.close()
