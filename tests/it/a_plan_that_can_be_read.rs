//! A plan that is longer than the screen says above all who leaves, who is new and what contradicts itself.

use std::collections::BTreeSet;
use std::ffi::OsString;

use crsync::cli::{self, Io};
use serde_json::{Value, json};

use crate::harness::{Run, World, client};

const CLIENTS: usize = 60;

/// The 365 users that change in each client, beside the first, who leaves.
const CHANGED: usize = 8;

/// Runs crsync on a terminal of 80 columns and so many lines.
pub(crate) fn on_terminal(world: &World, height: Option<usize>, args: &[&str]) -> Run {
    let config = world.config().display().to_string();
    let all = [&["crsync", "--config", &config, "--color", "never"], args].concat();
    let (io, buffers) = Io::buffered(Some(80), world.env.clone());
    let io = io.timed_by(world.clock.clone());
    let mut io = match height {
        Some(lines) => io.with_height(lines),
        None => io,
    };
    let code = cli::run(all.iter().map(OsString::from), &mut io);
    Run { code, out: buffers.out(), err: buffers.err() }
}

/// An MSP of 60 clients with 60 people each: everywhere one person leaves, one is new and some change; in every
/// tenth client there is a conflict.
fn msp() -> World {
    let people = |name: &str, number: usize| {
        let domain = format!("{}.example", name.to_lowercase());
        let new = format!(
            "[[person]]\nuser = {{ upn = \"nia@{domain}\", first = \"Nia\", last = \"New{number}\" }}\n"
        );
        let twin = format!(
            "[[person]]\ncontact = {{ first = \"Twin\", last = \"Oak\", email = \"twin@{domain}\" }}\n"
        );
        let user =
            format!("[[person]]\nuser = {{ upn = \"twin@{domain}\", first = \"Twin\", last = \"Oak\" }}\n");
        if number.is_multiple_of(10) { format!("{new}{twin}{twin}{user}") } else { new }
    };
    let one = |number: usize| {
        let name = format!("Client{number}");
        client(&name, 20 + number, 59, &people(&name, number))
    };
    let world = World::of(&(0..CLIENTS).map(one).collect::<Vec<_>>());
    world.edit(|state| {
        for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut() {
            let users = tenant["users"].as_array_mut().expect("users");
            users[0]["accountEnabled"] = json!(false);
            users[1..=CHANGED].iter_mut().for_each(|user| user["jobTitle"] = json!("Head of Everything"));
        }
    });
    world
}

/// The people of an action, by company and address.
fn people<'v>(plan: &'v Value, action: &str) -> BTreeSet<(&'v str, &'v str)> {
    let companies = plan["companies"].as_array().expect("companies").iter();
    let changes = companies.flat_map(|company| {
        let name = company["name"].as_str().expect("a name");
        company["changes"].as_array().expect("changes").iter().map(move |change| (name, change))
    });
    let done = changes.filter(|(_, change)| change["action"] == action);
    done.map(|(name, change)| (name, change["who"]["email"].as_str().expect("an address"))).collect()
}

#[test]
fn the_plan_of_sixty_clients_fits_its_people_and_names_each_who_leaves() {
    let world = msp();
    let plan = on_terminal(&world, Some(24), &["diff", "--format", "json"]).json();
    let (leaving, new) = (people(&plan, "deactivate"), people(&plan, "create"));
    let conflicts = usize::try_from(plan["totals"]["conflicts"].as_u64().expect("a number")).expect("few");
    assert_eq!((leaving.len(), new.len(), conflicts), (60, 60, 6));
    let changed = CLIENTS * CHANGED;
    assert!(people(&plan, "update").len() >= changed, "{changed}");

    let shown = on_terminal(&world, Some(24), &["diff"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let lines: Vec<&str> = shown.out.lines().collect();
    let most = CLIENTS + leaving.len() + new.len() + conflicts + 20;
    assert!(lines.len() <= most, "{} lines, {most} at most:\n{}", lines.len(), shown.out);
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{}", shown.out);
    let from = lines.iter().position(|line| line.starts_with("Leaving  60")).expect("a heading");
    let list = &lines[from + 1..][..60];
    for (company, email) in &leaving {
        let is_named = |line: &&&str| {
            line.contains(&format!("{company}: "))
                && line.contains(email)
                && line.ends_with("  disabled in 365")
        };
        assert_eq!(list.iter().filter(is_named).count(), 1, "{company} {email}: {}", shown.out);
    }
    // The totals come last.
    let totals = lines.iter().position(|line| line.starts_with("60 companies, ")).expect("totals");
    assert!(totals > lines.len() - 12, "{}", shown.out);

    // What was shown before, and is shown where the height is not known.
    let full = on_terminal(&world, Some(24), &["diff", "--full"]).out;
    let before = on_terminal(&world, None, &["diff"]).out;
    assert!(full.lines().count() > 1000 && full.contains("Head of Everything"), "{full}");
    assert!(full == before, "--full differs");
    let piped = world.run(&["diff"]).out;
    assert!(piped == world.run(&["diff", "--full"]).out, "a pipe gets another form");
    let file = world.path("plan.txt").display().to_string();
    assert_eq!(on_terminal(&world, Some(24), &["diff", "--output", &file]).code, 0);
    let written = std::fs::read_to_string(&file).expect("a file");
    assert!(written.contains("Head of Everything"), "a file is no screen");
    let one = on_terminal(&world, Some(24), &["diff", "--company", "Client7"]).out;
    assert!(one.lines().count() > 24 && one.contains("Head of Everything"), "{one}");
}

#[test]
fn a_plan_that_fits_the_screen_shows_its_fields() {
    let world = World::small();
    let all = world.run(&["diff"]).out.lines().count();
    let fits = on_terminal(&world, Some(10 * all), &["diff"]).out;
    assert!(fits.contains("Technician → Head of Service"), "{fits}");
    let longer = on_terminal(&world, Some(24), &["diff"]).out;
    assert!(!longer.contains("Technician → Head of Service") && longer.contains("Leaving  "), "{longer}");
    assert!(longer.contains("--full shows every field"), "{longer}");
    let verbose = on_terminal(&world, Some(24), &["diff", "--verbose"]).out;
    assert!(verbose.contains("Technician → Head of Service"), "{verbose}");
    insta::assert_snapshot!(longer);
}

#[test]
fn a_summary_is_what_sync_prints_of_each_company() {
    let world = World::small();
    let shown = world.run(&["diff", "--summary"]).out;
    assert!(shown.starts_with("Contoso  reactivate ") || shown.starts_with("Contoso  update "), "{shown}");
    assert!(!shown.contains("Victor Lund") && shown.contains("6 companies, 145 people"), "{shown}");
}

#[test]
fn only_what_is_named_is_listed_with_the_totals() {
    let world = World::small();
    let shown = world.run(&["diff", "--only", "conflict,deactivate"]).out;
    assert!(shown.starts_with("Leaving  "), "{shown}");
    assert!(shown.contains("  Contoso: Victor Lund <victor.lund@contoso.example>  contact"), "{shown}");
    assert!(shown.contains("2 contacts match one 365 user (same email)"), "{shown}");
    assert!(shown.contains("\n  next: `crsync match --resolve` asks about each of them\n"), "{shown}");
    assert!(!shown.contains("Nina Farrow") && !shown.contains("Priya Raman"), "{shown}");
    assert!(shown.contains("6 companies, 145 people"), "{shown}");
}

#[test]
fn updates_that_only_fill_in_stored_ids_are_one_line() {
    let world = World::small();
    let shown = world.run(&["diff", "--company", "Contoso", "--only", "update"]).out;
    assert!(shown.contains("Contoso: Priya Raman <priya.raman@contoso.example>  contact (title)"), "{shown}");
    assert!(!shown.contains("Ravi Menon") && !shown.contains("Amy Chu"), "{shown}");
    assert!(shown.contains("only stored ids filled in: "), "{shown}");
    let lines: Vec<&str> = shown.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(lines[0], format!("Updated  {}", lines.len() - 1), "the number is that of the list: {shown}");
}

#[test]
fn why_a_person_leaves_is_said_beside_the_person() {
    let world = World::small();
    let list = world.run(&["diff", "--company", "Contoso", "--only", "deactivate"]).out;
    for (name, why) in [("Elsa Novak", "deleted in 365"), ("Victor Lund", "disabled in 365")] {
        let of = |line: &&str| line.contains(name);
        assert!(list.lines().find(of).is_some_and(|line| line.ends_with(why)), "{list}");
    }
    let shown = on_terminal(&world, None, &["diff", "--company", "Contoso"]).out;
    let from = shown.find("deactivate  Victor Lund").expect("a leaver");
    assert!(shown[from..].lines().take(2).any(|line| line.contains("disabled in 365")), "{shown}");
    assert!(shown.starts_with("Contoso  ") && shown.lines().next().is_some_and(|l| l.ends_with(", 2 leave")));
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}

#[test]
fn a_guard_of_one_company_is_said_to_stop_the_others_too() {
    let world = World::of(&[client("Alder", 20, 30, ""), client("Birch", 21, 30, "")]);
    assert_eq!(world.sync(&[]).code, 0);
    world.edit(|state| {
        for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut() {
            let most = if tenant["name"] == "Alder" { 12 } else { 1 };
            let users = tenant["users"].as_array_mut().expect("users").iter_mut();
            users.take(most).for_each(|user| user["accountEnabled"] = json!(false));
        }
    });
    for args in [&["diff"][..], &["diff", "--summary"], &["diff", "--only", "deactivate"]] {
        let shown = world.run(args).out;
        assert!(shown.contains("guard deactivate: Alder: "), "{shown}");
        if !shown.contains("guard deactivate: the whole run") {
            assert!(shown.contains("a sync of these 2 companies would write nothing"), "{shown}");
            assert!(shown.contains("crsync sync --company Birch"), "{shown}");
        }
        assert!(shown.contains("13 leave"), "{shown}");
    }
    let one = world.run(&["diff", "--company", "Alder"]).out;
    assert!(!one.contains("one guard stops all"), "there are no others: {one}");
}

#[test]
fn a_sync_on_a_terminal_ends_with_how_to_see_it_and_take_it_back() {
    let new = "[[person]]\nuser = { upn = \"nia@alder.example\", first = \"Nia\", last = \"New\" }\n";
    let world = World::of(&[client("Alder", 20, 3, new)]);
    let last = |run: &Run| run.out.lines().last().unwrap_or_default().to_owned();
    let first = on_terminal(&world, Some(40), &["sync", "--yes"]);
    let told = "  next: `crsync log last` shows every change; `crsync undo last` takes it back";
    assert_eq!((first.code, last(&first).as_str()), (0, told), "{}{}", first.out, first.err);
    let again = on_terminal(&world, Some(40), &["sync", "--yes"]);
    assert!(!again.out.contains("undo last"), "nothing was done: {}", again.out);
    let undone = on_terminal(&world, Some(40), &["undo", "last", "--yes"]);
    assert!(!undone.out.contains("undo last"), "{}", undone.out);
    assert_eq!(world.sync(&[]).code, 0);
    let quiet = on_terminal(&world, Some(40), &["undo", "last", "--yes", "--quiet"]);
    assert!(!quiet.out.contains("log last"), "{}", quiet.out);
}

#[test]
fn a_view_that_means_nothing_is_refused_before_anything_is_read() {
    let world = World::small();
    for (args, why) in [
        (&["diff", "--only", "conflict", "--format", "json"][..], "--only is for the table"),
        (&["diff", "--summary", "--format", "html"], "--summary is for the table"),
        (&["diff", "--full", "--summary"], "cannot be used with"),
        (&["diff", "--only", "leavers"], "invalid value 'leavers'"),
    ] {
        let run = world.run(args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}: {}", run.err);
        assert!(run.err.contains(why), "{args:?}: {}", run.err);
    }
    assert_eq!(world.sandbox.requests().len(), 0);
}
