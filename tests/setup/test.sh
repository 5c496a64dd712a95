#!/bin/bash
# Runs the tests: the program's workspace with cargo-nextest, and the plugins' own logic as native code.
#
# Usage: tests/setup/test.sh [--plugins | --profile fast]   everything without options

# shellcheck source=tests/setup/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

# Cargo takes the runner out of the path: one from target/tools serves as well as one that the machine has.
NEXTEST=0.9.143
export PATH="$ROOT/target/tools/bin:$PATH"
if ! cargo nextest --version >/dev/null 2>&1; then
    say "cargo-nextest is missing: compiling it into target/tools, which takes some minutes, once"
    only_one "$ROOT/target/tools.lock"
    cargo nextest --version >/dev/null 2>&1 ||
        quietly cargo install --quiet --locked --root "$ROOT/target/tools" --version "$NEXTEST" cargo-nextest ||
        die "cargo-nextest can't be installed: see https://nexte.st"
    exec 9>&-
fi

plugins() {
    cargo nextest run --locked --workspace --manifest-path plugins/Cargo.toml --config-file .config/nextest.toml \
        --profile plugins --lib --bins --tests
}

# The Bluesky plugin writes to a real server, and the network's own library reads it back.
bluesky() {
    local ports
    ports="$(node -e '
        const { createServer } = require("node:net")
        const two = [0, 1].map(() => createServer().listen(0, "127.0.0.1"))
        setTimeout(() => { console.log(two.map((s) => s.address().port).join(" ")); two.forEach((s) => s.close()) }, 50)')"
    (cd target/servers/pds && PDS_PORT="${ports% *}" PLC_PORT="${ports#* }" node "$ROOT/plugins/bluesky/fixtures/real-pds.mjs")
}

if [ "${1:-}" = --plugins ]; then
    plugins
    exit
fi
# The rest runs even when the first part fails, so that one go tells everything.
failed=0
plugins || failed=1
if [ "$*" != "--profile fast" ]; then
    say "The Bluesky plugin against a real server"
    bluesky || failed=1
fi
cargo nextest run --release --locked --workspace "$@" || failed=1
exit "$failed"
