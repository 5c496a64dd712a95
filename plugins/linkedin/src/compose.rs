//! From a post to the exact share: text, article card or media, and the body of `POST /rest/posts`.
//!
//! The payload names what only the sending knows by a placeholder: `{media:0}` is the URN of that upload, `{thumbnail}`
//! the URN of the card's picture.

use serde_json::{Value, json};
use staffetta_plugin::body::with_tags;
use staffetta_plugin::{
    Card, Composed, Field, Length, Media, MediaKind, Part, Post, serde_json, text as words,
};

use crate::little;
use crate::settings::Known;
use crate::{UNIT, units};

/// The one share that would be sent.
pub(crate) fn compose(known: &Known, post: &Post) -> Composed {
    let mut notes = Vec::new();
    let limit = known.facts.count("text");
    let link = post
        .link
        .as_deref()
        .map(str::trim)
        .filter(|link| !link.is_empty());
    let mut text = post.text.trim().to_string();
    if text.is_empty() {
        text = post.title.as_deref().unwrap_or_default().trim().to_string();
    }
    // Media take the place of the card: then the link is clickable in the text only.
    if let Some(link) = link.filter(|link| !post.media.is_empty() && !text.contains(link)) {
        text = if text.is_empty() {
            link.into()
        } else {
            format!("{text}\n\n{link}")
        };
        notes.push("The link stands in the text: a post with media has no card.".into());
    }
    if known.settings.tags {
        let has_room = |text: &str| limit.is_none_or(|limit| units(text) <= limit);
        text = with_tags(&text, &post.tags, words::tokens, has_room, &mut notes);
    }
    if post.thread.len() > 1 {
        notes.push("LinkedIn has no threads: the whole text is used, not its parts.".into());
    }
    let shown = little::show(&text, &post.mentions);
    for name in &shown.unknown {
        notes.push(format!("{name} is not linked: its URN is not known."));
    }
    let card = link
        .filter(|_| post.media.is_empty())
        .map(|link| article(link, post));
    let mut payload = json!({
        "author": known.settings.author,
        "commentary": little::write(&shown),
        "visibility": known.settings.visibility,
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": false,
    });
    if let Some(content) = content(post, card.as_ref()) {
        payload["content"] = content;
    }
    let lengths = vec![Length {
        field: "text".into(),
        length: units(&shown.text),
        limit,
        unit: UNIT.into(),
    }];
    let part = Part {
        fields: vec![Field {
            name: "author".into(),
            value: known.settings.author.clone(),
        }],
        spans: shown.spans,
        text: shown.text,
        media: post.media.clone(),
        payload: payload.to_string(),
        payload_type: "application/json".into(),
        card,
        lengths,
    };
    Composed {
        parts: vec![part],
        notes,
    }
}

/// The card of a link. The network does not read the page itself, so that all it shows must be said.
fn article(link: &str, post: &Post) -> Card {
    let own = post.card.clone();
    let text = |text: Option<&str>| {
        text.map(str::trim)
            .filter(|t| !t.is_empty())
            .map(String::from)
    };
    let (title, description, image) = match own {
        Some(card) => (
            text(Some(&card.title)),
            text(Some(&card.description)),
            card.image,
        ),
        None => (None, None, None),
    };
    Card {
        url: link.into(),
        title: title
            .or_else(|| text(post.title.as_deref()))
            .unwrap_or_else(|| link.into()),
        description: description
            .or_else(|| text(post.summary.as_deref()))
            .unwrap_or_default(),
        image,
    }
}

fn content(post: &Post, card: Option<&Card>) -> Option<Value> {
    let item = |(index, media): (usize, &Media)| {
        let mut item = json!({"id": format!("{{media:{index}}}")});
        if let Some(alt) = media.alt.as_deref().filter(|alt| !alt.trim().is_empty()) {
            item["altText"] = alt.into();
        }
        item
    };
    match (&post.media[..], card) {
        ([], None) => None,
        ([], Some(card)) => {
            let mut article = json!({"source": card.url, "title": card.title});
            if !card.description.is_empty() {
                article["description"] = card.description.as_str().into();
            }
            if card.image.is_some() {
                article["thumbnail"] = "{thumbnail}".into();
            }
            Some(json!({ "article": article }))
        }
        ([one], _) => {
            let mut media = item((0, one));
            if matches!(one.kind, MediaKind::Video | MediaKind::Document)
                && let Some(title) = post
                    .title
                    .as_deref()
                    .map(str::trim)
                    .filter(|t| !t.is_empty())
            {
                media["title"] = title.into();
            }
            Some(json!({ "media": media }))
        }
        (many, _) => {
            let images: Vec<Value> = many.iter().enumerate().map(item).collect();
            Some(json!({"multiImage": {"images": images}}))
        }
    }
}
