//! What questions have in common that one answer may fit, and whether an answer to one says which records of another are
//! meant.

use std::collections::BTreeSet;

use super::question::{Choice, Matter, Question, Ruling};
use super::{Alone, Candidate, Clash, Member, Suggestion};
use crate::model::{Id, Side};
use crate::text::{email, name};

/// What two questions have in common that one answer may fit: what is asked, and of each record the side, whether it is
/// active and in scope, how it resembles the others, and what links it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kin {
    /// The reason of a conflict, records by their places; nothing for a person who is alone.
    reason: Option<String>,
    records: Vec<Likeness>,
    /// The kinds of evidence of a conflict.
    evidence: BTreeSet<&'static str>,
    /// The places of records that are certain to be one person.
    linked: Vec<(usize, usize)>,
}

/// A record of a question, without whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Likeness {
    side: Side,
    active: Option<bool>,
    out: Option<String>,
    /// The first record of the question with the same name, and the first one with the same address.
    same: (usize, Option<usize>),
    /// How alike it is to the one who is alone: in all, by name, by address.
    percent: Option<(u8, Option<u8>, Option<u8>)>,
}

/// An answer, records by their places in the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<(Verb, usize, Option<usize>)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Same,
    Different,
    Ignore,
}

impl Question {
    /// Returns what makes another question one of the very same kind.
    pub fn kin(&self) -> Kin {
        let records = self.records();
        let same_name = |one: &Candidate| {
            let is_same = |other: &&Candidate| name::same_text(&other.who.name, &one.who.name);
            records.iter().position(is_same).unwrap_or_default()
        };
        let same_address = |one: &Candidate| {
            let own = one.who.email.as_deref()?;
            records.iter().position(|other| other.who.email.as_deref().is_some_and(|of| email::same(of, own)))
        };
        let like = |one: &Candidate, member: Option<&Member>, suggestion: Option<&Suggestion>| Likeness {
            side: one.side,
            active: one.active,
            out: member.and_then(|member| member.out.as_ref()).map(|out| out.reason.clone()),
            same: (same_name(one), same_address(one)),
            percent: suggestion.map(|of| (of.likeness, of.name, of.address)),
        };
        match &self.matter {
            Matter::Conflict(Clash { conflict, linked }) => {
                let place = |side: Side, id: &Id| {
                    records.iter().position(|one| one.side == side && one.id == *id).unwrap_or(usize::MAX)
                };
                let numbered = |text: String, (place, one): (usize, &&Candidate)| {
                    text.replace(one.id.as_str(), &format!("#{place}"))
                };
                let pair =
                    |pair: &super::Pair| (place(Side::Tenant, &pair.user), place(Side::Psa, &pair.contact));
                Kin {
                    reason: Some(records.iter().enumerate().fold(conflict.reason.clone(), numbered)),
                    records: records.iter().map(|one| like(one, None, None)).collect(),
                    evidence: conflict.evidence.iter().map(|one| one.kind.words()).collect(),
                    linked: linked.iter().map(pair).collect(),
                }
            }
            Matter::Alone(Alone { person, suggestions }) => {
                let own = person.records.first().map(|member| like(&member.record, Some(member), None));
                let others = suggestions.iter().map(|of| like(&of.member.record, Some(&of.member), Some(of)));
                Kin {
                    reason: None,
                    records: own.into_iter().chain(others).collect(),
                    evidence: BTreeSet::new(),
                    linked: Vec::new(),
                }
            }
        }
    }

    /// Returns an answer by the places of its records; `None` where it is about one that is not among them.
    pub fn pattern(&self, choice: &Choice) -> Option<Pattern> {
        let records = self.records();
        let place =
            |one: &Candidate| records.iter().position(|other| other.side == one.side && other.id == one.id);
        let ruling = |ruling: &Ruling| {
            Some(match ruling {
                Ruling::Same(user, contact) => (Verb::Same, place(user)?, Some(place(contact)?)),
                Ruling::Different(user, contact) => (Verb::Different, place(user)?, Some(place(contact)?)),
                Ruling::Ignore(one) => (Verb::Ignore, place(one)?, None),
            })
        };
        choice.rulings.iter().map(ruling).collect::<Option<Vec<_>>>().map(Pattern)
    }
}

/// What tells a record of a question from another one, whatever the order in which they are shown.
#[derive(Debug, PartialEq, Eq)]
struct Mark<'k> {
    own: Bare<'k>,
    has_address: bool,
    /// The other records with the same name, those with the same address, and those that are certain to be the same
    /// person.
    mates: [Vec<Bare<'k>>; 3],
}

/// A record by itself: side, activity, scope, and likeness to the one who is alone.
type Bare<'k> = (Side, Option<bool>, Option<&'k str>, Option<(u8, Option<u8>, Option<u8>)>);

impl Kin {
    /// Reports whether an answer says which records of another question of this kind it is about: each one differs from
    /// every other one of its question by more than its place in the list, or the answer says the same of all those that
    /// do not differ.
    pub fn singles_out(&self, pattern: &Pattern) -> bool {
        let marks: Vec<Mark<'_>> = (0..self.records.len()).map(|place| self.mark(place)).collect();
        let like = |place: usize| {
            let own = marks.get(place);
            marks.iter().enumerate().filter(move |(_, mark)| Some(*mark) == own).map(|(other, _)| other)
        };
        let is_said = |verb: Verb, one: usize, other: Option<usize>| pattern.0.contains(&(verb, one, other));
        pattern.0.iter().all(|(verb, one, other)| {
            like(*one).all(|one| match other {
                Some(other) => like(*other).all(|other| is_said(*verb, one, Some(other))),
                None => is_said(*verb, one, None),
            })
        })
    }

    fn mark(&self, place: usize) -> Mark<'_> {
        let Likeness { same: (name, address), .. } = self.records[place];
        let linked =
            |other: usize| self.linked.iter().any(|pair| *pair == (place, other) || *pair == (other, place));
        let mates = |is_mate: &dyn Fn(usize) -> bool| {
            let others = (0..self.records.len()).filter(|other| *other != place && is_mate(*other));
            let mut mates: Vec<Bare<'_>> = others.map(|other| self.bare(other)).collect();
            mates.sort_unstable();
            mates
        };
        Mark {
            own: self.bare(place),
            has_address: address.is_some(),
            mates: [
                mates(&|other| self.records[other].same.0 == name),
                mates(&|other| address.is_some() && self.records[other].same.1 == address),
                mates(&linked),
            ],
        }
    }

    fn bare(&self, place: usize) -> Bare<'_> {
        let Likeness { side, active, out, same: _, percent } = &self.records[place];
        (*side, *active, out.as_deref(), *percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A conflict of records with these sides, names and addresses.
    fn kin(records: &[(Side, &str, &str)], linked: &[(usize, usize)]) -> Kin {
        let first =
            |is: &dyn Fn(&(Side, &str, &str)) -> bool| records.iter().position(is).unwrap_or_default();
        let like = |(side, name, address): &(Side, &str, &str)| Likeness {
            side: *side,
            active: Some(true),
            out: None,
            same: (
                first(&|other| other.1 == *name),
                (!address.is_empty()).then(|| first(&|other| other.2 == *address)),
            ),
            percent: None,
        };
        Kin {
            reason: None,
            records: records.iter().map(like).collect(),
            evidence: BTreeSet::new(),
            linked: linked.to_vec(),
        }
    }

    fn same(user: usize, contact: usize) -> Pattern {
        Pattern(vec![(Verb::Same, user, Some(contact))])
    }

    const ANN: &str = "ann@contoso.example";

    #[test]
    fn a_place_in_the_list_tells_no_record_from_another() {
        let (user, contact) = (Side::Tenant, Side::Psa);
        // Namesakes, and people of three names: which one comes first says nothing.
        for names in [["Ann", "Ann", "Ann"], ["Ann", "Amy", "Eve"]] {
            let of = kin(&[(user, names[0], ANN), (contact, names[1], ANN), (contact, names[2], ANN)], &[]);
            assert!(!of.singles_out(&same(0, 1)) && !of.singles_out(&same(0, 2)), "{names:?}");
            assert!(!of.singles_out(&Pattern(vec![(Verb::Ignore, 1, None)])), "{names:?}");
            assert!(of.singles_out(&Pattern(vec![(Verb::Ignore, 0, None)])), "there is one user: {names:?}");
        }
        // Two pairs of namesakes: each is like the other one.
        let pairs = [(user, "Ann", ANN), (user, "Bo", ANN), (contact, "Ann", ANN), (contact, "Bo", ANN)];
        assert!(!kin(&pairs, &[]).singles_out(&same(0, 2)));
    }

    #[test]
    fn name_address_and_link_tell_records_apart() {
        let (user, contact) = (Side::Tenant, Side::Psa);
        let ann = (user, "Ann", ANN);
        for (second, linked) in [
            ((contact, "Anna", ANN), &[][..]),
            ((contact, "Ann", "a@contoso.example"), &[]),
            ((contact, "Ann", ""), &[]),
            ((contact, "Ann", ANN), &[(0, 1)]),
        ] {
            let of = kin(&[ann, (contact, "Ann", ANN), second], linked);
            assert!(of.singles_out(&same(0, 1)) && of.singles_out(&same(0, 2)), "{second:?}");
        }
    }

    #[test]
    fn an_answer_that_treats_all_who_are_alike_the_same_needs_no_order() {
        let of = kin(&[(Side::Tenant, "Ann", ANN), (Side::Psa, "Ann", ANN), (Side::Psa, "Ann", ANN)], &[]);
        let different = |contact| (Verb::Different, 0, Some(contact));
        assert!(of.singles_out(&Pattern(vec![different(1), different(2)])));
        assert!(!of.singles_out(&Pattern(vec![different(1)])));
    }
}
