//! Names: where a post's folder is and how it is called. The same effect has the same name at every try, because
//! nothing but the effect and the content goes into it.

use staffetta_plugin::exports::publisher::Effect;
use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::{Account, Composed, Error, Result, config};
use time::OffsetDateTime;
use unicode_normalization::UnicodeNormalization;

/// Letters of a slug at most.
const SLUG: usize = 40;

/// Hexadecimal digits of the effect's key in a folder's name.
const MARK: usize = 8;

/// What this plugin reads of an account's settings. With `via:` they are those of another network, so more is no error.
#[derive(Debug, Deserialize)]
#[serde(crate = "staffetta_plugin::serde")]
struct Settings {
    #[serde(default = "outbox")]
    folder: String,
}

fn outbox() -> String {
    "outbox".into()
}

/// The folder of all posts of an account.
///
/// # Errors
/// `invalid-config` when the settings are not an object with a folder that stays inside the project.
pub fn root(account: &Account) -> Result<String> {
    let settings: Settings = config(&account.settings)?;
    let folder = settings.folder.trim_end_matches('/');
    let leads_out =
        folder.is_empty() || folder.starts_with('/') || folder.split('/').any(|part| part == "..");
    if leads_out {
        return Err(Error::InvalidConfig(staffetta_plugin::ConfigError {
            pointer: "/folder".into(),
            message: format!("{:?} is not a folder below the project's", settings.folder),
        }));
    }
    Ok(format!("{folder}/{}", safe(&account.name)))
}

/// A name as one part of a path.
fn safe(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '-' | '_') {
                c
            } else {
                '-'
            }
        })
        .collect();
    if plain.is_empty() {
        "account".into()
    } else {
        plain
    }
}

/// What marks the folders of an effect: the beginning of its key.
#[must_use]
pub fn mark(key: &str) -> &str {
    key.get(..MARK).unwrap_or(key)
}

/// A folder's name: the day (UTC) of the intent, words of the post, and the mark.
#[must_use]
pub fn name(effect: &Effect, composed: &Composed) -> String {
    format!(
        "{}-{}-{}",
        day(effect.intended),
        slug(&heading(composed)),
        mark(&effect.key)
    )
}

/// What a person would call the post: its title or subject, or how its text begins.
#[must_use]
pub fn heading(composed: &Composed) -> String {
    let Some(first) = composed.parts.first() else {
        return String::new();
    };
    let field = |name: &str| {
        first
            .fields
            .iter()
            .find(|f| f.name == name)
            .map(|f| f.value.as_str())
    };
    let line = |text: &str| {
        text.lines()
            .map(str::trim)
            .find(|l| !l.is_empty())
            .unwrap_or_default()
            .to_string()
    };
    line(
        field("title")
            .or_else(|| field("subject"))
            .unwrap_or(&first.text),
    )
}

/// Lower-case Latin letters and digits joined by `-`, cut between words; `post` when nothing is left.
#[must_use]
pub fn slug(text: &str) -> String {
    let plain: String = text
        .nfkd()
        .filter(|c| !matches!(c, '\u{0300}'..='\u{036F}'))
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                ' '
            }
        })
        .take(SLUG * 8)
        .collect();
    let mut out = String::new();
    for word in plain.split_whitespace() {
        let longer = out.len() + usize::from(!out.is_empty()) + word.len();
        if longer > SLUG {
            if out.is_empty() {
                out.push_str(word.get(..SLUG).unwrap_or(word));
            }
            break;
        }
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(word);
    }
    if out.is_empty() { "post".into() } else { out }
}

fn utc(instant: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(instant.div_euclid(1000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The day of a time in UTC, as `2026-11-24`.
#[must_use]
pub fn day(instant: i64) -> String {
    let (year, month, day) = utc(instant).date().to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

/// A time in UTC, as `2026-11-24 23:09 UTC`.
#[must_use]
pub fn minute(instant: i64) -> String {
    let (hour, minute, _) = utc(instant).time().as_hms();
    format!("{} {hour:02}:{minute:02} UTC", day(instant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain() {
        assert_eq!(
            slug("Caffè, perché no? 100% più buono"),
            "caffe-perche-no-100-piu-buono"
        );
        assert_eq!(
            slug("Un titolo molto lungo che non finisce più qui"),
            "un-titolo-molto-lungo-che-non-finisce"
        );
        assert_eq!(slug("東京"), "post");
        assert_eq!(slug(&"a".repeat(90)), "a".repeat(40));
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(minute(1_709_210_099_999), "2024-02-29 12:34 UTC");
        assert_eq!(day(-1), "1969-12-31");
    }
}
