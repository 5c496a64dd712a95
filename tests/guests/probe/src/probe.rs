//! What can be tried, and how its outcome reads: `{"probe": …, "ok": …}` or `{"probe": …, "failed": KIND, "message": …}`
//! with the contract's name of the failure. Nothing is tried twice.

use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::serde_json::{Value, json};
use staffetta_plugin::{Error, blob, clock, files, log, random, store, target};

use crate::outside;

/// A configuration. The host has filled in the defaults.
#[derive(Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case")]
pub struct Probe {
    pub probe: String,
    pub url: String,
    pub method: String,
    pub secret: String,
    pub algorithm: String,
    pub pointer: String,
    pub path: String,
    pub glob: String,
    pub text: String,
    pub account: String,
    pub bytes: u64,
    pub count: u32,
}

/// A failure's name in the contract, and its message.
pub struct Failed(pub &'static str, pub String);

pub type Tried = Result<Value, Failed>;

/// Tries it.
pub fn run(probe: &Probe) -> Value {
    match attempt(probe) {
        Ok(value) => json!({"probe": probe.probe, "ok": value}),
        Err(Failed(kind, message)) => {
            json!({"probe": probe.probe, "failed": kind, "message": message})
        }
    }
}

fn attempt(p: &Probe) -> Tried {
    match p.probe.as_str() {
        "http" | "http-header" | "http-secret" | "http-capture" | "http-blob"
        | "http-into-blob" => outside::http(p),
        "secret" => outside::placeholder(p).map(Value::from),
        "websocket" => outside::websocket(p),
        "mail" => outside::mail(p),
        "sign" => outside::sign(p),
        "public-key" => outside::public_key(p),
        "files-list" => {
            let after = (!p.text.is_empty()).then_some(p.text.as_str());
            let found = files::list(&p.path, &p.glob, after, p.count)?;
            Ok(found
                .iter()
                .map(|e| json!({"path": e.path, "bytes": e.bytes}))
                .collect())
        }
        "files-open" => {
            let id = files::open(&p.path)?;
            let bytes = blob::read(&id, 0, 4096)?;
            Ok(json!({"blob": id, "text": String::from_utf8_lossy(&bytes)}))
        }
        "files-write" => {
            files::write(&p.path, &files::Content::Text(p.text.clone()))?;
            Ok(Value::Null)
        }
        "files-remove" => {
            files::remove(&p.path)?;
            Ok(Value::Null)
        }
        "blob-write" => {
            let id = outside::written(p)?;
            let described = blob::describe(&id)?;
            let back = blob::read(&id, 0, 4096)?;
            Ok(
                json!({"blob": id, "bytes": described.bytes, "media-type": described.media_type, "text": String::from_utf8_lossy(&back)}),
            )
        }
        "blob-read" => {
            let bytes = blob::read(&p.text, 0, 4096)?;
            Ok(String::from_utf8_lossy(&bytes).into())
        }
        "store-set" => {
            // Several keys or a long value, to reach the limits.
            let value = p.text.repeat(usize::try_from(p.bytes).unwrap_or(1).max(1));
            for n in 0..p.count.max(1) {
                let key = if p.count > 1 {
                    format!("{}{n}", p.path)
                } else {
                    p.path.clone()
                };
                store::set(&key, &value)?;
            }
            Ok(Value::Null)
        }
        "store-get" => Ok(json!(store::get(&p.path)?)),
        "store-delete" => {
            store::delete(&p.path)?;
            Ok(Value::Null)
        }
        "store-keys" => Ok(json!(store::keys(&p.path, None, p.count)?)),
        "clock" => Ok(json!([clock::now(), clock::now()])),
        "random" => Ok(json!(random::bytes(p.count))),
        "log" => {
            for n in 0..p.count.max(1) {
                log::log(log::Level::Info, &format!("{n} {}", p.text));
            }
            Ok(Value::Null)
        }
        "target-measure" => {
            let m = target::measure(&p.account, "text", &p.text)?;
            Ok(json!({"length": m.length, "limit": m.limit, "unit": m.unit, "fits": m.fits}))
        }
        "target-limits" => {
            let limits = target::limits(&p.account)?;
            Ok(json!({"fields": limits.fields.len(), "max-parts": limits.max_parts}))
        }
        "target-lookup" => {
            let found = target::lookup(&p.account, &p.text)?;
            Ok(json!(found.map(|profile| profile.actor.id)))
        }
        other => Err(Failed("unknown-probe", other.into())),
    }
}

impl From<files::Failure> for Failed {
    fn from(failure: files::Failure) -> Self {
        match failure {
            files::Failure::Denied(message) => Self("denied", message),
            files::Failure::Io(message) => Self("io", message),
        }
    }
}

impl From<blob::Failure> for Failed {
    fn from(failure: blob::Failure) -> Self {
        match failure {
            blob::Failure::Unknown => Self("unknown", String::new()),
            blob::Failure::Full(message) => Self("full", message),
        }
    }
}

impl From<store::Failure> for Failed {
    fn from(failure: store::Failure) -> Self {
        match failure {
            store::Failure::TooLarge => Self("too-large", String::new()),
            store::Failure::Io(message) => Self("io", message),
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(denial) => Self("denied", denial.message),
            Error::InvalidConfig(error) => Self("invalid-config", error.message),
            Error::InvalidContent(_) => Self("invalid-content", String::new()),
            Error::Auth(message) => Self("auth", message),
            Error::RateLimited(wait) => Self("rate-limited", wait.message),
            Error::Temporary(message) => Self("temporary", message),
            Error::Permanent(message) => Self("permanent", message),
            Error::InDoubt(message) => Self("in-doubt", message),
            Error::Unsupported(message) => Self("unsupported", message),
        }
    }
}
