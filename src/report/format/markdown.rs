//! Documents as Markdown (GFM), for a ticket: short headings, lists and tables, and only what matters there.
//!
//! No value can become anything but text: signs of Markdown and HTML are escaped, and what a ticket system would
//! turn into a mention, a reference, a link or a dash is written as code. A line never begins with foreign text that
//! could be a heading, a list or a command of the system. What is folded up elsewhere is left out, and long lists end
//! with their number.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::report::page::{Cell, Item, Mark, Page, Part, Table};

/// How many entries of one list or table are shown: tickets have limits of some ten thousand characters.
const MOST: usize = 100;

/// Writes a document.
pub(in crate::report) fn write(out: &mut dyn Write, page: &Page) -> io::Result<()> {
    let mut blocks = Vec::new();
    if page.is_titled {
        blocks.push(format!("## {}\n", line(&page.title)));
    }
    blocks.extend(page.parts.iter().filter_map(block));
    out.write_all(blocks.join("\n").as_bytes())
}

/// Returns a part with the line break behind it; nothing where it is not for a ticket.
fn block(part: &Part) -> Option<String> {
    Some(match part {
        Part::Heading(level, text) => format!("{} {}\n", "#".repeat(usize::from(*level) + 2), line(text)),
        Part::Note(cell) => format!("{}\n", marked(cell.mark, line(&cell.text()))),
        // With a sign of its own, it is no part of a list that follows.
        Part::Facts(facts) => facts.iter().fold(String::new(), |text, (name, cell)| {
            text + &format!("* {name}: {}\n", marked(cell.mark, inline(&cell.text())))
        }),
        Part::Items(items) => list(items),
        Part::Table(of) => table(of),
        Part::Copy(lines) => copy(lines),
        Part::Aside(..) => return None,
    })
}

/// Returns text in bold where it went wrong or is important, and as code where it is a name for programs: Markdown
/// has no colours.
fn marked(mark: Mark, text: String) -> String {
    match mark {
        _ if text.is_empty() => text,
        Mark::Strong | Mark::Bad => format!("**{text}**"),
        Mark::Code if !text.contains(['`', '\\', '&']) => format!("`{text}`"),
        Mark::Plain | Mark::Good | Mark::Care | Mark::Quiet | Mark::Code => text,
    }
}

fn list(items: &[Item]) -> String {
    let item = |Item { what, under }: &Item| {
        let under = under.iter().map(|one| format!("  - {}\n", line(&one.text())));
        let what = format!("- {}\n", marked(what.mark, line(&what.text())));
        std::iter::once(what).chain(under).collect::<Vec<_>>().concat()
    };
    let shown: Vec<String> = items.iter().take(MOST).map(item).collect();
    shown.concat() + &more(items.len())
}

fn table(Table { head, rows }: &Table) -> String {
    let cell = |cell: &Cell| marked(cell.mark, inline(&cell.text()));
    let head = row(head.iter().map(|name| inline(name))) + "|" + &"--|".repeat(head.len()) + "\n";
    let shown: Vec<String> = rows.iter().take(MOST).map(|cells| row(cells.iter().map(cell))).collect();
    head + &shown.concat() + &more(rows.len())
}

fn row(cells: impl Iterator<Item = String>) -> String {
    cells.fold("|".to_owned(), |text, cell| text + " " + &cell + " |") + "\n"
}

/// Returns the number of those that are not shown.
fn more(all: usize) -> String {
    match all.saturating_sub(MOST) {
        0 => String::new(),
        more => format!("\nand {more} more, which the other formats show\n"),
    }
}

/// Lines as they are, between fences that none of them can close.
fn copy(lines: &[String]) -> String {
    let fence = "`".repeat(lines.iter().map(|line| ticks(line) + 1).max().unwrap_or_default().max(3));
    let lines = lines.iter().fold(String::new(), |text, line| text + &flat(line) + "\n");
    format!("{fence}text\n{lines}{fence}\n")
}

/// Returns the longest run of backticks.
fn ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Returns text without breaks of lines.
fn flat(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}

/// Escapes foreign text at the beginning of a line, or of an entry.
fn line(text: &str) -> String {
    let mut text = inline(text.trim_start());
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let at = if digits > 0 && text[digits..].starts_with(['.', ')']) {
        Some(digits)
    } else {
        text.starts_with(['-', '+', '=', '/', '#', ':']).then_some(0)
    };
    if let Some(at) = at {
        text.insert(at, '\\');
    }
    // A heading ends with the signs that it began with.
    if text.ends_with('#') && !text.ends_with("\\#") {
        text.insert(text.len() - 1, '\\');
    }
    text
}

/// Escapes foreign text inside a line or a cell.
fn inline(text: &str) -> String {
    with_commands(flat(text).trim())
}

/// Escapes text in which our own commands stay code.
fn with_commands(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '=' | '.');
    let command = text.split_once("`crsync ").and_then(|(before, rest)| {
        let (command, after) = rest.split_once('`')?;
        command.chars().all(is_plain).then_some((before, command, after))
    });
    match command {
        Some((before, command, after)) => {
            format!("{}`crsync {command}`{}", words(before), with_commands(after))
        }
        None => words(text),
    }
}

fn words(text: &str) -> String {
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    let is_link = word.contains("://") || word.to_ascii_lowercase().contains("www.");
    // Two of these signs become a dash, and then the flag is none any more.
    let is_flag =
        word.strip_prefix("--").is_some_and(|flag| flag.starts_with(|c: char| c.is_ascii_lowercase()));
    if (is_link || is_flag) && !word.contains(['`', '|']) {
        return format!("`{word}`");
    }
    let all: Vec<char> = word.chars().collect();
    let mut text = String::with_capacity(word.len());
    let mut at = 0;
    while let Some(c) = all.get(at).copied() {
        let before = at.checked_sub(1).map(|before| all[before]);
        let next = all.get(at + 1).copied();
        match c {
            // A mention, a reference. The sign in an address is between letters; a masked name ends with dots.
            '@' | '#' if !before.is_some_and(|c| c.is_alphanumeric() || c == '…') && is_letter(next) => {
                let name = all[at + 1..].iter().take_while(|c| is_letter(Some(**c)) || "-_./".contains(**c));
                let name: String = name.collect();
                at += name.chars().count();
                let _ = write!(text, "`{c}{name}`");
            }
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '_' if is_letter(before) && is_letter(next) => text.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '{' | '}' => {
                text.push('\\');
                text.push(c);
            }
            c => text.push(c),
        }
        at += 1;
    }
    text
}

fn is_letter(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_anything_but_text() {
        for (value, written) in [
            ("a|b", "a\\|b"),
            ("**bold** `code` ~gone~", "\\*\\*bold\\*\\* \\`code\\` \\~gone\\~"),
            ("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
            ("[a](javascript:x)", "\\[a\\](javascript:x)"),
            ("one\ntwo\r\nthree", "one two  three"),
            ("snake_case _it_", "snake_case \\_it\\_"),
            ("ann@contoso.example", "ann@contoso.example"),
            ("a…@contoso.example", "a…@contoso.example"),
            ("ask @everyone of #12", "ask `@everyone` of `#12`"),
            ("(@all)", "(`@all`)"),
            ("see https://evil.example/x now", "see `https://evil.example/x` now"),
            ("svc*@*", "svc\\*@\\*"),
            ("run `crsync match --resolve` again", "run `crsync match --resolve` again"),
            ("`crsync <b>` `crsync x", "\\`crsync &lt;b&gt;\\` \\`crsync x"),
            ("with --allow create=3", "with `--allow` create=3"),
        ] {
            assert_eq!(inline(value), written, "{value}");
        }
    }

    #[test]
    fn a_line_begins_with_nothing_that_a_ticket_system_acts_on() {
        for (value, written) in [
            ("# heading", "\\# heading"),
            ("- item", "\\- item"),
            ("+ item", "\\+ item"),
            ("1. item", "1\\. item"),
            ("2026) item", "2026\\) item"),
            ("> quote", "&gt; quote"),
            ("/close", "\\/close"),
            ("=====", "\\====="),
            ("    code", "code"),
            ("C#", "C\\#"),
        ] {
            assert_eq!(line(value), written, "{value}");
        }
    }

    #[test]
    fn a_fence_is_longer_than_what_is_in_it() {
        let text = copy(&["name = \"```\"".to_owned()]);
        assert_eq!(text, "````text\nname = \"```\"\n````\n");
    }

    #[test]
    fn a_long_table_ends_with_the_number_of_what_is_left_out() {
        let row = |number: usize| vec![Cell::plain(number.to_string())];
        let of = Table { head: vec!["a".to_owned()], rows: (0..MOST + 3).map(row).collect() };
        let text = table(&of);
        assert_eq!(text.lines().count(), MOST + 4);
        assert!(text.ends_with("\nand 3 more, which the other formats show\n"), "{text}");
    }
}
