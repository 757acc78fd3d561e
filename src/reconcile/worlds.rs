//! Small worlds for tests: three sides built in a few words, and services that do what a plan says.

mod pieces;
mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::model::{
    Attributes, Budget, Capabilities, Complete, Contact, Detail, Details, DetailsKind, DetailsSide, Field,
    FieldShape, Fields, Id, Listing, Look, Looks, Pictures, Pins, PortalCompany, PortalSide, PortalUser,
    PsaCompany, PsaSide, Reading, Row, Shape, Sku, Support, Tenant, TenantSide, Udf, UdfField, UdfKind, User,
    UserKind,
};
use crate::plan::{
    Action, Allowances, Change, ChangeKey, CompanyMemory, CompanyPlan, Conflict, Link, Memory, NewValue,
    Outcome, RecordKind,
};
use crate::text::name;

pub(in crate::reconcile) use pieces::*;
use services::write;
pub(in crate::reconcile) use services::{brief, briefs, members, reasons};

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
    pub(super) configured: Vec<Arc<Company>>,
    pub(super) tenant_ids: BTreeMap<String, String>,
    pub(super) products: Vec<Sku>,
    pub(super) decisions: Decisions,
    pub(super) memory: Memory,
    pub(super) psa_budget: Option<Budget>,
    pub(super) pins: Pins,
    pub(super) pictures: Pictures,
    /// The looks that were made; see [`World::looked`].
    pub(super) looks: Looks,
    /// What 365 answers of users, where that is not what the listing suggests.
    pub(super) truth: BTreeMap<Id, Look>,
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
                company.company.name,
                company.company.domains,
                company.company.portal_writes,
                company.company.policy
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
                    "  contact {id} active {active:?} alt {alternates:?} {:?}",
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
    Capabilities { id: "testdesk", name: "Testdesk", rows: Box::leak(Box::new(rows)), own_company: None }
}

/// Fields of at most `length` characters, except addresses.
fn shape(fields: &[Field], length: Option<usize>, required: &[Field]) -> Shape {
    let length = |field| length.filter(|_| field != Field::Email);
    Shape::new(fields.iter().map(|field| {
        (
            *field,
            FieldShape {
                length: length(*field),
                required: required.contains(field),
                ..FieldShape::default()
            },
        )
    }))
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
    /// One company, Contoso, with no people in it, the default policy, and all fields defined.
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
            configured: Vec::new(),
            tenant_ids: BTreeMap::new(),
            products: Vec::new(),
            decisions: Decisions::default(),
            memory: Memory::default(),
            psa_budget: None,
            pins: Pins::default(),
            pictures: Pictures::default(),
            looks: Looks::default(),
            truth: BTreeMap::new(),
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
        &mut self.companies[0].settings().policy
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
            took_part: true,
            out_by_setting: false,
        };
        self.memory.links.entry("Contoso".into()).or_default().push(link);
        self
    }

    pub(super) fn input(&self) -> Input<'_> {
        Input {
            capabilities: &self.capabilities,
            psa_shape: &self.psa_shape,
            psa_budget: self.psa_budget,
            psa_rereads: None,
            portal_shape: &self.portal_shape,
            companies: &self.companies,
            decisions: &self.decisions,
            configured: &self.configured,
            tenant_ids: &self.tenant_ids,
            products: &self.products,
            memory: &self.memory,
            guards: &self.guards,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    /// What was read after linking.
    pub(super) fn follow_up(&self) -> FollowUp {
        let (pins, pictures, looks) = (self.pins.clone(), self.pictures.clone(), self.looks.clone());
        FollowUp { pins, pictures, looks, psa_records: 0 }
    }

    /// Plans with the looks that were made already.
    pub(super) fn reconciled(&self) -> Reconciled {
        link(&self.input()).plan(&self.follow_up())
    }

    /// Explains a person with the looks that were made already.
    pub(super) fn explain(&self, needle: &str) -> Explained {
        link(&self.input()).explain(needle, &self.follow_up())
    }

    pub(super) fn plan(&self) -> Outcome {
        let mut outcome = self.looked().reconciled().outcome;
        outcome.lift(&self.allowed);
        outcome
    }

    /// The same world, with those looks at users that planning asks for.
    pub(super) fn looked(&self) -> Self {
        let mut looked = self.clone();
        for LookWanted { tenant, user } in link(&self.input()).looks_wanted() {
            let look = self.truth.get(&user).cloned().unwrap_or_else(|| self.listed(tenant, &user));
            looked.looks.add(tenant, BTreeMap::from([(user, look)]));
        }
        looked
    }

    /// A user as the listing of the tenant shows it.
    fn listed(&self, tenant: &str, user: &Id) -> Look {
        let companies = self.companies.iter().filter(|company| company.tenant_id == tenant);
        let sides = companies.filter_map(|company| company.tenant.complete());
        let found = sides.flat_map(|side| side.users.items()).filter(|one| one.id == *user);
        // Companies of one tenant have one listing; the few of the tests need not.
        let found = found.min_by_key(|one| (one.enabled, one.licences.clone()));
        found.map_or(Look::Gone, |user| Look::Here {
            enabled: user.enabled,
            licences: user.licences.as_deref().map(<[String]>::to_vec),
        })
    }

    /// Remembers what the next run is to know, as a run does that applied its plan.
    pub(super) fn remember(&mut self) {
        for CompanyMemory { company, links, licences, .. } in self.looked().reconciled().known {
            self.memory.links.insert(company.clone(), links);
            self.memory.licences.extend(licences.map(|rule| (company, rule)));
        }
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
                self.companies.iter_mut().find(|own| own.company.name == plan.name).expect("planned");
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
