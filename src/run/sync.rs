//! The plan of a sync, for a run that may apply it.

use anyhow::Result;

use super::execution::Run;
use super::front::Front;
use super::read;
use super::session::Session;
use crate::plan::Plan;

/// Begins a run that brings the three sides into agreement, and plans it.
///
/// # Errors
/// What keeps the run from beginning, or the plan from being made.
pub fn sync<'a>(session: &'a Session, front: &mut dyn Front) -> Result<(Run<'a>, Plan)> {
    let companies = session.chosen()?;
    let run = Run::begin(session, &session.clients(&companies), "sync", front)?;
    let memory = run.memory()?;
    let plan = read::plan(session, &companies, &run.connection, &memory, Some(&run.state), front)?.plan;
    run.tell_unread_of(&plan.outcome, front)?;
    Ok((run, plan))
}
