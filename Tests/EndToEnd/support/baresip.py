"""baresip without a screen or a sound card: a sine wave as its microphone, driven over its JSON control socket."""

import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from .ports import free_port

MODULE_FOLDERS = (
    "/usr/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/lib/aarch64-linux-gnu/baresip/modules",
)


def module_folder() -> str:
    for folder in MODULE_FOLDERS:
        if Path(folder).is_dir():
            return folder
    raise AssertionError(f"no baresip modules in {', '.join(MODULE_FOLDERS)}")


class Phone:
    """One running baresip with one account, registered through the server under test."""

    def __init__(
        self,
        user: str,
        password: str,
        server_port: int,
        domain: str = "if.internal",
        transport: str = "udp",
        authority: Path | None = None,
        encryption: str | None = None,
        codecs: tuple[str, ...] = ("g711",),
        records: bool = False,
    ):
        self.user, self.domain = user, domain
        self.folder = Path(tempfile.mkdtemp(prefix=f"ifsip-{user}-"))
        self.control_port, self.sip_port, self.rtp_port = free_port(), free_port(), free_port()
        modules = "\n".join(f"module {codec}.so" for codec in codecs)
        config = f"""
poll_method epoll
sip_listen 127.0.0.1:{self.sip_port}
call_local_timeout 30
call_max_calls 4
audio_player aubridge,{user}
audio_source ausine,440
audio_alert aubridge,{user}
ausrc_srate 48000
auplay_srate 48000
ausrc_channels 2
auplay_channels 2
rtp_ports {self.rtp_port}-{self.rtp_port + 1}
rtp_stats yes
net_interface 127.0.0.1
module_path {module_folder()}
module stdio.so
{modules}
module ausine.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{self.control_port}
"""
        if encryption:
            config += "module srtp.so\n"
        if records:
            config += f"module sndfile.so\nsnd_path {self.folder}\n"
        if authority:
            # Whom it believes over TLS.
            config += f"sip_cafile {authority}\nsip_verify_server yes\n"
        account = (
            f"<sip:{user}@{domain};transport={transport}>;auth_user={user};auth_pass={password};"
            f'outbound="sip:127.0.0.1:{server_port};transport={transport}";regint=60;answermode=manual'
        )
        account += f";mediaenc={encryption}\n" if encryption else "\n"
        (self.folder / "config").write_text(config.lstrip())
        (self.folder / "accounts").write_text(account)
        (self.folder / "contacts").write_text("")
        self.log_path = self.folder / "baresip.log"
        with self.log_path.open("wb") as log:
            # Its standard input is a pipe that stays open: at its end baresip would quit.
            self.process = subprocess.Popen(
                ["baresip", "-s", "-4", "-f", str(self.folder), "-p", "/usr/share/baresip"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, "HOME": str(self.folder)},
            )
        self.events: list[dict] = []
        self.buffer = b""
        self.control = self._connect()

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + 10
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.control_port), timeout=5)
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"baresip of {self.user} does not run\n{self.log()}") from None
                time.sleep(0.05)

    @property
    def uri(self) -> str:
        return f"sip:{self.user}@{self.domain}"

    def log(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-120:])

    def wait_registered(self, within: float = 10.0) -> None:
        """Waits for the 200 to its REGISTER. Read from its log: the event may come before its control socket listens."""
        deadline = time.monotonic() + within
        while b"registered successfully" not in self.log_path.read_bytes():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"phone {self.user} did not register within {within} s\n{self.log()}")
            time.sleep(0.02)

    def wait_for_audio(self, calls: int, within: float = 10.0) -> None:
        """Waits until it has heard the far end in this many calls."""
        deadline = time.monotonic() + within
        while self.log_path.read_bytes().count(b"incoming rtp for 'audio' established") < calls:
            if time.monotonic() > deadline:
                raise AssertionError(f"phone {self.user} heard nothing within {within} s\n{self.log()}")
            time.sleep(0.02)

    # Commands and events: netstrings that hold JSON

    def command(self, name: str, parameters: str = "") -> None:
        text = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self.control.sendall(b"%d:%s," % (len(text), text))

    def dial(self, uri: str) -> None:
        self.command("dial", uri)

    def answer(self) -> None:
        self.command("accept")

    def hang_up(self) -> None:
        self.command("hangup")

    def press(self, key: str) -> None:
        """A key (RFC 4733)."""
        self.command("sndcode", key)

    def hold(self) -> None:
        self.command("hold")

    def resume(self) -> None:
        self.command("resume")

    def recorded(self, within: float = 5.0) -> list[int]:
        """What it has heard in its call, which is over: samples at 8 kHz."""
        deadline = time.monotonic() + within
        while not (found := sorted(self.folder.glob("*dec.wav"))):
            if time.monotonic() > deadline:
                raise AssertionError(f"phone {self.user} has recorded nothing\n{self.log()}")
            time.sleep(0.05)
        data = found[-1].read_bytes()
        place = data.index(b"fmt ")
        channels, rate = struct.unpack("<HI", data[place + 10 : place + 16])
        start = data.index(b"data", place) + 8
        count = (len(data) - start) // 2
        samples = struct.unpack(f"<{count}h", data[start : start + 2 * count])
        return list(samples[:: channels * rate // 8_000])

    # What all makes of phones here can be asked to wait for

    def wait_ringing(self) -> None:
        self.wait_for("CALL_INCOMING")

    def wait_up(self) -> None:
        self.wait_for("CALL_ESTABLISHED")

    def wait_over(self) -> None:
        self.wait_for("CALL_CLOSED")

    def wait_held(self) -> None:
        """It does not tell one offer from another."""
        self.wait_for("CALL_REMOTE_SDP")

    wait_resumed = wait_held

    def wait_for(self, kind: str, within: float = 10.0) -> dict:
        """The next event of this kind; earlier ones of other kinds are dropped."""
        deadline = time.monotonic() + within
        seen = []
        while (left := deadline - time.monotonic()) > 0:
            while self.events:
                event = self.events.pop(0)
                seen.append(event.get("type"))
                if event.get("type") == kind:
                    return event
            self._read(left)
        raise AssertionError(f"phone {self.user}: no {kind} within {within} s, only {seen}\n{self.log()}")

    def _read(self, within: float) -> None:
        self.control.settimeout(within)
        try:
            data = self.control.recv(65536)
        except TimeoutError:
            return
        if not data:
            raise AssertionError(f"baresip of {self.user} closed its control socket\n{self.log()}")
        self.buffer += data
        while (colon := self.buffer.find(b":")) > 0:
            end = colon + 1 + int(self.buffer[:colon])
            if len(self.buffer) <= end:
                return
            message = json.loads(self.buffer[colon + 1 : end])
            self.buffer = self.buffer[end + 1 :]
            if message.get("event"):
                self.events.append(message)

    def close(self) -> None:
        self.control.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)
