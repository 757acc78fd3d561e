//! What a notice tells.

use serde::Serialize;

use super::settings::Word;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A command that may write came to its end.
    RunEnded,
    /// An earlier run did not live to say how it ended.
    RunDied,
    /// A person tries whether notices arrive.
    Test,
}

/// What happened, as it is told. Without [`details`](Self::details) it holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub what: What,
    /// The command: `sync`.
    pub command: String,
    /// The run's id, if there was one.
    pub run: Option<String>,
    /// The exit code; `None` of a run that died.
    pub code: Option<u8>,
    /// What that means, in a few words.
    pub meaning: String,
    /// The command to run next.
    pub next: String,
    /// How much there was of everything.
    pub counts: Counts,
    /// The companies of which there is something to tell.
    pub companies: Vec<Company>,
    /// People and reasons, where the configuration asks for them.
    pub details: Option<Details>,
}

/// How much there was of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Changes that were planned.
    pub planned: usize,
    /// Changes that were made.
    pub done: usize,
    /// User-defined fields of the PSA that were made.
    pub fields: usize,
    /// Changes of records that had moved meanwhile.
    pub stale: usize,
    /// Changes that failed.
    pub failed: usize,
    /// Changes that were not begun although it was their turn.
    pub not_tried: usize,
    /// Changes, and user-defined fields, of which it is not known what became of them.
    pub unknown: usize,
    /// Changes that were left when the run stopped.
    pub left: usize,
    /// People in a conflict.
    pub conflicts: usize,
    /// Companies in a conflict.
    pub company_conflicts: usize,
    /// Companies that were held back, as a side could not be read.
    pub held_back: usize,
}

/// What there is to tell of a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Company {
    /// The name in the configuration.
    pub name: String,
    /// Changes that were made.
    pub done: usize,
    /// Changes that were announced and did not end well.
    pub not_done: usize,
    /// People in a conflict.
    pub conflicts: usize,
    /// Whether it is in a conflict itself.
    pub in_conflict: bool,
    /// Whether it was held back.
    pub held_back: bool,
}

/// What tells of people and of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Details {
    /// The account that ran the command.
    pub operator: String,
    /// The machine.
    pub host: String,
    /// The error that ended the command.
    pub error: Option<String>,
    /// Changes and conflicts, a line each.
    pub lines: Vec<String>,
    /// How many more lines there would be.
    pub more: usize,
}

impl Event {
    /// Returns whether it is a failure: something to look at that is neither a change nor a conflict.
    pub fn is_failure(&self) -> bool {
        self.what == What::RunDied || self.code.is_some_and(|code| ![0, 3, 4].contains(&code))
    }

    /// Returns whether it is what one of these words stands for.
    pub(super) fn is(&self, word: Word) -> bool {
        match word {
            Word::Failure => self.is_failure(),
            Word::Changes => self.counts.done + self.counts.fields > 0 || self.code == Some(3),
            Word::Conflicts => {
                self.counts.conflicts + self.counts.company_conflicts > 0 || self.code == Some(4)
            }
        }
    }

    /// Returns the word for it as a whole: the gravest that holds.
    pub(super) fn result(&self) -> &'static str {
        let gravest = [Word::Failure, Word::Conflicts, Word::Changes].into_iter().find(|word| self.is(*word));
        match (self.what, gravest) {
            (What::Test, _) => "test",
            (_, Some(word)) => word.name(),
            (_, None) => "clean",
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A run of two companies that ended with 7, with names that a form could trip over.
    pub(in crate::notify) fn failed() -> Event {
        Event {
            what: What::RunEnded,
            command: "sync".to_owned(),
            run: Some("20261130T020000Z-4f".to_owned()),
            code: Some(7),
            meaning: "some changes failed".to_owned(),
            next: "crsync log 20261130T020000Z-4f --failed".to_owned(),
            counts: Counts { planned: 9, done: 6, failed: 2, left: 1, conflicts: 1, ..Counts::default() },
            companies: vec![
                Company {
                    name: "R&D <!channel> *Contoso*".to_owned(),
                    done: 6,
                    not_done: 2,
                    conflicts: 1,
                    in_conflict: false,
                    held_back: false,
                },
                Company {
                    name: "Fabrikam".to_owned(),
                    done: 0,
                    not_done: 0,
                    conflicts: 0,
                    in_conflict: true,
                    held_back: true,
                },
            ],
            details: None,
        }
    }

    #[test]
    fn every_exit_code_is_a_failure_a_conflict_a_change_or_clean() {
        let quiet = Event { counts: Counts::default(), companies: Vec::new(), ..failed() };
        let result = |code| Event { code: Some(code), ..quiet.clone() }.result();
        assert_eq!([0, 3, 4].map(result), ["clean", "changes", "conflicts"]);
        assert_eq!([1, 2, 5, 6, 7, 8, 9, 10, 130].map(result), ["failure"; 9]);
        assert_eq!(Event { what: What::RunDied, code: None, ..quiet.clone() }.result(), "failure");
        let done = Counts { done: 3, ..Counts::default() };
        assert_eq!(Event { code: Some(0), counts: done, ..quiet }.result(), "changes");
    }
}
