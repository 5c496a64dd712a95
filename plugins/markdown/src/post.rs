//! From a file to the contract's post: front matter, text and pictures together. A file that can't be posted says why.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::{Value, json};
use staffetta_plugin::types::{Media, MediaKind, Origin, Override, Post};

use crate::front::{self, Trouble};
use crate::pictures::{self, Place, Wanted};
use crate::read::Outside;
use crate::{body, fields, yaml};

/// The origin's name: the same for a file however it was found, so that a watch and a schedule post it once.
pub const SOURCE: &str = "markdown";

/// Makes a post of a file's bytes. `notes` gets sentences that begin with `path:line`. None when the file is not to be
/// posted; a note says why.
pub fn post(
    outside: &impl Outside,
    place: Place<'_>,
    bytes: &[u8],
    notes: &mut Vec<String>,
) -> Option<Post> {
    let mut note =
        |line: usize, sentence: &str| notes.push(format!("{}:{line}: {sentence}", place.file));
    match read(outside, place, bytes, &mut note) {
        Ok(post) => Some(post),
        Err(trouble) => {
            note(
                trouble.line,
                &format!("{}; the file is passed over", trouble.message),
            );
            None
        }
    }
}

fn read(
    outside: &impl Outside,
    place: Place<'_>,
    bytes: &[u8],
    note: &mut dyn FnMut(usize, &str),
) -> Result<Post, Trouble> {
    let text = front::text(bytes)?;
    if text.trim().is_empty() {
        return Err(Trouble {
            line: 1,
            message: "the file is empty".into(),
        });
    }
    let parts = front::cut(&text)?;
    // The fence above the YAML is the one line before it.
    let pairs = match &parts.yaml {
        Some(yaml) => yaml::read(yaml).map_err(|trouble| Trouble {
            line: trouble.line + 1,
            ..trouble
        })?,
        None => Vec::new(),
    };
    let fields = fields::read(&pairs, 1);
    if let Some(line) = fields.draft {
        return Err(Trouble {
            line,
            message: "a draft".into(),
        });
    }
    fields
        .notes
        .iter()
        .for_each(|(line, sentence)| note(*line, sentence));

    let album = Album {
        outside,
        place,
        known: RefCell::default(),
    };
    let body = body::read(
        &parts.markdown,
        fields.title.as_deref(),
        fields.link.as_deref(),
        |target| {
            // In HTML a file is named by its blob, which publishers replace by what they upload.
            album
                .media(&Wanted {
                    target: target.into(),
                    ..Wanted::default()
                })
                .ok()?
                .blob
        },
    );
    for line in &body.template_lines {
        note(
            line + parts.skipped,
            "this looks like a site generator's tag; it is posted as it stands",
        );
    }
    let in_text = body.pictures.iter().map(|named| Wanted {
        target: named.target.clone(),
        alt: named.alt.clone(),
        focus: None,
        line: named.line + parts.skipped,
    });
    let mut media = album.all(fields.media.iter().cloned().chain(in_text), note);
    if let Some(alt) = &fields.alt
        && let Some(silent) = media.iter_mut().find(|m| m.alt.is_none())
    {
        silent.alt = Some(alt.clone());
    }
    let mut overrides = Vec::new();
    for own in &fields.overrides {
        let mut value = own.value.clone();
        if own.field == "media" {
            let own_media = album.all(own.media.iter().cloned(), note);
            // Pictures that can't be opened must not become "no pictures".
            if own_media.is_empty() && !own.media.is_empty() {
                continue;
            }
            value = own_media.iter().map(as_json).collect();
        }
        overrides.push(Override {
            target: own.target.clone(),
            field: own.field.clone(),
            value: value.to_string(),
            place: format!("{}:{}", place.file, own.line),
        });
    }

    let title = fields.title.or(body.heading);
    let text = fields.text.unwrap_or(body.text);
    if title.is_none() && text.is_empty() && media.is_empty() && fields.link.is_none() {
        return Err(Trouble {
            line: 1,
            message: "the file has nothing to post".into(),
        });
    }
    let id = fields.id.unwrap_or_else(|| place.file.into());
    Ok(Post {
        title,
        text,
        summary: fields.summary,
        html: (!body.html.is_empty()).then_some(body.html),
        card: None,
        media,
        thread: Vec::new(),
        tags: fields.tags,
        mentions: fields.mentions,
        language: fields.language,
        author: fields.author,
        origin: Origin {
            source: SOURCE.into(),
            item: id.clone(),
            url: fields.link.clone(),
            published: fields.published,
            updated: fields.updated,
        },
        link: fields.link,
        reply_to: None,
        overrides,
        extra: Value::Object(fields.extra).to_string(),
        id,
    })
}

/// A file's pictures: each is opened once, however often it is named.
struct Album<'a, O> {
    outside: &'a O,
    place: Place<'a>,
    known: RefCell<HashMap<String, Result<Media, String>>>,
}

impl<O: Outside> Album<'_, O> {
    fn media(&self, wanted: &Wanted) -> Result<Media, String> {
        let bare = Wanted {
            target: wanted.target.clone(),
            ..Wanted::default()
        };
        let mut known = self.known.borrow_mut();
        let found = known
            .entry(wanted.target.clone())
            .or_insert_with(|| pictures::open(self.outside, self.place, &bare))
            .clone();
        found.map(|media| Media {
            alt: wanted.alt.clone(),
            focus: wanted.focus,
            ..media
        })
    }

    /// All that can be opened, none twice; the others are told.
    fn all(
        &self,
        wanted: impl Iterator<Item = Wanted>,
        note: &mut dyn FnMut(usize, &str),
    ) -> Vec<Media> {
        let mut all: Vec<Media> = Vec::new();
        for wanted in wanted {
            match self.media(&wanted) {
                Ok(media) => match all
                    .iter_mut()
                    .find(|m| m.blob == media.blob && m.url == media.url)
                {
                    Some(same) => {
                        same.alt = same.alt.take().or(media.alt);
                        same.focus = same.focus.or(media.focus);
                    }
                    None => all.push(media),
                },
                Err(why) => note(wanted.line, &why),
            }
        }
        all
    }
}

/// Media as the contract's records look in JSON.
fn as_json(media: &Media) -> Value {
    let kind = match media.kind {
        MediaKind::Image => "image",
        MediaKind::Animation => "animation",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Document => "document",
    };
    let mut value = json!({
        "kind": kind,
        "blob": media.blob,
        "url": media.url,
        "media-type": media.media_type,
        "bytes": media.bytes,
        "width": media.width,
        "height": media.height,
        "alt": media.alt,
        "focus": media.focus.map(|focus| json!({"x": focus.x, "y": focus.y})),
    });
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    value
}
