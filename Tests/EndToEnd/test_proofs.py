"""What IF.witness proves, verified by programs that share nothing with it: openssl, Python's hashlib, Go's sumdb."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from support.proxy import DOMAIN
from test_witness import WitnessCase

ORIGIN = f"{DOMAIN}/witness"
GO_PATH = Path("/usr/share/gocode")
HAS_GO = shutil.which("go") and (GO_PATH / "src/golang.org/x/mod/sumdb/tlog").is_dir()


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:]))


def verify_note(note: bytes, vkey: str) -> list[str]:
    """The lines of a note's text, when the key signed it. The signature is openssl's to judge."""
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    name, key_hash, key = vkey.split("+", 2)
    raw = base64.b64decode(key)
    if raw[0] != 1 or sha256(name.encode() + b"\n" + raw)[:4].hex() != key_hash:
        raise AssertionError(f"not a key of its name: {vkey}")
    for line in signatures.decode().splitlines():
        dash, signer, signature = line.split(" ")
        signature = base64.b64decode(signature)
        if (dash, signer, signature[:4].hex()) != ("—", name, key_hash):
            continue
        with tempfile.TemporaryDirectory() as folder:
            files = {
                "key": bytes.fromhex("302a300506032b6570032100") + raw[1:],
                "text": text,
                "signature": signature[4:],
            }
            for file, content in files.items():
                Path(folder, file).write_bytes(content)
            command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in text -sigfile signature"
            done = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise AssertionError(f"openssl does not accept the signature: {done.stdout}{done.stderr}")
        return text.decode().splitlines()
    raise AssertionError(f"{vkey} did not sign {note!r}")


class Proofs(WitnessCase):
    def setUp(self) -> None:
        super().setUp()
        self.call_id = self.call()
        self.trace = self.records_of(self.call_id, "call.terminated")[-1]["trace_id"]
        self.folder = Path(tempfile.mkdtemp(prefix="ifsip-proofs-"))
        self.addCleanup(shutil.rmtree, self.folder)

    @property
    def vkey(self) -> str:
        return (self.proxy.state / "keys/witness.pub").read_text().strip()

    @property
    def lines(self) -> list[bytes]:
        return (self.proxy.state / "witness/records/0.jsonl").read_bytes().splitlines()

    def witness(self, *arguments: str, code: int = 0) -> str:
        done = self.proxy.command("witness", *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def settled(self) -> list[bytes]:
        """The records, once the checkpoint counts all of them."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            lines = self.lines
            if self.proxy.get("/checkpoint")[1].splitlines()[1] == str(len(lines)):
                return lines
            time.sleep(0.02)
        raise AssertionError("the checkpoint does not catch up with the records")

    def fetch(self, path: str) -> tuple[int, bytes, str]:
        url = f"http://127.0.0.1:{self.proxy.admin_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.status, response.read(), response.headers["Content-Type"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers["Content-Type"]

    def test_checkpoint_signs_the_root_over_all_records(self):
        leaves = [sha256(b"\x00" + line) for line in self.settled()]
        status, note, kind = self.fetch("/checkpoint")
        self.assertEqual((status, kind), (200, "text/plain; charset=utf-8"))
        origin, size, root_hash = verify_note(note, self.vkey)
        self.assertEqual((origin, int(size)), (ORIGIN, len(leaves)))
        self.assertEqual(base64.b64decode(root_hash), root(leaves))
        self.assertEqual(note, (self.proxy.state / "witness/checkpoint").read_bytes())

    def test_tiles_are_served_and_nothing_else(self):
        leaves = [sha256(b"\x00" + line) for line in self.settled()]
        width = len(leaves) % 256
        status, tile, kind = self.fetch(f"/tile/0/{len(leaves) // 256:03}.p/{width}")
        self.assertEqual((status, kind), (200, "application/octet-stream"))
        self.assertEqual(tile, b"".join(leaves[-width:]))
        for path in (
            "/tile/0/999",
            "/tile/0/000.p/0",
            f"/tile/0/{len(leaves) // 256:03}.p/{width + 1}",
            "/tile/entries/000",
            "/tile/0/../../../keys/witness",
            "/tile/0/%2e%2e/%2e%2e/%2e%2e/keys/witness",
            "/tile/",
        ):
            self.assertEqual(self.fetch(path)[0], 404, path)

    def test_records_by_http_want_a_token(self):
        self.assertEqual(self.fetch(f"/v1/witness/records?trace_id={self.trace}")[0], 401)
        token = (self.proxy.state / "keys/admin.token").read_text().strip()
        url = f"http://127.0.0.1:{self.proxy.admin_port}/v1/witness/records?trace_id={self.trace}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=5) as response:
            records = json.load(response)["records"]
        self.assertEqual(records, [json.loads(line) for line in self.lines if self.trace.encode() in line])

    def test_a_call_as_a_ladder(self):
        text = self.witness("show", "--trace", self.trace, "--dir", str(self.proxy.state), "--width", "100")
        for word in ("INVITE", "200 INVITE", "BYE", "call.connected", "proxy", "▶", "◀"):
            self.assertIn(word, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 100)
        records = json.loads(self.witness("show", "--trace", self.trace, "--dir", str(self.proxy.state), "--json"))
        self.assertLessEqual({r["call_id"] for r in records if "call_id" in r}, {self.call_id})
        self.assertIn("no record", self.witness("show", "--trace", "nobody", "--dir", str(self.proxy.state), code=1))
        self.assertIn("trace_id is", self.witness("show", "--trace", "a b", "--dir", str(self.proxy.state), code=2))

    def test_prove_and_check(self):
        self.settled()
        proof = self.folder / "3.tlog-proof"
        self.witness("prove", "3", "--dir", str(self.proxy.state), "-o", str(proof))
        shown = self.witness("check", str(proof), "--key", self.vkey)
        self.assertIn(self.lines[3].decode(), shown)
        text = proof.read_bytes()
        for place in range(0, len(text), 11):
            proof.write_bytes(text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :])
            with self.subTest(place=place):
                self.witness("check", str(proof), "--key", self.vkey, code=1)
        self.assertIn(
            "the last that can be proven", self.witness("prove", "999999", "--dir", str(self.proxy.state), code=1)
        )

    def test_a_bundle_for_a_lawyer(self):
        self.settled()
        bundle = self.folder / "call.tar"
        self.witness("export", "--trace", self.trace, "--bundle", str(bundle), "--dir", str(self.proxy.state))
        self.witness("export", "--trace", self.trace, "--bundle", str(bundle), "--dir", str(self.proxy.state), code=1)
        with tarfile.open(bundle) as archive:
            archive.extractall(self.folder)
        inside = self.folder / f"witness-{self.trace}"
        self.assertIn("witness check", (inside / "README.txt").read_text())
        vkey = (inside / "witness.pub").read_text().strip()
        self.assertEqual(vkey, self.vkey)
        verify_note((inside / "checkpoint").read_bytes(), vkey)
        records = (inside / "records.jsonl").read_bytes().splitlines()
        proofs = sorted((inside / "proofs").iterdir(), key=lambda path: int(path.stem))
        self.assertEqual([json.loads(line)["seq"] for line in records], [int(path.stem) for path in proofs])
        for line, path in zip(records, proofs, strict=True):
            self.assertIn(line.decode(), self.witness("check", str(path), "--key", str(inside / "witness.pub")))

    @unittest.skipUnless(HAS_GO, "golang-go and golang-golang-x-mod-dev are not installed")
    def test_go_agrees(self):
        # Calls, because strangers' refusals are counted and not recorded one by one; more than one tile of records.
        while len(self.lines) <= 260:
            self.call()
        size = len(self.settled())
        proofs = []
        for number in (0, 1, 255, 256, size - 1):
            proofs.append(str(self.folder / f"{number}.tlog-proof"))
            self.witness("prove", str(number), "--dir", str(self.proxy.state), "-o", proofs[-1])
        program = Path(__file__).with_name("sumdb") / "verify.go"
        url = f"http://127.0.0.1:{self.proxy.admin_port}"
        environment = {
            **os.environ,
            "GO111MODULE": "off",
            "GOPATH": str(GO_PATH),
            "GOCACHE": str(self.folder / "cache"),
            "CGO_ENABLED": "0",
        }
        done = subprocess.run(
            ["go", "run", str(program), self.vkey, url, *proofs],
            capture_output=True,
            text=True,
            timeout=240,
            env=environment,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"^verified \d+ records and 5 proofs$")


if __name__ == "__main__":
    unittest.main()
