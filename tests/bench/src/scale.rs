//! Many posts through the real binary: how fast, and whether memory stays flat. A feed and a folder are made up first,
//! which takes longer than reading them.

use std::process::Stdio;
use std::time::{Duration, Instant};

use staffetta_tests::{Project, Reply, Server};

use crate::figures::{Figures, shown};
use crate::here;

/// Resident memory at most, in bytes.
const MOST: u64 = 256 << 20;
/// Growth at most, from the small run to the large one.
const GROWTH: f64 = 1.1;
const SMALL: u32 = 10_000;
const MILLION: u32 = 1_000_000;
/// Entries in one page of the made-up feed.
const PAGE: u32 = 1_000;

pub(crate) fn measure(figures: &mut Figures, large: bool) {
    // Compiling is no part of a run's memory: it happens once, before everything here.
    warm();
    figures.title("Many posts: fetch, rule, metric with the real binary and its journal on disk; peak of resident memory");
    compare(figures, "made-up posts", SMALL, MILLION, |count| {
        let with =
            format!("guest-source/posts\n    with: {{ count: {count}, bytes: 280, link: true }}");
        run(&here::project().pipeline("many", &pipeline(&with)), count)
    });
    let most = if large { MILLION } else { MILLION / 10 };
    compare(figures, "Markdown files", SMALL, most, |count| {
        let with = "markdown/read\n    with: { folder: posts }";
        let project = here::project().pipeline("many", &pipeline(with));
        for n in 0..count {
            let text = format!(
                "---\ntitle: Post {n}\ntags: [one, two]\n---\n\n{}\n",
                "Parole su parole. ".repeat(15)
            );
            project.write(&format!("posts/{n:07}.md"), text);
        }
        run(&project, count)
    });
    compare(
        figures,
        "entries of a JSON feed in pages of 1,000",
        SMALL,
        most,
        |count| {
            let server = Server::start(move |request| {
                Reply::ok("application/feed+json", feed(&request.path, count))
            });
            run(&reader(&server), count)
        },
    );
}

/// Compiles the plugins that are used, in a run of one post each.
fn warm() {
    for source in [
        "guest-source/posts\n    with: { count: 1 }",
        "markdown/read\n    with: { folder: posts }",
    ] {
        let project = here::project().pipeline("many", &pipeline(source));
        run(&project.file("posts/one.md", "One.\n"), 1);
    }
    let server =
        Server::start(|request| Reply::ok("application/feed+json", feed(&request.path, 1)));
    run(&reader(&server), 1);
}

/// A project that reads the made-up feed.
fn reader(server: &Server) -> Project {
    let with = format!("feed/fetch\n    with: {{ url: \"{}\" }}", server.url("/0"));
    let project = here::project().pipeline("many", &pipeline(&with));
    let file = project.read("staffetta.yaml");
    let grant = format!(
        "grants:\n  feed: {{ http: [\"127.0.0.1:{}\"] }}\n",
        server.port()
    );
    project.file("staffetta.yaml", file + &grant)
}

fn pipeline(source: &str) -> String {
    format!(
        "name: many\nsteps:\n  - id: posts\n    uses: {source}\n  - id: rule\n    uses: guest-echo/apply\n  \
         - id: figures\n    uses: guest-count/compute\n"
    )
}

fn compare(
    figures: &mut Figures,
    what: &str,
    small: u32,
    large: u32,
    run: impl Fn(u32) -> (Duration, u64),
) {
    // Which threads happen to do what moves the peak of a short run by a few megabytes.
    let runs = [(); 3].map(|()| run(small));
    let little = runs.iter().map(|run| run.1).max().unwrap_or_default();
    let took = crate::figures::median(runs.map(|run| run.0).to_vec());
    figures.told(&format!("{small} {what}"), &told(small, took, little));
    let (took, much) = run(large);
    let holds = much <= MOST && much as f64 <= little as f64 * GROWTH;
    let value = format!(
        "{}, {:.2} of the small run's",
        told(large, took, much),
        much as f64 / little as f64
    );
    figures.judge(
        &format!("{large} {what}"),
        &value,
        holds,
        "at most 256 MB and 1.1",
    );
}

fn told(count: u32, took: Duration, peak: u64) -> String {
    format!(
        "{} = {:.0} posts/s, {} MB",
        shown(took),
        f64::from(count) / took.as_secs_f64(),
        peak >> 20
    )
}

/// Time and peak memory of a run that must see all posts.
fn run(project: &Project, count: u32) -> (Duration, u64) {
    let mut command = project.command(&["run", "many", "--json"]);
    let begin = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // The kernel keeps the peak itself; it can be read for as long as the process lives.
    while child.try_wait().unwrap().is_none() {
        peak = high_water(&status).unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    let took = begin.elapsed();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{told}");
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let steps = report["runs"][0]["steps"]
        .as_array()
        .or_else(|| report["steps"].as_array())
        .expect("steps");
    let rule = steps
        .iter()
        .find(|step| step["id"] == "rule" || step["step"] == "rule")
        .expect("the rule's step");
    assert_eq!(rule["count"], count, "{text}");
    (took, peak)
}

fn high_water(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(
        line.trim()
            .trim_end_matches(" kB")
            .trim()
            .parse::<u64>()
            .ok()?
            << 10,
    )
}

fn feed(path: &str, count: u32) -> String {
    let from: u32 = path.trim_start_matches('/').parse().unwrap();
    let to = count.min(from + PAGE);
    let item = |n: u32| {
        let text = "Parole su parole. ".repeat(15);
        serde_json::json!({
            "id": n.to_string(), "url": format!("https://blog.example/{n}"), "title": format!("Entry {n}"),
            "content_text": text, "date_published": "2026-07-01T08:00:00Z",
        })
    };
    let mut feed = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1", "title": "Many", "items": (from..to).map(item).collect::<Vec<_>>(),
    });
    if to < count {
        feed["next_url"] = format!("/{to}").into();
    }
    feed.to_string()
}
