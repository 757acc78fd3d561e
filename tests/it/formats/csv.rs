//! CSV that reads back, and holds no formula.

use super::{DOCUMENTS, show, world};

/// The rows of a text, the header first, read as RFC 4180 says.
pub(crate) fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut is_quoted = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if is_quoted && rest.peek() == Some(&'"') => field.extend(rest.next()),
            '"' => {
                assert!(is_quoted || field.is_empty(), "a quote inside a field: {field}");
                is_quoted = !is_quoted;
            }
            c if is_quoted => field.push(c),
            ',' => row.push(std::mem::take(&mut field)),
            '\r' => {
                assert_eq!(rest.next(), Some('\n'));
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            '\n' => panic!("a line that ends without CR: {row:?}"),
            c => field.push(c),
        }
    }
    assert!(!is_quoted && row.is_empty() && field.is_empty(), "the last line ends as well");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{text}");
    for field in rows.iter().flatten() {
        assert!(!field.starts_with(['=', '+', '-', '@', '\t']), "{field}");
    }
    rows
}

/// The values of a column, of the rows of which another column is so.
fn column(rows: &[Vec<String>], name: &str, (other, is): (&str, &str)) -> Vec<String> {
    let place =
        |name: &str| rows[0].iter().position(|own| own == name).unwrap_or_else(|| panic!("no {name}"));
    let (place, other) = (place(name), place(other));
    rows.iter().filter(|row| row[other] == is).map(|row| row[place].clone()).collect()
}

#[test]
fn a_change_has_a_row_for_each_field() {
    let world = world();
    let rows = rows(&show(&world, &["diff"], &["--format", "csv"]).out);
    let plan = world.diff(&[]).json();
    let changes = plan["companies"][0]["changes"].as_array().expect("changes");
    let fields: usize = changes.iter().map(|change| change["fields"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(column(&rows, "field", ("what", "change")).len(), fields);
    assert!(column(&rows, "after", ("person", "Pia | <b>Bold</b> O'Neil \"Tag\" & Co")).len() > 2);
    let titles = column(&rows, "after", ("field", "title"));
    assert!(titles.contains(&"'=1+1".to_owned()) && titles.contains(&"'@all #1".to_owned()), "{titles:?}");
    assert!(column(&rows, "after", ("field", "phone")).contains(&"'+1 202 555 0112".to_owned()));
    assert!(column(&rows, "before", ("field", "title")).contains(&"'- old".to_owned()));
    let conflicts = plan["companies"][0]["conflicts"][0]["candidates"].as_array().map_or(0, Vec::len);
    assert_eq!(column(&rows, "id", ("what", "conflict")).len(), conflicts);
}

#[test]
fn a_run_says_what_became_of_every_field() {
    let world = world();
    let (sync, code) = DOCUMENTS[0];
    let run = show(&world, sync, &["--format", "csv"]);
    assert_eq!(run.code, code, "{}", run.err);
    let of_sync = rows(&run.out);
    let of_log = rows(&show(&world, &["log", "last"], &["--format", "csv"]).out);
    assert_eq!(of_sync, of_log);
    let results = column(&of_log, "result", ("what", "change"));
    assert!(!results.is_empty() && results.iter().all(|result| result == "done"), "{results:?}");
    let ids = column(&of_log, "run", ("what", "change"));
    assert!(ids.iter().all(|id| *id == world.runs()[0]));
    let runs = rows(&show(&world, &["log"], &["--format", "csv"]).out);
    assert_eq!(column(&runs, "end", ("run", &ids[0])), ["over"]);
}
