//! What the host adds to a call of a rule: without the journal, beside bare wasmtime; with it, beside that and bare
//! SQLite. Ours and theirs are measured in turns.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use staffetta::contract::exports::rule::Subject;
use staffetta::contract::exports::source::Trigger as Handed;
use staffetta::contract::types::Record;
use staffetta::engine::Loaded;
use staffetta::execute::rule::Rule;
use staffetta::execute::{Ended, Execution, Observer, Progress, Runtime, Stop, Trigger, records};
use staffetta::journal::{Options, Outcome, SqliteStore, Store};
use staffetta::plan::Plan;
use staffetta::plugin::manifest::Per;
use staffetta_tests::Project;

use crate::bare::{self, Bare};
use crate::figures::{Figures, median};
use crate::here;
use crate::journal::Bare as BareStore;

const CONFIG: &str = r#"{"do":"same","text":""}"#;
const REPEAT: usize = 41;
const REPEAT_ONE: usize = 2_001;
/// Whole runs with the journal.
const REPEAT_RUN: usize = 101;

/// `guest-source` with texts as long as a post's.
fn pipeline(count: u32) -> String {
    format!(
        "name: bench\nsteps:\n  - id: posts\n    uses: guest-source/posts\n    with: {{ count: {count}, bytes: 280, link: true }}\n  \
         - id: rule\n    uses: guest-echo/apply\n  - id: figures\n    uses: guest-count/compute\n"
    )
}

pub(crate) async fn measure(figures: &mut Figures) {
    let project = here::project()
        .pipeline("thousand", &pipeline(1_000))
        .pipeline("one", &pipeline(1));
    let runtime = here::runtime(&project);
    let echo = runtime.load("guest-echo").unwrap();
    let bare = Bare::new(
        runtime.engine.wasmtime(),
        &project.path("plugins/guest-echo.wasm"),
    );
    let posts = posts(&runtime, 1_000).await;
    let config = CONFIG.to_owned();
    let rule = Rule {
        name: "guest-echo/apply",
        operation: "apply",
        config: &config,
        per: Per::Post,
        accounts: &[],
    };

    let both = Both {
        runtime: &runtime,
        echo: &echo,
        bare: &bare,
        rule,
    };

    figures.title("A rule step without the journal, beside bare wasmtime that makes the same call");
    let (ours, bare_thousand) = both.over(&posts, REPEAT, false).await;
    let what = "a rule over 1,000 posts";
    figures.beside(what, ours, "bare", bare_thousand, 1.2);
    let (ours, bare_one) = both.over(&posts[..1], REPEAT_ONE, true).await;
    let what = "a rule over one post, instance included";
    figures.beside(what, ours, "bare", bare_one, 3.0);

    figures.title("The same steps in a run with the journal on disk, beside that and bare SQLite with one flush of the same bytes");
    for (name, what, sandbox) in [
        (
            "thousand",
            "a step of 1,000 posts: read, applied, journaled",
            bare_thousand.mul_f64(1.2),
        ),
        (
            "one",
            "a step of one post: read, applied, journaled",
            bare_one.mul_f64(3.0),
        ),
    ] {
        let plan = here::plan(&runtime, &project, name);
        let (ours, sqlite) = journaled(&runtime, &project, &plan).await;
        figures.beside(what, ours, "allowed", sandbox + sqlite.mul_f64(1.5), 1.0);
        figures.told("  of which bare SQLite", &crate::figures::shown(sqlite));
    }
    let page = records::encode(&posts).unwrap();
    let times =
        |work: &dyn Fn()| median((0..REPEAT).map(|_| crate::figures::time(work).0).collect());
    let written = times(&|| drop(records::encode(&posts).unwrap()));
    let read = times(&|| drop(records::decode(&page).unwrap()));
    let shown = format!(
        "{} and {} for {} kB",
        crate::figures::shown(written),
        crate::figures::shown(read),
        page.len() / 1000
    );
    figures.told("1,000 posts to JSON and back", &shown);
}

/// The host and bare wasmtime, ready for the same calls.
struct Both<'a> {
    runtime: &'a Runtime,
    echo: &'a Arc<Loaded>,
    bare: &'a Bare,
    rule: Rule<'a>,
}

impl Both<'_> {
    /// Medians of ours and theirs, measured in turns, each first as often as second.
    async fn over(&self, posts: &[Record], repeat: usize, fresh: bool) -> (Duration, Duration) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for n in 0..repeat {
            if n % 2 == 0 {
                ours.push(self.ours(posts, fresh).await);
                theirs.push(self.theirs(posts, fresh).await);
            } else {
                theirs.push(self.theirs(posts, fresh).await);
                ours.push(self.ours(posts, fresh).await);
            }
        }
        (median(ours), median(theirs))
    }

    /// With `fresh` the time of making and dropping the instance counts.
    async fn ours(&self, posts: &[Record], fresh: bool) -> Duration {
        let engine = &self.runtime.engine;
        let given = posts.to_vec();
        let mut begin = Instant::now();
        let slots = engine.reserve(1).await;
        let mut instance = here::instance(self.runtime, engine, self.echo).await;
        if !fresh {
            begin = Instant::now();
        }
        let out = host(&mut instance, &self.rule, given).await;
        let called = begin.elapsed();
        drop((instance, slots));
        let all = begin.elapsed();
        assert_eq!(out, posts);
        if fresh { all } else { called }
    }

    async fn theirs(&self, posts: &[Record], fresh: bool) -> Duration {
        let subjects = subjects(posts);
        let mut begin = Instant::now();
        let (mut store, guest) = self.bare.instance().await;
        if !fresh {
            begin = Instant::now();
        }
        let out = bare::apply(&mut store, &guest, self.rule.config, &subjects).await;
        let called = begin.elapsed();
        drop(store);
        let all = begin.elapsed();
        assert_eq!(out.len(), posts.len());
        if fresh { all } else { called }
    }
}

/// As a step does it with a page.
async fn host(
    instance: &mut staffetta::engine::Instance,
    rule: &Rule<'_>,
    given: Vec<Record>,
) -> Vec<Record> {
    instance.state().show_records(&given);
    let (subjects, before, mut out) = rule.subjects(given);
    let outcomes = instance
        .apply(rule.operation, rule.config, &subjects)
        .await
        .unwrap();
    for ((subject, before), outcome) in subjects.into_iter().zip(before).zip(outcomes) {
        rule.take(subject, before, outcome, &mut out);
    }
    out
}

fn subjects(records: &[Record]) -> Vec<Subject> {
    let post = |record: &Record| match record {
        Record::Post(post) => Subject {
            post: post.clone(),
            account: None,
        },
        other => panic!("no post: {other:?}"),
    };
    records.iter().map(post).collect()
}

pub(crate) async fn posts(runtime: &Runtime, count: u32) -> Vec<Record> {
    let source = runtime.load("guest-source").unwrap();
    let mut instance = here::instance(runtime, &runtime.engine, &source).await;
    let config = serde_json::json!({"count": count, "bytes": 280, "name": "numbers", "link": true})
        .to_string();
    let trigger = Handed {
        files: Vec::new(),
        payload: None,
    };
    instance
        .fetch("posts", &config, &trigger, None, count)
        .await
        .unwrap()
        .records
}

/// Notes when the rule's step began and when the next one did.
#[derive(Default)]
struct Watch(Mutex<(Option<Instant>, Option<Duration>)>);

impl Observer for Watch {
    fn progress(&self, progress: &Progress<'_>) {
        if let Progress::StepStarted { step, .. } = progress {
            let mut seen = self.0.lock().unwrap();
            match *step {
                "rule" => seen.0 = Some(Instant::now()),
                "figures" => seen.1 = seen.0.map(|begin| begin.elapsed()),
                _ => {}
            }
        }
    }
}

/// The rule's step in whole runs, and bare SQLite with what it wrote.
async fn journaled(runtime: &Runtime, project: &Project, plan: &Plan) -> (Duration, Duration) {
    let folder = project.path(&format!("store-{}", plan.digest().replace(':', "-")));
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder, Options::default()).unwrap());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let sqlite = BareStore::open(&folder, "full");
    let stop = Stop::default();
    // What the rule's step writes is the same in each run.
    let mut pages: Vec<String> = Vec::new();
    for n in 0..=REPEAT_RUN {
        let write = || sqlite.write(pages.iter().map(String::as_str));
        if n % 2 == 1 {
            theirs.push(write());
        }
        let watch = Watch::default();
        let execution = Execution {
            runtime,
            store: Arc::clone(&store),
            known: None,
            plan,
            observer: &watch,
            stop: &stop,
            preview: None,
            most: None,
            from_start: false,
        };
        let trigger = Trigger::manual(0, Vec::new());
        let report = execution.begin(&trigger).await.unwrap();
        assert_eq!(report.ended, Ended::Over(Outcome::Done), "{report:?}");
        if n == 0 {
            while let Some(page) = page(store.as_ref(), &report.run, pages.len()).await {
                pages.push(page);
            }
            continue;
        }
        ours.push(watch.0.lock().unwrap().1.unwrap());
        if n % 2 == 0 {
            theirs.push(write());
        }
    }
    (median(ours), median(theirs))
}

async fn page(store: &dyn Store, run: &str, number: usize) -> Option<String> {
    let number = u32::try_from(number).unwrap();
    let page = store.page(run, "rule", number).await.unwrap();
    page.map(|page| page.records)
}
