//! The people of companies: who is linked and why, what contradicts itself, and who stayed alone.

use jiff::Timestamp;

use super::company;
use super::findings;
use super::look::Look;
use super::page::{Cell, Item, Mark, Page, Part, Sheet};
use super::plan::held_back;
use super::words::{self, clean, count, join};
use crate::calls::Requests;
use crate::plan::{
    Alone, Clash, CompanyPeople, Conflict, Evidence, Excluded, Finding, Member, PeopleTotals, Person,
    StoodBack, Suggestion, Unread, Who,
};

/// The people of companies.
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    /// The companies, each with its people.
    pub companies: &'a [CompanyPeople],
    /// Settings and decisions that match nothing.
    pub findings: &'a [Finding],
    /// What all of it adds up to, whichever people are shown.
    pub totals: PeopleTotals,
    /// The requests it took.
    pub requests: &'a [Requests],
    /// When it was read.
    pub created: Timestamp,
    /// The PSA's id.
    pub psa: &'a str,
}

impl People<'_> {
    /// Reports whether who is linked and who is out of scope is shown as well.
    pub(super) fn is_whole(&self) -> bool {
        let shown = PeopleTotals::of(self.companies);
        (shown.linked, shown.excluded) == (self.totals.linked, self.totals.excluded)
    }
}

/// The heading of who has records on several sides.
pub(super) const LINKED: &str = "Linked";
/// The heading of who has none.
pub(super) const ALONE: &str = "Alone, names never link";

/// Returns what the people add up to, in two lines. What is not shown is not counted.
pub(super) fn sums(people: &People<'_>) -> [String; 2] {
    let PeopleTotals { companies, unread, company_conflicts, linked, conflicts, alone, suggested, excluded } =
        people.totals;
    let held = held_back(unread, company_conflicts);
    let (linked, excluded) = if people.is_whole() {
        (format!(", {linked} linked"), format!(", {excluded} out of scope"))
    } else {
        (String::new(), String::new())
    };
    [
        format!("{}{held}{linked}", count(companies, "company", "companies")),
        format!(
            "{}, {alone} alone ({suggested} with a suggestion){excluded}",
            count(conflicts, "conflict", "conflicts")
        ),
    ]
}

/// Returns a company's people in one line; `is_whole` says that who is linked is among them.
pub(super) fn summary(part: &CompanyPeople, is_whole: bool) -> String {
    let linked = if is_whole { format!("{} linked, ", part.linked.len()) } else { String::new() };
    match (part.unread.is_empty(), &part.refused) {
        (false, _) => "held back, nothing is concluded from a part".to_owned(),
        (true, None) if !part.company_conflicts.is_empty() => "held back, no one is linked".to_owned(),
        (true, Some(_)) => "held back".to_owned(),
        (true, None) => format!(
            "{linked}{}, {} alone",
            count(part.conflicts.len(), "conflict", "conflicts"),
            part.alone.len()
        ),
    }
}

/// Returns who it is with the records, and why they are one person.
pub(super) fn linked(person: &Person, look: Look<'_>) -> Item {
    Item::new(Mark::Plain, records(person, look)).and(Mark::Quiet, why(person, look))
}

/// Returns who it is, with the records.
pub(super) fn records(person: &Person, look: Look<'_>) -> String {
    let records = join(person.records.iter().map(|member| short(member, look)), ", ");
    format!("{}  {records}", words::person(&person.who))
}

/// Returns what links the records, contact first: the deciding evidence, then what was noted besides.
pub(super) fn why(person: &Person, look: Look<'_>) -> String {
    let words = |one: &Evidence| {
        let value = if look.verbose { format!(" {}", clean(&one.value)) } else { String::new() };
        format!("{}{value}", one.kind.words())
    };
    let evidence = || person.evidence.iter().chain(&person.portal_evidence);
    let mut parts = Vec::new();
    parts.extend(gone(person));
    parts.extend(evidence().filter(|one| one.decided).map(words));
    let mut noted: Vec<String> = evidence().filter(|one| !one.decided).map(words).collect();
    noted.sort();
    noted.dedup();
    let noted = if noted.is_empty() { None } else { Some(format!("noted: {}", join(noted, ", "))) };
    let aside =
        person.stood_back.iter().map(|one| format!("yields to this person: {}", stood_back(one, look)));
    join(parts.into_iter().chain(noted).chain(aside), "; ")
}

/// Returns that the person's 365 user is gone, if so.
pub(super) fn gone(person: &Person) -> Option<String> {
    person.gone.as_ref().map(|id| format!("365 user {id} is gone"))
}

/// Returns an account that yields to the person's, with what it shares with the person.
pub(super) fn stood_back(StoodBack { member, evidence }: &StoodBack, look: Look<'_>) -> String {
    let mut shares: Vec<&str> = evidence.iter().map(|one| one.kind.words()).collect();
    shares.dedup();
    let shares = join(shares.into_iter().map(ToOwned::to_owned), ", ");
    format!("{} {}, {shares}", short(member, look), words::person(&member.record.who))
}

/// Returns a conflict with the evidence that contradicts itself.
pub(super) fn clash(clash: &Clash) -> Item {
    let item = company::conflict(&clash.conflict);
    match evidence(&clash.conflict) {
        Some(text) => item.and(Mark::Quiet, text),
        None => item,
    }
}

/// Returns what the records of a conflict hold against each other, if anything.
pub(super) fn evidence(conflict: &Conflict) -> Option<String> {
    let evidence = conflict.evidence.iter();
    let evidence = join(evidence.map(|one| format!("{} {}", one.kind.words(), clean(&one.value))), ", ");
    (!evidence.is_empty()).then(|| format!("evidence: {evidence}"))
}

/// Returns a person without a counterpart, and who it may be.
pub(super) fn alone(alone: &Alone, look: Look<'_>) -> Item {
    let mut item = Item::new(Mark::Plain, records(&alone.person, look));
    if (look.verbose && alone.person.records.len() > 1) || !alone.person.stood_back.is_empty() {
        item = item.and(Mark::Quiet, why(&alone.person, look));
    }
    alone.suggestions.iter().fold(item, |item, one| {
        let mark = if one.likeness >= 90 { Mark::Good } else { Mark::Care };
        item.and(mark, likeness(one, &short(&one.member, look)))
    })
}

/// Returns a suggestion in words: how alike the two are, the record as it is `named`, and the person.
pub(super) fn likeness(suggestion: &Suggestion, named: &str) -> String {
    let Suggestion { member, likeness, name: _, address: _, is_namesake: _ } = suggestion;
    let who = words::person(&member.record.who);
    format!("{likeness} % {named}: {who} ({})", alike(suggestion))
}

fn alike(suggestion: &Suggestion) -> String {
    let parts = [("name", suggestion.name), ("address", suggestion.address)];
    let parts = parts.iter().filter_map(|(what, part)| part.map(|part| format!("{what} {part} %")));
    join(parts, ", ")
}

/// Returns a record in a few words: `contact 2001 (inactive)`.
pub(super) fn short(member: &Member, look: Look<'_>) -> String {
    let record = &member.record;
    let id = if look.shows(&record.id) { format!(" {}", clean(record.id.as_str())) } else { String::new() };
    let state = match (&member.out, record.active) {
        (Some(out), _) => format!(" ({})", clean(&out.reason)),
        (None, Some(false)) => " (inactive)".to_owned(),
        (None, _) => String::new(),
    };
    format!("{}{id}{state}", words::noun(record.side))
}

/// Returns the people for people: what needs a decision first, who is linked last.
pub(super) fn page(of: &People<'_>, look: Look<'_>) -> Page {
    let ([heading, rest], is_whole) = (sums(of), of.is_whole());
    let mut parts = vec![Part::Note(Cell::new(Mark::Strong, heading)), Part::Note(Cell::plain(rest))];
    parts.extend(of.companies.iter().flat_map(|part| company_parts(part, is_whole, look)));
    parts.extend(findings::parts(of.findings));
    Page { title: format!("People: 365, {} and the portal", look.psa), is_titled: true, parts }
}

fn company_parts(part: &CompanyPeople, is_whole: bool, look: Look<'_>) -> Vec<Part> {
    let mut parts = vec![
        Part::Heading(1, clean(&part.name)),
        Part::Note(Cell::new(Mark::Quiet, summary(part, is_whole))),
    ];
    let refused = part.refused.iter().map(|reason| Item::new(Mark::Bad, clean(reason)));
    let unread = part.unread.iter().map(|one| company::unread(one, look));
    let notices: Vec<Item> = unread.chain(refused).collect();
    parts.extend((!notices.is_empty()).then_some(Part::Items(notices)));
    parts.extend(company::company_conflicts(company::COMPANY_CONFLICTS, &part.company_conflicts));
    parts.extend(company::section(company::CONFLICTS, part.conflicts.iter().map(clash)));
    parts.extend(company::section(ALONE, part.alone.iter().map(|one| alone(one, look))));
    if !part.linked.is_empty() {
        let items = part.linked.iter().map(|one| linked(one, look)).collect();
        parts.push(Part::Aside(format!("{LINKED}: {}", part.linked.len()), vec![Part::Items(items)]));
    }
    parts.extend(company::aside(&part.excluded, look));
    parts
}

/// The names of the columns. Rows of one company with the same number are about one person, or one conflict.
const HEAD: [&str; 13] = [
    "company", "what", "number", "person", "email", "record", "id", "active", "scope", "evidence",
    "likeness", "reason", "next",
];

/// One row. A text is empty where it means nothing.
#[derive(Debug, Clone, Default)]
struct Line {
    what: &'static str,
    number: usize,
    person: String,
    email: String,
    record: &'static str,
    id: String,
    active: &'static str,
    scope: String,
    evidence: String,
    likeness: String,
    reason: String,
    next: String,
}

impl Line {
    fn cells(self, company: &str) -> Vec<String> {
        let Self { what, number, person, email, record, id, active, scope, evidence, likeness, reason, next } =
            self;
        let number = if number == 0 { String::new() } else { number.to_string() };
        let [what, record, active] = [what, record, active].map(ToOwned::to_owned);
        vec![
            clean(company),
            what,
            number,
            person,
            email,
            record,
            id,
            active,
            scope,
            evidence,
            likeness,
            reason,
            next,
        ]
    }

    fn about(self, who: &Who) -> Self {
        Self { person: clean(&who.name), email: clean(who.email.as_deref().unwrap_or_default()), ..self }
    }

    /// Returns the same with a record in it.
    fn of(self, member: &Member) -> Self {
        let record = &member.record;
        let scope = member.out.as_ref().map_or("in scope", |out| out.reason.as_str());
        Self { scope: clean(scope), ..self.at(record) }
    }

    fn at(self, record: &crate::plan::Candidate) -> Self {
        let active = match record.active {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        let (kind, id) = (words::noun(record.side), clean(record.id.as_str()));
        Self { record: kind, id, active, ..self }.about(&record.who)
    }
}

/// Returns the people as rows, one for each record.
pub(super) fn sheet(people: &People<'_>, look: Look<'_>) -> Sheet {
    let of = |part: &CompanyPeople| {
        let lines = company_lines(part, look);
        lines.into_iter().map(|line| line.cells(&part.name)).collect::<Vec<_>>()
    };
    let finding = |one: &Finding| {
        let place = format!("{}:{}", clean(&one.file), one.line);
        let reason = format!("{}: {}", clean(&one.setting), clean(&one.reason));
        let next = clean(one.next.as_deref().unwrap_or_default());
        Line { what: "finding", id: place, reason, next, ..Line::default() }.cells("")
    };
    let rows = people.companies.iter().flat_map(of).chain(people.findings.iter().map(finding)).collect();
    Sheet { head: HEAD.to_vec(), rows }
}

fn company_lines(part: &CompanyPeople, look: Look<'_>) -> Vec<Line> {
    let notice = |what, reason: &str, next: Option<&str>| Line {
        what,
        reason: clean(reason),
        next: clean(next.unwrap_or_default()),
        ..Line::default()
    };
    let unread =
        |one: &Unread| notice("unread", &company::unread(one, look).what.text(), one.hint.as_deref());
    let mut lines: Vec<Line> = part.unread.iter().map(unread).collect();
    lines.extend(part.refused.iter().map(|reason| notice("refused", reason, None)));
    let conflicts = part.company_conflicts.iter();
    lines.extend(conflicts.map(|one| notice("company-conflict", &one.reason, Some(&one.next))));
    let mut number = 0;
    for person in &part.linked {
        number += 1;
        lines.extend(members("linked", number, person, look));
    }
    for Clash { conflict, linked: _ } in &part.conflicts {
        number += 1;
        let evidence = evidence(conflict).unwrap_or_default();
        let line = notice("conflict", &conflict.reason, Some(&conflict.next));
        let line = Line { number, evidence, ..line };
        lines.extend(conflict.candidates.iter().map(|one| line.clone().at(one)));
    }
    for Alone { person, suggestions } in &part.alone {
        number += 1;
        lines.extend(members("alone", number, person, look));
        lines.extend(suggestions.iter().map(|one| {
            let likeness = format!("{} %", one.likeness);
            let line = Line { what: "suggestion", number, likeness, reason: alike(one), ..Line::default() };
            line.of(&one.member)
        }));
    }
    lines.extend(part.excluded.iter().map(|one: &Excluded| Line {
        what: "out-of-scope",
        record: words::noun(one.side),
        id: clean(one.id.as_str()),
        scope: clean(&one.reason),
        reason: clean(one.detail.as_deref().unwrap_or_default()),
        ..Line::default().about(&one.who)
    }));
    lines
}

fn members(what: &'static str, number: usize, person: &Person, look: Look<'_>) -> Vec<Line> {
    let line = Line { what, number, evidence: why(person, look), ..Line::default() };
    person.records.iter().map(|member| line.clone().of(member)).collect()
}
