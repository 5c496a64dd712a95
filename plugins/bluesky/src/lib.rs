//! Bluesky, and every other server of the AT Protocol: posts and threads with exact links, mentions and tags, figures,
//! notifications, profiles. The logic lives in the modules, over a `Transport`; here it only meets the contract.

pub mod change;
pub mod check;
pub mod cid;
pub mod compose;
pub mod embed;
pub mod facets;
pub mod inbox;
pub mod insights;
pub mod labels;
pub mod limits;
pub mod profile;
pub mod publish;
pub mod record;
pub mod session;
pub mod settings;
pub mod split;
pub mod text;
pub mod tid;
pub mod transport;
mod wire;
pub mod xrpc;

use staffetta_plugin::exports::publisher::{Advance, Effect, Finding, Repeat, Terms};
use staffetta_plugin::{
    Account, Composed, Directory, Inbox, Insights, Measured, Measurement, Network, Page, Post,
    PostLimits, Profile, Publisher, Receipt, Result, Violation,
};

use settings::Settings;
use wire::Host;

/// The network's name in receipts, mentions and interactions.
pub const NETWORK: &str = "bluesky";
/// The kind of record that a post is.
pub const COLLECTION: &str = "app.bsky.feed.post";

/// The plugin.
#[derive(Debug)]
pub struct Bluesky;

impl Network for Bluesky {
    fn learn(_account: Account) -> Result<Option<String>> {
        // Servers here tell no limits of posts: they are part of the protocol's lexicons.
        Ok(None)
    }

    fn limits(account: Account) -> Result<PostLimits> {
        Ok(limits::limits(&account, &Settings::of(&account)?))
    }

    fn measure(account: Account, field: String, text: String) -> Result<Measured> {
        Ok(text::measure(&account, &field, &text))
    }

    fn compose(account: Account, post: Post) -> Result<Composed> {
        compose::compose(&account, &post, &wire::describe)
    }

    fn check(account: Account, composed: Composed) -> Result<Vec<Violation>> {
        Ok(check::check(&account, &Settings::of(&account)?, &composed))
    }
}

impl Publisher for Bluesky {
    fn delivery(_account: Account) -> Result<Terms> {
        Ok(Terms {
            repeat: Repeat::ByKey,
            removable: true,
            editable: true,
        })
    }

    fn publish(
        account: Account,
        effect: Effect,
        composed: Composed,
        progress: Option<String>,
    ) -> Result<Advance> {
        publish::publish(&Host, &account, &effect, &composed, progress.as_deref())
    }

    fn find(
        account: Account,
        effect: Effect,
        composed: Composed,
        progress: Option<String>,
    ) -> Result<Finding> {
        publish::find(&Host, &account, &effect, &composed, progress.as_deref())
    }

    fn edit(account: Account, receipt: Receipt, composed: Composed) -> Result<Receipt> {
        change::edit(&Host, &account, &receipt, &composed)
    }

    fn remove(account: Account, receipt: Receipt) -> Result<()> {
        change::remove(&Host, &account, &receipt)
    }
}

impl Insights for Bluesky {
    fn of_posts(account: Account, receipts: Vec<Receipt>) -> Result<Vec<Measurement>> {
        insights::of_posts(&Host, &account, &receipts)
    }

    fn of_account(account: Account) -> Result<Vec<Measurement>> {
        insights::of_account(&Host, &account)
    }
}

impl Inbox for Bluesky {
    fn fetch(account: Account, cursor: Option<String>, limit: u32) -> Result<Page> {
        inbox::fetch(&Host, &account, cursor.as_deref(), limit)
    }
}

impl Directory for Bluesky {
    fn lookup(account: Account, handle: String) -> Result<Option<Profile>> {
        profile::lookup(&Host, &account, &handle)
    }
}

// Natively there is nobody to export to, and linkers there refuse the names.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Bluesky: network, publisher, insights, inbox, directory);
