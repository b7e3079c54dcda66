# shellcheck shell=bash disable=SC2034
# What Benchmarks/srtp/run holds SRTP to, for each suite and both ways: how many times the other's cost is ours.

MINIMUM_EVP_RATIO=0.9             # the same two primitives with OpenSSL's EVP in C
MINIMUM_LIBSRTP_RATIO=1.0         # libsrtp2 as Debian ships it
TIME_TOLERANCE_PERCENT=5          # a ratio of times may fall short by this much on a busy machine; instructions may not
