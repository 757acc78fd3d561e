//! What the service tells about the token and the account.

use serde_json::{Value, json};

use super::properties::Field;
use super::{DELETE, EDIT, Response, State, VIEW};

/// Returns who the token belongs to, and what it may do.
pub(super) fn me(state: &State) -> Response {
    let customer = json!({
        "read": state.allows(VIEW),
        "write": state.allows(EDIT),
        "delete": state.allows(DELETE),
    });
    let me = json!({
        "user_email": "api@msp.example",
        "user_id": 11,
        "admin": state.denied.is_empty(),
        "subdomain": "sandbox",
        "permissions": {"customer": customer},
    });
    Response::json(200, &me)
}

/// Returns the account's settings: the customer fields are among them, the contact fields are not.
///
/// What a field's entry holds besides its name and its answers is inferred.
pub(super) fn settings(state: &State) -> Response {
    let entry = |(position, (name, field)): (i64, (&String, &Field))| -> Value {
        let answers = field.answers.iter().map(|(id, value)| json!({"id": id, "value": value}));
        json!({
            "id": position,
            "name": name,
            "field_type": format!("{:?}", field.kind),
            "answers": answers.collect::<Vec<_>>(),
        })
    };
    let fields: Vec<Value> = (1i64..).zip(&state.customer_fields).map(entry).collect();
    Response::json(200, &json!({"customers": {"customer_fields": fields}}))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ok, state};
    use super::*;

    #[test]
    fn the_token_tells_what_it_may_do() {
        let mut state = state(1);
        assert_eq!(ok(&mut state, "GET", "/me", None)["permissions"]["customer"]["write"], true);
        state.denied.insert(EDIT.to_owned());
        let me = ok(&mut state, "GET", "/me", None);
        assert_eq!((&me["admin"], &me["subdomain"]), (&json!(false), &json!("sandbox")));
        assert_eq!(me["permissions"]["customer"], json!({"read": true, "write": false, "delete": true}));
    }

    #[test]
    fn the_settings_tell_of_customer_fields_alone() {
        let settings = ok(&mut state(1), "GET", "/settings", None);
        let fields = settings["customers"]["customer_fields"].as_array().unwrap();
        let names: Vec<&Value> = fields.iter().map(|field| &field["name"]).collect();
        assert_eq!(names, ["Tenant365Id"]);
        assert!(!settings.to_string().contains("SupportPIN"));
    }
}
