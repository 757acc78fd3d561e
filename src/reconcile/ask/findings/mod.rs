//! Settings and decisions that match nothing, with the near miss: a licence that no tenant owns, a pattern that fits
//! no record, a type that no contact has, a pin of records that do not exist, a domain that no address has.
//!
//! Only companies that were read to their end prove that nothing matches. Of a setting that also stands for a company
//! that was not looked at, nothing is said.

mod near;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Finding;
use crate::reconcile::input::{Input, Stated, View};
use rules::{Miss, Names};

/// Returns every setting and decision that matches nothing in all companies it applies to, in the order of the
/// files' lines; `views` are the companies that were read to their end.
pub(crate) fn findings(input: &Input<'_>, views: &[&View<'_>]) -> Vec<Finding> {
    if views.is_empty() {
        return Vec::new();
    }
    let read: BTreeSet<&str> = views.iter().map(|view| view.company.name.as_str()).collect();
    let served = input.configured.iter().filter(|company| company.enabled);
    let chosen = input.companies.iter().map(|own| &own.company);
    let unread: Vec<_> =
        served.chain(chosen).filter(|company| !read.contains(company.name.as_str())).collect();
    // What two companies have from one line of a file is one setting.
    let place = |stated: &'_ Stated| (stated.file.clone(), stated.line);
    let mut rules = BTreeMap::<_, Vec<(&Stated, Vec<&View<'_>>)>>::new();
    for view in views.iter().copied() {
        for stated in &view.policy.stated {
            let of_line = rules.entry(place(stated)).or_default();
            match of_line.iter_mut().find(|(known, _)| *known == stated) {
                Some((_, of)) => of.push(view),
                None => of_line.push((stated, vec![view])),
            }
        }
    }
    for stated in unread.iter().flat_map(|company| &company.policy.stated) {
        if let Some(of_line) = rules.get_mut(&place(stated)) {
            of_line.retain(|(known, _)| *known != stated);
        }
    }
    let decisions: &[Stated] = if unread.is_empty() { &input.decisions.stated } else { &[] };
    let decisions = decisions.iter().map(|stated| (stated, views.to_vec()));
    let mut names = Names::default();
    let mut findings: Vec<Finding> = rules
        .into_values()
        .flatten()
        .chain(decisions)
        .filter_map(|(stated, views)| {
            let Miss { reason, next } = rules::miss(input, &stated.rule, &views, &mut names)?;
            let setting = rules::words(&stated.rule);
            Some(Finding { file: stated.file.clone(), line: stated.line, setting, reason, next })
        })
        .collect();
    findings.sort();
    findings.dedup();
    findings
}
