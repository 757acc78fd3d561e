//! The forms in which ids and addresses are compared.

use std::borrow::Cow;

use crate::model::{Contact, Field, Udf};
use crate::text::{email, fit};

/// Returns the form in which 365 object ids are compared.
pub(crate) fn id_key(id: &str) -> Cow<'_, str> {
    // Nearly all ids come in this form.
    let is_usual = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-' | b'_');
    if id.bytes().all(is_usual) {
        return Cow::Borrowed(id);
    }
    Cow::Owned(fit::clean(id).trim_matches(['{', '}']).to_lowercase())
}

/// Returns the form in which whatever names a person is compared: an address in its one spelling, anything else as an
/// id.
pub(crate) fn name_key(text: &str) -> Cow<'_, str> {
    if text.contains('@') { email::normalise(text) } else { id_key(text) }
}

/// Returns the 365 object id that a contact stores, whatever it is, in the form for comparing; where it stores none, the
/// one that the PSA itself has for it.
pub(crate) fn stored_id(contact: &Contact) -> Option<Cow<'_, str>> {
    let stored = contact.fields.text(Field::Udf(Udf::Office365Id));
    stored.or_else(|| contact.fields.text(Field::LinkedId)).map(id_key)
}

/// Whether an id has the shape of a GUID. Anything else in the field is a person's note, from which no absence may be
/// concluded.
pub(crate) use crate::text::tenant::is_guid;
