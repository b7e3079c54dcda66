"""Kamailio before and behind the server in one path, in both directions: what a network with two makes looks like."""

import shutil
import unittest

from support.case import EXPERT, ProxyCase, registry
from support.kamailio import Kamailio
from support.ports import free_port
from support.proxy import Proxy
from support.sipp import Sipp


@unittest.skipUnless(shutil.which("kamailio"), "kamailio is not installed")
class Neighbours(ProxyCase):
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
        with self.counted(answered=2):
            self.cross("uac", "uas", arguments=("-d", "200"))
        routes = [line for line in self.seen.splitlines() if line.startswith("Record-Route:")]
        self.assertTrue(routes, "all three stay in the path")

    def test_callee_hangs_up(self):
        with self.counted(answered=2):
            self.cross("uac_far_end_hangs_up", "uas_hangs_up")

    def test_callee_is_busy(self):
        with self.counted(failed=2):
            self.cross("uac_busy", "uas_busy")

    def test_caller_gives_up(self):
        with self.counted(cancelled=2):
            self.cross("uac_cancel", "uas_cancelled")

    def test_early_media_and_reliable_provisional_responses(self):
        with self.counted(answered=4):
            self.cross("uac_early_media", "uas_early_media")
            self.cross("uac_prack", "uas_prack")

    def test_hold_both_ways(self):
        with self.counted(answered=2):
            self.cross("uac_hold", "uas_hold")

    def test_transfer_is_relayed(self):
        with self.counted(answered=2):
            self.cross("uac_transfer", "uas_transfer")

    def test_session_timer(self):
        with self.counted(answered=2):
            self.cross("uac_session_timer", "uas_session_timer", arguments=("-d", "300"), expires="90")

    def test_subscription_and_message(self):
        with self.counted():
            self.cross("uac_subscribe", "uas_subscribe")
            self.cross("uac_message", "uas_message")


class NeighboursOverTCP(Neighbours):
    """The middle of the path is TCP, its ends are UDP."""

    transport = "tcp"


if __name__ == "__main__":
    unittest.main()
