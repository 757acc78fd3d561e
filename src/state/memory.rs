//! What the next run plans with: links, values that cannot be read back, and how many records there were.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rusqlite::{Row, Transaction, params};

use super::State;
use super::broken::text;
use super::history::parsed;
use super::texts::json;
use crate::error::Result;
use crate::model::{Field, Id, Side};
use crate::plan::{CompanyMemory, CompanyPlan, FieldChange, Link, Memory, NewValue, RecordKind};

/// What is said of people whose link cannot be read: each of their records may belong to another one.
const DOUBT: &str = "the link of this person cannot be read in the state";

/// More records than any company has.
const MANY: usize = 1_000_000_000;

/// What takes the place of a side where details records were counted.
pub(super) const DETAILS: &str = "details";

/// The fields that can be written and not be read back.
const UNREADABLE: [Field; 2] = [Field::Login, Field::Priority];

const SIDES: [Side; 3] = [Side::Tenant, Side::Psa, Side::Portal];

impl State {
    /// Returns everything that is remembered.
    ///
    /// It leaves out what the journal knows: what is open or unclear, and what was done.
    /// What cannot be read, or is of another version, is passed over.
    ///
    /// # Errors
    /// `Kind::State` when the database cannot be read.
    pub fn remembered(&self) -> Result<Memory> {
        let field = |name: &str| UNREADABLE.into_iter().find(|field| field.name() == name);
        let side = |name: &str| SIDES.into_iter().find(|side| side.name() == name);
        self.read(|db| {
            let mut remembered = Memory::default();
            let of = |what: &str, row: &Row<'_>| format!("{what} {} of {}", text(row, 1), text(row, 0));
            let doubtful = RefCell::new(BTreeSet::new());
            let links = self.rows(
                db,
                "SELECT company, user, contact, portal_user, gone, took_part, out_by_setting FROM links
                 WHERE realm = ? ORDER BY 1, 2",
                [&self.realm],
                |row| {
                    // Who has a record already must not get a second one because that is forgotten.
                    let ids =
                        (1..=3).filter_map(|column| row.get::<_, Option<String>>(column).ok().flatten());
                    doubtful.borrow_mut().extend(ids);
                    of("the link of the 365 user", row)
                },
                |row| Ok((row.get::<_, String>(0)?, link(row)?)),
            )?;
            for (company, link) in links {
                remembered.links.entry(company).or_default().push(link);
            }
            let doubtful = doubtful.into_inner().into_iter();
            remembered.held = doubtful.map(|id| (id, DOUBT.to_owned())).collect();
            let written = self.rows(
                db,
                "SELECT field, portal_user, value FROM written WHERE realm = ?",
                [&self.realm],
                |row| of("what was last written to portal user", row),
                |row| Ok((row.get::<_, String>(0)?, Id::new(row.get::<_, String>(1)?), row.get(2)?)),
            )?;
            let written =
                written.into_iter().filter_map(|(name, id, value)| Some(((id, field(&name)?), value)));
            remembered.written.extend(written);
            // A number that cannot be is taken for more than there are, so that the guard asks.
            let count =
                |row: &Row<'_>| row.get::<_, i64>(2).map(|count| usize::try_from(count).unwrap_or(MANY));
            let counts = self.rows(
                db,
                "SELECT side, company, records FROM counts WHERE realm = ?",
                [&self.realm],
                |row| of("the number of records of", row),
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, count(row)?)),
            )?;
            for (counted, company, records) in counts {
                if let Some(side) = side(&counted) {
                    remembered.counts.insert((company, side), records);
                } else if counted == DETAILS {
                    remembered.details.insert(company, records);
                }
            }
            let assigned = self.rows(
                db,
                "SELECT company, contact, assignment FROM assigned WHERE realm = ?",
                [&self.realm],
                |row| of("the role and groups of contact", row),
                |row| Ok(((row.get(0)?, Id::new(row.get::<_, String>(1)?)), parsed(row, 2)?)),
            )?;
            remembered.assigned.extend(assigned);
            let licences = self.rows(
                db,
                "SELECT company, rule FROM licences WHERE realm = ?",
                [&self.realm],
                |row| format!("the licence rule that was last applied to {}", text(row, 0)),
                |row| Ok((row.get::<_, String>(0)?, parsed(row, 1)?)),
            )?;
            remembered.licences.extend(licences);
            Ok(remembered)
        })
    }

    /// Replaces what is remembered of these companies.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written; then what was remembered before still is.
    pub fn remember(&self, known: &[CompanyMemory]) -> Result<()> {
        self.change(|db| known.iter().try_for_each(|known| self.replace(db, known)))
    }

    fn replace(&self, db: &Transaction<'_>, known: &CompanyMemory) -> rusqlite::Result<()> {
        let CompanyMemory { company, links, counts, details, assigned, licences } = known;
        self.remembers(db, company)?;
        db.execute("DELETE FROM links WHERE realm = ? AND company = ?", [&self.realm, company])?;
        for Link { user, contact, portal_user, gone, took_part, out_by_setting } in links {
            let [contact, portal_user] = [contact, portal_user].map(|id| id.as_ref().map(Id::as_str));
            db.execute(
                "INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    self.realm,
                    company,
                    user.as_str(),
                    contact,
                    portal_user,
                    gone,
                    took_part,
                    out_by_setting
                ],
            )?;
        }
        db.execute("DELETE FROM assigned WHERE realm = ? AND company = ?", [&self.realm, company])?;
        for (contact, assignment) in assigned {
            db.execute(
                "INSERT INTO assigned VALUES (?, ?, ?, ?)",
                params![self.realm, company, contact.as_str(), json(assignment)?],
            )?;
        }
        if let Some(rule) = licences {
            db.execute(
                "INSERT OR REPLACE INTO licences VALUES (?, ?, ?)",
                params![self.realm, company, json(rule)?],
            )?;
        }
        let counts = counts.iter().map(|(side, records)| (side.name(), records));
        for (side, records) in counts.chain(details.as_ref().map(|records| (DETAILS, records))) {
            db.execute(
                "INSERT OR REPLACE INTO counts VALUES (?, ?, ?, ?)",
                params![self.realm, company, side, records],
            )?;
        }
        Ok(())
    }

    /// Remembers values that these changes are to write, and that cannot be read back, as not written yet.
    ///
    /// So the next run plans them again where this one does not write them: a leaver's sign-in, say, when the contact
    /// is inactive already. What was written before stays remembered instead.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written: the changes must not be made then.
    pub fn owe(&self, companies: &[CompanyPlan]) -> Result<()> {
        let changes = || companies.iter().flat_map(|company| &company.changes);
        let owed: Vec<(&Id, Field, bool)> = changes()
            .filter(|change| change.record.kind == RecordKind::PortalUser)
            .filter_map(|change| Some((change.record.id.as_ref()?, &change.fields)))
            .flat_map(|(id, fields)| {
                fields.iter().filter_map(move |field| Some((id, field.field, yes_or_no(field)?)))
            })
            .collect();
        if owed.is_empty() {
            return Ok(());
        }
        self.change(|db| {
            owed.iter().try_for_each(|(id, field, wanted)| {
                let opposite = (!wanted).to_string();
                let row = params![self.realm, id.as_str(), field.name(), opposite];
                db.execute("INSERT OR IGNORE INTO written VALUES (?, ?, ?, ?)", row).map(drop)
            })
        })
    }

    /// Keeps what was written to the fields of a portal user that cannot be read back.
    pub(super) fn keep(
        &self,
        db: &Transaction<'_>,
        portal_user: &Id,
        fields: &[FieldChange],
    ) -> rusqlite::Result<()> {
        for FieldChange { field, after, .. } in fields.iter().filter(|it| UNREADABLE.contains(&it.field)) {
            let NewValue::Text(value) = after else { continue };
            db.execute(
                "INSERT OR REPLACE INTO written VALUES (?, ?, ?, ?)",
                params![self.realm, portal_user.as_str(), field.name(), value],
            )?;
        }
        Ok(())
    }
}

/// Returns what a change writes to a field that can only be yes or no and cannot be read back.
fn yes_or_no(change: &FieldChange) -> Option<bool> {
    match &change.after {
        NewValue::Text(text) if UNREADABLE.contains(&change.field) => text.parse().ok(),
        _ => None,
    }
}

/// Returns a link from the columns company, user, contact, `portal_user`, gone, `took_part`, `out_by_setting`.
fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    let id = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.map(Id::new));
    Ok(Link {
        user: Id::new(row.get::<_, String>(1)?),
        contact: id(2)?,
        portal_user: id(3)?,
        gone: row.get(4)?,
        took_part: row.get(5)?,
        out_by_setting: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Row as Rule;
    use crate::plan::{Action, Change, ChangeKey, Record, Who};

    fn writes(id: &str, field: Field, value: &str) -> CompanyPlan {
        let change = FieldChange {
            field,
            before: None,
            after: NewValue::Text(value.to_owned()),
            source: Side::Tenant,
            row: Rule::SyncFrom365,
            note: None,
        };
        let change = Change {
            key: ChangeKey(format!("Contoso/portal-user/{id}")),
            record: Record { kind: RecordKind::PortalUser, company: Id::from(9), id: Some(Id::from(id)) },
            action: Action::Deactivate,
            who: Who { name: "Ann".into(), email: None },
            fields: vec![change],
            evidence: Vec::new(),
            unmoved: Vec::new(),
            seek: None,
            left: None,
            namesakes: None,
        };
        CompanyPlan { name: "Contoso".into(), changes: vec![change], ..CompanyPlan::default() }
    }

    #[test]
    fn what_is_owed_is_not_taken_for_written_and_forgets_nothing_that_was() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let state = State::open(&folder.path().join("state.db"), "realm").expect("a new state");
        let written = |id: &str, field| {
            let remembered = state.remembered().expect("readable");
            remembered.written.get(&(Id::from(id), field)).cloned()
        };
        let login = writes("p1", Field::Login, "false");
        state.owe(&[login.clone(), writes("p2", Field::Title, "Head")]).expect("written");
        assert_eq!(written("p1", Field::Login).as_deref(), Some("true"));
        assert_eq!(written("p2", Field::Title), None, "that can be read back");
        state.change(|db| state.keep(db, &Id::from("p1"), &login.changes[0].fields)).expect("written");
        state.owe(&[login]).expect("written");
        assert_eq!(written("p1", Field::Login).as_deref(), Some("false"));
    }
}
