"""What a terminal and an MCU have in common: a listener, calls, their parties, and RAS where there is a gatekeeper."""

import os
import random

from ..media import Party
from .call import Call
from .loop import Loop
from .options import Options
from .q931 import Message
from .ras import Registration
from .stream import Listener, Stream
from .values import Address


class Endpoint:
    """Listens for calls from the beginning. Use `close`, or the registration and calls stay."""

    kind = "terminal"
    terminal_type = 50
    amplitude = 8_000

    def __init__(self, name: str, options: Options | None = None, host: str = "127.0.0.1", port: int = 0, **tone):
        self.name, self.options, self.host = name, options or Options(), host
        self.tone = {"frequency": 440.0, "amplitude": self.amplitude, **tone}
        self.loop = Loop(name)
        self.calls: list[Call] = []
        self.registration: Registration | None = None
        self.listener = Listener(self.loop, (host, port), self._accepted)

    @property
    def address(self) -> Address:
        return self.listener.address

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        if self.loop.is_closed:
            return
        for call in list(self.calls):
            call.release()
        if self.registration:
            self.registration.close()
        self.listener.close()
        self.loop.close()
        for call in self.calls:
            call.party.close()
        if self.loop.faults:
            raise AssertionError(f"on the thread of {self.name}:\n" + "\n".join(self.loop.faults))

    def make_party(self) -> Party:
        return Party(self.host, **self.tone)

    # Calls that are made

    def call(self, to: Address, wanted: str, *, identifier: bytes | None = None, **setup) -> Call:
        """Sends a Setup to an address."""
        with self.loop.changed:
            call = Call(self, random.randrange(1, 0x8000), identifier or os.urandom(16), os.urandom(16), True)
            self.calls.append(call)
            call.stream = Stream.open(
                self.loop, to, lambda octets: call.received(Message.decode(octets)), call.ended, call.options.piece
            )
            call.send_setup(wanted, self.name, **setup)
            return call

    # Calls that are taken

    def wait_call(self, number: int = 1, within: float = 5.0) -> Call:
        """The latest call, when so many have come in or been made."""
        return self.loop.wait(lambda: len(self.calls) >= number and self.calls[number - 1], within, f"call {number}")

    def _accepted(self, connection) -> None:
        calls: list[Call] = []

        def received(octets: bytes) -> None:
            message = Message.decode(octets)
            if not calls:
                if message.name != "setup":
                    raise AssertionError(f"a connection that begins with {message.name}")
                body = message.body[1]
                identifier = body.get("callIdentifier", {}).get("guid", bytes(16))
                call = Call(self, message.reference, identifier, body["conferenceID"], False)
                call.stream = stream
                calls.append(call)
                self.calls.append(call)
            calls[0].received(message)

        stream = Stream(
            self.loop,
            connection,
            received,
            lambda: calls[0].ended() if calls else None,
            self.options.piece,
        )

    def admit_answer(self, call: Call, then) -> None:
        """Asks the gatekeeper, where there is one, whether the call may be taken."""
        if self.registration and self.registration.is_registered:
            self.registration.admit_answer(call, then)
        else:
            then(None)

    def call_is_over(self, call: Call) -> None:
        if self.registration:
            self.registration.disengage_later(call)
