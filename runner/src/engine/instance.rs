//! One instance of a plugin: a fresh sandbox, its limits, and the calls into it.

use std::sync::Arc;

use wasmtime::component::Instance as Raw;
use wasmtime::{Store, Trap, UpdateDeadline};

use super::{Engine, Exceeded, Loaded};
use crate::contract::exports::{
    directory, inbox, insights, metric, network, publisher, rule, source,
};
use crate::contract::types::{
    Account, Composed, Error, Json, Measured, Measurement, Page, Post, PostLimits, Profile,
    Receipt, Record, Violation,
};
use crate::host::{HostState, Mode};
use crate::plugin::Interface;

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The plugin answered with one of the contract's errors.
    #[error("{}", crate::contract::describe(.0))]
    Plugin(Error),
    /// The plugin used more than it may.
    #[error("the plugin used {0}")]
    Limit(Exceeded),
    /// The plugin broke off.
    #[error("the plugin broke off: {0}")]
    Trap(String),
    /// The component does not export that interface.
    #[error("the plugin does not offer {}", .0.name())]
    Missing(Interface),
    /// An earlier call on this instance broke off, so it can't be entered again.
    #[error("the plugin broke off earlier in this step")]
    Broken,
}

#[derive(Default)]
struct Guests {
    source: Option<source::Guest>,
    rule: Option<rule::Guest>,
    network: Option<network::Guest>,
    publisher: Option<publisher::Guest>,
    insights: Option<insights::Guest>,
    inbox: Option<inbox::Guest>,
    directory: Option<directory::Guest>,
    metric: Option<metric::Guest>,
}

/// A plugin at work for one step of one client.
pub struct Instance {
    store: Store<HostState>,
    loaded: Arc<Loaded>,
    raw: Raw,
    guests: Guests,
    broken: bool,
}

/// Defines a method that enters the guest: looks the interface up once, sets the call's budget and mode, and sorts out
/// what came back.
macro_rules! enter {
    ($(#[$doc:meta])* $name:ident: $interface:ident / $upper:ident, $call:ident, $mode:ident,
     ($($arg:ident: $type:ty),*) -> $out:ty) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// When the plugin answers with an error, breaks off, crosses a limit or does not offer the interface.
        pub async fn $name(&mut self, $($arg: $type),*) -> Result<$out, CallError> {
            self.begin(Mode::$mode)?;
            let guest = match self.guests.$interface.take() {
                Some(guest) => guest,
                None => {
                    let indices = self.loaded.interfaces.$interface.as_ref();
                    let indices = indices.ok_or(CallError::Missing(Interface::$upper))?;
                    indices.load(&mut self.store, &self.raw).map_err(|error| self.fault(&error))?
                }
            };
            let answer = guest.$call(&mut self.store, $($arg),*).await;
            self.guests.$interface = Some(guest);
            match answer {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(error)) => Err(CallError::Plugin(error)),
                Err(error) => Err(self.fault(&error)),
            }
        }
    };
}

impl Instance {
    /// Makes a fresh instance.
    ///
    /// # Errors
    /// When the plugin breaks off or crosses a limit while it starts.
    pub async fn new(
        engine: &Engine,
        loaded: &Arc<Loaded>,
        state: HostState,
    ) -> Result<Self, CallError> {
        let mut store = Store::new(engine.wasmtime(), state);
        store.limiter(|state| &mut state.meter);
        store.epoch_deadline_callback(|mut context| {
            context.data_mut().spend_tick()?;
            Ok(UpdateDeadline::Yield(1))
        });
        store.data_mut().begin(Mode::Pure);
        store.set_epoch_deadline(1);
        match loaded.pre.instantiate_async(&mut store).await {
            Ok(raw) => Ok(Self {
                store,
                loaded: Arc::clone(loaded),
                raw,
                guests: Guests::default(),
                broken: false,
            }),
            Err(error) => Err(classify(&store, &error)),
        }
    }

    /// What the host keeps for this instance.
    #[must_use]
    pub fn state(&mut self) -> &mut HostState {
        self.store.data_mut()
    }

    /// The raw parts, for calls by name.
    pub(crate) fn parts(&mut self) -> (&mut Store<HostState>, &Raw) {
        (&mut self.store, &self.raw)
    }

    /// Prepares a call.
    pub(crate) fn begin(&mut self, mode: Mode) -> Result<(), CallError> {
        if self.broken {
            return Err(CallError::Broken);
        }
        self.store.data_mut().begin(mode);
        self.store.set_epoch_deadline(1);
        Ok(())
    }

    /// After a trap the instance can't be entered again.
    pub(crate) fn fault(&mut self, error: &wasmtime::Error) -> CallError {
        self.broken = true;
        classify(&self.store, error)
    }

    enter!(/** One page of records. */
        fetch: source / Source, call_fetch, Full,
        (operation: &str, config: &Json, trigger: &source::Trigger, cursor: Option<&str>, limit: u32) -> Page);
    enter!(/** One outcome for each subject. */
        apply: rule / Rule, call_apply, Full,
        (operation: &str, config: &Json, subjects: &[rule::Subject]) -> Vec<rule::Outcome>);
    enter!(/** What the server says of its own limits, as JSON. */
        learn: network / Network, call_learn, Full, (account: &Account) -> Option<String>);
    enter!(/** What a post there may be. */
        limits: network / Network, call_limits, Pure, (account: &Account) -> PostLimits);
    enter!(/** How long a text is there. */
        measure: network / Network, call_measure, Pure, (account: &Account, field: &str, text: &str) -> Measured);
    enter!(/** The exact parts that would be sent. */
        compose: network / Network, call_compose, Pure, (account: &Account, post: &Post) -> Composed);
    enter!(/** What the network would refuse. */
        check: network / Network, call_check, Pure, (account: &Account, composed: &Composed) -> Vec<Violation>);
    enter!(/** What makes a repeated call safe. */
        delivery: publisher / Publisher, call_delivery, Pure, (account: &Account) -> publisher::Terms);
    enter!(/** At most one change outside. */
        publish: publisher / Publisher, call_publish, Full,
        (account: &Account, effect: &publisher::Effect, composed: &Composed, progress: Option<&str>)
            -> publisher::Advance);
    enter!(/** Did that change happen already? */
        find: publisher / Publisher, call_find, Full,
        (account: &Account, effect: &publisher::Effect, composed: &Composed, progress: Option<&str>)
            -> publisher::Finding);
    enter!(/** Replaces a publication. */
        edit: publisher / Publisher, call_edit, Full,
        (account: &Account, receipt: &Receipt, composed: &Composed) -> Receipt);
    enter!(/** Takes a publication away. */
        remove: publisher / Publisher, call_remove, Full, (account: &Account, receipt: &Receipt) -> ());
    enter!(/** Figures of posts. */
        insights_of_posts: insights / Insights, call_of_posts, Full,
        (account: &Account, receipts: &[Receipt]) -> Vec<Measurement>);
    enter!(/** Figures of an account. */
        insights_of_account: insights / Insights, call_of_account, Full, (account: &Account) -> Vec<Measurement>);
    enter!(/** What people did since a cursor. */
        inbox: inbox / Inbox, call_fetch, Full, (account: &Account, cursor: Option<&str>, limit: u32) -> Page);
    enter!(/** Who somebody is. */
        lookup: directory / Directory, call_lookup, Full, (account: &Account, handle: &str) -> Option<Profile>);
    enter!(/** Starts a computation. */
        metric_begin: metric / Metric, call_begin, Full, (operation: &str, config: &Json) -> ());
    enter!(/** Adds records to the computation. */
        metric_push: metric / Metric, call_push, Full, (records: &[Record]) -> ());
    enter!(/** Ends the computation. */
        metric_finish: metric / Metric, call_finish, Full, () -> Vec<Record>);
}

fn classify(store: &Store<HostState>, error: &wasmtime::Error) -> CallError {
    if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
        return CallError::Limit(*exceeded);
    }
    if let Some(exceeded) = store.data().meter.exceeded {
        return CallError::Limit(exceeded);
    }
    let cause = match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => "it called itself too deeply".to_string(),
        // Compiled code keeps most of its stack at the lower end of its memory, and falls out there.
        Some(Trap::MemoryOutOfBounds) => {
            "it left its memory: its stack is full, or it is faulty".to_string()
        }
        Some(Trap::UnreachableCodeReached) => "it panicked".to_string(),
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    CallError::Trap(cause)
}
