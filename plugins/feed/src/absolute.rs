//! Makes the addresses in HTML absolute, so that it means the same in a newsletter as on its page. Changes nothing
//! else: every other byte stays as the author's software wrote it.

use html5gum::Token;

use crate::link;
use crate::markup::tokens;

/// Attributes that hold one address.
const ADDRESSES: [&[u8]; 4] = [b"href", b"src", b"poster", b"cite"];

/// The same HTML with absolute addresses. What can't be resolved stays, and so do fragments of the same page.
#[must_use]
pub fn absolute(html: &str, base: &str) -> String {
    let mut changes: Vec<(usize, usize, String)> = Vec::new();
    for token in tokens(html).flatten() {
        let Token::StartTag(tag) = token else {
            continue;
        };
        for (name, value) in &tag.attributes {
            let written = String::from_utf8_lossy(value);
            let resolved = match &***name {
                name if ADDRESSES.contains(&name) => resolve(&written, base),
                b"srcset" => candidates(&written, base),
                _ => None,
            };
            let Some(resolved) = resolved.filter(|r| *r != *written) else {
                continue;
            };
            // Only where the bytes are what the tokenizer says they are.
            if let Some((start, end)) = place(html, value.span.start, value.span.end)
                && html
                    .get(start..end)
                    .is_some_and(|raw| crate::html::unescaped(raw) == written)
            {
                changes.push((
                    start,
                    end,
                    resolved
                        .replace('&', "&amp;")
                        .replace('"', "&quot;")
                        .replace('\'', "&#39;"),
                ));
            }
        }
    }
    changes.sort_unstable();
    let mut out = String::with_capacity(html.len() + changes.len() * 32);
    let mut at = 0;
    for (start, end, value) in changes {
        if start < at {
            continue;
        }
        out.push_str(&html[at..start]);
        out.push_str(&value);
        at = end;
    }
    out.push_str(&html[at..]);
    out
}

/// Where the value is in `name = "value"`.
fn place(html: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let raw = html.get(start..end)?;
    let value = raw.find('=')? + 1;
    let value = value + raw[value..].len() - raw[value..].trim_start().len();
    let quote = raw[value..]
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''));
    let from = value + usize::from(quote.is_some());
    let length = raw[from..]
        .find(|c: char| quote.map_or(c == '>' || c.is_ascii_whitespace(), |quote| c == quote));
    Some((
        start + from,
        start + from + length.unwrap_or(raw.len() - from),
    ))
}

fn resolve(written: &str, base: &str) -> Option<String> {
    let trimmed = written.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') || trimmed.contains("${") {
        return None;
    }
    // An address with a scheme is absolute already.
    let scheme = trimmed
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|start| start.contains(':'));
    if scheme {
        None
    } else {
        link::web(trimmed, Some(base))
    }
}

fn candidates(written: &str, base: &str) -> Option<String> {
    let all: Vec<String> = written
        .split(", ")
        .map(|candidate| {
            let (url, size) = candidate
                .trim()
                .split_once(' ')
                .unwrap_or((candidate.trim(), ""));
            format!(
                "{} {size}",
                resolve(url, base).unwrap_or_else(|| url.into())
            )
            .trim()
            .to_string()
        })
        .collect();
    Some(all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_change() {
        let base = "https://acme.example/blog/post";
        for (html, expected) in [
            (
                "<p>è <a class=x href=\"/a?b&amp;c\">a</a>",
                "<p>è <a class=x href=\"https://acme.example/a?b&amp;c\">a</a>",
            ),
            (
                "<IMG SRC='b.png' alt='/b.png'>",
                "<IMG SRC='https://acme.example/blog/b.png' alt='/b.png'>",
            ),
            (
                "<a href=c.html>c</a>",
                "<a href=https://acme.example/blog/c.html>c</a>",
            ),
            (
                "<img srcset=\"/x.png 1x, //cdn.example/y.png 2x\" src=\"\">",
                "<img srcset=\"https://acme.example/x.png 1x, https://cdn.example/y.png 2x\" src=\"\">",
            ),
        ] {
            assert_eq!(absolute(html, base), expected);
        }
        for same in [
            "<a href=\"#n\">",
            "<a href='mailto:a@b.example'>",
            "<img src=\"data:,x\">",
            "<a href>",
            "a < b & c",
        ] {
            assert_eq!(absolute(same, base), same);
        }
    }
}
