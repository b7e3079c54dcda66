# shellcheck shell=bash disable=SC2034
# What Benchmarks/sip-parser/run holds the parser to, for each message: how many times the C library's cost is ours.

MINIMUM_OSIP_RATIO=8.0            # libosip2
MINIMUM_SOFIA_RATIO=4.0           # sofia-sip
TIME_TOLERANCE_PERCENT=15         # a ratio of times may fall short by this much on a busy machine; instructions may not
