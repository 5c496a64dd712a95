//! Accounts: the network's plugin, the plugin that publishes, their settings and secrets.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::config::{self, Place};
use super::grants::Config;
use super::{Checker, Grants, Known, PlannedAccount, Plugins};
use crate::diagnostic::{Diagnostic, Span, code, did_you_mean, join_names, one_of, sort_and_dedup};
use crate::pipeline::Template;
use crate::plugin::manifest::{Interface, Layout, SecretSlot};
use crate::project::{Account, Client, Project};
use crate::yaml::readers::Spanned;

/// Checks all accounts of a project, whether or not a pipeline uses them.
#[must_use]
pub fn check_accounts(project: &Project, plugins: &dyn Plugins) -> Vec<Diagnostic> {
    let mut checker = Checker::new(project, plugins);
    for account in project.accounts.values() {
        checker.account(account);
    }
    let mut problems = checker.problems;
    sort_and_dedup(&mut problems);
    problems
}

impl Checker<'_> {
    /// The account that a step names, of the step's client and able to publish.
    pub(super) fn publish_account(
        &mut self,
        name: &Spanned<String>,
        client: Option<&Client>,
    ) -> Option<PlannedAccount> {
        let Some(account) = self.project.accounts.get(&name.value) else {
            let names = || {
                self.project
                    .accounts
                    .values()
                    .filter(|account| {
                        client.is_none_or(|client| account.client.value == client.name)
                    })
                    .map(|account| account.name.as_str())
            };
            let expected = if names().next().is_none() {
                "an account of the project file, which has none for this client".into()
            } else {
                one_of(names())
            };
            self.problems.push(
                Diagnostic::error(
                    code::UNKNOWN_ACCOUNT,
                    format!("there is no account `{}`", name.value),
                )
                .at(&name.span)
                .expected(expected)
                .maybe_help(did_you_mean(&name.value, names())),
            );
            return None;
        };
        if let Some(client) = client
            && account.client.value != client.name
        {
            self.problems.push(
                Diagnostic::error(
                    code::FOREIGN_ACCOUNT,
                    format!(
                        "the account `{}` belongs to `{}`, and this pipeline to `{}`",
                        name.value, account.client.value, client.name
                    ),
                )
                .at(&name.span)
                .related(&account.client.span, "the account's client")
                .help("make a pipeline of its own for that client: nothing of one client reaches another"),
            );
            return None;
        }
        let account = account.clone();
        let planned = self.account(&account)?;
        if planned.publisher_plugin.is_none() {
            self.cannot_publish(&account, &name.span);
            return None;
        }
        Some(planned)
    }

    /// Resolves an account once.
    pub(super) fn account(&mut self, account: &Account) -> Option<PlannedAccount> {
        if let Some(known) = self.accounts.get(&account.name) {
            return known.clone();
        }
        let planned = self.resolve_account(account);
        self.accounts.insert(account.name.clone(), planned.clone());
        planned
    }

    fn resolve_account(&mut self, account: &Account) -> Option<PlannedAccount> {
        let network = self.plugin(&account.network.value, &account.network.span);
        let via = match &account.via {
            Some(via) => Some((via, self.plugin(&via.value, &via.span)?)),
            None => None,
        };
        let network = network?;
        if !network.exports.contains(&Interface::Network) {
            self.not_a_network(account, network);
            return None;
        }
        // Settings of `via` stand in the same map; what only its schema knows is its own.
        let (for_network, for_via) = match &via {
            Some((_, plugin)) => split(account, &network, plugin),
            None => (account.settings.clone(), account.settings.clone()),
        };
        let before = self.problems.len();
        let (network_settings, network_grants) =
            self.settings(account, &account.network, network, &for_network);
        let (publisher, publisher_settings, publisher_grants) = match via {
            Some((name, plugin)) => {
                let (settings, grants) = self.settings(account, name, plugin, &for_via);
                (Some((name, plugin)), settings, grants)
            }
            None => (
                Some((&account.network, network)),
                network_settings.clone(),
                network_grants.clone(),
            ),
        };
        let publisher =
            publisher.filter(|(_, plugin)| plugin.exports.contains(&Interface::Publisher));
        self.secrets(account, network, publisher.map(|(_, plugin)| plugin));
        if let (Some(via), None) = (&account.via, &publisher) {
            self.problems.push(
                Diagnostic::error(
                    code::CANNOT_PUBLISH,
                    format!("the plugin `{}` can't publish", via.value),
                )
                .at(&via.span)
                .expected("a plugin that exports `publisher`")
                .maybe_help(self.by_hand().map(|name| format!("write `via: {name}`"))),
            );
        }
        (self.problems.len() == before || self.problems.iter().skip(before).all(|p| !p.is_error()))
            .then(|| PlannedAccount {
                account: account.name.clone(),
                network_plugin: account.network.value.clone(),
                network_settings,
                network_grants,
                publisher_plugin: publisher.map(|(name, _)| name.value.clone()),
                publisher_settings,
                publisher_grants,
            })
    }

    fn not_a_network(&mut self, account: &Account, plugin: Known<'_>) {
        let networks: Vec<&str> = self
            .plugins
            .names()
            .into_iter()
            .filter(|name| {
                self.plugins
                    .find(name)
                    .is_some_and(|p| p.exports.contains(&Interface::Network))
            })
            .collect();
        let offers = join_names(plugin.exports.iter().map(|interface| interface.name()));
        self.problems.push(
            Diagnostic::error(
                code::NOT_A_NETWORK,
                format!(
                    "the plugin `{}` is no network: it offers {offers}",
                    account.network.value
                ),
            )
            .at(&account.network.span)
            .expected(one_of(networks.iter().copied()))
            .maybe_help(did_you_mean(&account.network.value, networks)),
        );
    }

    fn cannot_publish(&mut self, account: &Account, named: &Span) {
        if account.via.is_some() {
            // Reported at `via`.
            return;
        }
        let help = self
            .by_hand()
            .map(|name| format!("let people post by hand: add `via: {name}` to the account"));
        self.problems.push(
            Diagnostic::error(
                code::CANNOT_PUBLISH,
                format!(
                    "`{}` can't publish yet, so the account `{}` can't either",
                    account.network.value, account.name
                ),
            )
            .at(named)
            .related(&account.network.span, "the account's network")
            .maybe_help(help),
        );
    }

    /// The plugin through which people post by hand: one that puts posts into folders.
    fn by_hand(&self) -> Option<&str> {
        self.plugins.names().into_iter().find(|name| {
            self.plugins.find(name).is_some_and(|plugin| {
                let folder = plugin
                    .manifest
                    .network
                    .as_ref()
                    .is_some_and(|n| n.layout == Layout::Folder);
                folder && plugin.exports.contains(&Interface::Publisher)
            })
        })
    }

    fn settings(
        &mut self,
        account: &Account,
        name: &Spanned<String>,
        plugin: Known<'_>,
        own: &Json,
    ) -> (Json, Grants) {
        let written = Template::Literal(own.clone());
        let schema = plugin
            .manifest
            .network
            .as_ref()
            .map(|network| &network.settings);
        let filled = schema.map_or_else(
            || written.clone(),
            |schema| config::with_defaults(schema, &written),
        );
        if let Some(schema) = schema {
            let place = Place {
                node: account.with.as_ref(),
                key: &account.span,
                what: &format!("`with` of the account `{}`", account.name),
            };
            config::validate(schema, &filled, &place, &mut self.problems);
        } else if let Some(with) = account
            .with
            .as_ref()
            .filter(|_| own.as_object().is_some_and(|map| !map.is_empty()))
        {
            self.problems.push(
                Diagnostic::error(
                    code::BAD_CONFIG,
                    format!("the plugin `{}` takes no settings", name.value),
                )
                .at(&with.span)
                .help("remove `with`"),
            );
        }
        let grants = self.grants(
            &name.value,
            plugin,
            &Config {
                written: &written,
                filled: &filled,
                node: account.with.as_ref(),
            },
            &name.span,
        );
        (filled.literal().cloned().unwrap_or_default(), grants)
    }

    fn secrets(&mut self, account: &Account, network: Known<'_>, publisher: Option<Known<'_>>) {
        let slots = |plugin: Option<Known<'_>>| -> BTreeMap<String, SecretSlot> {
            plugin
                .and_then(|plugin| plugin.manifest.network.as_ref())
                .map(|network| {
                    network
                        .secrets
                        .iter()
                        .map(|slot| (slot.name.clone(), slot.clone()))
                        .collect()
                })
                .unwrap_or_default()
        };
        let needed = slots(publisher);
        let mut known = slots(Some(network));
        known.extend(needed.clone());
        for (name, secret) in &account.secrets {
            if known.contains_key(name) {
                continue;
            }
            let names = || known.keys().map(String::as_str);
            let found = Diagnostic::error(
                code::BAD_CONFIG,
                format!("`{}` has no secret `{name}`", account.network.value),
            )
            .at(&secret.span);
            self.problems.push(if known.is_empty() {
                found.expected("no secrets").help("remove it")
            } else {
                found
                    .expected(one_of(names()))
                    .maybe_help(did_you_mean(name, names()))
            });
        }
        let missing: Vec<&SecretSlot> = needed
            .values()
            .filter(|slot| !account.secrets.contains_key(&slot.name))
            .collect();
        if missing.is_empty() {
            return;
        }
        let prefix = account.name.to_ascii_uppercase().replace('-', "_");
        let mut yaml = String::from("secrets:");
        for slot in &missing {
            let variable = slot.name.to_ascii_uppercase().replace(['-', '.'], "_");
            yaml.push_str(&format!(
                "\n  {}: {{ env: {prefix}_{variable} }}",
                slot.name
            ));
        }
        let names = join_names(missing.iter().map(|slot| slot.name.as_str()));
        let mut found = Diagnostic::error(
            code::SECRET_MISSING,
            format!("the account `{}` lacks the secret {names}", account.name),
        )
        .at(&account.span)
        .help(format!("say where it is:\n{yaml}"));
        for slot in missing {
            found = found.note(format!("`{}`: {}", slot.name, slot.description));
        }
        self.problems.push(found);
    }
}

/// Parts an account's settings into those of the network and those of the plugin that publishes in its place.
fn split(account: &Account, network: &Known<'_>, via: &Known<'_>) -> (Json, Json) {
    let knows = |plugin: &Known<'_>, key: &str| {
        plugin
            .manifest
            .network
            .as_ref()
            .and_then(|network| network.settings.get("properties"))
            .is_some_and(|properties| properties.get(key).is_some())
    };
    let (mut of_network, mut of_via) = (Map::new(), Map::new());
    for (key, value) in account.settings.as_object().into_iter().flatten() {
        if knows(via, key) {
            of_via.insert(key.clone(), value.clone());
        }
        if knows(network, key) || !knows(via, key) {
            of_network.insert(key.clone(), value.clone());
        }
    }
    (Json::Object(of_network), Json::Object(of_via))
}
