"""Checkpoints that others have signed, too: independent cosigners that behave, and some that do not."""

import json
import shutil
import tempfile
import time
import unittest
from pathlib import Path

from support.certificates import Authority
from support.cosigner import Cosigner, cosignature_of
from support.ports import free_port
from support.proxy import DOMAIN, Proxy
from support.sip import Endpoint

ORIGIN = f"{DOMAIN}/witness"


class Cosigned(unittest.TestCase):
    """Every test has a server of its own, with cosigners that learn its key after its first start."""

    maxDiff = None

    def cosigner(self, name: str, **options) -> Cosigner:
        cosigner = Cosigner(name, **options)
        self.addCleanup(cosigner.close)
        return cosigner

    def server(self, *entries: dict, **more) -> Proxy:
        proxy = Proxy(auth={"realm": DOMAIN, "invite": "off", "register": "required"}, drain_seconds=0)
        self.addCleanup(proxy.remove)
        witness = {"mode": "batched", "origin": ORIGIN, "cosigners": list(entries), "cosign_seconds": 1}
        proxy.config["witness"] = {**witness, **more.pop("witness", {})}
        proxy.config.update(more)
        proxy.write_config()
        return proxy

    def begin(self, proxy: Proxy, *cosigners: Cosigner) -> None:
        """Starts it, tells the cosigners its key, and makes some records."""
        proxy.start()
        self.addCleanup(proxy.kill)
        for cosigner in cosigners:
            cosigner.log_key = (proxy.state / "keys/witness.pub").read_text().strip()
        self.records(proxy)

    def records(self, proxy: Proxy, count: int = 20) -> None:
        with Endpoint(("127.0.0.1", proxy.port)) as alice:
            before = len(proxy.records())
            for _ in range(count):
                alice.send(alice.request("INVITE", f"sip:nobody@{DOMAIN}"))
            proxy.records_until(lambda records: len(records) > before)

    def until(self, wanted, what: str, within: float = 15.0):
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if found := wanted():
                return found
            time.sleep(0.05)
        raise AssertionError(f"{what}: not within {within} s")

    def checkpoint(self, proxy: Proxy) -> bytes:
        return proxy.get("/checkpoint")[1].encode()

    def until_signed(self, proxy: Proxy, *cosigners: Cosigner, size: int = 1, within: float = 15.0) -> bytes:
        def signed():
            note = self.checkpoint(proxy)
            is_new = int(note.split(b"\n")[1]) >= size
            return is_new and all(cosignature_of(note, c.key) for c in cosigners) and note

        return self.until(signed, f"a checkpoint of {size} records signed by all", within)

    def verify(self, proxy: Proxy, *arguments: str, code: int = 0) -> dict:
        done = proxy.command("witness", "verify", str(proxy.state), "--json", *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    # Those that behave

    def test_two_cosigners_and_what_they_make_of_proofs(self):
        first, second = self.cosigner("w1.example"), self.cosigner("w2.example/two")
        proxy = self.server(first.settings(), {"name": "two", **second.settings()}, witness={"quorum": 2})
        self.begin(proxy, first, second)
        note = self.until_signed(proxy, first, second)
        self.assertEqual(note, (proxy.state / "witness/checkpoint.cosigned").read_bytes())
        self.assertLess(abs(cosignature_of(note, first.key) - time.time()), 30)
        # It goes on, from where each of them was, over the same connections.
        size = first.size
        self.records(proxy)
        self.until_signed(proxy, first, second, size=size + 1)
        self.assertEqual([status for status, _, _ in second.seen if status != 200 and status != 404], [])
        self.assertIn((200, size), [(status, old) for status, old, _ in first.seen])
        self.assertLessEqual(first.connections, 2)
        found = self.verify(proxy, "--cosigner", first.key, "--cosigner", second.key)
        # In the order in which they signed.
        self.assertCountEqual([c["key"] for c in found["cosigned"]["cosigners"]], [first.key, second.key])
        text = proxy.command("witness", "verify", str(proxy.state), "--cosigner", first.key).stdout
        self.assertIn("by w1.example at 20", text)
        proof = proxy.command("witness", "prove", "3", "--dir", str(proxy.state)).stdout.encode()
        # The checkpoint with its signatures stands behind the first empty line.
        note = proof.partition(b"\n\n")[2].rstrip(b"\n") + b"\n"
        self.assertTrue(cosignature_of(note, first.key) and cosignature_of(note, second.key))
        metrics = proxy.metrics()
        signed = metrics.value("witness_last_cosignature_timestamp_seconds", cosigner="two")
        self.assertLess(abs(signed - time.time()), 30)
        self.assertGreaterEqual(metrics.value("witness_cosigning_total", cosigner="w1.example", result="signed"), 2)
        self.assertGreaterEqual(metrics.value("witness_cosigned_records"), size + 1)
        proxy.stop()

    def test_over_https(self):
        authority = Authority()
        self.addCleanup(authority.close)
        good = authority.server(authority.sign("IP:127.0.0.1"))
        other = authority.server(authority.sign("DNS:elsewhere.example"))
        right, wrong = self.cosigner("right.example", context=good), self.cosigner("wrong.example", context=other)
        proxy = self.server(
            right.settings(scheme="https"), wrong.settings(scheme="https"), tls={"ca": str(authority.certificate)}
        )
        self.begin(proxy, right, wrong)
        note = self.until_signed(proxy, right)
        self.assertIsNone(cosignature_of(note, wrong.key))
        self.assertEqual(wrong.seen, [], "nothing was said to somebody who is not whom he should be")
        self.assertRegex(proxy.log(), r"wrong\.example.*TLS failed|TLS failed.*wrong\.example")
        proxy.stop()

    def test_a_restart_goes_on_where_it_was(self):
        cosigner = self.cosigner("w.example")
        proxy = self.server(cosigner.settings())
        self.begin(proxy, cosigner)
        self.until_signed(proxy, cosigner)
        proxy.restart()
        size = cosigner.size
        asked = len(cosigner.seen)
        self.records(proxy)
        self.until_signed(proxy, cosigner, size=size + 1)
        self.assertNotIn(409, [status for status, _, _ in cosigner.seen[asked:]])
        proxy.stop()

    # Those that are not as we think

    def test_one_that_knows_more_than_we_remember(self):
        cosigner = self.cosigner("w.example")
        proxy = self.server(cosigner.settings())
        self.begin(proxy, cosigner)
        self.until_signed(proxy, cosigner)
        proxy.stop()
        # What it signed is forgotten here, not there: its 409 tells.
        (proxy.state / "witness/checkpoint.cosigned").unlink()
        before = len(cosigner.seen)
        proxy.start()
        self.records(proxy)
        self.until_signed(proxy, cosigner, size=cosigner.size)
        answers = [status for status, _, _ in cosigner.seen[before:]]
        self.assertEqual(answers[:2], [409, 200])
        proxy.stop()

    def test_one_that_is_down_and_comes_back(self):
        port = free_port()
        up = self.cosigner("up.example")
        late = Cosigner("late.example", port=port)
        settings = late.settings()
        late.server.shutdown()
        late.server.server_close()
        late.thread.join()
        proxy = self.server(up.settings(), settings)
        self.begin(proxy, up)
        note = self.until_signed(proxy, up)
        self.assertIsNone(cosignature_of(note, late.key))
        self.assertGreaterEqual(
            proxy.metrics().value("witness_cosigning_total", cosigner="late.example", result="unreachable"), 1
        )
        self.assertEqual(
            proxy.metrics().value("witness_last_cosignature_timestamp_seconds", cosigner="late.example"), 0
        )
        again = Cosigner("late.example", log_key=up.log_key, port=port)
        again.signer, again.public = late.signer, late.public
        self.addCleanup(again.close)
        self.until(
            lambda: self.records(proxy) or cosignature_of(self.checkpoint(proxy), again.key), "it is asked again", 30
        )
        proxy.stop()

    def test_those_that_answer_nonsense(self):
        good = self.cosigner("good.example")
        bad = {
            mood: self.cosigner(f"{mood}.example")
            for mood in ("garbage", "wrong", "hangs_up", "huge", "broken", "slow")
        }
        for mood, cosigner in bad.items():
            cosigner.mood = mood
        proxy = self.server(good.settings(), *(c.settings() for c in bad.values()))
        self.begin(proxy, good, *bad.values())
        note = self.until_signed(proxy, good, within=30)
        for cosigner in bad.values():
            self.assertIsNone(cosignature_of(note, cosigner.key))
        self.assertEqual(note.count("—".encode()), 2, "the log's line and the good cosigner's")
        # Calls and records go on meanwhile, and a failure makes it wait longer every time.
        self.until(
            lambda: proxy.metrics().value("witness_cosigning_total", cosigner="broken.example", result="refused") >= 2,
            "it is tried again",
            # A round lasts as long as the slowest of them is waited for.
            60,
        )
        self.assertEqual(proxy.get("/readyz")[0], 200)
        self.assertLess(len(bad["broken"].seen), 8)
        self.verify(proxy, "--cosigner", good.key)
        faults = self.verify(proxy, "--cosigner", bad["broken"].key, code=1)["faults"]
        self.assertEqual([f["kind"] for f in faults], ["cosignature"])
        proxy.stop()

    def test_one_that_does_not_know_us(self):
        stranger = self.cosigner("stranger.example")
        proxy = self.server(stranger.settings())
        self.begin(proxy)
        self.until(lambda: "does not know our origin" in proxy.log(200), "the reason is in the log")
        # Without a cosigned checkpoint the newest is shown.
        self.assertEqual(self.checkpoint(proxy).count("—".encode()), 1)
        proxy.stop()

    def test_a_fork_is_not_signed(self):
        cosigner = self.cosigner("w.example")
        proxy = self.server(cosigner.settings())
        self.begin(proxy, cosigner)
        self.until_signed(proxy, cosigner)
        proxy.stop()
        backup = Path(tempfile.mkdtemp(prefix="ifsip-backup-"))
        self.addCleanup(shutil.rmtree, backup)
        shutil.copytree(proxy.state, backup / "state")
        # What the backup has too, the cosigner may sign at the next start; what comes after it is the other way.
        size = len(proxy.records())
        proxy.start()
        self.records(proxy)
        signed = self.until_signed(proxy, cosigner, size=size + 1)
        proxy.stop()
        honest = cosigner.size
        # Somebody puts the backup back, and the log goes on another way.
        later = proxy.state.with_name("later")
        proxy.state.rename(later)
        shutil.copytree(backup / "state", proxy.state)
        proxy.start()
        while len(proxy.records()) <= honest + 5:
            self.records(proxy)
        # Before the log has grown past what the cosigner has signed it hears 409, and waits longer after each.
        self.until(lambda: 422 in [status for status, _, _ in cosigner.seen], "it is told", 60)
        self.until(lambda: "fork?" in proxy.log(2_000), "it is said")
        self.assertEqual(cosigner.size, honest)
        self.assertGreaterEqual(
            proxy.metrics().value("witness_cosigning_total", cosigner="w.example", result="refused"), 1
        )
        # What is shown is what was signed before the fork.
        self.assertLessEqual(int(self.checkpoint(proxy).split(b"\n")[1]), size)
        proxy.stop()
        # With the cosigned checkpoint of the other way it does not even start, and verify says why.
        (proxy.state / "witness/checkpoint.cosigned").write_bytes(signed)
        faults = self.verify(proxy, "--cosigner", cosigner.key, code=1)["faults"]
        self.assertEqual([f["kind"] for f in faults], ["root"])
        with self.assertRaisesRegex(AssertionError, "do not have the root"):
            proxy.start()

    # The configuration

    def test_mistakes_are_named_with_their_line(self):
        cosigner = self.cosigner("w.example")
        log_key = cosigner.key.replace("w.example+", "w.example+0")
        for entries, told in (
            ([{"key": cosigner.key}], "witness.cosigners[0].url"),
            ([{"url": "http://w.example/"}], "witness.cosigners[0].key"),
            ([{**cosigner.settings(), "url": "ftp://w.example/"}], "must begin with https:// or http://"),
            ([{**cosigner.settings(), "url": "http://w.example/?a=b"}], "witness.cosigners[0].url"),
            ([{**cosigner.settings(), "key": log_key}], "witness.cosigners[0].key"),
            ([cosigner.settings(), cosigner.settings()], "witness.cosigners[1]"),
            ([{**cosigner.settings(), "colour": "red"}], "witness.cosigners[0].colour"),
        ):
            with self.subTest(told=told):
                proxy = self.server(*entries)
                done = proxy.command("check-config", str(proxy.config_path))
                self.assertEqual(done.returncode, 78, done.stdout + done.stderr)
                self.assertIn(told, done.stdout + done.stderr)
                self.assertRegex(done.stdout + done.stderr, r"ifsip-proxy\.yaml:\d+")


if __name__ == "__main__":
    unittest.main()
