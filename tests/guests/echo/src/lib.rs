//! A rule that gives each post back, or does to it what its configuration says: every kind of outcome that a rule can
//! answer, on demand. It asks for nothing.

use staffetta_plugin::exports::rule::{Adapted, Outcome, Subject};
use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::{
    ChangeKind, Error, Post, Result, Rule, Severity, Violation, change, config,
};

#[derive(Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case")]
enum What {
    Same,
    Upper,
    Append,
    Drop,
    Split,
    Warn,
    Refuse,
    Temporary,
    Permanent,
}

#[derive(Deserialize)]
#[serde(crate = "staffetta_plugin::serde")]
struct Config {
    r#do: What,
    text: String,
}

/// The plugin.
pub struct Echo;

impl Rule for Echo {
    fn apply(_operation: String, json: String, subjects: Vec<Subject>) -> Result<Vec<Outcome>> {
        let config: Config = config(&json)?;
        match config.r#do {
            What::Temporary => Err(Error::Temporary(config.text)),
            What::Permanent => Err(Error::Permanent(config.text)),
            _ => Ok(subjects
                .into_iter()
                .map(|s| outcome(&config, s.post))
                .collect()),
        }
    }
}

fn outcome(config: &Config, post: Post) -> Outcome {
    let violation = |severity| Violation {
        code: "told-so".into(),
        field: "text".into(),
        message: config.text.clone(),
        severity,
        actual: None,
        limit: None,
        unit: String::new(),
    };
    match config.r#do {
        What::Same | What::Temporary | What::Permanent => one(post, Vec::new()),
        What::Upper => {
            let text = post.text.to_uppercase();
            replaced(post, text)
        }
        What::Append => {
            let text = format!("{}{}", post.text, config.text);
            replaced(post, text)
        }
        What::Drop => Outcome::Posts(Vec::new()),
        What::Split => {
            let halves = ["a", "b"].map(|half| {
                let mut post = post.clone();
                post.id = format!("{}#{half}", post.id);
                post.origin.item = format!("{}#{half}", post.origin.item);
                post.text = format!("{half}: {}", post.text);
                adapted(post)
            });
            Outcome::Posts(halves.into())
        }
        What::Warn => Outcome::Posts(vec![Adapted {
            warnings: vec![violation(Severity::Warn)],
            ..adapted(post)
        }]),
        What::Refuse => Outcome::Refused(vec![violation(Severity::Refuse)]),
    }
}

fn replaced(mut post: Post, text: String) -> Outcome {
    let before = std::mem::replace(&mut post.text, text);
    let change = change(
        "text",
        ChangeKind::Replaced,
        Some(&before),
        Some(&post.text),
        "the configuration says so",
    );
    one(post, vec![change])
}

fn one(post: Post, changes: Vec<staffetta_plugin::Change>) -> Outcome {
    Outcome::Posts(vec![Adapted {
        changes,
        ..adapted(post)
    }])
}

fn adapted(post: Post) -> Adapted {
    Adapted {
        post,
        changes: Vec::new(),
        warnings: Vec::new(),
    }
}

// The exported names mean something to WebAssembly only.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Echo: rule);
