"""Media over the relay: tones measured at the far end, keys, hold, other addresses, and ports that close."""

import base64
import json
import os
import re
import tempfile
import time
import unittest
from pathlib import Path
from typing import ClassVar

from support.baresip import Phone
from support.media import Party, media_sockets, talk
from support.media_case import Conversation, MediaCase
from support.ports import has_ipv6
from support.proxy import Proxy
from support.secure import SecureCase
from support.sip import Callee
from support.sipp import Sipp
from support.srtp import RECEIVES, SENDS, SUITES, Pipe, build_peer, can_build_peer
from test_phones import PhoneCase


class PlainCalls(MediaCase):
    def test_a_tone_goes_through_both_ways_and_the_ports_close(self):
        call = self.dial()
        self.assertNotIn(str(call.near.port).encode(), call.offered.body)
        self.assertEqual(int(call.offered.header("Content-Length")), len(call.offered.body))
        self.assertEqual(int(call.ok.header("Content-Length")), len(call.ok.body))
        ports = media_sockets(self.proxy)
        self.assertEqual(len(ports), 4)
        self.assertTrue({call.near.target[1], call.far.target[1]} <= ports)
        self.assert_talk(call)
        self.assertEqual({source[1] for _, source in call.far.heard}, {call.far.target[1]})
        self.end(call)
        self.assert_ports_closed()

    def test_what_was_relayed_is_recorded_and_counted(self):
        before = self.proxy.metrics()
        call = self.dial()
        talk(call.near, call.far, packets=20)
        metrics = self.proxy.metrics()
        for leg in ("caller", "callee"):
            for direction in ("in", "out"):
                labels = {"leg": leg, "direction": direction}
                more = metrics.value("rtp_packets_total", **labels) - before.value("rtp_packets_total", **labels)
                self.assertGreaterEqual(more, 17, labels)
        self.assertGreater(metrics.value("media_relay_latency_seconds_count"), 30)
        self.assertEqual(metrics.value("media_relayed_calls"), 1)
        shown = self.proxy.command(
            "calls", "show", call.invite.call_id, "--json", "--config", str(self.proxy.config_path)
        )
        self.assertEqual(shown.returncode, 0, shown.stderr)
        media = json.loads(shown.stdout)["media"]
        self.assertEqual(media[0]["caller"]["codec"], "PCMU/8000")
        self.assertGreaterEqual(media[0]["caller"]["packets"], 17)
        self.end(call)
        records = self.proxy.records_until(
            lambda found: any(r["event"] == "bridge.terminated" and r["call_id"] == call.invite.call_id for r in found)
        )
        mine = [r for r in records if r.get("call_id") == call.invite.call_id]
        self.assertEqual(
            [r["event"] for r in mine if r["event"].startswith("bridge.")], ["bridge.established", "bridge.terminated"]
        )
        stream = next(r for r in mine if r["event"] == "bridge.terminated")["details"]["streams"][0]
        for leg in ("caller", "callee"):
            self.assertEqual(stream[leg]["codec"], "PCMU/8000")
            self.assertGreaterEqual(stream[leg]["packets"], 17)
            self.assertEqual(stream[leg]["lost"], 0)
            self.assertIn("jitter_us", stream[leg])
        after = self.proxy.metrics()
        for leg in ("caller", "callee"):
            self.assertEqual(
                after.value("rtp_packets_total", leg=leg), metrics.value("rtp_packets_total", leg=leg), "it counts on"
            )

    def test_each_key_arrives_once(self):
        call = self.dial()
        talk(call.near, call.far, packets=8)
        for digit in (1, 2, 2, 3, 11):
            call.near.event(digit)
            time.sleep(0.01)
        talk_began = len(call.far.heard)
        time.sleep(0.05)
        call.far.listen()
        self.assertEqual(call.far.digits(), [1, 2, 2, 3, 11])
        self.assertGreater(len(call.far.heard), talk_began)
        self.end(call)

    def test_hold_and_resume(self):
        call = self.dial()
        self.assert_talk(call)
        self.again(call, call.near.sdp("a=sendonly", version=2), call.far.sdp("a=recvonly"), 10)
        talk(call.near, call.far, packets=10)
        self.assertEqual(call.near.heard, [])
        self.assertGreater(len(call.far.heard), 7)
        self.again(call, call.near.sdp("a=sendrecv", version=3), call.far.sdp(), 11)
        self.assert_talk(call)
        self.end(call)

    def test_a_party_that_moves_is_followed(self):
        call = self.dial()
        self.assert_talk(call)
        ports = media_sockets(self.proxy)
        moved = self.party("127.0.0.3", frequency=700.0)
        ok = self.again(call, moved.sdp(version=2), call.far.sdp(), 10)
        moved.follow(ok.body)
        talk(moved, call.far, quiet=(call.near,))
        self.assert_hears(call.far, moved)
        self.assert_hears(moved, call.far)
        self.assertEqual(call.near.heard, [])
        self.assertEqual(media_sockets(self.proxy), ports)
        self.end(call)

    def test_a_refused_offer_leaves_the_call_as_it_was(self):
        call = self.dial()
        elsewhere = self.party()
        offer = call.caller.in_dialog("INVITE", call.invite, call.ok, 10)
        offer.body = elsewhere.sdp(version=2)
        call.caller.send(offer)
        call.callee.reply(call.callee.expect("INVITE"), 491, "Request Pending")
        call.callee.expect("ACK")
        self.assert_status(call.caller.response(offer), 491)
        self.assert_talk(call)
        self.end(call)

    def test_an_offer_that_comes_late(self):
        near, far = self.party(), self.party(frequency=1_000.0)
        caller = self.endpoint()
        invite = self.invite(caller, "sip:bob@pbx.test", body="")
        invite.body = ""
        arrived = self.callee.expect("INVITE")
        self.callee.reply(arrived, 200, "OK", body=far.sdp())
        ok = self.assert_status(caller.response(invite), 200)
        near.follow(ok.body)
        ack = caller.in_dialog("ACK", invite, ok, invite.cseq)
        ack.body = near.sdp()
        caller.send(ack)
        far.follow(self.callee.expect("ACK").body)
        talk(near, far)
        self.assert_hears(far, near)
        self.assert_hears(near, far)
        bye = caller.send(caller.in_dialog("BYE", invite, ok, 50))
        self.callee.reply(self.callee.expect("BYE"), 200, "OK")
        self.assert_status(caller.response(bye), 200)
        self.assert_ports_closed()

    def test_every_way_a_call_fails_closes_its_ports(self):
        for status, reason in ((486, "Busy Here"), (603, "Decline")):
            with self.subTest(status=status):
                caller = self.endpoint()
                invite = self.invite(caller, "sip:bob@pbx.test", body=self.party().sdp())
                arrived = self.callee.expect("INVITE")
                self.assertEqual(len(media_sockets(self.proxy)), 4)
                self.callee.reply(arrived, status, reason)
                self.callee.expect("ACK")
                self.assert_status(caller.response(invite), status)
                self.assert_ports_closed()
        with self.subTest("cancelled"):
            caller = self.endpoint()
            invite = self.invite(caller, "sip:bob@pbx.test", body=self.party().sdp())
            arrived = self.callee.expect("INVITE")
            self.callee.reply(arrived, 180, "Ringing")
            caller.send(invite.derived("CANCEL"))
            self.callee.reply(self.callee.expect("CANCEL"), 200, "OK")
            self.callee.reply(arrived, 487, "Request Terminated")
            self.callee.expect("ACK")
            self.assert_status(caller.response(invite), 487)
            self.assert_ports_closed()
        with self.subTest("hung up by the operator"):
            call = self.dial()
            done = self.proxy.command("calls", "hangup", call.invite.call_id, "--config", str(self.proxy.config_path))
            self.assertEqual(done.returncode, 0, done.stderr)
            call.callee.reply(call.callee.expect("BYE"), 200, "OK")
            self.assert_ports_closed()

    def test_a_broken_description_is_refused(self):
        caller = self.endpoint()
        invite = self.invite(caller, "sip:bob@pbx.test", body="v=0\r\nthis is no description\r\n")
        refusal = self.assert_status(caller.response(invite), 400)
        self.assertIn("Session Description", refusal.reason)
        self.assert_nothing_arrived()

    @unittest.skipUnless(has_ipv6(), "no IPv6 here")
    def test_ipv4_meets_ipv6(self):
        far_side = Callee(("::1", 9), user="callee", domain="pbx.test")
        self.addCleanup(far_side.socket.close)
        self.proxy.config["routes"].insert(0, {"match": "sip:*@six.test", "next_hop": f"sip:[::1]:{far_side.port}"})
        self.proxy.write_config()
        self.assertEqual(self.proxy.command("reload", "--config", str(self.proxy.config_path)).returncode, 0)
        call = self.dial(far=self.party("::1", frequency=1_000.0), callee=far_side, uri="sip:bob@six.test")
        self.assertIn(b"c=IN IP6 ::1", call.offered.body)
        self.assertIn(b"c=IN IP4 127.0.0.1", call.ok.body)
        self.assert_talk(call)
        self.end(call)


RECORDINGS = Path("/usr/share/sip-tester")


@unittest.skipUnless((RECORDINGS / "g711a.pcap").exists(), "SKIPPED, AND NOT SHOWN: no recordings of sip-tester")
class PlayedCalls(MediaCase):
    def test_sipp_plays_speech_and_a_key(self):
        far = self.party()
        near = Sipp.caller("uac_pcap", self.udp, "alice", self.proxy.users["alice"], target="sip:bob@pbx.test")
        self.addCleanup(near.stop)
        arrived = self.callee.expect("INVITE")
        self.callee.reply(arrived, 200, "OK", body=far.sdp("a=rtpmap:8 PCMA/8000", formats="8 101"))
        self.callee.expect("ACK")
        self.callee.reply(self.callee.expect("BYE", within=10), 200, "OK")
        near.wait()
        far.listen()
        kinds = [data[1] & 0x7F for data, _ in far.heard]
        # One packet every 30 ms for 1.6 s.
        self.assertGreaterEqual(kinds.count(8), 45)
        self.assertEqual(far.digits(), [1])
        self.assert_ports_closed()


class RelayedPhones(PhoneCase):
    @classmethod
    def make_proxy(cls):
        return Proxy(users={"alice": "wonderland", "bob": "builder", "carol": "secret"}, media={"relay": "all"})

    def gained(self, before, **labels) -> float:
        return self.proxy.metrics().value("rtp_packets_total", **labels) - before.value("rtp_packets_total", **labels)

    def test_phones_hear_each_other(self):
        before = self.proxy.metrics()
        self.call(self.alice, self.bob, hangs_up=self.bob)
        for leg in ("caller", "callee"):
            self.assertGreater(self.gained(before, leg=leg, direction="out"), 0)

    def test_a_phone_with_srtp_calls_one_without(self):
        carol = self.phone("carol", encryption="srtp-mand")
        self.call(carol, self.bob, hangs_up=carol)
        records = self.proxy.records_until(
            lambda found: found and found[-1]["event"].startswith(("bridge.t", "call.t"))
        )
        stream = [r for r in records if r["event"] == "bridge.terminated"][-1]["details"]["streams"][0]
        self.assertEqual((stream["caller"]["suite"], stream["callee"]["suite"]), ("AES_CM_128_HMAC_SHA1_80", "none"))
        self.assertGreater(stream["callee"]["packets"], 0)
        self.assertGreater(stream["caller"]["packets"], 0)

    def phone(self, user: str, **options) -> Phone:
        phone = Phone(user, self.proxy.users[user], self.proxy.port, **options)
        self.addCleanup(phone.close)
        phone.wait_registered()
        return phone


class SilentCalls(MediaCase):
    media: ClassVar[dict] = {"timeout_seconds": 1}

    def test_a_call_without_media_is_ended(self):
        call = self.dial()
        talk(call.near, call.far, packets=10)
        bye = call.callee.expect("BYE", within=8)
        self.assertIn('text="no media"', bye.header("Reason"))
        call.callee.reply(bye, 200, "OK")
        other = call.caller.receive(5)
        while other is not None and other.method != "BYE":
            other = call.caller.receive(5)
        self.assertIsNotNone(other, "the caller got no BYE")
        self.assert_ports_closed()
        self.assertGreater(self.proxy.metrics().value("sip_limit_reached_total", limit="media-silence"), 0)

    def test_a_call_on_hold_is_not(self):
        call = self.dial()
        self.again(call, call.near.sdp("a=sendonly", version=2), call.far.sdp("a=recvonly"), 10)
        self.assertIsNone(call.callee.receive(3))
        self.end(call)


class FewPorts(MediaCase):
    media: ClassVar[dict] = {"ports": [41_000, 41_003]}

    @classmethod
    def make_proxy(cls):
        proxy = super().make_proxy()
        proxy.config["reactors"] = 1
        proxy.write_config()
        return proxy

    def test_a_call_without_ports_is_refused_and_the_next_one_has_them(self):
        call = self.dial()
        caller = self.endpoint()
        invite = self.invite(caller, "sip:bob@pbx.test", body=self.party().sdp())
        refusal = self.assert_status(caller.response(invite), 503)
        self.assertIn("media-ports", refusal.header("Reason"))
        self.assert_talk(call)
        self.end(call)
        self.assert_ports_closed()
        self.end(self.dial())


@unittest.skipUnless(can_build_peer(), "SKIPPED, AND NOT SHOWN: no libsrtp2-dev or no C compiler")
class EncryptedCalls(MediaCase):
    """Keys in the description over loopback, where they may stand; libsrtp2 at the far ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="ifsip-media-")
        cls.addClassCleanup(folder.cleanup)
        cls.peer = Pipe(build_peer(Path(folder.name)))
        cls.addClassCleanup(cls.peer.close)

    def encrypt(self, party: Party, suite: int, own: bytes, theirs: bytes) -> None:
        party.sends = self.peer.context(SENDS, suite, own)
        party.receives = self.peer.context(RECEIVES, suite, theirs)

    def test_srtp_meets_rtp_in_every_suite(self):
        for suite, (name, length, _, _) in enumerate(SUITES):
            with self.subTest(suite=name):
                own = os.urandom(length)
                call = self.dial(offer=(crypto(1, name, own),), profile="RTP/SAVP")
                self.assertNotIn(base64.b64encode(own), call.offered.body)
                self.assertIn(b"RTP/SAVP", call.ok.body)
                self.encrypt(call.near, suite, own, keys(call.ok.body)[1][1])
                self.assert_talk(call, packets=15)
                self.end(call)

    def test_both_sides_have_keys_of_their_own(self):
        own, answer = os.urandom(30), os.urandom(44)
        call = self.dial(
            offer=(crypto(7, SUITES[0][0], own),), profile="RTP/SAVP", answer=(crypto(2, "AEAD_AES_256_GCM", answer),)
        )
        self.encrypt(call.near, 0, own, keys(call.ok.body)[7][1])
        self.encrypt(call.far, 5, answer, keys(call.offered.body)[2][1])
        self.assert_talk(call)
        # A hold keeps the keys and their counters.
        request = call.caller.in_dialog("INVITE", call.invite, call.ok, 10)
        request.body = call.near.sdp(crypto(7, SUITES[0][0], own), profile="RTP/SAVP", version=2)
        call.caller.send(request)
        arrived = call.callee.expect("INVITE")
        call.callee.reply(arrived, 200, "OK", body=call.far.sdp(crypto(2, "AEAD_AES_256_GCM", answer)))
        self.assert_status(call.caller.response(request), 200)
        call.caller.send(call.caller.in_dialog("ACK", call.invite, call.ok, 10))
        call.callee.expect("ACK")
        self.assert_talk(call)
        self.end(call)
        records = self.proxy.records_until(lambda found: any(r["event"] == "bridge.terminated" for r in found))
        text = json.dumps(records)
        self.assertIn("AEAD_AES_256_GCM", text)
        for secret in (own, answer):
            self.assertNotIn(base64.b64encode(secret).decode()[:20], text)

    def test_a_plain_caller_meets_an_encrypted_callee(self):
        answer = os.urandom(30)
        call = self.dial(answer=(crypto(1, SUITES[0][0], answer),))
        self.assertNotIn(b"crypto", call.ok.body)
        self.encrypt(call.far, 0, answer, keys(call.offered.body)[1][1])
        self.assert_talk(call)
        self.end(call)

    def test_a_forged_packet_is_not_heard(self):
        own = os.urandom(30)
        call = self.dial(offer=(crypto(1, SUITES[0][0], own),), profile="RTP/SAVP")
        self.encrypt(call.near, 0, own, keys(call.ok.body)[1][1])
        self.assert_talk(call)
        call.far.forget()
        for _ in range(10):
            # From the party's own socket, and without its key.
            call.near.rtp.sendto(call.near.voice() + bytes(10), call.near.target)
        time.sleep(0.05)
        call.far.listen()
        self.assertEqual(call.far.heard, [])
        self.end(call)


@unittest.skipUnless(can_build_peer(), "SKIPPED, AND NOT SHOWN: no libsrtp2-dev or no C compiler")
class KeysOverTLS(Conversation, SecureCase):
    config: ClassVar[dict] = {"media": {"relay": "all"}}

    def test_keys_over_tls_on_both_sides_and_on_one(self):
        with tempfile.TemporaryDirectory(prefix="ifsip-media-") as folder:
            peer = Pipe(build_peer(Path(folder)))
        self.addCleanup(peer.close)
        for to_tls in (True, False):
            with self.subTest(to_tls=to_tls):
                own, other = os.urandom(30), os.urandom(30)
                near, far, alice = self.party(), self.party(frequency=1_000.0), self.secure()
                offer = near.sdp(crypto(1, SUITES[0][0], own), profile="RTP/SAVP")
                invite = self.invite(alice, "sip:bob@bob.test" if to_tls else "sip:bob@plain.test", body=offer)
                if to_tls:
                    answer = (crypto(1, SUITES[0][0], other),)
                    call = self.answer(alice, self.bob.accept(), invite, near, far, answer, profile="RTP/SAVP")
                    self.assertIn(b"RTP/SAVP", call.offered.body)
                    far.sends = peer.context(SENDS, 0, other)
                    far.receives = peer.context(RECEIVES, 0, keys(call.offered.body)[1][1])
                else:
                    call = self.answer(alice, self.plain, invite, near, far)
                    self.assertIn(b"RTP/AVP", call.offered.body)
                near.sends = peer.context(SENDS, 0, own)
                near.receives = peer.context(RECEIVES, 0, keys(call.ok.body)[1][1])
                self.assert_talk(call, packets=20)
                self.end(call)


class RequiredEncryption(MediaCase):
    media: ClassVar[dict] = {"srtp": "required_for_escalations", "relay": "escalations"}

    def test_an_escalation_without_keys_is_refused_and_another_call_is_not_relayed(self):
        caller = self.endpoint("expert-safety", password="second-opinion")
        headers = ("X-IF-Trace-ID: media-1", "X-IF-Hazard: safety")
        invite = self.invite(caller, "sip:council@if.internal", headers=headers, body=self.party().sdp())
        refusal = self.assert_status(caller.response(invite), 488)
        self.assertIn("SRTP is required", refusal.header("Reason"))
        self.assert_nothing_arrived()
        call = self.dial()
        self.assertEqual(call.offered.body.decode(), call.near.sdp())
        self.assertEqual(media_sockets(self.proxy), set())
        self.end(call)

    def test_an_escalation_with_keys_is_offered_with_keys(self):
        caller = self.endpoint("expert-safety", password="second-opinion")
        headers = ("X-IF-Trace-ID: media-2", "X-IF-Hazard: safety")
        body = self.party().sdp(crypto(1, SUITES[0][0], os.urandom(30)), profile="RTP/SAVP")
        invite = self.invite(caller, "sip:council@if.internal", headers=headers, body=body)
        arrived = self.callee.expect("INVITE")
        self.assertIn(b"RTP/SAVP", arrived.body)
        self.assertIn(1, keys(arrived.body))
        self.callee.reply(arrived, 486, "Busy Here")
        self.callee.expect("ACK")
        self.assert_status(caller.response(invite), 486)
        self.assert_ports_closed()


def crypto(tag: int, suite: str, key: bytes) -> str:
    return f"a=crypto:{tag} {suite} inline:{base64.b64encode(key).decode()}"


def keys(description: bytes) -> dict[int, tuple[str, bytes]]:
    """The keys of a description by their tags, with their suites."""
    found = re.findall(rb"a=crypto:(\d+) (\S+) inline:([A-Za-z0-9+/=]+)", description)
    return {int(tag): (suite.decode(), base64.b64decode(key)) for tag, suite, key in found}


if __name__ == "__main__":
    unittest.main()
