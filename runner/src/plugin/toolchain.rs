//! Chooses the Rust toolchain that compiles plugins for `wasm32-unknown-unknown`.
//!
//! First the ordinary one, when it has that target; else Debian's, installed or unpacked into the user's cache folder,
//! which brings the standard library's sources and builds them; else `rustup` is asked to add the target. It only asks
//! and chooses; it compiles nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The target of plugins: no operating system, no environment.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How to compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// The ordinary `cargo` has the target's standard library.
    Ready,
    /// A `cargo` that builds the standard library from its sources first.
    FromSources {
        /// The compiler.
        rustc: PathBuf,
        /// Its cargo.
        cargo: PathBuf,
        /// A linker for WebAssembly.
        linker: PathBuf,
    },
}

/// There is no way to compile plugins on this machine.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// There is no Rust at all.
    #[error(
        "there is no Rust compiler on this machine: install it from https://rustup.rs, or {DEBIAN}"
    )]
    NoRust,
    /// There is Rust, but not for WebAssembly.
    #[error(
        "the Rust compiler here can't compile for {TARGET}: run `rustup target add {TARGET}`, or {DEBIAN}{}",
        said.as_deref().map(|said| format!(" (rustup said: {said})")).unwrap_or_default()
    )]
    NoTarget {
        /// Why `rustup` did not add the target, if it was asked.
        said: Option<String>,
    },
    /// There are the standard library's sources, but no linker.
    #[error(
        "there is no linker for WebAssembly: install `rust-lld` with the toolchain from https://rustup.rs, or \
         `apt-get install --no-install-recommends lld-22` (the version of LLVM that `rustc -vV` names)"
    )]
    NoLinker,
}

const DEBIAN: &str =
    "on Debian `apt-get install --no-install-recommends rustc-web cargo-web rust-web-src`";

/// Where Debian's packages put their programs.
const DEBIAN_BIN: &str = "/usr/bin";

/// Names the folder of a toolchain that was unpacked rather than installed, with `rustc`, `cargo` and perhaps `wasm-ld`
/// in its `bin`. `tests/setup/wasm.sh` makes one where nobody may install.
const TOOLCHAIN_VARIABLE: &str = "STAFFETTA_TOOLCHAIN";

/// The `bin` folders where a toolchain with sources may be.
fn source_toolchains() -> impl Iterator<Item = PathBuf> {
    let named = std::env::var_os(TOOLCHAIN_VARIABLE).filter(|value| !value.is_empty());
    let private = named
        .map(PathBuf::from)
        .or_else(|| dirs::cache_dir().map(|cache| cache.join("staffetta").join("toolchain")));
    std::iter::once(PathBuf::from(DEBIAN_BIN)).chain(private.map(|folder| folder.join("bin")))
}

/// Chooses for crates in `folder` (a `rust-toolchain.toml` there counts). May take the time of a download, when
/// `rustup` adds the target.
///
/// # Errors
/// When there is no way, with the two ways to install one.
pub fn choose(folder: &Path) -> Result<Toolchain, ToolchainError> {
    let ordinary = Path::new("rustc");
    if has_target(ordinary, folder) {
        return Ok(Toolchain::Ready);
    }
    // What is here comes before what must be downloaded: a build should not need a network.
    let mut no_linker = false;
    for bin in source_toolchains() {
        let (rustc, cargo) = (bin.join("rustc"), bin.join("cargo"));
        if !(cargo.is_file() && has_sources(&rustc, folder)) {
            continue;
        }
        match linker(&[ordinary, &rustc], &bin, folder) {
            Some(linker) => {
                return Ok(Toolchain::FromSources {
                    rustc,
                    cargo,
                    linker,
                });
            }
            None => no_linker = true,
        }
    }
    let said = match add_target(folder) {
        Added::Yes if has_target(ordinary, folder) => return Ok(Toolchain::Ready),
        Added::Yes | Added::NoRustup => None,
        Added::Refused(said) => Some(said),
    };
    Err(if no_linker {
        ToolchainError::NoLinker
    } else if output(ordinary, folder, &["--version"]).is_some() {
        ToolchainError::NoTarget { said }
    } else {
        ToolchainError::NoRust
    })
}

impl Toolchain {
    /// `cargo build --release` for the target, to be completed with what to build.
    #[must_use]
    pub fn build_command(&self, folder: &Path) -> Command {
        let mut command = match self {
            Self::Ready => Command::new("cargo"),
            Self::FromSources { cargo, .. } => Command::new(cargo),
        };
        command
            .args(["build", "--release", "--target", TARGET])
            .current_dir(folder);
        if let Self::FromSources { rustc, linker, .. } = self {
            command
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC", rustc)
                // Building the standard library is a nightly option; this says that we know.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }
}

/// What a program prints, when it runs and succeeds.
fn output(program: &Path, folder: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// True when the compiler has the target's standard library. It prints the folder's path even where there is none.
fn has_target(rustc: &Path, folder: &Path) -> bool {
    let args = ["--print", "target-libdir", "--target", TARGET];
    output(rustc, folder, &args).is_some_and(|libs| {
        std::fs::read_dir(libs).is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| entry.file_name().as_encoded_bytes().starts_with(b"libstd-"))
        })
    })
}

/// True when the compiler's standard library is there as sources.
fn has_sources(rustc: &Path, folder: &Path) -> bool {
    output(rustc, folder, &["--print", "sysroot"]).is_some_and(|root| {
        Path::new(&root)
            .join("lib/rustlib/src/rust/library/std/Cargo.toml")
            .is_file()
    })
}

enum Added {
    Yes,
    NoRustup,
    Refused(String),
}

fn add_target(folder: &Path) -> Added {
    let result = Command::new("rustup")
        .args(["target", "add", TARGET])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    match result {
        Err(_) => Added::NoRustup,
        Ok(output) if output.status.success() => Added::Yes,
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            // Its causes, and perhaps a backtrace, follow the error.
            let error = said.lines().find_map(|line| line.strip_prefix("error: "));
            Added::Refused(error.unwrap_or("nothing").trim().to_string())
        }
    }
}

/// `rust-lld` out of one of the toolchains; else LLVM's own, beside the compiler or on the path, where Debian may give it
/// the version of LLVM in its name.
fn linker(compilers: &[&Path], bin: &Path, folder: &Path) -> Option<PathBuf> {
    let about = |rustc: &Path, what: &str| {
        let about = output(rustc, folder, &["-vV"])?;
        let found = about.lines().find_map(|line| line.strip_prefix(what))?;
        Some(found.trim().to_string())
    };
    let bundled = compilers.iter().filter_map(|rustc| {
        let root = output(rustc, folder, &["--print", "sysroot"])?;
        let host = about(rustc, "host: ")?;
        let name = format!("rust-lld{}", std::env::consts::EXE_SUFFIX);
        let libs = Path::new(&root).join("lib/rustlib");
        Some(libs.join(host).join("bin").join(name))
    });
    let mut names = vec!["wasm-ld".to_string()];
    names.extend(compilers.last().and_then(|rustc| {
        let version = about(rustc, "LLVM version: ")?;
        Some(format!("wasm-ld-{}", version.split('.').next()?))
    }));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::iter::once(bin.to_path_buf())
        .chain(std::env::split_paths(&path))
        .collect();
    let own = folders
        .iter()
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    bundled.chain(own).find(|path| path.is_file())
}
