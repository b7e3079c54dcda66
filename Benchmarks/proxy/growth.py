"""How the cost of a call grows: user-mode instructions per call (valgrind's cachegrind) while one thing at a time grows.

  growth.py [reactors] [users] [via] [record-route] [body]     all five when none is named
    --users 10,100,1000,10000,100000    other steps for one of them; likewise --reactors, --via, --record-route, --body
    --calls 600                         calls that are counted at every step
    --markdown FILE  --svg FILE         also write the table and the plot there (default: growth.svg beside this file)

* reactors: threads that carry calls.
* users: registered addresses, each of which a call may be for.
* via, record-route: how many of these headers an INVITE brings along.
* body: bytes of the INVITE's body; the 200's is the usual small one.

Every call is to a registered user, as they are in life. Registrations are made over UDP by a server that is then
stopped; those that are counted find them in their database, so that what registering costs falls out with the start.
"""

import argparse
import re
import shutil
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from calls import instructions
from subjects import CALLEE_PORT, HERE, PROXY_PORT, REALM, ROOT, Failed, Subject, ifsip, stripped

STEPS = {
    "reactors": [1, 2],
    "users": [10, 100, 1_000, 10_000, 100_000],
    "via": [1, 2, 4, 7, 10],
    "record-route": [1, 2, 4, 7, 10],
    "body": [500, 1_000, 2_000, 4_000, 8_000],
}
TITLES = {
    "reactors": "reactors",
    "users": "registered users",
    "via": "Via headers in the INVITE",
    "record-route": "Record-Route headers in the INVITE",
    "body": "bytes of body in the INVITE",
}
FEW_USERS = 10
AHEAD = 200


@dataclass
class Load:
    """What one step's calls are like; everything but the one thing that grows has these values."""

    reactors: int = 1
    users: int = FEW_USERS
    via: int = 1
    record_route: int = 1
    body: int = 500

    @classmethod
    def step(cls, what: str, value: int) -> "Load":
        return cls(**{what.replace("-", "_"): value})


def scenario(load: Load, path: Path) -> Path:
    """uac.xml with what the load asks for: other users, more headers, a longer body."""
    text = (HERE / "uac.xml").read_text()
    head, mark, rest = text.partition("Max-Forwards: 70\n")
    earlier = "".join(f"Via: SIP/2.0/UDP 192.0.2.{n};branch=z9hG4bKearlier{n}\n" for n in range(1, load.via))
    routes = "".join(f"Record-Route: <sip:192.0.2.{n};lr>\n" for n in range(1, load.record_route))
    text = head + earlier + routes + mark + rest
    text = text.replace("INVITE sip:bob@[remote_ip]:[remote_port] SIP/2.0", f"INVITE sip:[field0]@{REALM} SIP/2.0")
    start = text.index("v=0\n")
    body, rest = text[start:].split("]]>", 1)
    filler = "a=x-filler:"
    while len(body.replace("\n", "\r\n")) < load.body:
        missing = load.body - len(body.replace("\n", "\r\n"))
        body += filler + "x" * max(0, min(70, missing - len(filler) - 2)) + "\n"
    text = text[:start] + body + "]]>" + rest
    # The proxies before us do not exist: what goes back into the dialog takes our own Record-Route alone.
    ours = (
        '  <recv response="200" rrs="true" rtd="1">\n    <action>\n'
        '      <ereg regexp="<[^>]*>" search_in="hdr" header="Record-Route:" check_it="true" assign_to="ours"/>\n'
        "    </action>\n  </recv>"
    ).replace("<[^>]*>", "&lt;[^>]*>")
    text = text.replace('  <recv response="200" rrs="true" rtd="1"/>', ours).replace("[routes]", "Route: [$ours]")
    path.write_text(text)
    return path


def users_file(count: int, path: Path) -> Path:
    path.write_text("RANDOM\n" + "".join(f"u{n}\n" for n in range(count)))
    return path


def register(count: int) -> None:
    """Registers u0 and so on, all at sipp's port, a window of requests at a time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        phone.bind(("127.0.0.1", 0))
        phone.connect(("127.0.0.1", PROXY_PORT))
        phone.settimeout(1)
        port = phone.getsockname()[1]
        run = time.monotonic_ns()
        done = re.compile(rb"SIP/2\.0 200 .*?Call-ID:\s*reg-(\d+)-", re.DOTALL | re.IGNORECASE)
        waiting, following, silences = set(), 0, 0

        def send(number: int) -> None:
            lines = (
                f"REGISTER sip:{REALM} SIP/2.0",
                f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{run}-{number};rport",
                "Max-Forwards: 70",
                f"From: <sip:u{number}@{REALM}>;tag=r{number}",
                f"To: <sip:u{number}@{REALM}>",
                f"Call-ID: reg-{number}-{run}",
                "CSeq: 1 REGISTER",
                f"Contact: <sip:u{number}@127.0.0.1:{CALLEE_PORT}>",
                "Expires: 7200",
                "Content-Length: 0",
                "",
                "",
            )
            phone.send("\r\n".join(lines).encode())

        while following < count or waiting:
            while following < count and len(waiting) < AHEAD:
                send(following)
                waiting.add(following)
                following += 1
            try:
                answer = phone.recv(65536)
            except TimeoutError:
                silences += 1
                if silences > 30:
                    raise Failed(f"{len(waiting)} of {count} registrations got no answer") from None
                for number in waiting:
                    send(number)
                continue
            if found := done.match(answer):
                waiting.discard(int(found.group(1)))
            elif not answer.startswith(b"SIP/2.0 1"):
                raise Failed(f"a registration was refused: {answer.splitlines()[0]!r}")


def measure(binary: Path, load: Load, calls: int) -> float:
    subject = Subject(
        "ifsip",
        ifsip(
            binary,
            "off",
            reactors=load.reactors,
            routes=[],
            calls={"max_active": 200_000, "max_registrations": 200_000},
        ),
    )
    try:
        subject.start(False)
        try:
            register(load.users)
        finally:
            subject.stop()
        arguments = ("-inf", str(users_file(load.users, subject.folder / "users.csv")))
        path = scenario(load, subject.folder / "growth.xml")
        return instructions(subject, path, arguments, calls=(100, 100 + calls), keep=True)
    finally:
        shutil.rmtree(subject.folder, ignore_errors=True)


# What comes out


def markdown(found: dict[str, list[tuple[int, float]]]) -> str:
    lines = []
    for what, points in found.items():
        base = points[0][1]
        lines += [
            f"| {TITLES[what]} | " + " | ".join(f"{value:,}" for value, _ in points) + " |",
            "|---|" + "---|" * len(points),
            "| instructions per call | " + " | ".join(f"{cost:,.0f}" for _, cost in points) + " |",
            "| × the first | " + " | ".join(f"{cost / base:.2f}" for _, cost in points) + " |",
            "",
        ]
    return "\n".join(lines)


def svg(found: dict[str, list[tuple[int, float]]]) -> str:
    """One panel for each thing that grows, all with the same vertical scale from zero."""
    width, height, left, top, bottom = 260, 190, 56, 30, 44
    most = max(cost for points in found.values() for _, cost in points)
    unit = 10 ** (len(str(int(most))) - 1)
    ceiling = (int(most / unit) + 1) * unit
    plot_height, plot_width = height - top - bottom, width - left - 16
    parts = []
    for index, (what, points) in enumerate(found.items()):
        parts.append(f'<g transform="translate({index % 3 * width},{index // 3 * height})">')
        parts.append(f'<text x="{left}" y="18" class="title">{TITLES[what]}</text>')
        for part in range(5):
            value = ceiling * part // 4
            y = top + plot_height * (1 - part / 4)
            parts.append(f'<line x1="{left}" x2="{left + plot_width}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
            parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{value // 1000:,}k</text>')
        places = []
        for number, (value, cost) in enumerate(points):
            # Evenly spaced steps: some of them grow tenfold, and a reader wants to see each.
            x = left + plot_width * (number / (len(points) - 1) if len(points) > 1 else 0.5)
            y = top + plot_height * (1 - cost / ceiling)
            places.append(f"{x:.1f},{y:.1f}")
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{cost:,.0f}</title></circle>')
            parts.append(f'<text x="{x:.1f}" y="{height - bottom + 16}" text-anchor="middle">{value:,}</text>')
        parts.append(f'<polyline points="{" ".join(places)}"/></g>')
    rows = (len(found) + 2) // 3
    total_width, total_height = width * min(3, len(found)), rows * height
    style = (
        "text{font:10px sans-serif;fill:#444}.title{font-weight:bold}.grid{stroke:#ddd}"
        "circle{fill:#c2410c}polyline{fill:none;stroke:#c2410c;stroke-width:1.5}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_width} {total_height}" role="img">\n'
        f"<title>User-mode instructions per call</title>\n<style>{style}</style>\n"
        f'<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def main(tell: Callable[..., None] = print) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=[*STEPS, []])
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/ifsip-proxy")
    parser.add_argument("--calls", type=int, default=600)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--svg", type=Path, default=HERE / "growth.svg")
    for what, steps in STEPS.items():
        parser.add_argument(f"--{what}", default=",".join(map(str, steps)), metavar="N,N…")
    options = parser.parse_args()
    binary = stripped(options.binary)
    found: dict[str, list[tuple[int, float]]] = {}
    failures = []
    # The first step of each is the same load: it is measured once.
    known: dict[str, float] = {}
    try:
        for what in options.what or STEPS:
            for value in [int(step) for step in getattr(options, what.replace("-", "_")).split(",")]:
                load = Load.step(what, value)
                tell(f"{TITLES[what]}: {value:,} … ", end="", flush=True)
                try:
                    if repr(load) not in known:
                        known[repr(load)] = measure(binary, load, options.calls)
                    found.setdefault(what, []).append((value, known[repr(load)]))
                    tell(f"{known[repr(load)]:,.0f} instructions per call", flush=True)
                except Failed as error:
                    failures.append(f"{TITLES[what]}, {value:,}: {error}")
                    tell(error, flush=True)
    finally:
        shutil.rmtree(binary.parent)
    if found:
        table = markdown(found)
        tell("\n" + table)
        if options.markdown:
            options.markdown.write_text(table)
        options.svg.write_text(svg(found))
    for failure in failures:
        tell(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
