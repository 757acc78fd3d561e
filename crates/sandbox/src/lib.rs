//! The services that crsync talks to, emulated over HTTP on loopback.
//!
//! A separate witness: written from what is known of the services, sharing no code with the clients. One file
//! (or folder) per system; each is a state that can be saved and a function from a request to a response.
//! `server` owns the sockets, `core` the faults and the log, `world` the state file, `fixtures` the people.

mod autotask;
mod cloudradial;
mod config;
mod connectwise;
mod core;
mod entra;
mod fixtures;
mod graph;
mod kaseya_bms;
mod large;
mod msp;
mod picture;
#[cfg(test)]
mod sample;
mod server;
mod syncro;
mod wire;
mod world;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::core::{Core, Watcher};
use self::msp::Msp;
use self::server::{Server, lock};
use self::world::{Store, World};

/// How the sandbox is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder where its state is kept between runs; `None` keeps it in memory only.
    pub state: Option<std::path::PathBuf>,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// How long every answer takes, after the system did what was asked.
    pub latency: Duration,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// The MSP's clients instead of the built-in ones, each the text of a file in the form of `fixtures`;
    /// empty for the built-in ones.
    pub clients: Vec<String>,
}

/// The systems that are emulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum System {
    /// Microsoft's sign-in service.
    Entra,
    /// Microsoft Graph.
    Graph,
    /// CloudRadial.
    CloudRadial,
    /// Autotask.
    Autotask,
    /// ConnectWise PSA.
    ConnectWise,
    /// Kaseya BMS.
    KaseyaBms,
    /// Syncro.
    Syncro,
}

impl System {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Entra,
        Self::Graph,
        Self::CloudRadial,
        Self::Autotask,
        Self::ConnectWise,
        Self::KaseyaBms,
        Self::Syncro,
    ];

    /// The first part of its paths.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Entra => "/entra",
            Self::Graph => "/graph",
            Self::CloudRadial => "/cloudradial",
            Self::Autotask => "/autotask",
            Self::ConnectWise => "/connectwise",
            Self::KaseyaBms => "/bms",
            Self::Syncro => "/syncro",
        }
    }
}

/// Something that goes wrong on request.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Where.
    pub system: System,
    /// Only for requests whose decoded path and query, below the system's prefix, contain this text; empty for
    /// all.
    pub path: String,
    /// Only for the n-th such request, from 1; `None` for every one.
    pub nth: Option<u32>,
    /// What happens instead of, or to, the answer.
    pub effect: Effect,
}

/// What happens to an answer.
#[derive(Debug, Clone)]
pub enum Effect {
    /// This status with these headers and this body, without the system seeing the request.
    Answer {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: Vec<(String, String)>,
        /// Body.
        body: String,
    },
    /// The connection closes before the system sees the request.
    ResetBefore,
    /// The connection closes after the system did what was asked.
    ResetAfter,
    /// The answer's body stops half way.
    Truncated,
    /// The previous answer to a request of the same path, whatever its query, is given again.
    Repeated,
    /// The answer takes so much longer; the system did at once what was asked.
    Slow(Duration),
    /// This status with these headers and this body, after the system did what was asked.
    AnswerAfter {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: Vec<(String, String)>,
        /// Body.
        body: String,
    },
    /// The connection closes without an answer, and the system does what was asked when
    /// [`carry_out`](Sandbox::carry_out) says so.
    Later,
    /// The answer is changed on its way, after the system did what was asked.
    Rewrite(Rewrite),
    /// This status with a message that repeats the whole request, as debugging pages do, where the request's body
    /// holds a text; the system does not see it then.
    Echo {
        /// HTTP status.
        status: u16,
        /// What the body holds, in any case.
        of: String,
    },
}

impl Effect {
    /// Changes answers as `change` says.
    pub fn rewrite(change: impl Fn(&Seen, &mut Answered) + Send + Sync + 'static) -> Self {
        Self::Rewrite(Rewrite(Arc::new(change)))
    }
}

/// An answer on its way.
#[derive(Debug, Clone)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body, as it goes onto the wire.
    pub body: Vec<u8>,
}

/// What changes an answer. It is called while the sandbox is locked, so it must not use it.
#[derive(Clone)]
pub struct Rewrite(Arc<Change>);

type Change = dyn Fn(&Seen, &mut Answered) + Send + Sync;

impl std::fmt::Debug for Rewrite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rewrite")
    }
}

/// A request that the sandbox saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The system it went to.
    pub system: System,
    /// Upper-case method.
    pub method: String,
    /// Path and query below the system's prefix, decoded.
    pub path: String,
}

/// When a watcher is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The request has arrived; its system knows nothing of it yet.
    Before,
    /// The system did what was asked, or a fault stood in its way; nothing was answered yet.
    After,
}

/// What happens to a request after a watcher was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It goes on as usual.
    On,
    /// The connection closes without an answer. [`Before`](Moment::Before) that, the system never sees the request.
    HangUp,
    /// The connection closes without an answer. [`Before`](Moment::Before) that, the system does what was asked when
    /// [`carry_out`](Sandbox::carry_out) says so.
    Later,
}

/// A running sandbox. Dropping it saves its state and stops its server.
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
    /// When the port is taken, a client's text cannot be read, or the state cannot be read or made; the message of an
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

    /// The address, such as `http://127.0.0.1:49152`, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A complete `crsync.toml` for this sandbox.
    pub fn config(&self) -> String {
        config::text(&self.msp, &self.url)
    }

    /// The secrets that go with [`config`](Self::config): names of environment variables and their values.
    pub fn secrets(&self) -> Vec<(&'static str, String)> {
        config::secrets()
    }

    /// What was asked so far, in the order it arrived.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.core).seen.clone()
    }

    /// Replaces the faults, and begins to count anew.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        lock(&self.core).set_faults(faults);
    }

    /// Calls `watcher` before and after every request from now on, in the place of an earlier one.
    ///
    /// It is called on the server's own thread: until it returns nothing else is answered. It may use the sandbox,
    /// but must not wait for an answer of it.
    pub fn watch(&self, watcher: impl Fn(&Seen, Moment) -> Flow + Send + Sync + 'static) {
        lock(&self.core).watcher = Some(Watcher(Arc::new(watcher)));
    }

    /// Lets the systems do what they were asked and have not done yet, in the order it arrived: how many requests.
    pub fn carry_out(&self) -> usize {
        lock(&self.core).carry_out()
    }

    /// The state of all systems as JSON, by the system's prefix.
    pub fn snapshot(&self) -> serde_json::Value {
        serde_json::to_value(&lock(&self.core).world).unwrap_or_default()
    }

    /// The state of one system as JSON: what [`snapshot`](Self::snapshot) has under its prefix, for less.
    pub fn snapshot_of(&self, system: System) -> serde_json::Value {
        lock(&self.core).world.part(system).unwrap_or_default()
    }

    /// The state of all systems as it is now, for [`restore`](Self::restore).
    pub fn saved(&self) -> Saved {
        Saved(lock(&self.core).world.clone())
    }

    /// Takes all systems back to a state that was saved.
    pub fn restore(&self, saved: &Saved) {
        lock(&self.core).world = saved.0.clone();
    }

    /// Changes the state of the systems behind their backs, in terms of [`snapshot`](Self::snapshot)'s JSON.
    ///
    /// # Errors
    /// When the JSON is no world any more; nothing is changed then.
    pub fn edit(&self, change: impl FnOnce(&mut serde_json::Value)) -> io::Result<()> {
        self.edit_of(&System::ALL, change)
    }

    /// Does what [`edit`](Self::edit) does with some of the systems, for less: the JSON has those alone.
    ///
    /// # Errors
    /// When the JSON has other systems or is no world any more; nothing is changed then.
    pub fn edit_of(&self, systems: &[System], change: impl FnOnce(&mut serde_json::Value)) -> io::Result<()> {
        let mut core = lock(&self.core);
        let name = |system: System| system.prefix()[1..].to_owned();
        let parts = systems.iter().map(|system| Ok((name(*system), core.world.part(*system)?)));
        let mut value = serde_json::Value::Object(parts.collect::<io::Result<_>>()?);
        change(&mut value);
        let count = value.as_object().map_or(0, serde_json::Map::len);
        if count != systems.len() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the systems are not those that were asked for",
            ));
        }
        let mut world = core.world.clone();
        for system in systems {
            world.replace(*system, value[name(*system)].take())?;
        }
        core.world = world;
        Ok(())
    }
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

/// Forgets the state kept in `folder`, so that the next start begins with the built-in one.
///
/// # Errors
/// What the operating system says when the state is there and cannot be removed.
pub fn reset(folder: &Path) -> io::Result<()> {
    world::remove(folder)
}

#[cfg(test)]
mod tests;
