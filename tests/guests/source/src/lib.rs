//! Made-up posts, as many as the configuration says, the same at every fetch; the cursor is the number of posts given
//! so far. Or what the trigger brought along, as JSON. Holds one page in memory, so it shows what the host costs.

use staffetta_plugin::exports::source::Trigger;
use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::serde_json::{Value, json};
use staffetta_plugin::{Error, Page, Post, Record, Result, Source, config, empty_post};

#[derive(Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case")]
struct Config {
    count: u64,
    bytes: usize,
    name: String,
    link: bool,
    fail_at: Option<u64>,
    trap_at: Option<u64>,
}

/// A time in the middle of 2026, so that posts have dates that differ.
const FIRST: i64 = 1_782_864_000_000;

/// The plugin.
pub struct Numbers;

impl Source for Numbers {
    fn fetch(
        operation: String,
        json: String,
        trigger: Trigger,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<Page> {
        if operation == "trigger" {
            return Ok(told(trigger));
        }
        let config: Config = config(&json)?;
        let from = match cursor {
            Some(text) => text.parse::<u64>().map_err(|_| {
                Error::Permanent(format!("{text:?} is not a cursor of this source"))
            })?,
            None => 0,
        };
        let to = config
            .count
            .min(from.saturating_add(u64::from(limit.max(1))))
            .max(from);
        let inside = |at: Option<u64>| at.is_some_and(|at| (from..to).contains(&at));
        if inside(config.fail_at) {
            return Err(Error::Temporary("failed as the configuration says".into()));
        }
        if inside(config.trap_at) {
            std::process::abort();
        }
        let filling = "parola ".repeat(config.bytes / 7);
        Ok(Page {
            records: (from..to)
                .map(|n| Record::Post(post(&config, &filling, n)))
                .collect(),
            cursor: Some(to.to_string()),
            more: to < config.count,
            notes: Vec::new(),
        })
    }
}

fn post(config: &Config, filling: &str, n: u64) -> Post {
    let item = n.to_string();
    let mut post = empty_post(&config.name, &item, format!("Post {n}. {filling}"));
    post.origin.published = Some(FIRST.saturating_add_unsigned(n.saturating_mul(1000)));
    if config.link {
        post.link = Some(format!("https://example.org/{n}"));
    }
    post
}

/// Each file and the payload as a record of its own.
fn told(trigger: Trigger) -> Page {
    let files = trigger.files.into_iter().map(|file| {
        json!({"path": file.path, "blob": file.blob, "bytes": file.bytes, "modified": file.modified})
    });
    let payload = trigger
        .payload
        .map(|text| json!({"payload": staffetta_plugin::serde_json::from_str(&text).unwrap_or(Value::Null)}));
    Page {
        records: files
            .chain(payload)
            .map(|value| Record::Json(value.to_string()))
            .collect(),
        cursor: None,
        more: false,
        notes: Vec::new(),
    }
}

// The exported names mean something to WebAssembly only.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Numbers: source);
