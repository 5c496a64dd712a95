//! The text that grows while HTML is read: white space collapses, breaks are held back until something follows, and
//! each line begins as its lists and quotes ask. Knows elements by how they break lines, nothing else of HTML.

/// How much space what comes next needs before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

#[derive(Debug)]
struct List {
    /// The next item's number; none for bullets.
    next: Option<i64>,
}

/// Plain text being written.
#[derive(Debug, Default)]
pub struct Flow {
    out: String,
    due: Break,
    lists: Vec<List>,
    quotes: usize,
    pre: usize,
    /// The bullet or number that the next words get.
    marker: Option<String>,
}

/// Deeper lists and quotes are drawn at this depth, so that hostile nesting can't blow up the text.
const DEEPEST: usize = 8;

impl Flow {
    /// Characters of the document, entities decoded.
    pub fn text(&mut self, text: &str) {
        if self.pre > 0 {
            for (index, line) in text.split('\n').enumerate() {
                if index > 0 {
                    self.due = if self.due >= Break::Line {
                        Break::Paragraph
                    } else {
                        Break::Line
                    };
                }
                let line = line.trim_end_matches('\r');
                if !line.trim().is_empty() {
                    self.write(&visible(line));
                }
            }
            return;
        }
        // The white space of HTML; a no-break space is a character like any other there.
        for (index, word) in text.split([' ', '\n', '\t', '\r', '\u{0C}']).enumerate() {
            if index > 0 {
                self.due = self.due.max(Break::Space);
            }
            let word = visible(word);
            if !word.is_empty() {
                self.write(&word);
            }
        }
    }

    /// Writes as it stands, after the space that is due.
    pub fn write(&mut self, text: &str) {
        self.settle();
        self.out.push_str(text);
    }

    /// Writes the space that is due, so that what follows begins at `mark`.
    pub fn settle(&mut self) {
        let due = std::mem::take(&mut self.due);
        let starts_line = self.out.is_empty() || due >= Break::Line || self.marker.is_some();
        if !self.out.is_empty() {
            match due {
                Break::None if self.marker.is_none() => {}
                Break::Space if self.marker.is_none() => {
                    if !self.out.ends_with([' ', '\n', '\u{A0}']) {
                        self.out.push(' ');
                    }
                }
                Break::Paragraph => self.end_lines(2),
                _ => self.end_lines(1),
            }
        }
        if starts_line {
            for _ in 0..self.quotes.min(DEEPEST) {
                self.out.push_str("> ");
            }
            let depth = self.lists.len().min(DEEPEST);
            if let Some(marker) = self.marker.take() {
                self.out
                    .extend(std::iter::repeat_n("  ", depth.saturating_sub(1)));
                self.out.push_str(&marker);
            } else {
                self.out.extend(std::iter::repeat_n("  ", depth));
            }
        }
    }

    fn end_lines(&mut self, count: usize) {
        let kept = self.out.trim_end().len();
        self.out.truncate(kept);
        self.out.extend(std::iter::repeat_n('\n', count));
    }

    /// A line ends here; two of them in a row make a paragraph.
    pub fn line(&mut self) {
        self.due = if self.due >= Break::Line {
            Break::Paragraph
        } else {
            Break::Line
        };
    }

    /// A paragraph ends here.
    pub fn paragraph(&mut self) {
        // Inside an item paragraphs stay together, and the bullet stays with its words.
        let wanted = if self.lists.is_empty() {
            Break::Paragraph
        } else {
            Break::Line
        };
        self.due = self.due.max(wanted);
    }

    /// The start or end of any element, by its name; inline ones break nothing.
    pub fn block(&mut self, name: &str) {
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "figure" | "dl"
            | "section" | "article" | "aside" | "header" | "footer" | "address" | "details" => {
                self.paragraph()
            }
            "div" | "tr" | "dt" | "dd" | "summary" | "center" | "main" | "caption" => {
                self.due = self.due.max(Break::Line)
            }
            _ => {}
        }
    }

    /// The next cell of a table's row.
    pub fn cell(&mut self) {
        if self.due < Break::Line && !self.out.is_empty() && !self.out.ends_with('\n') {
            self.due = Break::None;
            let kept = self.out.trim_end().len();
            self.out.truncate(kept);
            self.out.push_str(" | ");
        }
    }

    /// Opens a list: numbered from `first`, or with bullets.
    pub fn open_list(&mut self, first: Option<i64>) {
        self.paragraph();
        self.lists.push(List { next: first });
    }

    /// Closes the innermost list.
    pub fn close_list(&mut self) {
        self.lists.pop();
        self.marker = None;
        self.paragraph();
    }

    /// The next item.
    pub fn item(&mut self) {
        self.due = self.due.max(Break::Line);
        self.marker = Some(
            match self.lists.last_mut().and_then(|list| list.next.as_mut()) {
                Some(number) => {
                    let marker = format!("{number}. ");
                    *number = number.saturating_add(1);
                    marker
                }
                None => "- ".into(),
            },
        );
    }

    /// Opens a quotation.
    pub fn open_quote(&mut self) {
        self.due = self.due.max(Break::Paragraph);
        self.quotes += 1;
    }

    /// Closes a quotation.
    pub fn close_quote(&mut self) {
        self.quotes = self.quotes.saturating_sub(1);
        self.due = self.due.max(Break::Paragraph);
    }

    /// From here on lines stay as they are.
    pub fn open_pre(&mut self) {
        self.paragraph();
        self.pre += 1;
    }

    /// Lines flow again.
    pub fn close_pre(&mut self) {
        self.pre = self.pre.saturating_sub(1);
        self.paragraph();
    }

    /// Bytes written so far.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.out.len()
    }

    /// What was written since `mark` was `start`.
    #[must_use]
    pub fn since(&self, start: usize) -> &str {
        self.out.get(start..).unwrap_or_default()
    }

    /// Puts other words in the place of what was written since `mark` was `start`.
    pub fn replace_since(&mut self, start: usize, text: &str) {
        if self.out.is_char_boundary(start) {
            self.out.truncate(start);
            self.out.push_str(text);
        }
    }

    /// The text, without space at its end.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}

/// Drops what no eye sees and no network counts on: soft hyphens, zero-width spaces, controls. A no-break space becomes
/// a plain one; joiners inside emoji and Indic words stay.
fn visible(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}')
                && (*c == '\t' || !c.is_control())
        })
        .map(|c| {
            if c == '\u{A0}' || c == '\u{202F}' {
                ' '
            } else {
                c
            }
        })
        .collect()
}
