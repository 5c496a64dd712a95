//! The WebAssembly engine: compiles components once, links them to the contract's imports, and makes instances.
//!
//! It knows nothing of pipelines. An instance serves one step of one client and is thrown away; how many live at the
//! same time is bounded, and who comes later waits.

mod cache;
mod call;
mod instance;
mod json;
mod limits;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime::{Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

pub use cache::CodeCache;
pub use call::NamedCallError;
pub use instance::{CallError, Instance};
pub use json::JsonError;
pub(crate) use limits::Meter;
pub use limits::{Exceeded, Limits};

use crate::contract::imports;
use crate::contract::interfaces::Interfaces;
use crate::host::HostState;
use crate::plugin::Plugin;

/// The threads that everything asynchronous runs on. A guest that computes gives its thread back at each tick only, so
/// a thread must look for news and for others' work after every few tasks, not after the usual dozens: what waits would
/// wait for as many ticks.
///
/// # Errors
/// When the system gives no threads.
pub fn threads() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .event_interval(2)
        .global_queue_interval(2)
        .enable_all()
        .build()
}

/// How often a running guest is asked to let others run.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// Instances that may live at the same time. Each reserves address space, not memory.
const INSTANCES: u32 = 128;

/// Core instances, memories and tables that one component may have; QuickJS and Python components use 14.
const CORE_INSTANCES: u32 = 16;

/// wasmtime, set up for the contract.
pub struct Engine {
    inner: wasmtime::Engine,
    linker: Linker<HostState>,
    cache: CodeCache,
    slots: Arc<Semaphore>,
    limits: Limits,
    loaded: Mutex<HashMap<String, Arc<Loaded>>>,
}

/// A component, compiled and linked.
pub struct Loaded {
    /// The plugin's name.
    pub name: String,
    /// Of the component's bytes.
    pub digest: String,
    pub(crate) pre: InstancePre<HostState>,
    pub(crate) interfaces: Interfaces,
}

/// Why a component can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file can't be read.
    #[error("{path}: {source}")]
    Io {
        /// The component's file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It can't be compiled or does not fit the contract.
    #[error("the component can't be used: {0}")]
    Unusable(String),
}

/// The right to make a number of instances, taken at once so that two steps never wait for each other's.
pub struct Reservation {
    _permit: OwnedSemaphorePermit,
}

impl Engine {
    /// Sets up the engine. Pooled memory is used where the address space allows it.
    ///
    /// # Errors
    /// When the processor or the system can't run WebAssembly at all.
    pub fn new(cache: CodeCache, limits: Limits) -> wasmtime::Result<Self> {
        let inner = match wasmtime::Engine::new(&config(true, limits)) {
            Ok(engine) => engine,
            Err(error) => {
                tracing::debug!(%error, "no pooled memory, instances are made on demand");
                wasmtime::Engine::new(&config(false, limits))?
            }
        };
        tick(inner.weak());
        let mut linker = Linker::new(&inner);
        link(&mut linker)?;
        Ok(Self {
            inner,
            linker,
            cache,
            slots: Arc::new(Semaphore::new(INSTANCES as usize)),
            limits,
            loaded: Mutex::default(),
        })
    }

    /// The limits of every instance.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// wasmtime's own engine, for benchmarks that compare with it.
    #[must_use]
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
    }

    /// A plugin, compiled and linked; the second time from memory, in another process from the cache.
    ///
    /// # Errors
    /// When the file can't be read, is no component, or wants imports that the contract does not have.
    pub fn load(&self, plugin: &Plugin) -> Result<Arc<Loaded>, LoadError> {
        if let Some(loaded) = self.lock().get(&plugin.digest) {
            return Ok(Arc::clone(loaded));
        }
        let mut failed = None;
        let component = self.cache.load(&self.inner, &plugin.digest, || {
            plugin.read().map_err(|error| {
                let text = error.to_string();
                failed = Some(LoadError::Io {
                    path: plugin.path.display().to_string(),
                    source: std::io::Error::other(text.clone()),
                });
                std::io::Error::other(text)
            })
        });
        let component = component
            .map_err(|error| failed.unwrap_or_else(|| LoadError::Unusable(brief(&error))))?;
        let loaded = Arc::new(self.link(&plugin.name, &plugin.digest, &component)?);
        self.lock()
            .insert(plugin.digest.clone(), Arc::clone(&loaded));
        Ok(loaded)
    }

    fn link(&self, name: &str, digest: &str, component: &Component) -> Result<Loaded, LoadError> {
        let unusable = |error: wasmtime::Error| LoadError::Unusable(brief(&error));
        let pre = self.linker.instantiate_pre(component).map_err(unusable)?;
        let interfaces = Interfaces::of(&pre).map_err(unusable)?;
        Ok(Loaded {
            name: name.into(),
            digest: digest.into(),
            pre,
            interfaces,
        })
    }

    /// Waits until `instances` more may live.
    pub async fn reserve(&self, instances: usize) -> Reservation {
        let wanted = u32::try_from(instances)
            .unwrap_or(INSTANCES)
            .clamp(1, INSTANCES);
        match Arc::clone(&self.slots).acquire_many_owned(wanted).await {
            Ok(permit) => Reservation { _permit: permit },
            Err(_) => unreachable!("the semaphore is never closed"),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Loaded>>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error and its causes on one line.
fn brief(error: &wasmtime::Error) -> String {
    error
        .chain()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

fn config(pooled: bool, limits: Limits) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.epoch_interruption(true);
    // What comes here was optimised when it was compiled to WebAssembly. Once more costs a fifth of the first compile
    // and gains a tenth at most at run time.
    config.cranelift_opt_level(OptLevel::None);
    // A guest that recurses traps at 1 MiB; its fiber leaves room for the host calls on top.
    config.max_wasm_stack(1 << 20);
    config.async_stack_size(2 << 20);
    config.wasm_backtrace_max_frames(std::num::NonZeroUsize::new(20));
    if pooled {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(INSTANCES)
            .total_core_instances(INSTANCES * CORE_INSTANCES)
            .total_memories(INSTANCES * 2)
            .total_tables(INSTANCES * 4)
            .total_stacks(INSTANCES * 2)
            .max_core_instances_per_component(CORE_INSTANCES)
            .max_memories_per_component(2)
            .max_tables_per_component(4)
            .max_memory_size(limits.memory)
            .table_elements(limits.table_elements);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}

/// Moves the epoch on for as long as the engine lives.
fn tick(engine: wasmtime::EngineWeak) {
    let ticker = move || {
        loop {
            std::thread::sleep(TICK);
            let Some(engine) = engine.upgrade() else {
                break;
            };
            engine.increment_epoch();
        }
    };
    if let Err(error) = std::thread::Builder::new()
        .name("epoch".into())
        .spawn(ticker)
    {
        tracing::error!(%error, "no thread for the epoch: a plugin that loops can't be stopped");
    }
}

fn link(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    type Here = HasSelf<HostState>;
    imports::http::add_to_linker::<HostState, Here>(linker, |s| s)?;
    imports::websocket::add_to_linker::<HostState, Here>(linker, |s| s)?;
    imports::mail::add_to_linker::<HostState, Here>(linker, |s| s)?;
    imports::sign::add_to_linker::<HostState, Here>(linker, |s| s)?;
    imports::blob::add_to_linker::<HostState, Here>(linker, |s| s)?;
    imports::files::add_to_linker::<HostState, Here>(linker, |s| s)?;
    imports::target::add_to_linker::<HostState, Here>(linker, |s| s)?;
    imports::store::add_to_linker::<HostState, Here>(linker, |s| s)?;
    imports::clock::add_to_linker::<HostState, Here>(linker, |s| s)?;
    imports::random::add_to_linker::<HostState, Here>(linker, |s| s)?;
    imports::log::add_to_linker::<HostState, Here>(linker, |s| s)?;
    crate::contract::types::add_to_linker::<HostState, Here>(linker, |s| s)
}
