"""The gateway with baresip at the phone's end, whose media is SRTP; and calls to a SIPS URI."""

import shutil
import time
import unittest

from support.baresip import Phone
from support.case import EXPERT, registry
from support.h323.case import GatewayCase, GuardianCase, free_addresses
from support.media import RATE, Party, Tone, amplitude, talk
from support.ports import free_port
from support.proxy import DOMAIN
from support.pycrate_per import HAS_PYCRATE, MISSING
from support.secure import SecureCase
from support.sip import SDP, Endpoint, Request, token

HAS_BARESIP = shutil.which("baresip") is not None
# How loud the sine of baresip's microphone is, in decibels below the loudest there is: what leaves it by itself.
SINE = -10.3


class Baresip:
    """An ordinary phone that protects its media (SDES), and sends no header of ours."""

    @classmethod
    def make_proxy(cls):
        proxy = super().make_proxy()
        proxy.config["media"] = {"relay": "all", "srtp": "preferred"}
        proxy.config["tls_required_for"] = "none"
        proxy.config["escalation_targets"] = [{"uri": f"sip:council-safety@{DOMAIN}", "hazard": "safety"}]
        people = registry(headers="derived")
        people["guardians"] = cls.guardians()
        proxy.registry = people
        proxy.write_config()
        return proxy

    def baresip(self) -> Phone:
        phone = Phone(EXPERT, self.proxy.users[EXPERT], self.proxy.port, encryption="srtp-mand", records=True)
        self.addCleanup(phone.close)
        phone.wait_registered()
        return phone

    def assert_tones(self, phone: Phone, party: Party) -> None:
        """The other end hears the microphone, as loud as it is."""
        talk(party, packets=75, interval=0.02)
        heard = party.audio()[-8_000:]
        self.assertGreater(len(heard), 6_000)
        tone = Tone.of(heard)
        self.assertAlmostEqual(tone.frequency, 440, delta=2)
        self.assertAlmostEqual(tone.level, SINE, delta=0.3)

    def assert_heard(self, phone: Phone, party: Party) -> None:
        """What the phone has written down of what it heard."""
        samples = phone.recorded()[-2 * RATE :]
        self.assertGreater(len(samples), RATE // 2)
        loudest = max(
            amplitude(samples[at : at + 4_000], party.frequency) for at in range(0, len(samples) - 4_000, 2_000)
        )
        self.assertAlmostEqual(loudest / party.amplitude, 1, delta=0.1)


@unittest.skipUnless(HAS_PYCRATE and HAS_BARESIP, MISSING)
class BaresipAtACouncilOfOthers(Baresip, GatewayCase):
    def test_sound_and_keys(self):
        phone = self.baresip()
        phone.dial(f"sip:council-safety@{DOMAIN}")
        phone.wait_up()
        far = self.far().wait_connected()
        self.assert_tones(phone, far.party)
        far.party.forget()
        for key in "5#":
            phone.press(key)
            time.sleep(0.35)
        far.party.listen()
        self.assertEqual(far.party.digits(), [5, 11])
        far.party.event(9)
        self.assertEqual(phone.wait_for("CALL_DTMF_START")["param"], "9")
        phone.hang_up()
        self.assertEqual(far.wait_released().cause, 16)
        self.assert_heard(phone, far.party)


@unittest.skipUnless(HAS_PYCRATE and HAS_BARESIP, MISSING)
class BaresipAtOurCouncil(Baresip, GuardianCase):
    def test_sound(self):
        phone = self.baresip()
        phone.dial(f"sip:council-safety@{DOMAIN}")
        phone.wait_up()
        guardian = self.guardian(frequency=1_000.0).dial("council-safety").wait_connected()
        self.assert_tones(phone, guardian.party)
        phone.hang_up()
        self.wait_metric("council_participants", 1)
        guardian.release()
        self.assert_heard(phone, guardian.party)


class CouncilBySIPS(SecureCase):
    """A SIPS URI: into the council of this node, and not into that of others (RFC 3261 §26.2.2, RFC 5630)."""

    @classmethod
    def make_proxy(cls):
        cls.config = {"council": free_addresses()}
        proxy = super().make_proxy()
        proxy.registry = registry()
        proxy.write_config()
        proxy.add_user(EXPERT, "second-opinion")
        return proxy

    def call(self) -> tuple[Endpoint, Request]:
        phone = self.secure(EXPERT)
        headers = (f"X-IF-Trace-ID: {token('trace-')}", "X-IF-Hazard: safety")
        return phone, self.invite(phone, f"sips:council@{DOMAIN}", headers=headers, body=SDP)

    def test_the_council_of_this_node(self):
        phone, invite = self.call()
        ok = self.assert_status(phone.responses(invite), 200)
        self.assertEqual(ok.header("Contact"), "<sips:gateway.invalid>")
        self.assertRegex(ok.all("Record-Route")[0], f"^<sips:127.0.0.1:{self.port};transport=tcp;lr")
        phone.send(phone.in_dialog("ACK", invite, ok, invite.cseq))
        again = phone.in_dialog("INVITE", invite, ok, invite.cseq + 1)
        again.body = SDP
        phone.send(again)
        self.assert_status(phone.responses(again), 200)
        phone.send(phone.in_dialog("ACK", invite, ok, again.cseq))
        bye = phone.in_dialog("BYE", invite, ok, invite.cseq + 2)
        phone.send(bye)
        self.assert_status(phone.response(bye), 200)

    def test_the_council_of_others(self):
        former = self.proxy.config["council"]
        self.proxy.config["council"] = {**free_addresses(), "external": {"mcu": f"127.0.0.1:{free_port()}"}}
        self.proxy.write_config()
        self.proxy.restart()
        try:
            phone, invite = self.call()
            refusal = self.assert_status(phone.responses(invite), 480)
            self.assertRegex(refusal.header("Warning"), '^380 if.internal "SIPS Not Allowed')
        finally:
            self.proxy.config["council"] = former
            self.proxy.write_config()
            self.proxy.restart()


if __name__ == "__main__":
    unittest.main()
