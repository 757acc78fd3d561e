//! Small worlds for tests: three sides built in a few words, and services that do what a plan says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::model::{
    Capabilities, Complete, Contact, Detail, Details, DetailsKind, DetailsSide, FieldShape, Fields, Id,
    Listing, Pictures, Pins, PortalCompany, PortalSide, PortalUser, PsaCompany, PsaSide, Reading, Shape, Sku,
    Support, Tenant, TenantSide, Udf, UdfField, UdfKind, User, UserKind,
};
use crate::plan::{Action, Allowances, Change, ChangeKey, Conflict, Link, NewValue, RecordKind};
use crate::text::name;

pub(super) const TENANT: &str = "aaaaaaaa-0000-4000-8000-000000000000";

/// The licence that everybody has.
pub(super) const E3: &str = "e3e3e3e3-0000-4000-8000-000000000000";
pub(super) const FREE: &str = "f3f3f3f3-0000-4000-8000-000000000000";

/// Everything that planning looks at, owned.
#[derive(Clone)]
pub(super) struct World {
    pub(super) capabilities: Capabilities,
    pub(super) psa_shape: Shape,
    pub(super) portal_shape: Shape,
    pub(super) companies: Vec<CompanyInput>,
    pub(super) decisions: Decisions,
    pub(super) memory: Memory,
    pub(super) pins: Pins,
    pub(super) pictures: Pictures,
    pub(super) guards: GuardLimits,
    pub(super) allowed: Allowances,
}

impl fmt::Debug for World {
    /// A line for every record, so that a failing law can be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filled = |fields: &Fields| -> Vec<String> {
            fields
                .iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(field, text)| format!("{field}={text}"))
                .collect()
        };
        for company in &self.companies {
            writeln!(
                f,
                "\n{} domains {:?} writes {} policy {:?}",
                company.name, company.domains, company.portal_writes, company.policy
            )?;
            for user in company.tenant.complete().map_or(&[][..], |side| side.users.items()) {
                let User { id, user_name, enabled, kind, licences, alternates, .. } = user;
                writeln!(
                    f,
                    "  user {id} {user_name} {enabled:?} {kind:?} {licences:?} alt {alternates:?} {:?}",
                    filled(&user.fields)
                )?;
            }
            for contact in company.psa.complete().map_or(&[][..], |side| side.contacts.items()) {
                let Contact { id, active, alternates, .. } = contact;
                writeln!(
                    f,
                    "  contact {id} active {active} alt {alternates:?} {:?}",
                    filled(&contact.fields)
                )?;
            }
            for user in company.portal.complete().map_or(&[][..], |side| side.users.items()) {
                writeln!(f, "  portal {} key {:?} {:?}", user.id, user.psa_key, filled(&user.fields))?;
            }
        }
        let unserved: Vec<Row> = Row::ALL.into_iter().filter(|row| !self.capabilities.serves(*row)).collect();
        writeln!(
            f,
            "  unserved {unserved:?}\n  {:?}\n  {:?}\n  {:?}",
            self.psa_shape.udf(Udf::IsOffice365),
            self.decisions,
            self.memory
        )
    }
}

/// A PSA that serves all rows but these.
pub(super) fn capabilities(unserved: &[Row]) -> Capabilities {
    let rows = Row::ALL.map(|row| {
        let support = if unserved.contains(&row) { Support::Unsupported } else { Support::Supported };
        (row, support, "for tests")
    });
    Capabilities { id: "testdesk", name: "Testdesk", rows: Box::leak(Box::new(rows)) }
}

/// Fields of at most `length` characters, except addresses.
fn shape(fields: &[Field], length: Option<usize>, required: &[Field]) -> Shape {
    let length = |field| length.filter(|_| field != Field::Email);
    Shape::new(
        fields
            .iter()
            .map(|field| (*field, FieldShape { length: length(*field), required: required.contains(field) })),
    )
}

pub(super) fn udf(role: Udf, kind: UdfKind) -> UdfField {
    UdfField { role, name: role.default_name().to_owned(), kind }
}

/// The fields that contacts of the test PSA have.
pub(super) const CONTACT: [Field; 11] = [
    Field::FirstName,
    Field::LastName,
    Field::Email,
    Field::Title,
    Field::Phone,
    Field::Mobile,
    Field::Street,
    Field::City,
    Field::State,
    Field::PostalCode,
    Field::Country,
];

impl World {
    /// One company, Contoso, with nobody in it, the default policy, and all fields defined.
    pub(super) fn new() -> Self {
        let portal: Vec<Field> =
            Field::PERSONAL.into_iter().filter(|field| *field != Field::DisplayName).collect();
        let names = [Field::FirstName, Field::LastName];
        Self {
            capabilities: capabilities(&[]),
            psa_shape: shape(&CONTACT, Some(20), &names)
                .with_udf(udf(Udf::IsOffice365, UdfKind::Checkbox))
                .with_udf(udf(Udf::Office365Id, UdfKind::Text(None)))
                .with_udf(udf(Udf::Tenant365Id, UdfKind::Text(None))),
            portal_shape: shape(&portal, None, &[names[0], names[1], Field::Email]),
            companies: vec![company("Contoso", 1)],
            decisions: Decisions::default(),
            memory: Memory::default(),
            pins: Pins::default(),
            pictures: Pictures::default(),
            guards: GuardLimits::default(),
            allowed: Allowances::default(),
        }
    }

    pub(super) fn with(people: impl IntoIterator<Item = Piece>) -> Self {
        let mut world = Self::new();
        for piece in people {
            world.add(piece);
        }
        world
    }

    pub(super) fn add(&mut self, piece: Piece) {
        self.add_to(0, piece);
    }

    pub(super) fn add_to(&mut self, company: usize, piece: Piece) {
        let company = &mut self.companies[company];
        match piece {
            Piece::User(user) => edit_users(company, |users| users.push(user)),
            Piece::Contact(contact) => edit_contacts(company, |contacts| contacts.push(contact)),
            Piece::Portal(user) => edit_portal(company, |users| users.push(user)),
        }
    }

    pub(super) fn policy(&mut self) -> &mut Policy {
        Arc::make_mut(&mut self.companies[0].policy)
    }

    pub(super) fn on(mut self, row: Row) -> Self {
        self.policy().rows.insert(row);
        self
    }

    pub(super) fn off(mut self, row: Row) -> Self {
        self.policy().rows.remove(&row);
        self
    }

    /// The PSA keeps first and last name in one field.
    pub(super) fn with_joined_names(mut self) -> Self {
        self.psa_shape = self.psa_shape.with_joined_name();
        for company in &mut self.companies {
            edit_contacts(company, |contacts| contacts.iter_mut().for_each(join_names));
        }
        self
    }

    pub(super) fn recorded(mut self, user: i64, contact: Option<i64>, portal_user: Option<&str>) -> Self {
        let link = Link {
            user: guid(user),
            contact: contact.map(Id::from),
            portal_user: portal_user.map(Id::from),
            gone: false,
        };
        self.memory.links.entry("Contoso".into()).or_default().push(link);
        self
    }

    pub(super) fn input(&self) -> Input<'_> {
        Input {
            capabilities: &self.capabilities,
            psa_shape: &self.psa_shape,
            portal_shape: &self.portal_shape,
            companies: &self.companies,
            decisions: &self.decisions,
            memory: &self.memory,
            guards: &self.guards,
            pins: &self.pins,
            pictures: &self.pictures,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    pub(super) fn plan(&self) -> Outcome {
        let mut outcome = reconcile(&self.input()).outcome;
        outcome.lift(&self.allowed);
        outcome
    }

    /// The plan of the only company.
    pub(super) fn only(&self) -> CompanyPlan {
        self.plan().companies.remove(0)
    }

    /// Does what `plan` says, as the services would.
    pub(super) fn apply(&mut self, outcome: &Outcome) {
        let mut made: BTreeMap<ChangeKey, Id> = BTreeMap::new();
        for plan in &outcome.companies {
            let company =
                self.companies.iter_mut().find(|company| company.name == plan.name).expect("planned");
            for change in &plan.changes {
                let id = write(company, change, &made, &self.psa_shape, &self.portal_shape);
                for field in change.fields.iter().filter(|field| !field.field.can_be_read()) {
                    if let NewValue::Text(text) = &field.after {
                        self.memory.written.insert((id.clone(), field.field), text.clone());
                    }
                }
                for owner in change.fields.iter().filter_map(|field| match &field.after {
                    NewValue::PinOf(owner) => Some(&owner.user),
                    _ => None,
                }) {
                    let pin = self.pins.portal[owner].clone();
                    self.pins.contact.insert(owner.clone(), pin);
                }
                made.insert(change.key.clone(), id);
            }
        }
    }
}

/// A record to put into a world.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    User(User),
    Contact(Contact),
    Portal(PortalUser),
}

pub(super) fn guid(number: i64) -> Id {
    Id::new(format!("00000000-0000-4000-8000-{number:012}"))
}

/// A licensed, enabled member: `ann` becomes Ann Lee, `ann@contoso.example`.
pub(super) fn user(number: i64, local: &str) -> User {
    let address = if local.contains('@') { local.to_owned() } else { format!("{local}@contoso.example") };
    let mut fields: Fields = Field::PERSONAL.into_iter().map(|field| (field, String::new())).collect();
    for (field, text) in names(local) {
        fields.set(field, text);
    }
    fields.set(Field::Email, &address);
    User {
        id: guid(number),
        user_name: address,
        fields,
        alternates: Vec::new(),
        enabled: Some(true),
        kind: UserKind::Member,
        licences: vec![E3.to_owned()],
        on_premises: false,
        manager: None,
        attributes: BTreeMap::new(),
    }
}

/// An active contact with nothing but name and email.
pub(super) fn contact(number: i64, local: &str) -> Contact {
    let mut fields = blank_contact();
    for (field, text) in names(local).into_iter().filter(|(field, _)| *field != Field::DisplayName) {
        fields.set(field, text);
    }
    let address = if local.contains('@') { local.to_owned() } else { format!("{local}@contoso.example") };
    fields.set(Field::Email, address);
    Contact { id: Id::from(number), fields, active: true, alternates: Vec::new(), types: Vec::new() }
}

/// A portal user with name and email, and the user name 365 would give.
pub(super) fn portal(id: &str, local: &str, psa_key: Option<i64>) -> PortalUser {
    let mut fields: Fields = Field::PERSONAL.into_iter().map(|field| (field, String::new())).collect();
    for (field, text) in names(local) {
        fields.set(field, text);
    }
    let address = if local.contains('@') { local.to_owned() } else { format!("{local}@contoso.example") };
    fields.set(Field::Email, &address);
    fields.set(Field::UserName, &address);
    PortalUser { id: Id::from(id), fields, psa_key: psa_key.map(Id::from), modified: None }
}

fn names(local: &str) -> Vec<(Field, String)> {
    let first = local.split('@').next().unwrap_or_default();
    vec![
        (Field::FirstName, first.to_owned()),
        (Field::LastName, "Lee".to_owned()),
        (Field::DisplayName, format!("{first} Lee")),
    ]
}

fn blank_contact() -> Fields {
    let udfs = [Udf::TypeMapping, Udf::IsOffice365, Udf::Office365Id].map(Field::Udf);
    CONTACT.into_iter().chain(udfs).map(|field| (field, String::new())).collect()
}

/// A person in agreement on all three sides.
pub(super) fn agreed(number: i64, local: &str) -> [Piece; 3] {
    let mut held = contact(number, local);
    held.fields.set(Field::Udf(Udf::IsOffice365), "true");
    held.fields.set(Field::Udf(Udf::Office365Id), guid(number).as_str());
    let portal = portal(&format!("p{number}"), local, Some(number));
    [Piece::User(user(number, local)), Piece::Contact(held), Piece::Portal(portal)]
}

pub(super) fn company(name: &str, number: i64) -> CompanyInput {
    let tenant = Tenant {
        id: TENANT.to_owned(),
        name: name.to_owned(),
        domains: vec!["contoso.example".to_owned()],
        skus: vec![
            Sku { id: E3.to_owned(), part_number: "SPE_E3".to_owned(), name: "Microsoft 365 E3".to_owned() },
            Sku { id: FREE.to_owned(), part_number: "FLOW_FREE".to_owned(), name: "Flow".to_owned() },
        ],
    };
    let details = || Fields::new().with(Field::Territory, "North").with(Field::AccountManager, "Kim Ray");
    let psa = PsaCompany {
        id: Id::from(number + 100),
        name: name.to_owned(),
        active: true,
        fields: details().with(Field::Udf(Udf::Tenant365Id), TENANT),
    };
    let portal =
        PortalCompany { id: Id::from(number), name: name.to_owned(), psa_key: None, fields: details() };
    CompanyInput {
        name: name.to_owned(),
        portal_id: portal.id.clone(),
        psa_id: psa.id.clone(),
        tenant_id: TENANT.to_owned(),
        domains: Vec::new(),
        portal_writes: true,
        policy: Arc::new(Policy::default()),
        tenant: Reading::Complete(Arc::new(TenantSide {
            tenant,
            users: complete(Vec::new(), |user: &User| user.id.clone()),
        })),
        psa: Reading::Complete(PsaSide {
            company: psa,
            contacts: complete(Vec::new(), |contact: &Contact| contact.id.clone()),
        }),
        portal: Reading::Complete(PortalSide {
            company: portal,
            users: complete(Vec::new(), |user: &PortalUser| user.id.clone()),
            details: None,
        }),
        pending: None,
    }
}

/// Keeps a contact's names in one field, and shows them as that field is taken apart.
fn join_names(contact: &mut Contact) {
    let [first, last] = [Field::FirstName, Field::LastName]
        .map(|half| contact.fields.text(half).unwrap_or_default().to_owned());
    let (first, last) = name::split(&name::join(&first, &last));
    contact.fields.set(Field::FirstName, first);
    contact.fields.set(Field::LastName, last);
}

/// Records read to their end.
pub(super) fn complete<T>(items: Vec<T>, id: impl Fn(&T) -> Id) -> Complete<T> {
    let mut listing = Listing::new("test records");
    listing.page(items, id).expect("different ids");
    listing.end()
}

pub(super) fn incomplete<T>() -> Reading<T> {
    Reading::Incomplete { reason: "the listing broke off".to_owned(), hint: None }
}

pub(super) fn edit_users(company: &mut CompanyInput, edit: impl FnOnce(&mut Vec<User>)) {
    let Reading::Complete(side) = &mut company.tenant else { return };
    let side = Arc::make_mut(side);
    let mut items = side.users.items().to_vec();
    edit(&mut items);
    side.users = complete(items, |user| user.id.clone());
}

pub(super) fn edit_contacts(company: &mut CompanyInput, edit: impl FnOnce(&mut Vec<Contact>)) {
    let Reading::Complete(side) = &mut company.psa else { return };
    let mut items = side.contacts.items().to_vec();
    edit(&mut items);
    side.contacts = complete(items, |contact| contact.id.clone());
}

pub(super) fn edit_portal(company: &mut CompanyInput, edit: impl FnOnce(&mut Vec<PortalUser>)) {
    let Reading::Complete(side) = &mut company.portal else { return };
    let mut items = side.users.items().to_vec();
    edit(&mut items);
    side.users = complete(items, |user| user.id.clone());
}

/// The details record of a user, with an account state.
pub(super) fn record(number: usize, user: i64, state: &str) -> Details {
    let state = Fields::new().with(Field::Detail(Detail::AccountState), state);
    Details { id: Id::new(format!("d{number}")), user: guid(user), fields: state }
}

/// Changes the details records, which are read from then on if they were not.
pub(super) fn edit_details(company: &mut CompanyInput, edit: impl FnOnce(&mut Vec<Details>)) {
    let Reading::Complete(side) = &mut company.portal else { return };
    let kind = DetailsKind { name: "365 person".to_owned(), new: false, missing: Vec::new() };
    let (mut items, kind) = match &side.details {
        Some(Reading::Complete(details)) => (details.records.items().to_vec(), details.kind.clone()),
        _ => (Vec::new(), kind),
    };
    edit(&mut items);
    let records = complete(items, |record| record.id.clone());
    side.details = Some(Reading::Complete(DetailsSide { records, kind }));
}

/// Writes one change as the service would; returns the record's id.
fn write(
    company: &mut CompanyInput,
    change: &Change,
    made: &BTreeMap<ChangeKey, Id>,
    psa_shape: &Shape,
    portal_shape: &Shape,
) -> Id {
    let new = change.record.id.is_none();
    assert_eq!(new, change.action == Action::Create, "only new records have no id");
    let text = |value: &NewValue| match value {
        NewValue::Text(text) => text.clone(),
        NewValue::Blank => String::new(),
        NewValue::IdOf(key) => made[key].to_string(),
        NewValue::PinOf(owner) => format!("pin of {}", owner.user),
    };
    let values: Vec<(Field, String)> =
        change.fields.iter().map(|field| (field.field, text(&field.after))).collect();
    let required = |shape: &Shape| {
        let has = |field| values.iter().any(|(own, text)| *own == field && !text.is_empty());
        assert!(!new || shape.required().all(has), "a new record needs all required fields: {values:?}");
    };
    match change.record.kind {
        RecordKind::Contact => {
            required(psa_shape);
            let mut id = change.record.id.clone();
            edit_contacts(company, |contacts| {
                if new {
                    // No service gives an id twice.
                    let number = 900 + i64::try_from(made.len()).expect("few");
                    id = Some(Id::from(number));
                    let fields = blank_contact();
                    contacts.push(Contact {
                        id: Id::from(number),
                        fields,
                        active: true,
                        alternates: vec![],
                        types: vec![],
                    });
                }
                let contact =
                    contacts.iter_mut().find(|contact| Some(&contact.id) == id.as_ref()).expect("it exists");
                for (field, text) in &values {
                    match field {
                        Field::Active => contact.active = text == "true",
                        field => contact.fields.set(*field, text),
                    }
                }
                if psa_shape.joined_name() {
                    join_names(contact);
                }
            });
            id.expect("given")
        }
        RecordKind::PortalUser => {
            required(portal_shape);
            let id = change.record.id.clone().unwrap_or_else(|| Id::new(format!("new {}", change.key.0)));
            edit_portal(company, |users| {
                if new {
                    let fields = Field::PERSONAL.into_iter().map(|field| (field, String::new())).collect();
                    users.push(PortalUser { id: id.clone(), fields, psa_key: None, modified: None });
                }
                let user = users.iter_mut().find(|user| user.id == id).expect("it exists");
                for (field, text) in &values {
                    match field {
                        Field::PsaKey => user.psa_key = Some(Id::new(text.clone())),
                        Field::Login | Field::Priority => {}
                        field => user.fields.set(*field, text),
                    }
                }
            });
            id
        }
        RecordKind::PsaCompany => {
            let Reading::Complete(side) = &mut company.psa else { panic!("a change of an unread side") };
            for (field, text) in &values {
                side.company.fields.set(*field, text);
            }
            side.company.id.clone()
        }
        RecordKind::PortalCompany => {
            let Reading::Complete(side) = &mut company.portal else { panic!("a change of an unread side") };
            for (field, text) in &values {
                side.company.fields.set(*field, text);
            }
            side.company.id.clone()
        }
        RecordKind::TenantUser => panic!("nothing is written to 365"),
        RecordKind::Details => {
            let id = change.record.id.clone().unwrap_or_else(|| Id::new(format!("new {}", change.key.0)));
            edit_details(company, |records| {
                if new {
                    let user = change.seek.as_ref().and_then(|seek| seek.user.clone()).expect("whose it is");
                    records.push(Details { id: id.clone(), user, fields: Fields::new() });
                }
                let record = records.iter_mut().find(|record| record.id == id).expect("it exists");
                for (field, text) in &values {
                    record.fields.set(*field, text);
                }
            });
            id
        }
    }
}

/// A change in few words: `update contact 7: title, phone`.
pub(super) fn brief(change: &Change) -> String {
    let fields: Vec<String> = change.fields.iter().map(|field| field.field.to_string()).collect();
    let id = change.record.id.as_ref().map_or("new".to_owned(), ToString::to_string);
    let noun = match change.record.kind {
        RecordKind::PsaCompany => "psa company",
        RecordKind::PortalCompany => "portal company",
        kind => kind.noun(),
    };
    format!("{} {noun} {id}: {}", change.action, fields.join(", "))
}

pub(super) fn briefs(plan: &CompanyPlan) -> Vec<String> {
    plan.changes.iter().map(brief).collect()
}

/// The records of a conflict: `365 …1, PSA 7`.
pub(super) fn members(conflict: &Conflict) -> Vec<String> {
    let short = |id: &str| id.rsplit('-').next().unwrap_or(id).trim_start_matches('0').to_owned();
    conflict.candidates.iter().map(|one| format!("{} {}", one.side, short(one.id.as_str()))).collect()
}

/// The reasons given for a company, without names.
pub(super) fn reasons(plan: &CompanyPlan) -> BTreeSet<String> {
    plan.skipped.iter().map(|skip| skip.reason.clone()).collect()
}
