//! Finds where a domain name ends, as the network does: labels of nearly any letters, then a top-level domain that it
//! knows. It looks at UTF-16 units, because the network's own rules do, and they can differ from characters.
//!
//! Everything here takes time in proportion to the text, however hostile the text is.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;
use staffetta_plugin::serde_json;

struct Tlds {
    ascii: BTreeSet<String>,
    /// Lower-case, in the order in which they are tried.
    other: Vec<Vec<u16>>,
}

static TLDS: LazyLock<Tlds> = LazyLock::new(|| {
    let json: Value =
        serde_json::from_str(include_str!("../data/tlds.json")).unwrap_or(Value::Null);
    let words = |key: &str| {
        json.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_string()
    };
    Tlds {
        ascii: words("ascii")
            .split_whitespace()
            .map(String::from)
            .collect(),
        other: words("other")
            .split_whitespace()
            .map(|word| word.to_lowercase().encode_utf16().collect())
            .collect(),
    }
});

pub(crate) fn is(unit: u16, test: impl Fn(u8) -> bool) -> bool {
    u8::try_from(unit).is_ok_and(|byte| byte.is_ascii() && test(byte))
}

/// Latin letters with accents and combining marks. The last line is letters outside the ranges whose other case lies
/// in them.
pub(crate) fn is_latin_accent(unit: u16) -> bool {
    matches!(unit, 0xC0..=0xD6 | 0xD8..=0xF6 | 0xF8..=0x24F | 0x253 | 0x254 | 0x256 | 0x257 | 0x259 | 0x25B | 0x263
        | 0x268 | 0x26F | 0x272 | 0x289 | 0x28B | 0x2BB | 0x300..=0x36F | 0x1E00..=0x1EFF)
        || matches!(
            unit,
            0x260
                | 0x269
                | 0x275
                | 0x280
                | 0x283
                | 0x288
                | 0x28A
                | 0x28C
                | 0x292
                | 0x399
                | 0x3B9
                | 0x2C65
                | 0x2C66
                | 0x2C7E
                | 0x2C7F
                | 0xA7DC
        )
}

pub(crate) fn is_space(unit: u16) -> bool {
    matches!(unit, 0x09..=0x0D | 0x20 | 0x85 | 0xA0 | 0x1680 | 0x180E | 0x2000..=0x200A | 0x2028 | 0x2029 | 0x202F
        | 0x205F | 0x3000)
}

pub(crate) fn is_punctuation(unit: u16) -> bool {
    is(unit, |b| {
        b.is_ascii_punctuation() && !matches!(b, b'"' | b'`')
    })
}

pub(crate) fn is_invalid(unit: u16) -> bool {
    matches!(unit, 0xFFFE | 0xFEFF | 0xFFFF)
}

fn is_directional(unit: u16) -> bool {
    matches!(unit, 0x202A..=0x202E | 0x61C | 0x200E | 0x200F | 0x2066..=0x2069)
}

fn is_label(unit: u16) -> bool {
    !(is_punctuation(unit) || is_space(unit) || is_invalid(unit) || is_directional(unit))
}

fn lower(unit: u16) -> u16 {
    let Some(c) = char::from_u32(unit.into()) else {
        return unit;
    };
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => u16::try_from(one as u32).unwrap_or(unit),
        _ => unit,
    }
}

/// Where the top-level domain that stands at `at` ends.
pub(crate) fn tld(units: &[u16], at: usize) -> Option<usize> {
    let ends = |end: usize| {
        units
            .get(end)
            .is_none_or(|&u| !is(u, |b| b.is_ascii_alphanumeric() || b"@+-".contains(&b)))
    };
    let rest = units.get(at..).unwrap_or_default();
    // Longer than any top-level domain is none; this also bounds the work on long words.
    let run: String = rest
        .iter()
        .take(64)
        .take_while(|&&u| is(u, |b| b.is_ascii_alphanumeric()))
        .map(|&u| char::from(u as u8).to_ascii_lowercase())
        .collect();
    if !run.is_empty() {
        if ends(at + run.len()) && TLDS.ascii.contains(&run) {
            return Some(at + run.len());
        }
        let tail = rest.get(4..).unwrap_or_default();
        let code = tail
            .iter()
            .take_while(|&&u| is(u, |b| b.is_ascii_alphanumeric() || b == b'-'))
            .count();
        let marked = run == "xn" && rest.get(2..4) == Some(&[u16::from(b'-'); 2]);
        if marked && code > 0 {
            return Some(at + 4 + code);
        }
    }
    TLDS.other
        .iter()
        .find(|word| {
            rest.len() >= word.len()
                && word.iter().zip(rest).all(|(&a, &b)| a == lower(b))
                && ends(at + word.len())
        })
        .map(|word| at + word.len())
}

/// For each unit of `units`, where the domain name that begins there ends; none where none begins.
pub(crate) fn ends(units: &[u16]) -> Vec<Option<u32>> {
    let length = units.len();
    let mut ends = vec![None; length + 1];
    // The end of the run of label characters, and the next underscore, seen from the back.
    let (mut run_end, mut underscore) = (length, usize::MAX);
    let dash = |u: u16| u == u16::from(b'-') || u == u16::from(b'_');
    let dot = |at: usize| units.get(at) == Some(&u16::from(b'.'));
    // The answer for a label that ends at `run_end` is the same wherever in the run it begins.
    let (mut deeper, mut here) = (None, None);
    for at in (0..length).rev() {
        let unit = units[at];
        if !(is_label(unit) || dash(unit)) {
            run_end = at;
            underscore = usize::MAX;
            (deeper, here) = if dot(at) {
                (ends[at + 1], tld(units, at + 1))
            } else {
                (None, None)
            };
            continue;
        }
        if unit == u16::from(b'_') && underscore == usize::MAX {
            underscore = at;
        }
        let good = is_label(unit) && dot(run_end) && is_label(units[run_end - 1]);
        if good {
            let last = if underscore == usize::MAX { here } else { None };
            ends[at] = deeper.or(last.map(|end| end as u32));
        }
    }
    ends.truncate(length);
    ends
}

/// The part of a domain name that is only ASCII and accented Latin letters, with a known top-level domain: all of
/// them, as ranges.
pub(crate) fn latin_parts(domain: &[u16]) -> Vec<(usize, usize)> {
    let is_letter =
        |u: u16| is(u, |b| b.is_ascii_alphanumeric() || b == b'-') || is_latin_accent(u);
    let mut found = Vec::new();
    let (mut at, mut behind) = (0, 0);
    while at < domain.len() {
        let (mut label, mut best) = (at, None);
        loop {
            let end = label
                + domain[label..]
                    .iter()
                    .take_while(|&&u| is_letter(u))
                    .count();
            if end == label || domain.get(end) != Some(&u16::from(b'.')) {
                break;
            }
            label = end + 1;
            best = tld(domain, label).or(best);
        }
        match best {
            Some(end) => {
                // The network takes the first place where these letters stand, even if a longer word hides them there.
                let part = &domain[at..end];
                let earlier = domain[behind..].windows(part.len()).position(|w| w == part);
                let first = behind + earlier.unwrap_or(at - behind);
                behind = first + part.len();
                found.push((first, behind));
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// True when every label is at most 63 octets long in the form that DNS uses.
pub(crate) fn is_encodable(domain: &[u16]) -> bool {
    let marked = domain.starts_with(&[b'x', b'n', b'-', b'-'].map(u16::from));
    if marked && latin_parts(domain).is_empty() {
        return false;
    }
    domain.split(|&u| u == u16::from(b'.')).all(|label| {
        // Ideographic full stops part a label too; each of its pieces is encoded by itself.
        let pieces = label.split(|&u| matches!(u, 0x3002 | 0xFF0E | 0xFF61));
        let length: usize = pieces.map(|piece| encoded_length(piece) + 1).sum::<usize>() - 1;
        (1..=63).contains(&length)
    })
}

/// How long a label is in its ASCII form (RFC 3492), `xn--` included.
fn encoded_length(label: &[u16]) -> usize {
    let points: Vec<u32> = char::decode_utf16(label.iter().copied())
        .map(|c| c.map_or_else(|lone| lone.unpaired_surrogate().into(), u32::from))
        .collect();
    let basic = points.iter().filter(|&&p| p < 0x80).count();
    if basic == points.len() {
        return basic;
    }
    // More than 63 characters never fit, and this bounds the loops below.
    if points.len() > 63 {
        return points.len() + 4;
    }
    let mut length = 4 + basic + usize::from(basic > 0);
    let (mut n, mut delta, mut bias, mut handled) = (0x80_u32, 0_u32, 72_u32, basic);
    while handled < points.len() {
        let Some(next) = points.iter().copied().filter(|&p| p >= n).min() else {
            break;
        };
        delta = delta.saturating_add((next - n).saturating_mul(handled as u32 + 1));
        n = next;
        for &point in &points {
            if point < n {
                delta = delta.saturating_add(1);
            }
            if point == n {
                let (mut q, mut k) = (delta, 36_u32);
                loop {
                    let threshold = k.saturating_sub(bias).clamp(1, 26);
                    length += 1;
                    if q < threshold {
                        break;
                    }
                    q = (q - threshold) / (36 - threshold);
                    k += 36;
                }
                bias = adapt(delta, handled as u32 + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.saturating_add(1);
        n += 1;
    }
    length
}

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    #[test]
    fn a_domain_needs_a_known_end() {
        let at = |text: &str| ends(&units(text)).first().copied().flatten();
        assert_eq!(at("example.com"), Some(11));
        assert_eq!(at("a.b-c.example.co.uk/x"), Some(19));
        assert_eq!(at("example.invalidtld"), None);
        assert_eq!(at("under_score.example.com"), Some(23));
        assert_eq!(at("under_score.com"), None);
        assert_eq!(at("пример.рф"), Some(9));
        assert_eq!(at("example.com@x"), None);
    }

    #[test]
    fn labels_have_a_longest_length() {
        assert_eq!(encoded_length(&units("bücher")), "xn--bcher-kva".len());
        assert_eq!(encoded_length(&units("例え")), "xn--r8jz45g".len());
        assert!(!is_encodable(&units(&format!("{}.com", "ü".repeat(61)))));
        assert!(is_encodable(&units("bücher.com")));
    }
}
