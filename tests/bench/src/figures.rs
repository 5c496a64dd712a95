//! Medians, and lines of a table as they come.

use std::time::{Duration, Instant};

/// What was printed so far.
#[derive(Default)]
pub(crate) struct Figures {
    held: usize,
    missed: Vec<String>,
}

impl Figures {
    /// Begins a group of lines.
    pub(crate) fn title(&self, title: &str) {
        println!("\n{title}");
    }

    /// A figure that is only told.
    pub(crate) fn told(&self, what: &str, value: &str) {
        println!("  {what:<62} {value}");
    }

    /// A duration beside another, with the most that it may be as a multiple of that.
    pub(crate) fn beside(
        &mut self,
        what: &str,
        ours: Duration,
        name: &str,
        other: Duration,
        most: f64,
    ) {
        let (value, ratio) = ratio(ours, name, other);
        self.judge(what, &value, ratio <= most, &format!("at most {most}"));
    }

    /// The same without a target.
    pub(crate) fn compare(&self, what: &str, ours: Duration, name: &str, other: Duration) {
        self.told(what, &ratio(ours, name, other).0);
    }

    /// A value with its target in words.
    pub(crate) fn judge(&mut self, what: &str, value: &str, holds: bool, target: &str) {
        let verdict = if holds { "ok" } else { "MISSED" };
        println!("  {what:<62} {value}   [{target}: {verdict}]");
        if holds {
            self.held += 1;
        } else {
            self.missed.push(what.into());
        }
    }

    /// The last line.
    pub(crate) fn end(&self) {
        let Self { held, missed } = self;
        if missed.is_empty() {
            println!("\n{held} of {held} targets hold");
        } else {
            println!(
                "\n{held} of {} targets hold; missed: {}",
                held + missed.len(),
                missed.join("; ")
            );
        }
    }
}

fn ratio(ours: Duration, name: &str, other: Duration) -> (String, f64) {
    let ratio = ours.as_secs_f64() / other.as_secs_f64();
    let (ours, other) = (shown(ours), shown(other));
    (format!("{ours:>9} / {other:>9} {name} = {ratio:.2}"), ratio)
}

/// A duration in three figures.
pub(crate) fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.2} ms", s * 1e3),
        s => format!("{:.1} µs", s * 1e6),
    }
}

/// The middle one.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// How long it takes.
pub(crate) fn time<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begin = Instant::now();
    let answer = work();
    (begin.elapsed(), answer)
}
