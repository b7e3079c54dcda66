# shellcheck shell=bash disable=SC2034
# What Benchmarks/audio/run holds the audio parts to, in instructions.

MAXIMUM_INSERT=2000
MAXIMUM_PULL=3500
MAXIMUM_MIX=45000
