//! Reading single users of the sandbox again, and writing them.

use std::collections::BTreeMap;

use super::*;
use crate::calls::fresh::{self, FRESH};
use crate::error::Result;
use crate::model::{Field, Fields, Id, RecordKind, Value};
use crate::side::{Current, Keys, LookUp as _, Write, WriteRecords as _, Written};

fn tenant() -> Id {
    Id::from(CONTOSO)
}

fn ids(sandbox: &Sandbox) -> Vec<Id> {
    let users = sandbox.snapshot()["graph"]["tenants"][CONTOSO]["users"].as_array().cloned();
    users.unwrap_or_default().iter().filter_map(|user| user["id"].as_str().map(Id::from)).collect()
}

fn reread(graph: &Graph, ids: &[Id]) -> BTreeMap<Id, Current> {
    graph.reread(RecordKind::TenantUser, &tenant(), ids).expect("readable")
}

/// Writes to the user; what became of it.
fn write(graph: &Graph, current: &Current, fields: &Fields) -> (Result<Written>, Option<Fields>) {
    let write = Write { kind: RecordKind::TenantUser, company: &tenant(), current: Some(current), fields };
    let answer = graph.write(&write);
    let rest = answer.as_ref().err().and_then(|error| graph.rest(&write, error));
    (answer, rest)
}

fn first(sandbox: &Sandbox, graph: &Graph, place: usize) -> Current {
    let id = ids(sandbox)[place].clone();
    reread(graph, std::slice::from_ref(&id)).remove(&id).expect("a user")
}

#[test]
fn users_are_read_again_twenty_at_a_time_as_a_listing_shows_them() {
    let sandbox = sandbox();
    let graph = graph(settings(&sandbox));
    let listed = graph.read(CONTOSO).expect("Contoso");
    let before = asked(&sandbox, System::GRAPH).len();
    let mut wanted = ids(&sandbox);
    wanted.truncate(21);
    wanted.insert(3, Id::from("00000000-0000-4000-8000-00000000dead"));
    let found = reread(&graph, &wanted);
    assert_eq!(found.len(), 21, "the one who is not there is missing");
    assert_eq!(asked(&sandbox, System::GRAPH)[before..], ["POST /v1.0/$batch", "POST /v1.0/$batch"]);
    for user in listed.users.items() {
        if let Some(current) = found.get(&user.id) {
            assert_eq!((&current.fields, &current.alternates), (&user.fields, &user.alternates));
        }
    }
}

#[test]
fn those_who_are_throttled_in_a_batch_are_asked_for_again_when_their_time_has_come() {
    let sandbox = having([("/graph/throttle", json!(2)), ("/graph/retry_after", json!("7.5"))]);
    let graph = graph(settings(&sandbox));
    SLEPT.take();
    assert_eq!(reread(&graph, &ids(&sandbox)[..3]).len(), 3);
    assert_eq!(asked(&sandbox, System::GRAPH), ["POST /v1.0/$batch"; 2]);
    assert_eq!(SLEPT.take(), [std::time::Duration::from_millis(7500)]);
}

#[test]
fn only_what_differs_is_sent_and_the_204_is_the_proof() {
    let sandbox = having([("/graph/lag", json!(5))]);
    let graph = graph(settings(&sandbox));
    let current = first(&sandbox, &graph, 1);
    let title = current.fields.text(Field::Title).expect("a title").to_owned();
    let fields = Fields::new().with(Field::Title, title).with(Field::Phone, "").with(Field::City, "Oslo");
    let written = write(&graph, &current, &fields).0.expect("written");
    let shown = written.shown.expect("shown");
    assert_eq!(
        (shown.fields.text(Field::City), shown.fields.get(Field::Phone)),
        (Some("Oslo"), Value::Empty)
    );
    assert!(written.request_id.is_some());
    let kept = &sandbox.snapshot()["graph"]["tenants"][CONTOSO]["users"][1];
    assert_eq!((&kept["city"], &kept["businessPhones"]), (&"Oslo".into(), &serde_json::json!([])));
}

#[test]
fn what_is_guarded_of_an_administrator_is_left_out_of_the_rest() {
    let sandbox = sandbox();
    let graph = graph(settings(&sandbox));
    let current = first(&sandbox, &graph, 0);
    let fields = Fields::new().with(Field::Mobile, "1").with(Field::Title, "Chief");
    let (answer, rest) = write(&graph, &current, &fields);
    let error = answer.expect_err("an administrator");
    assert_eq!((error.kind(), error.sent()), (Kind::Permission, 1));
    assert!(error.message().ends_with("the target is an administrator"), "{error}");
    assert_eq!(rest, Some(Fields::new().with(Field::Title, "Chief")));
    let (answer, rest) = write(&graph, &current, &Fields::new().with(Field::Phone, "1"));
    assert!(answer.is_err() && rest.is_none(), "nothing is left of it");
}

#[test]
fn a_refusal_of_something_else_leaves_no_rest() {
    let sandbox = sandbox();
    let graph = graph(settings(&sandbox));
    let current = first(&sandbox, &graph, 1);
    let fields = Fields::new().with(Field::Mobile, "1").with(Field::Title, "Chief");
    let path = format!("/users/{}", current.id);
    for (status, code, kind) in
        [(404, "Request_ResourceNotFound", Kind::NotFound), (400, "Request_BadRequest", Kind::Service)]
    {
        sandbox.set_faults(vec![refused(&path, None, status, code)]);
        let (answer, rest) = write(&graph, &current, &fields);
        assert_eq!(answer.expect_err("refused").kind(), kind);
        assert_eq!(rest, None);
    }
}

#[test]
fn a_user_who_is_mastered_elsewhere_is_not_even_asked_about() {
    let sandbox = sandbox();
    let set = |world: &mut serde_json::Value| {
        world["graph"]["tenants"][CONTOSO]["users"][1]["onPremisesSyncEnabled"] = true.into();
    };
    sandbox.edit(set).expect("still a world");
    let graph = graph(settings(&sandbox));
    let current = first(&sandbox, &graph, 1);
    let before = asked(&sandbox, System::GRAPH).len();
    let (answer, rest) = write(&graph, &current, &Fields::new().with(Field::Title, "Chief"));
    let error = answer.expect_err("mastered elsewhere");
    assert!(error.message().contains("on-premises Active Directory"), "{error}");
    assert_eq!((error.sent(), rest), (0, None));
    assert_eq!(asked(&sandbox, System::GRAPH).len(), before);
}

#[test]
fn users_are_never_made_searched_for_or_taken_for_something_else() {
    let sandbox = sandbox();
    let graph = graph(settings(&sandbox));
    let kinds = [
        graph.find(RecordKind::TenantUser, &tenant(), &Keys::default()).expect_err("no search").kind(),
        graph.reread(RecordKind::Contact, &tenant(), &[]).expect_err("no user").kind(),
        graph
            .write(&Write {
                kind: RecordKind::TenantUser,
                company: &tenant(),
                current: None,
                fields: &Fields::new(),
            })
            .expect_err("no new user")
            .kind(),
    ];
    assert_eq!(kinds, [Kind::Usage; 3]);
    assert!(asked(&sandbox, System::GRAPH).is_empty());
}

/// Writes a city to each of these users in one call.
fn write_cities(graph: &Graph, users: &[Current]) -> Vec<Result<Written>> {
    let (tenant, fields) = (tenant(), Fields::new().with(Field::City, "Oslo").with(Field::Mobile, "1"));
    let write = |current| Write {
        kind: RecordKind::TenantUser,
        company: &tenant,
        current: Some(current),
        fields: &fields,
    };
    graph.write_all(&users.iter().map(write).collect::<Vec<_>>())
}

fn some(sandbox: &Sandbox, graph: &Graph, count: usize) -> Vec<Current> {
    let ids = &ids(sandbox)[..count];
    let mut found = reread(graph, ids);
    ids.iter().map(|id| found.remove(id).expect("a user")).collect()
}

#[test]
fn several_users_are_written_in_one_request_and_each_gets_its_own_answer() {
    let sandbox = sandbox();
    let graph = graph(settings(&sandbox));
    let users = some(&sandbox, &graph, 4);
    let before = asked(&sandbox, System::GRAPH).len();
    let answers = write_cities(&graph, &users);
    assert_eq!(asked(&sandbox, System::GRAPH)[before..], ["POST /v1.0/$batch"]);
    let refusal = answers[0].as_ref().expect_err("an administrator");
    assert_eq!((refusal.kind(), refusal.sent()), (Kind::Permission, 1));
    for (user, answer) in users.iter().zip(&answers).skip(1) {
        let written = answer.as_ref().expect("written");
        assert_eq!((&written.id, written.attempts), (&user.id, 1));
        assert_eq!(written.shown.as_ref().and_then(|shown| shown.fields.text(Field::City)), Some("Oslo"));
    }
    let kept = &sandbox.snapshot()["graph"]["tenants"][CONTOSO]["users"];
    let cities: Vec<bool> = (0..4).map(|place| kept[place]["city"] == "Oslo").collect();
    assert_eq!(cities, [false, true, true, true]);
}

/// Lets Graph refuse two items of the next batches, for 7.5 seconds.
fn throttle_two(sandbox: &Sandbox) {
    let throttle = |state: &mut Json| {
        state["graph"]["throttle"] = json!(2);
        state["graph"]["retry_after"] = json!("7.5");
    };
    sandbox.edit(throttle).expect("still a world");
}

#[test]
fn users_that_graph_has_no_room_for_are_written_again_when_their_time_has_come() {
    let sandbox = sandbox();
    let graph = graph(settings(&sandbox));
    let users = some(&sandbox, &graph, 4);
    throttle_two(&sandbox);
    let before = asked(&sandbox, System::GRAPH).len();
    SLEPT.take();
    let answers = write_cities(&graph, &users[1..]);
    assert_eq!(asked(&sandbox, System::GRAPH)[before..], ["POST /v1.0/$batch"; 2]);
    assert_eq!(SLEPT.take(), [Duration::from_millis(7500)]);
    let sent: Vec<u32> = answers.iter().map(|answer| answer.as_ref().expect("written").attempts).collect();
    assert_eq!((sent.iter().min(), sent.iter().max(), sent.len()), (Some(&1), Some(&2), 3));
}

#[test]
fn who_is_throttled_in_a_batch_is_not_written_again_once_the_reading_is_old() {
    let sandbox = sandbox();
    let graph = graph(settings(&sandbox));
    let users = some(&sandbox, &graph, 4);
    throttle_two(&sandbox);
    SLEPT.take();
    let (answers, held_back) = fresh::write(FRESH, || write_cities(&graph, &users[1..]));
    let refused = answers.iter().filter(|answer| {
        answer.as_ref().is_err_and(|error| (error.kind(), error.sent()) == (Kind::Throttled, 1))
    });
    assert_eq!((refused.count(), held_back), (2, true));
    assert_eq!(SLEPT.take(), [Duration::from_millis(7500)], "the service has its rest");
}

#[test]
fn a_batch_that_is_lost_is_lost_for_all_and_one_that_is_left_out_is_written_by_itself() {
    let sandbox = sandbox();
    let graph = graph(settings(&sandbox));
    let users = some(&sandbox, &graph, 3);
    sandbox.set_faults(vec![refused("$batch", None, 403, "Authorization_RequestDenied")]);
    let answers = write_cities(&graph, &users[1..]);
    assert!(
        answers.iter().all(|answer| answer.as_ref().is_err_and(|error| error.kind() == Kind::Permission))
    );
    let left_out = Effect::rewrite(|_, answer| {
        let mut body: Json = serde_json::from_slice(&answer.body).expect("JSON");
        body["responses"].as_array_mut().expect("answers").pop();
        answer.body = body.to_string().into_bytes();
    });
    let fault = Fault { system: System::GRAPH, path: "$batch".to_owned(), nth: None, effect: left_out };
    sandbox.set_faults(vec![fault]);
    let before = asked(&sandbox, System::GRAPH).len();
    assert!(write_cities(&graph, &users[1..]).iter().all(Result::is_ok));
    let asked = asked(&sandbox, System::GRAPH)[before..].to_vec();
    assert!(asked.len() == 2 && asked[1].starts_with("PATCH /v1.0/users/"), "{asked:?}");
}
