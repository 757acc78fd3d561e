//! The runs of the journal, with what each of them adds up to.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::page::{Cell, Mark, Page, Part, Sheet, Table};
use super::run::{SETTLEMENTS, besides, by, mark, purpose, sums};
use super::words::{clean, count, join, time};
use crate::plan::{Halt, Listed, Purpose, Settlement, Summary};

/// Returns what is said where no run is shown; `ids` are those of all runs.
pub(super) fn none(ids: &[String]) -> &'static str {
    if ids.is_empty() {
        "No such run yet: `crsync sync` adds one to the journal."
    } else {
        "No run is like that: `crsync log` lists all."
    }
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'r> {
    /// One run.
    Run(&'r Listed),
    /// Several runs, one after the other, that had nothing to do.
    Quiet(&'r [Listed]),
}

/// Returns the lines of the list, runs with nothing to do folded if wanted: two or more in a row with equally many
/// conflicts are one line.
pub(super) fn lines(runs: &[Listed], folds: bool) -> Vec<Line<'_>> {
    let is_like = |a: &Listed, b: &Listed| {
        folds && is_quiet(a) && is_quiet(b) && a.summary.conflicts == b.summary.conflicts
    };
    let lines = runs.chunk_by(is_like).map(|chunk| match chunk {
        [one] => Line::Run(one),
        several => Line::Quiet(several),
    });
    lines.collect()
}

/// Reports whether a sync had nothing to do and nothing new to say.
fn is_quiet(run: &Listed) -> bool {
    let Summary {
        planned,
        companies: _,
        settled,
        open,
        halt,
        over,
        conflicts: _,
        company_conflicts,
        moved,
        unread,
        correctable,
        fields,
        unmet,
    } = &run.summary;
    matches!(run.header.purpose, Purpose::Sync)
        && *over
        && halt.is_none()
        && correctable.is_none()
        && planned + open + company_conflicts + moved + unread + unmet == 0
        && settled.is_empty()
        && fields.is_empty()
}

/// Returns several quiet runs in one line: `12 quiet nights, 1 to 12 November`. The year is said where it is not `year`.
pub(super) fn quiet(runs: &[Listed], zone: &TimeZone, year: Option<i16>) -> String {
    let days: Vec<Date> = runs.iter().map(|run| day(run, zone)).collect();
    let distinct: BTreeSet<&Date> = days.iter().collect();
    let what = if distinct.len() == days.len() { "nights" } else { "runs" };
    let span = match (distinct.first(), distinct.last()) {
        (Some(first), Some(last)) => format!(", {}", span(**first, **last, year)),
        _ => String::new(),
    };
    let conflicts = match runs.first().map_or(0, |run| run.summary.conflicts) {
        0 => String::new(),
        number => format!(", {} each", count(number, "conflict", "conflicts")),
    };
    format!("{} quiet {what}{span}{conflicts}", days.len())
}

/// Returns the day on which a run began.
fn day(run: &Listed, zone: &TimeZone) -> Date {
    zone.to_datetime(run.header.started).date()
}

/// Returns the year in which the last of the runs began.
pub(super) fn last_year(runs: &[Listed], zone: &TimeZone) -> Option<i16> {
    runs.last().map(|run| day(run, zone).year())
}

fn span(first: Date, last: Date, year: Option<i16>) -> String {
    let is_usual = |date: Date| year == Some(date.year());
    let end = if is_usual(last) { "%-d %B" } else { "%-d %B %Y" };
    let begin = match () {
        () if first == last => return last.strftime(end).to_string(),
        () if first.year() != last.year() => "%-d %B %Y",
        () if first.month() != last.month() => "%-d %B",
        () => "%-d",
    };
    format!("{} to {}", first.strftime(begin), last.strftime(end))
}

/// The names of the columns on a terminal.
pub(super) const COLUMNS: [&str; 7] = ["run", "began", "took", "companies", "done", "failed", "conflicts"];

/// Returns the texts of a run's columns but the first.
pub(super) fn cells(run: &Listed, zone: &TimeZone) -> [String; 6] {
    let began = zone.to_datetime(run.header.started).strftime("%Y-%m-%d %H:%M").to_string();
    let took = seconds(run).map_or_else(|| "-".to_owned(), took);
    let companies = run.summary.companies.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let [done, failed] = [Settlement::Done, Settlement::Failed].map(|how| run.summary.of(how).to_string());
    [began, took, companies, done, failed, run.summary.conflicts.to_string()]
}

/// Returns how many seconds a run took, if it ended.
fn seconds(run: &Listed) -> Option<i64> {
    Some(run.ended?.at.duration_since(run.header.started).as_secs().max(0))
}

/// Returns a span of time in few columns.
fn took(seconds: i64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Returns what else there is to say of a run; `is_named` says that its PSA and its operator are not those of all.
pub(super) fn note(run: &Listed, is_named: bool) -> String {
    let Listed { header, ended: _, summary } = run;
    let what = (is_named || !matches!(header.purpose, Purpose::Sync)).then(|| purpose(header));
    let who = is_named.then(|| format!("by {}", by(header)));
    let part = header.shard.as_ref().map(|shard| format!("part {}", clean(shard)));
    join(what.into_iter().chain(who).chain(part).chain(besides(summary)), ", ")
}

/// Reports whether not all of the runs have one PSA, operator and machine.
pub(super) fn differ(runs: &[Listed]) -> bool {
    let of = |run: &Listed| (run.header.psa.clone(), run.header.operator.clone(), run.header.host.clone());
    runs.windows(2).any(|pair| of(&pair[0]) != of(&pair[1]))
}

/// Returns what the runs of the list add up to.
pub(super) fn totals(runs: &[Listed]) -> String {
    let sum = |how: Settlement| runs.iter().map(|run| run.summary.of(how)).sum::<usize>();
    let parts = SETTLEMENTS.map(|how| (sum(how), how));
    let parts = parts.iter().filter(|(number, how)| *number > 0 || *how == Settlement::Done);
    let changes = join(parts.map(|(number, how)| format!("{number} {}", how.name())), ", ");
    format!("{}: {changes}", count(runs.len(), "run", "runs"))
}

/// Returns the runs for people, the oldest first; `ids` are those of all runs.
pub(super) fn page(runs: &[Listed], ids: &[String]) -> Page {
    let row = |run: &Listed| {
        let [_, took, companies, done, failed, conflicts] = cells(run, &TimeZone::UTC);
        let Listed { header, ended: _, summary } = run;
        let mut row = vec![Cell::new(Mark::Code, header.id.as_str()), Cell::plain(time(header.started))];
        row.extend([took, companies, done, failed, conflicts, purpose(header), by(header)].map(Cell::plain));
        row.push(Cell::new(mark(summary), sums(summary)));
        row
    };
    let head = COLUMNS.into_iter().chain(["what", "by", "result"]).map(ToOwned::to_owned).collect();
    let parts = if runs.is_empty() {
        vec![Part::Note(Cell::plain(none(ids)))]
    } else {
        let table = Part::Table(Table { head, rows: runs.iter().map(row).collect() });
        vec![table, Part::Note(Cell::new(Mark::Strong, totals(runs)))]
    };
    Page { title: "Runs".to_owned(), is_titled: true, parts }
}

/// The names of the columns.
const HEAD: [&str; 22] = [
    "run",
    "began",
    "what",
    "psa",
    "operator",
    "host",
    "crsync",
    "part",
    "plan",
    "planned",
    "done",
    "stale",
    "failed",
    "not-tried",
    "unknown",
    "left",
    "conflicts",
    "company-conflicts",
    "held-back",
    "end",
    "companies",
    "seconds",
];

/// Returns the runs as rows.
pub(super) fn sheet(runs: &[Listed]) -> Sheet {
    let row = |run: &Listed| -> Vec<String> {
        let Listed { header, ended: _, summary } = run;
        let end = match summary.halt {
            Some(Halt::Refused) => "refused by a guard",
            Some(Halt::Deadline) => "stopped by the deadline",
            Some(Halt::Interrupted) => "interrupted",
            None if summary.over => "over",
            None => "did not end",
        };
        let shard = header.shard.as_deref().unwrap_or_default();
        let texts = [&header.psa, &header.operator, &header.host, &header.tool, shard, &header.plan];
        let first = [header.id.clone(), time(header.started), purpose(header)];
        let settled = SETTLEMENTS.map(|how| summary.of(how));
        let rest =
            [summary.open, summary.left(), summary.conflicts, summary.company_conflicts, summary.unread];
        let numbers = std::iter::once(summary.planned).chain(settled).chain(rest);
        let first = first.into_iter().chain(texts.map(clean));
        let companies = summary.companies.map(|number| number.to_string()).unwrap_or_default();
        let seconds = seconds(run).map(|number| number.to_string()).unwrap_or_default();
        let last = [end.to_owned(), companies, seconds];
        first.chain(numbers.map(|number| number.to_string())).chain(last).collect()
    };
    Sheet { head: HEAD.to_vec(), rows: runs.iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_days_says_no_more_than_it_has_to() {
        let date = |text: &str| text.parse::<Date>().expect("a date");
        for (first, last, said) in [
            ("2026-11-01", "2026-11-12", "1 to 12 November"),
            ("2026-10-28", "2026-11-03", "28 October to 3 November"),
            ("2025-12-28", "2026-01-03", "28 December 2025 to 3 January"),
            ("2025-12-01", "2025-12-03", "1 to 3 December 2025"),
            ("2026-11-05", "2026-11-05", "5 November"),
        ] {
            assert_eq!(span(date(first), date(last), Some(2026)), said);
        }
    }

    #[test]
    fn a_duration_takes_few_columns() {
        assert_eq!(
            [0, 59, 60, 3_599, 3_600, 7_500].map(took),
            ["0 s", "59 s", "1 min", "59 min", "1h 00m", "2h 05m"]
        );
    }
}
