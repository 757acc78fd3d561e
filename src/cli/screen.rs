//! The terminal as the front end of a run: notices, bars, results, and what became of a run. `consent` shows a plan and
//! asks about it.

use std::io::{self, Write as _};
use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::exit;
use super::flags::{Format, Globals, LogFormat};
use super::io::{Io, OUTPUT};
use super::progress::{Lines, Reading, Shown, Steps};
use super::say;
use super::views::View;
use crate::calls::Requests;
use crate::error::{Error, Kind};
use crate::model::PictureHash;
use crate::plan::{Outcome, Plan, Purpose, Report};
use crate::report::{self, Content, Look, Topic};
use crate::run::{Begun, Ended, Level, Meter, Notice, Progress, Strict};
use crate::side::PictureStore;
use crate::{apply, fetch};

/// Holds a terminal, or its replacement in tests, and how results are shown on it.
pub(super) struct Screen<'a> {
    pub(super) io: &'a mut Io,
    pub(super) said: Said,
    progress: Shown,
    pub(super) format: Format,
    pub(super) redact: bool,
    /// Where the pictures are that HTML shows.
    pictures: Option<Arc<dyn PictureStore>>,
    /// The run that the command has begun.
    pub(super) begun: Option<Begun>,
}

/// How many reasons of a refusal are told on its line.
const REASONS: usize = 3;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Errors alone.
    Little,
    /// What most people want.
    Usual,
    /// Everything.
    All,
}

impl<'a> Screen<'a> {
    /// Makes a screen for results in this format; with `redact`, people's names are masked.
    pub(super) fn new(io: &'a mut Io, globals: &Globals, format: Format, redact: bool) -> Self {
        let progress = match (io.stderr_is_terminal(), globals.log_format) {
            _ if globals.quiet => Shown::Not,
            (true, LogFormat::Text) => Shown::Bars,
            (true, LogFormat::Json) => Shown::Not,
            (false, _) => Shown::Lines(Lines::new(say::aside(io), io.clock())),
        };
        let said = match (globals.quiet, globals.verbose) {
            (true, _) => Said::Little,
            (false, false) => Said::Usual,
            (false, true) => Said::All,
        };
        Self { io, said, progress, format, redact, pictures: None, begun: None }
    }

    /// Returns how a table looks here; `psa` is the PSA's name.
    pub(super) fn look<'n>(&self, psa: &'n str) -> Look<'n> {
        Look { width: self.io.width(), verbose: self.said == Said::All, psa }
    }

    /// Writes a part of what is shown before the results, among which it has no place if they are no table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn print(&mut self, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<()> {
        let mut text = Vec::new();
        write(&mut text).context(OUTPUT)?;
        if self.format == Format::Table {
            self.io.stdout().write_all(&text).context(OUTPUT)
        } else {
            self.io.stderr().write_all(&text).context(OUTPUT)
        }
    }

    /// Writes the result.
    ///
    /// # Errors
    /// When it cannot be written.
    fn results(&mut self, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<()> {
        let mut text = Vec::new();
        write(&mut text).context(OUTPUT)?;
        self.io.results(&text)
    }

    /// Passes if a person can be asked to agree, or need not be.
    ///
    /// # Errors
    /// [`Kind::Usage`] where there is no terminal; `preview` says what shows more.
    pub(super) fn can_agree(&self, yes: bool, preview: &str) -> Result<()> {
        if yes || self.io.can_ask() {
            return Ok(());
        }
        Err(Error::new(Kind::Usage, "this must be confirmed, but there is no terminal")
            .hint(format!("add --yes to this command; {preview}"))
            .into())
    }

    /// Shows what became of a run, and returns how to exit. `id` is the run's.
    ///
    /// # Errors
    /// When it cannot be shown, or something went wrong after the run was over.
    pub(super) fn end(&mut self, id: &str, psa: &str, ended: Ended) -> Result<u8> {
        let (report, requests, after) = match ended {
            Ended::Declined => return Ok(exit::PENDING),
            Ended::Strict(strict) => {
                let (message, next) = self.refusal(&strict);
                say::complain_instead(self.io, &message, next)?;
                return Ok(exit::FAILURE);
            }
            Ended::Over { report, requests, after } => (report, requests, after),
        };
        let shown = self.outcome(&report, &requests, psa);
        let code = exit::of_run(&report.summary());
        match after {
            Err(error) if code == exit::CLEAN => return Err(error),
            Err(error) => say::complain(self.io, &format!("{error:#}"), None)?,
            Ok(()) => {}
        }
        match (shown, code) {
            (Err(error), code) if code != exit::CLEAN => {
                let next = format!("`crsync log {id}` shows the run");
                say::complain(self.io, &format!("{error:#}"), Some(&next))?;
                Ok(code)
            }
            (Err(error), _) => Err(error.context(
                Error::new(Kind::State, "the run was applied, but what became of it cannot be shown")
                    .hint(format!("`crsync log {id}` shows it")),
            )),
            (Ok(()), code) => Ok(code),
        }
    }

    /// Says what a strict command does not take, and why, after its result.
    ///
    /// # Errors
    /// When it cannot be said.
    pub(super) fn refuse(&mut self, strict: &Strict) -> Result<()> {
        let (message, next) = self.refusal(strict);
        say::complain(self.io, &message, Some(next))
    }

    /// Returns what is said of it, and the next step.
    fn refusal(&self, strict: &Strict) -> (String, &'static str) {
        let (what, reasons, next) = match strict {
            Strict::Unserved(reasons) => (
                "a setting cannot be served",
                reasons,
                "`crsync diff` shows all under Skipped; switch it off, or leave --strict out",
            ),
            Strict::Findings(places) => (
                "settings match nothing",
                places,
                "`crsync diff` lists all; correct or remove them, or leave --strict out",
            ),
        };
        let shown: Vec<String> = reasons.iter().take(REASONS).cloned().collect();
        let more = match reasons.len().saturating_sub(REASONS) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        // What a setting says may be a person's address.
        let told = if self.redact { String::new() } else { format!(": {}{more}", shown.join("; ")) };
        (format!("{what}, and --strict makes that an error{told}"), next)
    }

    /// Lets HTML show the pictures that are in `store`, unless people are masked.
    pub(super) fn show_pictures(&mut self, store: Option<Arc<dyn PictureStore>>) {
        self.pictures = store.filter(|_| !self.redact);
    }

    /// Writes a document as the result.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn document(&mut self, content: &Content<'_>, psa: &str) -> Result<()> {
        let (look, format, pictures) = (self.look(psa), self.format, self.pictures.clone());
        let shown = self.results(|out| write_document(out, content, format, look, pictures.as_deref()));
        self.reports(content, psa).and(shown)
    }

    /// Writes a plan as the result, a table as the view says.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn plan(
        &mut self,
        plan: &Plan,
        requests: &[Requests],
        psa: &str,
        view: View<'_>,
    ) -> Result<()> {
        let content = Content::Plan(plan, requests);
        if self.format != Format::Table {
            return self.document(&content, psa);
        }
        let (look, height) = (self.look(psa), self.io.height());
        // Who asks for more does not get less.
        let height = height.filter(|_| matches!(view, View::Fitting) && !look.verbose);
        let shown = self.results(|out| match view {
            View::Summary => report::overview(out, plan, look),
            View::Only(topics) => report::lists(out, plan, topics, look),
            View::Full | View::Fitting => fitting(out, plan, requests, height, FLAGS, look),
        });
        self.reports(&content, psa).and(shown)
    }

    /// Reports whether the table of a plan that compares nothing says why, on the very terminal that errors go to.
    pub(super) fn shows_faults(&self, outcome: &Outcome, view: View<'_>) -> bool {
        let is_bare = outcome.companies.iter().all(|part| !part.unread.is_empty() && !part.is_unclear());
        let lists_all = match view {
            View::Only(topics) => topics.contains(&Topic::Company),
            View::Full | View::Summary | View::Fitting => true,
        };
        let is_here = self.io.shows_results() && self.io.stderr_is_terminal() && !self.io.errors_are_json();
        is_bare && lists_all && is_here && self.format == Format::Table
    }

    /// Writes the companies of a plan at these places as the result, and the whole plan as reports.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn companies(&mut self, plan: &Plan, places: &[usize], psa: &str) -> Result<()> {
        let look = self.look(psa);
        let mut chosen = places.iter().filter_map(|place| plan.outcome.companies.get(*place));
        let shown = self.results(|out| chosen.try_for_each(|part| report::company(out, part, look)));
        self.reports(&Content::Plan(plan, &[]), psa).and(shown)
    }

    /// Writes a document to the files of `--report`, each in its format; one that cannot be written keeps no other one
    /// from being written.
    fn reports(&mut self, content: &Content<'_>, psa: &str) -> Result<()> {
        let (look, outputs) = (self.look(psa), self.io.outputs());
        let mut written = Ok(());
        for (target, format) in &outputs.reports {
            let mut text = Vec::new();
            let one =
                write_document(&mut text, content, *format, look, self.pictures.as_deref()).context(OUTPUT);
            let one = one.and_then(|()| Ok(outputs.write(target, &text, *format == Format::Csv)?));
            written = written.and(one);
        }
        written
    }

    fn outcome(&mut self, report: &Report, requests: &[Requests], psa: &str) -> Result<()> {
        let shown = if self.redact { report::redact_run(report) } else { report.clone() };
        let summary = shown.summary();
        let content = Content::Run(&shown, &summary, requests);
        match self.format {
            // The plan was shown before.
            Format::Table => {
                let look = self.look(psa);
                let is_silent =
                    self.said == Said::Little && is_uneventful(report) && self.io.outputs().results.is_none();
                let is_for_a_person = self.said != Said::Little && self.io.shows_results();
                let ways_on = report::ways_on(&shown, &summary).filter(|_| is_for_a_person);
                let ways_on = ways_on.map(|next| self.io.onward(next));
                let written = if is_silent {
                    Ok(())
                } else {
                    self.results(|out| {
                        report::outcome(out, &shown, look)?;
                        ways_on.map_or(Ok(()), |next| report::next(out, &next, look))
                    })
                };
                self.reports(&content, psa).and(written)
            }
            _ => self.document(&content, psa),
        }
    }
}

/// How a digest says that there is more, where flags show it.
const FLAGS: &str =
    "--full shows every field, --company NAME one company, --only update,skipped what is only counted here";

/// Writes a plan, or its digest where the plan does not fit the height.
pub(super) fn fitting(
    out: &mut Vec<u8>,
    plan: &Plan,
    requests: &[Requests],
    height: Option<usize>,
    more: &str,
    look: Look<'_>,
) -> io::Result<()> {
    report::table(out, plan, requests, look)?;
    // The prompt takes a line as well.
    let lines = out.split(|byte| *byte == b'\n').count();
    if height.is_some_and(|height| lines > height) {
        out.clear();
        report::digest(out, plan, more, look)?;
    }
    Ok(())
}

/// Reports whether a sync had nothing to do and found nothing that a person has to know.
fn is_uneventful(report: &Report) -> bool {
    let summary = report.summary();
    let has_work = summary.planned > 0 || report.companies.iter().any(|part| !part.todo.is_empty());
    matches!(report.header.purpose, Purpose::Sync) && !has_work && exit::of_run(&summary) == exit::CLEAN
}

/// Writes a document. A picture that cannot be read is one that is not shown.
fn write_document(
    out: &mut Vec<u8>,
    content: &Content<'_>,
    format: Format,
    look: Look<'_>,
    store: Option<&dyn PictureStore>,
) -> io::Result<()> {
    let kept = |hash: &PictureHash| store?.get(hash).ok().flatten();
    report::write(out, content, format, look, store.is_some().then_some(&kept))
}

impl Progress for Screen<'_> {
    fn notice(&mut self, notice: Notice) -> Result<()> {
        let Notice { level, message, next, unread } = &notice;
        match (level, unread) {
            (Level::Warning, _) if self.said == Said::Little => Ok(()),
            (Level::Warning, _) => say::warn(self.io, message, next.as_deref()),
            (Level::Error, None) => say::complain(self.io, message, next.as_deref()),
            (Level::Error, Some((kind, side))) => {
                say::complain_of(self.io, *kind, side, message, next.as_deref())
            }
        }
    }

    fn begun(&mut self, begun: Begun) {
        self.begun = Some(begun);
    }

    fn reading(&self, meter: Meter) -> Box<dyn fetch::Progress> {
        Box::new(Reading::new(&self.progress, meter, self.io.clock()))
    }

    fn applying(&self, meter: Meter) -> Box<dyn apply::Progress> {
        Box::new(Steps::new(&self.progress, meter, self.io.clock()))
    }
}
