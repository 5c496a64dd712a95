//! From a post to the exact records. Pure: the same post gives the same bytes. What only sending knows is not in
//! a payload and is added by `publish`: `createdAt`, and `reply` of answers and of a thread's later parts.

use staffetta_plugin::serde_json::{Map, Value, json};
use staffetta_plugin::{
    Account, Card, Composed, Facts, Field, Length, Media, MediaKind, Part, Post, Result, SpanKind,
};

use crate::embed::{self, Describe, Ready};
use crate::labels::{languages, tags};
use crate::limits::facts;
use crate::settings::Settings;
use crate::split::split;
use crate::text::{Scale, Shown, Size};
use crate::{COLLECTION, NETWORK};

/// The field of a part that holds the post which it answers; `publish` looks that one up.
pub const REPLY_TO: &str = "reply-to";

/// A part before it is written: its text as the author wrote it, and its media.
struct Draft {
    text: String,
    media: Vec<Media>,
}

struct Composer<'a> {
    post: &'a Post,
    facts: Facts,
    scale: Scale,
    describe: Describe<'a>,
    languages: Vec<String>,
    notes: Vec<String>,
}

/// Composes a post.
///
/// # Errors
/// `invalid-config` when the account's settings can't be read.
pub fn compose(account: &Account, post: &Post, describe: Describe<'_>) -> Result<Composed> {
    let settings = Settings::of(account)?;
    let facts = facts(account);
    let mut composer = Composer {
        post,
        scale: Scale::of(&facts),
        facts,
        describe,
        languages: Vec::new(),
        notes: Vec::new(),
    };
    composer.languages = languages(
        account,
        &settings,
        post,
        &composer.facts,
        &mut composer.notes,
    );
    let drafts = composer.drafts(&settings);
    let parts = composer.parts(drafts);
    composer.note_mentions(&parts);
    Ok(Composed {
        parts,
        notes: composer.notes,
    })
}

impl Composer<'_> {
    /// The texts and media of the parts.
    fn drafts(&mut self, settings: &Settings) -> Vec<Draft> {
        let post = self.post;
        if !post.thread.is_empty() {
            let mut drafts: Vec<Draft> = post
                .thread
                .iter()
                .map(|s| Draft {
                    text: s.text.clone(),
                    media: s.media.clone(),
                })
                .collect();
            // A rule that split only the text left the media with the post.
            let placed = |media: &Media| post.thread.iter().any(|s| s.media.contains(media));
            let rest: Vec<Media> = post.media.iter().filter(|m| !placed(m)).cloned().collect();
            drafts[0].media.extend(rest);
            return drafts;
        }
        let text = self.with_link(settings);
        if !settings.thread {
            return vec![Draft {
                text,
                media: post.media.clone(),
            }];
        }
        if self.scale.holds(self.size(&text)) {
            return vec![Draft {
                text,
                media: post.media.clone(),
            }];
        }
        let ranges = split(&text, &post.mentions, self.scale);
        if let [range] = ranges.as_slice() {
            self.notes.push(
                "empty lines or spaces at the text's ends are left out, so that it fits".into(),
            );
            return vec![Draft {
                text: text[range.clone()].into(),
                media: post.media.clone(),
            }];
        }
        self.notes.push(format!(
            "the text is too long for one post: it became a thread of {}",
            ranges.len()
        ));
        let mut media = post.media.clone();
        ranges
            .into_iter()
            .map(|range| Draft {
                text: text[range].into(),
                media: std::mem::take(&mut media),
            })
            .collect()
    }

    /// The post's text, and its link at the end where no card can show it: under pictures there is no place for one.
    /// A thread has that place in its last part.
    fn with_link(&mut self, settings: &Settings) -> String {
        let post = self.post;
        let shown = post
            .media
            .iter()
            .any(|m| m.blob.is_some() && embeddable(m.kind));
        let (Some(link), true) = (post.link.as_deref().filter(|l| is_web(l)), shown) else {
            return post.text.clone();
        };
        let fits = self.scale.holds(self.size(&post.text));
        if post.text.contains(link) || (!fits && settings.thread) {
            return post.text.clone();
        }
        self.notes.push(
            "the link stands in the text: a post with pictures or a video shows no card".into(),
        );
        if post.text.is_empty() {
            link.into()
        } else {
            format!("{}\n\n{link}", post.text)
        }
    }

    fn size(&self, text: &str) -> Size {
        Size::of(&Shown::of(text, &self.post.mentions, self.scale).text)
    }

    fn parts(&mut self, drafts: Vec<Draft>) -> Vec<Part> {
        let last = drafts.len().saturating_sub(1);
        let mut card = self.card();
        let mut parts = Vec::with_capacity(drafts.len());
        for (index, draft) in drafts.into_iter().enumerate() {
            let (embed, media) = self.media_embed(&draft.media);
            // The card goes under the first part, and where that one shows pictures under the last.
            let place = index == 0 || index == last;
            let (embed, card) = match embed {
                None if place => match card.take() {
                    Some(card) => {
                        let (value, shown) =
                            embed::external(&card, &self.facts, self.describe, &mut self.notes);
                        (Some(value), Some(shown))
                    }
                    None => (None, None),
                },
                other => (other, None),
            };
            parts.push(self.part(index, &draft.text, embed, media, card));
        }
        if let Some(card) = card {
            let said = parts.iter().any(|p| {
                p.spans
                    .iter()
                    .any(|s| s.kind == SpanKind::Link && s.target == card.url)
            });
            if !said {
                self.notes.push(format!(
                    "the link {} is shown nowhere: pictures take the place of its card",
                    card.url
                ));
            }
        }
        parts
    }

    fn part(
        &mut self,
        index: usize,
        text: &str,
        embed: Option<Value>,
        media: Vec<Media>,
        card: Option<Card>,
    ) -> Part {
        let shown = Shown::of(text, &self.post.mentions, self.scale);
        let mut record = Map::new();
        record.insert("$type".into(), COLLECTION.into());
        record.insert("text".into(), shown.text.as_str().into());
        let facets: Vec<Value> = shown.clickable().filter_map(facet).collect();
        if !facets.is_empty() {
            record.insert("facets".into(), facets.into());
        }
        if !self.languages.is_empty() {
            record.insert("langs".into(), json!(self.languages));
        }
        if let Some(embed) = embed {
            record.insert("embed".into(), embed);
        }
        let mut fields = Vec::new();
        if index == 0 {
            let tags = tags(self.post, &self.facts, &mut self.notes);
            if !tags.is_empty() {
                fields.push(Field {
                    name: "tags".into(),
                    value: tags.join(", "),
                });
                record.insert("tags".into(), json!(tags));
            }
            if let Some(uri) = &self.post.reply_to {
                fields.push(Field {
                    name: REPLY_TO.into(),
                    value: uri.clone(),
                });
            }
        }
        if !self.languages.is_empty() {
            fields.push(Field {
                name: "languages".into(),
                value: self.languages.join(", "),
            });
        }
        let size = Size::of(&shown.text);
        let length = |length, limit, unit: &str| Length {
            field: "text".into(),
            length,
            limit,
            unit: unit.into(),
        };
        Part {
            spans: shown.spans(),
            lengths: vec![
                length(size.graphemes, self.scale.graphemes, "graphemes"),
                length(size.bytes, self.scale.bytes, "UTF-8 bytes"),
            ],
            text: shown.text,
            media,
            card,
            fields,
            payload: Value::Object(record).to_string(),
            payload_type: "application/json".into(),
        }
    }

    /// The pictures or the video of one part, and what of them is really sent. Kinds that the network does not know
    /// stay among the media, so that `check` refuses the post instead of sending it without them.
    fn media_embed(&mut self, media: &[Media]) -> (Option<Value>, Vec<Media>) {
        let (mut pictures, mut videos, mut unknown): (Vec<Ready>, Vec<Ready>, Vec<Media>) =
            Default::default();
        for medium in media {
            if !embeddable(medium.kind) {
                unknown.push(medium.clone());
                continue;
            }
            match embed::ready(medium, self.describe) {
                Ok(ready) if medium.kind == MediaKind::Video => videos.push(ready),
                Ok(ready) => pictures.push(ready),
                Err(why) => self.notes.push(why),
            }
        }
        let (embed, sent) = match (pictures.as_slice(), videos.as_slice()) {
            ([], []) => (None, Vec::new()),
            ([], [video, ..]) => (Some(embed::video(video)), videos),
            _ => {
                if !videos.is_empty() {
                    self.notes.push(
                        "a post shows pictures or a video, not both: the video is left out".into(),
                    );
                }
                (Some(embed::images(&pictures)), pictures)
            }
        };
        (
            embed,
            sent.into_iter().map(|r| r.media).chain(unknown).collect(),
        )
    }

    /// The post's card, or one made of its link.
    fn card(&mut self) -> Option<Card> {
        let post = self.post;
        let card = post.card.clone().or_else(|| {
            let url = post.link.clone()?;
            let title = post.title.clone().filter(|t| !t.trim().is_empty());
            Some(Card {
                title: title.unwrap_or_else(|| crate::facets::short_link(&url, self.scale.path)),
                description: post.summary.clone().unwrap_or_default(),
                image: None,
                url,
            })
        })?;
        if is_web(&card.url) {
            return Some(card);
        }
        self.notes
            .push(format!("no card for {}: it is no web address", card.url));
        None
    }

    /// Names that stay plain text, so that nobody thinks that the person was told.
    fn note_mentions(&mut self, parts: &[Part]) {
        for mention in self.post.mentions.iter().filter(|m| m.network == NETWORK) {
            let handle = mention.handle.trim_start_matches('@');
            let linked = parts.iter().any(|p| {
                p.spans
                    .iter()
                    .any(|s| s.kind == SpanKind::Mention && s.target == handle)
            });
            if !linked {
                let why = if mention.id.is_some() {
                    "not in the text"
                } else {
                    "DID not known"
                };
                self.notes
                    .push(format!("{} is not linked: {why}", mention.label));
            }
        }
    }
}

fn facet(token: &crate::facets::Token) -> Option<Value> {
    let feature = match token.kind {
        SpanKind::Link => json!({"$type": "app.bsky.richtext.facet#link", "uri": token.target}),
        SpanKind::Tag => json!({"$type": "app.bsky.richtext.facet#tag", "tag": token.target}),
        SpanKind::Mention => {
            json!({"$type": "app.bsky.richtext.facet#mention", "did": token.did.as_deref()?})
        }
    };
    Some(json!({"index": {"byteStart": token.start, "byteEnd": token.end}, "features": [feature]}))
}

fn embeddable(kind: MediaKind) -> bool {
    matches!(
        kind,
        MediaKind::Image | MediaKind::Animation | MediaKind::Video
    )
}

fn is_web(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}
