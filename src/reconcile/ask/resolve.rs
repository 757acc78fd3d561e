//! What needs a decision, and which answers would settle it.
//!
//! Whether an answer takes effect is not guessed: the company is linked again with it, and an answer that would
//! leave the conflict as it is is not offered.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::model::{Id, Side};
use crate::plan::{
    Alone, Candidate, Choice, Clash, CompanyPeople, EvidenceKind, Matter, Question, Ruling, Who,
};
use crate::reconcile::input::{AllCompanies, CompanyInput, Decision, Decisions, Input, id_key};
use crate::reconcile::link;
use crate::reconcile::linked::{ChosenCompany, LinkedCompany};
use crate::reconcile::namesakes::is_nearly;
use crate::text::similarity::Profile;

/// In a conflict with more pairs of a user and a contact than this, not every pair is an answer: a person
/// would not read them all, and each takes linking the company again.
const MANY: usize = 60;

/// So many pairs of such a conflict are offered as one person.
const LIKELY: usize = 20;

/// Returns what needs a decision in a company: every conflict, then everybody who stayed alone and has suggestions.
/// No decision gives a portal user to a person. One that is not linked is only asked about where its name is nearly
/// that of a person without one: it can be said that it is another person's.
pub fn questions(people: &CompanyPeople) -> Vec<Question> {
    let conflicts = people.conflicts.iter().cloned().map(Matter::Conflict);
    let decidable = |alone: &&Alone| {
        let side = alone.person.records.first().map(|member| member.record.side);
        let is_portal = side == Some(Side::Portal);
        side.is_some() && alone.suggestions.iter().any(|one| !is_portal || is_nearly(one.name))
    };
    let alone = people.alone.iter().filter(decidable).cloned().map(Matter::Alone);
    conflicts.chain(alone).map(|matter| Question { company: people.name.clone(), matter }).collect()
}

/// Returns what can be answered, likely answers first. An answer that would be of no effect only because of a decision
/// that it contradicts is among them.
pub fn answers(input: &Input<'_>, company: &CompanyInput, question: &Question) -> Vec<Choice> {
    match &question.matter {
        Matter::Alone(alone) => of_alone(alone),
        Matter::Conflict(clash) => of_conflict(input, company, clash),
    }
}

/// Returns the first of `earlier` that contradicts what `answer` says in this company.
pub fn contradiction(
    company: &CompanyInput,
    earlier: impl IntoIterator<Item = Decision>,
    answer: &Choice,
) -> Option<usize> {
    let exists = |side: Side, id: &Id| match side {
        Side::Tenant => company.tenant.complete().is_some_and(|tenant| {
            tenant.users.items().iter().any(|user| id_key(user.id.as_str()) == id_key(id.as_str()))
        }),
        Side::Psa => {
            company.psa.complete().is_some_and(|psa| psa.contacts.items().iter().any(|one| one.id == *id))
        }
        Side::Portal => company
            .portal
            .complete()
            .is_some_and(|portal| portal.users.items().iter().any(|one| one.id == *id)),
    };
    let new: Vec<Decision> = answer.rulings.iter().map(Decision::from).collect();
    earlier.into_iter().position(|old| new.iter().any(|new| new.contradicts(&old, exists)))
}

fn of_alone(alone: &Alone) -> Vec<Choice> {
    let Some(own) = alone.person.records.first().map(|member| &member.record) else { return Vec::new() };
    if own.side == Side::Portal {
        return vec![Ruling::Ignore(own.clone()).into()];
    }
    let pair = |other: &Candidate| {
        if own.side == Side::Tenant { (own.clone(), other.clone()) } else { (other.clone(), own.clone()) }
    };
    let pairs: Vec<_> = alone.suggestions.iter().map(|one| pair(&one.member.record)).collect();
    let same = pairs.iter().cloned().map(|(user, contact)| Ruling::Same(user, contact).into());
    same.chain(different(&pairs)).chain([Ruling::Ignore(own.clone()).into()]).collect()
}

/// Returns each of the pairs is two people; and, where there are several, all of them are.
fn different(pairs: &[(Candidate, Candidate)]) -> impl Iterator<Item = Choice> {
    let rulings: Vec<Ruling> =
        pairs.iter().cloned().map(|(user, contact)| Ruling::Different(user, contact)).collect();
    let all = (rulings.len() > 1).then(|| Choice::from(rulings.clone()));
    rulings.into_iter().map(Choice::from).chain(all)
}

fn of_conflict(input: &Input<'_>, company: &CompanyInput, clash: &Clash) -> Vec<Choice> {
    let chosen = ChosenCompany::new(input, &AllCompanies::new(input), company);
    let Some(linked) = chosen.served() else { return Vec::new() };
    let all = &clash.conflict.candidates;
    let of = |side: Side| all.iter().filter(move |one| one.side == side);
    let free = |one: &&Candidate| {
        clash.linked.iter().all(|pair| match one.side {
            Side::Tenant => pair.user != one.id,
            Side::Psa => pair.contact != one.id,
            Side::Portal => true,
        })
    };
    let (users, contacts): (Vec<&Candidate>, Vec<&Candidate>) =
        (of(Side::Tenant).filter(free).collect(), of(Side::Psa).filter(free).collect());
    let claimed = claimed(linked);
    let pairs = || users.iter().flat_map(|user| contacts.iter().map(|contact| (*user, *contact)));
    let is_claimed = |(user, contact): &(&Candidate, &Candidate)| {
        claimed.contains(&(id_key(user.id.as_str()).into_owned(), contact.id.clone()))
    };
    let many = users.len() * contacts.len() > MANY;
    let likely = if many { most_alike(pairs().filter(is_claimed)) } else { pairs().collect() };
    let same = likely.into_iter().map(|(user, contact)| Ruling::Same(user.clone(), contact.clone()).into());
    let mut apart: Vec<(Candidate, Candidate)> =
        pairs().filter(is_claimed).map(|(user, contact)| (user.clone(), contact.clone())).collect();
    for gone in elsewhere(clash) {
        let key = id_key(gone.id.as_str()).into_owned();
        let holds = |contact: &&&Candidate| claimed.contains(&(key.clone(), contact.id.clone()));
        apart.extend(contacts.iter().filter(holds).map(|contact| (gone.clone(), (*contact).clone())));
    }
    let ignore = all.iter().cloned().map(|one| Ruling::Ignore(one).into());
    let records: BTreeSet<(Side, Id)> = all.iter().map(|one| (one.side, one.id.clone())).collect();
    let earlier = || -> Vec<Decision> {
        let decisions = input.decisions;
        let pins = decisions.pins.iter().cloned().map(Decision::Pin);
        pins.chain(decisions.splits.iter().cloned().map(Decision::Split)).collect()
    };
    let one_by_one = if many && apart.len() > 1 { apart.len() } else { 0 };
    same.chain(different(&apart).skip(one_by_one))
        .chain(ignore)
        .filter(|answer: &Choice| {
            takes_effect(input, company, &records, answer)
                || contradiction(company, earlier(), answer).is_some()
        })
        .collect()
}

/// Returns the pairs whose names and addresses are most alike, the most alike first, as many as people look through.
fn most_alike<'a>(
    pairs: impl Iterator<Item = (&'a Candidate, &'a Candidate)>,
) -> Vec<(&'a Candidate, &'a Candidate)> {
    let profile = |one: &Candidate| Profile::new(&one.who.name, one.who.email.as_deref());
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_by_cached_key(|(user, contact)| Reverse(profile(user).likeness(&profile(contact)).whole));
    pairs.truncate(LIKELY);
    pairs
}

/// Returns users that the contacts of a conflict name by id, and that are not among its records.
fn elsewhere(clash: &Clash) -> impl Iterator<Item = Candidate> {
    let is_here = |id: &str| {
        clash.conflict.candidates.iter().any(|one| one.side == Side::Tenant && id_key(one.id.as_str()) == id)
    };
    let ids: BTreeSet<String> = clash
        .conflict
        .evidence
        .iter()
        .filter(|one| matches!(one.kind, EvidenceKind::StoredId | EvidenceKind::Recorded))
        .map(|one| id_key(&one.value).into_owned())
        .filter(|id| !is_here(id))
        .collect();
    ids.into_iter().map(|id| Candidate {
        side: Side::Tenant,
        who: Who { name: "who is not here".to_owned(), email: None },
        id: Id::new(id),
        active: None,
    })
}

/// Returns the pairs of a user and a contact with evidence between them, users by their id in the
/// form for comparing.
fn claimed(company: &LinkedCompany<'_>) -> BTreeSet<(String, Id)> {
    let LinkedCompany { view, scope, .. } = company;
    let pairs = link::claimed(view, scope).into_iter();
    pairs.map(|(user, contact)| (user, view.contacts[contact].id.clone())).collect()
}

/// Reports whether `answer` leaves less of the conflict between `records`: no other contradiction holds all of them.
fn takes_effect(
    input: &Input<'_>,
    company: &CompanyInput,
    records: &BTreeSet<(Side, Id)>,
    answer: &Choice,
) -> bool {
    let mut decisions: Decisions = input.decisions.clone();
    decisions.extend(answer.rulings.iter().map(Decision::from));
    let input = Input { decisions: &decisions, ..*input };
    let chosen = ChosenCompany::new(&input, &AllCompanies::new(&input), company);
    let Some(linked) = chosen.served() else { return false };
    linked.links.conflicts.iter().all(|conflict| {
        let left: BTreeSet<(Side, Id)> =
            conflict.candidates.iter().map(|one| (one.side, one.id.clone())).collect();
        !left.is_superset(records)
    })
}
