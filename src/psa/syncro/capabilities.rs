//! What Syncro can serve, row by row.

use crate::model::{
    Capabilities, Row,
    Support::{self, Supported, Unsupported, Unverified},
};

/// Syncro's column of the feature matrix.
pub static CAPABILITIES: Capabilities = Capabilities { id: "syncro", name: "Syncro", rows: &ROWS };

/// From the vendor's interface description and from scripts in use against live accounts.
static ROWS: [(Row, Support, &str); 21] = [
    (
        Row::SyncFrom365,
        Supported,
        "goes from 365 to the portal; Syncro adds the contact's id where there is a contact",
    ),
    (
        Row::SyncFromPsa,
        Supported,
        "contacts come by pages with their custom fields; every contact counts as active, and its one name is split",
    ),
    (Row::MatchUsers, Supported, "by the custom field Office365Id, then the contact's one email address"),
    (
        Row::TypeMapping,
        Supported,
        "reads the contact's custom field TypeMapping; a text field, as a dropdown may answer with a number",
    ),
    (Row::CompanyDetails, Unsupported, "Syncro customers have neither territory nor account manager"),
    (Row::ExcludeUsers, Supported, "decided by crsync before anything is written to Syncro"),
    (Row::SyncLog, Supported, "kept by crsync; Syncro answers a write with the contact as it became"),
    (
        Row::UpdateContact,
        Supported,
        "PUT with the name always in it; first and last name share one field, and the title is a custom field",
    ),
    (Row::ContactActive, Unsupported, "Syncro has no active flag on contacts"),
    (
        Row::SupportPin,
        Supported,
        "the contact's custom field SupportPIN, a text field made by an administrator",
    ),
    (
        Row::Office365Presence,
        Unverified,
        "the contact's custom field IsOffice365; a text field works, what a checkbox takes is not documented",
    ),
    (
        Row::Office365Id,
        Supported,
        "the contact's custom field Office365Id, a text field made by an administrator",
    ),
    (Row::TenantId, Unsupported, "keeping the tenant id on a Syncro customer is not offered"),
    (
        Row::IgnoreNameUpdates,
        Unsupported,
        "Syncro keeps one name per contact and asks for it with every update",
    ),
    (
        Row::Match365Alternates,
        Supported,
        "365's further addresses are compared with the contact's one address",
    ),
    (Row::MatchPsaAlternates, Unsupported, "a Syncro contact has one email address"),
    (Row::UserDetails, Supported, "kept in the portal; Syncro is not involved"),
    (Row::ExcludeLicenses, Supported, "decided from 365's licences; Syncro is not involved"),
    (Row::RequireLicense, Supported, "decided from 365's licences; Syncro is not involved"),
    (Row::RequireName, Supported, "decided from 365's names; Syncro itself insists on some name"),
    (Row::SelfService, Supported, "reaches the contact as update-contact does, with the same limits"),
];
