//! Posts on a real Bluesky PDS.

mod content;
mod crash;
mod secrets;
mod trouble;
