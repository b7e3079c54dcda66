"""Ed25519 keys of experts, made and used by the openssl command, so that nothing of ours checks itself."""

import base64
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path


class SigningKey:
    """A private key in a file of its own; `public` as the registry has it."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ifsip-key-"))
        self.path = self.folder / "key.pem"
        self._openssl("genpkey", "-algorithm", "ed25519", "-out", str(self.path))
        spki = self._openssl("pkey", "-in", str(self.path), "-pubout", "-outform", "DER")
        self.public = "ed25519:" + base64.b64encode(spki[-32:]).decode()

    def _openssl(self, *arguments: str) -> bytes:
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=10).stdout

    def sign(self, text: str) -> str:
        message = self.folder / "message"
        message.write_bytes(text.encode())
        signature = self._openssl("pkeyutl", "-sign", "-inkey", str(self.path), "-rawin", "-in", str(message))
        return base64.b64encode(signature).decode()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def signed_headers(
    key: SigningKey,
    *,
    from_aor: str,
    to_aor: str,
    call_id: str,
    trace: str = "trace-1",
    hazard: str = "safety",
) -> tuple[str, ...]:
    """The four X-IF headers of an escalation (DOMAIN §4)."""
    timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    lines = ["IF-ESCALATE-v1", trace, hazard, from_aor, to_aor, call_id, timestamp]
    return (
        f"X-IF-Trace-ID: {trace}",
        f"X-IF-Hazard: {hazard}",
        f"X-IF-Timestamp: {timestamp}",
        f"X-IF-Signature: {key.sign(chr(10).join(lines))}",
    )
