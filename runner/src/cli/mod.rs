//! The command line: from arguments to one library call, and from its result to words, JSON and an exit code.

pub mod args;
mod check;
mod handoff;
mod init;
mod open;
pub mod output;
mod plugin;
mod preview;
mod run;
mod runs;
mod serve;
mod talk;
mod texts;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::diagnostic::{Colour, Diagnostic, render_all, summary};
use args::{Cli, Command, Global, LogForm};
use output::{Output, note, print_json};

/// How a command ended, and so the exit code: decided here and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 0: done.
    Done,
    /// 1: a run failed, or left something failed or in doubt.
    RunFailed,
    /// 2: something to mend in a file, an option or the project.
    UserError,
    /// 3: a fault of the program or of the machine.
    Fault,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::RunFailed => 1,
            Outcome::UserError => 2,
            Outcome::Fault => 3,
        })
    }
}

/// What a command could not do.
#[derive(Debug)]
pub enum Trouble {
    /// Located mistakes, for the user to mend.
    Mistakes(Vec<Diagnostic>),
    /// A mistake without a place in a file: what, and how to mend it.
    Mistake(String, Option<String>),
    /// A fault of the program or the machine.
    Fault(String),
}

impl From<Vec<Diagnostic>> for Trouble {
    fn from(mistakes: Vec<Diagnostic>) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl From<Diagnostic> for Trouble {
    fn from(mistake: Diagnostic) -> Self {
        Self::Mistakes(vec![mistake])
    }
}

/// The result of a command.
pub type Result<T = Outcome> = std::result::Result<T, Trouble>;

/// Runs one command line.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are printed like errors and are none. A closed pipe is none either.
            let _ = error.print();
            return if error.use_stderr() {
                Outcome::UserError.into()
            } else {
                Outcome::Done.into()
            };
        }
    };
    log(&cli.global);
    // Before anybody can replace the binary.
    let _ = crate::plugin::locate::Locations::here();
    let output = Output::new(&cli.global);
    match command(cli.command, &cli.global, &output) {
        Ok(outcome) => outcome.into(),
        Err(trouble) => complain(&trouble, &output).into(),
    }
}

fn command(command: Command, global: &Global, output: &Output) -> Result {
    match command {
        Command::Init { folder } => init::run(folder.as_deref(), output),
        Command::Check { pipelines } => check::run(global, &pipelines, output),
        Command::Preview {
            pipeline,
            html,
            limit,
            all,
            file,
        } => preview::run(
            global,
            &pipeline,
            html.as_deref(),
            limit,
            all,
            &file,
            output,
        ),
        Command::Run {
            pipeline,
            file,
            wait,
        } => run::run(global, &pipeline, &file, wait, output),
        Command::Serve { quiet } => serve::run(global, quiet, output),
        Command::Runs {
            command,
            pipeline,
            limit,
        } => runs::run(global, command, pipeline, limit, output),
        Command::Plugin { command } => plugin::run(global, command, output),
        Command::Handoff { command } => handoff::run(global, &command, output),
        Command::Explain { code } => texts::explain(code.as_deref(), output),
        Command::Schema { file } => texts::schema(file),
        Command::Completions { shell } => texts::completions(shell),
        Command::Man { reference } => texts::man(reference),
    }
}

/// Says what is wrong and gives the exit code for it.
fn complain(trouble: &Trouble, output: &Output) -> Outcome {
    match trouble {
        Trouble::Mistakes(mistakes) => {
            tell_mistakes(mistakes, output);
            Outcome::UserError
        }
        Trouble::Mistake(what, help) => {
            if output.json {
                print_json(&serde_json::json!({"version": 1, "error": what, "help": help}));
            }
            note(&format!(
                "{}: {what}",
                output.paint_err(output::Tone::Bad, "error")
            ));
            if let Some(help) = help {
                note(&format!(
                    "{}: {help}",
                    output.paint_err(output::Tone::Code, "help")
                ));
            }
            Outcome::UserError
        }
        Trouble::Fault(what) => {
            if output.json {
                print_json(&serde_json::json!({"version": 1, "error": what}));
            }
            note(&format!(
                "{}: {what}",
                output.paint_err(output::Tone::Bad, "error")
            ));
            Outcome::Fault
        }
    }
}

/// Prints mistakes, with their lines on standard error or as JSON on standard output.
fn tell_mistakes(mistakes: &[Diagnostic], output: &Output) {
    if output.json {
        print_json(&serde_json::json!({"version": 1, "diagnostics": mistakes}));
        return;
    }
    let colour = if output.colour_err {
        Colour::Always
    } else {
        Colour::Never
    };
    note(render_all(mistakes, colour).trim_end());
    note("");
    note(&summary(mistakes));
}

/// Sets up tracing on standard error.
fn log(global: &Global) {
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::fmt::format::FmtSpan;
    use tracing_subscriber::prelude::*;

    let level = match global.verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    // Others' chatter only where everything is wanted.
    let ours = tracing_subscriber::filter::Targets::new()
        .with_target("staffetta", level)
        .with_default(if global.verbose > 2 {
            LevelFilter::DEBUG
        } else {
            LevelFilter::WARN
        });
    let registry = tracing_subscriber::registry().with(ours);
    let stderr = std::io::stderr;
    let set = match global.log {
        LogForm::Human => {
            let colour = Output::new(global).colour_err;
            let layer = tracing_subscriber::fmt::layer()
                .with_writer(stderr)
                .with_ansi(colour)
                .without_time()
                .with_target(false);
            registry.with(layer).try_init()
        }
        LogForm::Json => {
            let layer = tracing_subscriber::fmt::layer()
                .json()
                .with_writer(stderr)
                .with_span_events(FmtSpan::CLOSE);
            registry.with(layer).try_init()
        }
    };
    // Set already: when a test runs two commands in one process.
    drop(set);
}
