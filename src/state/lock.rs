//! One run per client at a time, by locks of the operating system: the lock of a process that dies is released.
//!
//! A lock is on an id of the client (its PSA company, its portal company, its tenant), never on the name that a
//! configuration gives it: two configurations that call one client differently exclude each other.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::holder;
use super::reason::of_system;
use crate::error::{Error, Kind, Result};
use crate::files;
use crate::model::Side;
use crate::text::hex;

/// How much of its company a lock takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    /// A part, beside runs that take other parts.
    Part,
    /// All of it.
    Whole,
}

/// The known ids of a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The name in the configuration or in the journal, for messages.
    pub name: String,
    /// The PSA's id in the registry, and the company's id there.
    pub psa: Vec<(String, String)>,
    /// The portal's host, and the company's id there.
    pub portal: Vec<(String, String)>,
    /// The tenant, with the email domains that are this client's where the tenant is shared.
    pub tenant: Option<(String, Vec<String>)>,
}

/// One thing to be locked, for one client.
#[derive(Debug)]
struct Claim<'a> {
    client: &'a str,
    /// What it is, in words.
    what: String,
    extent: Extent,
}

/// The locks of all clients of a run; dropping them releases them.
#[derive(Debug)]
pub struct Locks {
    _held: Vec<Held>,
}

/// The folder of the lock files, beside the database.
const FOLDER: &str = "locks";

/// The ending of a lock file. What its holder says of itself is [beside it](holder).
const LOCK: &str = "lock";

/// How long the text beside a lock may become that several runs share: what runs that died left in it adds up.
const MOST: usize = 4096;

/// One lock, with what is said beside it where others may hold it in part as well.
#[derive(Debug)]
struct Held {
    file: File,
    path: PathBuf,
    shared: Option<String>,
}

impl Drop for Held {
    /// Releases the lock at once: a program that another thread is just starting still holds the file open.
    fn drop(&mut self) {
        if let Some(own) = &self.shared {
            // A run that is over is not named as the holder of what another one still holds. It is a name only.
            let _ = holder::write(&self.path, &holder::read(&self.path).replacen(own, "", 1));
        }
        // A lock that cannot be released ends with the process.
        let _ = self.file.unlock();
    }
}

impl Client {
    /// Is true if the record with this id on that side is the client's company there, or its own tenant.
    pub(super) fn has(&self, side: Side, id: &str) -> bool {
        let any = |ids: &[(String, String)]| ids.iter().any(|(_, known)| known == id);
        match side {
            Side::Psa => any(&self.psa),
            Side::Portal => any(&self.portal),
            Side::Tenant => {
                self.tenant.as_ref().is_some_and(|(tenant, domains)| domains.is_empty() && tenant == id)
            }
        }
    }

    /// Returns the keys that one run at a time has.
    pub(super) fn own_keys(&self) -> Vec<String> {
        let whole = self.claims().into_iter().filter(|(.., extent)| *extent == Extent::Whole);
        whole.map(|(key, ..)| key).collect()
    }

    /// Returns what is to be locked, by a key that is the same for every configuration.
    ///
    /// A client that shares its tenant takes its own domains whole and the tenant in part, so that the others that
    /// share it are not kept out, and a configuration that takes the tenant for its own is.
    fn claims(&self) -> Vec<(String, String, Extent)> {
        let companies = |place: &str, all: &[(String, String)]| -> Vec<(String, String, Extent)> {
            let claim = |(of, id): &(String, String)| {
                (format!("{place} {of} {id}"), format!("{of} company {id}"), Extent::Whole)
            };
            all.iter().map(claim).collect()
        };
        let mut claims = [companies("psa", &self.psa), companies("portal", &self.portal)].concat();
        if let Some((tenant, domains)) = &self.tenant {
            let tenant = tenant.to_lowercase();
            let extent = if domains.is_empty() { Extent::Whole } else { Extent::Part };
            claims.push((format!("tenant {tenant}"), format!("tenant {tenant}"), extent));
            claims.extend(domains.iter().map(|domain| {
                let domain = domain.to_lowercase();
                let what = format!("domain {domain} of tenant {tenant}");
                (format!("tenant {tenant} {domain}"), what, Extent::Whole)
            }));
        }
        claims
    }
}

impl Locks {
    /// Locks every id of all `clients`, or none.
    ///
    /// `holder` says who does, for the run that is refused.
    ///
    /// # Errors
    /// [`Kind::Locked`] when another run has one of them, with what that run said of itself.
    pub fn take(folder: &Path, clients: &[Client], holder: &str) -> Result<Self> {
        let folder = folder.join(FOLDER);
        files::make_folder(&folder).map_err(|error| unusable(&folder, error))?;
        // All runs take them in the same order, so that of two that overlap one goes on. A run does not keep itself out.
        let mut all = BTreeMap::<String, Claim<'_>>::new();
        for client in clients {
            for (key, what, extent) in client.claims() {
                let claim = all.entry(key).or_insert(Claim { client: &client.name, what, extent });
                claim.extent = claim.extent.max(extent);
            }
        }
        let held = all.iter().map(|(key, claim)| lock(&folder, key, claim, holder));
        Ok(Self { _held: held.collect::<Result<_>>()? })
    }
}

fn lock(folder: &Path, key: &str, claim: &Claim<'_>, holder: &str) -> Result<Held> {
    let path = path(folder, key);
    let file = files::open(&path).map_err(|error| unusable(&path, error))?;
    let taken = match claim.extent {
        Extent::Whole => file.try_lock(),
        Extent::Part => file.try_lock_shared(),
    };
    match taken {
        Ok(()) => {
            let own = format!("{}\n{}\n", holder::one_line(holder), holder::one_line(claim.client));
            let shared = (claim.extent == Extent::Part).then(|| own.clone());
            let others = shared.as_ref().map(|_| holder::read(&path)).filter(|text| text.len() < MOST);
            let held = Held { file, path, shared };
            holder::write(&held.path, &(others.unwrap_or_default() + &own))
                .map_err(|error| unusable(&holder::beside(&held.path), error))?;
            Ok(held)
        }
        Err(TryLockError::WouldBlock) => Err(Error::new(Kind::Locked, taken_by(claim, &holder::read(&path)))
            .hint("wait until that run is over, or choose other companies with --company")),
        Err(TryLockError::Error(error)) => Err(unusable(&path, error)),
    }
}

/// Returns what the runs say of themselves that hold a company in the folder of the state at `path`, this process's own
/// left out.
pub(super) fn at_work(path: &Path) -> Vec<String> {
    let folder = path.with_file_name(FOLDER);
    let own = format!(" as process {}", std::process::id());
    let mut holders = std::collections::BTreeSet::new();
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in files.filter(|path| path.extension().is_some_and(|ending| ending == LOCK)) {
        let Ok(file) = File::open(&path) else { continue };
        // Let go of at once: what another run holds, in whole or in part, says so.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            holders.extend(holder::read(&path).lines().step_by(2).map(ToOwned::to_owned));
        }
    }
    holders.into_iter().filter(|holder| !holder.is_empty() && !holder.ends_with(&own)).collect()
}

/// Returns the refusal, from what other runs wrote: who they are, and what they call the client.
///
/// The last one is named.
fn taken_by(claim: &Claim<'_>, other: &str) -> String {
    let Claim { client, what, extent: _ } = claim;
    let lines: Vec<&str> = other.lines().collect();
    let (holder, name) = match lines.as_slice() {
        [.., holder, name] => (*holder, *name),
        [holder] => (*holder, *client),
        [] => ("another run", *client),
    };
    match Some(name).filter(|name| name != client) {
        Some(name) => format!("{client} is being synced by {holder}, which calls it {name}: both are {what}"),
        None => format!("{client} is being synced by {holder}"),
    }
}

fn path(folder: &Path, key: &str) -> PathBuf {
    let hash = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    // Twelve bytes of it tell any number of ids apart.
    folder.join(hex::encode(&hash.as_ref()[..12])).with_extension(LOCK)
}

fn unusable(path: &Path, error: std::io::Error) -> Error {
    let (reason, next) = of_system(error.kind());
    Error::new(Kind::State, format!("the lock {} cannot be used: {reason}", path.display()))
        .hint(next)
        .source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str, psa: i64, portal: i64, tenant: &str, domains: &[&str]) -> Client {
        Client {
            name: name.to_owned(),
            psa: vec![("desk".to_owned(), psa.to_string())],
            portal: vec![("portal.example".to_owned(), portal.to_string())],
            tenant: Some((tenant.to_owned(), domains.iter().map(|domain| (*domain).to_owned()).collect())),
        }
    }

    fn take(folder: &tempfile::TempDir, clients: &[Client], holder: &str) -> Result<Locks> {
        Locks::take(folder.path(), clients, holder)
    }

    #[test]
    fn a_client_belongs_to_one_run_at_a_time_and_the_other_is_named() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (contoso, adatum) = (client("Contoso", 1, 11, "t1", &[]), client("Adatum", 2, 12, "t2", &[]));
        let first = take(&folder, std::slice::from_ref(&contoso), "run 1 (process 7)").expect("free");
        let error = take(&folder, &[adatum.clone(), contoso.clone()], "run 2").expect_err("taken");
        assert_eq!(error.kind(), Kind::Locked);
        assert_eq!(error.message(), "Contoso is being synced by run 1 (process 7)");
        take(&folder, &[adatum], "run 2").expect("the refused run let go of it");
        drop(first);
        take(&folder, &[contoso], "run 4").expect("free again");
    }

    #[test]
    fn a_lock_holds_no_text_since_no_other_process_could_read_it_on_every_system() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let _held = take(&folder, &[client("Contoso", 1, 11, "t1", &[])], "run 1").expect("free");
        let names = std::fs::read_dir(folder.path().join(FOLDER)).expect("the locks");
        let paths: Vec<PathBuf> = names.map(|entry| entry.expect("a file").path()).collect();
        let locks = || paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == LOCK));
        assert_eq!((paths.len(), locks().count()), (6, 3), "{paths:?}");
        for lock in locks() {
            assert_eq!(std::fs::read(lock).expect("a file"), b"");
            assert_eq!(holder::read(lock), "run 1\nContoso\n");
        }
    }

    #[test]
    fn any_id_that_two_configurations_share_keeps_them_apart_whatever_they_call_the_client() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let _first = take(&folder, &[client("Contoso", 1, 11, "t1", &[])], "run 1").expect("free");
        for (other, what) in [
            (client("Contoso Ltd", 1, 99, "t9", &[]), "desk company 1"),
            (client("Contoso Ltd", 9, 11, "t9", &[]), "portal.example company 11"),
            (client("Contoso Ltd", 9, 99, "T1", &[]), "tenant t1"),
            (client("Contoso Ltd", 9, 99, "t1", &["contoso.example"]), "tenant t1"),
        ] {
            let error = take(&folder, &[other], "run 2").expect_err("taken");
            let expected =
                format!("Contoso Ltd is being synced by run 1, which calls it Contoso: both are {what}");
            assert_eq!(error.message(), expected);
        }
        take(&folder, &[client("Contoso", 9, 99, "t9", &[])], "run 3").expect("another client of that name");
    }

    #[test]
    fn clients_that_share_a_tenant_exclude_each_other_neither_in_one_run_nor_in_two() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let toys = client("Toys", 1, 11, "t1", &["toys.example"]);
        let games = client("Games", 2, 12, "t1", &["games.example"]);
        drop(take(&folder, &[toys.clone(), games.clone()], "run 1").expect("one run"));
        let first = take(&folder, &[toys], "run 1").expect("free");
        let _second = take(&folder, &[games], "run 2").expect("its own domain");
        let error = take(&folder, &[client("Puzzles", 3, 13, "t1", &["toys.example"])], "run 3");
        assert!(error.expect_err("taken").message().contains("both are domain toys.example of tenant t1"));
        drop(first);
        let error = take(&folder, &[client("All", 4, 14, "t1", &[])], "run 4").expect_err("taken in part");
        assert!(error.message().ends_with("run 2, which calls it Games: both are tenant t1"), "{error}");
    }
}
