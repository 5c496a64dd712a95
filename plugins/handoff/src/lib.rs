//! Hands posts to a person: one folder a post with text, media and a page to look at. It is a network without limits by
//! itself, or only the publisher of an account on another network (`via: handoff`), whose plugin then composes. It
//! sends nothing anywhere, and it does not know whether the person has posted until `done.json` says so.

pub mod bundle;
pub mod content;
pub mod done;
pub mod page;
pub mod place;

mod outside;
mod reading;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic)]
mod tests;

/// The plugin.
pub struct Handoff;

// The exported names mean something to WebAssembly only.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Handoff: network, publisher, insights);
