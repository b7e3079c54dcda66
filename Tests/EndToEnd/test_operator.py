"""What the operator sees and does while the server runs: calls, registrations, reload, tokens, and the end of draining."""

import json
import re
import time
import unittest
import urllib.error
import urllib.request
from typing import ClassVar

from support.case import CalleeCase, ProxyCase
from support.proxy import DOMAIN
from support.sip import SDP, Callee, Endpoint


class OperatorCase(CalleeCase):
    """Commands as a person types them, and the API below them."""

    def run_command(self, *arguments: str, expected: int = 0):
        done = self.proxy.command(*arguments, "--config", str(self.proxy.config_path))
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        return done

    def json_of(self, *arguments: str):
        return json.loads(self.run_command(*arguments, "--json").stdout)

    def api(self, method: str, path: str, token: str | None = None) -> tuple[int, dict]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"http://127.0.0.1:{self.proxy.admin_port}{path}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers), timeout=5) as got:
                return got.status, json.loads(got.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    @property
    def admin_token(self) -> str:
        return (self.proxy.state / "keys/admin.token").read_text().strip()

    def phone(self, user: str = "alice") -> Callee:
        """An endpoint that can be called and hung up on, too."""
        phone = Callee(self.udp, user=user, password=self.proxy.users[user])
        self.addCleanup(phone.socket.close)
        return phone

    def ring(self, target: str = "sip:bob@pbx.test", headers: tuple[str, ...] = ()):
        """A call that has reached the callee: the caller, its INVITE, and the INVITE that arrived."""
        alice = self.phone()
        invite = alice.request("INVITE", target, headers=headers)
        alice.send(invite)
        invite.authorize(alice.response(invite), "alice", "wonderland")
        alice.send(invite)
        return alice, invite, self.callee.expect("INVITE")

    def connect(self, caller: Endpoint | None = None, **options):
        return super().connect(caller or self.phone(), **options)

    def find(self, invite) -> dict:
        calls = [call for call in self.json_of("calls", "list") if call["call_id"] == invite.call_id]
        self.assertEqual(len(calls), 1, calls)
        return calls[0]

    def assert_both_get_a_bye(self, alice, invite, ok, reason: str) -> None:
        """Each party is asked in the name of the other, inside the dialog, with a number that is new to it."""
        for phone, from_tag, to_tag, cseq in (
            (self.callee, f"tag={invite.from_tag}", "tag=callee", invite.cseq + 1),
            (alice, "tag=callee", f"tag={invite.from_tag}", 1),
        ):
            bye = phone.expect("BYE", within=12)
            self.assertEqual(bye.header("Call-ID"), invite.call_id)
            self.assertIn(from_tag, bye.header("From"))
            self.assertIn(to_tag, bye.header("To"))
            self.assertEqual(bye.header("CSeq"), f"{cseq} BYE")
            self.assertIn(reason, bye.header("Reason"))
            self.assertEqual(len(bye.all("Via")), 1)
            phone.reply(bye, 200, "OK")
        self.assertTrue(ok.header("To").endswith("tag=callee"))


class Calls(OperatorCase):
    def test_a_connected_call_is_listed_shown_and_hung_up(self):
        before = self.proxy.metrics()
        alice, invite, ok = self.connect()
        call = self.find(invite)
        self.assertEqual(call["state"], "connected")
        self.assertEqual(call["user"], "alice")
        self.assertEqual(call["from"], f"sip:alice@{DOMAIN}")
        self.assertEqual(call["to"], "sip:bob@pbx.test")
        self.assertRegex(call["trace_id"], r"^[0-9a-f]{32}$")
        self.assertLess(call["seconds"], 30)
        table = self.run_command("calls", "list", "--state", "connected").stdout
        row = next(line for line in table.splitlines() if call["id"] in line)
        self.assertRegex(row, r"^connected +\d+s +sip:alice@if\.internal +sip:bob@pbx\.test +alice +")
        # Columns stand below their headings.
        self.assertEqual(table.splitlines()[0].index("FROM"), row.index("sip:alice@"))
        self.assertEqual(table.splitlines()[0].index("ID"), row.index(call["id"]))

        shown = self.json_of("calls", "show", call["id"])
        self.assertEqual(shown["caller"]["tag"], invite.from_tag)
        self.assertEqual(shown["caller"]["address"], alice.address)
        self.assertEqual(shown["callee"]["tag"], "callee")
        self.assertEqual(shown["callee"]["address"], self.callee.address)
        # A Call-ID names it as well.
        text = self.run_command("calls", "show", invite.call_id).stdout
        self.assertIn(call["id"], text)
        self.assertIn("connected, ", text)

        done = self.run_command("calls", "hangup", call["id"])
        self.assertIn("both parties get a BYE", done.stdout)
        self.assert_both_get_a_bye(alice, invite, ok, "operator")
        self.assertEqual(self.json_of("calls", "list", "--trace", call["trace_id"]), [])
        self.run_command("calls", "hangup", call["id"], expected=1)
        records = self.proxy.records_until(
            lambda all_: any(r["event"] == "call.terminated" and r["call_id"] == invite.call_id for r in all_)
        )
        ended = [r for r in records if r["event"] == "call.terminated" and r["call_id"] == invite.call_id]
        self.assertEqual(len(ended), 1)
        self.assertEqual(ended[0]["details"]["reason"], "operator")
        self.assertEqual(ended[0]["details"]["by"], "admin")
        after = self.proxy.metrics()
        for name in ("sip_call_duration_seconds_count", "sip_calls_total"):
            self.assertEqual(after.value(name) - before.value(name), 1, name)
        self.assertEqual(after.value("sip_active_calls"), before.value("sip_active_calls"))

    def test_a_bye_of_a_party_meanwhile_is_forwarded(self):
        alice, invite, ok = self.connect()
        self.run_command("calls", "hangup", invite.call_id)
        bye = alice.send(alice.in_dialog("BYE", invite, ok, invite.cseq + 1))
        first = self.callee.expect("BYE")
        second = self.callee.expect("BYE")
        for request in (first, second):
            self.callee.reply(request, 200 if request is first else 481, "OK" if request is first else "Gone")
        while (message := alice.receive()) and message.is_request:
            alice.reply(message, 200, "OK")
        self.assertIn(message.status, (200, 481))
        self.assertEqual(message.header("CSeq"), f"{bye.cseq} BYE")

    def test_a_ringing_call_is_cancelled(self):
        before = self.proxy.metrics()
        alice, invite, arrived = self.ring()
        self.callee.reply(arrived, 180, "Ringing")
        while alice.receive().status != 180:
            pass
        call = self.find(invite)
        self.assertEqual(call["state"], "ringing")
        ended = self.json_of("calls", "hangup", "--trace", call["trace_id"])
        self.assertEqual([e["outcome"] for e in ended], ["cancelled"])
        cancel = self.callee.expect("CANCEL")
        self.assertIn("operator", cancel.header("Reason"))
        self.callee.reply(cancel, 200, "OK")
        self.callee.reply(arrived, 487, "Request Terminated")
        self.callee.expect("ACK")
        refused = self.assert_status(alice.response(invite), 487)
        self.assertIn("operator", refused.header("Reason"))
        gained = self.proxy.metrics().value("sip_calls_total", result="cancelled") - before.value(
            "sip_calls_total", result="cancelled"
        )
        self.assertEqual(gained, 1)

    def test_an_answer_that_crosses_the_cancel_is_ended(self):
        alice, invite, arrived = self.ring()
        self.callee.reply(arrived, 180, "Ringing")
        while alice.receive().status != 180:
            pass
        self.run_command("calls", "hangup", invite.call_id)
        self.assert_status(alice.response(invite), 487)
        self.callee.expect("CANCEL")
        self.callee.reply(arrived, 200, "OK", body=SDP)
        self.assertEqual(self.callee.expect("ACK").header("CSeq"), f"{invite.cseq} ACK")
        bye = self.callee.expect("BYE")
        self.callee.reply(bye, 200, "OK")

    def test_pages(self):
        calls = [self.connect() for _ in range(3)]
        seen, cursor = [], ""
        while cursor is not None:
            status, page = self.api("GET", f"/v1/calls?limit=1{cursor and '&cursor=' + cursor}", self.admin_token)
            self.assertEqual((status, len(page["calls"])), (200, 1))
            seen.append(page["calls"][0]["call_id"])
            cursor = page.get("next_cursor")
        mine = [invite.call_id for _, invite, _ in calls]
        self.assertEqual([call_id for call_id in seen if call_id in mine], mine)
        self.assertEqual(len(seen), len(set(seen)))
        short = self.run_command("calls", "list", "--limit", "1")
        self.assertIn("more than 1", short.stderr)
        self.assertEqual(self.api("GET", "/v1/calls?cursor=nonsense", self.admin_token)[0], 400)
        self.assertEqual(self.api("GET", "/v1/calls?state=asleep", self.admin_token)[0], 400)
        for alice, invite, ok in calls:
            self.run_command("calls", "hangup", invite.call_id)
            self.assert_both_get_a_bye(alice, invite, ok, "operator")

    def test_unknown_calls(self):
        for name in ("0" * 32, "nobody@nowhere", "a b/c"):
            done = self.run_command("calls", "show", name, expected=1)
            self.assertIn("no call", done.stderr)
        done = self.run_command("calls", "hangup", "--trace", "t-unknown", expected=1)
        self.assertIn("t-unknown", done.stderr)
        for arguments in (("calls", "hangup"), ("calls", "list", "--state", "x"), ("calls", "list", "--limit", "0")):
            self.run_command(*arguments, expected=2)


class Registrations(OperatorCase):
    def register(self, user: str = "alice") -> Callee:
        phone = self.phone(user)
        aor = f"sip:{user}@{DOMAIN}"
        register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=aor, headers=("Expires: 300",))
        self.assert_status(phone.call(register), 200)
        return phone

    def test_registrations_are_listed_and_removed(self):
        phone = self.register()
        found = self.json_of("registrations", "list", "--aor", f"sip:alice@{DOMAIN}")
        self.assertEqual([entry["aor"] for entry in found], [f"alice@{DOMAIN}"])
        contacts = [c for c in found[0]["contacts"] if phone.address in c["uri"]]
        self.assertEqual(len(contacts), 1)
        self.assertEqual(contacts[0]["source"], phone.address)
        self.assertEqual(contacts[0]["transport"], "udp")
        self.assertLessEqual(contacts[0]["seconds"], 300)
        table = self.run_command("registrations", "list").stdout
        self.assertRegex(table, rf"alice@{re.escape(DOMAIN)} +\d+m\d\ds +{re.escape(phone.address)} udp +sip:alice@")
        self.run_command("registrations", "remove", f"alice@{DOMAIN}")
        self.assertEqual(self.json_of("registrations", "list", "--aor", f"alice@{DOMAIN}"), [])
        self.run_command("registrations", "remove", f"alice@{DOMAIN}", expected=1)

    def test_nobody(self):
        self.assertEqual(self.json_of("registrations", "list", "--aor", f"nobody@{DOMAIN}"), [])
        self.assertEqual(self.api("GET", "/v1/registrations?aor=%20", self.admin_token)[0], 400)


class Reload(OperatorCase):
    def test_a_good_configuration_is_taken_and_a_bad_one_named(self):
        self.run_command("reload")
        good = dict(self.proxy.registry)
        self.proxy.registry = {"experts": "none"}
        self.proxy.write_config()
        try:
            done = self.run_command("reload", expected=1)
            self.assertIn("registry.yaml", done.stderr)
            self.assertIn("experts", done.stderr)
            status, answer = self.api("POST", "/v1/reload", self.admin_token)
            self.assertEqual((status, answer["error"]), (422, "CONFIG_INVALID"))
            self.assertIn("registry.yaml", answer["problems"][0])
        finally:
            self.proxy.registry = good
            self.proxy.write_config()
        self.assertEqual(self.api("POST", "/v1/reload", self.admin_token), (200, {"result": "accepted"}))
        results = [
            record["details"]["result"]
            for record in self.proxy.records_until(lambda all_: sum(r["event"] == "config.reloaded" for r in all_) >= 4)
            if record["event"] == "config.reloaded"
        ]
        self.assertEqual(results[-4:], ["accepted", "refused", "refused", "accepted"])


class Tokens(OperatorCase):
    def create(self, *arguments: str) -> dict:
        return self.json_of("token", "create", *arguments)

    def test_scopes(self):
        reader = self.create("--scope", "read")["token"]
        agent = self.create("--scope", "whip", "--scope", "escalate", "--agent", "agent-legal", "--room", "council-*")
        self.assertEqual(agent["scopes"], ["escalate", "whip"])
        self.assertEqual((agent["agent"], agent["room"]), ("agent-legal", "council-*"))
        for method, path, expected in (
            ("GET", "/v1/calls", {reader: 200, agent["token"]: 403, self.admin_token: 200, None: 401, "x": 401}),
            ("GET", "/v1/registrations", {reader: 200, agent["token"]: 403, None: 401}),
            ("DELETE", "/v1/calls/x", {reader: 403, agent["token"]: 403, self.admin_token: 404, None: 401}),
            ("DELETE", f"/v1/registrations/nobody@{DOMAIN}", {reader: 403, self.admin_token: 404, None: 401}),
            ("POST", "/v1/reload", {reader: 403, agent["token"]: 403, self.admin_token: 200, None: 401}),
        ):
            for token, status in expected.items():
                got, answer = self.api(method, path, token)
                self.assertEqual(got, status, (method, path, answer))
                if status >= 400:
                    self.assertEqual(set(answer), {"error", "reason"})

    def test_a_query_string_is_no_place_for_a_token(self):
        self.assertEqual(self.api("GET", f"/v1/calls?access_token={self.admin_token}")[0], 401)
        self.assertEqual(self.api("GET", f"/v1/calls?token={self.admin_token}", self.admin_token)[0], 400)

    def test_lifetime_and_revocation(self):
        short = self.create("--scope", "read", "--lifetime", "1s")
        self.assertEqual(self.api("GET", "/v1/calls", short["token"])[0], 200)
        long = self.create("--scope", "read", "--lifetime", "30d")
        listed = {entry["id"]: entry for entry in self.json_of("token", "list")}
        self.assertIn("expires", listed[long["id"]])
        self.assertNotIn("token", listed[long["id"]])
        time.sleep(1.1)
        status, answer = self.api("GET", "/v1/calls", short["token"])
        self.assertEqual(status, 401)
        self.assertIn("expired", answer["reason"])
        table = self.run_command("token", "list").stdout
        self.assertRegex(table, rf"{short['id']} +read .*expired")
        self.assertEqual(self.api("GET", "/v1/calls", long["token"])[0], 200)
        self.run_command("token", "revoke", long["id"])
        self.assertEqual(self.api("GET", "/v1/calls", long["token"])[0], 401)
        self.run_command("token", "revoke", long["id"], expected=1)

    def test_a_token_is_shown_once_and_its_secret_kept_nowhere(self):
        done = self.run_command("token", "create", "--scope", "evidence")
        self.assertRegex(done.stdout, r"^ifsip\.[0-9a-f]{12}\.[\w-]{43}\n$")
        secret = done.stdout.strip().split(".")[2].encode()
        for path in self.proxy.state.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret, path.read_bytes(), path)
        token_file = self.proxy.state / "keys/admin.token"
        self.assertEqual(token_file.stat().st_mode & 0o777, 0o600)
        self.assertRegex(token_file.read_text(), r"^[\w-]{43,44}=?\n$")

    def test_usage(self):
        for arguments in (("--scope", "root"), (), ("--scope", "read", "--lifetime", "soon")):
            self.run_command("token", "create", *arguments, expected=2)


class NoServer(ProxyCase):
    def test_commands_say_what_to_do(self):
        self.proxy.stop()
        config = ("--config", str(self.proxy.config_path))
        for arguments in (("calls", "list"), ("registrations", "list"), ("reload",)):
            done = self.proxy.command(*arguments, *config)
            self.assertEqual(done.returncode, 1)
            self.assertIn("does not run", done.stderr)
            self.assertIn("serve", done.stderr)
        (self.proxy.state / "keys/admin.token").unlink()
        done = self.proxy.command("calls", "list", *config)
        self.assertEqual(done.returncode, 1)
        self.assertIn("admin.token", done.stderr)
        self.proxy.config["admin"] = "off"
        self.proxy.write_config()
        done = self.proxy.command("calls", "list", *config)
        self.assertEqual(done.returncode, 1)
        self.assertIn("admin: off", done.stderr)


class Draining(OperatorCase):
    config: ClassVar[dict] = {"drain_seconds": 2}

    def setUp(self) -> None:
        super().setUp()
        if self.proxy.process is None:
            self.proxy.start()

    def test_running_calls_get_a_bye_after_drain_seconds(self):
        alice, invite, ok = self.connect()
        began = time.monotonic()
        self.proxy.terminate()
        self.assert_both_get_a_bye(alice, invite, ok, "stops")
        self.assertGreater(time.monotonic() - began, 1.9)
        self.assertEqual(self.proxy.wait(), 0)
        # Both have answered: nothing is waited for any more.
        self.assertLess(time.monotonic() - began, 5)
        ended = [r for r in self.proxy.records() if r["event"] == "call.terminated"]
        self.assertEqual([r["details"]["reason"] for r in ended if r["call_id"] == invite.call_id], ["drain"])
        self.assertEqual(self.proxy.verify().returncode, 0)

    def test_a_ringing_call_gets_503_and_its_callee_a_cancel(self):
        alice, invite, arrived = self.ring()
        self.callee.reply(arrived, 180, "Ringing")
        began = time.monotonic()
        self.proxy.terminate()
        refused = self.assert_status(alice.response(invite, within=8), 503)
        self.assertGreater(time.monotonic() - began, 1.9)
        self.assertEqual(refused.header("Retry-After"), "30")
        cancel = self.callee.expect("CANCEL")
        self.assertIn("stops", cancel.header("Reason"))
        self.assertEqual(self.proxy.wait(), 0)

    def test_a_party_that_does_not_answer_is_not_waited_for_long(self):
        self.connect()
        began = time.monotonic()
        self.proxy.terminate()
        self.assertEqual(self.proxy.wait(), 0)
        self.assertLess(time.monotonic() - began, 9)


if __name__ == "__main__":
    unittest.main()
