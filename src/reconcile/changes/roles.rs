//! Roles and groups: no interface of the portal can give them, so people are remembered to, each time they differ from
//! what people were remembered last.

use std::collections::BTreeMap;

use super::planned::Draft;
use crate::model::Id;
use crate::plan::{Assignment, Todo};
use crate::reconcile::input::View;
use crate::reconcile::link::Links;
use crate::reconcile::scope::types::Types;
use crate::reconcile::status::{PersonStatus, takes_part};

/// What people have to do, and what they know of once they were remembered.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    pub(crate) todo: Vec<Todo>,
    pub(crate) assigned: BTreeMap<Id, Assignment>,
}

/// Compares what the types of every contact ask for with what was remembered before. `portal_users` are the portal's
/// changes: who has no portal user and gets none cannot be given anything there, and stays as remembered.
pub(crate) fn roles(
    view: &View<'_>,
    types: &Types,
    links: &Links,
    statuses: &[PersonStatus],
    portal_users: &[Option<Draft>],
) -> Roles {
    let remembered =
        |contact: &Id| view.input.memory.assigned.get(&(view.company.name.clone(), contact.clone()));
    let keep = |contact: &Id| Some((contact.clone(), remembered(contact)?.clone()));
    let mut roles = Roles {
        todo: Vec::new(),
        assigned: view.contacts.iter().filter_map(|contact| keep(&contact.id)).collect(),
    };
    for (index, person) in links.persons.iter().enumerate() {
        let Some(contact) = person.contact else { continue };
        let is_there = person.portal_user.is_some() || portal_users[index].is_some();
        if !is_there || !view.company.portal_writes || !takes_part(view, person, statuses[index]) {
            continue;
        }
        let Some(terms) = types.of(Some(contact)) else { continue };
        let id = &view.contacts[contact].id;
        let now = Assignment { role: terms.role.clone(), groups: terms.groups.iter().cloned().collect() };
        let before = roles.assigned.remove(id).unwrap_or_default();
        if now != before {
            let Assignment { role, groups } = now.clone();
            roles.todo.push(Todo { who: person.who(view), contact: id.clone(), role, groups, before });
        }
        if now != Assignment::default() {
            roles.assigned.insert(id.clone(), now);
        }
    }
    roles.todo.sort();
    roles
}
