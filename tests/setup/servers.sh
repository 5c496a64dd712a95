#!/bin/bash
# Installs the real servers that tests talk to into target/servers/: a Bluesky PDS with the official client, and a site
# generator that writes feeds. Does nothing when what is there fits the lock files.
#
# Usage: tests/setup/servers.sh [pds] [feeds]     all of them without names

# shellcheck source=tests/setup/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SOURCES="$ROOT/tests/servers"
PLACE="${STAFFETTA_SERVERS:-$ROOT/target/servers}"

has node && has npm || die "the test servers need Node and npm: on Debian, apt-get install nodejs npm"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] ||
    die "the test servers need Node 20 or later; here is $(node --version)"

# What must be the same for an installation to be used again.
fingerprint() { cat "$SOURCES/$1/package.json" "$SOURCES/$1/package-lock.json" <(node -p process.versions.modules) | sha256sum; }

# The PDS keeps its accounts in SQLite, through a library that npm compiles where it can't fetch it compiled.
compiler() {
    has g++ && has make && has python3 && return 0
    local sudo
    if has apt-get && sudo="$(elevate)"; then
        say "Test servers: apt-get install g++ make python3, to compile the PDS's SQLite library"
        apt_install "$sudo" g++ make python3 || die "apt-get could not install g++, make and python3"
    else
        say "Test servers: no g++, make or python3 here; npm will fetch the PDS's SQLite library compiled, if it can"
        compile_hint="; it needs a compiler: sudo apt-get install g++ make python3"
    fi
}

install() {
    local name="$1" place="$PLACE/$1" mark
    mark="$(fingerprint "$name")"
    if [ "$(cat "$place/.installed" 2>/dev/null)" != "$mark" ]; then
        [ "$name" != pds ] || compiler
        say "Test servers: npm ci for $name ($2)"
        rm -rf "$place"
        mkdir -p "$place"
        cp "$SOURCES/$name/package.json" "$SOURCES/$name/package-lock.json" "$place/"
        # The headers of the installed Node, so that compiling does not fetch them.
        local home
        home="$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")"
        [ ! -f "$home/include/node/node.h" ] || export npm_config_nodedir="$home"
        (cd "$place" && quietly npm ci --no-audit --no-fund --no-progress --loglevel=error) ||
            die "npm could not install the $name server into $place${compile_hint:-}"
        printf '%s\n' "$mark" >"$place/.installed"
    fi
    # The scripts run beside the packages, since that is where Node looks for them.
    (cd "$SOURCES/$name" && find . -type f ! -path '*/node_modules/*' ! -name 'package*.json' -print0 | tar -c --null -T -) |
        tar -x -C "$place"
}

only_one "$PLACE/.lock"
for name in "${@:-pds feeds}"; do
    for name in $name; do
        case "$name" in
        pds) install pds "about 360 MB, one to three minutes" ;;
        feeds) install feeds "about 25 MB, some seconds" ;;
        *) die "there is no test server '$name': pds, feeds" ;;
        esac
    done
done
