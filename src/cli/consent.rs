//! Consent at a terminal: the plan before it is applied, and the question whether to apply it.

use std::io;

use anyhow::Result;

use super::flags::Format;
use super::say;
use super::screen::{Said, Screen, fitting};
use crate::calls::Requests;
use crate::plan::{CompanyPlan, Plan, Purpose};
use crate::report::{self, Look};
use crate::run::{Consent, Proposal};

/// Lines that the question after a plan takes.
const QUESTION: usize = 4;

/// How a digest says that there is more: the question that follows shows it.
const ASKED: &str =
    "\"Show a company\" below shows every field of one; `crsync diff --full` shows those of all";

impl Consent for Screen<'_> {
    /// Shows the plan: all of it with `--verbose`, before a sync asks as `diff` shows it on a terminal, else a line for
    /// every company, and what an undo cannot take back.
    /// Parts of requests that are not planned are shown where a person is asked, and at the end in any case.
    fn show(&mut self, proposal: &Proposal<'_>) -> Result<()> {
        // A person agrees to what can be seen, whatever form the result has.
        if self.format != Format::Table && !proposal.must_ask {
            return Ok(());
        }
        // Nothing is said of a night with nothing to do.
        let is_sync = matches!(proposal.purpose, Purpose::Sync);
        if self.said == Said::Little && is_sync && proposal.plan.outcome.is_settled() {
            return Ok(());
        }
        let shown = self.shown(proposal.plan);
        let (look, requests) = (self.look(proposal.psa), proposal.requests);
        let (verbose, redact) = (look.verbose, self.redact);
        // The question has lines of its own.
        let height = self.io.height().map(|height| height.saturating_sub(QUESTION));
        self.print(|out| match proposal.purpose {
            // A few people: everything about them is of interest.
            Purpose::SelfService(asked) => {
                let asked = if redact { report::redact_asked(asked) } else { asked.clone() };
                let asked = if proposal.must_ask { asked } else { Vec::new() };
                if !shown.outcome.companies.is_empty() {
                    report::table(out, &shown, requests, look)?;
                }
                report::not_planned(out, &asked, look)
            }
            _ if verbose => report::table(out, &shown, requests, look),
            Purpose::Sync if proposal.must_ask => fitting(out, &shown, requests, height, ASKED, look),
            Purpose::Sync | Purpose::PushUdfs => report::overview(out, &shown, look),
            Purpose::Undo(_) => {
                let is_whole = proposal.must_ask && whole(out, &shown, requests, height, look)?;
                if !is_whole {
                    report::overview(out, &shown, look)?;
                    report::left(out, &shown.outcome.companies, look)?;
                }
                report::taken_back(out, &shown, look)
            }
        })
    }

    /// Asks whether to apply; companies can be looked at before.
    fn agrees(&mut self, proposal: &Proposal<'_>) -> Result<bool> {
        say::can_be_read(self.io)?;
        let pending = proposal.pending;
        let changes = if pending == 1 { "1 change".to_owned() } else { format!("{pending} changes") };
        loop {
            let choices = [
                "No, write nothing (n)".to_owned(),
                format!("Yes, apply {changes} (y)"),
                "Show a company (s)".to_owned(),
            ];
            let keys = [('n', 0), ('y', 1), ('s', 2)];
            match self.io.choose_by("Apply this plan", &choices, &keys)? {
                Some(1) => return Ok(true),
                Some(2) => self.show_one(proposal.plan, proposal.psa)?,
                _ => return Ok(false),
            }
        }
    }
}

impl Screen<'_> {
    /// Returns the plan as it is shown.
    fn shown(&self, plan: &Plan) -> Plan {
        let outcome = if self.redact { report::redact(&plan.outcome) } else { plan.outcome.clone() };
        Plan { outcome, ..plan.clone() }
    }

    /// Lets a person choose a company, and shows all of it.
    fn show_one(&mut self, plan: &Plan, psa: &str) -> Result<()> {
        let companies: Vec<CompanyPlan> = self.shown(plan).outcome.companies;
        let names: Vec<String> =
            plan.outcome.companies.iter().map(|company| report::clean(&company.name)).collect();
        let chosen = self.io.choose("Which one", &names)?;
        let Some(company) = chosen.and_then(|index| companies.into_iter().nth(index)) else {
            return Ok(());
        };
        let look = self.look(psa);
        self.print(|out| report::company(out, &company, look))
    }
}

/// Writes a plan if it fits the height, which must be known. Returns whether it does.
fn whole(
    out: &mut Vec<u8>,
    plan: &Plan,
    requests: &[Requests],
    height: Option<usize>,
    look: Look<'_>,
) -> io::Result<bool> {
    let mut text = Vec::new();
    report::table(&mut text, plan, requests, look)?;
    let lines = text.split(|byte| *byte == b'\n').count();
    let fits = height.is_some_and(|height| lines <= height);
    if fits {
        out.extend(text);
    }
    Ok(fits)
}
