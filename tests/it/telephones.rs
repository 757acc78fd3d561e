//! Telephone numbers and extensions: one notion of a number on every side, whatever its spelling.

use crsync::model::Field;
use serde_json::{Value, json};

use crate::conformance::{KITS, Kit, each};
use crate::harness::{World, client, company};

/// People whose numbers are spelled in ways of their own.
const PEOPLE: &str = r#"
[[person]]
like-user = ["contact", "portal"]
user = { upn = "eve.ten@alder.example", first = "Eve", last = "Ten", phone = "+1 202 555 0112" }
contact = { phone = "+1 202 555 0112 x42" }
[[person]]
user = { upn = "ted.new@alder.example", first = "Ted", last = "New", phone = "+1 (202) 555-0115;ext=5678", mobile = "tel:+13035550116" }
[[person]]
like-user = ["contact", "portal"]
user = { upn = "uma.kay@alder.example", first = "Uma", last = "Kay", phone = "+44 (0)20 7946 0018" }
contact = { phone = "+44 20 7946 0018" }
[[person]]
like-user = ["contact", "portal"]
user = { upn = "own.field@alder.example", first = "Own", last = "Field", phone = "+1 202 555 0117", mobile = "+1 303 555 0117" }
[[person]]
like-user = ["contact", "portal"]
user = { upn = "mov.ed@alder.example", first = "Mov", last = "Ed", phone = "+1 202 555 0118 x9" }
contact = { phone = "+1 202 555 0118 x42" }
portal = { phone = "+1 202 555 0118" }
[[person]]
like-user = ["contact", "portal"]
user = { upn = "nat.ion@alder.example", first = "Nat", last = "Ion", phone = "(202) 555-0119" }
contact = { phone = "+1 202 555 0119" }
"#;

const TWO: &str = r#"
[[person]]
like-user = ["contact", "portal"]
user = { upn = "sal.ash@alder.example", first = "Sal", last = "Ash", phone = "+1 202 555 0100 / +1 202 555 0101" }
contact = { phone = "+1 202 555 0100" }
"#;

/// What the PSA's own field for the extension of a telephone holds; `None` where there is no such field.
fn extension(kit: &Kit, contact: &Value) -> Option<String> {
    let slot = kit.extension?;
    Some(slot(&mut contact.clone()).as_str().unwrap_or_default().to_owned())
}

/// Puts the extension of a contact into the PSA's own field for it; behind the number where there is none.
fn set_extension(kit: &Kit, contact: &mut Value, number: &str, extension: &str) {
    match kit.extension {
        Some(slot) => *slot(contact) = json!(extension),
        None => kit.set(contact, Field::Phone, &format!("{number} x{extension}")),
    }
}

fn changed(plan: &Value, email: &str, kind: &str) -> Vec<Value> {
    let changes = company(plan, "Alder")["changes"].as_array().expect("changes");
    let of = |change: &&Value| change["who"]["email"] == email && change["record"]["kind"] == kind;
    changes.iter().filter(of).cloned().collect()
}

#[test]
fn a_number_is_the_same_in_every_spelling_and_an_extension_is_never_taken_away() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, PEOPLE)]);
        world.edit(|state| {
            let contact = kit.contact_mut(state, "own.field@alder.example");
            set_extension(kit, contact, "+1 202 555 0117", "42");
        });
        world.configure(|text| text.replacen("[sync]", "[sync]\ncalling-code = \"1\"", 1));
        let plan = world.diff(&["--psa", kit.id]).json();
        for email in ["eve.ten", "uma.kay", "own.field", "nat.ion"] {
            let changes = changed(&plan, &format!("{email}@alder.example"), "contact");
            assert!(changes.is_empty(), "{} {email}: {changes:?}", kit.id);
        }
        let run = world.sync(&["--psa", kit.id]);
        assert_eq!(run.code, 0, "{}: {}{}", kit.id, run.out, run.err);
        let state = world.sandbox.snapshot();
        let phone = |email: &str| kit.get(kit.contact(&state, email).1, Field::Phone);
        let own = |email: &str| extension(kit, kit.contact(&state, email).1);
        for (email, number, digits) in [
            ("ted.new@alder.example", "+1 (202) 555-0115", "5678"),
            ("mov.ed@alder.example", "+1 202 555 0118", "9"),
        ] {
            match own(email) {
                Some(extension) => {
                    assert_eq!((phone(email).as_str(), extension.as_str()), (number, digits), "{}", kit.id);
                }
                None => assert_eq!(phone(email), format!("{number} x{digits}"), "{}", kit.id),
            }
        }
        let mobile = kit.get(kit.contact(&state, "ted.new@alder.example").1, Field::Mobile);
        assert_eq!(mobile, "+13035550116", "{}", kit.id);
        assert_eq!(own("own.field@alder.example").unwrap_or("42".to_owned()), "42", "{}", kit.id);
        let portal = state["cloudradial"]["users"].as_object().expect("portal users by id").values();
        let mut portal = portal.filter(|user| user["email"] == "ted.new@alder.example");
        let ted = portal.next().expect("a portal user");
        assert_eq!(ted["phoneNumber"], "+1 (202) 555-0115 x5678", "{}", kit.id);
        world.forget();
        let again = world.diff(&["--psa", kit.id]).json();
        let changes = company(&again, "Alder")["changes"].as_array().expect("changes").clone();
        assert!(changes.is_empty(), "{}: {changes:?}", kit.id);
    });
}

#[test]
fn without_a_calling_code_a_national_number_is_no_international_one() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, PEOPLE)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        assert_eq!(changed(&plan, "nat.ion@alder.example", "contact").len(), 1, "{}", kit.id);
        world.configure(|text| format!("{text}\n[company.sync]\ncalling-code = \"+1\"\n"));
        let plan = world.diff(&["--psa", kit.id]).json();
        assert!(changed(&plan, "nat.ion@alder.example", "contact").is_empty(), "{}", kit.id);
    });
}

#[test]
fn an_extension_that_was_added_meanwhile_is_not_written_over() {
    each(|kit| {
        let people = "[[person]]\nlike-user = [\"contact\", \"portal\"]\n\
                      user = { upn = \"eve.ten@alder.example\", first = \"Eve\", last = \"Ten\", phone = \"+1 202 555 0113\" }\n\
                      contact = { phone = \"+1 202 555 0112\" }\n";
        let world = World::of(&[client("Alder", 20, 14, people)]);
        let file = world.plan(&["--psa", kit.id]);
        world.edit(|state| {
            set_extension(kit, kit.contact_mut(state, "eve.ten@alder.example"), "+1 202 555 0112", "42");
        });
        let run = world.sync(&["--plan", &file]);
        assert_eq!(run.code, 6, "{}: {}{}", kit.id, run.out, run.err);
        let state = world.sandbox.snapshot();
        let contact = kit.contact(&state, "eve.ten@alder.example").1;
        assert!(kit.get(contact, Field::Phone).starts_with("+1 202 555 0112"), "{}", kit.id);
    });
}

#[test]
fn two_numbers_in_one_field_never_become_one() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, TWO)]);
        let plan = world.diff(&["--psa", kit.id]);
        let run = world.sync(&["--psa", kit.id]);
        assert_eq!(run.code, 0, "{}: {}{}", kit.id, run.out, run.err);
        let state = world.sandbox.snapshot();
        let phone = kit.get(kit.contact(&state, "sal.ash@alder.example").1, Field::Phone);
        if kit.short_phone {
            assert_eq!(phone, "+1 202 555 0100");
            let plan = plan.json();
            let skips = company(&plan, "Alder")["skipped"].as_array().expect("skips");
            let skip =
                skips.iter().find(|skip| skip["who"]["email"] == "sal.ash@alder.example").expect("one");
            let reason = skip["reason"].as_str().expect("a reason");
            assert!(
                reason.contains("phone is not written") && reason.contains("several numbers"),
                "{reason}"
            );
        } else {
            assert_eq!(phone, "+1 202 555 0100 / +1 202 555 0101", "{}", kit.id);
        }
        world.forget();
        let again = world.diff(&["--psa", kit.id]).json();
        assert_eq!(company(&again, "Alder")["changes"], json!([]), "{}", kit.id);
    });
}

/// A mobile with an extension, for which there is no field beside it, and a number with a menu behind it.
const MOBILE: &str = r#"
[[person]]
like-user = ["contact", "portal"]
user = { upn = "men.nu@alder.example", first = "Men", last = "Nu", phone = "+1 202 555 0121 press 2" }
contact = { phone = "+1 202 555 0120" }
[[person]]
like-user = ["contact", "portal"]
user = { upn = "kim.roe@alder.example", first = "Kim", last = "Roe", mobile = "555 0199 x7" }
contact = { mobile = "555 0190" }
"#;

#[test]
fn where_the_digits_alone_are_kept_a_number_stays_the_number_it_is() {
    for kit in KITS.iter().filter(|kit| kit.keep_digits.is_some()) {
        let people = [PEOPLE, TWO, MOBILE].concat();
        let world = World::of(&[client("Alder", 20, 14, &people)]);
        let keep_digits = kit.keep_digits.expect("a way");
        world.edit(|state| keep_digits(&mut state[kit.part]));
        world.configure(|text| text.replacen("[sync]", "[sync]\ncalling-code = \"1\"", 1));
        let plan = world.diff(&["--psa", kit.id]).json();
        let skips = company(&plan, "Alder")["skipped"].as_array().expect("skips").clone();
        for (email, words) in [
            ("sal.ash", "several numbers"),
            ("kim.roe", "it has an extension"),
            ("men.nu", "between its digits"),
        ] {
            let of = |skip: &&Value| skip["who"]["email"] == format!("{email}@alder.example");
            let reason = skips.iter().find(of).expect("a line")["reason"].as_str().expect("a reason");
            assert!(reason.contains("is not written") && reason.contains(words), "{reason}");
        }
        let run = world.sync(&["--psa", kit.id]);
        assert_eq!(run.code, 0, "{}: {}{}", kit.id, run.out, run.err);
        let state = world.sandbox.snapshot();
        let held =
            |email: &str, field| kit.get(kit.contact(&state, &format!("{email}@alder.example")).1, field);
        assert_eq!(held("sal.ash", Field::Phone), "+1 202 555 0100");
        assert_eq!(held("kim.roe", Field::Mobile), "555 0190");
        assert_eq!(held("men.nu", Field::Phone), "+1 202 555 0120");
        assert_eq!(held("ted.new", Field::Phone), "12025550115");
        world.forget();
        let again = world.diff(&["--psa", kit.id]).json();
        assert_eq!(company(&again, "Alder")["changes"], json!([]), "{}", kit.id);
    }
}
