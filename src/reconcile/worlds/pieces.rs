//! Records in a few words, and companies that hold them.

use super::*;

/// A record to put into a world.
#[derive(Debug, Clone)]
pub(in crate::reconcile) enum Piece {
    User(User),
    Contact(Contact),
    Portal(PortalUser),
}

pub(in crate::reconcile) fn guid(number: i64) -> Id {
    Id::new(format!("00000000-0000-4000-8000-{number:012}"))
}

/// A licensed, enabled member: `ann` becomes Ann Lee, `ann@contoso.example`.
pub(in crate::reconcile) fn user(number: i64, local: &str) -> User {
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
        named_only: false,
        alternates: Vec::new(),
        given: Vec::new(),
        enabled: Some(true),
        kind: UserKind::Member,
        licences: Some([E3.to_owned()].into()),
        all_alternates: true,
        on_premises: false,
        manager: None,
        attributes: Attributes::default(),
    }
}

/// An active contact with nothing but name and email.
pub(in crate::reconcile) fn contact(number: i64, local: &str) -> Contact {
    let mut fields = blank_contact();
    for (field, text) in names(local).into_iter().filter(|(field, _)| *field != Field::DisplayName) {
        fields.set(field, text);
    }
    let address = if local.contains('@') { local.to_owned() } else { format!("{local}@contoso.example") };
    fields.set(Field::Email, address);
    let (alternates, types) = (Vec::new(), Vec::new());
    Contact { id: Id::from(number), fields, active: Some(true), alternates, types, modified: None }
}

/// A portal user with name and email, and the user name 365 would give.
pub(in crate::reconcile) fn portal(id: &str, local: &str, psa_key: Option<i64>) -> PortalUser {
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

pub(super) fn blank_contact() -> Fields {
    let udfs = [Udf::TypeMapping, Udf::IsOffice365, Udf::Office365Id].map(Field::Udf);
    CONTACT.into_iter().chain(udfs).map(|field| (field, String::new())).collect()
}

/// A person in agreement on all three sides.
pub(in crate::reconcile) fn agreed(number: i64, local: &str) -> [Piece; 3] {
    let mut held = contact(number, local);
    held.fields.set(Field::Udf(Udf::IsOffice365), "true");
    held.fields.set(Field::Udf(Udf::Office365Id), guid(number).as_str());
    let portal = portal(&format!("p{number}"), local, Some(number));
    [Piece::User(user(number, local)), Piece::Contact(held), Piece::Portal(portal)]
}

/// The tenant of a company of this number: every company has its own.
pub(in crate::reconcile) fn tenant(number: i64) -> String {
    if number == 1 { TENANT.to_owned() } else { format!("aaaaaaaa-0000-4000-8000-{number:012}") }
}

impl CompanyInput {
    /// The company's settings, to be edited.
    pub(in crate::reconcile) fn settings(&mut self) -> &mut Company {
        Arc::make_mut(&mut self.company)
    }
}

/// Gives a company another tenant, in the configuration, in what it answers, and in what the PSA company stores.
pub(in crate::reconcile) fn move_to(company: &mut CompanyInput, tenant: &str) {
    company.settings().tenant = tenant.to_owned();
    company.tenant_id = tenant.to_owned();
    if let Reading::Complete(side) = &mut company.tenant {
        Arc::make_mut(side).tenant.id = tenant.to_owned();
    }
    store(company, tenant);
}

/// Changes the licences that the tenant owns.
pub(in crate::reconcile) fn edit_skus(company: &mut CompanyInput, edit: impl FnOnce(&mut Vec<Sku>)) {
    if let Reading::Complete(side) = &mut company.tenant {
        edit(&mut Arc::make_mut(side).tenant.skus);
    }
}

/// Lets the PSA company store this as its tenant.
pub(in crate::reconcile) fn store(company: &mut CompanyInput, text: &str) {
    if let Reading::Complete(side) = &mut company.psa {
        side.company.fields.set(Field::Udf(Udf::Tenant365Id), text);
    }
}

/// Links the portal company to this PSA company.
pub(in crate::reconcile) fn key(company: &mut CompanyInput, psa: Option<i64>) {
    if let Reading::Complete(side) = &mut company.portal {
        side.company.psa_key = psa.map(Id::from);
    }
}

pub(in crate::reconcile) fn company(name: &str, number: i64) -> CompanyInput {
    let tenant_id = tenant(number);
    let tenant = Tenant {
        id: tenant_id.clone(),
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
        active: Some(true),
        fields: details().with(Field::Udf(Udf::Tenant365Id), &tenant_id),
        linked: Vec::new(),
    };
    let portal =
        PortalCompany { id: Id::from(number), name: name.to_owned(), psa_key: None, fields: details() };
    let settings = Company {
        name: name.to_owned(),
        enabled: false,
        portal_id: portal.id.clone(),
        psa_id: psa.id.clone(),
        elsewhere: Vec::new(),
        tenant: tenant_id.clone(),
        domains: Vec::new(),
        portal_writes: true,
        policy: Policy::default(),
    };
    CompanyInput {
        company: Arc::new(settings),
        tenant_id,
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
pub(super) fn join_names(contact: &mut Contact) {
    let [first, last] = [Field::FirstName, Field::LastName]
        .map(|half| contact.fields.text(half).unwrap_or_default().to_owned());
    let (first, last) = name::split(&name::join(&first, &last));
    contact.fields.set(Field::FirstName, first);
    contact.fields.set(Field::LastName, last);
}

/// Records read to their end.
pub(in crate::reconcile) fn complete<T>(items: Vec<T>, id: impl Fn(&T) -> Id) -> Complete<T> {
    let mut listing = Listing::new("test records");
    listing.page(items, id).expect("different ids");
    listing.end()
}

pub(in crate::reconcile) fn incomplete<T>() -> Reading<T> {
    Reading::Incomplete {
        kind: crate::error::Kind::Incomplete,
        reason: "the listing broke off".to_owned(),
        hint: None,
    }
}

pub(in crate::reconcile) fn edit_users(company: &mut CompanyInput, edit: impl FnOnce(&mut Vec<User>)) {
    let Reading::Complete(side) = &mut company.tenant else { return };
    let side = Arc::make_mut(side);
    let mut items = side.users.items().to_vec();
    edit(&mut items);
    side.users = complete(items, |user| user.id.clone());
}

pub(in crate::reconcile) fn edit_contacts(company: &mut CompanyInput, edit: impl FnOnce(&mut Vec<Contact>)) {
    let Reading::Complete(side) = &mut company.psa else { return };
    let mut items = side.contacts.items().to_vec();
    edit(&mut items);
    side.contacts = complete(items, |contact| contact.id.clone());
}

pub(in crate::reconcile) fn edit_portal(company: &mut CompanyInput, edit: impl FnOnce(&mut Vec<PortalUser>)) {
    let Reading::Complete(side) = &mut company.portal else { return };
    let mut items = side.users.items().to_vec();
    edit(&mut items);
    side.users = complete(items, |user| user.id.clone());
}

/// The details record of a user, with an account state.
pub(in crate::reconcile) fn record(number: usize, user: i64, state: &str) -> Details {
    let state = Fields::new().with(Field::Detail(Detail::AccountState), state);
    Details { id: Id::new(format!("d{number}")), user: guid(user), fields: state }
}

/// Changes the details records, which are read from then on if they were not.
pub(in crate::reconcile) fn edit_details(company: &mut CompanyInput, edit: impl FnOnce(&mut Vec<Details>)) {
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
