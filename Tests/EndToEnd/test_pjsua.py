"""What only a full user agent does of its own accord, with pjsua2: transfers, PRACK, session timers, presence, messages."""

import os
import time
import unittest

from support.case import ProxyCase
from support.pjsua import Pjsua, has_pjsua
from support.proxy import Proxy

FULL = os.environ.get("IFSIP_FULL") == "1"
USERS = {"alice": "wonderland", "bob": "builder", "carol": "christmas"}


@unittest.skipUnless(has_pjsua(), "no pjsua2 in .build-venv")
class PjsuaCase(ProxyCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        return Proxy(users=USERS)

    def phone(self, user: str, **options) -> Pjsua:
        phone = Pjsua(user, USERS[user], self.proxy.port, **options)
        self.addCleanup(phone.close)
        phone.wait_registered()
        return phone

    def connect(self, caller: Pjsua, callee: Pjsua) -> None:
        caller.dial(callee.uri)
        callee.wait_ringing()
        callee.answer()
        caller.wait_up()
        callee.wait_up()

    def end(self, hangs_up: Pjsua, other: Pjsua) -> None:
        hangs_up.hang_up()
        other.wait_over()
        hangs_up.wait_over()


class Transfers(PjsuaCase):
    def test_attended_transfer(self):
        """Alice speaks with Bob, then with Carol, and connects the two: Bob's new call replaces hers with Carol."""
        alice, bob, carol = (self.phone(user) for user in USERS)
        with self.counted(answered=3):
            self.connect(alice, bob)
            with_bob = alice.call
            alice.hold()
            bob.wait_held()
            self.connect(alice, carol)
            with_carol = alice.call
            alice.command("transfer", call=with_bob, to_call=with_carol)
            bob.wait_for("transfer asked")
            carol.wait_for("replaced")
            alice.wait_for_all(
                {"event": "transfer", "call": with_bob, "status": 200},
                {"event": "state", "call": with_carol, "state": "DISCONNECTED"},
            )
            alice.command("hang_up", call=with_bob)
            bob.wait_for("state", call=bob.call, state="DISCONNECTED")
            carol.command("hang_up", call=carol.call + 1)
            bob.wait_for("state", state="DISCONNECTED")


class Media(PjsuaCase):
    def test_early_media_and_then_the_call(self):
        alice, bob = self.phone("alice"), self.phone("bob")
        with self.counted(answered=1):
            alice.dial(bob.uri)
            bob.wait_ringing()
            bob.answer(183)
            early = alice.wait_for("media", media="active")
            self.assertEqual(early["state"], "EARLY")
            bob.answer()
            alice.wait_up()
            alice.wait_for_audio(alice.call)
            bob.wait_for_audio(bob.call)
            self.end(alice, bob)

    def test_reliable_provisional_responses(self):
        alice, bob = self.phone("alice", prack=True), self.phone("bob", prack=True)
        before = self.proxy.metrics()
        with self.counted(answered=1):
            alice.dial(bob.uri)
            self.assertTrue(bob.wait_for("incoming")["reliable"])
            bob.call = 0
            bob.answer(183)
            alice.wait_for("media", media="active")
            bob.answer()
            alice.wait_up()
            bob.wait_up()
            self.end(bob, alice)
        pracks = self.proxy.metrics().value("sip_requests_total", method="PRACK")
        self.assertGreaterEqual(pracks - before.value("sip_requests_total", method="PRACK"), 1)

    def test_session_timer_is_agreed_and_refreshed(self):
        # pjsua keeps to RFC 4028 in that no interval is below 90 s: a refresh comes after 45 s.
        alice, bob = self.phone("alice", session_timer=90), self.phone("bob", session_timer=90)
        with self.counted(answered=1):
            alice.dial(bob.uri)
            invite = bob.wait_for("incoming")
            bob.call = invite["call"]
            self.assertIn("Session-Expires: 90", invite["whole"])
            bob.answer()
            alice.wait_up()
            bob.wait_up()
            if FULL:
                before = self.refreshes()
                time.sleep(100)
                self.assertGreaterEqual(self.refreshes() - before, 2)
            self.end(alice, bob)

    def refreshes(self) -> float:
        seen = self.proxy.metrics()
        return sum(seen.value("sip_requests_total", method=method) for method in ("UPDATE", "INVITE"))


class Texts(PjsuaCase):
    def test_message(self):
        alice, bob = self.phone("alice"), self.phone("bob")
        with self.counted():
            alice.command("message", uri=bob.uri, text="Good morning, council.")
            self.assertEqual(bob.wait_for("message")["text"], "Good morning, council.")
            alice.wait_for("message sent", status=200)

    def test_presence(self):
        alice, bob = self.phone("alice"), self.phone("bob")
        with self.counted():
            alice.command("watch", uri=bob.uri)
            alice.wait_for("buddy", subscription="ACTIVE")
            alice.command("unwatch")
            alice.wait_for("buddy", subscription="TERMINATED")


if __name__ == "__main__":
    unittest.main()
