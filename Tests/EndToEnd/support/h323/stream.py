"""A TCP connection of TPKTs on a loop."""

import contextlib
import socket

from .loop import Loop
from .values import Address, take_tpkt, tpkt


class Stream:
    """`received` is called with every message, `ended` once, when the other side has closed it."""

    def __init__(self, loop: Loop, connection: socket.socket, received, ended, piece: int | None = None):
        self.loop, self.socket, self.received, self.ended, self.piece = loop, connection, received, ended, piece
        self.buffer, self.is_closed = b"", False
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(5)
        loop.add(self.socket, self._readable)

    @classmethod
    def open(cls, loop: Loop, address: Address, received, ended, piece: int | None = None) -> "Stream":
        return cls(loop, socket.create_connection(address, timeout=5), received, ended, piece)

    @property
    def local(self) -> Address:
        return self.socket.getsockname()[:2]

    @property
    def remote(self) -> Address:
        return self.socket.getpeername()[:2]

    def send(self, *messages: bytes) -> None:
        """All in one segment, or, with `piece`, so many octets at a time."""
        if self.is_closed:
            return
        octets = b"".join(map(tpkt, messages))
        step = self.piece or len(octets)
        # Who has closed meanwhile, has: that is read as the end.
        with contextlib.suppress(ConnectionError):
            for place in range(0, len(octets), step):
                self.socket.sendall(octets[place : place + step])

    def close(self) -> None:
        """What still comes is read and forgotten until the other side closes too: else the kernel would reset the
        connection, and what was sent last would be lost."""
        if not self.is_closed:
            self.is_closed = True
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            self.loop.after(2, self._let_go)

    def _let_go(self) -> None:
        self.loop.remove(self.socket)
        self.socket.close()

    def _readable(self) -> None:
        octets = b""
        with contextlib.suppress(ConnectionError):
            octets = self.socket.recv(65_536)
        if not octets:
            self._let_go()
            if not self.is_closed:
                self.is_closed = True
                self.ended()
            return
        if self.is_closed:
            return
        self.buffer += octets
        while True:
            message, self.buffer = take_tpkt(self.buffer)
            # An empty one keeps the connection alive.
            if message is None or self.is_closed:
                return
            if message:
                self.received(message)


class Listener:
    """Accepts connections and hands them on; for one H.245 connection (`once`) or for all of call signalling."""

    def __init__(self, loop: Loop, address: Address, accepted, once: bool = False):
        self.loop, self.accepted, self.once = loop, accepted, once
        self.socket = socket.create_server(address)
        self.address: Address = self.socket.getsockname()[:2]
        loop.add(self.socket, self._readable)

    def close(self) -> None:
        self.loop.remove(self.socket)
        self.socket.close()

    def _readable(self) -> None:
        connection, _ = self.socket.accept()
        if self.once:
            self.close()
        self.accepted(connection)
