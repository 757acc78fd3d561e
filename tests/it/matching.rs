//! What `crsync match` shows, and how it exits.

use crsync_sandbox::{Effect, System};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::harness::{Run, World, company, run};

/// `crsync match` on a terminal of 80 columns, without its colours.
fn table(world: &World, args: &[&str]) -> String {
    let config = world.config().display().to_string();
    let mut all = vec!["crsync", "match", "--config", &config];
    all.extend(args);
    let shown = run(&all, Some(80), &world.env);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let text = anstream::adapter::strip_str(&shown.out).to_string();
    for line in text.lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
    text
}

fn json(world: &World, args: &[&str]) -> Run {
    let mut all = vec!["match", "--format", "json"];
    all.extend(args);
    world.run(&all)
}

/// Gives Nina Farrow, who is new in 365, a contact under a private address.
fn with_ninas_contact(world: &World) {
    world.edit(|state| {
        let contacts = state["autotask"]["contacts"].as_object_mut().expect("contacts by id");
        let mut nina = contacts["1740003"].clone();
        nina["fields"]["firstName"] = json!("Nina");
        nina["fields"]["lastName"] = json!("Farow");
        nina["fields"]["emailAddress"] = json!("nfarrow@home.example");
        let id = 1_749_999;
        nina["fields"]["id"] = json!(id);
        contacts.insert(id.to_string(), nina);
    });
}

#[test]
fn the_people_of_a_client_read_like_this() {
    insta::assert_snapshot!(table(&World::new(), &["--company", "Fabrikam"]));
}

#[test]
fn who_stayed_alone_reads_like_this() {
    let world = World::new();
    with_ninas_contact(&world);
    insta::assert_snapshot!(table(&world, &["--unmatched"]));
}

#[test]
fn a_suggestion_is_ranked_and_links_nobody() {
    let world = World::new();
    with_ninas_contact(&world);
    let document = json(&world, &["--company", "Contoso"]).json();
    assert_eq!(document["schema"], "crsync.match/1");
    let contoso = company(&document, "Contoso");
    let nina = contoso["alone"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["person"]["who"]["email"] == "nina.farrow@contoso.example")
        .expect("Nina is alone");
    assert_eq!(nina["suggestions"][0]["member"]["record"]["id"], json!("1749999"));
    assert!(nina["suggestions"][0]["likeness"].as_u64().is_some_and(|percent| percent >= 80), "{nina}");
    assert!(nina["suggestions"].as_array().is_some_and(|found| found.len() <= 3));
}

/// The evidence that decided for the person with this address.
fn decided(document: &Value, name: &str, email: &str) -> Vec<String> {
    let linked = company(document, name)["linked"].as_array().expect("a list").clone();
    let person =
        linked.into_iter().find(|one| one["who"]["email"] == email).unwrap_or_else(|| panic!("no {email}"));
    let of = |list: &Value| -> Vec<String> {
        let list = list.as_array().expect("a list").iter().filter(|one| one["decided"] == true);
        list.map(|one| one["kind"].as_str().unwrap_or_default().to_owned()).collect()
    };
    [of(&person["evidence"]), of(&person["portal-evidence"])].concat()
}

#[test]
fn every_situation_of_fabrikam_says_why() {
    let document = json(&World::new(), &["--company", "Fabrikam"]).json();
    for (email, evidence) in [
        ("sofie.dahl", ["365-alternate", "psa-key"]),
        ("milo.frost", ["365-alternate", "psa-key"]),
        ("anna.weiss", ["psa-alternate", "psa-key"]),
        ("karl.ewing", ["both-alternate", "psa-key"]),
        ("dana.price", ["user-name", "psa-key"]),
        ("maria.santos", ["stored-id", "psa-key"]),
        ("petra.wolf", ["primary-email", "psa-key"]),
        ("felix.moran", ["stored-id", "primary-email"]),
        ("lucy.barron", ["stored-id", "primary-email"]),
    ] {
        assert_eq!(decided(&document, "Fabrikam", &format!("{email}@fabrikam.example")), evidence, "{email}");
    }
    let fabrikam = company(&document, "Fabrikam");
    let conflicts = fabrikam["conflicts"].as_array().expect("a list");
    let sizes: Vec<usize> =
        conflicts.iter().map(|one| one["conflict"]["candidates"].as_array().expect("a list").len()).collect();
    assert_eq!(sizes, [3, 3, 3, 3, 3], "every candidate is named");
}

#[test]
fn only_who_is_unmatched_is_shown_when_asked_for() {
    let document = json(&World::new(), &["--unmatched", "--company", "Contoso"]).json();
    let contoso = company(&document, "Contoso");
    assert_eq!((&contoso["linked"], &contoso["excluded"]), (&json!([]), &json!([])));
    assert_eq!(contoso["alone"].as_array().map(Vec::len), Some(3));
    assert_eq!(document["totals"]["linked"], 28, "the sums stay those of everybody");
}

#[test]
fn match_and_diff_agree_on_conflicts_and_on_who_is_out_of_scope() {
    let world = World::new();
    let (people, plan) = (json(&world, &[]).json(), world.diff(&[]).json());
    for part in plan["companies"].as_array().expect("a list") {
        let name = part["name"].as_str().expect("a name");
        let here = company(&people, name);
        let conflicts: Vec<&Value> =
            here["conflicts"].as_array().expect("a list").iter().map(|one| &one["conflict"]).collect();
        assert_eq!(conflicts, part["conflicts"].as_array().expect("a list").iter().collect::<Vec<_>>());
        let theirs = part["excluded"].as_array().expect("a list");
        for one in here["excluded"].as_array().expect("a list") {
            assert!(theirs.contains(one), "{one}");
        }
    }
}

#[test]
fn redacted_output_names_nobody() {
    let world = World::new();
    with_ninas_contact(&world);
    for format in ["json", "table"] {
        let run = world.run(&["match", "--company", "Contoso", "--format", format, "--verbose", "--redact"]);
        assert_eq!(run.code, 0);
        for name in ["Nina", "Farrow", "nina.farrow", "Farow", "Marcus", "marcus.webb", "svc-backup"] {
            assert!(!run.out.contains(name), "{name} is in the {format}");
        }
    }
}

#[test]
fn what_settings_say_of_people_is_masked() {
    let world = World::small();
    world.configure(|text| {
        let rules = "[[exclude]]\ndisplay-name = \"Victor Lund\"\n\
                     reason = \"Victor Lund is the owner, +1 312 555 0191\"\n\n\
                     [[exclude]]\ndisplay-name = \"Robert Jones\"\n\n[[exclude]]";
        format!("retries = 0\n{}", text.replacen("[[exclude]]", rules, 1))
    });
    let whole = json(&world, &[]).out;
    assert!(whole.contains("Victor Lund is the owner") && whole.contains("Robert Jones"), "{whole}");
    for command in [&["match"][..], &["diff"], &["explain", "victor.lund@contoso.example"]] {
        for format in ["json", "table"] {
            let run = world.run(&[command, &["--format", format, "--verbose", "--redact"]].concat());
            assert_eq!(run.code, 0, "{command:?}: {}", run.err);
            for name in ["Victor", "Lund", "the owner", "312 555", "Robert", "Jones"] {
                assert!(!run.out.contains(name), "{command:?}: {name} is in the {format}\n{}", run.out);
            }
            let keeps_its_kind = run.out.contains(r#"display-name = \"V…\": …"#);
            assert!(keeps_its_kind || format == "table", "{command:?}: {}", run.out);
        }
    }
}

#[test]
fn what_could_not_be_read_is_said_and_is_the_exit_code() {
    let world = World::new();
    let refusal = Effect::Answer { status: 500, headers: Vec::new(), body: "{}".to_owned() };
    world.fault(System::GRAPH, "", None, refusal);
    let run = json(&world, &["--company", "Contoso"]);
    assert_eq!(run.code, 8);
    assert!(run.err.starts_with("error: 365 could not be read for Contoso: "), "{}", run.err);
    let document: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(company(&document, "Contoso")["linked"], json!([]));
}
