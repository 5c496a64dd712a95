//! Plugins as files: what they say of themselves, what they really are, where they lie and how they are made.
//!
//! Nothing here runs a plugin or grants it anything; the engine and the host do.

pub mod build;
pub mod catalog;
mod compile;
pub mod componentize;
pub mod folders;
pub mod inspect;
pub mod locate;
pub mod manifest;
pub mod manifest_check;
pub mod manifest_file;
pub mod memo;
mod outline;
mod output;
pub mod problem;
pub mod scaffold;
pub mod sdk_link;
pub mod shape;
#[cfg(test)]
mod testing;
pub mod toolchain;
pub mod wit;

pub use catalog::{Catalog, Origin, Plugin};
pub use manifest::{Capability, Interface, Manifest};
