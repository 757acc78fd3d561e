//! The PSA's account and its user-defined fields.

use super::is_of_account;
use super::seen::Seen;
use crate::error::Kind;
use crate::model::Held;
use crate::plan::{Fact, FieldState, Need, Subject};
use crate::run::fields::states;
use crate::side::Right;

/// Returns the rights that are missing, in one fact; those that cover some records only; and the others.
pub(super) fn rights(seen: &Seen<'_>) -> Vec<Fact> {
    let psa = seen.psa();
    let rights = match seen.rights {
        Ok(rights) if rights.is_empty() => {
            return vec![Fact::ok(Subject::Rights, format!("{psa} does not tell the rights of its user"))];
        }
        Ok(rights) => rights,
        // It is told as what keeps the PSA from being read.
        Err(error) if is_of_account(error.kind()) => return Vec::new(),
        Err(error) => {
            let next = error.next_step().unwrap_or("run the command again").to_owned();
            let says = format!("the rights of the user are not known: {}", error.message());
            return vec![Fact::warn(Subject::Rights, says, next)];
        }
    };
    let of = |held: Held| rights.iter().filter(|right| right.held == held).collect::<Vec<&Right>>();
    let mut facts = Vec::new();
    if let [first, ..] = of(Held::No)[..] {
        let missing = of(Held::No);
        let says = format!("the user of {psa} lacks {}", needed_by(&missing));
        facts.push(Fact::fail(Subject::Rights, says, steps(&missing).unwrap_or_else(|| first.name.clone())));
    }
    if let [first, ..] = of(Held::Partly)[..] {
        let partly = of(Held::Partly);
        let says = format!("the user of {psa} has for some records only: {}", names(&partly));
        facts.push(Fact::warn(Subject::Rights, says, steps(&partly).unwrap_or_else(|| first.name.clone())));
    }
    let (doubtful, untold): (Vec<_>, Vec<_>) =
        of(Held::Unknown).into_iter().partition(|right| right.next.is_some());
    if let [first, ..] = doubtful[..] {
        let why = first.why.as_deref().unwrap_or("the service does not tell");
        let says = format!("it is not known whether the user of {psa} has {} ({why})", names(&doubtful));
        facts.push(Fact::warn(Subject::Rights, says, steps(&doubtful).unwrap_or_else(|| first.name.clone())));
    }
    let held = of(Held::Yes);
    if !held.is_empty() {
        facts.push(Fact::ok(Subject::Rights, format!("the user of {psa} has {}", names(&held))));
    }
    // One fact for each reason.
    for alike in untold.chunk_by(|one, other| one.why == other.why) {
        let why = alike.first().and_then(|first| first.why.as_deref()).unwrap_or("the service does not tell");
        let says = format!(
            "could not be asked about: {} ({why}); if one is missing, the first write that needs it says so",
            names(alike)
        );
        facts.push(Fact::ok(Subject::Rights, says));
    }
    facts
}

fn names(rights: &[&Right]) -> String {
    rights.iter().map(|right| right.name.as_str()).collect::<Vec<_>>().join("; ")
}

fn needed_by(rights: &[&Right]) -> String {
    let one = |right: &&Right| {
        let rows = right.rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        format!("{} (for {rows})", right.name)
    };
    rights.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Returns the next steps, each once.
fn steps(rights: &[&Right]) -> Option<String> {
    let mut steps: Vec<&str> = rights.iter().filter_map(|right| right.next.as_deref()).collect();
    steps.retain(|step| !step.is_empty());
    steps.dedup();
    (!steps.is_empty()).then(|| steps.join("; "))
}

/// Returns the fields that are missing, that a person has to set right, and how many are there.
pub(super) fn fields(seen: &Seen<'_>) -> Vec<Fact> {
    let is_refused = seen.rights.as_ref().err().is_some_and(|error| is_of_account(error.kind()));
    if is_refused || seen.fetched.companies.iter().all(|own| own.psa.complete().is_none()) {
        return Vec::new();
    }
    let companies: Vec<_> = seen.fetched.companies.iter().map(|own| own.company.clone()).collect();
    let psa = seen.psa();
    let found = match states(seen.session, &companies, seen.connection) {
        Ok(found) => found,
        Err(error) if error.kind() == Kind::Permission && seen.lacks_rights() => return Vec::new(),
        Err(error) => {
            let next = error.next_step().unwrap_or("run the command again").to_owned();
            return vec![Fact::fail(Subject::Fields, error.message(), next)];
        }
    };
    let of = |needs: &[Need]| found.iter().filter(|field| needs.contains(&field.need)).collect::<Vec<_>>();
    let mut facts = Vec::new();
    let (to_make, by_hand) = (of(&[Need::Create]), of(&[Need::Show, Need::ByHand]));
    if !to_make.is_empty() {
        let says = format!("{psa} lacks {}", listed(&to_make));
        facts.push(Fact::fail(Subject::Fields, says, "`crsync push-udfs` makes what is missing"));
    }
    if !by_hand.is_empty() {
        let why = |field: &&FieldState| field.reason.clone();
        let reasons: Vec<String> = by_hand.iter().filter_map(why).collect();
        let says = format!("{} in {psa} cannot be used: {}", listed(&by_hand), reasons.join("; "));
        facts.push(Fact::fail(
            Subject::Fields,
            says,
            "`crsync push-udfs --check` prints what to do, click by click",
        ));
    }
    let there = of(&[Need::Nothing]);
    if !there.is_empty() {
        facts.push(Fact::ok(Subject::Fields, format!("{psa} has {}", listed(&there))));
    }
    facts
}

fn listed(fields: &[&FieldState]) -> String {
    let place = |field: &&FieldState| {
        let on = if field.role.on_company() { "company" } else { "contact" };
        format!("the {on} field {}", field.name)
    };
    fields.iter().map(place).collect::<Vec<_>>().join(", ")
}
