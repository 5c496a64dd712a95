# What the set-up scripts share. To be sourced by bash; changes nothing by itself.
# shellcheck shell=bash

set -euo pipefail

# The repository, whatever folder the caller works in.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
export ROOT DEBIAN_FRONTEND=noninteractive

# One line of progress. It goes to standard error, so that what a script prints can be used.
say() { printf '==> %s\n' "$*" >&2; }

# The last words of a script that can't go on.
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# How to become root without asking anybody: empty for root, `sudo -n` where that needs no password; fails otherwise.
# With CI or make there is nobody to type a password.
elevate() {
    if [ "$(id -u)" = 0 ]; then
        return 0
    fi
    has sudo && sudo -n true 2>/dev/null && echo "sudo -n"
}

# Runs a command with its output in a file, and shows the end of it only when the command fails.
quietly() {
    local log
    log="$(mktemp)"
    if "$@" >"$log" 2>&1 </dev/null; then
        rm -f "$log"
    else
        local code=$?
        tail -n 25 "$log" >&2
        rm -f "$log"
        return "$code"
    fi
}

# Installs Debian packages for everybody. The first word is what `elevate` said.
apt_install() {
    local sudo="$1"
    shift
    # A third-party source that does not answer must not stop what Debian's own have: so its failure is not ours.
    # shellcheck disable=SC2086
    quietly $sudo apt-get -qq -o DPkg::Lock::Timeout=300 update || true
    # shellcheck disable=SC2086
    quietly $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        install -y --no-install-recommends "$@"
}

# Waits until no other run of the same script works on the same place, up to 30 minutes.
only_one() {
    mkdir -p "$(dirname "$1")"
    exec 9>"$1"
    flock -w 1800 9 || die "another set-up has held $1 for half an hour"
}
