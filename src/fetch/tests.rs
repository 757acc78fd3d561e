//! What is asked of the three sides, and what becomes of what cannot be read.

use std::sync::{Mutex, PoisonError};

use super::*;
use crate::model::{
    Attributes, Field, Fields, Listing, PortalCompany, PortalSide, PsaCompany, PsaSide, Support, Tenant,
    User, UserKind,
};
use crate::reconcile::{AddressRule, Policy};

/// Hears nothing.
pub(super) struct Silent;

impl Progress for Silent {
    fn expect(&self, _: Side, _: Counted, _: usize) {}
    fn done(&self, _: Side, _: Counted, _: usize) {}
}

/// Three systems of which the PSA says East and Ada of every company. The portal agrees, and of each company in `north`
/// it remembers North; what it says when it is asked anew is `now`.
#[derive(Default)]
struct Systems {
    north: Vec<Id>,
    now: Mutex<Option<Result<Fields>>>,
    /// The portal's companies and those of the PSA that were asked for anew, and what was wanted at first.
    asked: Mutex<Vec<String>>,
}

impl Systems {
    fn sources(&self) -> Sources<'_> {
        Sources { tenants: self, psa: self, portal: self }
    }

    fn note(&self, what: String) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        asked.sort();
        asked
    }
}

impl ReadTenant for Systems {
    fn read(&self, id: &str) -> Result<TenantSide> {
        if id == "broken" {
            return Err(
                Error::new(Kind::Permission, "the tenant has not consented").hint("open the consent page")
            );
        }
        let tenant = Tenant { id: id.into(), name: id.into(), domains: Vec::new(), skus: Vec::new() };
        Ok(TenantSide { tenant, users: Listing::new("users").end() })
    }
}

impl ReadPsa for Systems {
    fn read(&self, request: &PsaRequest) -> Result<PsaReading> {
        self.note(format!("psa details {}", request.company_details));
        let companies =
            request.companies.iter().map(|id| (id.clone(), Reading::Complete(psa_side(id)))).collect();
        Ok(PsaReading {
            shape: Shape::default(),
            companies,
            pending: BTreeMap::new(),
            budget: None,
            rereads: None,
            remembered: request.companies.iter().cloned().collect(),
        })
    }

    fn company_details(&self, companies: &[Id]) -> BTreeMap<Id, Result<Fields>> {
        for id in companies {
            self.note(format!("psa anew {id}"));
        }
        companies.iter().map(|id| (id.clone(), Ok(details("East")))).collect()
    }
}

impl ReadPortal for Systems {
    fn read(&self, request: &PortalRequest) -> Result<PortalReading> {
        let PortalRequest { companies, company_details, user_details } = request;
        self.note(format!("portal details {} {}", company_details.len(), user_details.len()));
        let side = |id: &Id| portal_side(id, if self.north.contains(id) { "North" } else { "East" });
        let sides = companies.iter().map(|id| (id.clone(), Reading::Complete(side(id)))).collect();
        Ok(PortalReading { companies: sides, remembered: company_details.iter().cloned().collect() })
    }

    fn company_details(&self, companies: &[Id]) -> BTreeMap<Id, Result<Fields>> {
        for id in companies {
            self.note(format!("portal anew {id}"));
        }
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner).take();
        companies.iter().cloned().zip(now).collect()
    }

    fn shape(&self) -> Shape {
        Shape::default()
    }
}

fn details(territory: &str) -> Fields {
    Fields::new().with(Field::Territory, territory).with(Field::AccountManager, "Ada")
}

fn psa_side(id: &Id) -> PsaSide {
    let company = PsaCompany {
        id: id.clone(),
        name: id.to_string(),
        active: Some(true),
        fields: details("East"),
        linked: Vec::new(),
    };
    PsaSide { company, contacts: Listing::new("contacts").end() }
}

fn portal_side(id: &Id, territory: &str) -> PortalSide {
    let fields = details(territory);
    let company = PortalCompany { id: id.clone(), name: id.to_string(), psa_key: None, fields };
    PortalSide { company, users: Listing::new("portal users").end(), details: None }
}

fn company(number: i64, tenant: &str) -> Arc<Company> {
    Arc::new(Company {
        name: format!("client {number}"),
        enabled: true,
        portal_id: Id::from(number),
        psa_id: Id::from(100 + number),
        elsewhere: Vec::new(),
        tenant: tenant.into(),
        domains: Vec::new(),
        portal_writes: true,
        policy: Policy::default(),
    })
}

/// A PSA that serves all rows but these.
fn serving_all_but(unserved: &[Row]) -> Capabilities {
    let support = |row| if unserved.contains(&row) { Support::Unsupported } else { Support::Supported };
    let rows = Row::ALL.map(|row| (row, support(row), "for tests"));
    Capabilities { id: "testdesk", name: "Testdesk", rows: Box::leak(Box::new(rows)), own_company: None }
}

#[test]
fn one_unreadable_tenant_leaves_the_other_companies_whole() {
    let systems = Systems::default();
    let companies = [company(1, "whole"), company(2, "broken"), company(3, "whole")];
    let fetched = fetch(systems.sources(), &companies, &serving_all_but(&[]), &Silent);
    let whole: Vec<bool> =
        fetched.companies.iter().map(|company| company.tenant.complete().is_some()).collect();
    assert_eq!(whole, [true, false, true]);
    assert!(fetched.companies.iter().all(|company| company.psa.complete().is_some()));
    let Reading::Incomplete { kind, reason, hint } = &fetched.companies[1].tenant else { panic!("read") };
    assert_eq!(*kind, Kind::Permission);
    assert_eq!(reason, "the tenant has not consented");
    assert_eq!(hint.as_deref(), Some("open the consent page"));
}

#[test]
fn nothing_is_asked_for_a_row_that_the_psa_does_not_serve() {
    let mut with_details = company(1, "whole");
    Arc::make_mut(&mut with_details).policy.rows.insert(Row::UserDetails);
    for (unserved, wanted) in [
        (vec![], ["portal details 1 1", "psa details true"]),
        (vec![Row::CompanyDetails], ["portal details 0 1", "psa details false"]),
        (vec![Row::UserDetails], ["portal details 1 0", "psa details true"]),
    ] {
        let systems = Systems::default();
        fetch(systems.sources(), &[Arc::clone(&with_details)], &serving_all_but(&unserved), &Silent);
        assert_eq!(systems.asked(), wanted, "{unserved:?}");
    }
}

/// The territory in the portal of each company once both sides were read, and what was asked anew.
fn territories(systems: &Systems) -> (Vec<Option<String>>, Vec<String>) {
    let companies = [company(1, "whole"), company(2, "whole")];
    let fetched = fetch(systems.sources(), &companies, &serving_all_but(&[]), &Silent);
    let territory = |company: &CompanyInput| {
        company.portal.complete()?.company.fields.text(Field::Territory).map(ToOwned::to_owned)
    };
    let anew = systems.asked().into_iter().filter(|asked| asked.contains("anew")).collect();
    (fetched.companies.iter().map(territory).collect(), anew)
}

#[test]
fn details_that_are_remembered_are_read_anew_only_where_a_plan_would_change_them() {
    let agreeing = Systems::default();
    assert_eq!(territories(&agreeing), (vec![Some("East".into()), Some("East".into())], Vec::new()));

    let north = Systems { north: vec![Id::from(2)], ..Systems::default() };
    *north.now.lock().expect("no panic") = Some(Ok(details("West")));
    let (territories, anew) = territories(&north);
    assert_eq!(territories, [Some("East".into()), Some("West".into())]);
    assert_eq!(anew, ["portal anew 2", "psa anew 102"], "the other company is not read");
}

#[test]
fn details_that_cannot_be_read_anew_are_not_taken_for_what_they_were() {
    let north = Systems { north: vec![Id::from(2)], ..Systems::default() };
    *north.now.lock().expect("no panic") = Some(Err(Error::new(Kind::Network, "gone")));
    assert_eq!(territories(&north).0, [Some("East".into()), None], "the side is not complete any more");

    // What was not in the answer is not what it was before, and not blank.
    *north.now.lock().expect("no panic") = Some(Ok(Fields::new()));
    let companies = [company(2, "whole")];
    let fetched = fetch(north.sources(), &companies, &serving_all_but(&[]), &Silent);
    let portal = fetched.companies[0].portal.complete().expect("complete");
    assert_eq!(portal.company.fields.get(Field::Territory), crate::model::Value::Absent);
}

/// A tenant in which Ann has this title and no mailbox, so that her user name is the address.
fn titled(title: &str) -> Arc<TenantSide> {
    let fields = Fields::new().with(Field::Email, "ann@contoso.example").with(Field::Title, title);
    let ann = User {
        id: Id::from("ann"),
        user_name: "ann@contoso.example".to_owned(),
        fields,
        named_only: true,
        alternates: Vec::new(),
        given: Vec::new(),
        enabled: Some(true),
        kind: UserKind::Member,
        licences: None,
        all_alternates: true,
        on_premises: false,
        manager: None,
        attributes: Attributes::default(),
    };
    let mut users = Listing::new("users");
    users.page([ann], |user| user.id.clone()).expect("one record");
    let tenant = Tenant { id: "shared".into(), name: "Shared".into(), domains: Vec::new(), skus: Vec::new() };
    Arc::new(TenantSide { tenant, users: users.end() })
}

#[test]
fn companies_of_one_tenant_keep_their_own_view_of_it_after_a_recent_write() {
    let recent = RecentWrite {
        user: Id::from("ann"),
        field: Field::Title,
        before: "Buyer".to_owned(),
        after: "Head of Sales".to_owned(),
    };
    let whole = titled("Buyer");
    let gone = Error::new(Kind::Network, "gone");
    let readings = [
        Reading::Complete(AddressRule::Mail.seen(Arc::clone(&whole))),
        Reading::Complete(Arc::clone(&whole)),
        Reading::from(&gone),
        Reading::Complete(whole),
    ];
    let input = |tenant| CompanyInput {
        company: company(1, "shared"),
        tenant_id: "shared".to_owned(),
        tenant,
        psa: Reading::from(&gone),
        portal: Reading::from(&gone),
        pending: None,
    };
    let mut companies: Vec<CompanyInput> = readings.into_iter().map(input).collect();
    recent::make_up_for(&mut companies, &[recent]);
    let seen = |company: &CompanyInput| {
        let user = company.tenant.complete()?.users.items().first()?;
        Some([Field::Title, Field::Email].map(|field| user.fields.text(field).map(ToOwned::to_owned)))
    };
    let title = || Some("Head of Sales".to_owned());
    let full = [title(), Some("ann@contoso.example".to_owned())];
    assert_eq!(
        companies.iter().map(seen).collect::<Vec<_>>(),
        [Some([title(), None]), Some(full.clone()), None, Some(full)]
    );
    let shared = [1, 3].map(|place| companies[place].tenant.complete().expect("complete"));
    assert!(Arc::ptr_eq(shared[0], shared[1]), "what was one reading is one");
}
