//! Settings and decisions that match nothing, with the near miss: a licence that no tenant owns, a pattern that fits
//! no record, a type that no contact has, a pin of records that do not exist, a domain that no address has.
//!
//! Only companies that were read to their end prove that nothing matches. Of a setting that also stands for a company
//! that was not looked at, nothing is said.

mod near;
mod rules;

use crate::plan::Finding;
use crate::reconcile::input::{Input, Stated, View};
use rules::Miss;

/// Returns every setting and decision that matches nothing in all companies it applies to, in the order of the
/// files' lines; `views` are the companies that were read to their end.
pub(crate) fn findings(input: &Input<'_>, views: &[&View<'_>]) -> Vec<Finding> {
    if views.is_empty() {
        return Vec::new();
    }
    let is_read = |name: &str| views.iter().any(|view| view.company.name == name);
    let unread = || {
        let served = input.configured.iter().filter(|company| company.enabled);
        let chosen = input.companies.iter().map(|own| &own.company);
        served.chain(chosen).filter(|company| !is_read(&company.name)).map(|company| &company.policy)
    };
    let mut rules: Vec<(&Stated, Vec<&View<'_>>)> = Vec::new();
    for view in views.iter().copied() {
        for stated in &view.policy.stated {
            match rules.iter_mut().find(|(known, _)| *known == stated) {
                Some((_, of)) => of.push(view),
                None => rules.push((stated, vec![view])),
            }
        }
    }
    rules.retain(|(stated, _)| unread().all(|policy| !policy.stated.contains(stated)));
    if unread().next().is_none() {
        rules.extend(input.decisions.stated.iter().map(|stated| (stated, views.to_vec())));
    }
    let mut findings: Vec<Finding> = rules
        .into_iter()
        .filter_map(|(stated, views)| {
            let Miss { reason, next } = rules::miss(input, &stated.rule, &views)?;
            let setting = rules::words(&stated.rule);
            Some(Finding { file: stated.file.clone(), line: stated.line, setting, reason, next })
        })
        .collect();
    findings.sort();
    findings.dedup();
    findings
}
