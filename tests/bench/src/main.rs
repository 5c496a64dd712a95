//! Speed and memory of Staffetta, each figure beside what it is measured against, in one run: times differ from machine
//! to machine and from hour to hour, ratios of things that were measured in turns hardly do.
//!
//! Nothing here decides whether a change is good: it prints. `make bench` runs all of it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bare;
mod crowd;
mod figures;
mod here;
mod journal;
mod scale;
mod start;
mod step;

use figures::Figures;

const USAGE: &str = "\
usage: staffetta-bench [--large] [PART…]
parts: start (check, first compile), step (a rule beside bare wasmtime, with and without the journal),
       journal (beside bare SQLite), crowd (1,000 steps at once, loops beside others), scale (many posts, memory)
--large: 1,000,000 Markdown files instead of 100,000, and 1,000,000 entries of a JSON feed";

fn main() {
    let mut large = false;
    let mut parts = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--large" => large = true,
            "start" | "step" | "journal" | "crowd" | "scale" => parts.push(argument),
            _ => {
                eprintln!("{USAGE}");
                std::process::exit(2);
            }
        }
    }
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    let tokio = staffetta::engine::threads().unwrap();
    let mut figures = Figures::default();
    if wanted("start") {
        start::measure(&mut figures);
    }
    if wanted("step") {
        tokio.block_on(step::measure(&mut figures));
    }
    if wanted("journal") {
        tokio.block_on(journal::measure(&mut figures));
    }
    if wanted("crowd") {
        tokio.block_on(crowd::measure(&mut figures));
    }
    if wanted("scale") {
        scale::measure(&mut figures, large);
    }
    figures.end();
}
