"""Kamailio before and behind the server in one path, in both directions: what a network with two makes looks like."""

import shutil
import unittest

from support.case import EXPERT, ProxyCase, registry
from support.crossing import CrossingCalls
from support.kamailio import Kamailio
from support.ports import free_port
from support.proxy import Proxy
from support.sipp import Sipp


@unittest.skipUnless(shutil.which("kamailio"), "kamailio is not installed")
class Neighbours(CrossingCalls, ProxyCase):
    """West phone, Kamailio, the server under test, Kamailio, east phone."""

    transport = "udp"

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.west_phone, cls.east_phone = free_port(), free_port()
        proxy = Proxy(users={"alice": "wonderland", EXPERT: "second-opinion"}, registry=registry())
        cls.west = Kamailio(proxy.port, "west.test", cls.west_phone, cls.transport)
        cls.east = Kamailio(proxy.port, "east.test", cls.east_phone, cls.transport)
        for name, neighbour in (("west", cls.west), ("east", cls.east)):
            cls.addClassCleanup(neighbour.close)
            next_hop = f"sip:127.0.0.1:{neighbour.port};transport={cls.transport}"
            proxy.config["routes"].append({"match": f"sip:*@{name}.test", "next_hop": next_hop})
        proxy.write_config()
        return proxy

    def cross(self, caller: str, callee: str, arguments=(), **keys) -> None:
        """The same call from west to east and from east to west."""
        directions = (
            ("east", self.west, self.west_phone, self.east_phone),
            ("west", self.east, self.east_phone, self.west_phone),
        )
        for there, first, near_port, far_port in directions:
            with self.subTest(to=there, caller=caller):
                far = Sipp.callee(callee, port=far_port, **keys)
                self.addCleanup(far.stop)
                near = Sipp.caller(
                    caller,
                    ("127.0.0.1", first.port),
                    "alice",
                    "wonderland",
                    target=f"sip:bob@{there}.test",
                    port=near_port,
                    arguments=arguments,
                    **keys,
                )
                self.addCleanup(near.stop)
                near.wait()
                self.seen = far.wait()

    def test_caller_hangs_up(self):
        super().test_caller_hangs_up()
        routes = [line for line in self.seen.splitlines() if line.startswith("Record-Route:")]
        self.assertTrue(routes, "all three stay in the path")

    def test_transfer_is_relayed(self):
        with self.counted(answered=2):
            self.cross("uac_transfer", "uas_transfer")


class NeighboursOverTCP(Neighbours):
    """The middle of the path is TCP, its ends are UDP."""

    transport = "tcp"


if __name__ == "__main__":
    unittest.main()
