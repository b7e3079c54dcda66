"""What an operator does: check a configuration, start, add users, restart, reload, stop."""

import json
import re
import signal
import socket
import time
import unittest

from support.case import EXPERT, CalleeCase, ProxyCase, registry
from support.proxy import DOMAIN, Proxy


class CommandLine(unittest.TestCase):
    """Commands that need no running server."""

    def setUp(self) -> None:
        self.proxy = Proxy(registry=registry())
        self.addCleanup(self.proxy.remove)

    def check(self, expected: int, *named: str):
        """check-config ends with `expected`, and its message names each of `named`. `serve` ends the same way."""
        done = self.proxy.command("check-config", str(self.proxy.config_path))
        output = done.stdout + done.stderr
        self.assertEqual(done.returncode, expected, output)
        for text in named:
            self.assertIn(text, output)
        if expected:
            served = self.proxy.command("serve", "--config", str(self.proxy.config_path))
            self.assertEqual(served.returncode, expected, served.stdout + served.stderr)

    def test_version(self):
        done = self.proxy.command("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"\d+\.\d+")

    def test_usage_errors_end_with_2(self):
        for arguments in (("no-such-command",), ("serve", "--no-such-option"), ("user", "add")):
            with self.subTest(arguments=arguments):
                done = self.proxy.command(*arguments)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertTrue(done.stderr)

    def test_good_configuration(self):
        self.check(0)

    def test_unknown_key(self):
        self.proxy.config["listne"] = self.proxy.config["listen"]
        self.proxy.write_config()
        self.check(78, self.proxy.config_path.name, "listne")

    def test_message_names_file_line_and_key(self):
        lines = ["state_dir: ./state", "rate:", "  per_expert: many", "  window_seconds: 60"]
        self.proxy.config_path.write_text("\n".join(lines) + "\n")
        self.check(78, f"{self.proxy.config_path.name}:3", "per_expert")

    def test_not_yaml_at_all(self):
        self.proxy.config_path.write_text("listen: [\n")
        self.check(78, self.proxy.config_path.name)

    def test_missing_file(self):
        self.proxy.config_path.unlink()
        self.check(78, self.proxy.config_path.name)

    def test_bad_listener(self):
        self.proxy.config["listen"] = ["carrier-pigeon://127.0.0.1:5060"]
        self.proxy.write_config()
        self.check(78, "carrier-pigeon", "listen")

    def test_registry_with_unknown_organisation(self):
        self.proxy.registry = registry(organisation="nobody-knows")
        self.proxy.write_config()
        self.check(78, "registry.yaml", "nobody-knows")

    def test_registry_with_a_bad_key_names_the_entry(self):
        self.proxy.registry = registry(key="ed25519:AAAA")
        self.proxy.write_config()
        self.check(78, "registry.yaml", EXPERT)

    def test_users(self):
        config = ("--config", str(self.proxy.config_path))
        self.proxy.add_user("dora", "explorer")
        self.proxy.add_user("zoe", "x")
        again = self.proxy.command("user", "add", "dora", *config, stdin="other\n")
        self.assertEqual(again.returncode, 1, "a second user of the same name")
        listed = self.proxy.command("user", "list", *config)
        self.assertEqual(re.findall(r"\b(dora|zoe)\b", listed.stdout), ["dora", "zoe"])
        as_json = json.loads(self.proxy.command("user", "list", "--json", *config).stdout)
        self.assertEqual(len(as_json), 2)
        self.assertEqual(self.proxy.command("user", "remove", "zoe", *config).returncode, 0)
        self.assertNotIn("zoe", self.proxy.command("user", "list", *config).stdout)
        self.assertEqual(self.proxy.command("user", "remove", "zoe", *config).returncode, 1)
        self.assertEqual(self.proxy.command("user", "passwd", "zoe", *config, stdin="x\n").returncode, 1)

    def test_a_password_is_never_an_argument(self):
        """Where every process on the machine could read it."""
        config = ("--config", str(self.proxy.config_path))
        for arguments in (("erin", "secret"), ("erin", "--password", "secret"), ("erin", "--password=secret")):
            self.assertEqual(self.proxy.command("user", "add", *arguments, *config, stdin="x\n").returncode, 2)
        self.assertNotIn("erin", self.proxy.command("user", "list", *config).stdout)

    def test_passwords_are_not_kept(self):
        self.proxy.add_user("dora", "open-sesame-1234")
        for path in self.proxy.state.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"open-sesame-1234", path.read_bytes(), path)
                self.assertEqual(path.stat().st_mode & 0o007, 0, f"{path} is open to everyone")


class Running(CalleeCase):
    def register(self, endpoint, expires: int = 300):
        aor = f"sip:{endpoint.user}@{DOMAIN}"
        register = endpoint.request("REGISTER", f"sip:{DOMAIN}", to_uri=aor, headers=(f"Expires: {expires}",))
        return endpoint.call(register)[-1]

    def test_user_added_while_running_can_register_at_once(self):
        late = self.endpoint("latecomer", password="x1")
        self.assert_status(self.register(late), 401)
        self.proxy.add_user("latecomer", "x1")
        self.assert_status(self.register(late), 200)
        config = ("--config", str(self.proxy.config_path))
        changed = self.proxy.command("user", "passwd", "latecomer", *config, stdin="x2\n")
        self.assertEqual(changed.returncode, 0, changed.stderr)
        self.assert_status(self.register(late), 401)
        late.password = "x2"
        self.assert_status(self.register(late), 200)
        self.proxy.command("user", "remove", "latecomer", *config)
        self.assert_status(self.register(late), 401)

    def test_second_process_on_the_state_directory_refuses(self):
        done = self.proxy.command("serve", "--config", str(self.proxy.config_path))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(str(self.proxy.state), done.stdout + done.stderr)
        self.assertTrue(self.proxy.is_healthy())

    def test_restart_keeps_registrations(self):
        alice = self.endpoint()
        granted = self.assert_status(self.register(alice), 200)
        self.assertIn(alice.address, granted.header("Contact"))
        self.proxy.restart()
        self.assertGreaterEqual(self.proxy.metrics().value("sip_registrations"), 1)
        expert = self.endpoint(EXPERT)
        caller = self.endpoint("alice")
        invite = caller.request("INVITE", f"sip:alice@{DOMAIN}")
        caller.send(invite)
        invite.authorize(caller.response(invite), "alice", self.proxy.users["alice"])
        caller.send(invite)
        rung = alice.receive()
        self.assertTrue(rung.start.startswith(f"INVITE sip:alice@{alice.address}"), rung.start)
        caller.send(invite.derived("CANCEL"))
        del expert

    def test_registration_ends_when_asked(self):
        alice = self.endpoint()
        self.assert_status(self.register(alice), 200)
        before = self.proxy.metrics().value("sip_registrations")
        gone = self.assert_status(self.register(alice, expires=0), 200)
        self.assertNotIn(alice.address, gone.header("Contact") or "")
        self.assertEqual(self.proxy.metrics().value("sip_registrations"), before - 1)

    def test_reload_takes_a_good_registry_and_keeps_the_old_for_a_bad_one(self):
        def escalate() -> int:
            expert = self.endpoint(EXPERT)
            headers = ("X-IF-Trace-ID: reload", "X-IF-Hazard: ethics")
            uri, sender = f"sip:council@{DOMAIN}", f"sip:{EXPERT}@external.advisor"
            invite = expert.request("INVITE", uri, from_uri=sender, headers=headers)
            expert.send(invite)
            invite.authorize(expert.response(invite), EXPERT, self.proxy.users[EXPERT])
            expert.send(invite)
            while (message := expert.receive()).status < 200:
                if message.status == 180:
                    expert.send(invite.derived("CANCEL"))
            return message.status

        def reload(entry: dict) -> None:
            self.proxy.registry = registry(**entry)
            self.proxy.write_config()
            before = len(self.proxy.records())
            self.proxy.process.send_signal(signal.SIGHUP)
            self.proxy.records_until(lambda r: any(x["event"] == "config.reloaded" for x in r[before:]))

        self.assertEqual(escalate(), 403)
        reload({"specialisations": ["safety", "ethics"]})
        expert = self.endpoint(EXPERT)
        headers = ("X-IF-Trace-ID: reload", "X-IF-Hazard: ethics")
        invite = expert.request(
            "INVITE", f"sip:council@{DOMAIN}", from_uri=f"sip:{EXPERT}@external.advisor", headers=headers
        )
        expert.send(invite)
        invite.authorize(expert.response(invite), EXPERT, self.proxy.users[EXPERT])
        expert.send(invite)
        arrived = self.callee.expect("INVITE")
        self.callee.reply(arrived, 486, "Busy Here")
        self.assert_status(expert.response(invite), 486)
        # A registry that does not parse: the log says why, and the good one stays in force.
        self.proxy.registry = {"experts": "none"}
        self.proxy.write_config()
        self.proxy.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 5
        while "registry.yaml" not in self.proxy.log() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertIn("registry.yaml", self.proxy.log())
        self.assertTrue(self.proxy.is_healthy())
        self.proxy.registry = registry()
        reload({})


class Admin(ProxyCase):
    def test_health_and_readiness(self):
        self.assertEqual(self.proxy.get("/healthz")[0], 200)
        self.assertEqual(self.proxy.get("/readyz")[0], 200)
        self.assertEqual(self.proxy.get("/no-such-page")[0], 404)

    def test_foreign_host_is_refused(self):
        """A web page that rebinds its name to loopback must not read the metrics."""
        with socket.create_connection(("127.0.0.1", self.proxy.admin_port), timeout=5) as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            answer = b""
            while data := connection.recv(65536):
                answer += data
        self.assertRegex(answer.split(b"\r\n")[0], rb"^HTTP/1\.1 4\d\d")
        self.assertNotIn(b"sip_calls_total", answer)


class Stopping(CalleeCase):
    def setUp(self) -> None:
        super().setUp()
        if self.proxy.process is None:
            self.proxy.start()

    def wait_until_new_calls_are_refused(self) -> None:
        """A call may still slip in while the signal is on its way; it is turned down by the callee."""
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            late = self.endpoint()
            invite = late.send(late.request("INVITE", "sip:bob@pbx.test"))
            first = late.response(invite)
            if first.status == 407:
                invite.authorize(first, "alice", "wonderland")
                late.send(invite)
                first = late.receive()
            if first.status == 503:
                return
            self.callee.reply(self.callee.expect("INVITE"), 486, "Busy Here")
            self.callee.expect("ACK")
        self.fail("new calls are not refused with 503 after SIGTERM")

    def test_idle_server_stops_at_once(self):
        began = time.monotonic()
        self.proxy.stop()
        self.assertLess(time.monotonic() - began, 2)
        self.assertEqual(self.proxy.records()[-1]["event"], "process.stopped")
        verified = self.proxy.verify()
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def test_running_call_survives_until_its_bye_and_new_calls_are_503(self):
        alice, invite, ok = self.connect()
        self.proxy.terminate()
        self.wait_until_new_calls_are_refused()
        self.assertIsNone(self.proxy.process.poll(), "the server waits for the running call")
        self.hang_up(alice, invite, ok)
        began = time.monotonic()
        self.assertEqual(self.proxy.wait(), 0)
        self.assertLess(time.monotonic() - began, 4, "it ends soon after its last call")

    def test_drain_has_an_end(self):
        self.connect()
        self.proxy.terminate()
        began = time.monotonic()
        self.assertEqual(self.proxy.wait(), 0)
        self.assertGreater(time.monotonic() - began, self.proxy.config["drain_seconds"] - 1)

    def test_call_survives_a_crash(self):
        """A BYE with our cookie is forwarded even when nothing but the keys is left of the call."""
        alice, invite, ok = self.connect()
        self.proxy.kill()
        self.proxy.start()
        self.hang_up(alice, invite, ok)


if __name__ == "__main__":
    unittest.main()
