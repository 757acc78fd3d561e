//! The envelope of answers, how their names are written, and as what they are sent.

use serde_json::{Map, Value, json};

use super::{Casing, Request, Response, State};

/// Returns one result, or a list without a count.
pub(super) fn one(result: impl Into<Value>) -> Value {
    json!({"success": true, "error": null, "result": result.into()})
}

/// Returns one page of a list, and how many records the whole list has.
pub(super) fn page(results: impl Into<Value>, total: usize) -> Value {
    json!({"success": true, "error": null, "result": results.into(), "totalRecords": total})
}

/// Returns a JSON body: its type is plain text unless JSON is asked for.
pub(super) fn json(state: &State, request: &Request, status: u16, body: Value) -> Response {
    let body = match state.habits.casing {
        Casing::Camel => body,
        Casing::Pascal => pascal(body),
    };
    let wanted = request.header("accept").unwrap_or_default();
    let kind = if wanted.contains("json") { "application/json" } else { "text/plain" };
    Response::text(status, &format!("{kind}; charset=utf-8"), body.to_string())
}

/// Returns the same with every name's first letter large.
fn pascal(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let large = |name: String| name[..1].to_ascii_uppercase() + &name[1..];
            let named = |name: String| if name.is_char_boundary(1) { large(name) } else { name };
            map.into_iter().map(|(name, value)| (named(name), pascal(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(pascal).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ok, send, signed_in, state};
    use super::*;
    use crate::sample;

    #[test]
    fn names_are_camel_case_although_the_document_has_pascal_case() {
        let mut state = state(1);
        let listed = ok(&mut state, "GET", "/crm/contacts/summary", None);
        assert_eq!((&listed["success"], &listed["error"]), (&json!(true), &Value::Null));
        assert_eq!(listed["result"][0]["emails"][0]["emailAddress"], "person1@contoso.example");
        state.habits.casing = Casing::Pascal;
        let response = send(&mut state, "GET", "/crm/contacts/summary", None);
        let listed = sample::json(&response);
        assert_eq!((&listed["Success"], &listed["TotalRecords"]), (&json!(true), &json!(2)));
        assert_eq!(listed["Result"][0]["Emails"][0]["EmailAddress"], "person1@contoso.example");
        assert!(listed["Result"][0].get("CanRecieveInvoices").is_some());
    }

    #[test]
    fn json_is_called_json_only_for_who_asks_for_it() {
        let mut state = state(1);
        let token = signed_in(&mut state);
        let mut kind = |accept: &[(&str, &str)]| {
            let headers = [accept, &[("authorization", token.as_str())]].concat();
            let request = sample::request("GET", "/v2/security/userinfo", &headers, None);
            let response = super::super::handle(&mut state, &request);
            assert_eq!(sample::json(&response)["success"], true);
            response.headers[0].1.clone()
        };
        assert_eq!(kind(&[("accept", "application/json")]), "application/json; charset=utf-8");
        assert_eq!(kind(&[("accept", "*/*")]), "text/plain; charset=utf-8");
        assert_eq!(kind(&[]), "text/plain; charset=utf-8");
    }

    #[test]
    fn a_name_of_other_letters_does_not_break_the_large_ones() {
        assert_eq!(pascal(json!({"": 1, "ü": [{"a": 2}]})), json!({"": 1, "ü": [{"A": 2}]}));
    }
}
