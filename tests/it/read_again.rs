//! What the second reading of the same companies asks: the listings, and nothing that an earlier run has read for each
//! record.

use crsync::model::Row;
use crsync::psa::find;
use crsync_sandbox::{Seen, System};
use serde_json::json;

use crate::conformance::{KITS, Kit, each, with_line};
use crate::harness::{LIFTED, World, client, company};

/// Requests of a run, of the PSA and of the portal.
type Asked = (usize, usize);

/// What `run` asks.
fn asked(world: &World, run: impl FnOnce()) -> Vec<Seen> {
    let before = world.sandbox.requests().len();
    run();
    world.sandbox.requests().split_off(before)
}

fn diff(world: &World, kit: &Kit, args: &[&str]) -> Vec<Seen> {
    let args = [&["--psa", kit.id][..], args].concat();
    asked(world, || assert_eq!(world.diff(&args).code, 0, "{}", kit.id))
}

fn sync(world: &World, kit: &Kit) -> Vec<Seen> {
    let args = [&["--psa", kit.id][..], &LIFTED].concat();
    let synced = || {
        let run = world.sync(&args);
        assert!([0, 4].contains(&run.code), "{} {} {}", kit.id, run.code, run.err);
    };
    asked(world, synced)
}

fn count(kit: &Kit, seen: &[Seen]) -> Asked {
    let of = |system: System| seen.iter().filter(|seen| seen.system == system).count();
    (of(kit.system), of(System::CLOUDRADIAL))
}

/// The portal's companies that were asked for by themselves.
fn alone(seen: &[Seen]) -> Vec<&str> {
    let alone = seen.iter().filter(|seen| seen.method == "GET" && seen.path.starts_with("/v2/company/"));
    alone.map(|seen| seen.path.as_str()).collect()
}

/// Whether the PSA serves territory and account manager.
fn serves_details(kit: &Kit) -> bool {
    find(kit.id).expect("a PSA").capabilities.serves(Row::CompanyDetails)
}

/// The portal users that were asked for by themselves, which PINs cost.
fn pins(seen: &[Seen]) -> usize {
    seen.iter().filter(|seen| seen.method == "GET" && seen.path.starts_with("/v2/user/")).count()
}

/// Six companies. The portal: territory and account manager of each, a count and a page of users; then the companies in
/// one page instead. The PSA: what conformance counts, less what is remembered of the first run. One company is about to
/// be changed until a sync has done it: its details are read again before. A sync asks what it writes on top, so that
/// only the one after it is pinned.
#[test]
fn the_second_run_asks_for_listings_alone() {
    each(|kit| {
        let world = World::small();
        let first = diff(&world, kit, &[]);
        let second = diff(&world, kit, &[]);
        sync(&world, kit);
        sync(&world, kit);
        let settled = sync(&world, kit);
        let found = [first, second, settled].map(|seen| count(kit, &seen));
        assert_eq!(found, kit.runs, "{}", kit.id);
    });
}

#[test]
fn nothing_is_asked_for_a_row_that_the_psa_does_not_serve() {
    each(|kit| {
        let world = World::small();
        let seen = diff(&world, kit, &[]);
        assert_eq!(alone(&seen).len(), if serves_details(kit) { 6 } else { 0 }, "{}", kit.id);
    });
}

#[test]
fn remembered_details_are_read_again_before_a_plan_would_change_them() {
    for kit in KITS.iter().filter(|kit| serves_details(kit)) {
        let world = World::small();
        sync(&world, kit);
        sync(&world, kit);
        assert_eq!(alone(&diff(&world, kit, &[])), Vec::<&str>::new(), "{}", kit.id);
        // A person changes the portal and nothing else: that is seen when the reading is due.
        let manager = |name: &str| {
            world.edit(|state| state["cloudradial"]["companies"]["9"]["accountManager"] = json!(name));
        };
        let kept = world.sandbox.snapshot()["cloudradial"]["companies"]["9"]["accountManager"].clone();
        manager("Kim Other");
        assert_eq!(alone(&diff(&world, kit, &[])), Vec::<&str>::new(), "{}", kit.id);
        // The company's territory moves in the PSA, and a person has moved it in the portal already.
        let territory = move_company(&world, kit);
        world.edit(|state| state["cloudradial"]["companies"]["9"]["territory"] = json!(territory));
        let run = world.diff(&["--psa", kit.id, "--company", "Contoso"]);
        let plan = run.json();
        let changes = company(&plan, "Contoso")["changes"].to_string();
        assert!(!changes.contains(&territory), "{}: it is there already: {changes}", kit.id);
        assert!(
            changes.contains("Kim Other"),
            "{}: what it holds now is what is compared: {changes}",
            kit.id
        );
        let seen = diff(&world, kit, &[]);
        assert_eq!(alone(&seen).len(), 1, "{}: of one company alone: {:?}", kit.id, alone(&seen));
        // What was read anew is remembered in the place of what was there before.
        manager(kept.as_str().unwrap_or_default());
        diff(&world, kit, &[]);
        assert_eq!(alone(&diff(&world, kit, &[])), Vec::<&str>::new(), "{}", kit.id);
    }
}

/// Moves Contoso to another territory in the PSA, and returns that one's name.
fn move_company(world: &World, kit: &Kit) -> String {
    let move_it = kit.move_company.expect("a PSA that tells territories");
    world.edit(|state| move_it(&mut state[kit.part]));
    "Coast".to_owned()
}

#[test]
fn a_second_diff_before_any_sync_reads_no_pin_and_no_picture_again() {
    each(|kit| {
        let world = World::small();
        // Named, since not every PSA tells which custom fields there are.
        let udfs = "[udfs]\nSupportPIN = \"SupportPIN\"\n";
        let rows = "support-pin = true\nuser-details = true";
        world.configure(|text| format!("retries = 0\n{}\n{udfs}", with_line(&text, "sync", rows)));
        let first = diff(&world, kit, &[]);
        assert!(pins(&first) > 20, "{}: {}", kit.id, pins(&first));
        let second = diff(&world, kit, &[]);
        assert_eq!(pins(&second), 0, "{}", kit.id);
        let pictures = |seen: &[Seen]| seen.iter().filter(|seen| seen.system == System::GRAPH).count();
        assert!(pictures(&second) < pictures(&first), "{}", kit.id);
        // A user who was changed since is asked for, and no other one.
        world.edit(|state| {
            let users = state["cloudradial"]["users"].as_object_mut().expect("users by id");
            let user = users.values_mut().find(|user| user["email"] == "vera.stahl@contoso.example");
            user.expect("Vera")["dateModified"] = json!("2031-01-02T00:00:00Z");
        });
        assert_eq!(pins(&diff(&world, kit, &[])), 1, "{}", kit.id);
    });
}

/// Sixty clients of two people each.
fn small_clients() -> Vec<String> {
    (0..60).map(|number| client(&format!("Alder{number}"), 20 + number, 2, "")).collect()
}

/// How many requests list portal users, and how many of them count those of all companies.
fn listings(seen: &[Seen]) -> (usize, usize) {
    let users: Vec<&Seen> = seen.iter().filter(|seen| seen.path.contains("/odata/user")).collect();
    let of_all = |seen: &&&Seen| seen.path.contains("$count") && !seen.path.contains("companyId");
    (users.len(), users.iter().filter(of_all).count())
}

#[test]
fn portal_users_come_by_the_listing_that_takes_fewer_requests() {
    let kit = &KITS[0];
    let world = World::of(&small_clients());
    // All users and those of the first fifty companies are counted, and all of them stand on one page.
    assert_eq!(listings(&diff(&world, kit, &[])), (2 + 1, 1), "all at once");
    // The companies are found in one page of all of them.
    let again = diff(&world, kit, &[]);
    let companies = again.iter().filter(|seen| seen.path.contains("/odata/company")).count();
    assert_eq!((companies, alone(&again).len()), (1, 0));

    // A client of which nothing is wanted has most of the users.
    let world = World::of(&[small_clients(), vec![client("Birch", 90, 1_500, "")]].concat());
    let names: Vec<String> = (0..60).map(|number| format!("Alder{number}")).collect();
    let chosen: Vec<&str> = names.iter().flat_map(|name| ["--company", name.as_str()]).collect();
    assert_eq!(listings(&diff(&world, kit, &chosen)), (2 + 1 + 2, 1), "part by part");
}
