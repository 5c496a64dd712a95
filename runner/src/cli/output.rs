//! Writing to people and to scripts: data to standard output, everything else to standard error. A closed pipe is no
//! error: whoever read had enough.

use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use super::args::{ColorWhen, Global};

/// How to write.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON is wanted.
    pub json: bool,
    /// Colours on standard output.
    pub colour: bool,
    /// Colours on standard error.
    pub colour_err: bool,
}

/// What a word is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Look at it.
    Warn,
    /// It is wrong.
    Bad,
    /// Beside the point.
    Dim,
    /// The point.
    Bold,
    /// A command or a place.
    Code,
}

impl Output {
    /// As the options and the terminal say.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let wanted = |terminal: bool| match global.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => {
                terminal
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Self {
            json: global.json,
            colour: wanted(std::io::stdout().is_terminal()),
            colour_err: wanted(std::io::stderr().is_terminal()),
        }
    }

    /// Text in its tone, for standard output.
    #[must_use]
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        paint(self.colour, tone, text)
    }

    /// Text in its tone, for standard error.
    #[must_use]
    pub fn paint_err(&self, tone: Tone, text: &str) -> String {
        paint(self.colour_err, tone, text)
    }
}

fn paint(colour: bool, tone: Tone, text: &str) -> String {
    if !colour {
        return text.to_string();
    }
    let style = match tone {
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Warn => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
        Tone::Dim => Style::new().dimmed(),
        Tone::Bold => Style::new().bold(),
        Tone::Code => AnsiColor::Cyan.on_default(),
    };
    format!("{style}{text}{style:#}")
}

/// Writes a line of data. A closed pipe ends the program quietly with the code of what was done so far.
pub fn print(text: &str) {
    put(&mut std::io::stdout().lock(), text);
}

/// Writes a line for people to standard error.
pub fn note(text: &str) {
    put(&mut std::io::stderr().lock(), text);
}

/// Writes a JSON document.
pub fn print_json<T: serde::Serialize>(value: &T) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => print(&text),
        Err(error) => note(&format!("the answer has no JSON form: {error}")),
    }
}

fn put(stream: &mut dyn Write, text: &str) {
    // Nobody is left to tell when even standard error is gone; and a reader that had enough is no failure.
    let _ = writeln!(stream, "{text}").and_then(|()| stream.flush());
}

/// A table with columns as wide as their widest cell. `widths` counts what a terminal shows.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<(String, Option<Tone>)>>,
}

impl Table {
    /// Adds a row of cells, each with its tone.
    pub fn row(&mut self, cells: Vec<(String, Option<Tone>)>) {
        self.rows.push(cells);
    }

    /// Adds a heading.
    pub fn head(&mut self, cells: &[&str]) {
        self.row(
            cells
                .iter()
                .map(|cell| (cell.to_string(), Some(Tone::Dim)))
                .collect(),
        );
    }

    /// The lines.
    #[must_use]
    pub fn lines(&self, output: &Output) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|(cell, _)| shown_width(cell))
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<(String, Option<Tone>)>| {
            let last = row.len().saturating_sub(1);
            let cells = row.iter().enumerate().map(|(column, (cell, tone))| {
                let gap = if column == last {
                    0
                } else {
                    widths[column] - shown_width(cell)
                };
                let cell = tone.map_or_else(|| cell.clone(), |tone| output.paint(tone, cell));
                format!("{cell}{}", " ".repeat(gap))
            });
            format!("  {}", cells.collect::<Vec<_>>().join("  "))
                .trim_end()
                .to_string()
        };
        self.rows.iter().map(line).collect()
    }
}

/// Cells of a terminal that a text takes, near enough for a table: wide scripts and emoji take two.
fn shown_width(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xff00..=0xff60
            | 0x1f300..=0x1faff => 2,
            _ => 1,
        })
        .sum()
}
