//! How records look: a row of a listing says less than the record by itself, and a property whose value is null is left out
//! of both (seen in recorded answers).

use serde_json::{Value, json};

use super::{Row, State, fields, number, text};

/// A time that stands for none.
const NO_TIME: &str = "1900-01-01T00:00:00";

/// A picture that comes with every client, whether it is wanted or not.
const LOGO: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Returns a user as a listing shows it.
pub(super) fn row(state: &State, user: &Row) -> Value {
    told(state, bare_row(state, user))
}

/// Returns the same with nulls. The site's id has a point, and once more none.
fn bare_row(state: &State, user: &Row) -> Value {
    let site = number(user, "site_id").unwrap_or_default();
    let name_of =
        |table: &super::Table, id: i64| table.get(&id).map_or("", |row| text(row, "name")).to_owned();
    let client = number(user, "client_id").unwrap_or_default();
    #[allow(clippy::cast_precision_loss)] // as the service does it
    let pointed = site as f64;
    let mut shown = json!({
        "site_id": pointed,
        "site_id_int": site,
        "site_name": name_of(&state.sites, site),
        "client_name": name_of(&state.clients, client),
        "phonenumber_preferred": user.get("phonenumber"),
        "fax": "",
        "homenumber": "",
        "mobilenumber2": "",
        "isserviceaccount": user.get("isserviceaccount") == Some(&json!(true)),
        "isimportantcontact": false,
        "contract_end_date": NO_TIME,
        "use": "user",
    });
    for name in [
        "id",
        "client_id",
        "name",
        "firstname",
        "surname",
        "title",
        "emailaddress",
        "phonenumber",
        "mobilenumber",
        "inactive",
    ] {
        if let Some(value) = user.get(name) {
            shown[name] = value.clone();
        }
    }
    if state.fields_in_rows {
        shown["customfields"] = fields::shown(state, fields::OF_USERS, user);
    }
    shown
}

/// Returns a user as the record by itself shows it.
pub(super) fn user(state: &State, user: &Row) -> Value {
    let mut shown = bare_row(state, user);
    for name in ["email2", "email3", "azureoid", "department", "notes", "datecreated", "ulastupdate"] {
        shown[name] = user.get(name).cloned().unwrap_or_default();
    }
    shown["lastlogindate"] = json!(NO_TIME);
    shown["isnhserveremaildefault"] = json!(false);
    shown["customfields"] = fields::shown(state, fields::OF_USERS, user);
    told(state, shown)
}

/// Returns a site.
pub(super) fn site(state: &State, site: &Row) -> Value {
    #[allow(clippy::cast_precision_loss)] // as the service does it
    let client = number(site, "client_id").map(|id| id as f64);
    told(
        state,
        json!({"id": number(site, "id"), "name": text(site, "name"), "client_id": client, "phonenumber": null}),
    )
}

/// Returns the answer that `value` becomes: what is null is left out of it, wherever it is.
fn told(state: &State, mut value: Value) -> Value {
    if !state.sends_nulls {
        leave_nulls_out(&mut value);
    }
    value
}

fn leave_nulls_out(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(leave_nulls_out);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_nulls_out),
        _ => {}
    }
}

/// Returns a client.
pub(super) fn client(state: &State, client: &Row, with_tenants: bool) -> Value {
    let mut shown = json!({"logo": LOGO, "colour": "#6ec9ad", "calldate": NO_TIME, "use": "client"});
    for (name, value) in client {
        shown[name.as_str()] = value.clone();
    }
    shown["customfields"] = fields::shown(state, fields::OF_CLIENTS, client);
    if !with_tenants && let Some(map) = shown.as_object_mut() {
        map.remove("azure_tenants");
    }
    told(state, shown)
}
