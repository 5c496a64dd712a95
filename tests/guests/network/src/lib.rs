//! A network whose account chooses how it behaves: what `publish` and `find` answer, how a repetition is made safe,
//! how long a text may be. What it "publishes" it sends to the server in the settings, so that a test can count calls.
//! One `publish` is one POST.

mod content;
mod outside;
mod reading;
mod settings;

/// The plugin.
pub struct Guest;

// The exported names mean something to WebAssembly only.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Guest: network, publisher, insights, inbox, directory);
