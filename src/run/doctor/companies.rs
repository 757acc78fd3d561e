//! Each company on all three sides, and settings that match nothing.

use std::collections::BTreeSet;

use super::seen::Seen;
use crate::plan::{Fact, Subject};
use crate::reconcile::CompanyInput;
use crate::text::company_name::could_be_one;

/// Returns, for each company, whether its records are its own, whether it is active, and how each side calls it.
pub(super) fn companies(seen: &Seen<'_>) -> Vec<Fact> {
    let unread: BTreeSet<&str> = seen.linked.unread().map(|(name, _)| name).collect();
    let mut facts = Vec::new();
    for (own, conflicts) in seen.linked.conflicts() {
        let name = own.company.name.as_str();
        let is_read = !unread.contains(name);
        if let Some(first) = conflicts.first() {
            let reasons: Vec<&str> = conflicts.iter().map(|one| one.reason.as_str()).collect();
            let says = format!("{name}: {}", reasons.join("; "));
            // Where a side cannot be read, that is the fault, and this tells more of it.
            let fact = if is_read { Fact::fail } else { Fact::warn };
            facts.push(fact(Subject::Company, says, first.next.clone()).about([name]));
        }
        facts.extend(inactive(own, seen.psa()));
        facts.extend(names(own, seen.psa()));
    }
    facts
}

fn inactive(own: &CompanyInput, psa: &str) -> Option<Fact> {
    let company = &own.psa.complete()?.company;
    let name = own.company.name.as_str();
    if company.active != Some(false) || own.company.policy.serve_inactive {
        return None;
    }
    let says = format!("{name}: company {} is inactive in {psa}, so it gets no new records", company.id);
    let next = format!(
        "write enabled = false under {name} in crsync.toml; or inactive = \"serve\" if it is a client all the same"
    );
    Some(Fact::fail(Subject::Company, says, next).about([name]))
}

/// Returns how each side calls the company.
fn names(own: &CompanyInput, psa: &str) -> Option<Fact> {
    let name = own.company.name.as_str();
    let portal = own.portal.complete().map(|side| side.company.name.as_str());
    let of_psa = own.psa.complete().map(|side| side.company.name.as_str());
    let tenant = own.tenant.complete().map(|side| side.tenant.name.as_str());
    let sides = [("portal", portal), (psa, of_psa), ("365", tenant)];
    if sides.iter().all(|(_, known)| known.is_none()) {
        return None;
    }
    let told: Vec<String> = sides
        .iter()
        .map(|(side, known)| {
            known.map_or_else(|| format!("{side} not read"), |known| format!("{side} \"{known}\""))
        })
        .collect();
    let says = format!("{name}: {}", told.join(", "));
    let foreign: Vec<&str> = sides
        .iter()
        .filter(|(_, known)| known.is_some_and(|known| !could_be_one(name, known)))
        .map(|(side, _)| *side)
        .collect();
    let fact = if foreign.is_empty() {
        Fact::ok(Subject::Company, says)
    } else {
        let next = format!("see that the id of {name} is right on: {}", foreign.join(", "));
        Fact::warn(Subject::Company, says, next)
    };
    Some(fact.about([name]))
}

/// How findings begin that are about the name of a company.
const NAMES: [&str; 2] = ["psa = ", "cloudradial = "];

/// Returns how many settings and decisions match nothing. Names of companies are told with the companies.
pub(super) fn settings(seen: &Seen<'_>) -> Vec<Fact> {
    let findings = seen.linked.findings();
    let places: Vec<String> = findings
        .iter()
        .filter(|finding| !NAMES.iter().any(|key| finding.setting.starts_with(key)))
        .map(|finding| format!("{}:{}", finding.file, finding.line))
        .collect();
    if places.is_empty() {
        return Vec::new();
    }
    let says = format!("settings that match nothing: {}", places.join(", "));
    vec![Fact::warn(Subject::Settings, says, "`crsync diff` lists them, each with what may have been meant")]
}
