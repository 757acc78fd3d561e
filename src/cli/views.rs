//! How much of a plan a table shows.

use anyhow::Result;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::flags::Format;
use crate::error::{Error, Kind};
use crate::report::Topic;

/// The flags that choose what a table shows of a plan.
#[derive(Debug, Args)]
#[command(next_help_heading = super::flags::RESULTS)]
pub(super) struct Views {
    /// Show every field, also on a terminal where the plan is longer than the screen
    #[arg(long)]
    full: bool,
    /// Show a line for each company, and the totals
    #[arg(long, conflicts_with = "full")]
    summary: bool,
    /// Show only these over all companies, a line each, and the totals
    #[arg(long, value_name = "WHAT", value_enum, value_delimiter = ',', conflicts_with_all = ["full", "summary"])]
    only: Vec<Topic>,
}

/// What a table shows of a plan.
#[derive(Debug, Clone, Copy)]
pub(super) enum View<'a> {
    /// Every field of every change.
    Full,
    /// Every field, or the digest where that is longer than the screen.
    Fitting,
    /// A line for each company.
    Summary,
    /// What there is of these topics.
    Only(&'a [Topic]),
}

impl Views {
    /// Returns what the table shows; `is_narrow` says that companies were chosen.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a flag with another format than the table.
    pub(super) fn of(&self, format: Format, is_narrow: bool) -> Result<View<'_>> {
        let flags = [(self.full, "--full"), (self.summary, "--summary"), (!self.only.is_empty(), "--only")];
        let given = flags.into_iter().find_map(|(given, flag)| given.then_some(flag));
        if let Some(flag) = given.filter(|_| format != Format::Table) {
            let message = format!("{flag} is for the table, and --format {} always holds all", format.name());
            return Err(Error::new(Kind::Usage, message)
                .hint(format!("leave out {flag} or --format"))
                .into());
        }
        Ok(match () {
            () if self.summary => View::Summary,
            () if !self.only.is_empty() => View::Only(&self.only),
            () if self.full || is_narrow => View::Full,
            () => View::Fitting,
        })
    }
}

impl ValueEnum for Topic {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Deactivate => "People who leave",
            Self::Reactivate => "People who come back",
            Self::Create => "People who are new",
            Self::Update => "People whose fields change",
            Self::Conflict => "Conflicts",
            Self::Skip => "What was asked for and is not done",
            Self::Company => "Companies that are held back or inactive",
            Self::Finding => "Settings that match nothing",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}
