#!/usr/bin/env python3
"""The media relay beside a bare forwarder in C and beside rtpengine, on loopback.

  bench.py [--calls N,N…] [--seconds S] [--rounds N] [--no-rtpengine] [--realtime]

For each number of G.711 calls (50 packets of 172 bytes a second each way): CPU of the relaying process per packet,
the time from sending to receiving, and what a call costs in memory. All contenders run in turn, the median round
counts. --realtime gives the relay one processor before everybody else and the phones another, for machines that have
something else to do (root only). Exits 1 beyond the limits in thresholds.py. rtpengine relays in userspace with one thread; it is left out when
it is not installed.
"""

import argparse
import os
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from thresholds import MAXIMUM

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
CALLER, CALLEE, PORT = "127.0.0.1", "127.0.0.2", 19000
FIRST_PORT, LAST_PORT = 30000, 48999
NG_PORT = 22299
# Commands before the relay and before the phones: see --realtime.
PREFIX: dict[str, list[str]] = {"relay": [], "phones": []}


def bencode(value) -> bytes:
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in sorted(value.items())) + b"e"


def media_port(answer: bytes) -> str:
    """The port of the m-line in the description that an answer of rtpengine holds."""
    line = next((line for line in answer.split(b"\r\n") if line.startswith(b"m=audio ")), None)
    if line is None:
        raise RuntimeError(f"rtpengine refused: {answer[:300]!r}")
    return line.split()[1].decode()


class Relay:
    """A process that relays, and the ports of its calls."""

    def __init__(self, command: list[str], calls: int):
        command = PREFIX["relay"] + command
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.ports = [self.process.stdout.readline() for _ in range(calls)]
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{command[0]} did not become ready")

    def memory(self) -> int:
        """Bytes of memory of its own."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) * 1024
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class RTPEngine(Relay):
    """rtpengine with its calls set up by its control protocol."""

    def __init__(self, calls: int):
        self.process = subprocess.Popen(
            [
                *PREFIX["relay"],
                *("rtpengine", "--config-file=none", "--table=-1", f"--interface={CALLER}", "--foreground"),
                *(f"--listen-ng=127.0.0.1:{NG_PORT}", f"--port-min={FIRST_PORT}", f"--port-max={LAST_PORT}"),
                *("--log-stderr", "--log-level=2", "--num-threads=1", "--delete-delay=0"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.control.connect(("127.0.0.1", NG_PORT))
        self.control.settimeout(0.5)
        self.asked = 0
        for _ in range(20):
            try:
                self.ask({"command": "ping"})
                break
            except OSError:
                time.sleep(0.2)
        self.ports = []
        for call in range(calls):
            names = {"call-id": f"call{call}", "from-tag": "a", "ICE": "remove", "flags": ["trust-address"]}
            offer = self.ask({**names, "command": "offer", "sdp": self.description(CALLER)})
            answer = self.ask({**names, "command": "answer", "to-tag": "b", "sdp": self.description(CALLEE)})
            # The callee is told where to send to in the offer, the caller in the answer.
            self.ports.append(f"{media_port(answer)} {media_port(offer)}\n")

    @staticmethod
    def description(ip: str) -> str:
        return (
            f"v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {PORT} RTP/AVP 0\r\na=sendrecv\r\n"
        )

    def ask(self, question: dict) -> bytes:
        self.asked += 1
        cookie = b"%d " % self.asked
        self.control.send(cookie + bencode(question))
        # Answers to what was asked before rtpengine was there may still come.
        while not (answer := self.control.recv(65535)).startswith(cookie):
            pass
        return answer


def drive(relay: Relay, work: pathlib.Path, calls: int, seconds: float) -> list[float]:
    command = [
        *PREFIX["phones"],
        work / "drive",
        str(relay.process.pid),
        str(calls),
        str(seconds),
        CALLER,
        CALLEE,
        str(PORT),
    ]
    result = subprocess.run(
        command, input="".join(relay.ports), stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60
    )
    return [float(word) for word in result.stdout.split()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", default="100,500,1000")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-rtpengine", action="store_true")
    parser.add_argument("--realtime", action="store_true")
    options = parser.parse_args()
    if options.realtime:
        PREFIX["relay"] = ["chrt", "-f", "50", "taskset", "-c", "0"]
        PREFIX["phones"] = ["chrt", "-f", "49", "taskset", "-c", str((os.cpu_count() or 1) - 1)]
    binary = pathlib.Path(os.environ.get("RELAY", ROOT / ".build/release/BenchmarkRelay"))
    if not binary.exists():
        subprocess.run(["swift", "build", "-c", "release", "--product", "BenchmarkRelay"], cwd=ROOT, check=True)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    failed = False

    def judge(name: str, value: float) -> str:
        nonlocal failed
        good = value <= MAXIMUM[name]
        failed = failed or not good
        return f"limit {MAXIMUM[name]}: {'met' if good else 'EXCEEDED'}"

    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for name in ("forward", "drive"):
            subprocess.run(["cc", "-O2", "-o", work / name, HERE / f"{name}.c"], check=True)
        phones = [CALLER, str(PORT), CALLEE, str(PORT)]

        def ours(calls: int, *suite: str) -> Relay:
            ends = [f"{CALLER}:{PORT}", f"{CALLEE}:{PORT}", str(FIRST_PORT), str(LAST_PORT)]
            return Relay([str(binary), str(calls), *ends, *suite], calls)

        contenders = {
            "C": lambda calls: Relay([str(work / "forward"), str(calls), *phones, str(FIRST_PORT)], calls),
            "ours": ours,
        }
        if not options.no_rtpengine and shutil.which("rtpengine"):
            contenders["rtpengine"] = RTPEngine
        print("G.711 calls through a relay     calls  packets/s     lost  CPU ns/packet    p50 us   p99 us  longest us")
        medians: dict[str, float] = {}
        latency = 0.0
        for calls in map(int, options.calls.split(",")):
            results: dict[str, list[list[float]]] = {name: [] for name in contenders}
            for _ in range(options.rounds):
                for name, make in contenders.items():
                    with make(calls) as relay:
                        results[name].append(drive(relay, work, calls, options.seconds))
            for name, rounds in results.items():
                sent, received, nanoseconds, p50, p99, longest = (
                    statistics.median(column) for column in zip(*rounds, strict=True)
                )
                medians[name] = nanoseconds
                if name == "ours":
                    latency = p99
                print(
                    f"{name:<30}{calls:>7}{received / options.seconds:>11.0f}{sent - received:>9.0f}"
                    f"{nanoseconds:>15.0f}{p50:>10.0f}{p99:>9.0f}{longest:>12.0f}",
                    flush=True,
                )
        ratio = medians["ours"] / medians["C"]
        print(f"CPU per packet, ours to C          {ratio:>8.2f}   {judge('to C', ratio)}")
        if "rtpengine" in medians:
            ratio = medians["ours"] / medians["rtpengine"]
            print(f"CPU per packet, ours to rtpengine  {ratio:>8.2f}   {judge('to rtpengine', ratio)}")
        print(f"p99 from sending to receiving, us  {latency:>8.0f}   {judge('p99 us', latency)}")

        for name, suite in (("RTP", []), ("SRTP on both sides", ["AES_CM_128_HMAC_SHA1_80"])):
            sizes = []
            for calls in (1, 1001):
                with ours(calls, *suite) as relay:
                    if not suite:
                        drive(relay, work, calls, 1)
                    sizes.append(relay.memory())
            value = (sizes[1] - sizes[0]) / 1000
            limit = judge("bytes of a call", value) if not suite else ""
            print(f"bytes of a call, {name:<18}{value:>8.0f}   {limit}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
