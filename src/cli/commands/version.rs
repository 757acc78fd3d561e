//! `crsync version`: what this crsync was built from, and whether there is a newer one.

use std::fmt::Write as _;

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::ResultFile;
use crate::cli::io::Io;
use crate::error::{Error, Kind};
use crate::run::{is_newer, newest};

/// The version of this crsync.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the build knew of itself.
const FACTS: [(&str, &str); 5] = [
    (
        "commit",
        match option_env!("CRSYNC_COMMIT") {
            Some(commit) => commit,
            None => "unknown",
        },
    ),
    ("target", env!("CRSYNC_TARGET")),
    ("profile", env!("CRSYNC_PROFILE")),
    ("features", FEATURES),
    ("rustc", env!("CRSYNC_RUSTC")),
];

/// The features that are in it.
const FEATURES: &str = match (cfg!(feature = "keyring"), cfg!(feature = "sandbox")) {
    (true, true) => "keyring, sandbox",
    (true, false) => "keyring",
    (false, true) => "sandbox",
    (false, false) => "none",
};

/// Flags of `version`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Ask whether there is a newer release, and exit with 3 if so; without this flag, crsync never asks
    #[arg(long)]
    check: bool,
    /// The address that tells the newest release, in the form of GitHub's "latest release" [default: `CRSYNC_RELEASES`,
    /// or what this build was given]
    #[arg(long, value_name = "URL", requires = "check", value_hint = clap::ValueHint::Url)]
    releases: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) file: ResultFile,
}

/// Prints the version with the facts of the build, or compares it with the newest release.
///
/// # Errors
/// A newest release that cannot be told, or output that cannot be written.
pub(in crate::cli) fn run(args: &Args, io: &mut Io) -> Result<u8> {
    let mut text = format!("crsync {VERSION}\n");
    if !args.check {
        for (name, value) in FACTS {
            // A text takes what is written to it.
            let _ = writeln!(text, "{name:<8}  {value}");
        }
        io.results(text.as_bytes())?;
        return Ok(exit::CLEAN);
    }
    let place = if args.releases.is_some() { "in --releases" } else { "in CRSYNC_RELEASES" };
    let release = newest(args.releases.as_deref(), &io.machine()).map_err(|error| at(error, place))?;
    let is_newer = is_newer(&release.tag_name, VERSION).ok_or_else(|| {
        Error::new(Kind::Service, format!("\"{}\" is no version of crsync", release.tag_name))
            .hint("check the address of the releases")
    })?;
    let (said, code) = if is_newer {
        (format!("newer: {}  {}\n", release.tag_name, release.html_url), exit::PENDING)
    } else {
        (format!("no newer release: the newest one is {}\n", release.tag_name), exit::CLEAN)
    };
    text += &said;
    io.results(text.as_bytes())?;
    Ok(code)
}

/// Returns the error with a next step at the place of the address, which is never in the configuration.
fn at(error: Error, place: &str) -> Error {
    match error.next_step().map(|next| next.replace("in the configuration", place)) {
        Some(next) => error.hint(next),
        None => error,
    }
}
