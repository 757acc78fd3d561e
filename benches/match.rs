//! How long it takes to say who is who where 10,000 people stayed alone on each side, suggestions included.
//!
//! `cargo bench --bench match` prints the time. Nothing is read over a network: the sides are made up here.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)] // it prints what it measures

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crsync::model::{
    Attributes, Contact, Field, Fields, Id, Listing, PortalCompany, PortalSide, PsaCompany, PsaSide, Reading,
    Shape, Tenant, TenantSide, User, UserKind,
};
use crsync::plan::Memory;
use crsync::psa;
use crsync::reconcile::{Company, CompanyInput, Decisions, GuardLimits, Input, Policy, link};
use jiff::Timestamp;

const PEOPLE: usize = 10_000;

const RUNS: usize = 5;

const FIRST: [&str; 20] = [
    "Anna", "Ben", "Clara", "David", "Elena", "Frank", "Grace", "Hugo", "Ines", "Jonas", "Karim", "Lena",
    "Maria", "Nora", "Oscar", "Petra", "Quinn", "Rosa", "Simon", "Tara",
];

const SYLLABLES: [&str; 12] =
    ["ber", "lin", "ström", "kov", "man", "ros", "tal", "win", "dor", "hal", "mey", "san"];

/// The n-th person: first names repeat every twenty, last names every 1,728.
fn names(n: usize) -> (String, String) {
    let part = |at: usize| SYLLABLES[at % SYLLABLES.len()];
    (FIRST[n % FIRST.len()].to_owned(), format!("{}{}{}", part(n), part(n / 12), part(n / 144)))
}

fn fields((first, last): (String, String), address: &str) -> Fields {
    Fields::new().with(Field::FirstName, first).with(Field::LastName, last).with(Field::Email, address)
}

fn user(n: usize) -> User {
    let (first, last) = names(n);
    let address = format!("{first}.{last}{n}@contoso.example").to_lowercase();
    User {
        id: Id::new(format!("00000000-0000-4000-8000-{n:012}")),
        fields: fields((first, last), &address),
        user_name: address,
        named_only: false,
        alternates: Vec::new(),
        given: Vec::new(),
        enabled: Some(true),
        kind: UserKind::Member,
        licences: Some(["e3".to_owned()].into()),
        all_alternates: true,
        on_premises: false,
        manager: None,
        attributes: Attributes::default(),
    }
}

/// The same people with other addresses, and every third name spelled otherwise.
fn contact(n: usize) -> Contact {
    let (first, mut last) = names(n);
    if n.is_multiple_of(3) {
        last.push('n');
    }
    let initial: String = first.chars().take(1).collect();
    let address = format!("{initial}{last}{n}@home.example").to_lowercase();
    let fields = fields((first, last), &address);
    Contact {
        id: Id::new(n.to_string()),
        fields,
        active: Some(true),
        alternates: Vec::new(),
        types: Vec::new(),
        modified: None,
    }
}

fn company() -> CompanyInput {
    let mut users = Listing::new("users");
    users.page((0..PEOPLE).map(user), |user| user.id.clone()).expect("different ids");
    let mut contacts = Listing::new("contacts");
    contacts.page((0..PEOPLE).map(contact), |contact| contact.id.clone()).expect("different ids");
    let id = Id::from(1);
    let name = "Contoso".to_owned();
    let tenant = Tenant { id: "t".to_owned(), name: name.clone(), domains: Vec::new(), skus: Vec::new() };
    let psa = PsaCompany {
        id: id.clone(),
        name: name.clone(),
        active: Some(true),
        fields: Fields::new(),
        linked: Vec::new(),
    };
    let portal = PortalCompany { id: id.clone(), name: name.clone(), psa_key: None, fields: Fields::new() };
    let company = Company {
        name,
        enabled: true,
        portal_id: id.clone(),
        psa_id: id,
        elsewhere: Vec::new(),
        tenant: "t".to_owned(),
        domains: Vec::new(),
        portal_writes: true,
        policy: Policy::default(),
    };
    CompanyInput {
        pending: None,
        company: Arc::new(company),
        tenant_id: "t".to_owned(),
        tenant: Reading::Complete(Arc::new(TenantSide { tenant, users: users.end() })),
        psa: Reading::Complete(PsaSide { company: psa, contacts: contacts.end() }),
        portal: Reading::Complete(PortalSide {
            company: portal,
            users: Listing::new("portal users").end(),
            details: None,
        }),
    }
}

fn main() {
    let companies = [company()];
    let (shape, decisions, memory, guards) =
        (Shape::default(), Decisions::default(), Memory::default(), GuardLimits::default());
    let input = Input {
        capabilities: psa::registry()[0].capabilities,
        psa_shape: &shape,
        psa_budget: None,
        psa_rereads: None,
        portal_shape: &shape,
        companies: &companies,
        decisions: &decisions,
        configured: &[],
        tenant_ids: &BTreeMap::new(),
        products: &[],
        memory: &memory,
        guards: &guards,
        now: Timestamp::UNIX_EPOCH,
    };
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let people = link(&input).people();
            let elapsed = start.elapsed();
            assert_eq!(people[0].alone.len(), 2 * PEOPLE);
            let found = people[0].alone.iter().filter(|one| !one.suggestions.is_empty()).count();
            assert!(found > 2 * PEOPLE * 99 / 100, "only {found} have a suggestion");
            elapsed
        })
        .collect();
    times.sort();
    println!("{PEOPLE} alone on each of two sides: median {:?} of {RUNS} runs", times[RUNS / 2]);
}
