//! The state of all emulated systems, and the file it is kept in between runs.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use super::msp::Msp;
use super::{System, autotask, cloudradial, connectwise, entra, graph, kaseya_bms, syncro};

/// The state of every emulated system.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) entra: entra::State,
    pub(crate) graph: graph::State,
    pub(crate) cloudradial: cloudradial::State,
    pub(crate) autotask: autotask::State,
    pub(crate) connectwise: connectwise::State,
    #[serde(rename = "bms")]
    pub(crate) kaseya_bms: kaseya_bms::State,
    pub(crate) syncro: syncro::State,
}

impl World {
    /// The systems as they are before anybody used them.
    pub(crate) fn seed(msp: &Msp) -> Self {
        Self {
            entra: entra::State::seed(msp),
            graph: graph::State::seed(msp),
            cloudradial: cloudradial::State::seed(msp),
            autotask: autotask::State::seed(msp),
            connectwise: connectwise::State::seed(msp),
            kaseya_bms: kaseya_bms::State::seed(msp),
            syncro: syncro::State::seed(msp),
        }
    }

    /// The state of one system as JSON.
    pub(crate) fn part(&self, system: System) -> serde_json::Result<serde_json::Value> {
        self.told(system, serde_json::value::Serializer)
    }

    /// Puts a state made of JSON in the place of a system's own.
    ///
    /// # Errors
    /// When the JSON is no state of this system; nothing is changed then.
    pub(crate) fn replace(&mut self, system: System, state: serde_json::Value) -> serde_json::Result<()> {
        match system {
            System::Entra => self.entra = serde_json::from_value(state)?,
            System::Graph => self.graph = serde_json::from_value(state)?,
            System::CloudRadial => self.cloudradial = serde_json::from_value(state)?,
            System::Autotask => self.autotask = serde_json::from_value(state)?,
            System::ConnectWise => self.connectwise = serde_json::from_value(state)?,
            System::KaseyaBms => self.kaseya_bms = serde_json::from_value(state)?,
            System::Syncro => self.syncro = serde_json::from_value(state)?,
        }
        Ok(())
    }

    /// The state of one system as the text of JSON.
    fn text(&self, system: System) -> serde_json::Result<String> {
        let mut text = Vec::new();
        self.told(system, &mut serde_json::Serializer::new(&mut text))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn told<S: Serializer>(&self, system: System, to: S) -> Result<S::Ok, S::Error> {
        match system {
            System::Entra => self.entra.serialize(to),
            System::Graph => self.graph.serialize(to),
            System::CloudRadial => self.cloudradial.serialize(to),
            System::Autotask => self.autotask.serialize(to),
            System::ConnectWise => self.connectwise.serialize(to),
            System::KaseyaBms => self.kaseya_bms.serialize(to),
            System::Syncro => self.syncro.serialize(to),
        }
    }
}

/// The state file. It keeps every system's part as text, so that a write to one costs only that one.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    parts: Vec<String>,
}

impl Store {
    /// The store in `folder` with the world it holds; the world of `seed` where it holds none yet.
    ///
    /// # Errors
    /// When the folder cannot be made or the file cannot be read; the message says how to start anew.
    pub(super) fn open(folder: &Path, seed: impl FnOnce() -> World) -> io::Result<(Self, World)> {
        make_private(folder)?;
        let path = file(folder);
        let store = |path| Self { path, parts: vec![String::new(); System::ALL.len()] };
        match fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(world) => Ok((store(path), world)),
                Err(error) => Err(unreadable(&path, &error)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((store(path), seed())),
            Err(error) => Err(unreadable(&path, &error)),
        }
    }

    /// Saves `world`; with `only`, just that system's part is taken anew.
    ///
    /// # Errors
    /// What the operating system says. The old file is whole until the new one is.
    pub(super) fn save(&mut self, world: &World, only: Option<System>) -> io::Result<()> {
        for (part, system) in self.parts.iter_mut().zip(System::ALL) {
            if part.is_empty() || only.is_none_or(|only| only == system) {
                *part = world.text(system)?;
            }
        }
        let mut text = String::with_capacity(self.parts.iter().map(String::len).sum::<usize>() + 64);
        for (part, system) in self.parts.iter().zip(System::ALL) {
            text.push(if text.is_empty() { '{' } else { ',' });
            text.extend(["\"", &system.prefix()[1..], "\":", part]);
        }
        text.push('}');
        let temporary = self.path.with_extension("json.new");
        let mut file = private(&temporary)?;
        file.write_all(text.as_bytes())?;
        drop(file);
        fs::rename(&temporary, &self.path)
    }
}

/// Removes what is kept in `folder`; nothing kept is as good.
///
/// # Errors
/// What the operating system says when the file is there and cannot be removed.
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

/// Makes `folder` where it is missing, for its owner alone.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A new file that only its owner may read.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
