//! Contacts: lists and searches, and what makes and changes one. Emails and phones are changed in `related`,
//! custom fields in `custom`.

use serde_json::{Value, json};

use super::bind::{self, Object};
use super::filter::{Rule, Test, select};
use super::related::{EMAILS, PHONES};
use super::schema::{CONTACT, Kind};
use super::{Answer, Call, Refusal, Row, State, answer, custom, now, page, row, text, write};

/// What narrows the list of contacts.
const FILTERS: &[Rule] = &[
    ("AccountId", Test::Int("accountId")),
    ("AccountName", Test::AccountName),
    ("FirstName", Test::Text("firstName")),
    ("LastName", Test::Text("lastName")),
    ("Phone", Test::Any("phones", "phone")),
    ("Email", Test::Any("emails", "emailAddress")),
    ("CreatedOnFrom", Test::From("createdOn")),
    ("CreatedOnTo", Test::To("createdOn")),
    ("ModifiedOnFrom", Test::From("modifiedOn")),
    ("ModifiedOnTo", Test::To("modifiedOn")),
    ("IsActive", Test::Flag("isActive")),
];
/// What narrows a search.
///
/// Of several emails it sees the default one, which is also the one it shows (inferred).
const SEARCH: &[Rule] = &[
    ("Ids", Test::Int("id")),
    ("AccountIds", Test::Int("accountId")),
    ("AccountName", Test::AccountName),
    ("LocationId", Test::Int("locationId")),
    ("LocationName", Test::LocationName),
    ("FirstName", Test::Text("firstName")),
    ("LastName", Test::Text("lastName")),
    ("EmailAddress", Test::Default("emails", "emailAddress")),
    ("JobTitle", Test::Text("jobTitle")),
    ("IsPoc", Test::Flag("isPoc")),
    ("HasClientPortalAccess", Test::Flag("hasClientPortalAccess")),
    ("IsActive", Test::Flag("isActive")),
];

/// Returns a page of contacts.
pub(super) fn list(state: &mut State, call: &Call) -> Answer {
    let (found, total) = select(state, &state.contacts, FILTERS, call, &page::wanted(call)?)?;
    let shown = found.into_iter().map(|contact| named(state, contact, CONTACT.listed(contact)));
    Ok(answer::page(shown.collect::<Vec<_>>(), total))
}

/// Returns one contact; whether in an envelope is a habit.
pub(super) fn one(state: &mut State, call: &Call) -> Answer {
    let contact = state.existing_contact(call)?;
    let shown = named(state, contact, CONTACT.listed(contact));
    Ok(if state.habits.bare_summaries { shown } else { answer::one(shown) })
}

/// Returns a page of flat rows, without a count.
pub(super) fn search(state: &mut State, call: &Call) -> Answer {
    let (found, _) = select(state, &state.contacts, SEARCH, call, &page::wanted(call)?)?;
    let shown = found.into_iter().map(|contact| {
        let flat = json!({
            "id": contact.get("id"),
            "accountId": contact.get("accountId"),
            "locationId": contact.get("locationId"),
            "firstName": contact.get("firstName"),
            "lastName": contact.get("lastName"),
            "jobTitle": contact.get("jobTitle"),
            "emailAddress": EMAILS.default(contact),
            "isPoc": super::flag(contact, "isPoc"),
            "isActive": super::flag(contact, "isActive"),
            "hasClientPortalAccess": super::flag(contact, "hasClientPortalAccess"),
        });
        named(state, contact, row(flat))
    });
    Ok(answer::one(shown.collect::<Vec<_>>()))
}

/// Makes a contact.
///
/// Title, middle name and activity are not among what is bound: a new contact is active, and a client that wants more
/// changes it afterwards. The service does not look for a contact of the same email.
pub(super) fn create(state: &mut State, call: &Call) -> Answer {
    let body = Object::new("body", bind::body(call.request)?)?;
    let id = state.made + 1;
    let mut contact = row(json!({
        "id": id,
        "createdBy": write::USER,
        "createdOn": now(),
        "accountId": body.int("AccountId")?,
        "locationId": body.int("LocationId")?,
        "firstName": body.get("FirstName", Kind::Text(0), true)?,
        "lastName": body.get("LastName", Kind::Text(0), true)?,
        "isPoc": false,
        "isActive": true,
        "isBillable": false,
        "canRecieveInvoices": false,
    }));
    write::judge(state, &CONTACT, None, &contact)?;
    if text(&contact, "firstName").is_empty() && text(&contact, "lastName").is_empty() {
        return Err(Refusal::Rules(vec!["FirstName or LastName is required.".to_owned()]));
    }
    let mut made = id;
    for related in [EMAILS, PHONES] {
        let entries = related.made(state, &body, &mut made)?;
        contact.insert(related.list.to_owned(), entries);
    }
    let custom = custom::given(state, &CONTACT, &body.list("CustomFieldsData")?)?;
    contact.insert("customFields".to_owned(), Value::Object(custom));
    write::stamp(&mut contact);
    let answer = json!({
        "id": id,
        "firstName": contact.get("firstName"),
        "lastName": contact.get("lastName"),
        "accountId": contact.get("accountId"),
        "locationId": contact.get("locationId"),
        "phoneNumber": PHONES.default(&contact),
        "emailAddress": EMAILS.default(&contact),
        "customFieldsData": custom::shown(state, &CONTACT, &contact),
    });
    let answer = answer::one(named(state, &contact, row(answer)));
    state.made = made;
    state.contacts.insert(id, contact);
    Ok(answer)
}

/// Replaces a contact: what the body does not say becomes null, false or 0.
pub(super) fn replace(state: &mut State, call: &Call) -> Answer {
    let next = write::replaced(&CONTACT, state.existing_contact(call)?, call.request)?;
    store(state, call, next)
}

/// Patches a contact.
pub(super) fn change(state: &mut State, call: &Call) -> Answer {
    let next = write::changed(&CONTACT, state.existing_contact(call)?, call.request)?;
    store(state, call, next)
}

/// Deletes a contact for good.
pub(super) fn delete(state: &mut State, call: &Call) -> Answer {
    state.existing_contact(call)?;
    state.contacts.remove(&call.id(0));
    Ok(Value::Null)
}

fn store(state: &mut State, call: &Call, mut next: Row) -> Answer {
    write::judge(state, &CONTACT, state.contact(call.id(0)), &next)?;
    write::stamp(&mut next);
    let answer = answer::one(named(state, &next, CONTACT.detailed(&next)));
    state.contacts.insert(call.id(0), next);
    Ok(answer)
}

/// Returns what is shown of a contact with the names of its account and location.
fn named(state: &State, contact: &Row, mut shown: Row) -> Value {
    shown.insert("accountName".to_owned(), state.account_name(contact));
    shown.insert("locationName".to_owned(), state.location_name(contact));
    Value::Object(shown)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fetch, ids, ok, rules, send, state};
    use super::*;

    fn body() -> Value {
        json!({"FirstName": "Mary", "LastName": "Smith", "AccountId": 174, "LocationId": 1741,
            "Emails": [{"EmailAddress": "mary@contoso.example", "EmailTypeId": 1, "IsDefault": true}],
            "Phones": [{"PhoneNumber": "555-0101", "PhoneTypeId": 3}]})
    }

    fn make(state: &mut State, body: &Value) -> i64 {
        ok(state, "POST", "/crm/contacts/summary", Some(body))["result"]["id"].as_i64().unwrap()
    }

    #[test]
    fn a_listed_contact_has_all_its_emails_and_neither_middle_name_nor_custom_fields() {
        let mut state = state(3);
        state.contacts.get_mut(&1_740_003).unwrap().insert("middleName".into(), "M".into());
        let contact = fetch(&mut state, "/crm/contacts/summary/1740003");
        assert_eq!((&contact["accountName"], &contact["locationName"]), (&json!("Contoso"), &json!("Main")));
        let emails: Vec<_> = contact["emails"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["emailAddress"].as_str().unwrap(), one["isDefault"].as_bool().unwrap()))
            .collect();
        assert_eq!(emails, [("person3@contoso.example", true), ("alias3@contoso.example", false)]);
        assert!(contact.get("middleName").is_none() && contact.get("customFields").is_none());
        for name in ["isPoc", "isBillable", "canRecieveInvoices"] {
            assert_eq!(contact[name], false, "{name}");
        }
    }

    #[test]
    fn a_search_is_flat_uncounted_and_sees_the_default_email_alone() {
        let mut state = state(3);
        let target = "/crm/contacts/search?Filter.EmailAddress=person2@contoso.example";
        let answer = ok(&mut state, "GET", target, None);
        assert!(answer.get("totalRecords").is_none());
        let found = &answer["result"][0];
        assert_eq!(
            (&found["id"], &found["emailAddress"]),
            (&json!(1_740_002), &json!("person2@contoso.example"))
        );
        assert!(found.get("emails").is_none());
        assert_eq!(
            ids(&mut state, "/crm/contacts/search?Filter.EmailAddress=alias2@contoso.example"),
            [0; 0]
        );
        let both =
            "/crm/contacts/search?Filter.AccountIds=174&Filter.AccountIds=175&Filter.LastName=number 1";
        assert_eq!(ids(&mut state, both), [1_740_001, 1_750_001]);
    }

    #[test]
    fn a_new_contact_is_active_and_has_only_what_creating_takes() {
        let mut state = state(1);
        let mut wanted = body();
        wanted["JobTitle"] = json!("Director");
        wanted["MiddleName"] = json!("M");
        wanted["IsActive"] = json!(false);
        let answer = ok(&mut state, "POST", "/crm/contacts/summary", Some(&wanted))["result"].take();
        assert_eq!(
            (&answer["emailAddress"], &answer["phoneNumber"]),
            (&json!("mary@contoso.example"), &json!("555-0101"))
        );
        let target = format!("/crm/contacts/summary/{}", answer["id"]);
        let contact = fetch(&mut state, &target);
        assert_eq!((&contact["jobTitle"], &contact["isActive"]), (&Value::Null, &json!(true)));
        assert_eq!(
            (&contact["phones"][0]["phoneType"], &contact["phones"][0]["isDefault"]),
            (&json!("Mobile"), &json!(true))
        );
        let patch = json!([{"op": "replace", "path": "/JobTitle", "value": "Director"}]);
        let target = format!("/crm/contacts/{}", answer["id"]);
        assert_eq!(ok(&mut state, "PATCH", &target, Some(&patch))["result"]["jobTitle"], "Director");
    }

    #[test]
    fn the_same_contact_can_be_made_twice() {
        let mut state = state(1);
        let (one, other) = (make(&mut state, &body()), make(&mut state, &body()));
        assert_ne!(one, other);
        let target = "/crm/contacts/search?Filter.EmailAddress=mary@contoso.example";
        assert_eq!(ids(&mut state, target), [one, other]);
    }

    #[test]
    fn a_new_contact_needs_an_account_one_of_its_locations_and_a_name() {
        let mut state = state(1);
        let mut with = |name: &str, value: Value| {
            let mut body = body();
            body[name] = value;
            rules(&mut state, "POST", "/crm/contacts/summary", &body)
        };
        assert_eq!(
            with("AccountId", json!(0)),
            ["AccountId is required.", "LocationId 1741 does not exist."]
        );
        assert_eq!(with("AccountId", json!(175)), ["LocationId 1741 does not exist."]);
        assert_eq!(with("LocationId", json!(0)), ["LocationId is required."]);
        assert_eq!(with("FirstName", json!("x".repeat(101))), ["FirstName is longer than 100 characters."]);
        let email = json!([{"EmailAddress": "mary", "EmailTypeId": 1}]);
        assert_eq!(with("Emails", email), ["EmailAddress is not an email address."]);
        let email = json!([{"EmailAddress": "mary@contoso.example"}]);
        assert_eq!(with("Emails", email), ["EmailTypeId 0 does not exist."]);
        let nameless = json!({"AccountId": 174, "LocationId": 1741, "LastName": ""});
        assert_eq!(
            rules(&mut state, "POST", "/crm/contacts/summary", &nameless),
            ["FirstName or LastName is required."]
        );
        assert_eq!(state.contacts.len(), 2);
    }

    #[test]
    fn a_patch_moves_the_date_and_keeps_everything_else_known_or_not() {
        let mut state = state(1);
        state.contacts.get_mut(&1_740_001).unwrap().insert("planted".into(), json!({"deep": true}));
        let before = state.contacts[&1_740_001].clone();
        let body = json!([{"op": "replace", "path": "/IsActive", "value": false}]);
        let answer = ok(&mut state, "PATCH", "/crm/contacts/1740001", Some(&body))["result"].take();
        assert_eq!(
            (&answer["isActive"], &answer["poc"], &answer["recieveInvoices"]),
            (&json!(false), &json!(false), &json!(false))
        );
        let after = &state.contacts[&1_740_001];
        for (name, value) in &before {
            let changed = ["isActive", "modifiedBy", "modifiedOn"].contains(&name.as_str());
            assert_eq!(after[name] != *value, changed, "{name}");
        }
    }

    #[test]
    fn a_replacement_deactivates_and_forgets_what_it_does_not_say() {
        let mut state = state(1);
        let contact = state.contacts.get_mut(&1_740_001).unwrap();
        contact.extend([("middleName".to_owned(), json!("M")), ("planted".to_owned(), json!(1))]);
        let body = json!({"FirstName": "Mary", "LastName": "Smith", "AccountId": 174, "LocationId": 1741});
        ok(&mut state, "PUT", "/crm/contacts/1740001", Some(&body));
        let after = &state.contacts[&1_740_001];
        assert_eq!((&after["isActive"], &after["middleName"]), (&json!(false), &Value::Null));
        assert_eq!((&after["planted"], after["emails"].as_array().unwrap().len()), (&json!(1), 2));
        let nowhere = json!({"FirstName": "Mary"});
        assert_eq!(
            rules(&mut state, "PUT", "/crm/contacts/1740001", &nowhere),
            ["AccountId is required.", "LocationId is required."]
        );
    }

    #[test]
    fn a_move_to_another_account_asks_for_one_of_its_locations() {
        let mut state = state(1);
        let account = json!({"op": "replace", "path": "/AccountId", "value": 175});
        let location = json!({"op": "replace", "path": "/LocationId", "value": 1751});
        let answer = rules(&mut state, "PATCH", "/crm/contacts/1740001", &json!([account]));
        assert_eq!(answer, ["LocationId 1741 does not exist."]);
        ok(&mut state, "PATCH", "/crm/contacts/1740001", Some(&json!([account, location])));
    }

    #[test]
    fn a_deleted_contact_is_gone_and_the_answer_is_empty() {
        let mut state = state(1);
        let deleted = send(&mut state, "DELETE", "/crm/contacts/1740001", None);
        assert_eq!((deleted.status, deleted.body.len(), deleted.changed), (200, 0, true));
        assert_eq!(send(&mut state, "DELETE", "/crm/contacts/1740001", None).status, 404);
    }
}
