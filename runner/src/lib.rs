//! Staffetta: runs YAML pipelines of sandboxed WebAssembly plugins for social-media teams.
//!
//! Data goes one way: YAML, plan, run, step, plugin, records, next step. See `docs/architecture.md`.

pub mod cli;
pub mod clock;
pub mod contract;
pub mod diagnostic;
pub mod engine;
pub mod execute;
mod hex;
pub mod host;
pub mod journal;
pub mod pipeline;
pub mod plan;
pub mod plugin;
pub mod preview;
pub mod project;
pub mod serve;
mod whole;
pub mod yaml;
