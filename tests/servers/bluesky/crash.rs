//! The program is killed while it publishes, and its state is lost or old: nothing goes out twice, nothing is lost.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use staffetta_tests::Project;

use super::trouble::three;
use crate::gate::{Gate, Turn};
use crate::pds::{Account, Pds};
use crate::{desk, pictures};

/// Longest time until a run gets where a test waits for it.
const LONG: Duration = Duration::from_secs(60);

/// Runs it until a request is held, then kills it. False when it ended by itself before.
fn kill_when_held(project: &Project, gate: &Gate) -> bool {
    let mut child = quiet(desk::run(project)).spawn().unwrap();
    let end = Instant::now() + LONG;
    loop {
        if gate.held(Duration::from_millis(5)) {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(Instant::now() < end, "the run neither ends nor gets on");
    }
}

fn quiet(mut command: Command) -> Command {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Every record on the server has exactly one receipt, and every receipt its record.
#[track_caller]
fn compare(pds: &Pds, account: &Account, mut receipts: Vec<String>) {
    let repo = pds.read(account);
    let there: Vec<&str> = repo.versions().iter().map(|(uri, _)| *uri).collect();
    receipts.sort();
    assert_eq!(receipts, there);
    let mut texts = repo.texts();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), there.len(), "each text once");
}

#[test]
fn killed_at_any_request_before_or_after_the_server_acted_each_post_is_there_once() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let gate = Gate::before(pds.url());
    let mut receipts = Vec::new();
    for held in [Turn::HoldRequest, Turn::HoldAnswer] {
        for at in 0.. {
            let project = three(&gate, &account, &format!("{held:?} {at}"));
            gate.rule(move |count, _| if count == at { held } else { Turn::Pass });
            let killed = kill_when_held(&project, &gate);
            let reached = gate.count();
            gate.open();
            let report = desk::last(&project.finish(&mut desk::run(&project)).ok());
            assert_eq!(
                report["posts"].as_array().unwrap().len(),
                3,
                "{held:?} {at}"
            );
            receipts.extend(desk::receipts(&report));
            if !killed {
                assert!(reached >= 6, "a login, an upload, four records: {reached}");
                break;
            }
        }
    }
    compare(&pds, &account, receipts);
}

/// Repeatable numbers (SplitMix64), so that a seed in a message is a test case.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end.max(1)
    }
}

/// Six posts: pictures, lines, a thread.
fn six(service: &str, account: &Account, seed: u64) -> Project {
    let long: String = (0..60)
        .map(|word| format!("seme{seed}parola{word} "))
        .collect();
    let mut project = desk::project(service, account).file("inbox/p.jpg", pictures::jpeg(64, 48));
    for post in 0..6 {
        let text = match post {
            0 | 4 => format!(
                "---\nimage: {{ file: p.jpg, alt: Grigio }}\n---\nseme {seed}: figura {post}"
            ),
            2 => format!("seme {seed}: {long}"),
            _ => format!("seme {seed}: riga {post}"),
        };
        project = project.file(&format!("inbox/{post}.md"), text);
    }
    project
}

/// Kill -9 wherever it happens to be, up to three times in a row, then once to the end.
#[test]
fn killed_at_random_moments_each_post_is_there_once_with_its_receipt() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let mut receipts = Vec::new();
    let mut whole = u64::MAX;
    // Undisturbed ones tell how long it takes here and now, so that the kills fall into it; the first warms up.
    for warming in [1000, 1001] {
        let project = six(pds.url(), &account, warming);
        let began = Instant::now();
        let report = desk::last(&project.finish(&mut desk::run(&project)).ok());
        whole = whole.min(u64::try_from(began.elapsed().as_micros()).unwrap());
        receipts.extend(desk::receipts(&report));
    }
    let mut killed = 0;
    for seed in 1..=15 {
        let mut random = Random(seed);
        let project = six(pds.url(), &account, seed);
        let mut moments = Vec::new();
        for _ in 0..3 {
            let micros = random.below(whole);
            moments.push(micros);
            let mut child = quiet(desk::run(&project)).spawn().unwrap();
            // The moment itself is what is tried here; nothing waits for anything.
            thread::sleep(Duration::from_micros(micros));
            if child.try_wait().unwrap().is_some() {
                // It was over before. A first run tells how long one takes by now.
                if moments.len() == 1 {
                    whole = micros;
                }
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
        }
        eprintln!("seed {seed}: killed after {moments:?} of {whole} µs");
        let report = desk::last(&project.finish(&mut desk::run(&project)).ok());
        assert_eq!(report["posts"].as_array().unwrap().len(), 6, "seed {seed}");
        receipts.extend(desk::receipts(&report));
    }
    assert!(killed >= 10, "the kills fell into the runs: {killed}");
    compare(&pds, &account, receipts);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// A copy of the state made while a post was on its way is put back after that post went out.
#[test]
fn a_backup_from_the_middle_of_a_publication_posts_nothing_twice() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let gate = Gate::before(pds.url());
    let project = desk::project(&gate.url(), &account).file("inbox/a.md", "una volta sola");
    gate.rule(|_, request| {
        if request.path.ends_with("putRecord") {
            Turn::HoldRequest
        } else {
            Turn::Pass
        }
    });
    assert!(kill_when_held(&project, &gate));
    gate.open();
    let backup = project.path("backup");
    copy(&project.path(".staffetta"), &backup);
    let first = desk::last(&project.finish(&mut desk::run(&project)).ok());
    let before = pds.read(&account);

    fs::remove_dir_all(project.path(".staffetta")).unwrap();
    fs::rename(&backup, project.path(".staffetta")).unwrap();
    let again = desk::last(&project.finish(&mut desk::run(&project)).ok());
    let after = pds.read(&account);
    assert_eq!(after.versions(), before.versions());
    assert_eq!(after.texts(), ["una volta sola"]);
    assert_eq!(desk::receipts(&again), desk::receipts(&first));
}

/// Without its state a project knows nothing of what it posted, and no network is asked for everything that is there:
/// the posts go out again. What is there already is at least never overwritten.
#[test]
fn a_project_whose_state_is_deleted_posts_again_and_overwrites_nothing() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let project = desk::project(pds.url(), &account)
        .file("inbox/a.md", "uno")
        .file("inbox/b.md", "due");
    project.run(&["run", "posts"]).ok();
    let before = pds.read(&account);
    fs::remove_dir_all(project.path(".staffetta")).unwrap();
    project.run(&["run", "posts"]).ok();
    let after = pds.read(&account);
    let versions = after.versions();
    assert_eq!(versions[..2], before.versions());
    assert_eq!(after.texts(), ["uno", "due", "uno", "due"]);
}
