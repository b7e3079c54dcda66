"""The registrar as phones and their operators meet it: what was acknowledged is kept, and flows lead back to phones."""

import os
import random
import re
import select
import socket
import struct
import time
import unittest

from support.case import ProxyCase
from support.proxy import DOMAIN, Proxy
from support.sip import Message, token

FULL = os.environ.get("IFSIP_FULL") == "1"
ROUNDS = 100 if FULL else 10
SEED = int(os.environ.get("IFSIP_TEST_SEED", "20240607"))
PHONE = "<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"


class Stream:
    """Many phones on one datagram socket: REGISTERs go out without waiting, a bounded number of them at a time."""

    WINDOW = 64

    def __init__(self, port: int):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.waiting: dict[str, float] = {}

    def close(self) -> None:
        self.socket.close()

    def register(self, user: str, call_id: str, cseq: int, contact: str | None) -> str:
        """Sends one REGISTER; its answer will bring the name that is returned."""
        name = f"{call_id} {cseq}"
        lines = [
            f"REGISTER sip:{DOMAIN} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={token('z9hG4bK')}",
            "Max-Forwards: 70",
            f"From: <sip:{user}@{DOMAIN}>;tag=t",
            f"To: <sip:{user}@{DOMAIN}>",
            f"Call-ID: {call_id}",
            f"CSeq: {cseq} REGISTER",
        ]
        if contact:
            lines.append(f"Contact: {contact}")
        lines += ["Content-Length: 0", "", ""]
        self.waiting[name] = time.monotonic()
        try:
            self.socket.send("\r\n".join(lines).encode())
        except ConnectionRefusedError:
            pass  # the server has just died, which is what this is about
        return name

    def answers(self, within: float) -> list[Message]:
        """What has come, or comes within so many seconds."""
        found = []
        while select.select([self.socket], [], [], 0 if found else within)[0]:
            try:
                message = Message.parse(self.socket.recv(65536))
            except ConnectionRefusedError:
                break
            if self.waiting.pop(self.name(message), None) is not None:
                found.append(message)
        return found

    @staticmethod
    def name(answer: Message) -> str:
        return f"{answer.header('Call-ID')} {answer.header('CSeq').split()[0]}"


class Loss(unittest.TestCase):
    """`kill -9` at any moment loses no registration that was acknowledged, and none that was removed comes back."""

    def run_rounds(self, rounds: int, **registrar) -> None:
        dice = random.Random(SEED)
        proxy = Proxy(
            users={"alice": "wonderland"},
            auth={"realm": DOMAIN, "invite": "required", "register": "off", "algorithms": ["MD5"]},
            flood={"messages_per_second": "off"},
            registrar=registrar,
            log={"level": "warning", "format": "json"},
        )
        self.addCleanup(proxy.remove)
        kept: dict[str, str | None] = {}
        acknowledged, unknown = 0, 0
        for number in range(rounds):
            proxy.start()
            stream = Stream(proxy.port)
            self.addCleanup(stream.close)
            state, open_names = {}, {}
            deadline = time.monotonic() + dice.uniform(0.05, 1.0)
            counter = 0

            def take(within: float, stream=stream, state=state, open_names=open_names) -> int:
                taken = 0
                for answer in stream.answers(within):
                    user, contact = open_names.pop(stream.name(answer))
                    self.assertEqual(answer.status, 200, answer.raw)
                    state[user] = contact
                    taken += 1
                return taken

            while time.monotonic() < deadline:
                while len(open_names) < Stream.WINDOW:
                    removable = [u for u, c in list(state.items())[-8:] if c] if dice.random() < 0.1 else []
                    if removable and all(u != removable[0] for u, _ in open_names.values()):
                        user = removable[0]
                        contact, cseq = state[user], 2
                        name = stream.register(user, f"c-{user}", cseq, f"{contact};expires=0")
                        open_names[name] = (user, None)
                    else:
                        user = f"r{number}u{counter}"
                        counter += 1
                        contact = f"<sip:{user}@127.0.0.1:{stream.port};n={dice.randrange(10**6)}>"
                        open_names[stream.register(user, f"c-{user}", 1, contact)] = (user, contact)
                acknowledged += take(0.02)
            proxy.kill()
            acknowledged += take(0)
            for user, _ in open_names.values():
                # Nobody has promised anything about these.
                unknown += 1
                state.pop(user, None)
            kept.update(state)
            stream.close()
            proxy.start()
            last = number == rounds - 1
            self.check(proxy, kept if last else state)
            if last:
                proxy.stop()
            else:
                proxy.kill()
        print(
            f"kill -9: {rounds} rounds, {acknowledged} acknowledged, {unknown} open at the end of a round", flush=True
        )
        self.assertGreater(acknowledged, 20 * rounds)

    def check(self, proxy: Proxy, expected: dict[str, str | None]) -> None:
        stream = Stream(proxy.port)
        users = list(expected)
        names, wrong = {}, []
        while users or names:
            while users and len(names) < Stream.WINDOW:
                user = users.pop()
                names[stream.register(user, token("fetch"), 1, None)] = user
            answers = stream.answers(2)
            if not answers:
                # A datagram may be lost on its way, even here.
                users += names.values()
                names.clear()
                stream.waiting.clear()
            for answer in answers:
                user = names.pop(stream.name(answer))
                bound = [re.sub(r">;.*", ">", value) for value in answer.all("Contact")]
                if bound != [c for c in [expected[user]] if c]:
                    wrong.append((user, expected[user], bound))
        stream.close()
        self.assertEqual(wrong[:5], [], f"{len(wrong)} of {len(expected)} are not as acknowledged")

    def test_nothing_acknowledged_is_lost(self):
        self.run_rounds(ROUNDS)

    def test_nor_with_every_registration_on_the_disk(self):
        self.run_rounds(max(ROUNDS // 10, 2), durability="strict")


class Registrar(ProxyCase):
    """Registrations with flows, names and times."""

    @classmethod
    def make_proxy(cls) -> Proxy:
        return Proxy(
            users={"alice": "wonderland", "bob": "builder"},
            registrar={"min_expires": 20, "max_expires": 900, "default_expires": 300},
            service_route=["sip:edge.if.internal;lr"],
        )

    def register(self, phone, parameters: str = "", headers=(), contact: str | None = None, call_id=None, cseq=1):
        request = phone.request(
            "REGISTER",
            f"sip:{DOMAIN}",
            to_uri=f"sip:{phone.user}@{DOMAIN}",
            headers=headers,
            cseq=cseq,
            call_id=call_id,
        )
        request.contact = (contact or request.contact) + parameters
        return phone.call(request)[-1]

    def test_times_are_the_operators(self):
        phone = self.endpoint("alice")
        brief = self.assert_status(self.register(phone, ";expires=19"), 423)
        self.assertEqual(brief.header("Min-Expires"), "20")
        for wanted, granted in ((";expires=20", 20), (";expires=901", 900), ("", 300)):
            with self.subTest(wanted=wanted):
                answer = self.assert_status(self.register(phone, wanted), 200)
                self.assertRegex(answer.header("Contact"), rf";expires={granted}\b")
        self.assertEqual(answer.header("Service-Route"), "<sip:edge.if.internal;lr>")

    def test_a_flow_is_the_only_way_to_its_phone(self):
        bob = self.endpoint("bob", transport="TCP")
        contact = "<sip:bob@10.9.9.9:5060;transport=tcp>"
        answer = self.register(
            bob, f';+sip.instance="{PHONE}";reg-id=1', headers=("Supported: outbound, path, gruu",), contact=contact
        )
        self.assert_status(answer, 200)
        self.assertEqual(answer.header("Require"), "outbound")
        self.assertGreater(int(answer.header("Flow-Timer")), 0)
        gruu = re.search(r'temp-gruu="([^"]+)"', answer.header("Contact")).group(1)

        alice = self.endpoint("alice")
        for target in (f"sip:bob@{DOMAIN}", gruu):
            with self.subTest(target=target):
                invite = alice.request("INVITE", target)
                alice.send(invite)
                challenge = alice.response(invite)
                invite.authorize(challenge, "alice", "wonderland")
                alice.send(invite)
                arrived = bob.receive()
                self.assertEqual(arrived.uri, contact[1:-1])
                self.reply(bob, arrived, "486 Busy Here")
                self.assert_status(alice.response(invite), 486)
                self.assertEqual(bob.receive().method, "ACK")

        # The phone is gone, and with it the only way.
        bob.socket.close()
        deadline = time.monotonic() + 5
        while (status := alice.call(alice.request("INVITE", gruu))[-1].status) != 404 and time.monotonic() < deadline:
            self.assertIn(status, (404, 480))
            time.sleep(0.1)
        self.assertEqual(status, 404)

    @staticmethod
    def reply(phone, request, line: str) -> None:
        copied = [f"{n}: {v}" for n, v in request.headers if n.lower() in ("via", "from", "call-id", "cseq")]
        lines = [f"SIP/2.0 {line}", *copied, f"To: {request.header('To')};tag=b", "Content-Length: 0", "", ""]
        phone.send_bytes("\r\n".join(lines).encode())

    def test_a_translators_door_is_kept_open(self):
        """STUN on the SIP socket (RFC 5626 §4.4.2): the phone hears under which address we see it."""
        phone = self.endpoint("alice")
        transaction = random.Random(SEED).randbytes(12)
        phone.send_bytes(struct.pack("!HHI", 1, 0, 0x2112A442) + transaction)
        self.assertTrue(select.select([phone.socket], [], [], 5)[0])
        answer = phone.socket.recv(2048)
        self.assertEqual(answer[:20], struct.pack("!HHI", 0x0101, 12, 0x2112A442) + transaction)
        port, address = struct.unpack("!HI", answer[26:32])
        self.assertEqual(port ^ 0x2112, phone.port)
        self.assertEqual(socket.inet_ntoa(struct.pack("!I", address ^ 0x2112A442)), "127.0.0.1")
        # What only looks like it is not answered, and harms nobody.
        phone.send_bytes(struct.pack("!HHI", 1, 8, 0x2112A442) + transaction)
        self.assertFalse(select.select([phone.socket], [], [], 0.3)[0])
        options = phone.request("OPTIONS", f"sip:127.0.0.1:{self.proxy.port}")
        self.assert_status(phone.call(options), 200)


if __name__ == "__main__":
    unittest.main()
