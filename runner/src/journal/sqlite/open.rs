//! Opening: the lock, the file, its format and its health.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::super::error::{Result, StoreError};
use super::fault::{count, fault, os_fault};

/// The database in the store's folder.
const FILE: &str = "journal.db";
/// Held by the one process that may write.
const LOCK: &str = "lock";
/// In the file's header, so that no other program's database is taken for a store: "STAF".
const APPLICATION: i32 = 0x5354_4146;
/// One script a format, in order; the length is the newest format.
const MIGRATIONS: &[&str] = &[include_str!("migrations/1.sql")];
/// Up to this size the whole file is checked when it is opened: about 20 ms.
const CHECKED_WHOLE: u64 = 8 << 20;
/// How long to wait for somebody who has a database shell open on the file.
const BUSY: Duration = Duration::from_secs(5);
/// The log file is folded into the database when it has so many pages of 4 KiB: rarely enough that its two flushes do
/// not matter.
const CHECKPOINT_PAGES: i32 = 4_000;

/// KiB of pages that each connection keeps. Little: pages of records are written once and read once, and what is looked
/// up again (indices, effects) is small. With more, a long run would fill it with what nobody asks for again.
const CACHE: i32 = 2_000;

/// What the operator can set.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The most that the database may take, in bytes; beyond it, writes fail as they do on a full disk.
    pub most_bytes: Option<u64>,
    /// Never waits for the disk: for a preview, whose journal is thrown away. Nothing of it survives a power cut.
    pub temporary: bool,
}

/// An opened file.
pub(super) struct Opened {
    pub(super) file: PathBuf,
    pub(super) connection: Connection,
    /// The lock is held as long as this lives.
    pub(super) lock: File,
    pub(super) id: String,
    pub(super) epoch: u64,
}

/// Opens for writing, and makes what is missing.
pub(super) fn open(dir: &Path, options: &Options) -> Result<Opened> {
    fs::create_dir_all(dir).map_err(|error| os_fault(dir, &error))?;
    let lock = lock(dir)?;
    let file = dir.join(FILE);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |error: rusqlite::Error| fault(&file, &error);
    let mut connection = Connection::open_with_flags(&file, flags).map_err(failed)?;
    tune(&connection).map_err(failed)?;
    let found = format(&file, &connection)?;
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(failed)?;
    if mode != "wal" {
        let message = format!("{}: no write-ahead log on this file system", dir.display());
        return Err(StoreError::Io { message });
    }
    connection
        .pragma_update(
            None,
            "synchronous",
            if options.temporary { "off" } else { "full" },
        )
        .and_then(|()| connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES))
        .map_err(failed)?;
    if let Some(bytes) = options.most_bytes {
        limit(&connection, bytes).map_err(failed)?;
    }
    migrate(&mut connection, found).map_err(failed)?;
    health(&file, &connection)?;
    let (id, epoch) = identity(&mut connection).map_err(failed)?;
    Ok(Opened {
        file,
        connection,
        lock,
        id,
        epoch,
    })
}

/// Opens a connection that only reads.
pub(super) fn open_to_read(file: &Path) -> Result<Connection> {
    let failed = |error: rusqlite::Error| fault(file, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(failed)?;
    tune(&connection).map_err(failed)?;
    Ok(connection)
}

/// Finds an existing store for reading, checks its format, and tells its id and epoch.
pub(super) fn find(dir: &Path) -> Result<(PathBuf, String, u64)> {
    let file = dir.join(FILE);
    let missing = || {
        let dir = dir.to_owned();
        Err(StoreError::Missing { dir })
    };
    if !file.is_file() {
        return missing();
    }
    let connection = open_to_read(&file)?;
    if format(&file, &connection)? == 0 {
        return missing();
    }
    let of = "SELECT value FROM meta WHERE key = ?1";
    let read = || -> rusqlite::Result<(String, i64)> {
        let id = connection.query_row(of, ["id"], |row| row.get(0))?;
        let epoch = connection.query_row(of, ["epoch"], |row| row.get(0))?;
        Ok((id, epoch))
    };
    match read() {
        Ok((id, epoch)) => Ok((file, id, count(epoch))),
        // Its first opening has not come to its end yet.
        Err(rusqlite::Error::QueryReturnedNoRows) => missing(),
        Err(error) => Err(fault(&file, &error)),
    }
}

fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "cache_size", -CACHE)?;
    connection.pragma_update(None, "temp_store", "memory")
}

/// Takes the lock, and leaves the process's number for whoever comes second.
fn lock(dir: &Path) -> Result<File> {
    let failed = |error: std::io::Error| os_fault(dir, &error);
    let path = dir.join(LOCK);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let pid = match file.read_to_string(&mut text) {
                Ok(_) => text.trim().parse().ok(),
                Err(_) => None,
            };
            let dir = dir.to_owned();
            return Err(StoreError::Locked { dir, pid });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(failed)?;
    Ok(file)
}

/// The file's format; 0 for a new one.
fn format(file: &Path, connection: &Connection) -> Result<u32> {
    let failed = |error: rusqlite::Error| fault(file, &error);
    let version: u32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(failed)?;
    let application: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(failed)?;
    let tables: u32 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    let path = file.to_owned();
    if tables > 0 && application != APPLICATION {
        let message = "it is the database of another program".to_owned();
        return Err(StoreError::Corrupt { path, message });
    }
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if version > known {
        let found = version;
        return Err(StoreError::Newer { path, found, known });
    }
    Ok(version)
}

fn migrate(connection: &mut Connection, found: u32) -> rusqlite::Result<()> {
    for (format, script) in (1_u32..).zip(MIGRATIONS).skip(found as usize) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(script)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", format)?;
        transaction.commit()?;
    }
    Ok(())
}

fn limit(connection: &Connection, bytes: u64) -> rusqlite::Result<()> {
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / size.max(1);
    // The pragma answers with a row.
    connection.pragma_update_and_check(None, "max_page_count", pages.max(1), |_| Ok(()))
}

/// A small file is checked as a whole. A large one is checked where its format is read, and by `verify` on demand:
/// the write-ahead log already carries checksums for what a crash could have torn.
fn health(file: &Path, connection: &Connection) -> Result<()> {
    let size = fs::metadata(file).map_or(0, |metadata| metadata.len());
    if size > CHECKED_WHOLE {
        return Ok(());
    }
    let answer: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| fault(file, &error))?;
    if answer == "ok" {
        return Ok(());
    }
    Err(StoreError::Corrupt {
        path: file.to_owned(),
        message: answer,
    })
}

/// The store's id, and how often it was opened for writing, this time included.
fn identity(connection: &mut Connection) -> rusqlite::Result<(String, u64)> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(
        "INSERT INTO meta (key, value) VALUES ('id', lower(hex(randomblob(16)))) ON CONFLICT DO NOTHING;
         INSERT INTO meta (key, value) VALUES ('epoch', 1) ON CONFLICT DO UPDATE SET value = value + 1;",
    )?;
    let of = "SELECT value FROM meta WHERE key = ?1";
    let id = transaction.query_row(of, ["id"], |row| row.get(0))?;
    let epoch: i64 = transaction.query_row(of, ["epoch"], |row| row.get(0))?;
    transaction.commit()?;
    Ok((id, count(epoch)))
}
