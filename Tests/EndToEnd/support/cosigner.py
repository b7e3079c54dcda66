"""A cosigner written from the C2SP tlog-witness and tlog-cosignature texts, with RFC 6962 by hashlib and Ed25519 by the
openssl command: it shares nothing with the server. It can be told to behave badly."""

import base64
import hashlib
import http.server
import ssl
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from .signing import Signer


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """RFC 6962 §2.1.2, by the recursion of its PROOF and not by walking bits: SUBPROOF(m, D[n], b) rebuilds both roots."""
    rest = list(proof)

    def subproof(m: int, n: int, whole: bool) -> tuple[bytes, bytes]:
        if m == n:
            if whole:
                return old_root, old_root
            last = rest.pop()
            return last, last
        split = 1
        while split * 2 < n:
            split *= 2
        if m <= split:
            right = rest.pop()
            old_hash, new_hash = subproof(m, split, whole)
            return old_hash, node(new_hash, right)
        left = rest.pop()
        old_hash, new_hash = subproof(m - split, n - split, False)
        return node(left, old_hash), node(left, new_hash)

    try:
        return subproof(old, new, True) == (old_root, new_root) and not rest
    except IndexError:
        return False


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public)[:4]


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
        Path(folder, "message").write_bytes(message)
        Path(folder, "signature").write_bytes(signature)
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in message -sigfile signature"
        return subprocess.run(command.split(), cwd=folder, capture_output=True, check=False).returncode == 0


class Cosigner:
    """One cosigner on a port of its own. `log_key` is the verifier key of the log it knows; None: it knows none yet.

    `mood`: honest, garbage (answers 200 and nonsense), wrong (signs something else), slow, hangs_up, huge, broken (500).
    """

    def __init__(self, name: str, log_key: str | None = None, port: int = 0, context: ssl.SSLContext | None = None):
        self.name, self.log_key, self.mood = name, log_key, "honest"
        self.signer = Signer()
        self.public = base64.b64decode(self.signer.public.removeprefix("ed25519:"))
        self.size, self.root = 0, sha256(b"")
        # (status, old size, checkpoint size) of every request.
        self.seen: list[tuple[int, int, int]] = []
        self.connections = 0
        self.lock = threading.Lock()
        cosigner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                cosigner.connections += 1

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                cosigner.answer(self, self.path, body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        self.signer.close()

    @property
    def key(self) -> str:
        raw = b"\x04" + self.public
        return f"{self.name}+{key_id(self.name, 4, self.public).hex()}+{base64.b64encode(raw).decode()}"

    def settings(self, host: str = "127.0.0.1", scheme: str = "http") -> dict:
        return {"url": f"{scheme}://{host}:{self.port}/prefix/", "key": self.key}

    # The protocol

    def answer(self, handler, path: str, body: bytes) -> None:
        with self.lock:
            status, kind, text = self.add_checkpoint(path, body)
        if self.mood == "hangs_up":
            handler.close_connection = True
            handler.connection.close()
            return
        if self.mood == "slow":
            time.sleep(20)
        if self.mood == "broken":
            status, text = 500, b"oh dear\n"
        if self.mood == "garbage":
            status, text = 200, bytes(range(256))
        if self.mood == "huge":
            status, text = 200, b"x" * 1_000_000
        try:
            handler.send_response(status)
            handler.send_header("Content-Type", kind)
            handler.send_header("Content-Length", str(len(text)))
            handler.end_headers()
            handler.wfile.write(text)
        except OSError:
            handler.close_connection = True

    def add_checkpoint(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        status, kind, text, old, size = self.judge(path, body)
        self.seen.append((status, old, size))
        return status, kind, text

    def judge(self, path: str, body: bytes) -> tuple[int, str, bytes, int, int]:
        plain = "text/plain"
        if path != "/prefix/add-checkpoint":
            return 404, plain, b"no such path\n", -1, -1
        head, _, note = body.partition(b"\n\n")
        first, *lines = head.decode().split("\n")
        word, _, digits = first.partition(" ")
        if word != "old" or str(int(digits)) != digits or len(lines) > 63:
            return 400, plain, b"no old size\n", -1, -1
        old, proof = int(digits), [base64.b64decode(line, validate=True) for line in lines]
        text, _, signatures = note.rpartition(b"\n\n")
        text += b"\n"
        origin, size_text, root_text = text.decode().splitlines()[:3]
        size, root = int(size_text), base64.b64decode(root_text)
        if self.log_key is None or origin != self.log_key.split("+")[0]:
            return 404, plain, b"unknown log\n", old, size
        if not self.is_from_log(text, signatures.decode().splitlines()):
            return 403, plain, b"not signed by the log\n", old, size
        if old > size:
            return 400, plain, b"old is newer\n", old, size
        if old != self.size:
            return 409, "text/x.tlog.size", f"{self.size}\n".encode(), old, size
        if old == size and root != self.root:
            return 409, "text/x.tlog.size", f"{self.size}\n".encode(), old, size
        if (proof and old in (0, size)) or (0 < old < size and not is_consistent(old, size, self.root, root, proof)):
            return 422, plain, b"not consistent\n", old, size
        self.size, self.root = size, root
        return 200, plain, self.cosign(text if self.mood != "wrong" else text + b"more\n"), old, size

    def is_from_log(self, text: bytes, lines: list[str]) -> bool:
        name, wanted, key = self.log_key.split("+", 2)
        for line in lines:
            dash, signer, signature = line.split(" ")
            raw = base64.b64decode(signature)
            if (dash, signer, raw[:4].hex()) == ("—", name, wanted):
                return is_signed(base64.b64decode(key)[1:], text, raw[4:])
        return False

    def cosign(self, text: bytes) -> bytes:
        now = int(time.time())
        signature = base64.b64decode(self.signer.sign(b"cosignature/v1\ntime %d\n" % now + text))
        raw = key_id(self.name, 4, self.public) + now.to_bytes(8, "big") + signature
        return f"— {self.name} {base64.b64encode(raw).decode()}\n".encode()


def cosignature_of(note: bytes, key: str) -> int | None:
    """When the owner of a key cosigned a note; nothing when it did not, an AssertionError when the line is wrong."""
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    name, wanted, encoded = key.split("+", 2)
    for line in signatures.decode().splitlines():
        dash, signer, signature = line.split(" ")
        raw = base64.b64decode(signature)
        if (dash, signer, raw[:4].hex()) == ("—", name, wanted):
            moment = int.from_bytes(raw[4:12], "big")
            if not is_signed(base64.b64decode(encoded)[1:], b"cosignature/v1\ntime %d\n" % moment + text, raw[12:]):
                raise AssertionError(f"{name}'s cosignature does not fit:\n{note.decode()}")
            return moment
    return None
