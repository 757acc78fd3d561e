//! `decisions.toml`: what people decided where evidence cannot.

use std::path::Path;

use toml::de::DeValue;

use super::doc::{Source, Table, integer};
use crate::error::Result;
use crate::model::Id;
use crate::reconcile::{Decisions, Pin, Split};

/// Reads `text` as the decisions file at `path`.
pub(super) fn read(path: &Path, text: &str) -> Result<Decisions> {
    let source = Source::new(path, text);
    let mut file = source.document()?;
    let mut decisions = Decisions::default();
    for mut table in file.tables("pin")? {
        let (user, contact) = pair(&mut table)?;
        decisions.pins.push(Pin { user, contact });
        remarks(table)?;
    }
    for mut table in file.tables("split")? {
        let (user, contact) = pair(&mut table)?;
        decisions.splits.push(Split { user, contact });
        remarks(table)?;
    }
    for mut table in file.tables("ignore")? {
        let email = table.text("email")?.map(|email| email.value.trim().to_lowercase());
        let id = id(&mut table, "id")?;
        match email.or(id.map(|id| id.to_string())) {
            Some(who) => decisions.ignore.insert(who),
            None => {
                return Err(table
                    .error(&table.span, "[[ignore]] names nobody")
                    .hint("add email = \"…\" or id = \"…\""));
            }
        };
        remarks(table)?;
    }
    file.finish()?;
    Ok(decisions)
}

fn pair(table: &mut Table<'_>) -> Result<(Id, Id)> {
    let user = id(table, "user")?.ok_or_else(|| table.missing("user", "user = \"the 365 object id\""))?;
    let contact = id(table, "contact")?.ok_or_else(|| table.missing("contact", "contact = 2001"))?;
    Ok((Id::new(user.as_str().to_lowercase()), contact))
}

/// An id, as a number or a text.
fn id(table: &mut Table<'_>, key: &'static str) -> Result<Option<Id>> {
    let Some(found) = table.any(key) else { return Ok(None) };
    let id = match &found.value {
        DeValue::String(text) if !text.trim().is_empty() => Some(Id::new(text.trim())),
        value => integer(value).map(Id::from),
    };
    id.map(Some).ok_or_else(|| table.wrong_type(key, &found.span, "an id: a number, or a text in quotes"))
}

/// Who decided, when and why: for people.
fn remarks(mut table: Table<'_>) -> Result<()> {
    for key in ["who", "when", "reason"] {
        let _ = table.any(key);
    }
    table.finish()
}
