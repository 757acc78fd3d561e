//! A terminal: what a person types and sees, one file per command, and the exit code.

mod args;
mod commands;
mod consent;
mod exit;
mod flags;
mod io;
mod logging;
mod meant;
mod noticed;
mod onward;
mod outputs;
mod pager;
mod parsers;
mod progress;
mod reports;
mod say;
mod screen;
mod select;
mod streams;
mod terminal;
mod typing;
mod views;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches};

use args::{Cli, Command};
use commands::{
    capabilities, completions, diff, doctor, explain, init, log, login, man, r#match, notify, push_udfs,
    sandbox, schedule, schema, self_service, show, sync, undo, version,
};
use flags::{Color, Globals};
pub use io::{Answers, Io};
use outputs::{Outputs, Paths};
#[cfg(test)]
pub(crate) use say::Line;
pub use streams::Buffers;

use crate::config;

/// Reports whether `flag` asks for JSON. The other arguments are not parsed: they may be wrong.
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
pub fn check(args: impl IntoIterator<Item = OsString>) -> std::result::Result<(), String> {
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
    let words: Vec<&str> = args.iter().skip(1).filter_map(|arg| arg.to_str()).collect();
    io.set_place(onward::place(&words));
    let matches = match Cli::command().try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) => {
            return match meant::meant(&error, &words) {
                Some(error) => say::failed(&error.into(), io),
                None => say::usage(&error, io),
            };
        }
    };
    let Cli { globals, command } = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return say::usage(&error, io),
    };
    io.set_color(globals.color);
    logging::start(&globals, io);
    let config = configuration(&command, &globals, io);
    match Outputs::open(paths(&command), config.as_deref(), globals.color == Color::Always) {
        Ok(outputs) => io.write_to(outputs),
        Err(error) if tells_others(&command) => io.cannot_write(error),
        Err(error) => return say::failed(&error.into(), io),
    }
    io.set_paged(!globals.no_pager && asks_nothing(&command));
    execute(command, &globals, io).unwrap_or_else(|error| say::failed(&error, io))
}

/// Reports whether the command only shows something: what asks a person is not read in a pager.
fn asks_nothing(command: &Command) -> bool {
    match command {
        Command::Diff(_)
        | Command::Show(_)
        | Command::Explain(_)
        | Command::Log(_)
        | Command::Doctor(_)
        | Command::Capabilities(_) => true,
        Command::Match(args) => args.asks_nothing(),
        Command::PushUdfs(args) => args.asks_nothing(),
        Command::Init(_)
        | Command::Sync(_)
        | Command::Undo(_)
        | Command::SelfService(_)
        | Command::Schedule(_)
        | Command::Sandbox(_)
        | Command::Schema(_)
        | Command::Login(_)
        | Command::Logout(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Notify(_)
        | Command::Version(_) => false,
    }
}

/// Reports whether the command tells others how it ends, whatever that is.
fn tells_others(command: &Command) -> bool {
    match command {
        Command::Sync(_) | Command::Undo(_) | Command::SelfService(_) => true,
        Command::PushUdfs(args) => !args.asks_nothing(),
        _ => false,
    }
}

/// Returns the configuration, if the command reads it and there is one.
fn configuration(command: &Command, globals: &Globals, io: &Io) -> Option<PathBuf> {
    match command {
        Command::Sandbox(_) | Command::Schema(_) | Command::Completions(_) | Command::Version(_) => None,
        _ => config::find(globals.config.as_deref(), &io.machine().variables).ok(),
    }
}

/// Returns the files that the command was told to write.
fn paths(command: &Command) -> Paths<'_> {
    match command {
        Command::Diff(args) => args.paths(),
        Command::Sync(args) => args.paths(),
        Command::Show(args) => args.paths(),
        Command::Match(args) => args.paths(),
        Command::Explain(args) => args.paths(),
        Command::PushUdfs(args) => args.paths(),
        Command::Log(args) => args.paths(),
        Command::Undo(args) => args.paths(),
        Command::SelfService(args) => args.paths(),
        Command::Doctor(args) => args.paths(),
        Command::Capabilities(args) => args.paths(),
        Command::Sandbox(args) => args.file.paths(),
        Command::Schedule(args) => args.file.paths(),
        Command::Schema(args) => args.file.paths(),
        Command::Completions(args) => args.file.paths(),
        Command::Version(args) => args.file.paths(),
        Command::Init(_) | Command::Login(_) | Command::Logout(_) | Command::Man(_) | Command::Notify(_) => {
            Paths::default()
        }
    }
}

fn execute(command: Command, globals: &Globals, io: &mut Io) -> Result<u8> {
    match command {
        Command::Diff(args) => diff::run(&args, globals, io),
        Command::Show(args) => show::run(&args, globals, io),
        Command::Sync(args) => sync::run(&args, globals, io),
        Command::Match(args) => r#match::run(&args, globals, io),
        Command::Explain(args) => explain::run(&args, globals, io),
        Command::PushUdfs(args) => push_udfs::run(&args, globals, io),
        Command::Log(args) => log::run(&args, globals, io),
        Command::Undo(args) => undo::run(&args, globals, io),
        Command::SelfService(args) => self_service::run(&args, globals, io),
        Command::Doctor(args) => doctor::run(&args, globals, io),
        Command::Capabilities(args) => capabilities::run(&args, globals, io),
        Command::Sandbox(args) => sandbox::run(&args, io),
        Command::Schedule(args) => schedule::run(&args, globals, io),
        Command::Notify(args) => notify::run(&args, globals, io),
        Command::Schema(args) => schema::run(&args, io),
        Command::Init(args) => init::run(&args, globals, io),
        Command::Login(args) => login::login(&args, globals, io),
        Command::Logout(args) => login::logout(&args, globals, io),
        Command::Completions(args) => completions::run(&args, Cli::command(), io),
        Command::Man(args) => man::run(&args, Cli::command(), io),
        Command::Version(args) => version::run(&args, io),
    }
}
