"""Phones of three makes (baresip, linphone, pjsua2) call each other through the proxy, in every pair."""

import itertools
import shutil
import time
import unittest

from support.baresip import Phone
from support.case import ProxyCase
from support.linphone import Linphone
from support.pjsua import Pjsua, has_pjsua
from support.proxy import Proxy

MAKES = {
    "baresip": Phone,
    **({"linphone": Linphone} if shutil.which("linphonec") else {}),
    **({"pjsua": Pjsua} if has_pjsua() else {}),
}
USERS = {"alice": "wonderland", "bob": "builder", "carol": "christmas"}


class ClientCase(ProxyCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        return Proxy(users=USERS)

    def phone(self, make: str, user: str, **options):
        """A registered phone of this make, that goes when the test ends."""
        phone = MAKES[make](user, USERS[user], self.proxy.port, **options)
        self.addCleanup(phone.close)
        phone.wait_registered()
        return phone


class Pairs(ClientCase):
    """Each make calls each: the call is answered, put on hold and taken back by either side, and hung up."""

    transport = "udp"

    def test_every_pair(self):
        for caller_make, callee_make in itertools.product(MAKES, repeat=2):
            with self.subTest(caller=caller_make, callee=callee_make), self.counted(answered=1):
                caller = self.phone(caller_make, "alice", transport=self.transport)
                callee = self.phone(callee_make, "bob", transport=self.transport)
                caller.dial(callee.uri)
                callee.wait_ringing()
                callee.answer()
                caller.wait_up()
                callee.wait_up()
                for holding, held in ((caller, callee), (callee, caller)):
                    # The ACK of the last INVITE is not seen by who waits here: a phone that has none refuses (491).
                    time.sleep(0.3)
                    holding.hold()
                    held.wait_held()
                    time.sleep(0.3)
                    holding.resume()
                    held.wait_resumed()
                time.sleep(0.3)
                callee.hang_up()
                caller.wait_over()
                callee.wait_over()
            # The next pair has other phones under the same names.
            self.doCleanups()


class PairsOverTCP(Pairs):
    transport = "tcp"


class Crossing(ClientCase):
    """One phone on TCP, the other on UDP."""

    def test_tcp_and_udp(self):
        for make in MAKES:
            for transports in (("tcp", "udp"), ("udp", "tcp")):
                with self.subTest(make=make, transports=transports), self.counted(answered=1):
                    caller, callee = (
                        self.phone(make, user, transport=transport)
                        for user, transport in zip(("alice", "bob"), transports, strict=True)
                    )
                    caller.dial(callee.uri)
                    callee.wait_ringing()
                    callee.answer()
                    caller.wait_up()
                    callee.wait_up()
                    caller.hang_up()
                    callee.wait_over()
                    caller.wait_over()
                self.doCleanups()


class Forking(ClientCase):
    """Bob has three phones."""

    def setUp(self) -> None:
        makes = list(itertools.islice(itertools.cycle(MAKES), 3))
        self.phones = [self.phone(make, "bob") for make in makes]
        self.alice = self.phone("baresip", "alice")

    def test_first_answer_wins_and_the_others_are_cancelled(self):
        for winner in self.phones:
            with self.subTest(winner=type(winner).__name__), self.counted(answered=1):
                self.alice.dial(winner.uri)
                for phone in self.phones:
                    phone.wait_ringing()
                winner.answer()
                self.alice.wait_up()
                winner.wait_up()
                for phone in self.phones:
                    if phone is not winner:
                        phone.wait_over()
                self.alice.hang_up()
                winner.wait_over()
                self.alice.wait_over()

    def test_caller_gives_up_and_all_are_cancelled(self):
        with self.counted(cancelled=1):
            self.alice.dial(self.phones[0].uri)
            for phone in self.phones:
                phone.wait_ringing()
            self.alice.hang_up()
            for phone in self.phones:
                phone.wait_over()

    def test_one_refuses_and_another_answers(self):
        refuses, answers, other = self.phones
        with self.counted(answered=1):
            self.alice.dial(answers.uri)
            for phone in self.phones:
                phone.wait_ringing()
            refuses.hang_up()
            refuses.wait_over()
            answers.answer()
            self.alice.wait_up()
            answers.wait_up()
            other.wait_over()
            answers.hang_up()
            self.alice.wait_over()
            answers.wait_over()


if __name__ == "__main__":
    unittest.main()
