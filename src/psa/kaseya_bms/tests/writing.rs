//! Writes: what is sent, in which order, and what an answer must say.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::KaseyaBms;
use super::super::testing::{Asked, Tenant, good};
use super::super::wire::lower_keys;
use super::{CONTACT, contact, world};
use crate::calls::Spent;
use crate::error::{Kind, Result};
use crate::http::{Http, Options};
use crate::model::{Field, Fields, Id, RecordKind, Udf};
use crate::side::{Current, LookUp as _, MemoryCache, Raw, Write, WriteRecords as _, Written};

fn current(bms: &KaseyaBms, id: i64) -> Current {
    bms.reread(CONTACT, &Id::from(7), &[Id::from(id)])
        .expect("read again")
        .remove(&Id::from(id))
        .expect("there")
}

fn write(bms: &KaseyaBms, current: Option<&Current>, fields: &Fields) -> Result<Written> {
    bms.write(&Write { kind: CONTACT, company: &Id::from(7), current, fields })
}

/// A tenant that does what requests ask for, and a client that has read contact 55.
fn tenant() -> Tenant {
    let mut tenant = Tenant::start(|asked| obey(asked).or_else(|| world(asked)));
    (tenant.settings.contacts_module, tenant.settings.accounts_module) = (Some(13), Some(4));
    tenant
}

/// The answers of a tenant that does what requests ask for.
fn obey(asked: &Asked) -> Option<(u16, Value)> {
    let (method, path) = asked.what.split_once(' ')?;
    let parts: Vec<&str> = path.split('/').collect();
    match (method, parts.as_slice()) {
        ("POST", ["crm", "contacts", "summary"]) => {
            let body = asked.json();
            good(
                &json!({"id": 77, "firstName": body["FirstName"], "emailAddress": body["Emails"][0]["EmailAddress"],
                         "phoneNumber": body["Phones"][0]["PhoneNumber"], "customFieldsData": []}),
            )
        }
        ("PATCH", ["crm", "contacts", _]) => {
            let mut shown = json!({"id": 55, "poc": false, "recieveInvoices": false});
            for step in asked.json().as_array()? {
                let key = step["path"].as_str()?.trim_start_matches('/');
                shown[key] = step["value"].clone();
            }
            good(&shown)
        }
        ("PATCH", ["crm", "contacts", _, _]) => {
            let steps = asked.json();
            let count = |operation| {
                steps.as_array().map(|all| all.iter().filter(|step| step["Operation"] == operation).count())
            };
            good(&json!({"added": count(0), "updated": count(1), "deleted": count(2)}))
        }
        ("PUT", ["system", "customFields", "data", module, entity, field]) => {
            let name = if *module == "13" { "Contacts" } else { "Accounts" };
            good(&json!({"id": 1, "value": asked.json()["Value"], "entityId": entity, "customFieldId": field,
                         "moduleName": name, "moduleId": module}))
        }
        _ => None,
    }
}

fn sent(tenant: &Tenant) -> Vec<(String, Value)> {
    tenant
        .calls()
        .iter()
        .map(|asked| (asked.what.clone(), serde_json::from_str(&asked.body).unwrap_or_default()))
        .collect()
}

#[test]
fn an_update_makes_the_calls_that_change_something_and_no_other() {
    let tenant = tenant();
    let bms = tenant.client();
    let ann = current(&bms, 55);
    tenant.take();
    let fields = Fields::new()
        .with(Field::FirstName, "Ann")
        .with(Field::Title, "Director")
        .with(Field::Active, "true")
        .with(Field::Email, "new@contoso.example")
        .with(Field::Phone, "")
        .with(Field::Mobile, "+1 555 0199")
        .with(Field::Udf(Udf::SupportPin), "4821");
    let written = write(&bms, Some(&ann), &fields).expect("written");
    assert_eq!((written.id, written.shown, written.attempts), (Id::from(55), None, 1));
    let expected = [
        ("PATCH crm/contacts/55", json!([{"op": "replace", "path": "/JobTitle", "value": "Director"}])),
        (
            "PATCH crm/contacts/55/emails",
            json!([{"Operation": 1, "EmailAddress": "ann@contoso.example", "NewEmailAddress": "new@contoso.example",
                    "TypeId": 1, "IsDefault": true}]),
        ),
        (
            "PATCH crm/contacts/55/phones",
            json!([{"Operation": 2, "PhoneNumber": "+1 555 0100", "TypeId": 1},
                   {"Operation": 1, "PhoneNumber": "+1 555 0101", "NewPhoneNumber": "+1 555 0199", "TypeId": 2,
                    "IsDefault": false}]),
        ),
        ("PUT system/customFields/data/13/55/301", json!({"Value": "4821"})),
    ];
    assert_eq!(sent(&tenant), expected.map(|(what, body)| (what.to_owned(), body)));
    write(&bms, Some(&ann), &Fields::new().with(Field::FirstName, "Ann")).expect("nothing to write");
    assert!(tenant.take().is_empty());
}

#[test]
fn a_contact_is_made_inactive_by_its_flag_alone() {
    let tenant = tenant();
    let bms = tenant.client();
    let ann = current(&bms, 55);
    tenant.take();
    write(&bms, Some(&ann), &Fields::new().with(Field::Active, "false")).expect("written");
    let patch = json!([{"op": "replace", "path": "/IsActive", "value": false}]);
    assert_eq!(sent(&tenant), [("PATCH crm/contacts/55".to_owned(), patch)]);
}

#[test]
fn a_new_contact_stands_at_the_main_location_and_gets_the_rest_afterwards() {
    let tenant = tenant();
    let bms = tenant.client();
    let fields = Fields::new()
        .with(Field::FirstName, "Dee")
        .with(Field::LastName, "Fox")
        .with(Field::Email, "dee@contoso.example")
        .with(Field::Title, "Clerk")
        .with(Field::Mobile, "+1 555 0142")
        .with(Field::Udf(Udf::Office365Id), "u-9");
    let written = write(&bms, None, &fields).expect("made");
    assert_eq!((written.id, written.attempts), (Id::from(77), 1));
    let expected = [
        ("GET crm/accounts/7/locations/lookup", Value::Null),
        // Tells which type of number is a mobile one.
        ("GET crm/contacts/summary", Value::Null),
        (
            "POST crm/contacts/summary",
            json!({"FirstName": "Dee", "LastName": "Fox", "AccountId": 7, "LocationId": 71,
                   "Phones": [{"PhoneNumber": "+1 555 0142", "PhoneTypeId": 2, "IsDefault": true}],
                   "Emails": [{"EmailAddress": "dee@contoso.example", "EmailTypeId": 1, "IsDefault": true}]}),
        ),
        ("PATCH crm/contacts/77", json!([{"op": "replace", "path": "/JobTitle", "value": "Clerk"}])),
        ("PUT system/customFields/data/13/77/302", json!({"Value": "u-9"})),
    ];
    assert_eq!(sent(&tenant), expected.map(|(what, body)| (what.to_owned(), body)));
    write(&bms, None, &Fields::new().with(Field::Email, "eve@contoso.example")).expect("made");
    assert_eq!(sent(&tenant).len(), 1, "the location is remembered");
}

#[test]
fn what_a_new_contact_did_not_take_is_added() {
    let tenant = Tenant::start(|asked| match asked.what.as_str() {
        "POST crm/contacts/summary" => good(&json!({"id": 77, "emailAddress": null})),
        "GET crm/contacts/summary/77" => {
            let mut bare = contact(77, 7, true, "");
            (bare["emails"], bare["phones"]) = (json!([]), json!([]));
            good(&bare)
        }
        _ => obey(asked).or_else(|| world(asked)),
    });
    let bms = tenant.client();
    write(&bms, None, &Fields::new().with(Field::Email, "dee@contoso.example")).expect("made");
    let (what, body) = sent(&tenant).pop().expect("a last call");
    assert_eq!(what, "PATCH crm/contacts/77/emails");
    assert_eq!((&body[0]["Operation"], &body[0]["EmailAddress"]), (&json!(0), &json!("dee@contoso.example")));
}

#[test]
fn a_contact_that_was_made_in_part_is_named() {
    let tenant = Tenant::start(|asked| match asked.what.as_str() {
        "PATCH crm/contacts/77" => {
            Some((200, json!({"success": false, "error": {"message": "Clerk is no title"}})))
        }
        _ => obey(asked).or_else(|| world(asked)),
    });
    let fields = Fields::new().with(Field::Email, "dee@contoso.example").with(Field::Title, "Clerk");
    let error = write(&tenant.client(), None, &fields).expect_err("half made");
    assert_eq!(
        error.message(),
        "contact 77 was made, but not all of it was written: Kaseya BMS refused PATCH crm/contacts/77: [masked] is no title"
    );
}

#[test]
fn a_change_that_is_accepted_and_not_made_is_a_failure() {
    let tenant = Tenant::start(|asked| match asked.what.as_str() {
        "PATCH crm/contacts/55" => good(&json!({"id": 55, "JobTitle": "Clerk", "IsActive": true})),
        _ => world(asked),
    });
    let bms = tenant.client();
    let ann = current(&bms, 55);
    for fields in [Fields::new().with(Field::Title, "Director"), Fields::new().with(Field::Active, "false")] {
        let error = write(&bms, Some(&ann), &fields).expect_err("not made");
        assert!(
            error.message().starts_with("Kaseya BMS accepted a change of contact 55 but left "),
            "{error}"
        );
        assert_eq!((error.kind(), error.sent()), (Kind::Service, 1));
    }
}

#[test]
fn a_wrong_counter_ends_the_writing_of_lists() {
    let tenant = Tenant::start(|asked| match asked.what.as_str() {
        "PATCH crm/contacts/55/emails" => good(&json!({"added": 0, "updated": 0, "deleted": 1})),
        _ => obey(asked).or_else(|| world(asked)),
    });
    let bms = tenant.client();
    let ann = current(&bms, 55);
    let error = write(&bms, Some(&ann), &Fields::new().with(Field::Email, "new@contoso.example"))
        .expect_err("deleted");
    assert!(error.message().contains("0 added, 0 updated, 1 deleted"), "{error}");
    tenant.take();
    write(&bms, Some(&ann), &Fields::new().with(Field::Phone, "+1 555 0199")).expect_err("left unchanged");
    assert!(tenant.take().is_empty());
}

#[test]
fn a_list_that_shows_another_address_is_a_failure() {
    let tenant = Tenant::start(|asked| match asked.what.as_str() {
        "PATCH crm/contacts/55/emails" => good(&json!({"added": 0, "updated": 1, "deleted": 0, "emails": [
            {"emailAddress": "further55@contoso.example", "emailTypeId": 1, "isDefault": true},
            {"emailAddress": "new@contoso.example", "emailTypeId": 1, "isDefault": false}]})),
        _ => world(asked),
    });
    let bms = tenant.client();
    let ann = current(&bms, 55);
    let error =
        write(&bms, Some(&ann), &Fields::new().with(Field::Email, "new@contoso.example")).expect_err("other");
    assert!(!error.message().contains('@') && error.message().contains("addresses of contact 55"), "{error}");
}

#[test]
fn a_data_list_is_given_the_name_and_then_the_number_of_an_entry() {
    let kept = std::sync::Arc::new(AtomicUsize::new(11));
    let keeps = std::sync::Arc::clone(&kept);
    let mut tenant = Tenant::start(move |asked| match asked.what.as_str() {
        "PUT system/customFields/data/13/55/303" => {
            // Takes numbers alone, and says nothing of what it does not take.
            let value = asked.json()["Value"].as_str().map(ToOwned::to_owned)?;
            if let Ok(number) = value.parse() {
                keeps.store(number, Ordering::Relaxed);
            }
            good(&json!({"value": value, "moduleName": "Contacts"}))
        }
        "GET system/customFields/13/55" => {
            let number = keeps.load(Ordering::Relaxed);
            good(&json!([{"data": number.to_string(), "settingsId": number, "customFieldId": 303}]))
        }
        _ => world(asked),
    });
    tenant.settings.contacts_module = Some(13);
    let bms = tenant.client();
    let ann = current(&bms, 55);
    tenant.take();
    write(&bms, Some(&ann), &Fields::new().with(Field::Udf(Udf::IsOffice365), "No")).expect("written");
    assert_eq!(kept.load(Ordering::Relaxed), 12);
    let values: Vec<Value> = sent(&tenant).into_iter().map(|(_, body)| body["Value"].clone()).collect();
    assert_eq!(values, [json!("No"), Value::Null, json!("12"), Value::Null]);
}

#[test]
fn a_field_that_keeps_another_value_is_a_failure_that_does_not_show_it() {
    let tenant = Tenant::start(|asked| match asked.what.as_str() {
        "PUT system/customFields/data/13/55/301" => good(&json!({"value": "0", "moduleName": "Contacts"})),
        _ => world(asked),
    });
    let bms = tenant.client();
    let ann = current(&bms, 55);
    let error =
        write(&bms, Some(&ann), &Fields::new().with(Field::Udf(Udf::SupportPin), "4821")).expect_err("other");
    assert_eq!(error.message(), "Kaseya BMS accepted SupportPIN of contact 55 but keeps another value");
}

#[test]
fn a_value_in_another_module_ends_the_writing_of_custom_fields() {
    let tenant = Tenant::start(|asked| {
        let other = || good(&json!({"value": asked.json()["Value"], "moduleName": "Opportunities"}));
        if asked.what.starts_with("PUT ") { other() } else { world(asked) }
    });
    let bms = tenant.client();
    let ann = current(&bms, 55);
    let fields = Fields::new().with(Field::Udf(Udf::Office365Id), "u-2");
    let error = write(&bms, Some(&ann), &fields).expect_err("another module");
    assert!(error.message().contains("module 13 of Kaseya BMS is called Opportunities"), "{error}");
    tenant.take();
    write(&bms, Some(&ann), &fields).expect_err("left unchanged");
    assert!(tenant.take().is_empty());
}

#[test]
fn a_company_takes_the_tenants_id_alone() {
    let tenant = tenant();
    let bms = tenant.client();
    let (kind, id) = (RecordKind::PsaCompany, Id::from(7));
    let company =
        bms.reread(kind, &id, std::slice::from_ref(&id)).expect("read again").remove(&id).expect("there");
    tenant.take();
    let write = |field| {
        let fields = Fields::new().with(field, "t-2");
        bms.write(&Write { kind, company: &id, current: Some(&company), fields: &fields })
    };
    write(Field::Udf(Udf::Tenant365Id)).expect("written");
    assert_eq!(sent(&tenant), [("PUT system/customFields/data/4/7/401".to_owned(), json!({"Value": "t-2"}))]);
    for field in [Field::Territory, Field::Title, Field::Udf(Udf::SupportPin)] {
        let error = write(field).expect_err("no such field");
        assert!(error.message().starts_with("a company of Kaseya BMS has no "), "{error}");
    }
    assert!(tenant.take().is_empty());
}

#[test]
fn what_was_written_is_not_remembered_from_before() {
    let tenant = tenant();
    let bms = tenant.client();
    let ann = current(&bms, 55);
    write(&bms, Some(&ann), &Fields::new().with(Field::Udf(Udf::SupportPin), "4821")).expect("written");
    let kept = bms.cache.get(CONTACT, &Id::from(55), "2026-02-03T04:05:06.7");
    assert_eq!(kept, None);
}

/// The world with the field for PINs made in the module of accounts, and none in that of contacts.
fn mistaken(asked: &Asked) -> Option<(u16, Value)> {
    match asked.what.as_str() {
        "GET system/customFields/13" => good(&json!([])),
        "GET system/customFields/4" => good(&json!([{"id": 301, "name": "SupportPIN", "isActive": true}])),
        // Which has no such records.
        "GET system/customFields/4/55" | "GET system/customFields/4/60" => {
            Some((404, json!({"success": false, "error": {"message": "Account was not found."}})))
        }
        _ => obey(asked).or_else(|| world(asked)),
    }
}

fn is_put(what: &str) -> bool {
    what.starts_with("PUT ")
}

#[test]
fn nothing_is_written_where_the_only_module_with_the_fields_lacks_some_of_the_records() {
    let tenant = Tenant::start(mistaken);
    let bms = tenant.client();
    let ann = Current {
        id: Id::from(55),
        active: Some(true),
        fields: Fields::new(),
        alternates: Vec::new(),
        stamp: None,
        raw: Raw(lower_keys(contact(55, 7, true, "ann@contoso.example"))),
    };
    let fields = Fields::new().with(Field::Title, "Clerk").with(Field::Udf(Udf::SupportPin), "4821");
    for current in [Some(&ann), None] {
        let error = write(&bms, current, &fields).expect_err("whose module it is, is not shown");
        assert_eq!((error.kind(), error.sent()), (Kind::Config, 0));
        assert!(
            error.message().starts_with("module 4 of Kaseya BMS alone defines custom fields of contacts"),
            "{error}"
        );
        assert!(error.next_step().is_some_and(|next| next.contains("contacts-module")), "{error}");
    }
    let is_write =
        |asked: &Asked| !asked.what.starts_with("GET ") && !asked.what.starts_with("POST security/");
    assert!(!tenant.take().iter().any(is_write));
}

#[test]
fn until_a_module_has_said_its_name_one_value_is_written_at_a_time() {
    let tenant = Tenant::start(|asked| {
        let other = || good(&json!({"value": asked.json()["Value"], "moduleName": "Opportunities"}));
        if is_put(&asked.what) { other() } else { world(asked) }
    });
    let bms = tenant.client();
    let all: Vec<Current> = [55, 56].map(|id| current(&bms, id)).into();
    tenant.take();
    let fields = Fields::new().with(Field::Udf(Udf::SupportPin), "4821");
    std::thread::scope(|scope| {
        for current in all.iter().chain(&all) {
            scope.spawn(|| write(&bms, Some(current), &fields).expect_err("another module"));
        }
    });
    assert_eq!(tenant.take().iter().filter(|asked| is_put(&asked.what)).count(), 1);
}

#[test]
fn only_an_answer_with_the_modules_name_confirms_it() {
    for (name, is_confirmed) in [(Value::Null, false), (json!(" "), false), (json!("Contacts"), true)] {
        let tenant = Tenant::start(move |asked| {
            let answer = || good(&json!({"value": asked.json()["Value"], "moduleName": name}));
            if is_put(&asked.what) { answer() } else { world(asked) }
        });
        let bms = tenant.client();
        let ann = current(&bms, 55);
        write(&bms, Some(&ann), &Fields::new().with(Field::Udf(Udf::SupportPin), "4821")).expect("written");
        assert_eq!(bms.session.confirmed.lock().expect("no panic").contains(&(CONTACT, 13)), is_confirmed);
    }
}

#[test]
fn a_failure_before_a_contact_is_made_leaves_nothing_open() {
    for fails in
        ["GET crm/accounts/7/locations/lookup", "GET crm/contacts/summary", "POST security/authenticate"]
    {
        let tenant = Tenant::start(move |asked| {
            if asked.what == fails { Some((503, json!({}))) } else { obey(asked).or_else(|| world(asked)) }
        });
        let fields =
            Fields::new().with(Field::Email, "dee@contoso.example").with(Field::Mobile, "+1 555 0142");
        let error = write(&tenant.client(), None, &fields).expect_err("not made");
        assert_eq!((error.sent(), error.may_be_done()), (0, false), "{fails}: {error}");
        assert!(!tenant.take().iter().any(|asked| asked.what == "POST crm/contacts/summary"));
    }
}

#[test]
fn a_request_that_is_withheld_after_others_does_not_hide_them() {
    let tenant = tenant();
    let bms = client_without_calls(&tenant, "crm/contacts/{contactId}/phones");
    let ann = current(&bms, 55);
    let fields = Fields::new().with(Field::Title, "Clerk").with(Field::Phone, "+1 555 0199");
    let error = write(&bms, Some(&ann), &fields).expect_err("no call is left for numbers");
    assert!(error.message().starts_with("contact 55 is written in part: "), "{error}");
    assert_eq!((error.kind(), error.sent()), (Kind::Throttled, 1));
    let alone = Fields::new().with(Field::Phone, "+1 555 0199");
    assert_eq!(write(&bms, Some(&ann), &alone).expect_err("nor now").sent(), 0, "nothing else went before");
    let bms = client_without_calls(&tenant, "crm/contacts/{id}");
    let fields = Fields::new().with(Field::Email, "dee@contoso.example").with(Field::Title, "Clerk");
    let error = write(&bms, None, &fields).expect_err("no call is left for the title");
    assert!(error.message().starts_with("contact 77 was made, but not all of it was written"), "{error}");
    assert_eq!((error.sent(), error.may_be_done()), (1, true));
}

/// A client that has used up the hour's calls of one kind.
fn client_without_calls(tenant: &Tenant, endpoint: &str) -> KaseyaBms {
    let http = Http::new(Options { retries: Some(0), ..Options::default() }).expect("usable options");
    let bms = KaseyaBms::new(&http, tenant.settings.clone(), Arc::<MemoryCache>::default());
    let at = Timestamp::now();
    let endpoint = endpoint.to_owned();
    http.recall(&[Spent { service: "kaseya-bms".to_owned(), endpoint, at, requests: 1_500 }]);
    bms
}

#[test]
fn a_number_at_home_stays_and_one_at_work_is_changed() {
    let phones = json!([
        {"id": 3, "phone": "+1 555 0199", "phoneTypeId": 1, "phoneType": "Home", "isDefault": true},
        {"id": 4, "phone": "+1 555 0100", "phoneTypeId": 2, "phoneType": "Work", "isDefault": false}]);
    let tenant = Tenant::start(move |asked| {
        if asked.what == "GET crm/contacts/summary/55" {
            let mut ann = contact(55, 7, true, "ann@contoso.example");
            ann["phones"] = phones.clone();
            return good(&ann);
        }
        obey(asked).or_else(|| world(asked))
    });
    let bms = tenant.client();
    let ann = current(&bms, 55);
    assert_eq!(ann.fields.text(Field::Phone), Some("+1 555 0100"));
    tenant.take();
    write(&bms, Some(&ann), &Fields::new().with(Field::Phone, "+1 555 0150")).expect("written");
    let update = json!([{"Operation": 1, "PhoneNumber": "+1 555 0100", "NewPhoneNumber": "+1 555 0150", "TypeId": 2,
                         "IsDefault": false}]);
    assert_eq!(sent(&tenant), [("PATCH crm/contacts/55/phones".to_owned(), update)]);
}
