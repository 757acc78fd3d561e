//! Readings and single records: what is asked, and what is concluded.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::KaseyaBms;
use super::super::modules;
use super::super::testing::{Asked, Tenant, is_module};
use super::super::values::{self, Wanted};
use super::{CONTACT, contact, contacts, listed, request, whats, world};
use crate::calls::Spent;
use crate::error::Kind;
use crate::http::{Http, Options};
use crate::model::{Field, Id, Pending, PsaSide, Reading, RecordKind, Udf, Unasked, Value as Known};
use crate::side::{Keys, LookUp as _, MemoryCache, PsaReading, ReadPsa as _};

const OFFICE_ID: Field = Field::Udf(Udf::Office365Id);

fn side(reading: &PsaReading, id: i64) -> &PsaSide {
    reading.companies[&Id::from(id)].complete().expect("complete")
}

fn ids(side: &PsaSide) -> Vec<i64> {
    side.contacts.items().iter().filter_map(|contact| contact.id.number()).collect()
}

/// The world with other contacts.
fn with_contacts(all: Vec<Value>) -> Tenant {
    Tenant::start(move |asked| match asked.what.as_str() {
        "GET crm/contacts/summary" => Some((200, listed(asked, all.clone()))),
        _ => world(asked),
    })
}

fn is_values(asked: &Asked) -> bool {
    asked.what.starts_with("GET system/customFields/13/")
}

#[test]
fn companies_have_their_contacts_active_or_not_with_their_custom_fields() {
    let tenant = Tenant::start(world);
    let reading = tenant.client().read(&request(&[7, 8, 9])).expect("a reading");
    assert_eq!((ids(side(&reading, 7)), ids(side(&reading, 8))), (vec![55, 56], vec![60]));
    let contoso = side(&reading, 7);
    assert_eq!((contoso.company.active, side(&reading, 8).company.active), (Some(true), Some(false)));
    assert_eq!(contoso.company.fields.text(Field::Udf(Udf::Tenant365Id)), Some("t-1"));
    let ann = &contoso.contacts.items()[0];
    assert_eq!(ann.email(), Some("ann@contoso.example"));
    assert_eq!(ann.alternates, ["further55@contoso.example"]);
    assert_eq!(ann.fields.text(OFFICE_ID), Some("U-1"));
    assert_eq!(ann.fields.text(Field::Udf(Udf::IsOffice365)), Some("Yes"));
    assert_eq!(ann.fields.get(Field::Udf(Udf::SupportPin)), Known::Empty);
    assert_eq!(ann.fields.get(Field::Udf(Udf::TypeMapping)), Known::Absent);
    assert!(matches!(reading.companies[&Id::from(9)], Reading::Incomplete { .. }));
    assert!(reading.shape.field(Field::Mobile).is_some() && reading.shape.udf(Udf::IsOffice365).is_some());
}

#[test]
fn companies_are_read_together_where_that_takes_fewer_pages() {
    let tenant = Tenant::start(world);
    tenant.client().read(&request(&[7, 8])).expect("a reading");
    let lists = |asked: &[Asked]| {
        let lists = asked.iter().filter(|asked| asked.what == "GET crm/contacts/summary");
        lists.map(|asked| asked.parameter("Filter.AccountId").map(ToOwned::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(lists(&tenant.take()), [None, None]);
    tenant.client().read(&request(&[7])).expect("a reading");
    assert_eq!(lists(&tenant.take()), [Some("7".to_owned()), Some("7".to_owned())]);
    let crowd = (1000..1250).map(|id| contact(id, 3, true, "x@else.example")).chain(contacts()).collect();
    let tenant = with_contacts(crowd);
    let reading = tenant.client().read(&request(&[7, 8])).expect("a reading");
    assert_eq!((ids(side(&reading, 7)), ids(side(&reading, 8))), (vec![55, 56], vec![60]));
    // The one page that tells how many there are, then two for each company.
    assert_eq!(lists(&tenant.take()).len(), 1 + 4);
}

#[test]
fn a_listing_goes_on_until_all_came_that_are_counted() {
    let tenant = with_contacts((1..=250).map(|id| contact(id, 7, true, "x@contoso.example")).collect());
    let reading = tenant.client().read(&request(&[7])).expect("a reading");
    assert_eq!(ids(side(&reading, 7)), (1..=250).collect::<Vec<i64>>());
    let pages = tenant.take();
    let pages = pages.iter().filter(|asked| asked.what == "GET crm/contacts/summary");
    let mut pages: Vec<_> =
        pages.map(|asked| (asked.parameter("Filter.IsActive"), asked.parameter("PageNumber"))).collect();
    // The pages after the first are asked for side by side, so they arrive in any order.
    pages.sort_unstable();
    let page = |active, number| (Some(active), Some(number));
    assert_eq!(pages, [page("false", "1"), page("true", "1"), page("true", "2"), page("true", "3")]);
}

#[test]
fn a_listing_that_is_not_known_to_be_whole_spoils_its_company() {
    let spoil: [fn(&mut Value); 4] = [
        // Fewer come than are counted, none is counted, one comes twice, one is another company's.
        |page| page["totalRecords"] = json!(9),
        |page| page["totalRecords"] = Value::Null,
        |page| {
            page["result"] = json!([page["result"][0], page["result"][0]]);
            page["totalRecords"] = json!(2);
        },
        |page| page["result"][0]["accountId"] = json!(8),
    ];
    for spoil in spoil {
        let tenant = Tenant::start(move |asked| {
            let (status, mut answer) = world(asked)?;
            let first = asked.parameter("PageNumber") == Some("1");
            if asked.what == "GET crm/contacts/summary" && first {
                spoil(&mut answer);
            }
            Some((status, answer))
        });
        let reading = tenant.client().read(&request(&[7])).expect("a reading");
        let Reading::Incomplete { reason, .. } = &reading.companies[&Id::from(7)] else {
            panic!("nothing was noticed");
        };
        assert!(reason.starts_with("the listing of Kaseya BMS contacts"), "{reason}");
    }
}

#[test]
fn modules_are_looked_for_once_and_not_where_they_are_told() {
    let modules = |tenant: &Tenant| tenant.take().iter().filter(|asked| is_module(&asked.what)).count();
    let mut tenant = Tenant::start(world);
    let bms = tenant.client();
    bms.read(&request(&[7])).expect("a reading");
    bms.read(&request(&[7])).expect("a reading");
    assert_eq!(modules(&tenant), 79);
    (tenant.settings.contacts_module, tenant.settings.accounts_module) = (Some(13), Some(4));
    tenant.client().read(&request(&[7])).expect("a reading");
    assert_eq!(modules(&tenant), 2);
}

#[test]
fn values_cost_one_call_for_every_contact_that_changed() {
    let tenant = Tenant::start(world);
    let bms = tenant.client();
    let values = || tenant.take().iter().filter(|asked| is_values(asked)).count();
    let first = bms.read(&request(&[7, 8])).expect("a reading");
    assert_eq!(values(), 3);
    let second = bms.read(&request(&[7, 8])).expect("a reading");
    assert_eq!((values(), side(&first, 7)), (0, side(&second, 7)));
    bms.reread(CONTACT, &Id::from(7), &[Id::from(55)]).expect("read again");
    assert_eq!(values(), 1, "what is read again is never from memory");
}

#[test]
fn values_that_the_hour_has_no_calls_for_are_unknown_and_not_blank() {
    let quota = json!("API calls quota exceeded! maximum admitted 1500 per 1h.");
    let denied = json!({"success": false});
    for (status, answer, is_over) in
        [(429, denied.clone(), true), (403, quota.clone(), true), (429, quota, true), (403, denied, false)]
    {
        let tenant = Tenant::start(move |asked| match asked.what.as_str() {
            "GET system/customFields/13/56" => Some((status, answer.clone())),
            _ => world(asked),
        });
        let reading = tenant.client().read(&request(&[7])).expect("a reading all the same");
        let contacts = side(&reading, 7).contacts.items();
        assert_eq!(contacts[0].fields.text(OFFICE_ID), Some("U-1"), "active contacts come first");
        assert_eq!(contacts[1].fields.get(OFFICE_ID), Known::Absent);
        assert_eq!(contacts[1].fields.text(Field::FirstName), Some("Ann"));
        let Pending { company, unknown, contacts, why } = &reading.pending[&Id::from(7)];
        assert_eq!((*company, *unknown, *contacts), (false, 1, 2));
        match why {
            Unasked::Until(time) => assert!(is_over && *time > Timestamp::now()),
            Unasked::Refused { reason, .. } => assert!(!is_over && reason.contains("13/56"), "{reason}"),
        }
    }
}

#[test]
fn no_more_values_are_asked_for_than_there_is_room() {
    let tenant = Tenant::start(world);
    let bms = tenant.client();
    let modules = modules::known(&bms).expect("modules");
    let module = modules.of(CONTACT).expect("the module of contacts");
    let wanted = [55, 56, 60].map(|id| Wanted { kind: CONTACT, id, stamp: Some("monday") });
    let many = |most| {
        let known = values::many(&bms, module, &wanted, most).expect("values");
        (known.values.into_keys().collect::<Vec<_>>(), known.missing)
    };
    let (first, why) = many(1);
    assert_eq!(first, [55]);
    // So few calls were made that there is room for more at any time.
    assert!(matches!(why, Some(Unasked::Until(time)) if time <= Timestamp::now()), "{why:?}");
    assert_eq!(many(1).0, [55, 56], "the first is remembered, and takes no room");
    assert_eq!(many(0).0, [55, 56]);
    assert_eq!(many(1), (vec![55, 56, 60], None));
}

/// A client before which others made so many calls for values, so many minutes ago.
fn client_after(tenant: &Tenant, calls: u32, minutes: i64) -> KaseyaBms {
    let http = Http::new(Options { retries: Some(0), ..Options::default() }).expect("usable options");
    let bms = KaseyaBms::new(&http, tenant.settings.clone(), Arc::<MemoryCache>::default());
    let at = Timestamp::now() - SignedDuration::from_mins(minutes);
    let endpoint = values::TEMPLATE.to_owned();
    http.recall(&[Spent { service: "kaseya-bms".to_owned(), endpoint, at, requests: calls }]);
    bms
}

#[test]
fn a_reading_leaves_calls_for_writing_and_counts_those_of_earlier_runs() {
    let tenant = Tenant::start(world);
    let reading = client_after(&tenant, 1_198, 20).read(&request(&[7, 8])).expect("a reading");
    // One for each company, and none is left for contacts.
    assert_eq!(tenant.take().iter().filter(|asked| is_values(asked)).count(), 0);
    let pending = &reading.pending[&Id::from(7)];
    assert_eq!((pending.company, pending.unknown, pending.contacts), (false, 2, 2));
    let Unasked::Until(time) = pending.why else { panic!("{pending:?}") };
    let wait = time.duration_since(Timestamp::now()).as_mins();
    assert!((38..=40).contains(&wait), "{wait}");
    let reading = client_after(&tenant, 1_197, 20).read(&request(&[7, 8])).expect("a reading");
    assert_eq!(reading.pending[&Id::from(7)].unknown, 2, "the smaller company comes first");
    assert!(!reading.pending.contains_key(&Id::from(8)));
    let reading = client_after(&tenant, 1_500, 61).read(&request(&[7, 8])).expect("a reading");
    assert!(reading.pending.is_empty(), "an hour later they do not count");
}

#[test]
fn a_search_that_cannot_be_whole_is_not_begun() {
    let tenant = Tenant::start(world);
    let bms = client_after(&tenant, 1_499, 30);
    let error = bms.find(CONTACT, &Id::from(7), &keys(&[], &["u-1"])).expect_err("one call is too few");
    assert_eq!(error.kind(), Kind::Incomplete);
    let told = "the custom fields of 2 of 2 contacts of company 7 are not known, which takes more calls \
                than the 1 that are left in this hour: run the command again after ";
    assert!(error.message().starts_with(told), "{error}");
    assert_eq!(tenant.take().iter().filter(|asked| is_values(asked)).count(), 0);
    let bms = client_after(&tenant, 1_498, 30);
    assert!(bms.find(CONTACT, &Id::from(7), &keys(&[], &["u-2"])).expect("a whole search").is_empty());
    let again = bms.find(CONTACT, &Id::from(7), &keys(&[], &["u-3"])).expect("from memory");
    assert!(again.is_empty());
}

#[test]
fn companies_are_read_apart_where_the_list_of_all_is_spoiled() {
    let tenant = Tenant::start(|asked| {
        let (status, mut answer) = world(asked)?;
        if asked.what == "GET crm/contacts/summary" && asked.parameter("Filter.AccountId").is_none() {
            answer["totalRecords"] = json!(3);
        }
        Some((status, answer))
    });
    let reading = tenant.client().read(&request(&[7, 8])).expect("a reading");
    assert_eq!((ids(side(&reading, 7)), ids(side(&reading, 8))), (vec![55, 56], vec![60]));
}

#[test]
fn a_record_is_read_again_whether_or_not_it_has_an_envelope() {
    let tenant = Tenant::start(world);
    let bms = tenant.client();
    let wanted = [Id::from(55), Id::from(56), Id::from(60), Id::from(99)];
    let found = bms.reread(CONTACT, &Id::from(7), &wanted).expect("read again");
    // 60 is another company's, 99 does not exist.
    assert_eq!(found.keys().filter_map(Id::number).collect::<Vec<_>>(), [55, 56]);
    assert_eq!((found[&wanted[0]].active, found[&wanted[1]].active), (Some(true), Some(false)));
    assert_eq!(found[&wanted[0]].fields.text(OFFICE_ID), Some("U-1"));
    let company =
        bms.reread(RecordKind::PsaCompany, &Id::from(7), &[Id::from(7), Id::from(9)]).expect("read again");
    assert_eq!(company.len(), 1);
    assert_eq!(company[&Id::from(7)].fields.text(Field::Udf(Udf::Tenant365Id)), Some("t-1"));
    assert!(bms.reread(RecordKind::PortalUser, &Id::from(7), &[Id::from(7)]).is_err());
}

#[test]
fn many_records_are_read_again_by_the_page() {
    let tenant = with_contacts((1..=40).map(|id| contact(id, 7, id % 2 == 0, "x@contoso.example")).collect());
    let wanted: Vec<Id> = (1..=20).map(Id::from).collect();
    let found = tenant.client().reread(CONTACT, &Id::from(7), &wanted).expect("read again");
    assert_eq!(found.keys().cloned().collect::<Vec<_>>(), wanted);
    let asked = tenant.calls();
    assert_eq!(asked.iter().filter(|asked| asked.what == "GET crm/contacts/summary").count(), 2);
    assert_eq!((asked.len(), asked.iter().filter(|asked| is_values(asked)).count()), (22, 20));
}

fn keys(emails: &[&str], user_ids: &[&str]) -> Keys {
    Keys {
        user_ids: user_ids.iter().map(|id| Id::from(*id)).collect(),
        emails: emails.iter().map(|&email| email.to_owned()).collect(),
    }
}

#[test]
fn contacts_are_found_by_any_address_active_or_not() {
    let tenant = Tenant::start(world);
    let bms = tenant.client();
    for (email, id) in [("ann@contoso.example", 55), ("further56@contoso.example", 56)] {
        let found = bms.find(CONTACT, &Id::from(7), &keys(&[email], &[])).expect("a whole search");
        assert_eq!(
            found.iter().map(|current| current.id.number()).collect::<Vec<_>>(),
            [Some(id)],
            "{email}"
        );
    }
    let other = keys(&["cid@fabrikam.example"], &[]);
    assert!(bms.find(CONTACT, &Id::from(7), &other).expect("a whole search").is_empty());
    assert!(bms.find(RecordKind::PsaCompany, &Id::from(7), &other).expect("nothing to search").is_empty());
}

#[test]
fn contacts_are_found_by_an_id_in_a_custom_field_or_not_searched_at_all() {
    let tenant = Tenant::start(world);
    let bms = tenant.client();
    let found = bms.find(CONTACT, &Id::from(7), &keys(&[], &["u-1"])).expect("a whole search");
    assert_eq!(found.iter().map(|current| current.id.number()).collect::<Vec<_>>(), [Some(55)]);
    assert_eq!(found[0].fields.text(OFFICE_ID), Some("U-1"));
    tenant.take();
    bms.find(CONTACT, &Id::from(7), &keys(&[], &["u-2"])).expect("a whole search");
    assert_eq!(whats(&tenant.calls()), ["GET crm/contacts/summary"; 2], "values come from memory");
    let missed = tenant.client().find(CONTACT, &Id::from(7), &keys(&["ann@contoso.example"], &["u-2"]));
    assert_eq!(missed.expect("a whole search").len(), 1, "the address alone finds her");
    let throttled =
        Tenant::start(|asked| if is_values(asked) { Some((429, json!({}))) } else { world(asked) });
    let error = throttled.client().find(CONTACT, &Id::from(7), &keys(&[], &["u-1"])).expect_err("not whole");
    assert_eq!(error.kind(), Kind::Throttled);
}
