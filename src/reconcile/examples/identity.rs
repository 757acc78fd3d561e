//! Companies whose sides name other records than the configuration.

use std::sync::Arc;

use crate::model::{Id, Reading, Row};
use crate::plan::{CompanyConflict, CompanyPlan, Proof};
use crate::reconcile::worlds::*;
use crate::reconcile::{Company, Replaced, link, tenants_wanted};

/// Contoso and Fabrikam, each with two people who agree and one who is new.
fn two() -> World {
    let mut world = World::with(agreed(1, "ann"));
    world.companies.push(company("Fabrikam", 2));
    for piece in agreed(2, "ben").into_iter().chain([Piece::User(user(3, "cy"))]) {
        world.add_to(1, piece);
    }
    world.add(Piece::User(user(4, "dee")));
    world
}

fn plan(world: &World, name: &str) -> CompanyPlan {
    let plans = world.plan().companies;
    plans.into_iter().find(|plan| plan.name == name).expect("planned")
}

fn conflict(world: &World, name: &str) -> CompanyConflict {
    let plan = plan(world, name);
    assert_eq!(briefs(&plan), Vec::<String>::new());
    let [conflict] = &plan.company_conflicts[..] else { panic!("{:?}", plan.company_conflicts) };
    conflict.clone()
}

fn configured(name: &str, psa: i64, tenant: &str) -> Company {
    let mut own = company(name, psa);
    (own.settings().psa_id, own.settings().tenant) = (Id::from(psa), tenant.to_owned());
    Company::clone(&own.company)
}

fn decide(world: &mut World, tenant: Option<&str>, psa_key: Option<i64>) {
    world.decisions.replaced.push(Replaced {
        company: "Contoso".to_owned(),
        tenant: tenant.map(ToOwned::to_owned),
        psa_key: psa_key.map(Id::from),
        who: "ann".to_owned(),
        when: jiff::civil::date(2026, 11, 2),
    });
}

#[test]
fn swapped_tenants_hold_back_both_companies_and_each_names_the_other() {
    let mut world = two();
    let mut sides = [world.companies[0].tenant.clone(), world.companies[1].tenant.clone()];
    sides.reverse();
    for (company, (side, number)) in world.companies.iter_mut().zip(sides.into_iter().zip([2, 1])) {
        let stored = company.tenant_id.clone();
        company.tenant = side;
        company.settings().tenant = tenant(number);
        company.tenant_id = tenant(number);
        store(company, &stored);
    }
    let alder = conflict(&world, "Contoso");
    assert_eq!((alder.proof, &alder.whose[..]), (Proof::StoredTenant, &["Fabrikam".to_owned()][..]));
    assert_eq!((alder.stored, alder.configured), (tenant(1), tenant(2)));
    assert!(alder.reason.contains("the tenant of Fabrikam"), "{}", alder.reason);
    assert!(alder.next.contains("may be swapped"), "{}", alder.next);
    assert_eq!(conflict(&world, "Fabrikam").whose, ["Contoso"]);
    // The owner is named where it is not chosen for this run as well.
    let other = world.companies.pop().expect("two");
    world.configured = vec![Arc::new(configured("Fabrikam", 102, &other.company.tenant))];
    assert_eq!(conflict(&world, "Contoso").whose, ["Fabrikam"]);
}

#[test]
fn a_tenant_that_the_psa_itself_links_is_believed_beside_the_one_that_is_stored() {
    let mut world = two();
    let link = |world: &mut World, linked: &[&str]| {
        let Reading::Complete(psa) = &mut world.companies[0].psa else { panic!("it was read") };
        psa.company.linked = linked.iter().map(|id| (*id).to_owned()).collect();
    };
    let own = world.companies[0].tenant_id.clone();
    store(&mut world.companies[0], &own);
    link(&mut world, &[&own, &tenant(7)]);
    assert!(plan(&world, "Contoso").company_conflicts.is_empty(), "one of them is this one");
    link(&mut world, &[&tenant(7)]);
    let found = conflict(&world, "Contoso");
    assert_eq!((found.proof, found.stored), (Proof::StoredTenant, tenant(7)));
    assert!(found.reason.contains("is linked to the tenant"), "{}", found.reason);
    assert!(found.next.contains("itself links to company 101"), "{}", found.next);
    decide(&mut world, Some(&tenant(7)), None);
    assert!(plan(&world, "Contoso").company_conflicts.is_empty(), "a person decided to go on");
    store(&mut world.companies[0], "");
    link(&mut world, &[&tenant(7), &tenant(8)]);
    assert_eq!(conflict(&world, "Contoso").stored, tenant(8));
}

#[test]
fn a_swap_shows_where_only_one_of_the_companies_stores_its_tenant() {
    let mut world = two();
    for (company, number) in world.companies.iter_mut().zip([2, 1]) {
        let stored = company.tenant_id.clone();
        move_to(company, &tenant(number));
        store(company, if number == 1 { &stored } else { "" });
    }
    assert_eq!(conflict(&world, "Fabrikam").whose, ["Contoso"]);
    let contoso = conflict(&world, "Contoso");
    assert_eq!((contoso.proof, &contoso.whose[..]), (Proof::StoredTenant, &["Fabrikam".to_owned()][..]));
    assert!(contoso.decision.is_empty());
}

#[test]
fn what_two_companies_store_alike_is_a_conflict_of_the_one_that_it_contradicts() {
    let mut world = two();
    store(&mut world.companies[1], TENANT);
    assert_eq!(conflict(&world, "Fabrikam").whose, ["Contoso"]);
    assert!(plan(&world, "Contoso").company_conflicts.is_empty());
    assert_ne!(plan(&world, "Contoso").changes, []);
}

#[test]
fn a_portal_company_of_another_psa_company_is_a_conflict() {
    let mut world = two();
    key(&mut world.companies[0], Some(102));
    key(&mut world.companies[1], Some(101));
    let contoso = conflict(&world, "Contoso");
    assert_eq!((contoso.proof, contoso.stored.as_str()), (Proof::PsaKey, "102"));
    assert_eq!(
        (&contoso.whose[..], conflict(&world, "Fabrikam").whose),
        (&["Fabrikam".to_owned()][..], vec!["Contoso".to_owned()])
    );
    // Where one of them says nothing, what the other says is enough.
    key(&mut world.companies[1], None);
    assert_eq!(conflict(&world, "Fabrikam").whose, ["Contoso"]);
    // An id that the same client has in another PSA.
    key(&mut world.companies[0], Some(7));
    let own = Company { elsewhere: vec![("Otherdesk", 7.into())], ..configured("Contoso", 101, TENANT) };
    world.configured = vec![Arc::new(own)];
    let reason = conflict(&world, "Contoso").reason;
    assert!(reason.contains("which is Contoso in Otherdesk"), "{reason}");
}

#[test]
fn what_is_blank_unread_or_no_id_proves_nothing() {
    for text in ["", " ", "see the contract"] {
        let mut world = two();
        store(&mut world.companies[0], text);
        let plan = plan(&world, "Contoso");
        assert!(plan.company_conflicts.is_empty(), "{text}");
        let writes = briefs(&plan).contains(&"update psa company 101: Tenant365Id".to_owned());
        assert_eq!(writes, text.trim().is_empty(), "a note is not written over");
        let told = reasons(&plan).iter().any(|reason| reason.contains("\"see the contract\""));
        assert_eq!(told, !text.trim().is_empty(), "{:?}", plan.skipped);
    }
    let mut world = two();
    let Reading::Complete(side) = &mut world.companies[0].psa else { unreachable!() };
    side.company.fields = crate::model::Fields::new();
    assert!(plan(&world, "Contoso").company_conflicts.is_empty());
}

#[test]
fn a_domain_of_the_tenant_agrees_and_becomes_the_id_and_another_contradicts() {
    let mut world = two();
    store(&mut world.companies[0], "Contoso.Example");
    let plan = plan(&world, "Contoso");
    let change = plan.changes.iter().find(|change| brief(change).contains("Tenant365Id")).expect("the id");
    assert_eq!(change.fields[0].note.as_deref(), Some("held a domain of the tenant"));
    store(&mut world.companies[0], "fabrikam.example");
    let stored = conflict(&world, "Contoso");
    assert_eq!((stored.proof, stored.stored.as_str()), (Proof::StoredTenant, "fabrikam.example"));
}

#[test]
fn the_same_id_in_another_spelling_is_left_as_it_is() {
    for text in [format!("{{{}}}", TENANT.to_uppercase()), TENANT.replace('-', "")] {
        let mut world = World::with(agreed(1, "ann"));
        store(&mut world.companies[0], &text);
        assert_eq!(briefs(&world.only()), Vec::<String>::new());
        assert_eq!((world.only().company_conflicts, world.only().skipped), (vec![], vec![]));
    }
}

#[test]
fn an_organization_that_is_not_the_configured_one_is_a_conflict() {
    let mut world = two();
    world.companies[0].settings().tenant = tenant(7);
    world.companies[0].tenant_id = tenant(7);
    store(&mut world.companies[0], "");
    let contoso = conflict(&world, "Contoso");
    assert_eq!((contoso.proof, contoso.stored.as_str()), (Proof::TenantId, TENANT));
    world.companies[0].settings().tenant = "fabrikam.example".to_owned();
    world.companies[0].tenant_id = TENANT.to_owned();
    assert_eq!(conflict(&world, "Contoso").proof, Proof::VerifiedDomains);
}

#[test]
fn companies_that_turn_out_to_share_a_tenant_need_domains_of_their_own() {
    let mut world = two();
    let side = world.companies[0].tenant.clone();
    let sister = &mut world.companies[1];
    (sister.tenant, sister.tenant_id) = (side, TENANT.to_owned());
    sister.settings().tenant = "contoso.example".to_owned();
    store(sister, TENANT);
    for (name, other) in [("Contoso", "Fabrikam"), ("Fabrikam", "Contoso")] {
        let shared = conflict(&world, name);
        assert_eq!((shared.proof, &shared.whose[..]), (Proof::SharedTenant, &[other.to_owned()][..]));
    }
    // The sister is held against a company that is not chosen for this run, too.
    let sister = world.companies.pop().expect("two");
    world.configured = vec![Arc::new(configured("Fabrikam", 102, &sister.company.tenant))];
    assert_eq!(conflict(&world, "Contoso").proof, Proof::SharedTenant);
    world.companies.push(sister);
    let Reading::Complete(side) = &mut world.companies[0].tenant else { unreachable!() };
    std::sync::Arc::make_mut(side).tenant.domains.push("fabrikam.example".to_owned());
    world.companies[1].tenant = world.companies[0].tenant.clone();
    world.companies[0].settings().domains = vec!["contoso.example".to_owned()];
    world.companies[1].settings().domains = vec!["fabrikam.example".to_owned()];
    for name in ["Contoso", "Fabrikam"] {
        assert!(plan(&world, name).company_conflicts.is_empty(), "{name}");
    }
    world.companies[1].settings().domains.push("contoso.example".to_owned());
    assert_eq!(conflict(&world, "Contoso").proof, Proof::SharedTenant, "both claim one domain");
}

#[test]
fn a_decision_lets_exactly_the_old_tenant_be_replaced() {
    let old = tenant(8);
    let mut world = two();
    store(&mut world.companies[0], &old);
    decide(&mut world, Some(&tenant(9)), None);
    let lines = conflict(&world, "Contoso").decision;
    assert_eq!(lines[..3], ["[[company]]", "name = \"Contoso\"", &format!("replaces-tenant = \"{old}\"")]);
    decide(&mut world, Some(&old.to_uppercase()), None);
    let plan = plan(&world, "Contoso");
    assert!(plan.company_conflicts.is_empty());
    let change = plan.changes.iter().find(|change| brief(change).contains("Tenant365Id")).expect("the id");
    assert_eq!(change.fields[0].note.as_deref(), Some("replaced as ann decided on 2026-11-02"));
}

#[test]
fn a_portal_that_names_the_former_psa_is_served_as_decided_and_its_keys_link_no_one() {
    let mut world = World::with(agreed(1, "ann"));
    // In the former PSA, contact 1 was another person.
    world.add(Piece::Portal(portal("p9", "zoe@home.example", Some(1))));
    key(&mut world.companies[0], Some(7));
    assert_eq!(world.only().company_conflicts.len(), 1);
    decide(&mut world, None, Some(7));
    let plan = world.only();
    assert_eq!((plan.company_conflicts, plan.conflicts), (vec![], vec![]));
    assert!(plan.excluded.iter().any(|out| out.id == Id::from("p9") && out.reason == "made by hand"));
}

#[test]
fn the_people_of_a_company_in_a_conflict_are_neither_linked_nor_served() {
    let mut world = two().on(Row::SelfService);
    store(&mut world.companies[0], &tenant(8));
    let table = link(&world.input()).people();
    assert_eq!((table[0].linked.len(), table[0].company_conflicts.len()), (0, 1));
    assert_eq!(table[1].linked.len(), 1);
    let request = crate::plan::Request {
        id: None,
        user: guid(1).to_string(),
        set: [(crate::model::Field::Phone, "+1 555 0100".to_owned())].into(),
        place: None,
    };
    let wanted = [crate::reconcile::WantedRequest { request, earlier: crate::reconcile::Earlier::None }];
    let served = link(&world.input()).self_service(&world.portal_shape, &wanted);
    let crate::plan::Answer::Refused { reason, .. } = &served.asked[0].plan else { panic!("served") };
    assert!(reason.starts_with("nothing of Contoso is written: company 101"), "{reason}");
    assert_eq!(served.outcome.companies[0].company_conflicts.len(), 1);
}

#[test]
fn tenants_of_others_are_asked_for_only_where_an_owner_is_looked_for() {
    let mut world = two();
    let others = [configured("Adatum", 7, "adatum.example"), configured("Tailspin", 8, &tenant(8))];
    world.configured = others.map(Arc::new).into();
    assert!(tenants_wanted(&world.input()).is_empty());
    store(&mut world.companies[0], &tenant(6));
    assert_eq!(tenants_wanted(&world.input()).into_iter().collect::<Vec<_>>(), ["adatum.example"]);
    world.tenant_ids.insert("adatum.example".to_owned(), tenant(6));
    assert_eq!(conflict(&world, "Contoso").whose, ["Adatum"]);
}

#[test]
fn a_tenant_that_did_not_answer_is_still_known_by_its_domain() {
    let mut world = two();
    let sister = &mut world.companies[1];
    sister.settings().tenant = "contoso.example".to_owned();
    sister.tenant_id = "contoso.example".to_owned();
    sister.tenant = incomplete();
    // What she stores says nothing of a tenant that is not known by its id.
    assert_eq!(plan(&world, "Fabrikam").company_conflicts.len(), 1);
    let shared = conflict(&world, "Contoso");
    assert_eq!((shared.proof, &shared.whose[..]), (Proof::SharedTenant, &["Fabrikam".to_owned()][..]));
    let sister = &mut world.companies[1];
    sister.settings().tenant = "adatum.example".to_owned();
    sister.tenant_id = "adatum.example".to_owned();
    assert_eq!(plan(&world, "Fabrikam").company_conflicts, []);
    assert_eq!(plan(&world, "Contoso").company_conflicts, []);
}
