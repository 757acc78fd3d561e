//! What HaloPSA leaves out of its answers, as recorded ones do: what is blank then, and what is not known.

use serde_json::json;

use super::reading::{STORED, contact};
use super::*;
use crate::error::Kind;
use crate::model::{Field, Fields, Udf, Value as Known};
use crate::side::{FieldCache as _, Keys, LookUp as _, PsaReading, ReadPsa as _, Write, WriteRecords as _};

/// What an own record with nothing in them leaves out.
const BLANKS: [&str; 4] = ["title", "email2", "email3", "azureoid"];

/// The same instance, which shows no title in any row and leaves nulls out; user 55 has a title.
fn sparse(asked: &Asked) -> Option<(u16, Value)> {
    let (status, answer) = world(asked)?;
    let answer = match asked.what.as_str() {
        "GET api/Users" => without(answer, &["title"]),
        "GET api/Users/55" => {
            let mut own = without(answer, &BLANKS);
            own["title"] = json!("Head");
            own
        }
        "GET api/Users/57" => without(answer, &BLANKS),
        _ => answer,
    };
    Some((status, answer))
}

#[test]
fn what_an_own_record_leaves_out_is_blank_and_it_decides_for_what_no_row_shows() {
    let instance = Instance::start(sparse);
    let reading = instance.client().read(&request(&[7])).expect("a reading");
    assert!(reading.pending.is_empty());
    let [head, other] = [55, 57].map(|id| contact(&reading, 7, id));
    assert_eq!(
        (head.fields.text(Field::Title), other.fields.get(Field::Title)),
        (Some("Head"), Known::Empty)
    );
    assert_eq!((other.fields.get(STORED), other.fields.get(Field::LinkedId)), (Known::Empty, Known::Empty));
    assert_eq!(other.alternates, [""; 0]);
    assert_eq!(
        whats(&instance.calls()),
        ["GET api/Client", "GET api/Users", "GET api/Users/55", "GET api/Users/57"]
    );
    let again = instance.client().read(&request(&[7])).expect("a reading");
    assert_eq!(whats(&instance.calls()), ["GET api/Client", "GET api/Users"], "kept under what the rows say");
    assert_eq!(contact(&again, 7, 55), head);
    let client = instance.client();
    let found = client.reread(CONTACT, &Id::from(7), &[Id::from(57)]).expect("a look");
    let current = &found[&Id::from(57)];
    assert_eq!((current.fields.get(Field::Title), current.fields.get(STORED)), (Known::Empty, Known::Empty));
}

#[test]
fn a_title_that_no_row_shows_holds_nothing_back_while_it_is_not_known() {
    let mut instance = Instance::start(sparse);
    // One request is left beside those that a reading leaves: for the user who stores no id.
    instance.settings.rate_limit = 6;
    let reading = instance.client().read(&request(&[7])).expect("a reading");
    assert!(reading.pending.is_empty());
    assert_eq!(contact(&reading, 7, 55).fields.get(Field::Title), Known::Absent);
    assert_eq!(contact(&reading, 7, 57).fields.get(Field::Title), Known::Empty);
}

#[test]
fn a_text_that_another_row_shows_is_blank_unless_a_record_proves_otherwise() {
    for contradicted in [false, true] {
        let instance = Instance::start(move |asked| {
            let (status, mut answer) = world(asked)?;
            match asked.what.as_str() {
                "GET api/Users" => {
                    answer = without(answer, &["title"]);
                    answer["users"][0]["title"] = json!("Head");
                }
                "GET api/Users/57" if contradicted => answer["title"] = json!("Clerk"),
                "GET api/Users/60" => answer["title"] = json!("Buyer"),
                _ => {}
            }
            Some((status, answer))
        });
        let reading = instance.client().read(&request(&[7, 8])).expect("a reading");
        let title = contact(&reading, 8, 60).fields.get(Field::Title);
        let (expected, asks) =
            if contradicted { (Known::Text("Buyer"), true) } else { (Known::Empty, false) };
        assert_eq!(title, expected);
        assert_eq!(whats(&instance.calls()).contains(&"GET api/Users/60"), asks);
    }
}

#[test]
fn a_custom_field_without_a_value_is_asked_for_and_does_not_beat_the_own_record() {
    let instance = Instance::start(|asked| {
        let (status, mut answer) = world(asked)?;
        if asked.what == "GET api/Users" {
            for user in answer["users"].as_array_mut().expect("users") {
                let field = user["customfields"][0].as_object_mut().expect("a field");
                field.retain(|name, _| name != "value" && name != "display");
            }
        }
        Some((status, answer))
    });
    let reading = instance.client().read(&request(&[7])).expect("a reading");
    assert_eq!(contact(&reading, 7, 55).fields.get(Field::Udf(Udf::SupportPin)), Known::Hidden);
    assert!(whats(&instance.calls()).contains(&"GET api/Users/55"));
}

#[test]
fn a_user_who_went_since_the_listing_holds_nothing_back() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "GET api/Users/57" => Some((404, json!({"Message": "Not found"}))),
        _ => world(asked),
    });
    let client = instance.client();
    let reading = client.read(&request(&[7])).expect("a reading");
    assert!(reading.pending.is_empty());
    assert_eq!(contact(&reading, 7, 57).fields.get(STORED), Known::Absent);
    let keys = |email: &str| Keys { user_ids: Vec::new(), emails: vec![email.to_owned()] };
    assert!(client.find(CONTACT, &Id::from(7), &keys("x@contoso.example")).expect("a search").is_empty());
    let error =
        client.find(CONTACT, &Id::from(7), &keys("ann57@contoso.example")).expect_err("listed all the same");
    assert_eq!(error.kind(), Kind::Incomplete);
}

#[test]
fn a_record_that_cannot_be_read_is_not_the_only_one_that_tells_the_fields() {
    let broken = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&broken);
    let instance = Instance::start(move |asked| match (asked.what.as_str(), seen.load(Ordering::Relaxed)) {
        ("GET api/Users/55", 1..) => Some((403, json!({"Message": "No"}))),
        ("GET api/Users/57" | "GET api/Users/60", 2) => Some((500, json!({"Message": "it broke"}))),
        ("GET api/Users/57", _) => Some((200, whole(57, 7, "", ""))),
        ("GET api/Users", _) => {
            world(asked).map(|(status, answer)| (status, without(answer, &["customfields"])))
        }
        _ => world(asked),
    });
    instance.client().read(&request(&[7, 8])).expect("a reading");
    broken.store(1, Ordering::Relaxed);
    let reading = instance.client().read(&request(&[7, 8])).expect("a reading");
    assert!(reading.pending.is_empty() && reading.shape.udf(Udf::Office365Id).is_some());
    broken.store(2, Ordering::Relaxed);
    let reading = instance.client().read(&request(&[7, 8])).expect("an answer for each client");
    assert!(reading.companies.values().all(|company| company.complete().is_none()), "and none is read");
    assert!(reading.pending.is_empty());
}

#[test]
fn a_record_that_breaks_off_leaves_its_own_client_unread_and_no_other() {
    let instance = Instance::start(move |asked| match asked.what.as_str() {
        "GET api/Users/60" => Some((500, json!({"Message": "it broke"}))),
        "GET api/Users" => world(asked).map(|(status, answer)| (status, without(answer, &["customfields"]))),
        _ => world(asked),
    });
    let reading = instance.client().read(&request(&[7, 8])).expect("an answer for each client");
    let is_read = |id: i64| reading.companies[&Id::from(id)].complete().is_some();
    assert_eq!((is_read(7), is_read(8)), (true, false));
    assert!(reading.pending.is_empty(), "what went wrong is told instead");
}

#[test]
fn who_was_never_asked_for_comes_before_who_was() {
    let changed = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&changed);
    let mut instance = Instance::start(move |asked| {
        let mut many = vec![row(57, 7, ""), row(59, 7, ""), row(61, 7, "")];
        if seen.load(Ordering::Relaxed) > 0 {
            many[0]["title"] = json!("Head");
        }
        match asked.what.as_str() {
            "GET api/Users" => Some((200, listed(asked, "users", many))),
            "GET api/Users/59" => Some((200, whole(59, 7, "", ""))),
            "GET api/Users/61" => Some((200, whole(61, 7, "", ""))),
            _ => world(asked),
        }
    });
    // One in each run.
    instance.settings.rate_limit = 6;
    for asked in ["GET api/Users/57", "GET api/Users/59", "GET api/Users/61", "GET api/Users/57"] {
        instance.client().read(&request(&[7])).expect("a reading");
        assert!(whats(&instance.calls()).contains(&asked), "{asked}");
        changed.store(1, Ordering::Relaxed);
    }
}

#[test]
fn a_search_believes_no_answer_that_is_older_than_a_night_and_asks_who_has_the_id() {
    let instance = Instance::start(|asked| match (asked.what.as_str(), asked.parameter("advanced_search")) {
        ("GET api/Users", Some(filter)) => {
            let wanted = json!([{"filter_name": "azureoid", "filter_type": 2, "filter_value": "u-9"}]);
            assert_eq!(serde_json::from_str::<Value>(filter).expect("JSON"), wanted);
            Some((200, listed(asked, "users", vec![row(55, 7, "u-55")])))
        }
        _ => world(asked),
    });
    let hour = std::time::Duration::from_secs(3600);
    let company = Id::from(7);
    let keys = Keys { user_ids: vec![Id::new("u-9")], emails: Vec::new() };
    let find = || {
        let found = instance.client().find(CONTACT, &company, &keys).expect("a search");
        found.into_iter().map(|current| current.id).collect::<Vec<_>>()
    };
    assert!(find().is_empty());
    assert_eq!(whats(&instance.calls()), ["GET api/Users", "GET api/Users/55", "GET api/Users/57"]);
    instance.cache.grow_old(hour);
    assert_eq!(find(), [Id::from(55)], "HaloPSA has learnt the id since");
    assert_eq!(whats(&instance.calls()), ["GET api/Users", "GET api/Users", "GET api/Users/55"]);
    instance.cache.grow_old(26 * hour);
    find();
    assert_eq!(whats(&instance.calls()), ["GET api/Users", "GET api/Users/55", "GET api/Users/57"]);
}

#[test]
fn a_search_by_id_that_is_refused_or_ignored_is_not_tried_again() {
    for refused in [true, false] {
        let instance = Instance::start(move |asked| match asked.parameter("advanced_search") {
            Some(_) if refused => Some((400, json!("Invalid advanced search parameter"))),
            Some(_) => Some((200, json!({"record_count": 900, "users": []}))),
            None => world(asked),
        });
        let keys = Keys { user_ids: vec![Id::new("u-9")], emails: Vec::new() };
        let company = Id::from(7);
        instance.client().find(CONTACT, &company, &keys).expect("a search");
        instance.cache.grow_old(std::time::Duration::from_secs(60));
        instance.take();
        let client = instance.client();
        for requests in [2, 1] {
            assert!(client.find(CONTACT, &company, &keys).expect("a search").is_empty());
            assert_eq!(instance.calls().len(), requests, "{refused}");
        }
    }
}

#[test]
fn a_search_by_id_that_breaks_off_is_no_answer() {
    let instance = Instance::start(|asked| match asked.parameter("advanced_search") {
        Some(_) => Some((502, json!("Bad gateway"))),
        None => world(asked),
    });
    let keys = Keys { user_ids: vec![Id::new("u-9")], emails: Vec::new() };
    instance.client().find(CONTACT, &Id::from(7), &keys).expect("all was asked for just now");
    instance.cache.grow_old(std::time::Duration::from_secs(60));
    instance.client().find(CONTACT, &Id::from(7), &keys).expect_err("it may have been learnt since");
}

#[test]
fn the_answer_to_a_write_is_not_kept_where_it_shows_less_than_a_record() {
    let thin = without(whole(57, 7, "u-57", "u-57"), &["email2", "email3", "azureoid"]);
    for (answer, asked_for) in [(thin, true), (whole(57, 7, "u-57", "u-57"), false)] {
        let instance = Instance::start(move |asked| match asked.what.as_str() {
            "POST api/Users" => Some((201, json!([answer.clone()]))),
            "GET api/Users" => {
                let users = vec![row(55, 7, "u-55"), row(57, 7, "u-57"), row(60, 8, "u-60")];
                Some((200, listed(asked, "users", users)))
            }
            _ => world(asked),
        });
        let (client, company) = (instance.client(), Id::from(7));
        let current =
            client.reread(CONTACT, &company, &[Id::from(57)]).expect("a look").remove(&Id::from(57));
        let fields = Fields::new().with(Field::Title, "Head");
        let write = Write { kind: CONTACT, company: &company, current: current.as_ref(), fields: &fields };
        client.read(&request(&[7])).expect("a reading");
        client.write(&write).expect("a write");
        instance.take();
        let keys = Keys { user_ids: vec![Id::new("u-9")], emails: Vec::new() };
        client.find(CONTACT, &company, &keys).expect("a search");
        assert_eq!(whats(&instance.calls()).contains(&"GET api/Users/57"), asked_for);
    }
}

#[test]
fn what_a_record_says_when_it_is_read_again_is_what_is_kept() {
    let learnt = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&learnt);
    let instance = Instance::start(move |asked| match asked.what.as_str() {
        "GET api/Users/57" => {
            let id = if seen.load(Ordering::Relaxed) > 0 { "u-57" } else { "" };
            Some((200, whole(57, 7, "", id)))
        }
        _ => world(asked),
    });
    let linked =
        |reading: &PsaReading| contact(reading, 7, 57).fields.text(Field::LinkedId).map(str::to_owned);
    assert_eq!(linked(&instance.client().read(&request(&[7])).expect("a reading")), None);
    learnt.store(1, Ordering::Relaxed);
    let client = instance.client();
    assert_eq!(linked(&client.read(&request(&[7])).expect("a reading")), None, "no row shows it");
    client.reread(CONTACT, &Id::from(7), &[Id::from(57)]).expect("a look");
    let next = instance.client().read(&request(&[7])).expect("a reading");
    assert_eq!(linked(&next).as_deref(), Some("u-57"));
}

#[test]
fn what_was_read_before_a_reading_breaks_off_is_kept() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "GET api/Users" => {
            Some((200, listed(asked, "users", vec![row(57, 7, ""), row(59, 7, ""), row(61, 7, "")])))
        }
        "GET api/Users/59" => Some((200, whole(59, 7, "", ""))),
        "GET api/Users/61" => Some((401, json!({"Message": "No"}))),
        _ => world(asked),
    });
    instance.client().read(&request(&[7])).expect_err("the credentials are not accepted any more");
    assert!(instance.cache.read_at(CONTACT, &Id::from(57)).is_some());
}
