//! The process is killed in the middle of writing, again and again, on one store. Whatever was acknowledged must be
//! there afterwards, and whatever is there must follow from the log.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::super::event::{Finding, Outcome};
use super::super::super::state::EffectStatus;
use super::super::super::store::Claimed;
use super::*;

const STORE: &str = "STAFFETTA_JOURNAL_CRASH_STORE";
const KILLS: u32 = 25;

/// Not a test by itself: the process that is killed. It publishes for ever and says on standard output what it was
/// promised.
#[test]
fn victim() {
    let Some(dir) = std::env::var_os(STORE) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(publish(Path::new(&dir)));
}

async fn publish(dir: &Path) {
    let store = SqliteStore::open(dir, Options::default()).unwrap();
    for cut_off in store.unfinished().await.unwrap() {
        let resumed = store.resume(&cut_off.run, 1).await.unwrap();
        for effect in resumed.in_doubt {
            // It stands for a network on which the post is there.
            let finding = Finding::Posted {
                receipt: json!({"found": true}),
            };
            let event = Event::EffectSettled {
                key: effect.key.clone(),
                by: "find".to_owned(),
                finding,
            };
            let batch = Batch::new(&cut_off.run, 2).event(event);
            store.append(batch).await.unwrap();
            println!("done {}", effect.key);
        }
        let outcome = Outcome::Cancelled;
        let batch = Batch::new(&cut_off.run, 2).event(Event::RunDone { outcome });
        store.append(batch).await.unwrap();
    }
    for number in 0.. {
        let run = format!("{}-{number}", store.epoch());
        let start = Batch::new(&run, 3)
            .event(started())
            .event(step_started("fetch"));
        store.append(start.buffered()).await.unwrap();
        for page in 0..4 {
            let records = "x".repeat(50_000);
            let batch = Batch::new(&run, 3).page("fetch", page, 10, None, records);
            store.append(batch.buffered()).await.unwrap();
        }
        let batch = Batch::new(&run, 4)
            .event(step_done("fetch", 40))
            .event(step_started("posted"));
        store.append(batch).await.unwrap();
        println!("fetched {run}");
        for post in 0..3 {
            let key = format!("{run}-{post}");
            let link = format!("link {key}");
            let claims = vec![claim(&key, &[&link], Then::Call)];
            let answers = store.claim(&run, 5, claims).await.unwrap();
            assert!(matches!(answers[0], Claimed::Claimed(_)));
            println!("called {key}");
            let batch = Batch::new(&run, 6).event(done(&key));
            store.append(batch).await.unwrap();
            println!("done {key}");
        }
        let outcome = Outcome::Done;
        let batch = Batch::new(&run, 7)
            .event(step_done("posted", 0))
            .event(Event::RunDone { outcome });
        store.append(batch).await.unwrap();
        println!("ended {run}");
    }
}

#[tokio::test]
async fn killed_at_any_moment_nothing_promised_is_lost() {
    let folder = Folder::new();
    let mut promised = 0;
    let mut doubts = 0;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("{}::victim", here()), "--nocapture"])
            .env(STORE, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut heard = Vec::new();
        // A different moment each time: after so many promises, and then a little.
        let count = (kill * 7) % 23 + 1;
        while heard.len() < count as usize {
            let line = lines.next().expect("the victim died by itself").unwrap();
            if let Some((what, name)) = line.split_once(' ')
                && ["fetched", "called", "done", "ended"].contains(&what)
            {
                heard.push((what.to_owned(), name.to_owned()));
            }
        }
        std::thread::sleep(Duration::from_micros(u64::from(kill * 331 % 5_000)));
        child.kill().unwrap();
        child.wait().unwrap();

        // A reader without the lock sees the same as the next writer.
        let reader = SqliteStore::open_to_read(folder.path()).unwrap();
        assert_sound(&reader).await;
        drop(reader);
        let store = folder.store();
        assert_sound(&store).await;
        for (what, name) in heard {
            promised += 1;
            match what.as_str() {
                "fetched" => {
                    let page = store.page(&name, "fetch", 3).await.unwrap().unwrap();
                    assert_eq!(page.records.len(), 50_000);
                }
                "called" => assert!(store.effect(&name).await.unwrap().is_some()),
                "done" => {
                    let effect = store.effect(&name).await.unwrap().unwrap();
                    assert_eq!(effect.status, EffectStatus::Done);
                    assert!(effect.receipt.is_some());
                }
                _ => assert!(store.run(&name).await.unwrap().unwrap().ended.is_some()),
            }
        }
        for run in store.unfinished().await.unwrap() {
            doubts += store.resume(&run.run, 9).await.unwrap().in_doubt.len();
        }
        assert_sound(&store).await;
    }
    assert!(promised > KILLS * 5);
    assert!(doubts > 0, "no kill hit a call");
}

/// This module's path as the test harness names it.
fn here() -> &'static str {
    module_path!().split_once("::").map_or("", |(_, path)| path)
}
