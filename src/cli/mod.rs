//! What a person types and sees: one file per command, and the exit code.

mod args;
mod asked;
mod capabilities;
mod chosen;
mod completions;
mod diff;
mod emulated;
mod exit;
mod explain;
mod io;
mod job;
mod keeping;
mod log;
mod logging;
mod login;
mod outputs;
mod people;
mod pipeline;
mod progress;
mod push_udfs;
mod resolve;
mod sandbox;
mod self_service;
mod sync;
mod undo;
mod verify;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

use args::{Cli, Command};
pub use io::{Answers, Buffers, Interrupt, Io};
use outputs::Outputs;

/// Whether `flag` asks for JSON, as far as that can be seen without understanding the rest.
fn asks_for_json(args: &[OsString], flag: &str) -> bool {
    let texts = || args.iter().filter_map(|arg| arg.to_str()).take_while(|text| *text != "--");
    let joined = format!("{flag}=json");
    texts().any(|text| text == joined) || texts().zip(texts().skip(1)).any(|pair| pair == (flag, "json"))
}

/// Checks that the program understands these arguments (the program's name first), and does nothing. Asking for help
/// or the version passes.
///
/// # Errors
/// The mistake in the arguments, with the usage.
pub fn check(args: impl IntoIterator<Item = OsString>) -> Result<(), String> {
    let matches = Cli::command().try_get_matches_from(args);
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Err(error) if error.use_stderr() => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Runs the program with these arguments (the program's name first) and says how to exit.
pub fn run(args: impl IntoIterator<Item = OsString>, io: &mut Io) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    // Mistakes of the command line have a form too, before it is understood.
    io.set_json_errors(asks_for_json(&args, "--log-format"));
    io.set_json_results(asks_for_json(&args, "--format"));
    let matches = match Cli::command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return exit::usage(&error, io),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return exit::usage(&error, io),
    };
    io.set_color(cli.globals.color);
    logging::start(&cli.globals, io);
    let Cli { globals, command } = cli;
    match Outputs::open(&globals, &command) {
        Ok(outputs) => io.write_to(outputs),
        Err(error) => return exit::failed(&error, io),
    }
    let result = match command {
        Command::Diff(args) => diff::run(&args, &globals, io),
        Command::Sync(args) => sync::run(&args, &globals, io),
        Command::Match(args) => people::run(&args, &globals, io),
        Command::Explain(args) => explain::run(&args, &globals, io),
        Command::PushUdfs(args) => push_udfs::run(&args, &globals, io),
        Command::Log(args) => log::run(&args, &globals, io),
        Command::Undo(args) => undo::run(&args, &globals, io),
        Command::SelfService(args) => self_service::run(&args, &globals, io),
        Command::Capabilities(args) => capabilities::run(&args, &globals, io),
        Command::Sandbox(args) => sandbox::run(&args, io),
        Command::Login(args) => login::login(&args, &globals, io),
        Command::Logout(args) => login::logout(&args, &globals, io),
        Command::Completions(args) => completions::run(&args, io),
    };
    result.unwrap_or_else(|error| exit::failed(&error, io))
}
