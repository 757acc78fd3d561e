//! What goes wrong with details records is made good, and no person gets two.

use std::time::Duration;

use crsync::model::{Detail, Field, Fields, Id, RecordKind};
use crsync::side::{Write, WriteRecords as _};
use crsync_sandbox::{Effect, Fault, Flow, Moment, System};
use serde_json::{Value, json};

use super::{CONTOSO, asked, assets, helen, pending, sync, world};
use crate::crash::{Kill, killed};
use crate::harness::World;
use crate::scene;
use crate::writing::{adapters, one};

#[test]
fn many_travel_in_one_request_and_fewer_where_the_service_takes_fewer() {
    for (most, expected) in [(None, 1), (Some(10), 7)] {
        let world = world();
        world.edit(|state| state["cloudradial"]["flexible"]["most_rows"] = json!(most));
        let planned = pending(&world).len();
        assert!((20..=40).contains(&planned), "{planned} records are halved twice");
        let before = world.sandbox.requests().len();
        sync(&world);
        assert_eq!(assets(&world, CONTOSO).len(), planned);
        assert_eq!(asked(&world, before, "POST /compatibility/organizations/9/"), expected, "{most:?}");
    }
}

#[test]
fn a_record_that_is_refused_stops_no_other_and_none_is_made_twice() {
    for keeps in [false, true] {
        let world = world();
        world.edit(|state| {
            state["cloudradial"]["flexible"]["bad_row"] = json!("helen.marsh@contoso.example");
            state["cloudradial"]["flexible"]["keeps_rows_before"] = json!(keeps);
        });
        let planned = pending(&world).len();
        let run = world.run(&["sync", "--yes", "--company", "Contoso"]);
        assert_eq!(run.code, 7, "{}", run.err);
        assert_eq!(assets(&world, CONTOSO).len(), planned - 1, "all but one, each once");
        assert_eq!(pending(&world).len(), 1, "the next run tries it again");
        world.edit(|state| state["cloudradial"]["flexible"]["bad_row"] = Value::Null);
        sync(&world);
        assert_eq!(assets(&world, CONTOSO).len(), planned);
    }
}

/// Syncs while a request may still be carried out whose answer was lost, and when it cannot be any more.
fn sync_at_once_and_later(world: &World) {
    sync(world);
    world.let_requests_end();
    sync(world);
}

#[test]
fn a_lost_answer_is_looked_up_rather_than_sent_again() {
    for effect in [
        Effect::ResetAfter,
        Effect::ResetBefore,
        Effect::Answer { status: 500, headers: Vec::new(), body: "{}".into() },
    ] {
        let world = world();
        let planned = pending(&world).len();
        world.fault(System::CLOUDRADIAL, "relationships/flexible_assets", Some(1), effect.clone());
        let run = world.run(&["sync", "--yes", "--company", "Contoso"]);
        assert!([0, 4, 7].contains(&run.code), "{effect:?} {}", run.err);
        sync_at_once_and_later(&world);
        let kept = assets(&world, CONTOSO);
        assert_eq!(kept.len(), planned, "{effect:?}");
        assert_eq!(pending(&world), Vec::<Value>::new(), "{effect:?}");
    }
}

#[test]
fn assets_that_cannot_be_read_leave_everything_else_as_it_is() {
    let world = world();
    world.fault(
        System::CLOUDRADIAL,
        "odata/flexibleassettype",
        None,
        Effect::Answer { status: 500, headers: Vec::new(), body: "{}".into() },
    );
    let run = world.run(&["diff", "--company", "Contoso"]);
    assert_eq!(run.code, 0);
    assert!(run.out.contains("user details were not read"), "{}", run.out);
    assert!(run.out.contains("Priya Raman"), "{}", run.out);
}

#[test]
fn new_records_are_not_sent_again_where_nobody_knows_whether_they_arrived() {
    for effect in [
        Effect::ResetAfter,
        Effect::Truncated,
        Effect::Answer { status: 504, headers: Vec::new(), body: "<html>".into() },
        Effect::Answer { status: 202, headers: Vec::new(), body: String::new() },
    ] {
        let world = world();
        let planned = pending(&world).len();
        world.fault(System::CLOUDRADIAL, "relationships/flexible_assets", None, effect.clone());
        let before = world.sandbox.requests().len();
        world.run(&["sync", "--yes", "--company", "Contoso"]);
        assert_eq!(asked(&world, before, "POST /compatibility/organizations"), 1, "{effect:?}");
        world.sandbox.set_faults(Vec::new());
        sync_at_once_and_later(&world);
        assert_eq!(assets(&world, CONTOSO).len(), planned, "{effect:?}");
    }
}

#[test]
fn a_service_that_takes_nothing_is_not_asked_for_every_record_by_itself() {
    let world = world();
    for path in ["POST", "PATCH"] {
        let all = Effect::Answer { status: 400, headers: Vec::new(), body: "{}".into() };
        let place =
            if path == "POST" { "relationships/flexible_assets" } else { "compatibility/flexible_assets" };
        world.sandbox.set_faults(vec![Fault {
            system: System::CLOUDRADIAL,
            path: place.into(),
            nth: None,
            effect: all,
        }]);
        let before = world.sandbox.requests().len();
        assert_eq!(world.run(&["sync", "--yes", "--company", "Contoso"]).code, 7);
        let sent = asked(&world, before, &format!("{path} /compatibility"));
        assert!((2..=20).contains(&sent), "{path}: {sent}");
        world.sandbox.set_faults(Vec::new());
        sync(&world);
        world.edit(|state| {
            let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut();
            for user in tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("a list")) {
                user["officeLocation"] = json!("Elsewhere");
            }
        });
    }
}

#[test]
fn what_somebody_wrote_into_their_own_field_in_the_meantime_stays() {
    let world = world();
    sync(&world);
    let (id, ..) = helen(&world);
    let (_, portal) = adapters(&world, 0);
    let current = one(&portal, RecordKind::Details, CONTOSO, &Id::from(id));
    world.edit(|state| {
        let flexible = &mut state["cloudradial"]["flexible"];
        let kind = flexible["assets"][id.to_string()]["flexibleAssetTypeId"].clone();
        let own = json!({"id": 900, "flexibleAssetTypeId": kind, "order": 20, "name": "Desk", "nameKey": "desk",
                         "kind": "Text", "required": false, "useForTitle": false, "showInList": false});
        flexible["fields"]["900"] = own;
        let asset = &mut flexible["assets"][id.to_string()];
        let mut traits: Value = serde_json::from_str(asset["traitsJson"].as_str().expect("a text")).expect("traits");
        traits["desk"] = json!("4b");
        asset["traitsJson"] = json!(traits.to_string());
    });
    let fields = Fields::new().with(Field::Detail(Detail::Office), "Oslo 4");
    let company = Id::from(CONTOSO);
    let write =
        Write { kind: RecordKind::Details, company: &company, current: Some(&current), fields: &fields };
    portal.write(&write).expect("written");
    let (_, _, traits) = helen(&world);
    assert_eq!((&traits["office"], &traits["desk"]), (&json!("Oslo 4"), &json!("4b")));
}

#[test]
fn records_that_are_suddenly_gone_are_not_all_made_again() {
    let world = world();
    sync(&world);
    sync(&world);
    world.edit(|state| {
        let assets = state["cloudradial"]["flexible"]["assets"].as_object_mut().expect("assets by id");
        assets.retain(|_, asset| asset["companyId"] != CONTOSO);
    });
    let run = world.run(&["sync", "--yes", "--company", "Contoso"]);
    assert_eq!(run.code, 5, "{}", run.out);
    assert!(run.out.contains("guard shrunk"), "{}", run.out);
    assert_eq!(assets(&world, CONTOSO).len(), 0);
}

#[test]
fn a_run_that_dies_at_any_write_of_details_is_made_good_and_nobody_has_two_records() {
    let world = || {
        let world = World::small();
        let on = "[sync]\nuser-details = true\npublish-pictures = true\n";
        world.configure(|text| format!("retries = 0\n{}", text.replace("[sync]\n", on)));
        world
    };
    let fair = world();
    sync(&fair);
    let media =
        |world: &World| world.sandbox.snapshot()["cloudradial"]["media"].as_object().expect("media").len();
    let expected = (assets(&fair, CONTOSO).len(), media(&fair));
    let requests = fair.sandbox.requests();
    let writes = (1..).zip(requests.iter().filter(|seen| scene::write(seen).is_some()));
    let of_details =
        writes.filter(|(_, seen)| seen.path.contains("compatibility") || seen.path.contains("media"));
    let places: Vec<usize> = of_details.map(|(nth, _)| nth).collect();
    assert!(places.len() > 4, "{places:?}");
    for (nth, moment) in places.into_iter().flat_map(|nth| [(nth, Moment::Before), (nth, Moment::After)]) {
        let world = world();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_crsync"));
        command.arg("--config").arg(world.config()).args(["sync", "--yes", "--company", "Contoso"]);
        command.env_clear().envs(&world.env);
        killed(&world, &mut command, Kill::Write(nth, moment));
        world.sandbox.watch(|_, _| Flow::On);
        sync_at_once_and_later(&world);
        let place = format!("at write {nth} {moment:?}");
        assert_eq!((assets(&world, CONTOSO).len(), media(&world)), expected, "{place}");
        let mut users: Vec<Value> =
            assets(&world, CONTOSO).into_iter().map(|asset| asset.2["user-name"].clone()).collect();
        users.sort_by_key(Value::to_string);
        users.dedup();
        assert_eq!(users.len(), expected.0, "{place}");
        assert_eq!(pending(&world), Vec::<Value>::new(), "{place}");
        for run in world.runs() {
            assert!(world.journal(&run).entries.iter().all(|entry| entry.settled.is_some()), "{place}");
        }
    }
}

/// Lets the first request whose path contains `path` be carried out late, with a run before and a run after it.
fn late(world: &World, path: &str) {
    world.fault(System::CLOUDRADIAL, path, Some(1), Effect::Later);
    let run = world.run(&["sync", "--yes", "--company", "Contoso"]);
    assert_eq!(run.code, 7, "{path}: {}", run.err);
    world.sandbox.set_faults(Vec::new());
    world.clock.pass(Duration::from_secs(30));
    sync(world);
    world.clock.pass(Duration::from_secs(60));
    assert_eq!(world.sandbox.carry_out(), 1, "{path}");
    sync_at_once_and_later(world);
}

#[test]
fn records_that_are_made_late_are_made_once() {
    let world = world();
    let planned = pending(&world).len();
    late(&world, "relationships/flexible_assets");
    assert_eq!((assets(&world, CONTOSO).len(), pending(&world)), (planned, Vec::new()));
}

#[test]
fn a_picture_that_is_published_late_is_published_once() {
    let world = World::small();
    let on = "[sync]\nuser-details = true\npublish-pictures = true\n";
    world.configure(|text| format!("retries = 0\n{}", text.replace("[sync]\n", on)));
    late(&world, "v2/media");
    let state = world.sandbox.snapshot();
    let media = state["cloudradial"]["media"].as_object().expect("media by id").values();
    let hashes: Vec<String> = media.map(|media| media["hash"].to_string()).collect();
    let once: std::collections::BTreeSet<&String> = hashes.iter().collect();
    assert_eq!((once.len(), pending(&world)), (hashes.len(), Vec::new()), "{hashes:?}");
}

#[test]
fn a_record_that_the_listing_does_not_show_yet_is_remembered_as_made() {
    let world = world();
    sync(&world);
    let made = assets(&world, CONTOSO).len();
    // The listing lags by one record, which can be read by its id.
    let (id, ..) = helen(&world);
    let mut shown = Value::Null;
    world.edit(|state| {
        let asset = &mut state["cloudradial"]["flexible"]["assets"][id.to_string()];
        shown = asset["companyId"].clone();
    });
    assert_eq!(shown, json!(CONTOSO));
    world.edit(|state| state["cloudradial"]["flexible"]["unlisted"] = json!([id]));
    let run = world.run(&["sync", "--yes", "--company", "Contoso"]);
    assert_eq!(run.code, 6, "{}", run.err);
    assert_eq!(assets(&world, CONTOSO).len(), made);
    world.edit(|state| state["cloudradial"]["flexible"]["unlisted"] = json!([]));
    sync(&world);
    assert_eq!((assets(&world, CONTOSO).len(), pending(&world)), (made, Vec::new()));
}
