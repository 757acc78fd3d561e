//! Writes: what is sent, and what the answer proves.

use serde_json::json;

use super::*;
use crate::error::Kind;
use crate::model::{Field, Fields, Udf};
use crate::side::{Keys, LookUp as _, ReadPsa as _, Write, WriteRecords as _};

const STORED: Field = Field::Udf(Udf::Office365Id);

/// An instance that takes writes: it answers with the whole record, changed.
fn writable() -> Instance {
    Instance::start(|asked| match asked.what.as_str() {
        "POST api/Users" => {
            let sent = asked.json()[0].clone();
            let id = sent["id"].as_i64().unwrap_or(99);
            let mut user = whole(id, 7, "", "");
            for (name, value) in sent.as_object().expect("a record") {
                if name != "customfields" {
                    user[name] = value.clone();
                }
            }
            user["id"] = json!(id);
            Some((201, user))
        }
        "POST api/Client" => Some((
            201,
            json!([{"id": 7, "customfields": [
            {"id": 301, "name": "CFTenant365Id", "type": 0, "value": asked.json()[0]["customfields"][0]["value"]}]}]),
        )),
        _ => world(asked),
    })
}

fn sent(instance: &Instance) -> Vec<Value> {
    instance.calls().iter().filter(|asked| asked.what.starts_with("POST")).map(Asked::json).collect()
}

#[test]
fn a_change_names_the_id_and_what_changes_and_nothing_else() {
    let instance = writable();
    let client = instance.client();
    client.read(&request(&[7])).expect("a reading");
    let company = Id::from(7);
    let found = client.reread(CONTACT, &company, &[Id::from(55)]).expect("a look");
    let current = &found[&Id::from(55)];
    let fields = Fields::new()
        .with(Field::Title, "Head")
        .with(Field::Mobile, "")
        .with(Field::Active, "false")
        .with(Field::Udf(Udf::SupportPin), "0913");
    let write = Write { kind: CONTACT, company: &company, current: Some(current), fields: &fields };
    let written = client.write(&write).expect("a write");
    assert_eq!((written.id.as_str(), written.attempts), ("55", 1));
    assert_eq!(written.shown.expect("the whole record").fields.text(Field::Title), Some("Head"));
    let expected = json!([{"id": 55, "title": "Head", "mobilenumber": "", "inactive": true,
        "customfields": [{"name": "CFSupportPIN", "value": "0913"}]}]);
    assert_eq!(sent(&instance), [expected]);
}

#[test]
fn one_half_of_a_name_takes_the_whole_along() {
    let instance = writable();
    let client = instance.client();
    let company = Id::from(7);
    let found = client.reread(CONTACT, &company, &[Id::from(55)]).expect("a look");
    let fields = Fields::new().with(Field::LastName, "Moss");
    let write =
        Write { kind: CONTACT, company: &company, current: found.get(&Id::from(55)), fields: &fields };
    client.write(&write).expect("a write");
    assert_eq!(sent(&instance), [json!([{"id": 55, "surname": "Moss", "name": "Ann Moss"}])]);
}

#[test]
fn one_half_of_a_name_that_is_taken_from_the_whole_takes_the_other_along() {
    let split = |first: &'static str, last: &'static str| {
        Instance::start(move |asked| {
            let (status, mut answer) = match asked.what.as_str() {
                "POST api/Users" => (201, whole(55, 7, "u-55", "")),
                _ => world(asked)?,
            };
            if asked.what == "GET api/Users/55" {
                (answer["firstname"], answer["surname"]) = (json!(first), json!(last));
            }
            Some((status, answer))
        })
    };
    for (first, last, expected) in [
        ("", "", json!([{"id": 55, "firstname": "Ann", "surname": "Moss", "name": "Ann Moss"}])),
        ("Bo", "", json!([{"id": 55, "surname": "Moss", "name": "Bo Moss"}])),
    ] {
        let instance = split(first, last);
        let client = instance.client();
        let company = Id::from(7);
        let found = client.reread(CONTACT, &company, &[Id::from(55)]).expect("a look");
        let fields = Fields::new().with(Field::LastName, "Moss");
        let current = found.get(&Id::from(55));
        let write = Write { kind: CONTACT, company: &company, current, fields: &fields };
        client.write(&write).expect("a write");
        assert_eq!(sent(&instance), [expected]);
    }
}

#[test]
fn halopsas_own_id_follows_the_field_unless_it_says_something_else() {
    for (stored, azure_id, new, follows) in [
        ("", "", "u-9", Some("u-9")),
        ("u-5", "U-5", "u-9", Some("u-9")),
        ("u-5", "", "u-9", Some("u-9")),
        ("u-5", "u-7", "u-9", None),
        ("u-9", "u-9", "", None),
    ] {
        let instance = Instance::start(move |asked| match asked.what.as_str() {
            "GET api/Users/55" => Some((200, whole(55, 7, stored, azure_id))),
            "POST api/Users" => Some((201, whole(55, 7, new, azure_id))),
            _ => world(asked),
        });
        let client = instance.client();
        let company = Id::from(7);
        let found = client.reread(CONTACT, &company, &[Id::from(55)]).expect("a look");
        let fields = Fields::new().with(STORED, new);
        let write =
            Write { kind: CONTACT, company: &company, current: found.get(&Id::from(55)), fields: &fields };
        client.write(&write).expect("a write");
        let body = sent(&instance).remove(0);
        let value = if new.is_empty() { Value::Null } else { json!(new) };
        assert_eq!(body[0]["customfields"], json!([{"name": "CFOffice365Id", "value": value}]));
        assert_eq!(body[0].get("azureoid").and_then(Value::as_str), follows, "{stored} {azure_id}");
    }
}

#[test]
fn a_new_user_stands_at_the_main_site_and_gets_no_mail() {
    let instance = writable();
    let client = instance.client();
    client.read(&request(&[7])).expect("a reading");
    let company = Id::from(7);
    let fields = Fields::new()
        .with(Field::FirstName, "Dora")
        .with(Field::LastName, "Kemp")
        .with(Field::Email, "dora@contoso.example")
        .with(Field::Title, "")
        .with(STORED, "u-9");
    let write = Write { kind: CONTACT, company: &company, current: None, fields: &fields };
    let written = client.write(&write).expect("a write");
    assert_eq!(written.id.as_str(), "99");
    let expected = json!([{"site_id": 70, "firstname": "Dora", "surname": "Kemp", "name": "Dora Kemp",
        "emailaddress": "dora@contoso.example", "azureoid": "u-9", "sendwelcomeemail": false,
        "customfields": [{"name": "CFOffice365Id", "value": "u-9"}]}]);
    assert_eq!(sent(&instance), [expected]);
}

#[test]
fn no_user_is_made_at_a_site_that_is_not_known_to_be_the_clients_own() {
    let fields = Fields::new().with(Field::FirstName, "Dora").with(Field::LastName, "Kemp");
    let company = Id::from(7);
    let write = Write { kind: CONTACT, company: &company, current: None, fields: &fields };
    for (site, why) in [
        (Some(json!({"id": 70, "client_id": 9.0})), "belongs to client 9"),
        (Some(json!({"id": 70})), "does not say whose it is"),
        (None, "does not exist"),
    ] {
        let instance = Instance::start(move |asked| match asked.what.as_str() {
            "GET api/Site/70" => Some(site.clone().map_or((404, json!({})), |site| (200, site))),
            "POST api/Users" => Some((201, whole(99, 7, "", ""))),
            _ => world(asked),
        });
        let client = instance.client();
        client.read(&request(&[7])).expect("a reading");
        let error = client.write(&write).expect_err("it is not made");
        assert_eq!((error.kind(), error.may_be_done()), (Kind::Config, false));
        assert!(error.message().contains(why) && error.next_step().is_some(), "{error}");
        assert_eq!(sent(&instance), [Value::Null; 0]);
    }
    let instance = writable();
    let client = instance.client();
    client.read(&request(&[7])).expect("a reading");
    for _ in 0..2 {
        client.write(&write).expect("a write");
    }
    let asked = instance.calls();
    assert_eq!(whats(&asked).iter().filter(|what| **what == "GET api/Site/70").count(), 1, "once is enough");
}

#[test]
fn a_failure_before_a_user_is_made_leaves_nothing_open() {
    let fields = Fields::new().with(Field::FirstName, "Dora").with(Field::LastName, "Kemp");
    let company = Id::from(7);
    let write = Write { kind: CONTACT, company: &company, current: None, fields: &fields };
    for fails in ["POST auth/token", "GET api/Client/7", "GET api/Site/70"] {
        let instance =
            Instance::start(
                move |asked| {
                    if asked.what == fails { Some((503, json!({}))) } else { world(asked) }
                },
            );
        let error = instance.client().write(&write).expect_err("it is not made");
        assert_eq!((error.sent(), error.may_be_done()), (0, false), "{fails}: {error}");
    }
}

#[test]
fn a_user_that_lands_at_another_client_is_named_and_is_not_one_whose_answer_was_lost() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "POST api/Users" => Some((201, whole(99, 9, "", ""))),
        _ => world(asked),
    });
    let client = instance.client();
    let company = Id::from(7);
    let fields = Fields::new().with(Field::FirstName, "Dora").with(Field::LastName, "Kemp");
    let write = Write { kind: CONTACT, company: &company, current: None, fields: &fields };
    let error = client.write(&write).expect_err("elsewhere");
    assert!(error.message().contains("made user 99 at another client"), "{error}");
    assert!(!error.may_be_done() && error.is_harm(), "it is not sent again");
    client.write(&write).expect_err("elsewhere");
    let asked = instance.calls();
    let of_site = whats(&asked).into_iter().filter(|what| *what == "GET api/Site/70");
    assert_eq!(of_site.count(), 2, "whose the site is, is not known any more");
}

#[test]
fn a_run_that_begins_with_a_search_knows_the_fields_that_records_alone_show() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "GET api/Users" => world(asked).map(|(status, answer)| (status, without(answer, &["customfields"]))),
        "POST api/Users" => Some((201, whole(99, 7, "u-9", "u-9"))),
        _ => world(asked),
    });
    let client = instance.client();
    let company = Id::from(7);
    let keys = Keys { user_ids: vec![Id::new("u-9")], emails: Vec::new() };
    assert!(client.find(CONTACT, &company, &keys).expect("a search").is_empty());
    let fields =
        Fields::new().with(Field::FirstName, "Dora").with(Field::LastName, "Kemp").with(STORED, "u-9");
    let write = Write { kind: CONTACT, company: &company, current: None, fields: &fields };
    client.write(&write).expect("a write");
    let body = sent(&instance).remove(0);
    assert_eq!(body[0]["customfields"], json!([{"name": "CFOffice365Id", "value": "u-9"}]));
}

#[test]
fn an_id_that_halopsa_lends_is_no_stored_one_and_is_read_again() {
    let instance = Instance::start(world);
    let client = instance.client();
    let found = client.reread(CONTACT, &Id::from(7), &[Id::from(57)]).expect("a look");
    let fields = &found[&Id::from(57)].fields;
    assert_eq!((fields.text(STORED), fields.text(Field::LinkedId)), (None, Some("u-57")));
}

#[test]
fn what_cannot_be_made_is_refused_before_anything_is_sent() {
    let instance = writable();
    let client = instance.client();
    client.read(&request(&[7, 8])).expect("a reading");
    instance.take();
    let (contoso, city) = (Id::from(7), Fields::new().with(Field::City, "Oslo"));
    let nameless = Fields::new().with(Field::Email, "x@contoso.example");
    let field = Fields::new().with(Field::FirstName, "Ann").with(Field::Udf(Udf::TypeMapping), "x");
    for (kind, fields) in
        [(CONTACT, &city), (CONTACT, &nameless), (CONTACT, &field), (RecordKind::PsaCompany, &city)]
    {
        let write = Write { kind, company: &contoso, current: None, fields };
        client.write(&write).expect_err("it cannot be");
    }
    assert_eq!(sent(&instance), [Value::Null; 0]);
}

#[test]
fn a_create_is_sent_once_whatever_the_answer_and_needs_an_id() {
    for (status, answer) in [
        (500, json!({"Message": "it broke"})),
        (429, json!("Rate Limit Reached")),
        (201, json!({"success": false})),
        (201, json!([])),
    ] {
        let instance = Instance::start(move |asked| match asked.what.as_str() {
            "POST api/Users" => Some((status, answer.clone())),
            _ => world(asked),
        });
        let client = instance.client();
        client.read(&request(&[7])).expect("a reading");
        let company = Id::from(7);
        let fields = Fields::new().with(Field::FirstName, "Dora").with(Field::LastName, "Kemp");
        let write = Write { kind: CONTACT, company: &company, current: None, fields: &fields };
        client.write(&write).expect_err("it did not work");
        assert_eq!(sent(&instance).len(), 1, "{status}");
    }
}

#[test]
fn an_answer_that_does_not_show_the_whole_record_proves_nothing() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "POST api/Users" => Some((201, json!([{"id": 55}]))),
        _ => world(asked),
    });
    let client = instance.client();
    let company = Id::from(7);
    let found = client.reread(CONTACT, &company, &[Id::from(55)]).expect("a look");
    let fields = Fields::new().with(Field::Title, "Head");
    let write =
        Write { kind: CONTACT, company: &company, current: found.get(&Id::from(55)), fields: &fields };
    assert_eq!(client.write(&write).expect("a write").shown, None);
}

#[test]
fn a_clients_tenant_is_written_by_the_name_of_its_field() {
    let instance = writable();
    let client = instance.client();
    client.read(&request(&[7])).expect("a reading");
    let company = Id::from(7);
    let found =
        client.reread(RecordKind::PsaCompany, &company, std::slice::from_ref(&company)).expect("a look");
    let fields = Fields::new().with(Field::Udf(Udf::Tenant365Id), "t-1");
    let write = Write {
        kind: RecordKind::PsaCompany,
        company: &company,
        current: found.get(&company),
        fields: &fields,
    };
    let written = client.write(&write).expect("a write");
    assert_eq!(written.shown.expect("the record").fields.text(Field::Udf(Udf::Tenant365Id)), Some("t-1"));
    assert_eq!(
        sent(&instance),
        [json!([{"id": 7, "customfields": [{"name": "CFTenant365Id", "value": "t-1"}]}])]
    );
}

#[test]
fn a_field_that_cannot_be_written_is_called_by_its_name_and_says_why() {
    let mut instance = Instance::start(|asked| {
        let (status, mut answer) = world(asked)?;
        if asked.what.starts_with("GET api/Users/") {
            answer["customfields"][1]["type"] = json!(17);
        }
        if asked.what == "GET api/Users" {
            answer = without(answer, &["customfields"]);
        }
        Some((status, answer))
    });
    instance.settings.udf_names.insert(Udf::SupportPin, "Phone Code".to_owned());
    let client = instance.client();
    client.read(&request(&[7])).expect("a reading");
    let company = Id::from(7);
    let found = client.reread(CONTACT, &company, &[Id::from(55)]).expect("a look");
    for (role, why) in [
        (Udf::SupportPin, "shows a custom field CFPhone Code"),
        (Udf::Office365Id, "CFOffice365Id of HaloPSA is of a type that crsync does not know"),
    ] {
        let fields = Fields::new().with(Field::Udf(role), "1");
        let current = found.get(&Id::from(55));
        let write = Write { kind: CONTACT, company: &company, current, fields: &fields };
        let error = client.write(&write).expect_err("it cannot be");
        assert!(error.message().contains(why), "{error}");
    }
}

#[test]
fn a_refusal_names_the_field_and_repeats_no_value() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "POST api/Users" => {
            let sent = asked.json()[0]["title"].as_str().unwrap_or_default().to_owned();
            Some((400, json!({"[0].title": [format!("The value '{sent}' could not be converted.")]})))
        }
        _ => world(asked),
    });
    let client = instance.client();
    let company = Id::from(7);
    let found = client.reread(CONTACT, &company, &[Id::from(55)]).expect("a look");
    let fields = Fields::new().with(Field::Title, "Hydrographer of 1772");
    let write =
        Write { kind: CONTACT, company: &company, current: found.get(&Id::from(55)), fields: &fields };
    let error = client.write(&write).expect_err("a refusal");
    assert_eq!(error.kind(), Kind::Service);
    assert!(error.message().contains("title: The value"), "{error}");
    assert!(!error.message().contains("Hydrographer"), "{error}");
}
