//! HTML inside Markdown: its text, its line breaks and its pictures. Everything else of it is for the post's HTML only.

use html5gum::{Token, Tokenizer};

/// A piece of what HTML says.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Characters.
    Text(String),
    /// A line ends.
    Line,
    /// A paragraph ends.
    Paragraph,
    /// A picture: its address and its alternative text.
    Picture(String, Option<String>),
}

/// Reads a stretch of HTML, which may be a single tag.
#[must_use]
pub fn pieces(html: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut hidden = 0_u32;
    for token in Tokenizer::new(html).flatten() {
        match token {
            Token::StartTag(tag) => {
                let attribute = |name: &str| {
                    let value = tag.attributes.get(name.as_bytes())?;
                    Some(String::from_utf8_lossy(value).trim().to_string())
                        .filter(|v| !v.is_empty())
                };
                match &**tag.name {
                    b"script" | b"style" | b"iframe" | b"figcaption" if !tag.self_closing => {
                        hidden += 1
                    }
                    b"img" | b"video" | b"audio" | b"source" => {
                        if let Some(source) = attribute("src") {
                            found.push(Piece::Picture(source, attribute("alt")));
                        }
                    }
                    b"br" => found.push(Piece::Line),
                    name if is_block(name) => found.push(Piece::Paragraph),
                    _ => {}
                }
            }
            Token::EndTag(tag) => match &**tag.name {
                b"script" | b"style" | b"iframe" | b"figcaption" => {
                    hidden = hidden.saturating_sub(1)
                }
                name if is_block(name) => found.push(Piece::Paragraph),
                _ => {}
            },
            Token::String(text) if hidden == 0 => {
                let text = String::from_utf8_lossy(&text);
                let words: Vec<&str> = text.split_whitespace().collect();
                if !words.is_empty() {
                    let space = |at: bool| if at { " " } else { "" };
                    let before = space(text.starts_with(char::is_whitespace));
                    let after = space(text.ends_with(char::is_whitespace));
                    found.push(Piece::Text(format!("{before}{}{after}", words.join(" "))));
                }
            }
            _ => {}
        }
    }
    found
}

fn is_block(name: &[u8]) -> bool {
    matches!(
        name,
        b"p" | b"div"
            | b"figure"
            | b"table"
            | b"tr"
            | b"ul"
            | b"ol"
            | b"li"
            | b"blockquote"
            | b"details"
            | b"summary"
            | b"section"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"center"
            | b"hr"
    )
}
