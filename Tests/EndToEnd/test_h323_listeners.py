"""Where the node speaks H.323: its listeners are there, and show out what is no call."""

import json
import re
import socket
import struct
import time
import unittest

from support.case import ProxyCase
from support.ports import connections, free_port
from support.proxy import Proxy

ANY = {"ras": "udp://127.0.0.1:0", "signalling": "tcp://127.0.0.1:0"}


def tpkt(payload: bytes) -> bytes:
    return struct.pack("!BBH", 3, 0, len(payload) + 4) + payload


def listens(proxy: Proxy) -> dict[str, tuple[str, int]]:
    """Where the server says in its log that it speaks H.323."""
    for line in proxy.log_path.read_text().splitlines():
        record = json.loads(line)
        if record.get("message") == "started":
            found = re.findall(r"\b(ras|h323)://([\d.]+):(\d+)", record["listen"])
            return {scheme: (host, int(port)) for scheme, host, port in found}
    raise AssertionError("the log does not say that the server has started")


class Listeners(ProxyCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        return Proxy(council=ANY, tcp={"first_message_seconds": 1})

    def setUp(self) -> None:
        self.addresses = listens(self.proxy)

    def connect(self) -> socket.socket:
        stream = socket.create_connection(self.addresses["h323"], timeout=5)
        self.addCleanup(stream.close)
        return stream

    def test_both_are_told(self):
        self.assertEqual(sorted(self.addresses), ["h323", "ras"])
        for host, port in self.addresses.values():
            self.assertEqual(host, "127.0.0.1")
            self.assertGreater(port, 1023)
        self.assertEqual(self.proxy.get("/readyz"), (200, "ready\n"))

    def test_what_is_no_call_is_shown_out(self):
        before = self.proxy.metrics().value("h323_connections_total", result="no_call")
        junk = (b"OPTIONS sip:a@b SIP/2.0\r\n\r\n", tpkt(b"\x08\x02\x00\x01\x05"), tpkt(b"junk"), b"\x03\x00\x00\x01")
        for bytes_ in junk:
            with self.subTest(bytes=bytes_):
                stream = self.connect()
                stream.sendall(bytes_)
                self.assertEqual(stream.recv(100), b"")
        after = self.proxy.metrics()
        self.assertEqual(after.value("h323_connections_total", result="no_call") - before, len(junk))
        self.assertEqual(after.value("sip_connections_total"), 0)

    def test_who_says_nothing_is_shown_out(self):
        began = time.monotonic()
        stream = self.connect()
        stream.sendall(tpkt(b""))
        self.assertEqual(stream.recv(100), b"")
        self.assertGreater(time.monotonic() - began, 0.5)

    def test_junk_in_ras_changes_nothing(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ras:
            for datagram in (b"", b"\xff" * 2000, b"OPTIONS sip:a@b SIP/2.0\r\n\r\n", b"\x0e\x80"):
                ras.sendto(datagram, self.addresses["ras"])
        self.assertEqual(self.proxy.get("/healthz")[0], 200)


class Configuration(unittest.TestCase):
    def proxy(self, **council) -> Proxy:
        proxy = Proxy(council=council)
        self.addCleanup(proxy.remove)
        return proxy

    def test_off(self):
        proxy = self.proxy(mode="off").start()
        self.assertEqual(listens(proxy), {})
        self.assertNotIn("h323_open_connections", proxy.metrics().text)
        proxy.stop()

    def test_a_port_that_is_taken(self):
        for key, scheme, kind in (("ras", "udp", socket.SOCK_DGRAM), ("signalling", "tcp", socket.SOCK_STREAM)):
            with self.subTest(key=key), socket.socket(socket.AF_INET, kind) as taken:
                taken.bind(("127.0.0.1", 0))
                if kind == socket.SOCK_STREAM:
                    taken.listen()
                address = f"127.0.0.1:{taken.getsockname()[1]}"
                proxy = self.proxy(**{**ANY, key: f"{scheme}://{address}"})
                self.assertNotEqual(proxy.spawn().wait(10), 0)
                self.assertIn(f"cannot bind {scheme} {address}", proxy.log())
                proxy.process = None

    def test_without_its_gatekeeper_it_is_not_ready_and_not_ill(self):
        gatekeeper = f"127.0.0.1:{free_port()}"
        proxy = self.proxy(**ANY, external={"gatekeeper": gatekeeper}).start()
        self.assertEqual(proxy.get("/readyz"), (503, f"gatekeeper: no gatekeeper: not registered with {gatekeeper}\n"))
        self.assertEqual(proxy.get("/healthz")[0], 200)
        self.assertEqual(proxy.metrics().value("ifsip_unready", reason="gatekeeper"), 1)
        proxy.stop()

    def test_connections_end_with_the_server(self):
        proxy = self.proxy(**ANY).start()
        address = listens(proxy)["h323"]
        with socket.create_connection(address, timeout=5) as stream:
            proxy.stop()
            self.assertEqual(stream.recv(10), b"")
        self.assertEqual(connections(address[1]), 0)


if __name__ == "__main__":
    unittest.main()
