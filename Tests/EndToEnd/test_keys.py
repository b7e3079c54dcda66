"""Keys between phones that want them differently: telephone events of other numbers, and SIP INFO."""

import re
import struct
import threading
import time
import unittest

from support.media import talk
from support.media_case import Call, MediaCase
from support.sip import Callee, Message

ALLOW = ("Allow: INVITE, ACK, CANCEL, BYE, INFO",)


class KeyCase(MediaCase):
    def dial_between(
        self, near_formats: str, far_formats: str, *, near_allow=ALLOW, far_allow=ALLOW, near_lines=(), far_lines=()
    ) -> Call:
        near, far = self.party(), self.party(frequency=1_000.0, amplitude=4_000)
        caller = Callee(self.udp, user="alice", password=self.proxy.users["alice"])
        self.addCleanup(caller.socket.close)
        invite = self.invite(
            caller, "sip:bob@pbx.test", body=near.sdp(*near_lines, formats=near_formats), headers=near_allow
        )
        offered = self.callee.expect("INVITE")
        body = far.sdp(*far_lines, formats=far_formats)
        self.callee.reply(offered, 200, "OK", body=body, headers=far_allow)
        ok = self.assert_status(caller.response(invite), 200)
        caller.send(caller.in_dialog("ACK", invite, ok, invite.cseq))
        self.callee.expect("ACK")
        near.follow(ok.body)
        far.follow(offered.body)
        call = Call(caller, self.callee, invite, ok, near, far, offered)
        talk(near, far, packets=5)
        return call

    def info(self, call: Call, digit: str, cseq: int) -> int:
        """The callee presses a key by INFO; the status it gets."""
        offered = call.offered
        request = call.callee.request(
            "INFO",
            re.search(r"<([^>]*)>", offered.header("Contact")).group(1),
            from_uri=re.search(r"<([^>]*)>", offered.header("To")).group(1),
            from_tag="callee",
            call_id=offered.header("Call-ID"),
            cseq=cseq,
            headers=tuple(f"Route: {value}" for value in offered.all("Record-Route")),
            body=f"Signal={digit}\r\nDuration=120\r\n",
        )
        request.to_header, request.content_type = offered.header("From"), "application/dtmf-relay"
        call.callee.send_bytes(request.encode(), offered.source)
        return call.callee.response(request).status

    def keys_arrived(self, endpoint, count: int, within: float = 3.0) -> list[Message]:
        """So many INFO requests, each answered."""
        arrived = []
        for _ in range(count):
            request = endpoint.expect("INFO", within=within)
            endpoint.reply(request, 200, "OK")
            arrived.append(request)
        return arrived


class OtherNumbers(KeyCase):
    def test_a_phone_that_sends_its_own_number_is_understood(self):
        call = self.dial_between("0 101", "0 96", far_lines=("a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-15"))
        for digit in (1, 2, 2, 11):
            call.near.event(digit)
            time.sleep(0.02)
        time.sleep(0.05)
        call.far.listen()
        pressed = {data[4:8]: data[12] for data, _ in call.far.heard if data[1] & 0x7F == 96}
        self.assertEqual(list(pressed.values()), [1, 2, 2, 11])
        self.assertEqual({data[1] & 0x7F for data, _ in call.far.heard}, {0, 96})
        self.end(call)


class EventsAndInfo(KeyCase):
    def test_events_become_info_once_each_in_order(self):
        call = self.dial_between("0 101", "0")
        self.assertIn(b"telephone-event", call.offered.body)
        self.assertIn(b"a=rtpmap:101 telephone-event/8000", call.ok.body)
        self.assertRegex(call.ok.body.decode(), r"m=audio \d+ RTP/AVP 0 101\r\n")
        call.far.forget()
        for digit in (1, 2, 2, 11):
            call.near.event(digit)
            time.sleep(0.02)
        arrived = self.keys_arrived(call.callee, 4)
        self.assertEqual([request.header("Content-Type") for request in arrived], ["application/dtmf-relay"] * 4)
        signals = [request.body.decode().split("\r\n")[0] for request in arrived]
        self.assertEqual(signals, ["Signal=1", "Signal=2", "Signal=2", "Signal=#"])
        numbers = [int(request.header("CSeq").split()[0]) for request in arrived]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreater(numbers[0], int(call.offered.header("CSeq").split()[0]))
        self.assertIsNone(call.callee.receive(0.3))
        call.far.listen()
        self.assertEqual([data for data, _ in call.far.heard if data[1] & 0x7F == 101], [])
        # Sound goes on, and nothing is missing in it.
        self.assert_talk(call)
        numbers = sorted(struct.unpack("!H", data[2:4])[0] for data, _ in call.far.heard)
        self.assertEqual(len(numbers), numbers[-1] - numbers[0] + 1)
        self.end(call)
        self.assertEqual(self.proxy.verify().returncode, 0)

    def test_info_becomes_an_event_once_each(self):
        call = self.dial_between("0 101", "0")
        stop = threading.Event()

        def speak():
            while not stop.is_set():
                call.far.send(call.far.voice())
                time.sleep(0.02)

        speaking = threading.Thread(target=speak)
        speaking.start()
        try:
            call.near.forget()
            for number, digit in enumerate("159#"):
                self.assertEqual(self.info(call, digit, 30 + number), 200)
            time.sleep(1.6)
        finally:
            stop.set()
            speaking.join()
        call.near.listen()
        heard = call.near.digits()
        self.assertEqual(heard, [1, 5, 9, 11])
        numbers = [struct.unpack("!H", data[2:4])[0] for data, _ in call.near.heard]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        ends = [data for data, _ in call.near.heard if data[1] & 0x7F == 101 and data[13] & 0x80]
        self.assertEqual({struct.unpack("!H", data[14:16])[0] for data in ends}, {960})
        # The caller saw nothing of the INFO requests.
        self.assertIsNone(call.caller.receive(0.2))
        self.end(call)

    def test_the_caller_may_be_the_one_without_events(self):
        call = self.dial_between("0", "0 101")
        self.assertRegex(call.offered.body.decode(), r"m=audio \d+ RTP/AVP 0 101\r\n")
        self.assertNotIn(b"telephone-event", call.ok.body)
        self.assertRegex(call.ok.body.decode(), r"m=audio \d+ RTP/AVP 0\r\n")
        call.far.event(7)
        (arrived,) = self.keys_arrived(call.caller, 1)
        self.assertIn(b"Signal=7", arrived.body)
        self.end(call)

    def test_numbers_of_later_requests_go_on(self):
        call = self.dial_between("0 101", "0")
        call.near.event(1)
        call.near.event(2)
        arrived = self.keys_arrived(call.callee, 2)
        last = int(arrived[-1].header("CSeq").split()[0])
        # The caller knows nothing of them, and goes on with its own next number.
        following = call.invite.cseq + 1
        self.assertGreaterEqual(last, following)
        request = call.caller.in_dialog("INVITE", call.invite, call.ok, following)
        request.body = call.near.sdp(version=2)
        request.headers = (*request.headers, *ALLOW)
        call.caller.send(request)
        again = call.callee.expect("INVITE")
        number = int(again.header("CSeq").split()[0])
        self.assertGreater(number, last)
        call.callee.reply(again, 200, "OK", body=call.far.sdp(formats="0"), headers=ALLOW)
        ok = self.assert_status(call.caller.response(request), 200)
        self.assertEqual(ok.header("CSeq"), f"{following} INVITE")
        call.caller.send(call.caller.in_dialog("ACK", call.invite, call.ok, following))
        self.assertEqual(call.callee.expect("ACK").header("CSeq"), f"{number} ACK")
        call.near.event(3)
        (third,) = self.keys_arrived(call.callee, 1)
        self.assertGreater(int(third.header("CSeq").split()[0]), number)
        done = self.proxy.command("calls", "hangup", call.invite.call_id, "--config", str(self.proxy.config_path))
        self.assertEqual(done.returncode, 0, done.stderr)
        bye = call.callee.expect("BYE")
        self.assertGreater(int(bye.header("CSeq").split()[0]), int(third.header("CSeq").split()[0]))
        call.callee.reply(bye, 200, "OK")

    def test_a_key_that_is_refused_lets_the_next_one_go(self):
        call = self.dial_between("0 101", "0")
        call.near.event(1)
        call.near.event(2)
        call.callee.reply(call.callee.expect("INFO"), 415, "Unsupported Media Type")
        second = call.callee.expect("INFO")
        self.assertIn(b"Signal=2", second.body)
        call.callee.reply(second, 200, "OK")
        self.end(call)

    def test_who_does_not_take_info_is_left_alone(self):
        call = self.dial_between("0 101", "0", far_allow=())
        self.assertNotIn(b"telephone-event", call.ok.body)
        call.near.event(1)
        self.assertIsNone(call.callee.receive(0.3))
        self.end(call)

    def test_info_passes_where_both_speak_alike(self):
        for formats in ("0 101", "0"):
            call = self.dial_between(formats, formats)
            request = call.caller.in_dialog("INFO", call.invite, call.ok, 20)
            request.content_type = "application/dtmf-relay"
            request.body = "Signal=4\r\nDuration=100\r\n"
            call.caller.send(request)
            (arrived,) = self.keys_arrived(call.callee, 1)
            self.assertEqual(arrived.body, b"Signal=4\r\nDuration=100\r\n")
            self.assert_status(call.caller.response(request), 200)
            self.end(call)


if __name__ == "__main__":
    unittest.main()
