//! What a person waits for at the command line: `check` from start to exit, and the first compile of the plugins.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use staffetta::engine::{CodeCache, Engine, Limits};
use staffetta::execute::at_once;
use staffetta_tests::{Project, repository};

use crate::figures::{Figures, median, shown, time};
use crate::here;

const REPEAT: usize = 41;
const COMPILE: usize = 5;

pub(crate) fn measure(figures: &mut Figures) {
    figures.title("Starting");
    let project = Project::empty();
    let spawn = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command
            .current_dir(repository())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let (took, output) = time(|| command.output().unwrap());
        assert!(
            output.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        took
    };
    let check = ["-C", "pipelines", "check", "demo"];
    let _warm = spawn(&check);
    let (mut checks, mut versions) = (Vec::new(), Vec::new());
    for _ in 0..REPEAT {
        checks.push(spawn(&check));
        versions.push(spawn(&["--version"]));
    }
    let (took, value) = fastest(checks);
    let holds = took <= Duration::from_millis(20);
    let what = "`staffetta check` on the demo, warm, start to exit";
    figures.judge(what, &value, holds, "at most 20 ms");
    figures.told("`staffetta --version`, for scale", &fastest(versions).1);

    let catalog = here::catalog(None);
    let mut plugins: Vec<_> = catalog.iter().collect();
    plugins.sort_by_key(|plugin| std::cmp::Reverse(plugin.bytes));
    let (mut times, mut computed) = (Vec::new(), Vec::new());
    for _ in 0..COMPILE {
        let folder = tempfile::TempDir::new().unwrap();
        let engine = Engine::new(CodeCache::at(folder.path().into()), Limits::default()).unwrap();
        let before = processor();
        let load = || at_once(&plugins, |plugin| engine.load(plugin).map(drop)).unwrap();
        times.push(time(load).0);
        computed.push(processor().saturating_sub(before));
    }
    let size: u64 = plugins.iter().map(|plugin| plugin.bytes).sum();
    let count = plugins.len();
    let what = format!(
        "first compile of all {count} plugins ({} kB), cached",
        size / 1000
    );
    let (took, value) = fastest(times);
    let holds = took <= Duration::from_secs(2);
    figures.judge(&what, &value, holds, "at most 2 s");
    figures.told(
        "  of which computing, on all cores together",
        &fastest(computed).1,
    );
    for plugin in &plugins {
        let engine = Arc::new(Engine::new(CodeCache::none(), Limits::default()).unwrap());
        let (alone, _) = time(|| engine.load(plugin).unwrap());
        figures.told(
            &format!("  {} ({} kB) alone", plugin.name, plugin.bytes / 1000),
            &shown(alone),
        );
    }
    let folder = tempfile::TempDir::new().unwrap();
    let load = |engine: &Engine| at_once(&plugins, |plugin| engine.load(plugin).map(drop)).unwrap();
    let cache = || CodeCache::at(folder.path().into());
    load(&Engine::new(cache(), Limits::default()).unwrap());
    let engine = Engine::new(cache(), Limits::default()).unwrap();
    figures.told("the same from the cache", &shown(time(|| load(&engine)).0));
}

/// The fastest, which other work on the machine touched least, and both it and the median in words.
fn fastest(times: Vec<Duration>) -> (Duration, String) {
    let best = times.iter().min().copied().unwrap_or_default();
    let value = format!("{} (median {})", shown(best), shown(median(times)));
    (best, value)
}

/// Processor time of this process so far, as Linux counts it: in hundredths of a second.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = text.rsplit_once(')').unwrap();
    let user_and_system = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = user_and_system
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}
