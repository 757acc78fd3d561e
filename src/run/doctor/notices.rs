//! Who is told what became of a run: whether the addresses are there. Nothing is sent.

use crate::notify::{Named, check_address};
use crate::plan::{Fact, Subject};
use crate::run::machine::Machine;
use crate::run::session::Session;

/// Returns who is told, and a fact for each address that cannot be used; nothing where the configuration has no `[notify]`.
pub(super) fn notices(session: &Session, machine: &Machine) -> Vec<Fact> {
    let Some(settings) = &session.config.notify else { return Vec::new() };
    if settings.is_empty() {
        let says = "[notify] names no target: a run that fails is told by its exit code alone";
        let next = "set CRSYNC_NOTIFY_TEAMS or another address, or take [notify] out";
        return vec![Fact::warn(Subject::Notices, says, next)];
    }
    let around = machine.surroundings(session.deadline);
    let (mut names, mut facts) = (Vec::new(), Vec::new());
    for Named { target, places } in &settings.targets {
        let found = places.find(&around).map_err(|error| {
            let next = error.next_step().unwrap_or("`crsync login --list` shows where it is looked for");
            (error.message().to_owned(), next.to_owned())
        });
        let checked = found.and_then(|secret| {
            let address = check_address(target.name(), &secret);
            address.map_err(|fault| (fault.message, fault.next))
        });
        match checked {
            Ok(_) => names.push(target.name()),
            Err((says, next)) => facts.push(Fact::warn(Subject::Notices, says, next)),
        }
    }
    names.extend((!settings.command.is_empty()).then_some("command"));
    if !names.is_empty() {
        let says = format!("sent to {}; `crsync notify --test` tries them", names.join(", "));
        facts.push(Fact::ok(Subject::Notices, says));
    }
    facts
}
