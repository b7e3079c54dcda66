"""IF.guard and what a monitoring system tells it: records, the posture, and who may.

Here the webhook is called by hand; test_prometheus.py has it called by Alertmanager.
"""

import contextlib
import copy
import http.client
import threading
import time
import unittest
from typing import ClassVar

from support.guard_case import GuardCase
from support.proxy import Proxy

ALERT = {
    "status": "firing",
    "labels": {"alertname": "IfsipCallsFailing", "severity": "critical", "job": "ifsip-proxy"},
    "annotations": {"summary": "6 calls failed within 5 minutes"},
    "startsAt": "2026-01-01T00:00:00.5Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://127.0.0.1:9090/graph",
    "fingerprint": "1e12c1fd30a2ab30",
}


def alert(fingerprint: str = "1e12c1fd30a2ab30", **labels: str) -> dict:
    made = copy.deepcopy(ALERT)
    made["fingerprint"] = fingerprint
    made["labels"].update(labels)
    return made


def resolved(of: dict) -> dict:
    return {**of, "status": "resolved", "endsAt": "2026-01-01T00:05:00Z"}


class AlertCase(GuardCase):
    raise_to: ClassVar[str] = "elevated"
    forget: ClassVar[int] = 3600

    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        cls.configure(proxy, cls.raise_to)
        return proxy

    @classmethod
    def configure(cls, proxy: Proxy, raise_to: str) -> None:
        proxy.config["guard"] = {"alerts": {"raise_posture_to": raise_to, "forget_after_seconds": cls.forget}}
        proxy.write_config()

    def setUp(self) -> None:
        super().setUp()
        mark = f"before {self.id()}"
        self.command("guard", "posture", "set", "normal", "--reason", mark)
        self.bearer = self.create("alerts")
        # Records come in batches, in order: behind this one there are none of the test before.
        self.seen = len(
            self.proxy.records_until(lambda all_: any(mark == r.get("details", {}).get("reason") for r in all_))
        )

    def tearDown(self) -> None:
        firing = self.api("GET", "/v1/guard/alerts", self.create("read"))[1]["alerts"]
        self.tell(*[resolved(alert(a["fingerprint"], alertname=a["name"])) for a in firing])

    def create(self, scope: str) -> str:
        return self.command("token", "create", "--scope", scope).stdout.strip()

    def tell(self, *alerts: dict, expected: int = 200, **more) -> dict:
        body = {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "g", "alerts": list(alerts), **more}
        status, answer = self.api("POST", "/v1/guard/alerts", self.bearer, body)
        self.assertEqual(status, expected, answer)
        return answer

    def posture(self) -> str:
        self.assertEqual(self.command("guard", "posture").stdout.strip(), self.posture_of_metrics())
        return self.posture_of_metrics()

    def new_records(self, event: str, count: int) -> list[dict]:
        """The records of this event since the test began, of which there are so many and, a moment later, not one more."""

        def found(records: list[dict]) -> list[dict]:
            return [record for record in records[self.seen :] if record["event"] == event]

        self.proxy.records_until(lambda records: len(found(records)) >= count)
        time.sleep(0.2)
        all_of_them = found(self.proxy.records())
        self.assertEqual(len(all_of_them), count, all_of_them)
        return all_of_them


class Alerts(AlertCase):
    def test_an_alert_raises_the_posture_while_it_fires(self):
        self.assertEqual(
            self.tell(alert()), {"changed": 1, "firing": 1, "posture": "elevated", "raised_from": "normal"}
        )
        self.assertEqual(self.posture(), "elevated")
        self.assertEqual(self.escalate(signed=False).status, 403)
        # Repeated as Alertmanager does it, beside one that is new.
        self.assertEqual(self.tell(alert(), alert("f2", alertname="Other", severity="warning"))["changed"], 1)
        self.assertEqual(self.tell(alert())["changed"], 0)
        self.assertEqual(self.tell(resolved(alert())), {"changed": 1, "firing": 1, "posture": "normal"})
        self.assertEqual(self.posture(), "normal")
        self.assertEqual(self.tell(resolved(alert()))["changed"], 0)
        records = self.new_records("guard.alert", 3)
        by = self.bearer.split(".")[1]
        plain = {"by": by, "fingerprint": "1e12c1fd30a2ab30", "labels": {"job": "ifsip-proxy"}, "severity": "critical"}
        plain |= {"alert": "IfsipCallsFailing", "summary": "6 calls failed within 5 minutes"}
        plain |= {"starts_at": "2026-01-01T00:00:00.500000Z"}
        self.assertEqual(records[0]["component"], "guard")
        self.assertEqual(records[0]["details"], {**plain, "status": "firing"})
        self.assertEqual(
            records[2]["details"], {**plain, "status": "resolved", "ends_at": "2026-01-01T00:05:00.000000Z"}
        )
        self.assertEqual(
            [(r["details"]["to"], r["details"]["by"]) for r in self.new_records("guard.posture", 2)],
            [("elevated", "alert"), ("normal", "alert")],
        )
        self.assertEqual(self.proxy.verify().returncode, 0)

    def test_what_fires_is_listed(self):
        self.tell(
            alert("b", alertname="Second", severity="warning"), {**alert("a"), "startsAt": "2025-01-01T00:00:00Z"}
        )
        _, shown = self.api("GET", "/v1/guard/alerts", self.create("read"))
        self.assertEqual((shown["posture"], shown["raised_from"]), ("elevated", "normal"))
        self.assertEqual(
            shown["alerts"],
            [
                {
                    "fingerprint": "a",
                    "labels": {"job": "ifsip-proxy"},
                    "name": "IfsipCallsFailing",
                    "raises_posture": True,
                    "severity": "critical",
                    "starts_at": "2025-01-01T00:00:00.000000Z",
                    "summary": "6 calls failed within 5 minutes",
                },
                {
                    "fingerprint": "b",
                    "labels": {"job": "ifsip-proxy"},
                    "name": "Second",
                    "raises_posture": False,
                    "severity": "warning",
                    "starts_at": "2026-01-01T00:00:00.500000Z",
                    "summary": "6 calls failed within 5 minutes",
                },
            ],
        )
        table = self.command("guard", "alerts").stdout
        self.assertRegex(table, r"(?m)^IfsipCallsFailing +critical +2025-01-01T00:00:00Z +yes +6 calls failed")
        self.assertRegex(table, r"(?m)^Second +warning +2026-01-01T00:00:00Z +no +6 calls failed")
        self.assertRegex(table, r"posture elevated, raised from normal")

    def test_a_restart_forgets_nothing(self):
        self.tell(alert(), alert("w", alertname="Other", severity="warning"))
        self.proxy.restart()
        self.assertEqual(self.posture(), "elevated")
        self.assertEqual(self.tell(alert(), alert("w", alertname="Other", severity="warning"))["changed"], 0)
        # Nor does an end that is none in order.
        self.proxy.kill()
        self.proxy.start()
        self.assertEqual(self.posture(), "elevated")
        self.assertEqual(self.tell(alert())["changed"], 0)
        self.assertEqual(self.tell(resolved(alert()))["posture"], "normal")
        self.proxy.restart()
        self.assertEqual(self.posture(), "normal")
        self.new_records("guard.alert", 3)

    def test_the_operator_goes_before(self):
        for posture in ("closed", "normal", "elevated"):
            with self.subTest(posture):
                self.tell(alert())
                self.command("guard", "posture", "set", posture)
                self.assertEqual(self.tell(alert())["posture"], posture)
                # Also for a process that begins anew.
                self.proxy.restart()
                self.assertEqual(self.tell(alert())["posture"], posture)
                self.assertEqual(self.tell(resolved(alert()))["posture"], posture)
                self.assertEqual(self.posture(), posture)
                self.command("guard", "posture", "set", "normal")

    def test_a_posture_set_by_hand_is_what_it_ends_at(self):
        self.command("guard", "posture", "set", "elevated")
        self.tell(alert())
        self.tell(resolved(alert()))
        self.assertEqual(self.posture(), "elevated")

    def test_who_may(self):
        body = {"version": "4", "alerts": [alert()]}
        self.assertEqual(self.api("POST", "/v1/guard/alerts", "x", body)[0], 401)
        for scope, (post, get) in {"alerts": (200, 403), "read": (403, 200), "guard": (403, 403)}.items():
            bearer = self.create(scope)
            self.assertEqual(self.api("POST", "/v1/guard/alerts", bearer, body)[0], post, scope)
            self.assertEqual(self.api("GET", "/v1/guard/alerts", bearer)[0], get, scope)
        self.assertEqual(self.api("PUT", "/v1/guard/posture", self.bearer, {"posture": "closed"})[0], 403)

    def test_what_is_no_notification_changes_nothing(self):
        self.tell(alert(), expected=400, version="3")
        self.tell(alert(), {**alert("b"), "startsAt": "now"}, expected=400)
        self.tell(*[alert(f"{n}") for n in range(101)], expected=400)
        self.tell({**alert(), "annotations": {"summary": "x" * 262_144}}, expected=400)
        self.assertEqual(self.posture(), "normal")
        self.new_records("guard.alert", 0)

    def test_what_is_kept_is_bounded_and_harmless(self):
        crowd = [alert(f"{n}", alertname=f"Alert{n}", severity="warning") for n in range(256)]
        for start in range(0, 256, 64):
            self.assertEqual(self.tell(*crowd[start : start + 64])["changed"], 64)
        refused = self.tell(alert("beyond"), expected=503)
        self.assertIn("256", refused["reason"])
        self.assertEqual(self.posture(), "normal")
        # Alertmanager comes again, and finds room.
        self.tell(resolved(crowd[0]))
        odd = alert("beyond", alertname="Odd\nname\u202e" + "x" * 200, severity="critical", job="j" * 300)
        odd["labels"]["a b"] = "no label"
        self.assertEqual(self.tell(odd)["posture"], "elevated")
        self.proxy.restart()
        self.assertEqual(self.posture(), "elevated")
        last = self.new_records("guard.alert", 258)[-1]["details"]
        self.assertRegex(last["alert"], r"^Odd\ufffdname\ufffdx+…$")
        self.assertEqual(list(last["labels"]), ["job"])
        for text in (last["alert"], last["labels"]["job"]):
            self.assertLessEqual(len(text.encode()), 128)
        for start in range(0, 256, 64):
            self.tell(*[resolved(a) for a in crowd[start : start + 64]])

    def test_a_reload_brings_another_rule(self):
        self.tell(alert())
        try:
            self.configure(self.proxy, "closed")
            self.command("reload")
            self.assertEqual(self.posture(), "elevated")
            self.assertEqual(self.tell(alert("c"))["posture"], "closed")
            self.configure(self.proxy, "none")
            self.command("reload")
            # What is raised waits for those that raised it, and no others.
            self.assertEqual(self.tell(alert("d"))["posture"], "closed")
            self.assertEqual(self.tell(resolved(alert()))["posture"], "closed")
            self.assertEqual(self.tell(resolved(alert("c")))["posture"], "normal")
        finally:
            self.configure(self.proxy, self.raise_to)
            self.command("reload")

    def test_a_state_that_is_damaged_is_named(self):
        self.tell(alert())
        self.proxy.stop()
        kept = self.proxy.state / "alerts"
        good = kept.read_bytes()
        kept.write_bytes(b"[{}]")
        done = self.proxy.command("serve", "--config", str(self.proxy.config_path))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{kept} does not hold what was written there", done.stdout + done.stderr)
        # Without it, what nobody holds up any more is lowered, until it is told again.
        kept.unlink()
        self.proxy.start()
        self.proxy.records_until(
            lambda records: (
                [r["details"]["to"] for r in records[self.seen :] if r["event"] == "guard.posture"][-1:] == ["normal"]
            )
        )
        self.assertEqual(self.tell(alert())["posture"], "elevated")
        self.assertEqual(kept.read_bytes(), good)


class NoRaising(AlertCase):
    raise_to = "none"

    def test_alerts_are_recorded_and_change_nothing(self):
        self.assertEqual(self.tell(alert()), {"changed": 1, "firing": 1, "posture": "normal"})
        self.assertEqual(self.posture(), "normal")
        self.tell(resolved(alert()))
        self.new_records("guard.alert", 2)
        self.new_records("guard.posture", 0)


class Silence(AlertCase):
    forget = 2

    def test_what_nobody_repeats_is_over(self):
        self.tell(alert())
        began = time.monotonic()
        while time.monotonic() - began < 3:
            self.assertEqual(self.tell(alert())["posture"], "elevated")
            time.sleep(0.5)
        records = self.new_records("guard.alert", 1)
        self.proxy.records_until(
            lambda all_: any(
                r["event"] == "guard.posture" and r["details"]["to"] == "normal" for r in all_[self.seen :]
            )
        )
        self.assertEqual(self.posture(), "normal")
        records = self.new_records("guard.alert", 2)
        self.assertEqual((records[1]["details"]["status"], records[1]["details"]["by"]), ("forgotten", "guard"))


class Stopping(AlertCase):
    def test_alerts_that_come_while_the_node_stops(self):
        """They are taken, or refused, or nobody answers; and the node ends as it should."""
        for _ in range(4):
            done = threading.Event()
            statuses: set[int] = set()

            def storm(done=done, statuses=statuses) -> None:
                while not done.is_set():
                    with contextlib.suppress(OSError, http.client.HTTPException):
                        body = {"version": "4", "alerts": [alert()]}
                        statuses.add(self.api("POST", "/v1/guard/alerts", self.bearer, body)[0])

            senders = [threading.Thread(target=storm) for _ in range(4)]
            for sender in senders:
                sender.start()
            try:
                time.sleep(0.3)
                self.proxy.stop()
            finally:
                done.set()
                for sender in senders:
                    sender.join(10)
            self.assertLessEqual(statuses, {200, 503})
            self.assertIn(200, statuses)
            self.proxy.start()


if __name__ == "__main__":
    unittest.main()
