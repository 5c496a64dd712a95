//! Many steps at the same time: they queue for instances and none fails; a guest that loops does not hold up others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use staffetta::contract::types::Record;
use staffetta::engine::{CallError, CodeCache, Engine, Limits};
use staffetta::execute::rule::Rule;
use staffetta::plugin::manifest::Per;

use crate::figures::{Figures, median, shown};
use crate::here;

const STEPS: usize = 1_000;
const BESIDE: usize = 400;
/// How long the loops may compute before the host ends them.
const LOOP: Duration = Duration::from_secs(4);

pub(crate) async fn measure(figures: &mut Figures) {
    figures.title("Many at once");
    let project = here::project();
    let runtime = Arc::new(here::runtime(&project));
    let posts = crate::step::posts(&runtime, 10).await;
    let engine = Arc::clone(&runtime.engine);
    let begin = Instant::now();
    let tasks: Vec<_> = (0..STEPS)
        .map(|_| {
            tokio::spawn(step(
                Arc::clone(&runtime),
                Arc::clone(&engine),
                posts.clone(),
                Duration::from_millis(1),
            ))
        })
        .collect();
    let mut good = 0;
    for task in tasks {
        good += usize::from(task.await.unwrap().is_ok());
    }
    let value = format!("{good} of {STEPS} succeeded in {}", shown(begin.elapsed()));
    figures.judge(
        "1,000 steps at the same time, each holds its instance",
        &value,
        good == STEPS,
        "all",
    );

    let limits = Limits {
        compute: LOOP,
        ..Limits::default()
    };
    let engine = Arc::new(Engine::new(CodeCache::user(), limits).unwrap());
    let alone = beside(&runtime, &engine, &posts).await;
    let loops: Vec<_> = (0..2)
        .map(|_| {
            tokio::spawn(looping(
                Arc::clone(&runtime),
                Arc::clone(&engine),
                posts.clone(),
            ))
        })
        .collect();
    // Both loops have the processor before anything is measured.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let others = beside(&runtime, &engine, &posts).await;
    let still = loops.iter().all(|one| !one.is_finished());
    for one in loops {
        let ended = one.await.unwrap();
        assert!(matches!(ended, Err(CallError::Limit(_))), "{ended:?}");
    }
    let worst = others.iter().max().copied().unwrap_or_default();
    let value = format!(
        "median {}, longest {} (alone: median {})",
        shown(median(others)),
        shown(worst),
        shown(median(alone))
    );
    let holds = still && worst <= Duration::from_millis(100);
    figures.judge(
        "a step of 10 posts while two guests loop",
        &value,
        holds,
        "none over 100 ms",
    );
}

/// One step, which keeps its instance for a while as one that waits for a network does.
async fn step(
    runtime: Arc<staffetta::execute::Runtime>,
    engine: Arc<Engine>,
    posts: Vec<Record>,
    hold: Duration,
) -> Result<(), CallError> {
    let echo = runtime.load("guest-echo").unwrap();
    let loaded = if Arc::ptr_eq(&engine, &runtime.engine) {
        echo
    } else {
        engine
            .load(runtime.catalog.get("guest-echo").unwrap())
            .unwrap()
    };
    let config = r#"{"do":"same","text":""}"#.to_owned();
    let rule = Rule {
        name: "guest-echo/apply",
        operation: "apply",
        config: &config,
        per: Per::Post,
        accounts: &[],
    };
    let _slots = engine.reserve(1).await;
    let mut instance = here::instance(&runtime, &engine, &loaded).await;
    let (subjects, ..) = rule.subjects(posts);
    let outcomes = instance.apply("apply", &config, &subjects).await?;
    assert_eq!(outcomes.len(), subjects.len());
    tokio::time::sleep(hold).await;
    Ok(())
}

/// Steps one after the other, as a task of the runtime like any other.
async fn beside(
    runtime: &Arc<staffetta::execute::Runtime>,
    engine: &Arc<Engine>,
    posts: &[Record],
) -> Vec<Duration> {
    let mut times = Vec::with_capacity(BESIDE);
    let until = Instant::now() + LOOP / 2;
    while times.len() < BESIDE && Instant::now() < until {
        let work = step(
            Arc::clone(runtime),
            Arc::clone(engine),
            posts.to_vec(),
            Duration::ZERO,
        );
        let begin = Instant::now();
        tokio::spawn(work).await.unwrap().unwrap();
        times.push(begin.elapsed());
    }
    times
}

async fn looping(
    runtime: Arc<staffetta::execute::Runtime>,
    engine: Arc<Engine>,
    posts: Vec<Record>,
) -> Result<(), CallError> {
    let hostile = engine
        .load(runtime.catalog.get("guest-hostile").unwrap())
        .unwrap();
    let config = r#"{"do":"loop","bytes":0,"count":0,"account":""}"#.to_owned();
    let rule = Rule {
        name: "guest-hostile/apply",
        operation: "apply",
        config: &config,
        per: Per::Post,
        accounts: &[],
    };
    let _slots = engine.reserve(1).await;
    let mut instance = here::instance(&runtime, &engine, &hostile).await;
    let (subjects, ..) = rule.subjects(posts);
    instance.apply("apply", &config, &subjects).await.map(drop)
}
