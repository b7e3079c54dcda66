"""The console in a headless Chromium: calls appear, ladders grow, proofs verify, and nothing else is asked of anybody.

With IFSIP_SCREENSHOT=PATH the picture of the README is written there.
"""

import base64
import contextlib
import hashlib
import json
import os
import threading
import time
import unittest
import urllib.error
import urllib.request
from collections.abc import Iterator

from support.browser import chromium
from support.case import EXPERT
from support.devtools import Tab
from support.h323.case import free_addresses
from support.proxy import DOMAIN
from support.sip import SDP, token
from test_operator import OperatorCase

ARROWS = "[...document.querySelectorAll('#ladder-list .message')].map((row) => row.querySelector('.label').textContent)"
# A server without alerts, or without a council, says so with 404, and the browser writes that down.
NO_ALERTS = "/v1/guard/alerts"
NO_COUNCIL = "/v1/council/rooms"


@unittest.skipUnless(chromium(), "no chromium here")
class ConsoleCase(OperatorCase):
    """A tab on the console; what it fetches and complains of is looked at after every test."""

    expected_complaints: tuple[str, ...] = ()

    def setUp(self) -> None:
        super().setUp()
        self.expected_complaints = (NO_ALERTS, NO_COUNCIL)
        self.tab = Tab()
        self.addCleanup(self.tab.close)

    def tearDown(self) -> None:
        strangers = {url for url in self.tab.requests if not url.startswith((self.origin + "/", "about:", "data:"))}
        self.assertEqual(strangers, set(), "requests to another origin")
        left = [each for each in self.tab.complaints if not any(word in each for word in self.expected_complaints)]
        self.assertEqual(left, [])
        self.assertFalse([url for url in self.tab.requests if "token" in url.partition("?")[2]], "a token in a query")

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.proxy.admin_port}"

    def open(self, bearer: str | None = None) -> None:
        """The page, with a token typed into it."""
        self.tab.open(self.origin + "/")
        self.tab.until("document.activeElement.id === 'token-input'")
        self.tab.type(bearer or self.admin_token)
        self.tab.press("Enter")
        self.tab.until("document.getElementById('fact-stream').textContent === 'live'")
        self.tab.until("!document.getElementById('token-dialog').open")

    def option(self, part: str) -> str:
        """A call of the list whose text holds this, as an expression."""
        return (
            f"[...document.querySelectorAll('#calls-list [role=option]')].find((e) => e.textContent.includes({part!r}))"
        )

    def whole_call(self) -> None:
        alice, invite, ok = self.connect()
        self.hang_up(alice, invite, ok)
        alice.socket.close()

    def show_ladder_of_the_first(self) -> None:
        self.tab.until("document.querySelector('#calls-list [role=option]')")
        self.tab.click("#calls-list [role=option]")
        self.tab.until("document.querySelector('#ladder-list .message')")

    def choose_record(self, label: str) -> int:
        """Chooses the row with this label; returns its number."""
        self.tab.until(f"{ARROWS}.includes({label!r})")
        return int(
            self.tab.ask(
                "(() => { const row = [...document.querySelectorAll('#ladder-list .message')]"
                f".find((row) => row.querySelector('.label').textContent === {label!r});"
                " row.click(); return row.dataset.key; })()"
            )
        )

    def verify(self) -> tuple[str, dict[str, str]]:
        """Presses the button; returns what class the verdict has, and the class of each step."""
        self.tab.click("#verify")
        self.tab.until("['good', 'bad'].includes(document.getElementById('verdict').className)")
        verdict = self.tab.ask("document.getElementById('verdict').className")
        steps = self.tab.ask(
            "Object.fromEntries([...document.querySelectorAll('#steps li')]"
            ".map((e) => [e.querySelector('b').textContent, e.className]))"
        )
        return verdict, steps

    @contextlib.contextmanager
    def altered(self, path, offset: int) -> Iterator[None]:
        """One byte of a file is another one meanwhile; the server goes on appending."""
        with path.open("r+b") as file:
            file.seek(offset)
            byte = file.read(1)
            file.seek(offset)
            file.write(bytes([byte[0] ^ 1]))
            file.flush()
            yield
            file.seek(offset)
            file.write(byte)


def key_of_another(name: str) -> str:
    """A verifier key of that name whose private half is in RFC 8032 §7.1, test 1."""
    typed = b"\x01" + bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    number = hashlib.sha256(name.encode() + b"\n" + typed).hexdigest()[:8]
    return f"{name}+{number}+{base64.b64encode(typed).decode()}"


class Calls(ConsoleCase):
    def test_a_call_appears_and_its_ladder_grows_by_keyboard_alone(self):
        self.open()
        alice, invite, arrived = self.ring()
        self.callee.reply(arrived, 180, "Ringing")
        self.tab.until(self.option("sip:bob@pbx.test".removeprefix("sip:")))
        self.tab.until(f"{self.option('bob@pbx.test')}.dataset.state === 'ringing'")
        self.assertIn(f"alice@{DOMAIN}", self.tab.text("#calls-list"))
        # From the top of the page: past the link and the token to the list, in it, and into the ladder.
        self.tab.ask("document.activeElement.blur()")
        self.tab.press("Tab")
        self.assertEqual(self.tab.text(":focus"), "Skip to the calls")
        self.tab.press("Tab", "Tab")
        self.assertTrue(self.tab.focused().startswith("calls-list/"), self.tab.focused())
        outline = self.tab.ask("getComputedStyle(document.activeElement).outlineStyle")
        self.assertEqual(outline, "solid", "what has the focus shows it")
        self.tab.press("ArrowUp", "Home", "Enter")
        self.tab.until(f"{ARROWS}.includes('180 INVITE')")
        self.assertTrue(self.tab.focused().startswith("ladder-list/"), self.tab.focused())
        before = self.tab.ask(ARROWS)
        # An INVITE that was forwarded is two arrows in one row: the heads know both parties.
        heads = self.tab.texts("#ladder-heads b")
        self.assertEqual(heads, [f"alice@{DOMAIN}", "proxy", "bob@pbx.test"])
        # It grows while it is looked at.
        self.callee.reply(arrived, 200, "OK", body=SDP)
        ok = self.assert_status(alice.response(invite), 200)
        alice.send(alice.in_dialog("ACK", invite, ok, invite.cseq))
        self.callee.expect("ACK")
        self.tab.until(f"{ARROWS}.includes('ACK') && {ARROWS}.includes('200 INVITE')")
        self.tab.until(f"{self.option('bob@pbx.test')}.dataset.state === 'connected'")
        self.tab.until("document.querySelector('#ladder-list').textContent.includes('connected after')")
        self.assertGreater(len(self.tab.ask(ARROWS)), len(before))
        self.hang_up(alice, invite, ok)
        self.tab.until(f"{ARROWS}.includes('200 BYE')")
        self.tab.until("document.querySelector('#ladder-list').textContent.includes('ended after')")
        self.tab.until(f"{self.option('bob@pbx.test')}.dataset.state === 'ended'")
        # Every row is a record of the log, in its order, and none is missing.
        rows = [
            int(key)
            for key in self.tab.ask("[...document.querySelectorAll('#ladder-list .row')].map((e) => e.dataset.key)")
        ]
        records = self.proxy.records()
        self.assertEqual(rows, [record["seq"] for record in records if record.get("call_id") == invite.call_id])
        self.assertIn("407 INVITE", self.tab.ask(ARROWS))
        # A row is chosen, its record proven, and the way back leads by Escape.
        self.tab.press("Home", "ArrowDown", "Enter")
        self.assertEqual(self.tab.focused(), "verify")
        self.tab.press("Enter")
        self.tab.until("document.getElementById('verdict').className === 'good'")
        self.assertIn("that if.internal/witness signed", self.tab.text("#verdict"))
        self.tab.press("Escape")
        self.assertEqual(self.tab.focused(), f"ladder-list/{rows[1]}")
        self.tab.press("Escape")
        self.assertTrue(self.tab.focused().startswith("calls-list/"), self.tab.focused())
        # News are read out.
        self.tab.until("document.getElementById('news').textContent.length > 0")

    def test_a_call_from_before_the_page(self):
        alice, invite, ok = self.connect()
        self.open()
        self.tab.until(self.option("bob@pbx.test"))
        self.tab.ask(f"{self.option('bob@pbx.test')}.click()")
        self.tab.until(f"{ARROWS}.includes('ACK')")
        self.assertTrue({"INVITE", "100 INVITE", "180 INVITE", "200 INVITE", "ACK"} <= set(self.tab.ask(ARROWS)))
        trace = self.proxy.records()[-1]["trace_id"]
        self.hang_up(alice, invite, ok)
        self.tab.until(f"{ARROWS}.includes('200 BYE')")
        # A trace is found by its name, too, long after.
        self.tab.open(self.origin + "/")
        self.tab.until("document.getElementById('fact-stream').textContent === 'live'")
        self.tab.ask("document.getElementById('trace-input').focus()")
        self.tab.type(trace)
        self.tab.press("Enter")
        self.tab.until(f"{ARROWS}.includes('200 BYE')")
        self.tab.until("document.activeElement.closest('#ladder-list')")

    def escalate(self, hazard: str):
        """The expert calls the council about a hazard: the phone and its INVITE."""
        caller = self.phone(EXPERT)
        headers = (f"X-IF-Trace-ID: {token('t-')}", f"X-IF-Hazard: {hazard}")
        invite = caller.request("INVITE", f"sip:council@{DOMAIN}", headers=headers)
        caller.send(invite)
        invite.authorize(caller.response(invite), EXPERT, self.proxy.users[EXPERT])
        caller.send(invite)
        return caller, invite

    def test_guard_decisions_and_posture(self):
        self.open()
        caller, invite = self.escalate("bias")
        self.assert_status(caller.response(invite), 403)
        self.tab.until("document.querySelector('#guard-list .decision.bad')")
        self.assertIn("refused · hazard", self.tab.text("#guard-list"))
        # The decision is a record like any other, and leads to its ladder.
        self.tab.click("#guard-list .decision.bad")
        self.assertEqual(self.verify()[0], "good")
        self.tab.click("#record-ladder")
        self.tab.until("document.querySelector('#ladder-list .note.bad[aria-selected=true]')")
        self.assertEqual(self.tab.text("#fact-posture"), "normal")
        try:
            self.run_command("guard", "posture", "set", "elevated", "--reason", "a test")
            self.tab.until("document.getElementById('fact-posture').textContent === 'elevated'")
            self.tab.until("document.getElementById('guard-list').textContent.includes('a test')")
        finally:
            self.run_command("guard", "posture", "set", "normal")
        self.tab.until("document.getElementById('fact-posture').textContent === 'normal'")

    def test_alerts(self):
        """As the server will answer; without a source it is said that there is none."""
        since = "2026-01-02T03:04:05.000006Z"
        self.tab.stub(
            NO_ALERTS,
            {
                "alerts": [
                    {"name": "CallsFail", "severity": "critical", "status": "firing", "since": since},
                    {"name": "SetupSlow", "severity": "warning", "status": "resolved", "since": since},
                ]
            },
        )
        self.open()
        self.tab.until("document.getElementById('fact-alerts').textContent === '1 firing'")
        self.assertEqual(self.tab.texts("#alerts li"), ["CallsFailcritical, since 03:04:05"])

    @unittest.skipUnless(os.environ.get("IFSIP_SCREENSHOT"), "no picture is wanted")
    def test_picture(self):
        self.open()
        self.tab.resize(1400, 780)
        caller, invite = self.escalate("bias")
        self.assert_status(caller.response(invite), 403)
        others = [self.connect() for _ in range(2)]
        caller, invite = self.escalate("safety")
        arrived = self.callee.expect("INVITE")
        time.sleep(0.3)
        self.callee.reply(arrived, 180, "Ringing")
        self.tab.until(self.option(EXPERT))
        self.tab.ask(f"{self.option(EXPERT)}.click()")
        time.sleep(1.7)
        self.callee.reply(arrived, 200, "OK", body=SDP)
        ok = self.assert_status(caller.response(invite), 200)
        caller.send(caller.in_dialog("ACK", invite, ok, invite.cseq))
        self.callee.expect("ACK")
        self.tab.until(f"{ARROWS}.includes('ACK')")
        self.choose_record("180 INVITE")
        self.tab.click("#key-pin")
        self.assertEqual(self.verify()[0], "good")
        # The checkpoint beside it is asked for every three seconds.
        time.sleep(3.5)
        self.tab.screenshot(os.environ["IFSIP_SCREENSHOT"])
        for call in [*others, (caller, invite, ok)]:
            self.hang_up(*call)


class Proofs(ConsoleCase):
    """Nothing that the server says of its log is believed."""

    def test_an_altered_record_does_not_verify(self):
        self.open()
        alice, invite, ok = self.connect()
        self.show_ladder_of_the_first()
        number = self.choose_record("180 INVITE")
        verdict, steps = self.verify()
        self.assertEqual((verdict, set(steps.values()) - {"open"}), ("good", {"good"}), steps)
        self.assertEqual(steps["Signature"], "good")
        path = self.proxy.state / "witness/records/0.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        start = sum(map(len, lines[:number]))
        status = start + lines[number].index(b'"status":180') + len('"status":18')
        self.assertEqual(json.loads(lines[number])["status"], 180)
        # The line, its hash and the path tell; with a hash that fits, what the page was told and the path still do.
        with self.altered(path, status):
            verdict, steps = self.verify()
            self.assertEqual((verdict, steps["Record"], steps["Path"]), ("bad", "bad", "bad"), steps)
        # Another record: its line is whole, but the tree is another one.
        with self.altered(path, start - len(lines[number - 1]) + lines[number - 1].index(b'"direction":"') + 13):
            verdict, steps = self.verify()
            self.assertEqual((verdict, steps["Record"], steps["Path"]), ("bad", "good", "bad"), steps)
        self.assertEqual(self.verify()[0], "good")
        self.hang_up(alice, invite, ok)

    def test_an_altered_tile_or_checkpoint_does_not_verify(self):
        self.open()
        while self.proxy.metrics().value("witness_records_total") <= 270:
            self.whole_call()
        alice, invite, ok = self.connect()
        self.show_ladder_of_the_first()
        self.choose_record("180 INVITE")
        verdict, steps = self.verify()
        self.assertEqual((verdict, steps["Path"]), ("good", "good"), steps)
        with self.altered(self.proxy.state / "witness/tile/0/000", 17 * 32):
            verdict, steps = self.verify()
            self.assertEqual((verdict, steps["Record"], steps["Path"]), ("bad", "good", "bad"), steps)
        self.assertEqual(self.verify()[0], "good")
        self.hang_up(alice, invite, ok)
        # Now that nothing is written: a checkpoint whose root is another one has no signature that fits.
        time.sleep(0.5)
        checkpoint = self.proxy.state / "witness/checkpoint"
        origin, size, root = checkpoint.read_bytes().split(b"\n")[:3]
        # A letter whose neighbour is one of base64, too.
        letter = next(i for i, byte in enumerate(root) if chr(byte ^ 1).isalnum())
        with self.altered(checkpoint, len(origin) + len(size) + 2 + letter):
            verdict, steps = self.verify()
            self.assertEqual((verdict, steps["Path"]), ("bad", "bad"), steps)
        self.tab.until("document.getElementById('log-signature').className === 'good'")

    def test_a_pinned_key_is_what_counts(self):
        self.open()
        alice, invite, ok = self.connect()
        self.show_ladder_of_the_first()
        self.choose_record("180 INVITE")
        self.assertEqual(self.verify()[0], "good")
        self.assertIn("which the server names", self.tab.text("#log-signature"))
        mine = (self.proxy.state / "keys/witness.pub").read_text().strip()
        self.assertIn(mine, self.tab.text("#log-fields"))
        self.tab.click("#key-pin")
        self.tab.until("document.getElementById('log-signature').textContent.includes('pinned')")
        self.assertEqual(self.verify()[0], "good")
        self.tab.click("#key-other summary")
        self.tab.ask("document.getElementById('key-input').focus()")
        self.tab.type("a mistake")
        self.tab.click("#key-form button")
        self.tab.until("document.getElementById('key-wrong').textContent.includes('Not pinned')")
        self.tab.ask("document.getElementById('key-input').value = ''")
        self.tab.ask("document.getElementById('key-input').focus()")
        self.tab.type(key_of_another(mine.split("+")[0]))
        self.tab.click("#key-form button")
        self.tab.until("document.getElementById('log-signature').className === 'bad'")
        verdict, steps = self.verify()
        self.assertEqual((verdict, steps["Signature"], steps["Path"]), ("bad", "bad", "good"), steps)
        self.hang_up(alice, invite, ok)

    def test_lines_come_to_the_byte(self):
        self.whole_call()
        self.proxy.records_until(lambda records: any(r["event"] == "call.terminated" for r in records))
        lines = (self.proxy.state / "witness/records/0.jsonl").read_bytes().splitlines()
        for number in (0, len(lines) // 2, len(lines) - 1):
            status, body = self.get_bytes(f"/v1/witness/records/{number}")
            self.assertEqual((status, body), (200, lines[number]))
        self.assertEqual(self.get_bytes("/v1/witness/records/99999999")[0], 404)

    def get_bytes(self, path: str) -> tuple[int, bytes]:
        asked = urllib.request.Request(self.origin + path, headers={"Authorization": f"Bearer {self.admin_token}"})
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


class Tokens(ConsoleCase):
    def test_what_is_wrong_with_a_token_is_said_with_what_to_do(self):
        self.expected_complaints += ("401", "403")
        self.tab.open(self.origin + "/")
        self.tab.until("document.activeElement.id === 'token-input'")
        self.tab.until("document.getElementById('fact-health').textContent === 'ok'")
        self.assertEqual(self.tab.text("#fact-posture"), "needs a token")
        narrow = self.json_of("token", "create", "--scope", "escalate")["token"]
        for bearer, said in (("nonsense", "unknown or was revoked"), (narrow, "scope read")):
            self.tab.ask("document.getElementById('token-input').value = ''")
            self.tab.type(bearer)
            self.tab.press("Enter")
            self.tab.until(f"document.getElementById('token-wrong').textContent.includes({said!r})")
        self.assertEqual(self.tab.focused(), "token-input")
        self.tab.press("Escape")
        self.tab.until("!document.getElementById('notice').hidden")
        self.assertIn("Without a token", self.tab.text("#notice-text"))
        self.tab.click("#notice-action")
        self.tab.until("document.activeElement.id === 'token-input'")
        reader = self.json_of("token", "create", "--scope", "read")
        self.tab.type(reader["token"])
        self.tab.press("Enter")
        self.tab.until("document.getElementById('fact-stream').textContent === 'live'")
        # It is this tab's alone.
        self.assertEqual(self.tab.ask("localStorage.getItem('ifsip.token')"), None)
        self.assertEqual(self.tab.ask("document.cookie"), "")
        self.assertTrue(self.tab.ask("sessionStorage.getItem('ifsip.token')"))
        self.assertNotIn(reader["token"], self.tab.ask("document.documentElement.outerHTML"))
        self.run_command("token", "revoke", reader["id"])
        self.tab.until("document.getElementById('token-why').textContent.includes('refused')", within=30)
        self.assertEqual(self.tab.ask("sessionStorage.getItem('ifsip.token')"), None)


class Gone(ConsoleCase):
    def test_a_server_that_goes_and_comes_back(self):
        self.expected_complaints += ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "503")
        self.open()
        self.whole_call()
        # A stream does not hold up the end of the server.
        began = time.monotonic()
        self.proxy.stop()
        self.assertLess(time.monotonic() - began, 10)
        self.tab.until("!document.getElementById('notice').hidden")
        self.assertRegex(self.tab.text("#notice-text"), r"Not connected: .*next attempt is in \d+ s")
        self.tab.until("document.getElementById('fact-health').textContent.includes('does not answer')")
        self.proxy.start()
        self.tab.until("document.getElementById('notice-text').textContent.includes('next attempt')")
        self.tab.click("#notice-action")
        self.tab.until("document.getElementById('fact-stream').textContent === 'live'", within=30)
        self.tab.until("document.getElementById('notice').hidden")
        alice, invite, ok = self.connect()
        self.tab.until(self.option("bob@pbx.test"))
        self.hang_up(alice, invite, ok)


class Council(ConsoleCase):
    """Rooms beside the calls, where the server has a council of its own."""

    @classmethod
    def make_proxy(cls):
        proxy = super().make_proxy()
        proxy.config["council"] = free_addresses()
        proxy.write_config()
        return proxy

    def test_a_room_appears_and_goes(self):
        self.open()
        self.tab.until("document.getElementById('rooms-count').textContent === 'no rooms now'")
        self.run_command("council", "open", "council-drill", "--capacity", "3")
        # Records of the council say that there is something new.
        self.tab.until("document.getElementById('rooms-list').textContent.includes('council-drill')")
        self.assertIn("0 of 3", self.tab.text("#rooms-list"))
        self.run_command("council", "end", "council-drill")
        self.tab.until("document.getElementById('rooms-list').children.length === 0")


class Looks(ConsoleCase):
    """Widths, colours, motion."""

    def fill(self):
        self.open()
        alice, invite, ok = self.connect()
        self.show_ladder_of_the_first()
        self.choose_record("180 INVITE")
        self.verify()
        self.addCleanup(alice.socket.close)
        return alice, invite, ok

    def test_nothing_is_wider_than_the_window(self):
        call = self.fill()
        for width in (360, 520, 760, 1024, 1180, 1600, 2560):
            self.tab.resize(width, 900)
            self.assertLessEqual(self.tab.ask("document.documentElement.scrollWidth"), width, f"at {width}")
            hidden = self.tab.ask(
                "[...document.querySelectorAll('section, header, button, h2')].filter((e) => e.checkVisibility())"
                ".filter((e) => { const r = e.getBoundingClientRect(); return r.right > innerWidth + 1 || r.left < -1; })"
                ".map((e) => e.id || e.textContent)"
            )
            self.assertEqual(hidden, [], f"at {width}")
        self.hang_up(*call)

    def test_everything_can_be_read_in_both_schemes(self):
        call = self.fill()
        for scheme in ("light", "dark"):
            self.tab.prefer("prefers-color-scheme", scheme)
            faint = self.tab.ask(CONTRAST)
            self.assertEqual(faint, [], scheme)
        self.hang_up(*call)

    def test_motion_is_a_choice(self):
        call = self.fill()
        names = "getComputedStyle(document.querySelector('#ladder-list .row')).animationName"
        self.tab.prefer("prefers-reduced-motion", "no-preference")
        self.assertEqual(self.tab.ask(names), "arrive")
        self.tab.prefer("prefers-reduced-motion", "reduce")
        self.assertEqual(self.tab.ask(names), "none")
        self.hang_up(*call)


# Texts whose contrast with what lies behind them is below 4.5 (WCAG 2.2, 1.4.3). Colours are read back from a canvas,
# since the style may name them in any way there is.
CONTRAST = """(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !element.checkVisibility() || element.closest('.unseen, noscript')) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${element.className || element.id || element.tagName}: ${texts.currentNode.textContent.trim().slice(0, 40)}`);
  }
  return faint;
})()"""


class Streams(OperatorCase):
    """The event stream as a program reads it."""

    def read(self, path: str, wanted, last: str | None = None, within: float = 10) -> list[dict]:
        """The blocks of a stream until `wanted(blocks)` holds."""
        headers = {"Authorization": f"Bearer {self.admin_token}"} | ({"Last-Event-ID": last} if last else {})
        url = f"http://127.0.0.1:{self.proxy.admin_port}{path}"
        blocks, block = [], {}
        deadline = time.monotonic() + within
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=within) as stream:
            self.assertEqual(stream.headers["Content-Type"], "text/event-stream")
            for line in stream:
                name, _, value = line.rstrip(b"\n").partition(b": ")
                if name:
                    block[name.decode()] = value
                    continue
                if "data" in block:
                    blocks.append(block)
                block = {}
                if wanted(blocks):
                    return blocks
                if time.monotonic() > deadline:
                    break
        raise AssertionError(f"not within {within} s: {blocks}")

    def test_a_reader_resumes_where_it_was(self):
        self.connect()
        records = self.proxy.records_until(lambda all_: any(r["event"] == "call.connected" for r in all_))
        start = len(records) - 4
        # What is in the file may not be told of yet: records are told once they are safe on the disk.
        told, deadline = 0, time.monotonic() + 5
        while told < len(records) and time.monotonic() < deadline:
            told = json.loads(self.read("/v1/events", lambda b: b and b[-1]["event"] == b"live")[-1]["data"])["next"]
        self.assertGreaterEqual(told, len(records))
        found: list[dict] = []
        reader = threading.Thread(
            target=lambda: found.extend(
                self.read("/v1/events", lambda b: len(b) > 12, last=str(start - 1)),
            )
        )
        reader.start()
        time.sleep(0.3)
        self.connect()
        self.connect()
        reader.join(15)
        lines = (self.proxy.state / "witness/records/0.jsonl").read_bytes().splitlines()
        kinds = [block["event"].decode() for block in found]
        self.assertEqual(kinds.count("live"), 1)
        told = [block for block in found if block["event"] == b"record"]
        numbers = [int(block["id"]) for block in told]
        self.assertEqual(numbers, list(range(start, start + len(numbers))))
        self.assertEqual([block["data"] for block in told], lines[start : start + len(numbers)])
        self.assertGreater(kinds.index("live"), 3)

    def test_so_many_and_no_more(self):
        opened = []
        try:
            for _ in range(16):
                headers = {"Authorization": f"Bearer {self.admin_token}"}
                url = f"http://127.0.0.1:{self.proxy.admin_port}/v1/events"
                opened.append(urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5))
            self.assertEqual(self.api("GET", "/v1/events", self.admin_token)[0], 503)
        finally:
            for each in opened:
                each.close()
        # Whoever has gone makes room.
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(AssertionError, urllib.error.HTTPError):
                self.read("/v1/events", lambda b: any(x["event"] == b"live" for x in b))
                break
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)


if __name__ == "__main__":
    unittest.main()
