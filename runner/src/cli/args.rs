//! What can be typed: the commands, their options and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Exit codes, shown at the end of the help.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a run failed, or left something failed or in doubt
  2  something to mend in a file, an option or the project
  3  a fault of the program or of the machine

`staffetta explain CODE` tells more of an error, such as `staffetta explain S0104`.";

/// Runs YAML pipelines of sandboxed WebAssembly plugins for social-media teams.
#[derive(Debug, Parser)]
#[command(name = "staffetta", version, after_help = EXIT_CODES, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The project's folder; else the nearest one upwards that has a staffetta.yaml.
    #[arg(long, short = 'C', global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// JSON on standard output, for scripts (docs/json.md).
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colours; NO_COLOR is obeyed.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// More of what happens, on standard error; twice for all of it.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// The form of the log on standard error.
    #[arg(long, global = true, value_name = "FORM", default_value = "human")]
    pub log: LogForm,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project that runs at once.
    #[command(after_help = "Examples:\n  staffetta init\n  staffetta init clients/acme")]
    Init {
        /// Where; else here.
        folder: Option<PathBuf>,
    },
    /// Find every mistake in the project and its pipelines, without running anything.
    #[command(
        after_help = "Examples:\n  staffetta check\n  staffetta check pipelines/new-article.yaml"
    )]
    Check {
        /// Pipelines; else all of the project.
        pipelines: Vec<PathBuf>,
    },
    /// Show what a run would post, exactly, without posting it.
    #[command(
        after_help = "Examples:\n  staffetta preview new-article\n  staffetta preview new-article --html preview.html\n  staffetta preview new-article --json | jq '.posts[].variants[].refused'"
    )]
    Preview {
        /// A pipeline's file, or its name in `pipelines/`.
        pipeline: PathBuf,
        /// Write a page to look at, all in one file.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// Posts at most.
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u64,
        /// Everything that the sources hold, also what earlier runs have read.
        #[arg(long)]
        all: bool,
        /// Files as if they had just appeared, for pipelines that watch.
        #[arg(long, value_name = "FILE")]
        file: Vec<PathBuf>,
    },
    /// Run a pipeline now; an interrupted run goes on where it was.
    #[command(
        after_help = "Examples:\n  staffetta run new-article\n  staffetta run pipelines/new-article.yaml --file inbox/hello.md"
    )]
    Run {
        /// A pipeline's file, or its name in `pipelines/`.
        pipeline: PathBuf,
        /// Files as if they had just appeared, for pipelines that watch.
        #[arg(long, value_name = "FILE")]
        file: Vec<PathBuf>,
        /// Wait so many seconds for another process that uses the project's store.
        #[arg(long, value_name = "SECONDS", default_value_t = 0)]
        wait: u64,
    },
    /// Wait for triggers and run what they start.
    #[command(after_help = "Example:\n  staffetta serve")]
    Serve {
        /// How long a file must be quiet before it counts as complete.
        #[arg(long, value_name = "MILLISECONDS", default_value_t = 100)]
        quiet: u64,
    },
    /// Look at runs.
    Runs {
        /// What to see; else the list.
        #[command(subcommand)]
        command: Option<RunsCommand>,
        /// Of this pipeline only.
        #[arg(long, value_name = "NAME")]
        pipeline: Option<String>,
        /// Runs at most.
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u32,
    },
    /// Write, build and look at plugins.
    Plugin {
        /// What to do.
        #[command(subcommand)]
        command: PluginCommand,
    },
    /// Posts that were handed over to people.
    Handoff {
        /// What to do.
        #[command(subcommand)]
        command: HandoffCommand,
    },
    /// Tell more of an error code.
    Explain {
        /// Such as S0104; without it, all codes.
        code: Option<String>,
    },
    /// The JSON Schema of a file, for editors.
    #[command(
        after_help = "Put this line on top of a pipeline for the YAML language server:\n  # yaml-language-server: $schema=.staffetta/pipeline.schema.json\nand write the file once:\n  staffetta schema pipeline > .staffetta/pipeline.schema.json"
    )]
    Schema {
        /// Of which file.
        file: SchemaFile,
    },
    /// Completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// The manual page, or the generated parts of the documentation.
    #[command(hide = true)]
    Man {
        /// The reference of the pipeline language in Markdown instead.
        #[arg(long)]
        reference: bool,
    },
}

/// A file with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaFile {
    /// A pipeline.
    Pipeline,
    /// staffetta.yaml.
    Project,
}

/// `staffetta runs …`
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// The newest runs.
    List,
    /// One run: its steps, and what became of each post.
    Show {
        /// The run's id, or `last`.
        run: String,
    },
}

/// `staffetta plugin …`
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Write a plugin that works, with a test.
    #[command(after_help = "Example:\n  staffetta plugin new shout --kind rule")]
    New {
        /// Its name: lower-case words joined by `-`.
        name: String,
        /// What it is.
        #[arg(long, value_name = "KIND", value_parser = ["source", "rule", "network", "metric"])]
        kind: String,
    },
    /// Compile plugins into components.
    Build {
        /// Which; else all that are here.
        names: Vec<String>,
    },
    /// The plugins that pipelines can use.
    List,
    /// What a component is, and what is wrong with it.
    Inspect {
        /// A file, or a plugin's name.
        file: PathBuf,
    },
    /// Call a function of a plugin, JSON in and JSON out.
    #[command(
        after_help = "Examples:\n  echo '{\"account\":{…},\"field\":\"text\",\"text\":\"Ciao\"}' | staffetta plugin call x network.measure\n  staffetta plugin call my-metric metric.begin metric.push metric.finish < arguments.json\n\nWith one function, standard input is its arguments: an object by parameter, or a list. With several, a list with the\narguments of each; they are called one after the other on the same instance."
    )]
    Call {
        /// The plugin.
        name: String,
        /// INTERFACE.FUNCTION, one or several.
        #[arg(required = true)]
        functions: Vec<String>,
        /// Give the plugin this account's grants and secrets, and `target` all accounts of its client.
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<String>,
    },
}

/// `staffetta handoff …`
#[derive(Debug, Subcommand)]
pub enum HandoffCommand {
    /// What waits for somebody to post it.
    List,
    /// Say that something is posted.
    #[command(
        after_help = "Example:\n  staffetta handoff done outbox/acme-x/2026-11-24-hello-1a2b3c4d --link https://x.com/acme/status/1"
    )]
    Done {
        /// The hand-off's folder, or the beginning of its key.
        what: String,
        /// Where it can be seen now.
        #[arg(long, value_name = "URL")]
        link: Option<String>,
    },
}
