//! Values of the contract as JSON and back, by the component's own types: for `plugin call`, which works for every
//! function without knowing any.
//!
//! Records are objects with the contract's names; a case without content is its name, one with content an object with
//! one key; an absent option is `null` or missing; `result` is `{"ok": …}` or `{"err": …}`.

use serde_json::{Map, Value};
use wasmtime::component::{Type, Val};

/// JSON that does not fit a type.
#[derive(Debug, thiserror::Error)]
#[error("{}: expected {expected}, found {found}", if path.is_empty() { "the value" } else { path })]
pub struct JsonError {
    /// Where in the JSON, as a JSON pointer.
    pub path: String,
    /// What the type wants.
    pub expected: String,
    /// What is there.
    pub found: String,
}

fn wrong<T>(path: &str, expected: impl Into<String>, value: &Value) -> Result<T, JsonError> {
    let found = match value {
        Value::Null => "nothing".to_string(),
        Value::Object(_) => "an object".to_string(),
        Value::Array(_) => "a list".to_string(),
        other => other.to_string().chars().take(60).collect(),
    };
    Err(JsonError {
        path: path.into(),
        expected: expected.into(),
        found,
    })
}

/// A value of that type.
///
/// # Errors
/// When the JSON does not fit, with the place.
pub(super) fn to_val(value: &Value, wanted: &Type, path: &str) -> Result<Val, JsonError> {
    macro_rules! integer {
        ($case:ident, $type:ty, $name:literal) => {
            match value.as_i64().and_then(|n| <$type>::try_from(n).ok()) {
                Some(number) => Ok(Val::$case(number)),
                None => wrong(path, $name, value),
            }
        };
    }
    match wanted {
        Type::Bool => value
            .as_bool()
            .map_or_else(|| wrong(path, "true or false", value), |b| Ok(Val::Bool(b))),
        Type::S8 => integer!(S8, i8, "a whole number of 8 bits"),
        Type::U8 => integer!(U8, u8, "a whole number from 0 to 255"),
        Type::S16 => integer!(S16, i16, "a whole number of 16 bits"),
        Type::U16 => integer!(U16, u16, "a whole number from 0 to 65535"),
        Type::S32 => integer!(S32, i32, "a whole number of 32 bits"),
        Type::U32 => integer!(U32, u32, "a whole number from 0 to 4294967295"),
        Type::S64 => integer!(S64, i64, "a whole number of 64 bits"),
        Type::U64 => value.as_u64().map_or_else(
            || wrong(path, "a whole number from 0", value),
            |n| Ok(Val::U64(n)),
        ),
        Type::Float32 => {
            #[allow(clippy::cast_possible_truncation)]
            let number = value.as_f64().map(|n| n as f32);
            number.map_or_else(|| wrong(path, "a number", value), |n| Ok(Val::Float32(n)))
        }
        Type::Float64 => value
            .as_f64()
            .map_or_else(|| wrong(path, "a number", value), |n| Ok(Val::Float64(n))),
        Type::Char => match value
            .as_str()
            .map(|text| (text.chars().next(), text.chars().count()))
        {
            Some((Some(c), 1)) => Ok(Val::Char(c)),
            _ => wrong(path, "one character", value),
        },
        Type::String => match value {
            Value::String(text) => Ok(Val::String(text.clone())),
            // The contract passes configuration as JSON text; whoever types it by hand writes the JSON itself.
            Value::Object(_) | Value::Array(_) => Ok(Val::String(value.to_string())),
            _ => wrong(path, "text", value),
        },
        Type::List(list) => {
            let inner = list.ty();
            if let (Type::U8, Value::String(text)) = (&inner, value) {
                return Ok(Val::List(text.bytes().map(Val::U8).collect()));
            }
            let Value::Array(items) = value else {
                return wrong(path, "a list", value);
            };
            let items = items
                .iter()
                .enumerate()
                .map(|(i, item)| to_val(item, &inner, &format!("{path}/{i}")));
            Ok(Val::List(items.collect::<Result<_, _>>()?))
        }
        Type::Tuple(tuple) => {
            let types: Vec<Type> = tuple.types().collect();
            let Some(items) = value.as_array().filter(|items| items.len() == types.len()) else {
                return wrong(path, format!("a list of {}", types.len()), value);
            };
            let items = items
                .iter()
                .zip(&types)
                .enumerate()
                .map(|(i, (item, t))| to_val(item, t, &format!("{path}/{i}")));
            Ok(Val::Tuple(items.collect::<Result<_, _>>()?))
        }
        Type::Record(record) => {
            let Value::Object(object) = value else {
                return wrong(path, "an object", value);
            };
            let mut fields = Vec::new();
            for field in record.fields() {
                let inside = format!("{path}/{}", field.name);
                let missing = match field.ty {
                    Type::List(_) => Value::Array(Vec::new()),
                    _ => Value::Null,
                };
                let given = object.get(field.name).unwrap_or(&missing);
                fields.push((field.name.to_string(), to_val(given, &field.ty, &inside)?));
            }
            if let Some(unknown) = object
                .keys()
                .find(|key| record.fields().all(|field| field.name != key.as_str()))
            {
                let known: Vec<_> = record
                    .fields()
                    .map(|field| field.name.to_string())
                    .collect();
                return Err(JsonError {
                    path: path.into(),
                    expected: format!("one of {}", known.join(", ")),
                    found: format!("the key `{unknown}`"),
                });
            }
            Ok(Val::Record(fields))
        }
        Type::Variant(variant) => {
            let (name, content) = match value {
                Value::String(name) => (name.as_str(), None),
                Value::Object(object) if object.len() == 1 => match object.iter().next() {
                    Some((name, content)) => (name.as_str(), Some(content)),
                    None => return wrong(path, "a case", value),
                },
                _ => return wrong(path, "a case by its name, or an object with one key", value),
            };
            let names: Vec<_> = variant.cases().map(|case| case.name.to_string()).collect();
            let Some(case) = variant.cases().find(|case| case.name == name) else {
                return wrong(path, format!("one of {}", names.join(", ")), value);
            };
            let content = match (&case.ty, content) {
                (Some(inner), content) => Some(Box::new(to_val(
                    content.unwrap_or(&Value::Null),
                    inner,
                    &format!("{path}/{name}"),
                )?)),
                (None, _) => None,
            };
            Ok(Val::Variant(name.into(), content))
        }
        Type::Enum(names) => match value
            .as_str()
            .filter(|name| names.names().any(|known| known == *name))
        {
            Some(name) => Ok(Val::Enum(name.into())),
            None => wrong(
                path,
                format!("one of {}", names.names().collect::<Vec<_>>().join(", ")),
                value,
            ),
        },
        Type::Option(inner) => match value {
            Value::Null => Ok(Val::Option(None)),
            some => Ok(Val::Option(Some(Box::new(to_val(
                some,
                &inner.ty(),
                path,
            )?)))),
        },
        _ => wrong(path, "a type that this tool can write", value),
    }
}

/// A value as JSON. Bytes that are text become text.
#[must_use]
pub(super) fn from_val(val: &Val) -> Value {
    match val {
        Val::Bool(b) => (*b).into(),
        Val::S8(n) => (*n).into(),
        Val::U8(n) => (*n).into(),
        Val::S16(n) => (*n).into(),
        Val::U16(n) => (*n).into(),
        Val::S32(n) => (*n).into(),
        Val::U32(n) => (*n).into(),
        Val::S64(n) => (*n).into(),
        Val::U64(n) => (*n).into(),
        Val::Float32(n) => (*n).into(),
        Val::Float64(n) => (*n).into(),
        Val::Char(c) => c.to_string().into(),
        Val::String(text) | Val::Enum(text) => text.clone().into(),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => {
            items.iter().map(from_val).collect()
        }
        Val::Record(fields) => {
            let kept = fields
                .iter()
                .filter(|(_, value)| !matches!(value, Val::Option(None)));
            Value::Object(
                kept.map(|(name, value)| (name.clone(), from_val(value)))
                    .collect(),
            )
        }
        Val::Variant(name, None) => name.clone().into(),
        Val::Variant(name, Some(content)) => one(name, from_val(content)),
        Val::Option(content) => content
            .as_ref()
            .map_or(Value::Null, |content| from_val(content)),
        Val::Result(Ok(content)) => one(
            "ok",
            content
                .as_ref()
                .map_or(Value::Null, |content| from_val(content)),
        ),
        Val::Result(Err(content)) => one(
            "err",
            content
                .as_ref()
                .map_or(Value::Null, |content| from_val(content)),
        ),
        Val::Flags(names) => names.iter().cloned().map(Value::from).collect(),
        Val::Map(entries) => entries
            .iter()
            .map(|(key, value)| Value::from(vec![from_val(key), from_val(value)]))
            .collect(),
        Val::Resource(_) | Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => Value::Null,
    }
}

fn one(name: &str, content: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_string(), content)]))
}
