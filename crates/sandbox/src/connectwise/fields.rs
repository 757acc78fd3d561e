//! The fields of the entities, with their types and lengths.
//!
//! Names and types are the vendor's document's; lengths are an older one's, which had them. What no client of
//! the kind touches is left out: it is kept and shown all the same, but no condition knows it.

use super::field::{Field, Kind, Set};

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false, fixed: false, derived: false }
}

const fn text(name: &'static str, length: usize) -> Field {
    field(name, Kind::Text(length))
}

const fn int(name: &'static str) -> Field {
    field(name, Kind::Int)
}

const fn bool(name: &'static str) -> Field {
    field(name, Kind::Bool)
}

const fn date(name: &'static str) -> Field {
    field(name, Kind::Date)
}

const fn of_set(name: &'static str, set: Set) -> Field {
    field(name, Kind::Reference(set))
}

const fn elsewhere(name: &'static str) -> Field {
    field(name, Kind::Elsewhere)
}

const fn free(name: &'static str) -> Field {
    field(name, Kind::Free)
}

pub(super) const COMPANY: &[Field] = &[
    int("id").fixed(),
    text("identifier", 25).required(),
    text("name", 50).required(),
    of_set("status", Set::CompanyStatuses),
    text("addressLine1", 50),
    text("addressLine2", 50),
    text("city", 50),
    text("state", 50),
    text("zip", 12),
    elsewhere("country"),
    text("phoneNumber", 30),
    text("faxNumber", 30),
    text("website", 255),
    of_set("territory", Set::Locations),
    text("accountNumber", 100),
    of_set("defaultContact", Set::Contacts),
    of_set("parentCompany", Set::Companies),
    field("annualRevenue", Kind::Decimal),
    int("numberOfEmployees"),
    bool("unsubscribeFlag"),
    text("userDefinedField1", 50),
    text("userDefinedField2", 50),
    bool("deletedFlag").fixed(),
    date("dateDeleted").fixed(),
    text("deletedBy", 0).fixed(),
    of_set("territoryManager", Set::Members),
    field("types", Kind::Types),
    elsewhere("site").required(),
    free("integratorTags"),
    field("customFields", Kind::Custom),
];

pub(super) const CONTACT: &[Field] = &[
    int("id").fixed(),
    text("firstName", 30).required(),
    text("lastName", 30),
    of_set("company", Set::Companies),
    elsewhere("site"),
    text("addressLine1", 50),
    text("addressLine2", 50),
    text("city", 50),
    text("state", 50),
    text("zip", 12),
    elsewhere("country"),
    elsewhere("relationship"),
    elsewhere("department"),
    bool("inactiveFlag"),
    text("securityIdentifier", 184),
    of_set("managerContact", Set::Contacts),
    of_set("assistantContact", Set::Contacts),
    text("title", 100),
    text("school", 50),
    text("nickName", 30),
    int("portalSecurityLevel"),
    bool("disablePortalLoginFlag"),
    bool("unsubscribeFlag"),
    field("gender", Kind::Choice(&["Female", "Male"])),
    date("birthDay"),
    date("anniversary"),
    field("presence", Kind::Choice(&["NoAgent", "Online", "DoNotDisturb", "Away", "Offline"])),
    text("mobileGuid", 36),
    text("defaultPhoneType", 0).derived(),
    text("defaultPhoneNbr", 0).derived(),
    text("defaultPhoneExtension", 0).derived(),
    bool("defaultBillingFlag"),
    bool("defaultFlag"),
    text("userDefinedField1", 50),
    text("userDefinedField2", 50),
    of_set("companyLocation", Set::Locations),
    field("communicationItems", Kind::Items),
    field("types", Kind::Types).fixed(),
    field("typeIds", Kind::Types),
    free("integratorTags"),
    field("customFields", Kind::Custom),
    elsewhere("photo").fixed(),
    bool("ignoreDuplicates").derived(),
];

pub(super) const COMMUNICATION: &[Field] = &[
    int("id").fixed(),
    int("contactId").fixed(),
    of_set("type", Set::CommunicationTypes).required(),
    text("value", 250).required(),
    text("extension", 15),
    bool("defaultFlag"),
    text("mobileGuid", 36),
    field("communicationType", Kind::Choice(&["Email", "Fax", "Phone"])).derived(),
    text("domain", 0).derived(),
];

pub(super) const STATUS: &[Field] = &[
    int("id").fixed(),
    text("name", 50).required(),
    bool("defaultFlag"),
    bool("inactiveFlag"),
    bool("notifyFlag"),
];

pub(super) const COMPANY_TYPE: &[Field] = &[
    int("id").fixed(),
    text("name", 50).required(),
    bool("defaultFlag"),
    bool("vendorFlag"),
    bool("serviceAlertFlag"),
];

pub(super) const CONTACT_TYPE: &[Field] =
    &[int("id").fixed(), text("description", 50).required(), bool("defaultFlag"), bool("serviceAlertFlag")];

pub(super) const COMMUNICATION_TYPE: &[Field] = &[
    int("id").fixed(),
    text("description", 50).required(),
    bool("phoneFlag"),
    bool("faxFlag"),
    bool("emailFlag"),
    bool("defaultFlag"),
];

pub(super) const NOTE_TYPE: &[Field] =
    &[int("id").fixed(), text("identifier", 30), text("name", 50).required(), bool("defaultFlag")];

pub(super) const LOCATION: &[Field] = &[
    int("id").fixed(),
    elsewhere("structureLevel").required(),
    text("name", 50).required(),
    bool("locationFlag"),
    bool("clientFlag"),
];

pub(super) const MEMBER: &[Field] = &[
    int("id").fixed(),
    text("identifier", 15).required(),
    text("firstName", 30).required(),
    text("lastName", 30).required(),
    text("title", 50),
    bool("inactiveFlag"),
    text("officeEmail", 250),
    text("primaryEmail", 250),
    field("licenseClass", Kind::Choice(&["A", "C", "F", "X"])).required(),
    date("hireDate").required(),
    text("defaultEmail", 0).required(),
    text("defaultPhone", 0).required(),
    elsewhere("securityRole").required(),
];

pub(super) const TEAM: &[Field] = &[
    int("id").fixed(),
    of_set("company", Set::Companies).fixed(),
    elsewhere("teamRole").required(),
    of_set("location", Set::Locations),
    elsewhere("department"),
    of_set("contact", Set::Contacts),
    of_set("member", Set::Members),
    bool("accountManagerFlag"),
    bool("techFlag"),
    bool("salesFlag"),
];

pub(super) const NOTE: &[Field] = &[
    int("id").fixed(),
    int("contactId").fixed(),
    text("text", 0).required(),
    of_set("type", Set::NoteTypes),
    bool("flagged"),
    text("enteredBy", 0).fixed(),
];

pub(super) const CONTACT_TYPE_HELD: &[Field] = &[
    int("id").fixed(),
    of_set("type", Set::ContactTypes).required(),
    of_set("contact", Set::Contacts).required(),
];

pub(super) const COMPANY_TYPE_HELD: &[Field] = &[
    int("id").fixed(),
    of_set("type", Set::CompanyTypes).required(),
    of_set("company", Set::Companies).required(),
];

pub(super) const DEFINITION: &[Field] = &[
    int("id").fixed(),
    int("podId").required(),
    text("caption", 25).required(),
    int("sequenceNumber").required(),
    text("screenId", 0).fixed(),
    text("helpText", 1000),
    field("fieldTypeIdentifier", Kind::Choice(FIELD_TYPES)).required(),
    int("numberDecimals"),
    field("entryTypeIdentifier", Kind::Choice(&["Date", "EntryField", "List", "Option"])),
    bool("requiredFlag"),
    bool("displayOnScreenFlag"),
    bool("readOnlyFlag"),
    bool("listViewFlag"),
    free("options"),
    bool("addAllBusinessUnits"),
    bool("addAllLocations"),
    date("dateCreated").fixed(),
    text("podDescription", 0).fixed(),
    text("screenDescription", 0).fixed(),
];

#[rustfmt::skip] // one word a line says no more
const FIELD_TYPES: &[&str] = &[
    "TextArea", "Button", "Currency", "Date", "Hyperlink", "IPAddress", "Checkbox", "Number", "Percent",
    "PhoneNumber", "Text", "Password",
];
