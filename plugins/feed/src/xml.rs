//! XML as a stream of entries: each is a small tree that is dropped before the next is read. Document types are
//! skipped, so no entity of a document is ever expanded or loaded; depth and size of what is held are bounded.

use std::io::BufRead;
use std::ops::ControlFlow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use crate::{html, link};

/// Elements open at once. Feeds have about ten, and articles in XHTML up to thirty.
const DEEPEST: usize = 200;
/// Bytes of one entry, or of all that is no entry.
const LARGEST: usize = 16 << 20;

/// An element under its usual prefix (`media:content`, whatever prefix the feed chose), in lower case.
#[derive(Debug, Default)]
pub struct Element {
    /// With its prefix; RSS's own and unknown default namespaces have none.
    pub name: String,
    /// Names in lower case; `xml:` and `rdf:` with prefix, others without.
    pub attributes: Vec<(String, String)>,
    /// What is inside.
    pub children: Vec<Node>,
}

/// Content of an element.
#[derive(Debug)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Characters, entities decoded.
    Text(String),
}

impl Element {
    /// An attribute, trimmed; none when absent or empty.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(n, _)| n == name)?;
        Some(value.trim()).filter(|v| !v.is_empty())
    }

    /// The elements inside.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element of that name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&Element> {
        self.elements().find(|e| e.name == name)
    }

    /// Its characters, trimmed; markup that someone forgot to escape is written out as markup.
    #[must_use]
    pub fn text(&self) -> String {
        let mut all = String::new();
        for node in &self.children {
            match node {
                Node::Text(text) => all.push_str(text),
                Node::Element(element) => element.write_html(&mut all),
            }
        }
        all.trim().to_string()
    }

    /// Its characters, if there are any.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        Some(self.text()).filter(|t| !t.is_empty())
    }

    /// True when it has elements inside.
    #[must_use]
    pub fn has_markup(&self) -> bool {
        self.elements().next().is_some()
    }

    /// What is inside, as HTML.
    #[must_use]
    pub fn inner_html(&self) -> String {
        let mut all = String::new();
        self.children
            .iter()
            .for_each(|node| node.write_html(&mut all));
        all.trim().to_string()
    }

    fn write_html(&self, out: &mut String) {
        let name = self.name.rsplit(':').next().unwrap_or_default();
        out.push('<');
        out.push_str(name);
        for (key, value) in &self.attributes {
            out.push_str(&format!(
                " {key}=\"{}\"",
                value.replace('&', "&amp;").replace('"', "&quot;")
            ));
        }
        out.push('>');
        if !matches!(
            name,
            "br" | "img" | "hr" | "source" | "wbr" | "input" | "col"
        ) {
            self.children.iter().for_each(|node| node.write_html(out));
            out.push_str(&format!("</{name}>"));
        }
    }
}

impl Node {
    fn write_html(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(&text.replace('&', "&amp;").replace('<', "&lt;")),
            Self::Element(element) => element.write_html(out),
        }
    }
}

/// Why a document can't be read. Positions are bytes of the decoded text.
#[derive(Debug)]
pub enum Fault {
    /// Not well-formed, or it breaks off.
    Malformed { at: u64, message: String },
    /// Well-formed so far, but no feed: the root element's name.
    NotAFeed(String),
    /// There is no element at all.
    NoRoot,
    /// Deeper or larger than anything honest.
    Excessive { at: u64, message: String },
    /// Reading the bytes failed.
    Io(String),
}

/// What the elements around an entry pass on to it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Inherited {
    /// `xml:base`, resolved as far as it can be.
    pub base: Option<String>,
    /// `xml:lang`.
    pub language: Option<String>,
}

struct Open {
    element: Element,
    inherited: Inherited,
}

/// Reads a feed: hands each entry to `entry`, which may stop the reading, and gives the root with all that is no entry
/// (as far as it was read).
///
/// # Errors
/// As `Fault` says.
pub fn read(
    input: impl BufRead,
    mut entry: impl FnMut(&Element, &Inherited) -> ControlFlow<()>,
) -> Result<Element, Fault> {
    let mut reader = NsReader::from_reader(input);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.expand_empty_elements = true;
    let mut buffer = Vec::new();
    let mut stack: Vec<Open> = Vec::new();
    let mut held = 0_usize;
    let mut bare_atom = false;
    loop {
        buffer.clear();
        let at = reader.buffer_position();
        let (namespace, event) = match reader.read_resolved_event_into(&mut buffer) {
            Ok(found) => found,
            Err(quick_xml::Error::Io(error)) => return Err(Fault::Io(error.to_string())),
            Err(error) => {
                let message = error.to_string();
                return Err(Fault::Malformed {
                    at: reader.error_position(),
                    message,
                });
            }
        };
        match event {
            Event::Start(start) => {
                let mut element = element(&namespace, &start);
                if stack.is_empty() {
                    bare_atom = element.name == "feed";
                }
                if bare_atom && !element.name.contains(':') {
                    element.name.insert_str(0, "atom:");
                }
                if stack.is_empty()
                    && !matches!(element.name.as_str(), "rss" | "rdf:rdf" | "atom:feed")
                {
                    return Err(Fault::NotAFeed(element.name));
                }
                if stack.len() >= DEEPEST {
                    return Err(Fault::Excessive {
                        at,
                        message: format!("elements nested deeper than {DEEPEST}"),
                    });
                }
                held += start.len() + 64;
                let mut inherited = stack
                    .last()
                    .map(|o| o.inherited.clone())
                    .unwrap_or_default();
                if let Some(base) = element.attribute("xml:base") {
                    inherited.base = link::absolute(base, inherited.base.as_deref());
                }
                if let Some(language) = element.attribute("xml:lang") {
                    inherited.language = Some(language.into());
                }
                stack.push(Open { element, inherited });
            }
            Event::End(_) => {
                let Some(done) = stack.pop() else { continue };
                let Some(parent) = stack.last_mut() else {
                    return Ok(done.element);
                };
                let is_entry = matches!(done.element.name.as_str(), "item" | "atom:entry")
                    && matches!(
                        parent.element.name.as_str(),
                        "rss" | "channel" | "rdf:rdf" | "atom:feed"
                    );
                if is_entry {
                    held = 0;
                    if entry(&done.element, &done.inherited).is_break() {
                        return Ok(outermost(stack));
                    }
                } else {
                    parent.element.children.push(Node::Element(done.element));
                }
            }
            Event::Text(text) => held += add_text(&mut stack, &text.xml10_content()),
            Event::CData(text) => held += add_text(&mut stack, &text.xml10_content()),
            Event::GeneralRef(name) => held += add_text(&mut stack, &resolve(&name.into_inner())),
            Event::Eof => {
                return Err(match stack.last() {
                    Some(open) => {
                        let message = format!("it breaks off inside <{}>", open.element.name);
                        Fault::Malformed { at, message }
                    }
                    None => Fault::NoRoot,
                });
            }
            // A DOCTYPE may define entities; whoever uses them gets their names back.
            Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::Comment(_)
            | Event::Empty(_) => {}
        }
        if held > LARGEST {
            let message = format!("one entry is larger than {} MiB", LARGEST >> 20);
            return Err(Fault::Excessive { at, message });
        }
    }
}

/// Closes what is open, from the innermost.
fn outermost(mut stack: Vec<Open>) -> Element {
    while stack.len() > 1 {
        if let (Some(inner), Some(outer)) = (stack.pop(), stack.last_mut()) {
            outer.element.children.push(Node::Element(inner.element));
        }
    }
    stack.pop().map(|open| open.element).unwrap_or_default()
}

fn add_text(stack: &mut [Open], text: &str) -> usize {
    let Some(open) = stack.last_mut() else {
        return 0;
    };
    if let Some(Node::Text(known)) = open.element.children.last_mut() {
        known.push_str(text);
    } else {
        open.element.children.push(Node::Text(text.into()));
    }
    text.len() + 16
}

/// `&name;`: the five of XML and those of HTML, which feeds use without declaring them. Unknown ones stay as written.
fn resolve(name: &str) -> String {
    match name {
        "amp" => "&".into(),
        "lt" => "<".into(),
        "gt" => ">".into(),
        "quot" => "\"".into(),
        "apos" => "'".into(),
        other => html::entity(other).unwrap_or_else(|| format!("&{other};")),
    }
}

fn element(namespace: &ResolveResult<'_>, start: &BytesStart<'_>) -> Element {
    let name = start.name();
    let local = name.local_name().into_inner();
    let written = name.prefix().map(|p| p.into_inner());
    let prefix = match namespace {
        ResolveResult::Bound(Namespace(uri)) => usual_prefix(uri).or(written),
        ResolveResult::Unbound | ResolveResult::Unknown(_) => written,
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false).flatten() {
        let key = attribute.key.0.to_ascii_lowercase();
        if key == "xmlns" || key.starts_with("xmlns:") {
            continue;
        }
        let key = match key.split_once(':') {
            Some(("xml" | "rdf", _)) | None => key,
            Some((_, local)) => local.into(),
        };
        attributes.push((key, html::unescaped(&attribute.value)));
    }
    Element {
        name: joined(prefix, local),
        attributes,
        children: Vec::new(),
    }
}

fn joined(prefix: Option<&str>, local: &str) -> String {
    match prefix.filter(|p| !p.is_empty()) {
        Some(prefix) => format!("{prefix}:{local}").to_ascii_lowercase(),
        None => local.to_ascii_lowercase(),
    }
}

/// Namespaces as feeds spell them, with the prefix that this plugin knows them by.
fn usual_prefix(uri: &str) -> Option<&'static str> {
    let uri = uri.trim().trim_end_matches('/').to_ascii_lowercase();
    let uri = uri
        .strip_prefix("https://")
        .or_else(|| uri.strip_prefix("http://"))
        .unwrap_or(&uri);
    Some(match uri {
        "www.w3.org/2005/atom" | "purl.org/atom/ns#" => "atom",
        "purl.org/rss/1.0"
        | "my.netscape.com/rdf/simple/0.9"
        | "channel.netscape.com/rdf/simple/0.9" => "",
        "purl.org/rss/1.0/modules/content" => "content",
        "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" => "dc",
        "purl.org/dc/terms" => "dcterms",
        "search.yahoo.com/mrss" => "media",
        "www.itunes.com/dtds/podcast-1.0.dtd" => "itunes",
        "www.w3.org/1999/02/22-rdf-syntax-ns#" => "rdf",
        "www.w3.org/1999/xhtml" => "xhtml",
        "rssnamespace.org/feedburner/ext/1.0" => "feedburner",
        _ if uri.starts_with("backend.userland.com/rss") => "",
        _ => return None,
    })
}
