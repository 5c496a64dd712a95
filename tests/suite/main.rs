//! Tests of features through the real binary, one module for each. Each is named after the behaviour that it holds to.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bad_feed;
mod bad_file;
mod bad_store;
mod calls;
mod cli;
mod common;
mod files;
mod hostile;
mod interrupted;
mod plugins;
mod preview;
mod publish;
mod sandbox;
mod secrets;
mod texts;
