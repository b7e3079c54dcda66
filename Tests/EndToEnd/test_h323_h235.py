"""H.235.1 towards gatekeepers of others: what is sealed, and what becomes of answers that are not."""

import os
import tempfile
import time
import unittest
from pathlib import Path

from support.case import registry
from support.h323.case import GatewayCase, H323Case, address, free_addresses
from support.h323.gatekeeper import PyGatekeeper
from support.h323.mcu import PyMCU
from support.h323.security import GatekeeperKey
from support.proxy import Proxy
from support.pycrate_per import HAS_PYCRATE, MISSING

PASSWORD = "second opinion"
NAMES = {"edge", "ifsip-proxy"}


def password_file(case) -> Path:
    handle, path = tempfile.mkstemp(prefix="ifsip-h235-")
    with open(handle, "w") as file:
        file.write(f"{PASSWORD}\n")
    case.addClassCleanup(os.unlink, path)
    return Path(path)


class SealedCase(GatewayCase):
    """Two gatekeepers that take nothing without a right seal, and an MCU that both know."""

    is_routing = False

    @classmethod
    def council(cls) -> dict:
        cls.mcu = PyMCU()
        cls.addClassCleanup(cls.mcu.close)
        cls.first, cls.second = (
            PyGatekeeper(
                name,
                time_to_live=10,
                routes={"council*": cls.mcu.address},
                is_routing=cls.is_routing,
                key=GatekeeperKey(PASSWORD, name, NAMES),
            )
            for name in ("first", "second")
        )
        for gatekeeper in (cls.first, cls.second):
            cls.addClassCleanup(gatekeeper.close)
        cls.prepare()
        cls.password_file = password_file(cls)
        addresses = ["{}:{}".format(*each.address) for each in (cls.first, cls.second)]
        external = {"gatekeeper": addresses, "endpoint_id": "edge", "h235_password_file": str(cls.password_file)}
        return {**free_addresses(), "external": external}

    @classmethod
    def prepare(cls) -> None:
        """What the gatekeepers do before they are asked anything."""

    def registered(self, gatekeeper: PyGatekeeper, within: float = 8.0):
        return gatekeeper.wait(
            lambda: gatekeeper.registered and list(gatekeeper.registered.values())[-1], within, "a registration"
        )


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Sealed(SealedCase):
    def test_a_call_is_sealed_from_beginning_to_end(self):
        gateway = self.registered(self.first)
        near, far = self.connect()
        self.first.enquire(gateway)
        self.first.wait(lambda: self.first.statuses, what="an IRR")
        self.bye(near)
        far.wait_released()
        self.first.wait(lambda: far.identifier in self.first.disengaged, what="a DRQ")
        self.first.wait(lambda: self.first.keep_alives, within=9, what="a keep-alive")
        # Every one of them was checked when it came.
        self.assertGreaterEqual(self.first.ras.key.checked, 6)
        self.assertFalse(self.second.registered)

    def test_a_forged_drq_ends_no_call(self):
        gateway = self.registered(self.first)
        near, far = self.connect()
        key = self.first.ras.key
        for forgery in ("spoils", "is_late"):
            with self.subTest(forgery):
                setattr(key, forgery, True)
                self.addCleanup(setattr, key, forgery, False)
                self.first.confirmed.clear()
                self.first.drop(gateway, far.identifier)
                setattr(key, forgery, False)
                time.sleep(0.3)
                self.assertEqual(self.first.confirmed, [])
        self.first.ras.key = None
        self.first.drop(gateway, far.identifier)
        self.first.ras.key = key
        time.sleep(0.3)
        self.assertEqual((far.state, self.first.confirmed), ("connected", []))
        self.first.drop(gateway, far.identifier)
        self.reply(near, self.arrives(near, "BYE"))
        far.wait_released()
        faults = [
            record["details"].get("detail")
            for record in self.proxy.records_until(lambda all_: any(r.get("method") == "DRQ" for r in all_))
            if (record["event"], record.get("method")) == ("h323.ras", "DRQ") and record["details"]["direction"] == "in"
        ]
        self.assertEqual(faults[:3], ["h235Hash", "h235Time", "h235Missing"])

    def test_what_was_heard_before_is_not_heard_again(self):
        gateway = self.registered(self.first)
        self.first.statuses.clear()
        with self.first.loop.changed:
            self.first.ras.key.receiver = gateway.identifier
            value = {"requestSeqNum": 4_711, "callReferenceValue": 0}
            octets = self.first.ras.octets("infoRequest", value)
            for _ in range(3):
                self.first.ras.send_octets("infoRequest", octets, gateway.ras)
        self.first.wait(lambda: self.first.statuses, what="an IRR")
        time.sleep(0.3)
        self.assertEqual(len(self.first.statuses), 1)

    def test_the_password_is_nowhere_to_be_read(self):
        checked = self.proxy.command("check-config", str(self.proxy.config_path))
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertNotIn(PASSWORD, checked.stdout + checked.stderr + self.proxy.log())
        self.password_file.chmod(0o644)
        self.addCleanup(self.password_file.chmod, 0o600)
        checked = self.proxy.command("check-config", str(self.proxy.config_path))
        self.assertEqual(checked.returncode, 78)
        self.assertIn("chmod 600", checked.stderr)
        self.assertIn("council.external.h235_password_file", checked.stderr)
        self.assertNotIn(PASSWORD, checked.stdout + checked.stderr)
        self.assertEqual(os.stat(self.password_file).st_mode & 0o777, 0o644)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Routed(SealedCase):
    """The gatekeeper routes call signalling: what is said to it there is sealed, too."""

    is_routing = True

    def test_a_call(self):
        self.registered(self.first)
        near, far = self.connect()
        self.assert_both_hear(near.near, far.party)
        self.bye(near)
        far.wait_released()
        self.first.wait(lambda: "releaseComplete" in self.first.sealed, what="a sealed ReleaseComplete")
        self.assertEqual(self.first.sealed[0], "setup")


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class BetweenUs(H323Case):
    """The gatekeeper and the council are those of another server of ours."""

    @classmethod
    def council(cls) -> dict:
        people = registry()
        people["guardians"] = [
            {
                "id": "if://guardian/edge",
                "aliases": ["edge", "ifsip-proxy"],
                "token": "none",
                "h235_password": PASSWORD,
                "status": "active",
            }
        ]
        cls.other = Proxy(registry=people, council=free_addresses())
        cls.addClassCleanup(cls.other.remove)
        cls.other.start()
        cls.password_file = password_file(cls)
        host, port = address(cls.other.config["council"]["ras"])
        external = {"gatekeeper": f"{host}:{port}", "endpoint_id": "edge"}
        return {**free_addresses(), "external": {**external, "h235_password_file": str(cls.password_file)}}

    def test_a_call_into_the_others_council(self):
        self.bye(self.dial_council("council-between"))
        requests = [
            (record["method"], record["details"]["result"])
            for record in self.other.records_until(lambda all_: any(r.get("method") == "DRQ" for r in all_))
            if record["event"] == "h323.ras" and record["details"]["direction"] == "in"
        ]
        self.assertEqual(requests, [(name, "confirmed") for name in ("GRQ", "RRQ", "ARQ", "DRQ")])


if __name__ == "__main__":
    unittest.main()
