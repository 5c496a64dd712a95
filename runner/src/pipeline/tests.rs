use std::time::Duration;

use serde_json::json;

use super::*;
use crate::diagnostic::{Colour, render_all};

fn parse(text: &str) -> Result<Pipeline, Vec<Diagnostic>> {
    Pipeline::parse(&Source::new("p.yaml", text))
}

fn good(text: &str) -> Pipeline {
    parse(text)
        .map_err(|all| render_all(&all, Colour::Never))
        .unwrap()
}

fn bad(text: &str) -> (Vec<&'static str>, String) {
    let all = parse(text).unwrap_err();
    (
        all.iter().map(|d| d.code.id()).collect(),
        render_all(&all, Colour::Never),
    )
}

const GOOD: &str = r#"
name: New article, everywhere
client: acme
on:
  watch: { files: ["inbox/**/*.md", now/a.md], ignore: "inbox/draft-*" }
  schedule: { cron: "0 9 * * mon-fri", except: [it-holidays], missed: ask }
  webhook: { path: new-article, secret: { env: HOOK } }
steps:
  - id: the-article
    uses: feed/fetch
    with: { url: https://blog.acme.example/feed.xml }
  - uses: shorten/fit
    with: { strategy: sentence, note: "of ${{ run.id }} with ${{ the_article.count }}", most: "${{ the_article.count + 1 }}" }
  - uses: shorten/fit
    timeout: 30s
    retry: 2
    continue-on-error: true
  - id: posted
    publish: { to: [acme-x, acme-bluesky], require: approval }
    if: ${{ the_article.count > 0 }}
  - uses: engagement/compute
    from: posted
    if: posted.ok
    retry: { times: 3, wait: 1m }
"#;

#[test]
fn reads_everything() {
    let pipeline = good(GOOD);
    let ids: Vec<_> = pipeline
        .steps
        .iter()
        .map(|step| step.id.value.as_str())
        .collect();
    assert_eq!(ids, ["the-article", "fit", "step-3", "posted", "compute"]);
    let watch = pipeline.triggers.watch.as_ref().unwrap();
    assert!(
        watch.matches("inbox/a/b.md")
            && watch.matches("now/a.md")
            && !watch.matches("inbox/draft-x.md")
    );
    assert_eq!(watch.folders(), ["inbox", "now"]);
    assert_eq!(pipeline.triggers.schedules[0].missed, Missed::Ask);
    assert_eq!(
        pipeline.steps[2].timeout.as_ref().unwrap().value,
        Duration::from_secs(30)
    );
    assert_eq!(
        (pipeline.steps[2].retry.times, pipeline.steps[4].retry.wait),
        (2, Duration::from_secs(60))
    );
    assert!(
        matches!(&pipeline.steps[3].action, Action::Publish(publish) if publish.approval && publish.accounts.len() == 2)
    );

    let mut context = Context::new();
    context.set_step("the-article", json!({"count": 3}));
    context.set("run", json!({"id": "r1"}));
    let Action::Use(call) = &pipeline.steps[1].action else {
        panic!("a call")
    };
    assert_eq!(
        call.config.eval(&context).unwrap(),
        json!({"strategy": "sentence", "note": "of r1 with 3", "most": 4})
    );
    assert_eq!(
        call.config.written()["most"],
        json!("${{ the_article.count + 1 }}")
    );
    assert!(
        pipeline.steps[3]
            .condition
            .as_ref()
            .unwrap()
            .truthy(&context)
            .unwrap()
    );
    let failed = pipeline.steps[4]
        .condition
        .as_ref()
        .unwrap()
        .truthy(&context)
        .unwrap_err();
    assert_eq!(
        (failed.code.id(), failed.span.unwrap().position().line),
        ("S0311", 23)
    );
}

#[test]
fn an_expression_keeps_its_type_and_texts_do_not_leak_it() {
    let pipeline = good(
        "name: x\nsteps:\n- id: a\n  uses: p/q\n- uses: p/r\n  with: { list: \"${{ a.first.tags }}\", none: \"${{ a.error }}\", text: \"[${{ a.error }}]\", nested: [1, \"${{ {'k': a.count}.k }}\"] }",
    );
    let Action::Use(call) = &pipeline.steps[1].action else {
        panic!("a call")
    };
    let mut context = Context::new();
    context.set_step(
        "a",
        json!({"first": {"tags": ["x", 1]}, "error": null, "count": 2}),
    );
    assert_eq!(
        call.config.eval(&context).unwrap(),
        json!({"list": ["x", 1], "none": null, "text": "[]", "nested": [1, 2]})
    );
    assert_eq!(
        call.config.pointer("/nested/0").unwrap().literal(),
        Some(&json!(1))
    );
    assert!(
        call.config
            .pointer("/nested/1")
            .unwrap()
            .literal()
            .is_none()
    );
}

#[test]
fn errors_of_expressions_stand_at_their_column() {
    let text = "name: x\nsteps:\n- id: one\n  uses: p/q\n- uses: p/r\n  with:\n    a: \"t ${{ one.cuont }} ${{ nope }}\"\n    b: ${{ one.count | uper }}\n    c: ${{ one.count is odder }}\n    d: ${{ one.count > }}\n    e: ${{ two.ok && one.ok }}\n    f: ${{ env.HOME }}\n    g: ${{ one.count\n- id: two\n  uses: p/q\n  if: two.ok\n";
    let all = parse(text).unwrap_err();
    let shown = render_all(&all, Colour::Never);
    let found: Vec<_> = all
        .iter()
        .map(|d| {
            let span = d.span.as_ref().unwrap();
            (d.code.id(), span.position().line, span.text().to_owned())
        })
        .collect();
    let expected = [
        ("S0305", 7, "cuont"),
        ("S0305", 7, "nope"),
        ("S0306", 8, "uper"),
        ("S0306", 9, "odder"),
        ("S0304", 10, ">"),
        ("S0304", 11, "&"),
        ("S0305", 12, "env"),
        ("S0304", 13, "${{"),
        ("S0305", 16, "two"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(c, l, t)| (*c, *l, (*t).to_owned()))
        .collect();
    assert_eq!(found, expected, "{shown}");
    for hint in [
        "`count`?",
        "`upper`?",
        "write `and`",
        "don't see the environment",
        "has not run yet",
    ] {
        assert!(shown.contains(hint), "{hint} in {shown}");
    }
}

#[test]
fn all_errors_in_one_go() {
    let (codes, shown) = bad(
        "name: ${{ x }}\non: { schedule: { cron: \"0 25 * * *\", missed: never }, watch: [/etc/*, \"a/[\"] }\nstep: []\nsteps:\n- use: a/b\n- uses: ab\n- id: x\n  uses: a/b\n  publish: [c]\n- id: x\n  publish: [c, c]\n  with: {}\n- {}\n- uses: a/b\n  retry: 99\n  timeout: 5\n- id: trigger\n  uses: a/b\n  if: ${{ 1 }} x\n",
    );
    for code in [
        "S0310", "S0307", "S0114", "S0208", "S0308", "S0104", "S0302", "S0301", "S0303", "S0420",
        "S0309", "S0116", "S0115", "S0304",
    ] {
        assert!(codes.contains(&code), "{code} in {shown}");
    }
    for hint in ["did you mean `steps`?", "did you mean `uses`?"] {
        assert!(shown.contains(hint), "{hint} in {shown}");
    }
    assert_eq!(bad("name: x\nsteps: []\n").0, ["S0312"]);
    assert_eq!(bad("steps:\n- uses: a/b\n").0, ["S0113"]);
    assert_eq!(bad("- a\n").0, ["S0112"]);
    assert_eq!(
        bad("name: x\non: push\nsteps: [{uses: a/b}]\n").0,
        ["S0114"]
    );
}

#[test]
fn listed_filters_tests_and_functions_exist() {
    let mut engine = minijinja::Environment::new();
    engine.set_debug(true);
    let unknown = |text: String| {
        engine
            .compile_expression_owned(text.clone())
            .unwrap()
            .eval(())
            .is_err_and(|error| {
                matches!(
                    error.kind(),
                    minijinja::ErrorKind::UnknownFilter
                        | minijinja::ErrorKind::UnknownTest
                        | minijinja::ErrorKind::UnknownFunction
                )
            })
    };
    assert!(
        unknown("1 | nonesuch".into())
            && unknown("1 is nonesuch".into())
            && unknown("nonesuch()".into())
    );
    for filter in scope::FILTERS {
        assert!(!unknown(format!("1 | {filter}")), "{filter}");
    }
    for test in scope::TESTS {
        assert!(
            !unknown(format!("1 is {test}(1)")) || !unknown(format!("1 is {test}")),
            "{test}"
        );
    }
    for function in scope::FUNCTIONS {
        assert!(!unknown(format!("{function}()")), "{function}");
    }
}

#[test]
fn the_schemas_accept_what_the_decoder_accepts() {
    let validator = jsonschema::validator_for(&schema::pipeline()).unwrap();
    let node = |text: &str| {
        yaml::parse(&Source::new("p.yaml", text))
            .into_result()
            .unwrap()
            .to_json()
    };
    assert!(validator.is_valid(&node(GOOD)));
    assert!(!validator.is_valid(&node(&GOOD.replace("steps:", "step:"))));
    assert!(!validator.is_valid(&node(&GOOD.replace("times: 3", "times: 300"))));
    let validator = jsonschema::validator_for(&schema::project()).unwrap();
    let project = "version: 1\nclients: {a: {time-zone: UTC}}\naccounts: {b: {client: a, network: n, secrets: {s: {env: X}}}}\ncalendars: {c: [01-01]}\n";
    assert!(validator.is_valid(&node(project)));
    assert!(!validator.is_valid(&node(&project.replace("{env: X}", "hunter2"))));
}

#[test]
fn every_example_of_the_tables_can_be_read() {
    let page = reference::markdown();
    assert!(
        page.contains("`steps[].retry`") && page.contains("`accounts.<name>.secrets.<name>`"),
        "{page}"
    );
    let mut blocks = 0;
    for block in page.split("```yaml fragment\n").skip(1) {
        let block = block.split("```").next().unwrap();
        yaml::parse(&Source::new("example", block))
            .into_result()
            .map_err(|all| format!("{}\n{block}", render_all(&all, Colour::Never)))
            .unwrap();
        blocks += 1;
    }
    assert!(blocks > 8);
}
