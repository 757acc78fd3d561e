//! Communication items inside a contact: whole, by index, and which one is the default of its class.

use serde_json::{Value, json};

use super::accept;
use super::draft::{self, Draft};
use super::refusal::Mistake;
use super::schema::COMMUNICATIONS;
use super::{Record, State, show};

/// Takes an array of items over.
///
/// What it leaves out goes (the worst that is thought possible).
///
/// # Errors
/// The service's sentence for what is no array of items.
pub(super) fn assign(state: &State, draft: &mut Draft, value: &Value) -> Result<(), String> {
    let empty = Vec::new();
    let sent = match value {
        Value::Array(sent) => sent,
        Value::Null => &empty,
        other => return Err(draft::uncastable(other, "ConnectWise.Apis.ContactCommunicationItem[]")),
    };
    let before = draft.record.items().to_vec();
    let mut items = Vec::new();
    for one in sent {
        let known = before.iter().find(|item| item["id"] == one["id"] && !one["id"].is_null());
        items.push(item(state, draft, known, one)?);
        if items.last().is_some_and(is_default) {
            let last = items.len() - 1;
            make_default(state, &mut items, last);
        }
    }
    draft.record.edit_items(|kept| *kept = items);
    Ok(())
}

/// Returns one item as it is kept, over what it was before; its mistakes go to the draft.
fn item(state: &State, draft: &mut Draft, before: Option<&Value>, sent: &Value) -> Result<Value, String> {
    if !sent.is_object() {
        return Err(draft::uncastable(sent, "ConnectWise.Apis.ContactCommunicationItem"));
    }
    let mut inner = Draft { record: of(before), ..Draft::default() };
    for field in COMMUNICATIONS.fields.iter().filter(|field| !field.fixed) {
        if let Some(value) = sent.get(field.name) {
            accept::assign(state, &COMMUNICATIONS, &mut inner, field, value)?;
        }
    }
    if before.is_none() {
        let id = draft.number();
        inner.record.set("id", id);
        inner.record.fields.entry("defaultFlag").or_insert(json!(false));
    }
    Ok(finished(draft, inner))
}

fn of(item: Option<&Value>) -> Record {
    Record { fields: item.and_then(Value::as_object).cloned().unwrap_or_default(), ..Record::default() }
}

fn finished(draft: &mut Draft, inner: Draft) -> Value {
    let lacking: Vec<Mistake> = accept::missing(&COMMUNICATIONS, &inner.record).collect();
    for mistake in inner.mistakes.into_iter().chain(lacking) {
        let field = format!("communicationItems/{}", mistake.field);
        draft.mistakes.push(Mistake { field, ..mistake });
    }
    Value::Object(inner.record.fields)
}

fn is_default(item: &Value) -> bool {
    item["defaultFlag"] == json!(true)
}

/// Clears the default mark of all other items of the same class (seen live by clients).
pub(super) fn make_default(state: &State, items: &mut [Value], index: usize) {
    let class = |item: &Value| item.as_object().map_or("", |item| show::class(state, item));
    let Some(wanted) = items.get(index).map(class) else { return };
    for (at, other) in items.iter_mut().enumerate() {
        if at != index && is_default(other) && class(other) == wanted {
            other["defaultFlag"] = json!(false);
        }
    }
}

/// Carries out an operation on an item by its index, or on one of its members.
///
/// An item that is added anywhere but at the end goes there all the same, and is no default (seen live by clients).
///
/// # Errors
/// The service's sentence for what cannot be done.
pub(super) fn operate(
    state: &State,
    draft: &mut Draft,
    op: &str,
    path: &[&str],
    value: &Value,
) -> Result<(), String> {
    let [index, rest @ ..] = path else { return Ok(()) };
    let nowhere = || format!("The index {index} is out of bounds.");
    let index: usize = index.parse().map_err(|_| nowhere())?;
    let length = draft.record.items().len();
    if index > length || (index == length && (op != "add" || !rest.is_empty())) {
        return Err(nowhere());
    }
    let at = match (op, rest) {
        ("add", []) => {
            let mut added = item(state, draft, None, value)?;
            if index != length {
                added["defaultFlag"] = json!(false);
            }
            draft.record.edit_items(|items| items.push(added));
            length
        }
        ("remove", []) => {
            draft.record.edit_items(|items| drop(items.remove(index)));
            return Ok(());
        }
        (_, []) => {
            let before = draft.record.items()[index].clone();
            let changed = item(state, draft, Some(&before), value)?;
            draft.record.edit_items(|items| items[index] = changed);
            index
        }
        (_, [member]) => {
            let field = COMMUNICATIONS.field(member);
            let field = field.ok_or_else(|| format!("The path {member} does not exist."))?;
            if field.fixed {
                return Ok(());
            }
            let mut inner = Draft { record: of(draft.record.items().get(index)), ..Draft::default() };
            accept::assign(state, &COMMUNICATIONS, &mut inner, field, value)?;
            let changed = finished(draft, inner);
            draft.record.edit_items(|items| items[index] = changed);
            index
        }
        // Members of objects cannot be addressed: nothing changes.
        _ => return Ok(()),
    };
    draft.record.edit_items(|items| {
        if is_default(&items[at]) {
            make_default(state, items, at);
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{done, ok, refused, state};
    use super::*;

    const CONTACT: &str = "/company/contacts/1740002";
    const PATH: &str = "/company/contacts/1740002/communications";

    fn patch(op: &str, path: &str, value: &Value) -> Value {
        json!([{"op": op, "path": path, "value": value}])
    }

    fn values(contact: &Value) -> Vec<(&str, bool)> {
        let items = contact["communicationItems"].as_array().map_or(&[][..], Vec::as_slice);
        let pair = |item: &'_ Value| item["defaultFlag"].as_bool().unwrap();
        items.iter().map(|item| (item["value"].as_str().unwrap(), pair(item))).collect()
    }

    #[test]
    fn an_item_is_shown_with_its_type_class_and_domain() {
        let mut state = state(2);
        let listed = ok(&mut state, PATH);
        let expected = json!({"id": 17_400_021, "contactId": 1_740_002, "type": {"id": 1, "name": "Email"},
            "value": "person2@contoso.example", "defaultFlag": true, "domain": "@contoso.example",
            "communicationType": "Email"});
        assert_eq!(listed[0], expected);
        let mut embedded = ok(&mut state, CONTACT)["communicationItems"][0].take();
        embedded["contactId"] = json!(1_740_002);
        assert_eq!(embedded, expected);
    }

    #[test]
    fn items_are_made_changed_and_removed_by_their_id() {
        let mut state = state(2);
        state.contacts.get_mut(&1_740_002).unwrap().edit_items(|items| items[0]["x-unknown"] = json!(7));
        let made = done(&mut state, "POST", PATH, Some(&json!({"type": {"id": "2"}, "value": "555-0101"})));
        assert_eq!((&made["communicationType"], &made["contactId"]), (&json!("Phone"), &json!(1_740_002)));
        let one = format!("{PATH}/{}", made["id"]);
        let changed = done(&mut state, "PATCH", &one, Some(&patch("replace", "value", &json!("555-0102"))));
        assert_eq!(changed["value"], "555-0102");
        let put = json!({"type": {"id": 4}, "value": "555-0103"});
        assert_eq!(done(&mut state, "PUT", &one, Some(&put))["type"]["name"], "Mobile");
        done(&mut state, "DELETE", &one, None);
        assert_eq!(refused(&mut state, "GET", &one, None).0, 404);
        done(
            &mut state,
            "PATCH",
            &format!("{PATH}/17400021"),
            Some(&patch("replace", "/extension", &json!("1"))),
        );
        assert_eq!(state.contacts[&1_740_002].items()[0]["x-unknown"], 7);
    }

    #[test]
    fn an_item_needs_a_type_and_a_value_that_fit() {
        let mut state = state(2);
        for (body, field) in [
            (json!({"value": "x"}), "type"),
            (json!({"type": {"id": 1}}), "value"),
            (json!({"type": {"id": 1}, "value": ""}), "value"),
            (json!({"type": {"id": 99}, "value": "x"}), "type"),
            (json!({"type": {"id": 1}, "value": "x".repeat(251)}), "value"),
            (json!({"type": {"id": 2}, "value": "x", "extension": "1".repeat(16)}), "extension"),
        ] {
            let (status, answer) = refused(&mut state, "POST", PATH, Some(&body));
            assert_eq!((status, &answer["errors"][0]["field"]), (400, &json!(field)), "{body}");
        }
    }

    #[test]
    fn a_new_default_takes_the_mark_off_the_old_one_of_its_class() {
        let mut state = state(2);
        let phone = json!({"type": {"id": 2}, "value": "555-0101", "defaultFlag": true});
        done(&mut state, "POST", PATH, Some(&phone));
        let email = json!({"type": {"id": 9}, "value": "new@contoso.example", "defaultFlag": true});
        done(&mut state, "POST", PATH, Some(&email));
        let contact = ok(&mut state, CONTACT);
        let expected = [
            ("person2@contoso.example", false),
            ("alias2@contoso.example", false),
            ("555-0101", true),
            ("new@contoso.example", true),
        ];
        assert_eq!(values(&contact), expected);
        assert_eq!(
            (&contact["defaultPhoneNbr"], &contact["defaultPhoneType"]),
            (&json!("555-0101"), &json!("Direct"))
        );
    }

    #[test]
    fn items_can_be_patched_by_index() {
        let mut state = state(2);
        let added = json!({"type": {"id": 2}, "value": "555-0101", "defaultFlag": true});
        for (op, path, value, expected) in [
            ("replace", "/communicationItems/1/value", json!("b@x.example"), vec![("b@x.example", false)]),
            ("replace", "communicationItems/1/defaultFlag", json!(true), vec![("b@x.example", true)]),
            ("add", "/communicationItems/2", added.clone(), vec![("b@x.example", true), ("555-0101", true)]),
            ("remove", "/communicationItems/1", Value::Null, vec![("555-0101", true)]),
            ("add", "/communicationItems/0", added, vec![("555-0101", true), ("555-0101", false)]),
        ] {
            let contact = done(&mut state, "PATCH", CONTACT, Some(&with_custom(op, path, &value)));
            assert_eq!(values(&contact)[1..], expected, "{op} {path}");
        }
        for (op, path) in [
            ("replace", "/communicationItems/9/value"),
            ("replace", "/communicationItems/x/value"),
            ("add", "/communicationItems/9"),
            ("remove", "/communicationItems/4"),
            ("replace", "/communicationItems"),
        ] {
            let (_, answer) =
                refused(&mut state, "PATCH", CONTACT, Some(&with_custom(op, path, &json!("x"))));
            assert_eq!(answer["code"], "InvalidPatch", "{op} {path}");
        }
    }

    fn with_custom(op: &str, path: &str, value: &Value) -> Value {
        json!([{"op": op, "path": path, "value": value}, {"op": "replace", "path": "customFields", "value": []}])
    }

    #[test]
    fn a_whole_array_replaces_the_items() {
        let mut state = state(2);
        let array = json!([{"id": 17_400_021, "type": {"id": 1}, "value": "only@x.example"}]);
        let contact =
            done(&mut state, "PATCH", CONTACT, Some(&patch("replace", "communicationItems", &array)));
        assert_eq!(values(&contact), [("only@x.example", true)]);
        assert_eq!(contact["communicationItems"][0]["id"], 17_400_021);
        let (_, answer) =
            refused(&mut state, "PATCH", CONTACT, Some(&patch("replace", "communicationItems", &json!("x"))));
        let message = answer["message"].as_str().unwrap();
        assert!(message.starts_with("Could not cast or convert from System.String to"), "{message}");
        let gone =
            done(&mut state, "PATCH", CONTACT, Some(&patch("remove", "communicationItems", &Value::Null)));
        assert!(gone.get("communicationItems").is_none());
    }

    #[test]
    fn a_change_of_items_alone_does_not_move_the_contacts_date() {
        let mut state = state(2);
        let before = state.contacts[&1_740_002].fields["_info"].clone();
        done(&mut state, "POST", PATH, Some(&json!({"type": {"id": 2}, "value": "555-0101"})));
        assert_eq!(state.contacts[&1_740_002].fields["_info"], before);
    }
}
