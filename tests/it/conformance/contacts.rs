//! What stays as it is: foreign values of a contact that is written, whatever 365 leaves blank, people whose records
//! contradict each other, and the number of contacts of everybody who has one.

use crsync::model::Field;
use serde_json::{Value, json};

use super::people::user_mut;
use super::story::Story;
use super::{Kit, each};
use crate::harness::{World, company};
use crate::resolving::resolve;

/// A person whose contact gets another title.
const PROMOTED: &str = "priya.raman@contoso.example";
/// A person in agreement, whose address is written in other letters in 365.
const MIXED: &str = "grace.kim@contoso.example";
/// Two contacts and one user.
const TWICE: &str = "erin.cole@fabrikam.example";

/// A property that crsync does not know.
const UNKNOWN: &str = "whatElse";
/// A custom field that is not crsync's.
const FOREIGN: &str = "Shoe size";

pub(super) fn plant(kit: &Kit, state: &mut Value) {
    (kit.define)(&mut state[kit.part], FOREIGN);
    let contact = kit.contact_mut(state, PROMOTED);
    contact.pointer_mut(kit.home).expect("its fields")[UNKNOWN] = json!({"deep": [1, "two", null]});
    let udfs = contact.pointer_mut(kit.udfs).expect("its user-defined fields");
    udfs[FOREIGN] = json!(" 43 ½ ");
    udfs["SupportPIN"] = json!("04821");
    user_mut(state, MIXED)["mail"] = json!("Grace.KIM@Contoso.Example");
}

#[test]
fn a_question_says_when_its_contacts_were_last_changed() {
    each(|kit| {
        let world = World::small();
        let (run, asked) = resolve(&world, &["--psa", kit.id, "--company", "Fabrikam"], |_| Some(0));
        assert!(asked.len() > 1, "{}", run.err);
        let shown = format!("{}{}", run.out, run.err);
        let question = shown.split("2 contacts match one 365 user").nth(1).expect("a question").to_owned();
        let row = question.lines().find(|line| line.trim_start().starts_with("last change"));
        let dates = row.map_or(0, |row| row.matches("20").count());
        assert_eq!(dates >= 2, kit.dates, "{}: {row:?}", kit.id);
    });
}

#[test]
fn a_write_leaves_everything_else_of_the_contact_byte_for_byte() {
    each(|kit| {
        let story = Story::of(kit);
        let rest = |state| {
            let mut contact = kit.contact(state, PROMOTED).1.clone();
            let title = kit.get(&contact, Field::Title);
            kit.set(&mut contact, Field::Title, "");
            for stamp in kit.stamps {
                if let Some(stamp) = contact.pointer_mut(stamp) {
                    *stamp = Value::Null;
                }
            }
            (title, contact)
        };
        let ((before, rest_before), (after, rest_after)) = (rest(&story.before), rest(&story.after));
        assert_eq!((before.as_str(), after.as_str()), ("Technician", "Head of Service"), "{}", kit.id);
        assert_eq!(rest_before, rest_after, "{}", kit.id);
        assert_eq!(rest_after.pointer(kit.udfs).expect("its fields")[FOREIGN], " 43 ½ ", "{}", kit.id);
    });
}

#[test]
fn what_365_leaves_blank_erases_nothing() {
    each(|kit| {
        let story = Story::of(kit);
        let email = "hugh.carter@contoso.example";
        let contact = kit.contact(&story.before, email).1;
        assert!(!kit.get(contact, Field::Title).is_empty() && !kit.get(contact, Field::Phone).is_empty());
        story.untouched(email);
    });
}

#[test]
fn an_address_in_other_letters_is_the_same_person() {
    each(|kit| Story::of(kit).untouched(MIXED));
}

#[test]
fn two_contacts_with_one_address_are_a_conflict_and_neither_is_written() {
    each(|kit| {
        let story = Story::of(kit);
        let ids: Vec<&str> = kit.with_email(&story.before, TWICE).iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.len(), 2);
        let conflicts = company(&story.plan, "Fabrikam")["conflicts"].as_array().expect("a list");
        let holds = |conflict: &&Value, id: &str| {
            let candidates = conflict["candidates"].as_array().expect("a list");
            candidates.iter().any(|one| one["side"] == "psa" && one["id"] == id)
        };
        let both = |conflict: &&Value| ids.iter().all(|id| holds(conflict, id));
        assert_eq!(conflicts.iter().filter(both).count(), 1, "{}", kit.id);
        story.untouched(TWICE);
    });
}

#[test]
fn whoever_comes_back_gets_the_old_contact() {
    each(|kit| {
        let story = Story::of(kit);
        for email in ["jonas.bell@fabrikam.example", "petra.wolf@fabrikam.example"] {
            let (before, after) = (kit.contact(&story.before, email), kit.contact(&story.after, email));
            assert_eq!(before.0, after.0, "{}", kit.id);
            assert_ne!(kit.is_active(after.1), Some(false), "{} {email}", kit.id);
        }
    });
}

#[test]
fn no_more_contacts_are_made_than_planned_and_none_is_lost() {
    each(|kit| {
        let story = Story::of(kit);
        let ids = |state: &Value| -> Vec<String> {
            state[kit.part]["contacts"].as_object().expect("contacts by id").keys().cloned().collect()
        };
        let (before, after) = (ids(&story.before), ids(&story.after));
        let made = story
            .changes()
            .filter(|change| change["action"] == "create" && change["record"]["kind"] == "contact");
        assert_eq!(after.len(), before.len() + made.count(), "{}", kit.id);
        assert!(before.iter().all(|id| after.contains(id)), "{}", kit.id);
    });
}
