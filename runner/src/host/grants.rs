//! What an operator allowed a plugin for one step or account, and whether an address or a path is inside it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Grants of one instance. Empty means nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Grants {
    /// Hosts for HTTP: `api.example.org`, `*.example.org` (all below, not itself), an address; each with a port where
    /// only that port is meant.
    pub http: Vec<String>,
    /// The same for web sockets.
    pub websocket: Vec<String>,
    /// Folders to read, relative to the project.
    pub read: Vec<String>,
    /// Folders to write.
    pub write: Vec<String>,
    /// SMTP servers.
    pub mail: Vec<String>,
    /// The account's keys may sign.
    pub sign: bool,
    /// The line that would grant more, for messages: `staffetta.yaml: grants: feed: http: [HOST]`.
    pub place: String,
}

/// How a host name is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostGrant {
    /// Not at all.
    Denied,
    /// Only at public addresses.
    Public,
    /// Also at addresses that are not public: the operator named it.
    Named,
}

impl Grants {
    /// Whether `host` (a lower-case name or an address) may be spoken to by HTTP at that port.
    #[must_use]
    pub fn host(&self, host: &str, port: u16) -> HostGrant {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let address: Option<IpAddr> = host.parse().ok();
        let hit = |pattern: &String| {
            let (name, wanted) = split_port(pattern);
            if wanted.is_some_and(|wanted| wanted != port) {
                return false;
            }
            match name.strip_prefix("*.") {
                Some(parent) => {
                    address.is_none()
                        && host
                            .strip_suffix(parent)
                            .is_some_and(|below| below.len() > 1 && below.ends_with('.'))
                }
                None => name.eq_ignore_ascii_case(host),
            }
        };
        if !self.http.iter().any(hit) {
            HostGrant::Denied
        } else if address.is_some() || is_private_name(host) {
            HostGrant::Named
        } else {
            HostGrant::Public
        }
    }
}

/// `name:port`, `[v6]:port` or either without a port; the brackets go.
fn split_port(pattern: &str) -> (&str, Option<u16>) {
    if let Some((address, rest)) = pattern
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        return (
            address,
            rest.strip_prefix(':').and_then(|port| port.parse().ok()),
        );
    }
    match pattern.rsplit_once(':') {
        // More than one colon: an IPv6 address without brackets.
        Some((name, _)) if name.contains(':') => (pattern, None),
        Some((name, port)) => (name, port.parse().ok()),
        None => (pattern, None),
    }
}

/// Names that the public DNS never answers (RFC 6761, RFC 6762, RFC 8375, `.internal` reserved by ICANN in 2024), so
/// that nobody outside can point them anywhere: who grants one means a private address.
fn is_private_name(host: &str) -> bool {
    const ENDS: [&str; 6] = [
        ".localhost",
        ".local",
        ".internal",
        ".home.arpa",
        ".lan",
        ".test",
    ];
    host == "localhost" || !host.contains('.') || ENDS.iter().any(|end| host.ends_with(end))
}

/// True for addresses that anybody on the internet could mean: not loopback, private, link-local, shared, multicast,
/// documentation or reserved ones, and not such an address inside an IPv6 one.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(v6) => {
            let s = v6.segments();
            let embedded = v6.to_ipv4_mapped().or_else(|| {
                // NAT64 (RFC 6052) and 6to4 (RFC 3056) carry an IPv4 address.
                let [.., g, h] = s;
                match s {
                    [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(v4(g, h)),
                    [0x2002, g, h, ..] => Some(v4(g, h)),
                    _ => None,
                }
            });
            match embedded {
                Some(inner) => is_public(IpAddr::V4(inner)),
                None => {
                    (s[0] & 0xe000) == 0x2000 // global unicast, 2000::/3
                        && !(s[0] == 0x2001 && (s[1] < 0x200 || s[1] == 0xdb8))
                }
            }
        }
    }
}

fn v4(high: u16, low: u16) -> std::net::Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    std::net::Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn grants(http: &[&str]) -> Grants {
        Grants {
            http: http.iter().map(ToString::to_string).collect(),
            ..Grants::default()
        }
    }

    #[test]
    fn a_wildcard_reaches_below_and_nowhere_else() {
        let g = grants(&["*.example.org", "api.example.net"]);
        assert_eq!(g.host("a.example.org", 443), HostGrant::Public);
        assert_eq!(g.host("example.org", 443), HostGrant::Denied);
        assert_eq!(g.host("evilexample.org", 443), HostGrant::Denied);
        assert_eq!(g.host("api.example.net", 8443), HostGrant::Public);
        assert_eq!(g.host("127.0.0.1", 443), HostGrant::Denied);
    }

    #[test]
    fn a_port_grants_that_port() {
        let g = grants(&["localhost:2583", "[::1]:80"]);
        assert_eq!(g.host("localhost", 2583), HostGrant::Named);
        assert_eq!(g.host("localhost", 22), HostGrant::Denied);
        assert_eq!(g.host("[::1]", 80), HostGrant::Named);
        assert_eq!(g.host("[::1]", 81), HostGrant::Denied);
    }

    #[test]
    fn what_is_not_public_must_be_named() {
        assert_eq!(
            grants(&["nas.home.arpa"]).host("nas.home.arpa", 80),
            HostGrant::Named
        );
        assert_eq!(
            grants(&["nas.example"]).host("nas.example", 80),
            HostGrant::Public
        );
        assert_eq!(
            grants(&["127.0.0.1"]).host("127.0.0.1", 80),
            HostGrant::Named
        );
        assert_eq!(grants(&["[::1]"]).host("[::1]", 80), HostGrant::Named);
    }

    #[test]
    fn addresses() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
