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
    let took = median(checks);
    let holds = took <= Duration::from_millis(20);
    figures.judge(
        "`staffetta check` on the demo, warm, start to exit",
        &shown(took),
        holds,
        "at most 20 ms",
    );
    figures.told("`staffetta --version`, for scale", &shown(median(versions)));

    let catalog = here::catalog(None);
    let mut plugins: Vec<_> = catalog.iter().collect();
    plugins.sort_by_key(|plugin| std::cmp::Reverse(plugin.bytes));
    let mut times = Vec::new();
    for _ in 0..COMPILE {
        let folder = tempfile::TempDir::new().unwrap();
        let engine = Engine::new(CodeCache::at(folder.path().into()), Limits::default()).unwrap();
        times.push(time(|| at_once(&plugins, |plugin| engine.load(plugin).map(drop)).unwrap()).0);
    }
    let size: u64 = plugins.iter().map(|plugin| plugin.bytes).sum();
    let what = format!(
        "first compile of all {} plugins ({} kB), cached on disk",
        plugins.len(),
        size / 1000
    );
    let took = median(times);
    figures.judge(
        &what,
        &shown(took),
        took <= Duration::from_secs(2),
        "at most 2 s",
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
