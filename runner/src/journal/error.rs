//! What can go wrong with the store, as types that a caller can act on.

use std::path::PathBuf;

use super::state::IllegalTransition;

/// A failure of the store. After any of them nothing of the refused call is stored.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process runs pipelines on this store.
    #[error("the store in {} is in use by another process{}", dir.display(), pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    Locked {
        /// The store's folder.
        dir: PathBuf,
        /// Of the other process, where it could be read.
        pid: Option<u32>,
    },
    /// There is no store yet. Only for opening to read.
    #[error("there is no store in {}", dir.display())]
    Missing {
        /// The store's folder.
        dir: PathBuf,
    },
    /// The folder or the file can't be written.
    #[error("the store in {} can't be written: {message}", dir.display())]
    ReadOnly {
        /// The store's folder.
        dir: PathBuf,
        /// The operating system's words.
        message: String,
    },
    /// It was opened for reading only.
    #[error("the store was opened for reading only")]
    Reader,
    /// The disk, or the store's own limit, is full. The store stays usable and works again when there is space.
    #[error("no space is left for the store")]
    Full,
    /// The file is damaged or is no store.
    #[error("the store {} is damaged: {message}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        message: String,
    },
    /// A newer Staffetta has written it.
    #[error("the store {} has format {found}, and this program knows formats up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// The event does not fit the state: a mistake of the caller, or somebody else was faster.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// An earlier buffered write of this run failed, so that nothing more of it is taken until it is resumed.
    #[error("an earlier write of run {run} failed: {first}")]
    Broken {
        /// The run.
        run: String,
        /// The first failure.
        first: Box<StoreError>,
    },
    /// Reading or writing failed. When the disk itself failed, nobody knows what is on it, and no more writes are
    /// taken until the store is opened again.
    #[error("the store failed: {message}")]
    Io {
        /// SQLite's or the operating system's words.
        message: String,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// The result of everything that the store does.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
