//! What HaloPSA can serve, row by row.

use crate::model::{
    Capabilities, Row,
    Support::{self, Supported, Unverified},
};

/// HaloPSA's column of the feature matrix.
pub(super) static CAPABILITIES: Capabilities =
    Capabilities { id: "halopsa", name: "HaloPSA", rows: &ROWS, own_company: None };

/// From the vendor's interface description and guides, and from clients that ran against live instances.
static ROWS: [(Row, Support, &str); 21] = [
    (
        Row::SyncFrom365,
        Supported,
        "goes from 365 to the portal; HaloPSA adds the user's id where there is a user",
    ),
    (
        Row::SyncFromPsa,
        Supported,
        "users come by pages of 100 that count all records; the general user of a site is no person",
    ),
    (
        Row::MatchUsers,
        Supported,
        "by the custom field CFOffice365Id, else HaloPSA's own azureoid, then by emailaddress",
    ),
    (
        Row::TypeMapping,
        Supported,
        "reads the user's custom field CFTypeMapping, a text or a single selection; of the latter the entry's label",
    ),
    (
        Row::CompanyDetails,
        Unverified,
        "the account manager is accountmanagertech_name; HaloPSA has no territory, but territory = \"top-level\" takes \
         the client's top level for it",
    ),
    (Row::ExcludeUsers, Supported, "decided by crsync before anything is written to HaloPSA"),
    (Row::SyncLog, Supported, "kept by crsync; HaloPSA answers a write with the record as it became"),
    (
        Row::UpdateContact,
        Unverified,
        "POST of the id and what changes; that the rest stays is seen with clients, not documented, and checked by the \
         record answered; no address of a user",
    ),
    (Row::ContactActive, Unverified, "the user's inactive, turned round, by the same POST as update-contact"),
    (
        Row::SupportPin,
        Supported,
        "the user's custom field CFSupportPIN, a text, written by its name; custom fields not named stay",
    ),
    (
        Row::Office365Presence,
        Unverified,
        "the user's custom field CFIsOffice365, a text, checkbox or single selection; the numbers of the latter types \
         are inferred",
    ),
    (
        Row::Office365Id,
        Supported,
        "the user's custom field CFOffice365Id, a text; a blank azureoid of HaloPSA's own follows it",
    ),
    (
        Row::TenantId,
        Supported,
        "the client's custom field CFTenant365Id, a text; a tenant that HaloPSA itself links to the client counts as \
         stored",
    ),
    (
        Row::IgnoreNameUpdates,
        Unverified,
        "a POST without names leaves them as they are, as update-contact does",
    ),
    (Row::Match365Alternates, Supported, "365's further addresses are compared with emailaddress"),
    (
        Row::MatchPsaAlternates,
        Supported,
        "email2 and email3, which the user's own record alone shows: read of users that store no 365 id, and kept",
    ),
    (Row::UserDetails, Supported, "kept in the portal; HaloPSA is not involved"),
    (Row::ExcludeLicenses, Supported, "decided from 365's licences; HaloPSA is not involved"),
    (Row::RequireLicense, Supported, "decided from 365's licences; HaloPSA is not involved"),
    (Row::RequireName, Supported, "decided from 365's names; HaloPSA itself insists on some name"),
    (Row::SelfService, Unverified, "reaches the user as update-contact does, and is as sure as that"),
];
