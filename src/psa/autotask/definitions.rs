//! Definitions of user-defined fields: which the database has, and making one.
//!
//! The descriptions of contacts and companies name what records show. Definitions that are inactive are in an
//! entity of their own, which also makes new ones (vendor documents).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::list::{Source, list};
use super::session::{Info, Session};
use super::wire::{Definition, FieldInfo, Item};
use super::{errors, udf};
use crate::error::{Error, Kind, Result};
use crate::http::Method;
use crate::model::{Udf, UdfField, UdfKind};
use crate::side::{Availability, Defined, Fix};

const ENTITY: &str = "UserDefinedFieldDefinitions";

/// Labels of the numbers that a definition is made of; the numbers are published nowhere. An
/// organization has had several names, and a database may use another one still.
const CONTACT: &[&str] = &["contact"];
const COMPANY: &[&str] = &["company", "account", "organization"];
const TEXT: &[&str] = &["string", "text"];
const ONE_LINE: &[&str] = &["single line"];

const DEFINITIONS: Source<Definition> = Source {
    entity: ENTITY,
    what: "Autotask definitions of user-defined fields",
    fields: Definition::FIELDS,
    by: ("udfType", |definition| definition.on),
    id: |definition| definition.id,
};

/// Returns the state of the fields for `wanted`. Definitions are read only for fields that records do not show.
pub(super) fn defined(session: &Session, wanted: &[Udf]) -> Result<Vec<Defined>> {
    session.begin()?;
    let mut shown: Vec<UdfField> = Vec::new();
    for (on_company, info) in [(false, Info::ContactUdfs), (true, Info::CompanyUdfs)] {
        if wanted.iter().any(|role| role.on_company() == on_company) {
            session.forget(info);
            let found = udf::defined(session.udf_names(), on_company, &session.info(info)?);
            shown.extend(found.into_iter().map(|found| found.field));
        }
    }
    let is_shown = |role: &Udf| shown.iter().any(|field| field.role == *role);
    let others = if wanted.iter().all(is_shown) { None } else { Some(Others::ask(session, wanted)?) };
    let availability = |role: Udf| match (shown.iter().find(|field| field.role == role), &others) {
        (Some(field), _) => (field.name.clone(), Availability::Shown(field.kind.clone())),
        (None, Some(others)) => others.availability(role, session.udf_name(role)),
        (None, None) => {
            (session.udf_name(role).to_owned(), Availability::Missing("it was not asked for".into()))
        }
    };
    let defined = wanted.iter().map(|role| {
        let (name, availability) = availability(*role);
        Defined { role: *role, name, availability }
    });
    Ok(defined.collect())
}

/// Makes the field for `role`, a text of one line.
pub(super) fn define(session: &Session, role: Udf) -> Result<()> {
    session.begin()?;
    let name = session.udf_name(role);
    let numbers = session.info(Info::DefinitionFields)?;
    let cannot = |what: &str| {
        Error::new(Kind::Service, format!("Autotask names no {what}, so the field {name} cannot be made"))
            .hint("make the field by hand: `crsync push-udfs --check` prints the steps")
    };
    let on = place(&numbers, role).ok_or_else(|| cannot("such sort of user-defined fields"))?;
    let text = number(&numbers, "dataType", TEXT).ok_or_else(|| cannot("type of texts"))?;
    let mut body = json!({
        "id": 0,
        "name": name,
        "description": "Kept by crsync",
        "udfType": on,
        "dataType": text,
        "isActive": true,
        "isRequired": false,
        "sortOrder": 1,
    });
    if let Some(format) = number(&numbers, "displayFormat", ONE_LINE) {
        body["displayFormat"] = json!(format);
    }
    let what = format!("the user-defined field {name}");
    let reply = session.write(Method::Post, ENTITY, &body)?;
    errors::check(&reply, &what)
        .and_then(|()| reply.json::<Item>(&format!("the id of {what}")))
        .map(drop)
        .map_err(|error| error.attempts(reply.attempts))
}

/// Returns what a person does in Autotask.
pub(super) fn steps(name: &str, role: Udf, fix: Fix) -> Vec<String> {
    let tab = if role.on_company() { "Organizations" } else { "Contacts" };
    let open = format!(
        "In Autotask open Admin > Features & Settings > Application-Wide (Shared) Features > User-Defined \
         Fields, and there the tab {tab}."
    );
    let make = format!(
        "Click New; Name: {name}; Field Type: Text (Single Line); leave Active ticked and Required unticked; \
         click Save."
    );
    match fix {
        Fix::Make => vec![open, make],
        Fix::Retype => vec![
            open,
            format!(
                "Right-click {name}, click Edit, and give it another name, or inactivate it if nothing uses it: \
                 the type of a field cannot be changed."
            ),
            make,
        ],
        Fix::Show => vec![open, format!("Right-click {name}, click Edit, tick Active, and click Save.")],
    }
}

/// What is known of fields that records do not show.
enum Others {
    /// All definitions of contacts and companies, and the numbers that they are made of.
    All(Vec<Definition>, Arc<Vec<FieldInfo>>),
    /// The API user may not see them, and why.
    Refused(String),
}

impl Others {
    fn ask(session: &Session, wanted: &[Udf]) -> Result<Self> {
        let ask = || -> Result<Self> {
            let numbers = session.info(Info::DefinitionFields)?;
            let ids: BTreeSet<i64> = wanted.iter().filter_map(|role| place(&numbers, *role)).collect();
            let ids: Vec<i64> = ids.into_iter().collect();
            let mut all = Vec::new();
            if !ids.is_empty() {
                list(session, &DEFINITIONS, &ids, None)?.map(|definition| all.push(definition));
            }
            Ok(Self::All(all, numbers))
        };
        match ask() {
            Err(error) if error.kind() == Kind::Permission => Ok(Self::Refused(error.message().to_owned())),
            others => others,
        }
    }

    /// Returns the name and the state of a field that records do not show.
    fn availability(&self, role: Udf, wanted: &str) -> (String, Availability) {
        let (all, numbers) = match self {
            Self::All(all, numbers) => (all, numbers),
            Self::Refused(why) => return (wanted.to_owned(), Availability::Missing(why.clone())),
        };
        let on = place(numbers, role);
        let is_it = |definition: &&Definition| {
            Some(definition.on) == on
                && definition.name.as_deref().is_some_and(|name| udf::same(name, wanted))
        };
        if let Some(found) = all.iter().find(is_it) {
            let why = if found.is_active == Some(false) {
                "it is inactive"
            } else {
                "it is defined, but Autotask does not show it with the records yet"
            };
            let name = found.name.clone().unwrap_or_default();
            return (name, Availability::Hidden(why.to_owned()));
        }
        let known = on.is_some() && number(numbers, "dataType", TEXT).is_some();
        let availability = if known {
            Availability::Creatable(UdfKind::Text(None))
        } else {
            Availability::Missing("Autotask does not say how such a field is made".to_owned())
        };
        (wanted.to_owned(), availability)
    }
}

/// Returns the number of the sort of record that has a role's field.
fn place(numbers: &[FieldInfo], role: Udf) -> Option<i64> {
    number(numbers, "udfType", if role.on_company() { COMPANY } else { CONTACT })
}

/// Returns the number that one of `labels` stands for in a field of definitions; of several labels the first counts.
fn number(numbers: &[FieldInfo], field: &str, labels: &[&str]) -> Option<i64> {
    let entries =
        numbers.iter().find(|info| info.name.eq_ignore_ascii_case(field))?.picklist_values.as_deref()?;
    labels.iter().find_map(|label| {
        let is_it = |entry: &&super::wire::PicklistValue| {
            entry.label.as_deref().is_some_and(|own| own.trim().eq_ignore_ascii_case(label))
        };
        entries.iter().find(is_it)?.value.as_deref()?.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn numbers(kinds: &[&str]) -> Arc<Vec<FieldInfo>> {
        let entry =
            |(index, label): (usize, &&str)| json!({"value": (27 + index).to_string(), "label": label});
        let entries: Vec<Value> = kinds.iter().enumerate().map(entry).collect();
        let infos = json!([
            {"name": "udfType", "picklistValues": entries},
            {"name": "dataType", "picklistValues": [{"value": "43", "label": "Date"}, {"value": "41", "label": "String"}]},
            {"name": "displayFormat", "picklistValues": null}
        ]);
        Arc::new(serde_json::from_value(infos).expect("descriptions"))
    }

    fn others(definitions: Value) -> Others {
        let all = serde_json::from_value(definitions).expect("definitions");
        Others::All(all, numbers(&["Organization", "Contact"]))
    }

    #[test]
    fn numbers_are_found_by_their_labels_whatever_an_organization_is_called() {
        for name in ["Company", "account", "Organization"] {
            let numbers = numbers(&["Ticket", name, "Contact"]);
            assert_eq!(
                (place(&numbers, Udf::Tenant365Id), place(&numbers, Udf::SupportPin)),
                (Some(28), Some(29))
            );
        }
        assert_eq!(place(&numbers(&["Client"]), Udf::Tenant365Id), None);
        assert_eq!(number(&numbers(&[]), "dataType", TEXT), Some(41));
        assert_eq!(number(&numbers(&[]), "displayFormat", ONE_LINE), None);
    }

    #[test]
    fn an_inactive_field_is_hidden_and_one_of_another_entity_is_none() {
        let others = others(json!([
            {"id": 1, "name": "supportpin", "udfType": 28, "isActive": false},
            {"id": 2, "name": "Office365Id", "udfType": 27, "isActive": true},
            {"id": 3, "name": "IsOffice365", "udfType": 28, "isActive": true}
        ]));
        let availability = |role: Udf| others.availability(role, role.default_name());
        assert_eq!(
            availability(Udf::SupportPin),
            ("supportpin".into(), Availability::Hidden("it is inactive".into()))
        );
        assert_eq!(availability(Udf::Office365Id).1, Availability::Creatable(UdfKind::Text(None)));
        assert!(matches!(availability(Udf::IsOffice365).1, Availability::Hidden(why) if why.contains("yet")));
    }

    #[test]
    fn what_autotask_does_not_name_is_made_by_hand() {
        let others = Others::All(Vec::new(), numbers(&["Contact"]));
        assert!(matches!(others.availability(Udf::Tenant365Id, "x").1, Availability::Missing(_)));
        let refused = Others::Refused("no right".into());
        assert_eq!(
            refused.availability(Udf::Tenant365Id, "x"),
            ("x".into(), Availability::Missing("no right".into()))
        );
    }
}
