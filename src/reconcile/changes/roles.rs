//! Roles and groups: no interface of the portal can give them, so people are told to, each time they differ from
//! what people were told last.

use std::collections::BTreeMap;

use crate::model::Id;
use crate::plan::{Assignment, Todo};
use crate::reconcile::link::Links;
use crate::reconcile::person::Standing;
use crate::reconcile::takes_part;
use crate::reconcile::types::Types;
use crate::reconcile::view::View;

use super::Draft;

/// What people have to do, and what they know of once they were told.
#[derive(Debug, Default)]
pub(super) struct Roles {
    pub(super) todo: Vec<Todo>,
    pub(super) assigned: BTreeMap<Id, Assignment>,
}

/// Compares what the types of every contact ask for with what was told before. `portal_users` are the portal's
/// changes: who has no portal user and gets none cannot be given anything there, and stays as remembered.
pub(super) fn roles(
    view: &View<'_>,
    types: &Types,
    links: &Links,
    standings: &[Standing],
    portal_users: &[Option<Draft>],
) -> Roles {
    let told = |contact: &Id| view.input.memory.assigned.get(&(view.own.name.clone(), contact.clone()));
    let keep = |contact: &Id| Some((contact.clone(), told(contact)?.clone()));
    let mut roles = Roles {
        todo: Vec::new(),
        assigned: view.contacts.iter().filter_map(|contact| keep(&contact.id)).collect(),
    };
    for (index, person) in links.persons.iter().enumerate() {
        let Some(contact) = person.contact else { continue };
        let is_there = person.portal_user.is_some() || portal_users[index].is_some();
        if !is_there || !view.own.portal_writes || !takes_part(view, links, standings, index) {
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
