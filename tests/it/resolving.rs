//! What `crsync match --resolve` asks, writes and refuses.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crsync::cli::{self, Io};
use crsync::config::DecisionFile;
use crsync::reconcile::Decision;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::harness::{Run, World, client, company, run};

/// Everything that was asked: the question, and what could be chosen.
type Asked = Arc<Mutex<Vec<(String, Vec<String>)>>>;

/// Runs `crsync match --resolve` on a terminal of 80 columns, where `answers` chooses.
pub(crate) fn resolve(
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

/// Puts `TODAY` in the place of the date, which is today or was a moment ago.
fn without_date(text: &str) -> String {
    let now = jiff::Timestamp::now();
    let day = |time: jiff::Timestamp| time.strftime("when = %Y-%m-%d").to_string();
    let days = [now, now - jiff::SignedDuration::from_hours(1)].map(day);
    days.iter().fold(text.to_owned(), |text, day| text.replace(day, "when = TODAY"))
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
    insta::assert_snapshot!(without_date(&text(&world)), @r#"
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

/// What was said, as if the terminal had room for it.
fn in_one_line(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ") + " "
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
        format!("error: nothing was written: that contradicts the pin at {}:6 ", file(&world).display());
    assert!(in_one_line(&run.err).contains(&refusal), "{}", run.err);
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
    let told = in_one_line(&run.err);
    let (_, next) = told
        .split_once("decisions.toml was changed meanwhile, so nothing was written over it next: ")
        .unwrap_or_else(|| panic!("{}", run.err));
    assert!(next.contains("crsync match --resolve"), "{}", run.err);
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
            // Going back, and the same for others, have tests of their own.
            let last = items.len() - 1 - usize::from(items.iter().any(|item| item.ends_with("(b)")));
            if items[0].ends_with("(n)") {
                return Some(0);
            }
            // The user seldom chooses to stop, so that a run stops late.
            let stops = random.u8(..8) == 0;
            let choice = if stops { items.len() - 1 } else { random.usize(..last) };
            kept.lock().expect("one at a time").push(items[choice].clone());
            Some(choice)
        });
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(asked.len() < 40, "no end of questions");
        let now = text(&world);
        assert!(now == FORMER || now.starts_with(&format!("{FORMER}\n")), "{now}");
        let read = DecisionFile::open(&file(&world)).expect("good");
        let refused = run.err.matches("that contradicts").count();
        let chosen = chosen.lock().expect("over").clone();
        let answered = |words: &str| chosen.iter().filter(|one| one.contains(words)).count();
        let (one, two, none, ignored) = (
            answered("are one person:"),
            answered("are two people:"),
            answered("two people in each of") + answered(" is none of "),
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

#[test]
fn going_back_takes_the_answer_out_of_the_file_and_asks_again() {
    let world = World::small();
    std::fs::write(file(&world), FORMER).expect("a writable folder");
    let (path, mut texts, mut step) = (file(&world), Vec::new(), 0);
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&seen);
    let (run, asked) = resolve(&world, &[], move |items| {
        texts.push(std::fs::read_to_string(&path).expect("a file"));
        kept.lock().expect("one at a time").clone_from(&texts);
        step += 1;
        let wanted = ["1 and 2 are one", "Skip", "Go back", "Go back", "1 and 3 are one", "Stop"][step - 1];
        items.iter().position(|item| item.starts_with(wanted))
    });
    assert_eq!(run.code, 0, "{}", run.err);
    let texts = seen.lock().expect("over").clone();
    assert!(!asked[0].1.iter().any(|item| item.starts_with("Go back")), "there is nothing before the first");
    // What is asked first, after an answer, after a skip, and on the way back.
    assert_eq!((&asked[3].1, &asked[4].1), (&asked[1].1, &asked[0].1));
    assert!(texts[0] == FORMER && texts[4] == FORMER && texts[1] == texts[3], "{texts:?}");
    assert!(run.err.contains("taken back: 1 decision in "), "{}", run.err);
    assert!(run.out.starts_with("1 decision was written to "), "{}", run.out);
    assert_eq!(DecisionFile::open(&file(&world)).expect("good").entries().len(), 2);
}

/// An MSP of one client in which so many users have two contacts of their address each, the second by another name; but
/// for those whose contacts are namesakes.
fn twins(others: usize, namesakes: usize) -> World {
    let one = |number: usize| {
        let (first, email) = (format!("Tom{number}"), format!("tom{number}@alder.example"));
        let user =
            format!("[[person]]\nuser = {{ upn = \"{email}\", first = \"{first}\", last = \"Oak\" }}\n");
        let twin = |first: &str| {
            format!("[[person]]\ncontact = {{ first = \"{first}\", last = \"Oak\", email = \"{email}\" }}\n")
        };
        let second = if number < others { "Tommy" } else { &first };
        format!("{user}{}{}", twin(&first), twin(second))
    };
    World::of(&[client("Alder", 20, 2, &(0..others + namesakes).map(one).collect::<String>())])
}

#[test]
fn after_two_equal_answers_the_same_is_offered_for_those_like_them_alone() {
    for takes in [true, false] {
        let world = twins(4, 2);
        let (run, asked) = resolve(&world, &[], move |items| {
            let wanted = if items[0].ends_with("(n)") {
                if takes { "Yes, the same for the 2" } else { "No, ask" }
            } else {
                "1 and 2 are one"
            };
            items.iter().position(|item| item.starts_with(wanted))
        });
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.starts_with("6 decisions were written to "), "{}", run.out);
        let offers = asked.iter().filter(|(question, _)| question == "The same for all of these").count();
        assert_eq!((offers, asked.len()), (1, if takes { 5 } else { 7 }));
        let listed: Vec<&str> =
            run.err.lines().filter(|line| line.starts_with("  Alder: 1 and 2 are one")).collect();
        assert_eq!(listed.len(), 2, "what they are is shown before: {}", run.err);
        assert!(listed.iter().all(|line| line.contains("Tom") && line.contains("Oak")), "{listed:?}");
        assert_eq!(conflicts(&world, "Alder"), 0);
    }
}

#[test]
fn nothing_is_offered_where_only_the_order_tells_the_contacts_of_a_question_apart() {
    for wanted in ["1 and 2 are one", "1 and 3 are one"] {
        let world = twins(0, 5);
        let (run, asked) = resolve(
            &world,
            &[],
            choosing(if wanted.contains('2') { &["1 and 2 are one"] } else { &["1 and 3 are one"] }),
        );
        assert_eq!((run.code, asked.len()), (0, 5), "each is asked about by itself: {}", run.err);
        assert!(asked.iter().all(|(question, _)| question.starts_with("Who is who")), "{asked:?}");
        assert!(run.out.starts_with("5 decisions were written to "), "{}", run.out);
    }
}

/// A user without a contact, and contacts of other addresses whose names are much like that of the user.
fn much_alike() -> World {
    let contact = |last: &&str| {
        let email = format!("{}@home.example", last.to_lowercase());
        format!("[[person]]\ncontact = {{ first = \"Tomas\", last = \"{last}\", email = \"{email}\" }}\n")
    };
    let user = "[[person]]\nuser = { upn = \"to@alder.example\", first = \"Tomas\", last = \"Oakmann\" }\n";
    let contacts: String =
        ["Oakman", "Oakmane", "Oakmanns", "Oakmanna", "Oakmanno"].iter().map(contact).collect();
    World::of(&[client("Alder", 20, 2, &format!("{user}{contacts}"))])
}

#[test]
fn who_is_none_of_those_suggested_is_not_asked_about_again_in_the_same_sitting() {
    let world = much_alike();
    let (run, asked) = resolve(&world, &[], choosing(&["1 is none of the others"]));
    assert_eq!(run.code, 0, "{}", run.err);
    let of_the_user =
        asked.iter().filter(|(_, items)| items.iter().any(|item| item.starts_with("1 is none of the")));
    assert_eq!(of_the_user.count(), 1, "{asked:#?}");
    assert!(!run.out.contains(", 0 people alone with a suggestion"), "it is open still: {}", run.out);
}

#[test]
fn every_answer_to_two_portal_users_of_one_address_settles_the_question() {
    let world = || {
        let world = World::of(&[client("Alder", 20, 3, "")]);
        world.edit(|state| {
            let users = state["cloudradial"]["users"].as_object_mut().expect("users by id");
            let (id, first) =
                users.iter().next().map(|(id, user)| (id.clone(), user.clone())).expect("a user");
            let mut second = first;
            for user in [users.get_mut(&id).expect("it is there"), &mut second] {
                user["psaKey"] = json!(0);
            }
            let other = format!("{}f", &id[..id.len() - 1]);
            second["userId"] = json!(other);
            users.insert(other, second);
        });
        world
    };
    let of = |place: usize| {
        let world = world();
        let mut first = true;
        let (run, asked) = resolve(&world, &[], move |items| {
            let chosen = if std::mem::take(&mut first) { place } else { items.len() - 1 };
            Some(chosen)
        });
        assert_eq!(run.code, 0, "{}", run.err);
        (run.out, asked[0].1.clone(), conflicts(&world, "Alder"))
    };
    let (_, items, left) = of(0);
    assert_eq!(left, 1, "skipped");
    let answers = items.len() - 2;
    assert_eq!(answers, 2, "one for each portal user: {items:?}");
    for place in 1..=answers {
        let (out, items, left) = of(place);
        assert_eq!(left, 0, "{}", items[place]);
        assert!(out.contains("Still open: 0 conflicts"), "{}: {out}", items[place]);
    }
}

/// So many users, each with a contact of the same name; all contacts, and all users beside their own, have the address of
/// one desk.
fn one_desk(people: usize) -> World {
    let one = |number: usize| {
        let (first, upn) = (format!("Tom{number}"), format!("tom{number}@alder.example"));
        format!(
            "[[person]]\nuser = {{ upn = \"{upn}\", first = \"{first}\", last = \"Oak\", \
             aliases = [\"desk@alder.example\"] }}\n\
             [[person]]\ncontact = {{ first = \"{first}\", last = \"Oak\", email = \"desk@alder.example\" }}\n"
        )
    };
    World::of(&[client("Alder", 20, 2, &(0..people).map(one).collect::<String>())])
}

#[test]
fn mixed_people_are_asked_about_one_at_a_time_and_who_is_skipped_hides_nobody() {
    let world = one_desk(3);
    let mut asked = 0;
    let (run, lists) = resolve(&world, &["--company", "Alder"], move |items| {
        asked += 1;
        let wanted = ["Skip this one", "2 and 5 are one person", "1 and 3 are one person"];
        let wanted = wanted.get(asked - 1).unwrap_or(&"Stop asking");
        items.iter().position(|item| item.starts_with(wanted))
    });
    assert_eq!(run.code, 0, "{}", run.err);
    let shown: Vec<String> =
        lists.iter().map(|(question, items)| format!("\n{question}\n{}\n", items.join("\n"))).collect();
    insta::assert_snapshot!(
        format!("{}{}", run.err, shown.concat()).replace(&world.path("").display().to_string(), "DIR/")
    );
    assert_eq!(conflicts(&world, "Alder"), 0);
}

#[test]
fn all_who_are_mixed_can_be_skipped_at_once() {
    let world = one_desk(9);
    let (run, asked) = resolve(&world, &["--company", "Alder"], |items| {
        items.iter().position(|item| item.starts_with("Skip all of these"))
    });
    assert_eq!((run.code, asked.len()), (0, 1), "{}", run.err);
    let (run, asked) = resolve(&world, &["--company", "Alder"], choosing(&[]));
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(asked.len(), 18, "each of them by itself");
    assert_eq!(conflicts(&world, "Alder"), 1);
}

#[test]
fn who_was_skipped_is_not_asked_about_again_after_the_answer_about_another() {
    let world = one_desk(4);
    let mut is_answered = false;
    let (run, _) = resolve(&world, &["--company", "Alder"], move |items| {
        let wanted = items.iter().position(|item| item.starts_with("2 and 6 are one person"));
        let wanted = wanted.filter(|_| !is_answered);
        is_answered |= wanted.is_some();
        Some(wanted.unwrap_or(0))
    });
    assert_eq!(run.code, 0, "{}", run.err);
    let asked: Vec<&str> =
        run.err.lines().filter_map(|line| line.trim().strip_prefix("Who is ")?.split(' ').nth(1)).collect();
    assert_eq!(
        asked.iter().filter(|name| **name == "Tom0").count(),
        2,
        "the user and the contact: {asked:?}\n{}",
        run.err
    );
    assert!(asked.contains(&"Tom2") && asked.contains(&"Tom3"), "{asked:?}");
}
