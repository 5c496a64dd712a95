//! A request builder over `http`. It adds no behaviour: one `send` is one exchange.

use crate::error::{Result, expect_status};
use crate::http::{self, Body, Capture, Content, FormPart, Header, Into as Target};
use crate::types::Error;

/// How many bytes of an answer are read into memory unless told otherwise.
const MEMORY: u32 = 4 << 20;

/// One HTTP request.
#[derive(Debug)]
pub struct Request {
    what: String,
    inner: http::Request,
    changes: bool,
}

impl Request {
    /// `method` and absolute `url`. `what` names it in messages, such as `publishing the post`.
    #[must_use]
    pub fn new(what: &str, method: &str, url: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            changes: false,
            inner: http::Request {
                method: method.into(),
                url: url.into(),
                headers: Vec::new(),
                body: Body::Empty,
                timeout_ms: None,
                into: Target::Memory(MEMORY),
                capture: Vec::new(),
            },
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.inner.headers.push(Header {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// `Authorization: Bearer` with a secret of the account.
    ///
    /// # Errors
    /// `auth` when the account has no secret of that name, or the host can't read it.
    pub fn bearer(self, secret: &str) -> Result<Self> {
        // The host knows best: not declared, or its variable not set, or its file not there.
        let placeholder = http::secret(secret, "", http::Encoding::Raw).map_err(|failure| {
            match Error::from(failure) {
                Error::Permanent(message) => Error::Auth(message),
                other => other,
            }
        })?;
        Ok(self.header("authorization", format!("Bearer {placeholder}")))
    }

    /// A JSON body.
    #[must_use]
    pub fn json(self, value: &serde_json::Value) -> Self {
        self.body("application/json", Content::Text(value.to_string()))
    }

    /// A body of any type; a blob is streamed by the host.
    #[must_use]
    pub fn body(mut self, media_type: &str, content: Content) -> Self {
        self.inner.body = Body::Whole(content);
        self.header("content-type", media_type)
    }

    /// A `multipart/form-data` body.
    #[must_use]
    pub fn multipart(mut self, parts: Vec<FormPart>) -> Self {
        self.inner.body = Body::Multipart(parts);
        self
    }

    /// Keeps a value of the JSON answer as a secret instead of showing it to the plugin.
    #[must_use]
    pub fn capture(mut self, pointer: &str, name: &str) -> Self {
        self.inner.capture.push(Capture {
            pointer: pointer.into(),
            name: name.into(),
        });
        self
    }

    /// Puts the answer into a blob of at most `most` bytes.
    #[must_use]
    pub fn into_blob(mut self, most: u64) -> Self {
        self.inner.into = Target::Blob(most);
        self
    }

    /// Says that this request changes something outside: no answer then is `in-doubt` instead of `temporary`, and so
    /// is a 5xx status, because a server may fail after it has done the work.
    #[must_use]
    pub fn change(mut self) -> Self {
        self.changes = true;
        self
    }

    /// Sends it and gives any answer, whatever its status.
    ///
    /// # Errors
    /// When no answer came or it was not allowed.
    pub fn answer(self) -> Result<http::Response> {
        let Self {
            what,
            inner,
            changes,
        } = self;
        http::send(&inner).map_err(|failure| match failure {
            http::Failure::NoAnswer(message) if changes => {
                Error::InDoubt(format!("{what}: {message}"))
            }
            other => other.into(),
        })
    }

    /// Sends it and expects a status of 200–299.
    ///
    /// # Errors
    /// As `answer` and `expect_status`.
    pub fn send(self) -> Result<http::Response> {
        let (what, changes) = (self.what.clone(), self.changes);
        let response = self.answer()?;
        if changes && response.status >= 500 {
            return Err(Error::InDoubt(format!(
                "{what}: the server answered {}",
                response.status
            )));
        }
        expect_status(&what, response)
    }

    /// Sends it, expects a status of 200–299 and parses the JSON answer.
    ///
    /// # Errors
    /// As `send`. An answer that can't be parsed is `in-doubt` for a change, else `temporary`.
    pub fn fetch<T: serde::de::DeserializeOwned>(self) -> Result<T> {
        let (what, changes) = (self.what.clone(), self.changes);
        let response = self.send()?;
        serde_json::from_slice(&response.body).map_err(|error| {
            let message = format!("{what}: the answer is not what was expected: {error}");
            if changes {
                Error::InDoubt(message)
            } else {
                Error::Temporary(message)
            }
        })
    }
}
