"""Signed escalations, by the openssl command: a second reading of DOMAIN §4, independent of the server's."""

import base64
import datetime
import shutil
import subprocess
import tempfile
from pathlib import Path


class Signer:
    """One Ed25519 key. `public` is what the registry wants to know of it."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ifsip-signer-"))
        self._openssl("genpkey", "-algorithm", "ed25519", "-out", "key.pem")
        der = self._openssl("pkey", "-in", "key.pem", "-pubout", "-outform", "DER")
        self.public = "ed25519:" + base64.b64encode(der[-32:]).decode()

    def _openssl(self, *arguments: str) -> bytes:
        return subprocess.run(
            ["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=20
        ).stdout

    def sign(self, text: bytes) -> str:
        (self.folder / "text").write_bytes(text)
        return base64.b64encode(
            self._openssl("pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "text")
        ).decode()

    def headers(
        self,
        trace: str,
        hazard: str,
        caller: str,
        target: str,
        call_id: str,
        now: datetime.datetime | None = None,
    ) -> tuple[str, ...]:
        """The four headers of a call from `caller` to `target`, both as user@host. The timestamp has fractions: a whole
        second may lie before the start of a node that has just begun, which refuses what it could have forgotten."""
        timestamp = (now or datetime.datetime.now(datetime.UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        text = f"IF-ESCALATE-v1\n{trace}\n{hazard}\n{caller}\n{target}\n{call_id}\n{timestamp}"
        return (
            f"X-IF-Trace-ID: {trace}",
            f"X-IF-Hazard: {hazard}",
            f"X-IF-Timestamp: {timestamp}",
            f"X-IF-Signature: {self.sign(text.encode())}",
        )

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
