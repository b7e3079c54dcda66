"""/metrics as scrapers read it: both forms, with parsers that this project has not written, packed and as it is."""

import gzip
import http.client
import json
import re
import shutil
import subprocess
import time
import unittest
from pathlib import Path
from typing import ClassVar

from support.case import CalleeCase
from support.proxy import ROOT

PYTHON = ROOT / ".build-venv/bin/python"
READER = Path(__file__).parent / "support/metrics_reader.py"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
# What the Prometheus of Debian 12 sends.
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
# DOMAIN §12, as far as the rooms exist, with what the page is to know of them besides.
FAMILIES = {
    "counter": (
        *("sip_calls", "sip_errors", "sip_requests", "sip_responses", "sip_security_rejections", "sip_auth_failures"),
        *("sip_rate_limited", "sip_limit_reached", "sip_connections", "sip_datagrams", "guard_decisions"),
        *("guard_organisation_decisions", "websocket_upgrades", "hep_packets"),
        *("rtp_packets", "rtp_lost_packets", "rtp_dropped_packets", "media_recording_lost_packets"),
        *("h323_calls", "h323_ras_requests"),
        *("witness_records", "witness_refused_records", "tls_handshakes", "process_cpu_seconds"),
        *("ifsip_metrics_refused", "admin_requests"),
    ),
    "gauge": (
        *("sip_active_calls", "sip_transactions", "sip_registrations", "sip_open_connections", "guard_posture"),
        *("witness_last_checkpoint_timestamp_seconds", "witness_queued_records", "process_resident_memory_bytes"),
        *("process_virtual_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds"),
        *("rtp_jitter_seconds", "media_relayed_calls", "media_recordings"),
        *("h323_active_calls", "council_participants", "council_rooms"),
        *("ifsip_ready", "ifsip_unready", "ifsip_state_free_bytes", "ifsip_state_size_bytes", "ifsip_metrics_series"),
    ),
    "histogram": (
        *("sip_call_setup_seconds", "sip_call_duration_seconds", "guard_decision_seconds", "witness_append_seconds"),
        "media_relay_latency_seconds",
    ),
}


def has_client() -> bool:
    if not PYTHON.exists():
        return False
    command = [str(PYTHON), "-c", "import prometheus_client"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


class PageCase(CalleeCase):
    def fetch(self, accept: str | None = None, encoding: str | None = None) -> tuple[http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.admin_port, timeout=5)
        self.addCleanup(connection.close)
        # One header is sent unless told: http.client would ask for identity.
        connection.putrequest("GET", "/metrics", skip_accept_encoding=True)
        for name, value in (("Accept", accept), ("Accept-Encoding", encoding)):
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        self.assertEqual(response.status, 200)
        return response.headers, response.read()

    def call(self, trace: str, status: int) -> None:
        """A call that ends with a status; an answered one is hung up."""
        alice = self.endpoint()
        invite = self.invite(alice, "sip:bob@pbx.test", headers=(f"X-IF-Trace-ID: {trace}",))
        arrived = self.callee.expect("INVITE")
        if status != 200:
            self.callee.reply(arrived, status, "No")
            self.assert_status(alice.response(invite), status)
            return
        self.hang_up(alice, invite, self.establish(alice, invite, arrived))


class Negotiation(PageCase):
    def test_forms(self):
        for accept, expected in [
            (None, TEXT),
            ("*/*", TEXT),
            ("text/html,*/*;q=0.8", TEXT),
            (PROMETHEUS, OPEN),
            ("application/openmetrics-text", OPEN),
            ("application/openmetrics-text;q=0.4,text/plain;q=0.5", TEXT),
            ("image/png", TEXT),
        ]:
            with self.subTest(accept=accept):
                headers, body = self.fetch(accept)
                self.assertEqual(headers["Content-Type"], expected)
                self.assertEqual(body.endswith(b"\n# EOF\n"), expected == OPEN)
                self.assertEqual(b"# UNIT " in body, expected == OPEN)

    def test_gzip(self):
        plain = self.fetch()[1]
        for encoding, is_packed in [
            ("gzip", True),
            ("gzip, deflate, br", True),
            ("*", True),
            (None, False),
            ("identity", False),
            ("br", False),
            ("gzip;q=0", False),
        ]:
            with self.subTest(encoding=encoding):
                headers, body = self.fetch(encoding=encoding)
                self.assertEqual(headers["Content-Encoding"], "gzip" if is_packed else None)
                self.assertEqual({word.strip() for word in headers["Vary"].split(",")}, {"Accept", "Accept-Encoding"})
                self.assertEqual(int(headers["Content-Length"]), len(body))
                if is_packed:
                    self.assertLess(len(body), len(plain) / 4)
                    body = gzip.decompress(body)
                self.assertIn(b"sip_calls_total", body)

    def test_every_family_is_there_once_and_says_what_it_is(self):
        text = self.fetch()[1].decode()
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
        self.assertEqual(len(kinds), text.count("# TYPE "))
        self.assertEqual(re.findall(r"^# HELP (\S+) \S", text, re.MULTILINE), list(kinds))
        expected = {name: kind for kind, names in FAMILIES.items() if kind != "counter" for name in names}
        expected |= {f"{name}_total": "counter" for name in FAMILIES["counter"]} | {"ifsip_build_info": "gauge"}
        self.assertEqual(kinds, expected, "docs/metrics.md lists them too")

    def test_the_documentation_knows_every_family(self):
        page = (ROOT / "docs/metrics.md").read_text()
        for kind, names in FAMILIES.items():
            for name in names:
                full = f"{name}_total" if kind == "counter" else name
                self.assertRegex(page, rf"`{full}[`{{]", full)

    def test_what_runs(self):
        metrics = self.proxy.metrics()
        version = self.proxy.command("--version").stdout.strip()
        self.assertTrue(metrics.has("ifsip_build_info", version=version))
        self.assertEqual(metrics.value("ifsip_ready"), 1)
        self.assertEqual(metrics.value("ifsip_unready"), 0)
        for reason in ("draining", "witness-disk", "witness-queue", "database", "reactor"):
            self.assertTrue(metrics.has("ifsip_unready", reason=reason), reason)
        # What the kernel says of the same process.
        status = Path(f"/proc/{self.proxy.process.pid}/status").read_text()
        resident = int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024
        self.assertAlmostEqual(metrics.value("process_resident_memory_bytes") / resident, 1, delta=0.2)
        opened = len(list(Path(f"/proc/{self.proxy.process.pid}/fd").iterdir()))
        self.assertAlmostEqual(metrics.value("process_open_fds"), opened, delta=3)
        self.assertGreaterEqual(metrics.value("process_max_fds"), 1024)
        self.assertGreater(metrics.value("process_cpu_seconds_total"), 0)
        self.assertAlmostEqual(metrics.value("process_start_time_seconds"), time.time(), delta=60)
        disk = shutil.disk_usage(self.proxy.state)
        self.assertEqual(metrics.value("ifsip_state_size_bytes"), disk.total)
        self.assertAlmostEqual(metrics.value("ifsip_state_free_bytes") / disk.total, disk.free / disk.total, delta=0.05)

    def test_what_comes_through_swift_metrics(self):
        """Requests to the admin listener, by our own routes: nobody chooses a label by what he asks for."""
        before = self.proxy.metrics()
        self.proxy.get("/readyz")
        self.proxy.get("/no-such-page-as-this")
        self.proxy.get("/v1/calls/some-id-of-a-stranger")
        after = self.proxy.metrics()

        def gained(route: str, status_class: str) -> float:
            labels = {"route": route, "class": status_class}
            return after.value("admin_requests_total", **labels) - before.value("admin_requests_total", **labels)

        self.assertEqual(gained("/readyz", "2xx"), 1)
        self.assertEqual(gained("/metrics", "2xx"), 1)
        self.assertEqual(after.value("admin_requests_total") - before.value("admin_requests_total"), 4)
        self.assertNotIn("stranger", after.text)
        self.assertNotIn("no-such-page", after.text)
        self.assertEqual(after.value("ifsip_metrics_refused_total"), 0)

    def test_datagrams_are_counted(self):
        before = self.proxy.metrics()
        self.call("datagrams", 486)
        after = self.proxy.metrics()
        for event, least in (("received", 3), ("sent", 4), ("dropped", 0), ("truncated", 0)):
            gained = after.value("sip_datagrams_total", event=event) - before.value("sip_datagrams_total", event=event)
            (self.assertGreaterEqual if least else self.assertEqual)(gained, least, event)


@unittest.skipUnless(has_client(), "no prometheus_client in .build-venv")
class Parsers(PageCase):
    families: ClassVar[dict[str, dict[str, dict]]] = {}

    def parse(self, accept: str) -> dict[str, dict]:
        body = self.fetch(accept)[1].decode()
        form = "openmetrics" if accept == OPEN else "text"
        done = subprocess.run(
            [str(PYTHON), "-B", str(READER), form], input=body, capture_output=True, text=True, timeout=30, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return {family["name"]: family for family in json.loads(done.stdout)}

    def test_both_parsers_read_the_same(self):
        self.proxy.metrics()  # so that this request, too, has been counted
        self.call("both", 200)
        self.call("both", 486)
        text, opened = self.parse("text/plain"), self.parse(OPEN)
        for families, form in ((text, "text"), (opened, "openmetrics")):
            for kind, names in FAMILIES.items():
                for name in names:
                    with self.subTest(form=form, name=name):
                        self.assertEqual(families[name]["type"], kind)
                        self.assertGreater(len(families[name]["help"]), 10)
                        self.assertTrue(families[name]["samples"])

        # Two scrapes apart, but the same series, down to the text of each bucket's bound.
        def series(families: dict[str, dict]) -> set:
            return {(s["name"], *sorted(s["labels"].items())) for f in families.values() for s in f["samples"]}

        self.assertEqual(series(text), series(opened))
        for name, family in opened.items():
            unit = next((unit for unit in ("seconds", "bytes") if name.endswith(f"_{unit}")), "")
            self.assertEqual(family["unit"], unit, name)

    def test_exemplars_lead_to_the_records_of_a_call(self):
        time.sleep(1.1)  # an exemplar of another test stays for a second
        for trace, status in (("answered-call.1", 200), ("failed-call_2", 486)):
            self.call(trace, status)
        opened = self.parse(OPEN)

        def exemplars(name: str, **labels: str) -> list[dict]:
            family = opened[name.removesuffix("_total")]
            samples = [s for s in family["samples"] if labels.items() <= s["labels"].items() and s["exemplar"]]
            for sample in samples:
                self.assertEqual(list(sample["exemplar"]["labels"]), ["trace_id"])
                self.assertAlmostEqual(sample["exemplar"]["timestamp"], time.time(), delta=60)
            return [s["exemplar"] for s in samples]

        def traces(name: str, **labels: str) -> set[str]:
            return {exemplar["labels"]["trace_id"] for exemplar in exemplars(name, **labels)}

        self.assertEqual(traces("sip_calls_total", direction="through", result="answered"), {"answered-call.1"})
        self.assertEqual(traces("sip_calls_total", direction="through", result="failed"), {"failed-call_2"})
        self.assertEqual(traces("sip_errors_total", status="486"), {"failed-call_2"})
        self.assertIn("answered-call.1", traces("sip_call_duration_seconds"))
        self.assertTrue(traces("sip_call_setup_seconds") & {"answered-call.1", "failed-call_2"})
        # A bucket's exemplar lies in that bucket.
        for family in ("sip_call_setup_seconds", "sip_call_duration_seconds"):
            bounds, below = [], 0.0
            for sample in opened[family]["samples"]:
                if not sample["name"].endswith("_bucket"):
                    continue
                bound = float(sample["labels"]["le"])
                if sample["exemplar"]:
                    self.assertTrue(below < sample["exemplar"]["value"] <= bound or below == 0.0, sample)
                    bounds.append(bound)
                below = bound
            self.assertTrue(bounds, family)
        # And the records are there.
        records = self.proxy.records_until(
            lambda records: {"answered-call.1", "failed-call_2"} <= {r.get("trace_id") for r in records}
        )
        self.assertTrue(any(r["event"] == "call.terminated" and r["trace_id"] == "answered-call.1" for r in records))
        self.assertNotIn("trace_id", self.fetch("text/plain")[1].decode(), "text has no exemplars")

    def test_a_call_without_a_name_gets_one(self):
        alice = self.endpoint()
        invite = self.invite(alice, "sip:bob@pbx.test")
        self.callee.reply(self.callee.expect("INVITE"), 603, "Decline")
        self.assert_status(alice.response(invite), 603)
        [sample] = [s for s in self.parse(OPEN)["sip_errors"]["samples"] if s["labels"]["status"] == "603"]
        self.assertRegex(sample["exemplar"]["labels"]["trace_id"], r"^[0-9a-f]{32}$")


@unittest.skipUnless(shutil.which("promtool"), "no promtool (Debian's prometheus)")
class Promtool(PageCase):
    def test_promtool_finds_nothing_to_say(self):
        self.call("promtool", 200)
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=self.fetch()[1], capture_output=True, timeout=30, check=False
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))


if __name__ == "__main__":
    unittest.main()
