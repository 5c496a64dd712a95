//! The contract between host and plugins: bindings made from `plugins/wit`, and its words as Rust types.
//!
//! Nothing here decides anything. A component may export any subset of the interfaces, so each is looked up by itself.

pub(crate) mod interfaces;
pub mod types;

#[allow(missing_docs, unreachable_pub, clippy::all)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../plugins/wit",
        world: "plugin",
        imports: { default: async | trappable },
        exports: { default: async },
        with: {
            "staffetta:plugin/types": super::types,
            "staffetta:plugin/blob.writer": crate::host::blob::Writer,
            "staffetta:plugin/websocket.connection": crate::host::refuse::Connection,
        },
        additional_derives: [PartialEq],
    });
}

pub use bindings::exports::staffetta::plugin as exports;
pub use bindings::staffetta::plugin as imports;

/// An error of the contract in words.
#[must_use]
pub fn describe(error: &types::Error) -> String {
    use types::Error;
    match error {
        Error::InvalidConfig(e) if e.pointer.is_empty() => {
            format!("wrong configuration: {}", e.message)
        }
        Error::InvalidConfig(e) => format!("wrong configuration at {}: {}", e.pointer, e.message),
        Error::InvalidContent(violations) => {
            let all: Vec<_> = violations.iter().map(|v| v.message.as_str()).collect();
            format!("the content can't go out: {}", all.join("; "))
        }
        Error::Auth(message) => format!("the login is refused: {message}"),
        Error::RateLimited(wait) => format!("the network asks to wait: {}", wait.message),
        Error::Temporary(message) | Error::Permanent(message) => message.clone(),
        Error::InDoubt(message) => format!("it may have been done: {message}"),
        Error::Denied(denial) => format!("not granted ({}): {}", denial.capability, denial.message),
        Error::Unsupported(message) => format!("not supported: {message}"),
    }
}

/// The kind of an error as one stable word, for journals and JSON.
#[must_use]
pub fn kind(error: &types::Error) -> &'static str {
    use types::Error;
    match error {
        Error::InvalidConfig(_) => "invalid-config",
        Error::InvalidContent(_) => "invalid-content",
        Error::Auth(_) => "auth",
        Error::RateLimited(_) => "rate-limited",
        Error::Temporary(_) => "temporary",
        Error::Permanent(_) => "permanent",
        Error::InDoubt(_) => "in-doubt",
        Error::Denied(_) => "denied",
        Error::Unsupported(_) => "unsupported",
    }
}
