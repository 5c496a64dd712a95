//! Random stories: whatever is told, no rule is broken, and the log leads to the same state again.

use super::*;

/// A small generator with a printed seed: the same seed, the same story.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        let index = self.roll(of.len() as u64);
        of[usize::try_from(index).unwrap()].clone()
    }
}

fn any_event(dice: &mut Dice) -> Event {
    let step = dice.pick(&["fetch", "posted"]).to_owned();
    let key = dice.pick(&["k1", "k2", "k3"]);
    match dice.roll(12) {
        0 => started(),
        1 => Event::RunResumed,
        2 => Event::StepStarted {
            step,
            from: None,
            restart: dice.roll(2) == 0,
        },
        3 => Event::PageDone {
            step,
            page: u32::try_from(dice.roll(3)).unwrap(),
            count: dice.roll(3),
            cursor: dice.pick(&[None, Some("c1".to_owned()), Some("c2".to_owned())]),
        },
        4 => Event::StepDone {
            step,
            count: dice.roll(4),
            notes: vec!["note".to_owned()],
        },
        5 => Event::StepFailed {
            step,
            failure: failure(),
            tolerated: dice.roll(2) == 0,
        },
        6 => Event::StepSkipped {
            step,
            why: "if".to_owned(),
        },
        7 => Event::CursorMoved {
            step,
            source: "feed".to_owned(),
            cursor: dice.pick(&["c1", "c2"]).to_owned(),
        },
        8 => Event::RunDone {
            outcome: dice.pick(&[
                Outcome::Done,
                Outcome::Partial,
                Outcome::Failed,
                Outcome::Cancelled,
            ]),
        },
        9 => intent(key, &format!("alias of {key}")),
        10 => Event::EffectAliased {
            key: key.to_owned(),
            aliases: vec![format!("name {}", dice.roll(4))],
        },
        _ => dice.pick(&effect_events(key)).1,
    }
}

/// What must hold whenever an event was accepted.
fn check(before: &State, after: &State, logged: &Logged) {
    let event = name_of(&logged.event);
    for (key, effect) in &after.effects {
        let owner = &after.runs[&effect.run];
        if effect.status.is_pending() {
            assert_eq!(owner.status, RunStatus::Running, "{key} after {event}");
        }
        let Some(was) = before.effects.get(key) else {
            assert!(matches!(logged.event, Event::EffectIntended(_)));
            continue;
        };
        assert_eq!(effect.intended, was.intended, "fixed at the first try");
        if was.status == EffectStatus::Done {
            assert_eq!(effect.status, EffectStatus::Done, "done is final");
        }
        if was.status == EffectStatus::InDoubt && effect.status != EffectStatus::InDoubt {
            assert_eq!(event, "effect-settled");
        }
        if effect.status == EffectStatus::Done && was.status != EffectStatus::Done {
            assert!(effect.receipt.is_some());
        }
        if effect.status == EffectStatus::Calling {
            assert!(effect.attempt > 0);
        }
    }
    for (id, run) in &after.runs {
        let mut counts = EffectCounts::default();
        for effect in after.effects.values().filter(|effect| effect.run == *id) {
            *counts.of(effect.status) += 1;
        }
        assert_eq!(run.effects, counts, "counts of {id} after {event}");
        if run.status != RunStatus::Running {
            assert_eq!(counts.pending, 0);
            let running = |step: &StepState| step.status == StepStatus::Running;
            assert!(!run.steps.iter().any(running));
        }
        if let Some(was) = before.runs.get(id) {
            let over = matches!(was.status, RunStatus::Done | RunStatus::Partial);
            assert!(!over || run.status == was.status, "an end is final");
            for step in &was.steps {
                let now = run.step(&step.step).unwrap();
                if step.status == StepStatus::Done {
                    assert_eq!((now.status, now.count), (StepStatus::Done, step.count));
                }
            }
        }
    }
    if before.cursors != after.cursors {
        let Event::RunDone { outcome } = &logged.event else {
            panic!("{event} moved a cursor");
        };
        assert!(outcome.accounts_for_everything());
        for (name, cursor) in &after.cursors {
            let was = before.cursors.get(name).map_or(0, |cursor| cursor.order);
            assert!(cursor.order >= was, "a cursor went back");
        }
    }
}

#[test]
fn random_stories_keep_every_rule_and_replay_to_the_same_state() {
    let mut accepted: BTreeMap<String, u32> = BTreeMap::new();
    let mut refused = 0;
    let mut reached = BTreeSet::new();
    for seed in 1..=150_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut story = Story::default();
        for _ in 0..300 {
            let run = dice.pick(&["a", "b", "c"]);
            let event = any_event(&mut dice);
            let before = story.state.clone();
            if story.tell(run, event).is_err() {
                refused += 1;
                assert_eq!(before, story.state, "seed {seed}");
                continue;
            }
            let last = story.log.last().unwrap();
            check(&before, &story.state, last);
            *accepted.entry(name_of(&last.event).to_owned()).or_default() += 1;
        }
        for effect in story.state.effects.values() {
            reached.insert(format!("{:?}", effect.status));
        }
        // Through JSON, as the store keeps it.
        let mut replayed = State::default();
        for logged in &story.log {
            let text = serde_json::to_string(logged).unwrap();
            let read: Logged = serde_json::from_str(&text).unwrap();
            assert_eq!(read, *logged, "{text}");
            replayed = apply(replayed, &read).unwrap();
        }
        assert_eq!(replayed, story.state, "seed {seed}");
    }
    assert_eq!(accepted.len(), 22, "every kind of event: {accepted:?}");
    assert_eq!(reached.len(), 8, "every state of an effect: {reached:?}");
    assert!(refused > 10_000);
}
