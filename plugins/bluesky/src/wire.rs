//! The transport made of the contract's imports. Works only inside the host.

use staffetta_plugin::blob;
use staffetta_plugin::http::{self, Encoding, Failure, Request, Response};
use staffetta_plugin::{clock, read_blob, store};

use crate::transport::Transport;

/// The largest answer that is kept as a blob, in bytes.
const KEPT: u64 = 8 << 20;

/// The host.
#[derive(Debug, Clone, Copy)]
pub struct Host;

impl Transport for Host {
    fn send(
        &self,
        mut request: Request,
        keep: bool,
    ) -> Result<(Response, Option<String>), Failure> {
        if !keep {
            return http::send(&request).map(|response| (response, None));
        }
        request.into = http::Into::Blob(KEPT);
        let mut response = http::send(&request)?;
        let raw = response.blob.take();
        if let Some(id) = &raw {
            response.body = read_blob(id, KEPT)
                .map_err(|_| Failure::NoAnswer("the stored answer can't be read".into()))?;
        }
        Ok((response, raw))
    }

    fn secret(&self, name: &str, encoding: Encoding) -> Option<String> {
        http::secret(name, "", encoding).ok()
    }

    fn now(&self) -> i64 {
        clock::now()
    }

    fn load(&self, key: &str) -> Option<String> {
        store::get(key).ok().flatten()
    }

    fn save(&self, key: &str, value: &str) {
        // See the trait: what is kept here is only a shortcut.
        let _ = store::set(key, value);
    }
}

/// A blob's size and media type.
#[must_use]
pub fn describe(id: &str) -> Option<(u64, String)> {
    blob::describe(id).ok().map(|d| (d.bytes, d.media_type))
}
