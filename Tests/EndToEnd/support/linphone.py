"""linphonec without a sound card: commands on its standard input, what happens in its log."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from .ports import free_port

CONFIG = """
[sip]
bind_address=127.0.0.1
sip_port={udp}
sip_tcp_port={tcp}
sip_tls_port=0
use_ipv6=0
guess_hostname=1
contact="{user}" <sip:{user}@127.0.0.1>
register_only_when_network_is_up=0
default_proxy=0
publish_presence=0

[rtp]
audio_rtp_port={rtp}

[sound]
playback_dev_id=
ringer_dev_id=
capture_dev_id=

[proxy_0]
reg_proxy=<sip:127.0.0.1:{server};transport={transport}>
reg_route=<sip:127.0.0.1:{server};transport={transport};lr>
reg_identity=sip:{user}@{domain}
reg_expires=600
reg_sendregister=1
publish=0

[auth_info_0]
username={user}
passwd={password}
realm={domain}
domain={domain}
"""


class Linphone:
    """One running linphonec with one account, registered through the server under test."""

    def __init__(self, user: str, password: str, server_port: int, domain: str = "if.internal", transport: str = "udp"):
        self.user, self.domain = user, domain
        self.folder = Path(tempfile.mkdtemp(prefix=f"ifsip-linphone-{user}-"))
        # It opens its database only where the folder is there already.
        (self.folder / ".local/share/linphone").mkdir(parents=True)
        (self.folder / "tmp").mkdir()
        port = free_port()
        text = CONFIG.format(
            user=user,
            password=password,
            domain=domain,
            server=server_port,
            transport=transport,
            udp=port if transport == "udp" else 0,
            tcp=port if transport == "tcp" else 0,
            rtp=free_port(),
        )
        (self.folder / "linphonerc").write_text(text.lstrip())
        # What it says on its standard output comes late, when that is a file: its log is read.
        self.output, self.log_path = self.folder / "output.txt", self.folder / "log.txt"
        self.log_path.touch()
        self.place = 0
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                ["linphonec", "-c", str(self.folder / "linphonerc"), "-d", "6", "-l", str(self.log_path)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder), "TMPDIR": str(self.folder / "tmp")},
            )

    @property
    def uri(self) -> str:
        return f"sip:{self.user}@{self.domain}"

    def log(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-200:])

    def command(self, text: str) -> None:
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def wait_for(self, text: str, within: float = 10.0) -> None:
        """Waits until it says this, after whatever was waited for before."""
        deadline = time.monotonic() + within
        while (found := self.log_path.read_bytes().find(text.encode(), self.place)) < 0:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"linphone {self.user} did not say {text!r} within {within} s\n{self.log()}")
            time.sleep(0.02)
        self.place = found + len(text)

    def wait_registered(self) -> None:
        self.wait_for("to [LinphoneRegistrationOk]")

    # What all makes of phones here can be asked to do and to wait for

    def dial(self, uri: str) -> None:
        self.command(f"call {uri}")

    def answer(self) -> None:
        self.command("answer")

    def hang_up(self) -> None:
        self.command("terminate")

    def hold(self) -> None:
        self.command("pause")
        self.wait_for("to LinphoneCallPaused")

    def resume(self) -> None:
        self.command("resume")
        self.wait_up()

    def wait_ringing(self) -> None:
        self.wait_for("to LinphoneCallIncomingReceived")

    def wait_up(self) -> None:
        self.wait_for("to LinphoneCallStreamsRunning")

    def wait_over(self) -> None:
        self.wait_for("to LinphoneCallEnd")

    def wait_held(self) -> None:
        self.wait_for("to LinphoneCallPausedByRemote")

    def wait_resumed(self) -> None:
        self.wait_up()

    def close(self) -> None:
        if self.process.poll() is None:
            self.command("quit")
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)
