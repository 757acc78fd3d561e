//! What may be written, and what it must look like.

use serde_json::{Value, json};

use super::{Response, Row, refusal};

/// A property that may be written.
pub(super) struct Field {
    /// Its name on the wire.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) kind: Kind,
    /// Whether a record needs it.
    pub(super) required: bool,
}

/// What a property takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text or null.
    Text,
    /// Text of at most so many characters, or null.
    Short(usize),
    /// An email address.
    Email,
    /// A whole number of 32 bits.
    Int,
    /// The same or null.
    OptionalInt,
    /// A whole number of 64 bits.
    Long,
    /// True or false.
    Bool,
    /// One of these whole numbers.
    Choice(&'static [i64]),
    /// One of these words.
    Word(&'static [&'static str]),
}

const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false }
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true }
}

/// A user's properties; those that no read shows are stored all the same.
pub(super) const USER: &[Field] = &[
    required("email", Kind::Email),
    required("companyId", Kind::Int),
    required("firstName", Kind::Text),
    required("lastName", Kind::Text),
    optional("userName", Kind::Text),
    optional("phoneNumber", Kind::Text),
    optional("mobilePhone", Kind::Text),
    optional("department", Kind::Text),
    optional("title", Kind::Text),
    optional("country", Kind::Text),
    optional("streetAddress", Kind::Text),
    optional("city", Kind::Text),
    optional("state", Kind::Text),
    optional("postalCode", Kind::Text),
    optional("psaKey", Kind::Long),
    optional("psaSiteKey", Kind::Long),
    optional("psaChildAccountKey", Kind::Long),
    optional("isShowInDirectory", Kind::Bool),
    optional("isPartnerAdminUser", Kind::Bool),
    optional("is365Active", Kind::Bool),
    optional("isCompliance", Kind::Bool),
    optional("isDigestOptIn", Kind::Bool),
    optional("isDirectOptIn", Kind::Bool),
    optional("isOfficeStrongAuthentication", Kind::Bool),
    optional("isLoginDisabled", Kind::Bool),
    optional("priorityStatus", Kind::Choice(&[0, 10])),
    optional("source", Kind::Choice(&[0, 1, 2, 5, 10, 20, 30, 100])),
    optional("ticketBoardOverride", Kind::Short(4000)),
    optional("ticketStatusOverride", Kind::Short(4000)),
];

/// A company's properties.
pub(super) const COMPANY: &[Field] = &[
    required("name", Kind::Text),
    optional("partnerId", Kind::OptionalInt),
    optional("psaKey", Kind::Long),
    optional("psaIdentifier", Kind::Text),
    optional("territory", Kind::Text),
    optional("accountManager", Kind::Text),
];

/// A flexible asset type's properties, but for its fields.
pub(super) const FLEXIBLE_TYPE: &[Field] = &[
    required("name", Kind::Short(256)),
    optional("description", Kind::Short(1024)),
    optional("icon", Kind::Short(50)),
    optional("showInMenu", Kind::Bool),
];

/// The properties of a field of such a type.
pub(super) const FLEXIBLE_FIELD: &[Field] = &[
    required("name", Kind::Short(256)),
    required(
        "kind",
        Kind::Word(&[
            "Text", "Textbox", "Number", "Checkbox", "Select", "Date", "Header", "Upload", "Password", "Tag",
        ]),
    ),
    optional("order", Kind::Int),
    optional("hint", Kind::Text),
    optional("defaultValue", Kind::Text),
    optional("required", Kind::Bool),
    optional("useForTitle", Kind::Bool),
    optional("showInList", Kind::Bool),
];

/// What can be patched of a flexible asset.
pub(super) const FLEXIBLE_ASSET: &[Field] =
    &[optional("resourceUrl", Kind::Short(1024)), required("traitsJson", Kind::Text)];

/// A file's properties; its bytes come in base64.
pub(super) const MEDIA: &[Field] = &[
    required("originalName", Kind::Text),
    required("data", Kind::Text),
    required("length", Kind::Long),
    required("width", Kind::Int),
    required("height", Kind::Int),
    optional("hash", Kind::Short(32)),
    optional("contentType", Kind::Short(100)),
    optional("description", Kind::Text),
];

/// What can be patched of a file.
pub(super) const MEDIA_PATCH: &[Field] = &[
    required("originalName", Kind::Text),
    optional("hash", Kind::Short(32)),
    optional("contentType", Kind::Short(100)),
    optional("description", Kind::Text),
];

impl Field {
    /// Returns the field's value where none is given.
    pub(super) fn blank(&self) -> Value {
        match self.kind {
            Kind::Int | Kind::Long | Kind::Choice(_) => json!(0),
            Kind::Bool => json!(false),
            Kind::Text | Kind::Short(_) | Kind::Email | Kind::OptionalInt | Kind::Word(_) => Value::Null,
        }
    }

    /// Returns what is wrong with a value of the field.
    pub(super) fn mistake(&self, value: &Value) -> Option<String> {
        let whole = value.as_i64();
        let fits = match self.kind {
            Kind::Text | Kind::Short(_) | Kind::Email => value.is_string() || value.is_null(),
            Kind::Int => whole.is_some_and(|number| i32::try_from(number).is_ok()),
            Kind::OptionalInt => value.is_null() || whole.is_some_and(|number| i32::try_from(number).is_ok()),
            Kind::Long => whole.is_some(),
            Kind::Bool => value.is_boolean(),
            Kind::Choice(numbers) => whole.is_some_and(|number| numbers.contains(&number)),
            Kind::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        };
        if !fits {
            return Some(format!("The JSON value could not be converted for {}.", self.name));
        }
        let text = value.as_str().unwrap_or_default();
        if self.required && !value.is_number() && text.trim().is_empty() {
            return Some(format!("The {} field is required.", self.name));
        }
        match self.kind {
            Kind::Short(limit) if text.chars().count() > limit => {
                Some(format!("The field {} takes at most {limit} characters.", self.name))
            }
            Kind::Email if !is_email(text) => {
                Some(format!("The {} field is not a valid e-mail address.", self.name))
            }
            _ => None,
        }
    }
}

/// Is true if there is exactly one @, neither first nor last.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(['\r', '\n'])
    })
}

/// Returns a whole record from a request's body; properties that are not in the table are passed over, as the
/// service's decoder does.
pub(super) fn whole(fields: &[Field], body: &[u8]) -> Result<Row, Response> {
    let Ok(Value::Object(sent)) = serde_json::from_slice(body) else {
        return Err(refusal::invalid_one("$", "The body is not a JSON object."));
    };
    record(fields, &sent).map_err(|mistakes| refusal::invalid(&mistakes))
}

/// Returns the same from an object; else the fields that are wrong.
pub(super) fn record(fields: &[Field], sent: &Row) -> Result<Row, Vec<(String, String)>> {
    let mut row = Row::new();
    let mut mistakes = Vec::new();
    for field in fields {
        let value =
            sent.iter().find(|(name, _)| name.eq_ignore_ascii_case(field.name)).map(|(_, value)| value);
        match value {
            None if field.required => {
                mistakes.push((field.name.to_owned(), format!("The {} field is required.", field.name)));
            }
            None => drop(row.insert(field.name.to_owned(), field.blank())),
            Some(value) => {
                mistakes.extend(field.mistake(value).map(|mistake| (field.name.to_owned(), mistake)));
                row.insert(field.name.to_owned(), value.clone());
            }
        }
    }
    if mistakes.is_empty() { Ok(row) } else { Err(mistakes) }
}
