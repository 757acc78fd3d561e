//! Deleting records, and what keeps them from being deleted.

use super::schema::{CONTACTS, ENTITIES, Entity, Kind, Set};
use super::{MEMBER, Record, Request, Response, State, custom, now, refusal, store};

/// Deletes a record, if nothing speaks against it.
pub(super) fn remove(state: &mut State, entity: &Entity, record: &Record, request: &Request) -> Response {
    let id = record.id();
    let heir = request.param("transferContactId").and_then(|id| id.parse::<i64>().ok());
    match entity.set {
        Set::Contacts => {
            if let Some(heir) = heir.filter(|heir| !state.contacts.contains_key(heir)) {
                return refusal::not_found(&CONTACTS, heir);
            }
            let of = |note: &Record| note.link("contactId") == Some(id);
            match heir {
                Some(heir) => {
                    let notes = state.notes.values_mut().filter(|note| of(note));
                    notes.for_each(|note| note.set("contactId", heir));
                }
                None => state.notes.retain(|_, note| !of(note)),
            }
        }
        _ if in_use(state, entity, id) => {
            return refusal::in_use(&format!("The {} is in use.", entity.name));
        }
        Set::Definitions => custom::recaption(state, record.text("screenId"), record.text("caption"), None),
        _ => {}
    }
    if let Some(company) = state.companies.get_mut(&id).filter(|_| entity.set == Set::Companies) {
        // Deleted companies stay in the list.
        company.set("deletedFlag", true);
        company.set("dateDeleted", now());
        company.set("deletedBy", MEMBER);
    } else {
        store::remove(state, entity, record);
    }
    Response { headers: Vec::new(), ..Response::text(204, "", "") }.changed()
}

/// Is true if others refer to the record, so that it cannot go.
fn in_use(state: &State, entity: &Entity, id: i64) -> bool {
    let set = entity.set;
    let refers = |of: &Entity| {
        let fields: Vec<&str> = of
            .fields
            .iter()
            .filter(|field| field.kind == Kind::Reference(set) && of.parent != Some(field.name))
            .map(|field| field.name)
            .collect();
        !fields.is_empty()
            && store::all(state, of, None)
                .iter()
                .any(|one| fields.iter().any(|field| one.link(field) == Some(id)))
    };
    // A contact may go although others name it; companies keep nothing of it.
    set != Set::Contacts && ENTITIES.iter().any(refers)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{done, ok, refused, send, state};

    #[test]
    fn a_deleted_contact_takes_its_notes_along_or_leaves_them() {
        let mut state = state(2);
        for id in [1, 2] {
            let path = format!("/company/contacts/174000{id}/notes");
            done(&mut state, "POST", &path, Some(&json!({"text": "x"})));
        }
        refused(&mut state, "DELETE", "/company/contacts/1740001?transferContactId=9", None);
        let response =
            send(&mut state, "DELETE", "/company/contacts/1740001?transferContactId=1740002", None);
        assert_eq!((response.status, response.body.len()), (204, 0));
        assert_eq!(ok(&mut state, "/company/contacts/1740002/notes/count"), json!({"count": 2}));
        done(&mut state, "DELETE", "/company/contacts/1740002", None);
        assert!(state.notes.is_empty());
    }

    #[test]
    fn what_others_refer_to_cannot_be_deleted() {
        let mut state = state(2);
        for path in [
            "company/contacts/types/2",
            "company/communicationTypes/1",
            "company/companies/statuses/1",
            "company/companies/types/1",
            "company/companies/174",
            "system/locations/3",
        ] {
            assert_eq!(refused(&mut state, "DELETE", &format!("/{path}"), None).0, 409, "{path}");
        }
        done(&mut state, "DELETE", "/company/contacts/types/5", None);
    }
}
