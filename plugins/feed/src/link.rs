//! Addresses as feeds write them: resolved against their base, with what may not stand in a URL percent-encoded.
//! Knows nothing of feeds and opens nothing.

use fluent_uri::{Uri, UriRef};
use std::fmt::Write as _;

/// The absolute form of `reference`, or none when it can't be one: empty, malformed, or relative without a base.
/// The scheme may be any; ask `is_web` before following it.
#[must_use]
pub fn absolute(reference: &str, base: Option<&str>) -> Option<String> {
    let clean = sanitised(reference);
    if clean.is_empty() {
        return None;
    }
    // People write `www.acme.example/page` where they mean a web address.
    let clean = if starts_with(&clean, "www.") {
        format!("https://{clean}")
    } else {
        clean
    };
    let parsed = UriRef::parse(clean.as_str()).ok()?;
    if parsed.scheme().is_some() {
        // `http:///path` and `https:` have no host and lead nowhere.
        let hostless = is_web(&clean) && host(&clean).is_none();
        return (!hostless).then_some(clean);
    }
    let base = sanitised(base?);
    let base = Uri::parse(base.split('#').next().unwrap_or_default()).ok()?;
    parsed
        .resolve_against(&base)
        .ok()
        .map(fluent_uri::Uri::into_string)
}

/// Like `absolute`, for what must be on the web.
#[must_use]
pub fn web(reference: &str, base: Option<&str>) -> Option<String> {
    absolute(reference, base).filter(|url| is_web(url))
}

/// True for `http` and `https`.
#[must_use]
pub fn is_web(url: &str) -> bool {
    starts_with(url, "https://") || starts_with(url, "http://")
}

/// Host and port in lower case, without user name.
#[must_use]
pub fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

/// What a person would call the same address: without scheme, `www.`, fragment and closing slash.
#[must_use]
pub fn same_to_people(url: &str) -> String {
    let lower = url.trim().to_lowercase();
    let rest = lower
        .split_once("://")
        .map_or(lower.as_str(), |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or_default();
    rest.strip_prefix("www.")
        .unwrap_or(rest)
        .trim_end_matches('/')
        .to_string()
}

/// The extension of the path, in lower case.
#[must_use]
pub fn extension(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    (extension.len() <= 5).then(|| extension.to_ascii_lowercase())
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|t| t.eq_ignore_ascii_case(start))
}

/// Drops what browsers drop and encodes what RFC 3986 does not allow.
fn sanitised(reference: &str) -> String {
    let trimmed =
        reference.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{FEFF}');
    let mut clean = String::with_capacity(trimmed.len());
    let bytes = trimmed.as_bytes();
    for (at, c) in trimmed.char_indices() {
        match c {
            '\t' | '\n' | '\r' => {}
            '%' => {
                let encoded = bytes
                    .get(at + 1..at + 3)
                    .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
                clean.push_str(if encoded { "%" } else { "%25" });
            }
            ' '
            | '"'
            | '<'
            | '>'
            | '\\'
            | '^'
            | '`'
            | '{'
            | '|'
            | '}'
            | '\0'..='\x1f'
            | '\x7f'..='\u{10FFFF}' => {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    let _ = write!(clean, "%{byte:02X}");
                }
            }
            // Brackets are for IPv6 hosts; elsewhere they are data.
            '[' | ']' if bytes[..at].iter().filter(|b| **b == b'/').count() > 2 => {
                clean.push_str(if c == '[' { "%5B" } else { "%5D" });
            }
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_absolute() {
        let base = Some("https://acme.example/blog/2026/post.html?x=1#top");
        for (reference, expected) in [
            ("/img/a b.png", Some("https://acme.example/img/a%20b.png")),
            ("../è.jpg", Some("https://acme.example/blog/%C3%A8.jpg")),
            ("//cdn.acme.example/x", Some("https://cdn.acme.example/x")),
            (
                "?page=2",
                Some("https://acme.example/blog/2026/post.html?page=2"),
            ),
            (
                "  HTTPS://Acme.example/a%zz[1] \n",
                Some("HTTPS://Acme.example/a%25zz%5B1%5D"),
            ),
            ("www.acme.example", Some("https://www.acme.example")),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(
                absolute(reference, base).as_deref(),
                expected,
                "{reference}"
            );
        }
        assert_eq!(absolute("/x", None), None);
        assert_eq!(web("javascript:alert(1)", base), None);
        assert_eq!(web("mailto:info@acme.example", base), None);
    }

    #[test]
    fn parts_of_addresses() {
        assert_eq!(
            host("https://u:p@Acme.example:8443/x").as_deref(),
            Some("acme.example:8443")
        );
        assert_eq!(
            extension("https://a.example/x/Foto.JPG?w=1").as_deref(),
            Some("jpg")
        );
        assert_eq!(
            same_to_people("http://www.Acme.example/a/"),
            same_to_people("https://acme.example/a#b")
        );
    }
}
