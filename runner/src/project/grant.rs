//! What the operator allowed each plugin, and how requests are compared with it. Comparing changes nothing: what is in
//! force is decided by the plan.

use crate::diagnostic::{Diagnostic, Span, code};
use crate::yaml::readers::{self, Spanned};
use crate::yaml::table::Fields;
use crate::yaml::{Entry, Node};

use super::keys::{FILES, GRANT};

/// One plugin's grant. A list that is absent grants nothing.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The plugin's name as key.
    pub span: Span,
    /// `sha256:` and 64 hex digits.
    pub digest: Option<Spanned<String>>,
    /// Hosts.
    pub http: Vec<Spanned<String>>,
    /// Hosts of web sockets.
    pub websocket: Vec<Spanned<String>>,
    /// SMTP servers.
    pub mail: Vec<Spanned<String>>,
    /// Folders to read.
    pub read: Vec<Spanned<String>>,
    /// Folders to write.
    pub write: Vec<Spanned<String>>,
    /// Signing.
    pub sign: bool,
}

pub(super) fn grant(entry: &Entry, problems: &mut Vec<Diagnostic>) -> Option<Grant> {
    let fields = Fields::open(&entry.value, &GRANT, &entry.key.span, problems)?;
    let digest = fields
        .get("digest")
        .and_then(|node| readers::text(node, "`digest`", problems))
        .filter(|text| digest_fits(text, problems));
    let mut hosts = |key: &str| -> Vec<Spanned<String>> {
        let Some(node) = fields.get(key) else {
            return Vec::new();
        };
        let mut found = list(node, key, problems);
        found.retain(|host| host_fits(host, problems));
        found
    };
    let (http, websocket, mail) = (hosts("http"), hosts("websocket"), hosts("mail"));
    let (mut read_paths, mut write_paths) = (Vec::new(), Vec::new());
    if let Some(entry) = fields.entry("files")
        && let Some(files) = Fields::open(&entry.value, &FILES, &entry.key.span, problems)
    {
        for (key, paths) in [("read", &mut read_paths), ("write", &mut write_paths)] {
            if let Some(node) = files.get(key) {
                *paths = list(node, key, problems);
                paths.retain(|path| path_fits(path, problems));
            }
        }
    }
    let sign = fields
        .get("sign")
        .and_then(|node| readers::boolean(node, "`sign`", problems))
        .unwrap_or(false);
    Some(Grant {
        span: entry.key.span.clone(),
        digest,
        http,
        websocket,
        mail,
        read: read_paths,
        write: write_paths,
        sign,
    })
}

/// Like [`readers::texts`], but an empty list is a decision, too.
fn list(node: &Node, key: &str, problems: &mut Vec<Diagnostic>) -> Vec<Spanned<String>> {
    if node.as_seq().is_some_and(<[Node]>::is_empty) {
        return Vec::new();
    }
    readers::texts(node, &format!("`{key}`"), problems)
}

fn digest_fits(text: &Spanned<String>, problems: &mut Vec<Diagnostic>) -> bool {
    let hex = text.value.strip_prefix("sha256:");
    let fits = hex.is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    });
    if !fits {
        problems.push(
            Diagnostic::error(code::BAD_DIGEST, "this is no digest")
                .at(&text.span)
                .expected("`sha256:` and 64 lower-case hex digits")
                .help("run `staffetta check`: it prints the grant to paste"),
        );
    }
    fits
}

fn host_fits(host: &Spanned<String>, problems: &mut Vec<Diagnostic>) -> bool {
    if is_host(&host.value) {
        return true;
    }
    let text = &host.value;
    let inner = text
        .split_once("://")
        .map_or(text.as_str(), |(_, rest)| rest);
    let inner = inner
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let help = if text.contains('*') {
        "name the hosts; `*` stands only at the beginning and for what is below a name: `*.example.org`".into()
    } else if is_host(&inner) {
        format!("write only the host: `{inner}`")
    } else {
        "write a host name in lower case, such as `api.example.org` (an international name in its `xn--` form)".into()
    };
    problems.push(
        Diagnostic::error(
            code::BAD_HOST,
            format!("`{text}` can't be granted as a host"),
        )
        .at(&host.span)
        .help(help),
    );
    false
}

fn path_fits(path: &Spanned<String>, problems: &mut Vec<Diagnostic>) -> bool {
    if is_inside(&path.value) {
        return true;
    }
    problems.push(
        Diagnostic::error(
            code::BAD_PATH,
            format!("`{}` is not inside the project", path.value),
        )
        .at(&path.span)
        .expected("a path relative to the project, without `..`, parted by `/`"),
    );
    false
}

/// True for what a grant can name: a host name in lower case, perhaps with a port, perhaps with `*.` before it; or an
/// address (IPv6 in brackets). `*` alone is none.
#[must_use]
pub fn is_host(text: &str) -> bool {
    let name = match text.rsplit_once(':') {
        Some((name, port)) if !text.ends_with(']') => {
            if port.parse::<u16>().is_err() {
                return false;
            }
            name
        }
        _ => text,
    };
    if let Some(address) = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let name = name.strip_prefix("*.").unwrap_or(name);
    name.len() <= 253
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| {
                    byte.is_ascii_lowercase()
                        || byte.is_ascii_digit()
                        || matches!(byte, b'-' | b'_')
                })
        })
}

/// True when everything that `asked` names is within `granted`: the same host, or one below `*.…`. A pattern without
/// a port grants every port.
#[must_use]
pub fn covers_host(granted: &str, asked: &str) -> bool {
    let parts = |text: &str| -> (String, Option<u16>) {
        match text.rsplit_once(':') {
            Some((name, port)) if !text.ends_with(']') => (name.to_owned(), port.parse().ok()),
            _ => (text.to_owned(), None),
        }
    };
    let ((granted, granted_port), (asked, asked_port)) = (parts(granted), parts(asked));
    let port_fits = granted_port.is_none() || granted_port == asked_port;
    let host_fits = match granted.strip_prefix('*') {
        Some(below) => asked
            .strip_suffix(below)
            .is_some_and(|front| !front.is_empty()),
        None => granted == asked,
    };
    port_fits && host_fits
}

/// True when the path is relative, stays inside and uses `/`.
#[must_use]
pub fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0', ':'])
        && !path.starts_with(['/', '~'])
        && path.split('/').all(|part| part != "..")
}

/// True when `asked` is `granted` or lies below it.
#[must_use]
pub fn covers_path(granted: &str, asked: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        path.split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .map(str::to_owned)
            .collect()
    };
    parts(asked).starts_with(&parts(granted))
}
