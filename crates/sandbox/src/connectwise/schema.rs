//! What is known of the entities: their paths, where their records are, and whose right they need.

pub(super) use super::field::{Field, Kind, Set};
use super::fields::{
    COMMUNICATION, COMMUNICATION_TYPE, COMPANY, COMPANY_TYPE, COMPANY_TYPE_HELD, CONTACT, CONTACT_TYPE,
    CONTACT_TYPE_HELD, DEFINITION, LOCATION, MEMBER, NOTE, NOTE_TYPE, STATUS, TEAM,
};

/// An entity.
#[derive(Debug)]
pub(super) struct Entity {
    /// Its path below the base; `#` stands for the parent's id.
    pub(super) path: &'static str,
    /// Its name in messages.
    pub(super) name: &'static str,
    /// Where its records are.
    pub(super) set: Set,
    /// The row of the security role that it needs.
    pub(super) role: &'static str,
    /// The field that holds the parent.
    pub(super) parent: Option<&'static str>,
    /// The screen whose custom fields it has.
    pub(super) screen: Option<&'static str>,
    /// Its fields.
    pub(super) fields: &'static [Field],
}

impl Entity {
    /// Returns the field of that name, by case.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns the entity that the parent is one of.
    pub(super) fn above(&self) -> &'static Entity {
        if self.path.starts_with(CONTACTS.path) { &CONTACTS } else { &COMPANIES }
    }
}

/// Companies.
pub(super) const COMPANIES: Entity = Entity {
    path: "company/companies",
    name: "company",
    set: Set::Companies,
    role: "Company Maintenance",
    parent: None,
    screen: Some("co100"),
    fields: COMPANY,
};
/// Contacts.
pub(super) const CONTACTS: Entity = Entity {
    path: "company/contacts",
    name: "contact",
    set: Set::Contacts,
    role: "Contacts",
    parent: None,
    screen: Some("ct300"),
    fields: CONTACT,
};
/// Email addresses and numbers of a contact.
pub(super) const COMMUNICATIONS: Entity = Entity {
    path: "company/contacts/#/communications",
    name: "contactCommunication",
    set: Set::Communications,
    role: "Contacts",
    parent: Some("contactId"),
    screen: None,
    fields: COMMUNICATION,
};
/// Custom field definitions.
pub(super) const DEFINITIONS: Entity =
    setup("system/userDefinedFields", "userDefinedField", Set::Definitions, DEFINITION);

/// All of them.
pub(super) const ENTITIES: &[Entity] = &[
    COMPANIES,
    CONTACTS,
    COMMUNICATIONS,
    DEFINITIONS,
    // The document has this one beside the other; the sandbox shows the same there.
    setup("system/userDefinedFields/info", "userDefinedField", Set::Definitions, DEFINITION),
    setup("company/companies/statuses", "companyStatus", Set::CompanyStatuses, STATUS),
    setup("company/companies/types", "companyType", Set::CompanyTypes, COMPANY_TYPE),
    setup("company/contacts/types", "contactType", Set::ContactTypes, CONTACT_TYPE),
    setup("company/communicationTypes", "communicationType", Set::CommunicationTypes, COMMUNICATION_TYPE),
    setup("company/noteTypes", "noteType", Set::NoteTypes, NOTE_TYPE),
    setup("system/locations", "location", Set::Locations, LOCATION),
    Entity { role: "Member Maintenance", ..setup("system/members", "member", Set::Members, MEMBER) },
    below("company/companies/#/teams", "companyTeam", Set::Teams, "Team Members", "company", TEAM),
    below("company/contacts/#/notes", "contactNote", Set::Notes, "Notes", "contactId", NOTE),
    below(
        "company/contacts/#/typeAssociations",
        "contactTypeAssociation",
        Set::ContactTypesHeld,
        "Contacts",
        "contact",
        CONTACT_TYPE_HELD,
    ),
    below(
        "company/contactTypeAssociations",
        "contactTypeAssociation",
        Set::ContactTypesHeld,
        "Contacts",
        "contact",
        CONTACT_TYPE_HELD,
    ),
    below(
        "company/companies/#/typeAssociations",
        "companyTypeAssociation",
        Set::CompanyTypesHeld,
        "Company Maintenance",
        "company",
        COMPANY_TYPE_HELD,
    ),
];

const fn setup(path: &'static str, name: &'static str, set: Set, fields: &'static [Field]) -> Entity {
    Entity { path, name, set, role: "Table Setup", parent: None, screen: None, fields }
}

const fn below(
    path: &'static str,
    name: &'static str,
    set: Set,
    role: &'static str,
    parent: &'static str,
    fields: &'static [Field],
) -> Entity {
    Entity { path, name, set, role, parent: Some(parent), screen: None, fields }
}

impl Field {
    /// Is true if a record shows something else there than it keeps.
    pub(super) const fn shown_otherwise(&self) -> bool {
        let kind = matches!(self.kind, Kind::Reference(_) | Kind::Items | Kind::Custom | Kind::Types);
        kind || self.derived
    }
}
