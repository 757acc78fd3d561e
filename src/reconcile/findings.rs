//! Settings and decisions that match nothing, with the near miss: a licence that no tenant owns, a pattern that fits
//! no record, a type that no contact has, a pin of records that do not exist, a domain that no address has.
//!
//! Only companies that were read to their end prove that nothing matches. Of a setting that also stands for a company
//! that was not looked at, nothing is said.

mod near;
mod rules;

use std::collections::BTreeSet;

use crate::plan::Finding;
use crate::text::email;

use super::view::View;
use super::{Decision, Exclusion, Input};

/// A setting as a person wrote it, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The name of the file.
    pub file: String,
    /// The line it begins on, from 1.
    pub line: usize,
    /// What it says.
    pub rule: Rule,
}

/// A setting that names something that should exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// An entry of `exclude-licenses`.
    Licence(String),
    /// An `[[exclude]]`.
    Exclude(Exclusion),
    /// The name of a `[[type]]`.
    Type(String),
    /// An entry of a company's `domains`.
    Domain(String),
    /// An entry of the decisions file.
    Decision(Decision),
}

/// Why nothing matches, and what may have been meant.
struct Miss {
    reason: String,
    next: Option<String>,
}

/// Returns every setting and decision that matches nothing in all companies for which it stands, in the order of the
/// files' lines.
pub fn findings(input: &Input<'_>) -> Vec<Finding> {
    let views: Vec<View<'_>> =
        input.companies.iter().filter_map(|company| View::whole(input, company)).collect();
    if views.is_empty() {
        return Vec::new();
    }
    let is_read = |name: &str| views.iter().any(|view| view.own.name == name);
    let unread = || {
        let configured = input.served.iter().filter(|(name, _)| !is_read(name)).map(|(_, policy)| &**policy);
        let incomplete = input.companies.iter().filter(|company| !is_read(&company.name));
        configured.chain(incomplete.map(|company| &*company.policy))
    };
    let mut rules: Vec<(&Stated, Vec<&View<'_>>)> = Vec::new();
    for view in &views {
        for stated in &view.policy.stated {
            match rules.iter_mut().find(|(known, _)| *known == stated) {
                Some((_, of)) => of.push(view),
                None => rules.push((stated, vec![view])),
            }
        }
    }
    rules.retain(|(stated, _)| unread().all(|policy| !policy.stated.contains(stated)));
    if unread().next().is_none() {
        rules.extend(input.decisions.stated.iter().map(|stated| (stated, views.iter().collect())));
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

/// The domains of the company's settings that no user, contact, portal user or verified domain has: whose people they
/// are is then unknown.
pub(super) fn unanswered<'a>(view: &View<'a>) -> Vec<&'a str> {
    if view.own.domains.is_empty() {
        return Vec::new();
    }
    let known = domains(view);
    view.own.domains.iter().map(String::as_str).filter(|domain| !known.contains(*domain)).collect()
}

/// Every domain that the company's people and its tenant have.
fn domains(view: &View<'_>) -> BTreeSet<String> {
    let of_users = view.users.iter().flat_map(|user| {
        let own = user.email().into_iter().chain([user.user_name.as_str()]);
        own.chain(user.alternates.iter().map(String::as_str))
    });
    let of_contacts = view.contacts.iter().filter_map(|contact| contact.email());
    let of_portal = view.portal_users.iter().filter_map(|user| user.email());
    let addresses = of_users.chain(of_contacts).chain(of_portal).filter_map(email::domain);
    addresses.chain(view.tenant.domains.iter().map(|domain| domain.to_lowercase())).collect()
}
