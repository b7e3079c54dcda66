"""config/kamailio.cfg, as it stands, in the real Kamailio before two nodes: used, refused and
operated. The attacks on it are in test_kamailio_attacks.

Phones are TLS sockets of Python's, certificates are made when a class begins. Nodes are reached over TCP and believe the
edge (`trusted_from`). What lies behind the nodes is a socket of the test's own.
"""

import contextlib
import filecmp
import re
import shutil
import ssl
import subprocess
import tempfile
import time
import unittest
import warnings
from typing import ClassVar

from support.case import EXPERT
from support.chain import check_chain
from support.edge import FILES, TLSPhone, client_context, make_certificate
from support.edge_case import COUNCIL, HAZARD, SIGNER, TRACE, USERS, EdgeCase
from support.proxy import DOMAIN, ROOT, Proxy
from support.sip import SDP, Endpoint, parse_challenge, token


class Files(EdgeCase):
    def test_it_is_the_very_configuration(self):
        for name in FILES:
            self.assertTrue(filecmp.cmp(ROOT / "config" / name, self.edge.folder / name, shallow=False), name)

    def test_as_it_stands_it_is_sound(self):
        """Without a single -A, but for a certificate, and the folder it is in."""
        with tempfile.TemporaryDirectory(prefix="ifsip-edge-") as folder:
            for name in (*FILES, "kamailio-allow.list"):
                shutil.copy(ROOT / "config" / name, folder)
            command = ["kamailio", "-c", "-f", f"{folder}/kamailio.cfg"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("config file ok", done.stdout + done.stderr)

    def test_nothing_is_complained_about(self):
        """At the end of a call through everything, Kamailio has warned of nothing of this file's."""
        phone, invite, arrived = self.ring(headers=("X-IF-Foo: bar",))
        self.hang_up(phone, invite, self.answer(phone, invite, arrived))
        complaints = [l for l in self.edge.log(500).splitlines() if re.search(r"(ERROR|WARNING|CRITICAL)", l)]
        self.assertEqual([l for l in complaints if "openssl bug #1491" not in l], [])


class Transport(EdgeCase):
    def shake(self, minimum, maximum, ciphers: str) -> str:
        context = client_context(self.edge)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = minimum, maximum
        context.set_ciphers(ciphers)
        phone = TLSPhone(("127.0.0.1", self.edge.port), context=context)
        with phone:
            return phone.socket.version()

    def test_versions(self):
        versions = ssl.TLSVersion
        self.assertEqual(self.shake(versions.TLSv1_3, versions.TLSv1_3, "DEFAULT"), "TLSv1.3")
        self.assertEqual(self.shake(versions.TLSv1_2, versions.TLSv1_2, "DEFAULT"), "TLSv1.2")
        for old in (versions.TLSv1, versions.TLSv1_1):
            with self.subTest(version=old), self.assertRaises(ssl.SSLError):
                self.shake(old, old, "ALL:@SECLEVEL=0")

    def test_suites_without_aead_or_forward_secrecy_are_refused(self):
        versions = ssl.TLSVersion
        for suite in ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-GCM-SHA256", "AES256-SHA"):
            with self.subTest(suite=suite), self.assertRaises(ssl.SSLError):
                self.shake(versions.TLSv1_2, versions.TLSv1_2, f"{suite}:@SECLEVEL=0")
        good = "ECDHE-ECDSA-AES128-GCM-SHA256"
        self.assertEqual(self.shake(versions.TLSv1_2, versions.TLSv1_2, good), "TLSv1.2")

    def test_the_nodes_socket_is_for_nodes(self):
        """From an address that is no node's, nothing is even answered."""
        stranger = Endpoint(("127.0.0.1", self.edge.node_port), transport="TCP", bind_host="127.0.0.9")
        self.addCleanup(stranger.socket.close)
        facts = ("X-IF-Source: 127.0.0.1:5;transport=tls", f"X-IF-Authenticated-User: {EXPERT}", TRACE, HAZARD)
        for headers in ((), (f"Route: <sip:{self.callee.address};lr>",)):
            stranger.send(stranger.request("INVITE", "sip:bob@pbx.test", headers=(*facts, *headers)))
        self.assertIsNone(stranger.receive(1))
        self.assert_nothing_arrived()

    def test_metrics_are_not_for_phones(self):
        phone = self.phone()
        phone.send_bytes(b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        phone.socket.settimeout(2)
        with contextlib.suppress(OSError):
            self.assertNotIn(b"kamailio_", phone.socket.recv(65536))


class Credentials(EdgeCase):
    def test_without_credentials_comes_a_challenge(self):
        phone = self.phone()
        challenge = self.assert_status(phone.responses(phone.send(phone.request("INVITE", "sip:bob@pbx.test"))), 407)
        fields = parse_challenge(challenge.header("Proxy-Authenticate"))
        self.assertEqual((fields["scheme"], fields["realm"], fields["qop"]), ("Digest", DOMAIN, "auth"))
        for method in ("MESSAGE", "SUBSCRIBE", "OPTIONS", "PUBLISH"):
            with self.subTest(method=method):
                self.assert_status(phone.response(phone.send(phone.request(method, "sip:bob@pbx.test"))), 407)
        self.assert_nothing_arrived()

    def test_unknown_user_is_answered_like_a_wrong_password(self):
        answers = []
        for user in ("alice", "nobody"):
            phone = self.phone(user, "looking-glass")
            answers.append(self.assert_status(phone.call(phone.request("INVITE", "sip:bob@pbx.test")), 407))
        self.assertEqual(answers[0].reason, answers[1].reason)
        self.assertEqual(answers[0].header_names(), answers[1].header_names())
        self.assertEqual(*(re.sub(r"\d", "", a.header("Proxy-Authenticate").split("nonce")[0]) for a in answers))
        self.assert_nothing_arrived()

    def test_nonce_is_bound_to_the_address_it_went_to_and_used_once(self):
        phone = self.phone()
        challenge = phone.response(phone.send(phone.request("INVITE", "sip:bob@pbx.test")))
        elsewhere = self.phone(host="127.0.0.2")
        stolen = elsewhere.request("INVITE", "sip:bob@pbx.test")
        stolen.authorize(challenge, "alice", "wonderland")
        self.assert_status(elsewhere.response(elsewhere.send(stolen)), 407)
        phone, invite, arrived = self.ring()
        self.refuse(phone, invite, arrived)
        again = invite.derived(
            "INVITE", body=SDP, call_id=token("again"), branch=token("z9hG4bK"), headers=invite.headers
        )
        self.assert_status(phone.response(phone.send(again)), 407)
        self.assert_nothing_arrived()

    def test_lockout_is_for_one_user_from_one_address(self):
        victim = "lock-me"
        for _ in range(5):
            phone = self.phone(victim, "guess")
            self.assert_status(phone.call(phone.request("INVITE", "sip:bob@pbx.test")), 407)
        phone = self.phone(victim, "guess")
        self.assert_refused(phone.call(phone.request("INVITE", "sip:bob@pbx.test")), 403, "lockout")
        elsewhere = self.phone(victim, "guess", host="127.0.0.3")
        self.assert_status(elsewhere.call(elsewhere.request("INVITE", "sip:bob@pbx.test")), 407)
        metrics = self.edge.metrics()
        self.assertGreaterEqual(metrics.value("sip_auth_failures_total"), 6)
        self.assertGreaterEqual(metrics.value("sip_security_rejections_total", rule="lockout"), 1)
        self.assert_nothing_arrived()

    def test_made_up_nonces_lock_nobody_out(self):
        phone = self.phone()
        challenge = phone.response(phone.send(phone.request("INVITE", "sip:bob@pbx.test")))
        nonce = parse_challenge(challenge.header("Proxy-Authenticate"))["nonce"]
        challenge.headers = [(n, v.replace(nonce, "A" * len(nonce))) for n, v in challenge.headers]
        for _ in range(7):
            invite = phone.request("INVITE", "sip:bob@pbx.test")
            invite.authorize(challenge, "alice", "looking-glass")
            self.assert_status(phone.response(phone.send(invite)), 407)
        self.assert_nothing_arrived()

    def test_anothers_address_in_from_is_refused(self):
        phone = self.phone()
        invite = phone.request("INVITE", "sip:bob@pbx.test", from_uri=f"sip:bob@{DOMAIN}")
        self.assert_refused(phone.call(invite), 403, "identity")
        self.assert_nothing_arrived()


class Calls(EdgeCase):
    def test_whole_call_and_what_the_far_side_sees(self):
        phone, invite, arrived = self.ring()
        self.assertIsNone(arrived.header("Proxy-Authorization"))
        self.assertEqual([n for n in arrived.header_names() if n.startswith("x-if")], [])
        self.assertNotIn("TH", [name for name, _ in arrived.headers], "topoh's own mark stays inside")
        ok = self.answer(phone, invite, arrived)
        if self.edge.defines["TOPOLOGY_KEY"]:
            # Neither side learns the other's addresses or the nodes'.
            self.assertNotIn(str(phone.port).encode(), arrived.raw)
            self.assertNotIn(str(self.callee.port).encode(), ok.raw)
            for node in self.nodes:
                self.assertNotIn(f":{node.port}".encode(), ok.raw)
        self.assertEqual(arrived.header("Call-ID"), invite.call_id)
        self.hang_up(phone, invite, ok)
        records = self.records(invite.call_id, "call.terminated")
        self.assertEqual(len([r for r in records if r["event"] == "call.terminated"]), 1)

    def test_in_dialog_requests_both_ways(self):
        phone, invite, arrived = self.ring()
        ok = self.answer(phone, invite, arrived)
        # The caller holds.
        hold = phone.in_dialog("INVITE", invite, ok, invite.cseq + 1)
        hold.body = SDP
        phone.send(hold)
        again = self.callee.expect("INVITE")
        self.assertEqual(again.header("To"), ok.header("To"))
        self.callee.reply(again, 200, "OK", body=SDP)
        self.assert_status(phone.responses(hold), 200)
        phone.send(phone.in_dialog("ACK", invite, ok, hold.cseq))
        self.callee.expect("ACK")
        # The callee holds, and hangs up. Its requests come back over the phone's own connection.
        self.from_callee(arrived, "INVITE", 1, SDP)
        theirs = phone.expect("INVITE")
        phone.reply(theirs, 200, "OK", body=SDP)
        self.callee_hears(200, "INVITE")
        self.from_callee(arrived, "ACK", 1)
        phone.expect("ACK")
        self.from_callee(arrived, "BYE", 2)
        phone.reply(phone.expect("BYE"), 200, "OK")
        self.callee_hears(200, "BYE")

    def test_caller_gives_up(self):
        phone, invite, arrived = self.ring()
        self.callee.reply(arrived, 180, "Ringing")
        self.assertEqual(phone.receive().status, 100)
        self.assertEqual(phone.receive().status, 180)
        stranger = self.phone("bob", host="127.0.0.4")
        forged = invite.derived("CANCEL")
        stranger.send(forged)
        self.assert_status(stranger.response(forged), 481)
        cancel = invite.derived("CANCEL")
        cancel.headers = ("X-IF-Source: 10.0.0.1:5;transport=tls",)
        phone.send(cancel)
        cancelled = self.callee.expect("CANCEL")
        self.assertEqual([n for n in cancelled.header_names() if n.startswith("x-if")], [])
        self.callee.reply(cancelled, 200, "OK")
        self.callee.reply(arrived, 487, "Request Terminated")
        self.callee.expect("ACK")
        seen = {(m.method, m.status) for m in iter(lambda: phone.receive(0.5), None)}
        self.assertEqual(seen, {("CANCEL", 200), ("INVITE", 487)})
        phone.send(invite.derived("ACK"))

    def test_a_phone_registers_and_is_called(self):
        bob = self.phone("bob")
        register = bob.send(bob.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}"))
        challenge = self.assert_status(bob.response(register), 401)
        self.assertEqual(parse_challenge(challenge.header("WWW-Authenticate"))["realm"], DOMAIN)
        register.authorize(challenge, "bob", "builder")
        bob.send(register)
        registered = self.assert_status(bob.response(register), 200)
        self.assertIn(f"bob@127.0.0.1:{bob.port}", registered.header("Contact"))

        alice = self.phone("alice")
        invite = alice.send(alice.request("INVITE", f"sip:bob@{DOMAIN}"))
        invite.authorize(self.assert_status(alice.response(invite), 407), "alice", "wonderland")
        alice.send(invite)
        arrived = bob.expect("INVITE")
        self.assertEqual([n for n in arrived.header_names() if n.startswith("x-if")], [])
        bob.reply(arrived, 180, "Ringing")
        bob.reply(arrived, 200, "OK", body=SDP)
        ok = self.assert_status(alice.responses(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        bob.expect("ACK")
        bye = alice.send(alice.in_dialog("BYE", invite, ok, invite.cseq + 1))
        bob.reply(bob.expect("BYE"), 200, "OK")
        self.assert_status(alice.response(bye), 200)

        # It goes away, and a call to it does not make the edge connect anywhere.
        bob.socket.close()
        time.sleep(0.3)
        late = alice.call(alice.request("INVITE", f"sip:bob@{DOMAIN}"), within=10)[-1]
        self.assertGreaterEqual(late.status, 400)

    def test_anothers_address_cannot_be_registered(self):
        phone = self.phone("alice")
        register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}")
        self.assert_refused(phone.call(register), 403, "identity")
        wrong = self.phone("bob", "guess")
        self.assert_status(wrong.call(wrong.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}")), 401)

    def test_options_to_the_edge_is_answered(self):
        phone = self.phone()
        for uri in (f"sip:{DOMAIN}", f"sip:127.0.0.1:{self.edge.port};transport=tls"):
            self.assert_status(phone.response(phone.send(phone.request("OPTIONS", uri))), 200)

    def test_max_forwards_ends_here(self):
        phone = self.phone()
        invite = phone.request("INVITE", "sip:bob@pbx.test", max_forwards=0)
        self.assert_status(phone.response(phone.send(invite)), 483)
        self.assert_nothing_arrived()


class CallsInTheOpen(Calls):
    """The same without topology hiding, as the file stands, and with the other digest algorithm."""

    defines: ClassVar[dict] = {"TOPOLOGY_KEY": None, "DIGEST_ALGORITHM": '"SHA-256"', "DIGEST_COLUMN": '"sha256"'}


class CallsOverUDP(Calls):
    """The same with datagrams between the edge and its nodes."""

    transport = "udp"


class Rate(EdgeCase):
    def test_an_eleventh_call_in_a_minute(self):
        for number in range(10):
            self.assertEqual(self.escalate()[-1].status, 486, f"call {number + 1}")
        refused = self.assert_refused(self.escalate(), 480, "rate-limit")
        self.assertLessEqual(50, int(refused.header("Retry-After")))
        self.assertLessEqual(int(refused.header("Retry-After")), 61)
        self.assertEqual(self.edge.metrics().value("sip_rate_limited_total"), 1)
        # It ended at the edge: the node, which counts too, has not been asked.
        self.assertEqual(sum(node.metrics().value("sip_rate_limited_total") for node in self.nodes), 0)
        # Another expert is not affected, nor is anybody who is none.
        signed = self.signer.headers("t", "ethics", f"{SIGNER}@external.advisor", f"council@{DOMAIN}", "other-1")
        self.assertEqual(self.escalate(SIGNER, signed, call_id="other-1")[-1].status, 486)
        self.assert_nothing_arrived()


class Uncounted(EdgeCase):
    defines: ClassVar[dict] = {"RATE_CALLS": 2}

    def test_what_is_no_new_call_is_not_counted(self):
        # Retransmissions, a retry under the same Call-ID and From-tag, and what the guard refuses.
        phone = self.phone(EXPERT)
        sender = f"sip:{EXPERT}@external.advisor"
        for _ in range(4):
            self.assertEqual(self.escalate(headers=(TRACE, "X-IF-Hazard: privacy"))[-1].status, 403)
        self.assertEqual(self.escalate(headers=(TRACE,))[-1].status, 400)
        invite = phone.request("INVITE", COUNCIL, headers=(TRACE, HAZARD), from_uri=sender)
        phone.send(invite)
        invite.authorize(phone.response(invite), EXPERT, USERS[EXPERT])
        for _ in range(4):
            phone.send(invite)
        arrived = self.callee.expect("INVITE")
        ok = self.answer(phone, invite, arrived)
        for number in range(1, 5):
            change = phone.in_dialog("INVITE", invite, ok, invite.cseq + number)
            change.body = SDP
            phone.send(change)
            self.callee.reply(self.callee.expect("INVITE"), 200, "OK", body=SDP)
            self.assert_status(phone.responses(change), 200)
            phone.send(phone.in_dialog("ACK", invite, ok, change.cseq))
            self.callee.expect("ACK")
        # One is left, and no more.
        self.assertEqual(self.escalate()[-1].status, 486)
        self.assert_refused(self.escalate(), 480, "rate-limit")
        bye = phone.send(phone.in_dialog("BYE", invite, ok, invite.cseq + 9))
        while (ended := self.callee.receive(5)) and not ended.start.startswith("BYE"):
            pass
        self.callee.reply(ended, 200, "OK")
        self.assert_status(phone.response(bye), 200)


class Failover(EdgeCase):
    def served(self, user: str = "alice") -> Proxy:
        """Makes a call and tells which node had it."""
        phone, invite, arrived = self.ring(user=user)
        self.refuse(phone, invite, arrived)
        self.records(invite.call_id, "sip.response")
        return next(n for n in self.nodes if any(r.get("call_id") == invite.call_id for r in n.records()))

    def test_one_user_one_node_until_it_dies(self):
        first = self.served()
        for _ in range(3):
            self.assertIs(self.served(), first, "one user's calls are all on one node")
        survivor = next(node for node in self.nodes if node is not first)
        first.kill()
        started = time.monotonic()
        self.assertIs(self.served(), survivor)
        self.assertLess(time.monotonic() - started, 4)
        started = time.monotonic()
        self.assertIs(self.served(), survivor)
        self.assertLess(time.monotonic() - started, 1, "nobody waits for it a second time")
        first.start()
        deadline = time.monotonic() + 10
        while self.served() is not first:
            self.assertLess(time.monotonic(), deadline, "it comes back when it answers OPTIONS again")
            time.sleep(0.3)
        for node in self.nodes:
            check_chain(node.state / "witness")

    def test_without_any_node(self):
        for node in self.nodes:
            node.kill()
        phone = self.phone()
        invite = phone.send(phone.request("INVITE", "sip:bob@pbx.test"))
        invite.authorize(self.assert_status(phone.response(invite), 407), "alice", "wonderland")
        self.assert_status(phone.send(invite) and phone.responses(invite, within=10), 503)
        for node in self.nodes:
            node.start()
        time.sleep(2.5)
        self.served()


class Operators(EdgeCase):
    """What docs/kamailio.md tells an operator to type while it runs."""

    def control(self, *words: str) -> str:
        command = ["kamcmd", "-s", f"unix:{self.edge.folder}/kamailio_ctl", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_a_lockout_is_lifted(self):
        for _ in range(5):
            phone = self.phone("bob", "guess")
            phone.call(phone.request("INVITE", "sip:bob@pbx.test"))
        phone = self.phone("bob")
        self.assert_refused(phone.call(phone.request("INVITE", "sip:bob@pbx.test")), 403, "lockout")
        self.assertIn("bob::127.0.0.1", self.control("htable.dump", "lockout"))
        self.control("htable.delete", "lockout", "bob::127.0.0.1")
        phone, invite, arrived = self.ring(user="bob")
        self.refuse(phone, invite, arrived)

    def set_password(self, word: str) -> None:
        node = self.nodes[0]
        node.command("user", "passwd", "bob", "--config", str(node.config_path), stdin=f"{word}\n")
        self.edge.copy_users()

    def test_a_password_changes(self):
        self.set_password("mason")
        self.addCleanup(self.set_password, "builder")
        for word, status in (("builder", 401), ("mason", 200)):
            phone = self.phone("bob", word)
            register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:bob@{DOMAIN}")
            self.assert_status(phone.call(register), status)

    def test_a_certificate_is_renewed(self):
        standing = self.phone()
        make_certificate(self.edge.folder)
        with self.assertRaises(ssl.SSLError):
            self.phone()
        self.control("tls.reload")
        for phone in (standing, self.phone()):
            self.assert_status(phone.response(phone.send(phone.request("OPTIONS", f"sip:{DOMAIN}"))), 200)

    def test_a_node_is_taken_out(self):
        taken = self.nodes[0]
        uri = f"sip:127.0.0.1:{taken.port};transport=tcp"
        self.control("dispatcher.set_state", "d", "1", uri)
        time.sleep(2.5)
        before = len(taken.records())
        for user in ("alice", "bob", "alice"):
            phone, invite, arrived = self.ring(user=user)
            self.refuse(phone, invite, arrived)
        self.assertEqual(len(taken.records()), before)
        self.control("dispatcher.set_state", "a", "1", uri)


if __name__ == "__main__":
    unittest.main()
