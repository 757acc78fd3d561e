//! Single records of Autotask and CloudRadial: read again, found, written.

use std::path::Path;
use std::sync::Arc;

use crsync::cloudradial::CloudRadial;
use crsync::config;
use crsync::error::Kind;
use crsync::http::{Http, Options};
use crsync::model::{Field, Fields, Id, RecordKind, Udf, Value};
use crsync::side::{
    Current, Keys, LookUp, MemoryCache, PortalRequest, Psa, PsaRequest, ReadPortal as _, Write, WriteRecords,
};
use crsync_sandbox::{Effect, Fault, System};
use serde_json::{Value as Json, json};

use crate::harness::World;

const CONTACT: RecordKind = RecordKind::Contact;
const USER: RecordKind = RecordKind::PortalUser;
const O365: Field = Field::Udf(Udf::Office365Id);

/// The adapters for a world, and what they were made of.
pub(crate) fn adapters(world: &World, retries: u32) -> (Box<dyn Psa>, CloudRadial) {
    let text = world.sandbox.config();
    let config = config::load(Path::new("crsync.toml"), &text, None, &world.env).expect("a configuration");
    let http =
        Http::new(Options { retries: Some(retries), ..Options::default() }).expect("no files are named");
    let cache = Arc::<MemoryCache>::default();
    (config.psa.open(&http, cache), CloudRadial::new(&http, config.cloudradial))
}

fn psa(world: &World) -> Box<dyn Psa> {
    adapters(world, 0).0
}

fn answer(status: u16, body: &str) -> Effect {
    Effect::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

pub(crate) fn one(service: &(impl LookUp + ?Sized), kind: RecordKind, company: i64, id: &Id) -> Current {
    let found = service.reread(kind, &Id::from(company), std::slice::from_ref(id)).expect("an answer");
    found.get(id).unwrap_or_else(|| panic!("{id} is not there")).clone()
}

fn put(
    service: &(impl WriteRecords + ?Sized),
    kind: RecordKind,
    company: i64,
    current: Option<&Current>,
    fields: &Fields,
) -> crsync::error::Result<Id> {
    let company = Id::from(company);
    service.write(&Write { kind, company: &company, current, fields }).map(|written| written.id)
}

fn emails(emails: &[&str]) -> Keys {
    Keys { emails: emails.iter().map(|email| (*email).to_owned()).collect(), ..Keys::default() }
}

/// How often `system` was asked with this method, for a path that ends so.
fn asked(world: &World, system: System, method: &str, end: &str) -> usize {
    let requests = world.sandbox.requests();
    let of = requests.iter().filter(|seen| seen.system == system && seen.method == method);
    of.filter(|seen| seen.path.ends_with(end)).count()
}

/// The contact as Autotask keeps it.
fn kept<'s>(state: &'s Json, id: &Id) -> &'s Json {
    &state["autotask"]["contacts"][id.as_str()]["fields"]
}

fn person() -> Fields {
    Fields::new()
        .with(Field::FirstName, "Bo")
        .with(Field::LastName, "Ng")
        .with(Field::Email, "bo.ng@contoso.example")
        .with(Field::Phone, "+1 555 0100")
}

#[test]
fn a_contact_read_again_is_spelled_as_in_the_listing() {
    let world = World::new();
    let psa = psa(&world);
    let companies = vec![Id::from(174), Id::from(175)];
    let reading = psa.read(&PsaRequest { companies, company_details: true }).expect("a reading");
    let before = world.sandbox.requests().len();
    let side = reading.companies[&Id::from(174)].complete().expect("complete");
    let other = reading.companies[&Id::from(175)].complete().expect("complete");
    let mut ids: Vec<Id> = side.contacts.items().iter().map(|contact| contact.id.clone()).collect();
    ids.push(other.contacts.items()[0].id.clone());
    ids.extend([Id::from(987_654_321), Id::from("no-number")]);
    let again = psa.reread(CONTACT, &Id::from(174), &ids).expect("an answer");
    assert_eq!(world.sandbox.requests().len() - before, 1, "the definitions are known already");
    assert_eq!(again.len(), side.contacts.items().len(), "neither another company's nor unknown ones");
    for contact in side.contacts.items() {
        let again = &again[&contact.id];
        assert_eq!((&again.fields, &again.alternates), (&contact.fields, &contact.alternates));
        assert_eq!(again.active, contact.active);
    }
}

#[test]
fn no_ids_cost_no_request() {
    let world = World::new();
    let (psa, portal) = adapters(&world, 0);
    assert!(psa.reread(CONTACT, &Id::from(174), &[]).expect("nothing").is_empty());
    assert!(psa.find(CONTACT, &Id::from(174), &Keys::default()).expect("nothing").is_empty());
    assert!(portal.reread(USER, &Id::from(9), &[]).expect("nothing").is_empty());
    assert!(portal.find(USER, &Id::from(9), &Keys::default()).expect("nothing").is_empty());
    assert!(world.sandbox.requests().is_empty());
}

#[test]
fn a_contact_is_made_changed_and_blanked() {
    let world = World::new();
    let psa = psa(&world);
    for company in [174, 0] {
        let made = person().with(O365, "ID-1").with(Field::Udf(Udf::SupportPin), "4821");
        let id = put(&*psa, CONTACT, company, None, &made).expect("made");
        let now = one(&*psa, CONTACT, company, &id);
        assert_eq!(now.active, Some(true));
        for (field, text) in made.exposed() {
            assert_eq!(now.fields.expose(field), Some(text), "{field}");
        }
        let changed = Fields::new().with(Field::Title, "Head").with(Field::Phone, "").with(O365, "");
        assert_eq!(put(&*psa, CONTACT, company, Some(&now), &changed).expect("changed"), id);
        let now = one(&*psa, CONTACT, company, &id);
        assert_eq!(now.fields.text(Field::Title), Some("Head"));
        assert_eq!(now.fields.text(Field::FirstName), Some("Bo"), "what is not named stays");
        assert_eq!(now.fields.get(Field::Phone), Value::Empty);
        assert_eq!(now.fields.get(O365), Value::Empty);
        assert_eq!(now.fields.expose(Field::Udf(Udf::SupportPin)), Some("4821"));
        let leaves = Fields::new().with(Field::Active, "false");
        put(&*psa, CONTACT, company, Some(&now), &leaves).expect("changed");
        assert_eq!(one(&*psa, CONTACT, company, &id).active, Some(false));
        assert_eq!(kept(&world.sandbox.snapshot(), &id)["isActive"], json!(0));
    }
    assert_eq!(asked(&world, System::AUTOTASK, "PUT", ""), 0);
}

#[test]
fn a_contact_is_found_by_any_address_and_by_the_365_id() {
    let world = World::new();
    let psa = psa(&world);
    let first = put(&*psa, CONTACT, 174, None, &person().with(O365, "ABC-1")).expect("made");
    let retired = person().with(Field::Email, "Old@Contoso.example").with(Field::Active, "false");
    let retired = put(&*psa, CONTACT, 174, None, &retired).expect("made");
    let elsewhere = put(&*psa, CONTACT, 175, None, &person()).expect("made");
    world.edit(|state| {
        state["autotask"]["contacts"][first.as_str()]["fields"]["emailAddress3"] = json!("Bo@Home.example");
    });
    let before = world.sandbox.requests().len();
    let found = |keys: &Keys| -> Vec<Id> {
        let found = psa.find(CONTACT, &Id::from(174), keys).expect("an answer");
        found.into_iter().map(|record| record.id).collect()
    };
    let (first, retired) = ([first], [retired]);
    assert_eq!(found(&emails(&["bo@home.example"])), first);
    assert_eq!(found(&emails(&["old@contoso.example", "absent@contoso.example"])), retired);
    assert_eq!(found(&emails(&["ng@contoso.example"])), []);
    assert_eq!(world.sandbox.requests().len() - before, 3);
    let both = Keys { user_ids: vec![Id::from("abc-1")], ..emails(&["old@contoso.example"]) };
    assert_eq!(found(&both), [first.clone(), retired].concat());
    assert_eq!(world.sandbox.requests().len() - before, 5, "one by the addresses, one by the ids");
    assert_eq!(found(&emails(&["bo.ng@contoso.example"])), first, "and not {elsewhere} of another company");
}

#[test]
fn a_search_of_160_addresses_is_one_query_and_reads_all_its_pages() {
    let world = World::new();
    let psa = psa(&world);
    let id = put(&*psa, CONTACT, 174, None, &person()).expect("made");
    world.edit(|state| {
        let contacts = state["autotask"]["contacts"].as_object_mut().expect("rows");
        let row = contacts[id.as_str()].clone();
        for number in 0..600 {
            let mut row = row.clone();
            row["fields"]["id"] = json!(800_000_000 + number);
            row["fields"]["emailAddress"] = json!(format!("p{}@contoso.example", number % 160));
            contacts.insert((800_000_000 + number).to_string(), row);
        }
    });
    let addresses: Vec<String> = (0..160).map(|number| format!("p{number}@contoso.example")).collect();
    let before = world.sandbox.requests().len();
    let keys = Keys { emails: addresses, ..Keys::default() };
    assert_eq!(psa.find(CONTACT, &Id::from(174), &keys).expect("an answer").len(), 600);
    assert_eq!(world.sandbox.requests().len() - before, 2, "two pages of one query");
}

#[test]
fn a_company_gets_its_tenant_id() {
    let world = World::new();
    let psa = psa(&world);
    for company in [174, 0] {
        let id = Id::from(company);
        let now = one(&*psa, RecordKind::PsaCompany, company, &id);
        let tenant = Fields::new().with(Field::Udf(Udf::Tenant365Id), "2f8b2d0e-0000");
        assert_eq!(put(&*psa, RecordKind::PsaCompany, company, Some(&now), &tenant).expect("written"), id);
        let now = one(&*psa, RecordKind::PsaCompany, company, &id);
        assert_eq!(now.fields.text(Field::Udf(Udf::Tenant365Id)), Some("2f8b2d0e-0000"));
        assert_eq!(now.active, Some(true));
    }
}

#[test]
fn a_refused_contact_says_whose_and_why_and_quotes_nothing() {
    let world = World::new();
    let psa = psa(&world);
    let body = json!({"errors": ["The value Ng-4821 of lastName is too long."]}).to_string();
    for status in [500, 200] {
        world.fault(System::AUTOTASK, "/Companies/174/Contacts", None, answer(status, &body));
        let error = put(&*psa, CONTACT, 174, None, &person().with(Field::LastName, "Ng-4821"));
        let error = error.expect_err("refused");
        assert_eq!(
            error.message(),
            "Autotask refused a new contact of company 174: The value … of lastName is too long"
        );
        assert_eq!((error.kind(), error.sent()), (Kind::Service, 1));
    }
}

#[test]
fn an_answer_about_another_record_is_no_success() {
    let world = World::new();
    let psa = psa(&world);
    let id = put(&*psa, CONTACT, 174, None, &person()).expect("made");
    let now = one(&*psa, CONTACT, 174, &id);
    for body in [r#"{"itemId":1}"#, r#"{"itemId":null}"#, "{}"] {
        world.fault(System::AUTOTASK, "/Companies/174/Contacts", None, answer(200, body));
        let error = put(&*psa, CONTACT, 174, Some(&now), &title()).expect_err("another record");
        assert_eq!((error.kind(), error.sent()), (Kind::Service, 1), "{body}");
    }
    for body in [r#"{"itemId":0}"#, "{}"] {
        world.fault(System::AUTOTASK, "/Companies/174/Contacts", None, answer(200, body));
        assert!(put(&*psa, CONTACT, 174, None, &person()).is_err(), "{body}");
    }
}

/// A change of the title, to the record as it is.
fn title() -> Fields {
    Fields::new().with(Field::Title, "Head")
}

#[test]
fn a_create_whose_answer_is_lost_is_sent_once_and_can_be_found() {
    let world = World::new();
    let (psa, portal) = adapters(&world, 4);
    for (system, path) in [(System::AUTOTASK, "/Companies/174/Contacts"), (System::CLOUDRADIAL, "/v2/user")] {
        world.fault(system, path, Some(1), Effect::ResetAfter);
        let error = match system {
            System::AUTOTASK => put(&*psa, CONTACT, 174, None, &person()),
            _ => put(&portal, USER, 9, None, &person()),
        };
        assert_eq!(error.expect_err("a lost answer").kind(), Kind::Network);
        assert_eq!(asked(&world, system, "POST", path), 1);
    }
    let keys = emails(&["bo.ng@contoso.example"]);
    assert_eq!(psa.find(CONTACT, &Id::from(174), &keys).expect("an answer").len(), 1);
    assert_eq!(portal.find(USER, &Id::from(9), &keys).expect("an answer").len(), 1);
}

#[test]
fn wrong_credentials_are_sent_once_however_much_is_asked_with_them() {
    let mut world = World::new();
    world.env.insert("CRSYNC_AUTOTASK_SECRET".to_owned(), "wrong".to_owned());
    let psa = psa(&world);
    let mut sent = Vec::new();
    for _ in 0..3 {
        let error = put(&*psa, CONTACT, 174, None, &person()).expect_err("refused");
        assert_eq!(error.kind(), Kind::Auth);
        sent.push(error.sent());
    }
    assert_eq!(sent, [0, 0, 0], "nothing of a write is sent before the credentials are accepted");
    assert_eq!(asked(&world, System::AUTOTASK, "GET", "/ThresholdInformation"), 1);
}

/// The first write is answered with 401; asked again where the database lives, the vendor names `zone`.
fn refused_once(world: &World, zone: &str) {
    let path = "/Companies/174/Contacts".to_owned();
    let zone = json!({"zoneName": "Elsewhere", "url": format!("{}{zone}", world.sandbox.url())}).to_string();
    let fault = |path, nth, effect| Fault { system: System::AUTOTASK, path, nth, effect };
    world.sandbox.set_faults(vec![
        fault(path, Some(1), answer(401, "")),
        fault("zoneInformation".to_owned(), None, answer(200, &zone)),
    ]);
}

#[test]
fn a_write_follows_a_database_that_moved() {
    let world = World::new();
    let psa = psa(&world);
    put(&*psa, CONTACT, 174, None, &person()).expect("made");
    refused_once(&world, "/autotask/ATServicesRest");
    let (company, fields) = (Id::from(174), person());
    let write = Write { kind: CONTACT, company: &company, current: None, fields: &fields };
    assert_eq!(psa.write(&write).expect("made at the new address").attempts, 2);
}

#[test]
fn credentials_refused_on_a_write_are_not_sent_again() {
    let world = World::new();
    let psa = psa(&world);
    let id = put(&*psa, CONTACT, 174, None, &person()).expect("made");
    refused_once(&world, "/autotask/atservicesrest/");
    let error = put(&*psa, CONTACT, 174, None, &person()).expect_err("it did not move");
    assert_eq!((error.kind(), error.sent()), (Kind::Auth, 1));
    let error = psa.reread(CONTACT, &Id::from(174), &[id]).expect_err("nothing is sent any more");
    assert_eq!((error.kind(), error.sent()), (Kind::Auth, 0));
}

#[test]
fn what_a_service_does_not_keep_is_a_fault_of_the_caller() {
    let world = World::new();
    let (psa, portal) = adapters(&world, 0);
    let usage = |result: crsync::error::Result<Id>| result.expect_err("refused").kind() == Kind::Usage;
    let current = Current {
        id: Id::from(174),
        active: None,
        fields: Fields::new(),
        alternates: Vec::new(),
        stamp: None,
        raw: crsync::side::Raw::default(),
    };
    let with = |field, text| person().with(field, text);
    let tenant = Field::Udf(Udf::Tenant365Id);
    assert!(usage(put(&*psa, USER, 174, None, &person())));
    assert!(usage(put(&*psa, CONTACT, 174, None, &with(Field::Department, "Ops"))));
    assert!(usage(put(&*psa, CONTACT, 174, None, &with(Field::Active, "perhaps"))));
    assert!(usage(put(&*psa, CONTACT, 174, None, &with(tenant, "t"))));
    assert!(usage(put(&*psa, RecordKind::PsaCompany, 174, Some(&current), &title())));
    assert!(usage(put(&*psa, RecordKind::PsaCompany, 174, None, &Fields::new().with(tenant, "t"))));
    assert!(usage(put(&portal, CONTACT, 9, None, &person())));
    assert!(usage(put(&portal, USER, 9, None, &with(Field::Active, "true"))));
    assert!(usage(put(&portal, USER, 9, None, &with(Field::Login, ""))));
    assert!(usage(put(&portal, RecordKind::PortalCompany, 9, None, &Fields::new())));
    assert!(usage(put(&portal, RecordKind::PortalCompany, 9, Some(&current), &title())));
    assert!(psa.find(RecordKind::PsaCompany, &Id::from(174), &emails(&["a@b"])).is_err());
    assert!(portal.find(RecordKind::PortalCompany, &Id::from(9), &emails(&["a@b"])).is_err());
    let writes = world.sandbox.requests().into_iter().filter(|seen| !seen.path.contains("/query"));
    assert!(writes.into_iter().all(|seen| seen.method == "GET"));
}

#[test]
fn a_portal_user_read_again_is_spelled_as_in_the_listing() {
    let world = World::new();
    let (_, portal) = adapters(&world, 0);
    let companies = vec![Id::from(9), Id::from(10)];
    let sides = portal
        .read(&PortalRequest { company_details: companies.clone(), companies, user_details: Vec::new() })
        .expect("the portal");
    let side = sides.companies[&Id::from(9)].complete().expect("complete");
    let mut ids: Vec<Id> = side.users.items().iter().map(|user| user.id.clone()).collect();
    assert!(ids.len() > 18, "more than fit into one address");
    let other = sides.companies[&Id::from(10)].complete().expect("complete").users.items()[0].id.clone();
    ids.extend([other, Id::from("absent's"), Id::from("x & y#+%")]);
    let before = world.sandbox.requests().len();
    let again = portal.reread(USER, &Id::from(9), &ids).expect("an answer");
    assert!(world.sandbox.requests().len() - before <= ids.len().div_ceil(18));
    assert_eq!(again.len(), side.users.items().len());
    for user in side.users.items() {
        let again = &again[&user.id];
        assert_eq!((&again.fields, again.active), (&user.fields, None));
    }
    let company = one(&portal, RecordKind::PortalCompany, 9, &Id::from(9));
    assert_eq!(company.fields, side.company.fields);
    let gone = portal.reread(RecordKind::PortalCompany, &Id::from(9), &[Id::from(987_654)]);
    assert!(gone.expect("an answer").is_empty());
}

#[test]
fn a_portal_user_is_made_changed_and_blanked() {
    let world = World::new();
    let (_, portal) = adapters(&world, 0);
    let made = person().with(Field::Email, "o'neil+x@contoso.example").with(Field::PsaKey, "1740001");
    let id = put(&portal, USER, 9, None, &made.clone().with(Field::Priority, "true")).expect("made");
    let now = one(&portal, USER, 9, &id);
    for (field, text) in made.iter() {
        assert_eq!(now.fields.text(field), Some(text), "{field}");
    }
    let unread = [Field::Login, Field::Priority].map(|field| now.fields.get(field));
    assert_eq!(unread, [Value::Absent; 2]);
    let changed = title().with(Field::Phone, "").with(Field::PsaKey, "").with(Field::Login, "false");
    assert_eq!(put(&portal, USER, 9, Some(&now), &changed).expect("changed"), id);
    let now = one(&portal, USER, 9, &id);
    assert_eq!(now.fields.text(Field::Title), Some("Head"));
    assert_eq!(now.fields.text(Field::FirstName), Some("Bo"), "what is not named stays");
    assert_eq!(now.fields.get(Field::Phone), Value::Empty);
    assert_eq!(now.fields.get(Field::PsaKey), Value::Empty);
    let state = world.sandbox.snapshot();
    let row = &state["cloudradial"]["users"][id.as_str()];
    assert_eq!((&row["isLoginDisabled"], &row["priorityStatus"]), (&json!(true), &json!(10)));
    assert_eq!(asked(&world, System::CLOUDRADIAL, "PUT", ""), 0);
}

#[test]
fn a_portal_user_is_found_by_email_or_user_name_and_by_nothing_longer() {
    let world = World::new();
    let (_, portal) = adapters(&world, 0);
    let make = |company, email: &str, user_name: &str| {
        let fields = person().with(Field::Email, email).with(Field::UserName, user_name);
        put(&portal, USER, company, None, &fields).expect("made")
    };
    let by_email = make(9, "O'Neil+x@Contoso.example", "oneil");
    let by_name = make(9, "other@contoso.example", "o'neil+x@contoso.example");
    make(9, "zo'neil+x@contoso.example", "zo");
    make(10, "o'neil+x@contoso.example", "elsewhere");
    let deleted = make(9, "o'neil+x@contoso.example", "deleted");
    world.edit(|state| state["cloudradial"]["users"][deleted.as_str()]["isDeleted"] = json!(true));
    let before = world.sandbox.requests().len();
    let keys = emails(&["o'neil+x@contoso.example", "absent@contoso.example"]);
    let found = portal.find(USER, &Id::from(9), &keys).expect("an answer");
    let mut found: Vec<Id> = found.into_iter().map(|record| record.id).collect();
    found.sort();
    let mut expected = [by_email, by_name];
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(world.sandbox.requests().len() - before, 1);
}

#[test]
fn a_portal_company_gets_its_details() {
    let world = World::new();
    let (_, portal) = adapters(&world, 0);
    let kind = RecordKind::PortalCompany;
    let now = one(&portal, kind, 9, &Id::from(9));
    let details = Fields::new().with(Field::Territory, "Far North").with(Field::AccountManager, "");
    assert_eq!(put(&portal, kind, 9, Some(&now), &details).expect("written"), Id::from(9));
    let now = one(&portal, kind, 9, &Id::from(9));
    assert_eq!(now.fields.text(Field::Territory), Some("Far North"));
    assert_eq!(now.fields.get(Field::AccountManager), Value::Empty);
}

#[test]
fn every_form_of_answer_to_a_portal_write_is_understood() {
    let world = World::new();
    let (_, portal) = adapters(&world, 0);
    let id = put(&portal, USER, 9, None, &person()).expect("made");
    let now = one(&portal, USER, 9, &id);
    let answered = |status, body: &str, current| {
        world.fault(System::CLOUDRADIAL, "/v2/user", None, answer(status, body));
        put(&portal, USER, 9, current, &title().with(Field::LastName, "Ng-4821"))
    };
    let accepted = r#"{"success":true,"message":null,"data":{"userId":"u-7"}}"#;
    for body in
        [accepted, r#"{"userId":"u-7"}"#, r#"{"applicationUserId":"u-7"}"#, r#"{"data":{"id":"u-7"}}"#]
    {
        assert_eq!(answered(201, body, None).expect(body), Id::from("u-7"));
        assert_eq!(answered(200, body, Some(&now)).expect(body), id);
    }
    assert_eq!(answered(204, "", Some(&now)).expect("empty"), id);
    for body in ["", r#"{"success":true,"data":null}"#, r#"{"id":0}"#, "{}"] {
        let error = answered(200, body, None).expect_err(body);
        assert_eq!((error.kind(), error.sent()), (Kind::Service, 1));
        assert!(error.message().ends_with("names no id"), "{error}");
    }
    let refused = r#"{"success":false,"message":"Ng-4821 is taken"}"#;
    for (status, current) in [(200, None), (200, Some(&now)), (400, Some(&now))] {
        let error = answered(status, refused, current).expect_err("refused");
        assert_eq!((error.kind(), error.sent()), (Kind::Service, 1));
        let said = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(said.as_deref(), Some("… is taken"));
    }
    assert!(answered(200, "<html>Proxy</html>", Some(&now)).is_err());
}

#[test]
fn a_search_that_fills_a_page_is_read_to_its_end() {
    let world = World::new();
    let (_, portal) = adapters(&world, 0);
    let id = put(&portal, USER, 9, None, &person()).expect("made");
    world.edit(|state| {
        let users = state["cloudradial"]["users"].as_object_mut().expect("rows by id");
        let row = users[id.as_str()].clone();
        for number in 0..250 {
            let mut row = row.clone();
            row["userId"] = json!(format!("copy-{number:03}"));
            users.insert(format!("copy-{number:03}"), row);
        }
    });
    let found = portal.find(USER, &Id::from(9), &emails(&["bo.ng@contoso.example"])).expect("an answer");
    assert_eq!(found.len(), 251);
}

#[test]
fn rows_that_were_not_asked_for_prove_nothing() {
    let world = World::new();
    let (psa, portal) = adapters(&world, 0);
    let row = |id: &str, company: i64| {
        json!({
            "userId": id, "companyId": company, "email": "a@contoso.example", "userName": "a@contoso.example",
            "isDeleted": false, "psaKey": 0,
        })
    };
    let again = |rows: &[Json]| {
        let body = json!({"value": rows}).to_string();
        world.fault(System::CLOUDRADIAL, "/v2/odata/user", None, answer(200, &body));
        portal.reread(USER, &Id::from(9), &[Id::from("u-1"), Id::from("u-2")])
    };
    let found = again(&[row("u-1", 9), row("u-2", 10)]).expect("an answer");
    assert_eq!(found.into_keys().collect::<Vec<_>>(), [Id::from("u-1")], "u-2 is of another company");
    assert_eq!(again(&[row("u-1", 9), row("u-3", 9)]).expect_err("u-3").kind(), Kind::Incomplete);
    let row = json!({
        "id": 5, "companyID": 174, "isActive": 1, "emailAddress": "c@contoso.example", "emailAddress2": null,
        "emailAddress3": null,
    });
    let body = json!({"items": [row], "pageDetails": {"nextPageUrl": null}});
    world.fault(System::AUTOTASK, "/Contacts/query", None, answer(200, &body.to_string()));
    let error = psa.reread(CONTACT, &Id::from(174), &[Id::from(4)]).expect_err("5");
    assert_eq!(error.kind(), Kind::Incomplete);
    assert!(
        psa.find(CONTACT, &Id::from(174), &emails(&["a@b.example"]))
            .expect("one that does not fit")
            .is_empty()
    );
    assert!(psa.find(CONTACT, &Id::from(0), &emails(&["a@b.example"])).is_err());
}
