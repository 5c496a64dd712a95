//! The two gates: a plugin asks in its manifest, the operator allows in the project's file. What is in force is what
//! both name. What the operator wrote into a configuration that the manifest points to is allowed by that.

mod report;

use self::report::quote;
use super::{Checker, Grants, Known};
use crate::diagnostic::{Diagnostic, Span, code};
use crate::pipeline::Template;
use crate::plugin::catalog::Origin;
use crate::plugin::manifest::{Capability, Request};
use crate::project::{Grant, covers_host, covers_path, is_host, is_inside};
use crate::yaml::Node;
use crate::yaml::readers::Spanned;

/// What stands in the YAML to paste for what only the operator can know.
const SOME_HOST: &str = "host.example";
const SOME_FOLDER: &str = "some-folder";

/// The configuration that `from-config` points into.
pub(super) struct Config<'a> {
    /// As the operator wrote it.
    pub(super) written: &'a Template,
    /// With the plugin's defaults.
    pub(super) filled: &'a Template,
    /// For the places of values.
    pub(super) node: Option<&'a Node>,
}

/// One of a grant's lists.
type ListOf = fn(&Grant) -> &Vec<Spanned<String>>;

/// What one capability's lists come to.
#[derive(Default)]
struct Resolved {
    allowed: Vec<String>,
    /// Asked for and not allowed.
    missing: Vec<String>,
    /// An expression will name more, and nothing at all is allowed.
    unknown: bool,
}

impl Checker<'_> {
    /// What a plugin may do with this configuration. `place` is where the plugin was named.
    pub(super) fn grants(
        &mut self,
        name: &str,
        plugin: Known<'_>,
        config: &Config<'_>,
        place: &Span,
    ) -> Grants {
        let grant = self.project.grants.get(name);
        let trusted = plugin.origin == Origin::BuiltIn;
        if let Some(pinned) = grant.and_then(|grant| grant.digest.as_ref())
            && pinned.value != plugin.digest
        {
            self.digest_changed(name, plugin, pinned);
            return Grants::default();
        }
        let mut grants = Grants::default();
        // What the plugin lacks, as `(capability, YAML to add)`.
        let mut lacks: Vec<(Capability, String)> = Vec::new();
        for (&capability, request) in plugin
            .manifest
            .capabilities
            .iter()
            .filter(|(c, _)| c.needs_grant())
        {
            match capability {
                Capability::Sign => {
                    grants.sign = trusted || grant.is_some_and(|grant| grant.sign);
                    if !grants.sign {
                        lacks.push((capability, "sign: true".into()));
                    }
                }
                Capability::Files => {
                    let own = |of: ListOf| grant.map(of).map(Vec::as_slice).unwrap_or_default();
                    let read = self.paths(
                        &request.read,
                        &request.from_config,
                        own(|g| &g.read),
                        trusted,
                        config,
                    );
                    let write = self.paths(
                        &request.write,
                        &request.write_from_config,
                        own(|g| &g.write),
                        trusted,
                        config,
                    );
                    for (key, resolved) in [("read", &read), ("write", &write)] {
                        if let Some(yaml) = resolved.lack(SOME_FOLDER) {
                            lacks.push((capability, format!("{key}: {yaml}")));
                        }
                    }
                    (grants.read, grants.write) = (read.allowed, write.allowed);
                }
                _ => {
                    let (own, list): (ListOf, &mut Vec<String>) = match capability {
                        Capability::Http => (|g| &g.http, &mut grants.http_hosts),
                        Capability::Websocket => (|g| &g.websocket, &mut grants.websocket_hosts),
                        _ => (|g| &g.mail, &mut grants.mail_hosts),
                    };
                    let own = grant.map(own).map(Vec::as_slice).unwrap_or_default();
                    let resolved = self.hosts(request, own, trusted, config);
                    if let Some(yaml) = resolved.lack(SOME_HOST) {
                        lacks.push((capability, format!("{}: {yaml}", capability.name())));
                    }
                    *list = resolved.allowed;
                }
            }
        }
        let asks = plugin
            .manifest
            .capabilities
            .keys()
            .any(|capability| capability.needs_grant());
        let unpinned = !trusted && asks && grant.is_none_or(|grant| grant.digest.is_none());
        if (!lacks.is_empty() || unpinned) && self.refused.insert(name.to_owned()) {
            self.not_granted(name, plugin, grant, &lacks, place);
        }
        grants
    }

    fn hosts(
        &mut self,
        request: &Request,
        own: &[Spanned<String>],
        trusted: bool,
        config: &Config<'_>,
    ) -> Resolved {
        let mut resolved = Resolved::both(&request.hosts, own, trusted, covers_host);
        for pointer in &request.from_config {
            for (text, span) in named(
                pointer,
                config,
                trusted,
                own.is_empty(),
                &mut resolved.unknown,
            ) {
                match host_of(&text) {
                    Some(host) => resolved.allow(host),
                    None => self.problems.extend(span.map(|span| {
                        Diagnostic::error(code::BAD_HOST, format!("`{text}` names no host"))
                            .at(&span)
                            .expected("a URL such as `https://example.org/feed.xml`, or a host")
                    })),
                }
            }
        }
        resolved.extra(own, config, &request.from_config);
        resolved
    }

    fn paths(
        &mut self,
        asked: &[String],
        pointers: &[String],
        own: &[Spanned<String>],
        trusted: bool,
        config: &Config<'_>,
    ) -> Resolved {
        let mut resolved = Resolved::both(asked, own, trusted, covers_path);
        for pointer in pointers {
            for (text, span) in named(
                pointer,
                config,
                trusted,
                own.is_empty(),
                &mut resolved.unknown,
            ) {
                let fixed: Vec<&str> = text
                    .split('/')
                    .take_while(|part| !part.contains(['*', '?', '[', '{']))
                    .collect();
                let folder = if fixed.is_empty() {
                    ".".to_owned()
                } else {
                    fixed.join("/")
                };
                if is_inside(&text) {
                    resolved.allow(folder);
                } else {
                    self.problems.extend(span.map(|span| {
                        Diagnostic::error(
                            code::BAD_PATH,
                            format!("`{text}` is not inside the project"),
                        )
                        .at(&span)
                        .expected("a path relative to the project, without `..`, parted by `/`")
                    }));
                }
            }
        }
        resolved.extra(own, config, pointers);
        resolved
    }
}

impl Resolved {
    /// What both sides name: the narrower of each pair.
    fn both(
        asked: &[String],
        own: &[Spanned<String>],
        trusted: bool,
        covers: fn(&str, &str) -> bool,
    ) -> Self {
        let mut resolved = Self::default();
        for asked in asked {
            if trusted || own.iter().any(|own| covers(&own.value, asked)) {
                resolved.allow(asked.clone());
                continue;
            }
            let narrower: Vec<&Spanned<String>> =
                own.iter().filter(|own| covers(asked, &own.value)).collect();
            if narrower.is_empty() {
                resolved.missing.push(asked.clone());
            }
            for own in narrower {
                resolved.allow(own.value.clone());
            }
        }
        resolved
    }

    fn allow(&mut self, text: String) {
        if !self.allowed.contains(&text) {
            self.allowed.push(text);
        }
    }

    /// Where an expression names the host or the folder, what the operator granted stands in for what can't be known.
    fn extra(&mut self, own: &[Spanned<String>], config: &Config<'_>, pointers: &[String]) {
        let open = |pointer: &String| {
            config
                .written
                .pointer(pointer)
                .is_some_and(|value| !value.is_literal())
        };
        if pointers.iter().any(open) {
            for own in own {
                self.allow(own.value.clone());
            }
        }
    }

    /// The YAML list that would allow what is missing.
    fn lack(&self, example: &str) -> Option<String> {
        if !self.missing.is_empty() {
            let quoted: Vec<String> = self.missing.iter().map(|text| quote(text)).collect();
            return Some(format!("[{}]", quoted.join(", ")));
        }
        self.unknown.then(|| format!("[{example}]"))
    }
}

/// The texts that a pointer of `from-config` names, with their places where the operator wrote them. Defaults count for
/// plugins that come with Staffetta only: another plugin's default is the plugin's word, not the operator's.
fn named(
    pointer: &str,
    config: &Config<'_>,
    trusted: bool,
    nothing_granted: bool,
    unknown: &mut bool,
) -> Vec<(String, Option<Span>)> {
    let written = config.written.pointer(pointer);
    let place = |inner: &str| {
        config
            .node
            .and_then(|node| node.pointer(&format!("{pointer}{inner}")))
            .map(|node| node.span.clone())
    };
    match written.or_else(|| trusted.then(|| config.filled.pointer(pointer)).flatten()) {
        None => Vec::new(),
        Some(Template::Literal(serde_json::Value::Array(items))) => items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                Some((item.as_str()?.to_owned(), place(&format!("/{index}"))))
            })
            .collect(),
        Some(Template::Literal(value)) => value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(|text| (text.to_owned(), place("")))
            .into_iter()
            .collect(),
        Some(_) => {
            *unknown |= nothing_granted;
            Vec::new()
        }
    }
}

/// The host of a URL or of `host:port`, with the port where another than the scheme's own is written. URLs are read
/// by the library that the HTTP client uses, so that both see the same host.
fn host_of(text: &str) -> Option<String> {
    let host = if text.contains("://") {
        let url = url::Url::parse(text).ok()?;
        let host = url.host_str()?.to_ascii_lowercase();
        url.port()
            .map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
    } else {
        text.split('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    (is_host(&host) && !host.contains('*')).then_some(host)
}
