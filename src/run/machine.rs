//! The machine and the account that a run works in.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::files::Target;
use crate::secret::{Keyring, Surroundings};
use crate::state::Clock;

/// The machine and the account that a run works in.
#[derive(Clone)]
#[allow(missing_debug_implementations)] // a keyring has none, and variables hold secrets
pub struct Machine {
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// Where secrets are kept.
    pub keyring: Arc<dyn Keyring>,
    /// The time by which runs are dated.
    pub clock: Clock,
    /// How to wait before a request; `None` to sleep.
    pub sleep: Option<fn(Duration)>,
    /// Where the HTTP trace goes.
    pub trace: Option<Arc<Target>>,
    /// How long notices may delay the run; `None` for the usual time.
    pub notice_limit: Option<Duration>,
    /// How the run is asked to stop.
    pub interrupt: Interrupt,
    /// Whether a person is there, who sees how the run ends.
    pub is_attended: bool,
}

impl Machine {
    /// Returns where secrets are looked for until `until`.
    pub fn surroundings(&self, until: Option<Instant>) -> Surroundings {
        Surroundings { variables: self.variables.clone(), keyring: Arc::clone(&self.keyring), until }
    }

    /// Returns the name of the account, as the operating system knows it.
    pub fn operator(&self) -> String {
        self.first(&["USER", "LOGNAME", "USERNAME"]).unwrap_or_else(|| "unknown".to_owned())
    }

    /// Returns the account as a scheduler finds it: on Windows with its domain, since a machine and its domain may have
    /// accounts of one name.
    pub(super) fn account(&self) -> String {
        self.in_domain().filter(|_| cfg!(windows)).unwrap_or_else(|| self.operator())
    }

    fn in_domain(&self) -> Option<String> {
        Some(format!(r"{}\{}", self.first(&["USERDOMAIN"])?, self.first(&["USERNAME"])?))
    }

    /// Returns the machine's name.
    pub(super) fn host(&self) -> String {
        self.first(&["HOSTNAME", "COMPUTERNAME"])
            .or_else(|| std::fs::read_to_string("/etc/hostname").ok().map(|name| name.trim().to_owned()))
            .or_else(node)
            .unwrap_or_else(|| "this machine".to_owned())
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.variables.get(*name)).filter(|value| !value.is_empty()).cloned()
    }
}

/// Returns the name that the system itself knows: macOS has no file of it.
#[cfg(unix)]
fn node() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

/// Returns nothing: elsewhere a variable names the machine.
#[cfg(not(unix))]
fn node() -> Option<String> {
    None
}

/// What is left to do when a run ends at once.
type Last = Box<dyn FnOnce() + Send>;

/// How a run is asked to stop, and whether it writes.
#[derive(Clone, Default)]
#[allow(missing_debug_implementations)] // what is left to do has none
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    writing: Arc<AtomicBool>,
    last: Arc<Mutex<Option<Last>>>,
}

impl Interrupt {
    /// Asks the run to stop, and returns whether it may end at once: nothing is being written, or it was asked before.
    pub fn ask(&self) -> bool {
        let again = self.asked.swap(true, Ordering::SeqCst);
        again || !self.writing.load(Ordering::SeqCst)
    }

    /// Does `last` when the run ends at once before it has written anything, in the place of what was said before.
    pub(super) fn before_leaving(&self, last: impl FnOnce() + Send + 'static) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(last));
    }

    /// Does what is left to do. A run that ends in the middle of its writes has died as if it was killed: the next one
    /// finds out what became of it.
    pub fn leave(&self) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(last) = last.filter(|_| !self.writing.load(Ordering::SeqCst)) {
            last();
        }
    }

    /// Returns whether the run was asked to stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Records that the run writes: it is to end what it has begun, where it would end at once before.
    pub fn begin_writing(&self) {
        self.writing.store(true, Ordering::SeqCst);
    }

    /// Records that nothing is being written: the run may end at once again.
    pub fn end_writing(&self) {
        self.writing.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::NoKeyring;

    fn machine(variables: &[(&str, &str)]) -> Machine {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Machine {
            variables: variables.collect(),
            keyring: Arc::new(NoKeyring),
            clock: Clock::by_hand(),
            sleep: None,
            trace: None,
            notice_limit: None,
            interrupt: Interrupt::default(),
            is_attended: false,
        }
    }

    #[test]
    fn an_account_has_its_domain_on_windows() {
        let local = machine(&[("USERNAME", "sync"), ("USERDOMAIN", "")]);
        assert_eq!((local.in_domain(), local.account()), (None, "sync".to_owned()));
        let of_domain = machine(&[("USERNAME", "sync"), ("USERDOMAIN", "CONTOSO")]);
        let whole = r"CONTOSO\sync".to_owned();
        assert_eq!(of_domain.in_domain().as_ref(), Some(&whole));
        assert_eq!(of_domain.account(), if cfg!(windows) { whole } else { "sync".to_owned() });
        assert_eq!(of_domain.operator(), "sync");
    }

    #[cfg(unix)]
    #[test]
    fn the_system_knows_the_machine_where_no_variable_names_it() {
        assert_eq!(machine(&[("HOSTNAME", "desk")]).host(), "desk");
        assert!(node().is_some());
        assert_ne!(machine(&[]).host(), "this machine");
    }
}
