"""The proxy yardstick: ifsip-proxy and Kamailio carry the same calls, and this counts what each call costs them.

  bench.py [instructions] [cpu] [tls] [idle] [memory] [dialogs] [limit] [latency]   all of them when none is named
    --proxies kamailio,ifsip,ifsip-witness   who is measured (default: all)
    --ports one,many                         sipp's calls from one port, from a port each, or both (default: one)
    --rates 500,1000  --seconds 20           for cpu and tls
    --pending 10000                          for memory and dialogs
    --quota 30                               for limit: per cent of one processor
    --digest                                 with a 407 challenge on every call (default: both without and with)

* instructions: user-mode instructions per call, from valgrind's cachegrind: the difference of two runs of unlike length,
  so that starting and stopping fall out. Noise on the machine cannot touch it.
* cpu: µs of CPU per completed call at a fixed rate, kernel time included, from the scheduler's own account of every
  thread. `others` is the share of the machine that neither the proxy nor sipp used: above 0.10 the row is marked.
* tls: the same with the callers behind one TLS connection that stays (stunnel before sipp, outside
  the count, TLS 1.3 and the same certificate for every proxy) and the callee on UDP.
* idle: RSS, and RssAnon, which is what no file backs, before the first call.
* memory: growth of the proportional set size while INVITEs are pending, divided by their number.
* dialogs: the same while calls are up and their transactions over.
* limit: the highest rate at which no call is lost, both proxies in the same CPU quota on one processor and sipp on the
  other. A run in which sipp was over 80 % busy is not believed.
* latency: from a MESSAGE's leaving the caller to its arriving at the callee, idle and beside 500 calls a second. The row
  `without a proxy` says how much of it is the machine's own.

Kamailio runs with its fast allocator (-x fm -X fm); Debian's default is a debugging allocator many times heavier.
ifsip-proxy runs twice: with the witness off, which compares like with like, and with it on, which is how it is used.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from calls import Callee, Outcome, call_counts, caller_command, instructions, make_calls
from quota import highest_rate, quota
from subjects import (
    HERE,
    PROBE_PORT,
    PROXY_PORT,
    ROOT,
    TLS_PORT,
    WORKERS,
    Failed,
    Subject,
    free_port,
    ifsip,
    kamailio,
    stripped,
)
from support.certificates import Authority
from tunnel import Tunnel

NOISY = 0.10
# A socket for every call: more than the shell's usual 1024 may be open at once.
MANY_FILES = ("sh", "-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh")
PORTS = {"one": ((), ()), "many": (("-t", "un", "-max_socket", "10000"), MANY_FILES)}
LATENCY_RATE, LATENCY_LOAD = 200, 500


def scenario(digest: bool) -> str:
    return "uac_digest" if digest else "uac"


@contextlib.contextmanager
def caller_side(subject: Subject) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """What sipp must be told so that its calls come as this subject wants them, and which processes help it."""
    if not subject.wants_tls:
        yield (), ()
        return
    with Tunnel() as tunnel:
        yield tunnel.arguments, (tunnel.process.pid,)


# The measurements


def cpu_per_call(subject: Subject, digest: bool, rate: int, seconds: int, ports: str = "one") -> tuple[float, Outcome]:
    arguments, prefix = PORTS[ports]
    subject.start(digest)
    try:
        with Callee() as callee, caller_side(subject) as (more, helpers):
            arguments += more
            make_calls(subject, scenario(digest), rate, rate, callee, arguments, prefix)  # a second to warm up
            before = subject.cpu()
            outcome = make_calls(subject, scenario(digest), rate, rate * seconds, callee, arguments, prefix, helpers)
            time.sleep(6)
            used = subject.cpu() - before
    finally:
        subject.stop()
    if not outcome.completed:
        raise Failed(f"{subject.name}: no call at {rate}/s")
    return used / outcome.completed, outcome


def idle(subject: Subject) -> tuple[int, int]:
    """(RSS, RssAnon) of all processes, a second after the start."""
    subject.start(False)
    try:
        time.sleep(1)
        return subject.rss(), subject.rss("RssAnon")
    finally:
        subject.stop()


def held(subject: Subject, calls: int, *, dialogs: bool) -> tuple[float, int, int]:
    """Bytes per pending INVITE or per dialog that is up, and the size before the calls and after."""
    rate = 500 if dialogs else 1000
    # Time enough for the last call to be made and, for dialogs, for the transactions to be forgotten.
    settle = 8 if dialogs else 2
    hold = int(calls / rate + settle + 2) * 1000
    subject.start(False)
    try:
        with Callee(*(("uas",) if dialogs else ("uas_slow", "-d", str(hold)))):
            before = subject.pss()
            command = caller_command("uac", rate, calls, subject.folder, *(("-d", str(hold)) if dialogs else ()))
            caller = subprocess.Popen(
                command,
                cwd=subject.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(calls / rate + settle)
            during = subject.pss()
            caller.wait(120)
            completed = call_counts(subject.folder)["SuccessfulCall"]
            if completed != calls:
                raise Failed(f"{subject.name}: only {completed} of {calls} calls came to their end")
            time.sleep(10)
            after = subject.pss()
    finally:
        subject.stop()
    return (during - before) / calls, before, after


def limit(subject: Subject, digest: bool, seconds: int, percent: int, ports: str, verbose: bool) -> int:
    arguments, prefix = PORTS[ports]
    with quota(percent) as enter:
        subject.prefix = enter
        try:
            return highest_rate(
                subject,
                scenario(digest),
                seconds,
                digest=digest,
                arguments=arguments,
                prefix=prefix,
                tell=lambda text: print(f"\n    {subject.name}: {text}", end="", flush=True) if verbose else None,
            )[0]
        finally:
            subject.prefix = ()


class Probe:
    """latency.c, compiled when it is first needed."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ifsip-latency-"))
        self.binary = self.folder / "latency"

    def measure(self, through: int | None, seconds: int) -> tuple[float, float]:
        """(p50, p99) in µs of messages that pass this port; without a port they go straight to where they end."""
        if not self.binary.exists():
            command = ["cc", "-O2", "-o", str(self.binary), str(HERE / "latency.c")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Failed(f"latency.c: {done.stderr}")
        words = [through or PROBE_PORT, free_port(), PROBE_PORT, LATENCY_RATE, LATENCY_RATE * seconds]
        done = subprocess.run([self.binary, *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(done.stderr.strip())
        sent, arrived, p50, p99 = map(int, done.stdout.split())
        if arrived < sent:
            raise Failed(f"{sent - arrived} of {sent} messages did not arrive")
        return p50 / 1000, p99 / 1000

    def close(self) -> None:
        shutil.rmtree(self.folder)


def latency(subject: Subject, probe: Probe, seconds: int) -> dict[str, float]:
    subject.start(False)
    try:
        found = dict(zip(("idle p50", "idle p99"), probe.measure(PROXY_PORT, seconds), strict=True))
        with Callee():
            calls = LATENCY_LOAD * (seconds + 4)
            caller = subprocess.Popen(
                caller_command("uac", LATENCY_LOAD, calls, subject.folder),
                cwd=subject.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                time.sleep(1.5)
                loaded = probe.measure(PROXY_PORT, seconds)
            finally:
                caller.wait(calls / LATENCY_LOAD + 60)
            found |= dict(zip(("loaded p50", "loaded p99"), loaded, strict=True))
    finally:
        subject.stop()
    return found


# The table


class Report:
    def __init__(self, names: list[str]):
        self.names = names
        self.rows: list[dict] = []
        print(f"{'':44}" + "".join(f"{name:>18}" for name in names), flush=True)

    def row(self, title: str, measure: Callable[[str], tuple[float, str]]) -> None:
        print(f"{title:44}", end="", flush=True)
        row: dict = {"measure": title}
        for name in self.names:
            try:
                value, mark = measure(name)
                row[name] = round(value, 1)
                print(f"{f'{value:,.0f}{mark}':>18}", end="", flush=True)
            except Failed as error:
                row[name] = None
                print(f"{'-':>18}", end="", flush=True)
                row.setdefault("errors", []).append(str(error))
        base = row.get("kamailio")
        others = [row[name] for name in self.names if name != "kamailio"]
        if base and any(others):
            print("   × " + " ".join(f"{v / base:.2f}" if v else "-" for v in others), end="")
        print(flush=True)
        for error in row.get("errors", []):
            print(f"    {error}")
        self.rows.append(row)

    def rows_of(self, titles: dict[str, str], measure: Callable[[str], dict[str, float]]) -> None:
        """Several rows out of one measurement: `titles` gives each of its values a row."""
        found: dict[str, dict[str, float] | Failed] = {}

        def value(name: str, key: str) -> tuple[float, str]:
            if name not in found:
                try:
                    found[name] = measure(name)
                except Failed as error:
                    found[name] = error
            if isinstance(found[name], Failed):
                raise found[name]
            return found[name][key], ""

        for key, title in titles.items():
            self.row(title, lambda name, key=key: value(name, key))


MEASURES = ("instructions", "cpu", "tls", "idle", "memory", "dialogs", "limit", "latency")


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=[*MEASURES, []])
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/ifsip-proxy")
    parser.add_argument("--proxies", default="kamailio,ifsip,ifsip-witness")
    parser.add_argument("--ports", default="one")
    parser.add_argument("--rates", default="500,1000")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--pending", type=int, default=10_000)
    parser.add_argument("--quota", type=int, default=30)
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="say what each rate of `limit` came to")
    parser.add_argument("--json", type=Path, help="also write the table here")
    options = parser.parse_args(arguments)
    options.what = options.what or list(MEASURES)
    options.ports = options.ports.split(",")
    if not set(options.ports) <= PORTS.keys():
        parser.error("--ports: one, many, or one,many")
    options.rates = [int(rate) for rate in options.rates.split(",")]
    return options


def fill(report: Report, subjects: dict[str, Subject], options: argparse.Namespace, probe: Probe) -> None:
    """Measures what was asked for; of `subjects`, those with `-tls` behind their name speak TLS, too."""
    what = options.what
    modes = [(digest, ports) for ports in options.ports for digest in ([True] if options.digest else [False, True])]

    def title(text: str, digest: bool, ports: str) -> str:
        return text + (", digest" if digest else "") + (", a port each" if ports == "many" else "")

    for digest, ports in modes if "instructions" in what else []:

        def counted(name: str, digest=digest, ports=ports) -> tuple[float, str]:
            arguments, prefix = PORTS[ports]
            return instructions(subjects[name], scenario(digest), arguments, prefix=prefix, digest=digest), ""

        report.row(title("instructions per call", digest, ports), counted)

    def cpu(subject: Subject, *arguments) -> tuple[float, str]:
        used, outcome = cpu_per_call(subject, *arguments)
        mark = "?" if outcome.others > NOISY else ""
        return used, mark + (f" ({outcome.failed} failed)" if outcome.failed else "")

    for rate in options.rates if "cpu" in what else []:
        for digest, ports in modes:
            report.row(
                title(f"CPU µs per call at {rate}/s", digest, ports),
                lambda name, digest=digest, ports=ports, rate=rate: cpu(
                    subjects[name], digest, rate, options.seconds, ports
                ),
            )
    for rate in options.rates if "tls" in what else []:
        report.row(
            f"CPU µs per call over TLS at {rate}/s",
            lambda name, rate=rate: cpu(subjects[f"{name}-tls"], False, rate, options.seconds),
        )
    if "idle" in what:
        titles = {"rss": "idle RSS, kB", "anonymous": "idle RssAnon, kB"}
        report.rows_of(
            titles,
            lambda name: dict(zip(titles, (size / 1024 for size in idle(subjects[name])), strict=True)),
        )
    for kind, text in (("memory", "pending INVITE"), ("dialogs", "held dialog")):
        if kind not in what:
            continue
        titles = {
            "each": f"bytes per {text} ({options.pending:,})",
            "before": "PSS before the calls, kB",
            "after": "PSS 10 s after the calls, kB",
        }

        def grown(name: str, kind=kind, titles=titles) -> dict[str, float]:
            each, before, after = held(subjects[name], options.pending, dialogs=kind == "dialogs")
            return dict(zip(titles, (each, before / 1024, after / 1024), strict=True))

        report.rows_of(titles, grown)
    for digest, ports in modes if "limit" in what else []:
        report.row(
            title(f"calls/s without loss, {options.quota} % of one CPU", digest, ports),
            lambda name, digest=digest, ports=ports: (
                limit(subjects[name], digest, min(options.seconds, 8), options.quota, ports, options.verbose),
                "",
            ),
        )
    if "latency" in what:
        seconds = max(2, options.seconds // 2)
        direct = probe.measure(None, 2)
        print(f"one way without a proxy, µs: p50 {direct[0]:.0f}, p99 {direct[1]:.0f}")
        titles = {
            "idle p50": "one way, µs, idle, p50",
            "idle p99": "one way, µs, idle, p99",
            "loaded p50": f"one way, µs, beside {LATENCY_LOAD} calls/s, p50",
            "loaded p99": f"one way, µs, beside {LATENCY_LOAD} calls/s, p99",
        }
        report.rows_of(titles, lambda name: latency(subjects[name], probe, seconds))


def main() -> int:
    options = options_of()
    binary = stripped(options.binary)
    subjects = {
        "kamailio": Subject("kamailio", kamailio),
        "ifsip": Subject("ifsip", ifsip(binary, "off")),
        "ifsip-witness": Subject("ifsip-witness", ifsip(binary, "batched")),
    }
    report = Report([name for name in options.proxies.split(",") if name in subjects])
    authority = Authority()
    identity = authority.sign("DNS:if.internal")
    secure = {
        "tls": identity.settings,
        "listen": [f"udp://127.0.0.1:{PROXY_PORT}", f"tls://127.0.0.1:{TLS_PORT}"],
    }
    subjects |= {
        "kamailio-tls": Subject("kamailio-tls", partial(kamailio, identity=identity), wants_tls=True),
        "ifsip-tls": Subject("ifsip-tls", ifsip(binary, "off", **secure), wants_tls=True),
        "ifsip-witness-tls": Subject("ifsip-witness-tls", ifsip(binary, "batched", **secure), wants_tls=True),
    }
    probe = Probe()
    try:
        fill(report, subjects, options, probe)
    finally:
        probe.close()
        authority.close()
        shutil.rmtree(binary.parent)
        for subject in subjects.values():
            shutil.rmtree(subject.folder, ignore_errors=True)
    if options.json:
        written = {"date": time.strftime("%Y-%m-%d"), "processors": WORKERS, "rows": report.rows}
        options.json.write_text(json.dumps(written, indent=2) + "\n")
    if any(row.get("errors") for row in report.rows):
        return 1
    print("? = other jobs used more than a tenth of the machine while this was measured")
    return 0


if __name__ == "__main__":
    sys.exit(main())
