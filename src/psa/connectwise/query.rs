//! Queries: what the vendor's conditions look like, and how they get into an address whole.

/// The most records on one page (vendor documents).
pub(super) const PAGE: usize = 1000;

/// The longest address that the vendor recommends.
const ADDRESS: usize = 2000;

/// What is left free in an address for the conditions that ask for another page.
const NEXT_PAGE: usize = 80;

/// Characters that mean something within a text of a condition. The vendor documents an escape for `[`, and none
/// that is certain for quotes.
const SPECIAL: [char; 5] = ['"', '\\', '[', ']', '*'];

/// The parameters of an address.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Returns the same with one more parameter.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// Returns the parameters as an address holds them.
    pub(super) fn text(&self) -> String {
        let pairs: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        pairs.join("&")
    }

    /// Returns how many characters are left in an address of `length` characters when the query is in it.
    pub(super) fn room(&self, length: usize) -> usize {
        ADDRESS.saturating_sub(length + 1 + self.text().len() + NEXT_PAGE)
    }
}

/// Returns the text as part of an address. Spaces become `%20` and `+` becomes `%2B`: an address with a plus sign is
/// not found otherwise (vendor documents). Commas and brackets stay, as lists of ids would grow by a third.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b','
            | b'('
            | b')'
            | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                out.push('%');
                for half in [byte >> 4, byte & 15] {
                    out.extend(char::from_digit(u32::from(half), 16).map(|digit| digit.to_ascii_uppercase()));
                }
            }
        }
    }
    out
}

/// Returns the condition that `field` is one of `ids`.
pub(super) fn is_one_of(field: &str, ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("{field} in ({})", ids.join(","))
}

/// Returns the condition that `field` is the text `value`. Where the value holds characters that mean something in
/// a condition, it is searched by a pattern that finds a little more: the caller compares what comes back.
pub(super) fn is_text(field: &str, value: &str) -> String {
    if !value.contains(SPECIAL) && !value.contains(char::is_control) {
        return format!("{field}=\"{value}\"");
    }
    let pattern: String =
        value.chars().map(|c| if SPECIAL.contains(&c) || c.is_control() { '*' } else { c }).collect();
    format!("{field} like \"{pattern}\"")
}

/// Returns the `conditions` that all hold; no text where there are none.
pub(super) fn all(conditions: &[&str]) -> String {
    let conditions: Vec<&str> =
        conditions.iter().copied().filter(|condition| !condition.is_empty()).collect();
    conditions.join(" and ")
}

/// Returns `items` in runs that fit into `room` characters, where one of them takes `cost`. A run has one item at
/// least.
pub(super) fn runs<T>(items: &[T], room: usize, cost: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let (mut runs, mut start, mut taken) = (Vec::new(), 0, 0);
    for (index, item) in items.iter().enumerate() {
        let more = cost(item);
        if index > start && taken + more > room {
            runs.push(&items[start..index]);
            (start, taken) = (index, 0);
        }
        taken += more;
    }
    if start < items.len() {
        runs.push(&items[start..]);
    }
    runs
}

/// Returns `ids` in runs that fit into `room` characters as a list.
pub(super) fn runs_of_ids(ids: &[i64], room: usize) -> Vec<&[i64]> {
    runs(ids, room, |id| id.to_string().len() + ",".len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a server makes of the query.
    fn decoded(query: &Query) -> Vec<(String, String)> {
        let mut url: url::Url = "https://api.example/company/contacts".parse().expect("a URL");
        url.set_query(Some(&query.text()));
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    }

    #[test]
    fn a_plus_sign_stays_one() {
        let query = Query::default()
            .with("conditions", "company/id in (1,2)")
            .with("childConditions", is_text("communicationItems/value", "ann+x@contoso.example"));
        assert_eq!(
            query.text(),
            "conditions=company/id%20in%20(1,2)&childConditions=communicationItems/value%3D%22ann%2Bx%40contoso.example%22"
        );
        assert_eq!(decoded(&query)[1].1, "communicationItems/value=\"ann+x@contoso.example\"");
    }

    #[test]
    fn a_text_with_special_characters_becomes_a_pattern_that_finds_it() {
        assert_eq!(is_text("caption", "O'Neil & Sons 100%"), "caption=\"O'Neil & Sons 100%\"");
        assert_eq!(is_text("value", "a\"b\\c"), "value like \"a*b*c\"");
        assert_eq!(is_text("value", "ann@[10.0.0.1]"), "value like \"ann@*10.0.0.1*\"");
    }

    #[test]
    fn conditions_that_say_nothing_are_left_out() {
        assert_eq!(all(&["", "id > 9"]), "id > 9");
        assert_eq!(all(&["company/id in (1)", "id > 9"]), "company/id in (1) and id > 9");
    }

    #[test]
    fn an_address_never_grows_beyond_what_the_vendor_recommends() {
        let ids: Vec<i64> = (1_234_000..1_236_000).collect();
        let base = "https://api-staging.connectwisedev.com/v4_6_release/apis/3.0/company/contacts";
        let query = Query::default().with("orderBy", "id asc").with("pageSize", "1000");
        let room = query.clone().with("conditions", is_one_of("company/id", &[])).room(base.len());
        let runs = runs_of_ids(&ids, room);
        assert_eq!(runs.concat(), ids);
        for run in runs {
            let condition = all(&[&is_one_of("company/id", run), "id > 2147483647"]);
            let length = base.len() + 1 + query.clone().with("conditions", condition).text().len();
            assert!((1_900..=2_000).contains(&length) || run.last() == ids.last(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn every_value_arrives_as_it_was(value in any::<String>()) {
            let query = Query::default().with("conditions", value.as_str());
            prop_assert_eq!(decoded(&query), [("conditions".to_owned(), value)]);
        }

        #[test]
        fn no_value_ends_the_text_it_stands_in(value in any::<String>()) {
            let condition = is_text("value", &value);
            let text = condition.strip_prefix("value").expect("the field goes first");
            let text = text.strip_prefix('=').or_else(|| text.strip_prefix(" like ")).expect("an operator");
            let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).expect("quotes");
            prop_assert!(!inner.contains(['"', '\\', '[', ']']));
            prop_assert!(!inner.chars().any(char::is_control));
        }

        #[test]
        fn a_pattern_describes_the_value_it_was_made_of(value in "[a-c\"\\\\\\[\\]*]{1,8}") {
            let condition = is_text("value", &value);
            if let Some(pattern) = condition.strip_prefix("value like ") {
                let pattern = crate::text::like::Pattern::new(pattern.trim_matches('"')).expect("a pattern");
                prop_assert!(pattern.matches(&value));
            } else {
                prop_assert_eq!(condition, format!("value=\"{value}\""));
            }
        }

        #[test]
        fn runs_keep_every_item_in_its_order(costs in proptest::collection::vec(1_usize..9, 0..20), room in 1_usize..20) {
            let runs = runs(&costs, room, |cost| *cost);
            prop_assert_eq!(runs.concat(), costs.clone());
            prop_assert!(runs.iter().all(|run| run.len() == 1 || run.iter().sum::<usize>() <= room));
        }
    }
}
