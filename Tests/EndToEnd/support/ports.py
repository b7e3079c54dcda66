"""Free ports on loopback."""

import os
import random
import socket
from pathlib import Path

_given: set[int] = set()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    families = [(socket.AF_INET, "127.0.0.1")]
    if has_ipv6():
        families.append((socket.AF_INET6, "::1"))
    for family, host in families:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(family, kind) as probe:
                try:
                    probe.bind((host, port))
                except OSError:
                    return False
    return True


def free_port() -> int:
    """A port free for UDP and TCP on both families, never given out twice by this process. An even number, with the
    odd one above it free too, so that it can also carry RTP and RTCP.

    It lies outside the range that the kernel takes client ports from: there, a client that polls a port until someone
    listens would in the end connect to itself. Processes that test side by side are given a range each.
    """
    lowest_ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    low, high = (15_000, lowest_ephemeral - 1) if lowest_ephemeral > 16_000 else (61_001, 65_000)
    if (own := os.environ.get("IFSIP_TEST_PORTS")) and lowest_ephemeral >= 32_000:
        low, high = (int(bound) for bound in own.split("-"))
    while True:
        port = random.randrange(low, high) & ~1
        if port not in _given and _is_free(port) and _is_free(port + 1):
            _given.add(port)
            return port


def connections(port: int) -> int:
    """IPv4 connections that a server on this port holds, by the kernel's own table: those it has let go have no inode any
    more."""
    suffix, listening = f":{port:04X}", "0A"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(suffix) and row[3] != listening and row[9] != "0" for row in rows)
