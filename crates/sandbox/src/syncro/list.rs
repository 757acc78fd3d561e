//! Pages: everything that lists says how many there are.

use serde_json::{Value, json};

use super::{Request, Row};

/// Returns the records of the page that is asked for, and what the service says about all of them.
///
/// A missing or senseless page is the first; one beyond the last is empty. `per_page` is not heeded (clients send it,
/// the vendor does not document it).
pub(super) fn page<'a>(found: &[&'a Row], per_page: usize, request: &Request) -> (Vec<&'a Row>, Value) {
    let asked = request.param("page").and_then(|page| page.parse::<usize>().ok());
    let page = asked.unwrap_or(1).max(1);
    let size = per_page.max(1);
    let rows = found.iter().skip((page - 1).saturating_mul(size)).take(size).copied().collect();
    let meta = json!({
        "total_pages": found.len().div_ceil(size).max(1),
        "total_entries": found.len(),
        "per_page": size,
        "page": page,
    });
    (rows, meta)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn asked(target: &str, count: usize) -> (usize, Value) {
        let row = Row::new();
        let (rows, meta) = page(&vec![&row; count], 50, &sample::request("GET", target, &[], None));
        (rows.len(), meta)
    }

    #[test]
    fn every_page_tells_how_many_there_are() {
        let (rows, meta) = asked("/contacts?page=3&per_page=500", 120);
        assert_eq!(rows, 20);
        assert_eq!(meta, json!({"total_pages": 3, "total_entries": 120, "per_page": 50, "page": 3}));
    }

    #[test]
    fn a_page_that_makes_no_sense_is_the_first_and_one_beyond_the_last_is_empty() {
        for target in ["/contacts", "/contacts?page=0", "/contacts?page=-2", "/contacts?page=x"] {
            let (rows, meta) = asked(target, 120);
            assert_eq!((rows, &meta["page"]), (50, &json!(1)), "{target}");
        }
        let (rows, meta) = asked("/contacts?page=4", 120);
        assert_eq!((rows, &meta["page"], &meta["total_pages"]), (0, &json!(4), &json!(3)));
        assert_eq!(asked("/contacts", 0).1["total_pages"], 1);
    }
}
