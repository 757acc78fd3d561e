//! What became of a run is told once to those who did not start it, whatever it was; people and addresses are left out.

use std::ffi::OsString;
use std::time::Duration;

use crsync::cli::{self, Io};
use crsync_sandbox::{Effect, System};
use serde_json::{Value, json};

use crate::harness::{LIFTED, Run, World};
use crate::locks;
use crate::receiver::{Manner, Receiver};
use crate::stopping;

pub(crate) const CONTOSO: &[&str] = &["--company", "Contoso"];
pub(crate) const CONTACTS: &str = "Companies/174/Contacts";
/// The part of an address that lets anyone post there.
const SECRET: &str = "/hook/T0Ps3cr3t";

/// A service that says no.
fn refused() -> Effect {
    Effect::Answer { status: 400, headers: Vec::new(), body: json!({"message": "no"}).to_string() }
}

/// A small world that tells a receiver of everything; `notify` is what else is under `[notify]`.
pub(crate) fn told(manner: Manner, notify: &str) -> (World, Receiver) {
    let (mut world, receiver) = (World::small(), Receiver::new(manner));
    say(&world, &format!("on = \"always\"\n{notify}"));
    world.env.insert("CRSYNC_NOTIFY_WEBHOOK".to_owned(), receiver.url(SECRET));
    (world, receiver)
}

/// Writes what is under `[notify]`.
fn say(world: &World, notify: &str) {
    world.configure(|text| format!("retries = 0\n{text}\n[notify]\n{notify}\n"));
}

/// Runs crsync where notices may delay it by a few seconds.
fn hurried(world: &World, args: &[&str]) -> Run {
    let config = world.config().display().to_string();
    let all = [&["crsync", "--config", &config], args].concat();
    let (io, buffers) = Io::buffered(None, world.env.clone());
    let mut io = io.timed_by(world.clock.clone()).with_notice_limit(Duration::from_secs(3));
    let code = cli::run(all.iter().map(OsString::from), &mut io);
    Run { code, out: buffers.out(), err: buffers.err() }
}

/// Runs a sync on a terminal, where a person says no.
fn declined(world: &World, args: &[&str]) -> Run {
    let config = world.config().display().to_string();
    let all = [&["crsync", "--config", &config, "sync"], args].concat();
    let (mut io, buffers) = Io::answered(80, world.env.clone(), Box::new(|_, _| Some(0)));
    let code = cli::run(all.iter().map(OsString::from), &mut io);
    Run { code, out: buffers.out(), err: buffers.err() }
}

/// The one notice that came, which is of a run that exits with this code.
#[track_caller]
pub(crate) fn one(receiver: &Receiver, run: &Run, code: u8) -> Value {
    assert_eq!(run.code, code, "{}{}", run.out, run.err);
    let got = receiver.take();
    assert_eq!(got.len(), 1, "{code}: {got:?}");
    assert_eq!((got[0].method.as_str(), got[0].path.as_str()), ("POST", SECRET));
    let notice = got[0].json();
    assert_eq!(notice["schema"], "crsync.notice/1");
    assert_eq!((&notice["event"], &notice["exit-code"]), (&json!("run-ended"), &json!(code)));
    notice
}

#[test]
fn every_exit_code_is_told_once() {
    let (world, receiver) = told(Manner::Takes, "");
    let contoso = [CONTOSO, &LIFTED].concat();

    let no = declined(&world, CONTOSO);
    assert_eq!(one(&receiver, &no, 3)["next"], "crsync diff");

    world.fault(System::CLOUDRADIAL, "", None, Effect::Truncated);
    let unread = one(&receiver, &world.sync(CONTOSO), 8);
    assert_eq!(unread["counts"]["held-back"], 1);
    world.sandbox.set_faults(Vec::new());

    world.fault(System::AUTOTASK, CONTACTS, Some(1), refused());
    let failed = one(&receiver, &world.sync(&contoso), 7);
    assert_eq!((&failed["counts"]["failed"], &failed["result"]), (&json!(1), &json!("failure")));
    let run = failed["run"].as_str().expect("an id");
    assert_eq!(failed["next"], format!("crsync log {run} --failed"));
    world.sandbox.set_faults(Vec::new());

    world.let_requests_end();
    let clean = one(&receiver, &world.sync(&contoso), 0);
    assert_eq!(clean["companies"][0]["name"], "Contoso");
    let settled = one(&receiver, &world.sync(CONTOSO), 0);
    assert_eq!((&settled["result"], &settled["companies"]), (&json!("clean"), &json!([])));

    let fabrikam = ["--company", "Fabrikam"];
    assert_eq!(
        one(&receiver, &world.sync(&[&fabrikam[..], &LIFTED].concat()), 4)["meaning"],
        "conflicts need a decision"
    );

    let denied = Effect::Answer { status: 401, headers: Vec::new(), body: String::new() };
    world.fault(System::CLOUDRADIAL, "", None, denied);
    assert_eq!(one(&receiver, &world.sync(CONTOSO), 1)["next"], "crsync doctor");
    world.sandbox.set_faults(Vec::new());

    // It dies with the test. That a run is interrupted (130) has tests of its own.
    let child = locks::holder(&world, CONTOSO);
    let locked = world.sync(CONTOSO);
    locks::end(child);
    one(&receiver, &locked, 9);
}

#[test]
fn a_run_that_is_interrupted_while_it_writes_is_told() {
    let (world, receiver) = told(Manner::Takes, "");
    world.fault(System::AUTOTASK, CONTACTS, None, Effect::Slow(Duration::from_millis(500)));
    let run = stopping::interrupted(&world, &[CONTOSO, &LIFTED].concat(), 1);
    let notice = one(&receiver, &run, 130);
    assert!(notice["counts"]["left"].as_u64().is_some_and(|left| left > 0), "{notice}");
}

#[test]
fn a_refused_plan_a_stale_one_and_a_deadline_are_told_as_well() {
    let (world, receiver) = told(Manner::Takes, "");
    say(&world, "on = \"always\"\n[guards]\nupdate = 0");
    let refused = one(&receiver, &world.sync(CONTOSO), 5);
    assert_eq!(refused["counts"]["done"], 0);
    assert_eq!(refused["counts"]["left"], refused["counts"]["planned"]);

    let (world, receiver) = told(Manner::Takes, "");
    let plan = world.plan(CONTOSO);
    assert_eq!(world.sync(&["--plan", &plan]).code, 0);
    receiver.take();
    let stale = one(&receiver, &world.sync(&["--plan", &plan]), 6);
    assert_eq!(stale["run"], Value::Null, "a plan that was applied begins no run");

    let (world, receiver) = told(Manner::Takes, "");
    let plan = world.plan(CONTOSO);
    world.fault(System::AUTOTASK, CONTACTS, None, Effect::Slow(Duration::from_millis(4500)));
    let late = one(&receiver, &world.sync(&["--plan", &plan, "--deadline", "4s"]), 10);
    assert!(late["counts"]["left"].as_u64().is_some_and(|left| left > 0), "{late}");

    let (world, receiver) = told(Manner::Takes, "");
    let late = one(&receiver, &world.sync(&[&["--deadline", "1ms"], CONTOSO].concat()), 10);
    let next = "give the run more time with --deadline, or fewer companies with --company";
    assert_eq!((&late["run"], &late["next"]), (&Value::Null, &json!(next)));
}

#[test]
fn what_ends_a_command_before_it_has_a_run_is_told_where_no_person_sees_it() {
    let (world, receiver) = told(Manner::Takes, "");
    world.configure(|text| format!("retry = 0\n{text}\n[notify]\n"));
    let notice = one(&receiver, &world.sync(CONTOSO), 2);
    assert_eq!((&notice["run"], &notice["next"]), (&Value::Null, &json!("crsync doctor")));
    // A person at a terminal reads it.
    assert_eq!(declined(&world, CONTOSO).code, 2);
    assert_eq!(receiver.got(), []);
}

#[test]
fn a_mistake_outside_of_notify_keeps_no_notice_back() {
    let (world, receiver) = told(Manner::Takes, "");
    for mistake in ["timeout = \"100\"", "retries = -1", "max-pages = 0", "ca-file = 7", "psa = 3"] {
        world.configure(|text| {
            let psa = if mistake.starts_with("psa") { text.replacen("psa = ", "desk = ", 1) } else { text };
            format!("{mistake}\n{psa}\n[notify]\n")
        });
        one(&receiver, &world.sync(CONTOSO), 2);
    }
    assert_eq!(receiver.got(), []);
}

#[test]
fn a_file_that_cannot_be_written_is_told_of_every_command_that_may_write() {
    let (world, receiver) = told(Manner::Takes, "");
    let file = world.path("nowhere/file").display().to_string();
    let requests = world.path("requests.jsonl");
    std::fs::write(&requests, "{}").expect("a writable folder");
    let requests = requests.display().to_string();
    for args in [&["sync"][..], &["undo", "last"], &["push-udfs"], &["self-service", "--from", &requests]] {
        let run = world.run(&[args, &["--yes", "--output", &file]].concat());
        let notice = one(&receiver, &run, 2);
        assert_eq!((&notice["command"], &notice["run"]), (&json!(args[0]), &Value::Null));
    }
    assert_eq!(world.run(&["push-udfs", "--check", "--output", &file]).code, 2);
    assert_eq!(declined(&world, &["--output", &file]).code, 2);
    assert_eq!(receiver.got(), [], "what only shows, and what a person reads");
    assert_eq!(world.sandbox.requests().len(), 0);
}

#[test]
fn a_target_that_hangs_or_refuses_is_a_warning_and_stands_in_the_run() {
    for (manner, said) in [
        // Whether the target or the run gave up first.
        (Manner::Hangs, "did not answer in time"),
        (Manner::Refuses(500), "webhook answered with HTTP 500"),
        (Manner::Redirects("http://127.0.0.1:9/elsewhere".to_owned()), "which is not followed"),
    ] {
        let (world, receiver) = told(manner, "");
        let args = [&["sync", "--yes"], CONTOSO, &LIFTED[..]].concat();
        let run = if said.ends_with("in time") { hurried(&world, &args) } else { world.run(&args) };
        assert_eq!(run.code, 0, "what became of the run is what became of it: {}", run.err);
        assert!(run.err.starts_with("warning: the notice to webhook did not arrive: "), "{}", run.err);
        assert!(run.err.contains(said), "{}", run.err);
        assert_eq!(receiver.got().len(), 1, "it is sent once");
        let shown = world.run(&["log", "last"]).out;
        assert!(shown.contains("notice to webhook: did not arrive: "), "{shown}");
        assert!(world.run(&["log", "last", "--format", "csv"]).out.contains(",notice,"));
        let fault = world.journal("last").notified.remove(0).fault.expect("it did not arrive");
        assert!(fault.contains(said), "{fault}");
        for text in [&run.err, &shown, &fault] {
            assert!(!text.contains("T0Ps3cr3t") && !text.contains("127.0.0.1"), "{text}");
        }
    }
}

#[test]
fn a_target_that_is_not_there_is_named_without_its_address() {
    let (mut world, _) = told(Manner::Takes, "");
    world.env.insert("CRSYNC_NOTIFY_WEBHOOK".to_owned(), "http://127.0.0.1:1/T0Ps3cr3t".to_owned());
    let run = world.run(&["notify", "--test"]);
    assert_eq!((run.code, run.out.as_str()), (1, "webhook  did not arrive\n"));
    let said = "webhook at its secret address cannot be reached: it refuses the connection";
    assert!(run.err.contains(said), "{}", run.err);
    assert!(!run.err.contains("127.0.0.1") && !run.err.contains("T0Ps3cr3t"), "{}", run.err);
}

#[test]
fn what_is_told_is_what_the_configuration_asks_for() {
    let (world, receiver) = told(Manner::Takes, "");
    say(&world, "on = [\"failure\"]");
    assert_eq!(world.sync(&[CONTOSO, &LIFTED].concat()).code, 0);
    say(&world, "");
    assert_eq!(world.sync(CONTOSO).code, 0, "a clean night");
    assert_eq!(receiver.got(), []);
    assert_eq!(world.sync(&[&["--company", "Fabrikam"], &LIFTED[..]].concat()).code, 4);
    assert_eq!(receiver.take().len(), 1, "conflicts are told by default");
    world.configure(|text| format!("retries = 0\n{text}"));
    assert_eq!(world.sync(&["--company", "Fabrikam"]).code, 4);
    assert_eq!(receiver.got(), [], "without [notify] nothing is told");
}

#[test]
fn fields_that_were_made_are_changes() {
    let (world, receiver) = told(Manner::Takes, "");
    world.edit(|state| {
        let fields = state["autotask"]["definitions"].as_object_mut().expect("definitions");
        fields.retain(|_, one| one["fields"]["name"] != "Office365Id");
    });
    let run = world.run(&["push-udfs", "--yes", "--company", "Contoso", "--allow", "update=99"]);
    let notice = one(&receiver, &run, run.code);
    assert_eq!(notice["counts"]["fields"], 1, "{notice}");
    say(&world, "on = [\"changes\"]");
    world.edit(|state| {
        let fields = state["autotask"]["definitions"].as_object_mut().expect("definitions");
        fields.retain(|_, one| one["fields"]["name"] != "Office365Id");
    });
    world.run(&["push-udfs", "--yes", "--company", "Contoso", "--allow", "update=0"]);
    assert_eq!(receiver.take().len(), 1, "no value is written, and a field is made");
}

#[test]
fn the_next_step_is_about_the_psa_that_was_chosen() {
    let (world, receiver) = told(Manner::Takes, "");
    let psas: Vec<&str> = crsync::psa::registry().iter().map(|entry| entry.id()).collect();
    let run = world.sync(&[&["--psa", psas[1], "--company", "Fabrikam"], &LIFTED[..]].concat());
    let notice = one(&receiver, &run, 4);
    assert_eq!(notice["next"], json!(format!("crsync match --resolve --psa {}", psas[1])));
}

#[test]
fn people_are_named_only_where_the_configuration_says_so() {
    let (world, receiver) = told(Manner::Takes, "");
    world.fault(System::AUTOTASK, CONTACTS, Some(1), refused());
    assert_eq!(world.sync(&[CONTOSO, &LIFTED].concat()).code, 7);
    let plain = receiver.take().remove(0).body;
    assert!(plain.contains("Contoso") && !plain.contains('@') && !plain.contains("details"), "{plain}");

    let (world, receiver) = told(Manner::Takes, "details = true");
    world.fault(System::AUTOTASK, CONTACTS, Some(1), refused());
    assert_eq!(world.sync(&[CONTOSO, &LIFTED].concat()).code, 7);
    let named = receiver.take().remove(0).json();
    let lines = named["details"]["lines"].as_array().expect("lines");
    let line = lines[0].as_str().expect("a text");
    assert!(
        line.contains("@contoso.example") && line.contains(": failed"),
        "what failed comes first: {line}"
    );
    world.let_requests_end();
    assert_eq!(world.sync(&["--company", "Fabrikam", "--redact"]).code, 4);
    let redacted = receiver.take().remove(0).json();
    assert_eq!((&redacted["companies"], redacted.get("details")), (&json!([]), None));
}

#[test]
fn a_monitor_hears_that_a_scheduled_sync_begins_and_how_it_ends() {
    let (mut world, receiver) = (World::small(), Receiver::new(Manner::Takes));
    // What a monitor hears does not depend on what people want to hear.
    say(&world, "on = [\"conflicts\"]");
    world.env.insert("CRSYNC_NOTIFY_PING".to_owned(), receiver.url(SECRET));
    assert_eq!(world.sync(&[CONTOSO, &LIFTED].concat()).code, 0);
    assert_eq!(receiver.paths(), [format!("{SECRET}/start"), SECRET.to_owned()]);
    receiver.take();
    world.fault(System::CLOUDRADIAL, "", None, Effect::Truncated);
    assert_eq!(world.sync(CONTOSO).code, 8);
    assert_eq!(receiver.paths(), [format!("{SECRET}/start"), format!("{SECRET}/8")]);
    world.sandbox.set_faults(Vec::new());
    receiver.take();
    assert_eq!(world.run(&["undo", "last", "--yes"]).code, 0);
    assert_eq!(receiver.got(), [], "an undo says nothing of the schedule");
    say(
        &world,
        "ping-start = \"\"\nping-success = \"?status=up\"\nping-failure = \"?status=down&msg={code}\"",
    );
    assert_eq!(world.sync(CONTOSO).code, 0);
    world.fault(System::CLOUDRADIAL, "", None, Effect::Truncated);
    assert_eq!(world.sync(CONTOSO).code, 8);
    assert_eq!(receiver.paths(), [format!("{SECRET}?status=up"), format!("{SECRET}?status=down&msg=8")]);
}

#[test]
fn the_ping_that_says_that_a_run_begins_is_tried_once() {
    let (mut world, receiver) = (World::small(), Receiver::new(Manner::Refuses(503)));
    say(&world, "");
    world.env.insert("CRSYNC_NOTIFY_PING".to_owned(), receiver.url(SECRET));
    let run = world.sync(&[CONTOSO, &LIFTED].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    // How it ended is worth a second try.
    assert_eq!(receiver.paths(), [format!("{SECRET}/start"), SECRET.to_owned(), SECRET.to_owned()]);
}

#[cfg(unix)]
#[test]
fn a_command_gets_the_notice_on_standard_input_and_no_secret() {
    let (mut world, receiver) = (World::small(), Receiver::new(Manner::Takes));
    let kept = world.path("mail.json").display().to_string();
    let script = format!("cat > '{kept}'; env >> '{kept}'");
    say(&world, &format!("on = \"always\"\ncommand = [\"sh\", \"-c\", {}]", json!(script)));
    assert_eq!(world.sync(&[CONTOSO, &LIFTED].concat()).code, 0);
    let text = std::fs::read_to_string(&kept).expect("a file");
    let (notice, variables) = text.split_once('\n').expect("lines");
    let notice: Value = serde_json::from_str(notice).expect("JSON");
    assert_eq!((&notice["schema"], &notice["exit-code"]), (&json!("crsync.notice/1"), &json!(0)));
    assert!(!variables.contains("CRSYNC_CLOUDRADIAL"), "{variables}");

    // One that does not end, and one that fails, beside a target that takes its notice.
    world.env.insert("CRSYNC_NOTIFY_WEBHOOK".to_owned(), receiver.url(SECRET));
    for (script, said) in [("sleep 60", "in time"), ("exit 3", "`sh` failed (exit status: 3)")] {
        say(&world, &format!("on = \"always\"\ncommand = [\"sh\", \"-c\", \"{script}\"]"));
        let args = [&["sync", "--yes"], CONTOSO].concat();
        let run = if said == "in time" { hurried(&world, &args) } else { world.run(&args) };
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(
            run.err.contains("the notice to command did not arrive") && run.err.contains(said),
            "{}",
            run.err
        );
        assert_eq!(receiver.take().len(), 1);
    }
}

#[test]
fn a_test_notice_says_which_target_it_reached() {
    let (mut world, receiver) = told(Manner::Takes, "");
    for (name, path) in [("TEAMS", "/teams"), ("SLACK", "/slack"), ("PING", "/ping")] {
        world.env.insert(format!("CRSYNC_NOTIFY_{name}"), receiver.url(path));
    }
    let all = world.run(&["notify", "--test"]);
    assert_eq!((all.code, all.err.as_str()), (0, ""));
    assert_eq!(all.out, "webhook  arrived\nteams    arrived\nslack    arrived\nping     arrived\n");
    let mut paths = receiver.paths();
    paths.sort();
    assert_eq!(paths, [SECRET, "/ping", "/slack", "/teams"]);
    let card = receiver.got().into_iter().find(|got| got.path == "/teams").expect("a card").json();
    assert_eq!(card["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");

    world.env.insert("CRSYNC_NOTIFY_SLACK".to_owned(), "http://hooks.example/T0Ps3cr3t".to_owned());
    world.env.remove("CRSYNC_NOTIFY_TEAMS");
    say(&world, "targets = [\"teams\"]");
    let some = world.run(&["notify", "--test"]);
    assert_eq!(some.code, 1);
    assert_eq!(
        some.out,
        "webhook  arrived\nteams    did not arrive\nslack    did not arrive\nping     arrived\n"
    );
    assert!(some.err.contains("the secret `teams` of notify was not found"), "{}", some.err);
    assert!(some.err.contains("plain HTTP is for this machine alone"), "{}", some.err);
    assert!(!some.err.contains("T0Ps3cr3t"), "{}", some.err);
    // A run goes on without it.
    let run = world.sync(&[CONTOSO, &LIFTED].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("warning: the notice to teams did not arrive"), "{}", run.err);

    let none = World::small();
    let run = none.run(&["notify", "--test"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("names no target for notices"), "{}", run.err);
    assert_eq!(none.run(&["notify"]).code, 2);
}

#[test]
fn doctor_looks_for_the_addresses_and_sends_nothing() {
    let (mut world, receiver) = told(Manner::Takes, "targets = [\"teams\"]");
    world.env.insert("CRSYNC_NOTIFY_PING".to_owned(), "no address".to_owned());
    let run = world.run(&["doctor", "--offline"]);
    assert_eq!(run.code, 4, "{}", run.out);
    for line in [
        "ok    notices: sent to webhook; `crsync notify --test` tries them",
        "warn  notices: the secret `teams` of notify was not found",
        "warn  notices: the address of ping is not one that notices may go to",
    ] {
        assert!(run.out.contains(line), "{line}\n{}", run.out);
    }
    assert_eq!(receiver.got(), []);
}
