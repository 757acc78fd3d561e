//! Reading whole companies, and single contacts again.

use super::*;

#[test]
fn all_customers_bring_their_contacts_along_and_are_counted() {
    let account = Account::start(|line, _| match line {
        "GET /customers?include_disabled=true&page=1" => page(
            "customers",
            &[
                customer(1, &[person(11, 1, &json!({"supportpin": "1"})), person(12, 1, &json!({}))]),
                customer(2, &[]),
            ],
            2,
            3,
        ),
        "GET /customers?include_disabled=true&page=2" => {
            page("customers", &[customer(3, &[person(31, 3, &Value::Null)])], 2, 3)
        }
        "GET /contacts?page=1" => page("contacts", &[person(11, 1, &json!({}))], 5, 3),
        _ => not_found(),
    });
    let reading = account.read(&[1, 2, 3, 4]).expect("whole");
    assert_eq!(
        account.asked(),
        [
            "GET /customers?include_disabled=true&page=1",
            "GET /contacts?page=1",
            "GET /customers?include_disabled=true&page=2",
            "GET /contacts?page=1",
        ]
    );
    assert_eq!((ids(&reading, 1), ids(&reading, 2), ids(&reading, 3)), (vec![11, 12], vec![], vec![31]));
    assert_eq!(
        (side(&reading, 1).company.name.as_str(), side(&reading, 1).company.active),
        ("Client 1", Some(true))
    );
    assert_eq!(side(&reading, 3).company.active, Some(false));
    let Reading::Incomplete { reason, .. } = &reading.companies[&Id::from(4)] else {
        panic!("no customer 4")
    };
    assert_eq!(reason, "customer 4 does not exist in Syncro, or the token may not see it");
    assert_eq!(reading.shape.udf(Udf::SupportPin).map(|udf| udf.name.as_str()), Some("supportpin"));
    assert_eq!(reading.shape.udf(Udf::Office365Id), None, "no contact has it and no setting names it");
    let contact: &Contact = &side(&reading, 1).contacts.items()[1];
    assert_eq!(contact.fields.get(Field::Udf(Udf::SupportPin)), model::Value::Empty);
    assert_eq!(contact.fields.get(Field::Udf(Udf::Office365Id)), model::Value::Absent);
}

#[test]
fn contacts_inside_customers_that_are_not_all_are_read_again() {
    let account = Account::start(|line, _| match line {
        "GET /customers?include_disabled=true&page=1" => {
            page("customers", &[customer(1, &[person(11, 1, &json!({}))])], 1, 1)
        }
        "GET /contacts?page=1" => page("contacts", &[person(11, 1, &json!({}))], 3, 3),
        "GET /contacts?page=2" => page("contacts", &[person(12, 1, &json!({}))], 3, 3),
        "GET /contacts?page=3" => page("contacts", &[json!({"id": 13, "customer_id": null})], 3, 3),
        "GET /contacts?customer_id=1&page=1" => {
            page("contacts", &[person(11, 1, &json!({})), person(12, 1, &json!({}))], 1, 2)
        }
        _ => not_found(),
    });
    let reading = account.read(&[1]).expect("whole");
    assert_eq!(ids(&reading, 1), [11, 12]);
    // These two go out side by side.
    let mut last = account.asked()[2..].to_vec();
    last.sort();
    assert_eq!(last, ["GET /contacts?page=2", "GET /contacts?page=3"], "{:?}", account.asked());
}

#[test]
fn one_company_of_many_is_asked_for_by_itself() {
    let account = Account::start(|line, _| match line {
        "GET /customers?include_disabled=true&page=1" => page("customers", &[customer(1, &[])], 8, 800),
        "GET /customers?include_disabled=true&id%5B%5D=700&page=1" => {
            page("customers", &[customer(700, &[])], 1, 1)
        }
        "GET /contacts?page=1" => {
            page("contacts", &[person(11, 1, &json!({"IsOffice365": "true"}))], 120, 6000)
        }
        "GET /contacts?customer_id=700&page=1" => page("contacts", &[person(71, 700, &json!({}))], 2, 2),
        "GET /contacts?customer_id=700&page=2" => page("contacts", &[person(72, 700, &json!({}))], 2, 2),
        _ => not_found(),
    });
    let reading = account.read(&[700]).expect("whole");
    assert_eq!((ids(&reading, 700), account.asked().len()), (vec![71, 72], 5));
    assert!(reading.shape.udf(Udf::IsOffice365).is_some(), "another customer's contact has it");
}

#[test]
fn a_listing_that_changes_or_repeats_is_not_whole() {
    let table: [(&str, Script); 4] = [
        ("changed while it was read", |line, _| match line {
            "GET /contacts?customer_id=1&page=2" => page("contacts", &[person(12, 1, &json!({}))], 2, 3),
            _ => page("contacts", &[person(11, 1, &json!({}))], 2, 2),
        }),
        ("repeats record 11", |_, _| page("contacts", &[person(11, 1, &json!({}))], 2, 2)),
        ("gave 1 records where the service counts 2", |_, _| {
            page("contacts", &[person(11, 1, &json!({}))], 1, 2)
        }),
        ("records that were not asked for", |_, _| page("contacts", &[person(11, 2, &json!({}))], 1, 1)),
    ];
    for (why, script) in table {
        let account = Account::start(script);
        let error =
            account.client().find(RecordKind::Contact, &Id::from(1), &Keys::default()).expect_err(why);
        assert!(error.message().contains(why), "{error}");
        assert_eq!(error.kind(), Kind::Incomplete);
    }
}

#[test]
fn a_wrong_token_is_refused_once() {
    let account =
        Account::start(|_, _| (401, json!({"error": "Failed to authenticate account"}).to_string()));
    let error = account.read(&[1]).expect_err("a wrong token");
    assert_eq!((error.kind(), account.asked().len(), error.sent()), (Kind::Auth, 1, 1));
}

#[test]
fn a_single_contact_is_read_bare_and_one_that_is_gone_or_moved_is_missing() {
    let account = Account::start(one_record);
    let client = account.client();
    for (id, there) in [(7, true), (8, false), (99, false)] {
        let found = client.reread(RecordKind::Contact, &Id::from(1), &[Id::from(id)]).expect("readable");
        assert_eq!(found.contains_key(&Id::from(id)), there, "{id}");
    }
    assert_eq!(account.asked(), ["GET /contacts/7", "GET /contacts/8", "GET /contacts/99"]);
    assert!(client.reread(RecordKind::PortalUser, &Id::from(1), &[]).is_err());
}

/// Customer 1 with three contacts on two pages.
fn three(line: &str, _: &Value) -> (u16, String) {
    let id = json!({"Office365ID": "{AAAA-1}"});
    match line {
        "GET /contacts?customer_id=1&page=1" => {
            page("contacts", &[person(7, 1, &id), person(8, 1, &json!({}))], 2, 3)
        }
        "GET /contacts?customer_id=1&page=2" => page("contacts", &[person(9, 1, &json!({}))], 2, 3),
        _ => not_found(),
    }
}

#[test]
fn several_contacts_are_read_again_from_their_customers_listing() {
    let account = Account::start(three);
    let ids = [7, 9, 99].map(Id::from);
    let found = account.client().reread(RecordKind::Contact, &Id::from(1), &ids).expect("readable");
    assert_eq!(found.keys().cloned().collect::<Vec<_>>(), ids[..2]);
    assert_eq!(account.asked().len(), 2);
}

#[test]
fn people_are_found_by_address_and_by_365_id_whatever_their_case() {
    let account = Account::start(three);
    let find = |user_ids: &[&str], emails: &[&str]| -> Vec<String> {
        let keys = Keys {
            user_ids: user_ids.iter().map(|id| Id::from(*id)).collect(),
            emails: emails.iter().map(|email| (*email).to_owned()).collect(),
        };
        let found = account.client().find(RecordKind::Contact, &Id::from(1), &keys).expect("whole");
        found.into_iter().map(|current| current.id.to_string()).collect()
    };
    assert_eq!(find(&["aaaa-1"], &[]), ["7"]);
    assert_eq!(find(&["aaaa-1"], &["ann9@contoso.example"]), ["7", "9"]);
    assert_eq!(find(&["bbbb"], &["stranger@contoso.example"]), Vec::<String>::new());
    let none =
        account.client().find(RecordKind::PsaCompany, &Id::from(1), &Keys::default()).expect("nothing");
    assert_eq!(none, []);
}
