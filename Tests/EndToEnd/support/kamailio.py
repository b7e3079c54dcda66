"""Kamailio as a neighbour: a proxy of its own process on a loopback port, never the system's service."""

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from .ports import free_port
from .sipp import is_bound

MODULES = next(Path("/usr/lib").glob("*/kamailio/modules"), Path("/nonexistent"))

CONFIG = """#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:{host}:{port}
listen=tcp:{host}:{port}
tcp_source_ipv4={host}
{tls_listener}
mpath="{modules}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
{tls_module}

request_route {{
  if (!mf_process_maxfwd_header("70")) {{
    sl_send_reply("483", "Too Many Hops");
    exit;
  }}
  if (has_totag()) {{
    if (loose_route() || is_method("ACK")) {{
      route(RELAY);
    }} else {{
      sl_send_reply("481", "No such call");
    }}
    exit;
  }}
  if (is_method("CANCEL")) {{
    if (t_check_trans()) t_relay();
    exit;
  }}
  t_check_trans();
  if (is_method("INVITE|SUBSCRIBE")) record_route();
  # What is for the phone behind us goes to it, everything else to the server under test.
  if ($rd == "{domain}") {{
    $du = "sip:{behind_host}:{behind}";
  }} else {{
    $du = "sip:{server_host}:{server};transport={transport}";
  }}
  route(RELAY);
}}

route[RELAY] {{
  if (!t_relay()) sl_reply_error();
  exit;
}}
"""


TLS = """loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "{certificate}")
modparam("tls", "private_key", "{key}")
modparam("tls", "ca_list", "{authority}")
modparam("tls", "verify_certificate", 1)
modparam("tls", "require_certificate", 1)
"""


class KamailioProcess:
    """One Kamailio on a free loopback port, with a folder of its own for its configuration and its log."""

    def __init__(self):
        self.port, self.folder = free_port(), Path(tempfile.mkdtemp(prefix="ifsip-kamailio-"))
        self.log_path = self.folder / "log.txt"

    def launch(self, configuration: str) -> None:
        """Starts it and waits until it listens."""
        path = self.folder / "kamailio.cfg"
        path.write_text(configuration)
        command = ["kamailio", "-DD", "-E", "-m", "64", "-M", "8", "-f", str(path)]
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "-Y", str(self.folder), "-w", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 10
        while not is_bound(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = self.log()
                self.close()
                raise AssertionError(f"kamailio does not listen\n{log}")
            time.sleep(0.02)

    def log(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-40:])

    def close(self) -> None:
        """Ends it and its children, which are its own process's business."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Kamailio(KamailioProcess):
    """A neighbour between the server at `server` and the phone at `behind`, whose domain is `domain`. It stays in the
    path of dialogs. With `tls`, an authority and an identity it has signed, it speaks TLS at `secure_port`, too, and
    both sides show certificates. It is at `host`, the others at theirs: all of them loopback."""

    def __init__(
        self,
        server: int,
        domain: str,
        behind: int,
        transport: str = "udp",
        tls=None,
        host: str = "127.0.0.1",
        server_host: str = "127.0.0.1",
        behind_host: str = "127.0.0.1",
    ):
        super().__init__()
        self.secure_port = free_port()
        listener = module = ""
        if tls:
            authority, identity = tls
            listener = f"enable_tls=yes\nlisten=tls:127.0.0.1:{self.secure_port}"
            module = TLS.format(certificate=identity.certificate, key=identity.key, authority=authority.certificate)
        text = CONFIG.format(
            host=host,
            port=self.port,
            modules=MODULES,
            server=server,
            server_host=server_host,
            behind_host=behind_host,
            domain=domain,
            behind=behind,
            transport=transport,
            tls_listener=listener,
            tls_module=module,
        )
        self.launch(text)
