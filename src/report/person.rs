//! One person, explained: the records, what links them, every value with its rule, and what will be written.

use std::collections::BTreeMap;

use super::change;
use super::company;
use super::look::Look;
use super::page::{Cell, Item, Mark, Page, Part, Sheet, Table};
use super::people::{gone, records, short, stood_back};
use super::verdict;
use super::words::{self, clean, join, shown};
use crate::model::Side;
use crate::plan::{Evidence, ExplainedField, Explanation, Member, Person, RowState, Verdict};

/// The sides, in the order of their columns.
pub(super) const SIDES: [Side; 3] = [Side::Tenant, Side::Psa, Side::Portal];

/// What is said where there is nothing to say.
const AGREES: &str = "agrees";

/// What is said of more fields of a record than this is said once, below them.
const MANY: usize = 6;

/// The next step where several people have the same address or id.
pub(super) const NARROW: &str = "next: crsync explain with one of the ids, or with --company";

/// The headings of the parts, in their order.
pub(super) const RECORDS: &str = "Records";
/// The heading of what links the records.
pub(super) const LINK: &str = "Link";
/// The heading of the conflict.
pub(super) const CONFLICT: &str = "Conflict, nothing is written to these people";
/// The heading of the details record.
pub(super) const DETAILS: &str = "Details in the portal";
/// The heading of the changes.
pub(super) const CHANGES: &str = "To be written, guards aside";
/// What is said where there is no change.
pub(super) const NO_CHANGES: &str = "Nothing is to be written";
/// The heading of the rows.
pub(super) const ROWS: &str = "Rows";

/// Returns who it is, and in which company.
pub(super) fn heading(of: &Explanation) -> String {
    format!("{} in {}", words::person(&of.person.who), clean(&of.company))
}

/// Returns one of several people who have the same address or id, with the ids that the next command needs.
pub(super) fn hit((company, person): &(String, Person), look: Look<'_>) -> String {
    format!("{}: {}", clean(company), records(person, look.whole()))
}

/// Returns a record with its scope.
pub(super) fn member(member: &Member, look: Look<'_>) -> Item {
    let text = format!("{}: {}", short(member, look.whole()), words::person(&member.record.who));
    let item = Item::new(Mark::Plain, text);
    let Some(reason) = &member.out else { return item.and(Mark::Quiet, "in scope") };
    let detail = reason.detail.as_deref().map(|detail| format!(": {}", clean(detail))).unwrap_or_default();
    let text = format!("out of scope: {}, because {}{detail}", clean(&reason.reason), clean(&reason.rule));
    item.and(Mark::Care, text)
}

/// Returns what links the records, what was noted besides, and what the last run remembered.
pub(super) fn link(of: &Explanation, look: Look<'_>) -> Vec<Cell> {
    let person = &of.person;
    let mut cells = Vec::new();
    if person.evidence.is_empty() && person.portal_evidence.is_empty() && person.gone.is_none() {
        cells.push(Cell::plain("linked to no other record"));
    }
    cells.extend(gone(person).map(|text| Cell::new(Mark::Care, text)));
    for (what, evidence) in [("contact", &person.evidence), ("portal user", &person.portal_evidence)] {
        for Evidence { kind, value, decided } in evidence {
            let (mark, word) = if *decided { (Mark::Plain, "decided") } else { (Mark::Quiet, "noted") };
            cells.push(Cell::new(mark, format!("{what}: {word}: {} {}", kind.words(), clean(value))));
        }
    }
    let aside =
        person.stood_back.iter().map(|one| format!("yields to this person: {}", stood_back(one, look)));
    let remembered = match &of.remembered {
        Some(link) => {
            let contact = link.contact.as_ref().map(|id| format!(", contact {id}")).unwrap_or_default();
            let portal =
                link.portal_user.as_ref().map(|id| format!(", portal user {id}")).unwrap_or_default();
            let gone = if link.gone { ", gone since" } else { "" };
            format!("the last run remembered 365 user {}{contact}{portal}{gone}", link.user)
        }
        None => "the last run remembered nothing".to_owned(),
    };
    let further = of.alternates.iter().map(|(on, addresses)| {
        let addresses = join(addresses.iter().map(|address| clean(address)), ", ");
        format!("further addresses in {}: {addresses}", look.side(*on))
    });
    cells.extend(aside.chain([remembered]).chain(further).map(|text| Cell::new(Mark::Quiet, text)));
    cells
}

/// Returns what each side holds: a dash where it does not have the field, or it was not read. Nothing where no side
/// holds anything.
pub(super) fn values(fields: &[ExplainedField], look: Look<'_>) -> Option<Table> {
    let sides: Vec<Side> =
        SIDES.into_iter().filter(|on| fields.iter().any(|field| field.values.contains_key(on))).collect();
    let held: Vec<&ExplainedField> =
        fields.iter().filter(|field| field.values.values().any(Option::is_some)).collect();
    if sides.is_empty() || held.is_empty() {
        return None;
    }
    let heads = sides.iter().map(|on| look.side(*on).to_owned());
    let titles = std::iter::once("Values".to_owned()).chain(heads).collect();
    let row = |field: &ExplainedField| {
        let value = |on: &Side| Cell::plain(value(field, *on).unwrap_or_else(|| "-".to_owned()));
        let name = Cell::plain(field.field.name());
        std::iter::once(name).chain(sides.iter().map(value)).collect()
    };
    Some(Table { head: titles, rows: held.into_iter().map(row).collect() })
}

/// Returns what a side holds; `None` where it does not have the field, or it was not read.
fn value(field: &ExplainedField, on: Side) -> Option<String> {
    field.values.get(&on).and_then(Option::as_ref).map(|text| shown(text))
}

/// Returns what the rules say of every field, by the record they write to, and what is said of nearly all of them.
pub(super) fn rules(fields: &[ExplainedField], look: Look<'_>) -> Option<(Table, Vec<Cell>)> {
    let ruled: Vec<&ExplainedField> =
        fields.iter().filter(|field| field.contact.is_some() || field.portal_user.is_some()).collect();
    if ruled.is_empty() {
        return None;
    }
    let contacts: Vec<&Verdict> = ruled.iter().filter_map(|field| field.contact.as_ref()).collect();
    let portal_users: Vec<&Verdict> = ruled.iter().filter_map(|field| field.portal_user.as_ref()).collect();
    let (contact, portal_user) = (shared(&contacts), shared(&portal_users));
    let head = ["Rules", "contact", "portal user"].map(ToOwned::to_owned).to_vec();
    let row = |field: &&ExplainedField| {
        let cell = |of: &Option<Verdict>, shared: Option<&str>| {
            Cell::plain(of.as_ref().map_or_else(|| "no rule".to_owned(), |one| verdict(one, shared, look)))
        };
        let name = Cell::plain(field.field.name());
        vec![name, cell(&field.contact, contact), cell(&field.portal_user, portal_user)]
    };
    let rows = ruled.iter().map(row).collect();
    let notes =
        [("contact", contact), ("portal user", portal_user)].into_iter().filter_map(|(record, says)| {
            says.map(|says| Cell::new(Mark::Care, format!("{record}: {}", clean(says))))
        });
    Some((Table { head, rows }, notes.collect()))
}

/// Returns what is said of nearly every field of a record, because something holds all of them back: it is said once.
fn shared<'v>(verdicts: &[&'v Verdict]) -> Option<&'v str> {
    let open = |one: &&&Verdict| one.says != AGREES && one.after.is_none();
    let mut counts = BTreeMap::<&str, usize>::new();
    for one in verdicts.iter().filter(open) {
        *counts.entry(one.says.as_str()).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .filter(|(_, count)| *count > MANY)
        .map(|(says, _)| says)
}

fn verdict(verdict: &Verdict, shared: Option<&str>, look: Look<'_>) -> String {
    let Verdict { rule, sources, source, after, says } = verdict;
    let from = match (source, sources.as_slice()) {
        (Some(source), _) => format!(" from {}", look.side(*source)),
        (None, []) => String::new(),
        (None, sources) => {
            format!(" from {}", join(sources.iter().map(|on| look.side(*on).to_owned()), ", then "))
        }
    };
    match after.as_deref() {
        // What is never written comes from nowhere.
        _ if says.starts_with(rule.as_str()) => clean(says),
        None if shared == Some(says) => format!("{rule}{from}"),
        None => format!("{rule}{from}: {}", clean(says)),
        Some(text) => format!("{rule}{from}: {}: {}", clean(says), shown(text)),
    }
}

/// Returns the rows as they apply to the company.
pub(super) fn applying(of: &Explanation) -> Vec<String> {
    let states = [(RowState::On, "on"), (RowState::Off, "off"), (RowState::NotServed, "not offered")];
    let line = |(state, word): (RowState, &str)| {
        let rows = of.rows.iter().filter(|(_, own)| **own == state).map(|(row, _)| row.to_string());
        let rows = join(rows, ", ");
        (!rows.is_empty()).then(|| format!("{word}: {rows}"))
    };
    states.into_iter().filter_map(line).collect()
}

/// Returns the person for people.
pub(super) fn page(of: &Explanation, look: Look<'_>) -> Page {
    let items = |cells: Vec<Cell>| cells.into_iter().map(|what| Item { what, under: Vec::new() }).collect();
    let mut parts =
        vec![Part::Note(verdict::verdict(of, look)), Part::Note(Cell::new(Mark::Quiet, clean(&of.standing)))];
    parts.extend(company::company_conflicts(company::COMPANY_CONFLICTS, &of.company_conflicts));
    parts.extend(company::section(RECORDS, of.person.records.iter().map(|one| member(one, look))));
    parts.extend(Part::list(2, LINK, items(link(of, look))));
    let conflict = of.conflict.iter().map(company::conflict).collect();
    parts.extend(Part::list(2, CONFLICT, conflict));
    parts.extend(values(&of.fields, look).map(Part::Table));
    if let Some((table, notes)) = rules(&of.fields, look) {
        parts.push(Part::Table(table));
        parts.extend(notes.into_iter().map(Part::Note));
    }
    let details = of.details.iter();
    let details = details.map(|one| Item::new(Mark::Plain, format!("{}: {}", one.field, clean(&one.value))));
    parts.extend(company::section(DETAILS, details));
    if of.changes.is_empty() {
        parts.push(Part::Heading(2, NO_CHANGES.to_owned()));
    } else {
        let table = Part::Table(change::table(of.changes.iter(), look));
        parts.extend(Part::section(2, format!("{CHANGES}: {}", of.changes.len()), vec![table]));
    }
    parts.extend(company::section(company::SKIPPED, of.skipped.iter().map(company::skip)));
    let rows = applying(of).into_iter().map(|text| Item::new(Mark::Quiet, text)).collect();
    parts.push(Part::Aside(ROWS.to_owned(), vec![Part::Items(rows)]));
    Page { title: heading(of), is_titled: true, parts }
}

/// Returns several people who have the same address or id, for people.
pub(super) fn hits_page(hits: &[(String, Person)], look: Look<'_>) -> Page {
    let items = hits.iter().map(|one| Item::new(Mark::Plain, hit(one, look))).collect();
    let parts = vec![Part::Items(items), Part::Note(Cell::new(Mark::Strong, NARROW))];
    Page { title: "Several people".to_owned(), is_titled: true, parts }
}

/// The names of the columns: what the sides hold, then the verdicts on the contact and on the portal user.
const HEAD: [&str; 13] = [
    "company",
    "person",
    "email",
    "field",
    "365",
    "psa",
    "portal",
    "contact-rule",
    "contact-after",
    "contact-says",
    "portal-user-rule",
    "portal-user-after",
    "portal-user-says",
];

/// Returns the person as rows, one for each field.
pub(super) fn sheet(of: &Explanation) -> Sheet {
    let who = &of.person.who;
    let first = [clean(&of.company), clean(&who.name), clean(who.email.as_deref().unwrap_or_default())];
    let row = |field: &ExplainedField| {
        let values = SIDES.map(|on| value(field, on).unwrap_or_default());
        let verdict = |of: &Option<Verdict>| match of {
            None => ["no rule".to_owned(), String::new(), String::new()],
            Some(one) => {
                let after = one.after.as_deref().map(shown).unwrap_or_default();
                [clean(&one.rule), after, clean(&one.says)]
            }
        };
        let name = [field.field.name().to_owned()];
        let verdicts = verdict(&field.contact).into_iter().chain(verdict(&field.portal_user));
        first.iter().cloned().chain(name).chain(values).chain(verdicts).collect()
    };
    Sheet { head: HEAD.to_vec(), rows: of.fields.iter().map(row).collect() }
}

/// Returns several people who have the same address or id as rows, one for each record.
pub(super) fn hits_sheet(hits: &[(String, Person)]) -> Sheet {
    let row = |company: &str, Member { record, out }: &Member| {
        let email = record.who.email.as_deref().unwrap_or_default();
        let scope = out.as_ref().map_or("in scope", |out| out.reason.as_str());
        let texts = [company, &record.who.name, email, words::noun(record.side), record.id.as_str(), scope];
        texts.map(clean).to_vec()
    };
    let rows = hits.iter().flat_map(|(company, person)| {
        person.records.iter().map(move |member| row(company, member)).collect::<Vec<_>>()
    });
    Sheet { head: vec!["company", "person", "email", "record", "id", "scope"], rows: rows.collect() }
}
