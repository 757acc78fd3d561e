//! Reading details records.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::filter::{COMPANIES_PER_FILTER, chunks};
use super::super::listing::{self, Source};
use super::super::{CloudRadial, company_number, errors, in_path};
use super::kind::AssetType;
use super::wire::{AssetRow, Single};
use super::{USER, asset_type};
use crate::error::{Error, Kind, Result};
use crate::http::Request;
use crate::model::{Details, DetailsSide, Field, Fields, Id, Listing};
use crate::side::{Current, Keys, Raw};

const ASSETS: Source<AssetRow> = Source {
    entity: "flexibleasset",
    what: "details records",
    select: "id,flexibleAssetTypeId,companyId,traitsJson",
    id: ("id", |row| row.id.as_deref()),
};

/// The details records of `companies`.
pub(in super::super) fn read(portal: &CloudRadial, companies: &[Id]) -> Result<BTreeMap<Id, DetailsSide>> {
    let kind = asset_type(portal)?;
    let mut all = Listing::new("details records");
    for chunk in companies.chunks(COMPANIES_PER_FILTER) {
        let records = listed(portal, &kind, chunk, |company, record| {
            let user = record.fields.text(USER)?.to_lowercase();
            Some((company, Details { id: record.id, user: Id::new(user), fields: record.fields }))
        });
        all.page(records?, |(_, details)| details.id.clone())?;
    }
    let sides = all.end().group_by(companies, |(company, _)| company.clone()).into_iter();
    Ok(sides
        .map(|(company, records)| {
            let records = records.map(|(_, details)| details);
            (company, DetailsSide { records, kind: kind.kind() })
        })
        .collect())
}

/// What `convert` makes of all records of `companies`; there are none as long as there is no type.
fn listed<T: Send>(
    portal: &CloudRadial,
    kind: &AssetType,
    companies: &[Id],
    convert: impl Fn(Id, Current) -> Option<T> + Sync,
) -> Result<Vec<T>> {
    let Some(id) = kind.id else { return Ok(Vec::new()) };
    let of = |company: &Id| Ok(format!("companyId eq {}", company_number(company)?));
    let of: Vec<String> = companies.iter().map(of).collect::<Result<_>>()?;
    let filter = format!("flexibleAssetTypeId eq {id} and ({})", of.join(" or "));
    let count = listing::count(portal, &ASSETS, &filter)?;
    let row = |row: AssetRow| current(kind, &row).map(|(company, record)| convert(company, record));
    let mut all = Vec::new();
    listing::converted(portal, &ASSETS, &filter, count, row)?.map(|record| all.push(record));
    Ok(all)
}

/// The records of `company` with these ids. One that is not listed may be archived, and it is unknown whether
/// archived records are listed: it is asked for by itself.
pub(in super::super) fn reread(
    portal: &CloudRadial,
    company: &Id,
    ids: &[Id],
) -> Result<BTreeMap<Id, Current>> {
    let kind = asset_type(portal)?;
    let Some(number) = kind.id else { return Ok(BTreeMap::new()) };
    let (of, ids): (i64, BTreeSet<&Id>) = (company_number(company)?, ids.iter().collect());
    let mut found = BTreeMap::new();
    let wanted = ids.iter().map(|id| in_path(id).map(|_| has_id(id)));
    for conditions in chunks(wanted.collect::<Result<_>>()?) {
        let any = conditions.join(" or ");
        let filter = format!("flexibleAssetTypeId eq {number} and companyId eq {of} and ({any})");
        for row in listing::page(portal, &ASSETS, &filter, 0)? {
            let (_, record) = current(&kind, &row)?;
            if !ids.contains(&record.id) {
                let message = "CloudRadial answered with details records that were not asked for";
                return Err(Error::new(Kind::Incomplete, message)
                    .hint("run the command again; nothing is concluded from this reading"));
            }
            found.insert(record.id.clone(), record);
        }
    }
    for id in ids {
        if !found.contains_key(id)
            && let Some(record) = single(portal, &kind, company, id)?
        {
            found.insert(id.clone(), record);
        }
    }
    Ok(found)
}

/// The record with this id.
pub(in super::super) fn has_id(id: &Id) -> String {
    format!("id eq {id}")
}

/// The records of `company` that are about any of the users. A filter cannot look into them, so all are read.
pub(in super::super) fn find(portal: &CloudRadial, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
    let kind = asset_type(portal)?;
    let users: BTreeSet<String> = keys.user_ids.iter().map(|id| id.as_str().to_lowercase()).collect();
    let is_wanted =
        |record: &Current| record.fields.text(USER).is_some_and(|user| users.contains(&user.to_lowercase()));
    listed(portal, &kind, std::slice::from_ref(company), |_, record| Some(record).filter(|it| is_wanted(it)))
}

fn single(portal: &CloudRadial, kind: &AssetType, company: &Id, id: &Id) -> Result<Option<Current>> {
    let url = portal.url(&format!("/compatibility/flexible_assets/{}", in_path(id)?))?;
    let reply = portal.send(Request::get(url).endpoint("flexible_assets"))?;
    if matches!(reply.status, 404 | 410) {
        return Ok(None);
    }
    let what = format!("details record {id}");
    if !reply.ok() {
        return Err(errors::explain(&reply, &what));
    }
    let Single { data } = reply.json(&what)?;
    let is = |told: Option<String>, expected: &str| told.is_none_or(|told| told == expected);
    let number = kind.id.map(|id| id.to_string()).unwrap_or_default();
    let attributes = data.attributes;
    let is_ours = is(data.id, id.as_str())
        && is(attributes.organization_id, company.as_str())
        && is(attributes.flexible_asset_type_id, &number);
    // Archived by hand, it still says in its own field that the person is there.
    let active = attributes.archived.as_bool().map(|archived| !archived);
    Ok(is_ours.then(|| Current { active, ..record(kind, id.clone(), attributes.traits) }))
}

/// A row of a listing, with its company.
fn current(kind: &AssetType, row: &AssetRow) -> Result<(Id, Current)> {
    let broken = |what: &str| Error::new(Kind::Service, format!("CloudRadial sent a details record {what}"));
    let id = row.id.clone().map(Id::new).filter(Id::is_plain).ok_or_else(|| broken("without an id"))?;
    let company = row.company_id.clone().map(Id::new).ok_or_else(|| broken("of no company"))?;
    if kind.id.map(|id| id.to_string()) != row.flexible_asset_type_id {
        return Err(broken(&format!("of another type ({id})")));
    }
    let text = row.traits_json.as_deref().map(str::trim).filter(|text| !text.is_empty()).unwrap_or("{}");
    let traits: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| broken(&format!("whose values are no object ({id})")))?;
    Ok((company, record(kind, id, traits)))
}

/// A record with `traits`; a value that is not there is blank.
fn record(kind: &AssetType, id: Id, traits: Map<String, Value>) -> Current {
    let mut fields = Fields::new();
    for (field, key) in &kind.keys {
        fields.set(*field, text(traits.get(key)));
    }
    Current { id, active: None, fields, alternates: Vec::new(), stamp: None, raw: Raw(Value::Object(traits)) }
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => String::new(),
    }
}

/// The traits of a record as the service keeps them, other people's among them, with `fields` on top.
pub(super) fn traits(kind: &AssetType, raw: Option<&Raw>, fields: &Fields) -> Result<Map<String, Value>> {
    let mut traits = match raw.map(|raw| &raw.0) {
        Some(Value::Object(traits)) => traits.clone(),
        _ => Map::new(),
    };
    for (field, text) in fields.iter() {
        let key = kind.keys.get(&field).ok_or_else(|| unknown(field))?;
        traits.insert(key.clone(), Value::from(text));
    }
    Ok(traits)
}

fn unknown(field: Field) -> Error {
    Error::new(Kind::Usage, format!("a details record of CloudRadial has no field for {field}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Detail;
    use serde_json::json;

    fn kind() -> AssetType {
        let keys = [(USER, "office-365-id"), (Field::Detail(Detail::Office), "office")];
        AssetType {
            name: "Microsoft 365 User".into(),
            id: Some(3),
            keys: keys.map(|(field, key)| (field, key.to_owned())).into(),
        }
    }

    fn row(traits: &Value) -> AssetRow {
        let row = json!({"id": 77, "flexibleAssetTypeId": 3, "companyId": 9, "traitsJson": traits});
        serde_json::from_value(row).expect("a row")
    }

    #[test]
    fn what_a_record_does_not_name_is_blank() {
        let (company, record) =
            current(&kind(), &row(&json!("{\"office-365-id\":\"ABC\",\"note\":5}"))).expect("a record");
        assert_eq!((company.as_str(), record.id.as_str()), ("9", "77"));
        assert_eq!(record.fields.text(USER), Some("ABC"));
        assert_eq!(record.fields.get(Field::Detail(Detail::Office)), crate::model::Value::Empty);
    }

    #[test]
    fn values_of_other_fields_are_sent_back_as_they_came() {
        let (_, record) =
            current(&kind(), &row(&json!("{\"note\":{\"a\":[1]},\"office\":\"Oslo\"}"))).expect("a record");
        let fields = Fields::new().with(Field::Detail(Detail::Office), "");
        let sent = traits(&kind(), Some(&record.raw), &fields).expect("known fields");
        assert_eq!(Value::Object(sent), json!({"note": {"a": [1]}, "office": ""}));
    }

    #[test]
    fn values_that_are_no_object_are_an_error_and_not_quoted() {
        let error = current(&kind(), &row(&json!("[\"ann@contoso.example\"]"))).expect_err("a list");
        assert!(!error.to_string().contains("ann@"), "{error}");
        assert!(current(&kind(), &row(&json!(null))).is_ok());
    }
}
