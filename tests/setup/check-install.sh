#!/bin/bash
# Installs into a fresh folder, moves it, and uses it from there as somebody who has no checkout: a new project, a run,
# a plugin of their own. Leaves nothing behind.

# shellcheck source=tests/setup/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
make install PREFIX=/opt/staffetta DESTDIR="$work/stage"
mkdir "$work/elsewhere"
mv "$work/stage/opt/staffetta" "$work/elsewhere/moved"
# Through a link, as people put programs into their path.
mkdir "$work/bin"
ln -s ../elsewhere/moved/bin/staffetta "$work/bin/staffetta"
export PATH="$work/bin:$PATH" XDG_CACHE_HOME="$work/cache"
unset STAFFETTA_SHARE
cd "$work"

check() {
    say "installed: $*"
    "$@" >"$work/out" 2>"$work/err" || {
        cat "$work/out" "$work/err" >&2
        die "failed: $*"
    }
}
found() { grep -q -- "$1" "$work/out" "$work/err" || die "no '$1' in what it said: $(cat "$work/out" "$work/err")"; }

share="$work/elsewhere/moved/share"
for file in bash-completion/completions/staffetta zsh/site-functions/_staffetta fish/vendor_completions.d/staffetta.fish \
    man/man1/staffetta.1 staffetta/sdk/Cargo.toml staffetta/wit/types.wit; do
    [ -s "$share/$file" ] || die "share/$file was not installed"
done
bash -n "$share/bash-completion/completions/staffetta"

check staffetta init project
cd project
check staffetta plugin list
for plugin in "$ROOT"/plugins/*/plugin.yaml; do
    found "$(basename "$(dirname "$plugin")")"
done
check staffetta check
check staffetta preview hello --html page.html
[ -s page.html ] || die "there is no page"
check staffetta run hello
check staffetta plugin new shout --kind rule
check staffetta plugin build shout
check staffetta plugin list
found shout

cd "$ROOT"
check make uninstall PREFIX=/moved DESTDIR="$work/elsewhere"
left="$(find "$work/elsewhere/moved" -type f | head -n 5)"
[ -z "$left" ] || die "uninstalling left: $left"
say "The installation works, also moved and through a link."
