//! Bare wasmtime making the same call: the same engine settings, component and bindings; no limits, no context, no
//! host behind the imports.

use std::path::Path;

use staffetta::contract::exports::rule::{Guest, GuestIndices, Outcome, Subject};
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Store};

/// More epochs than any measurement lasts.
const LONG: u64 = 1 << 40;

/// A component, compiled and linked.
pub(crate) struct Bare {
    pre: InstancePre<()>,
    rule: GuestIndices,
}

impl Bare {
    pub(crate) fn new(engine: &Engine, file: &Path) -> Self {
        let component = Component::new(engine, std::fs::read(file).unwrap()).unwrap();
        let mut linker = Linker::new(engine);
        linker.define_unknown_imports_as_traps(&component).unwrap();
        let pre = linker.instantiate_pre(&component).unwrap();
        let rule = GuestIndices::new(&pre).unwrap();
        Self { pre, rule }
    }

    pub(crate) async fn instance(&self) -> (Store<()>, Guest) {
        let mut store = Store::new(self.pre.engine(), ());
        store.set_epoch_deadline(LONG);
        let instance = self.pre.instantiate_async(&mut store).await.unwrap();
        let guest = self.rule.load(&mut store, &instance).unwrap();
        (store, guest)
    }
}

/// The call.
pub(crate) async fn apply(
    store: &mut Store<()>,
    guest: &Guest,
    config: &String,
    subjects: &[Subject],
) -> Vec<Outcome> {
    guest
        .call_apply(store, "apply", config, subjects)
        .await
        .unwrap()
        .unwrap()
}
