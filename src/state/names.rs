//! What companies were called when something was last remembered of them: a company is its records, and its name is the
//! configuration's to change.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

use super::State;
use crate::error::Result;
use crate::model::Id;

/// The tables whose rows are a company's by its name.
const TABLES: [&str; 5] = ["links", "assigned", "counts", "licences", "remembered"];

/// A company as the configuration names it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Called<'a> {
    /// The name.
    pub name: &'a str,
    /// The PSA's id.
    pub psa: &'a Id,
    /// The portal's id.
    pub portal: &'a Id,
}

impl State {
    /// Returns the new names of companies that were called differently before, by their old ones.
    ///
    /// # Errors
    /// `Kind::State` when the database cannot be read.
    pub fn renamed(&self, companies: &[Called<'_>]) -> Result<BTreeMap<String, String>> {
        self.read(|db| renamed(db, &self.realm, companies))
    }

    /// Lets everything that is remembered of those of these companies that are a run's `own` be theirs by the names that
    /// they have now, and takes note of these names. Of others another run may be at work: one of them is renamed only
    /// where an own one has its former name now.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written; then everything has its old name.
    pub fn rename(&self, companies: &[Called<'_>], own: impl Fn(&str) -> bool) -> Result<()> {
        self.change(|db| {
            let all = renamed(db, &self.realm, companies)?;
            let mut named: BTreeSet<&str> =
                companies.iter().map(|called| called.name).filter(|name| own(name)).collect();
            while let Some((_, next)) =
                all.iter().find(|(former, new)| named.contains(&***former) && !named.contains(&***new))
            {
                named.insert(next);
            }
            let renamed = all.iter().filter(|(_, new)| named.contains(&***new));
            let renamed = renamed.map(|(former, new)| (former.clone(), new.clone())).collect();
            for table in TABLES {
                move_rows(db, table, &self.realm, &renamed)?;
            }
            let named = companies.iter().filter(|called| named.contains(called.name));
            named.into_iter().try_for_each(|Called { name, psa, portal }| {
                db.execute(
                    "INSERT INTO remembered (realm, company, psa, portal) VALUES (?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET psa = excluded.psa, portal = excluded.portal
                     WHERE (psa, portal) IS NOT (excluded.psa, excluded.portal)",
                    params![self.realm, name, psa.as_str(), portal.as_str()],
                )
                .map(drop)
            })
        })
    }

    /// Returns the companies of which something was remembered after `time`.
    ///
    /// # Errors
    /// `Kind::State` when the database cannot be read.
    pub fn remembered_since(&self, time: Timestamp) -> Result<BTreeSet<String>> {
        self.read(|db| {
            let mut query = db.prepare("SELECT company FROM remembered WHERE realm = ? AND at > ?")?;
            query.query_map(params![self.realm, time.as_millisecond()], |row| row.get(0))?.collect()
        })
    }

    /// Takes note that something was remembered of the company now.
    pub(super) fn remembers(&self, db: &Transaction<'_>, company: &str) -> rusqlite::Result<()> {
        let now = self.clock().now().as_millisecond();
        db.execute(
            "INSERT INTO remembered (realm, company, at) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET at = excluded.at",
            params![self.realm, company, now],
        )
        .map(drop)
    }
}

fn renamed(
    db: &Connection,
    realm: &str,
    companies: &[Called<'_>],
) -> rusqlite::Result<BTreeMap<String, String>> {
    let mut query =
        db.prepare("SELECT psa, portal, company FROM remembered WHERE realm = ? AND psa NOT NULL")?;
    let former: BTreeMap<(String, String), String> = query
        .query_map([realm], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let new = |Called { name, psa, portal }: &Called<'_>| {
        let former = former.get(&(psa.to_string(), portal.to_string()))?;
        (former != name).then(|| (former.clone(), (*name).to_owned()))
    };
    Ok(companies.iter().filter_map(new).collect())
}

/// Gives the rows of companies their new names. Companies may have exchanged their names, and one may have the name of
/// another that is configured no more.
fn move_rows(
    db: &Transaction<'_>,
    table: &str,
    realm: &str,
    renamed: &BTreeMap<String, String>,
) -> rusqlite::Result<()> {
    // No name begins with a line break.
    for (former, new) in renamed {
        let sql = format!("UPDATE {table} SET company = char(10) || ? WHERE realm = ? AND company = ?");
        db.execute(&sql, [new, realm, former])?;
    }
    for new in renamed.values() {
        db.execute(&format!("DELETE FROM {table} WHERE realm = ? AND company = ?"), [realm, new])?;
        let sql = format!("UPDATE {table} SET company = ?1 WHERE realm = ?2 AND company = char(10) || ?1");
        db.execute(&sql, [new, realm])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::CompanyMemory;

    fn called<'a>(name: &'a str, ids: &'a (Id, Id)) -> Called<'a> {
        Called { name, psa: &ids.0, portal: &ids.1 }
    }

    fn ids(number: i64) -> (Id, Id) {
        (Id::from(number), Id::from(number + 100))
    }

    /// A state that remembers Contoso and Fabrikam, with one and two contacts.
    fn state(folder: &tempfile::TempDir) -> State {
        let state = State::open(&folder.path().join("state.db"), "realm").expect("a new state");
        let known = |company: &str, contacts| CompanyMemory {
            company: company.to_owned(),
            counts: [(crate::model::Side::Psa, contacts)].into(),
            ..CompanyMemory::default()
        };
        state.rename(&[called("Contoso", &ids(1)), called("Fabrikam", &ids(2))], |_| true).expect("writable");
        state.remember(&[known("Contoso", 1), known("Fabrikam", 2)]).expect("writable");
        state
    }

    /// The number of contacts of each company.
    fn counts(state: &State) -> Vec<(String, usize)> {
        let counts = state.remembered().expect("readable").counts;
        counts.into_iter().map(|((company, _), count)| (company, count)).collect()
    }

    #[test]
    fn what_is_remembered_of_a_company_is_its_own_under_a_new_name() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (state, contoso, fabrikam) = (state(&folder), ids(1), ids(2));
        let companies = [called("Contoso Limited", &contoso), called("Fabrikam", &fabrikam)];
        let renamed = state.renamed(&companies).expect("readable");
        assert_eq!(renamed, [("Contoso".to_owned(), "Contoso Limited".to_owned())].into());
        state.rename(&companies, |_| true).expect("writable");
        assert_eq!(counts(&state), [("Contoso Limited".to_owned(), 1), ("Fabrikam".to_owned(), 2)]);
        assert_eq!(state.renamed(&companies).expect("readable"), BTreeMap::new());
    }

    #[test]
    fn companies_that_exchange_their_names_keep_what_is_remembered_of_them() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (state, contoso, fabrikam) = (state(&folder), ids(1), ids(2));
        let companies = [called("Fabrikam", &contoso), called("Contoso", &fabrikam)];
        // Whichever of them the run is about.
        state.rename(&companies, |name| name == "Fabrikam").expect("writable");
        assert_eq!(counts(&state), [("Contoso".to_owned(), 2), ("Fabrikam".to_owned(), 1)]);
    }

    #[test]
    fn only_what_a_run_is_about_is_renamed_and_its_ids_are_noted_whenever_something_was_remembered() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (state, contoso, fabrikam, third) = (state(&folder), ids(1), ids(2), ids(3));
        let companies = [called("Contoso Limited", &contoso), called("Fabrikam", &fabrikam)];
        state.rename(&companies, |name| name == "Fabrikam").expect("writable");
        assert_eq!(counts(&state), [("Contoso".to_owned(), 1), ("Fabrikam".to_owned(), 2)]);
        let known = CompanyMemory { company: "Adatum".into(), ..CompanyMemory::default() };
        state.remember(&[known]).expect("writable");
        state.rename(&[called("Adatum", &third)], |_| true).expect("writable");
        let renamed = state.renamed(&[called("Adatum GmbH", &third)]).expect("readable");
        assert_eq!(renamed, [("Adatum".to_owned(), "Adatum GmbH".to_owned())].into());
    }

    #[test]
    fn a_company_that_takes_the_name_of_a_former_one_takes_nothing_else_of_it() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (state, fabrikam) = (state(&folder), ids(2));
        state.rename(&[called("Contoso", &fabrikam)], |_| true).expect("writable");
        assert_eq!(counts(&state), [("Contoso".to_owned(), 2)]);
    }

    #[test]
    fn a_state_knows_of_which_companies_something_was_remembered_since_a_time() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let state = state(&folder);
        let hour = jiff::SignedDuration::from_hours(1);
        let now = state.clock().now();
        assert_eq!(state.remembered_since(now + hour).expect("readable"), BTreeSet::new());
        let since = state.remembered_since(now - hour).expect("readable");
        assert_eq!(since, ["Contoso".to_owned(), "Fabrikam".to_owned()].into());
    }
}
