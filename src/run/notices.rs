//! What a run tells of what it could not read.

use anyhow::Result;

use super::front::{Notice, Progress};
use crate::model::Side;
use crate::plan::{Outcome, Unread};
use crate::state::State;

/// Passes on which rows of the state could not be read, a few of them by name.
///
/// # Errors
/// When it cannot be passed on.
pub fn broken_rows(state: Option<&State>, front: &mut dyn Progress) -> Result<()> {
    const NAMED: usize = 5;
    let broken = state.map(State::broken).unwrap_or_default();
    let next = || {
        Some(
            "nothing at the services is lost with it; if there are more, put back a copy of state.db that was made \
             before"
                .to_owned(),
        )
    };
    for what in broken.iter().take(NAMED) {
        let message = format!("the state has a row that cannot be read and is passed over: {what}");
        front.notice(Notice::warning(message, next()))?;
    }
    match broken.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => {
            front.notice(Notice::warning(format!("{more} more rows of the state cannot be read"), next()))
        }
    }
}

/// Passes on which sides of the plan's companies could not be read, and which companies wait for an earlier run.
///
/// # Errors
/// When it cannot be passed on.
pub(super) fn unread_of(outcome: &Outcome, psa: &str, redact: bool, front: &mut dyn Progress) -> Result<()> {
    let sides = outcome.companies.iter().map(|company| (company.name.as_str(), company.unread.as_slice()));
    unread(sides, psa, redact, front)?;
    for company in outcome.companies.iter().filter(|company| company.is_unclear()) {
        for skip in company.skipped.iter().filter(|skip| skip.strict && skip.who.is_none()) {
            let name = if redact { "a company" } else { company.name.as_str() };
            front.notice(Notice::error(format!("{name}: {}", skip.reason), skip.next.clone()))?;
        }
    }
    Ok(())
}

/// Passes on what could not be read of each company, each reason once: a mail from cron shows it even when the
/// result goes to a file.
///
/// # Errors
/// When it cannot be passed on.
pub(super) fn unread<'a>(
    companies: impl Iterator<Item = (&'a str, &'a [Unread])>,
    psa: &str,
    redact: bool,
    front: &mut dyn Progress,
) -> Result<()> {
    for group in grouped(companies) {
        let Unread { side, kind, reason: _, hint } = group.unread;
        let side = if *side == Side::Psa { psa } else { side.name() };
        let notice = Notice::error(group.sentence(psa, redact), hint.clone());
        front.notice(Notice { unread: Some((*kind, side.to_owned())), ..notice })?;
    }
    Ok(())
}

/// One fault, with all companies that meet it.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The fault, as the first company meets it.
    pub(super) unread: &'a Unread,
    /// The companies.
    pub(super) companies: Vec<&'a str>,
    /// How many more reasons there are that differ in names alone.
    more: usize,
}

/// How many faults that differ in their reasons alone are told one by one.
const APART: usize = 3;

/// Returns the faults, each once. Many that differ only in what they are about, and have one next step, are one.
pub(super) fn grouped<'a>(companies: impl Iterator<Item = (&'a str, &'a [Unread])>) -> Vec<Group<'a>> {
    let mut groups = Vec::<Group<'a>>::new();
    for (name, unread) in companies.flat_map(|(name, unread)| unread.iter().map(move |one| (name, one))) {
        let same =
            |group: &&mut Group<'a>| group.unread.side == unread.side && group.unread.reason == unread.reason;
        match groups.iter_mut().find(same) {
            Some(group) => group.companies.push(name),
            None => groups.push(Group { unread, companies: vec![name], more: 0 }),
        }
    }
    let alike = |one: &Unread, other: &Unread| {
        one.side == other.side && one.kind == other.kind && one.hint.is_some() && one.hint == other.hint
    };
    let mut told = Vec::<Group<'a>>::new();
    for group in &groups {
        let many = groups.iter().filter(|other| alike(other.unread, group.unread)).count() > APART;
        match told.iter_mut().find(|first| many && alike(first.unread, group.unread)) {
            Some(first) => {
                first.companies.extend(&group.companies);
                first.more += 1;
            }
            None => told.push(Group { unread: group.unread, companies: group.companies.clone(), more: 0 }),
        }
    }
    told
}

impl Group<'_> {
    /// Returns what could not be read, of which companies and why; `psa` is the PSA's name.
    pub(super) fn sentence(&self, psa: &str, redact: bool) -> String {
        let Unread { side, reason, .. } = self.unread;
        let side = if *side == Side::Psa { psa } else { side.name() };
        let names = &self.companies;
        let companies =
            if redact || names.len() > 3 { format!("{} companies", names.len()) } else { names.join(", ") };
        let more = match self.more {
            0 => String::new(),
            more => format!("; and {more} more like it"),
        };
        format!("{side} could not be read for {companies}: {reason}{more}")
    }
}
