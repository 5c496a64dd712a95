#!/bin/bash
# Installs the program with its plugins, the SDK for writing more of them, completions and the manual page.
#
# Usage: tests/setup/install.sh PREFIX            builds what is missing, then installs below PREFIX
#        tests/setup/install.sh --remove PREFIX   removes what an installation put there
#
# The program finds what belongs to it beside its own folder, so the whole of PREFIX can be moved.

# shellcheck source=tests/setup/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

remove=
if [ "${1:-}" = --remove ]; then
    remove=yes
    shift
fi
[ -n "${1:-}" ] || die "usage: tests/setup/install.sh [--remove] PREFIX"
PREFIX="$1"
case "$PREFIX" in
/*) ;;
*) PREFIX="$PWD/$PREFIX" ;;
esac

BIN="$PREFIX/bin/staffetta"
SHARE="$PREFIX/share/staffetta"
BASH_COMPLETION="$PREFIX/share/bash-completion/completions/staffetta"
ZSH_COMPLETION="$PREFIX/share/zsh/site-functions/_staffetta"
FISH_COMPLETION="$PREFIX/share/fish/vendor_completions.d/staffetta.fish"
MAN="$PREFIX/share/man/man1/staffetta.1"

if [ -n "$remove" ]; then
    say "Removing staffetta from $PREFIX"
    rm -rf "$BIN" "$SHARE" "$BASH_COMPLETION" "$ZSH_COMPLETION" "$FISH_COMPLETION" "$MAN"
    exit 0
fi

BUILT=target/release/staffetta
COMPONENTS=plugins/target/components
# `sudo make install` must not leave root's files in somebody else's checkout, nor need root to have a toolchain.
if [ ! -e target ] || [ -O target ]; then
    make plugins
elif [ -x "$BUILT" ] && compgen -G "$COMPONENTS/*.wasm" >/dev/null; then
    say "Installing what was built here last: target/ belongs to somebody else"
else
    die "nothing is built yet: run \`make plugins\` as the owner of this folder first"
fi

say "Installing staffetta to $PREFIX"
# Beside the final name and then renamed: a copy that is running keeps its file, and nobody meets half of one.
put() {
    install -D -m "$1" "$2" "$3.new" && mv -f "$3.new" "$3"
}
put 755 "$BUILT" "$BIN"

# A fresh folder takes the old one's place, so a plugin that was dropped does not stay behind.
new="$SHARE.new"
rm -rf "$new"
install -d "$new/plugins" "$new/sdk" "$new/wit"
for plugin in plugins/*/plugin.yaml; do
    name="$(basename "$(dirname "$plugin")")"
    [ -f "$COMPONENTS/$name.wasm" ] || die "the plugin $name is not built: run \`make plugins\`"
    install -m 644 "$COMPONENTS/$name.wasm" "$new/plugins/"
done
cp -R plugins/wit/. "$new/wit/"
(cd plugins/sdk && tar -c --exclude=target --exclude=Cargo.lock .) | tar -x --no-same-owner -C "$new/sdk"
# Outside the workspace there is nothing to inherit from: its values take the place of `….workspace = true`.
awk -v RS='\n' '
    FNR == NR { if ($0 ~ /^\[/) section = $0; else if (section == "[workspace.package]" && match($0, /^[a-z-]+ *=/)) {
        key = substr($0, 1, RLENGTH); sub(/ *=$/, "", key); value[key] = $0 } next }
    /^[a-z-]+\.workspace *= *true/ { key = $0; sub(/\.workspace.*/, "", key); print value[key]; next }
    { print }
' plugins/Cargo.toml plugins/sdk/Cargo.toml >"$new/sdk/Cargo.toml"
! grep -q 'workspace' "$new/sdk/Cargo.toml" || die "plugins/sdk/Cargo.toml inherits something that an installed SDK can't"
chmod -R u+rwX,go+rX,go-w "$new"
rm -rf "$SHARE"
mv "$new" "$SHARE"

write() {
    install -d "$(dirname "$1")"
    "$BUILT" "${@:2}" >"$1.new"
    chmod 644 "$1.new"
    mv -f "$1.new" "$1"
}
write "$BASH_COMPLETION" completions bash
write "$ZSH_COMPLETION" completions zsh
write "$FISH_COMPLETION" completions fish
write "$MAN" man
say "Installed: $BIN, $(find "$SHARE/plugins" -name '*.wasm' | wc -l) plugins, the SDK, completions for bash, zsh and fish, the manual page"
