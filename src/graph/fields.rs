//! What can be written to a 365 user: the properties, how long they may be, and which are guarded.

use serde_json::{Map, Value, json};

use crate::error::{Error, Kind, Result};
use crate::model::{Field, FieldShape, Fields, Shape};

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A text; null makes it blank, since an empty one is refused (seen live by clients).
    Text,
    /// A text that cannot be made blank.
    Needed,
    /// A list of one text; an empty list makes it blank.
    List,
}

/// One property.
struct Property {
    field: Field,
    name: &'static str,
    form: Form,
    /// The most characters it holds, where the vendor documents say.
    length: Option<usize>,
    /// Whether only an application with a higher role may write it to an administrator (vendor documents).
    sensitive: bool,
}

const fn property(field: Field, name: &'static str, form: Form, length: Option<usize>) -> Property {
    Property { field, name, form, length, sensitive: false }
}

/// The properties that describe a person, an application may write, and crsync knows. Addresses and user names
/// are not among them: people are known by those.
const PROPERTIES: [Property; 12] = [
    property(Field::FirstName, "givenName", Form::Text, Some(64)),
    property(Field::LastName, "surname", Form::Text, Some(64)),
    property(Field::DisplayName, "displayName", Form::Needed, Some(256)),
    property(Field::Title, "jobTitle", Form::Text, Some(128)),
    property(Field::Department, "department", Form::Text, Some(64)),
    Property { sensitive: true, ..property(Field::Phone, "businessPhones", Form::List, None) },
    Property { sensitive: true, ..property(Field::Mobile, "mobilePhone", Form::Text, Some(64)) },
    property(Field::Street, "streetAddress", Form::Text, Some(1024)),
    property(Field::City, "city", Form::Text, Some(128)),
    property(Field::State, "state", Form::Text, Some(128)),
    property(Field::PostalCode, "postalCode", Form::Text, Some(40)),
    property(Field::Country, "country", Form::Text, Some(128)),
];

fn of(field: Field) -> Option<&'static Property> {
    PROPERTIES.iter().find(|property| property.field == field)
}

/// What the fields of a 365 user take that can be written; `required` are those that cannot be made blank.
pub fn shape() -> Shape {
    Shape::new(PROPERTIES.iter().map(|property| {
        let required = property.form == Form::Needed;
        (property.field, FieldShape { length: property.length, required, ..FieldShape::default() })
    }))
}

/// Whether the field is guarded where the user is an administrator.
pub(super) fn is_sensitive(field: Field) -> bool {
    of(field).is_some_and(|property| property.sensitive)
}

/// The body that writes `fields`.
///
/// # Errors
/// [`Kind::Usage`] for a field that is not written, or that cannot be made blank.
pub(super) fn body(fields: &Fields) -> Result<Map<String, Value>> {
    let wrong = |field: Field, why: &str| Error::new(Kind::Usage, format!("{field} of a 365 user {why}"));
    let mut body = Map::new();
    for (field, text) in fields.exposed() {
        let property = of(field).ok_or_else(|| wrong(field, "is not written"))?;
        let value = match (property.form, text) {
            (Form::Needed, "") => return Err(wrong(field, "cannot be made blank")),
            (Form::Text, "") => Value::Null,
            (Form::List, "") => json!([]),
            (Form::List, text) => json!([text]),
            (Form::Text | Form::Needed, text) => json!(text),
        };
        body.insert(property.name.to_owned(), value);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_typed_and_blank_ones_in_the_services_form() {
        let fields = Fields::new().with(Field::Phone, "+1 (555) 0100").with(Field::Title, "Head");
        let expected = json!({"businessPhones": ["+1 (555) 0100"], "jobTitle": "Head"});
        assert_eq!(Value::Object(body(&fields).expect("a body")), expected);
        let fields = Fields::new().with(Field::Phone, "").with(Field::Mobile, " ").with(Field::City, "");
        let expected = json!({"businessPhones": [], "mobilePhone": null, "city": null});
        assert_eq!(Value::Object(body(&fields).expect("a body")), expected);
    }

    #[test]
    fn what_cannot_be_written_is_a_fault_of_the_caller() {
        for (field, text) in [(Field::Email, "a@b.example"), (Field::DisplayName, "")] {
            let error = body(&Fields::new().with(field, text)).expect_err("not written");
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.message().contains(field.name()), "{error}");
        }
    }

    #[test]
    fn nothing_that_says_who_somebody_is_can_be_written() {
        for field in [Field::Email, Field::UserName, Field::Active, Field::Login] {
            assert!(shape().field(field).is_none(), "{field}");
        }
        assert!(shape().field(Field::DisplayName).is_some_and(|shape| shape.required));
    }
}
