//! The words of an expression with their places, so that an unknown name can be shown where it stands. Only words and
//! what stands around them matter here; the template engine does the parsing.

/// One word or sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Word(&'a str),
    Literal,
    Sign(char),
}

/// The tokens with their byte offsets.
pub(super) fn tokens(text: &str) -> Vec<(usize, Token<'_>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let length = match c {
            '"' | '\'' => string(rest),
            c if c.is_alphabetic() || c == '_' => word(rest, |c| c.is_alphanumeric() || c == '_'),
            c if c.is_ascii_digit() => word(rest, |c| c.is_alphanumeric() || c == '_' || c == '.'),
            c => c.len_utf8(),
        };
        let text = rest.get(..length).unwrap_or_default();
        match c {
            c if c.is_whitespace() => {}
            '"' | '\'' => found.push((at, Token::Literal)),
            c if c.is_alphabetic() || c == '_' => found.push((at, Token::Word(text))),
            c if c.is_ascii_digit() => found.push((at, Token::Literal)),
            c => found.push((at, Token::Sign(c))),
        }
        at += length;
    }
    found
}

fn word(rest: &str, inside: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !inside(c)).unwrap_or(rest.len())
}

/// The length of a string with its quotes; to the end when it is not closed.
fn string(rest: &str) -> usize {
    let mut chars = rest.char_indices();
    let quote = chars.next().map(|(_, c)| c);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if Some(c) == quote {
            return at + c.len_utf8();
        }
    }
    rest.len()
}

/// Where `}}` ends the expression that begins `text`: strings and braces inside it are stepped over.
pub(super) fn end_of_expression(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        match c {
            '"' | '\'' => {
                at += string(text.get(at..).unwrap_or_default());
                continue;
            }
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' if text.get(at..).is_some_and(|rest| rest.starts_with("}}")) => return Some(at),
            _ => {}
        }
        at += c.len_utf8();
    }
    None
}
