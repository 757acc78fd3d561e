//! Who takes part: every record by itself, before anybody is linked.
//!
//! Scope never hides a record from linking, except those a decision ignores and users of another company
//! that shares the tenant: a record that linking does not see would be made a second time.

pub(super) mod patterns;
pub(super) mod reason;
pub(super) mod types;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Fields, Id, Row, Side, User, UserKind, Value};
use crate::plan::{Left, LicenceRule};
use crate::reconcile::input::{ExcludeOn, Exclusion, RequireName, View, id_key, name_key};
use crate::text::email;
use crate::text::like::Pattern;
use patterns::{describe, is_in_domains, record_matches, user_matches};
use reason::{NotInScope, Reason};
use types::Types;

/// What scope says of every record, in the order of [`View`].
///
/// Most records are in scope, so that why one is not is kept elsewhere.
pub(crate) struct Scope {
    pub(crate) users: Vec<Option<Box<NotInScope>>>,
    pub(crate) contacts: Vec<Option<Box<NotInScope>>>,
    pub(crate) portal_users: Vec<Option<Box<NotInScope>>>,
    /// Users that the listing shows to have left under today's settings, whatever else holds of them.
    pub(crate) left: Vec<Option<Left>>,
    /// Whether each user has a usable address.
    pub(crate) has_address: Vec<bool>,
    /// What the types of contacts say.
    pub(crate) types: Types,
    /// Which licences a user needs.
    pub(crate) licences: LicenceRule,
}

impl Scope {
    /// Reports whether a user takes part in linking.
    pub(crate) fn links_user(&self, user: usize) -> bool {
        links(self.users[user].as_deref())
    }

    /// Reports whether a contact takes part in linking.
    pub(crate) fn links_contact(&self, contact: usize) -> bool {
        links(self.contacts[contact].as_deref())
    }

    /// Reports whether a licence counts.
    pub(crate) fn counts(&self, sku: &str) -> bool {
        self.licences.uncounted.is_empty() || !self.licences.uncounted.contains(&sku.to_lowercase())
    }

    /// Reports whether a portal user takes part in linking.
    pub(crate) fn links_portal_user(&self, user: usize) -> bool {
        links(self.portal_users[user].as_deref())
    }
}

fn links(out: Option<&NotInScope>) -> bool {
    !out.is_some_and(|out| out.reason.is_left_alone() || out.reason == Reason::NotInDomains)
}

/// Decides the scope of every record of a company.
///
/// # Errors
/// An exclusion whose pattern cannot be read: who takes part is then unknown.
pub(crate) fn scope(view: &View<'_>) -> Result<Scope, String> {
    let rules = Rules::new(view)?;
    let types = Types::new(view);
    Ok(Scope {
        users: (0..view.users.len()).map(|user| rules.user(view, user).map(Box::new)).collect(),
        contacts: view
            .contacts
            .iter()
            .enumerate()
            .map(|(index, contact)| {
                let out = rules.record(Side::Psa, &contact.id, &contact.fields);
                out.or_else(|| types.out(index)).or_else(|| contact_out(view, index)).map(Box::new)
            })
            .collect(),
        portal_users: view
            .portal_users
            .iter()
            .map(|user| rules.record(Side::Portal, &user.id, &user.fields).map(Box::new))
            .collect(),
        left: view.users.iter().map(|user| rules.left(view, user)).collect(),
        has_address: (0..view.users.len()).map(|user| view.addresses.primary(user).is_some()).collect(),
        types,
        licences: rules.licences,
    })
}

/// The company's settings in the form in which they are asked.
struct Rules<'a> {
    ignore: BTreeSet<Cow<'a, str>>,
    /// Single records to ignore, by ids in the form for comparing.
    ignored: BTreeSet<(Side, Cow<'a, str>)>,
    held: BTreeMap<Cow<'a, str>, &'a str>,
    exclude: Vec<(Pattern, &'a Exclusion)>,
    /// Which licences a user needs.
    licences: LicenceRule,
    require_name: RequireName,
}

impl<'a> Rules<'a> {
    fn new(view: &View<'a>) -> Result<Self, String> {
        let compile = |rule: &'a Exclusion| {
            patterns::read(&rule.pattern)
                .map(|pattern| (pattern, rule))
                .map_err(|error| format!("the exclusion {} cannot be read: {error}", describe(rule)))
        };
        let excluded: &[_] = if view.on(Row::ExcludeUsers) { &view.policy.exclude } else { &[] };
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
                    with_ids(view, view.policy.exclude_licenses.iter().map(|name| name.to_lowercase()))
                } else {
                    BTreeSet::new()
                },
            },
            require_name: if serves_name { view.policy.require_name } else { RequireName::No },
        })
    }

    fn user(&self, view: &View<'_>, place: usize) -> Option<NotInScope> {
        let user = view.users[place];
        let own = [user.email(), Some(&user.user_name)];
        if let Some(out) = self.left_alone(Side::Tenant, &user.id, own) {
            return Some(out);
        }
        // People of another company of the tenant are none of this one's business, so no further reason is given.
        if !is_in_domains(view, place) {
            return Some(Reason::NotInDomains.into());
        }
        if let Some(rule) = self.exclude.iter().find(|(pattern, rule)| user_matches(user, pattern, &rule.on))
        {
            return Some(excluded(rule.1));
        }
        // The first reason is the one shown: a state that was not read comes right after what it would say, so that
        // nothing is concluded from its absence.
        let licensed = self.is_licensed(user);
        let reasons = [
            (is_unwanted_guest(view, user), Reason::Guest),
            (user.enabled == Some(false), Reason::Disabled),
            (user.enabled.is_none(), Reason::StateUnread),
            (user.fields.get(Field::Email) == Value::Absent, Reason::AddressUnread),
            (view.addresses.primary(place).is_none(), Reason::NoEmail),
            (self.licences.required && licensed == Some(false), Reason::NoLicence),
            (self.licences.required && licensed.is_none(), Reason::LicencesUnread),
            (self.lacks_name(user), Reason::NoName),
        ];
        let (_, reason) = reasons.into_iter().find(|(applies, _)| *applies)?;
        let detail = (reason == Reason::NoEmail).then(|| unaddressed(user));
        Some(NotInScope { reason, detail })
    }

    /// Returns a contact or portal user: what a decision or row 6 says of it.
    fn record(&self, side: Side, id: &Id, fields: &Fields) -> Option<NotInScope> {
        if let Some(out) = self.left_alone(side, id, [fields.text(Field::Email)]) {
            return Some(out);
        }
        let matches = |pattern: &Pattern, on: &ExcludeOn| record_matches(fields, pattern, on);
        self.exclude.iter().find(|(pattern, rule)| matches(pattern, &rule.on)).map(|(_, rule)| excluded(rule))
    }

    /// Guests who are out of scope never leave either, and guests have no licence to lose. Nothing is concluded from
    /// what the tenant did not say: neither the state, nor the licences, nor that the user is no guest.
    fn left(&self, view: &View<'_>, user: &User) -> Option<Left> {
        // Being disabled says more than lacking a licence, so it is the way of leaving that is shown.
        match user.enabled? {
            _ if is_unwanted_guest(view, user) => None,
            false => Some(Left::Disabled),
            true if user.kind != UserKind::Member || !self.licences.required => None,
            true => (self.is_licensed(user) == Some(false)).then_some(Left::NoLicence),
        }
    }

    /// Returns what a decision, or a run that is not settled, says of the record with this id and these addresses.
    fn left_alone<'t>(
        &self,
        side: Side,
        id: &'t Id,
        addresses: impl IntoIterator<Item = Option<&'t str>>,
    ) -> Option<NotInScope> {
        // Most companies have neither; making the keys of every record would cost for nothing.
        if self.ignore.is_empty() && self.ignored.is_empty() && self.held.is_empty() {
            return None;
        }
        let own = id_key(id.as_str());
        let keys: Vec<Cow<'_, str>> =
            std::iter::once(own.clone()).chain(addresses.into_iter().flatten().map(name_key)).collect();
        if let Some(why) = keys.iter().find_map(|key| self.held.get(key)) {
            return Some(NotInScope { reason: Reason::Held, detail: Some((*why).to_owned()) });
        }
        let ignored = self.ignored.contains(&(side, own)) || keys.iter().any(|key| self.ignore.contains(key));
        ignored.then(|| Reason::Ignored.into())
    }

    /// Reports whether the user has a licence that counts; `None` where the tenant did not say.
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

/// Returns names of licences, lower-case, with the ids of those that are named by their part numbers: as the tenant
/// has them, and as the table of products does. A tenant can get a licence after a rule has named it.
pub(crate) fn with_ids(view: &View<'_>, names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let names: BTreeSet<String> = names.into_iter().collect();
    if names.is_empty() {
        return names;
    }
    let known = view.tenant.skus.iter().chain(view.input.products);
    let meant = known.filter(|sku| names.contains(&sku.part_number.to_lowercase()));
    let ids: Vec<String> = meant.map(|sku| sku.id.to_lowercase()).collect();
    names.into_iter().chain(ids).collect()
}

/// Returns why a contact is out of scope by itself, whatever is excluded.
fn contact_out(view: &View<'_>, place: usize) -> Option<NotInScope> {
    let contact = view.contacts[place];
    let usable = view.addresses.contact(place).is_some();
    match contact.active {
        Some(false) => Some(Reason::Inactive.into()),
        _ if contact.fields.get(Field::Email) == Value::Absent => Some(Reason::AddressUnread.into()),
        _ if !usable => {
            Some(NotInScope { reason: Reason::NoEmail, detail: Some(no_address(contact.email())) })
        }
        Some(true) => None,
        None => Some(Reason::ActiveUnread.into()),
    }
}

fn is_unwanted_guest(view: &View<'_>, user: &User) -> bool {
    user.kind == UserKind::Guest && !view.policy.guests
}

/// Returns why a user has no usable address.
fn unaddressed(user: &User) -> String {
    let name = email::key(&user.user_name);
    match user.email() {
        None if user.named_only => {
            "365 keeps none, and `address = \"mail\"` does not take the user name".to_owned()
        }
        None if name.is_some_and(|name| user.given.iter().any(|given| *given == name)) => {
            "365 keeps none, and the user name is at a domain that 365 gave".to_owned()
        }
        None => "365 keeps none".to_owned(),
        held => no_address(held),
    }
}

/// Returns why a record with this email has no usable address.
fn no_address(held: Option<&str>) -> String {
    held.map_or_else(|| "the email is blank".to_owned(), |text| format!("`{text}` is no address"))
}

fn excluded(rule: &Exclusion) -> NotInScope {
    let detail = match &rule.reason {
        Some(reason) => format!("{}: {reason}", describe(rule)),
        None => describe(rule),
    };
    NotInScope { reason: Reason::Excluded, detail: Some(detail) }
}
