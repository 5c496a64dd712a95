//! HTML to plain text for people: paragraphs parted by one empty line, lists with `- `, quotes with `> `, links as
//! `words (url)`. Pictures and players are handed out beside the text. No document tree is built, so nesting costs
//! nothing; what is malformed is read as a browser's tokenizer reads it. Nothing is sanitised here.

use html5gum::{State, Token};
use staffetta_plugin::types::{Media, MediaKind};

use crate::flow::Flow;
use crate::link;
use crate::markup::{
    Attributes, attribute, emoji, is_invisible, is_void, largest, pixels, stands_for, text_of,
    tokens,
};
use crate::media;

/// Where the content stands, which decides what its addresses mean.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// What relative addresses are relative to.
    pub base: Option<&'a str>,
    /// The page that the content is about: links to it are shown by their words alone, because the post carries it.
    pub own: Option<&'a str>,
}

/// What was in the HTML.
#[derive(Debug, Default, PartialEq)]
pub struct Rendered {
    /// Plain text; empty when there was none.
    pub text: String,
    /// Pictures, videos and sounds in order, each once, as addresses.
    pub media: Vec<Media>,
}

/// Elements whose content no reader of the text should meet. Captions belong to their pictures.
const HIDDEN: [&str; 17] = [
    "script",
    "style",
    "template",
    "head",
    "title",
    "iframe",
    "object",
    "svg",
    "math",
    "canvas",
    "select",
    "button",
    "textarea",
    "form",
    "nav",
    "figcaption",
    "noembed",
];

/// Converts content.
#[must_use]
pub fn to_text(html: &str, context: Context<'_>) -> Rendered {
    let mut reader = Reader {
        context,
        ..Reader::default()
    };
    let mut tokens = tokens(html);
    while let Some(Ok(token)) = tokens.next() {
        match token {
            Token::StartTag(tag) => {
                let name = text_of(&tag.name);
                // Only these hold characters that look like tags and are none.
                match name.as_str() {
                    "script" => tokens.set_state(State::ScriptData),
                    "style" | "iframe" | "noembed" => tokens.set_state(State::RawText),
                    "textarea" | "title" => tokens.set_state(State::RcData),
                    _ => {}
                }
                reader.open(&name, &tag.attributes, tag.self_closing);
            }
            Token::EndTag(tag) => reader.close(&text_of(&tag.name)),
            Token::String(text) => reader.text(&text_of(&text)),
            _ => {}
        }
    }
    reader.finish()
}

/// One line of text out of HTML: for titles and names.
#[must_use]
pub fn to_line(html: &str) -> String {
    let text = to_text(html, Context::default()).text;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// True when the text has a tag or a comment in it; `5 < 6` and `<3` have none.
#[must_use]
pub fn has_tags(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches('/');
        rest.starts_with("!--")
            || (rest.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains('>'))
    })
}

/// A named or numbered entity without `&` and `;`; none when HTML has no such one.
#[must_use]
pub fn entity(name: &str) -> Option<String> {
    let written = format!("&{name};");
    let decoded = unescaped(&written);
    (decoded != written).then_some(decoded)
}

/// Decodes the entities of a text without tags.
#[must_use]
pub fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.into();
    }
    let mut all = String::new();
    for token in tokens(text).flatten() {
        if let Token::String(piece) = token {
            all.push_str(&text_of(&piece));
        }
    }
    all
}

#[derive(Debug, Default)]
struct Reader<'a> {
    context: Context<'a>,
    flow: Flow,
    media: Vec<Media>,
    /// The hidden element that is open, and how many of its name are open inside.
    hidden: Option<(String, u32)>,
    /// Where the open link's words begin in the text, once there are any, and where it leads.
    anchor: Option<(Option<usize>, Option<String>)>,
    /// The open `video` or `audio`: its kind and its element's name.
    player: Option<(MediaKind, String)>,
    noscript: u32,
}

impl Reader<'_> {
    fn open(&mut self, name: &str, attributes: &Attributes, self_closing: bool) {
        if let Some((hidden, depth)) = &mut self.hidden {
            if hidden == name && !self_closing {
                *depth += 1;
            }
            return;
        }
        if (HIDDEN.contains(&name) || is_invisible(attributes)) && !is_void(name) {
            if !self_closing || !matches!(name, "svg" | "math") {
                self.hidden = Some((name.into(), 1));
            }
            return;
        }
        match name {
            "noscript" => self.noscript += 1,
            "img" | "amp-img" => self.picture(attributes),
            "video" | "audio" | "source" | "amp-video" => self.player(name, attributes),
            "a" => self.open_link(attributes),
            "br" => self.flow.line(),
            "hr" => self.flow.paragraph(),
            "q" => self.flow.write("“"),
            "td" | "th" => self.flow.cell(),
            "pre" => self.flow.open_pre(),
            "blockquote" => self.flow.open_quote(),
            "ul" | "menu" => self.flow.open_list(None),
            "ol" => {
                let start = attribute(attributes, "start").and_then(|s| s.parse().ok());
                self.flow.open_list(Some(start.unwrap_or(1)));
            }
            "li" => self.flow.item(),
            other => self.flow.block(other),
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((hidden, depth)) = &mut self.hidden {
            if hidden == name {
                *depth -= 1;
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            return;
        }
        match name {
            "noscript" => self.noscript = self.noscript.saturating_sub(1),
            "a" => self.close_link(),
            "video" | "audio" | "amp-video" => self.player = None,
            "q" => self.flow.write("”"),
            "pre" => self.flow.close_pre(),
            "blockquote" => self.flow.close_quote(),
            "ul" | "ol" | "menu" => self.flow.close_list(),
            "br" => self.flow.line(),
            "td" | "th" | "img" | "source" | "hr" => {}
            other => self.flow.block(other),
        }
    }

    fn text(&mut self, text: &str) {
        // Inside a player stands what old browsers show instead of it; in `noscript` what lazy loaders repeat.
        if self.hidden.is_some() || self.player.is_some() || self.noscript > 0 {
            return;
        }
        if let Some((start @ None, _)) = &mut self.anchor
            && !text.trim().is_empty()
        {
            // The space before a link's words is not part of them.
            if text.starts_with(char::is_whitespace) {
                self.flow.text(" ");
            }
            self.flow.settle();
            *start = Some(self.flow.mark());
        }
        self.flow.text(text);
    }

    fn open_link(&mut self, attributes: &Attributes) {
        self.close_link();
        if attribute(attributes, "class").is_some_and(|c| {
            c.split_whitespace()
                .any(|c| matches!(c, "more-link" | "read-more"))
        }) {
            self.hidden = Some(("a".into(), 1));
            return;
        }
        let target = attribute(attributes, "href").filter(|href| !href.starts_with('#'));
        let target = target
            .and_then(|href| link::absolute(&href, self.context.base))
            .filter(|url| self.is_shown(url));
        self.anchor = Some((None, target));
    }

    /// What is worth showing beside a link's words.
    fn is_shown(&self, url: &str) -> bool {
        let is_own = |own: &str| link::same_to_people(own) == link::same_to_people(url);
        (link::is_web(url) && !self.context.own.is_some_and(is_own))
            || ["mailto:", "tel:"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
    }

    fn close_link(&mut self) {
        let Some((Some(start), Some(url))) = self.anchor.take() else {
            return;
        };
        let words = self.flow.since(start).trim().to_string();
        let bare = url
            .split_once(':')
            .filter(|(s, _)| matches!(*s, "mailto" | "tel"))
            .map(|(_, rest)| rest);
        let shown = bare.map_or(url.as_str(), |rest| rest.split('?').next().unwrap_or(rest));
        if words.is_empty() || words.starts_with(['#', '@', '＃']) {
            return;
        }
        if stands_for(&words, shown) {
            self.flow.replace_since(start, shown);
        } else {
            self.flow.write(&format!(" ({shown})"));
        }
    }

    fn picture(&mut self, attributes: &Attributes) {
        if let Some(emoji) = emoji(attributes) {
            self.flow.text(&emoji);
            return;
        }
        let source = ["data-src", "data-lazy-src", "data-original", "src"]
            .iter()
            .filter_map(|name| attribute(attributes, name))
            .chain(
                ["data-srcset", "srcset"]
                    .iter()
                    .filter_map(|name| attribute(attributes, name))
                    .filter_map(|s| largest(&s)),
            )
            .find_map(|source| link::web(&source, self.context.base));
        let Some(url) = source else { return };
        let (width, height) = (pixels(attributes, "width"), pixels(attributes, "height"));
        // One-pixel pictures count readers.
        if width.is_some_and(|w| w <= 2) || height.is_some_and(|h| h <= 2) {
            return;
        }
        let mut found = media::of_url(url, None, MediaKind::Image);
        found.width = width;
        found.height = height;
        found.alt = attribute(attributes, "alt");
        media::add(&mut self.media, found);
    }

    fn player(&mut self, name: &str, attributes: &Attributes) {
        if name != "source" {
            let kind = if name == "audio" {
                MediaKind::Audio
            } else {
                MediaKind::Video
            };
            self.player = Some((kind, name.into()));
        }
        // A `source` outside a player belongs to `picture`, whose `img` is taken.
        let Some((kind, element)) = self.player.clone() else {
            return;
        };
        let Some(url) = attribute(attributes, "src").and_then(|s| link::web(&s, self.context.base))
        else {
            return;
        };
        let media_type = attribute(attributes, "type").filter(|_| name == "source");
        let mut found = media::of_url(url, media_type.as_deref(), kind);
        found.width = pixels(attributes, "width");
        found.height = pixels(attributes, "height");
        found.alt = attribute(attributes, "aria-label").or_else(|| attribute(attributes, "title"));
        media::add(&mut self.media, found);
        // Further sources are the same thing in other formats, and the rest is for browsers without players.
        self.player = None;
        self.hidden = Some((element, 1));
    }

    fn finish(mut self) -> Rendered {
        self.close_link();
        Rendered {
            text: self.flow.finish(),
            media: self.media,
        }
    }
}
