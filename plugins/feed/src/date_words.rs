//! The words of dates: numbers, months and zones by name. Knows nothing of how they follow each other.

/// A number of at most nine digits.
pub(crate) fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// `+0200`, `-05:00`, `+2`, `GMT+2`, `UTC+02:00`, in seconds east.
pub(crate) fn offset(token: &str) -> Option<i64> {
    let rest = ["GMT", "UTC"]
        .iter()
        .find_map(|z| token.strip_prefix(z))
        .unwrap_or(token);
    let (sign, digits) = match rest.chars().next()? {
        '+' => (1, &rest[1..]),
        '-' => (-1, &rest[1..]),
        '−' => (-1, &rest['−'.len_utf8()..]),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) => (number(hours)?, number(minutes)?),
        (None, 4) => (number(digits.get(..2)?)?, number(digits.get(2..)?)?),
        (None, 1 | 2) => (number(digits)?, 0),
        _ => return None,
    };
    (hours <= 26 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Zones with one meaning; hours east. `IST`, `CST` in China and the like have several: RFC 822's meaning wins where it
/// has one, the others are unknown.
pub(crate) fn zone(name: &str) -> Option<i64> {
    Some(match name {
        "z" | "ut" | "utc" | "gmt" | "wet" => 0,
        "cet" | "mez" | "west" | "bst" => 1,
        "cest" | "mesz" | "eet" => 2,
        "eest" | "msk" => 3,
        "jst" | "kst" => 9,
        "aest" => 10,
        "aedt" => 11,
        "sgt" | "hkt" => 8,
        "edt" => -4,
        "est" | "cdt" => -5,
        "cst" | "mdt" => -6,
        "mst" | "pdt" => -7,
        "pst" => -8,
        _ => return None,
    })
}

/// The month by its English, Italian, German, French or Spanish name, whole or cut.
pub(crate) fn month(word: &str) -> Option<i64> {
    let lower = word.to_lowercase();
    if lower.chars().count() < 3 || !lower.chars().all(char::is_alphabetic) {
        return None;
    }
    let start: String = lower.chars().take(3).collect();
    let found = match start.as_str() {
        "jan" | "gen" | "ene" | "jän" => 1,
        "feb" | "fév" | "fev" => 2,
        "mar" | "mär" => 3,
        "apr" | "avr" | "abr" => 4,
        "may" | "mag" | "mai" => 5,
        "jun" | "giu" => 6,
        "jul" | "lug" => 7,
        "aug" | "ago" | "aoû" | "aou" => 8,
        "sep" | "set" => 9,
        "oct" | "ott" | "okt" => 10,
        "nov" => 11,
        "dec" | "dic" | "dez" | "déc" => 12,
        "jui" if lower.starts_with("juin") => 6,
        "jui" if lower.starts_with("juil") => 7,
        _ => return None,
    };
    // `Monday`, `martedì` and the like begin as no month does, but for `mar`.
    (!lower.starts_with("mart")).then_some(found)
}
