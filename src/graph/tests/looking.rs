//! Looks at single users: only a positive answer counts.

use super::*;
use crate::model::{Id, Look};
use crate::side::LookUp as _;

/// Ids of users of Contoso.
fn users(sandbox: &Sandbox, count: usize) -> Vec<Id> {
    let state = sandbox.snapshot();
    let all = state["graph"]["tenants"][CONTOSO]["users"].as_array().expect("users").iter();
    all.take(count).map(|user| Id::new(user["id"].as_str().expect("an id").to_lowercase())).collect()
}

fn graph_of(sandbox: &Sandbox) -> Graph {
    let options = Options { retries: Some(0), ..Options::default() };
    Graph::new(&Http::new(options).expect("no files are named"), settings(sandbox))
}

fn fault(sandbox: &Sandbox, path: &str, status: u16, body: &str) {
    let effect = Effect::Answer {
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.into(),
    };
    sandbox.set_faults(vec![Fault { system: System::GRAPH, path: path.into(), nth: None, effect }]);
}

#[test]
fn users_are_looked_at_twenty_at_a_time_and_who_is_not_there_is_gone() {
    let sandbox = sandbox();
    let mut ids = users(&sandbox, 24);
    ids.push(Id::from("99999999-0000-4000-8000-000000000001"));
    let looks = graph_of(&sandbox).look(CONTOSO, &ids);
    assert_eq!(looks.len(), 25);
    assert_eq!(looks[&ids[24]], Look::Gone);
    let known = |look: &Look| matches!(look, Look::Here { enabled: Some(_), licences: Some(_) });
    assert!(ids[..24].iter().all(|id| known(&looks[id])), "{looks:?}");
    assert_eq!(asked(&sandbox, System::GRAPH), ["POST /v1.0/$batch", "POST /v1.0/$batch"]);
}

#[test]
fn what_is_no_positive_answer_is_not_known() {
    let sandbox = sandbox();
    let ids = users(&sandbox, 2);
    let (one, graph) = (&ids[..1], graph_of(&sandbox));
    let other = r#"{"id": "99999999-0000-4000-8000-000000000001", "accountEnabled": false}"#;
    for (status, body) in [
        (404, "<html>not found</html>"),
        (404, r#"{"error": {"code": "ResourceNotFound", "message": "no such segment"}}"#),
        (403, "{}"),
        (429, "{}"),
        (503, ""),
        (200, ""),
        (200, "{}"),
        (200, other),
    ] {
        fault(&sandbox, "/users/", status, body);
        let looks = graph.look(CONTOSO, one);
        assert!(matches!(looks[&ids[0]], Look::Unknown(_)), "{status} {body}: {looks:?}");
    }
    fault(&sandbox, "$batch", 200, r#"{"responses": []}"#);
    let looks = graph.look(CONTOSO, &ids);
    assert!(looks.values().all(|look| matches!(look, Look::Here { .. })), "asked by themselves: {looks:?}");
    fault(&sandbox, "", 503, "");
    let looks = graph.look(CONTOSO, &ids);
    assert!(looks.len() == 2 && looks.values().all(|look| matches!(look, Look::Unknown(_))), "{looks:?}");
}

#[test]
fn what_an_answer_leaves_out_is_not_known() {
    let sandbox = sandbox();
    let ids = users(&sandbox, 1);
    let answer = |rest: &str| format!("{{\"id\": \"{}\"{rest}}}", ids[0]);
    for (rest, enabled, licences) in [
        ("", None, None),
        (r#", "accountEnabled": null, "assignedLicenses": null"#, None, None),
        (r#", "accountEnabled": false, "assignedLicenses": []"#, Some(false), Some(Vec::new())),
        (r#", "assignedLicenses": [{"skuId": "ABC"}]"#, None, Some(vec!["abc".to_owned()])),
    ] {
        fault(&sandbox, "/users/", 200, &answer(rest));
        let looks = graph_of(&sandbox).look(CONTOSO, &ids);
        assert_eq!(looks[&ids[0]], Look::Here { enabled, licences }, "{rest}");
    }
}
