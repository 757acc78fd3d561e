//! What ConnectWise PSA can serve, row by row.

use crate::model::{
    Capabilities, Row,
    Support::{self, Supported, Unverified},
};

/// ConnectWise PSA's column of the feature matrix.
pub(super) static CAPABILITIES: Capabilities =
    Capabilities { id: "connectwise", name: "ConnectWise PSA", rows: &ROWS, own_company: None };

/// From the vendor's interface description and from clients that ran against live systems.
static ROWS: [(Row, Support, &str); 21] = [
    (
        Row::SyncFrom365,
        Supported,
        "goes from 365 to the portal; ConnectWise PSA adds the contact's id where there is a contact",
    ),
    (
        Row::SyncFromPsa,
        Supported,
        "contacts come 1,000 to a request, their addresses and custom fields included; the API role must see all of them",
    ),
    (
        Row::MatchUsers,
        Supported,
        "by the Office365Id custom field, then the default email item; several contacts may share an address",
    ),
    (
        Row::TypeMapping,
        Supported,
        "the contact's own types, of which it can have several; no custom field is needed",
    ),
    (
        Row::CompanyDetails,
        Supported,
        "territory.name; the account manager is the team member so marked, or the territoryManager, by setting",
    ),
    (Row::ExcludeUsers, Supported, "decided by crsync before anything is written to ConnectWise PSA"),
    (Row::SyncLog, Supported, "kept by crsync; ConnectWise PSA answers a write with the record as it became"),
    (
        Row::UpdateContact,
        Supported,
        "JSON Patch on the contact; names hold 30 characters, title 100; phones are communication items of their own",
    ),
    (
        Row::ContactActive,
        Supported,
        "the contact's inactiveFlag; whether a company's default contact may be deactivated is not documented",
    ),
    (
        Row::SupportPin,
        Supported,
        "the contact's custom field SupportPIN, and one contact note that is found again and updated",
    ),
    (Row::Office365Presence, Supported, "the contact's custom field IsOffice365, a checkbox or a text"),
    (Row::Office365Id, Supported, "the contact's custom field Office365Id, a text"),
    (
        Row::TenantId,
        Unverified,
        "the company's custom field Tenant365Id; the API role probably needs Company Maintenance Edit All",
    ),
    (Row::IgnoreNameUpdates, Supported, "a patch without firstName and lastName leaves both as they are"),
    (Row::Match365Alternates, Supported, "365's further addresses are compared with the default email item"),
    (
        Row::MatchPsaAlternates,
        Supported,
        "communication items of class Email whose type is named in the settings, such as Home Email",
    ),
    (Row::UserDetails, Supported, "kept in the portal; ConnectWise PSA is not involved"),
    (Row::ExcludeLicenses, Supported, "decided from 365's licences; ConnectWise PSA is not involved"),
    (Row::RequireLicense, Supported, "decided from 365's licences; ConnectWise PSA is not involved"),
    (
        Row::RequireName,
        Supported,
        "decided from 365's names; ConnectWise PSA itself insists on a first name only",
    ),
    (Row::SelfService, Supported, "reaches the contact as update-contact does, with the same limits"),
];
