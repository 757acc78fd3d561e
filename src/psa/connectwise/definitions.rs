//! Definitions of custom fields: which there are, and making one.
//!
//! A field belongs to a pod, a group of fields on a screen. No request lists the pods (vendor documents), and of
//! companies' pods no number is known, so a pod is learnt from a field that belongs to it.

use std::collections::BTreeSet;

use serde_json::json;

use super::read::all_definitions;
use super::session::Session;
use super::wire::UserDefinedField;
use super::{errors, udf};
use crate::error::{Error, Kind, Result};
use crate::http::Method;
use crate::model::{Udf, UdfKind};
use crate::side::{Availability, Defined, Fix};

const PATH: &str = "system/userDefinedFields";

/// The longest caption (vendor documents).
const CAPTION: usize = 25;

/// The places of a pod (vendor documents).
const PLACES: std::ops::RangeInclusive<i64> = 1..=500;

/// Places that are tried: a field that the API member may not see may have one of them.
const TRIES: usize = 3;

/// Returns the state of the fields for `wanted`. Types of contacts need none: the service has its own.
pub(super) fn defined(session: &Session, wanted: &[Udf]) -> Result<Vec<Defined>> {
    let wanted = wanted.iter().copied().filter(|role| *role != Udf::TypeMapping);
    let all = match all_definitions(session) {
        Ok(all) => all,
        Err(error) if error.kind() == Kind::Permission => {
            let missing = |role| Defined {
                role,
                name: udf::caption(session.udf_names(), role).to_owned(),
                availability: Availability::Missing(error.message().to_owned()),
            };
            return Ok(wanted.map(missing).collect());
        }
        Err(error) => return Err(error),
    };
    Ok(wanted.map(|role| one(session, role, all.items())).collect())
}

fn one(session: &Session, role: Udf, all: &[UserDefinedField]) -> Defined {
    let names = session.udf_names();
    let wanted = udf::caption(names, role);
    let Some(found) = udf::definition(names, role, all) else {
        let availability = if wanted.chars().count() > CAPTION {
            Availability::Missing(format!("a caption has {CAPTION} characters at most"))
        } else if pod(session, role, all).is_some() {
            Availability::Creatable(kind(role))
        } else {
            let screen = screen(role).to_lowercase();
            Availability::Missing(format!(
                "no {screen} has a custom field yet, so nothing tells where on the screen one belongs"
            ))
        };
        return Defined { role, name: wanted.to_owned(), availability };
    };
    let name = found.caption.as_deref().unwrap_or_default().trim().to_owned();
    let availability = match udf::kind_of(found) {
        _ if found.display_on_screen_flag == Some(false) => {
            Availability::Hidden("it is not displayed on the screen".to_owned())
        }
        None => Availability::Hidden("it is a button, which holds nothing".to_owned()),
        Some(kind) => Availability::Shown(kind),
    };
    Defined { role, name, availability }
}

/// Makes the field for `role` beside others of its screen, visible to all locations and departments.
pub(super) fn define(session: &Session, role: Udf) -> Result<()> {
    let caption = udf::caption(session.udf_names(), role);
    let all = all_definitions(session)?;
    let pod = pod(session, role, all.items()).ok_or_else(|| {
        Error::new(Kind::Service, format!("nothing tells on which screen the custom field {caption} belongs"))
            .hint("make the field by hand: `crsync push-udfs --check` prints the steps")
    })?;
    let kind = if kind(role) == UdfKind::Checkbox { "Checkbox" } else { "Text" };
    let mut refused = None;
    for place in places(pod, all.items()).take(TRIES) {
        let body = json!({
            "podId": pod,
            "caption": caption,
            "sequenceNumber": place,
            "fieldTypeIdentifier": kind,
            "entryTypeIdentifier": "EntryField",
            "displayOnScreenFlag": true,
            "requiredFlag": false,
            "readOnlyFlag": false,
            "listViewFlag": false,
            "addAllLocations": true,
            "addAllBusinessUnits": true,
        });
        let reply = session.write(Method::Post, PATH, Some(&body))?;
        match errors::check(&reply, PATH) {
            Ok(()) => return Ok(()),
            Err(error) if errors::exists(&reply) => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(refused.unwrap_or_else(|| {
        Error::new(Kind::Service, format!("the pod {pod} of custom fields has no place left"))
            .hint("in ConnectWise PSA, remove a custom field that is not needed")
    }))
}

/// Returns what a person does in ConnectWise PSA.
pub(super) fn steps(caption: &str, role: Udf, fix: Fix) -> Vec<String> {
    let screen = screen(role);
    let kind = if kind(role) == UdfKind::Checkbox { "Checkbox" } else { "Text" };
    let open = format!(
        "In ConnectWise PSA open System > Setup Tables > Custom Fields, and there the screen {screen} with a pod \
         such as {screen} Overview."
    );
    let make = format!(
        "Click +; Caption: {caption}; Field Type: {kind}; Method of Entry: Entry Field; tick Display on Screen; \
         leave Required and Read Only unticked; add all locations and departments; click Save."
    );
    match fix {
        Fix::Make => vec![open, make],
        Fix::Retype => vec![
            open,
            format!("Open {caption} and give it another caption, or delete it if nothing uses it."),
            make,
        ],
        Fix::Show => vec![
            open,
            format!(
                "Open {caption}, tick Display on Screen, add all locations and departments, and click Save."
            ),
        ],
    }
}

/// Returns what a new field takes.
fn kind(role: Udf) -> UdfKind {
    if role == Udf::IsOffice365 { UdfKind::Checkbox } else { UdfKind::Text(None) }
}

fn screen(role: Udf) -> &'static str {
    if role.on_company() { "Company" } else { "Contact" }
}

/// Returns the pod for a role's field: one with other fields of crsync, else one of the screen that is called no more
/// than Contact or Company, else any; of several the one with the lowest number.
fn pod(session: &Session, role: Udf, all: &[UserDefinedField]) -> Option<i64> {
    let names = session.udf_names();
    let of_screen = all.iter().filter(|field| udf::belongs(field, role.on_company()));
    let own = |field: &UserDefinedField| {
        let siblings = Udf::ALL.into_iter().filter(|other| other.on_company() == role.on_company());
        siblings.filter_map(|other| udf::definition(names, other, all)).any(|other| other.id == field.id)
    };
    let plain = |field: &UserDefinedField| {
        field.screen_description.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(screen(role)))
    };
    let ranked = of_screen.filter_map(|field| Some((!own(field), !plain(field), field.pod_id?)));
    ranked.min().map(|(.., pod)| pod)
}

/// Returns the free places of a pod: those after its last field first.
fn places(pod: i64, all: &[UserDefinedField]) -> impl Iterator<Item = i64> {
    let own = all.iter().filter(|field| field.pod_id == Some(pod));
    let taken: BTreeSet<i64> = own.filter_map(|field| field.sequence_number).collect();
    let last = taken.last().copied().unwrap_or_default();
    let before = (*PLACES.start()..last).filter(move |place| !taken.contains(place));
    (last.max(0) + 1..=*PLACES.end()).chain(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn fields(fields: Value) -> Vec<UserDefinedField> {
        serde_json::from_value(fields).expect("definitions")
    }

    fn field(id: i64, pod: i64, place: i64) -> Value {
        json!({"id": id, "podId": pod, "sequenceNumber": place, "caption": format!("Field {id}"),
            "fieldTypeIdentifier": "Text", "screenDescription": "Company"})
    }

    #[test]
    fn a_new_field_comes_after_the_others_and_else_into_a_gap() {
        let all = fields(json!([field(1, 4, 3), field(2, 4, 7), field(3, 5, 9)]));
        assert_eq!(places(4, &all).take(3).collect::<Vec<_>>(), [8, 9, 10]);
        assert_eq!(places(6, &all).next(), Some(1));
        let full = fields(json!([field(1, 4, 500), field(2, 4, 1)]));
        assert_eq!(places(4, &full).take(2).collect::<Vec<_>>(), [2, 3]);
    }
}
