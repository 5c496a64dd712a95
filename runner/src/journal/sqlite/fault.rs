//! SQLite's errors as the store's, and the small conversions between columns and types.

use std::path::Path;

use rusqlite::ErrorCode;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::error::StoreError;

/// The shared-memory file could not grow: SQLite calls it an I/O error, and it is a full disk.
/// SQLITE_IOERR_SHMSIZE, <https://www.sqlite.org/rescode.html#ioerr_shmsize>, read 2026-08.
const SHM_SIZE: i32 = 4874;

/// What an error of SQLite means for the caller.
pub(super) fn fault(file: &Path, error: &rusqlite::Error) -> StoreError {
    let message = error.to_string();
    let dir = || file.parent().unwrap_or(file).to_owned();
    let path = file.to_owned();
    let rusqlite::Error::SqliteFailure(code, _) = error else {
        // Everything else comes from a value that is not what the schema says.
        return StoreError::Corrupt { path, message };
    };
    match code.code {
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::SystemIoFailure if code.extended_code == SHM_SIZE => StoreError::Full,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            StoreError::Corrupt { path, message }
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            let (dir, pid) = (dir(), None);
            StoreError::Locked { dir, pid }
        }
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            let dir = dir();
            StoreError::ReadOnly { dir, message }
        }
        _ => StoreError::Io { message },
    }
}

/// Whether nobody knows any more what is on the disk. After a failed flush the system may have thrown the bytes away
/// and let the next flush succeed, so going on would build on a hole.
pub(super) fn is_fatal(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(code, _) => match code.code {
            ErrorCode::SystemIoFailure => code.extended_code != SHM_SIZE,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => true,
            _ => false,
        },
        _ => false,
    }
}

/// An operating system's error while the store is opened.
pub(super) fn os_fault(dir: &Path, error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind;
    let message = error.to_string();
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            let dir = dir.to_owned();
            StoreError::ReadOnly { dir, message }
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Io {
            message: format!("{}: {message}", dir.display()),
        },
    }
}

/// A value kept as JSON text.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Self)
            .map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// A plain enum kept as its word.
pub(super) struct Word<T>(pub(super) T);

impl<T: Serialize> Word<T> {
    /// The word.
    pub(super) fn text(&self) -> rusqlite::Result<String> {
        let text = serde_json::to_string(&self.0)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        Ok(text.trim_matches('"').to_owned())
    }
}

impl<T: Serialize> ToSql for Word<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.text().map(ToSqlOutput::from)
    }
}

impl<T: DeserializeOwned> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = value.as_str()?;
        serde_json::from_value(serde_json::Value::from(word))
            .map(Self)
            .map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// A count as SQLite keeps it.
pub(super) fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count as it was kept; SQLite's integers are signed, ours are never negative.
pub(super) fn count(int: i64) -> u64 {
    u64::try_from(int).unwrap_or(0)
}
