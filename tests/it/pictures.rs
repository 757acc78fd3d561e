//! Pictures of users: whose are asked for, how often, and what is kept of them.

use std::collections::BTreeMap;

use crsync::model::{Image, Picture};
use crsync::side::PictureStore as _;
use crsync::state::State;
use crsync_sandbox::System;
use serde_json::{Value, json};

use crate::conformance::KITS;
use crate::harness::{Run, World, company};

const CONTOSO: &str = "c0a1e5b2-0000-4000-8000-000000000009";
/// A tenant of nearly 2,500 users.
const LITWARE: &str = "6c1e9f14-0000-4000-8000-000000000014";

/// A world with the row on and these lines under `[sync]`.
fn world(world: World, more: &str) -> World {
    configure(&world, more);
    world
}

fn configure(world: &World, more: &str) {
    world.configure(|text| {
        let text = text.replace("[sync]\n", &format!("[sync]\nuser-details = true\n{more}"));
        format!("retries = 2\n{text}")
    });
}

/// The users of every batch that asks for pictures, as a run saw it.
fn batches(world: &World, args: &[&str]) -> Vec<Vec<String>> {
    let har = world.path("run.har").display().to_string();
    let mut all = args.to_vec();
    all.extend(["--har", &har]);
    let run: Run = world.run(&all);
    assert!([0, 4].contains(&run.code), "{} {}", run.out, run.err);
    let trace: Value = serde_json::from_str(&std::fs::read_to_string(&har).expect("a trace")).expect("JSON");
    let entries = trace["log"]["entries"].as_array().expect("entries");
    let sent = entries.iter().filter_map(|entry| entry["request"]["postData"]["text"].as_str());
    let items = sent.filter_map(|text| {
        let body: Value = serde_json::from_str(text).ok()?;
        let urls = body["requests"].as_array()?.iter().filter_map(|item| item["url"].as_str());
        let users: Vec<String> = urls.filter_map(user).collect();
        (!users.is_empty()).then_some(users)
    });
    items.collect()
}

fn user(url: &str) -> Option<String> {
    let id = url.strip_prefix("/users/")?.strip_suffix("/photos/240x240/$value")?;
    Some(id.to_owned())
}

fn diff(world: &World) -> Vec<Vec<String>> {
    batches(world, &["diff", "--company", "Contoso"])
}

/// A run that makes the state, so that the next ones keep what they read.
fn keep(world: &World) {
    drop(State::open(&world.state().join("state.db"), "any").expect("a new state"));
}

/// What is kept of everybody's picture, by the first word of their address.
fn kept(world: &World) -> BTreeMap<String, Picture> {
    let state = State::open(&world.state().join("state.db"), "any").expect("a state");
    let mut kept = state.pictures().expect("readable");
    let graph = world.sandbox.snapshot();
    let users = graph["graph"]["tenants"][CONTOSO]["users"].as_array().expect("users");
    let known = users.iter().filter_map(|user| {
        let name = user["userPrincipalName"].as_str()?.split('.').next()?.to_owned();
        Some((name, kept.remove(&user["id"].as_str()?.to_lowercase().as_str().into())?.picture))
    });
    known.collect()
}

#[test]
fn every_picture_is_kept_as_a_file_and_every_way_of_having_none_is_understood() {
    let world = world(World::small(), "");
    keep(&world);
    let asked = diff(&world).concat();
    let kept = kept(&world);
    assert!(asked.len() > 20 && kept.len() > 15, "{} {}", asked.len(), kept.len());
    let state = State::open(&world.state().join("state.db"), "any").expect("a state");
    for (name, form) in [("helen", "image/jpeg"), ("priya", "image/png"), ("nina", "image/jpeg")] {
        let Picture::Held(hash) = &kept[name] else { panic!("{name} has one") };
        let bytes = state.get(hash).expect("readable").expect("kept");
        let image = Image::sniff(&bytes).expect("an image");
        assert_eq!((image.kind.content_type(), image.width, image.height), (form, 240, 240), "{name}");
        assert!(world.state().join("pictures").join(hash.as_str()).is_file());
    }
    for name in ["grace", "henrik", "olga", "vera", "delia", "kurt", "stefan", "anouk"] {
        assert_eq!(kept[name], Picture::None, "{name}");
    }
}

#[test]
fn a_second_run_on_the_same_day_asks_for_no_picture() {
    let world = world(World::small(), "");
    let run = ["sync", "--yes", "--company", "Contoso", "--allow", "create=99", "--allow", "update=99"];
    let run = [&run[..], &["--allow", "deactivate=99"]].concat();
    assert!(!batches(&world, &run).is_empty());
    let before = world.sandbox.requests().len();
    assert!(batches(&world, &run).is_empty());
    assert!(diff(&world).is_empty());
    assert!(batches(&world, &["diff", "--company", "Contoso", "--psa", KITS[1].id]).is_empty());
    let again = world.sandbox.requests();
    assert!(again[before..].iter().all(|seen| !seen.path.contains("/photo")));
}

#[test]
fn a_picture_is_read_again_after_its_time() {
    let world = world(World::small(), "picture-refresh = \"0s\"\n");
    keep(&world);
    let first = diff(&world).concat();
    world.edit(|state| {
        let users = state["graph"]["tenants"][CONTOSO]["users"].as_array_mut().expect("users");
        let of = |user: &&mut Value| user["userPrincipalName"] == "henrik.dorsey@contoso.example";
        let henrik = users.iter_mut().find(of).expect("Henrik");
        henrik["photo"] = json!({"drawn": {"look": 7, "stored": 240, "png": false}});
    });
    assert_eq!(kept(&world)["henrik"], Picture::None);
    assert_eq!(diff(&world).concat().len(), first.len());
    assert!(matches!(kept(&world)["henrik"], Picture::Held(_)));
}

#[test]
fn a_diff_before_any_sync_keeps_what_it_read() {
    let world = world(World::small(), "");
    assert!(!diff(&world).concat().is_empty());
    assert_eq!(diff(&world).concat().len(), 0);
    assert!(world.state().join("pictures").exists());
}

#[test]
fn nobody_is_asked_where_pictures_or_their_row_are_off() {
    let world = world(World::small(), "pictures = false\n");
    assert!(diff(&world).is_empty());
    world.configure(|text| text);
    assert!(diff(&world).is_empty());
}

#[test]
fn those_who_are_throttled_alone_are_asked_for_again() {
    let world = world(World::small(), "");
    keep(&world);
    world.edit(|state| state["graph"]["photo_waits"] = json!(["2", "", "1"]));
    let asked = diff(&world);
    let mut times = BTreeMap::new();
    for user in asked.concat() {
        *times.entry(user).or_insert(0) += 1;
    }
    let twice = |batch: &&Vec<String>| batch.iter().all(|user| times[user] == 2);
    let again: Vec<usize> = asked.iter().filter(twice).map(Vec::len).collect();
    assert_eq!(again, [3], "together in one batch: {asked:?}");
    let state = State::open(&world.state().join("state.db"), "any").expect("a state");
    assert_eq!(state.pictures().expect("readable").len(), times.len());
}

#[test]
fn a_right_to_pictures_that_is_missing_keeps_nothing_else_from_being_planned() {
    let world = world(World::small(), "");
    let plan = |world: &World| {
        let plan = world.diff(&["--company", "Contoso"]).json();
        let contoso = company(&plan, "Contoso");
        assert_eq!(contoso["unread"], json!([]));
        contoso["changes"].as_array().expect("changes").len()
    };
    let whole = plan(&world);
    world.edit(|state| {
        state["entra"]["roles"][CONTOSO] = json!(["Directory.Read.All", "LicenseAssignment.Read.All"]);
    });
    assert!(whole > 0);
    assert_eq!(plan(&world), whole);
}

#[test]
fn the_pictures_of_a_large_client_cost_a_request_for_every_twenty() {
    let world = world(World::new(), "");
    let asked = batches(&world, &["diff", "--company", "Litware"]);
    let users = asked.concat().len();
    let all = world.sandbox.snapshot()["graph"]["tenants"][LITWARE]["users"].as_array().expect("users").len();
    assert!(users > all / 2, "{users} of {all}");
    assert_eq!(asked.len(), users.div_ceil(20));
    let graph = world.sandbox.requests().into_iter().filter(|seen| seen.system == System::GRAPH).count();
    assert_eq!(graph, asked.len() + 4, "and four for everything else, the look at leavers included");
}
