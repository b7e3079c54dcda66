"""A Guardian's terminal: registers, is admitted (DOMAIN §9), calls in and is called."""

import os
import random

from ..signing import Signer
from .call import Call
from .endpoint import Endpoint
from .options import Options
from .ras import Registration
from .security import admission_token, trace
from .values import Address, address_of


class Guardian(Endpoint):
    """`key` signs its admission tokens; without one there are none."""

    def __init__(
        self,
        name: str,
        options: Options | None = None,
        *,
        identity: str | None = None,
        key: Signer | None = None,
        password: str | None = None,
        **endpoint,
    ):
        super().__init__(name, options, **endpoint)
        self.identity = identity or f"if://guardian/{name}"
        self.key, self.password = key, password

    def register(self, gatekeeper: Address, *aliases: str, discovers: bool = True, **changes) -> dict:
        """GRQ, where it discovers, and RRQ; the value of the RCF."""
        self.registration = Registration(self, gatekeeper, (self.name, *aliases), self.password)
        if discovers:
            self.registration.discover()
        return self.registration.register(**changes)

    def token(self, identifier: bytes, bandwidth_bps: int = 128_000, **changes) -> dict:
        return admission_token(self.key, self.identity, identifier, bandwidth_bps, **changes)

    def ask_admission(
        self, wanted: str, identifier: bytes | None = None, *, tokens: list | None = None, **changes
    ) -> tuple[bytes, dict]:
        """ARQ; the callIdentifier it was for, and the value of the ACF. Raises `Refused` with the reason of an ARJ."""
        identifier = identifier or os.urandom(16)
        if tokens is None:
            tokens = [self.token(identifier)] if self.key else []
        reference = random.randrange(1, 0x8000)
        return identifier, self.registration.admit(wanted, identifier, os.urandom(16), reference, tokens, **changes)

    def dial(self, wanted: str, *, trace_id: str | None = None, **admission) -> Call:
        """Is admitted to a call, and makes it to where the gatekeeper says."""
        if trace_id:
            admission["nonStandardData"] = trace(trace_id)
        identifier, confirmed = self.ask_admission(wanted, **admission)
        return self.call(
            address_of(confirmed["destCallSignalAddress"]),
            wanted,
            identifier=identifier,
            endpoint=self.registration.identifier,
            tokens=confirmed.get("tokens", ()),
            data=trace(trace_id) if trace_id else None,
        )
