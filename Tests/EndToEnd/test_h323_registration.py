"""Who is registered where: we with gatekeepers of others, and terminals with ours."""

import time
import unittest

from support.case import registry
from support.h323.case import address, free_addresses
from support.h323.gatekeeper import PyGatekeeper
from support.h323.guardian import Guardian
from support.h323.ras import Refused
from support.proxy import Proxy
from support.pycrate_per import HAS_PYCRATE, MISSING

HALL = {
    "id": "if://guardian/hall",
    "aliases": ["hall", "1002"],
    "token": "none",
    "networks": ["127.0.0.1"],
    "status": "active",
}


class RASCase(unittest.TestCase):
    def gatekeeper(self, identifier: str, **options) -> PyGatekeeper:
        gatekeeper = PyGatekeeper(identifier, **options)
        self.addCleanup(gatekeeper.close)
        return gatekeeper

    def proxy(self, guardians: list[dict] = (), **council) -> Proxy:
        people = registry()
        people["guardians"] = list(guardians)
        others = {key: council.pop(key) for key in ("dns",) if key in council}
        proxy = Proxy(registry=people, council={**free_addresses(), **council}, **others)
        self.addCleanup(proxy.remove)
        return proxy.start()

    def wait_until_ready(self, proxy: Proxy, within: float) -> None:
        deadline = time.monotonic() + within
        while (answer := proxy.get("/readyz"))[0] != 200:
            self.assertLess(time.monotonic(), deadline, answer)
            time.sleep(0.05)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class WithOthers(RASCase):
    def test_registered_until_the_end(self):
        others = self.gatekeeper("others")
        host, port = others.address
        proxy = self.proxy(external={"gatekeeper": f"{host}:{port}"}, aliases=["edge", "4711"])
        self.wait_until_ready(proxy, 3)
        (known,) = others.registered.values()
        self.assertEqual(known.aliases, ["edge", "4711"])
        self.assertEqual(known.signalling, address(proxy.config["council"]["signalling"]))
        self.assertEqual(known.ras, address(proxy.config["council"]["ras"]))
        self.assertEqual([name for name, _ in others.requests], ["gatekeeperRequest", "registrationRequest"])
        others.enquire(known)
        others.wait(lambda: others.statuses, what="an IRR")
        self.assertEqual(others.statuses[0]["endpointIdentifier"], known.identifier)
        # It sends us away, and we come back.
        others.unregister(known)
        others.wait(lambda: others.registered, what="a registration anew")
        self.wait_until_ready(proxy, 3)
        proxy.stop()
        others.wait(lambda: not others.registered, what="URQ")

    def test_the_next_one_is_taken_when_one_says_nothing(self):
        first, second = self.gatekeeper("first"), self.gatekeeper("second")
        first.is_silent = True
        addresses = ["{}:{}".format(*each.address) for each in (first, second)]
        began = time.monotonic()
        proxy = self.proxy(external={"gatekeeper": addresses})
        self.assertEqual(proxy.get("/readyz")[0], 503)
        self.assertEqual(proxy.metrics().value("ifsip_unready", reason="gatekeeper"), 1)
        self.wait_until_ready(proxy, 5)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(len(second.registered), 1)
        proxy.stop()

    def test_one_that_falls_silent_is_left(self):
        first, second = self.gatekeeper("first", time_to_live=10), self.gatekeeper("second")
        first.alternates = [("second", second.address)]
        proxy = self.proxy(external={"gatekeeper": "{}:{}".format(*first.address)})
        self.wait_until_ready(proxy, 3)
        first.wait(lambda: first.keep_alives, within=9, what="a keep-alive")
        first.is_silent = True
        second.wait(lambda: second.registered, within=12, what="a registration with the alternate")
        self.wait_until_ready(proxy, 2)
        proxy.stop()

    def test_a_refusal_is_not_asked_for_without_end(self):
        others = self.gatekeeper("others")
        others.refusals["registrationRequest"] = "securityDenial"
        proxy = self.proxy(external={"gatekeeper": "{}:{}".format(*others.address)})
        others.wait(lambda: others.requests, what="a request")
        time.sleep(2)
        self.assertLess(len(others.requests), 10)
        self.assertEqual(proxy.get("/readyz")[0], 503)
        proxy.stop()


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class WithUs(RASCase):
    def guardian(self, name: str) -> Guardian:
        guardian = Guardian(name)
        self.addCleanup(guardian.close)
        return guardian

    def test_terminals_come_and_go(self):
        proxy = self.proxy([HALL])
        ras = address(proxy.config["council"]["ras"])
        hall, stranger = self.guardian("hall"), self.guardian("nobody")
        confirmed = hall.register(ras, "1002")
        self.assertEqual(confirmed["gatekeeperIdentifier"], "if.internal")
        self.assertLessEqual(confirmed["timeToLive"], 300)
        with self.assertRaises(Refused) as refused:
            stranger.register(ras)
        self.assertEqual(refused.exception.reason, "terminalExcluded")
        records = proxy.records_until(lambda all_records: any(r.get("method") == "GRJ" for r in all_records))
        told = [(r["method"], r["details"].get("result")) for r in records if r["event"] == "h323.ras"]
        self.assertEqual(
            told,
            [
                *(("GRQ", "confirmed"), ("GCF", None), ("RRQ", "confirmed"), ("RCF", None)),
                *(("GRQ", "rejected"), ("GRJ", None)),
            ],
        )
        # Who is not in the registry any more is registered no more.
        proxy.registry["guardians"] = []
        proxy.write_config()
        self.assertEqual(proxy.command("reload", "--config", str(proxy.config_path)).returncode, 0)
        hall.registration.loop.wait(lambda: hall.registration.was_unregistered, 5, "URQ")
        proxy.stop()

    def test_the_end_is_told(self):
        proxy = self.proxy([HALL])
        hall = self.guardian("hall")
        hall.register(address(proxy.config["council"]["ras"]))
        proxy.stop()
        hall.registration.loop.wait(lambda: hall.registration.was_unregistered, 5, "URQ")


if __name__ == "__main__":
    unittest.main()
