//! Which custom fields the tenant defines. The interface makes none (vendor documents), so a person does.

use super::session::Session;
use super::udf::{self, Module};
use super::{KaseyaBms, modules};
use crate::error::{Error, Kind, Result};
use crate::model::{RecordKind, Udf};
use crate::side::{Availability, Defined, Fix};

/// Returns the state of the fields for `wanted`.
pub(super) fn defined(bms: &KaseyaBms, wanted: &[Udf]) -> Result<Vec<Defined>> {
    let session = &bms.session;
    let modules = modules::known(bms)?;
    let module = |role: Udf| modules.of(kind(role));
    let inactive = |role: Udf, module: &Module| -> Result<Option<String>> {
        let all = modules::definitions(session, module.number, true)?;
        Ok(udf::inactive(session.udf_name(role), &all))
    };
    let one = |role: &Udf| -> Result<Defined> {
        let role = *role;
        let name = session.udf_name(role).to_owned();
        let Some(module) = module(role) else {
            let place = place(role).to_lowercase();
            let why = format!("no module of custom fields is known to be that of {place}");
            return Ok(Defined { role, name, availability: Availability::Missing(why) });
        };
        if let Some(found) = module.fields.iter().find(|found| found.field.role == role) {
            let availability = Availability::Shown(found.field.kind.clone());
            return Ok(Defined { role, name: found.field.name.clone(), availability });
        }
        let (name, availability) = if let Some(name) = inactive(role, module)? {
            (name, Availability::Hidden("it is inactive".to_owned()))
        } else {
            (name, Availability::Missing("Kaseya BMS lets no program make custom fields".to_owned()))
        };
        Ok(Defined { role, name, availability })
    };
    wanted.iter().map(one).collect()
}

/// Returns why a field cannot be made.
pub(super) fn cannot(name: &str) -> Error {
    Error::new(Kind::Usage, format!("Kaseya BMS lets no program make the custom field {name}"))
        .hint("make it by hand: `crsync push-udfs --check` prints the steps")
}

/// Returns what a person does in Kaseya BMS.
pub(super) fn steps(session: &Session, role: Udf, fix: Fix) -> Vec<String> {
    let (name, place) = (session.udf_name(role), place(role));
    let open = "In Kaseya BMS open Admin > My Company > Custom Fields.".to_owned();
    let make = format!(
        "Click New; Field Name: {name}; Field Type: Free Text; Module Name: {place}; Status: Active; Required \
         Custom Field: No; click Save."
    );
    let key = if role.on_company() { "accounts-module" } else { "contacts-module" };
    let number = format!(
        "If crsync does not find it afterwards, set {key} in [bms] of crsync.toml to the number of the module \
         {place}."
    );
    match fix {
        Fix::Make => vec![open, make, number],
        Fix::Retype => {
            vec![open, format!("Open {name} and set Status to Inactive, or give it another name."), make]
        }
        Fix::Show => vec![open, format!("Open {name}, set Status to Active, and click Save.")],
    }
}

fn kind(role: Udf) -> RecordKind {
    if role.on_company() { RecordKind::PsaCompany } else { RecordKind::Contact }
}

/// Returns the module's name on the screen.
fn place(role: Udf) -> &'static str {
    if role.on_company() { "Accounts" } else { "Contacts" }
}
