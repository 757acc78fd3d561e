//! Log lines on standard error: warnings, and with `--verbose` every request.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use super::args::{Globals, LogFormat};
use super::io::Io;

/// Starts logging for the process. Streams that stand in for the process's own get no log lines.
pub(super) fn start(globals: &Globals, io: &Io) {
    if !io.is_real() {
        return;
    }
    let level = match (globals.quiet, globals.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, false) => LevelFilter::WARN,
        (false, true) => LevelFilter::DEBUG,
    };
    let ours = Targets::new().with_target("crsync", level);
    let colors = io.stderr_has_colors();
    let registry = tracing_subscriber::registry().with(ours);
    // A second start in the same process finds the first one in place, and keeps it.
    // A reader of the log that went away is no reason to end in the middle of a write.
    let lines = || fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    let _ = match globals.log_format {
        LogFormat::Text => registry.with(lines().with_ansi(colors)).try_init(),
        LogFormat::Json => registry.with(lines().json()).try_init(),
    };
}
