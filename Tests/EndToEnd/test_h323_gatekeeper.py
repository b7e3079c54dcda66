"""The council's gatekeeper, asked by a client that pycrate encodes: who may register, which call may enter (DOMAIN §9)."""

import os
import time
import unittest
from typing import ClassVar

from support.h323.case import H323Case, free_addresses
from support.h323.guardian import Guardian
from support.h323.ras import Refused
from support.h323.security import Key
from support.h323.values import address_of
from support.pycrate_per import HAS_PYCRATE, MISSING
from support.signing import Signer

PASSWORD = "correct horse"
ALTERNATE = ("127.0.0.1", 11_719)


@unittest.skipUnless(HAS_PYCRATE, MISSING)
class Gatekeeper(H323Case):
    signer: ClassVar[Signer]
    stranger: ClassVar[Signer]

    @classmethod
    def council(cls) -> dict:
        return {**free_addresses(), "capacity": 3, "alternates": ["{}:{}".format(*ALTERNATE)]}

    @classmethod
    def guardians(cls) -> list[dict]:
        cls.signer, cls.stranger = Signer(), Signer()
        local = {"networks": ["127.0.0.1"]}
        return [
            {"id": "if://guardian/technical", "aliases": ["technical", "1001"], "key": cls.signer.public, **local},
            {"id": "if://guardian/hall", "aliases": ["hall"], "token": "none", "bandwidth_bps": 256_000, **local},
            {"id": "if://guardian/attic", "aliases": ["attic"], "token": "none", **local},
            {"id": "if://guardian/far", "aliases": ["far"], "token": "none", "networks": ["192.0.2.0/24"]},
            {"id": "if://guardian/gone", "aliases": ["gone"], "token": "none", "status": "suspended", **local},
            {
                "id": "if://guardian/bastion",
                "aliases": ["bastion"],
                "token": "none",
                "h235_password": PASSWORD,
                **local,
            },
        ]

    def guardian(self, name: str, **options) -> Guardian:
        guardian = Guardian(name, **options)
        self.addCleanup(guardian.close)
        return guardian

    def registered(self, name: str, **options) -> Guardian:
        guardian = self.guardian(name, **options)
        guardian.register(self.ras)
        return guardian

    def refusal(self, ask, *arguments, **options) -> str:
        with self.assertRaises(Refused) as caught:
            ask(*arguments, **options)
        return caught.exception.reason

    def value(self, message: str, result: str) -> float:
        return self.proxy.metrics().value("h323_ras_requests_total", message=message, result=result)

    def test_a_signed_call_from_registration_to_its_end(self):
        before = self.value("ARQ", "confirmed")
        technical = self.guardian("technical", key=self.signer)
        confirmed = technical.register(self.ras, "1001", timeToLive=60)
        self.assertEqual(confirmed["timeToLive"], 60)
        (alternate,) = confirmed["alternateGatekeeper"]
        self.assertEqual(address_of(alternate["rasAddress"]), ALTERNATE)
        room = f"council-{os.urandom(4).hex()}"
        identifier, admitted = technical.ask_admission(room)
        self.assertEqual(address_of(admitted["destCallSignalAddress"]), self.signalling)
        self.assertEqual(admitted["bandWidth"], 1_280)
        technical.registration.bandwidth(identifier, 640)
        technical.registration.disengage(identifier)
        technical.registration.unregister()
        self.assertEqual(self.value("ARQ", "confirmed"), before + 1)
        records = self.proxy.records_until(
            lambda all_records: any(
                r.get("method") == "ARQ" and r.get("call_id") == identifier.hex() for r in all_records
            )
        )
        (record,) = [r for r in records if r.get("method") == "ARQ" and r.get("call_id") == identifier.hex()]
        self.assertEqual(record["details"]["terminal"], "if://guardian/technical")
        self.assertEqual((record["details"]["room"], record["details"]["result"]), (room, "confirmed"))

    def test_the_gates_in_their_order(self):
        technical = self.registered("technical", key=self.signer)
        ask, token = technical.ask_admission, technical.token

        def signed(**changes) -> dict:
            identifier = os.urandom(16)
            return {"identifier": identifier, "tokens": [token(identifier, **changes)]}

        strange = Guardian("technical", key=self.stranger)
        self.addCleanup(strange.close)
        other = os.urandom(16)
        cases = {
            "no token": ("securityDenial", {"tokens": []}),
            "a stranger's token": ("securityDenial", {"identifier": other, "tokens": [strange.token(other)]}),
            "another call's": ("securityDenial", {"tokens": [token(os.urandom(16))]}),
            "an old one": ("securityDenial", signed(timestamp="2020-01-01T00:00:00.000000Z")),
            "another terminal's": ("securityDenial", signed(terminal_id="if://guardian/hall")),
            "personal data": ("requestDenied", signed(has_pii=True)),
            "bandwidth": ("requestDenied", {**signed(), "bandWidth": 100_001}),
        }
        for name, (reason, options) in cases.items():
            with self.subTest(name):
                self.assertEqual(self.refusal(ask, "council-gates", **options), reason)
        self.assertEqual(self.refusal(ask, "nobody", **signed()), "calledPartyNotRegistered")
        used = signed()
        ask("council-gates", **used)
        self.assertEqual(self.refusal(ask, "council-gates", **used), "securityDenial")

    def test_a_room_has_so_many_places(self):
        attic = self.registered("attic")
        room = f"council-{os.urandom(4).hex()}"
        calls = [attic.ask_admission(room)[0] for _ in range(3)]
        self.assertEqual(self.refusal(attic.ask_admission, room), "exceedsCallCapacity")
        attic.registration.disengage(calls[0])
        attic.ask_admission(room)

    def test_bandwidth_is_accounted(self):
        hall = self.registered("hall")
        first, _ = hall.ask_admission("council")
        hall.ask_admission("council")
        self.assertEqual(self.refusal(hall.ask_admission, "council", bandWidth=1), "requestDenied")
        self.assertEqual(self.refusal(hall.registration.bandwidth, first, 1_281), "insufficientResources")
        hall.registration.disengage(first)
        hall.ask_admission("council")

    def test_who_may_register(self):
        reasons = {
            "nobody": "securityDenial",
            "far": "securityDenial",
            "gone": "securityDenial",
            "council": "securityDenial",
        }
        for name, reason in reasons.items():
            with self.subTest(name):
                self.assertEqual(self.refusal(self.guardian(name).register, self.ras, discovers=False), reason)
        self.assertEqual(self.refusal(self.guardian("nobody").register, self.ras), "terminalExcluded")
        attic = self.registered("attic")
        self.assertEqual(self.refusal(self.guardian("attic").register, self.ras), "duplicateAlias")
        attic.registration.unregister()
        self.registered("attic")

    def test_a_stranger_ends_nothing(self):
        attic, hall = self.registered("attic"), self.registered("hall")
        identifier, _ = attic.ask_admission("council-forged")
        call = attic.registration.admitted[identifier]
        # As somebody else who is registered; and with the right names, but from another socket.
        forged = hall.registration
        forged.admitted[identifier] = call
        self.assertEqual(self.refusal(forged.disengage, identifier), "requestToDropOther")
        own, forged.identifier = forged.identifier, attic.registration.identifier
        self.assertEqual(self.refusal(forged.disengage, identifier), "notRegistered")
        self.assertEqual(self.refusal(forged.unregister), "notCurrentlyRegistered")
        self.assertEqual(self.refusal(hall.ask_admission, "council-forged"), "callerNotRegistered")
        forged.identifier = own
        attic.registration.bandwidth(identifier, 1_280)

    def test_a_password(self):
        bastion = self.registered("bastion", password=PASSWORD)
        identifier, _ = bastion.ask_admission("council")
        key = bastion.registration.ras.key
        for name, wrong in (("none", None), ("another", Key("wrong", "bastion", key.receiver))):
            with self.subTest(name):
                bastion.registration.ras.key = wrong
                self.assertEqual(self.refusal(bastion.registration.disengage, identifier), "securityDenial")
        bastion.registration.ras.key = key
        bastion.registration.disengage(identifier)
        bastion.registration.unregister()
        self.assertEqual(self.refusal(self.guardian("bastion").register, self.ras, discovers=False), "securityDenial")

    def test_a_registration_ends_unless_it_is_kept_alive(self):
        attic, hall = self.guardian("attic"), self.guardian("hall")
        attic.register(self.ras, timeToLive=1)
        hall.register(self.ras, timeToLive=1)
        self.assertEqual(hall.registration.time_to_live, 10)
        hall.registration.is_registered = False
        began = time.monotonic()
        hall.registration.loop.wait(lambda: hall.registration.was_unregistered, 15, "URQ")
        self.assertGreater(time.monotonic() - began, 8)
        self.assertGreaterEqual(attic.registration.keep_alives, 1)
        attic.ask_admission("council")


if __name__ == "__main__":
    unittest.main()
