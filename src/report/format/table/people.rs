//! The people of companies.

use std::io::{self, Write};

use anstyle::Style;

use super::company::{conflicts, out_of_scope};
use super::findings::findings;
use super::held::{Block, blocks, held};
use super::lines::{BOLD, DIM, items, line, section, style};
use crate::plan::{CompanyPeople, Unread};
use crate::report::company::{COMPANY_CONFLICTS, CONFLICTS, unread};
use crate::report::look::Look;
use crate::report::page::Mark;
use crate::report::people::{self as says, ALONE, LINKED, People};
use crate::report::words::clean;

/// Writes the people of all companies, then the sums.
pub(in crate::report) fn people(out: &mut dyn Write, people: &People<'_>, look: Look<'_>) -> io::Result<()> {
    for block in blocks(people.companies, bare) {
        match block {
            Block::One(part) => company(out, part, people.is_whole(), look)?,
            Block::Held(names, faults) => {
                held(out, &names, faults, look)?;
                writeln!(out)?;
            }
        }
    }
    findings(out, people.findings, look)?;
    let [heading, rest] = says::sums(people);
    line(out, BOLD, 0, &heading, look)?;
    line(out, Style::new(), 2, &rest, look)
}

fn bare(part: &CompanyPeople) -> Option<(&str, &[Unread])> {
    let is_bare = !part.unread.is_empty() && part.company_conflicts.is_empty() && part.refused.is_none();
    is_bare.then_some((part.name.as_str(), part.unread.as_slice()))
}

fn company(out: &mut dyn Write, part: &CompanyPeople, is_whole: bool, look: Look<'_>) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}", clean(&part.name), says::summary(part, is_whole))?;
    items(out, 2, part.unread.iter().map(|one| unread(one, look)), look)?;
    if let Some(reason) = &part.refused {
        line(out, style(Mark::Bad), 2, &clean(reason), look)?;
    }
    conflicts(out, COMPANY_CONFLICTS, &part.company_conflicts, look)?;
    section(out, LINKED, part.linked.iter().map(|one| says::linked(one, look)), look)?;
    section(out, CONFLICTS, part.conflicts.iter().map(says::clash), look)?;
    section(out, ALONE, part.alone.iter().map(|one| says::alone(one, look)), look)?;
    out_of_scope(out, &part.excluded, look)?;
    writeln!(out)
}
