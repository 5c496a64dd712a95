//! A plan as JSON, and its digest: what an approval is bound to and what tells two plans apart. Places in files are not
//! part of it, so that a comment changes nothing.

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::{Grants, Plan, PlannedAccount, PlannedStep, StepKind};
use crate::hex::hex;
use crate::plugin::manifest::Per;

impl Plan {
    /// The plan for people and scripts. Expressions are as written; secrets are no part of a plan.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({
            "name": self.name,
            "client": self.client,
            "plugins": self.plugins,
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
        })
    }

    /// `sha256:` and 64 hex digits over the plan's canonical JSON (keys sorted, no blanks). Two plans of one digest do the
    /// same: names, configuration, grants, order and the very plugins are all in it.
    #[must_use]
    pub fn digest(&self) -> String {
        let canonical = sorted(self.to_json()).to_string();
        let digest = Sha256::digest(canonical.as_bytes());
        format!("sha256:{}", hex(&digest))
    }

    /// An account that some step works for.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<&PlannedAccount> {
        self.accounts.get(name)
    }
}

fn step(step: &PlannedStep) -> Json {
    json!({
        "id": step.id,
        "inputs": step.inputs,
        "does": kind(&step.kind),
        "with": step.template.written(),
        "if": step.condition.as_ref().map(crate::pipeline::Expr::text),
        "timeout-ms": step.timeout.map(|timeout| timeout.as_millis() as u64),
        "retry": { "times": step.retry.times, "wait-ms": step.retry.wait.as_millis() as u64 },
        "continue-on-error": step.continue_on_error,
        "grants": grants(&step.grants),
    })
}

fn kind(kind: &StepKind) -> Json {
    match kind {
        StepKind::Source { plugin, operation } => {
            json!({"source": format!("{plugin}/{operation}")})
        }
        StepKind::Rule {
            plugin,
            operation,
            per,
            accounts,
        } => json!({
            "rule": format!("{plugin}/{operation}"),
            "per": match per { Per::Post => "post", Per::Account => "account" },
            "accounts": accounts,
        }),
        StepKind::Metric { plugin, operation } => {
            json!({"metric": format!("{plugin}/{operation}")})
        }
        StepKind::Account {
            plugin,
            operation,
            interface,
            accounts,
        } => json!({interface.name(): format!("{plugin}/{operation}"), "accounts": accounts}),
        StepKind::Publish { accounts, approval } => json!({
            "publish": accounts.iter().map(account).collect::<Vec<_>>(),
            "approval": approval,
        }),
    }
}

fn account(account: &PlannedAccount) -> Json {
    json!({
        "account": account.account,
        "network": account.network_plugin,
        "settings": account.network_settings,
        "grants": grants(&account.network_grants),
        "publisher": account.publisher_plugin,
        "publisher-settings": account.publisher_settings,
        "publisher-grants": grants(&account.publisher_grants),
    })
}

fn grants(grants: &Grants) -> Json {
    let mut map = Map::new();
    let lists = [
        ("http", &grants.http_hosts),
        ("websocket", &grants.websocket_hosts),
        ("mail", &grants.mail_hosts),
        ("read", &grants.read),
        ("write", &grants.write),
    ];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        map.insert(name.into(), json!(list));
    }
    if grants.sign {
        map.insert("sign".into(), json!(true));
    }
    Json::Object(map)
}

fn sorted(value: Json) -> Json {
    match value {
        Json::Object(map) => {
            let mut entries: Vec<(String, Json)> = map
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(entries.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
