"""A small SIP endpoint on a raw socket: it sends exactly the bytes a test wants and shows exactly what comes back.

For the cases that no real phone would produce. Real calls are made by sipp and baresip.
"""

import contextlib
import hashlib
import itertools
import re
import secrets
import select
import socket
import ssl
import time
from dataclasses import dataclass, field

_numbers = itertools.count(1)

# Every Call-ID that a test has used: what belongs to an earlier test is of no interest to the next.
issued: set[str] = set()


def token(prefix: str = "") -> str:
    return f"{prefix}{secrets.token_hex(6)}-{next(_numbers)}"


def host_text(host: str) -> str:
    return f"[{host}]" if ":" in host else host


LONG_FORMS = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}


@dataclass
class Message:
    """A received message: start line, headers in order, body."""

    start: str
    headers: list[tuple[str, str]]
    body: bytes
    raw: bytes
    source: tuple[str, int] | None = None

    @classmethod
    def parse(cls, raw: bytes, source=None) -> "Message":
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "surrogateescape")).split("\r\n")
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.append((name.strip(), value.strip()))
        return cls(lines[0], headers, body, raw, source)

    @property
    def is_request(self) -> bool:
        return not self.start.startswith("SIP/2.0 ")

    @property
    def method(self) -> str:
        return self.start.split(" ")[0] if self.is_request else self.header("CSeq").split()[-1]

    @property
    def uri(self) -> str:
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        return int(self.start.split(" ")[1])

    @property
    def reason(self) -> str:
        return self.start.split(" ", 2)[2]

    def all(self, name: str) -> list[str]:
        wanted = name.lower()
        return [v for n, v in self.headers if LONG_FORMS.get(n.lower(), n.lower()) == wanted]

    def header(self, name: str) -> str | None:
        values = self.all(name)
        return values[0] if values else None

    def header_names(self) -> list[str]:
        return [n.lower() for n, _ in self.headers]


def parse_challenge(value: str) -> dict[str, str]:
    scheme, _, rest = value.partition(" ")
    pairs = re.findall(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))', rest)
    found = {name.lower(): quoted or plain for name, quoted, plain in pairs}
    found["scheme"] = scheme
    return found


HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256, "SHA-512-256": lambda b: hashlib.new("sha512_256", b)}


def digest(challenge: dict[str, str], user: str, password: str, method: str, uri: str, count: int = 1) -> str:
    """The value of an Authorization header that answers a challenge (RFC 7616, qop auth when it is offered)."""
    algorithm = challenge.get("algorithm", "MD5")

    def h(text: str) -> str:
        return HASHES[algorithm](text.encode()).hexdigest()

    ha1, ha2 = h(f"{user}:{challenge['realm']}:{password}"), h(f"{method}:{uri}")
    parts = [
        f'username="{user}"',
        f'realm="{challenge["realm"]}"',
        f'nonce="{challenge["nonce"]}"',
        f'uri="{uri}"',
        f"algorithm={algorithm}",
    ]
    if "auth" in challenge.get("qop", "").split(","):
        cnonce, nc = secrets.token_hex(8), f"{count:08x}"
        response = h(f"{ha1}:{challenge['nonce']}:{nc}:{cnonce}:auth:{ha2}")
        parts += ["qop=auth", f"nc={nc}", f'cnonce="{cnonce}"']
    else:
        response = h(f"{ha1}:{challenge['nonce']}:{ha2}")
    parts.append(f'response="{response}"')
    if "opaque" in challenge:
        parts.append(f'opaque="{challenge["opaque"]}"')
    return "Digest " + ", ".join(parts)


SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 49170 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


@dataclass
class Endpoint:
    """One socket that speaks SIP with the server under test at `server`. Use as a context manager."""

    server: tuple[str, int]
    transport: str = "UDP"
    user: str = "alice"
    domain: str = "if.internal"
    password: str | None = None
    bind_host: str | None = None
    bind_port: int = 0
    inbox: list[Message] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    server_name: str | None = "if.internal"

    def __post_init__(self):
        host = self.server[0]
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        kind = socket.SOCK_DGRAM if self.transport == "UDP" else socket.SOCK_STREAM
        self.socket = socket.socket(family, kind)
        self.socket.bind((self.bind_host or host, self.bind_port))
        if self.transport in ("TCP", "TLS"):
            self.socket.settimeout(5)
            self.socket.connect(self.server)
        if self.transport == "TLS":
            try:
                self.socket = self.tls.wrap_socket(self.socket, server_hostname=self.server_name)
            except OSError:
                self.socket.close()
                raise
        self.host, self.port = self.socket.getsockname()[:2]
        self.buffer = b""
        self.is_closed = False

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    @property
    def address(self) -> str:
        return f"{host_text(self.host)}:{self.port}"

    # Sending

    def send_bytes(self, data: bytes, to: tuple[str, int] | None = None) -> None:
        if self.transport == "UDP":
            self.socket.sendto(data, to or self.server)
        else:
            self.socket.sendall(data)

    def request(
        self,
        method: str,
        uri: str,
        *,
        from_uri: str | None = None,
        to_uri: str | None = None,
        from_tag: str | None = None,
        to_tag: str | None = None,
        call_id: str | None = None,
        cseq: int = 1,
        branch: str | None = None,
        max_forwards: int = 70,
        via: str | None = None,
        headers: tuple[str, ...] = (),
        body: str | None = None,
    ) -> "Request":
        """A request with sane defaults; everything a test wants to bend is an argument."""
        call_id = call_id or token("c") + "@test.invalid"
        issued.add(call_id)
        return Request(
            method=method,
            uri=uri,
            from_uri=from_uri or f"sip:{self.user}@{self.domain}",
            to_uri=to_uri or uri,
            from_tag=from_tag or token("f"),
            to_tag=to_tag,
            call_id=call_id,
            cseq=cseq,
            branch=branch or token("z9hG4bK"),
            max_forwards=max_forwards,
            via=via or f"SIP/2.0/{self.transport} {self.address}",
            contact=f"<sip:{self.user}@{self.address};transport={self.transport.lower()}>",
            headers=tuple(headers),
            body=SDP if body is None and method == "INVITE" else body or "",
        )

    def send(self, request: "Request") -> "Request":
        self.send_bytes(request.encode())
        return request

    def ack(self, request: "Request", response: Message) -> None:
        """ACK for a final response other than 2xx: the INVITE's own branch and request URI (RFC 3261 §17.1.1.3)."""
        self.send(request.derived("ACK", to_header=response.header("To"), body=""))

    def in_dialog(self, method: str, invite: "Request", ok: Message, cseq: int) -> "Request":
        """A request of the dialog that a 2xx made: to its Contact, along its Record-Routes (RFC 3261 §12.2.1.1)."""
        target = re.search(r"<([^>]*)>", ok.header("Contact")).group(1)
        routes = [f"Route: {value}" for value in reversed(ok.all("Record-Route"))]
        changes = {"uri": target, "cseq": cseq, "branch": token("z9hG4bK"), "headers": tuple(routes)}
        return invite.derived(method, to_header=ok.header("To"), **changes)

    # Receiving

    def receive(self, within: float = 5.0) -> Message | None:
        """The next message, or nothing when none comes in time or the connection is closed."""
        if self.inbox:
            return self.inbox.pop(0)
        deadline = time.monotonic() + within
        while True:
            if not self._is_readable(max(0, deadline - time.monotonic())):
                return None
            if self.transport == "UDP":
                data, source = self.socket.recvfrom(65536)
                if data.strip():
                    return Message.parse(data, source[:2])
            else:
                data = b""
                with contextlib.suppress(ConnectionResetError):
                    data = self.socket.recv(65536)
                if not data:
                    self.is_closed = True
                    return None
                self.buffer += data
                if message := self._unframe():
                    return message

    def _is_readable(self, within: float) -> bool:
        # What TLS has decrypted already, the kernel knows nothing of.
        if isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
            return True
        return bool(select.select([self.socket], [], [], within)[0])

    def _unframe(self) -> Message | None:
        self.buffer = self.buffer.lstrip(b"\r\n")
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        length = int((Message.parse(self.buffer).header("Content-Length")) or 0)
        if len(rest) < length:
            return None
        raw, self.buffer = head + found + rest[:length], rest[length:]
        following = self._unframe() if self.buffer else None
        if following:
            # Before those that came after it, which its own unframing has put there.
            self.inbox.insert(0, following)
        return Message.parse(raw)

    def response(self, to: "Request", within: float = 5.0) -> Message:
        """The first final response to a request; provisional ones and other traffic are passed over."""
        return self.responses(to, within)[-1]

    def responses(self, to: "Request", within: float = 5.0) -> list[Message]:
        """Every response to a request up to and including its first final one. An INVITE's refusal is acknowledged."""
        seen, deadline = [], time.monotonic() + within
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message is None:
                break
            if message.is_request or message.header("Call-ID") != to.call_id:
                continue
            if message.header("CSeq") != f"{to.cseq} {to.method}":
                continue
            seen.append(message)
            if message.status >= 200:
                if to.method == "INVITE" and message.status >= 300:
                    self.ack(to, message)
                return seen
        raise AssertionError(
            f"no final response to {to.method} {to.uri} within {within} s, only {[m.start for m in seen]}"
        )

    def call(self, request: "Request", within: float = 5.0, password: str | None = None) -> list[Message]:
        """Sends a request, answers one challenge with the password, and returns every response of the last attempt."""
        self.send(request)
        seen = self.responses(request, within)
        if seen[-1].status in (401, 407):
            request.authorize(seen[-1], self.user, password or self.password)
            self.send(request)
            seen = self.responses(request, within)
        return seen


@dataclass
class Request:
    method: str
    uri: str
    from_uri: str
    to_uri: str
    from_tag: str
    to_tag: str | None
    call_id: str
    cseq: int
    branch: str
    max_forwards: int
    via: str
    contact: str
    headers: tuple[str, ...]
    body: str
    to_header: str | None = None
    content_type: str = "application/sdp"

    def encode(self) -> bytes:
        to = self.to_header or f"<{self.to_uri}>" + (f";tag={self.to_tag}" if self.to_tag else "")
        lines = [
            f"{self.method} {self.uri} SIP/2.0",
            f"Via: {self.via};branch={self.branch};rport",
            f"Max-Forwards: {self.max_forwards}",
            f"From: <{self.from_uri}>;tag={self.from_tag}",
            f"To: {to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {self.method}",
        ]
        if self.method in ("INVITE", "REGISTER", "UPDATE", "SUBSCRIBE"):
            lines.append(f"Contact: {self.contact}")
        lines += self.headers
        if self.body:
            lines.append(f"Content-Type: {self.content_type}")
        lines += [f"Content-Length: {len(self.body.encode())}", "", self.body]
        return "\r\n".join(lines).encode()

    def derived(self, method: str, **changes) -> "Request":
        """The ACK or CANCEL of this request: same branch, same CSeq number, no extra headers but Route."""
        values = dict(
            vars(self), method=method, body="", headers=tuple(h for h in self.headers if h.startswith("Route"))
        )
        return Request(**{**values, **changes})

    def authorize(self, challenge: Message, user: str, password: str) -> None:
        """Turns this request into the next attempt: one CSeq higher, a new branch, and the answer to the challenge."""
        name, answer = (
            ("WWW-Authenticate", "Authorization")
            if challenge.status == 401
            else (
                "Proxy-Authenticate",
                "Proxy-Authorization",
            )
        )
        offered = parse_challenge(challenge.header(name))
        self.cseq += 1
        self.branch = token("z9hG4bK")
        kept = tuple(h for h in self.headers if not h.startswith(answer))
        self.headers = (*kept, f"{answer}: {digest(offered, user, password, self.method, self.uri)}")


@dataclass
class Callee(Endpoint):
    """The far side: what the server forwards arrives here."""

    last: Message | None = None
    stale: set[str] = field(default_factory=set)

    def forget_what_came(self) -> None:
        """Between tests: whatever is waiting or still comes of earlier calls is of no interest any more."""
        while self.receive(0):
            pass
        self.stale |= issued
        self.last = None

    def expect(self, method: str, within: float = 5.0) -> Message:
        """The next request, which must be of this method; retransmissions of the last one are passed over."""
        last = self.last
        deadline = time.monotonic() + within
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message is None:
                break
            if message.header("Call-ID") in self.stale or (last is not None and message.raw == last.raw):
                continue
            if not message.is_request or message.method != method:
                raise AssertionError(f"the callee wanted {method} and got {message.start}")
            self.last = message
            return message
        raise AssertionError(f"the callee got no {method} within {within} s")

    def reply(
        self, request: Message, status: int, reason: str, to_tag: str = "callee", body: str = "", headers=()
    ) -> None:
        to = request.header("To")
        if ";tag=" not in to and status > 100:
            to += f";tag={to_tag}"
        lines = [f"SIP/2.0 {status} {reason}"]
        lines += [f"Via: {v}" for v in request.all("Via")]
        lines += [f"Record-Route: {v}" for v in request.all("Record-Route")]
        lines += [f"From: {request.header('From')}", f"To: {to}"]
        lines += [f"Call-ID: {request.header('Call-ID')}", f"CSeq: {request.header('CSeq')}"]
        if request.method == "INVITE" and 101 <= status < 300:
            lines.append(f"Contact: <sip:callee@{self.address};transport={self.transport.lower()}>")
        lines += headers
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body.encode())}", "", body]
        self.send_bytes("\r\n".join(lines).encode(), request.source)
