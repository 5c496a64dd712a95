//! `staffetta init`: a project that runs at once, with nothing to sign up for.

use std::path::Path;

use super::output::{Output, Tone, note, print};
use super::{Outcome, Result, Trouble};
use crate::project::FILE_NAME;

/// What a new project holds: path and text.
const FILES: [(&str, &str); 4] = [
    (FILE_NAME, include_str!("init/staffetta.yaml")),
    ("pipelines/hello.yaml", include_str!("init/hello.yaml")),
    ("posts/hello.md", include_str!("init/hello.md")),
    (".gitignore", include_str!("init/gitignore")),
];

pub(super) fn run(folder: Option<&Path>, output: &Output) -> Result {
    let folder = folder.unwrap_or(Path::new("."));
    let there = folder.join(FILE_NAME);
    if there.exists() {
        return Err(Trouble::Mistake(
            format!("{} is there already", there.display()),
            Some("choose another folder: `staffetta init FOLDER`".into()),
        ));
    }
    for (name, text) in FILES {
        let path = folder.join(name);
        if path.exists() {
            note(&format!("{} is kept as it is", path.display()));
            continue;
        }
        let full = std::path::absolute(&path).unwrap_or(path.clone());
        crate::whole::replace(&full, |file| {
            std::io::Write::write_all(file, text.as_bytes())
        })
        .map_err(|error| Trouble::Mistake(format!("{}: {error}", path.display()), None))?;
        print(&format!(
            "{} {}",
            output.paint(Tone::Good, "made"),
            path.display()
        ));
    }
    let change = if folder == Path::new(".") {
        String::new()
    } else {
        format!("cd {} && ", folder.display())
    };
    note("");
    note(&format!(
        "next: {}",
        output.paint_err(Tone::Code, &format!("{change}staffetta preview hello"))
    ));
    note(&format!(
        "then: {}",
        output.paint_err(Tone::Code, &format!("{change}staffetta run hello"))
    ));
    Ok(Outcome::Done)
}
