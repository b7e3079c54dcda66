"""The files of config/prometheus, config/alertmanager and config/grafana against Debian's Prometheus and Alertmanager.

What they watch is a running server with calls that go well, fail and are refused. Time runs faster for them
(support/monitoring.py), so that five minutes are fifteen seconds.
"""

import re
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import ClassVar

from support.certificates import Authority
from support.guard_case import GuardCase
from support.h323.case import free_addresses
from support.media import Party, talk
from support.monitoring import CONFIG, Monitoring, dashboards, expressions, faster, panels
from support.ports import free_port
from support.proxy import DOMAIN, ROOT, Proxy

RULES = CONFIG / "prometheus/alerts.yml"


def alert_names() -> list[str]:
    return re.findall(r"- alert: (\w+)", RULES.read_text())


def check(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    output = done.stdout + done.stderr
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{output}")
    return output


class Files(unittest.TestCase):
    """What the tools of both say of the files as they are committed, and whether anything was left out."""

    def test_they_are_right(self):
        check("promtool", "check", "config", str(CONFIG / "prometheus/prometheus.yml"))
        check("promtool", "check", "rules", *(str(CONFIG / "prometheus" / f) for f in ("recording.yml", "alerts.yml")))
        check("amtool", "check-config", str(CONFIG / "alertmanager/alertmanager.yml"))

    def test_every_alert_fires_and_does_not_and_ends(self):
        tests = sorted((CONFIG / "prometheus/tests").glob("*.yml"))
        check("promtool", "test", "rules", *map(str, tests))
        text = "".join(path.read_text() for path in tests)
        for name in alert_names():
            quiet = re.findall(rf"alertname: {name}, eval_time: \w+, exp_alerts: \[\]", text)
            loud = re.findall(rf"- alertname: {name}\n", text)
            self.assertGreaterEqual(len(quiet), 2, f"{name}: before and after")
            self.assertGreaterEqual(len(loud), 1, name)

    def test_a_wrong_rule_fails_its_test(self):
        """The tests can fail: every threshold and every label moved, one after the other."""
        with tempfile.TemporaryDirectory(prefix="ifsip-rules-") as folder:
            shutil.copytree(CONFIG / "prometheus", folder, dirs_exist_ok=True)
            tests = sorted(map(str, Path(folder).glob("tests/*.yml")))
            for right, wrong in (
                ("increase5m > 5", "increase5m >= 5"),
                ("increase5m > 5", "increase5m > 6"),
                ("ratio15m > 0.1", "ratio15m >= 0.1"),
                ("increase15m >= 10", "increase15m >= 5"),
                ("p95_5m > 2", "p95_5m > 60"),
                ("count_increase5m >= 5", "count_increase5m >= 1"),
                ("p99_5m > 0.1", "p99_5m > 0.2"),
                ('up{job="ifsip-proxy"} == 0', "up == 0"),
                ("15 * 86400", "14 * 86400"),
                ("increase5m > 50", "increase5m > 10"),
                ("and job:sip_security_rejections:increase5m > 3 *", "or job:sip_security_rejections:increase5m > 3 *"),
                ("timestamp_seconds > 60", "timestamp_seconds > 20"),
                ('(ifsip_unready{reason="gatekeeper"}) == 1', '(ifsip_unready{reason="gatekeeper"}) == 0'),
                ("for: 30s", "for: 2m"),
                ("for: 30s", "for: 0s"),
                ("severity: critical", "severity: Critical"),
            ):
                path = Path(folder) / "alerts.yml"
                text = RULES.read_text()
                self.assertIn(right, text)
                path.write_text(text.replace(right, wrong))
                command = ["promtool", "test", "rules", *tests]
                done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 1, f"{right} → {wrong}: no test noticed\n{done.stdout}")

    def test_every_alert_is_explained(self):
        page = (ROOT / "docs/alerts.md").read_text()
        for name in alert_names():
            self.assertIn(f"### {name}\n", page)

    def test_dashboards(self):
        boards = dashboards()
        self.assertEqual(sorted(boards), ["calls.json", "media.json", "security.json", "witness.json"])
        self.assertEqual(len({board["uid"] for board in boards.values()}), len(boards))
        for file, board in boards.items():
            self.assertTrue(board["title"] and board["description"], file)
            ids = [panel["id"] for panel in board["panels"]]
            self.assertEqual(len(ids), len(set(ids)), file)
            taken: set[tuple[int, int]] = set()
            for panel in board["panels"]:
                at = panel["gridPos"]
                cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                self.assertFalse(cells & taken, f"{file}: {panel['title']} lies on another panel")
                self.assertLessEqual(at["x"] + at["w"], 24, f"{file}: {panel['title']}")
                taken |= cells
            for panel in panels(board):
                where = f"{file}: {panel['title']}"
                self.assertGreater(len(panel["description"]), 10, where)
                self.assertTrue(panel["fieldConfig"]["defaults"]["unit"], where)
                self.assertTrue(panel["targets"], where)
                for target in panel["targets"]:
                    self.assertTrue(target["legendFormat"], where)
                    self.assertEqual(target["datasource"]["uid"], "${datasource}", where)
                    # One node's series, or those that are sums over all of them.
                    self.assertIn('job="ifsip-proxy"', target["expr"], where)


class Alarm(GuardCase):
    config: ClassVar[dict] = {"guard": {"alerts": {"raise_posture_to": "elevated"}}, "media": {"relay": "all"}}
    council: ClassVar[dict] = {"mode": "off"}
    monitoring: Monitoring

    @classmethod
    def make_proxy(cls) -> Proxy:
        authority = Authority()
        cls.addClassCleanup(authority.close)
        proxy = super().make_proxy()
        proxy.config["council"] = cls.council
        # A certificate that is good for three days only.
        proxy.config["tls"] = authority.sign(f"DNS:{DOMAIN}", common_name=DOMAIN, days=3).settings
        proxy.config["listen"].append(f"tls://127.0.0.1:{free_port()}")
        proxy.write_config()
        return proxy

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        made = cls.proxy.command("token", "create", "--scope", "alerts", "--config", str(cls.proxy.config_path))
        cls.token = made.stdout.strip()
        cls.monitoring = Monitoring(cls.proxy, cls.token)
        cls.addClassCleanup(cls.monitoring.close)
        wait_until(lambda: cls.monitoring.values('up{job="ifsip-proxy"}') == [1], "Prometheus reads the node")

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print(f"\n{self.monitoring.logs()}\n--- firing: {self.monitoring.firing()}", flush=True)
        return result

    # Calls

    def ring(self, alice=None):
        alice = alice or self.endpoint()
        invite = self.invite(alice, "sip:bob@pbx.test")
        return alice, invite, self.callee.expect("INVITE")

    def busy(self) -> None:
        alice, invite, arrived = self.ring()
        self.callee.reply(arrived, 486, "Busy Here")
        self.callee.expect("ACK")
        self.assert_status(alice.response(invite), 486)

    def take(self, alice, invite, arrived) -> None:
        """Answers a call and hangs it up."""
        self.hang_up(alice, invite, self.establish(alice, invite, arrived))

    def speak(self) -> None:
        """A call in which something is said."""
        near, far, alice = Party(), Party(), self.endpoint()
        for party in (near, far):
            self.addCleanup(party.close)
        invite = self.invite(alice, "sip:bob@pbx.test", body=near.sdp())
        arrived = self.callee.expect("INVITE")
        self.callee.reply(arrived, 200, "OK", body=far.sdp())
        ok = self.assert_status(alice.response(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        self.callee.expect("ACK")
        near.follow(ok.body)
        far.follow(arrived.body)
        talk(near, far, packets=10)
        self.hang_up(alice, invite, ok)

    def give_up(self) -> None:
        alice, invite, arrived = self.ring()
        self.callee.reply(arrived, 180, "Ringing")
        while alice.receive().status != 180:
            pass
        alice.send(invite.derived("CANCEL"))
        self.callee.reply(self.callee.expect("CANCEL"), 200, "OK")
        self.callee.reply(arrived, 487, "Request Terminated")
        self.callee.expect("ACK")
        self.assert_status(alice.response(invite), 487)

    def insane(self, count: int = 1) -> None:
        """Messages with two CSeqs, each of which gets 400."""
        alice = self.endpoint()
        for _ in range(count):
            alice.send(alice.request("INVITE", "sip:bob@pbx.test", headers=("CSeq: 7 INVITE",)))
        self.assert_status(alice.receive(), 400)

    def shown(self) -> dict:
        return self.api("GET", "/v1/guard/alerts", (self.proxy.state / "keys/admin.token").read_text().strip())[1]

    def posture(self) -> str:
        return self.shown()["posture"]

    def guard_records(self, event: str) -> list[dict]:
        return [record["details"] for record in self.proxy.records() if record["event"] == event]


class Guard(Alarm):
    """From the sixth failed call to the posture, and back."""

    def test_six_failed_calls_tell_guard(self):
        for _ in range(4):
            self.busy()
        # As all of them: whoever is called is busy.
        self.assert_status(self.escalate(signed=False), 486)
        wait_until(lambda: self.monitoring.values("job:sip_calls_failed:increase5m")[:1] >= [5], "five are counted")
        # Some rounds of the rules; then it was not for want of time.
        time.sleep(float(faster("15s").removesuffix("ms")) / 1_000 * 3)
        self.assertNotIn("IfsipCallsFailing", self.monitoring.firing())
        self.assertEqual(self.posture(), "normal")

        began = time.monotonic()
        self.busy()
        wait_until(lambda: self.posture() == "elevated", "the posture is raised")
        raised_after = time.monotonic() - began
        self.assertIn("IfsipCallsFailing", self.monitoring.firing())
        self.assertEqual(self.monitoring.told("IfsipCallsFailing"), {"if-guard", "operators"})
        shown = self.shown()
        self.assertEqual((shown["posture"], shown["raised_from"]), ("elevated", "normal"))
        self.assertEqual([(a["name"], a["severity"]) for a in shown["alerts"]], [("IfsipCallsFailing", "critical")])
        self.assertRegex(shown["alerts"][0]["summary"], r"^\d+ calls failed within 5 minutes$")
        # It is not a word only: whoever does not sign is refused now.
        self.assert_status(self.escalate(signed=False), 403)

        wait_until(lambda: self.posture() == "normal", "the posture is lowered", 60)
        lowered_after = time.monotonic() - began
        self.assertEqual(self.shown(), {"alerts": [], "posture": "normal"})
        self.assert_status(self.escalate(signed=False), 486)

        self.proxy.records_until(lambda _: len(self.guard_records("guard.posture")) == 2)
        told = self.guard_records("guard.alert")
        self.assertEqual(
            [(r["alert"], r["status"]) for r in told], [("IfsipCallsFailing", s) for s in ("firing", "resolved")]
        )
        for record in told:
            self.assertEqual(record["severity"], "critical")
            self.assertEqual(record["by"], self.token.split(".")[1])
            self.assertEqual(record["labels"], {"job": "ifsip-proxy"})
            self.assertEqual(record["fingerprint"], shown["alerts"][0]["fingerprint"])
            self.assertEqual(record["starts_at"], shown["alerts"][0]["starts_at"])
        self.assertLess(told[1]["starts_at"], told[1]["ends_at"])
        self.assertEqual(
            [(r["from"], r["to"], r["by"], r["reason"]) for r in self.guard_records("guard.posture")],
            [
                ("normal", "elevated", "alert", "IfsipCallsFailing fires"),
                ("elevated", "normal", "alert", "IfsipCallsFailing has ended"),
            ],
        )
        self.assertEqual(self.proxy.verify().returncode, 0)
        print(f"\nraised {raised_after:.1f} s after the sixth call, lowered after {lowered_after:.1f} s", flush=True)


class Lost(Alarm):
    """A gateway without a gatekeeper."""

    # The council of another, whose gatekeeper never answers.
    council: ClassVar[dict] = {**free_addresses(), "external": {"gatekeeper": f"127.0.0.1:{free_port()}"}}

    def test_people_are_told(self):
        lost = "IfsipGatekeeperLost"
        wait_until(lambda: self.monitoring.values("h323_gateway_registered") == [0], "the gateway is not registered")
        wait_until(lambda: lost in self.monitoring.firing(), "the alert")
        wait_until(lambda: self.monitoring.told(lost) == {"if-guard", "operators"}, "people and IF.guard are told")


class Watched(Alarm):
    """Every rule and every panel against real traffic."""

    def mix(self) -> None:
        """Some of everything, below every threshold."""
        for _ in range(2):
            self.take(*self.ring())
        self.speak()
        self.give_up()
        self.escalate(signed=True)
        self.insane()
        alice = self.endpoint(password="looking-glass")
        self.assert_status(alice.call(alice.request("INVITE", "sip:bob@pbx.test")), 407)
        phone = self.endpoint(transport="TCP")
        register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:alice@{DOMAIN}", headers=("Expires: 300",))
        self.assert_status(phone.call(register), 200)

    def test_every_panel_and_every_rule_has_data(self):
        for _ in range(3):
            self.mix()
            time.sleep(1)
        missing: dict[str, str] = {}

        def everything() -> bool:
            missing.clear()
            for file, board in dashboards().items():
                for panel in panels(board):
                    for expression in expressions(panel):
                        if not self.monitoring.values(expression, 20):
                            missing[f"{file}: {panel['title']}"] = expression
            for rule in self.monitoring.rules():
                self.assertEqual(rule["health"], "ok", rule)
                # Without its threshold an alert says 0 or 1, if its series are there and meet.
                query = re.sub(r" (>=|<=|==|!=|>|<) ", r" \1 bool ", rule["query"])
                if not self.monitoring.values(query, 20):
                    missing[rule["name"]] = query
            return not missing

        wait_until(everything, lambda: f"data for {missing}", 30)
        rules = self.monitoring.rules()
        self.assertEqual([r["name"] for r in rules if r["type"] == "alerting"], alert_names())
        # What a chooser of nodes shows.
        nodes = self.monitoring.prometheus.get("/api/v1/label/instance/values", **{"match[]": 'up{job="ifsip-proxy"}'})
        self.assertEqual(nodes["data"], [f"127.0.0.1:{self.proxy.admin_port}"])

    def wait_for(self, *names: str) -> None:
        """Until each of them has fired, though not all at one time."""
        seen: set[str] = set()

        def all_of_them() -> bool:
            seen.update(self.monitoring.firing())
            return set(names) <= seen

        wait_until(all_of_them, lambda: f"{set(names) - seen} to fire", 30)

    def test_the_other_alerts_fire(self):
        """All but the one about the checkpoint, for which the disk would have to stop: that one has its unit test."""
        self.wait_for("IfsipCertificateExpires")
        # Five calls at which people take their time, and six that fail.
        slow = [self.ring() for _ in range(5)]
        for _, _, arrived in slow:
            self.callee.reply(arrived, 180, "Ringing")
        time.sleep(2.3)
        for call in slow:
            self.take(*call)
        for _ in range(6):
            self.busy()
        self.wait_for("IfsipFailureShareHigh", "IfsipSetupSlow", "IfsipCallsFailing")
        # A crowd of messages that are none, after quieter times.
        self.insane(80)
        self.wait_for("IfsipRejectionsSurge")
        for name in ("IfsipCertificateExpires", "IfsipSetupSlow"):
            self.assertEqual(self.monitoring.told(name), {"operators"})
        self.proxy.stop()
        self.wait_for("IfsipProxyDown")
        wait_until(lambda: self.monitoring.told("IfsipProxyDown") == {"operators"}, "people are told, IF.guard is not")
        self.proxy.start()
        wait_until(lambda: "IfsipProxyDown" not in self.monitoring.firing(), "the node is seen again")


def wait_until(condition, what, within: float = 25.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what() if callable(what) else what}")
        time.sleep(0.2)


if __name__ == "__main__":
    unittest.main()
