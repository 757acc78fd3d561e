//! Readings: what is asked, what is believed, and what is kept.

use serde_json::json;

use super::*;
use crate::error::Kind;
use crate::model::{Contact, Field, PsaSide, Reading, Udf, Unasked, Value as Known};
use crate::side::{Keys, LookUp as _, PsaReading, ReadPsa as _};

pub(super) const STORED: Field = Field::Udf(Udf::Office365Id);
pub(super) const TENANT: Field = Field::Udf(Udf::Tenant365Id);

pub(super) fn side(reading: &PsaReading, id: i64) -> &PsaSide {
    reading.companies[&Id::from(id)].complete().expect("complete")
}

pub(super) fn contact(reading: &PsaReading, client: i64, id: i64) -> &Contact {
    let all = side(reading, client).contacts.items();
    all.iter().find(|contact| contact.id == Id::from(id)).expect("a contact")
}

#[test]
fn users_are_read_with_their_client_and_the_general_user_is_nobody() {
    let instance = Instance::start(world);
    let reading = instance.client().read(&request(&[7, 8])).expect("a reading");
    let ids: Vec<&str> =
        side(&reading, 7).contacts.items().iter().map(|contact| contact.id.as_str()).collect();
    assert_eq!(ids, ["55", "57"]);
    let one = contact(&reading, 7, 55);
    let text = |field| one.fields.text(field);
    assert_eq!((text(Field::FirstName), text(Field::LastName)), (Some("Ann"), Some("Lee")));
    assert_eq!(
        (text(Field::Email), text(Field::Phone)),
        (Some("ann55@contoso.example"), Some("+1 555 0100"))
    );
    assert_eq!((one.fields.get(Field::Title), one.fields.get(Field::Mobile)), (Known::Empty, Known::Empty));
    assert_eq!((one.active, one.fields.get(Field::Udf(Udf::SupportPin))), (Some(true), Known::Hidden));
    assert_eq!(contact(&reading, 8, 60).active, Some(false));
    let asked = instance.calls();
    assert_eq!(whats(&asked), ["GET api/Client", "GET api/Users", "GET api/Users/57"]);
    let listing = asked.iter().find(|asked| asked.what == "GET api/Users").expect("a listing");
    for name in [
        "includeactive",
        "includeinactive",
        "includeserviceaccount",
        "includenonserviceaccount",
        "exclude_generaluser",
    ] {
        assert_eq!(listing.parameter(name), Some("true"), "{name}");
    }
    assert_eq!((listing.parameter("page_size"), listing.parameter("order")), (Some("100"), Some("id")));
}

/// The same instance where HaloPSA does not know the 365 user of anybody.
pub(super) fn unknown_to_halo(asked: &Asked) -> Option<(u16, Value)> {
    match asked.what.as_str() {
        "GET api/Users/57" => Some((200, whole(57, 7, "", ""))),
        _ => world(asked),
    }
}

#[test]
fn only_who_stores_no_id_is_asked_for_alone_and_the_answer_is_kept() {
    let instance = Instance::start(unknown_to_halo);
    let reading = instance.client().read(&request(&[7])).expect("a reading");
    let known = contact(&reading, 7, 57);
    assert_eq!(known.fields.get(STORED), Known::Empty);
    assert_eq!(known.alternates, ["further57@contoso.example"]);
    let stored = contact(&reading, 7, 55);
    assert_eq!((stored.fields.text(STORED), stored.alternates.len()), (Some("u-55"), 0));
    assert!(reading.pending.is_empty() && reading.shape.udf(Udf::Office365Id).is_some());
    instance.take();
    let again = instance.client().read(&request(&[7])).expect("a reading");
    assert_eq!(whats(&instance.calls()), ["GET api/Client", "GET api/Users"]);
    assert_eq!(contact(&again, 7, 57), known);
}

#[test]
fn a_row_that_says_something_else_is_asked_for_again() {
    let renamed = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&renamed);
    let instance = Instance::start(move |asked| {
        let (status, mut answer) = world(asked)?;
        if seen.load(Ordering::Relaxed) > 0 && asked.what == "GET api/Users" {
            answer["users"][1]["title"] = json!("Head");
        }
        Some((status, answer))
    });
    instance.client().read(&request(&[7])).expect("a reading");
    renamed.store(1, Ordering::Relaxed);
    instance.take();
    instance.client().read(&request(&[7])).expect("a reading");
    assert!(whats(&instance.calls()).contains(&"GET api/Users/57"));
}

#[test]
fn rows_without_custom_fields_make_every_user_one_to_be_asked_for() {
    let instance = Instance::start(|asked| {
        let (status, mut answer) = unknown_to_halo(asked)?;
        for user in answer["users"].as_array_mut().into_iter().flatten() {
            user.as_object_mut().expect("a user").remove("customfields");
        }
        Some((status, answer))
    });
    let reading = instance.client().read(&request(&[7])).expect("a reading");
    assert_eq!(contact(&reading, 7, 55).fields.text(STORED), Some("u-55"));
    assert_eq!(contact(&reading, 7, 55).fields.get(Field::Udf(Udf::SupportPin)), Known::Hidden);
    assert!(reading.shape.udf(Udf::SupportPin).is_some());
    instance.take();
    instance.client().read(&request(&[7])).expect("a reading");
    let asked = instance.calls();
    assert_eq!(
        whats(&asked),
        ["GET api/Client", "GET api/Users", "GET api/Users/55"],
        "one tells the fields"
    );
}

#[test]
fn what_there_are_no_requests_left_for_is_said_and_concludes_nothing() {
    let mut instance = Instance::start(world);
    // Where to sign in, the sign-in, clients and users; one is left for the search.
    instance.settings.rate_limit = 5;
    let reading = instance.client().read(&request(&[7])).expect("a reading");
    let pending = &reading.pending[&Id::from(7)];
    assert_eq!((pending.unknown, pending.contacts, pending.company), (1, 2, false));
    assert!(matches!(pending.why, Unasked::Until(_)));
    assert_eq!(contact(&reading, 7, 57).fields.get(STORED), Known::Absent);
    let keys = Keys { user_ids: vec![Id::new("u-57")], emails: Vec::new() };
    let client = instance.client();
    client.read(&request(&[7])).expect("a reading");
    let error = client.find(CONTACT, &Id::from(7), &keys).expect_err("not all is known");
    assert_eq!(error.kind(), Kind::Incomplete);
}

#[test]
fn a_refusal_to_tell_more_is_told_and_the_rest_is_read() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "GET api/Users/57" => Some((403, json!({"Message": "No"}))),
        _ => world(asked),
    });
    let reading = instance.client().read(&request(&[7])).expect("a reading");
    let pending = &reading.pending[&Id::from(7)];
    assert!(matches!(&pending.why, Unasked::Refused { reason, .. } if reason.contains("user 57")));
    assert_eq!(side(&reading, 7).contacts.items().len(), 2);
}

#[test]
fn a_client_says_its_manager_its_top_level_and_its_tenant() {
    let instance = Instance::start(world);
    let reading = instance.client().read(&request(&[7, 8])).expect("a reading");
    let of = |id: i64| &side(&reading, id).company;
    let text = |id: i64, field| of(id).fields.text(field);
    assert_eq!(
        (text(7, Field::AccountManager), text(7, Field::Territory)),
        (Some("Robin Hale"), Some("North"))
    );
    assert_eq!(of(8).fields.get(Field::AccountManager), Known::Empty, "no agent is assigned");
    assert_eq!((text(7, TENANT), text(8, TENANT)), (Some("t-7"), Some("t-8")), "a linked tenant is a proof");
    assert_eq!((of(7).active, of(8).active), (Some(true), Some(false)));
}

#[test]
fn a_top_level_is_a_territory_only_where_the_settings_say_so() {
    let mut instance = Instance::start(world);
    instance.settings.top_level_is_territory = false;
    let reading = instance.client().read(&request(&[7])).expect("a reading");
    assert_eq!(side(&reading, 7).company.fields.get(Field::Territory), Known::Absent);
}

#[test]
fn a_client_says_which_tenants_are_linked_to_it_beside_the_one_it_stores() {
    for (linked, stored, says) in [
        (json!(["T-7", "t-9"]), "t-7", Known::Text("t-7")),
        (json!(["t-9"]), "t-7", Known::Text("t-7")),
        (json!(["t-9"]), "", Known::Text("t-9")),
        (json!(["t-8", "t-9"]), "", Known::Absent),
        (json!([]), "", Known::Empty),
    ] {
        let tenants: Vec<Value> =
            linked.as_array().expect("a list").iter().map(|id| json!({"azure_tenant_id": id})).collect();
        let instance = Instance::start(move |asked| {
            let (status, mut answer) = world(asked)?;
            if asked.what == "GET api/Client" {
                answer["clients"][0]["azure_tenants"] = json!(tenants);
                answer["clients"][0]["customfields"][0]["value"] = json!(stored);
            }
            Some((status, answer))
        });
        let reading = instance.client().read(&request(&[7, 8])).expect("a reading");
        let company = &side(&reading, 7).company;
        assert_eq!(company.fields.get(TENANT), says);
        let linked: Vec<String> = linked
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|id| Some(id.as_str()?.to_lowercase()))
            .collect();
        assert_eq!(company.linked, linked);
    }
}

#[test]
fn a_client_that_is_not_there_holds_only_itself_back() {
    let instance = Instance::start(world);
    let reading = instance.client().read(&request(&[7, 9])).expect("a reading");
    assert!(reading.companies[&Id::from(7)].complete().is_some());
    let Reading::Incomplete { kind, reason, .. } = &reading.companies[&Id::from(9)] else {
        panic!("it is not there")
    };
    assert_eq!(*kind, Kind::NotFound);
    assert!(reason.contains("client 9"), "{reason}");
}

#[test]
fn a_listing_that_changes_ends_early_or_holds_others_is_not_believed() {
    let page = |asked: &Asked| asked.parameter("page_no").map(str::to_owned).unwrap_or_default();
    let spoiled: [fn(&str, &mut Value); 4] = [
        |page, answer| {
            let count = if page == "1" { 150 } else { 151 };
            answer["record_count"] = json!(count);
        },
        |page, answer| {
            answer["record_count"] = json!(150);
            if page == "2" {
                answer["users"] = json!([]);
            }
        },
        |_, answer| answer["users"][0]["client_id"] = json!(8),
        |_, answer| drop(answer["users"][0].as_object_mut().map(|user| user.remove("client_id"))),
    ];
    for spoil in spoiled {
        let instance = Instance::start(move |asked| {
            let (status, mut answer) = world(asked)?;
            if asked.what == "GET api/Users" {
                spoil(&page(asked), &mut answer);
            }
            Some((status, answer))
        });
        let reading = instance.client().read(&request(&[7])).expect("a reading");
        let Reading::Incomplete { kind, .. } = &reading.companies[&Id::from(7)] else { panic!("not whole") };
        assert_eq!(*kind, Kind::Incomplete);
    }
}

#[test]
fn a_dropdown_is_read_with_the_labels_of_its_definition() {
    let instance = Instance::start(|asked| {
        if asked.what == "GET api/FieldInfo/203" {
            let values = json!([{"id": 3, "name": "Billing Contact"}, {"id": 4, "name": "Kiosk"}]);
            return Some((200, json!({"id": 203, "name": "CFTypeMapping", "values": values})));
        }
        let (status, mut answer) = world(asked)?;
        for user in answer["users"].as_array_mut().into_iter().flatten() {
            let field = json!({"id": 203, "name": "CFTypeMapping", "type": 2, "value": 3, "display": "Billing Contact"});
            user["customfields"].as_array_mut().expect("fields").push(field);
        }
        Some((status, answer))
    });
    let reading = instance.client().read(&request(&[7])).expect("a reading");
    let udf = reading.shape.udf(Udf::TypeMapping).expect("a field");
    let entries = vec![("3".to_owned(), "Billing Contact".to_owned()), ("4".to_owned(), "Kiosk".to_owned())];
    assert_eq!(udf.kind, crate::model::UdfKind::List(entries));
    assert_eq!(contact(&reading, 7, 55).fields.text(Field::Udf(Udf::TypeMapping)), Some("Billing Contact"));
}

#[test]
fn a_record_is_read_again_by_itself_and_one_that_moved_is_not_there() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "GET api/Users/56" => Some((200, whole(56, 8, "", ""))),
        "GET api/Users/58" => {
            let mut general = whole(58, 7, "", "");
            general["name"] = json!("General User");
            Some((200, general))
        }
        "GET api/Users/61" => Some((200, row(61, 7, ""))),
        _ => world(asked),
    });
    let client = instance.client();
    let ids: Vec<Id> = [55, 56, 58, 59].map(Id::from).into();
    let found = client.reread(CONTACT, &Id::from(7), &ids).expect("a look");
    assert_eq!(found.keys().collect::<Vec<_>>(), [&Id::from(55)]);
    let current = &found[&Id::from(55)];
    assert_eq!(current.fields.text(STORED), Some("u-55"), "the field counts before HaloPSA's own id");
    assert_eq!(current.stamp.as_deref(), Some("2026-02-03T04:05:06.7Z"));
    assert_eq!(current.alternates, ["further55@contoso.example"]);
    let error = client.reread(CONTACT, &Id::from(7), &[Id::from(61)]).expect_err("not the whole record");
    assert!(error.message().contains("user 61"), "{error}");
    let found = client.reread(RecordKind::PsaCompany, &Id::from(7), &[Id::from(7)]).expect("a look");
    assert_eq!(found[&Id::from(7)].fields.text(TENANT), Some("t-7"));
}

#[test]
fn a_person_is_found_by_every_address_and_id_that_is_known() {
    let instance = Instance::start(world);
    let client = instance.client();
    client.read(&request(&[7])).expect("a reading");
    let found = |emails: &[&str], ids: &[&str]| -> Vec<String> {
        let keys = Keys {
            user_ids: ids.iter().map(|id| Id::new(*id)).collect(),
            emails: emails.iter().map(|email| (*email).to_owned()).collect(),
        };
        let found = client.find(CONTACT, &Id::from(7), &keys).expect("a search");
        found.into_iter().map(|current| current.id.as_str().to_owned()).collect()
    };
    assert_eq!(found(&["ann55@contoso.example"], &[]), ["55"]);
    assert_eq!(found(&["FURTHER57@contoso.example"], &[]), ["57"]);
    assert_eq!(
        found(&["further55@contoso.example"], &[]),
        ["55"],
        "who stores an id, and was not looked at before"
    );
    assert_eq!(found(&[], &["U-55"]), ["55"]);
    assert_eq!(found(&[], &["u-57"]), ["57"]);
    assert_eq!(found(&["stranger@contoso.example"], &["u-9"]), [""; 0]);
}

#[test]
fn a_search_asks_once_for_the_records_that_a_reading_did_without() {
    let instance = Instance::start(world);
    let client = instance.client();
    client.read(&request(&[7])).expect("a reading");
    instance.take();
    let keys = Keys { user_ids: Vec::new(), emails: vec!["stranger@contoso.example".to_owned()] };
    assert!(client.find(CONTACT, &Id::from(7), &keys).expect("a search").is_empty());
    assert_eq!(whats(&instance.calls()), ["GET api/Users", "GET api/Users/55"]);
    client.find(CONTACT, &Id::from(7), &keys).expect("a search");
    assert_eq!(whats(&instance.calls()), ["GET api/Users"]);
}

#[test]
fn an_id_that_only_halopsa_knows_is_asked_for_by_every_run() {
    let instance = Instance::start(world);
    for _ in 0..2 {
        let client = instance.client();
        let reading = client.read(&request(&[7])).expect("a reading");
        let fields = &contact(&reading, 7, 57).fields;
        assert_eq!((fields.get(STORED), fields.text(Field::LinkedId)), (Known::Empty, Some("u-57")));
        assert!(whats(&instance.calls()).contains(&"GET api/Users/57"));
        client.read(&request(&[7])).expect("a reading");
        assert!(!whats(&instance.calls()).contains(&"GET api/Users/57"), "once a run");
    }
}
