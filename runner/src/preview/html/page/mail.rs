//! A mail's HTML, ready for a frame of its own that runs nothing and loads nothing: its pictures are put into it, and
//! its style blocks are named to the page's policy, which the frame inherits. The HTML is not changed otherwise.

use serde::Serialize;

use super::pictures::Album;
use super::words;
use crate::contract::types::{Media, Part};
use crate::host::BlobError;

/// Longest HTML that is framed, in bytes.
const MOST_HTML: usize = 1 << 20;

/// A mail's body.
#[derive(Debug, Serialize)]
pub(super) struct Mail {
    /// None where it is too long to be drawn.
    html: Option<String>,
    /// How tall the frame is, in pixels: a frame without scripts can't tell.
    height: usize,
    size: String,
    /// What its `<style>` elements hold.
    #[serde(skip)]
    pub(super) styles: Vec<String>,
}

/// The HTML of a part, where it has one: a field of that name, or the payload itself.
///
/// # Errors
/// When the disk does not give a stored picture.
pub(super) fn mail(part: &Part, album: &mut Album<'_>) -> Result<Option<Mail>, BlobError> {
    let field = part
        .fields
        .iter()
        .find(|field| field.name == "html")
        .map(|field| field.value.as_str());
    let payload = part
        .payload_type
        .starts_with("text/html")
        .then_some(part.payload.as_str());
    let Some(html) = field.or(payload) else {
        return Ok(None);
    };
    let size = words::size(html.len() as u64);
    if html.len() > MOST_HTML {
        return Ok(Some(Mail {
            html: None,
            height: 0,
            size,
            styles: Vec::new(),
        }));
    }
    // Browsers read line ends like this, and the hashes of styles must be of what they read.
    let mut html = html.replace("\r\n", "\n").replace('\r', "\n");
    let styles = styles(&html);
    let mut pictures = 0;
    for (index, media) in part.media.iter().enumerate() {
        let Some(address) = album.address(media)? else {
            continue;
        };
        let mut names = vec![format!("{{media:{index}}}")];
        names.extend(media.url.as_ref().map(|url| url.replace('&', "&amp;")));
        for name in names {
            let quoted = format!("\"{name}\"");
            if html.contains(&quoted) {
                pictures += tall(media);
                html = html.replace(&quoted, &format!("\"{address}\""));
            }
        }
    }
    let lines = part
        .text
        .lines()
        .map(|line| line.chars().count() / 60 + 1)
        .sum::<usize>();
    let height = (340 + lines * 24 + pictures).clamp(340, 1_400);
    Ok(Some(Mail {
        html: Some(html),
        height,
        size,
        styles,
    }))
}

/// Pixels that a picture takes where it is as wide as the frame.
fn tall(media: &Media) -> usize {
    let size = media.width.zip(media.height).filter(|(w, _)| *w > 0);
    size.map_or(300, |(w, h)| {
        (u64::from(h) * 440 / u64::from(w)).min(700) as usize
    })
}

fn styles(html: &str) -> Vec<String> {
    // Only ASCII changes, so that places in the two are the same.
    let lower = html.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find("<style").map(|start| at + start) {
        let Some(open) = lower[start..].find('>').map(|open| start + open + 1) else {
            break;
        };
        let end = lower[open..]
            .find("</style")
            .map_or(html.len(), |end| open + end);
        found.push(html[open..end].to_string());
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn style_blocks_are_found_as_a_browser_finds_them() {
        let html = "<STYLE type=x>a{}</Style><p>è<style>b{}\n</style ><style>open";
        assert_eq!(super::styles(html), ["a{}", "b{}\n", "open"]);
        assert!(super::styles("<style").is_empty());
    }
}
