use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use super::*;
use crate::diagnostic::{Colour, Source, render_all};
use crate::pipeline::Context;
use crate::plugin::catalog::Origin;
use crate::plugin::manifest::{Interface, Manifest, Per};

struct Shelf(BTreeMap<String, (String, Manifest, BTreeSet<Interface>, Origin)>);

impl Plugins for Shelf {
    fn find(&self, name: &str) -> Option<Known<'_>> {
        self.0
            .get(name)
            .map(|(digest, manifest, exports, origin)| Known {
                digest,
                manifest,
                exports,
                origin: *origin,
            })
    }

    fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

fn shelf() -> Shelf {
    use Interface::{Insights, Metric, Network, Publisher, Rule, Source};
    let mut all = BTreeMap::new();
    let mut add = |name: &str, exports: &[Interface], origin: Origin, rest: serde_json::Value| {
        let mut manifest =
            json!({"name": name, "version": "1.0.0", "description": "d", "license": "MIT"});
        manifest
            .as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        let manifest = serde_json::from_value(manifest).unwrap();
        let digest = format!("sha256:{}", format!("{:x}", name.len() % 16).repeat(64));
        all.insert(
            name.to_owned(),
            (digest, manifest, exports.iter().copied().collect(), origin),
        );
    };
    let operation = |interface: &str, config: serde_json::Value| json!({"interface": interface, "description": "d", "config": config});
    let url = json!({"type": "object", "additionalProperties": false, "required": ["url"], "properties": {
        "url": {"type": "string", "format": "uri"}, "limit": {"type": "integer", "default": 100}}});
    add(
        "feed",
        &[Source],
        Origin::BuiltIn,
        json!({
        "operations": {"fetch": operation("source", url)},
        "capabilities": {"http": {"why": "w", "from-config": ["/url"]}}}),
    );
    let cut = json!({"type": "object", "properties": {"most": {"type": "integer", "minimum": 10},
        "how": {"type": "object", "default": {}, "properties": {"end": {"default": "…"}}}}});
    let mut fit = operation("rule", cut);
    fit["per"] = json!("account");
    add(
        "shorten",
        &[Rule],
        Origin::BuiltIn,
        json!({"operations": {"fit": fit}}),
    );
    add(
        "engagement",
        &[Metric],
        Origin::BuiltIn,
        json!({"operations": {"compute": operation("metric", json!({}))}}),
    );
    add(
        "bluesky",
        &[Network, Publisher, Insights],
        Origin::BuiltIn,
        json!({
        "operations": {"insights": operation("insights", json!({}))},
        "capabilities": {"http": {"why": "w", "hosts": ["*.bsky.network"], "from-config": ["/service"]}},
        "network": {"name": "B", "colour": "#fff", "layout": "microblog", "settings": {"type": "object",
            "additionalProperties": false, "properties": {"service": {"type": "string", "default": "https://bsky.social"}}},
            "secrets": [{"name": "app-password", "description": "d"}]}}),
    );
    add(
        "x",
        &[Network],
        Origin::BuiltIn,
        json!({"network": {"name": "X", "colour": "#fff", "layout": "microblog",
        "settings": {"type": "object", "additionalProperties": false, "properties": {"long": {"default": false}}},
        "secrets": [{"name": "token", "description": "d"}]}}),
    );
    add(
        "handoff",
        &[Network, Publisher],
        Origin::BuiltIn,
        json!({
        "capabilities": {"files": {"why": "w", "write-from-config": ["/folder"]}},
        "network": {"name": "H", "colour": "#fff", "layout": "folder", "settings": {"type": "object",
            "additionalProperties": false, "properties": {"folder": {"default": "handoff"}}}}}),
    );
    add(
        "tool",
        &[Rule],
        Origin::Project,
        json!({
        "operations": {"do": operation("rule", json!({"type": "object", "properties": {
            "server": {"default": "https://default.example"}, "files": {"type": "array"}}}))},
        "capabilities": {
            "http": {"why": "w", "hosts": ["*.tool.example", "cdn.example"], "from-config": ["/server"]},
            "files": {"why": "w", "read": ["words"], "from-config": ["/files"]},
            "sign": {"why": "w"}, "clock": {"why": "w"}}}),
    );
    Shelf(all)
}

const PROJECT: &str = "version: 1
clients:
  acme: { time-zone: Europe/Rome, calendars: [it-holidays] }
  other: { time-zone: UTC }
accounts:
  b1: { client: acme, network: bluesky, secrets: { app-password: { env: B } } }
  b2: { client: acme, network: bluesky, with: { service: \"https://pds.acme.example:8443/\" }, secrets: { app-password: { env: B } } }
  hand: { client: acme, network: x, via: handoff, with: { folder: out/x, long: true } }
";

fn project(more: &str) -> Project {
    let source = Source::new("staffetta.yaml", format!("{PROJECT}{more}"));
    Project::parse(Path::new("/p"), &source)
        .map_err(|all| render_all(&all, Colour::Never))
        .unwrap()
}

fn pipeline(steps: &str) -> Pipeline {
    let source = Source::new("p.yaml", format!("name: p\nclient: acme\nsteps:\n{steps}"));
    Pipeline::parse(&source)
        .map_err(|all| render_all(&all, Colour::Never))
        .unwrap()
}

fn plan(more: &str, steps: &str) -> Plan {
    check(&project(more), &pipeline(steps), &shelf())
        .map_err(|all| render_all(&all, Colour::Never))
        .unwrap()
}

fn refused(more: &str, steps: &str) -> (Vec<&'static str>, String) {
    let all = check(&project(more), &pipeline(steps), &shelf()).unwrap_err();
    (
        all.iter().map(|d| d.code.id()).collect(),
        render_all(&all, Colour::Never),
    )
}

const FETCH: &str =
    "- id: a\n  uses: feed/fetch\n  with: { url: \"https://User@Blog.Acme.example/feed.xml\" }\n";

#[test]
fn resolves_steps_inputs_accounts_and_defaults() {
    let steps = format!(
        "{FETCH}- uses: shorten/fit\n  with: {{ how: {{ x: 1 }} }}\n- id: one\n  publish: [b2, b1]\n- uses: engagement/compute\n- id: again\n  uses: shorten/fit\n  from: a\n- publish: {{ to: [hand, b1], require: approval }}\n- uses: bluesky/insights\n  from: one\n"
    );
    let plan = plan("", &steps);
    let inputs: Vec<_> = plan.steps.iter().map(|step| step.inputs.clone()).collect();
    assert_eq!(
        inputs,
        [vec![], vec![0], vec![1], vec![2], vec![0], vec![4], vec![2]]
    );
    let rule = |index: usize| match &plan.steps[index].kind {
        StepKind::Rule { accounts, per, .. } => (accounts.join(" "), *per),
        other => panic!("{other:?}"),
    };
    assert_eq!(rule(1), ("b2 b1".into(), Per::Account));
    assert_eq!(rule(4), ("hand b1".into(), Per::Account));
    assert_eq!(
        plan.steps[0].template.literal().unwrap()["limit"],
        json!(100)
    );
    assert_eq!(
        plan.steps[1].template.literal(),
        Some(&json!({"how": {"x": 1, "end": "…"}}))
    );
    assert_eq!(
        plan.steps[4].template.literal(),
        Some(&json!({"how": {"end": "…"}}))
    );
    assert_eq!(plan.steps[0].grants.http_hosts, ["blog.acme.example"]);
    let b2 = plan.account("b2").unwrap();
    assert_eq!(
        b2.network_grants.http_hosts,
        ["*.bsky.network", "pds.acme.example:8443"]
    );
    assert_eq!(
        plan.account("b1").unwrap().network_grants.http_hosts,
        ["*.bsky.network", "bsky.social"]
    );
    let hand = plan.account("hand").unwrap();
    assert_eq!(
        (
            hand.network_plugin.as_str(),
            hand.publisher_plugin.as_deref()
        ),
        ("x", Some("handoff"))
    );
    assert_eq!(
        (&hand.network_settings, &hand.publisher_settings),
        (&json!({"long": true}), &json!({"folder": "out/x"}))
    );
    assert_eq!(hand.publisher_grants.write, ["out/x"]);
    assert!(
        matches!(&plan.steps[6].kind, StepKind::Account { accounts, .. } if accounts == &["b1", "b2"])
    );
    assert!(
        matches!(&plan.steps[5].kind, StepKind::Publish { approval: true, accounts } if accounts.len() == 2)
    );
}

#[test]
fn a_project_plugin_gets_what_both_sides_name() {
    let steps = format!("{FETCH}- uses: tool/do\n- publish: b1\n");
    let (codes, shown) = refused("", &steps);
    assert_eq!(codes, ["S0412"], "{shown}");
    // The YAML that the message prints, pasted, is enough.
    let yaml: String = shown
        .lines()
        .skip_while(|line| !line.starts_with("    grants:"))
        .take_while(|line| line.starts_with("    "))
        .map(|line| format!("{}\n", &line[4..]))
        .collect();
    let granted = plan(&yaml, &steps);
    assert_eq!(
        granted.steps[1].grants,
        Grants {
            http_hosts: vec!["*.tool.example".into(), "cdn.example".into()],
            read: vec!["words".into()],
            sign: true,
            ..Grants::default()
        }
    );
    let digest = format!("sha256:{}", "4".repeat(64));
    assert!(yaml.contains(&digest));

    // A narrower grant narrows; what was not asked for stays out; what the operator wrote in `with` is allowed.
    let hex = "0".repeat(64);
    let narrow = yaml.replace("\"*.tool.example\"", "a.tool.example, evil.example");
    let steps_with = steps.replace("uses: tool/do", "uses: tool/do\n  with: { server: \"https://own.example/x\", files: [words/it.txt, lists] }");
    let grants = plan(&narrow, &steps_with).steps[1].grants.clone();
    assert_eq!(
        grants.http_hosts,
        ["a.tool.example", "cdn.example", "own.example"]
    );
    assert_eq!(grants.read, ["words", "words/it.txt", "lists"]);
    // The host that the HTTP client would see counts, not what the text looks like.
    let odd = steps.replace(
        "uses: tool/do",
        "uses: tool/do\n  with: { server: 'https://good.example\\@caffè.example:8443/' }",
    );
    let hosts = plan(&yaml, &odd).steps[1].grants.http_hosts.clone();
    assert_eq!(hosts.last().map(String::as_str), Some("good.example"));
    // Another digest, or none.
    let (codes, shown) = refused(&yaml.replace(&"4".repeat(64), &hex), &steps);
    assert_eq!(codes, ["S0413"]);
    assert!(shown.contains(&hex) && shown.contains(&digest), "{shown}");
    let without: String = yaml
        .lines()
        .filter(|line| !line.contains("digest"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(refused(&without, &steps).0, ["S0412"]);
}

#[test]
fn expressions_are_checked_when_they_are_known_and_grant_nothing() {
    let steps = format!(
        "{FETCH}- uses: shorten/fit\n  with: {{ most: \"${{{{ a.count }}}}\", how: \"${{{{ a.first }}}}\" }}\n- publish: b1\n"
    );
    let plan = plan("", &steps);
    let mut context = Context::new();
    context.set_step("a", json!({"count": 12, "first": {"end": "."}}));
    assert_eq!(
        plan.steps[1].config(&context).unwrap(),
        json!({"most": 12, "how": {"end": "."}})
    );
    context.set_step("a", json!({"count": 3, "first": {}}));
    let all = plan.steps[1].config(&context).unwrap_err();
    assert_eq!(
        (
            all[0].code.id(),
            all[0].span.as_ref().unwrap().position().line
        ),
        ("S0404", 8)
    );
    // A text can't become a number, whatever the run brings.
    let (codes, _) = refused(
        "",
        &steps.replace("\"${{ a.count }}\"", "\"about ${{ a.count }}\""),
    );
    assert_eq!(codes, ["S0404"]);
    let (codes, shown) = refused(
        "",
        "- id: a\n  uses: feed/fetch\n  with: { url: \"https://${{ run.id }}.example\" }\n- publish: b1\n",
    );
    assert_eq!(codes, ["S0412"], "{shown}");
    let granted = super::tests::plan(
        "grants:\n  feed: { http: [\"*.acme.example\"] }\n",
        "- id: a\n  uses: feed/fetch\n  with: { url: \"https://${{ run.id }}.example\" }\n- publish: b1\n",
    );
    assert_eq!(granted.steps[0].grants.http_hosts, ["*.acme.example"]);
}

#[test]
fn the_digest_tells_plans_apart_and_not_comments() {
    let steps = format!("{FETCH}- publish: [b1, hand]\n");
    let digest = plan("", &steps).digest();
    assert_eq!(digest.len(), "sha256:".len() + 64);
    assert_eq!(
        plan(
            "# a comment\n",
            &steps.replace("- publish", "# more\n- publish")
        )
        .digest(),
        digest
    );
    assert_ne!(
        plan("", &steps.replace("[b1, hand]", "[hand, b1]")).digest(),
        digest
    );
    assert_ne!(
        plan("", &steps.replace("feed.xml", "feed2.xml")).digest(),
        digest
    );
    let mut other = shelf();
    other.0.get_mut("bluesky").unwrap().0 = "sha256:other".into();
    assert_ne!(
        check(&project(""), &pipeline(&steps), &other)
            .unwrap()
            .digest(),
        digest
    );
}

#[test]
fn checking_is_quick() {
    let text = format!(
        "{FETCH}- uses: shorten/fit\n  with: {{ most: 200 }}\n- publish: [b1, b2, hand]\n- uses: engagement/compute\n"
    );
    let (project, shelf) = (project(""), shelf());
    let best = (0..20)
        .map(|_| {
            let start = std::time::Instant::now();
            check(&project, &pipeline(&text), &shelf)
                .map_err(|all| render_all(&all, Colour::Never))
                .unwrap();
            start.elapsed()
        })
        .min()
        .unwrap();
    // An unoptimised build on a slow machine; the released one takes a small part of it.
    assert!(best < std::time::Duration::from_millis(50), "{best:?}");
    println!("{best:?}");
}
