//! A rule that does harm on purpose, the kind that its configuration names. Each is a case that the host must turn into
//! an error of the step, and go on. What a guest gets away with it tells, so that a test can see the limit.

#![cfg_attr(growable, feature(asm_experimental_arch))]

mod harm;
mod tables;

use staffetta_plugin::exports::rule::{Adapted, Outcome, Subject};
use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::{Error, Result, Rule, config};

/// A configuration. The host has filled in the defaults.
#[derive(Deserialize)]
#[serde(crate = "staffetta_plugin::serde")]
struct Config {
    r#do: String,
    bytes: usize,
    count: u32,
    account: String,
}

/// The plugin.
pub struct Hostile;

impl Rule for Hostile {
    fn apply(_operation: String, json: String, subjects: Vec<Subject>) -> Result<Vec<Outcome>> {
        let config: Config = config(&json)?;
        match config.r#do.as_str() {
            "trap" => std::process::abort(),
            "loop" => harm::spin(),
            "recurse" => Err(Error::Permanent(format!(
                "got to depth {}",
                harm::recurse(1)
            ))),
            "grow" => Err(Error::Permanent(format!(
                "got {} bytes",
                harm::grow(config.bytes)
            ))),
            "tables" => Err(Error::Permanent(format!(
                "the table grew from {}",
                tables::grow(config.count)
            ))),
            "log-flood" => {
                harm::log_flood(config.count, config.bytes);
                Ok(same(subjects))
            }
            "host-calls" => {
                harm::host_calls(config.count);
                Ok(same(subjects))
            }
            "writers" => Err(Error::Permanent(format!(
                "holds {} writers",
                harm::writers(config.count)
            ))),
            "huge" => Ok(texts(subjects, &"a".repeat(config.bytes))),
            "alias" => Ok(vec![Outcome::Refused(harm::aliased(
                config.bytes,
                config.count,
            ))]),
            "bad-utf8" => Ok(texts(subjects, &harm::not_utf8())),
            "control" => Ok(texts(
                subjects,
                "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}gpj.exe",
            )),
            "missing" => Ok(Vec::new()),
            "more" => Ok(same(subjects.iter().chain(&subjects).cloned().collect())),
            "other-origin" => Ok(with(subjects, |adapted| {
                adapted.post.origin.item = "another".into();
                adapted.post.id = "another".into();
            })),
            "foreign-blob" => Ok(with(subjects, |adapted| {
                adapted.post.media.push(harm::foreign_blob());
            })),
            "other-account" => harm::other_account(&config.account).map(|()| same(subjects)),
            "remember" => {
                let calls = harm::remember();
                Ok(texts(subjects, &format!("call {calls} of this instance")))
            }
            other => Err(Error::Unsupported(other.into())),
        }
    }
}

fn with(subjects: Vec<Subject>, change: impl Fn(&mut Adapted)) -> Vec<Outcome> {
    let outcome = |subject: Subject| {
        let mut adapted = Adapted {
            post: subject.post,
            changes: Vec::new(),
            warnings: Vec::new(),
        };
        change(&mut adapted);
        Outcome::Posts(vec![adapted])
    };
    subjects.into_iter().map(outcome).collect()
}

fn same(subjects: Vec<Subject>) -> Vec<Outcome> {
    with(subjects, |_| {})
}

fn texts(subjects: Vec<Subject>, text: &str) -> Vec<Outcome> {
    with(subjects, |adapted| adapted.post.text = text.into())
}

// The exported names mean something to WebAssembly only.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Hostile: rule);
