//! Everything that planning depends on besides what the sides hold: settings, decisions, memory, guards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Configured, Decisions, Stated};
use crate::model::{
    Budget, Capabilities, Field, Id, Looks, Pending, Pictures, Pins, PortalSide, PsaSide, Reading, Row,
    Shape, Side, Sku, TenantSide, Udf, User,
};
use crate::plan::{Assignment, LicenceRule, Link, Measure, Past};

/// How long a reading of a support PIN counts where nothing is said.
const PIN_REFRESH: Duration = Duration::from_secs(7 * 86_400);

/// How long a reading of a picture counts where nothing is said.
const PICTURE_REFRESH: Duration = Duration::from_secs(7 * 86_400);

/// How long what a run did is counted together with later plans where nothing is said.
const WINDOW: Duration = Duration::from_secs(7 * 86_400);

/// All that planning looks at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What the chosen PSA can do.
    pub capabilities: &'a Capabilities,
    /// What the PSA's contact and company fields take, with the user-defined fields it defines.
    pub psa_shape: &'a Shape,
    /// What the portal's user fields take.
    pub portal_shape: &'a Shape,
    /// How much of writing the PSA still takes, over all companies; `None` where nothing of that is known.
    pub psa_budget: Option<Budget>,
    /// The chosen companies, each with its policy and what was read of it.
    pub companies: &'a [CompanyInput],
    /// Every company that a run without `--company` serves, chosen for this run or not, with its settings.
    pub served: &'a [(String, Arc<Policy>)],
    /// The licences that Microsoft's published table knows.
    pub products: &'a [Sku],
    /// The links and choices a person wrote down.
    pub decisions: &'a Decisions,
    /// All companies of the configuration, chosen or not.
    pub configured: &'a [Configured],
    /// What the last runs left.
    pub memory: &'a Memory,
    /// The limits for one company and for the run.
    pub guards: &'a GuardLimits,
    /// The support PINs of people who are linked, as far as they are known.
    pub pins: &'a Pins,
    /// The pictures of 365 users, as far as they are known.
    pub pictures: &'a Pictures,
    /// Looks at the 365 users who seem to have left.
    pub looks: &'a Looks,
    /// The time of the run.
    pub now: Timestamp,
}

/// One company: where its records are, how it is served, and what was read.
#[derive(Debug, Clone)]
pub struct CompanyInput {
    /// The name in the configuration.
    pub name: String,
    /// The portal's id of the company.
    pub portal_id: Id,
    /// The PSA's id of the company.
    pub psa_id: Id,
    /// The tenant as the configuration names it: its id, or one of its domains.
    pub configured_tenant: String,
    /// The tenant's id, as it answered where the configuration names a domain.
    pub tenant_id: String,
    /// The email domains that belong to this company, lower-case; empty when the tenant is its own.
    pub domains: Vec<String>,
    /// Whether the portal's records of this company may be written.
    pub portal_writes: bool,
    /// How the company is served.
    pub policy: Arc<Policy>,
    /// The tenant, shared by the companies that share it.
    pub tenant: Reading<Arc<TenantSide>>,
    /// The PSA's company and contacts.
    pub psa: Reading<PsaSide>,
    /// The portal's company and users.
    pub portal: Reading<PortalSide>,
    /// What is not known yet of the PSA's records.
    pub pending: Option<Pending>,
}

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
    /// People and attributes that take no part, in the order they are written.
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

/// What counts as the address of a 365 user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressRule {
    /// The address that 365 keeps; where it keeps none, the user name.
    MailOrUserName,
    /// The address that 365 keeps, and nothing else.
    Mail,
}

impl AddressRule {
    /// Returns the tenant as a company with this rule sees it.
    pub fn seen(self, tenant: Arc<TenantSide>) -> Arc<TenantSide> {
        let named_only = tenant.users.items().iter().any(|user| user.named_only);
        if self == Self::MailOrUserName || !named_only {
            return tenant;
        }
        let without = |mut user: User| {
            if user.named_only {
                user.fields.set(Field::Email, "");
            }
            user
        };
        let TenantSide { tenant, users } = TenantSide::clone(&tenant);
        Arc::new(TenantSide { tenant, users: users.map(without) })
    }
}

/// What row 20 asks of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequireName {
    /// Nothing.
    No,
    /// A first or a last name: a user with neither is out of scope.
    Any,
    /// Both: a user who lacks either is out of scope.
    Both,
}

/// What happens in the portal to a person who becomes excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExclude {
    /// Nothing: excluded is not the same as gone.
    LeaveAlone,
    /// The portal user may no longer sign in.
    DisableLogin,
}

/// What happens to contacts and portal users whose 365 user is disabled or unlicensed and never took part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeverSeen {
    /// Nothing: who never took part has not left.
    Leave,
    /// They follow the state of the 365 user where its email or user name links them, for a first clean-up.
    Deactivate,
}

/// What a type of contacts means for a person who has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeRule {
    /// The type's name, as the PSA spells it.
    pub name: String,
    /// Whether such a person takes part.
    pub sync: bool,
    /// Whether such a person may sign in to the portal.
    pub login: bool,
    /// Whether such a person has priority in the portal.
    pub priority: bool,
    /// Groups of the portal.
    pub groups: Vec<String>,
    /// A role of the portal.
    pub role: Option<String>,
}

impl TypeRule {
    /// The rule that changes nothing.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { name, sync: true, login: true, priority: false, groups: Vec::new(), role: None }
    }
}

/// Which role counts where several rules give one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MultipleRoles {
    /// The one with the fewest rights.
    Lowest,
    /// The one with the most.
    Highest,
}

/// The roles that every portal has, the lowest first (vendor documents).
const SYSTEM_ROLES: [&str; 4] =
    ["User", "Company Reporting", "Company Administrator", "Partner Administrator"];

/// A person, or an attribute, that takes no part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// What is compared.
    pub on: ExcludeOn,
    /// A `Like` pattern, anchored at both ends, case-insensitive.
    pub pattern: String,
    /// The reason a person gave.
    pub reason: Option<String>,
}

/// What an exclusion compares with its pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExcludeOn {
    /// The primary email or user name of a user, or the email of a contact.
    Email,
    /// A field of the person: department, title, display name, user name …
    Field(Field),
    /// `Member` or `Guest`.
    UserType,
    /// Another attribute of the 365 user, by its key in [`User::attributes`](crate::model::User::attributes):
    /// `office`, `company_name`.
    Attribute(&'static str),
}

/// How one field follows its sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRule {
    /// When it is written.
    pub when: When,
    /// Whether a blank source makes the target blank.
    pub clear: bool,
    /// The sides it comes from, the first with a value first. For contacts only 365 counts.
    pub sources: Vec<Side>,
}

/// When a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Whenever it differs.
    Always,
    /// On a new record only.
    OnCreate,
    /// Never.
    Never,
}

impl Default for Policy {
    /// What holds where the configuration says nothing.
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
    /// The same company, served with nothing but the values of user-defined fields on records that are there: who
    /// takes part and which records are linked does not change; every row that writes anything else is off.
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

    /// The user-defined fields that the switched-on rows need. Types are looked up only where there are rules for
    /// them.
    pub fn fields(&self) -> impl Iterator<Item = Udf> + '_ {
        let ruled = |role: &Udf| *role != Udf::TypeMapping || !self.types.is_empty();
        Udf::ALL.into_iter().filter(|role| self.rows.contains(&role.row())).filter(ruled)
    }
}

/// What the last runs left behind; empty on a first run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// The links of the last run, by company name.
    pub links: BTreeMap<String, Vec<Link>>,
    /// The last value written to a field that cannot be read back, by portal user id.
    pub written: BTreeMap<(Id, Field), String>,
    /// The role and groups that people were last told to give a person in the portal, by company and contact.
    pub assigned: BTreeMap<(String, Id), Assignment>,
    /// How many records each side of each company had when it was last read completely.
    pub counts: BTreeMap<(String, Side), usize>,
    /// How many details records the portal had of each company when they were last read completely.
    pub details: BTreeMap<String, usize>,
    /// The licence rule that the last run applied, by company name.
    pub licences: BTreeMap<String, LicenceRule>,
    /// Ids and addresses of people who are left as they are until it is known what a run that died wrote to them, or who
    /// they are, with what that is.
    pub held: BTreeMap<String, String>,
    /// Companies of which nothing is written, as the journal does not say what an earlier run announced, with the reason.
    pub unclear: BTreeMap<String, String>,
    /// What earlier runs did within the window of the guards, in the order they did it.
    pub past: Vec<Past>,
    /// How many changes of that window cannot be read, by company: each counts as one person in everything that is
    /// limited.
    pub unreadable: BTreeMap<String, usize>,
}

/// The limits that refuse a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardLimits {
    /// For one company and for the run alike, by what is counted.
    pub limits: BTreeMap<Measure, Limit>,
    /// How long what a run did is counted together with later plans.
    pub window: Duration,
}

/// A limit: so many, or such a part of the people, whichever is larger; small companies get a lower floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// At most this many.
    pub count: usize,
    /// Or this percentage of the people.
    pub percent: usize,
}

impl Default for GuardLimits {
    fn default() -> Self {
        let limit = |count, percent| Limit { count, percent };
        Self {
            limits: BTreeMap::from([
                (Measure::Create, limit(25, 20)),
                (Measure::Deactivate, limit(5, 10)),
                (Measure::Relink, limit(3, 0)),
                (Measure::Update, limit(0, 60)),
                (Measure::Blank, limit(5, 10)),
            ]),
            window: WINDOW,
        }
    }
}

impl GuardLimits {
    /// How many are allowed of `measure` where `base` people take part: the larger of the percentage and the
    /// count, but the count never exceeds a quarter of the people. A limit that allows anything allows one.
    pub fn allowed(&self, measure: Measure, base: usize) -> Option<usize> {
        let limit = self.limits.get(&measure)?;
        let share = base * limit.percent / 100;
        let floor = limit.count.min(base / 4);
        let least = usize::from(limit.count > 0 || limit.percent > 0);
        Some(share.max(floor).max(least))
    }
}
