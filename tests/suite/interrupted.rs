//! Runs that are cut off: they go on where they were, and nothing goes out twice. What a child process does is waited
//! for by what it sends or prints, never by time.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use staffetta_tests::{Project, Reply, Server};

use crate::common::{Network, PATIENCE, arrived, network, numbers, outcomes_of, signal, text};

/// A network that says when a change arrives and answers when it is told to; only change number `at` waits.
fn gated(at: usize) -> (Network, Receiver<usize>, Sender<()>) {
    let (tell, told) = channel();
    let (open, gate) = channel();
    let (tell, gate) = (Mutex::new(tell), Mutex::new(gate));
    let server = Network::with(move |number, _| {
        let _ = tell.lock().unwrap().send(number);
        if number == at {
            // The other side is gone when a test has failed.
            let _ = gate.lock().unwrap().recv_timeout(PATIENCE);
        }
    });
    (server, told, open)
}

fn start(project: &Project, arguments: &[&str]) -> Child {
    project
        .command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The lines of a child's standard error, as they come.
fn lines(child: &mut Child) -> Receiver<String> {
    let (tell, told) = channel();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    thread::spawn(move || {
        stderr
            .lines()
            .map_while(Result::ok)
            .try_for_each(|line| tell.send(line))
    });
    told
}

#[track_caller]
fn line_with(lines: &Receiver<String>, part: &str) {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if arrived(lines, part).contains(part) {
            return;
        }
    }
    panic!("waited in vain for `{part}`");
}

fn once_each(server: &Network, wanted: usize) {
    let mut keys: Vec<String> = server
        .changes()
        .iter()
        .map(|change| text(&change["key"]))
        .collect();
    keys.sort();
    let all = keys.len();
    keys.dedup();
    assert_eq!((all, keys.len()), (wanted, wanted), "each post once");
}

#[test]
fn ctrl_c_lets_what_is_in_flight_finish_and_the_next_run_goes_on() {
    let (server, told, open) = gated(1);
    let project = network(&server.url(), &[("one", "publish: done")])
        .pipeline("numbers", &numbers(4, "one", ""));
    let mut child = start(&project, &["run", "numbers"]);
    let stderr = lines(&mut child);
    while arrived(&told, "the second change") != 1 {}
    signal("INT", child.id());
    line_with(&stderr, "stopping");
    open.send(()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("the same command goes on with it"));
    assert_eq!(
        server.changes().len(),
        2,
        "what was in flight finished, and nothing more was begun"
    );

    let output = project
        .run(&["run", "numbers"])
        .ok()
        .err("goes on with the interrupted run");
    assert!(output.stdout.contains("posted"), "{}", output.describe());
    once_each(&server, 4);
    let runs = project.run(&["runs", "--json"]).ok().json();
    assert!(
        runs["runs"]
            .as_array()
            .unwrap()
            .iter()
            .all(|run| run["status"] == "done"),
        "{runs}"
    );
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_nothing_is_doubled() {
    let (server, told, open) = gated(0);
    let project = network(&server.url(), &[("one", "publish: done")])
        .pipeline("numbers", &numbers(2, "one", ""));
    let mut child = start(&project, &["run", "numbers"]);
    let stderr = lines(&mut child);
    arrived(&told, "the first change");
    signal("INT", child.id());
    line_with(&stderr, "stopping");
    signal("INT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    open.send(()).unwrap();
    let _ = project.run(&["run", "numbers"]).ok();
    // The first change was taken although its answer was never read: the network was asked, not told again.
    assert!(server.questions() >= 1);
    once_each(&server, 2);
}

#[test]
fn after_a_kill_the_change_that_was_taken_is_not_sent_again() {
    let (server, told, open) = gated(1);
    let project = network(&server.url(), &[("one", "publish: done, find: ask")])
        .pipeline("numbers", &numbers(3, "one", ""));
    let mut child = start(&project, &["run", "numbers"]);
    while arrived(&told, "the second change") != 1 {}
    child.kill().unwrap();
    child.wait().unwrap();
    open.send(()).unwrap();
    let output = project.run(&["run", "numbers"]).ok();
    let _ = output.err("goes on with the interrupted run");
    assert_eq!(server.questions(), 1);
    once_each(&server, 3);
}

/// The network never saw it (it hung up before it took anything), and says so: one more try.
#[test]
fn after_a_kill_the_change_that_was_not_taken_is_sent_once() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let first = std::sync::atomic::AtomicBool::new(true);
    let server = Server::start(move |request| {
        if request.method == "GET" {
            return Reply::status(404);
        }
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            let _ = tell.lock().unwrap().send(());
            // Long enough for the kill; then it forgets the change.
            return Reply::Slow(Duration::from_secs(2), Box::new(Reply::Hangup));
        }
        Reply::ok("application/json", "{}")
    });
    let project = network(&server.url(""), &[("one", "publish: done, find: ask")])
        .pipeline("numbers", &numbers(1, "one", ""));
    let mut child = start(&project, &["run", "numbers"]);
    arrived(&told, "the change");
    child.kill().unwrap();
    child.wait().unwrap();
    let _ = project.run(&["run", "numbers"]).ok();
    let posts: Vec<_> = server
        .requests()
        .into_iter()
        .filter(|request| request.method == "POST")
        .collect();
    assert_eq!(posts.len(), 2, "the one that was lost, and one more");
    let _ = project.run(&["run", "numbers"]).ok();
    assert_eq!(
        server
            .requests()
            .into_iter()
            .filter(|request| request.method == "POST")
            .count(),
        2
    );
}

#[test]
fn after_a_kill_what_nobody_can_tell_stays_in_doubt() {
    let (server, told, open) = gated(0);
    let project = network(&server.url(), &[("one", "publish: done, find: unknown")])
        .pipeline("numbers", &numbers(1, "one", ""));
    let mut child = start(&project, &["run", "numbers"]);
    arrived(&told, "the change");
    child.kill().unwrap();
    child.wait().unwrap();
    open.send(()).unwrap();
    let _ = project.run(&["run", "numbers"]).code(1).err("in doubt one");
    let _ = project.run(&["run", "numbers"]).code(1);
    assert_eq!(server.changes().len(), 1);
}

#[test]
fn after_a_kill_between_the_calls_of_one_publication_it_goes_on_from_its_progress() {
    let (server, told, open) = gated(2);
    let project = network(&server.url(), &[("one", "publish: \"again:3\", find: ask")])
        .pipeline("numbers", &numbers(1, "one", ""));
    let mut child = start(&project, &["run", "numbers"]);
    while arrived(&told, "the third call") != 2 {}
    child.kill().unwrap();
    child.wait().unwrap();
    open.send(()).unwrap();
    let report = project.run(&["run", "numbers"]).ok();
    assert!(report.stdout.contains("posted"), "{}", report.describe());
    let steps: Vec<_> = server
        .changes()
        .iter()
        .map(|change| change["step"].clone())
        .collect();
    assert_eq!(steps, [json!(0), json!(1), json!(2), json!(3)]);
}

#[test]
fn a_run_that_was_cut_off_while_it_fetched_goes_on() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let first = std::sync::atomic::AtomicBool::new(true);
    let feed = Server::start(move |_| {
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            let _ = tell.lock().unwrap().send(());
            return Reply::Endless("application/rss+xml");
        }
        let item =
            "<item><guid>g</guid><link>https://acme.example/1</link><title>One</title></item>";
        Reply::ok(
            "application/rss+xml",
            format!("<rss version=\"2.0\"><channel><title>T</title>{item}</channel></rss>"),
        )
    });
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")]).pipeline(
        "feed",
        &format!(
            "name: Feed\nclient: acme\nsteps:\n  - id: articles\n    uses: feed/fetch\n    with: {{ url: \"{}\" }}\n  - publish: [one]\n",
            feed.url("/feed.xml")
        ),
    );
    let mut child = start(&project, &["run", "feed"]);
    arrived(&told, "the feed's request");
    child.kill().unwrap();
    child.wait().unwrap();
    let _ = project
        .run(&["run", "feed"])
        .ok()
        .err("goes on with the interrupted run");
    once_each(&server, 1);
}

#[test]
fn two_processes_at_once_do_not_post_twice() {
    let (server, told, open) = gated(0);
    let project = network(&server.url(), &[("one", "publish: done")])
        .pipeline("numbers", &numbers(2, "one", ""));
    let child = start(&project, &["run", "numbers"]);
    arrived(&told, "the first change");
    // The second one is told to wait or to come back.
    let _ = project.run(&["run", "numbers"]).code(2).err("--wait");
    let waiting = start(&project, &["run", "numbers", "--wait", "30", "--json"]);
    open.send(()).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let output = waiting.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        !outcomes_of(&report, "one").contains(&"posted".to_owned()),
        "{report}"
    );
    once_each(&server, 2);
}
