//! Commands that only print what the program knows: error pages, schemas, completions, manual and reference.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::{Cli, SchemaFile};
use super::output::{Output, Table, Tone, print, print_json};
use super::{Outcome, Result, Trouble};
use crate::diagnostic::{all_codes, did_you_mean, explain as page};

pub(super) fn explain(code: Option<&str>, output: &Output) -> Result {
    let Some(code) = code else {
        let mut table = Table::default();
        for code in all_codes() {
            table.row(vec![
                (code.id().to_string(), Some(Tone::Code)),
                (code.title().to_string(), None),
            ]);
        }
        print(&table.lines(output).join("\n"));
        return Ok(Outcome::Done);
    };
    let wanted = code.to_ascii_uppercase();
    match page(&wanted) {
        Some(text) => {
            print(text.trim_end());
            Ok(Outcome::Done)
        }
        None => {
            let known: Vec<String> = all_codes()
                .iter()
                .map(|code| code.id().to_string())
                .collect();
            let near = did_you_mean(&wanted, known.iter().map(String::as_str));
            Err(Trouble::Mistake(
                format!("there is no error code `{code}`"),
                near,
            ))
        }
    }
}

pub(super) fn schema(file: SchemaFile) -> Result {
    print_json(&match file {
        SchemaFile::Pipeline => crate::pipeline::schema::pipeline(),
        SchemaFile::Project => crate::pipeline::schema::project(),
    });
    Ok(Outcome::Done)
}

pub(super) fn completions(shell: Shell) -> Result {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "staffetta", &mut text);
    print(String::from_utf8_lossy(&text).trim_end());
    Ok(Outcome::Done)
}

pub(super) fn man(reference: bool) -> Result {
    if reference {
        print(crate::pipeline::reference::markdown().trim_end());
        return Ok(Outcome::Done);
    }
    let mut text = Vec::new();
    let rendered = clap_mangen::Man::new(Cli::command()).render(&mut text);
    rendered.map_err(|error| Trouble::Fault(format!("the manual page can't be made: {error}")))?;
    print(String::from_utf8_lossy(&text).trim_end());
    Ok(Outcome::Done)
}
