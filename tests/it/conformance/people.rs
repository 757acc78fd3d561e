//! People on the sides that are the same whatever the PSA.

use serde_json::{Value, json};

/// Contoso, as the PSA knows it.
pub(super) const CONTOSO: i64 = 174;
/// Fabrikam, as the PSA knows it.
pub(super) const FABRIKAM: i64 = 175;

/// Has a contact of a type that shuts out and gives priority.
pub(super) const HELEN: &str = "helen.marsh@contoso.example";
/// Has a support PIN that the contact lacks.
pub(super) const VERA: &str = "vera.stahl@contoso.example";
/// Asks for a new mobile number.
pub(super) const AMY: &str = "amy.chu@contoso.example";

/// The 365 user with this user name.
#[track_caller]
pub(super) fn user<'s>(state: &'s Value, name: &str) -> &'s Value {
    let tenants = state["graph"]["tenants"].as_object().expect("tenants by id").values();
    let mut users = tenants.flat_map(|tenant| tenant["users"].as_array().expect("users"));
    users.find(|user| user["userPrincipalName"] == name).unwrap_or_else(|| panic!("{name} is not in 365"))
}

/// The same, to be changed.
pub(super) fn user_mut<'s>(state: &'s mut Value, name: &str) -> &'s mut Value {
    let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut();
    let mut users = tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("users"));
    users.find(|user| user["userPrincipalName"] == name).unwrap_or_else(|| panic!("{name} is not in 365"))
}

/// A new user of Contoso, with a name, an address and a licence, and nothing more.
pub(super) fn hire<'s>(state: &'s mut Value, names: [&str; 2], email: &str) -> &'s mut Value {
    let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut();
    let mut of = tenants.filter(|tenant| tenant["name"] == "Contoso");
    let users = of.next().expect("Contoso's tenant")["users"].as_array_mut().expect("users");
    let mut user = users
        .iter()
        .find(|user| user["userPrincipalName"] == "grace.kim@contoso.example")
        .expect("Grace")
        .clone();
    user["id"] = json!(format!("0000c0de-0000-4000-8000-{:012}", users.len()));
    user["userPrincipalName"] = json!(email);
    user["mail"] = json!(email);
    user["proxyAddresses"] = json!([format!("SMTP:{email}")]);
    user["givenName"] = json!(names[0]);
    user["surname"] = json!(names[1]);
    user["displayName"] = json!(names.join(" "));
    for blank in ["jobTitle", "department", "mobilePhone", "manager"] {
        user[blank] = Value::Null;
    }
    user["businessPhones"] = json!([]);
    users.push(user);
    users.last_mut().expect("just added")
}

/// The portal users with this address.
pub(super) fn portal_users<'s>(state: &'s Value, email: &str) -> Vec<&'s Value> {
    let users = state["cloudradial"]["users"].as_object().expect("portal users by id").values();
    let own = users.filter(|user| user["isDeleted"] != true);
    own.filter(|user| user["email"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(email))).collect()
}

/// The digits of a number.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
