//! Helpers for tests that use the real binary: a project in a temporary folder, a run of `staffetta` in it, and small
//! servers on loopback that do what real ones do at their worst.
//!
//! Nothing here knows what the answer should be; it only makes situations and shows all of them when a test fails.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod project;
mod redact;
mod server;

pub use project::{Output, Project, binary, repository};
pub use redact::redact;
pub use server::{Reply, Request, Server};
