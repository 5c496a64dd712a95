//! Days of rest: what a schedule's `except` names. A calendar lists days of every year, days of one year, and days
//! counted from Easter Sunday (of the Gregorian calendar).

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};

/// The built-in calendars. Italy: the national holidays of law 260 of 27 May 1949 with its changes, among them 4 October
/// (law 151 of 8 October 2025, from 2026 on). Read in 2026-01.
const BUILT_IN: &[(&str, &[&str])] = &[(
    "it-holidays",
    &[
        "01-01", "01-06", "easter", "easter+1", "04-25", "05-01", "06-02", "08-15", "10-04",
        "11-01", "12-08", "12-25", "12-26",
    ],
)];

/// A set of days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    days: Vec<Day>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Yearly(i8, i8),
    Once(Date),
    Easter(i32),
}

impl Calendar {
    /// The built-in ones by name.
    #[must_use]
    pub fn built_in() -> BTreeMap<String, Self> {
        BUILT_IN
            .iter()
            .map(|(name, days)| {
                let days = days.iter().filter_map(|day| parse(day)).collect();
                ((*name).to_owned(), Self { days })
            })
            .collect()
    }

    /// Adds a day as written: `MM-DD`, `YYYY-MM-DD`, `easter`, `easter+39`, `easter-2`. False when it is none of these.
    pub fn add(&mut self, text: &str) -> bool {
        let day = parse(text);
        self.days.extend(day);
        day.is_some()
    }

    /// True when the day is one of rest.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.days.iter().any(|rest| match *rest {
            Day::Yearly(month, number) => (day.month(), day.day()) == (month, number),
            Day::Once(date) => date == day,
            Day::Easter(offset) => {
                easter(day.year()).and_then(|e| e.checked_add(offset.days()).ok()) == Some(day)
            }
        })
    }
}

fn parse(text: &str) -> Option<Day> {
    let text = text.trim();
    if let Some(offset) = text.strip_prefix("easter") {
        let offset = if offset.is_empty() {
            0
        } else {
            offset.parse().ok()?
        };
        // More than half a year away would be another year's Easter.
        return (-150..=150)
            .contains(&offset)
            .then_some(Day::Easter(offset));
    }
    if text.len() == "MM-DD".len() {
        // A leap year, so that 29 February can be named.
        let day: Date = format!("2000-{text}").parse().ok()?;
        return Some(Day::Yearly(day.month(), day.day()));
    }
    text.parse()
        .ok()
        .filter(|_| text.len() == "YYYY-MM-DD".len())
        .map(Day::Once)
}

/// Easter Sunday by the rule of Meeus, Jones and Butcher.
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    if y < 1583 {
        return None;
    }
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    let (month, day) = (i8::try_from(n / 31).ok()?, i8::try_from(n % 31 + 1).ok()?);
    Some(date(year, month, day))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn italian_holidays() {
        let italy = &Calendar::built_in()["it-holidays"];
        assert_eq!(
            italy.days.len(),
            BUILT_IN[0].1.len(),
            "every day is readable"
        );
        for day in [
            "2026-04-05",
            "2026-04-06",
            "2027-03-29",
            "2024-04-01",
            "2026-08-15",
            "2026-10-04",
        ] {
            assert!(italy.contains(day.parse().unwrap()), "{day}");
        }
        assert!(!italy.contains(date(2026, 4, 7)));
    }

    #[test]
    fn own_days() {
        let mut own = Calendar::default();
        assert!(own.add("02-29") && own.add("2026-12-24") && own.add("easter-2"));
        assert!(
            own.contains(date(2028, 2, 29))
                && own.contains(date(2026, 12, 24))
                && own.contains(date(2026, 4, 3))
        );
        assert!(!own.contains(date(2027, 12, 24)));
        for bad in [
            "13-01",
            "02-30",
            "2026-02-29",
            "easter+x",
            "easter+999",
            "tomorrow",
            "",
        ] {
            assert!(!own.add(bad), "{bad}");
        }
    }
}
