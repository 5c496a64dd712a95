//! Files that are there whole or not at all: written beside their place and renamed into it.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Writes a file that survives a power cut once this has returned. Folders are made.
///
/// # Errors
/// When it can't be written; then the old one is as it was.
pub(crate) fn replace(
    target: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    place(target, |file| fill(file).and_then(|()| file.sync_all()))
}

/// The same without waiting for the disk: a power cut may take it, or leave it empty.
///
/// # Errors
/// When it can't be written; then the old one is as it was.
pub(crate) fn place(
    target: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let folder = target
        .parent()
        .ok_or_else(|| io::Error::other("not a file's path"))?;
    fs::create_dir_all(folder)?;
    let nonce = getrandom::u64().map_err(io::Error::other)?;
    let beside = folder.join(format!(".{nonce:016x}.tmp"));
    let written = File::create(&beside)
        .and_then(|mut file| fill(&mut file))
        .and_then(|()| fs::rename(&beside, target));
    if written.is_err() {
        // The reason that counts is the first one.
        let _ = fs::remove_file(&beside);
    }
    written
}
