//! Durations (`30s`, `1h 30m`) and sizes (`256MB`).

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// The longest duration that a file can state: 366 days.
pub const MAX_DURATION: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Reads a duration with its units; a day has 24 hours. None when it has no unit, is negative or beyond
/// [`MAX_DURATION`].
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let span: Span = text.trim().parse().ok()?;
    let signed: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(signed)
        .ok()
        .filter(|found| *found <= MAX_DURATION)
}

/// Reads a size in bytes: a whole number with `B`, `kB`, `MB`, `GB` (thousands) or `KiB`, `MiB`, `GiB` (1024s).
#[must_use]
pub fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim() {
        "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration("30s"), Some(Duration::from_secs(30)));
        assert_eq!(duration("1h 30m"), Some(Duration::from_secs(5400)));
        assert_eq!(duration("2d"), Some(Duration::from_secs(2 * 86_400)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        for bad in ["", "30", "-5s", "5 parsecs", "1000d", "1mo"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn sizes_need_a_unit() {
        assert_eq!(size("256MB"), Some(256_000_000));
        assert_eq!(size("1 GiB"), Some(1 << 30));
        for bad in ["", "256", "MB", "-1MB", "1.5MB", "99999999999999GB"] {
            assert_eq!(size(bad), None, "{bad}");
        }
    }
}
