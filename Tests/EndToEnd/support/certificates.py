"""Certificates made by the `openssl` command when a test wants them: an authority, and what it signs."""

import json
import ssl
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


def openssl(*arguments: str, stdin: bytes = b"", timeout: float = 30) -> bytes:
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, timeout=timeout, check=False)
    if done.returncode != 0:
        raise AssertionError(f"openssl {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


class Identity:
    """A certificate file and its key file."""

    def __init__(self, certificate: Path, key: Path):
        self.certificate, self.key = certificate, key

    @property
    def settings(self) -> dict:
        return {"certificate": str(self.certificate), "key": str(self.key)}


class Authority:
    """A certificate authority in a folder of its own, which `close` removes."""

    def __init__(self, name: str = "Test CA"):
        self._folder = tempfile.TemporaryDirectory(prefix="ifsip-ca-")
        self.folder = Path(self._folder.name)
        self.certificate, self._key = self.folder / "ca.pem", self.folder / "ca.key"
        self._count = 0
        make_key(self._key)
        openssl(
            *("req", "-x509", "-new", "-key", str(self._key), "-days", "30", "-subj", f"/CN={name}"),
            *("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
            *("-out", str(self.certificate)),
        )

    def close(self) -> None:
        self._folder.cleanup()

    def sign(self, *names: str, common_name: str | None = None, days: int = 20, key: str = "EC") -> Identity:
        """A certificate for these names: `DNS:…`, `URI:…`, `IP:…`. Negative days: it has expired."""
        self._count += 1
        stem = self.folder / str(self._count)
        identity = Identity(stem.with_suffix(".pem"), stem.with_suffix(".key"))
        make_key(identity.key, key)
        subject = f"/CN={common_name}" if common_name else "/O=test"
        extensions = [
            "basicConstraints=CA:FALSE",
            "keyUsage=digitalSignature",
            "extendedKeyUsage=serverAuth,clientAuth",
        ]
        if names:
            extensions.append("subjectAltName=" + ",".join(names))
        stem.with_suffix(".cnf").write_text("\n".join(extensions) + "\n")
        request = openssl("req", "-new", "-key", str(identity.key), "-subj", subject)
        openssl(
            *("x509", "-req", "-CA", str(self.certificate), "-CAkey", str(self._key), "-days", str(days)),
            *("-set_serial", str(1000 + self._count), "-extfile", str(stem.with_suffix(".cnf"))),
            *("-out", str(identity.certificate)),
            stdin=request,
        )
        return identity

    def client(self, identity: Identity | None = None, **versions) -> ssl.SSLContext:
        """What a client uses that believes this authority."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        # RFC 5922 certificates may name a SIP URI only, which Python does not look at.
        context.check_hostname = False
        if identity:
            context.load_cert_chain(identity.certificate, identity.key)
        for name, value in versions.items():
            setattr(context, name, value)
        return context

    def server(self, identity: Identity, *, asks: bool = False) -> ssl.SSLContext:
        """What a server uses that shows this certificate."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.certificate))
        context.load_cert_chain(identity.certificate, identity.key)
        context.verify_mode = ssl.CERT_REQUIRED if asks else ssl.CERT_NONE
        return context


def make_key(path: Path, kind: str = "EC") -> None:
    options = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    if kind != "EC":
        options = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind.removeprefix('RSA')}"]
    openssl("genpkey", *options, "-out", str(path))


@dataclass
class Findings:
    """What testssl.sh says: how many things it looked at, and what is wrong above LOW and the listener's own fault."""

    count: int
    bad: list[dict]
    output: str


# What it says of a private authority, of a certificate without revocation addresses and of missing CAA records is about
# the certificate of a test.
NOT_THE_LISTENERS = ("cert_", "OCSP", "DNS_CAA", "scanTime", "engine_problem", "overall_grade")


def tls_findings(port: int, *checks: str) -> Findings:
    """Has testssl.sh look at a listener on loopback: versions, the server's preference, known holes, and `checks`."""
    with tempfile.TemporaryDirectory(prefix="ifsip-testssl-") as folder:
        report = Path(folder) / "report.json"
        command = ["testssl", "--quiet", "--color", "0", "--warnings", "batch", "--nodns", "none"]
        command += ["--jsonfile", str(report), "--protocols", "--server-preference", "--vulnerable", *checks]
        done = subprocess.run(
            [*command, f"127.0.0.1:{port}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        findings = json.loads(report.read_text())
    bad = [
        each
        for each in findings
        if each["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL") and not each["id"].startswith(NOT_THE_LISTENERS)
    ]
    return Findings(len(findings), bad, done.stdout + done.stderr)
