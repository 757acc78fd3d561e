//! Custom fields: which of them there are, also those that are made or renamed later, and what selections hold.

use serde_json::json;

use super::reading::{STORED, contact, side};
use super::*;
use crate::model::{Field, Fields, RecordKind, Udf, UdfKind, Value as Known};
use crate::side::{LookUp as _, ReadPsa as _, Write, WriteRecords as _};

const TYPE: Field = Field::Udf(Udf::TypeMapping);

/// Adds a custom field to a user.
fn add(user: &mut Value, field: Value) {
    user["customfields"].as_array_mut().expect("custom fields").push(field);
}

/// The same instance, whose rows show no custom fields.
fn bare(asked: &Asked) -> Option<(u16, Value)> {
    let (status, answer) = world(asked)?;
    Some((status, if asked.what == "GET api/Users" { without(answer, &["customfields"]) } else { answer }))
}

#[test]
fn which_fields_there_are_is_known_where_no_request_is_left_for_the_users() {
    let mut instance = Instance::start(bare);
    // Where to sign in, the sign-in, clients and users; one is left, which is for writing.
    instance.settings.rate_limit = 5;
    let reading = instance.client().read(&request(&[7])).expect("a reading");
    assert!(reading.shape.udf(Udf::Office365Id).is_some(), "so that all wait for their ids");
    let pending = &reading.pending[&Id::from(7)];
    assert_eq!((pending.unknown, pending.contacts), (1, 2), "the record that told them is known");
}

#[test]
fn where_no_record_tells_which_fields_there_are_no_client_is_read() {
    for status in [403, 404, 500] {
        let instance = Instance::start(move |asked| match asked.what.strip_prefix("GET api/Users/") {
            Some(_) => Some((status, json!({"Message": "No"}))),
            None => bare(asked),
        });
        let reading = instance.client().read(&request(&[7, 8])).expect("an answer for each client");
        assert!(reading.companies.values().all(|company| company.complete().is_none()), "{status}");
    }
}

/// The same, where user 57 is of the type Board, a selection whose definition may not be seen.
fn board(asked: &Asked) -> Option<(u16, Value)> {
    let (status, mut answer) = match asked.what.as_str() {
        "GET api/FieldInfo/203" => (403, json!({"Message": "No"})),
        _ => bare(asked)?,
    };
    match asked.what.as_str() {
        "GET api/Users/55" => {
            add(&mut answer, json!({"id": 203, "name": "CFTypeMapping", "type": 2, "value": null}));
        }
        "GET api/Users/57" => {
            let board =
                json!({"id": 203, "name": "CFTypeMapping", "type": 2, "value": 3, "display": "Board"});
            add(&mut answer, board);
        }
        _ => {}
    }
    Some((status, answer))
}

#[test]
fn the_type_of_a_selection_is_known_by_its_label_in_every_later_run() {
    let instance = Instance::start(board);
    for _ in 0..3 {
        let reading = instance.client().read(&request(&[7])).expect("a reading");
        assert_eq!(contact(&reading, 7, 57).fields.text(TYPE), Some("Board"));
        assert_eq!(contact(&reading, 7, 55).fields.get(TYPE), Known::Empty);
    }
}

#[test]
fn a_definition_that_cannot_be_read_leaves_the_reading_whole() {
    for answer in [(500, json!({"Message": "it broke"})), (200, json!("nothing")), (404, json!({}))] {
        let instance = Instance::start(move |asked| match asked.what.as_str() {
            "GET api/FieldInfo/203" => Some(answer.clone()),
            _ => board(asked),
        });
        let reading = instance.client().read(&request(&[7])).expect("a reading");
        assert!(side(&reading, 7).contacts.items().len() == 2 && reading.pending.is_empty());
        let udf = reading.shape.udf(Udf::TypeMapping).expect("a field");
        assert_eq!(udf.kind, UdfKind::List(vec![("3".to_owned(), "Board".to_owned())]), "as it is seen");
    }
}

#[test]
fn a_field_that_is_made_after_a_first_reading_is_seen_by_the_next() {
    let made = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&made);
    let instance = Instance::start(move |asked| {
        let (status, mut answer) = bare(asked)?;
        if asked.what.starts_with("GET api/Users/") && seen.load(Ordering::Relaxed) == 0 {
            answer["customfields"].as_array_mut().expect("custom fields").truncate(1);
        }
        Some((status, answer))
    });
    let stored = || {
        let reading = instance.client().read(&request(&[7])).expect("a reading");
        let values = [55, 57].map(|id| contact(&reading, 7, id).fields.get(STORED) == Known::Absent);
        (values, contact(&reading, 7, 57).fields.get(STORED) == Known::Empty)
    };
    assert_eq!(stored(), ([true, true], false));
    made.store(1, Ordering::Relaxed);
    assert_eq!(stored(), ([false, false], true));
    instance.take();
    assert_eq!(stored(), ([false, false], true));
    let asked = instance.calls();
    assert!(!whats(&asked).contains(&"GET api/Users/60") && asked.len() <= 4, "{:?}", whats(&asked));
}

#[test]
fn a_field_that_the_settings_rename_or_retype_is_read_again() {
    let mut instance = Instance::start(|asked| {
        let (status, mut answer) = bare(asked)?;
        if asked.what.starts_with("GET api/Users/") {
            add(&mut answer, json!({"id": 203, "name": "CFTypeMapping", "type": 0, "value": "Board"}));
            add(&mut answer, json!({"id": 204, "name": "CFKind", "type": 9, "value": 3, "display": "Kiosk"}));
        }
        Some((status, answer))
    });
    let of_57 = |instance: &Instance| {
        let reading = instance.client().read(&request(&[7])).expect("a reading");
        contact(&reading, 7, 57).fields.text(TYPE).map(str::to_owned)
    };
    assert_eq!(of_57(&instance).as_deref(), Some("Board"));
    instance.settings.udf_names.insert(Udf::TypeMapping, "Kind".to_owned());
    assert_eq!(of_57(&instance).as_deref(), Some("3"), "the number of an unknown type is a text");
    instance.settings.selection_type = Some(9);
    assert_eq!(of_57(&instance).as_deref(), Some("Kiosk"));
}

#[test]
fn a_search_without_a_reading_before_it_believes_what_a_reading_kept() {
    let instance = Instance::start(bare);
    instance.client().read(&request(&[7])).expect("a reading");
    instance.take();
    let keys = crate::side::Keys { user_ids: Vec::new(), emails: vec!["x@contoso.example".to_owned()] };
    instance.client().find(CONTACT, &Id::from(7), &keys).expect("a search");
    let asked = instance.calls();
    assert_eq!(whats(&asked), ["GET api/Users", "GET api/Users/55"], "one tells which fields there are");
}

#[test]
fn an_answer_to_a_write_that_leaves_a_custom_field_out_is_no_whole_record() {
    let mut thin = whole(57, 7, "u-57", "u-57");
    thin["customfields"].as_array_mut().expect("custom fields").remove(0);
    for (answer, is_whole) in [(thin, false), (whole(57, 7, "u-57", "u-57"), true)] {
        let instance = Instance::start(move |asked| match asked.what.as_str() {
            "POST api/Users" => Some((201, json!([answer.clone()]))),
            _ => world(asked),
        });
        let (client, company) = (instance.client(), Id::from(7));
        let found = client.reread(CONTACT, &company, &[Id::from(57)]).expect("a look");
        let fields = Fields::new().with(STORED, "u-57");
        let current = found.get(&Id::from(57));
        let write = Write { kind: CONTACT, company: &company, current, fields: &fields };
        assert_eq!(client.write(&write).expect("a write").shown.is_some(), is_whole);
    }
}

#[test]
fn a_run_that_begins_with_a_write_to_a_client_knows_the_fields_of_users() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "POST api/Client" => Some((201, json!([{"id": 7}]))),
        "POST api/Users" => Some((201, json!([whole(57, 7, "u-57", "u-57")]))),
        _ => bare(asked),
    });
    let (client, company) = (instance.client(), Id::from(7));
    let now =
        |kind, id: i64| client.reread(kind, &company, &[Id::from(id)]).expect("a look").remove(&Id::from(id));
    let fields = Fields::new().with(Field::Udf(Udf::Tenant365Id), "t-7");
    let current = now(RecordKind::PsaCompany, 7);
    let write =
        Write { kind: RecordKind::PsaCompany, company: &company, current: current.as_ref(), fields: &fields };
    client.write(&write).expect("a write");
    let fields = Fields::new().with(STORED, "u-57");
    let current = now(CONTACT, 57);
    let write = Write { kind: CONTACT, company: &company, current: current.as_ref(), fields: &fields };
    client.write(&write).expect("a write");
}
