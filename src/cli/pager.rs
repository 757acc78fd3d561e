//! The pager: results that are longer than the screen are read in a program such as `less`.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anstream::{AutoStream, ColorChoice};

use super::streams::Stream;
use crate::program;
use crate::text::shell::words;

/// Whether a pager has the terminal: an interrupt is for it alone then.
static PAGING: AtomicBool = AtomicBool::new(false);

/// When the last pager gave the terminal back.
static ENDED: Mutex<Option<Instant>> = Mutex::new(None);

/// How long an interrupt that was meant for the pager may take to be told: its thread has to get its turn.
const BELATED: Duration = Duration::from_secs(1);

/// The variables that name a pager, the first that is there counts.
const VARIABLES: [&str; 2] = ["CRSYNC_PAGER", "PAGER"];

/// How a shell exits whose program cannot be run or is not there.
const NOT_FOUND: [i32; 2] = [126, 127];

/// What shows everything at once.
const CAT: &str = "cat";

/// Reports whether a pager has the terminal, or had it a moment ago.
pub(super) fn has_terminal() -> bool {
    let ended = *ENDED.lock().unwrap_or_else(PoisonError::into_inner);
    PAGING.load(Ordering::SeqCst) || ended.is_some_and(|ended| ended.elapsed() < BELATED)
}

/// Returns the program and its arguments that results are shown in: what the variables say, else `less -R` where it is
/// (on Windows `more.com`). `None` where there is none, or it is switched off.
pub(super) fn chosen(env: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let stated = VARIABLES.iter().find_map(|name| env.get(*name));
    let words = match stated {
        Some(stated) => words(stated),
        // Without its ending it would be looked for as `more.exe`, which is not there.
        None if cfg!(windows) => vec!["more.com".to_owned()],
        None if is_found("less", env.get("PATH")) => words("less -R"),
        None => Vec::new(),
    };
    let program = words.first().filter(|program| *program != CAT)?;
    (!program.is_empty()).then_some(words)
}

fn is_found(program: &str, path: Option<&String>) -> bool {
    path.is_some_and(|path| env::split_paths(path).any(|folder| Path::new(&folder).join(program).is_file()))
}

/// Shows `text` in the pager, and waits until the person has read it. Returns whether it was shown: not where the pager
/// cannot be started, by crsync or by the shell that was to start it. How else the pager ends, and whether all was read,
/// says nothing.
pub(super) fn show(pager: &[String], text: &[u8], color: ColorChoice) -> bool {
    let Some((program, args)) = pager.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped());
    program::without_secrets(&mut command);
    // A plain `less` or `lv` would show the codes of colours in their place.
    for (name, value) in [("LESS", "R"), ("LV", "-c")] {
        if env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    let mut reading = Reading::begin();
    let Ok(mut child) = command.spawn() else { return false };
    reading.is_shown = true;
    // That a person has seen enough is no fault.
    let _ = feed(&mut child, text, color);
    let ended = child.wait();
    !ended.is_ok_and(|status| status.code().is_some_and(|code| NOT_FOUND.contains(&code)))
}

/// Gives the pager the text, up to the point where it stops reading.
fn feed(child: &mut Child, text: &[u8], color: ColorChoice) -> io::Result<()> {
    let Some(input) = child.stdin.take() else { return Ok(()) };
    let mut stream = Stream::new(Box::new(input), true);
    let mut out = AutoStream::new(&mut *stream.writer, color);
    out.write_all(text)?;
    out.flush()
}

/// The time in which a pager has the terminal.
struct Reading {
    /// Whether it could be started.
    is_shown: bool,
}

impl Reading {
    fn begin() -> Self {
        PAGING.store(true, Ordering::SeqCst);
        Self { is_shown: false }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if self.is_shown {
            *ENDED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        PAGING.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Option<Vec<String>> {
        let env = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        chosen(&env.collect())
    }

    #[test]
    fn its_own_variable_comes_before_the_usual_one_and_may_switch_it_off() {
        let more = Some(vec!["more".to_owned()]);
        assert_eq!(of(&[("PAGER", "more")]), more);
        assert_eq!(of(&[("PAGER", "most"), ("CRSYNC_PAGER", "more")]), more);
        for off in ["", "  ", "cat", "cat -v", "''"] {
            assert_eq!(of(&[("CRSYNC_PAGER", off), ("PAGER", "more")]), None, "{off:?}");
            assert_eq!(of(&[("PAGER", off)]), None, "{off:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn less_is_the_default_where_it_is() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().display().to_string();
        assert_eq!(of(&[("PATH", &path)]), None);
        std::fs::write(folder.path().join("less"), "").expect("a writable folder");
        let path = format!("/nowhere:{path}");
        assert_eq!(of(&[("PATH", &path)]), Some(vec!["less".to_owned(), "-R".to_owned()]));
    }
}
