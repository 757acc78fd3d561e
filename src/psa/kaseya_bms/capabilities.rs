//! What Kaseya BMS can serve, row by row.

use crate::model::{
    Capabilities, Row,
    Support::{self, Supported, Unsupported, Unverified},
};

/// Kaseya BMS's column of the feature matrix.
pub(super) static CAPABILITIES: Capabilities =
    Capabilities { id: "bms", name: "Kaseya BMS", rows: &ROWS, own_company: None };

/// From the vendor's interface description and help pages. Custom fields are all unverified: they are addressed
/// by a module number that the vendor does not publish for contacts and accounts. It is looked for by the names
/// of the fields, or set as `contacts-module` and `accounts-module`.
static ROWS: [(Row, Support, &str); 21] = [
    (
        Row::SyncFrom365,
        Supported,
        "goes from 365 to the portal; Kaseya BMS adds the contact's id where there is a contact",
    ),
    (
        Row::SyncFromPsa,
        Supported,
        "contacts come by pages of 100 with all their addresses; custom fields cost one request per contact, of which a run makes 1,200",
    ),
    (
        Row::MatchUsers,
        Supported,
        "by the default email address, and by the custom field Office365Id of the contacts whose fields were read",
    ),
    (
        Row::TypeMapping,
        Unverified,
        "reads the contact's custom field TypeMapping, a data list or free text, by a module number that is not published",
    ),
    (Row::CompanyDetails, Unsupported, "Kaseya BMS has no territory"),
    (Row::ExcludeUsers, Supported, "decided by crsync before anything is written to Kaseya BMS"),
    (Row::SyncLog, Supported, "kept by crsync; Kaseya BMS gives no request ids to note down"),
    (
        Row::UpdateContact,
        Unverified,
        "names and title by JSON Patch; address and phones through lists whose operation codes are inferred, and checked by the counts answered",
    ),
    (
        Row::ContactActive,
        Unverified,
        "the contact's IsActive by JSON Patch; that the patch takes this name is inferred, and checked by the record answered",
    ),
    (
        Row::SupportPin,
        Unverified,
        "the contact's custom field SupportPIN, free text, by a module number that is not published",
    ),
    (
        Row::Office365Presence,
        Unverified,
        "the contact's custom field IsOffice365, free text or data list: Kaseya BMS has no checkbox",
    ),
    (
        Row::Office365Id,
        Unverified,
        "the contact's custom field Office365Id, free text, by a module number that is not published",
    ),
    (
        Row::TenantId,
        Unverified,
        "the account's custom field Tenant365Id, free text, by a module number that is not published",
    ),
    (Row::IgnoreNameUpdates, Unsupported, "holding names back is not offered with Kaseya BMS"),
    (
        Row::Match365Alternates,
        Supported,
        "365's further addresses are compared with the default email address",
    ),
    (
        Row::MatchPsaAlternates,
        Unsupported,
        "only the default address of a Kaseya BMS contact links; a further one keeps a second contact from being made",
    ),
    (Row::UserDetails, Supported, "kept in the portal; Kaseya BMS is not involved"),
    (Row::ExcludeLicenses, Supported, "decided from 365's licences; Kaseya BMS is not involved"),
    (Row::RequireLicense, Supported, "decided from 365's licences; Kaseya BMS is not involved"),
    (Row::RequireName, Supported, "decided from 365's names; Kaseya BMS is not involved"),
    (Row::SelfService, Unverified, "reaches the contact as update-contact does, and is as sure as that"),
];
