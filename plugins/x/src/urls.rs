//! Finds the links in a text as the network does: with `http://` or `https://`, and bare domain names with a known
//! top-level domain. It works on UTF-16 units; `entities` gives byte offsets.

use crate::domain::{self, is, is_invalid, is_latin_accent};

/// A link, in UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Url {
    pub start: usize,
    pub end: usize,
    /// How many units the fixed length of a link stands for: nearly always `end - start`.
    pub counted: usize,
}

/// No longer link is recognised, in units with its protocol.
const LONGEST: usize = 4096;
/// No longer name behind `t.co/` is recognised.
const LONGEST_SLUG: usize = 40;

/// All links, in order.
pub(crate) fn find(units: &[u16]) -> Vec<Url> {
    let mut found = Vec::new();
    if !units.contains(&u16::from(b'.')) {
        return found;
    }
    let ends = domain::ends(units);
    let mut at = 0;
    while at < units.len() {
        let before = Some(units[at]).filter(|&unit| may_precede(unit));
        let candidate = before
            .and_then(|_| Match::at(units, at + 1, &ends))
            .map(|m| (before, m))
            .or_else(|| {
                if at == 0 {
                    Match::at(units, 0, &ends).map(|m| (None, m))
                } else {
                    None
                }
            });
        let Some((before, matched)) = candidate else {
            at += 1;
            continue;
        };
        at = matched.end;
        matched.add(units, before, &mut found);
    }
    found
}

fn may_precede(unit: u16) -> bool {
    !(is(unit, |b| b.is_ascii_alphanumeric() || b"@$#".contains(&b))
        || matches!(unit, 0xFF20 | 0xFF03)
        || is_invalid(unit))
}

/// What looks like a link: where its pieces are.
struct Match {
    start: usize,
    domain: (usize, usize),
    path: Option<usize>,
    end: usize,
}

impl Match {
    fn at(units: &[u16], start: usize, ends: &[Option<u32>]) -> Option<Self> {
        let domain_at = |at: usize| {
            ends.get(at)
                .copied()
                .flatten()
                .map(|end| (at, end as usize))
        };
        let protocol = protocol(units.get(start..).unwrap_or_default());
        let domain = protocol
            .and_then(|length| domain_at(start + length))
            .or_else(|| domain_at(start))?;
        let mut end = domain.1;
        if units.get(end) == Some(&u16::from(b':')) {
            let digits = units[end + 1..]
                .iter()
                .take_while(|&&u| is(u, |b| b.is_ascii_digit()));
            let digits = digits.count();
            if digits > 0 {
                end += 1 + digits;
            }
        }
        let path = (units.get(end) == Some(&u16::from(b'/'))).then_some(end);
        if path.is_some() {
            end = path_end(units, end + 1);
        }
        end = query_end(units, end);
        Some(Self {
            start,
            domain,
            path,
            end,
        })
    }

    fn add(&self, units: &[u16], before: Option<u16>, found: &mut Vec<Url>) {
        let (from, to) = self.domain;
        let protocol = from - self.start;
        let length = self.end - self.start;
        let domain = &units[from..to];
        // A link without protocol is counted as if it had the longer one.
        let whole = if protocol == 0 { 8 } else { protocol } + length;
        if whole > LONGEST || !domain::is_encodable(domain) {
            return;
        }
        if protocol > 0 {
            if let Some(url) = self.shortened(units) {
                found.extend(url);
            } else {
                found.push(Url {
                    start: self.start,
                    end: self.end,
                    counted: length,
                });
            }
            return;
        }
        if before.is_some_and(|unit| is(unit, |b| b"-_./".contains(&b))) {
            return;
        }
        let parts = domain::latin_parts(domain);
        for (index, &(first, last)) in parts.iter().enumerate() {
            let mut url = Url {
                start: from + first,
                end: from + last,
                counted: last - first,
            };
            if index + 1 == parts.len() && self.path.is_some() {
                url.counted += self.end - to;
                url.end = self.end;
            }
            found.push(url);
        }
    }

    /// The network's own short links end behind their name. `Some(None)`: the name is too long, this is no link.
    fn shortened(&self, units: &[u16]) -> Option<Option<Url>> {
        let domain: Vec<u16> = units[self.domain.0..self.domain.1]
            .iter()
            .map(|&u| ascii_lower(u))
            .collect();
        let path = self.path.filter(|&path| path == self.domain.1)?;
        if domain != [b't', b'.', b'c', b'o'].map(u16::from) {
            return None;
        }
        let rest = &units[path + 1..self.end];
        let slug = rest
            .iter()
            .take_while(|&&u| is(u, |b| b.is_ascii_alphanumeric()))
            .count();
        if slug == 0 {
            return None;
        }
        if slug > LONGEST_SLUG {
            return Some(None);
        }
        let end = query_end(&units[..self.end], path + 1 + slug);
        Some(Some(Url {
            start: self.start,
            end,
            counted: end - self.start,
        }))
    }
}

fn ascii_lower(unit: u16) -> u16 {
    if is(unit, |b| b.is_ascii_uppercase()) {
        unit + 32
    } else {
        unit
    }
}

fn protocol(units: &[u16]) -> Option<usize> {
    ["https://", "http://"].into_iter().find_map(|protocol| {
        let same = units.len() >= protocol.len()
            && protocol
                .bytes()
                .zip(units)
                .all(|(b, &u)| u16::from(b) == ascii_lower(u));
        same.then_some(protocol.len())
    })
}

fn is_letter(unit: u16) -> bool {
    is(unit, |b| b.is_ascii_alphanumeric())
        || matches!(unit, 0x400..=0x4FF | 0x1C80..=0x1C87)
        || is_latin_accent(unit)
}

fn is_path(unit: u16) -> bool {
    is_letter(unit) || is(unit, |b| b"!*';:=+,.$/%#[]-_~@|&".contains(&b)) || unit == 0x2013
}

/// Where a path that begins at `at` (behind its first slash) ends: behind the last character that a path can end with.
/// Brackets belong to it in pairs, one pair inside another at most.
fn path_end(units: &[u16], mut at: usize) -> usize {
    let mut end = at;
    while let Some(&unit) = units.get(at) {
        if is_path(unit) {
            at += 1;
            if is_letter(unit) || is(unit, |b| b"+-=_#/".contains(&b)) {
                end = at;
            }
        } else if let Some(behind) = bracket(units, at) {
            at = behind;
            end = at;
        } else {
            break;
        }
    }
    end
}

/// Behind a pair of brackets that opens at `at` and has something in it.
fn bracket(units: &[u16], at: usize) -> Option<usize> {
    let run = |from: usize| from + units[from..].iter().take_while(|&&u| is_path(u)).count();
    let (open, close) = (Some(&u16::from(b'(')), Some(&u16::from(b')')));
    if units.get(at) != open {
        return None;
    }
    let first = run(at + 1);
    if units.get(first) == close {
        return (first > at + 1).then_some(first + 1);
    }
    if units.get(first) != open {
        return None;
    }
    let inner = run(first + 1);
    if inner == first + 1 || units.get(inner) != close {
        return None;
    }
    let last = run(inner + 1);
    (units.get(last) == close).then_some(last + 1)
}

/// Where a query that begins at `at` ends; `at` where there is none.
fn query_end(units: &[u16], at: usize) -> usize {
    if units.get(at) != Some(&u16::from(b'?')) {
        return at;
    }
    let part = |b: u8| b.is_ascii_alphanumeric() || b"!?*'@();:&=+$/%#[]-_.,~|".contains(&b);
    let run = units[at + 1..].iter().take_while(|&&u| is(u, part)).count();
    let query = &units[at + 1..at + 1 + run];
    let last = |b: u8| b.is_ascii_alphanumeric() || b"-_&=#/".contains(&b);
    query
        .iter()
        .rposition(|&u| is(u, last))
        .map_or(at, |position| at + 2 + position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let units: Vec<u16> = text.encode_utf16().collect();
        find(&units)
            .iter()
            .map(|u| String::from_utf16_lossy(&units[u.start..u.end]))
            .collect()
    }

    #[test]
    fn with_and_without_protocol() {
        assert_eq!(
            found("See example.com, http://a.example.org/x_(y)?q=1. End"),
            ["example.com", "http://a.example.org/x_(y)?q=1"]
        );
        assert_eq!(
            found("caffè.it e www.città.it/menù."),
            ["caffè.it", "www.città.it/menù"]
        );
    }

    #[test]
    fn what_is_no_link() {
        for text in [
            "anna@example.com",
            "$example.com",
            "#example.com",
            "-example.com",
            "end.Then",
            "a.b",
            "例え.テスト",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_networks_own_short_links_end_early() {
        assert_eq!(found("https://t.co/abc/def"), ["https://t.co/abc"]);
        assert!(found(&format!("https://t.co/{}", "a".repeat(41))).is_empty());
    }
}
