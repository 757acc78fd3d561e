//! The list of runs as a table: a line for each, quiet nights folded.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Bound;

use anstyle::Style;
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr as _;

use super::lines::{BOLD, DIM, line, style};
use crate::plan::Listed;
use crate::report::look::Look;
use crate::report::run::mark;
use crate::report::runs::{self as says, COLUMNS, Line};

/// Writes the runs with what each of them adds up to; `ids` are those of all runs, also of those that are not listed. Runs
/// with nothing to do are folded, unless all of it is wanted.
pub(in crate::report) fn runs(
    out: &mut dyn Write,
    runs: &[Listed],
    ids: &[String],
    zone: &TimeZone,
    look: Look<'_>,
) -> io::Result<()> {
    if runs.is_empty() {
        return line(out, DIM, 0, says::none(ids), look);
    }
    let all: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let is_named = look.verbose || says::differ(runs);
    let row = |run: &Listed| {
        let id = beginning(&run.header.id, &all).to_owned();
        std::iter::once(id).chain(says::cells(run, zone)).collect::<Vec<_>>()
    };
    let lines = says::lines(runs, !look.verbose);
    let rows: Vec<_> =
        lines.iter().map(|one| if let Line::Run(run) = one { row(run) } else { Vec::new() }).collect();
    let width = |column: usize| {
        let own = rows.iter().filter_map(|row| row.get(column)).map(|text| text.width());
        own.max().unwrap_or_default().max(COLUMNS[column].width())
    };
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    let head: Vec<String> = COLUMNS.map(ToOwned::to_owned).into();
    line(out, BOLD, 0, &aligned(&head, &widths), Look { width: usize::MAX, ..look })?;
    let year = says::last_year(runs, zone);
    for (one, row) in lines.into_iter().zip(rows) {
        match one {
            Line::Quiet(several) => line(out, DIM, 2, &says::quiet(several, zone, year), look)?,
            Line::Run(run) => {
                let (text, note) = (aligned(&row, &widths), says::note(run, is_named));
                let style = style(mark(&run.summary));
                if note.is_empty() {
                    writeln!(out, "{style}{text}{style:#}")?;
                } else if text.width() + 2 + note.width() <= look.width {
                    writeln!(out, "{style}{text}  {note}{style:#}")?;
                } else {
                    writeln!(out, "{style}{text}{style:#}")?;
                    line(out, style, 4, &note, look)?;
                }
            }
        }
    }
    line(out, Style::new(), 0, &says::totals(runs), look)
}

/// Returns the texts in columns, two apart: numbers end where their column ends.
fn aligned(texts: &[String], widths: &[usize]) -> String {
    let cells = texts.iter().zip(widths).enumerate().map(|(place, (text, width))| match place {
        0 | 1 => format!("{text:<width$}"),
        _ => format!("{text:>width$}"),
    });
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Returns the beginning of an id that no other one of `ids` has: the time at least, and as many letters as it takes.
fn beginning<'i>(id: &'i str, ids: &BTreeSet<&str>) -> &'i str {
    const LEAST: usize = "20261128T223350Z".len();
    // Of all others, its neighbours in their order have most in common with it.
    let before = ids.range(..id).next_back();
    let after = ids.range::<str, _>((Bound::Excluded(id), Bound::Unbounded)).next();
    let common = |other: &&str| id.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let common = before.into_iter().chain(after).map(common).max().unwrap_or_default();
    (LEAST.max(common + 1)..id.len()).find_map(|length| id.get(..length)).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::plan::{Ended, Halt, Header, Purpose, Settlement, Summary};

    /// A sync of 40 companies that began in the night to this day of November, at 2 in Central Europe.
    fn night(day: i64, summary: Summary) -> Listed {
        let first: Timestamp = "2026-11-01T01:00:00Z".parse().expect("a time");
        let started = first + SignedDuration::from_hours(24 * (day - 1));
        let header = Header {
            id: format!("{}-00ff", started.strftime("%Y%m%dT%H%M%SZ")),
            purpose: Purpose::Sync,
            started,
            operator: "kim".into(),
            host: "desk".into(),
            tool: "1".into(),
            psa: "example".into(),
            plan: String::new(),
            config: String::new(),
            planned: summary.planned,
            allowed: BTreeMap::new(),
            breaches: Vec::new(),
            shard: None,
            fields: Vec::new(),
        };
        let ended =
            summary.over.then(|| Ended { at: started + SignedDuration::from_secs(95), halt: summary.halt });
        Listed { header, ended, summary }
    }

    fn quiet() -> Summary {
        Summary { companies: Some(40), over: true, ..Summary::default() }
    }

    fn with(settled: &[(Settlement, usize)]) -> Summary {
        let planned = settled.iter().map(|(_, number)| number).sum();
        Summary { planned, settled: settled.iter().copied().collect(), ..quiet() }
    }

    fn shown(all: &[Listed], width: usize, verbose: bool) -> String {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        let mut text = Vec::new();
        let ids: Vec<String> = all.iter().map(|run| run.header.id.clone()).collect();
        runs(&mut text, all, &ids, &zone, Look { width, verbose, psa: "PSA" }).expect("memory");
        anstream::adapter::strip_str(&String::from_utf8_lossy(&text)).to_string()
    }

    #[test]
    fn nights_with_nothing_to_do_are_one_line() {
        let conflicts = |number| Summary { conflicts: number, ..quiet() };
        let mut all: Vec<Listed> = (1..=12).map(|day| night(day, quiet())).collect();
        all.push(night(13, with(&[(Settlement::Done, 115), (Settlement::Failed, 2)])));
        all.extend([
            night(14, conflicts(5)),
            night(15, conflicts(5)),
            night(16, conflicts(6)),
            night(17, quiet()),
        ]);
        all.push(night(18, Summary { planned: 24, halt: Some(Halt::Refused), ..quiet() }));
        let mut undo = night(19, with(&[(Settlement::Done, 1)]));
        undo.header.purpose = Purpose::Undo("20261113T010000Z-00ff".into());
        all.extend([undo, night(20, Summary { over: false, ..with(&[(Settlement::Done, 1)]) })]);
        insta::assert_snapshot!(shown(&all, 80, false));
        assert_eq!(shown(&all, 80, true).lines().filter(|line| line.starts_with("202611")).count(), 20);
        assert!(shown(&all, 80, false).lines().all(|line| line.width() <= 80));
        let several = (0..3).map(|hour| {
            let mut run = night(1, quiet());
            run.header.started += SignedDuration::from_hours(4 * hour);
            run
        });
        assert!(shown(&several.collect::<Vec<_>>(), 80, false).contains("  3 quiet runs, 1 November\n"));
        assert_eq!(shown(&[], 80, false), "No such run yet: `crsync sync` adds one to the journal.\n");
    }

    #[test]
    fn a_run_that_fills_its_line_and_needs_no_further_word_is_one_line() {
        let took = |seconds: i64, id: &str| {
            let mut run = night(1, with(&[(Settlement::Done, 1)]));
            run.header.id = format!("20261101T010000Z-{id}");
            run.ended = run
                .ended
                .map(|ended| Ended { at: run.header.started + SignedDuration::from_secs(seconds), ..ended });
            run
        };
        // Both began in one second, so it takes more letters to tell them from each other.
        let text = shown(&[took(5, "00ff"), took(95, "00fe")], 80, false);
        assert!(text.lines().nth(1).is_some_and(|row| row.width() > 78), "{text}");
        assert!(text.lines().all(|row| !row.trim().is_empty()), "{text}");
    }

    #[test]
    fn the_beginning_of_an_id_is_as_long_as_it_must_be_to_name_one_run() {
        let ids = ["20261125T120000Z-00ff1", "20261125T120000Z-00ff2", "20261125T120001Z-00ff1", "old"];
        let all = BTreeSet::from(ids);
        assert_eq!(ids.map(|id| beginning(id, &all)), [ids[0], ids[1], "20261125T120001Z", "old"]);
        // Signs of several bytes are not cut, and the beginning of another id is all that there is of it.
        let odd = ["20261125T120000Z-é", "20261125T120000Z-è", "20261125T120000Z"];
        assert_eq!(odd.map(|id| beginning(id, &BTreeSet::from(odd))), odd);
    }

    #[test]
    fn a_run_that_is_not_listed_is_not_meant_by_what_is_shown_of_another() {
        let own = night(1, with(&[(Settlement::Done, 1)]));
        let ids = [own.header.id.clone(), format!("{}8", own.header.id.strip_suffix('f').expect("its end"))];
        let mut text = Vec::new();
        let look = Look { width: 80, verbose: false, psa: "PSA" };
        runs(&mut text, std::slice::from_ref(&own), &ids, &TimeZone::UTC, look).expect("memory");
        assert!(String::from_utf8_lossy(&text).contains(&own.header.id));
    }
}
