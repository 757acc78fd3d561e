//! The values of query parameters.

use super::{Call, Refusal};

/// Returns the values of a parameter that are not blank.
pub(super) fn said<'a>(call: &'a Call, name: &'a str) -> impl Iterator<Item = &'a str> {
    let query = call.request.query.iter();
    query
        .filter(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty())
        .map(|(_, value)| &**value)
}

/// Reads a parameter's whole number.
pub(super) fn int(name: &str, text: &str) -> Result<i64, Refusal> {
    text.trim().parse::<i32>().map(i64::from).map_err(|_| unbound(name, text))
}

/// Reads a parameter's flag.
pub(super) fn yes(name: &str, text: &str) -> Result<bool, Refusal> {
    text.trim().to_ascii_lowercase().parse().map_err(|_| unbound(name, text))
}

/// Returns the refusal of a value that its parameter cannot take.
pub(super) fn unbound(name: &str, text: &str) -> Refusal {
    Refusal::Unbound(name.to_owned(), format!("The value '{text}' is not valid for {name}."))
}
