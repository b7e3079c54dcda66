# shellcheck shell=bash
# What the scripts in this folder share. Sourced, never run.
#
#   announce TEXT        a heading with the time since the script began
#   note TEXT            a line below it
#   die TEXT             a line on standard error, exit 1
#   apt_need WHY PKG...  says which Debian packages are missing, then installs them (root, or sudo)
#   require_swift        stops with advice when the toolchain is missing
#   release_build        the one release build that unit tests, end-to-end tests and benchmarks use
#
# SWIFT          the swift command (default: swift); may hold arguments, for instance "nice swift"
# NO_INSTALL=1   never installs: missing packages end the script with the command that would install them

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"

read -r -a SWIFT_COMMAND <<<"${SWIFT:-swift}"
STARTED_AT=${STARTED_AT:-$(date +%s)}

if [ -t 1 ]; then BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' PLAIN=$'\e[0m'; else BOLD='' DIM='' RED='' GREEN='' PLAIN=''; fi
export STARTED_AT

elapsed() {
  local seconds=$(($(date +%s) - STARTED_AT))
  printf '%d:%02d' $((seconds / 60)) $((seconds % 60))
}
announce() { printf '\n%s==> [%s] %s%s\n' "$BOLD" "$(elapsed)" "$*" "$PLAIN"; }
note() { printf '%s    %s%s\n' "$DIM" "$*" "$PLAIN"; }
good() { printf '%s    %s%s\n' "$GREEN" "$*" "$PLAIN"; }
die() {
  printf '%s%s: %s%s\n' "$RED" "$(basename "$0")" "$*" "$PLAIN" >&2
  exit 1
}

# Prints the comment block at the head of the calling script, which is its help.
usage() { awk 'NR == 1 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$0"; }

swift_() { "${SWIFT_COMMAND[@]}" "$@"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "not root and no sudo here; run as root: $*"
  fi
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

apt_need() {
  local why=$1 package missing=()
  shift
  command -v dpkg-query >/dev/null || die "this machine has no apt; install by hand, $why: $*"
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ -n "${NO_INSTALL:-}" ]; then
    die "missing, $why: apt-get install --no-install-recommends ${missing[*]}"
  fi
  announce "Installing with apt-get, $why: ${missing[*]}"
  if [ -z "${APT_UPDATED:-}" ]; then
    quietly as_root apt-get update -qq
    export APT_UPDATED=1
  fi
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}"
}

# Runs a command whose output nobody wants, unless it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || die "failed: $*"$'\n'"$output"
}

require_swift() {
  command -v "${SWIFT_COMMAND[-1]}" >/dev/null ||
    die "no Swift toolchain on the PATH; 6.2 or newer is needed, see https://www.swift.org/install/linux/"
  apt_need "to build (OpenSSL, SQLite, c-ares, Opus, zlib, pkg-config)" \
    libssl-dev libsqlite3-dev libc-ares-dev libopus-dev zlib1g-dev pkg-config
}

release_build() {
  announce "Release build (server, unit tests and benchmarks share it)"
  swift_ build -c release --build-tests --explicit-target-dependency-import-check error
}

# A Python environment of our own for the tools that Debian does not package; needs the network once.
python_venv() {
  local venv="$ROOT/.build-venv"
  if [ ! -x "$venv/bin/pip" ]; then
    apt_need "for Python tools in $venv" python3 python3-venv
    /usr/bin/python3 -m venv "$venv"
  fi
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}
