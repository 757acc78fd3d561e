//! What Syncro can serve, row by row.

use crate::model::{
    Capabilities, Row,
    Support::{self, Supported, Unsupported, Unverified},
};

/// Syncro's column of the feature matrix.
pub(super) static CAPABILITIES: Capabilities =
    Capabilities { id: "syncro", name: "Syncro", rows: &ROWS, own_company: None };

/// The same for an account whose settings try what no account is known to do: a custom field of the customer.
pub(super) static CAPABILITIES_WITH_COMPANY_UDF: Capabilities =
    Capabilities { id: "syncro", name: "Syncro", rows: &ROWS_WITH_COMPANY_UDF, own_company: None };

type Rows = [(Row, Support, &'static str); 21];

static ROWS_WITH_COMPANY_UDF: Rows = {
    let mut rows = ROWS;
    rows[Row::TenantId as usize] = (
        Row::TenantId,
        Unverified,
        "the customer's custom field Tenant365Id, by PUT with all its properties; experimental-company-udf is on",
    );
    rows
};

/// From the vendor's interface description and from scripts in use against live accounts.
const ROWS: Rows = [
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
    (
        Row::MatchUsers,
        Supported,
        "by the custom field Office365Id, then the contact's one email address; the customer's own email is no contact",
    ),
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
        "PUT with the name always in it; first and last name share one field, the title is a property, no country",
    ),
    (Row::ContactActive, Unsupported, "Syncro has no active flag on contacts"),
    (
        Row::SupportPin,
        Supported,
        "the contact's custom field SupportPIN, a text made by an administrator; name it under [syncro.udfs] until a \
         contact has a value",
    ),
    (
        Row::Office365Presence,
        Unverified,
        "the contact's custom field IsOffice365, as for support-pin; what a checkbox takes is not documented",
    ),
    (
        Row::Office365Id,
        Supported,
        "the contact's custom field Office365Id, a text made by an administrator, as for support-pin",
    ),
    (
        Row::TenantId,
        Unsupported,
        "not offered for Syncro; experimental-company-udf = true under [syncro] tries a custom field of the customer",
    ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_experiment_changes_one_row() {
        for row in Row::ALL {
            let (usual, experimental) = (CAPABILITIES.of(row), CAPABILITIES_WITH_COMPANY_UDF.of(row));
            assert_eq!(usual == experimental, row != Row::TenantId, "{row}");
        }
        assert!(CAPABILITIES_WITH_COMPANY_UDF.serves(Row::TenantId));
    }
}
