//! Who takes part: every record by itself, before anybody is linked.
//!
//! Scope never hides a record from linking, except those a person told to ignore and users of another company
//! that shares the tenant: a record that linking does not see would be made a second time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::model::{Contact, Field, Fields, Id, Row, Side, User, UserKind, Value};
use crate::plan::{Left, LicenceRule};
use crate::text::like::Pattern;
use crate::text::{email, fit};

use super::types::Types;
use super::view::{View, id_key, name_key};
use super::{ExcludeOn, Exclusion, RequireName};

/// Why a record takes no part. The words are the same for everyone it applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    Held,
    Ignored,
    NotInDomains,
    Excluded,
    Type,
    TypeUnread,
    Guest,
    Disabled,
    NoEmail,
    NoLicence,
    NoName,
    Inactive,
    ByHand,
    /// What would decide it was not in the answer: neither a yes nor a no.
    StateUnread,
    LicencesUnread,
    AddressUnread,
    ActiveUnread,
}

impl Reason {
    /// Whether the record, and everybody it belongs to, is to be left alone.
    pub(super) fn is_left_alone(self) -> bool {
        matches!(self, Self::Held | Self::Ignored)
    }

    /// Whether it is not known if the record is in scope, since the service did not say.
    pub(super) fn is_unread(self) -> bool {
        matches!(
            self,
            Self::TypeUnread
                | Self::StateUnread
                | Self::LicencesUnread
                | Self::AddressUnread
                | Self::ActiveUnread
        )
    }

    /// What decides it, as the rest of a sentence that begins with "because".
    fn rule(self) -> &'static str {
        match self {
            Self::Held => "an earlier run is not settled",
            Self::Ignored => "decisions.toml says [[ignore]]",
            Self::NotInDomains => "the address is in none of the company's domains",
            Self::Excluded => "an [[exclude]] matches",
            Self::Type => "type-mapping says so",
            Self::TypeUnread => "type-mapping has rules, and the types of the contact are not known",
            Self::Guest => "guests = false",
            Self::Disabled => "sign-in is blocked in 365",
            Self::StateUnread => "365 did not say whether sign-in is blocked",
            Self::NoEmail => "there is no address",
            Self::AddressUnread => "365 did not say which addresses the user has",
            Self::NoLicence => "require-license is on",
            Self::LicencesUnread => "require-license is on, and 365 did not say which licences the user has",
            Self::NoName => "require-name is on",
            Self::Inactive => "the contact is inactive in the PSA",
            Self::ActiveUnread => "the PSA did not say whether the contact is active",
            Self::ByHand => "it is linked to neither 365 nor the PSA",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "held back until an earlier run is settled",
            Self::Ignored => "ignored by decision",
            Self::NotInDomains => "not in domains",
            Self::Excluded => "excluded",
            Self::Type => "type is not synced",
            Self::TypeUnread => "type not read",
            Self::Guest => "guest",
            Self::Disabled => "disabled",
            Self::NoEmail => "no usable email",
            Self::NoLicence => "no licence",
            Self::NoName => "no name",
            Self::Inactive => "inactive",
            Self::ByHand => "made by hand",
            Self::StateUnread => "account state not read",
            Self::LicencesUnread => "licences not read",
            Self::AddressUnread => "address not read",
            Self::ActiveUnread => "active flag not read",
        })
    }
}

/// Why a record takes no part, and what that rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Out {
    pub(super) reason: Reason,
    pub(super) detail: Option<String>,
}

impl Out {
    /// What decides it, and what that rests on beyond the rule: the rest of a sentence that begins with "because".
    pub(super) fn because(&self) -> (String, Option<String>) {
        match (&self.detail, self.reason) {
            (Some(detail), Reason::NoEmail) => (detail.clone(), None),
            (detail, reason) => (reason.rule().to_owned(), detail.clone()),
        }
    }
}

impl From<Reason> for Out {
    fn from(reason: Reason) -> Self {
        Self { reason, detail: None }
    }
}

/// What scope says of every record, in the order of [`View`].
pub(super) struct Scope {
    pub(super) users: Vec<Option<Out>>,
    pub(super) contacts: Vec<Option<Out>>,
    pub(super) portal_users: Vec<Option<Out>>,
    /// Users that the listing shows to have left under today's settings, whatever else holds of them.
    pub(super) left: Vec<Option<Left>>,
    /// Whether each user has a usable address.
    pub(super) has_address: Vec<bool>,
    /// What the types of contacts say.
    pub(super) types: Types,
    /// Which licences a user needs.
    pub(super) licences: LicenceRule,
}

impl Scope {
    /// Whether a user takes part in linking.
    pub(super) fn links_user(&self, user: usize) -> bool {
        links(self.users[user].as_ref())
    }

    /// Whether a contact takes part in linking.
    pub(super) fn links_contact(&self, contact: usize) -> bool {
        links(self.contacts[contact].as_ref())
    }

    /// Whether a licence counts.
    pub(super) fn counts(&self, sku: &str) -> bool {
        !self.licences.uncounted.contains(&sku.to_lowercase())
    }

    /// Whether a portal user takes part in linking.
    pub(super) fn links_portal_user(&self, user: usize) -> bool {
        links(self.portal_users[user].as_ref())
    }
}

fn links(out: Option<&Out>) -> bool {
    !out.is_some_and(|out| out.reason.is_left_alone() || out.reason == Reason::NotInDomains)
}

/// Whether `out` says that row 6, or the contact's type, excludes the record.
pub(super) fn is_excluded(out: Option<&Out>) -> bool {
    out.is_some_and(|out| matches!(out.reason, Reason::Excluded | Reason::Type))
}

/// Decides the scope of every record of a company.
///
/// # Errors
/// An exclusion whose pattern cannot be read: who takes part is then unknown.
pub(super) fn scope(view: &View<'_>) -> Result<Scope, String> {
    let rules = Rules::new(view)?;
    let types = Types::new(view);
    Ok(Scope {
        users: view.users.iter().map(|user| rules.user(view, user)).collect(),
        contacts: view
            .contacts
            .iter()
            .enumerate()
            .map(|(index, contact)| {
                let out = rules.record(Side::Psa, &contact.id, &contact.fields);
                out.or_else(|| types.out(index)).or_else(|| contact_out(contact))
            })
            .collect(),
        portal_users: view
            .portal_users
            .iter()
            .map(|user| rules.record(Side::Portal, &user.id, &user.fields))
            .collect(),
        left: view.users.iter().map(|user| rules.left(view, user)).collect(),
        has_address: view.users.iter().map(|user| user.email().is_some_and(email::is_usable)).collect(),
        types,
        licences: rules.licences,
    })
}

/// The company's settings in the form in which they are asked.
struct Rules<'a> {
    ignore: BTreeSet<String>,
    /// Single records to ignore, by ids in the form for comparing.
    ignored: BTreeSet<(Side, String)>,
    held: BTreeMap<String, &'a str>,
    exclude: Vec<(Pattern, &'a Exclusion)>,
    /// Which licences a user needs.
    licences: LicenceRule,
    require_name: RequireName,
}

impl<'a> Rules<'a> {
    fn new(view: &View<'a>) -> Result<Self, String> {
        let compile = |rule: &'a Exclusion| {
            Pattern::new(&fit::clean(&rule.pattern))
                .map(|pattern| (pattern, rule))
                .map_err(|error| format!("the exclusion {} cannot be read: {error}", describe(rule)))
        };
        let excluded: &[_] = if view.on(Row::ExcludeUsers) { &view.policy.exclude } else { &[] };
        let named = |name: &str| view.policy.exclude_licenses.contains(&name.to_lowercase());
        let by_part =
            view.tenant.skus.iter().filter(|sku| named(&sku.part_number)).map(|sku| sku.id.to_lowercase());
        let ignored = &view.input.decisions.ignored;
        let serves_name = view.input.capabilities.serves(Row::RequireName);
        Ok(Self {
            ignore: view.input.decisions.ignore.iter().map(|text| name_key(text)).collect(),
            ignored: ignored.iter().map(|(side, id)| (*side, id_key(id.as_str()))).collect(),
            held: view.input.memory.held.iter().map(|(text, why)| (name_key(text), why.as_str())).collect(),
            exclude: excluded.iter().map(compile).collect::<Result<_, _>>()?,
            licences: LicenceRule {
                required: view.on(Row::RequireLicense),
                uncounted: if view.on(Row::ExcludeLicenses) {
                    by_part.chain(view.policy.exclude_licenses.iter().map(|id| id.to_lowercase())).collect()
                } else {
                    BTreeSet::new()
                },
            },
            require_name: if serves_name { view.policy.require_name } else { RequireName::No },
        })
    }

    fn user(&self, view: &View<'_>, user: &User) -> Option<Out> {
        let own = [user.email(), Some(&user.user_name)];
        if let Some(out) = self.left_alone(Side::Tenant, &user.id, own) {
            return Some(out);
        }
        if !in_domains(&view.own.domains, user) {
            return Some(Reason::NotInDomains.into());
        }
        if let Some(rule) = self.exclude.iter().find(|(pattern, rule)| user_matches(user, pattern, &rule.on))
        {
            return Some(excluded(rule.1));
        }
        let licensed = self.is_licensed(user);
        let reasons = [
            (is_unwanted_guest(view, user), Reason::Guest),
            (user.enabled == Some(false), Reason::Disabled),
            (user.enabled.is_none(), Reason::StateUnread),
            (user.fields.get(Field::Email) == Value::Absent, Reason::AddressUnread),
            (!user.email().is_some_and(email::is_usable), Reason::NoEmail),
            (self.licences.required && licensed == Some(false), Reason::NoLicence),
            (self.licences.required && licensed.is_none(), Reason::LicencesUnread),
            (self.lacks_name(user), Reason::NoName),
        ];
        let (_, reason) = reasons.into_iter().find(|(applies, _)| *applies)?;
        let detail = (reason == Reason::NoEmail).then(|| unaddressed(user));
        Some(Out { reason, detail })
    }

    /// A contact or portal user: what a decision or row 6 says of it.
    fn record(&self, side: Side, id: &Id, fields: &Fields) -> Option<Out> {
        if let Some(out) = self.left_alone(side, id, [fields.text(Field::Email)]) {
            return Some(out);
        }
        let matches = |pattern: &Pattern, on: &ExcludeOn| record_matches(fields, pattern, on);
        self.exclude.iter().find(|(pattern, rule)| matches(pattern, &rule.on)).map(|(_, rule)| excluded(rule))
    }

    /// Guests who take no part never leave either, and guests have no licence to lose. Nothing is concluded from
    /// what the tenant did not say: neither the state, nor the licences, nor that the user is no guest.
    fn left(&self, view: &View<'_>, user: &User) -> Option<Left> {
        match user.enabled? {
            _ if is_unwanted_guest(view, user) => None,
            false => Some(Left::Disabled),
            true if user.kind != UserKind::Member || !self.licences.required => None,
            true => (self.is_licensed(user) == Some(false)).then_some(Left::NoLicence),
        }
    }

    /// What a decision, or a run that is not settled, says of the record with this id and these addresses.
    fn left_alone<'t>(
        &self,
        side: Side,
        id: &'t Id,
        addresses: impl IntoIterator<Item = Option<&'t str>>,
    ) -> Option<Out> {
        if self.ignore.is_empty() && self.ignored.is_empty() && self.held.is_empty() {
            return None;
        }
        let own = id_key(id.as_str());
        let record = (side, own.clone());
        let keys: Vec<String> =
            std::iter::once(own).chain(addresses.into_iter().flatten().map(name_key)).collect();
        if let Some(why) = keys.iter().find_map(|key| self.held.get(key)) {
            return Some(Out { reason: Reason::Held, detail: Some((*why).to_owned()) });
        }
        let ignored = self.ignored.contains(&record) || keys.iter().any(|key| self.ignore.contains(key));
        ignored.then(|| Reason::Ignored.into())
    }

    /// Whether the user has a licence that counts; `None` where the tenant did not say.
    fn is_licensed(&self, user: &User) -> Option<bool> {
        Some(self.licences.is_met_by(user.licences.as_ref()?))
    }

    fn lacks_name(&self, user: &User) -> bool {
        let has = |field| user.fields.text(field).is_some();
        match self.require_name {
            RequireName::No => false,
            RequireName::Any => !has(Field::FirstName) && !has(Field::LastName),
            RequireName::Both => !has(Field::FirstName) || !has(Field::LastName),
        }
    }
}

/// Why a contact takes no part by itself, whatever is excluded.
fn contact_out(contact: &Contact) -> Option<Out> {
    let usable = contact.email().is_some_and(email::is_usable);
    match contact.active {
        Some(false) => Some(Reason::Inactive.into()),
        _ if contact.fields.get(Field::Email) == Value::Absent => Some(Reason::AddressUnread.into()),
        _ if !usable => Some(Out { reason: Reason::NoEmail, detail: Some(no_address(contact.email())) }),
        Some(true) => None,
        None => Some(Reason::ActiveUnread.into()),
    }
}

fn is_unwanted_guest(view: &View<'_>, user: &User) -> bool {
    user.kind == UserKind::Guest && !view.policy.guests
}

pub(super) fn in_domains(domains: &[String], user: &User) -> bool {
    let domain = || user.email().and_then(email::domain).or_else(|| email::domain(&user.user_name));
    domains.is_empty() || domain().is_some_and(|domain| domains.contains(&domain))
}

/// Why a user has no usable address.
fn unaddressed(user: &User) -> String {
    let name = email::key(&user.user_name);
    match user.email() {
        None if user.named_only => {
            "365 keeps none, and `address = \"mail\"` does not take the user name".to_owned()
        }
        None if name.is_some_and(|name| user.given.contains(&name)) => {
            "365 keeps none, and the user name is at a domain that 365 gave".to_owned()
        }
        None => "365 keeps none".to_owned(),
        held => no_address(held),
    }
}

/// Why a record with this email has no usable address.
fn no_address(held: Option<&str>) -> String {
    held.map_or_else(|| "the email is blank".to_owned(), |text| format!("`{text}` is no address"))
}

/// A blank attribute matches no pattern, not even `*`: nothing is known that could be excluded.
pub(super) fn user_matches(user: &User, pattern: &Pattern, on: &ExcludeOn) -> bool {
    let matches =
        |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty() && pattern.matches(text.trim()));
    match on {
        ExcludeOn::Email => {
            user.email().into_iter().chain([user.user_name.as_str()]).any(|address| names(pattern, address))
        }
        ExcludeOn::Field(Field::UserName) => names(pattern, &user.user_name),
        ExcludeOn::Field(field) => matches(user.fields.text(*field)),
        ExcludeOn::UserType => matches(match user.kind {
            UserKind::Member => Some("Member"),
            UserKind::Guest => Some("Guest"),
            UserKind::Unknown => None,
        }),
        ExcludeOn::Attribute(name) => matches(user.attributes.get(name).map(String::as_str)),
    }
}

/// Whether a pattern names an address, in any of its spellings. A blank text has none.
pub(super) fn names(pattern: &Pattern, address: &str) -> bool {
    let spellings = email::spellings(address);
    spellings.iter().any(|spelling| !spelling.is_empty() && pattern.matches(spelling))
}

/// Whether an exclusion's pattern fits a contact or a portal user.
pub(super) fn record_matches(fields: &Fields, pattern: &Pattern, on: &ExcludeOn) -> bool {
    match on {
        ExcludeOn::Email => fields.text(Field::Email).is_some_and(|text| names(pattern, text)),
        ExcludeOn::Field(field) => fields.text(*field).is_some_and(|text| pattern.matches(text)),
        ExcludeOn::UserType | ExcludeOn::Attribute(_) => false,
    }
}

fn excluded(rule: &Exclusion) -> Out {
    let detail = match &rule.reason {
        Some(reason) => format!("{}: {reason}", describe(rule)),
        None => describe(rule),
    };
    Out { reason: Reason::Excluded, detail: Some(detail) }
}

/// The rule as the configuration spells it.
pub(super) fn describe(rule: &Exclusion) -> String {
    let on = match rule.on {
        ExcludeOn::Email => "email".to_owned(),
        ExcludeOn::Field(field) => field.name().replace('-', "_"),
        ExcludeOn::UserType => "user_type".to_owned(),
        ExcludeOn::Attribute(name) => name.to_owned(),
    };
    format!("{on} = \"{}\"", rule.pattern)
}
