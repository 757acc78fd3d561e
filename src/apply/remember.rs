//! What is to be remembered of a run: what its plan knew, corrected by what became of its changes.

use crate::model::{Id, RecordKind};
use crate::plan::{Action, CompanyMemory, Entry, Link, Report};

/// What the next run should know, from what the plan knew and what the journal says became of it.
pub fn remember(known: &[CompanyMemory], report: &Report) -> Vec<CompanyMemory> {
    let mut known = known.to_vec();
    for known in &mut known {
        let done = report.entries.iter().filter(|entry| entry.company == known.company);
        done.for_each(|entry| correct(&mut known.links, entry));
        known.links.sort();
    }
    known
}

fn correct(links: &mut Vec<Link>, entry: &Entry) {
    let (change, Some(settled)) = (&entry.change, &entry.settled) else { return };
    let user = change.seek.as_ref().and_then(|seek| seek.user.as_ref());
    if change.action == Action::Create
        && let (Some(id), Some(user)) = (&settled.id, user)
        && change.record.kind != RecordKind::Details
    {
        made(links, user, change.record.kind, id);
    }
}

/// Adds a new record to its person's link.
fn made(links: &mut Vec<Link>, user: &Id, kind: RecordKind, id: &Id) {
    let place = links.iter().position(|link| link.user == *user).unwrap_or_else(|| {
        // Only users in scope get new records.
        links.push(Link {
            user: user.clone(),
            contact: None,
            portal_user: None,
            gone: false,
            took_part: true,
            out_by_setting: false,
        });
        links.len() - 1
    });
    let Some(link) = links.get_mut(place) else { return };
    match kind {
        RecordKind::Contact => link.contact = Some(id.clone()),
        RecordKind::PortalUser => link.portal_user = Some(id.clone()),
        RecordKind::PsaCompany | RecordKind::PortalCompany | RecordKind::TenantUser | RecordKind::Details => {
        }
    }
}
