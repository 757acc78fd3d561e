//! The files that a command was told to write: each is opened before the command does anything else, so that one that
//! cannot be written is a mistake of the command line, and nothing has happened anywhere.

use std::sync::Arc;

use super::args::{Color, Command, Globals};
use crate::error::{Error, Kind, Result};
use crate::files::Target;

/// Where the parts of a command's output go that do not go to standard output.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// `--output`.
    pub(super) results: Option<Target>,
    /// `--har`.
    pub(super) trace: Option<Arc<Target>>,
    /// `diff --out`.
    pub(super) plan: Option<Target>,
    /// Whether colours belong into a file.
    pub(super) colors: bool,
}

impl Outputs {
    /// Opens what the flags name.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a path that cannot be written, one file that is named twice, or a flag that means nothing
    /// to the command.
    pub(super) fn open(globals: &Globals, command: &Command) -> Result<Self> {
        let (has_results, has_trace) = offers(command);
        let refused =
            |what: &str, flag: &str| Err(Error::new(Kind::Usage, what).hint(format!("leave out {flag}")));
        if globals.output.is_some() && !has_results {
            return refused("this command has no results to write to a file", "--output");
        }
        if globals.har.is_some() && !has_trace {
            return refused("this command asks no service, so there is nothing to trace", "--har");
        }
        let open =
            |path: Option<&std::path::PathBuf>, flag| path.map(|path| Target::open(path, flag)).transpose();
        let plan = if let Command::Diff(args) = command { args.out.as_ref() } else { None };
        let opened = [
            open(globals.output.as_ref(), "--output")?,
            open(globals.har.as_ref(), "--har")?,
            open(plan, "--out")?,
        ];
        for (place, one) in opened.iter().enumerate() {
            let twin =
                opened[..place].iter().flatten().find(|two| one.as_ref().is_some_and(|one| one.is_same(two)));
            if let (Some(one), Some(two)) = (one, twin) {
                let what = format!("{} and {} name the same file", two.flag(), one.flag());
                return Err(Error::new(Kind::Usage, what).hint("give each a file of its own"));
            }
        }
        let [results, trace, plan] = opened;
        Ok(Self { results, trace: trace.map(Arc::new), plan, colors: globals.color == Color::Always })
    }

    /// Whether a file is to be written.
    pub(super) fn any(&self) -> bool {
        self.results.is_some() || self.trace.is_some() || self.plan.is_some()
    }
}

/// Whether the command has results that go to `--output`, and whether it makes requests that `--har` traces.
fn offers(command: &Command) -> (bool, bool) {
    match command {
        Command::Diff(_)
        | Command::Sync(_)
        | Command::Match(_)
        | Command::Explain(_)
        | Command::PushUdfs(_)
        | Command::Undo(_)
        | Command::SelfService(_) => (true, true),
        Command::Log(_) | Command::Capabilities(_) | Command::Completions(_) | Command::Sandbox(_) => {
            (true, false)
        }
        Command::Login(_) | Command::Logout(_) => (false, false),
    }
}
