//! The values of custom fields: no list holds them, so they cost one request for every record (vendor documents),
//! out of 1,500 an hour.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::KaseyaBms;
use super::modules::Module;
use super::read::each;
use super::session::Call;
use super::{udf, wire};
use crate::error::{Error, Kind, Result};
use crate::model::{Field, Fields, Id, RecordKind, Value};

/// How many values one reading asks for at most. The rest of the hour's calls is for records that are looked at
/// again before they are written.
pub(super) const MOST: usize = 1_200;

/// A record whose values are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) kind: RecordKind,
    pub(super) id: i64,
    /// When the record was last changed, as Kaseya BMS says it; whether a custom field counts is not documented.
    pub(super) stamp: Option<&'a str>,
}

/// The values of one record, as they are now.
///
/// # Errors
/// Whatever keeps them from being read.
pub(super) fn ask(bms: &KaseyaBms, module: &Module, wanted: Wanted<'_>) -> Result<Fields> {
    if module.fields.is_empty() {
        return Ok(Fields::new());
    }
    let call = Call::get("system/customFields/{moduleId}/{objectId}", &[module.number, wanted.id]);
    let result = bms.session.call(&call)?.result;
    let values: Option<Vec<_>> = wire::decode(result, "values of custom fields")?;
    let fields = udf::fields(&module.fields, &values.unwrap_or_default());
    if let Some(stamp) = wanted.stamp {
        bms.cache.put(wanted.kind, &Id::from(wanted.id), stamp, &fields);
    }
    Ok(fields)
}

/// The values of one record that are kept, if they are of its last change and of all fields that are defined now.
pub(super) fn kept(bms: &KaseyaBms, module: &Module, wanted: Wanted<'_>) -> Option<Fields> {
    let kept = bms.cache.get(wanted.kind, &Id::from(wanted.id), wanted.stamp?)?;
    let fields: Vec<Field> = module.fields.iter().map(|each| Field::Udf(each.field.role)).collect();
    if fields.iter().any(|field| kept.get(*field) == Value::Absent) {
        return None;
    }
    Some(kept.only(|field| fields.contains(&field)))
}

/// The values of the `wanted` records, those first that stand first: from memory, or asked for, but not of more
/// than `most` records. A record that is missing was not read, and nothing may be concluded of its fields.
///
/// # Errors
/// What keeps the tenant from being asked at all. That the hour's calls are used up, or a right is lacking, ends
/// the asking and is warned of.
pub(super) fn many(
    bms: &KaseyaBms,
    module: &Module,
    wanted: &[Wanted<'_>],
    most: usize,
) -> Result<BTreeMap<i64, Fields>> {
    let mut found = BTreeMap::new();
    let mut open = Vec::new();
    for record in wanted {
        match kept(bms, module, *record) {
            Some(fields) => drop(found.insert(record.id, fields)),
            None => open.push(*record),
        }
    }
    let left = open.len().saturating_sub(most);
    open.truncate(most);
    let end: Mutex<Option<Error>> = Mutex::new(None);
    let asked = each(&open, |record| {
        if end.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return Ok(None);
        }
        match ask(bms, module, *record) {
            Ok(fields) => Ok(Some((record.id, fields))),
            Err(error) => match error.kind() {
                Kind::NotFound | Kind::Service => Ok(None),
                Kind::Throttled | Kind::Permission => {
                    *end.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    Ok(None)
                }
                _ => Err(error),
            },
        }
    })?;
    let asked: BTreeMap<i64, Fields> = asked.into_iter().flatten().collect();
    let unread = left + open.len() - asked.len();
    if unread > 0 {
        let end = end.into_inner().unwrap_or_else(PoisonError::into_inner);
        let why = match (end, left) {
            (Some(error), _) => error.message().to_owned(),
            (None, 0) => "Kaseya BMS refused them one by one".to_owned(),
            (None, _) => format!("no more than {MOST} are asked for in one run"),
        };
        tracing::warn!("the custom fields of {unread} records of Kaseya BMS were not read: {why}");
    }
    found.extend(asked);
    Ok(found)
}
