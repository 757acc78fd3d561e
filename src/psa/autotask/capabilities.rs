//! What Autotask can serve, row by row.

use crate::model::{
    Capabilities, Row,
    Support::{self, Supported},
};

/// Autotask's column of the feature matrix.
pub(super) static CAPABILITIES: Capabilities =
    Capabilities { id: "autotask", name: "Autotask", rows: &ROWS, own_company: Some("0") };

/// From the vendor's documents and from clients that ran against live databases.
static ROWS: [(Row, Support, &str); 21] = [
    (
        Row::SyncFrom365,
        Supported,
        "goes from 365 to the portal; Autotask adds the contact's id where there is a contact",
    ),
    (
        Row::SyncFromPsa,
        Supported,
        "contacts of all chosen companies come together, 500 to a request, inactive ones included",
    ),
    (
        Row::MatchUsers,
        Supported,
        "by the Office365Id field, then emailAddress; Autotask lets several contacts share an address",
    ),
    (Row::TypeMapping, Supported, "reads the contact's user-defined field TypeMapping, a text or a list"),
    (
        Row::CompanyDetails,
        Supported,
        "territory is the label of territoryID, the account manager is the resource in ownerResourceID",
    ),
    (Row::ExcludeUsers, Supported, "decided by crsync before anything is written to Autotask"),
    (Row::SyncLog, Supported, "kept by crsync; Autotask answers a write with the record's id only"),
    (
        Row::UpdateContact,
        Supported,
        "PATCH below the contact's company; names hold 50 characters, title 50, phones 25, the extension 10; no contact without both names",
    ),
    (
        Row::ContactActive,
        Supported,
        "the contact's isActive, a 0 or 1; an inactive contact cannot be named on new tickets or notes",
    ),
    (Row::SupportPin, Supported, "the contact's user-defined field SupportPIN, a text"),
    (
        Row::Office365Presence,
        Supported,
        "the contact's user-defined field IsOffice365, a text or a two-entry list: Autotask has no checkbox",
    ),
    (Row::Office365Id, Supported, "the contact's user-defined field Office365Id, a text"),
    (
        Row::TenantId,
        Supported,
        "the company's user-defined field Tenant365Id, a text; the API user needs the right to edit organizations",
    ),
    (Row::IgnoreNameUpdates, Supported, "a PATCH without firstName and lastName leaves both as they are"),
    (Row::Match365Alternates, Supported, "365's further addresses are compared with emailAddress"),
    (Row::MatchPsaAlternates, Supported, "emailAddress2 and emailAddress3 of the contact"),
    (Row::UserDetails, Supported, "kept in the portal; Autotask is not involved"),
    (Row::ExcludeLicenses, Supported, "decided from 365's licences; Autotask is not involved"),
    (Row::RequireLicense, Supported, "decided from 365's licences; Autotask is not involved"),
    (
        Row::RequireName,
        Supported,
        "decided from 365's names; Autotask refuses a contact that lacks one of them",
    ),
    (Row::SelfService, Supported, "reaches the contact as update-contact does, with the same limits"),
];
