"""A WebSocket client written by hand (RFC 6455, RFC 7692): it sends exactly the frames a test wants."""

import base64
import hashlib
import os
import re
import select
import socket
import ssl
import struct
import time
import zlib
from dataclasses import dataclass, field

from .sip import Callee, Message, Request, token

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
TAIL = b"\x00\x00\xff\xff"


class Refused(Exception):
    """The upgrade was refused, with this status."""

    def __init__(self, status: int, head: str):
        super().__init__(head)
        self.status = status
        self.head = head


class Ended(Exception):
    """The connection is closed, with this code in the server's Close frame, if there was one."""

    def __init__(self, code: int | None):
        super().__init__(f"closed with {code}")
        self.code = code


class WebSocket:
    """One connection after its upgrade. `headers` change the request: a value of None takes a header away."""

    def __init__(
        self,
        server: tuple[str, int],
        path: str = "/sip",
        deflate: str | None = None,
        headers=None,
        method="GET",
        secure: ssl.SSLContext | None = None,
    ):
        self.server = server
        self.socket = socket.create_connection(server, timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            self.socket = secure.wrap_socket(self.socket, server_hostname="if.internal")
        self.buffer = b""
        self.received_bytes = 0
        self.closed_with: int | None = None
        self.key = base64.b64encode(os.urandom(16)).decode()
        wanted = {
            "Host": f"{server[0]}:{server[1]}",
            "Upgrade": "websocket",
            "Connection": "keep-alive, Upgrade",
            "Sec-WebSocket-Key": self.key,
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": "sip",
            "Sec-WebSocket-Extensions": deflate,
            **(headers or {}),
        }
        lines = [f"{method} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in wanted.items() if value is not None]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        try:
            self.head = self._read_head()
        except BaseException:
            self.socket.close()
            raise
        self.extensions = self._header("Sec-WebSocket-Extensions")
        self.has_deflate = "permessage-deflate" in (self.extensions or "")

    def _read_head(self) -> str:
        while b"\r\n\r\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise Refused(0, self.buffer.decode(errors="replace"))
            self.buffer += data
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.head = head.decode()
        status = int(self.head.split(" ")[1])
        if status != 101:
            raise Refused(status, self.head)
        wanted = hashlib.sha1((self.key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        assert self._header("Sec-WebSocket-Accept") == base64.b64encode(wanted).decode(), self.head
        assert self._header("Sec-WebSocket-Protocol") == "sip", self.head
        return self.head

    def _header(self, name: str) -> str | None:
        found = re.search(rf"^{name}: *(.*?)\r?$", self.head, re.MULTILINE | re.IGNORECASE)
        return found.group(1) if found else None

    # Sending

    def frame(self, opcode: int, payload: bytes = b"", *, final=True, rsv=0, masked=True, length=None) -> bytes:
        """The bytes of a frame; `length` is what it claims, if not the truth."""
        claimed = len(payload) if length is None else length
        head = bytes([(0x80 if final else 0) | rsv << 4 | opcode])
        mask_bit = 0x80 if masked else 0
        if claimed < 126:
            head += bytes([mask_bit | claimed])
        elif claimed < 65536:
            head += bytes([mask_bit | 126]) + struct.pack("!H", claimed)
        else:
            head += bytes([mask_bit | 127]) + struct.pack("!Q", claimed)
        if not masked:
            return head + payload
        key = os.urandom(4)
        return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))

    def send_frame(self, opcode: int, payload: bytes = b"", **options) -> None:
        self.socket.sendall(self.frame(opcode, payload, **options))

    def send(self, message: bytes, opcode: int = TEXT) -> None:
        if self.has_deflate:
            self.send_frame(opcode, compressed(message), rsv=4)
        else:
            self.send_frame(opcode, message)

    def close(self, code: int = 1000) -> int | None:
        """The closing handshake; the code that came back."""
        self.send_frame(CLOSE, struct.pack("!H", code))
        try:
            while self.receive(5):
                pass
        except Ended as ended:
            return ended.code
        finally:
            self.socket.close()
        return None

    # Receiving

    def _fill(self, deadline: float) -> bool:
        has_rest = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
        if not has_rest and not select.select([self.socket], [], [], max(0, deadline - time.monotonic()))[0]:
            return False
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise Ended(self.closed_with)
        self.received_bytes += len(data)
        self.buffer += data
        return True

    def receive_frame(self, within: float = 5.0) -> tuple[int, int, bytes] | None:
        """The next frame's opcode, reserved bits and payload; None when none comes in time."""
        deadline = time.monotonic() + within
        while True:
            if len(self.buffer) >= 2:
                first, second = self.buffer[:2]
                assert second & 0x80 == 0, "the server masks"
                length, start = second & 0x7F, 2
                if length >= 126:
                    start += 2 if length == 126 else 8
                    length = int.from_bytes(self.buffer[2:start], "big") if len(self.buffer) >= start else None
                if length is not None and len(self.buffer) >= start + length:
                    payload, self.buffer = self.buffer[start : start + length], self.buffer[start + length :]
                    assert first & 0x80, "the server makes fragments"
                    if first & 0x0F == CLOSE:
                        self.closed_with = struct.unpack("!H", payload[:2])[0] if payload else 1005
                    return first & 0x0F, first >> 4 & 7, payload
            if not self._fill(deadline):
                return None

    def receive(self, within: float = 5.0) -> bytes | None:
        """The next message; pings are answered."""
        deadline = time.monotonic() + within
        while frame := self.receive_frame(max(0, deadline - time.monotonic())):
            opcode, rsv, payload = frame
            if opcode in (TEXT, BINARY):
                return inflated(payload) if rsv & 4 else payload
            if opcode == PING:
                self.send_frame(PONG, payload)
        return None

    def ends_with(self, within: float = 5.0) -> int | None:
        """Waits for the server to end the connection; the code of its Close frame."""
        deadline = time.monotonic() + within
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.receive_frame(left)
        except Ended as ended:
            return ended.code
        raise AssertionError(f"the server did not close within {within} s")


def compressed(message: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (deflater.compress(message) + deflater.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


def inflated(payload: bytes) -> bytes:
    return zlib.decompressobj(-15).decompress(payload + TAIL)


@dataclass
class WebSocketPhone(Callee):
    """A SIP phone on a WebSocket, as a browser is one: its host is a made-up name (RFC 7118 §5)."""

    path: str = "/sip"
    deflate: str | None = None
    headers: dict | None = None
    opcode: int = TEXT
    secure: ssl.SSLContext | None = None
    name: str = field(default_factory=lambda: token("b") + ".invalid")

    def __post_init__(self):
        self.transport = "WSS" if self.secure else "WS"
        self.web = WebSocket(self.server, self.path, self.deflate, self.headers, secure=self.secure)
        self.socket = self.web.socket
        self.host, self.port = self.socket.getsockname()[:2]
        self.is_closed = False

    @property
    def address(self) -> str:
        return self.name

    def send_bytes(self, data: bytes, to=None) -> None:
        self.web.send(data, self.opcode)

    def receive(self, within: float = 5.0) -> Message | None:
        if self.inbox:
            return self.inbox.pop(0)
        deadline = time.monotonic() + within
        try:
            while message := self.web.receive(max(0, deadline - time.monotonic())):
                if message.strip():
                    return Message.parse(message)
        except Ended:
            self.is_closed = True
        return None

    def register(self, expires: int = 600, contact_parameters: str = "", headers=()) -> Request:
        """A REGISTER for this phone's own address, to be sent by `call`."""
        request = self.request(
            "REGISTER", f"sip:{self.domain}", to_uri=f"sip:{self.user}@{self.domain}", headers=headers
        )
        request.contact = f"<sip:{self.user}@{self.name};transport=ws>;expires={expires}{contact_parameters}"
        return request
