//! What differs from run to run is replaced by its name, in one place.

use std::path::Path;

/// Replaces the folder, run ids, dates and ports.
#[must_use]
pub fn redact(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "[DIR]");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if let Some((name, length)) = found(rest) {
            out.push_str(name);
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// A run id (`20261124-224943-a1b2`), a date (`2026-11-24`) with or without its time, or a port on loopback.
fn found(text: &str) -> Option<(&'static str, usize)> {
    let fits = |pattern: &str| {
        let same = pattern.bytes().zip(text.bytes()).all(|(p, t)| match p {
            b'9' => t.is_ascii_digit(),
            b'a' => t.is_ascii_lowercase() || t.is_ascii_digit(),
            other => other == t,
        });
        (same && text.len() >= pattern.len()).then_some(pattern.len())
    };
    if let Some(length) = fits("99999999-999999-aaaa") {
        return Some(("[RUN]", length));
    }
    if let Some(length) = fits("9999-99-99T99:99:99")
        .or_else(|| fits("9999-99-99 99:99:99"))
        .or_else(|| fits("9999-99-99"))
    {
        return Some(("[TIME]", length));
    }
    let port = text.strip_prefix("127.0.0.1:")?;
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then_some(("127.0.0.1:[PORT]", "127.0.0.1:".len() + digits))
}
