//! What holds of every plan as a whole.

use super::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_the_records_never_matters(mut world in any_world(), seed in any::<u64>()) {
        let mut other = world.clone();
        let turn = |length: usize| if length == 0 { 0 } else { usize::try_from(seed % 97).unwrap() % length };
        for company in &mut other.companies {
            edit_users(company, |all| { all.reverse(); let by = turn(all.len()); all.rotate_left(by); });
            edit_contacts(company, |all| { all.reverse(); let by = turn(all.len()); all.rotate_left(by); });
            edit_portal(company, |all| { all.reverse(); let by = turn(all.len()); all.rotate_left(by); });
            edit_details(company, |all| { all.reverse(); let by = turn(all.len()); all.rotate_left(by); });
        }
        for company in &mut world.companies {
            edit_details(company, |_| {});
        }
        other.companies.reverse();
        other.decisions.pins.reverse();
        other.decisions.splits.reverse();
        other.memory.links.values_mut().for_each(|links| links.reverse());
        prop_assert_eq!(world.plan(), other.plan());
    }

    #[test]
    fn a_plan_that_was_applied_leaves_nothing_to_do(mut world in any_world()) {
        let first = world.plan();
        world.apply(&first);
        let second = world.plan();
        let written = |outcome: &Outcome| -> Vec<String> { changes(outcome).into_iter().map(brief).collect() };
        prop_assert!(changes(&second).is_empty(), "first {:#?}\nthen {:#?}", written(&first), written(&second));
    }

    #[test]
    fn nothing_is_written_for_a_row_that_is_off_or_not_served(world in any_world()) {
        for plan in world.plan().companies {
            let company = world.companies.iter().find(|own| own.company.name == plan.name).unwrap();
            for field in plan.changes.iter().flat_map(|change| &change.fields) {
                prop_assert!(world.capabilities.serves(field.row), "{field:?}");
                prop_assert!(company.company.policy.rows.contains(&field.row), "{field:?}");
            }
        }
    }

    #[test]
    fn where_only_fields_are_wanted_the_plan_is_that_part_of_the_whole_one(world in any_world()) {
        let mut narrow = world.clone();
        for company in &mut narrow.companies {
            company.settings().policy = company.company.policy.only_fields();
            company.settings().portal_writes = false;
        }
        let (whole, part) = (world.plan(), narrow.plan());
        let whole = changes(&whole);
        for change in changes(&part) {
            prop_assert!(matches!(change.record.kind, RecordKind::Contact | RecordKind::PsaCompany), "{change:?}");
            prop_assert_eq!(change.action, Action::Update);
            let same = whole.iter().find(|other| other.record == change.record);
            for field in &change.fields {
                prop_assert!(matches!(field.field, Field::Udf(_)), "{field:?}");
                prop_assert!(same.is_some_and(|other| other.fields.contains(field)), "{field:?}");
            }
        }
    }

    #[test]
    fn a_side_that_was_not_read_to_its_end_means_no_changes(mut world in any_world(), lost in btree_set(select(vec![Side::Tenant, Side::Psa, Side::Portal]), 1..3)) {
        for side in &lost {
            match side {
                Side::Tenant => world.companies[0].tenant = incomplete(),
                Side::Psa => world.companies[0].psa = incomplete(),
                Side::Portal => world.companies[0].portal = incomplete(),
            }
        }
        let outcome = world.plan();
        let plan = outcome.companies.iter().find(|plan| plan.name == "Contoso").unwrap();
        let unread: BTreeSet<Side> = plan.unread.iter().map(|unread| unread.side).collect();
        prop_assert_eq!(unread, lost);
        let empty = CompanyPlan { name: plan.name.clone(), unread: plan.unread.clone(), ..CompanyPlan::default() };
        prop_assert_eq!(plan, &empty);
        prop_assert!(outcome.breaches.iter().all(|breach| breach.company.as_deref() != Some("Contoso")));
    }

    #[test]
    fn nothing_is_changed_in_a_company_whose_sides_name_another_record(
        mut world in any_world(),
        lie in select(vec!["stored", "portal", "organization", "domain", "own domain", "shared"]),
        other in select(vec![guid(99).to_string(), "fabrikam.example".to_owned(), TENANT.to_uppercase().replace('8', "9")]),
    ) {
        let own = &mut world.companies[0];
        match lie {
            "stored" => store(own, &other),
            "portal" => key(own, Some(999)),
            "organization" => own.settings().tenant = guid(98).to_string(),
            "domain" => own.settings().tenant = "fabrikam.example".to_owned(),
            "own domain" => own.settings().domains = vec!["fabrikam.example".to_owned()],
            _ => {
                let mut sister = company("Sister", 3);
                move_to(&mut sister, TENANT);
                world.companies.push(sister);
            }
        }
        let (outcome, known) = { let all = world.reconciled(); (all.outcome, all.known) };
        let plan = outcome.companies.iter().find(|plan| plan.name == "Contoso").unwrap();
        prop_assert!(!plan.company_conflicts.is_empty(), "{}", lie);
        let rest = CompanyPlan { company_conflicts: Vec::new(), unread: Vec::new(), ..plan.clone() };
        prop_assert_eq!(rest, CompanyPlan { name: "Contoso".to_owned(), ..CompanyPlan::default() });
        prop_assert!(known.iter().all(|known| known.company != "Contoso"));
        prop_assert!(outcome.breaches.iter().all(|breach| breach.company.as_deref() != Some("Contoso")));
        prop_assert!(link(&world.input()).pins_wanted().iter().all(|want| want.owner.company != Id::from(1)));
    }

    #[test]
    fn no_one_is_made_or_made_active_in_an_inactive_company(mut world in any_world()) {
        let whole = world.plan();
        if let Reading::Complete(side) = &mut world.companies[0].psa {
            side.company.active = Some(false);
        }
        let held = world.plan();
        let of = |outcome: &Outcome| outcome.companies.iter().find(|plan| plan.name == "Contoso").unwrap().clone();
        prop_assert_eq!(of(&held).inactive.len(), 1);
        for change in &of(&held).changes {
            prop_assert!(!matches!(change.action, Action::Create | Action::Reactivate), "{change:?}");
            prop_assert!(change.fields.iter().all(|field| !matches!(field.after, NewValue::IdOf(_))));
        }
        world.companies[0].settings().policy.serve_inactive = true;
        prop_assert_eq!(of(&world.plan()).changes, of(&whole).changes);
    }

    #[test]
    fn blank_erases_only_where_a_rule_says_so(world in any_world()) {
        for plan in world.plan().companies {
            let policy = &world.companies.iter().find(|own| own.company.name == plan.name).unwrap().company.policy;
            for change in &plan.changes {
                for field in &change.fields {
                    let rules = if change.record.kind == RecordKind::Contact { &policy.contact_fields } else { &policy.portal_fields };
                    let names = [Field::FirstName, Field::LastName];
                    let one_name = change.record.kind == RecordKind::Contact && world.psa_shape.joined_name();
                    let own = if one_name && names.contains(&field.field) { &names[..] } else { std::slice::from_ref(&field.field) };
                    let clears = own.iter().any(|field| rules.get(field).is_some_and(|rule| rule.clear));
                    let mirrors = change.record.kind == RecordKind::Details;
                    prop_assert!(clears || mirrors || field.after != NewValue::Blank, "{field:?}");
                    prop_assert!(field.after != NewValue::Text(String::new()), "{field:?}");
                    let same = matches!(&field.after, NewValue::Text(text) if Some(text) == field.before.as_ref());
                    prop_assert!(!same, "{field:?}");
                }
            }
        }
    }
}
