//! A call by name, with JSON in and JSON out: the plugin author's debugger. Same sandbox, grants and limits as a run.

use serde_json::Value;
use wasmtime::component::Val;

use super::instance::{CallError, Instance};
use super::json::{JsonError, from_val, to_val};
use crate::host::Mode;

/// Why a call by name could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NamedCallError {
    /// Not of the form `interface.function`.
    #[error("`{0}` is not of the form INTERFACE.FUNCTION, such as `rule.apply`")]
    Form(String),
    /// The component does not export it.
    #[error("the plugin has no function `{0}`")]
    Missing(String),
    /// The arguments do not fit.
    #[error("{0}")]
    Arguments(#[from] JsonError),
    /// Too few or too many arguments.
    #[error("`{function}` takes {} ({}), found {found}", wanted.len(), wanted.join(", "))]
    Count {
        /// The function.
        function: String,
        /// Its parameters.
        wanted: Vec<String>,
        /// How many there are.
        found: usize,
    },
    /// It broke off.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// Functions that must be pure, as the contract says.
const PURE: [&str; 5] = [
    "network.limits",
    "network.measure",
    "network.compose",
    "network.check",
    "publisher.delivery",
];

impl Instance {
    /// Calls `interface.function`. The arguments are an object by parameter name or a list in order; one argument that
    /// is no object may stand by itself.
    ///
    /// # Errors
    /// When there is no such function, the arguments do not fit, or the plugin breaks off. An error that the plugin
    /// answers is part of the JSON.
    pub async fn call_by_name(
        &mut self,
        name: &str,
        arguments: &Value,
    ) -> Result<Value, NamedCallError> {
        let (interface, function) = name
            .split_once('.')
            .ok_or_else(|| NamedCallError::Form(name.into()))?;
        self.begin(if PURE.contains(&name) {
            Mode::Pure
        } else {
            Mode::Full
        })?;
        let (store, raw) = self.parts();
        let missing = || NamedCallError::Missing(name.into());
        let package = format!("staffetta:plugin/{interface}@0.1.0");
        let parent = raw
            .get_export_index(&mut *store, None, &package)
            .ok_or_else(missing)?;
        let index = raw
            .get_export_index(&mut *store, Some(&parent), function)
            .ok_or_else(missing)?;
        let func = raw.get_func(&mut *store, index).ok_or_else(missing)?;
        let signature = func.ty(&*store);
        let wanted: Vec<(String, _)> = signature
            .params()
            .map(|(name, wanted)| (name.to_string(), wanted))
            .collect();
        let count = |found| NamedCallError::Count {
            function: name.into(),
            wanted: wanted.iter().map(|(name, _)| name.clone()).collect(),
            found,
        };
        let given: Vec<Value> = match arguments {
            Value::Array(list) if list.len() == wanted.len() => list.clone(),
            Value::Object(object)
                if object
                    .keys()
                    .all(|key| wanted.iter().any(|(name, _)| name == key)) =>
            {
                wanted
                    .iter()
                    .map(|(name, _)| object.get(name).cloned().unwrap_or(Value::Null))
                    .collect()
            }
            Value::Null if wanted.is_empty() => Vec::new(),
            one if wanted.len() == 1 => vec![one.clone()],
            Value::Array(list) => return Err(count(list.len())),
            Value::Object(object) => return Err(count(object.len())),
            _ => return Err(count(1)),
        };
        let mut arguments = Vec::with_capacity(wanted.len());
        for ((name, wanted), value) in wanted.iter().zip(&given) {
            arguments.push(to_val(value, wanted, &format!("/{name}"))?);
        }
        let mut results = vec![Val::Bool(false); signature.results().len()];
        let called = func.call_async(&mut *store, &arguments, &mut results).await;
        if let Err(error) = called {
            return Err(self.fault(&error).into());
        }
        Ok(results.first().map_or(Value::Null, from_val))
    }
}
