//! Puts built components into their places: whole or not at all, and nothing left over.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::folders::Layout;
use crate::whole::replace;

/// Writes beside the place and renames, so that nobody ever reads half a file. An equal file is left as it is.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    replace(path, |file| file.write_all(bytes))
}

/// Removes components whose sources are gone from a checkout's output, so that a renamed plugin leaves nothing behind.
/// A project's `plugins/` holds components without sources by design and is left alone.
pub(super) fn remove_orphans(layout: &Layout) -> io::Result<Vec<PathBuf>> {
    if matches!(layout, Layout::Project(_)) {
        return Ok(Vec::new());
    }
    let folders = layout.folders()?;
    let mut removed = Vec::new();
    let outputs: BTreeSet<&PathBuf> = folders.iter().map(|folder| &folder.output).collect();
    for output in outputs.into_iter().filter(|output| output.is_dir()) {
        for entry in fs::read_dir(output)? {
            let path = entry?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let known = folders
                .iter()
                .any(|folder| folder.output == *output && Some(folder.name.as_str()) == stem);
            if !known && path.extension().is_some_and(|ext| ext == "wasm") {
                fs::remove_file(&path)?;
                removed.push(path);
            }
        }
    }
    Ok(removed)
}
