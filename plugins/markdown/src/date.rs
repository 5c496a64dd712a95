//! Dates in front matter: ISO 8601 with or without time and zone. Without a zone the time is UTC.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use staffetta_plugin::types::Instant;

/// Reads a date; none when it is none.
#[must_use]
pub fn parse(text: &str) -> Option<Instant> {
    let text = text.trim();
    // `2026-05-01 10:00:00 +0200`, as site generators write it: the space before the offset is theirs.
    let joined = match text.rsplit_once(' ') {
        Some((start, zone)) if zone.starts_with(['+', '-']) || zone.eq_ignore_ascii_case("z") => {
            format!("{start}{zone}")
        }
        Some((start, "UTC" | "GMT")) => format!("{start}Z"),
        _ => text.into(),
    };
    if let Ok(instant) = joined.parse::<jiff::Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let civil: DateTime = joined.parse().ok()?;
    Offset::UTC
        .to_timestamp(civil)
        .ok()
        .map(|instant| instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_people_write_a_date() {
        let day = 1_777_593_600_000;
        for (text, hours) in [
            ("2026-05-01", 0),
            ("2026-05-01 10:30", 10),
            ("2026-05-01T10:30:00Z", 10),
            ("2026-05-01 12:30:00 +0200", 10),
            ("2026-05-01T12:30:00+02:00", 10),
            ("2026-05-01 10:30:00 UTC", 10),
        ] {
            let minutes = if hours == 0 { 0 } else { 30 };
            assert_eq!(
                parse(text),
                Some(day + (hours * 60 + minutes) * 60_000),
                "{text}"
            );
        }
        for wrong in ["", "tomorrow", "2026-02-30", "01/05/2026"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
