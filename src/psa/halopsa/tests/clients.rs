//! Clients whose rows show no custom fields, and the tenants that a listing links to them.

use serde_json::json;

use super::reading::{TENANT, side, unknown_to_halo};
use super::*;
use crate::model::{Reading, Udf, Unasked, Value as Known};
use crate::side::{Availability, Definitions as _, LookUp as _, ReadPsa as _};

#[test]
fn rows_of_clients_with_empty_lists_are_not_believed_until_one_record_shows_nothing_more() {
    for (shows, asked_for, tenant) in [
        (true, &["GET api/Client", "GET api/Client/7", "GET api/Client/8"][..], Some("t-7")),
        (false, &["GET api/Client", "GET api/Client/7"][..], None),
    ] {
        let instance = Instance::start(move |asked| {
            let (status, mut answer) = world(asked)?;
            match asked.what.as_str() {
                "GET api/Client" => {
                    for client in answer["clients"].as_array_mut().expect("clients") {
                        client["customfields"] = json!([]);
                    }
                }
                "GET api/Client/7" if !shows => answer["customfields"] = json!([]),
                _ => {}
            }
            Some((status, answer))
        });
        let client = instance.client();
        let reading = client.read(&request(&[7, 8])).expect("a reading");
        assert_eq!(side(&reading, 7).company.fields.text(TENANT), tenant);
        let asked = instance.calls();
        let own: Vec<&str> = whats(&asked).into_iter().filter(|what| what.contains("Client")).collect();
        assert_eq!(own, asked_for);
        let defined = client.defined(&[Udf::Tenant365Id], &[]);
        if shows {
            assert!(matches!(defined.expect("fields")[0].availability, Availability::Shown(_)));
        }
    }
}

#[test]
fn a_client_whose_row_shows_no_custom_fields_is_asked_for_whatever_another_shows() {
    let instance = Instance::start(move |asked| {
        let (status, mut answer) = world(asked)?;
        match asked.what.as_str() {
            "GET api/Client" => {
                for client in answer["clients"].as_array_mut().expect("clients") {
                    drop(client.as_object_mut().expect("a client").remove("customfields"));
                }
            }
            "GET api/Client/7" => answer["customfields"] = json!([]),
            "GET api/Client/8" => answer["customfields"][0]["value"] = json!("t-9"),
            _ => {}
        }
        Some((status, answer))
    });
    let reading = instance.client().read(&request(&[7, 8])).expect("a reading");
    assert_eq!(side(&reading, 8).company.fields.text(TENANT), Some("t-9"));
}

#[test]
fn a_client_whose_own_record_is_refused_holds_itself_back() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "GET api/Client/7" => Some((403, json!({"Message": "No"}))),
        "GET api/Client" => {
            let (status, mut answer) = world(asked)?;
            answer["clients"].as_array_mut().expect("clients").iter_mut().for_each(|client| {
                drop(client.as_object_mut().expect("a client").remove("customfields"));
            });
            Some((status, answer))
        }
        _ => unknown_to_halo(asked),
    });
    let reading = instance.client().read(&request(&[7, 8])).expect("a reading");
    let pending = &reading.pending[&Id::from(7)];
    assert!(pending.company && matches!(pending.why, Unasked::Refused { .. }), "{pending:?}");
    assert!(!reading.pending.contains_key(&Id::from(8)));
    assert!(matches!(reading.companies[&Id::from(8)], Reading::Complete(_)));
    assert_eq!(side(&reading, 7).company.fields.get(TENANT), Known::Absent);
}

#[test]
fn a_tenant_that_a_listing_links_counts_when_the_client_is_read_again() {
    let bare = |asked: &Asked| {
        let (status, mut answer) = world(asked)?;
        if asked.what.starts_with("GET api/Client/") {
            answer.as_object_mut().expect("a client").remove("azure_tenants");
        }
        Some((status, answer))
    };
    for reads in [true, false] {
        let instance = Instance::start(bare);
        let client = instance.client();
        if reads {
            client.read(&request(&[8])).expect("a reading");
        }
        instance.take();
        let company = Id::from(8);
        let found =
            client.reread(RecordKind::PsaCompany, &company, std::slice::from_ref(&company)).expect("a look");
        assert_eq!(found[&company].fields.text(TENANT), Some("t-8"));
        let listings = whats(&instance.calls()).iter().filter(|what| **what == "GET api/Client").count();
        assert_eq!(listings, usize::from(!reads));
    }
}
