//! The host's side of `read::Outside`: granted folders and the bytes of their files.

use staffetta_plugin::types::Error;
use staffetta_plugin::{blob, files};

use crate::read::Outside;

/// The host that runs this plugin.
#[derive(Debug)]
pub struct Host;

impl Outside for Host {
    fn list(
        &self,
        folder: &str,
        glob: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        let found = files::list(folder, glob, after, limit)?;
        Ok(found.into_iter().map(|entry| entry.path).collect())
    }

    fn open(&self, path: &str) -> Result<String, files::Failure> {
        files::open(path)
    }

    fn size(&self, blob: &str) -> Result<u64, Error> {
        Ok(blob::describe(blob)?.bytes)
    }

    fn read(&self, blob: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        Ok(blob::read(blob, offset, length)?)
    }
}
