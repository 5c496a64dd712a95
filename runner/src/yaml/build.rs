//! Events of the parser into the tree. Aliases are copied in under a budget of nodes, bytes and depth, so that a small
//! file can't become a large value; what is wrong but leaves the shape intact is noted and reading goes on.

mod map;

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::scalar::{Unfit, resolve};
use super::{Node, Parsed, Style, Value, syntax};
use crate::diagnostic::{Diagnostic, Source, Span, code};

/// The most values in a file after aliases are copied in.
pub const MAX_NODES: usize = 100_000;
/// The most bytes of text in a file's values after aliases are copied in (16 MiB).
pub const MAX_SCALAR_BYTES: usize = 16 * 1024 * 1024;
/// The deepest nesting.
pub const MAX_DEPTH: usize = 64;

/// What a subtree costs when it is copied.
#[derive(Clone, Copy, Default)]
struct Cost {
    nodes: usize,
    bytes: usize,
    depth: usize,
}

impl Cost {
    fn add(&mut self, inner: Self) {
        self.nodes += inner.nodes;
        self.bytes += inner.bytes;
        self.depth = self.depth.max(inner.depth + 1);
    }
}

/// A list or map being read. Keys and values of a map alternate in `items`.
struct Open {
    span: Span,
    anchor: usize,
    map: bool,
    items: Vec<(Node, bool)>,
    cost: Cost,
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    /// Byte offsets of the characters; empty for ASCII, where both are the same.
    offsets: Vec<u32>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, Cost)>,
    total: Cost,
    root: Option<Node>,
    problems: Vec<Diagnostic>,
}

/// Reading can't go on.
struct Stop;

pub(super) fn build(source: &Arc<Source>) -> Parsed {
    let text = source.text();
    let offsets = if text.is_ascii() {
        Vec::new()
    } else {
        text.char_indices()
            .filter_map(|(at, _)| u32::try_from(at).ok())
            .collect()
    };
    let mut builder = Builder {
        source,
        offsets,
        open: Vec::new(),
        anchors: HashMap::new(),
        total: Cost::default(),
        root: None,
        problems: Vec::new(),
    };
    if builder.read(text).is_err() {
        builder.root = None;
    } else if builder.root.is_none()
        || matches!(&builder.root, Some(node) if node.value == Value::Null)
    {
        builder.root = None;
        builder.problems.push(
            Diagnostic::error(
                code::YAML_EMPTY,
                format!("`{}` holds nothing", source.path()),
            )
            .at(&Span::beginning(source))
            .help("write at least one key, or remove the file; comments alone are not enough"),
        );
    }
    Parsed {
        root: builder.root,
        problems: builder.problems,
    }
}

impl Builder<'_> {
    fn read(&mut self, text: &str) -> Result<(), Stop> {
        let mut parser = Parser::new_from_str(text);
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok((event, span)) => (event, self.span(span.start.index(), span.end.index())),
                Err(error) => {
                    let at = self.offset(error.marker().index());
                    self.problems
                        .push(syntax::explain(self.source, at, error.info()));
                    return Err(Stop);
                }
            };
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        self.problems.push(
                            Diagnostic::error(
                                code::SEVERAL_DOCUMENTS,
                                "a second document begins here",
                            )
                            .at(&span)
                            .expected("one document in a file")
                            .help("put it into a file of its own, or remove the line `---`"),
                        );
                        return Ok(());
                    }
                }
                Event::Alias(id) => self.alias(id, span)?,
                Event::Scalar(text, style, anchor, tag) => {
                    let node = self.scalar(text.into_owned(), style, tag.as_deref(), span);
                    let cost = Cost {
                        nodes: 1,
                        bytes: node.as_str().map_or(0, str::len),
                        depth: 0,
                    };
                    self.put(node, cost, anchor, false)?;
                }
                Event::SequenceStart(anchor, tag) => {
                    self.enter(span, anchor, false, tag.as_deref())?
                }
                Event::MappingStart(anchor, tag) => {
                    self.enter(span, anchor, true, tag.as_deref())?
                }
                Event::SequenceEnd | Event::MappingEnd => self.leave(&span)?,
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        Ok(())
    }

    fn offset(&self, index: usize) -> usize {
        if self.offsets.is_empty() {
            return index;
        }
        self.offsets
            .get(index)
            .map_or(self.source.text().len(), |&at| at as usize)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let (start, end) = (self.offset(start), self.offset(end));
        // The blanks and line ends behind a value are not part of it.
        let text = self.source.text().get(start..end).unwrap_or_default();
        Span::new(self.source, start, start + text.trim_end().len())
    }

    fn enter(
        &mut self,
        span: Span,
        anchor: usize,
        map: bool,
        tag: Option<&Tag>,
    ) -> Result<(), Stop> {
        let wanted = if map { "map" } else { "seq" };
        if let Some(tag) = tag
            && !(tag.is_yaml_core_schema() && tag.suffix == wanted)
        {
            self.unknown_tag(tag, &span);
        }
        if self.open.len() >= MAX_DEPTH {
            return self.too_big(&span, format!("nested deeper than {MAX_DEPTH} levels"));
        }
        self.open.push(Open {
            span,
            anchor,
            map,
            items: Vec::new(),
            cost: Cost {
                nodes: 1,
                bytes: 0,
                depth: 1,
            },
        });
        self.spend(Cost {
            nodes: 1,
            ..Cost::default()
        })
    }

    fn leave(&mut self, end: &Span) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = if open.map {
            self.map(open.items)
        } else {
            Value::Seq(open.items.into_iter().map(|(node, _)| node).collect())
        };
        let last = match &value {
            Value::Map(entries) => entries
                .last()
                .map(|entry| entry.value.span.end.max(entry.key.span.end)),
            Value::Seq(items) => items.last().map(|item| item.span.end),
            _ => None,
        };
        // A block ends where its last value ends, a flow collection behind its bracket.
        let end = if end.text().is_empty() {
            last.unwrap_or(end.start)
        } else {
            end.end
        };
        let node = Node {
            span: Span::new(
                self.source,
                open.span.start as usize,
                end.max(open.span.start) as usize,
            ),
            value,
            style: Style::Plain,
        };
        self.put(node, open.cost, open.anchor, true)
    }

    /// Gives a finished value to the collection it belongs to. `counted` when its nodes were counted as they came.
    fn put(&mut self, node: Node, cost: Cost, anchor: usize, counted: bool) -> Result<(), Stop> {
        if !counted {
            self.spend(cost)?;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), cost));
        }
        self.append(node, cost, false);
        Ok(())
    }

    fn append(&mut self, node: Node, cost: Cost, alias: bool) {
        match self.open.last_mut() {
            Some(open) => {
                open.cost.add(cost);
                open.items.push((node, alias));
            }
            None => self.root = Some(node),
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        let Some(cost) = self.anchors.get(&id).map(|(_, cost)| *cost) else {
            self.problems.push(
                Diagnostic::error(
                    code::YAML_TOO_BIG,
                    "this alias stands inside its own anchor",
                )
                .at(&span)
                .help("a value can't contain itself; write out what is meant"),
            );
            return Err(Stop);
        };
        if self.open.len() + cost.depth > MAX_DEPTH {
            return self.too_big(
                &span,
                format!("this alias nests values deeper than {MAX_DEPTH} levels"),
            );
        }
        self.total.nodes += cost.nodes;
        self.total.bytes += cost.bytes;
        if self.over() {
            return self.too_big(
                &span,
                "aliases make this file far larger than it looks".into(),
            );
        }
        if let Some((node, cost)) = self.anchors.get(&id).cloned() {
            self.append(node, cost, true);
        }
        Ok(())
    }

    fn spend(&mut self, cost: Cost) -> Result<(), Stop> {
        self.total.nodes += cost.nodes;
        self.total.bytes += cost.bytes;
        if self.over() {
            let end = self.source.text().len();
            let at = Span::new(self.source, end, end);
            return self.too_big(&at, format!("more than {MAX_NODES} values in one file"));
        }
        Ok(())
    }

    fn over(&self) -> bool {
        self.total.nodes > MAX_NODES || self.total.bytes > MAX_SCALAR_BYTES
    }

    fn too_big(&mut self, span: &Span, message: String) -> Result<(), Stop> {
        self.problems.push(
            Diagnostic::error(code::YAML_TOO_BIG, message)
                .at(span)
                .expected(format!(
                    "at most {MAX_NODES} values, {MAX_DEPTH} levels and {} MiB of text, aliases copied in",
                    MAX_SCALAR_BYTES / 1024 / 1024
                ))
                .help("move data out of the file: a source plugin can read them"),
        );
        Err(Stop)
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Node {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let value = match tag {
            // `!` alone says "not resolved".
            Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => Value::Str(text),
            Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Value::Str(text),
            Some(tag) => self.tagged(text, tag, &span),
            None if style == Style::Plain => self.plain(text, &span),
            None => Value::Str(text),
        };
        Node { span, value, style }
    }

    fn plain(&mut self, text: String, span: &Span) -> Value {
        match resolve(&text) {
            Ok(value) => value,
            Err(Unfit::Number) => {
                self.problems.push(
                    Diagnostic::error(
                        code::NUMBER_RANGE,
                        format!("`{text}` can't be kept as a number"),
                    )
                    .at(span)
                    .expected("a finite number of at most 64 bits")
                    .help(format!("if it is a name or an id, quote it: \"{text}\"")),
                );
                Value::Str(text)
            }
        }
    }

    fn tagged(&mut self, text: String, tag: &Tag, span: &Span) -> Value {
        if tag.is_yaml_core_schema() {
            let value = self.plain(text, span);
            let fits = matches!(
                (tag.suffix.as_str(), &value),
                ("null", Value::Null)
                    | ("bool", Value::Bool(_))
                    | ("int", Value::Int(_))
                    | ("float", Value::Float(_) | Value::Int(_))
            );
            if !fits {
                self.unknown_tag(tag, span);
            }
            return value;
        }
        self.unknown_tag(tag, span);
        Value::Str(text)
    }

    fn unknown_tag(&mut self, tag: &Tag, span: &Span) {
        let shown = if tag.is_yaml_core_schema() {
            format!("!!{}", tag.suffix)
        } else {
            tag.to_string()
        };
        self.problems.push(
            Diagnostic::error(code::YAML_TAG, format!("the tag `{shown}` can't be used here"))
                .at(span)
                .expected("no tag, or a fitting one of `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq`, `!!map`")
                .help("remove the tag; to force text, put the value into quotes"),
        );
    }
}
