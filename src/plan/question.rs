//! What a person is asked where evidence cannot decide, and what may be answered.

use std::collections::{BTreeMap, BTreeSet};

use super::{Alone, Candidate, Clash};
use crate::model::{Field, Id, Side};

/// Something that needs a decision, in one company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The company's name in the configuration.
    pub company: String,
    /// What it is about.
    pub matter: Matter,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matter {
    /// Records that contradict each other.
    Conflict(Clash),
    /// A user or a contact who stayed alone, with at least one suggestion.
    Alone(Alone),
}

/// One answer: what it says, all of it at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// At least one; several only where all are [`Ruling::Different`], or all are [`Ruling::Ignore`].
    pub rulings: Vec<Ruling>,
}

/// What a person says of one or two records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// A 365 user and a contact are one person.
    Same(Candidate, Candidate),
    /// A 365 user and a contact are two people. The user may be one who is gone, known by the id alone.
    Different(Candidate, Candidate),
    /// A record is out of scope.
    Ignore(Candidate),
}

impl Question {
    /// The records it is about, in the order in which they are shown: those of a conflict, or the one who is
    /// alone and then the suggestions.
    pub fn records(&self) -> Vec<&Candidate> {
        match &self.matter {
            Matter::Conflict(clash) => clash.conflict.candidates.iter().collect(),
            Matter::Alone(alone) => {
                let own = alone.person.records.first().map(|member| &member.record);
                own.into_iter().chain(alone.suggestions.iter().map(|one| &one.member.record)).collect()
            }
        }
    }
}

/// What a side holds of a record of a question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beside {
    /// What may be shown; an empty text is blank.
    pub fields: BTreeMap<Field, String>,
    /// When it was last changed, where the side says so.
    pub modified: Option<String>,
}

impl From<Vec<Ruling>> for Choice {
    fn from(rulings: Vec<Ruling>) -> Self {
        Self { rulings }
    }
}

impl From<Ruling> for Choice {
    fn from(ruling: Ruling) -> Self {
        vec![ruling].into()
    }
}

/// What can be answered to a question. Each answer settles it, those that an earlier decision contradicts if that is taken
/// back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// The record that is asked about, where no answer settles all of a conflict: each answer takes it out, and the next
    /// question is about those that are left.
    pub about: Option<Candidate>,
    /// The answers.
    pub choices: Vec<Choice>,
}

/// What was asked already and is not to be asked again in the same sitting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Passed {
    conflicts: BTreeSet<BTreeSet<(Side, Id)>>,
    /// The records that were put side by side, in pairs, the lesser first.
    pairs: BTreeSet<[(Side, Id); 2]>,
    /// Who is none of those who came into question.
    unlike: BTreeSet<(Side, Id)>,
    /// Who was asked about among several, in order, and was not known.
    unknown: Vec<Candidate>,
}

impl Passed {
    /// Leaves `question` open: it is not asked again.
    pub fn pass(&mut self, question: &Question) {
        match question.matter {
            Matter::Conflict(_) => {
                self.conflicts.insert(keys(question).collect());
            }
            Matter::Alone(_) => self.pairs.extend(pairs(question)),
        }
    }

    /// Takes that it is not known who this record of a conflict is: the others are asked about.
    pub fn pass_over(&mut self, about: Candidate) {
        self.unknown.push(about);
    }

    /// Returns who was passed over.
    pub fn unknown(&self) -> &[Candidate] {
        &self.unknown
    }

    /// Takes that the one who is alone is none of those who are suggested, and does not ask about that one again: those
    /// who are less alike still would be suggested, a few at a time. Any other answer says nothing of that.
    pub fn answer(&mut self, question: &Question, choice: &Choice) {
        let Matter::Alone(alone) = &question.matter else { return };
        let is_none = choice.rulings.iter().all(|ruling| matches!(ruling, Ruling::Different(..)));
        if is_none && choice.rulings.len() == alone.suggestions.len() {
            self.unlike.extend(keys(question).next());
        }
    }

    /// Whether all that `question` asks was passed before. That two people may be one is the same question
    /// whichever of them it begins with.
    pub fn has(&self, question: &Question) -> bool {
        match question.matter {
            Matter::Conflict(_) => self.conflicts.contains(&keys(question).collect()),
            Matter::Alone(_) => {
                keys(question).next().is_some_and(|own| self.unlike.contains(&own))
                    || pairs(question).iter().all(|pair| self.pairs.contains(pair))
            }
        }
    }
}

fn keys(question: &Question) -> impl Iterator<Item = (Side, Id)> {
    question.records().into_iter().map(|record| (record.side, record.id.clone()))
}

fn pairs(question: &Question) -> Vec<[(Side, Id); 2]> {
    let mut all = keys(question);
    let Some(own) = all.next() else { return Vec::new() };
    let pair = |other| {
        let mut pair = [own.clone(), other];
        pair.sort();
        pair
    };
    all.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Member, Person, Suggestion, Who};

    fn member(side: Side, id: &str) -> Member {
        let who = Who { name: id.to_owned(), email: None };
        Member { record: Candidate { side, id: Id::from(id), who, active: None }, out: None }
    }

    fn alone(own: (Side, &str), others: &[(Side, &str)]) -> Question {
        let own = member(own.0, own.1);
        let suggestion = |(side, id): &(Side, &str)| Suggestion {
            member: member(*side, id),
            likeness: 90,
            name: None,
            address: None,
            is_namesake: false,
        };
        let person = Person {
            who: own.record.who.clone(),
            records: vec![own],
            evidence: Vec::new(),
            portal_evidence: Vec::new(),
            gone: None,
            stood_back: Vec::new(),
        };
        let suggestions = others.iter().map(suggestion).collect();
        Question { company: "Contoso".into(), matter: Matter::Alone(Alone { person, suggestions }) }
    }

    #[test]
    fn two_people_are_put_beside_each_other_once() {
        let mut passed = Passed::default();
        let (user, contact) = ((Side::Tenant, "u"), (Side::Psa, "7"));
        passed.pass(&alone(user, &[contact, (Side::Psa, "8")]));
        assert!(passed.has(&alone(contact, &[user])));
        assert!(passed.has(&alone(user, &[contact])));
        assert!(!passed.has(&alone(contact, &[user, (Side::Tenant, "v")])));
    }

    #[test]
    fn who_is_none_of_those_suggested_is_not_asked_about_again() {
        let (user, others) = ((Side::Tenant, "u"), [(Side::Psa, "7"), (Side::Psa, "8")]);
        let question = alone(user, &others);
        let different = |id| Ruling::Different(member(user.0, user.1).record, member(Side::Psa, id).record);
        for (rulings, is_over) in [
            (vec![different("7"), different("8")], true),
            (vec![different("7")], false),
            (vec![Ruling::Ignore(member(Side::Psa, "7").record)], false),
        ] {
            let mut passed = Passed::default();
            passed.answer(&question, &rulings.into());
            assert_eq!(passed.has(&alone(user, &[(Side::Psa, "9")])), is_over);
            assert!(!passed.has(&alone((Side::Psa, "9"), &[user])), "another one is asked about");
        }
    }
}
