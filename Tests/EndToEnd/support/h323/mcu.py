"""A conference's other end: takes every call, sends a tone, and hears what is said. What it does oddly is in its options."""

from .endpoint import Endpoint
from .options import Options
from .ras import Registration
from .values import Address


class PyMCU(Endpoint):
    """It mixes nothing: each call has a party of its own."""

    kind = "mcu"
    terminal_type = 160

    def __init__(self, options: Options | None = None, **endpoint):
        endpoint = {"frequency": 1_000.0, "amplitude": 4_000, **endpoint}
        super().__init__("council", options, **endpoint)

    def register(self, gatekeeper: Address, *aliases: str) -> dict:
        self.registration = Registration(self, gatekeeper, (self.name, *aliases))
        self.registration.discover()
        return self.registration.register()
