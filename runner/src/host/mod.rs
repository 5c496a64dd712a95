//! What the host does for a plugin: one module a capability, each behind its grant.
//!
//! Everything that a guest asks for passes through `HostState`, which knows whom the call is for. Nothing here runs a
//! guest, and nothing is granted by default but what gives no power outside the step.

pub(crate) mod basics;
pub mod blob;
mod files;
pub mod grants;
pub mod http;
pub mod refuse;
mod secrets;
mod state_store;
mod target;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::ResourceTable;

pub(crate) use basics::visible;
pub use blob::{BlobError, BlobStore};
pub use grants::Grants;
pub use secrets::{SecretSource, Vault};
pub use state_store::{Answer, NoState, PluginState, StateChanges};
pub use target::{Target, TargetAccount};

use crate::clock::Clock;
use crate::contract::types::{BlobId, Media, Post, Record};
use crate::engine::{Exceeded, Limits, Meter, TICK};

/// What a call may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing outside: no HTTP, no files, no clock, no randomness, no state.
    Pure,
    /// What is granted.
    Full,
}

/// What all instances of a process share.
pub struct Services {
    /// HTTP clients.
    pub http: http::Clients,
    /// Stored bytes.
    pub blobs: BlobStore,
    /// The project's folder.
    pub root: PathBuf,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Secrets of accounts.
    pub vault: Vault,
}

/// Whom an instance works for, and what it may do.
#[derive(Clone)]
pub struct Context {
    /// The run, for logs.
    pub run: String,
    /// The step, for logs.
    pub step: String,
    /// The client: the wall that data never crosses.
    pub client: String,
    /// The plugin's name.
    pub plugin: String,
    /// The account whose secrets may be used; none for sources, rules and metrics.
    pub account: Option<String>,
    /// What the operator granted.
    pub grants: Arc<Grants>,
    /// The networks that `target` may ask.
    pub target: Option<Arc<Target>>,
    /// The plugin's keyed state.
    pub state: Arc<dyn PluginState>,
}

/// What the host keeps for one instance.
pub struct HostState {
    pub(crate) meter: Meter,
    pub(crate) context: Context,
    pub(crate) services: Arc<Services>,
    table: ResourceTable,
    mode: Mode,
    limits: Limits,
    ticks: u64,
    host_calls: u64,
    log_lines: u32,
    /// Blobs that this instance may open as long as it lives, with their media types.
    visible: HashMap<BlobId, String>,
    /// Those that belong to the page of records at hand: for a large folder or archive they may be any number.
    passing: HashMap<BlobId, String>,
    secrets: secrets::Placeholders,
    changes: StateChanges,
    listing: Option<files::Listing>,
}

impl HostState {
    /// The state for a fresh instance.
    #[must_use]
    pub fn new(services: Arc<Services>, context: Context, limits: Limits) -> Self {
        Self {
            meter: Meter::new(limits),
            context,
            services,
            table: ResourceTable::new(),
            mode: Mode::Pure,
            limits,
            ticks: 0,
            host_calls: 0,
            log_lines: 0,
            visible: HashMap::new(),
            passing: HashMap::new(),
            secrets: secrets::Placeholders::default(),
            changes: StateChanges::default(),
            listing: None,
        }
    }

    /// Sets the budget of the next call.
    pub(crate) fn begin(&mut self, mode: Mode) {
        self.mode = mode;
        self.ticks = 0;
        self.host_calls = 0;
    }

    /// Counts a tick of the guest's own time.
    pub(crate) fn spend_tick(&mut self) -> Result<(), Exceeded> {
        self.ticks += 1;
        if TICK.saturating_mul(u32::try_from(self.ticks).unwrap_or(u32::MAX)) > self.limits.compute
        {
            return Err(Exceeded::Compute(self.limits.compute));
        }
        Ok(())
    }

    /// Counts a call from the guest.
    fn enter(&mut self) -> Result<(), Exceeded> {
        self.host_calls += 1;
        if self.host_calls > self.limits.host_calls {
            return Err(Exceeded::HostCalls(self.limits.host_calls));
        }
        Ok(())
    }

    /// Why an impure import is refused just now, if it is.
    fn pure(&self, capability: &str) -> Option<String> {
        (self.mode == Mode::Pure)
            .then(|| format!("`{capability}` can't be used here: this call must be pure"))
    }

    /// Lets the instance open the blobs that these records name.
    pub fn show_records(&mut self, records: &[Record]) {
        for record in records {
            match record {
                Record::Post(post) => self.show_post(post),
                Record::Adapted(variant) => self.show_post(&variant.post),
                _ => {}
            }
        }
    }

    /// Lets the instance open a post's blobs.
    pub fn show_post(&mut self, post: &Post) {
        self.show_media(&post.media);
        for segment in &post.thread {
            self.show_media(&segment.media);
        }
        if let Some(image) = post.card.as_ref().and_then(|card| card.image.as_ref()) {
            self.show_media(std::slice::from_ref(image));
        }
        for media in by_hand(post) {
            self.show_media(&media);
        }
    }

    /// The first blob that a post names though this instance was neither given nor made it: a guess, or another
    /// client's.
    #[must_use]
    pub fn unseen(&self, post: &Post) -> Option<BlobId> {
        let segments = post.thread.iter().flat_map(|segment| &segment.media);
        let card = post.card.iter().filter_map(|card| card.image.as_ref());
        let shown = post
            .media
            .iter()
            .chain(segments)
            .chain(card)
            .filter_map(|one| one.blob.clone());
        shown
            .chain(by_hand(post).flatten().filter_map(|one| one.blob))
            .find(|blob| self.media_type(blob).is_none())
    }

    /// Lets the instance open these blobs.
    pub fn show_media(&mut self, media: &[Media]) {
        for one in media {
            if let Some(blob) = &one.blob {
                self.pass_blob(blob, &one.media_type);
            }
        }
    }

    /// Takes back what belonged to the last page of records.
    pub fn next_page(&mut self) {
        self.passing.clear();
    }

    /// The media type of a blob that the instance may open.
    fn media_type(&self, blob: &str) -> Option<&str> {
        let known = self.visible.get(blob).or_else(|| self.passing.get(blob));
        known.map(String::as_str)
    }

    /// Lets the instance open one blob until the next page.
    fn pass_blob(&mut self, blob: &str, media_type: &str) {
        self.passing.insert(blob.into(), media_type.into());
    }

    /// Lets the instance open one blob as long as it lives.
    pub fn show_blob(&mut self, blob: &str, media_type: &str) {
        self.visible.insert(blob.into(), media_type.into());
    }

    /// What the plugin changed in its keyed state, to be kept when the step succeeds.
    pub fn take_changes(&mut self) -> StateChanges {
        std::mem::take(&mut self.changes)
    }

    /// Bytes of linear memory in use.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.meter.memory()
    }
}

/// Media that a person wrote for one network or account only.
fn by_hand(post: &Post) -> impl Iterator<Item = Vec<Media>> {
    let own = post.overrides.iter().filter(|own| own.field == "media");
    own.filter_map(|own| serde_json::from_str(&own.value).ok())
}
