//! `plugin call`: every function of the contract by hand, JSON in and JSON out.

use serde_json::{Value, json};

use crate::common::{Network, network};

/// A post as JSON.
pub(crate) fn post() -> Value {
    json!({
        "id": "1", "text": "Ciao", "media": [], "thread": [], "tags": [], "mentions": [], "overrides": [], "extra": "{}",
        "origin": {"source": "here", "item": "1"},
    })
}

fn account(settings: &str) -> Value {
    json!({"name": "one", "client": "acme", "network": "guest-network", "settings": settings, "facts": "{}", "time-zone": "UTC"})
}

/// Every function of the contract can be called by hand, on the guest that exports it.
#[test]
fn every_function_can_be_called_with_json() {
    let settings = json!({
        "publish": "done", "find": "there", "repeat": "by-reading", "wait-ms": 0, "learn": false, "limit": 280, "max-parts": 1, "links": "text",
        "interactions": 2, "people": {"anna": "id-1"}, "likes": 3.0, "followers": 9.0,
    });
    let account = account(&settings.to_string());
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")]).guest("guest-count");
    let call = |plugin: &str, function: &str, arguments: Value| -> Value {
        let output = project
            .run_with(
                &["plugin", "call", plugin, function],
                &arguments.to_string(),
            )
            .ok();
        let answer = output.json();
        assert!(
            answer.get("ok").is_some(),
            "{plugin} {function}: {}",
            output.describe()
        );
        answer["ok"].clone()
    };
    assert_eq!(
        call("guest-network", "network.learn", json!([account])),
        Value::Null
    );
    assert_eq!(
        call("guest-network", "network.limits", json!([account]))["max-parts"],
        1
    );
    let measured = call(
        "guest-network",
        "network.measure",
        json!({"account": account, "field": "text", "text": "Ciao 👨‍👩‍👧"}),
    );
    assert_eq!(
        (&measured["length"], &measured["limit"]),
        (&json!(6), &json!(280))
    );
    let composed = call("guest-network", "network.compose", json!([account, post()]));
    assert_eq!(composed["parts"][0]["text"], "Ciao");
    assert_eq!(
        call("guest-network", "network.check", json!([account, composed])),
        json!([])
    );
    assert_eq!(
        call("guest-network", "publisher.delivery", json!([account]))["removable"],
        true
    );
    let effect = json!({"key": "0".repeat(64), "intended": 1, "attempt": 1});
    let done = call(
        "guest-network",
        "publisher.publish",
        json!([account, effect, composed, null]),
    );
    let receipt = done["done"].clone();
    assert_eq!(receipt["account"], "one", "{done}");
    assert!(
        call(
            "guest-network",
            "publisher.find",
            json!([account, effect, composed, null])
        )
        .get("there")
        .is_some()
    );
    assert_eq!(
        call(
            "guest-network",
            "publisher.edit",
            json!([account, receipt, composed])
        )["id"],
        receipt["id"]
    );
    call(
        "guest-network",
        "publisher.remove",
        json!([account, receipt]),
    );
    assert_eq!(
        call(
            "guest-network",
            "insights.of-posts",
            json!([account, [receipt]])
        )[0]["value"],
        json!({"number": 3.0})
    );
    assert_eq!(
        call("guest-network", "insights.of-account", json!([account]))[0]["value"],
        json!({"number": 9.0})
    );
    assert_eq!(
        call("guest-network", "inbox.fetch", json!([account, null, 10]))["records"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        call(
            "guest-network",
            "directory.lookup",
            json!([account, "@anna"])
        )["actor"]["id"],
        "id-1"
    );
    let config = json!({"count": 2, "bytes": 7, "name": "n", "link": false}).to_string();
    assert_eq!(
        call(
            "guest-source",
            "source.fetch",
            json!(["posts", config, {"files": []}, null, 10])
        )["records"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let upper = json!({"do": "upper", "text": ""}).to_string();
    let out = call(
        "guest-echo",
        "rule.apply",
        json!(["apply", upper, [{"post": post(), "account": null}]]),
    );
    assert_eq!(out[0]["posts"][0]["post"]["text"], "CIAO");
    let three = json!([["compute", "{}"], [[{"post": post()}, {"json": "{}"}]], []]).to_string();
    let output = project
        .run_with(
            &[
                "plugin",
                "call",
                "guest-count",
                "metric.begin",
                "metric.push",
                "metric.finish",
            ],
            &three,
        )
        .ok();
    assert!(
        output.stdout.contains("\"number\": 2"),
        "{}",
        output.describe()
    );
}

#[test]
fn a_call_that_does_not_fit_says_what_would() {
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")]);
    let call = |function: &str, input: &str| {
        project.run_with(&["plugin", "call", "guest-echo", function], input)
    };
    let _ = call("rule.apply", "[]")
        .code(2)
        .err("3 (operation, config, subjects)");
    let _ = call("rule.aply", "[]").code(2).err("rule.aply");
    let _ = call("apply", "[]").code(2).err("INTERFACE.FUNCTION");
    let _ = call("rule.apply", "{no json").code(2).err("no JSON");
    let _ = call("rule.apply", "[\"apply\", \"{}\", [{\"pots\": 1}]]")
        .code(2)
        .err("/subjects");
    let _ = project
        .run_with(&["plugin", "call", "guest-eco", "rule.apply"], "[]")
        .code(2)
        .err("guest-echo");
}

#[test]
fn a_call_has_the_limits_of_a_run() {
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")]).guest("guest-hostile");
    let file = project
        .read("staffetta.yaml")
        .replace("version: 1\n", "version: 1\nlimits: { time: 100ms }\n");
    project.write("staffetta.yaml", file);
    let config = json!({"do": "loop", "bytes": 1, "count": 1, "account": ""}).to_string();
    let input = json!(["apply", config, []]).to_string();
    let _ = project
        .run_with(&["plugin", "call", "guest-hostile", "rule.apply"], &input)
        .code(2)
        .err("0.1 s of computing");
}

#[test]
fn an_account_that_is_not_there_is_told_by_its_nearest_name() {
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")]);
    let output = project
        .run_with(
            &[
                "plugin",
                "call",
                "guest-network",
                "network.learn",
                "--account",
                "onee",
            ],
            "[]",
        )
        .code(2);
    assert!(output.stderr.contains("onee"), "{}", output.describe());
}
