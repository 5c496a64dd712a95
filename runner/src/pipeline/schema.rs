//! JSON Schemas of both files, for editors. Made from the tables that drive the decoders.

use serde_json::{Map, Value, json};

use super::PIPELINE;
use crate::project::PROJECT;
use crate::yaml::table::{Kind, Table};

/// The schema of a pipeline's file.
#[must_use]
pub fn pipeline() -> Value {
    root(&PIPELINE, "Staffetta pipeline")
}

/// The schema of the project's file.
#[must_use]
pub fn project() -> Value {
    root(&PROJECT, "Staffetta project")
}

fn root(table: &'static Table, title: &str) -> Value {
    let mut schema = of_table(table);
    if let Some(map) = schema.as_object_mut() {
        map.insert(
            "$schema".into(),
            json!("http://json-schema.org/draft-07/schema#"),
        );
        map.insert("title".into(), json!(title));
    }
    schema
}

fn of_table(table: &'static Table) -> Value {
    let mut properties = Map::new();
    for key in table.keys {
        let mut schema = of_kind(&key.kind);
        if let Some(map) = schema.as_object_mut() {
            map.insert("description".into(), json!(key.doc));
        }
        properties.insert(key.name.into(), schema);
    }
    let required: Vec<&str> = table
        .keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "description": table.doc,
        "additionalProperties": false,
        "properties": properties,
        "required": required,
    })
}

fn of_kind(kind: &'static Kind) -> Value {
    let text = || json!({"type": "string", "minLength": 1});
    match kind {
        Kind::Text | Kind::Expression => text(),
        Kind::Name => json!({"type": "string", "pattern": "^[a-z0-9]+([_-][a-z0-9]+)*$"}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Count(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
        Kind::Duration => json!({"type": "string", "pattern": "^[0-9].*[a-z]$"}),
        Kind::Size => json!({"type": "string", "pattern": "^[0-9]+ ?([kKMG]i?)?B$"}),
        Kind::Texts => json!({"anyOf": [text(), {"type": "array", "items": text()}]}),
        Kind::Free => json!({"type": "object"}),
        Kind::Word(words) => json!({"enum": words}),
        Kind::Keys(table) => of_table(table),
        Kind::Named(table) => json!({"type": "object", "additionalProperties": of_table(table)}),
        Kind::NamedTexts => json!({
            "type": "object",
            "additionalProperties": {"anyOf": [text(), {"type": "array", "items": text()}]},
        }),
        Kind::List(table) => json!({"type": "array", "minItems": 1, "items": of_table(table)}),
        Kind::Either(kinds) => json!({"anyOf": kinds.iter().map(of_kind).collect::<Vec<_>>()}),
        Kind::Nothing => json!({"type": "null"}),
    }
}
