//! What a field of an entity is.

/// Where records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    Companies,
    CompanyStatuses,
    CompanyTypes,
    Teams,
    Contacts,
    ContactTypes,
    CommunicationTypes,
    NoteTypes,
    Notes,
    Members,
    Locations,
    Definitions,
    /// Inside their contact.
    Communications,
    /// Inside their contact.
    ContactTypesHeld,
    /// Inside their company.
    CompanyTypesHeld,
}

/// A field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// Its name on the wire.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) kind: Kind,
    /// A record needs it.
    pub(super) required: bool,
    /// What is sent is passed over.
    pub(super) fixed: bool,
    /// The service works it out from the rest of the record.
    pub(super) derived: bool,
}

impl Field {
    /// Returns the field as one that a record needs.
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Returns the field as one of which what is sent is passed over.
    pub(super) const fn fixed(self) -> Self {
        Self { fixed: true, ..self }
    }

    /// Returns the field as one that the service works out.
    pub(super) const fn derived(self) -> Self {
        Self { fixed: true, derived: true, ..self }
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of at most so many characters; 0 for no known limit.
    Text(usize),
    /// A whole number.
    Int,
    /// A number.
    Decimal,
    /// True or false.
    Bool,
    /// A point in time.
    Date,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A record of that set, by its id.
    Reference(Set),
    /// A record that the sandbox has no table of.
    Elsewhere,
    /// Communication items.
    Items,
    /// Custom fields.
    Custom,
    /// Types, as references or as numbers; they are written when a record is made, and never again.
    Types,
    /// Anything.
    Free,
}
