//! Figures, times, names and addresses as people read them. No markup.

use jiff::Timestamp;
use serde::Serialize;

/// A point in time for machines and for people.
#[derive(Debug, Serialize)]
pub(super) struct Moment {
    machine: String,
    people: String,
}

/// Milliseconds since 1970 in UTC; none where that is no date.
pub(super) fn moment(at: i64) -> Option<Moment> {
    let time = Timestamp::from_millisecond(at).ok()?;
    Some(Moment {
        machine: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        people: time.strftime("%-d %b %Y, %H:%M UTC").to_string(),
    })
}

/// With a comma between thousands.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 post`, `2 posts`.
pub(super) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(n as u64), if n == 1 { one } else { many })
}

/// Bytes in the unit that fits.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", number(bytes / 1_000_000), bytes / 100_000 % 10),
    }
}

/// A field's name in plain words: `media[0].alt` is the alt text of the first file.
pub(super) fn field(name: &str) -> String {
    let indexed = name
        .strip_prefix("media[")
        .and_then(|rest| rest.split_once(']'));
    if let Some((index, rest)) = indexed
        && let Ok(index) = index.parse::<u32>()
    {
        let number = index.saturating_add(1);
        return match rest {
            "" => format!("File {number}"),
            ".alt" => format!("Alt text {number}"),
            other => format!("File {number} {}", crate::host::visible(&spaced(other))),
        };
    }
    if name == "html" {
        return "HTML".into();
    }
    let words = crate::host::visible(&spaced(name));
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn spaced(name: &str) -> String {
    name.trim_start_matches('.').replace(['-', '_', '.'], " ")
}

/// The address, where a click on it may lead out of the page.
pub(super) fn web(address: &str) -> Option<String> {
    let parsed = url::Url::parse(address.trim()).ok()?;
    matches!(parsed.scheme(), "http" | "https" | "mailto").then(|| parsed.into())
}

/// The host's name without `www.`, as link cards show it; the whole address where it has none.
pub(super) fn host(address: &str) -> String {
    let parsed = url::Url::parse(address.trim()).ok();
    let host = parsed.as_ref().and_then(|url| url.host_str());
    host.map_or(address, |host| host.strip_prefix("www.").unwrap_or(host))
        .to_string()
}

/// The letter in an account's circle.
pub(super) fn initial(handle: &str) -> String {
    let first = handle.chars().find(|c| c.is_alphanumeric());
    first.map_or_else(|| "?".into(), |c| c.to_uppercase().collect())
}
