//! What needs a decision, and which answers would settle it.
//!
//! Whether an answer settles a question is not guessed: the company is linked again with it. An answer that leaves the
//! question open is not offered. Where people of both sides are mixed, no answer about one of them settles all: there the
//! question is who one of the records is, and an answer settles it that takes that record out of the conflict.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::model::{Fields, Id, Side};
use crate::plan::{
    Alone, Beside, Candidate, Choice, Clash, CompanyPeople, EvidenceKind, Matter, Offer, Question, Ruling,
    Who,
};
use crate::reconcile::input::{AllCompanies, CompanyInput, Decision, Decisions, Input, id_key};
use crate::reconcile::link;
use crate::reconcile::linked::{ChosenCompany, LinkedCompany};
use crate::text::similarity::Profile;

/// In a conflict with more pairs of a user and a contact than this, not every pair is an answer: a person
/// would not read them all, and each takes linking the company again.
const MANY: usize = 60;

/// So many of the pairs with one record of such a conflict are offered as one person.
const LIKELY: usize = 20;

/// So many records are tried, each of which takes linking the company again for every answer, before the one is taken
/// that can be asked about.
const TRIED: usize = 10;

/// Returns what needs a decision in a company: every conflict, then everybody who stayed alone and has suggestions.
/// No decision gives a portal user to a person. One that is not linked is only asked about where its name is nearly
/// that of a person without one: it can be said that it is another person's.
pub fn questions(people: &CompanyPeople) -> Vec<Question> {
    let conflicts = people.conflicts.iter().cloned().map(Matter::Conflict);
    let decidable = |alone: &&Alone| {
        let side = alone.person.records.first().map(|member| member.record.side);
        let is_portal = side == Some(Side::Portal);
        side.is_some() && alone.suggestions.iter().any(|one| !is_portal || one.is_namesake)
    };
    let alone = people.alone.iter().filter(decidable).cloned().map(Matter::Alone);
    conflicts.chain(alone).map(|matter| Question { company: people.name.clone(), matter }).collect()
}

/// Returns what can be answered; of a conflict that is taken apart a record at a time, without asking about those of
/// `past`. An answer that would be of no effect only because of a decision that it contradicts is among the answers.
pub fn answers(input: &Input<'_>, company: &CompanyInput, question: &Question, past: &[Candidate]) -> Offer {
    match &question.matter {
        Matter::Alone(alone) => Offer { about: None, choices: of_alone(alone) },
        Matter::Conflict(clash) => of_conflict(input, company, clash, past),
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

fn of_conflict(input: &Input<'_>, company: &CompanyInput, clash: &Clash, past: &[Candidate]) -> Offer {
    let all = AllCompanies::new(input);
    let chosen = ChosenCompany::new(input, &all, company);
    let Some(linked) = chosen.served() else { return Offer::default() };
    let mixed = Mixed::of(clash, &claimed(linked));
    let at_stake: BTreeSet<(Side, Id)> = clash.conflict.candidates.iter().map(key).collect();
    let try_each = |answers: Vec<Choice>| -> Vec<Tried> {
        answers.into_iter().map(|answer| Tried::new(input, &all, company, &at_stake, answer)).collect()
    };
    let whole = try_each(mixed.answers());
    let settling = || whole.iter().filter(|one| one.left.is_empty());
    let can_be_settled = settling().any(|one| !one.is_against);
    let says_who = |one: &Tried| !one.is_against && is_same(&one.answer);
    let mut choices: Vec<Choice> = settling().map(|one| one.answer.clone()).collect();
    if settling().any(says_who) || (!mixed.has_pairs() && can_be_settled) {
        return Offer { about: None, choices };
    }
    let is_past = |one: &&Candidate| past.iter().any(|past| key(past) == key(one));
    let mut about: Option<(&Candidate, Vec<Tried>)> = None;
    for one in clash.conflict.candidates.iter().filter(|one| !is_past(one)).take(TRIED) {
        let mut own = try_each(mixed.answers_about(one));
        own.retain(|tried| !tried.left.contains(&key(one)));
        let is_clear = own.iter().any(says_who);
        if is_clear || (about.is_none() && !can_be_settled && own.iter().any(|tried| !tried.is_against)) {
            about = Some((one, own));
        }
        if is_clear {
            break;
        }
    }
    let Some((one, own)) = about else { return Offer { about: None, choices } };
    let own: Vec<Choice> = own.into_iter().map(|tried| tried.answer).collect();
    choices.retain(|answer| !own.contains(answer));
    Offer { about: Some(one.clone()), choices: own.into_iter().chain(choices).collect() }
}

/// An answer, and what becomes of a conflict by it.
struct Tried {
    answer: Choice,
    /// The records that contradict each other still. Of an answer that an earlier decision contradicts it is known as if
    /// that decision had not been made: what would be of no effect only because of it is for a person to see.
    left: BTreeSet<(Side, Id)>,
    /// Whether an earlier decision contradicts it.
    is_against: bool,
}

impl Tried {
    fn new(
        input: &Input<'_>,
        all: &AllCompanies<'_>,
        company: &CompanyInput,
        at_stake: &BTreeSet<(Side, Id)>,
        answer: Choice,
    ) -> Self {
        let mut decisions: Decisions = input.decisions.clone();
        let is_held = |old: Decision| contradiction(company, [old], &answer).is_none();
        decisions.pins.retain(|pin| is_held(Decision::Pin(pin.clone())));
        decisions.splits.retain(|split| is_held(Decision::Split(split.clone())));
        let held = decisions.pins.len() + decisions.splits.len();
        let is_against = held < input.decisions.pins.len() + input.decisions.splits.len();
        decisions.extend(answer.rulings.iter().map(Decision::from));
        let left = what_is_left(&Input { decisions: &decisions, ..*input }, all, company, at_stake);
        Self { answer, left, is_against }
    }
}

fn key(one: &Candidate) -> (Side, Id) {
    (one.side, one.id.clone())
}

fn is_same(answer: &Choice) -> bool {
    matches!(answer.rulings[..], [Ruling::Same(..)])
}

/// The records of a conflict, and what can be said of them.
struct Mixed<'a> {
    clash: &'a Clash,
    /// Who is not certain to be one person with another one already.
    users: Vec<&'a Candidate>,
    contacts: Vec<&'a Candidate>,
    /// The pairs with evidence between them; a user may be one who is gone.
    claimed: Vec<(Candidate, Candidate)>,
}

impl<'a> Mixed<'a> {
    fn of(clash: &'a Clash, claimed: &BTreeSet<(String, Id)>) -> Self {
        let free = |side: Side| {
            let is_free = move |one: &&Candidate| {
                clash.linked.iter().all(|pair| match one.side {
                    Side::Tenant => pair.user != one.id,
                    Side::Psa => pair.contact != one.id,
                    Side::Portal => true,
                })
            };
            let all = clash.conflict.candidates.iter().filter(move |one| one.side == side);
            all.filter(is_free).collect::<Vec<_>>()
        };
        let (users, contacts) = (free(Side::Tenant), free(Side::Psa));
        let gone: Vec<Candidate> = elsewhere(clash).collect();
        let pairs = users.iter().copied().chain(&gone).flat_map(|user| {
            let user_key = id_key(user.id.as_str()).into_owned();
            let holds =
                move |contact: &&&Candidate| claimed.contains(&(user_key.clone(), contact.id.clone()));
            contacts.iter().filter(holds).map(move |contact| (user.clone(), (*contact).clone()))
        });
        let claimed = pairs.collect();
        Self { clash, users, contacts, claimed }
    }

    /// Whether anybody could be one person with another one.
    fn has_pairs(&self) -> bool {
        !self.users.is_empty() && !self.contacts.is_empty()
    }

    /// Returns the answers that may settle all of it.
    fn answers(&self) -> Vec<Choice> {
        let is_crowd = self.users.len() * self.contacts.len() > MANY;
        if is_crowd {
            return different(&self.claimed).last().into_iter().collect();
        }
        let pairs = self.users.iter().flat_map(|user| self.contacts.iter().map(|contact| (*user, *contact)));
        let same = pairs.map(|(user, contact)| Ruling::Same(user.clone(), contact.clone()).into());
        let candidates = &self.clash.conflict.candidates;
        let ignore = candidates.iter().cloned().map(|one| Ruling::Ignore(one).into());
        same.chain(different(&self.claimed)).chain(ignore).chain(only_one(self.clash)).collect()
    }

    /// Returns the answers that say who `one` is.
    fn answers_about(&self, one: &Candidate) -> Vec<Choice> {
        let is_free = |of: &[&Candidate]| of.iter().any(|other| key(other) == key(one));
        let pairs: Vec<(&Candidate, &Candidate)> = match one.side {
            Side::Tenant if is_free(&self.users) => {
                self.contacts.iter().map(|contact| (one, *contact)).collect()
            }
            Side::Psa if is_free(&self.contacts) => self.users.iter().map(|user| (*user, one)).collect(),
            Side::Tenant | Side::Psa | Side::Portal => Vec::new(),
        };
        let same = most_alike(pairs).into_iter();
        let same = same.map(|(user, contact)| Ruling::Same(user.clone(), contact.clone()).into());
        let own = self.claimed.iter().filter(|(user, contact)| [key(user), key(contact)].contains(&key(one)));
        let own: Vec<(Candidate, Candidate)> = own.cloned().collect();
        // In a crowd, that one is not one of many says little.
        let one_by_one = if own.len() > LIKELY { own.len() } else { 0 };
        let apart = different(&own).skip(one_by_one);
        same.chain(apart).chain([Ruling::Ignore(one.clone()).into()]).collect()
    }
}

/// Returns that each one of several portal users is the only one, where nothing else is at stake.
fn only_one(clash: &Clash) -> Vec<Choice> {
    let is_linked = |one: &&Candidate| {
        clash.linked.iter().any(|pair| match one.side {
            Side::Tenant => pair.user == one.id,
            Side::Psa => pair.contact == one.id,
            Side::Portal => false,
        })
    };
    let open = || clash.conflict.candidates.iter().filter(|one| !is_linked(one));
    let portal_users: Vec<&Candidate> = open().filter(|one| one.side == Side::Portal).collect();
    if portal_users.len() < 3 || portal_users.len() > MANY || open().count() > portal_users.len() {
        return Vec::new();
    }
    let others = |kept: &&Candidate| {
        let others = portal_users.iter().filter(|one| one.id != kept.id);
        Choice::from(others.map(|one| Ruling::Ignore((*one).clone())).collect::<Vec<_>>())
    };
    portal_users.iter().map(others).collect()
}

/// Returns as many pairs as people look through; where there are more, those whose names and addresses are most alike.
fn most_alike<'a>(mut pairs: Vec<(&'a Candidate, &'a Candidate)>) -> Vec<(&'a Candidate, &'a Candidate)> {
    let profile = |one: &Candidate| Profile::new(&one.who.name, one.who.email.as_deref());
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

/// Returns which records of a conflict contradict each other still: all of them where it cannot be known.
fn what_is_left(
    input: &Input<'_>,
    all: &AllCompanies<'_>,
    company: &CompanyInput,
    at_stake: &BTreeSet<(Side, Id)>,
) -> BTreeSet<(Side, Id)> {
    let chosen = ChosenCompany::new(input, all, company);
    let Some(linked) = chosen.served() else { return at_stake.clone() };
    let of = |candidates: &[Candidate]| {
        let here: BTreeSet<_> = candidates.iter().map(key).filter(|one| at_stake.contains(one)).collect();
        // One of them by itself contradicts records of another question.
        if here.len() > 1 { here } else { BTreeSet::new() }
    };
    linked.links.conflicts.iter().flat_map(|conflict| of(&conflict.candidates)).collect()
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
