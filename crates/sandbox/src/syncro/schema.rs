//! What is known of contacts and customers: what may be written, and what is shown.

use serde_json::{Value, json};

use super::refusal::Shape;
use super::{Row, State};

/// Which records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    Contacts,
    Customers,
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
}

/// A kind of record.
#[derive(Debug)]
pub(super) struct Entity {
    pub(super) set: Set,
    /// What a body may set besides `properties`; everything else in it is ignored.
    pub(super) columns: &'static [(&'static str, Kind)],
    /// What is shown and cannot be written.
    shown: &'static [&'static str],
    /// Properties that need no custom field.
    pub(super) built_in: &'static [&'static str],
    /// The shape in which mistakes are reported.
    shape: Shape,
}

use Kind::{Flag, Number, Text};

/// Contacts.
///
/// `opt_out` and `extension` are not documented as writable; clients write the former.
pub(super) const CONTACTS: Entity = Entity {
    set: Set::Contacts,
    columns: &[
        ("customer_id", Number),
        ("name", Text),
        ("address1", Text),
        ("address2", Text),
        ("city", Text),
        ("state", Text),
        ("zip", Text),
        ("email", Text),
        ("phone", Text),
        ("mobile", Text),
        ("extension", Text),
        ("notes", Text),
        ("opt_out", Flag),
    ],
    shown: &["latitude", "longitude", "vendor_id"],
    built_in: &["title", "notification_billing", "notification_reports", "notification_marketing"],
    shape: Shape::Text,
};

/// Customers.
///
/// `get_billing`, `get_marketing`, `get_reports` and `consent` may be sent too; what becomes of them is not known,
/// and here nothing does.
pub(super) const CUSTOMERS: Entity = Entity {
    set: Set::Customers,
    columns: &[
        ("business_name", Text),
        ("firstname", Text),
        ("lastname", Text),
        ("email", Text),
        ("phone", Text),
        ("mobile", Text),
        ("address", Text),
        ("address_2", Text),
        ("city", Text),
        ("state", Text),
        ("zip", Text),
        ("notes", Text),
        ("get_sms", Flag),
        ("opt_out", Flag),
        ("no_email", Flag),
        ("ref_customer_id", Number),
        ("referred_by", Text),
        ("tax_rate_id", Number),
        ("notification_email", Text),
        ("invoice_cc_emails", Text),
        ("invoice_term_id", Number),
    ],
    shown: &["latitude", "longitude", "location_id", "location_name", "pdf_url"],
    built_in: &["type", "notification_billing", "notification_reports", "notification_marketing"],
    shape: Shape::List,
};

impl Entity {
    /// Returns the record with everything it does not hold: false for flags, null for the rest.
    pub(super) fn full(&self, row: &Row) -> Row {
        let mut full = row.clone();
        let columns = self.columns.iter().map(|(name, kind)| (*name, *kind));
        for (name, kind) in columns.chain(self.shown.iter().map(|name| (*name, Text))) {
            if !full.contains_key(name) {
                full.insert(name.to_owned(), if kind == Flag { json!(false) } else { Value::Null });
            }
        }
        for (name, value) in [("properties", json!({})), ("id", Value::Null)] {
            full.entry(name).or_insert(value);
        }
        full
    }

    /// Returns the shape in which this kind of record refuses.
    pub(super) fn shape(&self, state: &State) -> Shape {
        state.refusals.unwrap_or(self.shape)
    }
}
