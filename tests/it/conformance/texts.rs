//! Names, titles and numbers as people have them: in any script, of any length, written in any way.

use crsync::model::Field;
use serde_json::{Value, json};

use super::people::{digits, hire, portal_users, user_mut};
use super::story::Story;
use super::{Kit, each};

/// New users: first and last name, address, title.
const HIRED: [([&str; 2], &str, &str); 6] = [
    (["Zoe\u{308}", "Mu\u{308}ller"], "zoe@contoso.example", "Ba\u{308}ckerin"),
    (["שרה", "כהן"], "sarah@contoso.example", "מנהלת כספים"),
    (["Skye", "O'Hara-D’Arcy"], "skye@contoso.example", "Pilot 🚀 & <b>Crew</b>"),
    (["花子", "山田"], "hanako@contoso.example", "営業部長"),
    (["=cmd|'/c calc'!A1", "Null"], "null@contoso.example", "NULL"),
    (["Per \"Pelle\"", "Å;Ø,\\Æ"], "o'neil+tag@contoso.example", "50 % off [* _ ?]"),
];

/// A new user whose every value is longer than most fields.
const LONG: &str = "long@contoso.example";
const LONG_FIRST: &str = "Maximiliana Alexandrina Wilhelmina Theodora Amalie von und zu Hohen";
const LONG_LAST: &str = "Featherstonehaugh-Cholmondeley-Marjoribanks-Auchinleck-Wriothesley";
const LONG_TITLE: &str = "Acting Deputy Vice President of the Department for Interplanetary Logistics, Customs, \
                          Quarantine and Returns, Northern Branch Offic";
const LONG_PHONE: &str = "+1  - (312) -  555  - 01 00";

/// A person in agreement, who gets a title that no field holds whole.
const RENAMED: &str = "amy.chu@contoso.example";

pub(super) fn plant(_: &Kit, state: &mut Value) {
    for (names, email, title) in HIRED {
        hire(state, names, email)["jobTitle"] = json!(title);
    }
    let long = hire(state, [LONG_FIRST, LONG_LAST], LONG);
    long["jobTitle"] = json!(LONG_TITLE);
    long["businessPhones"] = json!([LONG_PHONE]);
    user_mut(state, RENAMED)["jobTitle"] = json!(LONG_TITLE);
}

#[test]
fn any_script_is_written_as_it_is() {
    each(|kit| {
        let story = Story::of(kit);
        for (names, email, title) in HIRED {
            let contact = kit.contact(&story.after, email).1;
            assert_eq!(kit.name(contact), names.join(" "), "{} {email}", kit.id);
            assert_eq!(kit.get(contact, Field::Title), title, "{} {email}", kit.id);
            let portal = portal_users(&story.after, email);
            assert_eq!(portal.len(), 1, "{} {email}", kit.id);
            assert_eq!((&portal[0]["lastName"], &portal[0]["title"]), (&json!(names[1]), &json!(title)));
        }
    });
}

#[test]
fn what_is_too_long_is_fitted_and_never_written_again() {
    each(|kit| {
        let story = Story::of(kit);
        let contact = kit.contact(&story.after, LONG).1;
        let name = kit.name(contact);
        assert!(name.starts_with("Maximiliana Alexandrina"), "{} {name}", kit.id);
        assert!(name.contains("Featherstonehaugh"), "{} {name}", kit.id);
        assert_eq!(digits(&kit.get(contact, Field::Phone)), digits(LONG_PHONE), "{}", kit.id);
        for email in [LONG, RENAMED] {
            let title = kit.get(kit.contact(&story.after, email).1, Field::Title);
            assert!(title.len() >= 40 && LONG_TITLE.starts_with(&title), "{} {title}", kit.id);
        }
        assert!(!story.again.to_string().contains("\"action\""), "{}: something is left to do", kit.id);
    });
}

#[test]
fn the_same_name_in_another_encoding_and_the_same_number_in_another_form_are_no_change() {
    each(|kit| {
        let story = Story::of(kit);
        story.untouched("zoe.muller@northwind.example");
        story.untouched("grace.kim@contoso.example");
    });
}

#[test]
fn a_name_without_one_half_is_written_as_far_as_the_psa_takes_it() {
    each(|kit| {
        let story = Story::of(kit);
        let email = "okonkwo@northwind.example";
        let found = kit.with_email(&story.after, email);
        if kit.last_name_will_do {
            assert_eq!(found.len(), 1, "{}", kit.id);
            assert_eq!(kit.name(found[0].1), "Okonkwo", "{}", kit.id);
        } else {
            assert!(found.is_empty(), "{}", kit.id);
            let skips = story.skips("Northwind", "update-contact");
            let told = skips.iter().find(|skip| skip["who"]["email"] == email).expect("said in the plan");
            assert!(told["reason"].as_str().is_some_and(|reason| reason.contains("first-name is missing")));
        }
    });
}
