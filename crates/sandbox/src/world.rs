//! The state of all emulated systems, and the file it is kept in between runs.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::emulated::{Emulated, Part, System};
use super::msp::Msp;
use super::services::SERVICES;

/// The state of every emulated system, in the order of the list.
#[derive(Debug)]
pub(crate) struct World(Vec<(System, Box<dyn Part>)>);

impl Clone for World {
    fn clone(&self) -> Self {
        Self(self.0.iter().map(|(system, part)| (*system, part.copied())).collect())
    }
}

impl World {
    /// Returns the systems as they are before their first request.
    pub(crate) fn seed(msp: &Msp) -> Self {
        Self(SERVICES.iter().map(|service| (service.system, (service.seed)(msp))).collect())
    }

    /// Reads a world from the text of a state file.
    ///
    /// # Errors
    /// If the text is no JSON, or lacks the state of a system.
    fn load(text: &[u8]) -> serde_json::Result<Self> {
        let kept: BTreeMap<String, &RawValue> = serde_json::from_slice(text)?;
        let part = |service: &Emulated| {
            let name = service.system.name();
            let text = kept.get(name).ok_or_else(|| serde_json::Error::missing_field(name))?;
            Ok((service.system, (service.load)(text.get())?))
        };
        Ok(Self(SERVICES.iter().map(part).collect::<serde_json::Result<_>>()?))
    }

    /// Returns the state of all systems as JSON, by their names.
    pub(crate) fn show(&self) -> serde_json::Result<Value> {
        let shown = self.0.iter().map(|(system, part)| Ok((system.name().to_owned(), part.show()?)));
        Ok(Value::Object(shown.collect::<serde_json::Result<Map<_, _>>>()?))
    }

    /// Returns the state of one system; `None` for a system that is not in the list.
    pub(crate) fn part(&self, system: System) -> Option<&dyn Part> {
        self.0.iter().find(|(own, _)| *own == system).map(|(_, part)| &**part)
    }

    /// Returns the state of one system, to change it.
    pub(crate) fn part_mut(&mut self, system: System) -> Option<&mut Box<dyn Part>> {
        self.0.iter_mut().find(|(own, _)| *own == system).map(|(_, part)| part)
    }
}

/// The state file.
///
/// It keeps the state of every system as text, so that a write to one costs only that one.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    /// The texts, in the order of the list; empty for what was not saved yet.
    texts: Vec<String>,
}

impl Store {
    /// Opens the store in `folder` with the world it holds; the world of `seed` if it holds none yet.
    ///
    /// # Errors
    /// If the folder cannot be made or the file cannot be read; the message says how to start anew.
    pub(super) fn open(folder: &Path, seed: impl FnOnce() -> World) -> io::Result<(Self, World)> {
        make_private(folder)?;
        let path = file(folder);
        let store = |path| Self { path, texts: vec![String::new(); SERVICES.len()] };
        match fs::read(&path) {
            Ok(text) => match World::load(&text) {
                Ok(world) => Ok((store(path), world)),
                Err(error) => Err(unreadable(&path, &error)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((store(path), seed())),
            Err(error) => Err(unreadable(&path, &error)),
        }
    }

    /// Saves `world`; with `only`, just that system's text is made anew.
    ///
    /// # Errors
    /// What the operating system says. The old file is whole until the new one is.
    pub(super) fn save(&mut self, world: &World, only: Option<System>) -> io::Result<()> {
        for (text, (system, part)) in self.texts.iter_mut().zip(&world.0) {
            if text.is_empty() || only.is_none_or(|only| only == *system) {
                *text = part.save()?;
            }
        }
        let mut whole = String::with_capacity(self.texts.iter().map(String::len).sum::<usize>() + 64);
        for (text, (system, _)) in self.texts.iter().zip(&world.0) {
            whole.push(if whole.is_empty() { '{' } else { ',' });
            whole.extend(["\"", system.name(), "\":", text]);
        }
        whole.push('}');
        let temporary = self.path.with_extension("json.new");
        let mut file = private(&temporary)?;
        file.write_all(whole.as_bytes())?;
        drop(file);
        fs::rename(&temporary, &self.path)
    }
}

/// Removes the state kept in `folder`, if there is one.
///
/// # Errors
/// What the operating system says if the file is there and cannot be removed.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_file(file(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("sandbox.json")
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> io::Error {
    let place = path.display();
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!(
            "the sandbox's state in {place} cannot be read ({error}); `crsync sandbox --reset` starts it anew"
        ),
    )
}

/// Makes `folder` if it is missing, for its owner alone.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a file that only its owner may read.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
