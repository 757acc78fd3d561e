//! What needs a decision, and which answers would settle it.
//!
//! Whether an answer settles a question is not guessed: the company is linked again with it. An answer that leaves the
//! question open is not offered. Where people of both sides are mixed, no answer about one of them settles all: there it
//! is enough that it takes a record out of the conflict.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::model::{Fields, Id, Side};
use crate::plan::{
    Alone, Beside, Candidate, Choice, Clash, CompanyPeople, EvidenceKind, Matter, Question, Ruling, Who,
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
    // That it is not one of several leaves open whether it is another one.
    let none = different(&pairs).last();
    same.chain(none).chain([Ruling::Ignore(own.clone()).into()]).collect()
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
    let at_stake = AtStake::of(clash);
    let earlier = || -> Vec<Decision> {
        let decisions = input.decisions;
        let pins = decisions.pins.iter().cloned().map(Decision::Pin);
        pins.chain(decisions.splits.iter().cloned().map(Decision::Split)).collect()
    };
    let one_by_one = if many && apart.len() > 1 { apart.len() } else { 0 };
    let answers =
        same.chain(different(&apart).skip(one_by_one)).chain(ignore).chain(only_one(&at_stake, all));
    let answers: Vec<(Choice, Left)> = answers
        .map(|answer: Choice| {
            let left = what_is_left(input, company, &at_stake, &answer);
            (answer, left)
        })
        .collect();
    // What would be of no effect only because of an earlier decision is for a person to see.
    let is_against = |answer: &Choice| contradiction(company, earlier(), answer).is_some();
    let least = enough(&answers);
    answers
        .into_iter()
        .filter(|(answer, left)| *left <= least || is_against(answer))
        .map(|(answer, _)| answer)
        .collect()
}

/// How much of a conflict is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    /// No two of its records contradict each other any more.
    Nothing,
    /// At least one record is out of it that was at stake.
    Less,
    /// At least one record is out of it.
    Little,
    /// All of it.
    All,
}

/// Returns how much an answer may leave to be offered: nothing, unless that would leave no answer, or none that says who
/// is one person.
fn enough(answers: &[(Choice, Left)]) -> Left {
    let is_same = |answer: &Choice| matches!(answer.rulings[..], [Ruling::Same(..)]);
    let least = |of: &dyn Fn(&Choice) -> bool| {
        answers
            .iter()
            .filter(|(answer, _)| of(answer))
            .map(|(_, left)| *left)
            .min()
            .filter(|left| *left < Left::All)
    };
    least(&is_same).or_else(|| least(&|_: &Choice| true)).unwrap_or(Left::Nothing)
}

/// The records of a conflict.
struct AtStake {
    all: BTreeSet<(Side, Id)>,
    /// Those that are not certain to be one person with another one of them.
    open: BTreeSet<(Side, Id)>,
}

impl AtStake {
    fn of(clash: &Clash) -> Self {
        let key = |one: &Candidate| (one.side, one.id.clone());
        let all: BTreeSet<(Side, Id)> = clash.conflict.candidates.iter().map(key).collect();
        let pairs = clash.linked.iter();
        let linked: BTreeSet<(Side, Id)> = pairs
            .flat_map(|pair| [(Side::Tenant, pair.user.clone()), (Side::Psa, pair.contact.clone())])
            .collect();
        let open: BTreeSet<(Side, Id)> = all.difference(&linked).cloned().collect();
        if open.is_empty() { Self { open: all.clone(), all } } else { Self { all, open } }
    }
}

/// Returns that each one of several portal users is the only one, where nothing else is at stake.
fn only_one(at_stake: &AtStake, all: &[Candidate]) -> Vec<Choice> {
    let portal_users: Vec<&Candidate> = all.iter().filter(|one| one.side == Side::Portal).collect();
    let is_portal = at_stake.open.iter().all(|(side, _)| *side == Side::Portal);
    if !is_portal || portal_users.len() < 3 || portal_users.len() > MANY {
        return Vec::new();
    }
    let others = |kept: &&Candidate| {
        let others = portal_users.iter().filter(|one| one.id != kept.id);
        Choice::from(others.map(|one| Ruling::Ignore((*one).clone())).collect::<Vec<_>>())
    };
    portal_users.iter().map(others).collect()
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

/// Returns how much `answer` leaves of a conflict.
fn what_is_left(input: &Input<'_>, company: &CompanyInput, at_stake: &AtStake, answer: &Choice) -> Left {
    let mut decisions: Decisions = input.decisions.clone();
    decisions.extend(answer.rulings.iter().map(Decision::from));
    let input = Input { decisions: &decisions, ..*input };
    let chosen = ChosenCompany::new(&input, &AllCompanies::new(&input), company);
    let Some(linked) = chosen.served() else { return Left::All };
    let left = linked.links.conflicts.iter().map(|conflict| {
        let left: BTreeSet<(Side, Id)> =
            conflict.candidates.iter().map(|one| (one.side, one.id.clone())).collect();
        match () {
            () if left.is_superset(&at_stake.all) => Left::All,
            () if left.is_superset(&at_stake.open) => Left::Little,
            () if left.intersection(&at_stake.all).count() > 1 => Left::Less,
            () => Left::Nothing,
        }
    });
    left.max().unwrap_or(Left::Nothing)
}

/// Returns what the sides hold of the records of a question, in their order.
pub fn beside(company: &CompanyInput, question: &Question) -> Vec<Beside> {
    let shown = |fields: &Fields| fields.iter().map(|(field, text)| (field, text.to_owned())).collect();
    let of = |one: &&Candidate| {
        let of = match one.side {
            Side::Tenant => company.tenant.complete().and_then(|tenant| {
                let user = tenant.users.items().iter().find(|user| user.id == one.id)?;
                Some(Beside { fields: shown(&user.fields), modified: None })
            }),
            Side::Psa => company.psa.complete().and_then(|psa| {
                let contact = psa.contacts.items().iter().find(|contact| contact.id == one.id)?;
                let modified = contact.modified.as_deref().map(ToOwned::to_owned);
                Some(Beside { fields: shown(&contact.fields), modified })
            }),
            Side::Portal => company.portal.complete().and_then(|portal| {
                let user = portal.users.items().iter().find(|user| user.id == one.id)?;
                Some(Beside { fields: shown(&user.fields), modified: user.modified.clone() })
            }),
        };
        of.unwrap_or_default()
    };
    question.records().iter().map(of).collect()
}
