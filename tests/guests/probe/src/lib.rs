//! Does one thing with one import and tells what came of it as JSON: as a source, where its configuration names the
//! thing; as an inbox, where the account's settings name it, so that the account's secrets are at hand; and inside
//! `compose`, which is pure, to show what is out of reach there.

mod outside;
mod probe;

use probe::{Probe, run};
use staffetta_plugin::exports::source::Trigger;
use staffetta_plugin::{
    Account, Composed, Error, Inbox, Measured, Network, Page, Part, Post, PostLimits, Record,
    Result, Source, Violation, config, text, unlimited,
};

/// The plugin.
pub struct Prober;

fn page(probe: &Probe) -> Page {
    Page {
        records: vec![Record::Json(run(probe).to_string())],
        cursor: None,
        more: false,
        notes: Vec::new(),
    }
}

impl Source for Prober {
    fn fetch(
        _operation: String,
        json: String,
        _trigger: Trigger,
        _cursor: Option<String>,
        _limit: u32,
    ) -> Result<Page> {
        Ok(page(&config(&json)?))
    }
}

impl Inbox for Prober {
    fn fetch(account: Account, _cursor: Option<String>, _limit: u32) -> Result<Page> {
        Ok(page(&config(&account.settings)?))
    }
}

impl Network for Prober {
    fn learn(_account: Account) -> Result<Option<String>> {
        Ok(None)
    }

    fn limits(_account: Account) -> Result<PostLimits> {
        Ok(PostLimits {
            fields: vec![unlimited("text", false)],
            media: Vec::new(),
            min_media: 0,
            links: staffetta_plugin::LinkPlace::Text,
            cards: false,
            max_tags: None,
            max_parts: 1,
        })
    }

    fn measure(_account: Account, _field: String, words: String) -> Result<Measured> {
        Ok(text::measure(
            &words,
            &text::tokens(&words),
            None,
            "graphemes",
            |_| 1,
        ))
    }

    fn compose(account: Account, post: Post) -> Result<Composed> {
        let outcome = run(&config(&account.settings)?).to_string();
        Ok(Composed {
            parts: vec![Part {
                text: post.text,
                spans: Vec::new(),
                media: post.media,
                card: None,
                fields: Vec::new(),
                lengths: Vec::new(),
                payload: String::new(),
                payload_type: "text/plain".into(),
            }],
            notes: vec![outcome],
        })
    }

    fn check(_account: Account, _composed: Composed) -> Result<Vec<Violation>> {
        Err(Error::Unsupported("this network only probes".into()))
    }
}

// The exported names mean something to WebAssembly only.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Prober: source, inbox, network);
