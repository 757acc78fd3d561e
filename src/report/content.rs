//! A document with what it shows, written in a format.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::format::{csv, html, json, markdown, table};
use super::look::Look;
use super::offers::{Document, Format};
use super::page::{Page, Sheet};
use super::people::People;
use super::pictures::{Gallery, Kept};

use super::{capabilities, doctor, fields, people, person, plan, rights, run, runs};
use crate::calls::Requests;
use crate::model::Capabilities;
use crate::plan::{CheckUp, Explanation, FieldState, Listed, Person, Plan, Report, RightState, Summary};

/// What a document shows. Where names are to be masked, they are masked in it already.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// A plan with the requests it took.
    Plan(&'a Plan, &'a [Requests]),
    /// A run with the changes that the report holds, which may be some of them only, what all of them add up to, and
    /// the requests it took if they were counted.
    Run(&'a Report, &'a Summary, &'a [Requests]),
    /// Runs with what each of them adds up to, the ids of all runs that one may be asked for among, and the time zone that a
    /// terminal shows them in.
    Runs(&'a [Listed], &'a [String], &'a TimeZone),
    /// The people of companies.
    People(People<'a>),
    /// One person explained, with the requests it took.
    Person(&'a Explanation, &'a [Requests]),
    /// Several people who have the same address or id, with their companies and the requests it took.
    Hits(&'a [(String, Person)], &'a [Requests]),
    /// The user-defined fields that are needed in the PSA of this id.
    Fields(&'a str, &'a [FieldState]),
    /// The rights of the account of the PSA of this id, and its fields.
    Rights(&'a str, &'a [RightState], &'a [FieldState]),
    /// What a check-up found, with the PSA's id if that is known.
    Doctor(Option<&'a str>, &'a CheckUp),
    /// What PSAs can serve: of one with the facts, of several as a matrix.
    Capabilities(&'a [&'static Capabilities]),
}

impl Content<'_> {
    /// Returns which document it is.
    pub fn document(&self) -> Document {
        match self {
            Self::Plan(..) => Document::Plan,
            Self::Run(..) => Document::Run,
            Self::Runs(..) => Document::Runs,
            Self::People(_) => Document::People,
            Self::Person(..) | Self::Hits(..) => Document::Person,
            Self::Fields(..) => Document::Fields,
            Self::Rights(..) => Document::Rights,
            Self::Doctor(..) => Document::Doctor,
            Self::Capabilities(_) => Document::Capabilities,
        }
    }

    fn page(&self, look: Look<'_>) -> Page {
        match *self {
            Self::Plan(plan, requests) => plan::page(plan, requests, look),
            Self::Run(report, summary, _) => run::page(report, summary, look),
            Self::Runs(all, ids, _) => runs::page(all, ids),
            Self::People(of) => people::page(&of, look),
            Self::Person(of, _) => person::page(of, look),
            Self::Hits(hits, _) => person::hits_page(hits, look),
            Self::Fields(_, all) => fields::page(all, look),
            Self::Rights(_, all, states) => rights::page(all, states, look),
            Self::Doctor(_, found) => doctor::page(found),
            Self::Capabilities(tables) => capabilities::page(tables),
        }
    }

    /// Returns the pictures of its people, where it is about people in full.
    fn gallery(&self, kept: Kept<'_>) -> Gallery {
        match *self {
            Self::Plan(plan, _) => Gallery::of_plan(plan, kept),
            Self::Person(of, _) => Gallery::of_person(of, kept),
            _ => Gallery::default(),
        }
    }

    fn sheet(&self, look: Look<'_>) -> Sheet {
        match *self {
            Self::Plan(plan, _) => plan::sheet(plan, look),
            Self::Run(report, _, _) => run::sheet(report, look),
            Self::Runs(all, ..) => runs::sheet(all),
            Self::People(of) => people::sheet(&of, look),
            Self::Person(of, _) => person::sheet(of),
            Self::Hits(hits, _) => person::hits_sheet(hits),
            Self::Fields(psa, all) => fields::sheet(psa, all),
            Self::Rights(psa, all, _) => rights::sheet(psa, all),
            Self::Doctor(_, found) => doctor::sheet(found),
            Self::Capabilities(tables) => capabilities::sheet(tables),
        }
    }

    fn table(&self, out: &mut dyn Write, look: Look<'_>) -> io::Result<()> {
        match *self {
            Self::Plan(plan, requests) => table::plan(out, plan, requests, look),
            Self::Run(report, summary, _) => table::run(out, report, summary, look),
            Self::Runs(all, ids, zone) => table::runs(out, all, ids, zone, look),
            Self::People(of) => table::people(out, &of, look),
            Self::Person(of, _) => table::person(out, of, look),
            Self::Hits(hits, _) => table::hits(out, hits, look),
            Self::Fields(_, all) => table::fields(out, all, look),
            Self::Rights(_, all, states) => table::rights(out, all, states, look),
            Self::Doctor(_, found) => table::doctor(out, found, look),
            Self::Capabilities(tables) => table::capabilities(out, tables, look),
        }
    }

    fn json(&self, out: &mut dyn Write, look: Look<'_>) -> io::Result<()> {
        match *self {
            Self::Plan(plan, requests) => json::plan(out, plan, requests),
            Self::Run(report, summary, requests) => json::run(out, report, summary, requests),
            Self::Runs(all, ..) => json::runs(out, all),
            Self::People(of) => json::people(out, &of),
            Self::Person(of, requests) => json::person(out, of, requests, look),
            Self::Hits(hits, requests) => json::hits(out, hits, requests),
            Self::Fields(psa, all) => json::fields(out, psa, all),
            Self::Rights(psa, all, states) => json::rights(out, psa, all, states),
            Self::Doctor(psa, found) => json::doctor(out, psa, found),
            Self::Capabilities(tables) => json::capabilities(out, tables),
        }
    }
}

/// Writes a document; `kept` gives the pictures that HTML shows, if it may show any.
///
/// # Errors
/// What `out` says.
pub fn write(
    out: &mut dyn Write,
    content: &Content<'_>,
    format: Format,
    look: Look<'_>,
    kept: Option<Kept<'_>>,
) -> io::Result<()> {
    match format {
        Format::Table => content.table(out, look),
        Format::Json => content.json(out, look),
        Format::Markdown => markdown::write(out, &content.page(look)),
        Format::Html => {
            let gallery = kept.map(|kept| content.gallery(kept)).unwrap_or_default();
            html::write(out, &content.page(look), &gallery)
        }
        Format::Csv => csv::write(out, &content.sheet(look)),
    }
}
