//! What runs share in one process: the engine, the host's services, the project and its plugins; and how a planned
//! step or account becomes instances with the right context.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::clock::{Clock, SystemClock};
use crate::contract::types::Account;
use crate::engine::{CodeCache, Engine, Limits, LoadError, Loaded};
use crate::host::{
    Answer, BlobStore, Context, Grants, NoState, PluginState, SecretSource, Services, Target,
    Vault, http,
};
use crate::journal::Store;
use crate::plan::{Grants as Allowed, Plan, PlannedAccount};
use crate::plugin::Catalog;
use crate::project::{Project, SecretPlace};

use super::outlet::{Outlet, Side};
use crate::host::TargetAccount;

/// Why nothing can run here.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The engine can't be set up.
    #[error("WebAssembly can't run here: {0}")]
    Engine(String),
    /// TLS can't be set up.
    #[error("HTTP can't be set up: {0}")]
    Http(#[from] reqwest::Error),
    /// A plugin can't be used.
    #[error("the plugin `{name}`: {error}")]
    Plugin {
        /// Which.
        name: String,
        /// Why.
        error: LoadError,
    },
}

/// The engine and services of one process, for one project.
pub struct Runtime {
    /// Makes instances.
    pub engine: Arc<Engine>,
    /// What instances share.
    pub services: Arc<Services>,
    /// The project.
    pub project: Arc<Project>,
    /// Its plugins.
    pub catalog: Arc<Catalog>,
}

/// The plugins that a project can use, its pinned ones settled.
#[must_use]
pub fn catalog(project: &Project) -> Catalog {
    let mut catalog = Catalog::discover(Some(&project.root));
    for (name, grant) in &project.grants {
        if let Some(digest) = &grant.digest {
            catalog.settle(name, &digest.value);
        }
    }
    catalog
}

impl Runtime {
    /// Sets everything up with the system's clock.
    ///
    /// # Errors
    /// When this machine can't run WebAssembly or speak TLS.
    pub fn new(project: Arc<Project>, catalog: Arc<Catalog>) -> Result<Self, RuntimeError> {
        Self::with_clock(project, catalog, Arc::new(SystemClock))
    }

    /// The same with another clock.
    ///
    /// # Errors
    /// When this machine can't run WebAssembly or speak TLS.
    pub fn with_clock(
        project: Arc<Project>,
        catalog: Arc<Catalog>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RuntimeError> {
        let usual = Limits::default();
        let limits = Limits {
            memory: project
                .limits
                .memory
                .and_then(|bytes| usize::try_from(bytes).ok())
                .unwrap_or(usual.memory),
            compute: project.limits.time.unwrap_or(usual.compute),
            ..usual
        };
        let engine = Engine::new(CodeCache::user(), limits)
            .map_err(|error| RuntimeError::Engine(error.to_string()))?;
        let services = Services {
            http: http::Clients::new()?,
            blobs: BlobStore::at(project.store_folder().join("blobs")),
            root: project.root.clone(),
            clock,
            vault: vault(&project),
        };
        Ok(Self {
            engine: Arc::new(engine),
            services: Arc::new(services),
            project,
            catalog,
        })
    }

    /// A plugin, compiled and linked.
    ///
    /// # Errors
    /// When it is gone or can't be used.
    pub fn load(&self, name: &str) -> Result<Arc<Loaded>, RuntimeError> {
        let plugin = self.catalog.get(name).ok_or_else(|| RuntimeError::Plugin {
            name: name.into(),
            error: LoadError::Unusable("it is not there any more".into()),
        })?;
        self.engine
            .load(plugin)
            .map_err(|error| RuntimeError::Plugin {
                name: name.into(),
                error,
            })
    }

    /// Compiles every plugin that a plan uses, so that no step waits for the compiler.
    ///
    /// # Errors
    /// When one can't be used.
    pub fn prepare(&self, plan: &Plan) -> Result<(), RuntimeError> {
        let names: Vec<&str> = plan.plugins.keys().map(String::as_str).collect();
        // A component's functions are compiled on all cores, but what comes before and after them is not.
        at_once(&names, |name| self.load(name).map(drop))
    }

    /// An account of a `publish` step at work. `learned` are the figures that its server told.
    ///
    /// # Errors
    /// When one of its plugins can't be used.
    pub fn outlet(
        &self,
        planned: &PlannedAccount,
        base: &Base<'_>,
        learned: Option<&str>,
    ) -> Result<Outlet, RuntimeError> {
        let network = self.network(planned, base, learned)?;
        let publisher = planned
            .publisher_plugin
            .as_deref()
            .unwrap_or(&planned.network_plugin);
        let publisher = self.side(
            planned,
            publisher,
            &planned.publisher_grants,
            &planned.publisher_settings,
            base,
            learned,
        )?;
        let known = self.project.accounts.get(&planned.account);
        let handle = known.and_then(|account| account.handle.as_deref());
        let who = handle
            .unwrap_or(&planned.account)
            .trim_start_matches('@')
            .to_lowercase();
        let identity = format!("{}/{}/{who}", base.client, planned.network_plugin);
        Ok(Outlet {
            identity,
            network,
            publisher,
        })
    }

    /// The account's network at work.
    ///
    /// # Errors
    /// When its plugin can't be used.
    pub fn network(
        &self,
        planned: &PlannedAccount,
        base: &Base<'_>,
        learned: Option<&str>,
    ) -> Result<Side, RuntimeError> {
        let plugin = &planned.network_plugin;
        self.side(
            planned,
            plugin,
            &planned.network_grants,
            &planned.network_settings,
            base,
            learned,
        )
    }

    fn side(
        &self,
        planned: &PlannedAccount,
        plugin: &str,
        grants: &Allowed,
        settings: &serde_json::Value,
        base: &Base<'_>,
        learned: Option<&str>,
    ) -> Result<Side, RuntimeError> {
        let loaded = self.load(plugin)?;
        let context = base.context(
            plugin,
            Some(&planned.account),
            granted(grants, plugin),
            None,
        );
        Ok(Side {
            account: self.account(planned, base, settings, learned),
            plugin: loaded,
            context,
        })
    }

    /// The account as plugins may know it. The project's own corrections win over what the server told.
    fn account(
        &self,
        planned: &PlannedAccount,
        base: &Base<'_>,
        settings: &serde_json::Value,
        learned: Option<&str>,
    ) -> Account {
        let known = self.project.accounts.get(&planned.account);
        let mut facts: serde_json::Map<String, serde_json::Value> = learned
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        if let Some(own) = known.and_then(|account| account.facts.as_object()) {
            facts.extend(own.clone());
        }
        let client = self.project.clients.get(base.client);
        let language = known.and_then(|account| account.language.clone());
        Account {
            name: planned.account.clone(),
            client: base.client.into(),
            network: planned.network_plugin.clone(),
            handle: known.and_then(|account| account.handle.clone()),
            settings: settings.to_string(),
            facts: serde_json::Value::Object(facts).to_string(),
            language: language
                .or_else(|| client.and_then(|client| client.languages.first().cloned())),
            time_zone: client.map_or_else(|| "UTC".into(), |client| client.time_zone.clone()),
        }
    }

    /// The networks that a rule may ask, one entry for each account.
    ///
    /// # Errors
    /// When a network's plugin can't be used.
    pub fn target(
        &self,
        accounts: Vec<(&PlannedAccount, Option<String>)>,
        base: &Base<'_>,
    ) -> Result<Arc<Target>, RuntimeError> {
        let mut targets = Vec::with_capacity(accounts.len());
        for (planned, learned) in accounts {
            let side = self.network(planned, base, learned.as_deref())?;
            targets.push(TargetAccount {
                account: side.account,
                plugin: side.plugin,
                context: side.context,
            });
        }
        Ok(Arc::new(Target::new(
            Arc::clone(&self.engine),
            Arc::clone(&self.services),
            targets,
        )))
    }
}

/// Does the work for all items on as many threads as there are cores.
///
/// # Errors
/// The first one, in the items' order.
pub fn at_once<T: Sync, E: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let some = || {
        let mut failed = None;
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                break failed;
            };
            if let Err(error) = work(item) {
                failed.get_or_insert((index, error));
            }
        }
    };
    let helpers = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(items.len())
        .saturating_sub(1);
    let failed: Vec<_> = thread::scope(|scope| {
        let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(some)).collect();
        let own = some();
        // A helper that panicked by a defect of ours says nothing here; who needs its item loads it again.
        helpers
            .into_iter()
            .filter_map(|helper| helper.join().ok())
            .chain([own])
            .flatten()
            .collect()
    });
    failed
        .into_iter()
        .min_by_key(|(index, _)| *index)
        .map_or(Ok(()), |(_, error)| Err(error))
}

/// What all contexts of a step share.
pub struct Base<'a> {
    /// The run.
    pub run: &'a str,
    /// The step.
    pub step: &'a str,
    /// The client.
    pub client: &'a str,
    /// Where plugins' keyed state is read, if there is a store.
    pub store: Option<Arc<dyn Store>>,
}

impl Base<'_> {
    /// The context of one instance.
    #[must_use]
    pub fn context(
        &self,
        plugin: &str,
        account: Option<&str>,
        grants: Grants,
        target: Option<Arc<Target>>,
    ) -> Context {
        let state: Arc<dyn PluginState> = match &self.store {
            Some(store) => Arc::new(StoredState {
                store: Arc::clone(store),
                client: self.client.into(),
                plugin: plugin.into(),
            }),
            None => Arc::new(NoState),
        };
        Context {
            run: self.run.into(),
            step: self.step.into(),
            client: self.client.into(),
            plugin: plugin.into(),
            account: account.map(str::to_string),
            grants: Arc::new(grants),
            target,
            state,
        }
    }
}

/// A plan's grants as the host checks them.
#[must_use]
pub fn granted(allowed: &Allowed, plugin: &str) -> Grants {
    Grants {
        http: allowed.http_hosts.clone(),
        websocket: allowed.websocket_hosts.clone(),
        mail: allowed.mail_hosts.clone(),
        read: allowed.read.clone(),
        write: allowed.write.clone(),
        sign: allowed.sign,
        place: format!("{}, `grants: {plugin}:`", crate::project::FILE_NAME),
    }
}

fn vault(project: &Project) -> Vault {
    let mut declared = HashMap::new();
    for account in project.accounts.values() {
        for (name, secret) in &account.secrets {
            let source = match &secret.place {
                SecretPlace::Env(variable) => SecretSource::Env(variable.clone()),
                SecretPlace::File(path) => SecretSource::File(project.root.join(path)),
            };
            declared.insert((account.name.clone(), name.clone()), source);
        }
    }
    Vault::new(declared)
}

/// Plugins' keyed state in the journal's store.
struct StoredState {
    store: Arc<dyn Store>,
    client: String,
    plugin: String,
}

impl PluginState for StoredState {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            self.store
                .kv_get(&self.client, &self.plugin, key)
                .await
                .map_err(|error| error.to_string())
        })
    }

    fn keys<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let keys = self
                .store
                .kv_keys(&self.client, &self.plugin, prefix, after, limit)
                .await;
            keys.map_err(|error| error.to_string())
        })
    }
}
