//! Which records a plan touches, and which it makes.

use super::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_record_is_in_at_most_one_change(world in any_world()) {
        let outcome = world.plan();
        let all = changes(&outcome);
        let keys: BTreeSet<_> = all.iter().map(|change| &change.key).collect();
        prop_assert_eq!(keys.len(), all.len());
        let records: Vec<_> = all.iter().filter(|change| change.record.id.is_some()).map(|change| &change.record).collect();
        prop_assert_eq!(records.iter().collect::<BTreeSet<_>>().len(), records.len());
        for (index, change) in all.iter().enumerate() {
            for field in &change.fields {
                if let NewValue::IdOf(key) = &field.after {
                    prop_assert!(all[..index].iter().any(|earlier| earlier.key == *key), "{key:?} comes first");
                }
            }
        }
    }

    #[test]
    fn conflicting_ignored_and_handmade_records_are_never_written(world in any_world()) {
        for plan in world.plan().companies {
            let conflicting = plan.conflicts.iter().flat_map(|conflict| &conflict.candidates).map(|one| (one.side, &one.id));
            let alone = plan.excluded.iter().filter(|out| ["ignored by decision", "made by hand"].contains(&out.reason.as_str()));
            let untouched: BTreeSet<(Side, &Id)> = conflicting.chain(alone.map(|out| (out.side, &out.id))).collect();
            for change in &plan.changes {
                let id = change.record.id.as_ref();
                prop_assert!(!id.is_some_and(|id| untouched.contains(&(change.record.kind.side(), id)) && !matches!(change.record.kind, RecordKind::PsaCompany | RecordKind::PortalCompany)), "{change:?}");
                for evidence in &change.evidence {
                    prop_assert!(evidence.kind != crate::plan::EvidenceKind::StoredId || !evidence.decided || !untouched.contains(&(Side::Tenant, &Id::new(evidence.value.clone()))));
                }
            }
        }
    }

    #[test]
    fn excluded_people_are_left_alone(world in any_world()) {
        for plan in world.plan().companies {
            let policy = &world.companies.iter().find(|own| own.company.name == plan.name).unwrap().company.policy;
            let excluded: BTreeSet<(Side, &Id)> =
                plan.excluded.iter().filter(|out| ["excluded", "type is not synced"].contains(&out.reason.as_str())).map(|out| (out.side, &out.id)).collect();
            for change in plan.changes.iter().filter(|change| matches!(change.record.kind, RecordKind::Contact | RecordKind::PortalUser)) {
                let Some(id) = &change.record.id else { continue };
                if excluded.contains(&(change.record.kind.side(), id)) {
                    prop_assert_eq!(policy.on_exclude, OnExclude::DisableLogin);
                    prop_assert!(change.fields.iter().all(|field| field.field == Field::Login && matches!(field.row, Row::ExcludeUsers | Row::TypeMapping)));
                }
            }
        }
    }

    #[test]
    fn a_new_contact_never_has_somebody_elses_address(mut world in any_world()) {
        let outcome = world.plan();
        world.apply(&outcome);
        for (plan, company) in outcome.companies.iter().map(|plan| (plan, world.companies.iter().find(|own| own.company.name == plan.name).unwrap())) {
            for change in plan.changes.iter().filter(|change| change.action == Action::Create && change.record.kind == RecordKind::Contact) {
                let address = change.fields.iter().find(|field| field.field == Field::Email).map(|field| field.after.clone());
                let Some(NewValue::Text(address)) = address else { panic!("a contact without email: {change:?}") };
                let holders = contacts(company).iter().filter(|contact| contact.email().is_some_and(|own| email::same(own, &address)));
                prop_assert_eq!(holders.count(), 1, "{}", address);
            }
        }
    }

    #[test]
    fn an_account_out_of_scope_changes_nothing_for_who_is_in_scope(
        mut world in any_world(),
        own in address(),
        name in address(),
        alternate in address(),
    ) {
        // What merely receives mail is weaker than an own address, unless the names agree.
        for row in [Row::Match365Alternates, Row::MatchPsaAlternates] {
            world = world.off(row);
        }
        let before = served(&world);
        let mut account = User { alternates: vec![alternate], user_name: name, enabled: Some(false), ..user(9, "x") };
        for field in [Field::FirstName, Field::LastName, Field::DisplayName] {
            account.fields.set(field, "");
        }
        account.fields.set(Field::Email, own);
        world.add(Piece::User(account));
        prop_assert_eq!(before, served(&world));
    }

    #[test]
    fn no_record_is_made_for_a_person_whose_earlier_create_is_still_open(mut world in any_world()) {
        let sought = |change: &crate::plan::Change| -> Vec<String> {
            let seek = change.seek.clone().unwrap_or_default();
            seek.emails.into_iter().chain(seek.user.map(|user| user.to_string())).collect()
        };
        let is_new = |change: &&&crate::plan::Change| {
            change.action == Action::Create && change.record.kind != RecordKind::Details
        };
        let first = world.plan();
        for change in changes(&first).iter().filter(is_new) {
            world.memory.held.extend(sought(change).into_iter().map(|key| (key, "earlier".to_owned())));
        }
        let second = world.plan();
        for change in changes(&second).iter().filter(is_new) {
            prop_assert!(sought(change).iter().all(|key| !world.memory.held.contains_key(key)), "{change:?}");
        }
    }

    #[test]
    fn nothing_is_made_beside_a_namesake_where_that_waits(world in any_world()) {
        for plan in world.plan().companies {
            let policy = &world.companies.iter().find(|own| own.company.name == plan.name).unwrap().company.policy;
            for change in plan.changes.iter().filter(|change| change.namesakes.is_some()) {
                prop_assert_eq!(change.action, Action::Create);
                prop_assert!(!policy.hold_namesakes);
            }
        }
    }
}
