//! The rules of a policy: which people take part, and how types and fields follow.

use std::sync::Arc;

use crate::model::{Field, Side, TenantSide, User};

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
    /// Returns the rule that changes nothing.
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

/// Names a person, or an attribute, that is out of scope.
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
