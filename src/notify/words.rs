//! A notice in words: the same for every target that people read.

use super::event::{Company, Counts, Event, What};

/// How many companies, and how many details, are told in words; the rest is counted.
const MOST: usize = 25;

/// The most characters of a line.
const LONGEST: usize = 200;

/// Returns the headline.
pub(super) fn title(event: &Event) -> String {
    let Event { what, command, code, meaning, .. } = event;
    match (what, code) {
        (What::Test, _) => format!("crsync: {meaning}"),
        (_, Some(code)) => format!("crsync {command}: {meaning} (exit code {code})"),
        (_, None) => format!("crsync {command}: {meaning}"),
    }
}

/// Returns how much there was of everything that there was some of, each with its words.
pub(super) fn counts(counts: &Counts) -> Vec<(&'static str, usize)> {
    let Counts {
        planned,
        done,
        fields,
        stale,
        failed,
        not_tried,
        unknown,
        left,
        conflicts,
        company_conflicts,
        held_back,
    } = *counts;
    let all = [
        ("planned", planned),
        ("done", done),
        ("fields made", fields),
        ("stale", stale),
        ("failed", failed),
        ("not tried", not_tried),
        ("unknown", unknown),
        ("not made", left),
        ("conflicts", conflicts),
        ("companies in conflict", company_conflicts),
        ("companies held back", held_back),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Returns what there is to tell of companies and people, a line each, as many as a person reads.
pub(super) fn lines(event: &Event) -> Vec<String> {
    let mut lines: Vec<String> = event.companies.iter().take(MOST).map(company).collect();
    lines.extend(more(event.companies.len().saturating_sub(MOST), "companies"));
    if let Some(details) = &event.details {
        lines.extend(details.error.iter().map(|error| format!("error: {error}")));
        lines.extend(details.lines.iter().take(MOST).cloned());
        lines.extend(more(details.lines.len().saturating_sub(MOST) + details.more, "lines"));
        lines.push(format!("by {} on {}", details.operator, details.host));
    }
    lines.iter().map(|line| cut(line)).collect()
}

fn company(company: &Company) -> String {
    let Company { name, done, not_done, conflicts, in_conflict, held_back } = company;
    let numbers = [(*done, "done"), (*not_done, "not done"), (*conflicts, "in conflict")];
    let numbers = numbers.into_iter().filter(|(count, _)| *count > 0);
    let numbers = numbers.map(|(count, what)| format!("{count} {what}"));
    let words = [(*in_conflict, "company conflict"), (*held_back, "held back")];
    let words = words.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.to_owned());
    format!("{name}: {}", numbers.chain(words).collect::<Vec<_>>().join(", "))
}

fn more(count: usize, what: &str) -> Option<String> {
    (count > 0).then(|| format!("and {count} more {what}"))
}

/// Returns a line without line breaks and other signs that are no text, and not too long.
fn cut(line: &str) -> String {
    let clean: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= LONGEST {
        return clean;
    }
    clean.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::super::event::Details;
    use super::super::event::tests::failed;
    use super::*;

    #[test]
    fn what_is_told_in_words_has_an_end() {
        let one = failed().companies.remove(1);
        let details = Details {
            lines: vec!["x\ny".repeat(400); 90],
            more: 7,
            operator: "sync".to_owned(),
            ..Details::default()
        };
        let many = Event { companies: vec![one; 60], details: Some(details), ..failed() };
        let lines = lines(&many);
        assert_eq!(lines.len(), MOST + 1 + MOST + 1 + 1);
        assert_eq!(lines[MOST], "and 35 more companies");
        assert!(lines.contains(&"and 72 more lines".to_owned()));
        assert!(lines.iter().all(|line| line.chars().count() <= LONGEST && !line.contains('\n')));
    }
}
