//! Log lines on standard error: warnings, and with `--verbose` every request.

use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use super::flags::{Globals, LogFormat};
use super::io::Io;
use super::progress;
use crate::text::visible;

/// Starts logging for the process. Streams that replace the process's own get no log lines.
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
    let lines = || fmt::layer().with_writer(|| Lines(io::stderr())).log_internal_errors(false);
    let _ = match globals.log_format {
        LogFormat::Text => registry.with(lines().with_ansi(colors)).try_init(),
        LogFormat::Json => registry.with(lines().json()).try_init(),
    };
}

/// Writes log lines above the bars, without what cannot be seen or would act on the terminal. Each write is one line.
struct Lines<W>(W);

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        // A break inside of a line would begin another one that no request made.
        let mut line = visible::escaped(text.trim_end_matches('\n')).replace('\n', "\\n");
        line.push('\n');
        progress::aside(|| self.0.write_all(line.as_bytes())).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_one_line_and_holds_nothing_that_cannot_be_seen() {
        let mut seen = Vec::new();
        Lines(&mut seen).write_all("WARN a\u{202e}b\nERROR forged \u{9b}2J\n".as_bytes()).expect("memory");
        assert_eq!(String::from_utf8_lossy(&seen), "WARN a\\u202eb\\nERROR forged \\u009b2J\n");
    }

    #[test]
    fn a_log_line_in_json_keeps_its_data() {
        let name = "Ann\u{202e}\u{e0041}\u{9b}";
        let mut seen = Vec::new();
        let line = format!("{}\n", serde_json::json!({ "company": name }));
        Lines(&mut seen).write_all(line.as_bytes()).expect("memory");
        assert!(seen.is_ascii());
        let read: serde_json::Value = serde_json::from_slice(&seen).expect("JSON");
        assert_eq!(read["company"], name);
    }
}
