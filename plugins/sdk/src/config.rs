//! Reads a step's or account's configuration, which the host has validated against the manifest's schema.

use crate::types::{ConfigError, Error};

/// Parses configuration into a type of the plugin's own.
///
/// # Errors
/// `invalid-config` when the JSON does not fit the type: the schema in the manifest allows more than the code.
pub fn config<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| {
        Error::InvalidConfig(ConfigError {
            pointer: String::new(),
            message: error.to_string(),
        })
    })
}
