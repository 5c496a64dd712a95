//! Small makers for the contract's larger records.

use crate::blob;
use crate::types::{Change, ChangeKind, Error, Origin, Post};

/// A post with nothing but its text and identity.
#[must_use]
pub fn empty_post(source: &str, item: &str, text: impl Into<String>) -> Post {
    Post {
        id: item.to_string(),
        title: None,
        text: text.into(),
        summary: None,
        html: None,
        link: None,
        card: None,
        media: Vec::new(),
        thread: Vec::new(),
        tags: Vec::new(),
        mentions: Vec::new(),
        language: None,
        author: None,
        origin: Origin {
            source: source.into(),
            item: item.into(),
            url: None,
            published: None,
            updated: None,
        },
        reply_to: None,
        overrides: Vec::new(),
        extra: "{}".into(),
    }
}

/// A change with its reason; the host adds which rule made it. Long texts are cut for display.
#[must_use]
pub fn change(
    field: &str,
    kind: ChangeKind,
    before: Option<&str>,
    after: Option<&str>,
    reason: &str,
) -> Change {
    Change {
        rule: String::new(),
        field: field.into(),
        kind,
        before: before.map(excerpt),
        after: after.map(excerpt),
        reason: reason.into(),
    }
}

fn excerpt(text: &str) -> String {
    const MOST: usize = 400;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

/// A whole blob in memory. For small ones; read ranges of large ones.
///
/// # Errors
/// `permanent` when the blob is unknown to this call or larger than `most` bytes.
pub fn read_blob(id: &str, most: u64) -> Result<Vec<u8>, Error> {
    let size = blob::describe(id)?.bytes;
    if size > most {
        return Err(Error::Permanent(format!(
            "{size} bytes, more than the {most} that can be read here"
        )));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    while (bytes.len() as u64) < size {
        let next = blob::read(id, bytes.len() as u64, 1 << 20)?;
        if next.is_empty() {
            break;
        }
        bytes.extend_from_slice(&next);
    }
    Ok(bytes)
}
