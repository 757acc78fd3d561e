//! The configuration on its way to its file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keep::Keep;
use super::{Asked, Wizard};
use crate::config::{self, NewCompany};
use crate::error::{Error, Kind, Result};
use crate::files::{self, MARK, Safe};
use crate::psa::Entry;
use crate::reconcile::Company;
use crate::run::Machine;
use crate::secret::Surroundings;

/// What a new file begins with.
const HEAD: &str =
    "# crsync's configuration, begun by `crsync init`. docs/configuration.md lists every key.\n";

/// The name of the schema that editors find beside the configuration.
const SCHEMA: &str = "crsync.schema.json";

/// What is left to do in a file without a table for notices, and the key of that table.
const NOTIFY: (&str, &str) = (
    "notify",
    "to be told what becomes of every night, add [notify] (docs/running.md), then run `crsync notify --test`",
);

/// What helps where the file cannot be written.
const ELSEWHERE: &str = "name a file in a folder that you may write to with --file, or add --print";

/// The key of the companies.
const COMPANY: &str = "company";

/// A text, and where secrets are looked for with it.
pub(super) struct Base(String, Surroundings);

/// The configuration on its way to its file.
pub(super) struct Draft {
    pub(super) path: PathBuf,
    /// The file as it was read; `None` where there was none.
    former: Option<String>,
    /// What it is to be.
    pub(super) text: String,
    /// Where secrets are looked for.
    pub(super) around: Surroundings,
    /// The secrets that are kept when the file is written.
    pub(super) keep: Vec<Keep>,
}

impl Draft {
    /// Reads the file at `path`, if there is one.
    pub(super) fn open(path: PathBuf, around: Surroundings) -> Result<Self> {
        let former = current(&path)?;
        // Services are reached with the secrets that it names.
        former.as_ref().map_or(Ok(()), |text| config::may_name_commands(&path, text))?;
        let schema = if path.with_file_name(SCHEMA).is_file() {
            format!("#:schema ./{SCHEMA}\n")
        } else {
            String::new()
        };
        let text = former.clone().unwrap_or_else(|| format!("{schema}{HEAD}"));
        Ok(Self { path, former, text, around, keep: Vec::new() })
    }

    /// Takes a text that is in no file.
    pub(super) fn of(path: PathBuf, text: String, around: Surroundings) -> Self {
        Self { path, former: None, text, around, keep: Vec::new() }
    }

    /// Returns what it is now, to go back to.
    pub(super) fn base(&self) -> Base {
        Base(self.text.clone(), self.around.clone())
    }

    /// Goes back to what it was.
    pub(super) fn go_back(&mut self, Base(text, around): &Base) {
        self.text.clone_from(text);
        self.around = around.clone();
        self.keep.clear();
    }

    /// Passes if companies may be put into the file: it has none, or more are asked for.
    pub(super) fn may_be_added_to(&self, asked: &Asked) -> Result<()> {
        if let Some(former) = &self.former
            && let Err(error) = former.trim_start_matches(MARK).parse::<toml::Table>()
        {
            let message = format!("{} is not TOML, so nothing can be added to it", self.path.display());
            return Err(Error::new(Kind::Config, message)
                .source(error.message().to_owned())
                .hint("correct it, or name another file with --file"));
        }
        if asked.add || !self.has_companies() {
            return Ok(());
        }
        Err(Error::new(
            Kind::Config,
            format!("{} has companies already, and nothing in it is replaced", self.path.display()),
        )
        .hint(
            "add --add to add those that are missing, or name another file with --file; `crsync diff` shows what a \
             sync of these would do",
        ))
    }

    /// Passes if the file could be written now. Nothing is left behind for that.
    pub(super) fn may_be_written(&self) -> Result<()> {
        files::probe_over(&self.path).map_err(|error| {
            Error::new(Kind::Usage, format!("{} cannot be written, so nothing was done", self.path.display()))
                .hint(ELSEWHERE)
                .source(error)
        })
    }

    /// Reports whether it has companies.
    pub(super) fn has_companies(&self) -> bool {
        config::has_key(&self.text, COMPANY)
    }

    /// Returns the PSA that the file chooses.
    pub(super) fn psa(&self) -> Option<String> {
        let table = self.text.trim_start_matches(MARK).parse::<toml::Table>().ok()?;
        table.get("psa")?.as_str().map(ToOwned::to_owned)
    }

    /// Returns the companies that the file has.
    pub(super) fn standing(&self, psa: &Entry) -> Result<Vec<Arc<Company>>> {
        if !self.has_companies() {
            return Ok(Vec::new());
        }
        config::standing(&self.path, &self.text, psa)
    }

    /// Adds the companies and what is left to do. A file that gets no new companies gets no remarks either: they would
    /// come again with every call.
    pub(super) fn add(&mut self, companies: &[NewCompany], left: &[String], print: bool) {
        let mut remarks = left.to_vec();
        let (key, remark) = NOTIFY;
        if !companies.is_empty() && !config::has_key(&self.text, key) {
            remarks.push(remark.to_owned());
        }
        if companies.is_empty() && self.former.is_some() && !print {
            remarks.clear();
        }
        self.text = config::with_companies(&self.text, companies, &remarks);
    }

    /// Reports whether the text differs from the file.
    pub(super) fn is_new(&self) -> bool {
        self.former.as_ref() != Some(&self.text)
    }

    /// Passes if crsync can read what would be written.
    pub(super) fn check(&self, psa: &Entry) -> Result<()> {
        if !self.has_companies() {
            return Ok(());
        }
        config::load(&self.path, &self.text, Some(psa.id()), &self.around)
            .map(drop)
            .map_err(|error| error.within("nothing was written, as the configuration would have a mistake"))
    }

    /// Keeps the secrets, and writes the file: whole, for its owner alone, and only if it is still as it was read.
    pub(super) fn write(&self, machine: &Machine, wizard: &mut dyn Wizard) -> Result<PathBuf> {
        let shown = self.path.display();
        let failed = |error: io::Error| {
            Error::new(Kind::State, format!("{shown} cannot be written")).hint(ELSEWHERE).source(error)
        };
        // An interrupt now would leave half of it beside the file.
        machine.interrupt.begin_writing();
        let written =
            files::Draft::over(&self.path, self.text.as_bytes()).map_err(failed).and_then(|draft| {
                if current(&self.path)? != self.former {
                    return Err(Error::new(
                        Kind::Stale,
                        format!("{shown} was changed meanwhile, so nothing was written over it"),
                    )
                    .hint("run `crsync init` again: it goes on from what the file says now"));
                }
                for keep in &self.keep {
                    keep.keep(&self.path, machine.keyring.as_ref(), wizard)?;
                }
                match self.former {
                    Some(_) => draft.put(Safe::OnDisk),
                    None => draft.put_where_none_is(),
                }
                .map(drop)
                .map_err(failed)
            });
        machine.interrupt.end_writing();
        written.map(|()| self.path.clone())
    }
}

/// Returns the text at `path` with its mark; `None` where there is no file.
fn current(path: &Path) -> Result<Option<String>> {
    // A link that leads to nothing is no missing file.
    if !path.is_symlink() && !path.exists() {
        return Ok(None);
    }
    let read = files::read_text(path, Kind::Config, &path.display().to_string())?;
    Ok(Some(if read.marked { format!("{MARK}{}", read.text) } else { read.text }))
}
