//! Dates as feeds write them: RFC 822 with its variants, ISO 8601, seconds since 1970, and the same with Italian,
//! German, French or Spanish names. Never guesses between day and month; without a zone the time is UTC.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use staffetta_plugin::types::Instant;

use crate::date_words::{month, number, offset, zone};

/// A date that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// When.
    pub at: Instant,
    /// True when a time of day was written.
    pub timed: bool,
    /// True when a zone was written that is not known; UTC was taken in its place.
    pub unknown_zone: bool,
}

/// Reads a date; none when it can't be told which instant is meant.
#[must_use]
pub fn parse(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() > 100 || text.is_empty() {
        return None;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return since_epoch(text);
    }
    iso(text).or_else(|| words(text))
}

fn since_epoch(digits: &str) -> Option<Date> {
    let number: i64 = digits.parse().ok()?;
    let at = match digits.len() {
        9..=10 => number * 1000,
        12..=13 => number,
        _ => return None,
    };
    Some(Date {
        at,
        timed: true,
        unknown_zone: false,
    })
}

/// `2026-05-01`, `2026-05-01T10:00:00.5+02:00`, `2026/05/01 10:00`.
fn iso(text: &str) -> Option<Date> {
    let head = text.get(..10)?;
    let mut parts = head.split(['-', '/', '.']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let mut found = Found {
        year: number(year),
        month: number(month),
        day: number(day),
        ..Found::default()
    };
    let rest = text[10..].trim_start_matches(['T', 't', ' ', ',']);
    for token in rest.split_whitespace() {
        found.take(token)?;
    }
    found.finish()
}

fn words(text: &str) -> Option<Date> {
    let mut tokens: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == ',' || c == ';')
        .map(|t| t.trim_end_matches('.'))
        .filter(|t| !t.is_empty())
        .collect();
    // `mar` is Tuesday and March in Italian: the first word is the weekday when a month follows.
    let first_is_word = tokens
        .first()
        .is_some_and(|t| t.chars().next().is_some_and(char::is_alphabetic));
    if first_is_word
        && (tokens[1..].iter().any(|t| month(t).is_some()) || month(tokens[0]).is_none())
    {
        tokens.remove(0);
    }
    let mut found = Found::default();
    for token in tokens {
        // `01-May-2026` and `1/5/2026` are three tokens in one.
        let pieces: Vec<&str> = token.split(['-', '/']).collect();
        if pieces.len() == 3 && pieces.iter().all(|p| !p.is_empty()) && !token.contains(':') {
            found.numeric_or_named(&pieces)?;
        } else {
            found.take(token)?;
        }
    }
    found.finish()
}

#[derive(Debug, Default)]
struct Found {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    time: Option<(i64, i64, i64, i64)>,
    half: Option<Half>,
    offset: Option<i64>,
    unknown_zone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

impl Found {
    fn numeric_or_named(&mut self, pieces: &[&str]) -> Option<()> {
        let [a, b, c] = [number(pieces[0]), number(pieces[1]), number(pieces[2])];
        if let (None, Some(named)) = (b, month(pieces[1])) {
            (self.day, self.month, self.year) =
                (a, Some(named), c.map(|y| full_year(y, pieces[2])));
            return Some(());
        }
        let (a, b) = (a?, b?);
        self.year = Some(full_year(c?, pieces[2]));
        // 13/5 is May; 5/13 is May; 5/5 is May; 4/5 could be two days, so it is neither.
        (self.day, self.month) = match (a > 12, b > 12) {
            (true, false) => (Some(a), Some(b)),
            (false, true) => (Some(b), Some(a)),
            _ if a == b => (Some(a), Some(b)),
            _ => return None,
        };
        Some(())
    }

    /// Takes one token; none when it has no place in a date.
    fn take(&mut self, token: &str) -> Option<()> {
        if let Some((time, rest)) = time(token).filter(|_| self.time.is_none()) {
            self.time = Some(time);
            return if rest.is_empty() {
                Some(())
            } else {
                self.take(rest)
            };
        }
        if let Some(seconds) = offset(token) {
            // `GMT+0200` and `GMT +0200`: the number says more than the name.
            self.offset = Some(seconds);
            self.unknown_zone = false;
            return Some(());
        }
        let digits = token.trim_end_matches(['º', '°', 'ª']);
        let digits = ["st", "nd", "rd", "th", "er"]
            .iter()
            .find_map(|s| digits.strip_suffix(s))
            .unwrap_or(digits);
        if let Some(value) = number(digits) {
            return if self.day.is_none() && digits.len() <= 2 {
                self.day = Some(value);
                Some(())
            } else if self.year.is_none() && (digits.len() == 4 || digits.len() == 2) {
                self.year = Some(full_year(value, digits));
                Some(())
            } else {
                None
            };
        }
        if let Some(value) = month(token).filter(|_| self.month.is_none()) {
            self.month = Some(value);
            return Some(());
        }
        self.word(token)
    }

    fn word(&mut self, token: &str) -> Option<()> {
        let lower = token.trim_matches(['(', ')', '[', ']']).to_lowercase();
        match lower.as_str() {
            "am" | "a.m" => self.half = Some(Half::Morning),
            "pm" | "p.m" => self.half = Some(Half::Afternoon),
            "" | "at" | "of" | "de" | "del" | "di" | "il" | "le" | "alle" | "ore" | "um"
            | "uhr" | "à" | "la" | "las" => {}
            name => match zone(name) {
                Some(hours) if self.offset.is_none() => self.offset = Some(hours * 3600),
                Some(_) => {}
                // What comes before or after the date as a whole is not part of it.
                None if self.day.is_none()
                    || !name
                        .chars()
                        .all(|c| c.is_alphabetic() || c == '/' || c == '_') =>
                {
                    return None;
                }
                None => self.unknown_zone = self.offset.is_none(),
            },
        }
        Some(())
    }

    fn finish(self) -> Option<Date> {
        let (mut hour, minute, mut second, nano) = self.time.unwrap_or_default();
        match self.half {
            Some(Half::Afternoon) if hour < 12 => hour += 12,
            Some(Half::Morning) if hour == 12 => hour = 0,
            _ => {}
        }
        // A leap second, and midnight written as the end of the day.
        if second == 60 {
            second = 59;
        }
        let next_day = hour == 24 && minute == 0 && second == 0;
        if next_day {
            hour = 0;
        }
        let civil = DateTime::new(
            i16::try_from(self.year?).ok()?,
            i8::try_from(self.month?).ok()?,
            i8::try_from(self.day?).ok()?,
            i8::try_from(hour).ok()?,
            i8::try_from(minute).ok()?,
            i8::try_from(second).ok()?,
            i32::try_from(nano).ok()?,
        )
        .ok()?;
        let offset = Offset::from_seconds(i32::try_from(self.offset.unwrap_or(0)).ok()?).ok()?;
        let at = offset.to_timestamp(civil).ok()?.as_millisecond();
        let day = if next_day { 86_400_000 } else { 0 };
        Some(Date {
            at: at + day,
            timed: self.time.is_some(),
            unknown_zone: self.unknown_zone,
        })
    }
}

/// Two digits are of this century up to 49, as RFC 2822 has it.
fn full_year(year: i64, digits: &str) -> i64 {
    match digits.len() {
        2 if year < 50 => 2000 + year,
        2 => 1900 + year,
        _ => year,
    }
}

type Time = (i64, i64, i64, i64);

/// A time at the start of the token, and the rest of it, which is a zone when there is any.
fn time(token: &str) -> Option<(Time, &str)> {
    let end = token
        .find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'))
        .unwrap_or(token.len());
    let (clock, rest) = token.split_at(end);
    let mut parts = clock.split(':');
    let hour = parts.next()?;
    // Italian clocks have a dot: `ore 10.30`.
    let (hour, minute, second) = match (parts.next(), hour.split_once('.')) {
        (Some(minute), _) => (hour, minute, parts.next()),
        (None, Some((hour, minute))) if minute.len() == 2 && hour.len() <= 2 => {
            (hour, minute, None)
        }
        _ => return None,
    };
    let (second, fraction) = second.map_or(("0", ""), |s| s.split_once('.').unwrap_or((s, "")));
    let mut nano = 0;
    for (at, digit) in fraction.chars().take(9).enumerate() {
        nano += i64::from(digit.to_digit(10)?) * 10_i64.pow(8 - u32::try_from(at).ok()?);
    }
    let (hour, minute, second) = (number(hour)?, number(minute)?, number(second)?);
    (hour <= 24 && minute < 60 && second <= 60).then_some(((hour, minute, second, nano), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<i64> {
        parse(text).map(|d| d.at / 1000)
    }

    #[test]
    fn one_instant_in_many_coats() {
        for text in [
            "Fri, 01 May 2026 10:00:00 GMT",
            "Fri, 1 May 2026 10:00 UT",
            "Fri, 01 May 26 10:00:00 +0000",
            "01 May 2026 12:00:00 +0200",
            "Fri, 01 May 2026 12:00:00 CEST",
            "Fri May 1 10:00:00 2026",
            "Fri, 01 May 2026 06:00:00 EDT",
            "Fri, 01-May-2026 10:00:00 GMT",
            "Friday, May 1, 2026 at 10:00 AM",
            "2026-05-01T10:00:00Z",
            "2026-05-01T12:00:00+02:00",
            "2026-05-01 10:00:00",
            "2026-05-01T10:00:00.000Z",
            "2026-05-01 12:00:00 +0200",
            "2026-05-01 10:00:00 UTC",
            "ven, 01 mag 2026 10:00:00 +0000",
            "venerdì 1 maggio 2026 ore 10.00",
            "Fri, 1 May 2026 10:00:00 GMT+0000",
            "Fri May 01 2026 12:00:00 GMT+0200 (Central European Summer Time)",
            "Freitag, 1. Mai 2026 10:00 Uhr",
            "vendredi 1er mai 2026 10:00",
            "1777629600",
            "1777629600000",
        ] {
            assert_eq!(at(text), Some(1_777_629_600), "{text}");
        }
    }

    #[test]
    fn tuesday_is_not_march() {
        assert_eq!(at("mar, 05 mag 2026 00:00:00 GMT"), at("2026-05-05"));
        assert_eq!(at("mar, 10 mar 2026 00:00:00 GMT"), at("2026-03-10"));
        assert_eq!(at("martedì 5 maggio 2026"), at("2026-05-05"));
    }

    #[test]
    fn numbers_alone_only_when_clear() {
        assert_eq!(at("25/12/2026"), at("2026-12-25"));
        assert_eq!(at("12/25/2026 08:00"), at("2026-12-25T08:00:00Z"));
        assert_eq!(at("04/05/2026"), None);
    }

    #[test]
    fn edges() {
        assert_eq!(at("2026-05-01T24:00:00Z"), at("2026-05-02"));
        assert_eq!(
            at("Fri, 01 May 2026 12:00:00 PM GMT"),
            at("2026-05-01T12:00:00Z")
        );
        assert_eq!(
            at("Thu, 31 Dec 1998 23:59:60 GMT"),
            at("1998-12-31T23:59:59Z")
        );
        for wrong in [
            "",
            "yesterday",
            "31 Feb 2026",
            "2026-13-01",
            "0000-00-00 00:00:00",
            "May",
            "10:00",
            "32 May 2026",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        let odd = parse("Fri, 01 May 2026 10:00:00 Europe/Rome").unwrap();
        assert!(odd.unknown_zone && odd.timed);
        assert!(!parse("1 May 2026").unwrap().timed);
    }
}
