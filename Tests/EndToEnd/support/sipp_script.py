"""Scenarios for sipp that are put together from steps, where a file for each of their variants would say the same again."""

from xml.sax.saxutils import quoteattr

SDP = """v=0
o=- 1 {version} IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP {formats}
a=rtpmap:0 PCMU/8000
{lines}"""


def sdp(*lines: str, version: int = 1, formats: str = "0") -> str:
    return SDP.format(version=version, formats=formats, lines="\n".join(lines)).rstrip("\n") + "\n"


class Script:
    """Steps of one scenario; `text` is what sipp reads."""

    def __init__(self, name: str):
        self.name = name
        self.steps: list[str] = []
        self.unused: set[str] = set()

    @property
    def text(self) -> str:
        kept = ",".join(sorted(self.unused))
        tail = f'<Reference variables="{kept}"/>' if kept else ""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name={quoteattr(self.name)}>\n'
            + "\n".join(self.steps)
            + f"\n{tail}\n</scenario>\n"
        )

    @property
    def place(self) -> int:
        return len(self.steps)

    def send(self, head: list[str], body: str = "", kind: str = "application/sdp", repeats: bool = True) -> "Script":
        lines = [*head, *([f"Content-Type: {kind}"] if body else []), f"Content-Length: {'[len]' if body else 0}", ""]
        retrans = ' retrans="500"' if repeats else ""
        self.steps.append(f"<send{retrans}><![CDATA[\n\n" + "\n".join(lines) + f"\n{body}\n]]></send>")
        return self

    def expect(self, what: int | str, /, *, optional: bool = False, auth: bool = False, **found: tuple) -> "Script":
        """A response by its status or a request by its method. Each of `found` is a place (`hdr`, `body`, `msg`), the name of
        a header, and an expression that has to match there; its first group, or all of it, goes into the variable."""
        kind = f'response="{what}"' if isinstance(what, int) else f'request="{what}"'
        if what in (180, 183, 200, "INVITE"):
            kind += ' rrs="true"'
        options = (' optional="true"' if optional else "") + (' auth="true"' if auth else "")
        actions = ""
        for variable, (place, header, expression) in found.items():
            where = f' header="{header}:"' if header else ""
            actions += (
                f'<ereg regexp={quoteattr(expression)} search_in="{place}"{where} check_it="true" '
                f'assign_to="{variable}"/>'
            )
            self.unused |= set(variable.split(","))
        self.steps.append(f"<recv {kind}{options}>{f'<action>{actions}</action>' if actions else ''}</recv>")
        return self

    def pause(self, milliseconds: int) -> "Script":
        self.steps.append(f'<pause milliseconds="{milliseconds}"/>')
        return self

    def answer(self, body: str = "") -> "Script":
        """200 to the request within the dialog that came last."""
        head = ["SIP/2.0 200 OK", "[last_Via:]", "[last_From:]", "[last_To:]", "[last_Call-ID:]", "[last_CSeq:]"]
        contact = ["Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>"] if body else []
        return self.send([*head, *contact], body, repeats=False)

    def ended(self) -> "Script":
        """The other side hangs up."""
        self.expect("BYE")
        self.answer()
        return self.pause(200)


class Caller(Script):
    """Somebody who calls the council with credentials and the headers of an escalation, up to the challenge's answer."""

    def __init__(
        self,
        name: str,
        *headers: str,
        offer: str | None = None,
        kind: str = "application/sdp",
        formats: str = "0 101",
    ):
        super().__init__(name)
        self.headers, self.offer = headers, sdp(formats=formats) if offer is None else offer
        self.cseq, self.version = 1, 1
        self.send(self._invite(), self.offer, kind)
        self.expect(100, optional=True)
        self.expect(407, auth=True)
        self.send([*self._head("ACK", "[target]", branch=3), "[last_To:]", "CSeq: 1 ACK"], repeats=False)
        self.cseq = 2
        self.invited = self.place
        self.send([*self._invite(), "[authentication]"], self.offer, kind)
        self.expect(100)

    def _head(self, method: str, uri: str, branch: int = 0) -> list[str]:
        tail = f"-{branch}" if branch else ""
        return [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch{tail}]",
            "Max-Forwards: 70",
            "From: <sip:[caller]>;tag=[pid]caller[call_number]",
            "Call-ID: [call_id]",
        ]

    def _contact(self) -> str:
        return "Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>"

    def _invite(self) -> list[str]:
        facts = ["X-IF-Trace-ID: [trace]-[call_number]", "X-IF-Hazard: safety", *self.headers]
        return [
            *self._head("INVITE", "[target]"),
            "To: <[target]>",
            f"CSeq: {self.cseq} INVITE",
            self._contact(),
            *facts,
        ]

    def within(
        self, method: str, *headers: str, cseq: int | None = None, body: str = "", kind: str = "application/sdp"
    ) -> "Caller":
        """A request within the dialog; without `cseq` of the next number."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        head = [*self._head(method, "[next_url]"), "[routes]", "To: <[target]>[peer_tag_param]"]
        head += [f"CSeq: {cseq} {method}", self._contact(), *headers]
        self.send(head, body, kind, repeats=method != "ACK")
        return self

    def acknowledge(self, body: str = "", cseq: int = 2) -> "Caller":
        return self.within("ACK", cseq=cseq, body=body)

    def prack(self, status: int, body: str = "", **found: tuple) -> "Caller":
        """A reliable provisional response, and its PRACK with its answer."""
        self.expect(status, rseq=("hdr", "RSeq", "[0-9]+"), required=("hdr", "Require", "100rel"), **found)
        self.within("PRACK", "RAck: [$rseq] 2 INVITE", body=body)
        self.unused.discard("rseq")
        self.expect(200, pracked=("hdr", "CSeq", "PRACK"))
        return self

    def change(self, method: str, direction: str, expected: str) -> "Caller":
        """A re-INVITE or UPDATE with a new direction, and what its answer has to say."""
        self.version += 1
        self.within(method, body=sdp(f"a={direction}", version=self.version, formats="0 101"))
        self.expect(100, optional=True)
        self.expect(200, changed=("body", "", f"a={expected}"))
        if method == "INVITE":
            self.acknowledge(cseq=self.cseq)
        return self

    def cancel(self) -> "Caller":
        """CANCEL, 200 and 487 in either order, and the ACK."""
        self.send(
            [
                *self._head("CANCEL", "[target]", branch=self.place - self.invited),
                "To: <[target]>",
                f"CSeq: {self.cseq} CANCEL",
            ]
        )
        # sipp may meet the two in either order.
        self.expect(200, optional=True)
        self.expect(487)
        ack = [*self._head("ACK", "[target]", branch=self.place - self.invited), "[last_To:]", f"CSeq: {self.cseq} ACK"]
        self.send(ack, repeats=False)
        return self.pause(300)

    def bye(self) -> "Caller":
        self.within("BYE")
        self.expect(200)
        return self


class Callee(Script):
    """Somebody who is called; what responses repeat is kept, since other requests may come before the answer."""

    def __init__(self, name: str, **found: tuple):
        super().__init__(name)
        self.to = ";tag=[pid]callee[call_number]"
        self.expect(
            "INVITE",
            **{"request,way": ("msg", "", r"SIP/2\.0[[:cntrl:]]+(.*)Max-Forwards: ")},
            cseq=("hdr", "CSeq", ".*"),
            to=("hdr", "To", ".*"),
            **{"from": ("hdr", "From", ".*")},
            supported=("hdr", "Supported", "100rel"),
            **found,
        )
        self.unused -= {"way", "cseq", "to"}
        self.number = 0

    def respond(self, status: str, *headers: str, body: str = "", repeats: bool = False) -> "Callee":
        head = [f"SIP/2.0 {status}", "[last_From:]", f"[$way]To:[$to]{self.to}", "[last_Call-ID:]", "CSeq:[$cseq]"]
        head += ["Contact: <sip:callee@[local_ip]:[local_port];transport=[transport]>", *headers]
        self.send(head, body, repeats=repeats)
        return self

    def reliably(self, status: str, rseq: int, body: str = "", **found: tuple) -> "Callee":
        """A reliable provisional response, and its PRACK."""
        self.respond(status, "Require: 100rel", f"RSeq: {rseq}", body=body, repeats=True)
        self.expect("PRACK", rack=("hdr", "RAck", f"{rseq} 1 INVITE"), **found)
        self.answer()
        return self

    def within(self, method: str, body: str = "", *, is_ack: bool = False) -> "Callee":
        """A request of ours within the dialog."""
        self.number += 0 if is_ack else 1
        head = [f"{method} [next_url] SIP/2.0", "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]"]
        head += ["[routes]", "Max-Forwards: 70", f"From:[$to]{self.to}", "To:[$from]", "Call-ID: [call_id]"]
        head += [f"CSeq: {self.number} {method}", "Contact: <sip:callee@[local_ip]:[local_port];transport=[transport]>"]
        self.send(head, body, repeats=not is_ack)
        return self

    def change(self, method: str, direction: str, expected: str) -> "Callee":
        """A re-INVITE or UPDATE with a new direction, and what its answer has to say."""
        self.within(method, sdp(f"a={direction}", version=self.number + 2, formats="0 101"))
        self.expect(100, optional=True)
        self.expect(200, changed=("body", "", f"a={expected}"))
        if method == "INVITE":
            self.within("ACK", is_ack=True)
        return self

    def bye(self) -> "Callee":
        self.within("BYE")
        self.expect(200)
        return self
