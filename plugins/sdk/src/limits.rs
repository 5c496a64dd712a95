//! Limits as data: a network plugin keeps its figures in `facts.json`, each with source and date, and reads them here.
//! The project's own corrections and what the server told (`account.facts`) win.

use crate::types::{Account, Composed, FieldLimit, MediaLimit, Provenance, Severity, Violation};
use serde_json::Value;

/// A plugin's figures, overlaid by an account's.
#[derive(Debug)]
pub struct Facts(Value);

impl Facts {
    /// Reads `facts.json` (given as text, from `include_str!`) and lays `account.facts` over it, key by key.
    #[must_use]
    pub fn of(own: &str, account: &Account) -> Self {
        let mut facts: Value = serde_json::from_str(own).unwrap_or(Value::Null);
        if let (Some(base), Ok(Value::Object(more))) = (
            facts.as_object_mut(),
            serde_json::from_str::<Value>(&account.facts),
        ) {
            for (key, value) in more {
                // A corrected figure keeps its shape: {"value": …, "source": …, "date": …}, or is the bare figure.
                let corrected = match value {
                    Value::Object(_) => value,
                    bare => {
                        serde_json::json!({"value": bare, "source": "the account's own figures", "date": ""})
                    }
                };
                base.insert(key, corrected);
            }
        }
        Self(facts)
    }

    /// A whole number, if it is known.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<u64> {
        self.0.get(key)?.get("value")?.as_u64()
    }

    /// A whole number that fits the contract's counts.
    #[must_use]
    pub fn count(&self, key: &str) -> Option<u32> {
        self.number(key).and_then(|n| u32::try_from(n).ok())
    }

    /// A fraction.
    #[must_use]
    pub fn ratio(&self, key: &str) -> Option<f32> {
        self.0.get(key)?.get("value")?.as_f64().map(|n| n as f32)
    }

    /// Words: media types, for example.
    #[must_use]
    pub fn words(&self, key: &str) -> Vec<String> {
        self.0
            .get(key)
            .and_then(|f| f.get("value"))
            .and_then(Value::as_array)
            .map(|list| {
                list.iter()
                    .filter_map(|w| w.as_str().map(String::from))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// Where a figure comes from.
    #[must_use]
    pub fn provenance(&self, key: &str) -> Provenance {
        let part = |name: &str| {
            self.0
                .get(key)
                .and_then(|f| f.get(name))
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_string()
        };
        let doubtful = self
            .0
            .get(key)
            .and_then(|f| f.get("doubtful"))
            .and_then(Value::as_bool)
            .unwrap_or(false);
        Provenance {
            source: part("source"),
            date: part("date"),
            doubtful,
        }
    }

    /// The limit of a text field whose figure stands under `key`.
    #[must_use]
    pub fn field(&self, name: &str, key: &str, unit: &str, required: bool) -> FieldLimit {
        FieldLimit {
            name: name.into(),
            required,
            limit: self.count(key),
            unit: unit.into(),
            provenance: self.provenance(key),
        }
    }

    /// A media limit with its count under `{key}-count`, bytes under `{key}-bytes`, types under `{key}-types` and
    /// ratios under `{key}-min-ratio` and `{key}-max-ratio`.
    #[must_use]
    pub fn media(&self, kind: crate::types::MediaKind, key: &str) -> MediaLimit {
        let of = |what: &str| format!("{key}-{what}");
        MediaLimit {
            kind,
            media_types: self.words(&of("types")),
            max_count: self.count(&of("count")).unwrap_or(0),
            max_bytes: self.number(&of("bytes")),
            min_ratio: self.ratio(&of("min-ratio")),
            max_ratio: self.ratio(&of("max-ratio")),
            max_width: self.count(&of("width")),
            max_height: self.count(&of("height")),
            max_duration_ms: self.number(&of("duration-ms")),
            provenance: self.provenance(&of("count")),
        }
    }
}

/// A field that has no limit known to anybody.
#[must_use]
pub fn unlimited(name: &str, required: bool) -> FieldLimit {
    FieldLimit {
        name: name.into(),
        required,
        limit: None,
        unit: String::new(),
        provenance: Provenance {
            source: String::new(),
            date: String::new(),
            doubtful: false,
        },
    }
}

/// One violation for each length in the composed parts that is over its limit.
#[must_use]
pub fn check_lengths(composed: &Composed) -> Vec<Violation> {
    let many = composed.parts.len() > 1;
    let mut found = Vec::new();
    for (index, part) in composed.parts.iter().enumerate() {
        for length in &part.lengths {
            let Some(limit) = length.limit.filter(|limit| length.length > *limit) else {
                continue;
            };
            let place = if many {
                format!(" in part {}", index + 1)
            } else {
                String::new()
            };
            found.push(Violation {
                code: "too-long".into(),
                field: length.field.clone(),
                message: format!(
                    "{} has {} {}{place}, {} more than the {limit} allowed",
                    length.field,
                    length.length,
                    length.unit,
                    length.length - limit
                ),
                severity: Severity::Refuse,
                actual: Some(length.length.into()),
                limit: Some(limit.into()),
                unit: length.unit.clone(),
            });
        }
    }
    found
}
