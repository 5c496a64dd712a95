//! Write Staffetta plugins in Rust: one trait an interface, one macro, a few helpers.
//!
//! A plugin is a `cdylib` crate that implements the traits of the interfaces it offers and names them once:
//!
//! ```ignore
//! struct Shout;
//! impl staffetta_plugin::Rule for Shout { /* … */ }
//! staffetta_plugin::plugin!(Shout: rule);
//! ```
//!
//! This crate holds no state and does nothing by itself. It has no file, network, clock or environment: those are
//! imports of the contract (`../wit`), each with its own grant.

#[allow(missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "plugin",
        pub_export_macro: true,
        additional_derives: [PartialEq],
    });
}

pub mod body;
mod config;
mod content;
mod error;
pub mod fit;
mod limits;
pub mod media;
mod request;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;

pub use bindings::exports::staffetta::plugin as exports;
pub use bindings::staffetta::plugin::{
    blob, clock, files, http, log, mail, random, sign, store, target, types, websocket,
};

pub use config::config;
pub use content::{change, empty_post, read_blob};
pub use error::{Result, expect_status, status_error};
pub use limits::{Facts, check_lengths, unlimited};
pub use request::Request;
pub use types::*;

pub use exports::directory::Guest as Directory;
pub use exports::inbox::Guest as Inbox;
pub use exports::insights::Guest as Insights;
pub use exports::metric::Guest as Metric;
pub use exports::network::Guest as Network;
pub use exports::publisher::Guest as Publisher;
pub use exports::rule::Guest as Rule;
pub use exports::source::Guest as Source;

pub use serde;
pub use serde_json;

/// Names the interfaces that a type implements: `plugin!(Mine: source, rule);`.
#[macro_export]
macro_rules! plugin {
    ($type:ident: $($interface:ident),+ $(,)?) => { $( $crate::__export!($type $interface); )+ };
}

// Only WebAssembly exports anything: a native test would not even link.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($t:ident source) => {
        #[cfg(target_family = "wasm")]
        $crate::__export_staffetta_plugin_source_0_1_0_cabi!($t with_types_in $crate::exports::source);
    };
    ($t:ident rule) => {
        #[cfg(target_family = "wasm")]
        $crate::__export_staffetta_plugin_rule_0_1_0_cabi!($t with_types_in $crate::exports::rule);
    };
    ($t:ident network) => {
        #[cfg(target_family = "wasm")]
        $crate::__export_staffetta_plugin_network_0_1_0_cabi!($t with_types_in $crate::exports::network);
    };
    ($t:ident publisher) => {
        #[cfg(target_family = "wasm")]
        $crate::__export_staffetta_plugin_publisher_0_1_0_cabi!($t with_types_in $crate::exports::publisher);
    };
    ($t:ident insights) => {
        #[cfg(target_family = "wasm")]
        $crate::__export_staffetta_plugin_insights_0_1_0_cabi!($t with_types_in $crate::exports::insights);
    };
    ($t:ident inbox) => {
        #[cfg(target_family = "wasm")]
        $crate::__export_staffetta_plugin_inbox_0_1_0_cabi!($t with_types_in $crate::exports::inbox);
    };
    ($t:ident directory) => {
        #[cfg(target_family = "wasm")]
        $crate::__export_staffetta_plugin_directory_0_1_0_cabi!($t with_types_in $crate::exports::directory);
    };
    ($t:ident metric) => {
        #[cfg(target_family = "wasm")]
        $crate::__export_staffetta_plugin_metric_0_1_0_cabi!($t with_types_in $crate::exports::metric);
    };
}

/// The README's plugin is compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
