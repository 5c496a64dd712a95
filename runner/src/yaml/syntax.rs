//! What broke the syntax, in words that help. The parser's own sentence is kept; the hint comes from looking at the
//! line itself, because the usual causes (tabs, a colon in a value, a reserved first character, a bracket left open) can
//! be seen there.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source, Span, code};

/// At most so many further tabs are named.
const MAX_TABS: usize = 4;

/// The message for a syntax error at a byte offset.
pub(super) fn explain(source: &Arc<Source>, at: usize, words: &str) -> Diagnostic {
    let number = source.position(at).line;
    if let Some(tab) = tab_in_indent(source, number) {
        return tabs(source, number, tab);
    }
    let start = source.line_start(number);
    let line = source.line(number);
    let column = at.saturating_sub(start).min(line.len());
    let found = Diagnostic::error(
        code::YAML_SYNTAX,
        format!("this is not well-formed YAML: {words}"),
    );
    // At the end of a line the last character is a better place to look than the line's end.
    let place = if column >= line.len() && !line.trim().is_empty() {
        Span::new(
            source,
            start + line.trim_end().len().saturating_sub(1),
            start + line.trim_end().len(),
        )
    } else {
        Span::new(
            source,
            at,
            at + line
                .get(column..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8),
        )
    };
    let mut found = found.at(&place).maybe_help(hint(line, column));
    if let Some(open) = open_bracket(source, at) {
        found = found.related(&open, "this bracket or quote is still open");
    }
    found
}

/// The offset in the line of a tab among its first blanks.
fn tab_in_indent(source: &Source, number: usize) -> Option<usize> {
    let line = source.line(number);
    let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..blanks)?.find('\t')
}

fn tabs(source: &Arc<Source>, number: usize, tab: usize) -> Diagnostic {
    let place = |line: usize, tab: usize| {
        let at = source.line_start(line) + tab;
        Span::new(source, at, at + 1)
    };
    let mut found = Diagnostic::error(code::YAML_TAB, "a tab indents this line")
        .at(&place(number, tab))
        .expected("spaces: YAML does not allow tabs there")
        .help("replace the tab by two spaces for each level, and let the editor write spaces in YAML files");
    let others = (number + 1..)
        .take_while(|&line| source.line_start(line) < source.text().len())
        .filter_map(|line| tab_in_indent(source, line).map(|tab| (line, tab)));
    for (line, tab) in others.take(MAX_TABS) {
        found = found.related(&place(line, tab), "here too");
    }
    found
}

fn hint(line: &str, column: usize) -> Option<String> {
    let (before, rest) = line.split_at_checked(column)?;
    let value = before
        .split_once(": ")
        .map_or_else(|| before.trim_start_matches([' ', '-']), |(_, value)| value);
    if line.contains("${{")
        && (before.contains('[') || before.contains('{') || before.contains(": "))
    {
        return Some(
            "put the expression into quotes: inside brackets, or with `: ` or ` #` in it, YAML would cut it".into(),
        );
    }
    match rest.chars().next() {
        Some(c @ ('@' | '`' | '%')) => {
            return Some(format!(
                "a value can't begin with `{c}`: put it into quotes"
            ));
        }
        Some('*') => {
            return Some("a value that begins with `*` is an alias: put a cron line or a file pattern into quotes".into());
        }
        Some(':') if before.contains(": ") => {
            return Some("put a value that contains `: ` into quotes".into());
        }
        Some(':') if !before.trim().is_empty() => {
            return Some(
                "a key does not fit here: look at the indentation of this line and of the one before it".into(),
            );
        }
        _ => {}
    }
    if before.trim().is_empty() && !rest.trim().is_empty() {
        return Some(
            "look at the indentation: items of one list or map begin in the same column".into(),
        );
    }
    if value.starts_with(['"', '\'']) || rest.starts_with(['"', '\'']) {
        return Some("close the quote, and write `\\\"` or `''` for a quote inside it".into());
    }
    None
}

/// The innermost bracket or quote that is open at the offset, when it stands in an earlier line.
fn open_bracket(source: &Arc<Source>, at: usize) -> Option<Span> {
    let mut open: Vec<usize> = Vec::new();
    let mut quote: Option<(char, usize)> = None;
    let mut before = ' ';
    let text = source.text().get(..at)?;
    let mut comment = false;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            _ if comment => comment = c != '\n',
            (Some((q, _)), c) if c == q && !(q == '"' && before == '\\') => quote = None,
            (Some(_), _) => {}
            (None, '#') if before.is_whitespace() => comment = true,
            // A quote only opens where a value can begin; elsewhere it is an apostrophe.
            (None, '"' | '\'') if matches!(before, ' ' | '\n' | '[' | '{' | ',') => {
                quote = Some((c, index))
            }
            (None, '[' | '{') if matches!(before, ' ' | '\n' | '[' | '{' | ',') => open.push(index),
            (None, ']' | '}') => {
                open.pop();
            }
            _ => {}
        }
        before = c;
    }
    let index = quote
        .map(|(_, index)| index)
        .or_else(|| open.last().copied())?;
    (source.position(index).line < source.position(at).line)
        .then(|| Span::new(source, index, index + 1))
}
