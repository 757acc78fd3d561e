//! Why something was refused, and how the two interfaces say so.

use super::super::refusal;
use super::Response;

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// Fields, and what is wrong with each.
    Invalid(Vec<(String, String)>),
    /// What the record is to belong to does not exist.
    Lost(String),
    /// There is such a name already.
    Taken(String),
    /// Nothing has that id.
    Gone,
    /// One call has more rows than are allowed.
    TooMany,
}

impl Refused {
    /// Says that one field is wrong.
    pub(super) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![(field.to_owned(), message.into())])
    }

    /// Says the same about the row at that position of a bulk call.
    pub(super) fn in_row(self, at: usize) -> Self {
        match self {
            Self::Invalid(mistakes) => Self::Invalid(
                mistakes
                    .into_iter()
                    .map(|(field, message)| (format!("data[{at}].{field}"), message))
                    .collect(),
            ),
            Self::Gone => Self::field(&format!("data[{at}].id"), "There is no such record."),
            other => other,
        }
    }

    /// Returns the refusal as the portal's own interface has it.
    pub(super) fn own(self) -> Response {
        match self {
            Self::Invalid(mistakes) => refusal::invalid(&mistakes),
            Self::Lost(message) => refusal::odata(400, &message),
            Self::Taken(name) => refusal::unsuccessful(400, &format!("The name '{name}' must be unique.")),
            Self::Gone => refusal::problem(404, "Not Found", None),
            Self::TooMany => refusal::too_large(),
        }
    }

    /// Returns the refusal as the look-alike has it.
    pub(super) fn look_alike(self) -> Response {
        match self {
            Self::Invalid(mistakes) => {
                let all: Vec<String> =
                    mistakes.into_iter().map(|(field, message)| format!("{field}: {message}")).collect();
                refusal::unsuccessful(400, &all.join(" "))
            }
            Self::Lost(message) => refusal::bare(400, &message),
            Self::Taken(name) => {
                refusal::plain(400, &format!("A flexible asset type named '{name}' already exists."))
            }
            Self::Gone => refusal::plain(404, "Not found."),
            Self::TooMany => refusal::too_large(),
        }
    }
}
