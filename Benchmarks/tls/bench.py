"""Full TLS handshakes per second of processor time: our listener beside `openssl s_server`, in the same run, with the
same certificate (ECDSA P-256), version and suite, and the same clients.

Usage: bench.py [--seconds 5] [--rounds 3]

Both servers are asked by `openssl s_time`, which makes one new session after another. What counts is the processor time
that the server's process has taken by /proc, so that the clients may share the machine. The best round of each counts.
Ends with 1 when ours takes more than 1.2 times the other's time per handshake.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

from support.certificates import Authority
from support.ports import free_port
from support.proxy import Proxy

THRESHOLD = 1.2
SUITES = {"TLS 1.3": ["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"]}
SUITES["TLS 1.2"] = ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(port: int, process: int, seconds: int, options: list[str]) -> tuple[int, float]:
    """Handshakes, and the server's processor time for each, in microseconds."""
    before = processor_seconds(process)
    done = subprocess.run(
        ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new", "-time", str(seconds), *options],
        capture_output=True,
        text=True,
        check=True,
    )
    time.sleep(0.2)
    spent = processor_seconds(process) - before
    count = int(re.search(r"(\d+) connections in [\d.]+ real seconds", done.stdout).group(1))
    return count, spent / count * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    authority = Authority()
    identity = authority.sign("DNS:if.internal")
    port, other_port = free_port(), free_port()
    proxy = Proxy(tls=identity.settings, witness={"mode": "off"}, tcp={"max_per_address": 8192})
    proxy.config["listen"] = [f"tls://127.0.0.1:{port}"]
    proxy.write_config()
    proxy.start()
    other = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{other_port}", "-cert", str(identity.certificate)]
        + ["-key", str(identity.key), "-quiet", "-no_cache", "-num_tickets", "1", "-groups", "X25519:P-256:P-384"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    status = 0
    try:
        time.sleep(0.5)
        for version, suite in SUITES.items():
            ours, theirs = [], []
            for _ in range(options.rounds):
                ours.append(measure(port, proxy.process.pid, options.seconds, suite))
                theirs.append(measure(other_port, other.pid, options.seconds, suite))
            mine, reference = min(cost for _, cost in ours), min(cost for _, cost in theirs)
            ratio = mine / reference
            print(
                f"{version}: {mine:.0f} µs of processor time for a handshake ({1e6 / mine:.0f} a second), "
                f"openssl s_server {reference:.0f} µs ({1e6 / reference:.0f} a second), ratio {ratio:.2f}",
                flush=True,
            )
            if ratio > THRESHOLD:
                print(f"  more than {THRESHOLD}")
                status = 1
    finally:
        other.kill()
        other.wait()
        proxy.kill()
        proxy.remove()
        authority.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
