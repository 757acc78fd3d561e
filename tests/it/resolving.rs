//! What `crsync match --resolve` asks, writes and refuses.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crsync::cli::{self, Io};
use crsync::config::DecisionFile;
use crsync::reconcile::Decision;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::harness::{Run, World, company, run};

/// Everything that was asked: the question, and what could be chosen.
type Asked = Arc<Mutex<Vec<(String, Vec<String>)>>>;

/// Runs `crsync match --resolve` on a terminal of 80 columns, where `answers` chooses.
fn resolve(
    world: &World,
    args: &[&str],
    mut answers: impl FnMut(&[String]) -> Option<usize> + Send + 'static,
) -> (Run, Vec<(String, Vec<String>)>) {
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let answers = move |question: &str, items: &[String]| {
        seen.lock().expect("one at a time").push((question.to_owned(), items.to_vec()));
        answers(items)
    };
    let mut env = world.env.clone();
    env.insert("USER".to_owned(), "ann".to_owned());
    let (mut io, buffers) = Io::answered(80, env, Box::new(answers));
    let config = world.config().display().to_string();
    let own = ["crsync", "match", "--resolve", "--color", "never"];
    let place = if args.contains(&"--sandbox") { vec![] } else { vec!["--config", &config] };
    let all: Vec<OsString> =
        own.into_iter().chain(place).chain(args.iter().copied()).map(OsString::from).collect();
    let code = cli::run(all, &mut io);
    let asked = asked.lock().expect("over").clone();
    (Run { code, out: buffers.out(), err: buffers.err() }, asked)
}

/// Chooses the item that begins so; skips where there is none.
fn choosing(words: &'static [&'static str]) -> impl FnMut(&[String]) -> Option<usize> + Send {
    move |items| {
        Some(items.iter().position(|item| words.iter().any(|word| item.starts_with(word))).unwrap_or(0))
    }
}

fn file(world: &World) -> PathBuf {
    world.path("decisions.toml")
}

fn text(world: &World) -> String {
    std::fs::read_to_string(file(world)).unwrap_or_default()
}

fn conflicts(world: &World, name: &str) -> usize {
    let people = world.run(&["match", "--format", "json"]).json();
    company(&people, name)["conflicts"].as_array().expect("a list").len()
}

/// Gives Nina Farrow, who is new in 365, a contact under a private address.
fn with_ninas_contact(world: &World) {
    world.edit(|state| {
        let contacts = state["autotask"]["contacts"].as_object_mut().expect("contacts by id");
        let mut nina = contacts["1740003"].clone();
        for (field, value) in
            [("firstName", "Nina"), ("lastName", "Farow"), ("emailAddress", "nfarrow@home.example")]
        {
            nina["fields"][field] = json!(value);
        }
        nina["fields"]["id"] = json!(1_749_999);
        contacts.insert("1749999".to_owned(), nina);
    });
}

const FORMER: &str = "# decided by the service desk\n\n[[ignore]] # in the lobby\nemail = \"kiosk@contoso.example\"\n\n# the end";

#[test]
fn a_question_reads_like_this() {
    let world = World::small();
    with_ninas_contact(&world);
    let (run, asked) = resolve(&world, &[], choosing(&[]));
    let lists = [&asked[0], asked.last().expect("Nina")];
    let lists = lists.map(|(question, items)| format!("\n{question}\n{}\n", items.join("\n")));
    let shown = run.err.clone() + &lists.concat();
    for line in shown.lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
    insta::assert_snapshot!(shown);
    assert_eq!(asked.len(), 6, "each once, also who may be each other");
    assert_eq!(run.out, "Nothing was decided.\nStill open: 5 conflicts, 1 person alone with a suggestion.\n");
    assert!(!file(&world).exists());
}

#[test]
fn every_conflict_can_be_decided_and_the_next_match_shows_it() {
    let world = World::small();
    std::fs::write(file(&world), FORMER).expect("a writable folder");
    let (run, asked) =
        resolve(&world, &[], choosing(&["1 and 2 are one", "2 and 3 are one", "1 and 3 are one"]));
    assert_eq!((run.code, asked.len()), (0, 5), "{}", run.err);
    assert!(run.out.starts_with("5 decisions were written to "), "{}", run.out);
    assert!(text(&world).starts_with(&format!("{FORMER}\n")), "{}", text(&world));
    assert_eq!(conflicts(&world, "Fabrikam"), 0);
    let people = world.run(&["match", "--format", "json", "--company", "Fabrikam"]).json();
    let decided =
        |one: &&Value| one["evidence"][0]["kind"] == "decision" && one["evidence"][0]["decided"] == true;
    let linked = company(&people, "Fabrikam")["linked"].as_array().expect("a list").clone();
    assert_eq!(linked.iter().filter(decided).count(), 5);
    let (again, asked) = resolve(&world, &[], choosing(&[]));
    assert_eq!((again.out.lines().next(), asked.len()), (Some("Nothing needs a decision."), 0));
}

#[test]
fn an_entry_says_who_decided_when_and_about_whom() {
    let world = World::small();
    let mut first = true;
    let (run, _) = resolve(&world, &["--company", "Fabrikam"], move |items| {
        if std::mem::take(&mut first) {
            return items.iter().position(|item| item.starts_with("1 and 3 are one person"));
        }
        items.len().checked_sub(1)
    });
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains(&format!("written: {}:2\n", file(&world).display())), "{}", run.err);
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    insta::assert_snapshot!(text(&world).replace(&today, "TODAY"), @r#"
    # Fabrikam: 365 user Erin Cole <erin.cole@fabrikam.example> and contact Erin Cole <Erin.Cole@fabrikam.example> are one person
    [[pin]]
    user = "000000af-0000-4000-8000-000000000006"
    contact = 1750007
    who = "ann"
    when = TODAY
    "#);
}

#[test]
fn two_who_are_not_the_same_are_not_suggested_again() {
    let world = World::small();
    with_ninas_contact(&world);
    let (run, _) = resolve(&world, &["--company", "Contoso"], choosing(&["1 and 2 are two people"]));
    assert_eq!(run.out.lines().last(), Some("Still open: 0 conflicts, 0 people alone with a suggestion."));
    let people = world.run(&["match", "--format", "json", "--company", "Contoso"]).json();
    assert_eq!(people["totals"]["suggested"], 0);
    assert_eq!(resolve(&world, &["--company", "Contoso"], choosing(&[])).1.len(), 0);
}

#[test]
fn an_answer_against_an_earlier_decision_is_refused_with_its_line() {
    let world = World::small();
    let pins = "# both?\n[[pin]]\nuser = \"000000af-0000-4000-8000-000000000006\"\ncontact = 1750006\n\n\
                [[pin]]\nuser = \"000000af-0000-4000-8000-000000000006\"\ncontact = 1750007\n";
    std::fs::write(file(&world), pins).expect("a writable folder");
    let mut times = 0;
    let (run, asked) = resolve(&world, &["--company", "Fabrikam"], move |items| {
        times += 1;
        let wanted = if times == 1 { "1 and 3 are two people" } else { "Stop asking" };
        items.iter().position(|item| item.starts_with(wanted))
    });
    assert_eq!(run.code, 0);
    assert_eq!(asked[0], asked[1], "the same question again");
    let refusal =
        format!("error: nothing was written: that contradicts the pin at {}:6\n", file(&world).display());
    assert!(run.err.contains(&refusal), "{}", run.err);
    assert_eq!(text(&world), pins);
}

#[test]
fn what_changed_on_the_disk_meanwhile_is_not_written_over() {
    let world = World::small();
    let path = file(&world);
    let (run, asked) = resolve(&world, &[], move |_| {
        std::fs::write(&path, "# another editor\n").expect("a writable folder");
        Some(1)
    });
    assert_eq!((run.code, asked.len(), run.out.as_str()), (6, 1, ""));
    let last: Vec<&str> = run.err.lines().rev().take(2).collect();
    assert!(
        last[1].ends_with("decisions.toml was changed meanwhile, so nothing was written over it"),
        "{}",
        run.err
    );
    assert!(last[0].contains("crsync match --resolve"), "{}", run.err);
    assert_eq!(text(&world), "# another editor\n");
}

#[test]
fn whoever_cannot_be_asked_or_not_by_name_is_told_before_anything_is_read() {
    let world = World::small();
    let config = world.config().display().to_string();
    let piped = run(&["crsync", "match", "--resolve", "--config", &config], None, &world.env);
    assert_eq!(piped.code, 2);
    assert!(
        piped.err.contains("but there is no terminal\n  next: run `crsync match --unmatched`"),
        "{}",
        piped.err
    );
    for (args, words) in [
        (&["--redact"][..], "masked"),
        (&["--format", "json"], "neither --format nor --output"),
        (&["--output", "x"], "neither --format nor --output"),
        (&["--unmatched"], "cannot be used with"),
    ] {
        let (run, asked) = resolve(&world, args, choosing(&[]));
        assert_eq!((run.code, asked.len()), (2, 0), "{args:?}");
        assert!(run.err.contains(words), "{}", run.err);
    }
    assert_eq!(world.sandbox.requests().len(), 0);
}

#[test]
fn decisions_about_the_sandbox_stand_in_its_state_until_it_starts_over() {
    let world = World::small();
    let (run_of_all, asked) =
        resolve(&world, &["--sandbox", "--company", "Fabrikam"], choosing(&["1 and 2 are one"]));
    assert_eq!(run_of_all.code, 0, "{}", run_of_all.err);
    let kept = world.state().join("sandbox-decisions.toml");
    assert!(run_of_all.out.contains("`crsync diff --sandbox`"), "{}", run_of_all.out);
    assert!(asked.len() >= 4 && !file(&world).exists());
    let written = DecisionFile::open(&kept).expect("its own form").entries().len();
    assert!(written >= 2);
    let people =
        run(&["crsync", "match", "--sandbox", "--company", "Fabrikam", "--format", "json"], None, &world.env);
    assert_eq!(people.json()["totals"]["conflicts"], json!(5 - written));
    let reset = run(&["crsync", "sandbox", "--reset", "--yes"], None, &world.env);
    assert_eq!(reset.code, 0, "{}", reset.err);
    assert!(!kept.exists());
}

#[test]
fn whatever_is_answered_is_read_back_and_what_stood_there_stays() {
    let world = World::small();
    with_ninas_contact(&world);
    for seed in 0..12 {
        std::fs::write(file(&world), FORMER).expect("a writable folder");
        let mut random = fastrand::Rng::with_seed(seed);
        let chosen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&chosen);
        let (run, asked) = resolve(&world, &[], move |items| {
            // The user seldom chooses to stop, so that a run stops late.
            let stops = usize::from(random.u8(..8) == 0);
            let choice = random.usize(..items.len() - 1 + stops);
            kept.lock().expect("one at a time").push(items[choice].clone());
            Some(choice)
        });
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(asked.len() < 40, "no end of questions");
        assert!(text(&world).starts_with(&format!("{FORMER}\n")));
        let read = DecisionFile::open(&file(&world)).expect("good");
        let refused = run.err.matches("that contradicts").count();
        let chosen = chosen.lock().expect("over").clone();
        let answered = |words: &str| chosen.iter().filter(|one| one.contains(words)).count();
        let (one, two, none, ignored) = (
            answered("are one person:"),
            answered("are two people:"),
            answered("two people in each of") + answered("is none of the others"),
            answered("is out of scope:"),
        );
        let entries: Vec<&Decision> = read.entries()[1..].iter().map(|entry| &entry.decision).collect();
        let of = |is: fn(&Decision) -> bool| entries.iter().filter(|one| is(one)).count();
        let written = run.err.lines().filter(|line| line.starts_with("written: ")).count();
        assert_eq!(written + refused, one + two + none + ignored, "seed {seed}");
        if refused == 0 {
            assert_eq!(of(|one| matches!(one, Decision::Pin(_))), one, "seed {seed}");
            assert_eq!(of(|one| matches!(one, Decision::IgnoreRecord(..))), ignored, "seed {seed}");
            assert!(of(|one| matches!(one, Decision::Split(_))) >= two + 2 * none, "seed {seed}");
        }
    }
}
