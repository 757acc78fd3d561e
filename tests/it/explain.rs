//! What `crsync explain` says of one person.

use crsync_sandbox::{Effect, System};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::harness::{World, run};

/// `crsync explain` on a terminal of 80 columns, without its colours.
fn table(world: &World, who: &str) -> String {
    let config = world.config().display().to_string();
    let shown = run(&["crsync", "explain", who, "--config", &config], Some(80), &world.env);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let text = anstream::adapter::strip_str(&shown.out).to_string();
    for line in text.lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
    text
}

fn json(world: &World, who: &str) -> Value {
    let run = world.run(&["explain", who, "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let document = run.json();
    assert_eq!(document["schema"], "crsync.explain/1");
    document
}

#[test]
fn somebody_who_changed_reads_like_this() {
    insta::assert_snapshot!(table(&World::new(), "aud.lie@northwind.example"));
}

#[test]
fn somebody_who_is_excluded_reads_like_this() {
    insta::assert_snapshot!(table(&World::new(), "svc-phone@contoso.example"));
}

#[test]
fn a_conflict_reads_like_this() {
    insta::assert_snapshot!(table(&World::new(), "orders@fabrikam.example"));
}

#[test]
fn the_verdict_comes_first_and_says_what_happens_and_why() {
    let world = World::new();
    for (who, verdict) in [
        (
            "orders@fabrikam.example",
            "Nothing will be written to Lisa Grant: the records are in conflict (2 365 users match one contact (365 alternate email)).",
        ),
        (
            "svc-phone@contoso.example",
            "Nothing will be written to Phone System: excluded, because an [[exclude]] matches.",
        ),
        (
            "nina.farrow@contoso.example",
            "The next sync will create a contact and a portal user, if no guard refuses it, because the person takes part and has no contact and no portal user.",
        ),
        ("victor.lund@contoso.example", "The next sync will deactivate contact "),
        ("aud.lie@northwind.example", "The next sync will update contact 1760016 (title) and portal user "),
    ] {
        let document = json(&world, who);
        let said = document["people"][0]["verdict"].as_str().expect("a sentence");
        assert!(said.starts_with(verdict), "{who}: {said}");
        let text = table(&world, who).lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let (head, rest) = text.split_once("Records").expect("the evidence");
        assert!(head.contains(said) && !rest.contains(said), "{who}: {text}");
    }
}

#[test]
fn every_situation_of_contoso_says_why_a_record_is_out_of_scope() {
    let world = World::new();
    for (who, reason, rule) in [
        ("jack.doyle@contoso.example", "no licence", "require-license is on"),
        ("pat.stone@partner.example", "guest", "guests = false"),
        ("info@contoso.example", "disabled", "sign-in is blocked in 365"),
        ("svc-backup@contoso.example", "excluded", "an [[exclude]] matches"),
        ("scan2@contoso.example", "excluded", "an [[exclude]] matches"),
        ("former.employee@contoso.example", "inactive", "the contact is inactive in the PSA"),
    ] {
        let document = json(&world, who);
        let out = &document["people"][0]["person"]["records"][0]["out"];
        assert_eq!((&out["reason"], &out["rule"]), (&json!(reason), &json!(rule)), "{who}");
    }
}

#[test]
fn an_explanation_holds_the_changes_of_the_plan() {
    let world = World::new();
    let plan = world.diff(&["--company", "Contoso"]).json();
    for who in ["priya.raman@contoso.example", "victor.lund@contoso.example", "otto.brandt@contoso.example"] {
        let document = json(&world, who);
        let changes = plan["companies"][0]["changes"].as_array().expect("a list");
        let own: Vec<&Value> = changes.iter().filter(|change| change["who"]["email"] == who).collect();
        assert!(!own.is_empty());
        assert_eq!(document["people"][0]["changes"], json!(own), "{who}");
    }
}

#[test]
fn a_user_of_a_shared_tenant_is_explained_for_the_own_company() {
    let document = json(&World::new(), "joan.pike@wingtip.example");
    assert_eq!(document["people"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["people"][0]["company"], "Tailspin Toys");
}

#[test]
fn several_hits_are_listed_with_a_line_each() {
    let world = World::new();
    let text = table(&world, "joan.pike@tailspin.example");
    assert!(text.contains("Tailspin Toys: Joan Pike") && text.contains("Wingtip Toys: Joan Pike"), "{text}");
    let document = json(&world, "joan.pike@tailspin.example");
    assert_eq!(document["people"].as_array().map(Vec::len), Some(2));
}

#[test]
fn whom_nobody_knows_is_one_clear_line_with_the_nearest() {
    let run = World::new().run(&["explain", "nina.farow@contoso.example"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert_eq!(
        run.err,
        "error: no person has the address, id or name \"nina.farow@contoso.example\" in the companies that were read\n  \
         next: did you mean nina.farrow@contoso.example?\n"
    );
}

#[test]
fn what_could_not_be_read_is_said() {
    let world = World::new();
    let refusal = Effect::Answer { status: 403, headers: Vec::new(), body: "{}".to_owned() };
    world.fault(System::GRAPH, "", None, refusal);
    let run = world.run(&["explain", "nina.farrow@contoso.example", "--company", "Contoso"]);
    assert_eq!(run.code, 8);
    assert!(run.err.contains("365 could not be read for Contoso"), "{}", run.err);
    assert!(run.err.contains("in what could be read"), "{}", run.err);
}

#[test]
fn redacted_output_names_nobody() {
    let world = World::new();
    for format in ["json", "table"] {
        let run = world.run(&[
            "explain",
            "priya.raman@contoso.example",
            "--format",
            format,
            "--redact",
            "--verbose",
        ]);
        assert_eq!(run.code, 0);
        for name in ["Priya", "Raman", "priya.raman", "Wacker", "312 555"] {
            assert!(!run.out.contains(name), "{name} is in the {format}\n{}", run.out);
        }
    }
}

#[test]
fn hostile_texts_do_not_reach_the_terminal() {
    let shown = table(&World::new(), "mallory@northwind.example");
    let hostile =
        shown.chars().find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
    assert_eq!(hostile, None);
}
