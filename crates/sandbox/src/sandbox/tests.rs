//! The sandbox as its users meet it: over a connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::*;
use crate::entra;
use crate::fault::Effect;

/// Sends one request and reads until the other side closes: status (0 for none) and everything that came.
fn get(sandbox: &Sandbox, path: &str) -> (u16, String) {
    send(sandbox, &format!("GET {path} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n\r\n"))
}

fn send(sandbox: &Sandbox, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    (answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default(), answer)
}

fn patch_a_user(sandbox: &Sandbox) -> u16 {
    let token = entra::tests::token(&mut entra::State::seed(&sandbox.msp), "contoso.example");
    let graph = sandbox.snapshot_of(System::GRAPH);
    let tenants = graph["tenants"].as_object().unwrap();
    let contoso = tenants.values().find(|tenant| tenant["name"] == "Contoso").unwrap();
    let user = contoso["users"][0]["id"].as_str().unwrap();
    let body = r#"{"jobTitle":"Changed here"}"#;
    let length = body.len();
    send(
        sandbox,
        &format!(
            "PATCH /graph/v1.0/users/{user} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\nauthorization: \
             Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        ),
    )
    .0
}

fn with_fault(effect: Effect) -> Sandbox {
    let path = "users".to_owned();
    let fault = Fault { system: System::GRAPH, path, nth: Some(2), effect };
    Sandbox::start(Options { faults: vec![fault], ..Options::default() }).unwrap()
}

#[test]
fn requests_are_answered_and_remembered() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    assert_eq!(get(&sandbox, "/graph/v1.0/users?%24top=1").0, 401);
    assert_eq!(get(&sandbox, "/elsewhere").0, 404);
    let seen = Seen { system: System::GRAPH, method: "GET".into(), path: "/v1.0/users?$top=1".into() };
    assert_eq!(sandbox.requests(), [seen]);
}

#[test]
fn an_answer_can_be_given_without_the_system_seeing_the_request() {
    let headers = vec![("retry-after".to_owned(), "2".to_owned())];
    let sandbox = with_fault(Effect::Answer { status: 429, headers, body: "slow down".into() });
    assert_eq!(get(&sandbox, "/graph/v1.0/users").0, 401);
    let (status, answer) = get(&sandbox, "/graph/v1.0/users");
    assert_eq!(status, 429);
    assert!(answer.contains("retry-after: 2\r\n") && answer.ends_with("slow down"));
    assert_eq!(get(&sandbox, "/graph/v1.0/users").0, 401);
}

#[test]
fn a_reset_before_leaves_the_state_and_a_reset_after_has_changed_it() {
    let before = Sandbox::start(Options::default()).unwrap().snapshot();
    for (effect, changed) in [(Effect::ResetBefore, false), (Effect::ResetAfter, true)] {
        let sandbox = with_fault(effect);
        get(&sandbox, "/graph/v1.0/users");
        assert_eq!(patch_a_user(&sandbox), 0);
        assert_eq!(sandbox.snapshot() != before, changed);
    }
}

#[test]
fn a_watcher_sees_every_request_before_and_after_and_can_hang_up() {
    let sandbox = Arc::new(Sandbox::start(Options::default()).unwrap());
    let before = sandbox.snapshot();
    for (at, changed) in [(Moment::Before, false), (Moment::After, true)] {
        let moments = Arc::new(Mutex::new(Vec::new()));
        let (calls, inner) = (Arc::clone(&moments), Arc::downgrade(&sandbox));
        sandbox.watch(move |seen, moment| {
            let log = inner.upgrade().unwrap().requests();
            assert_eq!(log.last(), Some(seen), "the log has it by then, and can be read");
            lock(&calls).push(moment);
            if moment == at && seen.method == "PATCH" { Flow::HangUp } else { Flow::On }
        });
        assert_eq!(get(&sandbox, "/graph/v1.0/users").0, 401);
        assert_eq!(*lock(&moments), [Moment::Before, Moment::After]);
        assert_eq!(patch_a_user(&sandbox), 0);
        assert_eq!(lock(&moments).last(), Some(&at));
        assert_eq!(sandbox.snapshot() != before, changed);
    }
}

#[test]
fn requests_that_are_there_at_the_same_time_are_counted() {
    let latency = std::time::Duration::from_millis(300);
    let sandbox = Sandbox::start(Options { latency, ..Options::default() }).unwrap();
    std::thread::scope(|scope| {
        for path in ["/graph/v1.0/users", "/graph/v1.0/users", "/autotask/x"] {
            scope.spawn(|| get(&sandbox, path));
        }
    });
    get(&sandbox, "/graph/v1.0/users");
    let most = |system| sandbox.most_at_once(|seen| seen.system == system);
    assert_eq!([most(System::GRAPH), most(System::AUTOTASK), most(System::ENTRA)], [2, 1, 0]);
    assert_eq!(sandbox.most_at_once(|_| true), 3);
}

#[test]
fn a_truncated_answer_promises_more_than_comes() {
    let sandbox = with_fault(Effect::Truncated);
    let (_, whole) = get(&sandbox, "/graph/v1.0/users");
    let (status, half) = get(&sandbox, "/graph/v1.0/users");
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.len();
    assert_eq!(status, 401);
    assert_eq!(body(&half), body(&whole) / 2);
    assert!(half.contains(&format!("content-length: {}\r\n", body(&whole))));
}

#[test]
fn a_repeated_answer_is_the_last_one_of_the_same_path() {
    let sandbox = with_fault(Effect::Repeated);
    let body = |answer: (u16, String)| answer.1.split_once("\r\n\r\n").unwrap().1.to_owned();
    let first = body(get(&sandbox, "/graph/v1.0/users?$top=1"));
    assert_eq!(body(get(&sandbox, "/graph/v1.0/users?$top=2")), first);
    // Every answer has its own request id.
    assert_ne!(body(get(&sandbox, "/graph/v1.0/users?$top=1")), first);
}

#[test]
fn the_state_survives_a_restart_until_it_is_reset() {
    let folder = tempfile::tempdir().unwrap();
    let start =
        || Sandbox::start(Options { state: Some(folder.path().into()), ..Options::default() }).unwrap();
    let (before, after) = {
        let sandbox = start();
        let before = sandbox.snapshot();
        assert_eq!(patch_a_user(&sandbox), 204);
        (before, sandbox.snapshot())
    };
    assert_ne!(before, after);
    assert_eq!(start().snapshot(), after);
    reset(folder.path()).unwrap();
    assert_eq!(start().snapshot(), before);
    reset(folder.path()).unwrap();
    reset(folder.path()).unwrap();
}

#[test]
fn the_state_is_on_disk_before_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox =
        Sandbox::start(Options { state: Some(folder.path().into()), ..Options::default() }).unwrap();
    assert_eq!(patch_a_user(&sandbox), 204);
    let text = std::fs::read_to_string(folder.path().join("sandbox.json")).unwrap();
    assert!(text.contains("Changed here"));
}

#[test]
fn an_unreadable_state_says_how_to_start_anew() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sandbox.json"), "{").unwrap();
    let options = Options { state: Some(folder.path().into()), ..Options::default() };
    let error = Sandbox::start(options).unwrap_err();
    assert!(error.to_string().contains("crsync sandbox --reset"));
}

#[test]
fn an_edit_as_json_that_makes_no_world_changes_nothing() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let before = sandbox.snapshot();
    assert!(sandbox.edit(|world| world["graph"] = 1.into()).is_err());
    assert_eq!(sandbox.snapshot(), before);
    sandbox.edit(|world| world["graph"]["page_life"] = 5.into()).unwrap();
    assert_eq!(sandbox.snapshot()["graph"]["page_life"], 5);
}

#[test]
fn some_systems_are_shown_and_edited_alone() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let before = sandbox.snapshot();
    for system in System::all() {
        assert_eq!(sandbox.snapshot_of(system), before[system.name()], "{system:?}");
    }
    let edited = [System::GRAPH, System::SYNCRO];
    sandbox
        .edit_of(&edited, |state| {
            assert_eq!(state.as_object().unwrap().len(), 2);
            state["graph"]["page_life"] = 5.into();
        })
        .unwrap();
    assert_eq!(sandbox.snapshot()["graph"]["page_life"], 5);
    assert!(sandbox.edit_of(&edited, |state| state["autotask"] = 1.into()).is_err());
    assert_eq!(sandbox.snapshot()["autotask"], before["autotask"]);
}
