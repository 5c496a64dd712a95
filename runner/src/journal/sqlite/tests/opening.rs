//! Opening what can't be opened, a full disk, and readers beside the writer.

use super::super::super::error::StoreError;
use super::*;

fn refused(folder: &Folder) -> StoreError {
    match SqliteStore::open(folder.path(), Options::default()) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

/// Changes a closed store from outside.
fn sql(folder: &Folder, sql: &str) {
    let connection = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_second_writer_is_told_who_is_first_and_a_reader_is_let_in() {
    let folder = Folder::new();
    assert!(matches!(
        SqliteStore::open_to_read(folder.path()),
        Err(StoreError::Missing { .. })
    ));
    let store = folder.store();
    begin(&store, "r").await;
    let StoreError::Locked { pid, .. } = refused(&folder) else {
        panic!("another error");
    };
    assert_eq!(pid, Some(std::process::id()));

    let reader = SqliteStore::open_to_read(folder.path()).unwrap();
    assert_eq!(reader.id(), store.id());
    assert!(reader.run("r").await.unwrap().is_some());
    let step = Batch::new("r", 2).event(step_started("fetch"));
    assert!(matches!(
        reader.append(step.clone()).await,
        Err(StoreError::Reader)
    ));
    store.append(step).await.unwrap();
    let run = reader.run("r").await.unwrap().unwrap();
    assert_eq!(run.steps.len(), 1, "a reader sees what was written since");
    drop((store, reader));
    folder.store();
}

#[test]
fn a_newer_format_is_named() {
    let folder = Folder::new();
    drop(folder.store());
    sql(&folder, "PRAGMA user_version = 99");
    let StoreError::Newer { found, known, .. } = refused(&folder) else {
        panic!("another error");
    };
    assert_eq!((found, known), (99, 1));
    assert!(matches!(
        SqliteStore::open_to_read(folder.path()),
        Err(StoreError::Newer { .. })
    ));
}

#[test]
fn damaged_and_foreign_files_are_refused() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path()).unwrap();
    let file = folder.path().join("journal.db");
    std::fs::write(
        &file,
        "not a database, but long enough to be read as one. ".repeat(100),
    )
    .unwrap();
    assert!(matches!(refused(&folder), StoreError::Corrupt { .. }));
    let text = std::fs::read(&file).unwrap();
    assert!(text.starts_with(b"not a database"), "it is left as it was");

    std::fs::remove_file(&file).unwrap();
    sql(&folder, "CREATE TABLE theirs (a)");
    assert!(matches!(refused(&folder), StoreError::Corrupt { .. }));

    std::fs::remove_file(&file).unwrap();
    drop(folder.store());
    let mut bytes = std::fs::read(&file).unwrap();
    let size = bytes.len();
    bytes[4096..size - 4096].fill(0x5A);
    std::fs::write(&file, &bytes).unwrap();
    assert!(matches!(refused(&folder), StoreError::Corrupt { .. }));
    bytes.truncate(size / 2);
    std::fs::write(&file, &bytes).unwrap();
    assert!(matches!(refused(&folder), StoreError::Corrupt { .. }));
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written_is_named() {
    // Not even root can make a folder there.
    let dir = Path::new("/sys/kernel/staffetta");
    let error = match SqliteStore::open(dir, Options::default()) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    };
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");

    let folder = Folder::new();
    std::fs::write(folder.path(), "a file where a folder should be").unwrap();
    assert!(matches!(refused(&folder), StoreError::Io { .. }));
    std::fs::remove_file(folder.path()).unwrap();
}

#[tokio::test]
async fn a_full_disk_stops_a_write_and_not_the_store() {
    let folder = Folder::new();
    let options = Options {
        most_bytes: Some(1 << 20),
        ..Options::default()
    };
    let store = SqliteStore::open(folder.path(), options).unwrap();
    for run in ["r", "s", "t"] {
        begin(&store, run).await;
        let batch = Batch::new(run, 2).event(step_started("fetch"));
        store.append(batch).await.unwrap();
    }
    let page =
        |run: &str, bytes: usize| Batch::new(run, 3).page("fetch", 0, 1, None, "x".repeat(bytes));
    let before = store.run("r").await.unwrap();
    let large = store.append(page("r", 4 << 20)).await;
    assert!(matches!(large, Err(StoreError::Full)));
    assert_eq!(store.run("r").await.unwrap(), before, "nothing half done");
    store.append(page("r", 1 << 10)).await.unwrap();

    // A large write that nobody waits for does not take a small one down with it.
    store.append(page("s", 4 << 20).buffered()).await.unwrap();
    store.append(page("t", 1 << 10).buffered()).await.unwrap();
    store.flush().await.unwrap();
    assert!(store.page("t", "fetch", 0).await.unwrap().is_some());
    assert!(store.page("s", "fetch", 0).await.unwrap().is_none());
    let Err(StoreError::Broken { first, .. }) = store.append(page("s", 1)).await else {
        panic!("the run went on over a hole");
    };
    assert!(matches!(*first, StoreError::Full));
    assert_sound(&store).await;
    drop(store);

    // With more room the run goes on where it stood.
    let store = folder.store();
    store.resume("s", 4).await.unwrap();
    let again = page("s", 4 << 20).event(step_done("fetch", 1));
    let mut batch = Batch::new("s", 5).event(step_started("fetch"));
    batch.entries.extend(again.entries);
    store.append(batch).await.unwrap();
    assert_sound(&store).await;
}
