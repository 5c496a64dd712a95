//! What the network makes clickable: links with their protocol, `@user` and `@user@host`, `#tags`.

use staffetta_plugin::{Span, text};

/// The spans of a text, in order, none overlapping another.
pub(crate) fn find(text: &str) -> Vec<Span> {
    text::tokens(text)
}
