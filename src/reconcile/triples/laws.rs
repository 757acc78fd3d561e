//! What holds of every proposal, whatever the sides say. The worlds are tiny and their ids and domains few, so that
//! records collide all the time.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::model::{Field, Fields, PortalCompany, Udf};

const TENANTS: [&str; 3] = [
    "a1de0001-0000-4000-8000-000000000001",
    "a1de0001-0000-4000-8000-000000000002",
    "a1de0001-0000-4000-8000-000000000003",
];
const DOMAINS: [&str; 6] =
    ["alder.example", "birch.example", "cedar.example", "dogwood.example", "elm.example", "gmail.com"];
const NAMES: [&str; 3] = ["Alder", "Birch", ""];

fn client(id: i64, name: &str, key: Option<i64>, domains: BTreeSet<&str>) -> PortalClient {
    let company = PortalCompany {
        id: Id::from(id),
        name: name.to_owned(),
        psa_key: key.map(Id::from),
        fields: Fields::new(),
    };
    PortalClient { company, domains: domains.into_iter().map(ToOwned::to_owned).collect() }
}

fn account(id: i64, name: &str, stored: &str, domain: Option<&str>, active: bool) -> Account {
    let fields = Fields::new().with(Field::Udf(Udf::Tenant365Id), stored);
    let company = PsaCompany {
        id: Id::from(id),
        name: name.to_owned(),
        active: Some(active),
        fields,
        linked: Vec::new(),
    };
    Account { company, domain: domain.map(ToOwned::to_owned) }
}

fn tenant(id: &str, domains: &[&str]) -> KnownTenant {
    let domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
    KnownTenant { id: id.to_owned(), name: String::new(), domains }
}

fn stored() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just(""), 4 => select(&TENANTS[..]), 1 => select(&["see ticket", "elm.example"][..])]
}

/// Every domain of the first five has one tenant, as in the world.
fn tenants() -> impl Strategy<Value = Vec<KnownTenant>> {
    vec(0..4_usize, DOMAINS.len()).prop_map(|owners| {
        let of = |at: usize| {
            let own = DOMAINS.iter().zip(&owners).filter(|(_, owner)| **owner == at);
            own.map(|(domain, _)| *domain).collect::<Vec<_>>()
        };
        TENANTS.iter().enumerate().map(|(at, id)| tenant(id, &of(at))).collect()
    })
}

fn sides() -> impl Strategy<Value = Sides> {
    let portal = vec((select(&NAMES[..]), option::of(1..6_i64), btree_set(select(&DOMAINS[..]), 0..3)), 0..5);
    let psa = vec(
        (select(&NAMES[..]), stored(), option::of(select(&DOMAINS[..])), prop::bool::weighted(0.9)),
        0..5,
    );
    (portal, psa, tenants()).prop_map(|(portal, psa, tenants)| Sides {
        portal: (10..).zip(portal).map(|(id, (name, key, domains))| client(id, name, key, domains)).collect(),
        psa: (1..)
            .zip(psa)
            .map(|(id, (name, stored, domain, active))| account(id, name, stored, domain, active))
            .collect(),
        tenants,
    })
}

/// A proposal without the company that it is for.
type Bare = (Id, String, BTreeSet<Evidence>, Strength);

/// What is proposed, without the words.
fn bare(found: &[Found]) -> BTreeMap<Id, BTreeSet<Bare>> {
    let triple = |one: &Triple| (one.psa.clone(), one.tenant.clone(), one.evidence.clone(), one.strength);
    found.iter().map(|one| (one.portal.clone(), one.candidates.iter().map(triple).collect())).collect()
}

fn exact(found: &[Found]) -> Vec<Triple> {
    found.iter().filter_map(Found::exact).cloned().collect()
}

proptest! {
    #![proptest_config(crate::reconcile::laws::config())]

    #[test]
    fn names_change_nothing(sides in sides(), names in vec(select(&NAMES[..]), 10)) {
        let mut renamed = sides.clone();
        for (client, name) in renamed.portal.iter_mut().zip(&names) {
            client.company.name = (*name).to_owned();
        }
        for (account, name) in renamed.psa.iter_mut().zip(names.iter().rev()) {
            account.company.name = (*name).to_owned();
        }
        prop_assert_eq!(bare(&propose(&sides, "PSA")), bare(&propose(&renamed, "PSA")));
    }

    #[test]
    fn the_order_of_the_records_changes_nothing(sides in sides()) {
        let mut turned = sides.clone();
        turned.portal.reverse();
        turned.psa.reverse();
        turned.tenants.reverse();
        prop_assert_eq!(bare(&propose(&sides, "PSA")), bare(&propose(&turned, "PSA")));
    }

    #[test]
    fn what_nothing_but_a_name_speaks_for_is_never_proposed(sides in sides()) {
        let mut nameless = sides;
        nameless.portal.iter_mut().for_each(|client| {
            client.company.psa_key = None;
            client.domains.clear();
        });
        let found = propose(&nameless, "PSA");
        prop_assert!(found.iter().all(|one| one.candidates.is_empty() && !one.doubts.is_empty()));
    }

    #[test]
    fn no_record_is_in_two_exact_proposals_and_none_is_exact_and_in_doubt(sides in sides()) {
        let found = propose(&sides, "PSA");
        prop_assert_eq!(found.len(), sides.portal.len());
        let exact = exact(&found);
        let psas: BTreeSet<&Id> = exact.iter().map(|one| &one.psa).collect();
        prop_assert_eq!(psas.len(), exact.len());
        for one in &found {
            if let Some(triple) = one.exact() {
                prop_assert!(one.candidates.len() == 1 && one.doubts.is_empty());
                prop_assert!(triple.evidence.len() > 1, "{:?}", triple);
                prop_assert!(!found.iter().any(|other| other.portal != one.portal
                    && other.candidates.iter().any(|also| also.psa == triple.psa)));
            } else {
                prop_assert!(!one.doubts.is_empty() || one.likely().is_some(), "{:?}", one);
            }
        }
    }

    #[test]
    fn what_is_stored_is_never_contradicted(sides in sides()) {
        for triple in propose(&sides, "PSA").iter().flat_map(|one| &one.candidates) {
            let account = sides.psa.iter().find(|one| one.company.id == triple.psa).expect("a company");
            let stored = stored_text(&account.company).filter(|text| TENANTS.contains(text));
            prop_assert!(stored.is_none_or(|stored| stored == triple.tenant));
            let client = sides.portal.iter().find(|one| one.company.id == triple.portal).expect("a company");
            let key = client.company.psa_key.as_ref().filter(|key| sides.psa.iter().any(|one| one.company.id == **key));
            prop_assert!(key.is_none_or(|key| *key == triple.psa));
        }
    }

    #[test]
    fn companies_that_share_a_tenant_have_domains_of_their_own(sides in sides()) {
        let chosen = exact(&propose(&sides, "PSA"));
        let domains = own_domains(&chosen, &[], &sides);
        for (at, one) in chosen.iter().enumerate() {
            for (other_at, other) in chosen.iter().enumerate().filter(|(_, other)| other.tenant == one.tenant) {
                if let (true, Ok(own), Ok(others)) = (at != other_at, &domains[at], &domains[other_at]) {
                    prop_assert!(!own.is_empty() && own.iter().all(|domain| !others.contains(domain)), "{:?}", other);
                }
            }
        }
    }
}

/// Two companies with everything stored, and their tenants.
fn two() -> Sides {
    Sides {
        portal: vec![
            client(10, "Alder", Some(1), BTreeSet::from(["alder.example"])),
            client(11, "Birch", Some(2), BTreeSet::from(["birch.example"])),
        ],
        psa: vec![account(1, "Alder", TENANTS[0], None, true), account(2, "Birch", TENANTS[1], None, true)],
        tenants: vec![tenant(TENANTS[0], &["alder.example"]), tenant(TENANTS[1], &["birch.example"])],
    }
}

fn doubts(sides: &Sides) -> Vec<String> {
    propose(sides, "PSA").iter().flat_map(|found| found.doubts.clone()).collect()
}

#[test]
fn stored_ids_make_a_proposal_exact() {
    let sides = two();
    let found = propose(&sides, "PSA");
    assert_eq!(exact(&found).len(), 2);
    let rests = exact(&found)[0].rests_on("PSA");
    assert_eq!(
        rests,
        "tenant stored in PSA; the portal is linked to this PSA company; alder.example in the portal"
    );
}

#[test]
fn a_link_is_not_needed_where_stored_tenant_and_domain_agree() {
    let mut sides = two();
    sides.portal.iter_mut().for_each(|client| client.company.psa_key = None);
    assert_eq!(exact(&propose(&sides, "PSA")).len(), 2);
}

#[test]
fn domains_alone_are_likely_and_not_exact() {
    let mut sides = two();
    sides.portal.iter_mut().for_each(|client| client.company.psa_key = None);
    sides.psa = vec![
        account(1, "Birch", "", Some("alder.example"), true),
        account(2, "Alder", "", Some("birch.example"), true),
    ];
    let found = propose(&sides, "PSA");
    assert!(exact(&found).is_empty());
    let likely: Vec<&Id> = found.iter().filter_map(|one| Some(&one.likely()?.psa)).collect();
    assert_eq!(likely, [&Id::from(1), &Id::from(2)], "the names are the other way round");
}

#[test]
fn what_speaks_against_a_proposal_is_said() {
    let mut swapped = two();
    swapped.portal[0].company.psa_key = Some(Id::from(2));
    assert_eq!(
        doubts(&swapped),
        [
            "company 2 is linked to Birch as well".to_owned(),
            format!("its domain alder.example belongs to another tenant, {}", TENANTS[0]),
            "company 2 is linked to Alder as well".to_owned(),
        ]
    );
    let mut inactive = two();
    inactive.psa[0].company.active = Some(false);
    assert_eq!(doubts(&inactive), ["Alder is inactive in PSA"]);
    let mut gone = two();
    gone.portal[0].company.psa_key = Some(Id::from(7));
    assert_eq!(doubts(&gone), ["it is linked to company 7, which PSA does not have"]);
    let mut note = two();
    note.psa[0].company.fields = Fields::new().with(Field::Udf(Udf::Tenant365Id), "see ticket");
    assert_eq!(
        doubts(&note),
        ["Alder in PSA stores \"see ticket\" as its tenant, which names none that is known"]
    );
    let mut linked = two();
    linked.psa[0].company.linked = vec![TENANTS[1].to_owned()];
    let against =
        format!("PSA itself links Alder to the tenant {}, and Alder stores another one or none", TENANTS[1]);
    assert_eq!(doubts(&linked), [against]);
}

#[test]
fn a_tenant_that_an_unchosen_company_points_to_is_shared() {
    let mut sides = two();
    sides.psa[1] = account(2, "Birch", TENANTS[0], None, true);
    sides.tenants = vec![tenant(TENANTS[0], &["alder.example", "birch.example"])];
    let chosen = exact(&propose(&sides, "PSA"));
    assert_eq!(
        own_domains(&chosen, &[], &sides),
        [Ok(vec!["alder.example".to_owned()]), Ok(vec!["birch.example".to_owned()])]
    );
    assert_eq!(own_domains(&chosen[..1], &[], &sides), [Ok(vec!["alder.example".to_owned()])]);
    let standing = Standing {
        name: "Birch".to_owned(),
        portal: Id::from(11),
        psa: Id::from(2),
        tenant: TENANTS[0].to_owned(),
        domains: BTreeSet::new(),
    };
    let held = own_domains(&chosen[..1], &[standing], &sides);
    assert!(held[0].as_ref().is_err_and(|why| why.contains("add domains = ")), "{held:?}");
}

#[test]
fn a_domain_of_contacts_stands_out_or_says_nothing() {
    let addresses = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let all = BTreeMap::from([
        (Id::from(1), addresses(&["a@alder.example", "b@ALDER.example", "c@gmail.com"])),
        (Id::from(2), addresses(&["a@gmail.com", "b@gmail.com"])),
        (Id::from(3), addresses(&["a@birch.example", "b@cedar.example"])),
        (Id::from(4), addresses(&["x@alder.example", "no address"])),
        (Id::from(5), addresses(&["x@msp.example"])),
    ]);
    let foreign = BTreeSet::from(["msp.example".to_owned()]);
    assert_eq!(contact_domains(&all, &foreign), BTreeMap::from([(Id::from(1), "alder.example".to_owned())]));
}
