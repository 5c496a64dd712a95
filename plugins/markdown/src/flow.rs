//! The text that grows while Markdown is read: breaks are held back until something follows, and each line begins as
//! its lists and quotes ask. Knows nothing of Markdown.

/// How much space what comes next needs before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    #[default]
    None,
    Line,
    Paragraph,
}

/// Deeper lists and quotes are drawn at this depth, so that hostile nesting can't blow up the text.
const DEEPEST: usize = 8;

/// Plain text being written.
#[derive(Debug, Default)]
pub struct Flow {
    out: String,
    due: Break,
    /// The next item's number of each open list; none for bullets.
    lists: Vec<Option<u64>>,
    quotes: usize,
    marker: Option<String>,
}

impl Flow {
    /// Writes after the break that is due.
    pub fn write(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let text = if self.settle() {
            text.trim_start_matches([' ', '\t'])
        } else {
            text
        };
        self.out.push_str(text);
    }

    /// Writes the break that is due, so that what follows begins at `mark`; true when that is the start of a line.
    pub fn settle(&mut self) -> bool {
        let due = std::mem::take(&mut self.due);
        let starts_line = self.out.is_empty() || due >= Break::Line || self.marker.is_some();
        if starts_line {
            if !self.out.is_empty() {
                self.out.truncate(self.out.trim_end().len());
                self.out.push_str(if due == Break::Paragraph {
                    "\n\n"
                } else {
                    "\n"
                });
            }
            self.begin_line();
        }
        starts_line
    }

    /// Writes lines as they stand, each in its place under lists and quotes.
    pub fn lines(&mut self, text: &str) {
        for (index, line) in text.trim_end_matches('\n').split('\n').enumerate() {
            if index == 0 {
                // Keeps the first line's own indent.
                let indent = line.len() - line.trim_start().len();
                self.write(line.trim_start());
                if !line.trim().is_empty() {
                    let at = self.out.len() - line.trim_start().len();
                    self.out.insert_str(at, &line[..indent]);
                }
            } else {
                self.out.truncate(self.out.trim_end_matches(' ').len());
                self.out.push('\n');
                if !line.trim().is_empty() {
                    self.begin_line();
                    self.out.push_str(line);
                }
            }
        }
    }

    fn begin_line(&mut self) {
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

    /// A line ends here.
    pub fn line(&mut self) {
        self.due = self.due.max(Break::Line);
    }

    /// A paragraph ends here; inside an item only a line.
    pub fn paragraph(&mut self) {
        self.due = self.due.max(if self.lists.is_empty() {
            Break::Paragraph
        } else {
            Break::Line
        });
    }

    /// The next cell of a table's row.
    pub fn cell(&mut self) {
        if self.due == Break::None && !self.out.is_empty() {
            self.out.push_str(" | ");
        }
    }

    /// Opens a list.
    pub fn open_list(&mut self, first: Option<u64>) {
        self.paragraph();
        self.lists.push(first);
    }

    /// Closes the innermost list.
    pub fn close_list(&mut self) {
        self.lists.pop();
        self.marker = None;
        self.paragraph();
    }

    /// The next item.
    pub fn item(&mut self) {
        self.line();
        self.marker = Some(match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number = number.saturating_add(1);
                marker
            }
            _ => "- ".into(),
        });
    }

    /// A paragraph that begins with a label, such as a footnote's.
    pub fn label(&mut self, label: String) {
        self.paragraph();
        self.marker = Some(label);
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

    /// A mark in the text, to look back to with `since`.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.out.len()
    }

    /// What was written since `mark` was `start`.
    #[must_use]
    pub fn since(&self, start: usize) -> &str {
        self.out.get(start..).unwrap_or_default()
    }

    /// The text, without space at its end.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}
