//! A fault that all companies share is told once, in few lines, after one try.

use crsync_sandbox::System;

use crate::a_plan_that_can_be_read::on_terminal;
use crate::harness::{World, client};

/// A world with sixty companies, each with one person.
fn world() -> World {
    let clients = (0..60).map(|number| client(&format!("Client{number:02}"), 20 + number, 1, ""));
    World::of(&clients.collect::<Vec<_>>())
}

fn sign_ins(world: &World) -> usize {
    let requests = world.sandbox.requests();
    requests.iter().filter(|seen| seen.system == System::ENTRA && seen.path.ends_with("token")).count()
}

#[test]
fn a_wrong_client_secret_with_sixty_companies_is_a_few_lines_and_one_sign_in() {
    for command in [&["diff"][..], &["sync", "--yes"]] {
        let mut world = world();
        world.env.insert("CRSYNC_MICROSOFT365_CLIENT_SECRET".to_owned(), "not-the-secret".to_owned());
        let run = world.run(command);
        assert_eq!(run.code, 1, "{command:?}: {}", run.err);
        let lines = run.out.lines().chain(run.err.lines()).count();
        assert!(lines <= 10, "{command:?}: {lines}\n{}{}", run.out, run.err);
        assert!(run.err.contains("365 could not be read for 60 companies"), "{}", run.err);
        assert_eq!(sign_ins(&world), 1, "{command:?}");
        assert_eq!(world.writes(), []);
    }
}

#[test]
fn where_nothing_was_read_the_terminal_says_so_once_and_speaks_of_no_changes() {
    let mut world = world();
    world.env.insert("CRSYNC_MICROSOFT365_CLIENT_SECRET".to_owned(), "not-the-secret".to_owned());
    let run = on_terminal(&world, Some(40), &["diff"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let all = format!("{}{}", run.err, run.out);
    assert_eq!(all.matches("the client secret is wrong").count(), 1, "{all}");
    assert!(run.out.contains("nothing was compared") && !run.out.contains("no changes"), "{all}");
}

#[cfg(unix)]
#[test]
fn a_secret_that_is_refused_is_corrected_where_it_is_read() {
    let mut world = world();
    let variable = "CRSYNC_MICROSOFT365_CLIENT_SECRET";
    world.env.insert(variable.to_owned(), "not-the-secret".to_owned());
    let told = world.run(&["diff"]).err;
    assert!(told.contains(&format!("client-secret in the variable {variable}")), "{told}");
    world.env.remove(variable);
    let file = world.path("client-secret");
    std::fs::write(&file, "not-the-secret").expect("a writable folder");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("our own");
    world.configure(|text| {
        text.replacen("[microsoft365]\n", "[microsoft365]\nclient-secret-file = \"client-secret\"\n", 1)
    });
    for command in [&["diff"][..], &["doctor"]] {
        let run = world.run(command);
        let told = run.out + &run.err;
        assert!(told.contains(&format!("client-secret in the file {}", file.display())), "{told}");
        assert!(!told.contains("client-secret in the variable"), "{told}");
    }
}

#[test]
fn a_cloud_that_has_none_of_the_tenants_is_told_once() {
    let world = world();
    world.edit(|state| state["entra"]["tenants"] = serde_json::json!({}));
    let run = world.run(&["diff", "--format", "json"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert_eq!(run.err.lines().count(), 2, "{}", run.err);
    assert!(run.err.contains("and 59 more like it"), "{}", run.err);
}
