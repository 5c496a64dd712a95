//! Compiled code on disk, keyed by the component's digest and everything that the compiler's output depends on.
//!
//! It only ever loads what this program compiled: a file lies in a folder that nobody else may write, starts with a
//! checksum of its content, and is written beside and renamed, so that a crash or another process never shows half a
//! file. What does not fit in any way is compiled again.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A folder of compiled components.
#[derive(Debug, Clone)]
pub struct CodeCache {
    folder: Option<PathBuf>,
}

impl CodeCache {
    /// The user's cache folder (`STAFFETTA_CACHE` or the system's usual place), or none where it can't be made private.
    #[must_use]
    pub fn user() -> Self {
        let base = std::env::var_os("STAFFETTA_CACHE")
            .map(PathBuf::from)
            .or_else(|| dirs::cache_dir().map(|dir| dir.join("staffetta")));
        Self {
            folder: base
                .map(|base| base.join("code"))
                .filter(|folder| private(folder)),
        }
    }

    /// Keeps nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { folder: None }
    }

    /// In this folder, unless others may write to it.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder).filter(|folder| private(folder)),
        }
    }

    /// The component compiled for this engine: from the cache, or compiled now and put there.
    ///
    /// # Errors
    /// When the bytes are no component that this engine can compile.
    pub fn load(
        &self,
        engine: &Engine,
        digest: &str,
        bytes: impl FnOnce() -> std::io::Result<Vec<u8>>,
    ) -> wasmtime::Result<Component> {
        let path = self
            .folder
            .as_ref()
            .map(|folder| folder.join(file_name(engine, digest)));
        if let Some(component) = path.as_deref().and_then(|path| self.read(engine, path)) {
            return Ok(component);
        }
        let bytes = bytes()?;
        let component = Component::new(engine, &bytes)?;
        if let Some(path) = path {
            // A cache that can't be written only costs time.
            if let Err(error) = component
                .serialize()
                .and_then(|code| Ok(write(&path, &code)?))
            {
                tracing::debug!(%error, "compiled code was not cached");
            }
        }
        Ok(component)
    }

    fn read(&self, engine: &Engine, path: &Path) -> Option<Component> {
        let file = fs::read(path).ok()?;
        let (sum, code) = file.split_at_checked(32)?;
        if Sha256::digest(code).as_slice() != sum {
            tracing::debug!(path = %path.display(), "a damaged cache file is replaced");
            return None;
        }
        deserialize(engine, code)
    }
}

/// Turns compiled code back into a component.
#[allow(unsafe_code)]
fn deserialize(engine: &Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: `deserialize` demands bytes that `Component::serialize` made and nobody changed. The checksum before
    // them was written by `write` below in the same rename; the folder belongs to this user and no other user can
    // write to it (`private`), so whoever could forge both could as well replace this program. wasmtime itself checks
    // that its version and the engine's settings are the same, and refuses otherwise.
    unsafe { Component::deserialize(engine, code) }.ok()
}

/// Name by digest, host version and the engine's compiler settings.
fn file_name(engine: &Engine, digest: &str) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    let digest = digest.rsplit(':').next().unwrap_or(digest);
    format!("{digest}-{:016x}.bin", hasher.finish())
}

fn write(path: &Path, code: &[u8]) -> std::io::Result<()> {
    crate::whole::place(path, |file| {
        file.write_all(&Sha256::digest(code))?;
        file.write_all(code)
    })
}

/// Makes the folder for this user alone; false where it is somebody else's or others may write to it.
fn private(folder: &Path) -> bool {
    if fs::create_dir_all(folder).is_err() {
        return false;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
        let Ok(meta) = fs::symlink_metadata(folder) else {
            return false;
        };
        let mine = fs::metadata("/proc/self").map_or(meta.uid(), |me| me.uid());
        meta.is_dir() && meta.mode() & 0o022 == 0 && meta.uid() == mine
    }
    #[cfg(not(unix))]
    true
}
