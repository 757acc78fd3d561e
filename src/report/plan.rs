//! A plan: what would be written, and what it adds up to.

use std::collections::BTreeMap;

use super::company;
use super::digest;
use super::findings;
use super::leaving::{leave, leavers};
use super::look::Look;
use super::page::{Cell, Item, Mark, Page, Part, Sheet};

use super::rows;
use super::words::{clean, count, duration, join, time};
use crate::calls::Requests;
use crate::plan::{Action, CompanyPlan, Plan, RecordKind, Totals};

/// What a plan adds up to.
pub(super) struct Sums {
    /// All of it in one line.
    pub(super) heading: String,
    /// What is done, and to how many records of which kinds.
    pub(super) actions: Vec<(Action, String)>,
    /// What else there is to say.
    pub(super) rest: Vec<Cell>,
}

/// Returns what a plan adds up to.
pub(super) fn sums(plan: &Plan, look: Look<'_>) -> Sums {
    let Totals {
        companies,
        unread,
        people,
        in_agreement,
        changes,
        company_conflicts,
        conflicts,
        skipped,
        excluded,
        namesakes,
    } = plan.outcome.totals();
    let leavers = plan.outcome.companies.iter().map(leavers).sum();
    let of_people = match (people, in_agreement) {
        // A plan that takes a run back counts no people.
        (0, 0) if !changes.is_empty() => String::new(),
        _ => format!(", {}, {in_agreement} in agreement", count(people, "person", "people")),
    };
    let companies_told = count(companies, "company", "companies");
    if unread == companies && companies > 0 && changes.is_empty() {
        let heading =
            format!("{companies_told}, held back: nothing was compared, so this says nothing of changes");
        return Sums { heading, actions: Vec::new(), rest: Vec::new() };
    }
    let held = held_back(unread, company_conflicts);
    let heading = format!("{companies_told}{held}{of_people}{}", leave(leavers));
    let actions = changes.iter().map(|(action, kinds)| (*action, records(kinds, look))).collect();
    let mut rest = Vec::new();
    if changes.is_empty() {
        let told = if unread > 0 { "no changes in those that could be compared" } else { "no changes" };
        rest.push(Cell::plain(told));
    }
    rest.push(Cell::plain(format!(
        "{}, {skipped} skipped, {excluded} out of scope",
        count(conflicts, "conflict", "conflicts")
    )));
    if namesakes > 0 {
        let (records, have) = if namesakes == 1 { ("record", "has") } else { ("records", "have") };
        let text = format!(
            "{namesakes} new {records} {have} nearly the name of another one: `crsync match --resolve` asks"
        );
        rest.push(Cell::new(Mark::Care, text));
    }
    let estimate = &plan.estimate;
    if !estimate.requests.is_empty() {
        let requests = estimate.requests.iter().map(|(on, number)| format!("{}: {number}", look.side(*on)));
        let (span, requests) = (duration(estimate.seconds), join(requests, ", "));
        rest.push(Cell::plain(format!("To apply: about {span} (requests: {requests})")));
    }
    Sums { heading, actions, rest }
}

fn records(kinds: &BTreeMap<RecordKind, usize>, look: Look<'_>) -> String {
    let kinds = kinds.iter().map(|(kind, number)| {
        let noun = kind.noun();
        match kind {
            RecordKind::PsaCompany | RecordKind::PortalCompany => {
                format!("{} in {}", count(*number, noun, "companies"), look.side(kind.side()))
            }
            _ => count(*number, noun, &format!("{noun}s")),
        }
    });
    join(kinds, " · ")
}

/// Returns how many companies are held back, in few words.
pub(super) fn held_back(unread: usize, company_conflicts: usize) -> String {
    let parts = [(unread, "held back"), (company_conflicts, "in a company conflict")];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts = join(parts.map(|(number, what)| format!("{number} {what}")), ", ");
    if parts.is_empty() { parts } else { format!(" ({parts})") }
}

/// Returns the requests that were made, by service.
pub(super) fn requests(requests: &[Requests]) -> String {
    let list = requests.iter().map(|count| match count.retries {
        0 => format!("{} {}", count.service, count.requests),
        retries => format!("{} {} ({retries} repeated)", count.service, count.requests),
    });
    join(list, " · ")
}

/// Returns the plan for people: the sums first, then what keeps it from being applied, then company by company.
pub(super) fn page(plan: &Plan, counted: &[Requests], look: Look<'_>) -> Page {
    let Sums { heading, actions, rest } = sums(plan, look);
    let outcome = &plan.outcome;
    let made = format!("{} by crsync {}", time(plan.created), clean(&plan.tool));
    let mut facts = vec![
        ("made", Cell::plain(made)),
        ("plan", Cell::new(Mark::Code, plan.digest.get(..12).unwrap_or_default())),
    ];
    facts.extend(actions.into_iter().map(|(action, records)| (action.name(), Cell::plain(records))));
    if look.verbose && !counted.is_empty() {
        facts.push(("requests", Cell::plain(requests(counted))));
    }
    let rest = rest.into_iter().map(|what| Item { what, under: Vec::new() });
    let items = rest.chain(findings::guards(outcome)).collect();
    let mut parts =
        vec![Part::Note(Cell::new(Mark::Strong, heading)), Part::Facts(facts), Part::Items(items)];
    let (quiet, loud): (Vec<&CompanyPlan>, Vec<_>) =
        outcome.companies.iter().partition(|part| company::is_quiet(part));
    parts.extend(digest::parts(outcome, look));
    parts.extend(loud.into_iter().flat_map(|part| company::parts(part, look)));
    parts.extend(findings::parts(&outcome.findings));
    if !quiet.is_empty() {
        let title = format!("Nothing to do: {}", count(quiet.len(), "company", "companies"));
        parts.push(Part::Aside(
            title,
            quiet.into_iter().flat_map(|part| company::parts(part, look)).collect(),
        ));
    }
    Page { title: format!("Plan for {}", look.psa), is_titled: true, parts }
}

/// Returns the plan as rows.
pub(super) fn sheet(plan: &Plan, look: Look<'_>) -> Sheet {
    let of_company = |part: &CompanyPlan| {
        let changes = part.changes.iter().flat_map(|change| rows::of_change(&part.name, change, look));
        changes.chain(rows::of_company(part, look)).collect::<Vec<_>>()
    };
    let outcome = &plan.outcome;
    let all = outcome.breaches.iter().map(rows::guard);
    let all = all.chain(outcome.companies.iter().flat_map(of_company));
    let all = all.chain(outcome.findings.iter().map(rows::finding));
    Sheet { head: rows::HEAD.to_vec(), rows: all.map(rows::Line::cells).collect() }
}
