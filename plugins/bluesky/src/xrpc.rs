//! One call of the protocol's HTTP methods, its answer, and what an answer that is no success means for the host. Knows
//! nothing about logins or posts. Errors are told apart by status and by the `error` name, never by the message.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use staffetta_plugin::http::{
    Body, Capture, Content, Failure, Header, Into as Target, Request, Response,
};
use staffetta_plugin::serde_json::{self, Value};
use staffetta_plugin::{Denial, Error, Wait};

/// Everything but what a URL's query may hold anywhere.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// How many bytes of an answer are read.
const MOST: u32 = 8 << 20;
/// How long to stay away when a server says "too many" and not until when, in milliseconds.
const STAY_AWAY: i64 = 60_000;

/// What a call does outside, and so what its silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing, or nothing that a repetition adds to.
    None,
    /// It changes the account's posts: without an answer it may have happened.
    Change,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// For messages: `publishing the post`.
    pub what: &'static str,
    /// The method's name.
    pub name: &'static str,
    /// What it does outside.
    pub effect: Effect,
    /// `GET` for queries, `POST` for procedures.
    pub method: &'static str,
    /// Names and values of the query.
    pub query: Vec<(&'static str, String)>,
    /// The body and its media type.
    pub body: Option<(String, Content)>,
    /// Further headers.
    pub headers: Vec<Header>,
    /// Tokens in the answer that the host keeps for itself.
    pub capture: Vec<Capture>,
    /// Store the raw answer as a blob.
    pub keep: bool,
}

impl Call {
    /// Reads something.
    #[must_use]
    pub fn get(what: &'static str, name: &'static str) -> Self {
        Self {
            what,
            name,
            effect: Effect::None,
            method: "GET",
            query: Vec::new(),
            body: None,
            headers: Vec::new(),
            capture: Vec::new(),
            keep: false,
        }
    }

    /// Sends JSON.
    #[must_use]
    pub fn post(what: &'static str, name: &'static str, effect: Effect, body: &Value) -> Self {
        Self {
            effect,
            ..Self::send(
                what,
                name,
                "application/json",
                Content::Text(body.to_string()),
            )
        }
    }

    /// Sends any content that nobody will see by itself.
    #[must_use]
    pub fn send(
        what: &'static str,
        name: &'static str,
        media_type: &str,
        content: Content,
    ) -> Self {
        Self {
            method: "POST",
            body: Some((media_type.into(), content)),
            ..Self::get(what, name)
        }
    }

    /// Adds to the query.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The request to `server` (no `/` at its end).
    #[must_use]
    pub fn request(&self, server: &str) -> Request {
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY)))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut headers = self.headers.clone();
        headers.push(header("accept", "application/json"));
        let body = match &self.body {
            Some((media_type, content)) => {
                headers.push(header("content-type", media_type));
                Body::Whole(content.clone())
            }
            None => Body::Empty,
        };
        Request {
            method: self.method.into(),
            url: format!("{server}/xrpc/{}{mark}{}", self.name, query.join("&")),
            headers,
            body,
            timeout_ms: None,
            into: Target::Memory(MOST),
            capture: self.capture.clone(),
        }
    }
}

/// A header.
#[must_use]
pub fn header(name: &str, value: impl Into<String>) -> Header {
    Header {
        name: name.into(),
        value: value.into(),
    }
}

/// A server's answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body; null where it is none.
    pub json: Value,
    /// When the server wants to be asked again, in milliseconds since 1970.
    pub reset: Option<i64>,
    /// The stored raw answer, where that was asked for.
    pub raw: Option<String>,
}

impl Answer {
    /// Reads a response; `now` in milliseconds since 1970.
    #[must_use]
    pub fn read(response: &Response, raw: Option<String>, now: i64) -> Self {
        let number = |name: &str| {
            let found = response
                .headers
                .iter()
                .find(|h| h.name.eq_ignore_ascii_case(name));
            found.and_then(|h| h.value.trim().parse::<i64>().ok())
        };
        let after =
            number("retry-after").map(|seconds| now.saturating_add(seconds.saturating_mul(1000)));
        // This protocol's servers tell the end of the window in seconds since 1970.
        let reset = after.or(number("ratelimit-reset").map(|seconds| seconds.saturating_mul(1000)));
        let json = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        Self {
            status: response.status,
            json,
            reset,
            raw,
        }
    }

    /// True for 200–299.
    #[must_use]
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The protocol's name of the error, such as `RecordNotFound`; empty where there is none.
    #[must_use]
    pub fn error(&self) -> &str {
        self.json["error"].as_str().unwrap_or_default()
    }

    /// True when the login is not, or no longer, good.
    #[must_use]
    pub fn login_refused(&self) -> bool {
        self.status == 401
            || (self.status == 400 && matches!(self.error(), "ExpiredToken" | "InvalidToken"))
    }

    /// A text of the answer.
    ///
    /// # Errors
    /// `in-doubt` after a change, else `temporary`: a server that says yes must say what it did.
    pub fn text(&self, call: &Call, pointer: &str) -> Result<String, Error> {
        let found = self
            .json
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(String::from);
        found.ok_or_else(|| {
            let message = format!("{}: the answer has no {pointer}", call.what);
            match call.effect {
                Effect::None => Error::Temporary(message),
                Effect::Change => Error::InDoubt(message),
            }
        })
    }

    /// What an answer that is no success means for the host.
    #[must_use]
    pub fn refusal(&self, call: &Call, now: i64) -> Error {
        let said: String = self.json["message"]
            .as_str()
            .unwrap_or_default()
            .chars()
            .take(300)
            .collect();
        let message = format!(
            "{}: the server answered {} {} {said}",
            call.what,
            self.status,
            self.error()
        );
        let message = message.trim_end().to_string();
        if self.login_refused() {
            return Error::Auth(message);
        }
        match (self.status, self.error()) {
            (_, "AccountTakedown" | "AccountDeactivated" | "AuthFactorTokenRequired")
            | (403, _) => Error::Auth(message),
            (429, _) => {
                let until = self
                    .reset
                    .unwrap_or(now.saturating_add(STAY_AWAY))
                    .max(now.saturating_add(1000));
                Error::RateLimited(Wait { until, message })
            }
            // A server may fail after it has done the work.
            (408 | 500..=599, _) if call.effect == Effect::Change => Error::InDoubt(message),
            (408 | 500..=599, _) => Error::Temporary(message),
            _ => Error::Permanent(message),
        }
    }
}

/// What a missing answer means for the host.
#[must_use]
pub fn silence(call: &Call, failure: Failure) -> Error {
    let change = call.effect == Effect::Change;
    match failure {
        Failure::Denied(message) => Error::Denied(Denial {
            capability: "http".into(),
            message,
        }),
        Failure::Invalid(message) => Error::Permanent(format!("{}: {message}", call.what)),
        Failure::NotSent(message) => Error::Temporary(format!("{}: {message}", call.what)),
        Failure::NoAnswer(message) if change => Error::InDoubt(format!("{}: {message}", call.what)),
        Failure::NoAnswer(message) => Error::Temporary(format!("{}: {message}", call.what)),
        Failure::TooLarge(limit) => {
            let message = format!("{}: the answer is larger than {limit} bytes", call.what);
            if change {
                Error::InDoubt(message)
            } else {
                Error::Permanent(message)
            }
        }
    }
}
