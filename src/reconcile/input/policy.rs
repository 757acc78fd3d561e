//! How one company is served.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::rules::{
    AddressRule, Exclusion, FieldRule, MultipleRoles, NeverSeen, OnExclude, RequireName, TypeRule, When,
};
use super::stated::Stated;
use crate::model::{Field, Row, Side, Udf};

/// How long a reading of a support PIN counts where nothing is said.
const PIN_REFRESH: Duration = Duration::from_secs(7 * 86_400);

/// How long a reading of a picture counts where nothing is said.
const PICTURE_REFRESH: Duration = Duration::from_secs(7 * 86_400);

/// How one company is served: the configuration's general part and the company's own, merged.
#[allow(clippy::struct_excessive_bools)] // independent settings, as the file states them
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The rows that are switched on (for `require-name`, see `require_name`).
    pub rows: BTreeSet<Row>,
    /// Whether a user without a contact gets one.
    pub create_contacts: bool,
    /// Whether a new record beside one of nearly the same name waits for a decision.
    pub hold_namesakes: bool,
    /// Whether guests take part.
    pub guests: bool,
    /// What makes a name sufficient.
    pub require_name: RequireName,
    /// What counts as the address of a user without a mailbox.
    pub address: AddressRule,
    /// SKU ids or part numbers, lower-case, that do not count as licences.
    pub exclude_licenses: BTreeSet<String>,
    /// People and attributes that are out of scope, in the order they are written.
    pub exclude: Vec<Exclusion>,
    /// What happens in the portal to a person who becomes excluded.
    pub on_exclude: OnExclude,
    /// What happens to the records of 365 users who are disabled or unlicensed and never took part.
    pub never_seen: NeverSeen,
    /// What the types of contacts mean, each name once.
    pub types: Vec<TypeRule>,
    /// All roles that rules may give, the lowest first.
    pub role_order: Vec<String>,
    /// Which role counts where several rules give one.
    pub multiple_roles: MultipleRoles,
    /// How contact fields follow 365, by field; fields not listed are never written.
    pub contact_fields: BTreeMap<Field, FieldRule>,
    /// How portal fields follow 365 and the PSA, by field; fields not listed are never written.
    pub portal_fields: BTreeMap<Field, FieldRule>,
    /// Whether a portal user without a support PIN makes the contact's blank.
    pub clear_pins: bool,
    /// How long a reading of a support PIN counts.
    pub pin_refresh: Duration,
    /// Whether pictures are read where user details are kept.
    pub pictures: bool,
    /// How long a reading of a picture counts at least.
    pub picture_refresh: Duration,
    /// Whether pictures are sent to the portal.
    pub publish_pictures: bool,
    /// Patterns of the emails of people that no plan may change.
    pub protected: Vec<String>,
    /// The fields that people may change by themselves.
    pub self_service: BTreeSet<Field>,
    /// Whether a company that the PSA has as inactive gets new records all the same.
    pub serve_inactive: bool,
    /// The calling code of the country whose telephone numbers are written without one, digits only.
    pub calling_code: Option<String>,
    /// The settings that name something that should exist, each with its place in the file.
    pub stated: Vec<Stated>,
}

/// The roles that every portal has, the lowest first (vendor documents).
const SYSTEM_ROLES: [&str; 4] =
    ["User", "Company Reporting", "Company Administrator", "Partner Administrator"];

impl Default for Policy {
    /// Returns what holds where the configuration says nothing.
    fn default() -> Self {
        let off = [Row::IgnoreNameUpdates, Row::SelfService, Row::RequireName];
        let later = [Row::SupportPin, Row::UserDetails];
        let follow = |when| FieldRule { when, clear: false, sources: vec![Side::Tenant, Side::Psa] };
        let contact = |field: Field| match field {
            Field::FirstName | Field::LastName | Field::Title | Field::Phone | Field::Mobile => {
                Some(When::Always)
            }
            Field::Email => Some(When::OnCreate),
            field if Field::ADDRESS.contains(&field) => Some(When::Never),
            _ => None,
        };
        Self {
            rows: Row::ALL.into_iter().filter(|row| !off.contains(row) && !later.contains(row)).collect(),
            create_contacts: true,
            hold_namesakes: false,
            guests: false,
            require_name: RequireName::No,
            address: AddressRule::MailOrUserName,
            exclude_licenses: BTreeSet::new(),
            exclude: Vec::new(),
            on_exclude: OnExclude::LeaveAlone,
            never_seen: NeverSeen::Leave,
            types: Vec::new(),
            role_order: SYSTEM_ROLES.map(ToOwned::to_owned).into(),
            multiple_roles: MultipleRoles::Lowest,
            contact_fields: Field::PERSONAL
                .into_iter()
                .filter_map(|field| contact(field).map(|when| (field, follow(when))))
                .collect(),
            portal_fields: Field::PERSONAL
                .into_iter()
                .filter(|field| *field != Field::DisplayName)
                .map(|field| (field, follow(When::Always)))
                .collect(),
            clear_pins: false,
            pin_refresh: PIN_REFRESH,
            pictures: true,
            picture_refresh: PICTURE_REFRESH,
            publish_pictures: false,
            protected: Vec::new(),
            // How to be reached is everybody's own affair; titles and departments may decide who takes part.
            self_service: BTreeSet::from([Field::Phone, Field::Mobile]),
            serve_inactive: false,
            calling_code: None,
            stated: Vec::new(),
        }
    }
}

impl Policy {
    /// Returns the policy with nothing switched on but the values of user-defined fields on records that are there:
    /// who takes part and which records are linked does not change; every row that writes anything else is off.
    #[must_use]
    pub fn only_fields(&self) -> Self {
        const OTHERS: [Row; 8] = [
            Row::SyncFrom365,
            Row::SyncFromPsa,
            Row::CompanyDetails,
            Row::UpdateContact,
            Row::ContactActive,
            Row::IgnoreNameUpdates,
            Row::UserDetails,
            Row::SelfService,
        ];
        Self {
            rows: self.rows.iter().copied().filter(|row| !OTHERS.contains(row)).collect(),
            create_contacts: false,
            on_exclude: OnExclude::LeaveAlone,
            ..self.clone()
        }
    }

    /// Returns the user-defined fields that the switched-on rows need. Types are looked up only where there are rules
    /// for them.
    pub fn fields(&self) -> impl Iterator<Item = Udf> + '_ {
        let ruled = |role: &Udf| *role != Udf::TypeMapping || !self.types.is_empty();
        Udf::ALL.into_iter().filter(|role| self.rows.contains(&role.row())).filter(ruled)
    }
}
