//! A running sandbox, as its users start, watch and change it.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value};

use super::core::Core;
use super::emulated::System;
use super::fault::Fault;
use super::msp::Msp;
use super::server::{Server, lock};
use super::watch::{Flow, Moment, Seen, Watcher};
use super::world::{self, Store, World};
use super::{config, services};

/// How the sandbox is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder that keeps its state between runs; `None` keeps it in memory only.
    pub state: Option<PathBuf>,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// How long every answer takes, after the system carried the request out.
    pub latency: Duration,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// The MSP's clients instead of the built-in ones, each the text of a file in the form of `fixtures`;
    /// empty for the built-in ones.
    pub clients: Vec<String>,
}

/// A running sandbox.
///
/// Dropping it saves its state and stops its server.
#[derive(Debug)]
pub struct Sandbox {
    core: Arc<Mutex<Core>>,
    msp: Msp,
    url: String,
    server: Option<Server>,
}

impl Sandbox {
    /// Starts the sandbox on 127.0.0.1, with the state kept in the options' folder or the built-in one.
    ///
    /// # Errors
    /// If the port is taken, a client's text cannot be read, or the state cannot be read or made. The message of an
    /// unreadable state says how to start anew.
    pub fn start(options: Options) -> io::Result<Self> {
        let msp = if options.clients.is_empty() {
            Msp::built_in()
        } else {
            Msp::of(&options.clients).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?
        };
        let seed = || World::seed(&msp);
        let (store, world) = match &options.state {
            Some(folder) => {
                let (store, world) = Store::open(folder, seed)?;
                (Some(store), world)
            }
            None => (None, seed()),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut core = Core::new(world, store, url.clone());
        core.latency = options.latency;
        core.set_faults(options.faults);
        let core = Arc::new(Mutex::new(core));
        let server = Some(Server::start(listener, Arc::clone(&core))?);
        Ok(Self { core, msp, url, server })
    }

    /// Returns the address, such as `http://127.0.0.1:49152`, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns a complete `crsync.toml` for this sandbox.
    pub fn config(&self) -> String {
        config::text(&self.msp, &self.url)
    }

    /// Returns the secrets that go with [`config`](Self::config): names of environment variables and their values.
    pub fn secrets(&self) -> Vec<(&'static str, String)> {
        let secrets = services::SERVICES.iter().flat_map(|service| service.secrets);
        secrets.map(|(variable, value)| (*variable, (*value).to_owned())).collect()
    }

    /// Returns the requests so far, in the order they arrived.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.core).seen.clone()
    }

    /// Returns the most of the requests that `counts` accepts that were there at the same time so far: from their arrival
    /// until their answers leave.
    pub fn most_at_once(&self, counts: impl Fn(&Seen) -> bool) -> usize {
        lock(&self.core).most_at_once(counts)
    }

    /// Replaces the faults, and begins to count anew.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        lock(&self.core).set_faults(faults);
    }

    /// Calls `watcher` before and after every request from now on, in the place of an earlier one.
    ///
    /// It is called on the server's own thread: until it returns, no other request is answered. It may use the
    /// sandbox, but must not wait for an answer of it.
    pub fn watch(&self, watcher: impl Fn(&Seen, Moment) -> Flow + Send + Sync + 'static) {
        lock(&self.core).watcher = Some(Watcher(Arc::new(watcher)));
    }

    /// Lets the systems carry out the requests that were put off, in the order they arrived, and returns their number.
    pub fn carry_out(&self) -> usize {
        lock(&self.core).carry_out()
    }

    /// Returns the state of all systems as JSON, by the system's name.
    pub fn snapshot(&self) -> Value {
        lock(&self.core).world.show().unwrap_or_default()
    }

    /// Returns the state of one system as JSON: what [`snapshot`](Self::snapshot) has under its name, for less.
    pub fn snapshot_of(&self, system: System) -> Value {
        lock(&self.core).world.part(system).and_then(|part| part.show().ok()).unwrap_or_default()
    }

    /// Returns the state of all systems as it is now, for [`restore`](Self::restore).
    pub fn saved(&self) -> Saved {
        Saved(lock(&self.core).world.clone())
    }

    /// Takes all systems back to a state that was saved.
    pub fn restore(&self, saved: &Saved) {
        lock(&self.core).world = saved.0.clone();
    }

    /// Changes the state of the systems without a request, in terms of [`snapshot`](Self::snapshot)'s JSON.
    ///
    /// # Errors
    /// If the JSON is no world any more; nothing is changed then.
    pub fn edit(&self, change: impl FnOnce(&mut Value)) -> io::Result<()> {
        self.edit_of(&System::all().collect::<Vec<_>>(), change)
    }

    /// Does what [`edit`](Self::edit) does with some of the systems, for less: the JSON has those alone.
    ///
    /// # Errors
    /// If the JSON has other systems or is no world any more; nothing is changed then.
    pub fn edit_of(&self, systems: &[System], change: impl FnOnce(&mut Value)) -> io::Result<()> {
        let world = &mut lock(&self.core).world;
        let mut shown = Map::new();
        for part in systems.iter().map(|system| (system, world.part(*system))) {
            let (system, Some(part)) = part else { return Err(other_systems()) };
            shown.insert(system.name().to_owned(), part.show()?);
        }
        let mut value = Value::Object(shown);
        change(&mut value);
        if value.as_object().map_or(0, Map::len) != systems.len() {
            return Err(other_systems());
        }
        // All are read before the first is put in its place, so that a mistake in one changes none.
        let mut changed = Vec::new();
        for system in systems {
            let part = world.part(*system).ok_or_else(other_systems)?;
            changed.push((*system, part.replaced(value[system.name()].take())?));
        }
        for (system, part) in changed {
            if let Some(place) = world.part_mut(system) {
                *place = part;
            }
        }
        Ok(())
    }
}

fn other_systems() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the systems are not those that were asked for")
}

/// The state of all systems at some time.
pub struct Saved(World);

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server = None;
        let core = &mut *lock(&self.core);
        if let Some(store) = &mut core.store {
            // Every change was saved when it was made; what this adds is the first state, and edits.
            let _ = store.save(&core.world, None);
        }
    }
}

/// Removes the state kept in `folder`, so that the next start begins with the built-in one.
///
/// # Errors
/// What the operating system says if the state is there and cannot be removed.
pub fn reset(folder: &Path) -> io::Result<()> {
    world::remove(folder)
}

#[cfg(test)]
mod tests;
