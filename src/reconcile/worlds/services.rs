//! Services that do what a plan says, and the words in which tests speak of it.

use super::*;

/// Writes one change as the service would; returns the record's id.
pub(super) fn write(
    company: &mut CompanyInput,
    change: &Change,
    made: &BTreeMap<ChangeKey, Id>,
    psa_shape: &Shape,
    portal_shape: &Shape,
) -> Id {
    let new = change.record.id.is_none();
    assert_eq!(new, change.action == Action::Create, "only new records have no id");
    let text = |value: &NewValue| match value {
        NewValue::Text(text) => text.clone(),
        NewValue::Blank => String::new(),
        NewValue::IdOf(key) => made[key].to_string(),
        NewValue::PinOf(owner) => format!("pin of {}", owner.user),
    };
    let values: Vec<(Field, String)> =
        change.fields.iter().map(|field| (field.field, text(&field.after))).collect();
    let required = |shape: &Shape| {
        let has = |field| values.iter().any(|(own, text)| *own == field && !text.is_empty());
        assert!(!new || shape.required().all(has), "a new record needs all required fields: {values:?}");
    };
    match change.record.kind {
        RecordKind::Contact => {
            required(psa_shape);
            let mut id = change.record.id.clone();
            edit_contacts(company, |contacts| {
                if new {
                    // No service gives an id twice.
                    let held = contacts.iter().filter(|contact| contact.id >= Id::from(900)).count();
                    let number = 900 + i64::try_from(made.len() + held).expect("few");
                    id = Some(Id::from(number));
                    let fields = blank_contact();
                    contacts.push(Contact {
                        id: Id::from(number),
                        fields,
                        active: Some(true),
                        alternates: vec![],
                        types: vec![],
                        modified: None,
                    });
                }
                let contact =
                    contacts.iter_mut().find(|contact| Some(&contact.id) == id.as_ref()).expect("it exists");
                for (field, text) in &values {
                    match field {
                        Field::Active => contact.active = Some(text == "true"),
                        field => contact.fields.set(*field, text),
                    }
                }
                if psa_shape.joined_name() {
                    join_names(contact);
                }
            });
            id.expect("given")
        }
        RecordKind::PortalUser => {
            required(portal_shape);
            let id = change.record.id.clone().unwrap_or_else(|| Id::new(format!("new {}", change.key.0)));
            edit_portal(company, |users| {
                if new {
                    let fields = Field::PERSONAL.into_iter().map(|field| (field, String::new())).collect();
                    users.push(PortalUser { id: id.clone(), fields, psa_key: None, modified: None });
                }
                let user = users.iter_mut().find(|user| user.id == id).expect("it exists");
                for (field, text) in &values {
                    match field {
                        Field::PsaKey => user.psa_key = Some(Id::new(text.clone())),
                        Field::Login | Field::Priority => {}
                        field => user.fields.set(*field, text),
                    }
                }
            });
            id
        }
        RecordKind::PsaCompany => {
            let Reading::Complete(side) = &mut company.psa else { panic!("a change of an unread side") };
            for (field, text) in &values {
                side.company.fields.set(*field, text);
            }
            side.company.id.clone()
        }
        RecordKind::PortalCompany => {
            let Reading::Complete(side) = &mut company.portal else { panic!("a change of an unread side") };
            for (field, text) in &values {
                side.company.fields.set(*field, text);
            }
            side.company.id.clone()
        }
        RecordKind::Details => write_details(company, change, &values),
        RecordKind::TenantUser => {
            let id = change.record.id.clone().expect("365 users are never made");
            edit_users(company, |users| {
                let user = users.iter_mut().find(|user| user.id == id).expect("it exists");
                for (field, text) in &values {
                    user.fields.set(*field, text);
                }
            });
            id
        }
    }
}

/// A change in few words: `update contact 7: title, phone`.
pub(in crate::reconcile) fn brief(change: &Change) -> String {
    let fields: Vec<String> = change.fields.iter().map(|field| field.field.to_string()).collect();
    let id = change.record.id.as_ref().map_or("new".to_owned(), ToString::to_string);
    let noun = match change.record.kind {
        RecordKind::PsaCompany => "psa company",
        RecordKind::PortalCompany => "portal company",
        kind => kind.noun(),
    };
    format!("{} {noun} {id}: {}", change.action, fields.join(", "))
}

pub(in crate::reconcile) fn briefs(plan: &CompanyPlan) -> Vec<String> {
    plan.changes.iter().map(brief).collect()
}

/// The records of a conflict: `365 …1, PSA 7`.
pub(in crate::reconcile) fn members(conflict: &Conflict) -> Vec<String> {
    let short = |id: &str| id.rsplit('-').next().unwrap_or(id).trim_start_matches('0').to_owned();
    conflict.candidates.iter().map(|one| format!("{} {}", one.side, short(one.id.as_str()))).collect()
}

/// The reasons given for a company, without names.
pub(in crate::reconcile) fn reasons(plan: &CompanyPlan) -> BTreeSet<String> {
    plan.skipped.iter().map(|skip| skip.reason.clone()).collect()
}

/// Writes a details record; returns its id.
fn write_details(company: &mut CompanyInput, change: &Change, values: &[(Field, String)]) -> Id {
    let id = change.record.id.clone().unwrap_or_else(|| Id::new(format!("new {}", change.key.0)));
    edit_details(company, |records| {
        if change.record.id.is_none() {
            let user = change.seek.as_ref().and_then(|seek| seek.user.clone()).expect("whose it is");
            records.push(Details { id: id.clone(), user, fields: Fields::new() });
        }
        let record = records.iter_mut().find(|record| record.id == id).expect("it exists");
        for (field, text) in values {
            record.fields.set(*field, text);
        }
    });
    id
}
