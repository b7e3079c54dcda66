# shellcheck shell=bash disable=SC2034
# What Benchmarks/reactor-echo/run holds the reactor to. Ratios are to the bare C loop of echo.c in the same run.

MAXIMUM_CPU_RATIO_1=1.20          # one datagram per wake-up, client on another processor (seen 1.07 to 1.10)
MAXIMUM_CPU_RATIO_32=1.20         # 32 per wake-up (seen 1.07 to 1.10)
MAXIMUM_INSTRUCTIONS_32=200       # user instructions per datagram of 200 bytes (seen 183)
MAXIMUM_INSTRUCTIONS_1=700        # the same at one per wake-up (seen 661)
