//! Who leaves, and who does not.

use super::*;

/// Contacts for which the PSA itself has the id of a 365 user, by their numbers.
fn any_linked() -> impl Strategy<Value = Vec<(i64, i64)>> {
    vec((1_i64..6, 1_i64..8), 0..3)
}

fn lend(world: &mut World, linked: &[(i64, i64)]) {
    for company in &mut world.companies {
        edit_contacts(company, |all| {
            for (contact, user) in linked {
                if let Some(own) = all.iter_mut().find(|one| one.id == Id::from(*contact)) {
                    own.fields.set(Field::LinkedId, guid(*user).as_str());
                }
            }
        });
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nobody_who_is_plainly_here_is_made_inactive(mut world in any_world(), linked in any_linked()) {
        lend(&mut world, &linked);
        world.decisions = Decisions::default();
        world.memory.links.clear();
        for plan in world.plan().companies {
            let company = world.companies.iter().find(|own| own.company.name == plan.name).unwrap();
            for change in plan.changes.iter().filter(|change| change.action == Action::Deactivate && change.record.kind == RecordKind::Contact) {
                let contact = contacts(company).iter().find(|contact| Some(&contact.id) == change.record.id.as_ref()).unwrap();
                let stored = contact.fields.text(Field::Udf(Udf::Office365Id));
                let address = contact.email().and_then(email::key);
                let here = |user: &&User| user.enabled == Some(true) && user.kind == UserKind::Member && user.licences.as_deref() == Some(&[E3.to_owned()][..]);
                let domains = &company.company.domains;
                let ours = |user: &&User| domains.is_empty() || user.email().or(Some(&user.user_name)).and_then(email::domain).is_some_and(|domain| domains.iter().any(|own| *own == domain));
                for user in users(company).iter().filter(here).filter(ours) {
                    prop_assert_ne!(Some(user.id.as_str()), stored);
                    prop_assert!(address.is_none() || user.email().and_then(email::key) != address, "{:?} has {:?}", user, address);
                }
            }
        }
    }

    #[test]
    fn who_was_never_in_scope_does_not_leave_and_without_a_positive_look_no_person_does(
        mut world in any_world(),
        linked in any_linked(),
        clean_up in prop::bool::weighted(0.2),
        truth in vec((1_i64..8, any_look()), 0..6),
    ) {
        lend(&mut world, &linked);
        if clean_up {
            for company in &mut world.companies {
                company.settings().policy.never_seen = NeverSeen::Deactivate;
            }
        }
        world.truth = truth.into_iter().map(|(user, look)| (guid(user), look)).collect();
        let looked = world.looked();
        for plan in world.plan().companies {
            let company = world.companies.iter().find(|own| own.company.name == plan.name).unwrap();
            let links = world.memory.links.get(&plan.name).cloned().unwrap_or_default();
            for change in plan.changes.iter().filter(|change| change.action == Action::Deactivate) {
                let by_rule = change.fields.iter().any(|field| matches!(field.row, Row::TypeMapping | Row::ExcludeUsers));
                let Some(left) = &change.left else {
                    prop_assert!(by_rule, "{change:?}");
                    continue;
                };
                prop_assert_eq!(&left.tenant, &company.tenant_id);
                let look = looked.looks.get(&left.tenant, &left.user);
                prop_assert_eq!(left.objection(look), None);
                if change.record.kind == RecordKind::Details || clean_up {
                    continue;
                }
                let remembered = links.iter().any(|link| link.took_part && link.user == left.user);
                let marked = contacts(company).iter().any(|contact| {
                    let stored = contact.fields.text(Field::Udf(Udf::Office365Id));
                    let mark = contact.fields.text(Field::Udf(Udf::IsOffice365));
                    stored == Some(left.user.as_str()) || matches!(mark, Some("true" | "Yes"))
                });
                prop_assert!(remembered || marked, "{change:?}");
            }
        }
    }

    #[test]
    fn an_edited_licence_setting_shuts_no_person_out_at_any_later_run(mut world in any_world(), linked in any_linked()) {
        lend(&mut world, &linked);
        // As an earlier run left it: what was to be done is done, and remembered.
        world.remember();
        let first = world.plan();
        world.apply(&first);
        for company in &mut world.companies {
            let policy = &mut company.settings().policy;
            policy.rows.extend([Row::RequireLicense, Row::ExcludeLicenses]);
            policy.exclude_licenses.extend(["flow_free".to_owned(), "spe_e3".to_owned()]);
        }
        for run in 0..3 {
            let plan = world.plan();
            for change in changes(&plan) {
                let by_licence = change.left.as_ref().is_some_and(|left| left.how == crate::plan::Left::NoLicence);
                // One who had no licence at all before is one of the earlier run, which could not finish.
                let unlicensed = |left: &crate::plan::Departure| {
                    world.companies.iter().flat_map(users).any(|user| user.id == left.user && user.licences == Some([].into()))
                };
                prop_assert!(!by_licence || change.left.as_ref().is_some_and(unlicensed), "run {run}: {change:?}");
            }
            world.remember();
            world.apply(&plan);
        }
    }
}
