//! The `staffetta` program: hands its arguments to the library and turns the answer into an exit code.

fn main() -> std::process::ExitCode {
    staffetta::cli::run(std::env::args_os())
}
