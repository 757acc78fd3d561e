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
    let mut reasons = Vec::<(&Unread, Vec<&str>)>::new();
    for (name, unread) in companies.flat_map(|(name, unread)| unread.iter().map(move |one| (name, one))) {
        let same =
            |(one, _): &&mut (&Unread, Vec<&str>)| one.side == unread.side && one.reason == unread.reason;
        match reasons.iter_mut().find(same) {
            Some((_, names)) => names.push(name),
            None => reasons.push((unread, vec![name])),
        }
    }
    for (Unread { side, kind, reason, hint }, names) in reasons {
        let side = if *side == Side::Psa { psa } else { side.name() };
        let companies =
            if redact || names.len() > 3 { format!("{} companies", names.len()) } else { names.join(", ") };
        let message = format!("{side} could not be read for {companies}: {reason}");
        let notice = Notice::error(message, hint.clone());
        front.notice(Notice { unread: Some((*kind, side.to_owned())), ..notice })?;
    }
    Ok(())
}
