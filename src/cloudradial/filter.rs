//! Filters of listings, as an address holds them.

use super::company_number;
use crate::error::Result;
use crate::model::Id;

/// Companies named in one filter: keeps the address far below the lengths that proxies cut.
pub(super) const COMPANIES_PER_FILTER: usize = 50;

/// The most characters that the conditions of one filter take in an address: with the rest of it they stay well
/// below 2,000.
const CONDITIONS: usize = 1_200;

/// Returns `text` encoded for an address, whatever its characters.
pub(super) fn encoded(text: &str) -> String {
    // A plus is a space in forms only, and an encoded one stays encoded.
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The records of these companies.
pub(super) fn of_companies(companies: &[Id]) -> Result<String> {
    let each = companies.iter().map(|id| Ok(format!("companyId eq {}", company_number(id)?)));
    Ok(each.collect::<Result<Vec<_>>>()?.join(" or "))
}

/// The conditions in groups that fit into one address each.
pub(super) fn chunks(conditions: Vec<String>) -> Vec<Vec<String>> {
    let mut chunks: Vec<Vec<String>> = Vec::new();
    let mut room = 0;
    for condition in conditions {
        let length = encoded(&condition).len() + encoded(" or ").len();
        match chunks.last_mut() {
            Some(chunk) if length <= room => {
                room -= length;
                chunk.push(condition);
            }
            _ => {
                room = CONDITIONS.saturating_sub(length);
                chunks.push(vec![condition]);
            }
        }
    }
    chunks
}

/// A text in a filter.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_condition_keeps_its_characters_in_an_address() {
        let filter = encoded("email eq 'a+b&c#d%e@ü.example'");
        let url: url::Url = format!("https://api.example/v2?$filter={filter}").parse().expect("a URL");
        let pair = url.query_pairs().next().expect("a parameter");
        assert_eq!(pair.1, "email eq 'a+b&c#d%e@ü.example'");
        assert!(!filter.contains('+'));
    }

    proptest! {
        #[test]
        fn every_condition_is_asked_once_and_no_address_is_too_long(
            conditions in prop::collection::vec("[a-z'+ @]{1,150}", 0..60)
        ) {
            let chunks = chunks(conditions.clone());
            for chunk in &chunks {
                prop_assert!(!chunk.is_empty());
                prop_assert!(encoded(&chunk.join(" or ")).len() <= CONDITIONS);
            }
            prop_assert_eq!(chunks.concat(), conditions);
        }
    }
}
