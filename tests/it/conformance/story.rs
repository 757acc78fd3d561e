//! One sync of the small clients per PSA, told from the state before to the plan after it.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::people::{AMY, HELEN, VERA};
use super::{KITS, Kit, contacts, texts, with_line};
use crate::harness::{World, company};

/// What became of one sync.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) kit: &'static Kit,
    /// The sandbox's state before.
    pub(super) before: Value,
    /// The plan that `diff` showed.
    pub(super) plan: Value,
    /// How `sync` exited.
    pub(super) code: u8,
    /// What `sync` said became of it.
    pub(super) run: Value,
    /// What the journal says of it.
    pub(super) journal: Value,
    /// The sandbox's state afterwards.
    pub(super) after: Value,
    /// The plan that `diff` shows then.
    pub(super) again: Value,
    /// What `self-service` said of what a user asked for then.
    pub(super) asked: Value,
    /// The sandbox's state after that.
    pub(super) served: Value,
    /// The plan that `diff` shows at last.
    pub(super) at_last: Value,
}

/// Occurs in nothing else.
pub(super) const PIN: &str = "0073918402";

/// The number that is asked for.
pub(super) const MOBILE: &str = "+1 312 555 0188";

/// The rows that are off by default, and what they rest on.
const ON: &str = "support-pin = true\nuser-details = true";
const MORE: &str = r#"
[udfs]
SupportPIN = "SupportPIN"
TypeMapping = "TypeMapping"

[[type]]
name = "Billing Contact"
login = false
priority = true
role = "Company Reporting"
groups = ["Finance"]
"#;

/// Guards are not what this is about, and the small clients have many situations for their size.
const ALLOWED: [&str; 4] = ["create=99", "update=199", "deactivate=99", "relink=99"];

impl Story {
    /// Returns the story of a PSA; it happens once, however many tests ask for it.
    pub(super) fn of(kit: &'static Kit) -> &'static Self {
        static STORIES: [OnceLock<Story>; KITS.len()] = [const { OnceLock::new() }; KITS.len()];
        let place = KITS.iter().position(|other| other.id == kit.id).expect("one of them");
        STORIES[place].get_or_init(|| Self::tell(kit))
    }

    fn tell(kit: &'static Kit) -> Self {
        let world = World::small();
        world.configure(|text| format!("retries = 0\n{}{MORE}", with_line(&text, "sync", ON)));
        world.edit(|state| {
            contacts::plant(kit, state);
            texts::plant(kit, state);
            let helen = kit.contact_mut(state, HELEN);
            (kit.give_type)(helen, "Billing Contact", 4);
            let portal_users = state["cloudradial"]["users"].as_object_mut().expect("portal users by id");
            let vera = portal_users.values_mut().find(|user| user["email"] == VERA);
            vera.expect("Vera")["supportPin"] = json!(PIN);
        });
        let before = world.sandbox.snapshot();
        let plan = world.diff(&["--psa", kit.id]).json();
        let mut args = vec!["sync", "--psa", kit.id, "--yes", "--format", "json"];
        args.extend(ALLOWED.iter().flat_map(|allowed| ["--allow", allowed]));
        let sync = world.run(&args);
        let journal = world.run(&["log", "last", "--psa", kit.id, "--format", "json"]).json();
        let after = world.sandbox.snapshot();
        let again = world.diff(&["--psa", kit.id]).json();
        let set = format!("mobile={MOBILE}");
        let ask =
            ["self-service", "--psa", kit.id, "--user", AMY, "--set", &set, "--yes", "--format", "json"];
        let asked = world.run(&ask).json();
        let served = world.sandbox.snapshot();
        let at_last = world.diff(&["--psa", kit.id]).json();
        let (code, run) = (sync.code, sync.json());
        Self { kit, before, plan, code, run, journal, after, again, asked, served, at_last }
    }

    /// All changes of the plan.
    pub(super) fn changes(&self) -> impl Iterator<Item = &Value> {
        companies(&self.plan).flat_map(|company| company["changes"].as_array().expect("a list"))
    }

    /// What was written for what a user asked.
    pub(super) fn asked_changes(&self) -> impl Iterator<Item = &Value> {
        self.asked["run"]["entries"].as_array().expect("a list").iter().map(|entry| &entry["change"])
    }

    /// What the plan of a company leaves out for this row.
    pub(super) fn skips(&self, name: &str, row: &str) -> Vec<&Value> {
        let skipped = company(&self.plan, name)["skipped"].as_array().expect("a list");
        skipped.iter().filter(|skip| skip["row"] == row).collect()
    }

    /// Passes if nothing of the contact with this address was written.
    #[track_caller]
    pub(super) fn untouched(&self, email: &str) {
        let before = self.kit.with_email(&self.before, email);
        assert!(!before.is_empty(), "{}: no contact has {email}", self.kit.id);
        assert_eq!(before, self.kit.with_email(&self.after, email), "{}", self.kit.id);
    }
}

/// The companies of a plan.
pub(super) fn companies(plan: &Value) -> impl Iterator<Item = &Value> {
    plan["companies"].as_array().expect("companies").iter()
}
