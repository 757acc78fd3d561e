//! Reading: what it costs, and what is believed.

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use super::{Asked, Server, ann, contoso, ok, small};
use crate::error::Kind;
use crate::model::{Field, Id, Reading, RecordKind, Udf, UdfKind, Value};
use crate::psa::connectwise::settings::AccountManager;
use crate::psa::connectwise::{ConnectWise, Settings};
use crate::side::{Keys, ListCompanies as _, LookUp as _, MemoryCache, PsaRequest, ReadPsa as _};

#[test]
fn every_request_carries_member_client_and_version() {
    let server = Server::start(small);
    server.read(&["250"], false).expect("Contoso");
    let asked = server.asked();
    assert_eq!(asked[0].line, "GET login/companyinfo/msp");
    assert!(!asked[0].headers.contains_key("authorization") && !asked[0].headers.contains_key("clientid"));
    for request in &asked[1..] {
        assert_eq!(request.codebase, "v2025_1");
        // msp+public:private
        assert_eq!(request.headers["authorization"], "Basic bXNwK3B1YmxpYzpwcml2YXRl");
        assert_eq!(request.headers["clientid"], "client");
        assert_eq!(request.headers["accept"], "application/vnd.connectwise.com+json; version=2025.1");
    }
}

#[test]
fn a_reading_costs_one_request_per_list() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "GET company/contacts" => {
            let mut ann = ann();
            let pin = json!({"id": 81, "caption": "SupportPIN", "type": "Text", "value": null});
            ann["customFields"].as_array_mut().expect("custom fields").push(pin);
            ok(json!([ann]))
        }
        _ => small(asked),
    });
    let reading = server.read(&["250"], false).expect("Contoso");
    assert_eq!(reading.companies[&Id::from(250)].complete().expect("complete").contacts.items().len(), 1);
    assert_eq!(reading.shape.udf(Udf::IsOffice365).map(|udf| &udf.kind), Some(&UdfKind::Checkbox));
    let mut lines = server.lines();
    lines.sort();
    assert_eq!(lines, ["GET company/companies", "GET company/contacts"]);
    for asked in server.asked().iter().filter(|asked| asked.line.starts_with("GET company/co")) {
        assert_eq!((asked.query["orderBy"].as_str(), asked.query["pageSize"].as_str()), ("id asc", "1000"));
        assert!(!asked.query.contains_key("page"));
        match asked.line.as_str() {
            "GET company/companies" => assert_eq!(asked.condition(), "deletedFlag=false and id in (250)"),
            "GET company/contacts" => assert_eq!(asked.condition(), "company/id in (250)"),
            _ => {}
        }
    }
}

#[test]
fn a_company_is_inactive_where_its_status_is_marked_so_whatever_it_is_called() {
    for (name, flag, active, requests) in
        [("Active", true, true, 0), ("Former", true, false, 1), ("VIP", false, true, 1)]
    {
        let server = Server::start(move |asked| match asked.line.as_str() {
            "GET company/companies" => {
                let mut company = contoso();
                company["status"] = json!({"id": 7, "name": name});
                ok(json!([company]))
            }
            "GET company/companies/statuses" => ok(json!([{"id": 7, "name": name, "inactiveFlag": flag}])),
            _ => small(asked),
        });
        let reading = server.read(&["250"], false).expect("Contoso");
        let side = reading.companies[&Id::from(250)].complete().expect("complete");
        assert_eq!(side.company.active, Some(active), "{name}");
        let asked = server.lines().iter().filter(|line| line.ends_with("statuses")).count();
        assert_eq!(asked, requests, "{name}");
    }
}

#[test]
fn a_company_whose_status_is_not_told_is_not_read_and_the_others_are() {
    let refusal = json!({"code": "Forbidden", "message": "no"});
    for (status, answer, kind) in [
        (403, refusal, Kind::Permission),
        (200, json!([]), Kind::Incomplete),
        (200, json!([{"id": 7, "name": "VIP"}]), Kind::Incomplete),
    ] {
        let server = Server::start(move |asked| match asked.line.as_str() {
            "GET company/companies" => {
                let (mut special, mut usual) = (contoso(), contoso());
                special["status"] = json!({"id": 7, "name": "VIP"});
                (usual["id"], usual["status"]) = (json!(251), json!({"id": 1, "name": "Active"}));
                ok(json!([special, usual]))
            }
            "GET company/companies/statuses" => Some((status, "", answer.clone())),
            _ => small(asked),
        });
        let reading = server.read(&["250", "251"], false).expect("a reading");
        let Reading::Incomplete { kind: found, reason, hint } = &reading.companies[&Id::from(250)] else {
            panic!("{kind:?}: it may be inactive");
        };
        assert_eq!(*found, kind);
        assert!(reason.starts_with("it is not known whether company 250 is active: "), "{reason}");
        assert!(hint.as_deref().is_some_and(|hint| hint.contains("Setup")), "{hint:?}");
        let usual = reading.companies[&Id::from(251)].complete().expect("complete");
        assert_eq!(usual.company.active, Some(true));
        let listed = server.client().companies().expect("companies");
        assert_eq!(listed.iter().map(|company| company.active).collect::<Vec<_>>(), [None, Some(true)]);
    }
}

#[test]
fn pages_go_on_after_the_last_id_until_a_short_one() {
    let page = |from: i64, to: i64| {
        json!((from..to).map(|id| json!({"id": id, "company": {"id": 250}})).collect::<Vec<_>>())
    };
    let server = Server::start(move |asked| match (asked.line.as_str(), asked.condition()) {
        ("GET company/companies", _) => ok(json!([contoso()])),
        ("GET company/contacts", "company/id in (250)") => ok(page(1, 1001)),
        // Fewer than asked for, but announced to go on: the address itself is another host's and is not asked.
        ("GET company/contacts", "company/id in (250) and id > 1000") => {
            let link =
                "link: <https://elsewhere.example/apis/3.0//company/contacts?page=2>; rel=\"next\"\r\n";
            Some((200, link, page(2000, 2010)))
        }
        ("GET company/contacts", "company/id in (250) and id > 2009") => {
            Some((200, "link: \r\n", page(3000, 3001)))
        }
        ("GET system/userDefinedFields", _) => ok(json!([])),
        _ => None,
    });
    let reading = server.read(&["250"], false).expect("three pages");
    assert_eq!(reading.companies[&Id::from(250)].complete().expect("complete").contacts.items().len(), 1011);
}

#[test]
fn an_unknown_company_id_is_told_from_a_missing_codebase() {
    for (status, body) in [(200, Json::Null), (404, json!({}))] {
        let server = Server::start(move |asked| {
            asked.line.contains("companyinfo").then(|| (status, "", body.clone()))
        });
        let error = server.read(&["250"], false).expect_err("no such company id");
        assert_eq!(error.kind(), Kind::Config);
        assert_eq!(error.message(), "ConnectWise PSA does not know the company id \"msp\"");
    }
    let server = Server::start(|asked| match asked.line.as_str() {
        "GET login/companyinfo/msp" => ok(json!({"CompanyName": "MSP", "IsCloud": "False"})),
        _ => small(asked),
    });
    server.read(&["250"], false).expect("the usual codebase");
    assert!(server.asked()[1..].iter().all(|asked| asked.codebase == "v4_6_release"));
}

#[test]
fn a_release_that_moves_is_followed_once() {
    let seen = Mutex::new(0);
    let server = Server::start(move |asked| match asked.line.as_str() {
        "GET login/companyinfo/msp" => {
            let mut seen = seen.lock().expect("no panic");
            *seen += 1;
            ok(json!({"Codebase": if *seen == 1 { "v2025_1/" } else { "v2025_2/" }}))
        }
        _ if asked.codebase == "v2025_1" => {
            Some((404, "", json!({"code": "ConnectWiseApi", "message": "The endpoint does not exist."})))
        }
        _ => small(asked),
    });
    server.read(&["250"], false).expect("after the move");
    let old = server.asked().iter().filter(|asked| asked.codebase == "v2025_1").count();
    assert_eq!(old, 1, "the first request alone goes to the old place");

    let server = Server::start(|asked| (!asked.codebase.is_empty()).then(|| (404, "", json!({}))));
    let error = server.read(&["250"], false).expect_err("nothing there");
    assert_eq!(error.kind(), Kind::Service);
    let looked_up = server.asked().iter().filter(|asked| asked.line.contains("companyinfo")).count();
    assert_eq!((looked_up, server.asked().len()), (2, 3));
}

#[test]
fn many_companies_are_asked_for_in_addresses_that_are_not_too_long() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "GET company/companies" | "GET company/contacts" => ok(json!([])),
        _ => None,
    });
    let ids: Vec<String> = (100_000..100_500).map(|id: i64| id.to_string()).collect();
    server.read(&ids.iter().map(String::as_str).collect::<Vec<_>>(), false).expect("nothing there");
    let lines = server.lines();
    assert_eq!(lines.iter().filter(|line| line.ends_with("contacts")).count(), 3);
    assert_eq!(lines.iter().filter(|line| line.ends_with("companies")).count(), 3);
}

#[test]
fn account_managers_have_their_full_names() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "GET company/companies/250/teams" => ok(json!([
            {"id": 1, "accountManagerFlag": false, "member": {"id": 8, "name": "Other"}},
            {"id": 2, "accountManagerFlag": true, "member": {"id": 4, "identifier": "MIA", "name": "M. Berg"}}])),
        "GET system/members" => ok(match asked.condition() {
            "id in (4)" => json!([{"id": 4, "firstName": "Mia", "lastName": "Berg"}]),
            _ => json!([]),
        }),
        _ => small(asked),
    });
    let manager = |settings: AccountManager| {
        let server = Server {
            settings: Settings { account_manager: settings, ..server.settings.clone() },
            asked: Arc::clone(&server.asked),
        };
        let reading = server.read(&["250"], true).expect("Contoso");
        let fields = reading.companies[&Id::from(250)].complete().expect("complete").company.fields.clone();
        assert_eq!(fields.text(Field::Territory), Some("North"));
        fields.text(Field::AccountManager).map(ToOwned::to_owned)
    };
    assert_eq!(manager(AccountManager::Team).as_deref(), Some("Mia Berg"));
    // A member that the API member may not see is known by the reference.
    assert_eq!(manager(AccountManager::TerritoryManager).as_deref(), Some("B. Lund"));
}

#[test]
fn an_account_manager_is_remembered_until_it_is_asked_for_anew() {
    let teams = "GET company/companies/250/teams";
    let server = Server::start(move |asked| match asked.line.as_str() {
        line if line == teams => {
            ok(json!([{"id": 2, "accountManagerFlag": true, "member": {"id": 4, "name": "M. Berg"}}]))
        }
        "GET system/members" => ok(json!([{"id": 4, "firstName": "Mia", "lastName": "Berg"}])),
        _ => small(asked),
    });
    let cache = Arc::<MemoryCache>::default();
    let client = || server.client_with(Arc::clone(&cache));
    let request = || PsaRequest { companies: vec![Id::from(250)], company_details: true };
    let read = |client: &ConnectWise| {
        let reading = client.read(&request()).expect("Contoso");
        let side = reading.companies[&Id::from(250)].complete().expect("complete");
        assert_eq!(side.company.fields.text(Field::AccountManager), Some("Mia Berg"));
        reading.remembered.len()
    };
    let asked = |line: &str| server.lines().iter().filter(|asked| *asked == line).count();
    assert_eq!((read(&client()), asked(teams)), (0, 1));
    assert_eq!((read(&client()), asked(teams), asked("GET system/members")), (1, 1, 1));
    let details = client().company_details(&[Id::from(250), Id::from(999)]);
    let fields = details[&Id::from(250)].as_ref().expect("it is there");
    assert_eq!(fields.text(Field::AccountManager), Some("Mia Berg"));
    assert_eq!(fields.text(Field::Territory), Some("North"), "both of them as they are now");
    assert!(details[&Id::from(999)].is_err());
    assert_eq!(asked(teams), 2);
}

#[test]
fn an_account_manager_without_a_name_in_the_answers_is_not_read_as_none() {
    for (row, expected) in [
        (json!({"id": 2, "accountManagerFlag": true, "member": {"id": 4}}), Value::Absent),
        (json!({"id": 2, "accountManagerFlag": true}), Value::Absent),
        (json!({"id": 2, "member": {"id": 4, "name": "M. Berg"}}), Value::Absent),
        (json!({"id": 2, "accountManagerFlag": false, "member": {"id": 4}}), Value::Empty),
    ] {
        let team = row.clone();
        let server = Server::start(move |asked| match asked.line.as_str() {
            "GET company/companies/250/teams" => ok(json!([team])),
            "GET system/members" => ok(json!([{"id": 4, "firstName": "Mia"}])),
            _ => small(asked),
        });
        let settings = Settings { account_manager: AccountManager::Team, ..server.settings.clone() };
        let server = Server { settings, asked: Arc::clone(&server.asked) };
        let reading = server.read(&["250"], true).expect("Contoso");
        let company = &reading.companies[&Id::from(250)].complete().expect("complete").company;
        assert_eq!(company.fields.get(Field::AccountManager), expected, "{row}");
    }
}

#[test]
fn without_a_contact_the_definitions_tell_the_custom_fields() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "GET company/contacts" => ok(json!([])),
        "GET system/userDefinedFields" => ok(json!([
            {"id": 83, "podId": 5, "screenId": "ct300", "caption": "Office365Id", "fieldTypeIdentifier": "Text"}])),
        _ => small(asked),
    });
    let shape = server.read(&["250"], false).expect("Contoso").shape;
    assert!(shape.udf(Udf::Office365Id).is_some() && shape.udf(Udf::Tenant365Id).is_some());
}

#[test]
fn a_field_that_no_record_shows_is_one_that_is_there_if_it_is_defined() {
    for (status, is_known) in [(200, true), (403, false)] {
        let server = Server::start(move |asked| match asked.line.as_str() {
            "GET system/userDefinedFields" => Some((
                status,
                "",
                json!([{"id": 81, "screenId": "ct300", "caption": "SupportPIN", "fieldTypeIdentifier": "Text"}]),
            )),
            _ => small(asked),
        });
        let reading = server.read(&["250"], false).expect("Contoso");
        assert_eq!(reading.shape.udf(Udf::SupportPin).is_some(), is_known, "{status}");
        assert!(reading.shape.udf(Udf::Office365Id).is_some(), "Ann shows it");
        assert!(reading.shape.has_udfs_by_record());
    }
}

#[test]
fn a_list_gets_its_entries_from_its_definition() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "GET company/contacts" => ok(json!([{"id": 31, "company": {"id": 250}, "customFields": [
            {"id": 16, "caption": "IsOffice365", "type": "Text", "entryMethod": "List", "value": "false"}]}])),
        "GET system/userDefinedFields" => ok(json!([{"id": 16, "caption": "IsOffice365", "options": [
            {"optionValue": "true"}, {"optionValue": "false"}, {"optionValue": "old", "inactiveFlag": true}]}])),
        _ => small(asked),
    });
    let shape = server.read(&["250"], false).expect("Contoso").shape;
    let entries = ["true", "false"].map(|value| (value.to_owned(), value.to_owned()));
    assert_eq!(shape.udf(Udf::IsOffice365).map(|udf| &udf.kind), Some(&UdfKind::List(entries.to_vec())));
}

#[test]
fn people_are_searched_for_by_address_and_by_id_and_compared_here() {
    let other = json!({"id": 32, "company": {"id": 250}, "communicationItems": [
        {"id": 7, "type": {"id": 9}, "value": "ann-x@contoso.example", "communicationType": "Email"}]});
    let server = Server::start(move |asked| match asked.line.as_str() {
        "GET company/contacts" if asked.query.contains_key("childConditions") => ok(json!([ann(), other])),
        "GET company/contacts" => ok(json!([ann()])),
        _ => None,
    });
    let keys = Keys {
        user_ids: vec![Id::from("U-1"), Id::from("u-2")],
        emails: vec!["ann+x@contoso.example".to_owned(), "o'neil@contoso.example".to_owned()],
    };
    let found = server.client().find(RecordKind::Contact, &Id::from(250), &keys).expect("a search");
    assert_eq!(found.iter().map(|current| current.id.as_str()).collect::<Vec<_>>(), ["31"]);
    let asked: Vec<Asked> =
        server.asked().into_iter().filter(|asked| asked.line.ends_with("contacts")).collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.condition() == "company/id=250"));
    assert_eq!(
        asked[0].query["childConditions"],
        "communicationItems/value=\"ann+x@contoso.example\" or communicationItems/value=\"o'neil@contoso.example\""
    );
    assert_eq!(
        asked[1].query["customFieldConditions"],
        "caption=\"Office365Id\" and (value=\"U-1\" or value=\"u-2\")"
    );
}

#[test]
fn a_search_that_finds_somebody_of_another_company_is_not_believed() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "GET company/contacts" => ok(json!([{"id": 31, "company": {"id": 251}}])),
        _ => None,
    });
    let keys = Keys { user_ids: vec![Id::from("u-1")], emails: Vec::new() };
    let error = server.client().find(RecordKind::Contact, &Id::from(250), &keys).expect_err("not asked for");
    assert_eq!(error.kind(), Kind::Incomplete);
}

#[test]
fn ids_are_not_searched_for_where_no_contact_can_hold_one() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "GET company/contacts" => ok(json!([{"id": 31, "company": {"id": 250}, "customFields": []}])),
        _ => small(asked),
    });
    let client = server.client();
    client.read(&PsaRequest { companies: vec![Id::from(250)], company_details: false }).expect("Contoso");
    let before = server.lines().len();
    let keys = Keys { user_ids: vec![Id::from("u-1")], emails: Vec::new() };
    assert!(client.find(RecordKind::Contact, &Id::from(250), &keys).expect("a search").is_empty());
    assert_eq!(server.lines().len(), before);
}

#[test]
fn a_company_that_was_deleted_does_not_exist() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "GET company/companies" => ok(json!([{"id": 250, "name": "Contoso", "deletedFlag": true}])),
        _ => small(asked),
    });
    let reading = server.read(&["250"], false).expect("a reading");
    assert!(reading.companies[&Id::from(250)].complete().is_none());
}
