//! Tables of keys: what a map of a file may hold. One table drives the decoder, its suggestions, the JSON Schema for
//! editors and the reference for people, so the four can't disagree.

use crate::diagnostic::{Diagnostic, Span, code, did_you_mean, join_names, one_of};

use super::{Entry, Node};

/// The keys of one kind of map.
#[derive(Debug)]
pub struct Table {
    /// What the map is, for messages and headings: `a step`.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: &'static [KeySpec],
}

/// One key.
#[derive(Debug)]
pub struct KeySpec {
    /// As written.
    pub name: &'static str,
    /// What may follow it.
    pub kind: Kind,
    /// It can't be left out.
    pub required: bool,
    /// What it does, in Markdown.
    pub doc: &'static str,
    /// YAML after the colon; several lines for a block.
    pub example: &'static str,
}

/// What a value may be.
#[derive(Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A name: lower-case letters, digits and `-`, beginning with a letter or digit.
    Name,
    /// `true` or `false`.
    Bool,
    /// A whole number in this range.
    Count(u32, u32),
    /// `30s`, `5m`, `1h 30m`.
    Duration,
    /// `256MB`.
    Size,
    /// An expression, or text with expressions in it.
    Expression,
    /// One text or a list of texts.
    Texts,
    /// Anything; somebody else checks it.
    Free,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Keys with values.
    Keys(&'static Table),
    /// Names of one's own choice, each with keys and values.
    Named(&'static Table),
    /// Names of one's own choice, each with one or more texts.
    NamedTexts,
    /// A list of maps.
    List(&'static Table),
    /// One of several forms.
    Either(&'static [Kind]),
    /// No value needed: `null`.
    Nothing,
}

impl Table {
    /// The names of its keys.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.keys.iter().map(|key| key.name)
    }
}

/// A map that is being decoded by its table.
#[derive(Debug)]
pub struct Fields<'a> {
    node: &'a Node,
    table: &'static Table,
    entries: &'a [Entry],
    /// What to point at when a key is missing.
    place: Span,
}

impl<'a> Fields<'a> {
    /// Opens a map: reports unknown and missing keys. `place` is shown for what is missing (usually the map's own key).
    /// None (and a message) when the node is no map.
    pub fn open(
        node: &'a Node,
        table: &'static Table,
        place: &Span,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let Some(entries) = node.as_map() else {
            problems.push(
                super::readers::wrong_type(node, table.name, "keys with values")
                    .help(format!("it has the keys {}", join_names(table.names()))),
            );
            return None;
        };
        let fields = Self {
            node,
            table,
            entries,
            place: place.clone(),
        };
        for entry in entries {
            if !table.names().any(|name| name == entry.key.name) {
                problems.push(fields.unknown(entry));
            }
        }
        for key in table.keys.iter().filter(|key| key.required) {
            if fields.get(key.name).is_none() {
                problems.push(fields.missing(key));
            }
        }
        Some(fields)
    }

    fn unknown(&self, entry: &Entry) -> Diagnostic {
        let name = &entry.key.name;
        let open = self.table.names().filter(|known| self.get(known).is_none());
        // A key that is not there yet is the likelier one to be meant.
        let guess = did_you_mean(name, open).or_else(|| did_you_mean(name, self.table.names()));
        Diagnostic::error(
            code::UNKNOWN_KEY,
            format!("unknown key `{name}` in {}", self.table.name),
        )
        .at(&entry.key.span)
        .expected(one_of(self.table.names()))
        .maybe_help(guess)
    }

    fn missing(&self, key: &KeySpec) -> Diagnostic {
        let example = if key.example.contains('\n') {
            format!("{}:\n{}", key.name, key.example)
        } else {
            format!("{}: {}", key.name, key.example)
        };
        Diagnostic::error(
            code::MISSING_KEY,
            format!("{} lacks the key `{}`", self.table.name, key.name),
        )
        .at(&self.place)
        .help(format!("add it, for example:\n{example}"))
    }

    /// A key's value. Names that are not in the table are a mistake in the program, found by every test that decodes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// A key with its value.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&'a Entry> {
        debug_assert!(
            self.table.names().any(|known| known == name),
            "`{name}` is not in the table"
        );
        self.entries.iter().find(|entry| entry.key.name == name)
    }

    /// The whole map.
    #[must_use]
    pub fn node(&self) -> &'a Node {
        self.node
    }
}
