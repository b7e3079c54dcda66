"""What scanners see of us: sipvicious (Debian) against the node itself and against the Kamailio edge.

They find that something speaks SIP, which a server cannot hide, and nothing else: no name that exists, no password; and
what they did is counted and recorded. Loopback only, a few dozen messages each.

`sippts`, the other tool kit one hears of, is not run: what PyPI has under that name (0.1.0, a fork) holds nothing but the
launchers of its tools; the modules they import are not in it.
"""

import shutil
import statistics
import time
import unittest
from typing import ClassVar

from support.case import EXPERT, CalleeCase, ProxyCase, registry
from support.edge import Edge, client_context
from support.proxy import DOMAIN, Proxy
from support.scanners import INSTALLED, Bridge, Sipvicious

USERS = {"alice": "wonderland", "1001": "numbers", EXPERT: "second-opinion"}
NAMES = ["nobody", "alice", "1000", "1001", "root", EXPERT, "expert-nothing"]
# The right one is the twelfth: more than five guesses away.
KNOWN = {"REGISTER": "carol", "INVITE": "dave", "MESSAGE": "erin"}
GUESSES = [f"guess-{number}" for number in range(11)] + ["wonderland"] + [f"more-{number}" for number in range(4)]


@unittest.skipUnless(INSTALLED, "SKIPPED, AND NOT SHOWN: sipvicious is not installed")
class Scanners(ProxyCase):
    """The node itself, over UDP."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        return Proxy(users=USERS, registry=registry())

    def target(self) -> int:
        return self.proxy.port

    def rejections(self, rule: str) -> float:
        return self.proxy.metrics().value("sip_security_rejections_total", rule=rule)

    def failures(self) -> float:
        return self.proxy.metrics().value("sip_auth_failures_total")

    def setUp(self) -> None:
        self.scanner = Sipvicious(self.target())
        self.addCleanup(self.scanner.close)

    def test_svmap_finds_a_server(self):
        self.assertIn(f"127.0.0.1:{self.scanner.port}", self.scanner.run("svmap"))

    def test_svwar_finds_no_name(self):
        for method in ("REGISTER", "INVITE", "OPTIONS"):
            with self.subTest(method=method):
                report = self.scanner.run("svwar", "-m", method, words=NAMES)
                self.assertIn("authentication request for an unknown extension", report)
                self.assertIn("found nothing", report)
        # Told to go on all the same, it sees the same answer for every name. (The numbers that it makes up to learn how
        # unknown ones are answered get into its own table at times.)
        report = self.scanner.run("svwar", "-m", "REGISTER", "--force", words=NAMES)
        self.assertEqual([name for name in NAMES if f"| {name} " in report], [], report)

    def test_svcrack_cracks_nothing(self):
        failed, locked = self.failures(), self.rejections("lockout")
        started = time.monotonic()
        report = self.scanner.run("svcrack", "-u", "alice", words=GUESSES)
        self.assertIn("found nothing", report)
        self.assertNotIn("wonderland", report)
        self.assertEqual(self.failures() - failed, 5, "five guesses, and no sixth")
        self.assertGreater(self.rejections("lockout") - locked, 5)
        self.assertGreater(time.monotonic() - started, 0.5)
        self.see_it_recorded()

    def see_it_recorded(self) -> None:
        """In IF.witness: each guess, and that the rest was locked out."""

        def rules(records):
            return [r["details"].get("rule") for r in records if r["event"] == "security.rejected"]

        records = self.proxy.records_until(lambda r: rules(r).count("authentication") >= 5 and "lockout" in rules(r))
        guesses = [r for r in records if r["event"] == "security.rejected" and r["details"]["rule"] == "authentication"]
        self.assertTrue(all(r["peer"]["address"].startswith("127.0.0.1:") for r in guesses))


@unittest.skipUnless(shutil.which("kamailio"), "SKIPPED, AND NOT SHOWN: kamailio is not installed")
class ScannersAtTheEdge(Scanners):
    """The same against config/kamailio.cfg. Its refusals are in its own metrics and log: no node ever hears of them."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        trusted = [{"cidr": "127.0.0.1/32", "transport": "tcp"}]
        return Proxy(users=USERS, registry=registry(), trusted_from=trusted, tls_required_for="escalations")

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.edge = Edge([cls.proxy])
        cls.addClassCleanup(cls.edge.close)
        cls.edge.start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.edge.stop()
        super().tearDownClass()

    def target(self) -> int:
        bridge = Bridge(("127.0.0.1", self.edge.port), client_context(self.edge))
        self.addCleanup(bridge.close)
        return bridge.port

    def rejections(self, rule: str) -> float:
        return self.edge.metrics().value("sip_security_rejections_total", rule=rule)

    def failures(self) -> float:
        return self.edge.metrics().value("sip_auth_failures_total")

    def see_it_recorded(self) -> None:
        self.assertIn("refused rule=authentication source=127.0.0.1:", self.edge.log())
        self.assertIn("refused rule=lockout source=127.0.0.1:", self.edge.log())
        self.assertEqual([r for r in self.proxy.records() if r["event"] == "security.rejected"], [])


class Indistinguishable(CalleeCase):
    """What a scanner compares: the answers to names that exist and to names that do not."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        for user in KNOWN.values():
            proxy.add_user(user, "a password")
        return proxy

    def answers(self, user: str, method: str) -> list:
        """Six wrong passwords in a row; what came back, without what differs from one message to the next."""
        seen = []
        for _ in range(6):
            phone = self.endpoint(user, password="looking-glass")
            target = f"sip:{DOMAIN}" if method == "REGISTER" else "sip:bob@pbx.test"
            options = {"to_uri": f"sip:{user}@{DOMAIN}"} if method == "REGISTER" else {}
            for response in phone.call(phone.request(method, target, **options)):
                reason = response.header("Reason")
                seen.append((response.start, tuple(response.header_names()), reason))
        return seen

    def test_the_same_up_to_the_lockout_and_after_it(self):
        for method in ("REGISTER", "INVITE", "MESSAGE"):
            with self.subTest(method=method):
                known = self.answers(KNOWN[method], method)
                self.assertEqual(known, self.answers(f"no-{KNOWN[method]}", method))
                self.assertEqual([start for start, *_ in known].count("SIP/2.0 403 Forbidden"), 1)
        self.assert_locked()

    def assert_locked(self) -> None:
        self.assertGreater(self.proxy.metrics().value("sip_security_rejections_total", rule="lockout"), 2)


class SameTime(ProxyCase):
    """Nor does it take longer to refuse one that exists."""

    pairs: ClassVar[int] = 300

    @classmethod
    def make_proxy(cls) -> Proxy:
        auth = {"realm": DOMAIN, "failures": 1000, "algorithms": ["MD5"]}
        return Proxy(users={"alice": "wonderland"}, auth=auth)

    def refused_after(self, phone, user: str) -> float:
        """Seconds until a wrong password is refused."""
        register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:{user}@{DOMAIN}")
        register.authorize(phone.response(phone.send(register)), user, "looking-glass")
        started = time.perf_counter()
        phone.send(register)
        answer = phone.receive()
        taken = time.perf_counter() - started
        self.assert_status(answer, 401)
        return taken

    def test_timing(self):
        phone = self.endpoint()
        times: dict[str, list[float]] = {"alice": [], "alicf": []}
        for _ in range(self.pairs):
            for user, taken in times.items():
                taken.append(self.refused_after(phone, user))
        known, unknown = (statistics.median(taken) for taken in times.values())
        print(f"known {known * 1e6:.0f} µs, unknown {unknown * 1e6:.0f} µs", end=" ", flush=True)
        # What a network adds and takes away is a hundred times that; a database lookup more would be seen here.
        self.assertLess(abs(known - unknown), max(0.3 * min(known, unknown), 40e-6))


if __name__ == "__main__":
    unittest.main()
