#!/bin/bash
# Gives this machine a way to compile Rust for wasm32-unknown-unknown, the target of plugins.
#
# In this order: what is there already; `rustup target add`; Debian's packages, installed by root; the same packages
# unpacked into the user's cache folder, where nobody may install. Only what is missing is done.
# Usage: tests/setup/wasm.sh          sets up
#        tests/setup/wasm.sh --show   says which way there is, and fails when there is none

# shellcheck source=tests/setup/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

TARGET=wasm32-unknown-unknown
PACKAGES=(rustc-web cargo-web rust-web-src)
# Where the host looks as well (runner/src/plugin/toolchain.rs).
PRIVATE="${STAFFETTA_TOOLCHAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/staffetta/toolchain}"

# True when the ordinary compiler has the target's standard library. It prints the folder even where there is none.
has_target() {
    local libs
    libs="$(rustc --print target-libdir --target "$TARGET" 2>/dev/null)" && compgen -G "$libs/libstd-*" >/dev/null
}

# True when a `bin` folder has a compiler and a cargo with the standard library's sources.
has_sources() {
    local sysroot
    [ -x "$1/cargo" ] && [ -x "$1/rustc" ] && sysroot="$("$1/rustc" --print sysroot 2>/dev/null)" &&
        [ -f "$sysroot/lib/rustlib/src/rust/library/std/Cargo.toml" ]
}

# The major version of LLVM in a compiler: its linker must be able to read what it writes.
llvm_of() { "$1" -vV 2>/dev/null | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p'; }

# True when there is a linker for WebAssembly for the compiler in the folder $1: a toolchain's own, or one of LLVM's.
has_linker() {
    local rustc sysroot host
    for rustc in rustc "$1/rustc"; do
        sysroot="$("$rustc" --print sysroot 2>/dev/null)" || continue
        host="$("$rustc" -vV | sed -n 's/^host: //p')"
        [ -x "$sysroot/lib/rustlib/$host/bin/rust-lld" ] && return 0
    done
    [ -x "$1/wasm-ld" ] || has wasm-ld || has "wasm-ld-$(llvm_of "$1/rustc")"
}

# The folder of a toolchain that builds the standard library itself, if there is one with a linker.
from_sources() {
    local bin
    for bin in /usr/bin "$PRIVATE/bin"; do
        if has_sources "$bin" && has_linker "$bin"; then
            echo "$bin"
            return 0
        fi
    done
    return 1
}

show() {
    local bin
    if has_target; then
        echo "the Rust compiler here has $TARGET"
    elif bin="$(from_sources)"; then
        echo "$bin/rustc builds the standard library for $TARGET from its sources"
    else
        return 1
    fi
}

# Unpacks Debian's packages, with what they depend on and the machine lacks, into $PRIVATE. Nothing else changes.
unpack() {
    local work bin libs
    has apt-get && has dpkg-deb || return 1
    mkdir -p "$(dirname "$PRIVATE")" || return 1
    work="$(mktemp -d "$PRIVATE.XXXXXX")" || return 1
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/debs" "$work/root/bin"
    # The machine's package lists may be absent or old, and only root may refresh them: so this uses its own.
    local own=(-o "Dir::State::Lists=$work/apt/lists" -o "Dir::Cache=$work/apt" -o Debug::NoLocking=1
        -o "Dir::State::status=$work/status")
    # A Rust that is installed without the rest would stay outside the folder, and the rest would not find it.
    awk -v RS= -v ORS='\n\n' '!/(^|\n)Package: [^\n]*(rust|cargo|lld)/' /var/lib/dpkg/status >"$work/status" || return 1
    # Debian's images clear the system's package cache after each update, which only root may do.
    printf '#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n' >"$work/apt.conf"
    export APT_CONFIG="$work/apt.conf"
    quietly apt-get "${own[@]}" -qq update || true
    local list
    mapfile -t list < <(apt-get "${own[@]}" -s -qq --no-install-recommends install "${wanted[@]}" |
        sed -n 's/^Inst \([^ ]*\) .*/\1/p')
    [ "${#list[@]}" -gt 0 ] || return 1
    (cd "$work/debs" && quietly apt-get "${own[@]}" -qq download "${list[@]}") || return 1
    for deb in "$work"/debs/*.deb; do
        dpkg-deb -x "$deb" "$work/root" || return 1
    done
    # The programs look for their libraries in the system's folders: these show them their own.
    libs="$(cd "$work/root" && find usr/lib -maxdepth 1 -type d -name '*-linux-gnu*' | head -n 1)"
    for bin in rustc cargo; do
        wrap "$work/root" "$bin" "usr/bin/$bin" "$libs"
    done
    bin="$(cd "$work/root/usr" && find lib -path '*/bin/wasm-ld' | sed 's|^|usr/|' | head -n 1)"
    [ -z "$bin" ] || wrap "$work/root" wasm-ld "$bin" "$libs"
    "$work/root/bin/rustc" --version >/dev/null && "$work/root/bin/cargo" --version >/dev/null || return 1
    rm -rf "$PRIVATE"
    mv "$work/root" "$PRIVATE"
}

# A program in $1/bin that runs $1/$3 with the libraries in $1/$4. It finds itself, so the folder can be moved.
wrap() {
    cat >"$1/bin/$2" <<END
#!/bin/sh
root="\$(dirname "\$(dirname "\$(readlink -f "\$0")")")"
LD_LIBRARY_PATH="\$root/$4\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
exec "\$root/$3" "\$@"
END
    chmod +x "$1/bin/$2"
}

if [ "${1:-}" = --show ]; then
    show || exit 1
    exit 0
fi
has rustc && has cargo || die "there is no Rust here: install it from https://rustup.rs, then try again"
if way="$(show)"; then
    say "Toolchain for plugins: $way"
    exit 0
fi

only_one "$PRIVATE.lock"
if way="$(show)"; then
    say "Toolchain for plugins: $way"
    exit 0
fi

refused="there is no rustup"
if has rustup; then
    say "Toolchain for plugins: rustup target add $TARGET"
    if said="$(rustup -q target add "$TARGET" 2>&1 </dev/null)" && has_target; then
        say "Toolchain for plugins: $(show)"
        exit 0
    fi
    refused="rustup could not add the target ($(printf '%s\n' "$said" | sed -n 's/^error: //p' | head -n 1))"
fi

wanted=("${PACKAGES[@]}")
# A compiler from rustup brings a linker along; Debian's needs LLVM's of the same version.
if ! has_linker /nowhere; then
    llvm="$(llvm_of rustc)"
    wanted+=("lld-${llvm:-22}")
fi
if ! has apt-get; then
    why="there is no apt-get here"
elif sudo="$(elevate)"; then
    say "Toolchain for plugins: $refused; ${sudo:+sudo }apt-get install ${wanted[*]} (about 150 MB to download)"
    apt_install "$sudo" "${wanted[@]}" || why="apt-get could not install ${wanted[*]}"
else
    say "Toolchain for plugins: $refused; unpacking Debian's ${wanted[*]} into $PRIVATE (about 150 MB to download)"
    unpack || why="Debian's packages could not be fetched and unpacked into $PRIVATE"
fi
if way="$(show)"; then
    say "Toolchain for plugins: $way"
    exit 0
fi
die "plugins can't be compiled on this machine: $refused, and ${why:-the packages did not bring what is needed}.
Do one of these, then try again:
  rustup target add $TARGET
  sudo apt-get update && sudo apt-get install --no-install-recommends ${wanted[*]}"
