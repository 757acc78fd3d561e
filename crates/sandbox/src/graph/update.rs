//! `PATCH /users/{key}`.

use serde_json::{Map, Value, json};

use super::user::User;
use super::{Call, State, error, not_found};
use crate::wire::Response;

/// What can be written, and how long it may be.
const TEXTS: [(&str, usize); 18] = [
    ("givenName", 64),
    ("surname", 64),
    ("displayName", 256),
    ("jobTitle", 128),
    ("department", 64),
    ("companyName", 64),
    ("officeLocation", 128),
    ("streetAddress", 1024),
    ("city", 128),
    ("state", 128),
    ("postalCode", 40),
    ("country", 128),
    ("employeeId", 16),
    // Of these two no limit is known.
    ("preferredLanguage", usize::MAX),
    ("usageLocation", usize::MAX),
    ("mobilePhone", 64),
    ("mail", 254),
    ("userPrincipalName", 113),
];

/// What an application may not write to an administrator.
const SENSITIVE: [&str; 5] =
    ["accountEnabled", "businessPhones", "mobilePhone", "otherMails", "userPrincipalName"];

/// Writes the properties in the body: all of them or none.
pub(super) fn user(state: &mut State, call: &Call<'_>, key: &str) -> Response {
    let Some(tenant) = state.tenants.get_mut(call.tenant) else { return not_found(call.tenant) };
    let Some(at) = tenant.find(key) else { return not_found(key) };
    let Some(user) = tenant.users.get_mut(at) else { return not_found(key) };
    let json_body =
        call.request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let body: Map<String, Value> = match serde_json::from_slice(&call.request.body) {
        Ok(body) if json_body => body,
        _ => return error(400, "BadRequest", "Unable to read JSON request payload."),
    };
    // Microsoft's libraries send what a record is along with its properties: `@odata.type`, `otherMails@odata.type`.
    let body = body.into_iter().filter(|(name, _)| !name.contains("@odata.")).collect();
    match changed(user, &body) {
        Ok(changed) => {
            let before = std::mem::replace(user, changed);
            if state.lag > 0 {
                state.before.insert(before.id.clone(), (before, state.lag));
            }
        }
        Err(refusal) => return refusal,
    }
    state.edits += 1;
    Response { status: 204, headers: Vec::new(), body: Vec::new(), changed: true }
}

fn changed(user: &User, body: &Map<String, Value>) -> Result<User, Response> {
    for (name, value) in body {
        check(name, value)?;
    }
    if user.on_premises_sync_enabled == Some(true) {
        let text = "Unable to update the specified properties for on-premises mastered Directory Sync objects \
                    or objects currently undergoing migration.";
        return Err(error(400, "Request_BadRequest", text));
    }
    if user.admin && body.keys().any(|name| SENSITIVE.contains(&name.as_str())) {
        let text = "Insufficient privileges to complete the operation.";
        return Err(error(403, "Authorization_RequestDenied", text));
    }
    let mut record = json!(user);
    for (name, value) in body {
        if let Some(place) = record.get_mut(name) {
            *place = value.clone();
        }
    }
    serde_json::from_value(record).map_err(|_| invalid("request"))
}

/// Passes if the property can be written with this value.
fn check(name: &str, value: &Value) -> Result<(), Response> {
    let strings = |value: &Value, most: usize| {
        value.as_array().is_some_and(|list| list.len() <= most && list.iter().all(is_text))
    };
    if let Some((_, longest)) = TEXTS.iter().find(|(text, _)| *text == name) {
        let required = matches!(name, "displayName" | "mail" | "userPrincipalName");
        let fits = |text: &str| !text.is_empty() && text.chars().count() <= *longest;
        let valid = value.as_str().map_or(value.is_null() && !required, fits);
        return valid.then_some(()).ok_or_else(|| invalid(name));
    }
    let valid = match name {
        "accountEnabled" => value.is_boolean(),
        "businessPhones" => strings(value, 1),
        "otherMails" => strings(value, 250),
        "id" | "faxNumber" | "proxyAddresses" | "userType" | "onPremisesSyncEnabled" | "assignedLicenses" => {
            let text = format!("Property '{name}' is read-only and cannot be set.");
            return Err(error(400, "Request_BadRequest", &text));
        }
        _ => {
            let text = format!("Invalid property '{name}'.");
            return Err(error(400, "Request_BadRequest", &text));
        }
    };
    valid.then_some(()).ok_or_else(|| invalid(name))
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

fn invalid(name: &str) -> Response {
    error(
        400,
        "Request_BadRequest",
        &format!("Invalid value specified for property '{name}' of resource 'User'."),
    )
}
