//! Details of 365 users: one flexible asset in the portal for everybody who takes part.

mod trouble;

use crsync_sandbox::System;
use serde_json::{Value, json};

use crate::harness::{Run, World, company};

const ON: &str = "[sync]\nuser-details = true\npictures = false\n";

const CONTOSO: i64 = 9;
const FABRIKAM: i64 = 10;

/// The large client: 2,500 users.
const LITWARE: i64 = 14;

fn world() -> World {
    let world = World::small();
    configure(&world, "");
    world
}

fn configure(world: &World, more: &str) {
    world.configure(|text| format!("retries = 0\n{}{more}", text.replace("[sync]\n", ON)));
}

fn sync(world: &World) -> Run {
    let run = world.run(&["sync", "--yes", "--company", "Contoso", "--allow", "deactivate=99"]);
    assert!([0, 4].contains(&run.code), "{} {}\n{}", run.code, run.err, run.out);
    run
}

/// The changes of details records that a plan of Contoso holds.
fn pending(world: &World) -> Vec<Value> {
    let plan = world.diff(&["--company", "Contoso"]).json();
    let changes = company(&plan, "Contoso")["changes"].as_array().expect("changes").clone();
    changes.into_iter().filter(|change| change["record"]["kind"] == "details").collect()
}

/// What the plan of Contoso says that is not done for the row.
fn told(world: &World) -> Vec<String> {
    let run = world.diff(&["--company", "Contoso"]);
    assert_eq!(run.code, 0, "everything else goes on");
    let plan = run.json();
    let skipped = company(&plan, "Contoso")["skipped"].as_array().expect("a list").clone();
    let own = skipped.iter().filter(|skip| skip["row"] == "user-details");
    own.map(|skip| skip["reason"].as_str().expect("a reason").to_owned()).collect()
}

/// The assets of a company that are about 365 users: id, archived, traits.
fn assets(world: &World, company: i64) -> Vec<(i64, bool, Value)> {
    let state = world.sandbox.snapshot();
    let assets = state["cloudradial"]["flexible"]["assets"].as_object().expect("assets by id").clone();
    let traits = |asset: &Value| -> Value {
        serde_json::from_str(asset["traitsJson"].as_str().expect("a text")).expect("an object in a text")
    };
    let own = assets
        .values()
        .filter(|asset| asset["companyId"] == company)
        .map(|asset| (asset["id"].as_i64().expect("a number"), asset["archived"] == true, traits(asset)));
    own.filter(|(_, _, traits)| traits.get("office-365-id").is_some()).collect()
}

/// Helen's asset.
fn helen(world: &World) -> (i64, bool, Value) {
    let is_hers = |asset: &(i64, bool, Value)| asset.2["user-name"] == "helen.marsh@contoso.example";
    let mut found: Vec<_> = assets(world, CONTOSO).into_iter().filter(is_hers).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn user(world: &World, name: &str, edit: impl Fn(&mut Value)) {
    world.edit(|state| {
        let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut();
        let users = tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("a list"));
        let mut found: Vec<_> = users.filter(|user| user["userPrincipalName"] == name).collect();
        assert_eq!(found.len(), 1, "{name}");
        edit(found.remove(0));
    });
}

/// The requests to the portal since `before` that have `text` in method and path.
fn asked(world: &World, before: usize, text: &str) -> usize {
    let requests = world.sandbox.requests();
    let mine = requests.iter().skip(before).filter(|seen| seen.system == System::CLOUDRADIAL);
    mine.filter(|seen| format!("{} {}", seen.method, seen.path).contains(text)).count()
}

#[test]
fn everybody_who_takes_part_gets_one_record_and_a_second_run_finds_nothing_to_do() {
    let world = world();
    let planned = pending(&world);
    assert!(planned.iter().all(|change| change["action"] == "create"));
    let notes: Vec<&str> = planned.iter().filter_map(|change| change["fields"][0]["note"].as_str()).collect();
    assert_eq!(notes, ["makes the type Microsoft 365 User first"]);
    sync(&world);
    let kept = assets(&world, CONTOSO);
    assert_eq!(kept.len(), planned.len());
    let (_, archived, traits) = helen(&world);
    assert!(!archived);
    assert_eq!(
        (&traits["display-name"], &traits["account-state"]),
        (&json!("Helen Marsh"), &json!("Enabled"))
    );
    assert!(traits["assigned-products"].as_str().expect("a text").starts_with("Microsoft 365"), "{traits}");
    assert_eq!(pending(&world), Vec::<Value>::new());
    let runs = world.runs();
    let report = world.journal(runs.last().expect("a run"));
    let journalled = report.entries.iter().filter(|entry| entry.change.record.kind.name() == "user-details");
    assert_eq!(journalled.count(), planned.len(), "the journal tells of each");
}

#[test]
fn the_row_is_off_unless_somebody_asks_for_it() {
    let world = World::small();
    let before = world.sandbox.requests().len();
    assert_eq!(pending(&world), Vec::<Value>::new());
    assert_eq!(asked(&world, before, "flexible"), 0);
}

#[test]
fn what_changes_in_365_changes_in_the_record_and_other_peoples_fields_stay() {
    for merges in [false, true] {
        let world = world();
        sync(&world);
        let (id, ..) = helen(&world);
        world.edit(|state| {
            let flexible = &mut state["cloudradial"]["flexible"];
            flexible["merges_traits"] = json!(merges);
            let kind = flexible["assets"][id.to_string()]["flexibleAssetTypeId"].clone();
            // A technician extends the type, renames it and one of its fields.
            let own = json!({"id": 900, "flexibleAssetTypeId": kind, "order": 20, "name": "Desk", "nameKey": "desk",
                             "kind": "Text", "required": false, "useForTitle": false, "showInList": false});
            flexible["fields"]["900"] = own;
            let name = kind.to_string();
            flexible["types"][&name]["name"] = json!("People");
            let fields = flexible["fields"].as_object_mut().expect("fields by id");
            fields.values_mut().find(|field| field["nameKey"] == "office").expect("an office")["name"] = json!("Room");
            let asset = &mut flexible["assets"][id.to_string()];
            let mut traits: Value = serde_json::from_str(asset["traitsJson"].as_str().expect("a text")).expect("traits");
            traits["desk"] = json!("4b");
            asset["traitsJson"] = json!(traits.to_string());
        });
        user(&world, "helen.marsh@contoso.example", |user| user["officeLocation"] = json!("Oslo 4"));
        let changes = pending(&world);
        assert_eq!(changes.len(), 1, "{changes:#?}");
        assert_eq!(changes[0]["fields"].as_array().expect("fields").len(), 1);
        sync(&world);
        let (_, _, traits) = helen(&world);
        assert_eq!((&traits["office"], &traits["desk"]), (&json!("Oslo 4"), &json!("4b")));
        assert_eq!(pending(&world), Vec::<Value>::new());
    }
}

#[test]
fn the_record_of_whoever_leaves_is_archived_and_comes_back_with_them() {
    for listed in [false, true] {
        let world = world();
        world.edit(|state| state["cloudradial"]["flexible"]["lists_archived"] = json!(listed));
        sync(&world);
        user(&world, "helen.marsh@contoso.example", |user| user["accountEnabled"] = json!(false));
        sync(&world);
        let (id, archived, traits) = helen(&world);
        assert!(archived, "{traits}");
        assert_eq!(traits["account-state"], "Disabled");
        assert_eq!(pending(&world), Vec::<Value>::new(), "once is enough");
        assert_eq!(sync(&world).code, 0, "that it may not be listed any more is no loss");
        user(&world, "helen.marsh@contoso.example", |user| user["accountEnabled"] = json!(true));
        sync(&world);
        if listed {
            let (same, archived, traits) = helen(&world);
            assert_eq!((same, archived), (id, false));
            assert_eq!(traits["account-state"], "Enabled");
        }
        assert_eq!(pending(&world), Vec::<Value>::new());
    }
}

#[test]
fn a_record_that_was_archived_by_hand_and_is_not_listed_gives_way_to_a_new_one() {
    let world = world();
    sync(&world);
    let (id, ..) = helen(&world);
    world.edit(|state| {
        let flexible = &mut state["cloudradial"]["flexible"];
        flexible["lists_archived"] = json!(false);
        flexible["assets"][id.to_string()]["archived"] = json!(true);
    });
    assert_eq!(pending(&world).len(), 1);
    sync(&world);
    let hers = |asset: &(i64, bool, Value)| asset.2["user-name"] == "helen.marsh@contoso.example";
    let kept: Vec<bool> = assets(&world, CONTOSO).iter().filter(|it| hers(it)).map(|it| it.1).collect();
    assert_eq!(kept, [true, false]);
    assert_eq!(pending(&world), Vec::<Value>::new());
    assert_eq!(sync(&world).code, 0);
}

#[test]
fn an_undo_archives_what_was_made() {
    let world = world();
    sync(&world);
    let made = assets(&world, CONTOSO).len();
    let undo = world.run(&["undo", "last", "--yes", "--allow", "deactivate=99", "--allow", "update=99"]);
    assert_eq!(undo.code, 0, "{}\n{}", undo.err, undo.out);
    let kept = assets(&world, CONTOSO);
    assert_eq!(kept.len(), made, "nothing is deleted");
    assert!(kept.iter().all(|(_, archived, traits)| *archived && traits["account-state"] == "Taken back"));
    let first = world.runs().remove(0);
    let again = world.run(&["undo", &first, "--yes"]);
    assert_eq!(again.code, 0, "nothing is left to take back: {}\n{}", again.err, again.out);
}

#[test]
fn records_that_an_undo_archived_are_no_loss_to_the_next_sync() {
    let world = world();
    sync(&world);
    let first = world.runs().remove(0);
    sync(&world);
    let undo = world.run(&["undo", &first, "--yes", "--allow", "deactivate=99", "--allow", "update=99"]);
    assert_eq!(undo.code, 0, "{}\n{}", undo.err, undo.out);
    sync(&world);
}

#[test]
fn a_field_that_cannot_hold_texts_is_told_and_left_out() {
    let world = world();
    sync(&world);
    world.edit(|state| {
        let fields = state["cloudradial"]["flexible"]["fields"].as_object_mut().expect("fields by id");
        fields.retain(|_, field| field["nameKey"] != "manager");
    });
    assert_eq!(told(&world), ["Microsoft 365 User in the portal has no usable field for manager"]);
    world.edit(|state| {
        let fields = state["cloudradial"]["flexible"]["fields"].as_object_mut().expect("fields by id");
        fields.retain(|_, field| field["nameKey"] != "office-365-id");
    });
    let told = told(&world);
    assert!(told.len() == 1 && told[0].contains("has no text field \"Office 365 Id\""), "{told:?}");
}

#[test]
fn two_companies_at_once_make_one_type() {
    let world = world();
    let run = world.run(&[
        "sync",
        "--yes",
        "--allow",
        "create=99",
        "--allow",
        "update=199",
        "--allow",
        "deactivate=99",
        "--allow",
        "relink=99",
    ]);
    assert!([0, 4].contains(&run.code), "{} {}", run.code, run.err);
    let state = world.sandbox.snapshot();
    let types = state["cloudradial"]["flexible"]["types"].as_object().expect("types by id");
    let own = types.values().filter(|kind| kind["name"] == "Microsoft 365 User").count();
    assert_eq!(own, 1);
    assert!(!assets(&world, FABRIKAM).is_empty() && !assets(&world, CONTOSO).is_empty());
}

#[test]
fn the_type_can_have_another_name() {
    let world = world();
    world.configure(|text| {
        let text = text.replace("[sync]\n", ON);
        format!(
            "retries = 0\n{}",
            text.replace("[cloudradial]\n", "[cloudradial]\nuser-details-type = \"Staff\"\n")
        )
    });
    sync(&world);
    let state = world.sandbox.snapshot();
    let types = state["cloudradial"]["flexible"]["types"].as_object().expect("types by id").clone();
    assert!(types.values().any(|kind| kind["name"] == "Staff"), "{types:?}");
    world.configure(|text| text.replace("[cloudradial]\n", "[cloudradial]\nuser-details-type = \"\"\n"));
    let run = world.run(&["diff", "--company", "Contoso"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("it takes a name of 1 to 256 characters"), "{}", run.err);
}

#[test]
fn the_large_client_costs_a_request_for_a_hundred_records_and_then_none() {
    let world = World::new();
    configure(&world, "");
    let args = [
        "sync",
        "--yes",
        "--company",
        "Litware",
        "--allow",
        "create=9999",
        "--allow",
        "update=9999",
        "--allow",
        "deactivate=999",
    ];
    let before = world.sandbox.requests().len();
    let run = world.run(&args);
    assert!([0, 4].contains(&run.code), "{} {}", run.code, run.err);
    let kept = assets(&world, LITWARE).len();
    assert!(kept > 2_000, "{kept}");
    assert_eq!(
        asked(&world, before, "POST /compatibility"),
        1 + kept.div_ceil(100),
        "the type, and the records"
    );
    let before = world.sandbox.requests().len();
    let run = world.run(&args);
    assert!([0, 4].contains(&run.code), "{} {}", run.code, run.err);
    assert_eq!(asked(&world, before, "/compatibility"), 0);
    // The type, its fields and the records, each counted and listed two hundred at a time.
    let pages = kept / 200 + 1;
    assert_eq!(asked(&world, before, "odata/flexibleasset"), 2 + 2 + pages + 2);
}

#[test]
fn a_picture_goes_among_the_media_once_and_only_where_that_is_asked_for() {
    let world = World::small();
    let with = |more: &str| {
        let on = format!("[sync]\nuser-details = true\n{more}");
        world.configure(|text| format!("retries = 0\n{}", text.replace("[sync]\n", &on)));
    };
    let media =
        || world.sandbox.snapshot()["cloudradial"]["media"].as_object().map_or(0, serde_json::Map::len);
    let named = || -> Vec<String> {
        let assets = assets(&world, CONTOSO).into_iter();
        let pictures = assets.filter_map(|(_, _, traits)| traits["picture"].as_str().map(ToOwned::to_owned));
        pictures.filter(|picture| !picture.is_empty()).collect()
    };
    world.edit(|state| {
        // Two people with one picture.
        let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut();
        for user in tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("a list")) {
            let name = user["userPrincipalName"].as_str().unwrap_or_default();
            if ["helen.marsh@contoso.example", "vera.stahl@contoso.example"].contains(&name) {
                user["photo"] = json!({"drawn": {"look": 7, "stored": 240, "png": false}});
            }
        }
    });
    with("");
    sync(&world);
    let pictures = named();
    assert!(pictures.len() > 2 && pictures.iter().all(|picture| picture.len() == 32), "{pictures:?}");
    assert_eq!(media(), 0);
    with("publish-pictures = true\n");
    let shown = world.run(&["diff", "--company", "Contoso"]).out;
    assert!(shown.contains("put among the MSP's media"), "{shown}");
    sync(&world);
    let distinct: std::collections::BTreeSet<String> = named().into_iter().collect();
    assert!(distinct.iter().all(|picture| picture.ends_with(" (in media)")), "{distinct:?}");
    assert_eq!(media(), distinct.len(), "the picture of two people is there once");
    assert_eq!(pending(&world), Vec::<Value>::new());
    let before = world.sandbox.requests().len();
    sync(&world);
    assert_eq!(asked(&world, before, "media"), 0);
}

#[test]
fn pictures_are_shown_in_a_browser_and_nowhere_else() {
    let world = World::small();
    world.configure(|text| {
        format!("retries = 0\n{}", text.replace("[sync]\n", "[sync]\nuser-details = true\n"))
    });
    sync(&world);
    let explain = |more: &[&str]| {
        let who = ["explain", "helen.marsh@contoso.example", "--company", "Contoso"];
        world.run(&[&who[..], more].concat()).out
    };
    let shown = explain(&["--format", "html"]);
    assert!(shown.contains("<img src=\"data:image/") && shown.contains("; img-src data:"), "{shown}");
    for other in [&["--format", "html", "--redact"][..], &["--format", "markdown"], &[]] {
        assert!(!explain(other).contains("data:"), "{other:?}");
    }
    // A plan shows those that it brings.
    let plan = || world.run(&["diff", "--company", "Contoso", "--format", "html"]).out;
    assert!(!plan().contains("data:"));
    world.edit(|state| {
        let assets = state["cloudradial"]["flexible"]["assets"].as_object_mut().expect("assets by id");
        for asset in assets.values_mut() {
            let mut traits: Value =
                serde_json::from_str(asset["traitsJson"].as_str().expect("a text")).expect("traits");
            if traits["user-name"] == "helen.marsh@contoso.example" {
                traits["picture"] = json!("");
                asset["traitsJson"] = json!(traits.to_string());
            }
        }
    });
    let plan = plan();
    assert_eq!(plan.matches("<img ").count(), 1);
    assert!(plan.contains("<figcaption>Helen Marsh &lt;helen.marsh@contoso.example&gt;"), "{plan}");
}

#[test]
fn a_type_that_lacks_some_fields_is_not_made_a_second_time() {
    let world = world();
    sync(&world);
    world.edit(|state| {
        let flexible = &mut state["cloudradial"]["flexible"];
        let types = flexible["types"].as_object_mut().expect("types by id").values_mut();
        for kind in types.filter(|kind| kind["name"] == "Microsoft 365 User") {
            kind["name"] = json!("People");
        }
        flexible["fields"]
            .as_object_mut()
            .expect("fields by id")
            .retain(|_, field| field["nameKey"] != "manager");
    });
    assert_eq!(pending(&world), Vec::<Value>::new());
    let said = told(&world);
    assert!(said.len() == 1 && said[0].contains("\"People\" looks like that of user details"), "{said:?}");
}

#[test]
fn a_type_that_holds_passwords_is_left_alone() {
    let world = world();
    sync(&world);
    world.edit(|state| {
        let flexible = &mut state["cloudradial"]["flexible"];
        let fields = flexible["fields"].as_object_mut().expect("fields by id").values_mut();
        let ours = fields.filter(|field| field["nameKey"] == "office-365-id").map(|field| field["flexibleAssetTypeId"].clone());
        let kind = ours.last().expect("our type");
        flexible["fields"]["900"] = json!({"id": 900, "flexibleAssetTypeId": kind, "order": 20, "name": "Wi-Fi password",
            "nameKey": "wi-fi-password", "kind": "Password", "required": false, "useForTitle": false, "showInList": false});
    });
    user(&world, "helen.marsh@contoso.example", |user| user["officeLocation"] = json!("Oslo 4"));
    assert_eq!(pending(&world), Vec::<Value>::new());
    let said = told(&world);
    assert!(said.len() == 1 && said[0].contains("the field \"Wi-Fi password\""), "{said:?}");
}

#[test]
fn explain_tells_what_the_record_holds_and_masks_who_it_is() {
    let world = world();
    sync(&world);
    let explain = |more: &[&str]| {
        let run =
            world.run(&[&["explain", "agnes.abbott@contoso.example", "--company", "Contoso"], more].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    };
    let shown = explain(&[]);
    for line in ["manager          Helen Marsh", "office           Chicago, floor 12"] {
        assert!(shown.contains(line), "{shown}");
    }
    let masked = explain(&["--redact"]);
    assert!(masked.contains("manager          H…") && !masked.contains("Helen"), "{masked}");
    assert!(!masked.contains("agnes@"), "{masked}");
}
