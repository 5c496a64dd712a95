//! Cron lines of five fields and the times they name in a time zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{ToSpan, ZonedDateTime};

/// A readable cron line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    /// Bit 0 is Sunday.
    weekdays: u64,
    /// `*` in the field of the day or of the weekday: the other one decides alone.
    any_day: bool,
    any_weekday: bool,
}

/// What is wrong with a cron line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not five fields.
    #[error("{0} fields instead of five (minute, hour, day of the month, month, day of the week)")]
    Fields(usize),
    /// A part that can't be read.
    #[error("`{part}` can't be the {field}: {wanted}")]
    Part {
        /// Which field.
        field: &'static str,
        /// As written.
        part: String,
        /// What would fit.
        wanted: &'static str,
    },
    /// A day that no month has, such as 30 February.
    #[error("no such day ever comes")]
    Never,
}

struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
    wanted: &'static str,
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        low: 0,
        high: 59,
        names: &[],
        wanted: "0 to 59",
    },
    Field {
        name: "hour",
        low: 0,
        high: 23,
        names: &[],
        wanted: "0 to 23",
    },
    Field {
        name: "day of the month",
        low: 1,
        high: 31,
        names: &[],
        wanted: "1 to 31",
    },
    Field {
        name: "month",
        low: 1,
        high: 12,
        names: &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
        wanted: "1 to 12, or `jan` to `dec`",
    },
    Field {
        name: "day of the week",
        low: 0,
        high: 7,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
        wanted: "`mon` to `sun`, or 0 to 7 (0 and 7 are Sunday)",
    },
];

/// Longer than the longest pause of a day that exists: 29 February, 1896 to 1904.
const HORIZON_DAYS: u32 = 366 * 8 + 1;

impl std::str::FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let &[minute, hour, day, month, weekday] = parts.as_slice() else {
            return Err(CronError::Fields(parts.len()));
        };
        let [minutes, hours, days, months, weekdays] = &FIELDS;
        let weekday_bits = bits(weekday, weekdays)?;
        let cron = Self {
            text: parts.join(" "),
            minutes: bits(minute, minutes)?,
            hours: bits(hour, hours)?,
            days: bits(day, days)?,
            months: bits(month, months)?,
            weekdays: (weekday_bits | weekday_bits >> 7) & 0x7f,
            any_day: day.starts_with('*'),
            any_weekday: weekday.starts_with('*'),
        };
        let leap_year =
            (1..=366).filter_map(|n| Date::new(2024, 1, 1).ok()?.checked_add((n - 1).days()).ok());
        if cron.any_weekday && !leap_year.into_iter().any(|day| cron.on(day)) {
            return Err(CronError::Never);
        }
        Ok(cron)
    }
}

fn bits(text: &str, field: &Field) -> Result<u64, CronError> {
    let mut all = 0;
    for part in text.split(',') {
        all |= part_bits(part, field).ok_or_else(|| CronError::Part {
            field: field.name,
            part: part.to_owned(),
            wanted: field.wanted,
        })?;
    }
    Ok(all)
}

fn part_bits(part: &str, field: &Field) -> Option<u64> {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
        None => (part, 1),
    };
    let number = |text: &str| -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        let named = field.names.iter().position(|name| *name == lower);
        let value = match named {
            Some(index) => u32::try_from(index).ok()? + field.low,
            None => text
                .parse()
                .ok()
                .filter(|_| text.bytes().all(|b| b.is_ascii_digit()))?,
        };
        (field.low..=field.high).contains(&value).then_some(value)
    };
    let (low, high) = if range == "*" {
        (field.low, field.high)
    } else if let Some((low, high)) = range.split_once('-') {
        let (low, mut high) = (number(low)?, number(high)?);
        // `fri-sun`: Sunday ends the week as well.
        if high == 0 && low > 0 && field.high == 7 {
            high = 7;
        }
        (low, high)
    } else {
        let value = number(range)?;
        (
            value,
            if part.contains('/') {
                field.high
            } else {
                value
            },
        )
    };
    if low > high {
        return None;
    }
    Some(
        (low..=high)
            .step_by(step as usize)
            .fold(0, |all, value| all | 1 << value),
    )
}

impl Cron {
    /// As written, with single blanks.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True when some time of this day is named.
    #[must_use]
    pub fn on(&self, day: Date) -> bool {
        let has =
            |set: u64, value: i8| u32::try_from(value).is_ok_and(|value| set & 1 << value != 0);
        let by_day = has(self.days, day.day());
        let by_weekday = has(self.weekdays, day.weekday().to_sunday_zero_offset());
        let fits = match (self.any_day, self.any_weekday) {
            (false, false) => by_day || by_weekday,
            // A step such as `*/2` restricts although it begins with `*`.
            _ => by_day && by_weekday,
        };
        has(self.months, day.month()) && fits
    }

    /// The first time after `after`, in its time zone. A time that the clock skips becomes the one as long after the gap
    /// as it would have been after its beginning; of one that comes twice the first counts.
    #[must_use]
    pub fn next(&self, after: &ZonedDateTime) -> Option<ZonedDateTime> {
        let zone: &TimeZone = after.time_zone();
        // A time skipped before midnight may fall on the next day.
        let mut day = after.date().yesterday().ok()?;
        for _ in 0..HORIZON_DAYS {
            if self.on(day)
                && let Some(found) = self.times(day, zone).filter(|time| time > after).min()
            {
                return Some(found);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    fn times<'a>(
        &'a self,
        day: Date,
        zone: &'a TimeZone,
    ) -> impl Iterator<Item = ZonedDateTime> + 'a {
        let set = |bits: u64, most: i8| (0..most).filter(move |value| bits & 1 << *value != 0);
        set(self.hours, 24).flat_map(move |hour| {
            set(self.minutes, 60).filter_map(move |minute| {
                day.at(hour, minute, 0, 0)
                    .to_zoned_datetime(zone.clone())
                    .ok()
            })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn next(cron: &str, after: &str) -> String {
        let cron: Cron = cron.parse().unwrap();
        let after: ZonedDateTime = after.parse().unwrap();
        cron.next(&after)
            .map_or_else(|| "never".into(), |time| time.to_string())
    }

    #[test]
    fn finds_the_next_time() {
        let rome = "[Europe/Rome]";
        for (cron, after, wanted) in [
            (
                "0 9 * * mon-fri",
                "2026-01-02T09:00",
                "2026-01-05T09:00:00+01:00",
            ),
            (
                "0 9 * * fri-sun",
                "2026-01-02T09:00",
                "2026-01-03T09:00:00+01:00",
            ),
            ("0 9 * * 7", "2026-01-02T09:00", "2026-01-04T09:00:00+01:00"),
            (
                "*/20 8-9 * * *",
                "2026-01-02T08:20",
                "2026-01-02T08:40:00+01:00",
            ),
            (
                "5/20 * * * *",
                "2026-01-02T08:20",
                "2026-01-02T08:25:00+01:00",
            ),
            (
                "0 0 29 feb *",
                "2026-01-02T08:20",
                "2028-02-29T00:00:00+01:00",
            ),
            // Either day is enough when both are restricted.
            (
                "0 0 13 * fri",
                "2026-01-02T08:20",
                "2026-01-09T00:00:00+01:00",
            ),
            // Spring: 02:30 does not exist on 29 March; autumn: 02:30 comes twice on 25 October.
            (
                "30 2 * * *",
                "2026-03-28T12:00",
                "2026-03-29T03:30:00+02:00",
            ),
            (
                "30 2 * * *",
                "2026-10-24T12:00",
                "2026-10-25T02:30:00+02:00",
            ),
        ] {
            assert_eq!(
                next(cron, &format!("{after}{rome}")),
                format!("{wanted}{rome}"),
                "{cron}"
            );
        }
        assert_eq!(
            next("30 2 * * *", "2026-10-25T02:30:00+02:00[Europe/Rome]"),
            "2026-10-26T02:30:00+01:00[Europe/Rome]"
        );
    }

    #[test]
    fn refuses_what_it_can_not_read() {
        for bad in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "0 9 * * mon-",
            "0 9 5-1 * *",
            "*/0 * * * *",
            "0 9 * foo *",
            "0 0 30 2 *",
            "0 9 * * +1",
        ] {
            assert!(bad.parse::<Cron>().is_err(), "{bad}");
        }
    }
}
