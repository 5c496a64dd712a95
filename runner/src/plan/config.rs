//! Configuration against a plugin's JSON Schema: defaults are filled in, and what does not fit is shown at the value in
//! the file. Values that only a run will know are left out of the check here and are checked when they are known.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value as Json};

use crate::diagnostic::{Diagnostic, Span, code, did_you_mean, one_of};
use crate::pipeline::Template;
use crate::yaml::Node;

/// How deep defaults are followed: schemas may refer to themselves.
const MAX_DEPTH: usize = 16;

/// Where a configuration is written.
pub(super) struct Place<'a> {
    /// The map, if there is one.
    pub(super) node: Option<&'a Node>,
    /// What to point at otherwise.
    pub(super) key: &'a Span,
    /// For messages: `` `with` of `feed/fetch` ``.
    pub(super) what: &'a str,
}

/// The configuration with the schema's defaults.
pub(super) fn with_defaults(schema: &Json, config: &Template) -> Template {
    fill(schema, schema, config.clone(), 0)
}

fn fill(root: &Json, schema: &Json, config: Template, depth: usize) -> Template {
    if depth > MAX_DEPTH {
        return config;
    }
    if let Some(target) = schema.get("$ref").and_then(Json::as_str) {
        let target = target
            .strip_prefix('#')
            .and_then(|pointer| root.pointer(pointer));
        return match target {
            Some(target) => fill(root, target, config, depth + 1),
            None => config,
        };
    }
    match config {
        Template::Literal(Json::Object(map)) => {
            let mut entries: Vec<(String, Template)> = map
                .into_iter()
                .map(|(key, value)| (key, Template::Literal(value)))
                .collect();
            fill_map(root, schema, &mut entries, depth);
            Template::Literal(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.written()))
                    .collect(),
            )
        }
        Template::Map(mut entries) => {
            fill_map(root, schema, &mut entries, depth);
            Template::Map(entries)
        }
        Template::Literal(Json::Array(items)) if schema.get("items").is_some() => {
            Template::Literal(Json::Array(
                items
                    .into_iter()
                    .map(|item| {
                        fill(root, &schema["items"], Template::Literal(item), depth + 1).written()
                    })
                    .collect(),
            ))
        }
        Template::List(items) if schema.get("items").is_some() => Template::List(
            items
                .into_iter()
                .map(|item| fill(root, &schema["items"], item, depth + 1))
                .collect(),
        ),
        other => other,
    }
}

fn fill_map(root: &Json, schema: &Json, entries: &mut Vec<(String, Template)>, depth: usize) {
    let Some(properties) = schema.get("properties").and_then(Json::as_object) else {
        return;
    };
    for (name, property) in properties {
        match entries.iter_mut().find(|(key, _)| key == name) {
            Some((_, value)) => {
                let filled = fill(root, property, value.clone(), depth + 1);
                *value = filled;
            }
            None => {
                if let Some(default) = property.get("default") {
                    let default = Template::Literal(default.clone());
                    entries.push((name.clone(), fill(root, property, default, depth + 1)));
                }
            }
        }
    }
}

/// Checks a configuration.
pub(super) fn validate(
    schema: &Json,
    config: &Template,
    place: &Place<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    let validator =
        match jsonschema::options()
            .should_validate_formats(true)
            .build(schema)
        {
            Ok(validator) => validator,
            Err(error) => {
                problems.push(
                Diagnostic::error(
                    code::PLUGIN_SCHEMA,
                    format!("the plugin's own schema for {} is wrong: {error}", place.what),
                )
                .at(place.key)
                .help("this is a defect of the plugin: tell its author, or mend its `plugin.yaml`"),
            );
                return;
            }
        };
    let mut open = Open::default();
    let instance = open.instance(config, String::new());
    for error in validator.iter_errors(&instance) {
        if !open.excuses(&error) {
            explain(schema, &error, place, problems);
        }
    }
}

/// The places of values that only the run knows.
#[derive(Default)]
struct Open {
    /// Of any type.
    values: Vec<String>,
    /// Surely text.
    texts: Vec<String>,
}

impl Open {
    /// The configuration as JSON, with stand-ins for what is not known.
    fn instance(&mut self, config: &Template, at: String) -> Json {
        match config {
            Template::Literal(value) => value.clone(),
            Template::Expr(_) => {
                self.values.push(at);
                Json::Null
            }
            Template::Text(_) => {
                self.texts.push(at);
                Json::String("text".into())
            }
            Template::List(items) => Json::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.instance(item, format!("{at}/{index}")))
                    .collect(),
            ),
            Template::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    let part = key.replace('~', "~0").replace('/', "~1");
                    map.insert(key.clone(), self.instance(value, format!("{at}/{part}")));
                }
                Json::Object(map)
            }
        }
    }

    /// True when the error may come from a stand-in.
    fn excuses(&self, error: &ValidationError<'_>) -> bool {
        let at = error.instance_path().as_str();
        let below =
            |outer: &str, inner: &str| inner == outer || inner.starts_with(&format!("{outer}/"));
        if self.values.iter().any(|open| below(open, at)) {
            return true;
        }
        if self.texts.iter().any(|open| open == at) {
            return !matches!(error.kind(), ValidationErrorKind::Type { .. });
        }
        // Keywords that look at a value as a whole fail for what is inside it.
        let whole = matches!(
            error.kind(),
            ValidationErrorKind::AnyOf { .. }
                | ValidationErrorKind::OneOfNotValid { .. }
                | ValidationErrorKind::OneOfMultipleValid { .. }
                | ValidationErrorKind::Not { .. }
                | ValidationErrorKind::Enum { .. }
                | ValidationErrorKind::Constant { .. }
                | ValidationErrorKind::Contains
                | ValidationErrorKind::UniqueItems
        );
        whole
            && self
                .values
                .iter()
                .chain(&self.texts)
                .any(|open| below(at, open))
    }
}

fn explain(
    schema: &Json,
    error: &ValidationError<'_>,
    place: &Place<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    let at = error.instance_path().as_str();
    let node = place.node.map(|node| node.nearest(at));
    // What is missing or unknown in the outermost map is shown at its key, not over all its lines.
    let span = match node {
        Some(node) if at.is_empty() => first_line(&node.span),
        Some(node) => node.span.clone(),
        None => place.key.clone(),
    };
    let name = if at.is_empty() {
        place.what.to_owned()
    } else {
        format!("`{}` in {}", dotted(at), place.what)
    };
    // The schema that holds the failing keyword.
    let holder = error
        .schema_path()
        .as_str()
        .rsplit_once('/')
        .map_or("", |(holder, _)| holder);
    let holder = schema.pointer(holder).unwrap_or(schema);
    let description = holder.get("description").and_then(Json::as_str);
    let found = |message: String| Diagnostic::error(code::BAD_CONFIG, message);
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known: Vec<&str> = holder
                .get("properties")
                .and_then(Json::as_object)
                .map(|all| all.keys().map(String::as_str).collect())
                .unwrap_or_default();
            for key in unexpected {
                let entry = node.and_then(|node| node.entry(key));
                let span = entry.map_or(&span, |entry| &entry.key.span);
                let found = found(format!("unknown key `{key}` in {}", place.what)).at(span);
                problems.push(if known.is_empty() {
                    found
                        .expected("no keys: it has nothing to set")
                        .help("remove it")
                } else {
                    found
                        .expected(one_of(known.iter().copied()))
                        .maybe_help(did_you_mean(key, known.iter().copied()))
                });
            }
            return;
        }
        // What `additionalProperties: false` says where a schema has no properties at all.
        ValidationErrorKind::FalseSchema => {
            problems.push(
                found(format!("{name} takes no keys"))
                    .at(&span)
                    .help("remove what stands here: there is nothing to set"),
            );
            return;
        }
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            let about = holder
                .pointer(&format!("/properties/{key}/description"))
                .and_then(Json::as_str);
            let mut missing = found(format!("{name} lacks `{key}`")).at(&span);
            if let Some(about) = about {
                missing = missing.expected(format!("`{key}`: {about}"));
            }
            problems.push(missing.help(if place.node.is_none() {
                format!("add it:\nwith:\n  {key}: …")
            } else {
                format!("add `{key}: …`")
            }));
            return;
        }
        _ => {}
    }
    let mut problem = match error.kind() {
        ValidationErrorKind::Type { .. } => {
            let types = match holder.get("type") {
                Some(Json::Array(types)) => types
                    .iter()
                    .filter_map(Json::as_str)
                    .collect::<Vec<_>>()
                    .join(" or "),
                Some(Json::String(kind)) => kind.clone(),
                _ => String::new(),
            };
            let quoted = types.contains("string")
                && !matches!(error.instance().as_ref(), Json::Object(_) | Json::Array(_));
            let text = node
                .map(|node| node.span.text().to_owned())
                .filter(|_| quoted);
            found(format!("{name} can't be {}", kind(error.instance())))
                .expected(types)
                .maybe_help(text.map(|text| format!("put it into quotes: \"{text}\"")))
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<String> = options
                .as_array()
                .map(|all| {
                    all.iter()
                        .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
                        .collect()
                })
                .unwrap_or_default();
            let text = error.instance().as_str().unwrap_or_default();
            found(format!("{name} can't be `{}`", shown(error.instance())))
                .expected(one_of(options.iter().map(String::as_str)))
                .maybe_help(did_you_mean(text, options.iter().map(String::as_str)))
        }
        ValidationErrorKind::Pattern { pattern } => {
            found(format!("{name} can't be `{}`", shown(error.instance())))
                .expected(format!("text of the form `{pattern}`"))
        }
        ValidationErrorKind::Format { format } => found(format!(
            "`{}` for {name} is no {format}",
            shown(error.instance())
        )),
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            found(format!("{name} has none of the forms that it can have"))
        }
        _ => found(format!("{name} does not fit: {error}")),
    };
    if let Some(description) = description {
        problem = problem.note(format!("the plugin says: {description}"));
    }
    problems.push(problem.at(&span));
}

fn first_line(span: &Span) -> Span {
    let start = span.start as usize;
    Span::new(
        &span.source,
        start,
        start + span.text().lines().next().unwrap_or_default().len(),
    )
}

fn dotted(pointer: &str) -> String {
    pointer
        .split('/')
        .skip(1)
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect::<Vec<_>>()
        .join(".")
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "nothing",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "keys with values",
    }
}

fn shown(value: &Json) -> String {
    const MOST: usize = 60;
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}
