"""The story that tools/demo tells: a call, two refusals, and the record of them. Everything shown was measured or read
from what the server wrote; nothing is prepared beforehand."""

import argparse
import re
import shutil
import sys
import textwrap
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

from support.case import EXPERT, registry
from support.ports import free_port
from support.proxy import DOMAIN, Proxy
from support.sip import Callee
from support.sipp import Sipp

COLOUR = sys.stdout.isatty()
UNICODE = (sys.stdout.encoding or "").lower().startswith("utf")
LINE, RIGHT, LEFT, BAR, TICK, CROSS = "─▶◀│✔✘" if UNICODE else "-><|+x"
LANE = 30


def paint(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def bold(text: str) -> str:
    return paint("1", text)


def dim(text: str) -> str:
    return paint("2", text)


def status_colour(status: int) -> str:
    return "32" if status < 300 else "33" if status in (401, 407) else "31"


def chapter(number: int, title: str) -> None:
    print(f"\n{bold(f'{number}. {title}')}")


def say(text: str) -> None:
    print(textwrap.fill(text, 96, initial_indent="   ", subsequent_indent="   "))


def moment(record: dict) -> datetime:
    return datetime.strptime(record["time"], "%Y-%m-%dT%H:%M:%S.%fZ")


class Ladder:
    """Messages between three stations, one line each, from the witness records of one call."""

    def __init__(self, left: str, right: str, right_address: str, phrases: dict[int, str]):
        self.right_address, self.phrases = right_address, phrases
        self.start: datetime | None = None
        head = f"{left:<{LANE - 1}}ifsip-proxy{right:>{LANE - 2}}"
        print(f"\n   {dim('       ms')}   {bold(head)}")

    def arrow(self, text: str, towards_right: bool, width: int) -> str:
        text = text[: width - 5]
        room = width - len(text) - 4
        before, after = (LINE * 2, LINE * max(1, room))
        body = f"{before} {text} {after}"
        return body + RIGHT if towards_right else LEFT + body

    def show(self, record: dict) -> None:
        if self.start is None:
            self.start = moment(record)
        since = (moment(record) - self.start).total_seconds() * 1000
        if record["event"].startswith("call."):
            title = record["event"].replace(".", " ")
            extra = record.get("details", {})
            notes = [
                f"{key.removesuffix('_ms')} {extra[key]} ms" for key in ("setup_ms", "duration_ms") if key in extra
            ]
            line = f"{' ' * (LANE + 4)}{dim(BAR)} {bold(title)}" + (dim(f"  {', '.join(notes)}") if notes else "")
        else:
            line = self.message(record)
        print(f"   {since:9.2f}   {line}")

    def message(self, record: dict) -> str:
        status = record.get("status")
        text = f"{status} {self.phrases.get(status, '')}".strip() if status else record["method"]
        details = record.get("details", {})
        from_right = record["peer"]["address"] == self.right_address
        forwarded = details.get("forwarded_to")
        outgoing = details.get("direction") == "out"
        arrow_width = LANE + 2
        left = right = " " * (arrow_width + 1)
        if outgoing and from_right:
            right = self.arrow(text, True, arrow_width)
        elif outgoing:
            left = self.arrow(text, False, arrow_width)
        elif from_right:
            right = self.arrow(text, False, arrow_width)
            left = self.arrow(text, False, arrow_width) if forwarded else left
        else:
            left = self.arrow(text, True, arrow_width)
            right = self.arrow(text, True, arrow_width) if forwarded else right
        if status:
            left, right = (paint(status_colour(status), part) for part in (left, right))
        return f"{left} {dim(BAR)} {right}".rstrip()


def phrases(messages: str) -> dict[int, str]:
    """The reason phrases of the responses in a sipp trace."""
    found = {
        int(status): phrase.strip() for status, phrase in re.findall(r"^SIP/2\.0 (\d{3}) (.*)$", messages, re.MULTILINE)
    }
    return {**found, 407: "Authentication Required"}


def tell_call(proxy: Proxy, port: int) -> tuple[str, float]:
    """One call from sipp to sipp, told from the records. Returns its Call-ID and its set-up time in milliseconds."""
    callee = Sipp.callee("uas", port=port)
    caller = Sipp.caller(
        "uac", ("127.0.0.1", proxy.port), "alice", "wonderland", target="sip:bob@pbx.test", arguments=("-d", "400")
    )
    messages = caller.wait()
    callee.wait()
    records = proxy.records_until(lambda all_records: any(r["event"] == "call.terminated" for r in all_records))
    call_id = next(r["call_id"] for r in records if r["event"] == "call.terminated")
    mine = [r for r in records if r.get("call_id") == call_id and r["event"].startswith(("sip.", "call."))]
    ladder = Ladder("alice (sipp)", "bob (sipp)", f"127.0.0.1:{port}", phrases(messages))
    for record in mine:
        ladder.show(record)
    invites = [r for r in mine if r.get("method") == "INVITE"]
    with_credentials = [r for r in invites if "status" not in r][-1]
    answered = next(r for r in invites if r.get("status") == 200)
    return call_id, (moment(answered) - moment(with_credentials)).total_seconds() * 1000


def tell_refusal(proxy: Proxy, scenario: str, port: int, **keys: str) -> None:
    seen = len(proxy.records())
    caller = Sipp.caller(
        scenario,
        ("127.0.0.1", proxy.port),
        EXPERT,
        "second-opinion",
        target=f"sip:council@{DOMAIN}",
        caller_uri=f"{EXPERT}@external.advisor",
        **keys,
    )
    messages = caller.wait()
    records = proxy.records_until(lambda all_records: any(r["event"] == "call.rejected" for r in all_records[seen:]))
    ladder = Ladder("expert (sipp)", "council", f"127.0.0.1:{port}", phrases(messages))
    for record in records[seen:]:
        if record["event"].startswith(("sip.", "call.")):
            ladder.show(record)
    for line in messages.splitlines():
        if line.startswith("Reason:"):
            say(f"{dim('and on the wire:')} {line}")


def tell_witness(proxy: Proxy, call_id: str) -> None:
    verified = proxy.verify()
    print(f"\n   $ ifsip-proxy witness verify {proxy.state / 'witness'}")
    print(textwrap.indent(verified.stdout.rstrip(), "   "))
    expect(verified.returncode == 0, "the untouched log verifies")
    copy = proxy.folder / "changed-witness"
    shutil.copytree(proxy.state / "witness", copy)
    segment = next((copy / "records").glob("*.jsonl"))
    data = bytearray(segment.read_bytes())
    place = data.index(b'"status":200')
    place += len('"status":')
    record = bytes(data[:place]).count(b"\n")
    data[place] = ord("4")
    segment.write_bytes(data)
    say(f"Now a copy in which one byte is another: in record {record}, status 200 became 400.")
    found = proxy.verify(copy)
    print(f"\n   $ ifsip-proxy witness verify {copy}")
    print(textwrap.indent((found.stdout + found.stderr).rstrip(), "   "))
    expect(found.returncode == 1, "the changed byte was found")


def expect(holds: bool, text: str) -> None:
    print(f"   {paint('32', TICK) if holds else paint('31', CROSS)} {text}")
    if not holds:
        raise AssertionError(text)


METRICS = (
    "sip_calls_total{",
    "sip_call_setup_seconds_sum",
    "sip_call_setup_seconds_count",
    "sip_active_calls",
    "sip_requests_total{",
    "sip_security_rejections_total{",
)


def tell_metrics(proxy: Proxy) -> None:
    metrics = proxy.metrics()
    print(f"\n   $ curl http://127.0.0.1:{proxy.admin_port}/metrics   {dim('(the lines that are not 0)')}")
    for line in metrics.text.splitlines():
        if line.startswith(METRICS) and not line.endswith((" 0", " 0.0")):
            print(f"   {line}")
    expect(metrics.value("sip_calls_total", result="answered") == 1, "one call answered")
    expect(metrics.value("sip_calls_total", result="rejected") == 2, "two rejected")
    expect(metrics.value("sip_active_calls") == 0, "none left open")


def tell(proxy: Proxy, port: int) -> None:
    print(bold("\nifsip-proxy: a call, two refusals, and the record of them"))
    say(f"Everything runs on loopback and keeps its state in {proxy.folder}.")

    chapter(1, "The server starts")
    began = time.monotonic()
    proxy.start()
    ready = (time.monotonic() - began) * 1000
    say(
        f"SIP on 127.0.0.1:{proxy.port} (UDP and TCP), metrics on 127.0.0.1:{proxy.admin_port}; ready after {ready:.0f} ms."
    )
    say(
        f"Users alice and {EXPERT} have passwords. sip:…@pbx.test leads to bob on port {port}. sip:council@{DOMAIN} is an "
        "escalation target: it wants IF headers, and a caller whom the registry knows."
    )

    chapter(2, "Alice calls Bob")
    say("Her first INVITE has no credentials and is challenged; the second one goes through.")
    call_id, setup = tell_call(proxy, port)
    print()
    expect(True, f"set up in {setup:.2f} ms from the INVITE with credentials to the 200")

    chapter(3, "An expert escalates, but says neither what about nor which decision")
    council = Callee(("127.0.0.1", 9), user="council", bind_port=port)
    try:
        tell_refusal(proxy, "uac_escalation_bare", port)
        chapter(4, "The same expert, with headers, about a hazard that nobody covers")
        tell_refusal(proxy, "uac_escalation_refused", port, trace="demo-1", hazard="volcano")
        print()
        expect(council.receive(0.2) is None, "not one packet of either reached the council")
    finally:
        council.socket.close()

    chapter(5, "The witness")
    tell_witness(proxy, call_id)

    chapter(6, "The numbers")
    tell_metrics(proxy)

    chapter(7, "The server stops")
    began = time.monotonic()
    proxy.stop()
    expect(True, f"SIGTERM, and a clean end after {(time.monotonic() - began) * 1000:.0f} ms")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/demo")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    port = free_port()
    proxy = Proxy(
        users={"alice": "wonderland", EXPERT: "second-opinion"},
        registry=registry(),
        routes=[
            {"match": "sip:*@pbx.test", "next_hop": f"sip:127.0.0.1:{port}"},
            {"match": f"sip:council@{DOMAIN}", "next_hop": f"sip:127.0.0.1:{port}"},
        ],
    )
    try:
        tell(proxy, port)
    except AssertionError as error:
        print(f"\n{paint('31', 'The demo did not go as it should:')} {error}\n{proxy.log()}", file=sys.stderr)
        return 1
    finally:
        proxy.kill()
        if options.keep:
            print(f"\n   Kept: {proxy.folder}. Start it again with")
            print(f"   .build/release/ifsip-proxy serve --config {proxy.config_path}")
        else:
            proxy.remove()
    print(f"\n   {dim('By hand, with sipp or with two phones: README.md. All tests: tools/test.')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
