//! What will happen to a person and why, in one sentence, before all the evidence.

use std::collections::BTreeSet;

use super::look::Look;
use super::page::{Cell, Mark};
use super::words::{clean, join};
use crate::model::{Row, Side};
use crate::plan::{Action, Change, Explanation, RowState, Skip};

/// How the state of a person begins whose 365 user flows to the other sides, and of one whose contact alone flows.
const IN_SCOPE: &str = "365 user in scope";
const CONTACT_ALONE: &str = "no 365 user in scope";

/// How the word on a field begins whose record has what the rules want.
const AGREES: &str = "agrees";

/// Returns what the next sync does to the person, or why it does nothing.
pub(super) fn verdict(of: &Explanation, look: Look<'_>) -> Cell {
    let name = clean(&of.person.who.name);
    if of.changes.is_empty() {
        let (mark, why) = why_not(of);
        return Cell::new(mark, format!("Nothing will be written to {name}: {why}{}.", pins(of)));
    }
    let is_leaver = of.changes.iter().any(|change| change.action == Action::Deactivate);
    let mark = if is_leaver { Mark::Bad } else { Mark::Strong };
    let (what, why) = (join(done(&of.changes), "; it will "), why(of, look));
    let unknown = pins(of);
    Cell::new(mark, format!("The next sync will {what}, if no guard refuses it, because {why}{unknown}."))
}

/// Returns what is said of the support PIN, which is compared by `diff` and `sync` alone.
fn pins(of: &Explanation) -> &'static str {
    let is_on = of.rows.get(&Row::SupportPin) == Some(&RowState::On);
    let is_held = !of.company_conflicts.is_empty() || of.conflict.is_some();
    if is_on && !is_held && flows(of) { "; support PINs were not read, one may be written" } else { "" }
}

/// Reports whether the state of the person lets something flow.
fn flows(of: &Explanation) -> bool {
    of.standing.starts_with(IN_SCOPE) || of.standing.starts_with(CONTACT_ALONE)
}

/// Returns what is done to which records, an entry for each action.
fn done(changes: &[Change]) -> Vec<String> {
    let actions: BTreeSet<Action> = changes.iter().map(|change| change.action).collect();
    let of = |action: Action| {
        let own = changes.iter().filter(|change| change.action == action);
        let records: Vec<String> = own.map(record).collect();
        format!("{} {}", action.name(), listed(&records))
    };
    actions.into_iter().map(of).collect()
}

/// Returns the record of a change, with the fields of an update.
fn record(change: &Change) -> String {
    let noun = change.record.kind.noun();
    match (&change.record.id, change.action) {
        (Some(id), Action::Update) => {
            let fields: Vec<String> = change.fields.iter().map(|one| one.field.name().to_owned()).collect();
            format!("{noun} {} ({})", clean(id.as_str()), join(fields, ", "))
        }
        (Some(id), _) => format!("{noun} {}", clean(id.as_str())),
        (None, _) => format!("a {noun}"),
    }
}

/// Returns why something is written.
fn why(of: &Explanation, look: Look<'_>) -> String {
    let has = |action: Action| of.changes.iter().any(|change| change.action == action);
    if has(Action::Deactivate) || has(Action::Reactivate) {
        return clean(&of.standing);
    }
    let sources: BTreeSet<Side> =
        of.changes.iter().flat_map(|change| &change.fields).map(|field| field.source).collect();
    let sources: Vec<String> = sources.into_iter().map(|side| look.side(side).to_owned()).collect();
    if has(Action::Create) {
        let nouns = of.changes.iter().filter(|change| change.action == Action::Create);
        let nouns: Vec<String> = nouns.map(|change| format!("no {}", change.record.kind.noun())).collect();
        return format!("the person takes part and has {}", listed(&nouns));
    }
    let (holds, values) =
        if sources.len() == 1 { ("holds", "another value") } else { ("hold", "other values") };
    format!("{} {holds} {values}", listed(&sources))
}

/// Returns why nothing is written.
fn why_not(of: &Explanation) -> (Mark, String) {
    if let Some(conflict) = of.company_conflicts.first() {
        return (Mark::Care, format!("the company is in a conflict ({})", clean(&conflict.reason)));
    }
    if let Some(conflict) = &of.conflict {
        return (Mark::Care, format!("the records are in conflict ({})", clean(&conflict.reason)));
    }
    let out = of.person.records.iter().find_map(|member| member.out.as_ref());
    if let Some(out) = out {
        return (Mark::Care, format!("{}, because {}", clean(&out.reason), clean(&out.rule)));
    }
    let own = |skip: &&Skip| skip.who.is_some();
    if let Some(skip) = of.skipped.iter().find(own) {
        return (Mark::Care, clean(&skip.reason));
    }
    if flows(of) {
        return settled(of);
    }
    // The state of a person without a change says so by itself.
    (Mark::Strong, clean(&of.standing).trim_end_matches(": nothing is written").to_owned())
}

/// Returns how it is with a person whose records flow: that all agrees, or just that no rule writes anything.
fn settled(of: &Explanation) -> (Mark, String) {
    let rules = of.fields.iter().flat_map(|field| field.contact.iter().chain(&field.portal_user));
    let says: Vec<&str> = rules.map(|rule| rule.says.as_str()).collect();
    // Those of the person were told before.
    let skipped = of.skipped.len();
    if skipped == 0 && !says.is_empty() && says.iter().all(|says| says.starts_with(AGREES)) {
        return (Mark::Good, "all sides agree".to_owned());
    }
    let nothing = if of.standing.starts_with(CONTACT_ALONE) {
        "no 365 user is in scope, and the rules have nothing to write from the contact"
    } else {
        "the rules have nothing to write"
    };
    let more = match skipped {
        0 => String::new(),
        1 => "; 1 thing is skipped for the whole company".to_owned(),
        number => format!("; {number} things are skipped for the whole company"),
    };
    (Mark::Strong, format!("{nothing}{more}"))
}

/// Returns `a, b and c`.
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::Field;
    use crate::plan::{ExplainedField, Person, Verdict, Who};

    /// A person of this state, with what the rules say of a field of the contact each.
    fn person(standing: &str, says: &[&str]) -> Explanation {
        let field = |says: &&str| ExplainedField {
            field: Field::Title,
            values: BTreeMap::new(),
            contact: Some(Verdict {
                rule: "always".to_owned(),
                sources: Vec::new(),
                source: None,
                after: None,
                says: (*says).to_owned(),
            }),
            portal_user: None,
        };
        Explanation {
            company: "Contoso".to_owned(),
            person: Person {
                who: Who { name: "Ann Lee".to_owned(), email: None },
                records: Vec::new(),
                evidence: Vec::new(),
                portal_evidence: Vec::new(),
                gone: None,
                stood_back: Vec::new(),
            },
            standing: standing.to_owned(),
            company_conflicts: Vec::new(),
            conflict: None,
            remembered: None,
            alternates: BTreeMap::new(),
            fields: says.iter().map(field).collect(),
            details: Vec::new(),
            changes: Vec::new(),
            skipped: Vec::new(),
            rows: BTreeMap::new(),
        }
    }

    fn said(of: &Explanation) -> String {
        verdict(of, Look { width: 80, verbose: false, psa: "PSA" }).text().clone()
    }

    const FLOWS: &str = "365 user in scope: everything flows";

    #[test]
    fn that_all_sides_agree_is_said_only_where_every_field_does() {
        assert_eq!(
            said(&person(FLOWS, &["agrees", "agrees, blank", "agrees once it is fitted"])),
            "Nothing will be written to Ann Lee: all sides agree."
        );
        let nothing = "Nothing will be written to Ann Lee: the rules have nothing to write.";
        for other in [
            "differs from 365, but is never written",
            "the portal is read-only for this company",
            "blank at the source, which never erases",
            "not read there, so never written",
        ] {
            assert_eq!(said(&person(FLOWS, &["agrees", other])), nothing, "{other}");
        }
        let skip = Skip {
            row: Row::MatchPsaAlternates,
            who: None,
            reason: "not offered".to_owned(),
            next: None,
            strict: false,
        };
        let mut skipped = Explanation { skipped: vec![skip.clone()], ..person(FLOWS, &["agrees"]) };
        assert!(said(&skipped).ends_with("nothing to write; 1 thing is skipped for the whole company."));
        skipped.skipped.push(skip);
        assert!(said(&skipped).ends_with("; 2 things are skipped for the whole company."));
    }

    #[test]
    fn a_contact_that_flows_alone_and_agrees_has_nothing_to_write() {
        let alone = "no 365 user in scope: the contact alone flows to the portal";
        assert_eq!(
            said(&person(alone, &["never written"])),
            "Nothing will be written to Ann Lee: no 365 user is in scope, and the rules have nothing to write from \
             the contact."
        );
    }

    #[test]
    fn a_pin_that_was_not_read_is_said_where_one_may_be_written() {
        let on = |standing| Explanation {
            rows: BTreeMap::from([(Row::SupportPin, RowState::On)]),
            ..person(standing, &["agrees"])
        };
        let told = "; support PINs were not read, one may be written.";
        assert!(said(&on(FLOWS)).ends_with(told));
        assert!(!said(&on("excluded: records are left as they are")).contains("PIN"));
        assert!(!said(&person(FLOWS, &["agrees"])).contains("PIN"));
    }
}
