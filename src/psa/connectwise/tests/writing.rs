//! Writing: what is sent for a change, and what counts as done.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Server, ann, contoso, ok, small};
use crate::error::{Error, Kind};
use crate::http::{Http, Options};
use crate::model::{Field, Fields, Id, RecordKind, Udf};
use crate::psa::connectwise::ConnectWise;
use crate::side::{Current, LookUp as _, MemoryCache, Write, WriteRecords as _, Written};

fn current(server: &Server) -> Current {
    let found = server.client().reread(RecordKind::Contact, &Id::from(250), &[Id::from(31)]).expect("Ann");
    server.asked.lock().expect("no panic").clear();
    found.into_values().next().expect("Ann")
}

fn write(server: &Server, current: Option<&Current>, fields: &Fields) -> Result<Written, Error> {
    let company = Id::from(250);
    server.client().write(&Write { kind: RecordKind::Contact, company: &company, current, fields })
}

/// The contact after the operations of a patch of its own fields. Custom fields that are not named keep their values.
fn patched(mut record: Value, operations: &Value) -> Value {
    for operation in operations.as_array().expect("a JSON patch") {
        assert_eq!(operation["op"], "replace");
        let path = operation["path"].as_str().expect("a path");
        if path != "customFields" {
            record[path] = operation["value"].clone();
            continue;
        }
        let held = record[path].as_array_mut().expect("custom fields");
        for named in operation["value"].as_array().expect("custom fields") {
            let field = held.iter_mut().find(|field| field["id"] == named["id"]).expect("one that is there");
            field["value"] = named["value"].clone();
        }
    }
    record
}

#[test]
fn a_new_contact_is_one_request_with_everything_in_it() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "POST company/contacts" => Some((201, "", ann())),
        "GET system/userDefinedFields" => ok(json!([
            {"id": 16, "screenId": "ct300", "caption": "IsOffice365", "fieldTypeIdentifier": "Checkbox"},
            {"id": 83, "screenId": "ct300", "caption": "Office365Id", "fieldTypeIdentifier": "Text"}])),
        _ => None,
    });
    let fields = Fields::new()
        .with(Field::FirstName, "Ann")
        .with(Field::Email, "ann@contoso.example")
        .with(Field::Mobile, "+1 813 555 0199")
        .with(Field::Udf(Udf::IsOffice365), "true")
        .with(Field::Udf(Udf::Office365Id), "u-1");
    let written = write(&server, None, &fields).expect("a contact");
    assert_eq!((written.id, written.attempts), (Id::from(31), 1));
    assert_eq!(written.request_id.as_deref(), Some("r-1"));
    assert_eq!(written.shown.expect("the whole record").fields.text(Field::LastName), Some("Lee"));
    let posted = server.asked().into_iter().find(|asked| asked.line.starts_with("POST")).expect("sent");
    assert_eq!(
        posted.body,
        json!({"company": {"id": 250}, "firstName": "Ann", "ignoreDuplicates": true,
            "communicationItems": [
                {"type": {"id": 1}, "value": "ann@contoso.example", "defaultFlag": true, "communicationType": "Email"},
                {"type": {"id": 4}, "value": "+1 813 555 0199", "defaultFlag": true, "communicationType": "Phone"}],
            "customFields": [
                {"id": 16, "caption": "IsOffice365", "value": true},
                {"id": 83, "caption": "Office365Id", "value": "u-1"}]})
    );
    assert_eq!(posted.headers["content-type"], "application/json");
}

#[test]
fn own_fields_and_the_custom_fields_that_change_travel_in_one_patch() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "PATCH company/contacts/31" => ok(patched(ann(), &asked.body)),
        _ => small(asked),
    });
    let current = current(&server);
    let fields = Fields::new()
        .with(Field::Title, "Director")
        .with(Field::City, "")
        .with(Field::Active, "false")
        .with(Field::Udf(Udf::IsOffice365), "true");
    let written = write(&server, Some(&current), &fields).expect("written");
    let shown = written.shown.expect("the whole record");
    assert_eq!((shown.active, shown.fields.text(Field::Title)), (Some(false), Some("Director")));
    assert_eq!(server.lines(), ["PATCH company/contacts/31"]);
    let mut custom = ann()["customFields"][1].clone();
    custom["value"] = json!(true);
    assert_eq!(
        server.asked().last().expect("sent").body,
        json!([
            {"op": "replace", "path": "title", "value": "Director"},
            {"op": "replace", "path": "city", "value": ""},
            {"op": "replace", "path": "inactiveFlag", "value": true},
            {"op": "replace", "path": "customFields", "value": [custom]}])
    );
}

/// Ann with fields of the MSP's own.
fn ann_with_more() -> Value {
    let mut ann = ann();
    let more = [("Directions", "first left\nthen right"), ("Newsletter", "monthly")];
    for (id, (caption, value)) in (91..).zip(more) {
        let field = json!({"id": id, "caption": caption, "type": "TextArea", "value": value});
        ann["customFields"].as_array_mut().expect("custom fields").push(field);
    }
    ann
}

#[test]
fn custom_fields_that_a_patch_cleared_without_naming_them_are_given_back() {
    let held = std::sync::Mutex::new(ann_with_more());
    let server = Server::start(move |asked| {
        let mut held = held.lock().expect("no panic");
        if asked.line == "PATCH company/contacts/31" {
            let custom =
                asked.body.as_array().expect("a patch").last().expect("an operation")["value"].clone();
            let named = |field: &Value| {
                custom.as_array().is_some_and(|all| all.iter().any(|named| named["id"] == field["id"]))
            };
            *held = patched(held.clone(), &asked.body);
            let fields = held["customFields"].as_array_mut().expect("custom fields").iter_mut();
            fields.filter(|field| !named(field)).for_each(|field| field["value"] = Value::Null);
        }
        match asked.line.as_str() {
            "PATCH company/contacts/31" => ok(held.clone()),
            "GET company/contacts" => ok(json!([*held])),
            _ => None,
        }
    });
    let current = current(&server);
    let client = server.client();
    let company = Id::from(250);
    let change = |field, text: &str| {
        let fields = Fields::new().with(field, text);
        let write =
            Write { kind: RecordKind::Contact, company: &company, current: Some(&current), fields: &fields };
        client.write(&write).expect("written")
    };
    let written = change(Field::Udf(Udf::IsOffice365), "true");
    assert_eq!(written.attempts, 2);
    let mut expected = ann_with_more()["customFields"].clone();
    expected[1]["value"] = json!(true);
    assert_eq!(written.shown.expect("the record").raw.0["customFields"], expected);
    // From then on all of them go along.
    assert_eq!(change(Field::Title, "Director").attempts, 1);
    let sent = server.asked().last().expect("sent").body.clone();
    assert_eq!(sent[1]["value"].as_array().map(Vec::len), Some(4));
}

#[test]
fn custom_fields_that_stay_lost_are_named() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "PATCH company/contacts/31" => {
            let mut cleared = patched(ann_with_more(), &asked.body);
            for at in [0, 2, 3] {
                cleared["customFields"][at]["value"] = Value::Null;
            }
            ok(cleared)
        }
        "GET company/contacts" => ok(json!([ann_with_more()])),
        _ => None,
    });
    let current = current(&server);
    let fields = Fields::new().with(Field::Udf(Udf::IsOffice365), "true");
    let error = write(&server, Some(&current), &fields).expect_err("lost");
    assert!(
        error.message().starts_with("company/contacts/31 lost Office365Id, Directions, Newsletter, which"),
        "{error}"
    );
    assert!(!error.message().contains("first left"), "{error}");
    assert_eq!(error.sent(), 2);
}

#[test]
fn one_field_that_something_else_cleared_is_not_given_back() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "PATCH company/contacts/31" => {
            let mut after = patched(ann_with_more(), &asked.body);
            after["customFields"][3]["value"] = Value::Null;
            ok(after)
        }
        "GET company/contacts" => ok(json!([ann_with_more()])),
        _ => None,
    });
    let current = current(&server);
    write(&server, Some(&current), &Fields::new().with(Field::Active, "false")).expect("written");
    assert_eq!(server.lines(), ["PATCH company/contacts/31"]);
}

#[test]
fn a_patch_that_is_refused_for_its_missing_custom_fields_is_sent_with_none() {
    let mut bo = ann();
    bo["customFields"] = json!([]);
    let read = bo.clone();
    let server = Server::start(move |asked| match asked.line.as_str() {
        "PATCH company/contacts/31" if asked.body.as_array().map(Vec::len) == Some(1) => {
            Some((400, "", json!({"code": "InvalidObject", "message": "customFields is missing"})))
        }
        "PATCH company/contacts/31" => ok(patched(bo.clone(), &asked.body)),
        "GET company/contacts" => ok(json!([read])),
        _ => None,
    });
    let current = current(&server);
    let written =
        write(&server, Some(&current), &Fields::new().with(Field::Title, "Director")).expect("written");
    assert_eq!(written.attempts, 2);
    let sent: Vec<Value> =
        server.asked().into_iter().map(|asked| asked.body).filter(Value::is_array).collect();
    assert_eq!(sent[1][1], json!({"op": "replace", "path": "customFields", "value": []}));

    // With custom fields in it, a refusal is a refusal.
    let server = Server::start(|asked| match asked.line.as_str() {
        "PATCH company/contacts/31" => Some((400, "", json!({"code": "InvalidObject", "message": "no"}))),
        _ => small(asked),
    });
    let current = self::current(&server);
    let fields = Fields::new().with(Field::Udf(Udf::IsOffice365), "true");
    let error = write(&server, Some(&current), &fields).expect_err("refused");
    assert_eq!((error.kind(), error.sent(), server.lines().len()), (Kind::Service, 1, 1));
}

#[test]
fn a_success_that_changed_nothing_is_none() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "PATCH company/contacts/31" => ok(ann()),
        _ => small(asked),
    });
    let current = current(&server);
    let error =
        write(&server, Some(&current), &Fields::new().with(Field::Title, "Director")).expect_err("unchanged");
    assert_eq!((error.kind(), error.sent()), (Kind::Service, 1));
    assert_eq!(
        error.message(),
        "ConnectWise PSA accepted the change of contact 31, but its answer does not show title as written"
    );
}

#[test]
fn each_number_is_one_request_that_is_addressed_by_id() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "PATCH company/contacts/31/communications/6" => {
            ok(json!({"id": 6, "type": {"id": 2}, "value": "8135550101", "communicationType": "Phone"}))
        }
        "POST company/contacts/31/communications" => {
            Some((201, "", json!({"id": 9, "type": {"id": 4}, "value": asked.body["value"]})))
        }
        _ => small(asked),
    });
    let current = current(&server);
    let fields = Fields::new().with(Field::Phone, "(813) 555-0101").with(Field::Mobile, "+1 813 555 0199");
    let written = write(&server, Some(&current), &fields).expect("written");
    assert_eq!((written.id, written.shown), (Id::from(31), None));
    assert_eq!(
        server.lines(),
        ["PATCH company/contacts/31/communications/6", "POST company/contacts/31/communications"]
    );
    let sent: Vec<Value> =
        server.asked().into_iter().map(|asked| asked.body).filter(|body| !body.is_null()).collect();
    assert_eq!(sent[0], json!([{"op": "replace", "path": "value", "value": "(813) 555-0101"}]));
    assert_eq!(sent[1], json!({"type": {"id": 4}, "value": "+1 813 555 0199", "defaultFlag": false}));
}

#[test]
fn a_blank_number_takes_its_item_away_and_one_that_is_gone_is_no_failure() {
    for gone in [false, true] {
        let server = Server::start(move |asked| match asked.line.as_str() {
            "DELETE company/contacts/31/communications/6" if gone => {
                Some((404, "", json!({"code": "NotFound"})))
            }
            "DELETE company/contacts/31/communications/6" => Some((204, "", Value::Null)),
            _ => small(asked),
        });
        let current = current(&server);
        write(&server, Some(&current), &Fields::new().with(Field::Phone, "")).expect("blank");
        assert_eq!(server.lines(), ["DELETE company/contacts/31/communications/6"]);
    }
}

#[test]
fn a_failure_half_way_says_so() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "PATCH company/contacts/31" => ok(patched(ann(), &asked.body)),
        "POST company/contacts/31/communications" => Some((403, "", json!({}))),
        _ => small(asked),
    });
    let current = current(&server);
    let fields = Fields::new().with(Field::Title, "Director").with(Field::Mobile, "555");
    let error = write(&server, Some(&current), &fields).expect_err("half way");
    assert_eq!(error.kind(), Kind::Permission);
    assert!(error.message().starts_with("contact 31 is written in part: "), "{error}");
    assert!(error.next_step().is_some_and(|hint| hint.contains("Contacts: Add")));
}

#[test]
fn a_request_that_is_held_back_after_others_does_not_mean_that_nothing_was_sent() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "PATCH company/contacts/31" => ok(patched(ann(), &asked.body)),
        _ => small(asked),
    });
    let current = current(&server);
    let http = Http::new(Options { retries: Some(0), ..Options::default() }).expect("no files are named");
    http.before_what_must_not_happen_twice(|| Err(Error::new(Kind::Interrupted, "the run was interrupted")));
    let client = ConnectWise::new(&http, server.settings.clone(), Arc::<MemoryCache>::default());
    let company = Id::from(250);
    let sent = |fields: Fields| {
        let write =
            Write { kind: RecordKind::Contact, company: &company, current: Some(&current), fields: &fields };
        let error = client.write(&write).expect_err("held back");
        assert_eq!(error.kind(), Kind::Interrupted);
        (error.sent(), error.message().contains("in part"))
    };
    let number = || Fields::new().with(Field::Mobile, "+1 813 555 0199");
    assert_eq!(sent(number()), (0, false));
    assert_eq!(sent(number().with(Field::Title, "Director")), (1, true));
}

#[test]
fn what_fails_before_a_contact_is_made_makes_none() {
    for broken in
        ["GET login/companyinfo/msp", "GET company/communicationTypes", "GET system/userDefinedFields"]
    {
        let server = Server::start(move |asked| match asked.line.as_str() {
            line if line == broken => Some((502, "", json!({}))),
            _ => None,
        });
        let fields = Fields::new().with(Field::FirstName, "Ann").with(Field::Udf(Udf::Office365Id), "u-1");
        let error = write(&server, None, &fields).expect_err("it cannot be asked");
        assert_eq!((error.kind(), error.sent()), (Kind::Service, 0), "{broken}");
        assert!(!error.may_be_done(), "{broken}: the person is free");
    }
}

#[test]
fn notes_that_cannot_be_read_leave_a_contact_as_it_was() {
    let mut ann = ann();
    let pin = json!({"id": 81, "caption": "SupportPIN", "type": "Text", "value": null});
    ann["customFields"].as_array_mut().expect("custom fields").push(pin);
    let server = Server::start(move |asked| match asked.line.as_str() {
        "GET company/contacts" => ok(json!([ann])),
        "GET company/contacts/31/notes" => Some((502, "", json!({}))),
        _ => small(asked),
    });
    let current = current(&server);
    let fields = Fields::new().with(Field::Udf(Udf::SupportPin), "4821");
    let error = write(&server, Some(&current), &fields).expect_err("not read");
    assert_eq!((error.sent(), server.lines().len()), (0, 1));
}

#[test]
fn a_company_gets_its_tenant_and_nothing_else() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "PATCH company/companies/250" => ok(patched(contoso(), &asked.body)),
        _ => small(asked),
    });
    let client = server.client();
    let company = Id::from(250);
    let found =
        client.reread(RecordKind::PsaCompany, &company, std::slice::from_ref(&company)).expect("Contoso");
    let current = &found[&company];
    let write = |fields: &Fields| {
        client.write(&Write {
            kind: RecordKind::PsaCompany,
            company: &company,
            current: Some(current),
            fields,
        })
    };
    let written = write(&Fields::new().with(Field::Udf(Udf::Tenant365Id), "t-1")).expect("written");
    let shown = written.shown.expect("the whole record");
    assert_eq!(shown.fields.text(Field::Udf(Udf::Tenant365Id)), Some("t-1"));
    let custom = json!([{"id": 30, "caption": "Tenant365Id", "type": "Text", "value": "t-1"}]);
    assert_eq!(
        server.asked().last().expect("sent").body,
        json!([{"op": "replace", "path": "customFields", "value": custom}])
    );
    let error = write(&Fields::new().with(Field::Territory, "South")).expect_err("not writable");
    assert_eq!(error.kind(), Kind::Usage);
}

#[test]
fn what_the_record_does_not_have_is_refused_before_anything_is_sent() {
    let server = Server::start(small);
    let current = current(&server);
    for field in
        [Field::Country, Field::Department, Field::Udf(Udf::SupportPin), Field::Udf(Udf::Tenant365Id)]
    {
        let error =
            write(&server, Some(&current), &Fields::new().with(field, "1234")).expect_err("no such field");
        assert_eq!(error.kind(), Kind::Usage, "{field}");
        assert!(!error.message().contains("1234"), "{error}");
    }
    assert!(server.lines().is_empty());
}

#[test]
fn a_lost_create_is_not_sent_again() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "POST company/contacts" => Some((502, "", json!({}))),
        _ => None,
    });
    let http = Http::new(Options::default()).expect("no files are named");
    let client = ConnectWise::new(&http, server.settings.clone(), Arc::<MemoryCache>::default());
    let fields = Fields::new().with(Field::FirstName, "Ann");
    let company = Id::from(250);
    let write = Write { kind: RecordKind::Contact, company: &company, current: None, fields: &fields };
    let error = client.write(&write).expect_err("unknown outcome");
    assert_eq!((error.kind(), error.sent(), server.lines().len()), (Kind::Service, 1, 1));
}
