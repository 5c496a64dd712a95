//! The seam between this plugin's logic and the host: everything impure that the logic asks for. `wire` fills it with
//! the contract's imports; tests fill it with a server in memory or a plain HTTP client.

use staffetta_plugin::http::{Encoding, Failure, Request, Response};

/// What the logic needs from outside.
pub trait Transport {
    /// One exchange. With `keep` the raw answer is stored too and its blob's name is given back.
    ///
    /// # Errors
    /// When no answer came or it was not allowed.
    fn send(&self, request: Request, keep: bool) -> Result<(Response, Option<String>), Failure>;

    /// A placeholder for a secret of the account; none when it has none of that name.
    fn secret(&self, name: &str, encoding: Encoding) -> Option<String>;

    /// Milliseconds since 1970.
    fn now(&self) -> i64;

    /// Reads from the plugin's own small store; none also when it can't be read, because everything in it can be asked
    /// again.
    fn load(&self, key: &str) -> Option<String>;

    /// Writes into it. A failure costs one more request later, nothing else.
    fn save(&self, key: &str, value: &str);
}
