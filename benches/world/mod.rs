//! Companies made up for benches and for counting: three sides of any number of people, most of them in agreement.

#![allow(dead_code, clippy::expect_used)] // each of those who use it needs a part of it

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crsync::model::{
    Attributes, Complete, Contact, Field, FieldShape, Fields, Id, Listing, PortalCompany, PortalSide,
    PortalUser, PsaCompany, PsaSide, Reading, Row, Shape, Tenant, TenantSide, Udf, UdfField, UdfKind, User,
    UserKind,
};
use crsync::plan::Memory;
use crsync::psa;
use crsync::reconcile::{Company, CompanyInput, Decisions, GuardLimits, Input, Policy};
use jiff::Timestamp;

/// The licences of all, shared by users as a reading shares them.
static LICENCES: LazyLock<Arc<[String]>> =
    LazyLock::new(|| ["06ebc4ee-1bb5-47dd-8120-11324bc54e06".to_owned()].into());

/// What the records of the people are like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// In agreement, but for a few in each hundred.
    Agreeing,
    /// Without anything that links them; every contact has the name of a user.
    Alone,
    /// In threes: two contacts of each other and a user have the user's address.
    Clashing,
}

/// What is made up.
#[derive(Clone, Copy)]
pub struct Size {
    pub companies: usize,
    /// People of each company.
    pub people: usize,
    /// Whether the portal is a side: without it, nothing is written there.
    pub portal: bool,
    pub are: People,
}

/// Everything that planning looks at, owned.
pub struct World {
    pub companies: Vec<CompanyInput>,
    configured: Vec<Arc<Company>>,
    psa_shape: Shape,
    portal_shape: Shape,
    pub decisions: Decisions,
    pub memory: Memory,
    guards: GuardLimits,
    tenant_ids: BTreeMap<String, String>,
}

impl World {
    pub fn new(size: Size) -> Self {
        let companies: Vec<CompanyInput> = (0..size.companies).map(|number| company(size, number)).collect();
        let configured = companies.iter().map(|own| Arc::clone(&own.company)).collect();
        let (psa_shape, portal_shape) = shapes();
        Self {
            companies,
            configured,
            psa_shape,
            portal_shape,
            decisions: Decisions::default(),
            memory: Memory::default(),
            guards: GuardLimits::default(),
            tenant_ids: BTreeMap::new(),
        }
    }

    pub fn input(&self) -> Input<'_> {
        Input {
            capabilities: psa::registry()[0].capabilities,
            psa_shape: &self.psa_shape,
            psa_budget: None,
            psa_rereads: None,
            portal_shape: &self.portal_shape,
            companies: &self.companies,
            decisions: &self.decisions,
            configured: &self.configured,
            tenant_ids: &self.tenant_ids,
            products: &[],
            memory: &self.memory,
            guards: &self.guards,
            now: Timestamp::UNIX_EPOCH,
        }
    }
}

const FIRST: [&str; 20] = [
    "Anna", "Ben", "Clara", "David", "Elena", "Frank", "Grace", "Hugo", "Inès", "Jonas", "Karim", "Lena",
    "Maria", "Nora", "Oscar", "Petra", "Quinn", "Rosa", "Simon", "Tara",
];

const SYLLABLES: [&str; 12] =
    ["ber", "lin", "ström", "kov", "man", "ros", "tal", "win", "dor", "hal", "mey", "san"];

/// A person of a company, of which every record is made.
struct Someone {
    number: usize,
    first: &'static str,
    last: String,
    address: String,
}

impl Someone {
    fn new(company: usize, number: usize) -> Self {
        let part = |at: usize| SYLLABLES[at % SYLLABLES.len()];
        let first = FIRST[number % FIRST.len()];
        let last = format!("{}{}{}", part(number), part(number / 12), part(number / 144));
        let address = format!("p{number}.{}@client{company}.example", part(number / 7).replace('ö', "o"));
        Self { number, first, last, address }
    }

    /// One of a hundred differs in what the remainder stands for.
    fn is(&self, remainder: usize) -> bool {
        self.number % 100 == remainder
    }

    fn fields(&self) -> Fields {
        Fields::new()
            .with(Field::FirstName, self.first)
            .with(Field::LastName, &self.last)
            .with(Field::DisplayName, format!("{} {}", self.first, self.last))
            .with(Field::Email, &self.address)
            .with(Field::Title, if self.number.is_multiple_of(5) { "Head of Department" } else { "Clerk" })
            .with(Field::Department, ["Sales", "Finance", "Operations"][self.number % 3])
            .with(Field::Phone, format!("+49 30 1234 {:06}", self.number))
            .with(Field::Mobile, "")
            .with(Field::Street, "Long Road 12")
            .with(Field::City, "Berlin")
            .with(Field::State, "")
            .with(Field::PostalCode, "10115")
            .with(Field::Country, "Germany")
    }

    fn user_id(&self, company: usize) -> String {
        format!("{company:08}-0000-4000-8000-{:012}", self.number)
    }

    fn user(&self, company: usize) -> User {
        // Another title than the contact has.
        let fields = if self.is(3) { self.fields().with(Field::Title, "Director") } else { self.fields() };
        User {
            id: Id::new(self.user_id(company)),
            fields,
            user_name: self.address.clone(),
            named_only: false,
            alternates: vec![format!(
                "{}.{}@client{company}.onmicrosoft.example",
                self.first.to_lowercase(),
                self.number
            )],
            given: Vec::new(),
            enabled: Some(!self.is(7)),
            kind: UserKind::Member,
            licences: Some(Arc::clone(&LICENCES)),
            all_alternates: true,
            on_premises: false,
            manager: None,
            attributes: Attributes::default(),
        }
    }

    fn contact(&self, company: usize) -> Contact {
        let stored = if self.is(11) { String::new() } else { self.user_id(company) };
        Contact {
            id: Id::new(format!("{}", 29_000_000 + company * 1_000_000 + self.number)),
            fields: self
                .fields()
                .with(Field::Udf(Udf::IsOffice365), if self.is(11) { "" } else { "true" })
                .with(Field::Udf(Udf::Office365Id), stored),
            active: Some(!self.is(13)),
            alternates: Vec::new(),
            types: Vec::new(),
            modified: None,
        }
    }

    /// A contact of the same name, and nothing else that is the same.
    fn stranger(&self, company: usize) -> Contact {
        let fields = self.contact(company).fields.with(Field::Udf(Udf::Office365Id), "");
        let address = format!("{}{}@home{company}.example", self.first.to_lowercase(), self.number);
        Contact { fields: fields.with(Field::Email, address), ..self.contact(company) }
    }

    /// A contact with the address of the person before, for every second one.
    fn of_another(&self, company: usize) -> Contact {
        let address = Self::new(company, self.number & !1).address;
        let fields = self.contact(company).fields.with(Field::Udf(Udf::Office365Id), "");
        Contact { fields: fields.with(Field::Email, address), active: Some(true), ..self.contact(company) }
    }

    fn portal_user(&self, company: usize) -> PortalUser {
        let contact = self.contact(company).id;
        PortalUser {
            id: Id::new(format!("{}", 7_000_000 + company * 1_000_000 + self.number)),
            fields: self
                .fields()
                .with(Field::UserName, &self.address)
                .with(Field::Title, if self.is(3) { "Director" } else { "Clerk" })
                .with(Field::PsaKey, contact.as_str()),
            psa_key: Some(contact),
            modified: None,
        }
    }
}

fn listing<T>(what: &'static str, items: impl Iterator<Item = T>, id: fn(&T) -> Id) -> Complete<T> {
    let mut listing = Listing::new(what);
    listing.page(items, id).expect("different ids");
    listing.end()
}

/// One company. Of a hundred people one has no contact and one no portal user.
fn company(size: Size, number: usize) -> CompanyInput {
    let id = Id::new(format!("{}", number + 1));
    let name = format!("Client {number:04}");
    let tenant_id = format!("{number:08}-aaaa-4000-8000-000000000000");
    let people = || (0..size.people).map(|person| Someone::new(number, person));
    let tenant = Tenant {
        id: tenant_id.clone(),
        name: name.clone(),
        domains: vec![format!("client{number}.example")],
        skus: Vec::new(),
    };
    let users = listing("users", people().map(|one| one.user(number)), |user| user.id.clone());
    let contacts = people().filter(|one| !one.is(17)).map(|one| match size.are {
        People::Agreeing => one.contact(number),
        People::Alone => one.stranger(number),
        People::Clashing => one.of_another(number),
    });
    let contacts = listing("contacts", contacts, |contact| contact.id.clone());
    let portal_users = people().filter(|one| size.portal && !one.is(19)).map(|one| one.portal_user(number));
    let portal_users = listing("portal users", portal_users, |user| user.id.clone());
    let stored = Fields::new().with(Field::Udf(Udf::Tenant365Id), &tenant_id);
    let psa = PsaCompany {
        id: id.clone(),
        name: name.clone(),
        active: Some(true),
        fields: stored,
        linked: Vec::new(),
    };
    let portal = PortalCompany {
        id: id.clone(),
        name: name.clone(),
        psa_key: Some(id.clone()),
        fields: Fields::new(),
    };
    let mut policy = Policy::default();
    if !size.portal {
        policy.rows.remove(&Row::SyncFrom365);
        policy.rows.remove(&Row::SyncFromPsa);
    }
    let company = Company {
        name,
        enabled: true,
        portal_id: id.clone(),
        psa_id: id,
        elsewhere: Vec::new(),
        tenant: tenant_id.clone(),
        domains: vec![format!("client{number}.example")],
        portal_writes: size.portal,
        policy,
    };
    CompanyInput {
        pending: None,
        company: Arc::new(company),
        tenant_id,
        tenant: Reading::Complete(Arc::new(TenantSide { tenant, users })),
        psa: Reading::Complete(PsaSide { company: psa, contacts }),
        portal: Reading::Complete(PortalSide { company: portal, users: portal_users, details: None }),
    }
}

/// What the PSA's and the portal's records take.
fn shapes() -> (Shape, Shape) {
    let field = |field: &Field| (*field, FieldShape { length: Some(100), ..FieldShape::default() });
    let udf = |role: Udf, kind| UdfField { role, name: role.default_name().to_owned(), kind };
    let psa = Shape::new(Field::PERSONAL.iter().map(field))
        .with_udf(udf(Udf::IsOffice365, UdfKind::Checkbox))
        .with_udf(udf(Udf::Office365Id, UdfKind::Text(None)))
        .with_udf(udf(Udf::Tenant365Id, UdfKind::Text(None)));
    (psa, Shape::new(Field::PERSONAL.iter().map(field)))
}
