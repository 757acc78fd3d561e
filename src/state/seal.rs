//! The secret that seals saved plans. It goes with the journal that knows which of them were applied: a plan is for
//! the state that it was made with, and for no other.

use rusqlite::OptionalExtension as _;

use super::{State, random};
use crate::error::Result;
use crate::plan::SealKey;

const SELECT: &str = "SELECT value FROM keys WHERE name = 'plans'";

impl State {
    /// Returns the key of this database, if it has one.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be read.
    pub fn known_seal_key(&self) -> Result<Option<SealKey>> {
        let known: Option<[u8; 32]> =
            self.read(|db| db.query_row(SELECT, (), |row| row.get(0)).optional())?;
        Ok(known.as_ref().map(SealKey::new))
    }

    /// Returns the key of this database, which is made when it is first asked for.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be read or written.
    pub fn seal_key(&self) -> Result<SealKey> {
        if let Some(known) = self.known_seal_key()? {
            return Ok(known);
        }
        let fresh: [u8; 32] = random()?;
        let key: [u8; 32] = self.change(|db| {
            // Another command may have been faster.
            db.execute("INSERT OR IGNORE INTO keys VALUES ('plans', ?)", [&fresh[..]])?;
            db.query_row(SELECT, (), |row| row.get(0))
        })?;
        Ok(SealKey::new(&key))
    }
}

#[cfg(test)]
mod tests {
    use crate::files::Target;
    use crate::plan::{Outcome, Plan};
    use crate::state::State;

    #[test]
    fn a_database_keeps_its_key_and_shares_it_with_no_other() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let state = |name: &str| State::open(&folder.path().join(name), "desk portal").expect("a new state");
        let path = folder.path().join("plan.json");
        assert!(state("a.db").known_seal_key().expect("readable").is_none());
        let target = Target::open(&path, "--save-plan").expect("a writable folder");
        let plan = Plan::new(Outcome::default(), Vec::new(), jiff::Timestamp::UNIX_EPOCH, "desk", "00");
        plan.save(&target, &state("a.db").seal_key().expect("a key")).expect("room");
        let known = state("a.db").known_seal_key().expect("readable");
        assert!(Plan::load(&path, known.as_ref()).is_ok(), "the key was kept");
        assert!(Plan::load(&path, Some(&state("b.db").seal_key().expect("a key"))).is_err());
    }
}
