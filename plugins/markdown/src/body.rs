//! Markdown to plain text and to HTML, and the pictures that it names. Pictures are not opened here.

use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html,
};

use crate::flow::Flow;
use crate::inline_html::{Piece, pieces};

/// A picture as the text names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// A path or an address.
    pub target: String,
    /// The words between the brackets.
    pub alt: Option<String>,
    /// Line in the file's Markdown, from 1.
    pub line: usize,
}

/// What a text says.
#[derive(Debug, Default)]
pub struct Body {
    /// The first heading of the first level, which is not repeated in `text` and `html` when it is used.
    pub heading: Option<String>,
    /// Plain text.
    pub text: String,
    /// HTML, before pictures are put in.
    pub html: String,
    /// In order.
    pub pictures: Vec<Named>,
    /// Lines with tags of a site generator, which nobody expands here.
    pub template_lines: Vec<usize>,
}

/// Reads Markdown. `title` is the one that is known already: a heading that repeats it is left out too. `place` gives
/// the address of a picture in the HTML.
#[must_use]
pub fn read(
    markdown: &str,
    title: Option<&str>,
    page: Option<&str>,
    place: impl Fn(&str) -> Option<String>,
) -> Body {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    let events: Vec<(Event<'_>, std::ops::Range<usize>)> = Parser::new_ext(markdown, options)
        .into_offset_iter()
        .collect();
    let mut body = Body::default();
    let heading = heading(&events);
    let dropped = match (&heading, title) {
        (Some((range, text)), None) => {
            body.heading = Some(text.clone());
            range.clone()
        }
        (Some((range, text)), Some(title)) if text.trim() == title.trim() => range.clone(),
        _ => 0..0,
    };
    let kept = || {
        events
            .iter()
            .enumerate()
            .filter(|(index, _)| !dropped.contains(index))
            .map(|(_, event)| event)
    };

    let mut writer = Writer {
        page,
        ..Writer::default()
    };
    let lines = Lines::of(markdown);
    for (event, range) in kept() {
        writer.event(event, || lines.at(range.start));
    }
    body.text = writer.flow.finish();
    body.pictures = writer.pictures;
    body.template_lines = template_lines(markdown);
    let with_places = kept().map(|(event, _)| match event {
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            link_type: *link_type,
            dest_url: place(dest_url).map_or_else(|| dest_url.clone(), CowStr::from),
            title: title.clone(),
            id: id.clone(),
        }),
        other => other.clone(),
    });
    html::push_html(&mut body.html, with_places);
    body.html.truncate(body.html.trim_end().len());
    body
}

/// The events of the first heading of the first level, and its words.
fn heading(
    events: &[(Event<'_>, std::ops::Range<usize>)],
) -> Option<(std::ops::Range<usize>, String)> {
    let is_start = |e: &Event<'_>| {
        matches!(
            e,
            Event::Start(Tag::Heading {
                level: HeadingLevel::H1,
                ..
            })
        )
    };
    let start = events.iter().position(|(event, _)| is_start(event))?;
    let end = start
        + events[start..]
            .iter()
            .position(|(e, _)| matches!(e, Event::End(TagEnd::Heading(HeadingLevel::H1))))?;
    let mut text = String::new();
    for (event, _) in &events[start..end] {
        match event {
            Event::Text(words) | Event::Code(words) => text.push_str(words),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some((start..end + 1, text))
}

/// Lines that look like a template's tags: they would be published as they stand.
fn template_lines(markdown: &str) -> Vec<usize> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (index, line) in markdown.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if !fenced
            && ["{{<", "{{%", "{%"].iter().any(|mark| line.contains(mark))
            && !line.contains('`')
        {
            found.push(index + 1);
        }
    }
    found
}

/// Where each line begins, to tell the line of a byte.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|end| *end < byte) + 1
    }
}

#[derive(Default)]
struct Writer<'a> {
    flow: Flow,
    /// The post's page: addresses that begin with `/` belong to its host.
    page: Option<&'a str>,
    pictures: Vec<Named>,
    /// Where each open link's words begin, once there are any, and where it leads.
    links: Vec<(Option<usize>, Option<String>)>,
    /// The picture whose words are being read.
    picture: Option<(Named, String)>,
    /// Inside a code block: its lines so far.
    code: Option<String>,
    /// Inside a block of HTML: its bytes so far.
    block: Option<String>,
}

impl Writer<'_> {
    fn event(&mut self, event: &Event<'_>, line: impl Fn() -> usize) {
        if let Some((_, alt)) = &mut self.picture {
            match event {
                Event::Text(text) | Event::Code(text) => alt.push_str(text),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                Event::End(TagEnd::Image) => self.close_picture(),
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(tag) => self.start(tag, line),
            Event::End(tag) => self.end(*tag, line),
            Event::Text(text) => match (&mut self.code, &mut self.block) {
                (Some(code), _) => code.push_str(text),
                (None, Some(block)) => block.push_str(text),
                (None, None) => self.put(&visible(text)),
            },
            Event::Code(text) => self.put(text),
            Event::SoftBreak => self.flow.write(" "),
            Event::HardBreak => self.flow.line(),
            Event::Rule => self.flow.paragraph(),
            Event::Html(html) => match &mut self.block {
                Some(block) => block.push_str(html),
                None => self.html(html, line()),
            },
            Event::InlineHtml(html) => self.html(html, line()),
            Event::FootnoteReference(name) => self.flow.write(&format!("[{name}]")),
            Event::TaskListMarker(done) => self.flow.write(if *done { "☑ " } else { "☐ " }),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.flow.write(text),
        }
    }

    fn put(&mut self, text: &str) {
        if let Some((start @ None, _)) = self.links.last_mut() {
            // A break that is due stands before the link's words, not in them.
            self.flow.settle();
            *start = Some(self.flow.mark());
        }
        self.flow.write(text);
    }

    fn start(&mut self, tag: &Tag<'_>, line: impl Fn() -> usize) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::Table(_) => self.flow.paragraph(),
            Tag::BlockQuote(_) => self.flow.open_quote(),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.flow.paragraph();
                self.code = Some(String::new());
            }
            Tag::HtmlBlock => {
                self.flow.paragraph();
                self.block = Some(String::new());
            }
            Tag::List(first) => self.flow.open_list(*first),
            Tag::Item => self.flow.item(),
            Tag::FootnoteDefinition(name) => self.flow.label(format!("[{name}] ")),
            Tag::TableHead | Tag::TableRow => self.flow.line(),
            Tag::TableCell => self.flow.cell(),
            Tag::Link {
                link_type,
                dest_url,
                ..
            } => {
                let target = if *link_type == LinkType::Email {
                    Some(dest_url.to_string())
                } else {
                    self.shown(dest_url)
                };
                self.links.push((None, target));
            }
            Tag::Image { dest_url, .. } => {
                let named = Named {
                    target: dest_url.to_string(),
                    alt: None,
                    line: line(),
                };
                self.picture = Some((named, String::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, line: impl Fn() -> usize) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Table | TagEnd::FootnoteDefinition => {
                self.flow.paragraph()
            }
            TagEnd::BlockQuote(_) => self.flow.close_quote(),
            TagEnd::CodeBlock => {
                if let Some(code) = self.code.take() {
                    self.flow.lines(&code);
                }
                self.flow.paragraph();
            }
            TagEnd::HtmlBlock => {
                if let Some(block) = self.block.take() {
                    self.html(&block, line());
                }
                self.flow.paragraph();
            }
            TagEnd::List(_) => self.flow.close_list(),
            TagEnd::Link => self.close_link(),
            _ => {}
        }
    }

    /// What is worth showing beside a link's words: what works outside of the site.
    fn shown(&self, target: &str) -> Option<String> {
        let lower = target.to_ascii_lowercase();
        if lower.starts_with("https://") || lower.starts_with("http://") {
            let is_own = self
                .page
                .is_some_and(|page| same_to_people(page) == same_to_people(target));
            return (!is_own).then(|| target.to_string());
        }
        if let Some(rest) = lower.strip_prefix("mailto:").or(lower.strip_prefix("tel:")) {
            return Some(rest.split('?').next().unwrap_or(rest).to_string());
        }
        let root = target.starts_with('/') && !target.starts_with("//");
        let (scheme, rest) = self.page.filter(|_| root)?.split_once("://")?;
        Some(format!("{scheme}://{}{target}", rest.split('/').next()?))
    }

    fn close_link(&mut self) {
        let Some((Some(start), Some(target))) = self.links.pop() else {
            return;
        };
        let words = self.flow.since(start).trim();
        let is_tag = words.starts_with(['#', '@']) && !words.contains(char::is_whitespace);
        if words.is_empty() || is_tag || same_to_people(words) == same_to_people(&target) {
            return;
        }
        self.flow.write(&format!(" ({target})"));
    }

    fn close_picture(&mut self) {
        if let Some((mut named, alt)) = self.picture.take() {
            let alt = alt.split_whitespace().collect::<Vec<_>>().join(" ");
            named.alt = (!alt.is_empty()).then_some(alt);
            self.pictures.push(named);
        }
    }

    fn html(&mut self, html: &str, line: usize) {
        for piece in pieces(html) {
            match piece {
                Piece::Text(text) => self.flow.write(&text),
                Piece::Line => self.flow.line(),
                Piece::Paragraph => self.flow.paragraph(),
                Piece::Picture(target, alt) => self.pictures.push(Named { target, alt, line }),
            }
        }
    }
}

/// Without what no eye sees: soft hyphens, zero-width spaces, controls.
fn visible(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}') && !c.is_control()
        })
        .collect()
}

/// What a person would call the same address.
fn same_to_people(url: &str) -> String {
    let lower = url.trim().to_lowercase();
    let rest = lower
        .split_once("://")
        .map_or(lower.as_str(), |(_, rest)| rest);
    rest.strip_prefix("www.")
        .unwrap_or(rest)
        .trim_end_matches('/')
        .to_string()
}
