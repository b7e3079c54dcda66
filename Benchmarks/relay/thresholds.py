"""What the relay may cost at most: see Benchmarks/README.md."""

MAXIMUM = {
    # CPU of the process per relayed packet.
    "to C": 1.15,
    "to rtpengine": 0.7,
    # At the highest number of calls.
    "p99 us": 1000,
    # Plain RTP, two sides, RTP and RTCP.
    "bytes of a call": 8192,
}
