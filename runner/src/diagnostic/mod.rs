//! Messages for people: what is wrong, where it stands, what was expected and how to mend it. Every message has a code
//! that `staffetta explain` knows. This module renders and serialises messages; it decides nothing.

pub mod code;
mod json;
mod model;
mod render;
mod source;
mod suggest;

pub use code::{Code, all_codes, explain};
pub use model::{Diagnostic, Note, Severity};
pub use render::{Colour, render, render_all, sort_and_dedup, summary};
pub use source::{MAX_SOURCE_BYTES, Position, Source, Span, load};
pub use suggest::{did_you_mean, join_names, nearest, one_of};
