"""The log: one line for one thing, with stable keys, trace_id and call_id where a call is concerned, and no secrets."""

import json
import re
import socket
import time
import unittest
import urllib.error
import urllib.request

from support.case import EXPERT, CalleeCase
from support.certificates import Authority
from support.ports import free_port
from support.proxy import DOMAIN, Proxy
from support.sip import SDP, token

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
LEVELS = ("trace", "debug", "info", "notice", "warning", "error", "critical")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise AssertionError(f"a key that is there twice: {names}")
    return dict(pairs)


def parse(text: str) -> list[dict[str, str]]:
    """Every line, each of which must be one JSON object of texts with a time, a level, a logger and a message."""
    lines = []
    for line in text.splitlines():
        value = json.loads(line, object_pairs_hook=unique)
        if not all(isinstance(each, str) for each in value.values()):
            raise AssertionError(f"not only texts: {line}")
        if list(value)[:4] != ["time", "level", "logger", "message"] or list(value)[4:] != sorted(list(value)[4:]):
            raise AssertionError(f"other keys, or in another order: {line}")
        if not TIME.match(value["time"]) or value["level"] not in LEVELS:
            raise AssertionError(f"another time or level: {line}")
        if re.search(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", line):
            raise AssertionError(f"something a terminal would obey: {line!r}")
        lines.append(value)
    return lines


class LogCase(CalleeCase):
    level = "debug"

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.close)
        cls.identity = cls.authority.sign(f"DNS:{DOMAIN}", "IP:127.0.0.1")
        proxy = super().make_proxy()
        cls.secure_port = free_port()
        proxy.config["listen"].append(f"tls://127.0.0.1:{cls.secure_port}")
        proxy.config["tls"] = {"certificate": str(cls.identity.certificate), "key": str(cls.identity.key)}
        proxy.config["log"] = {"level": cls.level, "format": "json"}
        proxy.write_config()
        return proxy

    def lines(self, **wanted: str) -> list[dict[str, str]]:
        found = parse(self.proxy.log_path.read_text())
        return [line for line in found if wanted.items() <= line.items()]

    def line(self, within: float = 5.0, **wanted: str) -> dict[str, str]:
        """The one line with these values, once it is there."""
        deadline = time.monotonic() + within
        while not (found := self.lines(**wanted)):
            if time.monotonic() > deadline:
                raise AssertionError(f"no line with {wanted}\n{self.proxy.log()}")
            time.sleep(0.02)
        self.assertEqual(len(found), 1, found)
        return found[0]

    @property
    def admin_token(self) -> str:
        return (self.proxy.state / "keys/admin.token").read_text().strip()

    def api(self, method: str, path: str, *traces: str, body: dict | None = None):
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.proxy.admin_port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.admin_token}"},
        )
        for trace in traces:
            asked.add_header("traceparent", trace)
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return answer.status, answer.headers.get("traceparent"), json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("traceparent"), json.loads(error.read())


class Lines(LogCase):
    def test_the_turns_of_a_call(self):
        alice, invite, ok = self.connect()
        self.hang_up(alice, invite, ok)
        ended = self.line(event="call.terminated", call_id=invite.call_id)
        connected = self.line(event="call.connected", call_id=invite.call_id)
        self.assertEqual((connected["level"], connected["message"]), ("debug", "call connected"))
        self.assertEqual((ended["level"], ended["message"]), ("debug", "call ended"))
        self.assertRegex(ended["trace_id"], r"^[0-9a-f]{32}$")
        self.assertEqual(connected["trace_id"], ended["trace_id"])
        self.assertEqual(connected["status"], "200")
        self.assertEqual(connected["peer"], alice.address)
        self.assertEqual(connected["user"], "alice")
        records = self.proxy.records_until(lambda all_: any(r.get("call_id") == invite.call_id for r in all_))
        traces = {r["trace_id"] for r in records if r.get("call_id") == invite.call_id and "trace_id" in r}
        self.assertEqual(traces, {ended["trace_id"]})

    def test_a_refused_escalation(self):
        caller = self.endpoint(EXPERT)
        trace, hazard = token("trace-"), "privacy"
        invite = caller.request(
            "INVITE",
            f"sip:council@{DOMAIN}",
            headers=(f"X-IF-Trace-ID: {trace}", f"X-IF-Hazard: {hazard}"),
            from_uri=f"sip:{EXPERT}@external.advisor",
        )
        self.assert_status(caller.call(invite), 403)
        refused = self.line(event="security.rejected", call_id=invite.call_id)
        self.assertEqual((refused["level"], refused["message"]), ("notice", "refused"))
        self.assertEqual((refused["trace_id"], refused["rule"]), (trace, "hazard-covered"))
        self.assertEqual(refused["method"], "INVITE")
        decided = self.line(event="guard.decision", call_id=invite.call_id)
        self.assertEqual((decided["trace_id"], decided["rule"]), (trace, "hazard-covered"))
        rejected = self.line(event="call.rejected", call_id=invite.call_id)
        self.assertEqual((rejected["trace_id"], rejected["status"]), (trace, "403"))

    def test_every_line_about_a_call_has_both_keys(self):
        self.test_a_refused_escalation()
        stranger = self.endpoint("mallory", password="guess")
        self.assert_status(stranger.call(stranger.request("INVITE", "sip:bob@pbx.test")), 407)
        stranger.send_bytes(b"\xff\xfe no SIP at all\r\n\r\n")
        self.line(event="security.rejected", rule="sanity")
        events = [line for line in self.lines() if "event" in line]
        self.assertGreaterEqual(len(events), 3)
        for line in events:
            self.assertIn("trace_id", line)
            self.assertIn("call_id", line)

    def test_a_failed_handshake_says_why_and_who(self):
        with socket.create_connection(("127.0.0.1", self.secure_port), timeout=5) as raw:
            peer = "{}:{}".format(*raw.getsockname())
            raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            raw.recv(4096)
        failed = self.line(message="TLS failed", peer=peer)
        self.assertEqual(failed["level"], "notice")
        self.assertTrue(failed["reason"])

    def test_a_failed_reload_names_file_line_and_key(self):
        good = self.proxy.config_path.read_text()
        self.proxy.config_path.write_text(good.replace('"drain_seconds": 5', '"drain_seconds": "soon"'))
        before = len(self.lines(message="configuration not reloaded, the old one stays"))
        status, _, answer = self.api("POST", "/v1/reload")
        self.assertEqual(status, 422, answer)
        self.proxy.config_path.write_text(good)
        found = self.lines(message="configuration not reloaded, the old one stays")[before:]
        self.assertEqual([line["level"] for line in found], ["error"])
        self.assertRegex(found[0]["problem"], r"ifsip-proxy\.yaml:\d+:\d+: drain_seconds: ")

    def test_what_strangers_choose_forges_nothing(self):
        """A Call-ID may hold quotes and backslashes (RFC 3261 §25.1); a terminal's escapes it may not."""
        alice = self.endpoint()
        odd = token('x"\\{}<') + '","level":"critical'
        invite = alice.request("INVITE", "sip:bob@pbx.test", call_id=odd, headers=("Proxy-Require: x",))
        alice.send(invite)
        self.assertIn(alice.receive().status, (400, 420))
        # Every line is still one object, and none is critical.
        time.sleep(0.2)
        self.assertEqual(self.lines(level="critical"), [])

    def test_no_secrets(self):
        """A whole call with digest over UDP and one over TLS: what proves something, and what was said, is in no line."""
        secrets = ["wonderland", self.admin_token]
        alice = self.endpoint()
        invite = self.invite(alice, "sip:bob@pbx.test")
        for header in invite.headers:
            secrets += re.findall(r'(?:response|nonce|cnonce)="([^"]{8,})"', header)
        self.assertGreaterEqual(len(secrets), 5)
        self.answer_call(
            self.callee.expect("INVITE"), body=SDP + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\n"
        )
        ok = self.assert_status(alice.response(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        self.callee.expect("ACK")
        self.hang_up(alice, invite, ok)
        wrong = self.endpoint(password="looking-glass")
        self.assert_status(wrong.call(wrong.request("INVITE", "sip:bob@pbx.test")), 407)
        self.line(event="call.terminated", call_id=invite.call_id)
        text = self.proxy.log_path.read_text()
        secrets += ["looking-glass", "m=audio", "a=crypto", "inline:", "c2VjcmV0", "Digest ", "Bearer ", "PRIVATE KEY"]
        for name in ("cookie.key", "nonce.key", "witness"):
            secrets += (self.proxy.state / "keys" / name).read_text().split()
        secrets += [line for line in self.identity.key.read_text().splitlines() if len(line) > 20]
        for secret in secrets:
            self.assertNotIn(secret, text)


class Quiet(LogCase):
    """At info, which is the default, calls that go well say nothing; refusals do."""

    level = "info"

    def test_levels(self):
        alice, invite, ok = self.connect()
        self.hang_up(alice, invite, ok)
        caller = self.endpoint(EXPERT)
        refused = caller.request("INVITE", f"sip:council@{DOMAIN}", from_uri=f"sip:{EXPERT}@external.advisor")
        self.assert_status(caller.call(refused), 400)
        self.line(event="security.rejected", call_id=refused.call_id)
        self.assertEqual(self.lines(call_id=invite.call_id), [])
        self.assertEqual(self.lines(level="debug"), [])


class Traces(LogCase):
    """`traceparent` of a request to the API (W3C Trace Context): in the answer, in log lines, in records."""

    def parent(self, trace: str) -> str:
        return f"00-{trace}-00f067aa0ba902b7-01"

    def test_posture(self):
        trace = token_trace()
        status, told, _ = self.api("PUT", "/v1/guard/posture", self.parent(trace), body={"posture": "elevated"})
        self.assertEqual(status, 200)
        self.assertRegex(told, rf"^00-{trace}-(?!00f067aa0ba902b7)[0-9a-f]{{16}}-01$")
        self.assertEqual(self.line(message="posture changed", trace_id=trace)["to"], "elevated")
        records = self.proxy.records_until(lambda all_: any(r.get("trace_id") == trace for r in all_))
        self.assertEqual([r["event"] for r in records if r.get("trace_id") == trace], ["guard.posture"])
        self.assertEqual(self.api("PUT", "/v1/guard/posture", body={"posture": "normal"})[1], None)

    def test_reload(self):
        trace = token_trace()
        status, told, _ = self.api("POST", "/v1/reload", self.parent(trace))
        self.assertEqual((status, told.split("-")[1]), (200, trace))
        self.line(message="configuration reloaded", trace_id=trace)
        records = self.proxy.records_until(lambda all_: any(r.get("trace_id") == trace for r in all_))
        self.assertEqual([r["event"] for r in records if r.get("trace_id") == trace], ["config.reloaded"])

    def test_hanging_up_keeps_the_calls_own_trace(self):
        trace = token_trace()
        _, invite, _ = self.connect()
        call = self.api("GET", f"/v1/calls?call_id={invite.call_id}")[2]["calls"][0]
        status, told, _ = self.api("DELETE", f"/v1/calls/{call['id']}", self.parent(trace))
        self.assertEqual((status, told.split("-")[1]), (200, trace))
        self.callee.reply(self.callee.expect("BYE"), 200, "OK")
        line = self.line(message="call ended by the operator", request_trace_id=trace)
        self.assertEqual((line["trace_id"], line["call_id"]), (call["trace_id"], invite.call_id))
        records = self.proxy.records_until(
            lambda all_: any(r.get("details", {}).get("request_trace_id") == trace for r in all_)
        )
        ended = next(r for r in records if r.get("details", {}).get("request_trace_id") == trace)
        self.assertEqual((ended["event"], ended["trace_id"]), ("call.terminated", call["trace_id"]))

    def test_what_is_not_valid_counts_as_not_there(self):
        for header in (
            f"00-{TRACE}-0000000000000000-01",
            f"00-{'0' * 32}-00f067aa0ba902b7-01",
            f"ff-{TRACE}-00f067aa0ba902b7-01",
            f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
            f"00-{TRACE}-00f067aa0ba902b7-01-more",
            "nonsense",
        ):
            with self.subTest(header=header):
                status, told, _ = self.api("POST", "/v1/reload", header)
                self.assertEqual((status, told), (200, None))
        self.assertNotIn(TRACE, self.proxy.log_path.read_text().lower())
        self.assertNotIn(TRACE, json.dumps(self.proxy.records()).lower())


def token_trace() -> str:
    return (token().replace("-", "0") + "0" * 32)[:32]


class ForPeople(CalleeCase):
    """`log: { format: text }`: what a person reads in a terminal."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        proxy = super().make_proxy()
        proxy.config["log"] = {"level": "debug", "format": "text"}
        proxy.write_config()
        return proxy

    def test_one_line_each_and_values_are_words(self):
        caller = self.endpoint(EXPERT)
        trace = token("trace-")
        invite = caller.request(
            "INVITE",
            f"sip:council@{DOMAIN}",
            headers=(f"X-IF-Trace-ID: {trace}", "X-IF-Hazard: privacy"),
            from_uri=f"sip:{EXPERT}@external.advisor",
        )
        self.assert_status(caller.call(invite), 403)
        deadline = time.monotonic() + 5
        while " notice ifsip-proxy: refused " not in self.proxy.log() and time.monotonic() < deadline:
            time.sleep(0.02)
        word = r'(?:[^\s"=]+|"(?:[^"\\]|\\.)*")'
        shape = re.compile(rf"^(\S+) ({'|'.join(LEVELS)}) [\w.-]+: [^=\"]*?((?: {word}={word})*)$")
        lines = self.proxy.log_path.read_text().splitlines()
        for line in lines:
            match = shape.match(line)
            self.assertIsNotNone(match, line)
            self.assertRegex(match.group(1), TIME)
        refused = next(line for line in lines if " notice ifsip-proxy: refused " in line)
        self.assertIn(f" trace_id={trace}", refused)
        self.assertIn(f" call_id={invite.call_id}", refused)
        self.assertIn(" rule=hazard-covered", refused)
        self.assertRegex(refused, r' text="[^"]+ [^"]+"')


if __name__ == "__main__":
    unittest.main()
