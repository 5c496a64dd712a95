//! Rules one by one.

use super::*;

/// Which events each state of an effect accepts, in the words of the design rather than of the table.
#[test]
fn an_effect_accepts_exactly_what_the_design_allows() {
    let paths: BTreeMap<&str, Vec<&str>> = BTreeMap::from([
        ("Intended", vec!["intended"]),
        ("Calling", vec!["intended", "calling"]),
        ("InProgress", vec!["intended", "calling", "progress"]),
        ("Done", vec!["intended", "calling", "done"]),
        ("Failed", vec!["intended", "calling", "failed"]),
        ("InDoubt", vec!["intended", "calling", "in-doubt"]),
        ("Held", vec!["intended", "held"]),
        ("Refused", vec!["intended", "refused"]),
    ]);
    let allowed: BTreeMap<&str, Vec<&str>> = BTreeMap::from([
        ("Intended", vec!["calling", "failed", "held", "refused"]),
        ("Calling", vec!["progress", "done", "failed", "in-doubt"]),
        ("InProgress", vec!["calling", "failed", "held"]),
        ("Done", vec!["receipt"]),
        ("Failed", vec!["retried", "held", "refused"]),
        ("InDoubt", vec!["posted", "again", "absent"]),
        ("Held", vec!["failed", "released", "refused"]),
        ("Refused", vec!["retried"]),
    ]);
    for (status, path) in paths {
        let events = effect_events("k");
        let named = |name: &str| {
            let found = events.iter().find(|(known, _)| *known == name);
            found.unwrap().1.clone()
        };
        let mut story = Story::begin("r");
        for step in path {
            story.tell("r", named(step)).unwrap();
        }
        assert_eq!(format!("{:?}", story.effect("k").status), status);
        let accepted: BTreeSet<&str> = events
            .iter()
            .filter(|(_, event)| {
                let logged = Logged {
                    run: "r".to_owned(),
                    seq: story.state.runs["r"].next_seq,
                    at: 0,
                    event: event.clone(),
                };
                apply(story.state.clone(), &logged).is_ok()
            })
            .map(|(name, _)| *name)
            .collect();
        let expected: BTreeSet<&str> = allowed[status].iter().copied().collect();
        assert_eq!(accepted, expected, "in {status}");
    }
}

#[test]
fn the_cursor_waits_for_the_end_of_the_run() {
    let source = ("news".to_owned(), "feed".to_owned());
    let fetched = |run: &str, story: &mut Story, cursor: &str| {
        for event in [
            started(),
            Event::StepStarted {
                step: "fetch".to_owned(),
                from: None,
                restart: false,
            },
            Event::PageDone {
                step: "fetch".to_owned(),
                page: 0,
                count: 2,
                cursor: Some(cursor.to_owned()),
            },
            Event::StepDone {
                step: "fetch".to_owned(),
                count: 2,
                notes: Vec::new(),
            },
            Event::CursorMoved {
                step: "fetch".to_owned(),
                source: "feed".to_owned(),
                cursor: cursor.to_owned(),
            },
        ] {
            story.tell(run, event).unwrap();
        }
    };
    let end = |outcome| Event::RunDone { outcome };
    let mut story = Story::default();
    fetched("first", &mut story, "c1");
    assert!(story.state.cursors.is_empty());
    story.tell("first", end(Outcome::Failed)).unwrap();
    assert!(story.state.cursors.is_empty(), "a failed run loses nothing");

    fetched("second", &mut story, "c2");
    fetched("third", &mut story, "c3");
    story.tell("third", end(Outcome::Partial)).unwrap();
    assert_eq!(story.state.cursors[&source].cursor, "c3");
    story.tell("second", end(Outcome::Done)).unwrap();
    assert_eq!(
        story.state.cursors[&source].cursor, "c3",
        "an older run does not move it back"
    );
}

#[test]
fn a_run_cannot_end_over_open_or_hidden_effects() {
    let mut story = Story::begin("r");
    story.tell("r", intent("k", "a")).unwrap();
    let end = |outcome| Event::RunDone { outcome };
    for outcome in [Outcome::Done, Outcome::Cancelled] {
        let error = story.tell("r", end(outcome)).unwrap_err();
        assert_eq!(error.reason, Reason::Pending(1));
    }
    let key = || "k".to_owned();
    let call = Event::EffectCalling { key: key() };
    story.tell("r", call).unwrap();
    let doubt = Event::EffectInDoubt {
        key: key(),
        why: "no answer".to_owned(),
    };
    story.tell("r", doubt).unwrap();
    let error = story.tell("r", end(Outcome::Done)).unwrap_err();
    let hidden = Reason::Hidden {
        failed: 0,
        in_doubt: 1,
    };
    assert_eq!(error.reason, hidden);
    story.tell("r", end(Outcome::Partial)).unwrap();

    // A person may settle it after the end, but "it goes on" needs a run that goes on.
    let settled = |finding| Event::EffectSettled {
        key: key(),
        by: "Anna".to_owned(),
        finding,
    };
    let error = story
        .tell("r", settled(Finding::Again(progress())))
        .unwrap_err();
    assert_eq!(error.reason, Reason::RunOver);
    story.tell("r", settled(Finding::Absent)).unwrap();
    assert_eq!(
        story.effect("k").failure.as_ref().unwrap().kind,
        FailureKind::NotThere
    );

    // Another run tries again; the first one has no business with it any more.
    story.tell("s", started()).unwrap();
    let retry = Event::EffectRetried {
        key: key(),
        composed: Some(json!({})),
        not_before: None,
    };
    story.tell("s", retry).unwrap();
    let failed = Event::EffectFailed {
        key: key(),
        failure: failure(),
    };
    let error = story.tell("r", failed).unwrap_err();
    assert_eq!(error.reason, Reason::NotOwner("s".to_owned()));
    assert_eq!(story.state.runs["r"].effects, EffectCounts::default());
    assert_eq!(story.state.runs["s"].effects.pending, 1);
}

#[test]
fn what_is_partly_published_keeps_its_content_and_progress() {
    let mut story = Story::begin("r");
    story.tell("r", intent("k", "a")).unwrap();
    for name in ["calling", "progress", "calling", "failed"] {
        let events = effect_events("k");
        let (_, event) = events.iter().find(|(known, _)| *known == name).unwrap();
        story.tell("r", event.clone()).unwrap();
    }
    let retry = |composed| Event::EffectRetried {
        key: "k".to_owned(),
        composed,
        not_before: None,
    };
    let error = story.tell("r", retry(Some(json!({})))).unwrap_err();
    assert_eq!(error.reason, Reason::PartlyPublished);
    story.tell("r", retry(None)).unwrap();
    let effect = story.effect("k");
    assert_eq!(effect.status, EffectStatus::InProgress);
    assert_eq!(effect.progress.as_deref(), Some("1/2"));
    assert_eq!(effect.attempt, 1, "the next call with it is the second");
}

#[test]
fn the_diagrams_show_every_state() {
    let [(_, run), (_, step), (title, effect)] = mermaid();
    assert_eq!(title, "Effect");
    for (diagram, lines) in [(&run, 8 + 4), (&step, 12 + 1), (&effect, 26 + 1)] {
        let text = diagram.strip_prefix("stateDiagram-v2\n").unwrap();
        assert_eq!(text.lines().count(), lines, "{text}");
        // A label may hold no second colon.
        assert!(text.lines().all(|line| line.matches(':').count() <= 1));
    }
    for status in [
        "Intended",
        "Calling",
        "InProgress",
        "Done",
        "Failed",
        "InDoubt",
        "Held",
        "Refused",
    ] {
        assert!(effect.contains(&format!("--> {status} : ")), "{status}");
    }
    assert!(effect.contains("    [*] --> Intended : effect-intended\n"));
    assert!(effect.contains("    InDoubt --> Done : effect-settled posted\n"));
}
