//! Writing custom fields: one call for each, which names module, record and field only by their numbers.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::sent::Sent;
use super::session::Call;
use super::udf::{Defined, Module, is_module_of};
use super::values::{self, Wanted};
use super::wire::{self, FieldWritten};
use super::{KaseyaBms, modules, proof};
use crate::error::{Error, Kind, Result};
use crate::http::Method;
use crate::model::{Field, RecordKind, Udf, UdfKind};
use crate::side::Write;

/// The call that writes one custom field.
pub(super) const TEMPLATE: &str = "system/customFields/data/{moduleId}/{entityId}/{customFieldId}";

/// Passes if there is nothing to write to custom fields, or if their module is known to be that of the record. Asked
/// before anything of the record is written.
///
/// # Errors
/// What speaks against it, and whatever keeps that from being found out.
pub(super) fn require(bms: &KaseyaBms, write: &Write<'_>, fields: &[(Udf, &str)]) -> Result<()> {
    if fields.is_empty() {
        return Ok(());
    }
    let Write { kind, company, .. } = *write;
    modules::known(bms)?.of(kind).map_or(Ok(()), |module| proof::require(bms, kind, company, module))
}

/// Writes custom fields.
pub(super) fn all(
    bms: &KaseyaBms,
    kind: RecordKind,
    id: i64,
    fields: &[(Udf, &str)],
    sent: &mut Sent<'_>,
) -> Result<()> {
    if fields.is_empty() {
        return Ok(());
    }
    let modules = sent.ask(modules::known(bms))?;
    for (role, text) in fields {
        let found = modules
            .of(kind)
            .and_then(|module| Some((module, module.fields.iter().find(|each| each.field.role == *role)?)));
        let found = found.ok_or_else(|| {
            let (noun, name) = (kind.noun(), bms.session.udf_name(*role));
            Error::new(
                Kind::Service,
                format!("Kaseya BMS has no custom field {name} of a {noun} that is known"),
            )
            .hint("add it in Admin, Custom Fields, or set contacts-module and accounts-module in [bms]")
        });
        let (module, defined) = sent.ask(found)?;
        sent.add(one(bms, kind, id, module, defined, text))?;
    }
    Ok(())
}

/// Writes one custom field. Of a data list the entry's name is sent, and its id where that leaves the value as it
/// was: which of them it takes is not documented.
fn one(
    bms: &KaseyaBms,
    kind: RecordKind,
    id: i64,
    module: &Module,
    defined: &Defined,
    text: &str,
) -> Result<u32> {
    let (attempts, shown) = put(bms, kind, id, module, defined, text)?;
    let is_list = matches!(defined.field.kind, UdfKind::List(_));
    let holds = || {
        let held = values::ask(bms, module, Wanted { kind, id, stamp: None })?;
        let field = Field::Udf(defined.field.role);
        let held = held.expose(field).unwrap_or_default();
        // A PIN is the same to the letter alone.
        Ok::<_, Error>(held == text.trim() || (!field.is_secret() && field.same(held, text)))
    };
    let holds = || holds().map_err(|error| error.after(attempts));
    if (shown && !is_list) || holds()? {
        return Ok(attempts);
    }
    let entry = defined.entries.iter().find(|(_, name)| name.trim() == text.trim());
    if let Some((entry, _)) = entry {
        put(bms, kind, id, module, defined, &entry.to_string()).map_err(|error| error.after(attempts))?;
        if holds()? {
            return Ok(attempts);
        }
    }
    let (noun, name) = (kind.noun(), &defined.field.name);
    Err(Error::new(
        Kind::Service,
        format!("Kaseya BMS accepted {name} of {noun} {id} but keeps another value"),
    )
    .hint("check the custom field's type: a date or a number takes no text, a data list its entries alone")
    .attempts(attempts))
}

/// Sends the value of one custom field: how often that was sent, and whether the answer shows it. The answer says the
/// module's name, or should: until one has confirmed it, values are sent one after the other.
fn put(
    bms: &KaseyaBms,
    kind: RecordKind,
    id: i64,
    module: &Module,
    defined: &Defined,
    value: &str,
) -> Result<(u32, bool)> {
    let (noun, number, stopped) = (kind.noun(), module.number, &bms.session.fields_stopped);
    let confirmed = bms.session.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
    let is_confirmed = confirmed.contains(&(kind, number));
    let mut alone = Some(confirmed).filter(|_| !is_confirmed);
    if stopped.load(Ordering::Relaxed) {
        let message =
            format!("the custom fields of {noun} {id} are left unchanged: a module turned out to be another");
        return Err(Error::new(Kind::Service, message).hint("look at the first failure of this run"));
    }
    let ids = [number, id, defined.id];
    let call = Call::new(Method::Put, TEMPLATE, &ids);
    let answer = bms.session.call(&call.json(&json!({"Value": value})))?;
    let written: Option<FieldWritten> = wire::decode(answer.result, "what became of a custom field")?;
    let (held, told) = written.map_or((None, None), |written| (written.value, written.module));
    let is_named = told.as_deref().is_some_and(|told| !told.trim().is_empty());
    if let Some(told) = told.filter(|told| !is_module_of(kind, told)) {
        stopped.store(true, Ordering::Relaxed);
        let message = format!(
            "module {number} of Kaseya BMS is called {told}: custom field {} was written there on record {id}",
            defined.id
        );
        return Err(Error::new(Kind::Service, message)
            .hint("take the value off that record, and set contacts-module and accounts-module in [bms]")
            .attempts(answer.attempts)
            .harm());
    }
    if let Some(confirmed) = &mut alone
        && is_named
    {
        confirmed.insert((kind, number));
    }
    Ok((answer.attempts, held.unwrap_or_default().trim() == value.trim()))
}
