//! Writing custom fields: one call for each, which names module, record and field only by their numbers.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::KaseyaBms;
use super::modules;
use super::session::Call;
use super::udf::{Defined, Module, is_module_of};
use super::values::{self, Wanted};
use super::wire::{self, FieldWritten};
use crate::error::{Error, Kind, Result};
use crate::http::Method;
use crate::model::{Field, RecordKind, Udf, UdfKind};

/// The call that writes one custom field.
pub(super) const TEMPLATE: &str = "system/customFields/data/{moduleId}/{entityId}/{customFieldId}";

/// Writes custom fields: how often the request was sent.
pub(super) fn all(bms: &KaseyaBms, kind: RecordKind, id: i64, fields: &[(Udf, &str)]) -> Result<u32> {
    if fields.is_empty() {
        return Ok(0);
    }
    let modules = modules::known(&bms.session)?;
    let mut attempts = 0;
    for (role, text) in fields {
        let found = modules
            .of(kind)
            .and_then(|module| Some((module, module.fields.iter().find(|each| each.field.role == *role)?)));
        let (module, defined) = found.ok_or_else(|| {
            let (noun, name) = (kind.noun(), bms.session.udf_name(*role));
            Error::new(
                Kind::Service,
                format!("Kaseya BMS has no custom field {name} of a {noun} that is known"),
            )
            .hint("add it in Admin, Custom Fields, or set contacts-module and accounts-module in [bms]")
        })?;
        attempts = attempts.max(one(bms, kind, id, module, defined, text)?);
    }
    Ok(attempts)
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
    if (shown && !is_list) || holds()? {
        return Ok(attempts);
    }
    let entry = defined.entries.iter().find(|(_, name)| name.trim() == text.trim());
    if let Some((entry, _)) = entry {
        put(bms, kind, id, module, defined, &entry.to_string())?;
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

/// Sends the value of one custom field: how often that was sent, and whether the answer shows it. The answer is
/// the first that says the module's name, so a wrong module is noticed after one value at the latest.
fn put(
    bms: &KaseyaBms,
    kind: RecordKind,
    id: i64,
    module: &Module,
    defined: &Defined,
    value: &str,
) -> Result<(u32, bool)> {
    let (noun, number, stopped) = (kind.noun(), module.number, &bms.session.fields_stopped);
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
    if let Some(told) = told.filter(|told| !is_module_of(kind, told)) {
        stopped.store(true, Ordering::Relaxed);
        let message = format!(
            "module {number} of Kaseya BMS is called {told}: custom field {} was written there on record {id}",
            defined.id
        );
        return Err(Error::new(Kind::Service, message)
            .hint("take the value off that record, and set contacts-module and accounts-module in [bms]")
            .attempts(answer.attempts));
    }
    Ok((answer.attempts, held.unwrap_or_default().trim() == value.trim()))
}
