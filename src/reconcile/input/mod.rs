//! All that is concluded from: settings, decisions, memory, what was read, and each company in the form in which the stages
//! look at it.

mod addresses;
mod all;
mod company;
mod decision;
mod decisions;
mod distinct;
mod follow_up;
mod groups;
mod guards;
pub(super) mod identity;
mod ids;
mod keys;
mod policy;
mod rules;
mod stated;
pub(super) mod udf;
pub(super) mod unread;
mod view;

pub use all::Input;
pub use company::{Company, CompanyInput};
pub use decision::{Decision, Pin, Replaced, Split};
pub use decisions::Decisions;
pub(crate) use distinct::Number;
pub use follow_up::FollowUp;
pub(crate) use groups::Groups;
pub use guards::{GuardLimits, Limit};
pub use identity::stored::tenant_id;
pub use identity::{AllCompanies, tenants_wanted};
pub(crate) use ids::Recorded;
pub(crate) use keys::{id_key, is_guid, name_key, stored_id};
pub use policy::Policy;
pub use rules::{
    AddressRule, ExcludeOn, Exclusion, FieldRule, MultipleRoles, NeverSeen, OnExclude, RequireName, TypeRule,
    When,
};
pub use stated::{Rule, Stated};
pub use udf::usable;
pub(crate) use udf::{Udfs, truth};
pub(crate) use unread::domains;
pub(crate) use view::{View, who_contact, who_portal_user, who_user};
