"""TLS in front of sipp, which Debian builds without: stunnel takes sipp's stream and encrypts it, the same for every
proxy. What it uses is its own and not counted.
"""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from subjects import TLS_PORT, Failed, free_port


class Tunnel:
    """stunnel from a free port on loopback to the proxy's TLS port. `versions` is one that stunnel knows, `TLSv1.3`."""

    def __init__(self, version: str = "TLSv1.3"):
        if not shutil.which("stunnel4"):
            raise Failed("stunnel4 is not installed")
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="ifsip-tunnel-"))
        (self.folder / "stunnel.conf").write_text(
            f"foreground = yes\npid =\nsyslog = no\n[sip]\nclient = yes\naccept = 127.0.0.1:{self.port}\n"
            f"connect = 127.0.0.1:{TLS_PORT}\nsslVersion = {version}\nverifyChain = no\nTIMEOUTidle = 600\n"
        )
        self.process = subprocess.Popen(
            ["stunnel4", str(self.folder / "stunnel.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(0.5)
        if self.process.poll() is not None:
            raise Failed("stunnel did not start")

    @property
    def arguments(self) -> tuple[str, ...]:
        """What makes sipp call through it: one stream for all calls, another address to send to."""
        return ("-t", "t1", "-rsa", f"127.0.0.1:{self.port}")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()
