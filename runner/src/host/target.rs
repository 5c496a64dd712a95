//! The networks that a rule's posts are for: each question goes to the plugin of the account's network, in an instance
//! of its own, so that a rule never knows how anybody counts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::{Context, HostState, Services};
use crate::contract::imports::target::Host;
use crate::contract::types::{Account, Denial, Error, Measured, PostLimits, Profile};
use crate::engine::{CallError, Engine, Instance, Loaded};

/// One account that a step works for.
pub struct TargetAccount {
    /// As plugins may know it.
    pub account: Account,
    /// Its network's plugin.
    pub plugin: Arc<Loaded>,
    /// For `lookup`: the account's own grants and secrets.
    pub context: Context,
}

/// The accounts of one step, and the instances that answer for them.
pub struct Target {
    engine: Arc<Engine>,
    services: Arc<Services>,
    accounts: HashMap<String, TargetAccount>,
    /// By network plugin, for pure questions. All accounts of a step belong to one client.
    instances: Mutex<HashMap<String, Instance>>,
}

impl Target {
    /// Answers for these accounts.
    #[must_use]
    pub fn new(engine: Arc<Engine>, services: Arc<Services>, accounts: Vec<TargetAccount>) -> Self {
        let accounts = accounts
            .into_iter()
            .map(|a| (a.account.name.clone(), a))
            .collect();
        Self {
            engine,
            services,
            accounts,
            instances: Mutex::default(),
        }
    }

    /// How many instances may live at the same time: one a network, and one for a look-up.
    #[must_use]
    pub fn size(&self) -> usize {
        let networks: BTreeSet<&str> = self
            .accounts
            .values()
            .map(|a| a.plugin.name.as_str())
            .collect();
        networks.len() + 1
    }

    async fn instance(&self, target: &TargetAccount) -> Result<Instance, CallError> {
        let state = HostState::new(
            Arc::clone(&self.services),
            target.context.clone(),
            self.engine.limits(),
        );
        Instance::new(&self.engine, &target.plugin, state).await
    }

    fn account(&self, name: &str) -> Result<&TargetAccount, Error> {
        self.accounts.get(name).ok_or_else(|| {
            Error::Denied(Denial {
                capability: "target".into(),
                message: format!("this step does not work for an account called `{name}`"),
            })
        })
    }

    /// Runs one pure question in the network's instance, which is taken out while it works.
    async fn ask<T>(
        &self,
        name: &str,
        question: impl AsyncFnOnce(&mut Instance, &Account) -> Result<T, CallError>,
    ) -> Result<T, Error> {
        let target = self.account(name)?;
        let mut instances = self.instances.lock().await;
        let mut instance = match instances.remove(&target.plugin.name) {
            Some(instance) => instance,
            None => self.instance(target).await.map_err(|e| inward(name, e))?,
        };
        let answer = question(&mut instance, &target.account).await;
        match answer {
            Ok(value) => {
                instances.insert(target.plugin.name.clone(), instance);
                Ok(value)
            }
            Err(CallError::Plugin(error)) => {
                instances.insert(target.plugin.name.clone(), instance);
                Err(error)
            }
            // An instance that broke off can't be entered again; the next question gets a fresh one.
            Err(error) => Err(inward(name, error)),
        }
    }

    /// What a post for that account may be.
    ///
    /// # Errors
    /// As the network's plugin answers.
    pub async fn limits(&self, account: &str) -> Result<PostLimits, Error> {
        self.ask(account, async |instance, account| {
            instance.limits(account).await
        })
        .await
    }
}

impl Target {
    /// Looks a handle up with that account's own grants and secrets, in an instance that serves nothing else.
    async fn lookup_in(&self, account: &str, handle: &str) -> Result<Option<Profile>, Error> {
        let target = self.account(account)?;
        let mut instance = self
            .instance(target)
            .await
            .map_err(|e| inward(account, e))?;
        instance
            .lookup(&target.account, handle)
            .await
            .map_err(|e| inward(account, e))
    }
}

/// What a network's plugin did wrong, as the rule that asked sees it.
fn inward(account: &str, error: CallError) -> Error {
    match error {
        CallError::Plugin(error) => error,
        other => Error::Permanent(format!(
            "the network of `{account}` could not answer: {other}"
        )),
    }
}

impl Host for HostState {
    async fn measure(
        &mut self,
        account: String,
        field: String,
        text: String,
    ) -> wasmtime::Result<Result<Measured, Error>> {
        self.enter()?;
        let Some(target) = self.context.target.clone() else {
            return Ok(Err(no_target()));
        };
        Ok(target
            .ask(&account, async |instance, known| {
                instance.measure(known, &field, &text).await
            })
            .await)
    }

    async fn limits(&mut self, account: String) -> wasmtime::Result<Result<PostLimits, Error>> {
        self.enter()?;
        let Some(target) = self.context.target.clone() else {
            return Ok(Err(no_target()));
        };
        Ok(target.limits(&account).await)
    }

    async fn lookup(
        &mut self,
        account: String,
        handle: String,
    ) -> wasmtime::Result<Result<Option<Profile>, Error>> {
        self.enter()?;
        if let Some(why) = self.pure("target") {
            return Ok(Err(Error::Denied(Denial {
                capability: "target".into(),
                message: why,
            })));
        }
        let Some(target) = self.context.target.clone() else {
            return Ok(Err(no_target()));
        };
        Ok(target.lookup_in(&account, &handle).await)
    }
}

fn no_target() -> Error {
    Error::Denied(Denial {
        capability: "target".into(),
        message: "this step works for no accounts: no `publish` step comes after it".into(),
    })
}
