//! Which custom fields the account has, from what Syncro shows: nothing lists those of contacts, and nothing makes
//! them (vendor documents). A field is there if a record shows it, or if the settings name it.

use std::collections::BTreeSet;

use super::session::Session;
use super::{read, udf};
use crate::error::{Error, Kind, Result};
use crate::model::{Id, Udf, UdfField};
use crate::side::{Availability, Defined, Fix, PsaRequest};

/// Returns the state of the fields for `wanted`. Contacts are read only where the settings do not name a field.
pub(super) fn defined(session: &Session, wanted: &[Udf], companies: &[Id]) -> Result<Vec<Defined>> {
    let settings = session.settings();
    let told = |seen: &BTreeSet<String>| -> Vec<UdfField> {
        [false, true].into_iter().flat_map(|on_company| udf::defined(settings, on_company, seen)).collect()
    };
    let has = |fields: &[UdfField], role: Udf| fields.iter().any(|field| field.role == role);
    let mut fields = told(&BTreeSet::new());
    if !wanted.iter().all(|role| has(&fields, *role)) {
        let request = PsaRequest { companies: companies.to_vec(), company_details: false };
        fields = told(&read::fetch(session, &request)?.contact_keys);
    }
    let one = |role: &Udf| match fields.iter().find(|field| field.role == *role) {
        Some(field) => Defined {
            role: *role,
            name: field.name.clone(),
            availability: Availability::Shown(field.kind.clone()),
        },
        None => Defined {
            role: *role,
            name: settings.udf_name(*role).to_owned(),
            availability: Availability::Missing(
                "no contact that was read shows it: Syncro shows a field only on contacts that have a value"
                    .to_owned(),
            ),
        },
    };
    Ok(wanted.iter().map(one).collect())
}

/// Returns why a field cannot be made.
pub(super) fn cannot(name: &str) -> Error {
    Error::new(Kind::Usage, format!("Syncro lets no program make the custom field {name}"))
        .hint("make it by hand: `crsync push-udfs --check` prints the steps")
}

/// Returns what a person does in Syncro, and then in the settings.
pub(super) fn steps(name: &str, role: Udf, fix: Fix) -> Vec<String> {
    let (place, button) = if role.on_company() {
        ("Customer Custom Fields", "Create Customer Field")
    } else {
        ("Contact Custom Fields", "Create Contact Field")
    };
    let open = format!("In Syncro open More > Admin, and under Customers click {place}.");
    let make = format!(
        "Unless {name} is there, click New Field; Name: {name}; Field Type: Text Field; click {button}."
    );
    let settings = format!("In crsync.toml write under [syncro.udfs]: {} = {name:?}", role.default_name());
    match fix {
        Fix::Make => vec![open, make, settings],
        Fix::Retype | Fix::Show => {
            vec![open, format!("Give {name} another name, or delete it if nothing uses it."), make, settings]
        }
    }
}
