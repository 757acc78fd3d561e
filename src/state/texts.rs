//! Texts that many runs share: what a plan says of a company besides its changes, changes, and limits that a plan runs
//! into. Most of it is the same every night, so each text is stored once, found again by its hash.
//!
//! What a run says of its companies is a text of its own: the companies' names, each with the text of its plan. A plan
//! refers to the entries of its lists in the same way, so that one more skip does not store all others again.

use std::collections::{BTreeMap, BTreeSet};

use ring::digest::{SHA256, digest};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension as _, Result, Statement, Transaction};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::plan::CompanyPlan;

/// The plans of a run's companies: names, each with the id of a text.
pub(super) type Plans = BTreeMap<String, i64>;

/// A plan whose lists are ids of texts.
#[derive(Default, Serialize, Deserialize)]
struct Parts {
    /// What is no list, and lists that are empty.
    body: Map<String, Value>,
    /// The entries of each list.
    lists: BTreeMap<String, Vec<i64>>,
}

/// Returns a value as it is stored.
pub(super) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(error.into()))
}

/// Stores texts.
pub(super) struct Writer<'d> {
    find: Statement<'d>,
    insert: Statement<'d>,
    mend: Statement<'d>,
}

impl<'d> Writer<'d> {
    pub(super) fn new(db: &'d Transaction<'_>) -> Result<Self> {
        Ok(Self {
            find: db.prepare("SELECT id, text = ?2 FROM texts WHERE hash = ?1")?,
            insert: db.prepare("INSERT INTO texts (hash, text) VALUES (?, ?) RETURNING id")?,
            mend: db.prepare("UPDATE texts SET text = ? WHERE id = ?")?,
        })
    }

    /// Stores a text where it is not stored yet, and returns its id.
    pub(super) fn keep(&mut self, text: &str) -> Result<i64> {
        let hash = digest(&SHA256, text.as_bytes());
        let hash = hash.as_ref();
        let known = self.find.query_row((hash, text), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match known {
            Some((id, true)) => Ok(id),
            // A text that is not that of its hash was damaged.
            Some((id, false)) => self.mend.execute((text, id)).map(|_| id),
            None => self.insert.query_row((hash, text), |row| row.get(0)),
        }
    }

    /// Stores the plans of a run's companies without their changes, and returns the id of the text that names them.
    pub(super) fn keep_plans(&mut self, companies: &[CompanyPlan]) -> Result<i64> {
        let mut plans = Plans::new();
        for company in companies {
            plans.insert(company.name.clone(), self.keep_plan(company)?);
        }
        self.keep(&json(&plans)?)
    }

    fn keep_plan(&mut self, plan: &CompanyPlan) -> Result<i64> {
        let plan = CompanyPlan { changes: Vec::new(), ..plan.clone() };
        let all: Map<String, Value> =
            serde_json::to_value(&plan).and_then(serde_json::from_value).map_err(no_value)?;
        let mut parts = Parts::default();
        for (name, value) in all {
            match value {
                Value::Array(entries) if !entries.is_empty() => {
                    let ids: Result<_> = entries.iter().map(|entry| self.keep(&json(entry)?)).collect();
                    parts.lists.insert(name, ids?);
                }
                other => {
                    parts.body.insert(name, other);
                }
            }
        }
        self.keep(&json(&parts)?)
    }
}

/// Reads texts.
///
/// Besides the errors of the database, what it does gives that of a row that cannot be read, where there is no such text
/// or where it is something else.
pub(super) struct Reader<'d>(Statement<'d>);

impl<'d> Reader<'d> {
    pub(super) fn new(db: &'d Connection) -> Result<Self> {
        db.prepare("SELECT text FROM texts WHERE id = ?").map(Self)
    }

    /// Returns the value that is stored as the text of this id.
    pub(super) fn value<T: DeserializeOwned>(&mut self, id: i64) -> Result<T> {
        let text: Option<String> = self.0.query_row([id], |row| row.get(0)).optional()?;
        let text =
            text.ok_or_else(|| Error::FromSqlConversionFailure(0, Type::Null, "no such text".into()))?;
        serde_json::from_str(&text).map_err(no_value)
    }

    /// Returns the plan whose text has this id.
    pub(super) fn plan(&mut self, id: i64) -> Result<CompanyPlan> {
        let Parts { mut body, lists } = self.value(id)?;
        for (name, ids) in lists {
            let entries: Result<Vec<Value>> = ids.into_iter().map(|id| self.value(id)).collect();
            body.insert(name, Value::Array(entries?));
        }
        serde_json::from_value(Value::Object(body)).map_err(no_value)
    }
}

fn no_value(error: serde_json::Error) -> Error {
    Error::FromSqlConversionFailure(0, Type::Text, error.into())
}

/// Removes the texts to which nothing refers any more; none where it cannot be read what refers to what.
pub(super) fn sweep(db: &Transaction<'_>) -> Result<()> {
    let used = match used(db) {
        Err(error) if super::broken::is_of_a_row(&error) => return Ok(()),
        used => used?,
    };
    let mut all = db.prepare("SELECT id FROM texts")?;
    let all: Vec<i64> = all.query_map((), |row| row.get(0))?.collect::<Result<_>>()?;
    let mut delete = db.prepare("DELETE FROM texts WHERE id = ?")?;
    for id in all.iter().filter(|id| !used.contains(id)) {
        delete.execute([id])?;
    }
    Ok(())
}

/// Returns the ids of all texts that a run needs.
fn used(db: &Connection) -> Result<BTreeSet<i64>> {
    let ids =
        |sql: &str| -> Result<BTreeSet<i64>> { db.prepare(sql)?.query_map((), |row| row.get(0))?.collect() };
    let notes = ids("SELECT DISTINCT notes FROM runs WHERE notes IS NOT NULL")?;
    let (mut texts, mut plans) = (Reader::new(db)?, BTreeSet::new());
    for id in &notes {
        plans.extend(texts.value::<Plans>(*id)?.into_values());
    }
    let mut used = ids(
        "SELECT breaches FROM runs WHERE breaches IS NOT NULL UNION SELECT text FROM intents WHERE text IS NOT NULL",
    )?;
    for id in &plans {
        used.extend(texts.value::<Parts>(*id)?.lists.into_values().flatten());
    }
    used.extend(notes);
    used.extend(plans);
    Ok(used)
}
