//! Stored bytes, named by their digest: written beside and renamed, read in ranges, never held whole in memory.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wasmtime::component::Resource;

use super::HostState;
use crate::contract::imports::blob::{Description, Failure, Host, HostWriter};
use crate::hex::hex;

/// Largest range of one read.
const MOST_READ: u32 = 4 << 20;
/// A file that is read in one go, in bytes.
const SMALL: u64 = 256 << 10;
/// Largest blob that a plugin writes.
const MOST_WRITE: u64 = 512 << 20;

/// What can go wrong with stored bytes.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Not the name of a blob.
    #[error("`{0}` does not name a blob")]
    Name(String),
    /// Not stored here.
    #[error("the blob {0} is not stored here")]
    Missing(String),
    /// Disk full, folder read-only, …
    #[error("stored bytes in {}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A folder of blobs.
#[derive(Debug, Clone)]
pub struct BlobStore {
    folder: PathBuf,
}

impl BlobStore {
    /// Blobs in that folder; it is made when the first one is written.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Where a blob's bytes are.
    ///
    /// # Errors
    /// When `id` is no blob's name.
    pub fn path(&self, id: &str) -> Result<PathBuf, BlobError> {
        let hex = id.strip_prefix("sha256:").filter(|hex| {
            hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        });
        let hex = hex.ok_or_else(|| BlobError::Name(id.chars().take(80).collect()))?;
        Ok(self.folder.join(&hex[..2]).join(&hex[2..]))
    }

    /// A blob's size in bytes.
    ///
    /// # Errors
    /// When it is not stored here.
    pub async fn size(&self, id: &str) -> Result<u64, BlobError> {
        let path = self.path(id)?;
        let meta = fs::metadata(&path)
            .await
            .map_err(|source| missing(id, path, source))?;
        Ok(meta.len())
    }

    /// At most `length` bytes from `offset`.
    ///
    /// # Errors
    /// When it is not stored here or can't be read.
    pub async fn read(&self, id: &str, offset: u64, length: u64) -> Result<Vec<u8>, BlobError> {
        let path = self.path(id)?;
        let (id, at) = (id.to_string(), path.clone());
        // One change of threads for all of it: most blobs are small.
        let read = move || {
            let mut file =
                std::fs::File::open(&path).map_err(|source| missing(&id, path.clone(), source))?;
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(offset))
                .and_then(|_| file.take(length).read_to_end(&mut bytes))
                .map_err(|source| BlobError::Io { path, source })?;
            Ok(bytes)
        };
        blocking(at, read).await
    }

    /// Stores bytes that are in memory already.
    ///
    /// # Errors
    /// When they can't be written.
    pub async fn put(&self, bytes: &[u8]) -> Result<String, BlobError> {
        let mut writer = self.writer().await?;
        writer.write(bytes).await?;
        writer.finish().await
    }

    /// Stores a file's bytes as they are now.
    ///
    /// # Errors
    /// When the file can't be read or the blob can't be written.
    pub async fn put_file(&self, from: &Path) -> Result<(String, u64), BlobError> {
        if let Some(stored) = self.put_small_file(from).await? {
            return Ok(stored);
        }
        let io = |source| BlobError::Io {
            path: from.into(),
            source,
        };
        let mut file = File::open(from).await.map_err(io)?;
        let mut writer = self.writer().await?;
        let mut chunk = vec![0; 256 << 10];
        loop {
            let got = file.read(&mut chunk).await.map_err(io)?;
            if got == 0 {
                let size = writer.written();
                return Ok((writer.finish().await?, size));
            }
            writer.write(&chunk[..got]).await?;
        }
    }

    /// The same with one change of threads; none for a file that should be streamed. A folder may have a million small
    /// files, and on the next run most of them are stored already.
    async fn put_small_file(&self, from: &Path) -> Result<Option<(String, u64)>, BlobError> {
        let (store, at, from) = (self.clone(), from.to_path_buf(), from.to_path_buf());
        let put = move || {
            let mut bytes = Vec::new();
            std::fs::File::open(&from)
                .and_then(|file| file.take(SMALL + 1).read_to_end(&mut bytes))
                .map_err(|source| BlobError::Io { path: from, source })?;
            let size = bytes.len() as u64;
            if size > SMALL {
                return Ok(None);
            }
            let id = id(&Sha256::digest(&bytes));
            let path = store.path(&id)?;
            if !std::fs::metadata(&path).is_ok_and(|known| known.len() == size) {
                let write = |file: &mut std::fs::File| file.write_all(&bytes);
                crate::whole::place(&path, write)
                    .map_err(|source| BlobError::Io { path, source })?;
            }
            Ok(Some((id, size)))
        };
        blocking(at, put).await
    }

    /// Starts a blob.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub async fn writer(&self) -> Result<BlobWriter, BlobError> {
        let nonce = getrandom::u64().map_err(|error| BlobError::Io {
            path: self.folder.clone(),
            source: std::io::Error::other(error),
        })?;
        let path = self.folder.join(format!("{nonce:016x}.tmp"));
        let io = |source| BlobError::Io {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(&self.folder).await.map_err(io)?;
        let file = File::create(&path).await.map_err(io)?;
        Ok(BlobWriter {
            store: self.clone(),
            beside: Temporary(path),
            file,
            hash: Sha256::new(),
            written: 0,
        })
    }
}

/// Work with files on a thread that may wait for them.
async fn blocking<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        let source = std::io::Error::other(error);
        Err(BlobError::Io { path, source })
    })
}

/// The name of bytes with this digest.
fn id(digest: &[u8]) -> String {
    format!("sha256:{}", hex(digest))
}

fn missing(id: &str, path: PathBuf, source: std::io::Error) -> BlobError {
    if source.kind() == std::io::ErrorKind::NotFound {
        BlobError::Missing(id.into())
    } else {
        BlobError::Io { path, source }
    }
}

/// A file that goes away unless it was renamed.
#[derive(Debug)]
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Gone already after the rename.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Bytes being written. Dropped without `finish`, they are thrown away.
#[derive(Debug)]
pub struct BlobWriter {
    store: BlobStore,
    beside: Temporary,
    file: File,
    hash: Sha256,
    written: u64,
}

impl BlobWriter {
    /// Bytes so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// When they can't be written.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.hash.update(bytes);
        self.written += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .await
            .map_err(|source| self.io(source))
    }

    /// Names the bytes and puts them in their place.
    ///
    /// # Errors
    /// When they can't be written.
    pub async fn finish(mut self) -> Result<String, BlobError> {
        self.file.flush().await.map_err(|source| self.io(source))?;
        let id = id(&self.hash.finalize_reset());
        let path = self.store.path(&id)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .await
                .map_err(|source| self.io(source))?;
        }
        fs::rename(&self.beside.0, &path)
            .await
            .map_err(|source| self.io(source))?;
        Ok(id)
    }

    fn io(&self, source: std::io::Error) -> BlobError {
        BlobError::Io {
            path: self.beside.0.clone(),
            source,
        }
    }
}

/// The contract's `writer` resource.
#[derive(Debug)]
pub struct Writer {
    media_type: String,
    inner: Option<BlobWriter>,
}

fn outward(error: BlobError) -> Failure {
    match error {
        BlobError::Name(_) | BlobError::Missing(_) => Failure::Unknown,
        BlobError::Io { source, .. } => Failure::Full(source.to_string()),
    }
}

impl Host for HostState {
    async fn describe(&mut self, id: String) -> wasmtime::Result<Result<Description, Failure>> {
        self.enter()?;
        let Some(media_type) = self.media_type(&id).map(str::to_string) else {
            return Ok(Err(Failure::Unknown));
        };
        let size = self.services.blobs.size(&id).await;
        Ok(size
            .map(|bytes| Description { bytes, media_type })
            .map_err(outward))
    }

    async fn read(
        &mut self,
        id: String,
        offset: u64,
        length: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, Failure>> {
        self.enter()?;
        if self.media_type(&id).is_none() {
            return Ok(Err(Failure::Unknown));
        }
        Ok(self
            .services
            .blobs
            .read(&id, offset, length.min(MOST_READ).into())
            .await
            .map_err(outward))
    }
}

impl HostWriter for HostState {
    async fn new(&mut self, media_type: String) -> wasmtime::Result<Resource<Writer>> {
        self.enter()?;
        Ok(self.table.push(Writer {
            media_type,
            inner: None,
        })?)
    }

    async fn write(
        &mut self,
        this: Resource<Writer>,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Failure>> {
        self.enter()?;
        let blobs = self.services.blobs.clone();
        let writer = self.table.get_mut(&this)?;
        let inner = match &mut writer.inner {
            Some(inner) => inner,
            empty => match blobs.writer().await {
                Ok(made) => empty.insert(made),
                Err(error) => return Ok(Err(outward(error))),
            },
        };
        if inner.written() + bytes.len() as u64 > MOST_WRITE {
            return Ok(Err(Failure::Full(format!(
                "a blob of more than {} MiB",
                MOST_WRITE >> 20
            ))));
        }
        Ok(inner.write(&bytes).await.map_err(outward))
    }

    async fn finish(
        &mut self,
        this: Resource<Writer>,
    ) -> wasmtime::Result<Result<String, Failure>> {
        self.enter()?;
        let writer = self.table.delete(this)?;
        let made = match writer.inner {
            Some(inner) => inner.finish().await,
            None => self.services.blobs.put(&[]).await,
        };
        Ok(match made {
            Ok(id) => {
                self.show_blob(&id, &writer.media_type);
                Ok(id)
            }
            Err(error) => Err(outward(error)),
        })
    }

    async fn drop(&mut self, this: Resource<Writer>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}
