//! One publication, from the claim to the receipt: intended and flushed, called, done and flushed. What is in doubt is
//! settled by the network's `find` before anything is tried again.

use std::sync::Arc;

use tracing::Instrument;

use super::failure::{RetryPolicy, failure};
use super::identity::Names;
use super::outlet::{Composition, Outlet};
use super::stop::Stop;
use crate::contract::exports::publisher::{Advance, Continuation, Effect, Finding as Found};
use crate::contract::types::{Composed, Error, Receipt, Violation};
use crate::engine::{CallError, Engine, Instance};
use crate::host::Services;
use crate::journal::{
    Batch, Claim, Claimed, EffectState, EffectStatus, Event, Failure, FailureKind, Finding, Intent,
    KvWrite, Progress, Store, StoreError, Then,
};

/// What became of one post for one account.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivered {
    /// It went out now.
    Posted(Receipt),
    /// It had gone out before.
    Already(Receipt),
    /// It must not go out.
    Refused(Vec<Violation>),
    /// It did not go out, and it is certain that it did not.
    Failed(Failure),
    /// Nobody knows: a person must say.
    InDoubt(String),
    /// It waits for a person, or for another run that has it in hand.
    Held(String),
}

/// Everything that a delivery needs.
pub struct Delivery<'a> {
    /// Makes instances.
    pub engine: &'a Engine,
    /// What instances share.
    pub services: &'a Arc<Services>,
    /// The journal.
    pub store: &'a dyn Store,
    /// The run.
    pub run: &'a str,
    /// The `publish` step.
    pub step: &'a str,
    /// The account.
    pub outlet: &'a Outlet,
    /// For calls that changed nothing.
    pub retry: RetryPolicy,
    /// A wish to stop.
    pub stop: &'a Stop,
}

/// Where a call has led.
enum Next {
    Over(Delivered),
    /// Call again with this progress.
    Call(Option<String>),
}

impl Delivery<'_> {
    /// Brings one post out, or finds that it is out.
    ///
    /// # Errors
    /// Only when the journal fails: then nothing more may be sent.
    pub async fn deliver(
        &self,
        names: Names,
        post: &str,
        composition: Composition,
    ) -> Result<Delivered, StoreError> {
        let span = tracing::info_span!("effect", account = %self.outlet.publisher.account.name, post, key = %&names.key[..12]);
        self.claim(names, post, composition).instrument(span).await
    }

    async fn claim(
        &self,
        names: Names,
        post: &str,
        composition: Composition,
    ) -> Result<Delivered, StoreError> {
        let refused = composition.refused();
        let composed = composition.composed.clone().unwrap_or(Composed {
            parts: Vec::new(),
            notes: Vec::new(),
        });
        let json = to_json(&composed);
        let then = if refused {
            Then::Refuse(to_json(&composition.violations))
        } else {
            Then::Call
        };
        let intent = Intent {
            key: names.key,
            aliases: names.aliases,
            account: self.outlet.publisher.account.name.clone(),
            step: self.step.into(),
            post: post.into(),
            composed: json.clone(),
            not_before: None,
        };
        let claimed = self
            .store
            .claim(self.run, self.now(), vec![Claim { intent, then }])
            .await?;
        match claimed.into_iter().next() {
            Some(Claimed::Claimed(_)) if refused => Ok(Delivered::Refused(composition.violations)),
            Some(Claimed::Claimed(state)) => self.drive(state, composed).await,
            Some(Claimed::Known(state)) => {
                self.known(
                    state,
                    composed,
                    json,
                    refused.then_some(composition.violations),
                )
                .await
            }
            None => Err(StoreError::Io {
                message: "a claim was not answered".into(),
            }),
        }
    }

    /// Goes on with an effect that an earlier try left.
    async fn known(
        &self,
        state: EffectState,
        composed: Composed,
        json: serde_json::Value,
        refused: Option<Vec<Violation>>,
    ) -> Result<Delivered, StoreError> {
        let key = state.key.clone();
        let mine = state.run == self.run;
        match (state.status, refused) {
            (EffectStatus::Done, _) => Ok(Delivered::Already(self.receipt(&state))),
            (EffectStatus::Refused | EffectStatus::Failed, Some(violations)) => {
                Ok(Delivered::Refused(violations))
            }
            (EffectStatus::Held, _) => Ok(Delivered::Held(state.why.unwrap_or_default())),
            (EffectStatus::Failed | EffectStatus::Refused, None) => {
                // Where parts are out already, what was composed then is what goes on.
                let fresh = state.progress.is_none();
                let composed = if fresh {
                    composed
                } else {
                    self.stored(&key, composed).await?
                };
                let retried = Event::EffectRetried {
                    key: key.clone(),
                    composed: fresh.then_some(json),
                    not_before: None,
                };
                self.append([retried, Event::EffectCalling { key: key.clone() }])
                    .await?;
                self.drive_again(&key, composed).await
            }
            (EffectStatus::InDoubt, _) => {
                let composed = self.stored(&key, composed).await?;
                let why = state.why.clone().unwrap_or_default();
                match self.settle(&state, &composed, why).await? {
                    Next::Over(delivered) => Ok(delivered),
                    // The settlement made it this run's.
                    Next::Call(progress) => {
                        self.resettle(&key, progress.is_some()).await?;
                        self.drive_again(&key, composed).await
                    }
                }
            }
            (EffectStatus::Intended | EffectStatus::InProgress, _) if mine => {
                let composed = self.stored(&key, composed).await?;
                self.append([Event::EffectCalling { key: key.clone() }])
                    .await?;
                self.drive_again(&key, composed).await
            }
            (EffectStatus::Intended | EffectStatus::InProgress | EffectStatus::Calling, _) => {
                Ok(Delivered::Held(format!(
                    "the run {} has it in hand; resume that one first",
                    state.run
                )))
            }
        }
    }

    async fn drive_again(&self, key: &str, composed: Composed) -> Result<Delivered, StoreError> {
        match self.store.effect(key).await? {
            Some(state) => self.drive(state, composed).await,
            None => Err(StoreError::Io {
                message: format!("the effect {key} is gone"),
            }),
        }
    }

    /// Calls the plugin until the effect is done, failed or in doubt. On entry the journal says that it is being
    /// called.
    async fn drive(
        &self,
        mut state: EffectState,
        composed: Composed,
    ) -> Result<Delivered, StoreError> {
        let mut tried = 0;
        loop {
            let answer = self.call(&state, &composed).await?;
            let next = match answer {
                Ok(Advance::Done(receipt)) => self.done(&state.key, receipt).await?,
                Ok(Advance::Again(more)) => {
                    tried = 0;
                    self.again(&state.key, more).await?
                }
                Err(error) if in_doubt(&error) => {
                    let why = error.to_string();
                    self.append([Event::EffectInDoubt {
                        key: state.key.clone(),
                        why: why.clone(),
                    }])
                    .await?;
                    tried += 1;
                    match self.settle(&state, &composed, why).await? {
                        Next::Over(delivered) => Next::Over(delivered),
                        // It got on without the answer: tries are counted for each step of the way.
                        Next::Call(Some(progress)) => {
                            tried = 0;
                            self.resettle(&state.key, true).await?;
                            Next::Call(Some(progress))
                        }
                        // Certainly not there: one more try even where the pipeline asks for none.
                        Next::Call(None) if tried <= self.retry.times.max(1) => {
                            self.resettle(&state.key, false).await?;
                            Next::Call(None)
                        }
                        Next::Call(None) => Next::Over(Delivered::Failed(Failure {
                            kind: FailureKind::NotThere,
                            message: "tried several times, and it was never there afterwards"
                                .into(),
                        })),
                    }
                }
                Err(error) => {
                    tried += 1;
                    self.failed(&state, &error, tried).await?
                }
            };
            match next {
                Next::Over(delivered) => return Ok(delivered),
                Next::Call(_) => match self.store.effect(&state.key).await? {
                    Some(known) => state = known,
                    None => {
                        return Err(StoreError::Io {
                            message: format!("the effect {} is gone", state.key),
                        });
                    }
                },
            }
        }
    }

    /// One call of the plugin, and what it wants to remember of it.
    async fn call(
        &self,
        state: &EffectState,
        composed: &Composed,
    ) -> Result<Result<Advance, CallError>, StoreError> {
        let mut instance = match self.instance(composed).await {
            Ok(instance) => instance,
            Err(error) => return Ok(Err(error)),
        };
        let side = &self.outlet.publisher;
        let answer = instance
            .publish(
                &side.account,
                &effect(state),
                composed,
                state.progress.as_deref(),
            )
            .await;
        let changes = instance.state().take_changes();
        if answer.is_ok() && !changes.is_empty() {
            let (client, plugin) = (&side.context.client, &side.context.plugin);
            let kept = changes.into_iter().map(|(key, value)| KvWrite {
                client: client.clone(),
                plugin: plugin.clone(),
                key,
                value,
            });
            let batch = Batch::new(self.run, self.now()).kv(kept).buffered();
            self.store.append(batch).await?;
        }
        Ok(answer)
    }

    async fn instance(&self, composed: &Composed) -> Result<Instance, CallError> {
        let mut instance = self
            .outlet
            .publisher
            .instance(self.engine, self.services)
            .await?;
        for part in &composed.parts {
            instance.state().show_media(&part.media);
            if let Some(image) = part.card.as_ref().and_then(|card| card.image.as_ref()) {
                instance.state().show_media(std::slice::from_ref(image));
            }
        }
        Ok(instance)
    }

    async fn done(&self, key: &str, receipt: Receipt) -> Result<Next, StoreError> {
        self.append([Event::EffectDone {
            key: key.into(),
            receipt: to_json(&receipt),
        }])
        .await?;
        Ok(Next::Over(Delivered::Posted(receipt)))
    }

    /// Journals how far it is, waits if it must, and announces the next call.
    async fn again(&self, key: &str, more: Continuation) -> Result<Next, StoreError> {
        tracing::info!(note = %more.note, "goes on");
        let progress = Progress {
            progress: more.progress.clone(),
            not_before: more.not_before,
            note: more.note,
        };
        let wait = more.not_before.filter(|at| *at > self.now());
        let told = Event::EffectProgress {
            key: key.into(),
            progress,
        };
        let calling = Event::EffectCalling { key: key.into() };
        match wait {
            None if self.stop.requested() => {
                self.append([told]).await?;
                return Ok(Next::Over(stopped()));
            }
            None => self.append([told, calling]).await?,
            Some(at) => {
                self.append([told]).await?;
                if !self.wait(at).await {
                    return Ok(Next::Over(stopped()));
                }
                self.append([calling]).await?;
            }
        }
        Ok(Next::Call(Some(more.progress)))
    }

    /// Nothing was changed outside: tries again where that helps.
    async fn failed(
        &self,
        state: &EffectState,
        error: &CallError,
        tried: u32,
    ) -> Result<Next, StoreError> {
        let failure = failure(error);
        let failed = Event::EffectFailed {
            key: state.key.clone(),
            failure: failure.clone(),
        };
        let Some(at) = self.retry.next(error, tried, self.now()) else {
            self.append([failed]).await?;
            return Ok(Next::Over(Delivered::Failed(failure)));
        };
        tracing::info!(%error, "waits and tries again");
        let retried = Event::EffectRetried {
            key: state.key.clone(),
            composed: None,
            not_before: Some(at),
        };
        self.append([failed, retried]).await?;
        if !self.wait(at).await {
            return Ok(Next::Over(Delivered::Held(
                "stopped while it waited for another try; the run can be resumed".into(),
            )));
        }
        self.append([Event::EffectCalling {
            key: state.key.clone(),
        }])
        .await?;
        Ok(Next::Call(state.progress.clone()))
    }

    /// Asks the network whether the change of the last call is there, and journals what it says.
    async fn settle(
        &self,
        state: &EffectState,
        composed: &Composed,
        why: String,
    ) -> Result<Next, StoreError> {
        let found = match self.instance(composed).await {
            Ok(mut instance) => {
                let account = &self.outlet.publisher.account;
                instance
                    .find(account, &effect(state), composed, state.progress.as_deref())
                    .await
            }
            Err(error) => Err(error),
        };
        let (finding, next) = match found {
            Ok(Found::There(Advance::Done(receipt))) => (
                Finding::Posted {
                    receipt: to_json(&receipt),
                },
                Next::Over(Delivered::Posted(receipt)),
            ),
            Ok(Found::There(Advance::Again(more))) => {
                let progress = Progress {
                    progress: more.progress.clone(),
                    not_before: more.not_before,
                    note: more.note,
                };
                (Finding::Again(progress), Next::Call(Some(more.progress)))
            }
            Ok(Found::Absent) => (Finding::Absent, Next::Call(None)),
            Ok(Found::Unknown(reason)) => {
                return Ok(Next::Over(Delivered::InDoubt(format!("{why}; {reason}"))));
            }
            Err(error) => {
                return Ok(Next::Over(Delivered::InDoubt(format!(
                    "{why}; and the network could not be asked: {error}"
                ))));
            }
        };
        self.append([Event::EffectSettled {
            key: state.key.clone(),
            by: "find".into(),
            finding,
        }])
        .await?;
        Ok(next)
    }

    /// After a settlement (absent, or half done): announces the next call.
    async fn resettle(&self, key: &str, half_done: bool) -> Result<(), StoreError> {
        let calling = Event::EffectCalling { key: key.into() };
        if half_done {
            return self.append([calling]).await;
        }
        let retried = Event::EffectRetried {
            key: key.into(),
            composed: None,
            not_before: None,
        };
        self.append([retried, calling]).await
    }

    /// What was written down for sending when the effect was intended.
    async fn stored(&self, key: &str, fallback: Composed) -> Result<Composed, StoreError> {
        let stored = self.store.composed(key).await?;
        Ok(stored
            .and_then(|json| serde_json::from_value(json).ok())
            .unwrap_or(fallback))
    }

    fn receipt(&self, state: &EffectState) -> Receipt {
        let stored = state
            .receipt
            .clone()
            .and_then(|json| serde_json::from_value(json).ok());
        stored.unwrap_or_else(|| Receipt {
            account: state.account.clone(),
            network: self.outlet.network.account.network.clone(),
            id: state.key.clone(),
            url: None,
            at: state.changed,
            parts: Vec::new(),
            extra: "{}".into(),
        })
    }

    /// Waits; false when it was asked to stop meanwhile.
    async fn wait(&self, at: i64) -> bool {
        tokio::select! {
            () = self.services.clock.sleep_until(at) => true,
            () = self.stop.wait() => false,
        }
    }

    async fn append<const N: usize>(&self, events: [Event; N]) -> Result<(), StoreError> {
        let batch = events
            .into_iter()
            .fold(Batch::new(self.run, self.now()), Batch::event);
        self.store.append(batch).await
    }

    fn now(&self) -> i64 {
        self.services.clock.now()
    }
}

/// It stands where it is until the run is resumed.
fn stopped() -> Delivered {
    Delivered::Held("stopped while it was under way; the run can be resumed".into())
}

/// True when the call may have changed something outside: the plugin says so, or it broke off in the middle.
fn in_doubt(error: &CallError) -> bool {
    matches!(
        error,
        CallError::Plugin(Error::InDoubt(_)) | CallError::Trap(_) | CallError::Limit(_)
    )
}

fn effect(state: &EffectState) -> Effect {
    Effect {
        key: state.key.clone(),
        intended: state.intended,
        attempt: state.attempt.max(1),
    }
}

/// The contract's records always have a JSON form: their numbers come from JSON or are integers.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
