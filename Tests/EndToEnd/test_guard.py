"""IF.guard under the operator's hands: its posture, and reloads while calls go on."""

import os
import threading
import time
import unittest

from support.guard_case import GuardCase
from support.sip import Endpoint

FULL = os.environ.get("IFSIP_FULL") == "1"


class Posture(GuardCase):
    def tearDown(self) -> None:
        self.command("guard", "posture", "set", "normal")

    def test_each_posture(self):
        self.assertEqual(self.command("guard", "posture").stdout, "normal\n")
        self.assertEqual((self.escalate(False).status, self.escalate(True).status), (486, 486))
        self.command("guard", "posture", "set", "elevated", "--reason", "a bad day")
        self.assertEqual(self.posture_of_metrics(), "elevated")
        refused = self.escalate(False)
        self.assert_status(refused, 403)
        self.assertIn("signature-present", refused.header("Reason"))
        self.assert_status(self.escalate(True), 486)
        self.command("guard", "posture", "set", "closed")
        refused = self.escalate(True)
        self.assert_status(refused, 403)
        self.assertIn("posture-open", refused.header("Reason"))
        # Kept across a restart, and a reload does not change it.
        self.proxy.restart()
        self.assertEqual(self.command("guard", "posture", "show").stdout, "closed\n")
        self.assertEqual(self.posture_of_metrics(), "closed")
        self.command("reload")
        self.assert_status(self.escalate(True), 403)
        self.callee.forget_what_came()
        self.command("guard", "posture", "set", "normal")
        self.assert_status(self.escalate(False), 486)
        changes = [
            r["details"]
            for r in self.proxy.records_until(lambda all_: sum(r["event"] == "guard.posture" for r in all_) >= 3)
            if r["event"] == "guard.posture"
        ]
        self.assertEqual(
            [(c["from"], c["to"], c["by"], c.get("reason")) for c in changes[:3]],
            [
                ("normal", "elevated", "admin", "a bad day"),
                ("elevated", "closed", "admin", None),
                ("closed", "normal", "admin", None),
            ],
        )
        self.assertEqual(self.proxy.verify().returncode, 0)

    def test_elevated_halves_the_rate(self):
        self.command("guard", "posture", "set", "elevated")
        answers = [self.escalate(True).status for _ in range(6)]
        # Calls of the other test may still count.
        self.assertIn(480, answers)
        self.assertLessEqual(answers.count(486), 5)

    def test_who_may(self):
        done = (
            self.command("token", "create", "--scope", "guard").stdout
            + self.command("token", "create", "--scope", "read").stdout
        )
        guard, reader = [word for word in done.split() if word.startswith("ifsip.")]
        self.assertEqual(self.api("GET", "/v1/guard/posture", reader), (200, {"posture": "normal"}))
        self.assertEqual(self.api("PUT", "/v1/guard/posture", reader, {"posture": "closed"})[0], 403)
        for body in ({}, {"posture": "open"}, {"posture": 1}, {"posture": "closed", "reason": "x\ny"}):
            self.assertEqual(self.api("PUT", "/v1/guard/posture", guard, body)[0], 400, body)
        self.assertEqual(
            self.api("PUT", "/v1/guard/posture", guard, {"posture": "elevated"}), (200, {"posture": "elevated"})
        )
        self.command("guard", "posture", "set", "open", expected=2)


class Reloads(GuardCase):
    """Configuration, users and registry change under load; no call notices."""

    def one_call(self, alice: Endpoint) -> None:
        self.hang_up(*self.connect(alice))

    def test_reloads_under_load(self):
        rounds = 100 if FULL else 20
        failures: list[str] = []
        done = threading.Event()
        calls = 0

        def load() -> None:
            nonlocal calls
            while not done.is_set():
                try:
                    with Endpoint(self.udp, user="alice", password="wonderland") as alice:
                        self.one_call(alice)
                    calls += 1
                    # Faster, and flood control would find that this machine sends too much.
                    time.sleep(0.02)
                except AssertionError as error:
                    failures.append(str(error))
                    return

        caller = threading.Thread(target=load)
        caller.start()
        try:
            for number in range(rounds):
                self.proxy.registry["experts"][0]["name"] = f"Safety Expert {number}"
                self.proxy.config["rate"] = {"per_expert": 10 + number}
                self.proxy.write_config()
                self.proxy.command(
                    "user", "add", f"user-{number}", "--config", str(self.proxy.config_path), stdin="secret\n"
                )
                self.command("reload")
                if number % 5 == 0:
                    # What is wrong changes nothing, and the next right one counts.
                    self.proxy.registry["experts"][0]["status"] = "perhaps"
                    self.proxy.write_config()
                    broken = self.command("reload", expected=1)
                    self.assertIn("experts[0].status", broken.stdout + broken.stderr)
                    self.proxy.registry["experts"][0]["status"] = "active"
        finally:
            done.set()
            caller.join(20)
        self.proxy.write_config()
        self.command("reload")
        self.assertEqual(failures, [])
        self.assertGreater(calls, rounds // 10)
        results = [
            r["details"]["result"]
            for r in self.proxy.records_until(
                lambda all_: sum(r["event"] == "config.reloaded" for r in all_) > rounds + (rounds + 4) // 5
            )
            if r["event"] == "config.reloaded"
        ]
        self.assertEqual(results.count("accepted"), rounds + 1)
        self.assertEqual(results.count("refused"), (rounds + 4) // 5)
        # What the last reload brought holds.
        self.assertEqual(self.proxy.metrics().value("sip_calls_total", result="failed"), 0)
        newest = self.endpoint(f"user-{rounds - 1}", password="secret")
        invite = newest.request("INVITE", "sip:bob@pbx.test")
        newest.send(invite)
        invite.authorize(newest.response(invite), f"user-{rounds - 1}", "secret")
        newest.send(invite)
        self.callee.reply(self.callee.expect("INVITE"), 486, "Busy Here")
        self.assert_status(newest.response(invite), 486)


if __name__ == "__main__":
    unittest.main()
