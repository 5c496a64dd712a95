//! From what went wrong to the contract's errors, so that `?` says the right thing.

use crate::types::{Denial, Error, Wait};
use crate::{blob, files, http, store};

/// The result of every exported function.
pub type Result<T> = std::result::Result<T, Error>;

impl From<http::Failure> for Error {
    fn from(failure: http::Failure) -> Self {
        match failure {
            http::Failure::Denied(message) => Error::Denied(Denial {
                capability: "http".into(),
                message,
            }),
            http::Failure::Invalid(message) => Error::Permanent(message),
            http::Failure::NotSent(message) => Error::Temporary(message),
            // Right for reading. Code that changes something outside must map this to `in-doubt` itself:
            // `Request::change` does.
            http::Failure::NoAnswer(message) => Error::Temporary(message),
            http::Failure::TooLarge(limit) => {
                Error::Permanent(format!("the answer is larger than {limit} bytes"))
            }
        }
    }
}

impl From<files::Failure> for Error {
    fn from(failure: files::Failure) -> Self {
        match failure {
            files::Failure::Denied(message) => Error::Denied(Denial {
                capability: "files".into(),
                message,
            }),
            files::Failure::Io(message) => Error::Temporary(message),
        }
    }
}

impl From<blob::Failure> for Error {
    fn from(failure: blob::Failure) -> Self {
        match failure {
            blob::Failure::Unknown => {
                Error::Permanent("a blob that this call was not given".into())
            }
            blob::Failure::Full(message) => Error::Temporary(message),
        }
    }
}

impl From<store::Failure> for Error {
    fn from(failure: store::Failure) -> Self {
        match failure {
            store::Failure::TooLarge => {
                Error::Permanent("the plugin's state is larger than allowed".into())
            }
            store::Failure::Io(message) => Error::Temporary(message),
        }
    }
}

/// Turns an HTTP status outside 200–299 into the contract's error: 401 and 403 are `auth`, 429 is `rate-limited` until
/// the server's `Retry-After` or `RateLimit-Reset` (60 s without either), 5xx and 408 are `temporary`, the rest is
/// `permanent`. `what` names the thing that was asked, for the message.
///
/// # Errors
/// As above.
pub fn expect_status(what: &str, response: http::Response) -> Result<http::Response> {
    if (200..300).contains(&response.status) {
        return Ok(response);
    }
    // Only a 429 needs the time.
    let now = if response.status == 429 {
        crate::clock::now()
    } else {
        0
    };
    Err(status_error(what, &response, now))
}

/// The contract's error for an HTTP status that is none of 200–299; `now` in milliseconds since 1970.
#[must_use]
pub fn status_error(what: &str, response: &http::Response, now: i64) -> Error {
    let status = response.status;
    let said: String = String::from_utf8_lossy(&response.body)
        .chars()
        .take(300)
        .collect();
    let message = format!("{what}: the server answered {status} {said}")
        .trim_end()
        .to_string();
    match status {
        401 | 403 => Error::Auth(message),
        429 => Error::RateLimited(Wait {
            until: come_back(response, now),
            message,
        }),
        408 | 500..=599 => Error::Temporary(message),
        _ => Error::Permanent(message),
    }
}

/// When a 429 allows the next call.
fn come_back(response: &http::Response, now: i64) -> i64 {
    let header = |name: &str| {
        response
            .headers
            .iter()
            .find(|h| h.name == name)
            .and_then(|h| h.value.trim().parse::<i64>().ok())
    };
    let at = match (
        header("retry-after"),
        header("ratelimit-reset").or(header("x-ratelimit-reset")),
    ) {
        (Some(seconds), _) => now.saturating_add(seconds.saturating_mul(1000)),
        // A small number is seconds from now; a large one is seconds since 1970.
        (None, Some(reset)) if reset > 1_000_000_000 => reset.saturating_mul(1000),
        (None, Some(reset)) => now.saturating_add(reset.saturating_mul(1000)),
        (None, None) => now.saturating_add(60_000),
    };
    at.max(now.saturating_add(1000))
}
