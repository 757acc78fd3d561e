//! Pages: a size and a number from 1, and the same records in the same order if a client asks again.

use super::{Call, Refusal, query};

/// Records of a page that does not say.
const DEFAULT: usize = 25;
/// Records of a page at most; a larger size gives as many, silently.
///
/// The real limit is not published.
const MOST: usize = 100;

/// A part of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Records before it.
    pub(super) skip: usize,
    /// Records of it.
    pub(super) take: usize,
}

/// Returns the page that a request asks for; sizes and numbers below 1 count as missing.
pub(super) fn wanted(call: &Call) -> Result<Page, Refusal> {
    let size = positive(call, "PageSize")?.unwrap_or(DEFAULT).min(MOST);
    let number = positive(call, "PageNumber")?.unwrap_or(1);
    Ok(Page { skip: (number - 1).saturating_mul(size), take: size })
}

fn positive(call: &Call, name: &str) -> Result<Option<usize>, Refusal> {
    let Some(text) = query::said(call, name).next() else { return Ok(None) };
    let number = query::int(name, text)?;
    Ok(usize::try_from(number).ok().filter(|number| *number > 0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::testing::{ok, send, state};

    #[test]
    fn the_pages_of_a_list_hold_every_record_once() {
        let mut state = state(130);
        state.habits.hides_inactive = false;
        let mut seen = BTreeSet::new();
        for (number, size) in [(1, 100), (2, 100), (3, 60), (4, 0)] {
            let target = format!("/crm/contacts/summary?PageSize=100&PageNumber={number}");
            let page = ok(&mut state, "GET", &target, None);
            assert_eq!(
                (page["totalRecords"].as_u64(), page["result"].as_array().unwrap().len()),
                (Some(260), size)
            );
            seen.extend(page["result"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()));
        }
        assert_eq!(seen.len(), 260);
    }

    #[test]
    fn a_page_has_its_limits_silently() {
        let mut state = state(130);
        for (query, size) in [
            ("", 25),
            ("PageSize=500", 100),
            ("pagesize=7&pageNumber=2", 7),
            ("PageSize=0", 25),
            ("PageSize=-1", 25),
            ("PageSize=", 25),
            ("PageNumber=0", 25),
        ] {
            let page = ok(&mut state, "GET", &format!("/crm/contacts/summary?{query}"), None);
            assert_eq!(page["result"].as_array().unwrap().len(), size, "{query}");
        }
        assert_eq!(send(&mut state, "GET", "/crm/contacts/summary?PageSize=all", None).status, 400);
    }
}
