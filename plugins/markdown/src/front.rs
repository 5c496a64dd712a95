//! Cuts a file into its YAML front matter and its Markdown. Knows bytes and lines, not what they mean.

/// Why a file can't be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// From 1.
    pub line: usize,
    /// For people.
    pub message: String,
}

/// A file in its parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// YAML without its fences; none when the file has no front matter.
    pub yaml: Option<String>,
    /// The Markdown, with `\n` as its only line end.
    pub markdown: String,
    /// Lines before the Markdown.
    pub skipped: usize,
}

/// The text of a file: UTF-8, or UTF-16 with its mark; without byte order mark, with `\n` as line end.
///
/// # Errors
/// When the bytes are no text in these encodings.
pub fn text(bytes: &[u8]) -> Result<String, Trouble> {
    let wide = |of: fn([u8; 2]) -> u16| {
        let units = bytes[2..]
            .chunks(2)
            .map(|pair| of([pair[0], pair.get(1).copied().unwrap_or(0)]));
        char::decode_utf16(units)
            .collect::<Result<String, _>>()
            .map_err(|_| Trouble {
                line: 1,
                message: "marked as UTF-16, but it is not".into(),
            })
    };
    let text = match bytes {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes)?,
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes)?,
        _ => std::str::from_utf8(bytes)
            .map(String::from)
            .map_err(|error| {
                let good = &bytes[..error.valid_up_to()];
                Trouble {
                    line: good.iter().filter(|b| **b == b'\n').count() + 1,
                    message: format!(
                        "not UTF-8 from byte {} on; save the file as UTF-8",
                        good.len()
                    ),
                }
            })?,
    };
    if text.contains('\0') {
        return Err(Trouble {
            line: 1,
            message: "this is no text file: it has zero bytes".into(),
        });
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    Ok(if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.into()
    })
}

/// Cuts a text at the fences of its front matter.
///
/// # Errors
/// When front matter is opened and not closed, or is in TOML.
pub fn cut(text: &str) -> Result<Parts, Trouble> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_end() == "+++" && text.lines().skip(1).any(|line| line.trim_end() == "+++") {
        let message =
            "front matter in TOML (`+++`) is not read; write it in YAML between `---`".into();
        return Err(Trouble { line: 1, message });
    }
    let whole = || Parts {
        yaml: None,
        markdown: text.into(),
        skipped: 0,
    };
    if first.trim_end() != "---" {
        return Ok(whole());
    }
    let (mut at, mut count) = (first.len(), 1);
    for line in lines {
        count += 1;
        if matches!(line.trim_end(), "---" | "...") {
            return Ok(Parts {
                yaml: Some(text[first.len()..at].into()),
                markdown: text[at + line.len()..].into(),
                skipped: count,
            });
        }
        at += line.len();
    }
    // A line of dashes alone is a rule of Markdown; with keys below it somebody forgot the second one.
    let second = text.lines().nth(1).unwrap_or_default();
    let key = second
        .split_once(':')
        .map(|(key, _)| key)
        .unwrap_or_default();
    if !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"'))
    {
        return Err(Trouble {
            line: 1,
            message: "the front matter is opened with `---` and never closed".into(),
        });
    }
    Ok(whole())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_is_cut_off() {
        let parts = cut("---\ntitle: A\n---\n# B\n").unwrap();
        assert_eq!(
            parts,
            Parts {
                yaml: Some("title: A\n".into()),
                markdown: "# B\n".into(),
                skipped: 3
            }
        );
        assert_eq!(cut("---\n---\nx").unwrap().yaml.as_deref(), Some(""));
        assert_eq!(cut("---  \na: 1\n...\nx").unwrap().markdown, "x");
        assert_eq!(cut("---\na: 1\n---").unwrap().markdown, "");
        for whole in [
            "",
            "# A",
            "text\n---\ntext",
            "---\n\nA rule above.",
            "----\na: 1\n----\n",
        ] {
            assert_eq!(
                cut(whole).unwrap(),
                Parts {
                    yaml: None,
                    markdown: whole.into(),
                    skipped: 0
                }
            );
        }
        assert_eq!(cut("---\ntitle: A\n\ntext").unwrap_err().line, 1);
        assert!(
            cut("+++\ntitle = 1\n+++\n")
                .unwrap_err()
                .message
                .contains("TOML")
        );
    }

    #[test]
    fn bytes_become_text() {
        assert_eq!(text(b"\xef\xbb\xbfa\r\nb\rc").unwrap(), "a\nb\nc");
        assert_eq!(text(b"").unwrap(), "");
        let wide: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain("caffè".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(text(&wide).unwrap(), "caffè");
        let wrong = text(b"one\ntwo\ncaff\xe8").unwrap_err();
        assert_eq!((wrong.line, wrong.message.contains("byte 12")), (3, true));
        assert!(text(b"\x89PNG\0").is_err() && text(b"a\0b").is_err());
    }
}
