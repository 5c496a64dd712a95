//! Messages as text for terminals and logs: readable without colour. Characters that would steer a terminal or hide
//! text are made visible, also in the messages themselves, since both quote what a stranger may have written.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{Diagnostic, Severity, Span};

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// For terminals.
    Always,
    /// For files and pipes.
    Never,
}

/// The longest stretch of a source line that is shown, in characters.
const MAX_WIDTH: usize = 110;

struct Styles {
    severity: Style,
    strong: Style,
    quiet: Style,
    help: Style,
}

impl Styles {
    fn of(severity: Severity, colour: Colour) -> Self {
        if colour == Colour::Never {
            let plain = Style::new();
            return Self {
                severity: plain,
                strong: plain,
                quiet: plain,
                help: plain,
            };
        }
        let main = match severity {
            Severity::Error => AnsiColor::BrightRed,
            Severity::Warning => AnsiColor::BrightYellow,
        };
        Self {
            severity: main.on_default().bold(),
            strong: Style::new().bold(),
            quiet: AnsiColor::BrightBlue.on_default(),
            help: AnsiColor::BrightCyan.on_default().bold(),
        }
    }
}

/// One message, ended by a line end.
#[must_use]
pub fn render(diagnostic: &Diagnostic, colour: Colour) -> String {
    let styles = Styles::of(diagnostic.severity, colour);
    let mut out = String::new();
    let (severity, strong, quiet, help) =
        (styles.severity, styles.strong, styles.quiet, styles.help);
    let _ = writeln!(
        out,
        "{severity}{}[{}]{severity:#}{strong}: {}{strong:#}",
        diagnostic.severity.name(),
        diagnostic.code,
        visible(&diagnostic.message, true),
    );
    if let Some(span) = &diagnostic.span {
        excerpt(&mut out, span, severity, quiet);
    }
    if let Some(expected) = &diagnostic.expected {
        labelled(&mut out, "expected", strong, expected);
    }
    for text in &diagnostic.help {
        labelled(&mut out, "help", help, text);
    }
    for note in &diagnostic.notes {
        labelled(&mut out, "note", strong, &note.text);
        if let Some(span) = &note.span {
            excerpt(&mut out, span, quiet, quiet);
        }
    }
    out
}

/// All messages, an empty line between them.
#[must_use]
pub fn render_all(diagnostics: &[Diagnostic], colour: Colour) -> String {
    diagnostics
        .iter()
        .map(|diagnostic| render(diagnostic, colour))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Puts messages into the order of their files and places, errors first where two share one, and drops repetitions.
pub fn sort_and_dedup(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| {
            d.span
                .as_ref()
                .map(|s| (s.source.path().to_owned(), s.start, s.end))
        };
        key(a).cmp(&key(b)).then(a.severity.cmp(&b.severity))
    });
    let mut seen: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    diagnostics.retain(|diagnostic| {
        let new = !seen.iter().rev().take(32).any(|other| {
            other.code == diagnostic.code
                && other.span == diagnostic.span
                && other.message == diagnostic.message
        });
        if new {
            seen.push(diagnostic.clone());
        }
        new
    });
}

/// `2 errors, 1 warning`; empty when there is nothing.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let count = |n: usize, word: &str| match n {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    };
    [count(errors, "error"), count(warnings, "warning")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// `help: text`, further lines indented to stay apart from the next label.
fn labelled(out: &mut String, label: &str, style: Style, text: &str) {
    for (index, line) in text.lines().enumerate() {
        let line = visible(line, true);
        let _ = match index {
            0 => writeln!(out, "{style}{label}{style:#}: {line}"),
            _ if line.is_empty() => writeln!(out),
            _ => writeln!(out, "    {line}"),
        };
    }
}

fn excerpt(out: &mut String, span: &Span, mark: Style, quiet: Style) {
    let (from, to) = (span.position(), span.end_position());
    let line = span.source.shown_line(from.line);
    let number = from.line.to_string();
    let margin = " ".repeat(number.len());
    let _ = writeln!(
        out,
        "{margin}{quiet}-->{quiet:#} {}:{}:{}",
        visible(span.source.path(), true),
        from.line,
        from.column
    );
    let length = line.chars().count();
    let first = (from.column - 1).min(length);
    let last = if to.line > from.line {
        length
    } else {
        to.column - 1
    }
    .clamp(first, length);
    // Of a very long line only the part around the place is shown.
    let skip = if length > MAX_WIDTH {
        first.saturating_sub(MAX_WIDTH / 3)
    } else {
        0
    };
    let shown_last = last.min(skip + MAX_WIDTH);
    let part = |a: usize, b: usize| {
        visible(
            &line
                .chars()
                .skip(a)
                .take(b.saturating_sub(a))
                .collect::<String>(),
            false,
        )
    };
    let (before, marked, after) = (
        part(skip, first),
        part(first, shown_last),
        part(shown_last, skip + MAX_WIDTH),
    );
    let (left, right) = (
        if skip > 0 { "…" } else { "" },
        if skip + MAX_WIDTH < length { "…" } else { "" },
    );
    let _ = writeln!(out, "{quiet}{margin} |{quiet:#}");
    let text = format!("{left}{before}{marked}{after}{right}");
    let _ = writeln!(out, "{quiet}{number} |{quiet:#} {}", text.trim_end());
    let blank = " ".repeat(left.chars().count() + before.chars().count());
    let carets = "^".repeat(marked.chars().count().max(1));
    let _ = writeln!(
        out,
        "{quiet}{margin} |{quiet:#} {blank}{mark}{carets}{mark:#}"
    );
}

/// Shows what can't be seen or would act on a terminal: control characters as their pictures, a tab as an arrow (kept
/// as blanks in prose), and characters that turn the direction of writing or have no width by their number.
fn visible(text: &str, prose: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' if prose => out.push(' '),
            '\t' => out.push('→'),
            '\u{7f}' => out.push('␡'),
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('·')),
            '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => {
                let _ = write!(out, "<U+{:04X}>", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Source, code};
    use super::*;

    #[test]
    fn shows_place_carets_and_help() {
        let source = Source::new("a.yaml", "name: x\nstep:\n");
        let text = render(
            &Diagnostic::error(code::UNKNOWN_KEY, "unknown key `step`")
                .at(&Span::new(&source, 8, 12))
                .help("did you mean `steps`?"),
            Colour::Never,
        );
        assert_eq!(
            text,
            "error[S0104]: unknown key `step`\n --> a.yaml:2:1\n  |\n2 | step:\n  | ^^^^\nhelp: did you mean `steps`?\n"
        );
    }

    #[test]
    fn controls_are_visible_and_carets_stay_aligned() {
        let source = Source::new("a.yaml", "\té\u{1b}[31m: bad\r\n");
        let at = Span::new(&source, "\té".len(), "\té\u{1b}".len());
        let text = render(
            &Diagnostic::error(code::YAML_SYNTAX, "a \u{1b}[2J b").at(&at),
            Colour::Never,
        );
        assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
        assert!(text.contains("1 | →é␛[31m: bad\n  |   ^\n"), "{text}");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let source = Source::new(
            "a.yaml",
            format!("{}X{}", "a".repeat(5000), "b".repeat(5000)),
        );
        let text = render(
            &Diagnostic::error(code::YAML_SYNTAX, "here").at(&Span::new(&source, 5000, 5001)),
            Colour::Never,
        );
        assert!(
            text.lines().all(|line| line.chars().count() < 130),
            "{text}"
        );
        let (line, caret) = (
            text.lines().nth(3).unwrap_or_default(),
            text.lines().nth(4).unwrap_or_default(),
        );
        assert_eq!(
            line.chars().position(|c| c == 'X'),
            caret.chars().position(|c| c == '^')
        );
    }

    #[test]
    fn sorts_by_place_and_drops_repetitions() {
        let source = Source::new("a.yaml", "abc");
        let at = |n| {
            Diagnostic::error(code::BAD_VALUE, format!("at {n}")).at(&Span::new(&source, n, n + 1))
        };
        let mut all = vec![at(2), at(0), at(2)];
        sort_and_dedup(&mut all);
        assert_eq!(all, vec![at(0), at(2)]);
        assert_eq!(summary(&all), "2 errors");
    }
}
