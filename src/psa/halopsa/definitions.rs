//! Which custom fields there are: those that records show, and those that are defined for their sort of record and that
//! records do not show. What a definition is made of is not documented, so none is made.

use serde_json::Value;

use super::session::{Session, TRIES};
use super::udf::{self, Udfs};
use super::wire::{Client, Custom, Definition, User};
use super::{details, errors, read};
use crate::error::{Error, Kind, Result};
use crate::model::Udf;
use crate::side::{Availability, Defined, Fix};

/// The number of clients among the sorts of records that have custom fields (seen with a client). That of users is
/// inferred, and therefore a setting.
const CLIENT_FIELDS: i64 = 2;

/// Returns the state of the fields for `wanted`. Definitions are read only for fields that records do not show.
pub(super) fn defined(session: &Session, wanted: &[Udf]) -> Result<Vec<Defined>> {
    session.begin()?;
    let shown = shown(session, wanted)?;
    let one = |role: &Udf| {
        let on_company = role.on_company();
        let all = if on_company { &shown.companies } else { &shown.contacts };
        let found = all.iter().find(|each| each.role == *role);
        let (name, availability) = match found.map(|each| (each.name.clone(), &each.kind)) {
            Some((name, Some(kind))) => (name, Availability::Shown(kind.clone())),
            Some((name, None)) => {
                (name, Availability::Hidden("it is of a type that crsync does not know".to_owned()))
            }
            None => absent(session, *role)?,
        };
        Ok(Defined { role: *role, name, availability })
    };
    wanted.iter().map(one).collect()
}

/// Returns the fields that a page of records shows, and those of a record by itself where rows do not show all that are
/// `wanted`.
fn shown(session: &Session, wanted: &[Udf]) -> Result<Udfs> {
    let mut udfs = Udfs::default();
    if wanted.iter().any(|role| !role.on_company()) {
        udfs = of_users(session, wanted)?;
    }
    if wanted.iter().any(|role| role.on_company()) {
        udfs.companies = of_clients(session, wanted)?;
    }
    Ok(udfs)
}

/// Returns the same of users.
pub(super) fn of_users(session: &Session, wanted: &[Udf]) -> Result<Udfs> {
    let rows = read::some::<User>(session)?;
    let mut udfs = Udfs::of_rows(session.settings(), rows.iter());
    if lacks(&udfs.contacts, wanted, false)
        && let Some(own) = details::example(session, &rows)?
    {
        udfs.learn(session.settings(), rows.iter(), &own);
    }
    Ok(udfs)
}

fn of_clients(session: &Session, wanted: &[Udf]) -> Result<Vec<udf::Defined>> {
    let rows = read::some::<Client>(session)?;
    let custom = |client: &'_ Client| client.custom.clone().unwrap_or_default();
    let mut shown: Vec<Custom> = rows.iter().flat_map(custom).collect();
    let defined = udf::defined(session.settings(), true, &shown);
    if !lacks(&defined, wanted, true) {
        return Ok(defined);
    }
    let mut refused = None;
    for row in rows.iter().take(TRIES) {
        match read::client(session, row.id) {
            Ok(Some(own)) => {
                shown.extend(custom(&own));
                return Ok(udf::defined(session.settings(), true, &shown));
            }
            Ok(None) => {}
            Err(error) if errors::is_of_record(&error) => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    refused.map_or(Ok(defined), Err)
}

/// Reports whether one of the `wanted` fields of this sort of record is not among those that are shown.
fn lacks(shown: &[udf::Defined], wanted: &[Udf], on_company: bool) -> bool {
    let mut wanted = wanted.iter().filter(|role| role.on_company() == on_company);
    wanted.any(|role| shown.iter().all(|each| each.role != *role))
}

/// Returns the name and the state of a field that no record shows.
fn absent(session: &Session, role: Udf) -> Result<(String, Availability)> {
    let name = format!("CF{}", session.udf_name(role));
    let sort = if role.on_company() { CLIENT_FIELDS } else { session.settings().user_field_type };
    let reply = session.get("FieldInfo", &[("typeid", sort.to_string())])?;
    match errors::check(&reply, "the definitions of custom fields") {
        Ok(()) => {}
        // The definitions are for administrators; records have told what matters.
        Err(error) if matches!(error.kind(), Kind::Permission | Kind::NotFound) => {
            return Ok((name, missing()));
        }
        Err(error) => return Err(error),
    }
    let answer: Value =
        reply.json("a list of custom fields").map_err(|error| error.attempts(reply.attempts))?;
    let definitions: Vec<Definition> = serde_json::from_value(answer).unwrap_or_default();
    let names = definitions.into_iter().filter_map(|definition| definition.name);
    let best = names.filter_map(|name| Some((udf::rank(&name, session.udf_name(role))?, name))).min();
    Ok(match best {
        Some((_, stored)) => {
            let why = "it is defined, but HaloPSA does not show it with the records".to_owned();
            (stored, Availability::Hidden(why))
        }
        None => (name, missing()),
    })
}

fn missing() -> Availability {
    Availability::Missing("no record shows it, and what makes a field is not documented".to_owned())
}

/// Returns why a field cannot be made.
pub(super) fn cannot(name: &str) -> Error {
    Error::new(Kind::Usage, format!("crsync does not make the custom field {name} of HaloPSA"))
        .hint("make it by hand: `crsync push-udfs --check` prints the steps")
}

/// Returns what a person does in HaloPSA.
pub(super) fn steps(name: &str, role: Udf, fix: Fix) -> Vec<String> {
    let place = if role.on_company() { "Customers" } else { "Users" };
    let bare = name.strip_prefix("CF").unwrap_or(name);
    let open = format!("In HaloPSA open Configuration > Custom Objects > Custom Fields, and there {place}.");
    let make = format!(
        "Click New; Field Name: {bare} (HaloPSA stores it as CF{bare}); Field Label: {bare}; Type: Text; save. Name and \
         type cannot be changed afterwards."
    );
    match fix {
        Fix::Make => vec![open, make],
        Fix::Retype => vec![
            open,
            format!("Delete CF{bare} if nothing uses it: the type of a field cannot be changed."),
            make,
        ],
        Fix::Show => vec![
            open,
            format!(
                "Open CF{bare}, and let the API agent see it: its access control must include the agent."
            ),
        ],
    }
}
