//! Documents as one file of HTML, for a browser: no script, nothing that is loaded, and a policy that forbids both. On a
//! narrow screen the rows of a table become cards. The colours follow the reader's choice of light or dark.

use std::io::{self, Write};

use crate::report::page::{Cell, Item, Mark, Page, Part, Table};
use crate::report::pictures::Gallery;

/// What the browser may do: show the style that is in the file.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// What it may do besides where there are pictures: show those that are in the file.
const PICTURES: &str = "; img-src data:";

const STYLE: &str = "
:root{color-scheme:light dark;--quiet:#5f6368;--line:#d8dadd;--good:#1a7431;--care:#8a5a00;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--quiet:#9aa0a6;--line:#3c4043;--good:#7bd88f;--care:#f2c14e;--bad:#ff8a80}}
body{font:16px/1.45 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem;border-top:1px solid var(--line);padding-top:1rem}h3{font-size:1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0}
pre{overflow-x:auto;border:1px solid var(--line);padding:.5rem}summary{cursor:pointer;margin:1rem 0;font-weight:600}
figure{display:inline-block;width:8rem;margin:.5rem 1rem .5rem 0;vertical-align:top}img{width:6rem;height:6rem;border-radius:50%}
.strong{font-weight:600}.good{color:var(--good)}.care{color:var(--care)}.bad{color:var(--bad)}.quiet{color:var(--quiet)}
@media(max-width:40rem){thead{display:none}table,tbody,tr,td{display:block}tr{border:1px solid var(--line);border-radius:.4rem;margin:.6rem 0;padding:.3rem .6rem}td{border:0;padding:.15rem 0}td[data-name]::before{content:attr(data-name) ': ';color:var(--quiet)}}
";

/// Writes a document.
pub(in crate::report) fn write(out: &mut dyn Write, page: &Page, gallery: &Gallery) -> io::Result<()> {
    let title = escaped(&page.title);
    let pictures = if gallery.shown.is_empty() { "" } else { PICTURES };
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}{pictures}\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>")?;
    page.parts.iter().try_for_each(|part| self::part(out, part))?;
    self::gallery(out, gallery)?;
    writeln!(out, "</body>\n</html>")
}

fn gallery(out: &mut dyn Write, Gallery { shown, left_out }: &Gallery) -> io::Result<()> {
    if shown.is_empty() && *left_out == 0 {
        return Ok(());
    }
    writeln!(out, "<h2>Pictures</h2>")?;
    for (name, address) in shown {
        let name = escaped(name);
        writeln!(out, "<figure><img src=\"{address}\" alt=\"\"><figcaption>{name}</figcaption></figure>")?;
    }
    if *left_out > 0 {
        let were = if *left_out == 1 { "1 picture is" } else { &format!("{left_out} pictures are") };
        writeln!(out, "<p class=\"quiet\">{were} not shown: not in the state folder, or too large</p>")?;
    }
    Ok(())
}

fn part(out: &mut dyn Write, of: &Part) -> io::Result<()> {
    match of {
        Part::Heading(level, text) => {
            let level = level + 1;
            writeln!(out, "<h{level}>{}</h{level}>", escaped(text))
        }
        Part::Note(cell) => element(out, "p", cell),
        Part::Facts(facts) => {
            writeln!(out, "<dl>")?;
            for (name, cell) in facts {
                write!(out, "<dt class=\"quiet\">{}</dt>", escaped(name))?;
                element(out, "dd", cell)?;
            }
            writeln!(out, "</dl>")
        }
        Part::Items(items) => {
            writeln!(out, "<ul>")?;
            items.iter().try_for_each(|one| item(out, one))?;
            writeln!(out, "</ul>")
        }
        Part::Table(of) => table(out, of),
        Part::Copy(lines) => {
            let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
            writeln!(out, "<pre>{}</pre>", lines.join("\n"))
        }
        Part::Aside(title, parts) => {
            writeln!(out, "<details>\n<summary>{}</summary>", escaped(title))?;
            parts.iter().try_for_each(|one| part(out, one))?;
            writeln!(out, "</details>")
        }
    }
}

fn item(out: &mut dyn Write, Item { what, under }: &Item) -> io::Result<()> {
    write!(out, "<li{}>{}", class(what.mark), content(what))?;
    if !under.is_empty() {
        writeln!(out, "\n<ul>")?;
        under.iter().try_for_each(|cell| element(out, "li", cell))?;
        write!(out, "</ul>")?;
    }
    writeln!(out, "</li>")
}

fn table(out: &mut dyn Write, Table { head, rows }: &Table) -> io::Result<()> {
    writeln!(out, "<table>\n<thead>\n<tr>")?;
    head.iter().try_for_each(|name| writeln!(out, "<th scope=\"col\">{}</th>", escaped(name)))?;
    writeln!(out, "</tr>\n</thead>\n<tbody>")?;
    for cells in rows {
        writeln!(out, "<tr>")?;
        for (name, cell) in head.iter().zip(cells) {
            // What a card names the value.
            let name =
                if name.is_empty() { name.clone() } else { format!(" data-name=\"{}\"", escaped(name)) };
            writeln!(out, "<td{name}{}>{}</td>", class(cell.mark), content(cell))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>")
}

fn element(out: &mut dyn Write, name: &str, cell: &Cell) -> io::Result<()> {
    writeln!(out, "<{name}{}>{}</{name}>", class(cell.mark), content(cell))
}

fn content(cell: &Cell) -> String {
    let lines: Vec<String> = cell.lines.iter().map(|line| escaped(line)).collect();
    let text = lines.join("<br>");
    if cell.mark == Mark::Code { format!("<code>{text}</code>") } else { text }
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Plain | Mark::Code => "",
        Mark::Strong => " class=\"strong\"",
        Mark::Good => " class=\"good\"",
        Mark::Care => " class=\"care\"",
        Mark::Bad => " class=\"bad\"",
        Mark::Quiet => " class=\"quiet\"",
    }
}

/// Escapes text, so that it is nothing but text in an element and in an attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_text_in_an_element_and_in_an_attribute() {
        let of = Table { head: vec!["\" onclick='x".to_owned()], rows: vec![vec![Cell::plain("<script>&")]] };
        let mut text = Vec::new();
        table(&mut text, &of).expect("memory");
        let text = String::from_utf8(text).expect("text");
        assert!(text.contains("<td data-name=\"&quot; onclick=&#39;x\">&lt;script&gt;&amp;</td>"), "{text}");
    }
}
