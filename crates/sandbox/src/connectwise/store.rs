//! Where the records of an entity are: in a table of their own, or inside the record they belong to.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::schema::{Entity, Set};
use super::{Record, State, Table};

impl State {
    /// Returns the table of a set; `None` for those inside others.
    pub(super) fn table(&self, set: Set) -> Option<&Table> {
        Some(match set {
            Set::Companies => &self.companies,
            Set::CompanyStatuses => &self.company_statuses,
            Set::CompanyTypes => &self.company_types,
            Set::Teams => &self.teams,
            Set::Contacts => &self.contacts,
            Set::ContactTypes => &self.contact_types,
            Set::CommunicationTypes => &self.communication_types,
            Set::NoteTypes => &self.note_types,
            Set::Notes => &self.notes,
            Set::Members => &self.members,
            Set::Locations => &self.locations,
            Set::Definitions => &self.definitions,
            Set::Communications | Set::ContactTypesHeld | Set::CompanyTypesHeld => return None,
        })
    }

    fn table_mut(&mut self, set: Set) -> &mut Table {
        match set {
            Set::Companies | Set::CompanyTypesHeld => &mut self.companies,
            Set::CompanyStatuses => &mut self.company_statuses,
            Set::CompanyTypes => &mut self.company_types,
            Set::Teams => &mut self.teams,
            Set::Contacts | Set::Communications | Set::ContactTypesHeld => &mut self.contacts,
            Set::ContactTypes => &mut self.contact_types,
            Set::CommunicationTypes => &mut self.communication_types,
            Set::NoteTypes => &mut self.note_types,
            Set::Notes => &mut self.notes,
            Set::Members => &mut self.members,
            Set::Locations => &mut self.locations,
            Set::Definitions => &mut self.definitions,
        }
    }

    /// Is true if the set has a record of that id.
    pub(super) fn has(&self, set: Set, id: i64) -> bool {
        self.table(set).is_some_and(|table| table.contains_key(&id))
    }
}

impl Record {
    /// Returns the communication items as they are kept.
    pub(super) fn items(&self) -> &[Value] {
        self.fields.get("communicationItems").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Changes the communication items; without any there is no array.
    pub(super) fn edit_items<T>(&mut self, change: impl FnOnce(&mut Vec<Value>) -> T) -> T {
        let mut items = match self.fields.remove("communicationItems") {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let result = change(&mut items);
        if !items.is_empty() {
            self.set("communicationItems", items);
        }
        result
    }
}

/// Returns the records of an entity (below its parent, where it has one) in the order of their ids.
pub(super) fn all<'a>(state: &'a State, entity: &Entity, parent: Option<i64>) -> Vec<Cow<'a, Record>> {
    let holders =
        |table: &'a Table| table.iter().filter(move |(id, _)| parent.is_none_or(|parent| parent == **id));
    let held = |table: &'a Table, field: &str| {
        let rows = holders(table)
            .flat_map(|(holder, record)| record.types.iter().map(move |(id, kind)| (*id, *kind, *holder)));
        let mut rows: Vec<_> = rows.map(|(id, kind, holder)| association(id, kind, field, holder)).collect();
        rows.sort_by_key(Record::id);
        rows.into_iter().map(Cow::Owned).collect()
    };
    match entity.set {
        Set::ContactTypesHeld => held(&state.contacts, "contact"),
        Set::CompanyTypesHeld => held(&state.companies, "company"),
        Set::Communications => holders(&state.contacts)
            .flat_map(|(id, contact)| contact.items().iter().map(|item| Cow::Owned(communication(item, *id))))
            .collect(),
        set => {
            let records = state.table(set).into_iter().flat_map(Table::values);
            let below = |record: &&Record| match (parent, entity.parent) {
                (Some(parent), Some(field)) => record.link(field) == Some(parent),
                _ => true,
            };
            records.filter(below).map(Cow::Borrowed).collect()
        }
    }
}

fn association(id: i64, kind: i64, field: &str, holder: i64) -> Record {
    let mut record = Record::default();
    record.set("id", id);
    record.set("type", json!({"id": kind}));
    record.set(field, json!({"id": holder}));
    record
}

fn communication(item: &Value, contact: i64) -> Record {
    let mut record = Record { fields: item.as_object().cloned().unwrap_or_default(), ..Record::default() };
    record.set("contactId", contact);
    record
}

/// Returns one record.
pub(super) fn get(state: &State, entity: &Entity, parent: Option<i64>, id: i64) -> Option<Record> {
    if parent.is_none()
        && let Some(table) = state.table(entity.set)
    {
        return table.get(&id).cloned();
    }
    all(state, entity, parent).into_iter().find(|record| record.id() == id).map(Cow::into_owned)
}

/// Puts a record, new or changed, where it belongs.
pub(super) fn put(state: &mut State, entity: &Entity, mut record: Record) {
    let id = record.id();
    let holder = entity.parent.and_then(|field| record.link(field)).unwrap_or_default();
    let table = state.table_mut(entity.set);
    match entity.set {
        Set::Communications => {
            record.fields.remove("contactId");
            let Some(contact) = table.get_mut(&holder) else { return };
            contact.edit_items(|items| match items.iter_mut().find(|item| item["id"] == id) {
                Some(item) => *item = Value::Object(record.fields),
                None => items.push(Value::Object(record.fields)),
            });
        }
        Set::ContactTypesHeld | Set::CompanyTypesHeld => {
            for record in table.values_mut() {
                record.types.remove(&id);
            }
            if let Some(holder) = table.get_mut(&holder) {
                holder.types.insert(id, record.link("type").unwrap_or_default());
            }
        }
        _ => drop(table.insert(id, record)),
    }
}

/// Takes a record away.
pub(super) fn remove(state: &mut State, entity: &Entity, record: &Record) {
    let id = record.id();
    let holder = entity.parent.and_then(|field| record.link(field)).unwrap_or_default();
    let table = state.table_mut(entity.set);
    match entity.set {
        Set::Communications => {
            if let Some(contact) = table.get_mut(&holder) {
                contact.edit_items(|items| items.retain(|item| item["id"] != id));
            }
        }
        Set::ContactTypesHeld | Set::CompanyTypesHeld => {
            if let Some(holder) = table.get_mut(&holder) {
                holder.types.remove(&id);
            }
        }
        _ => drop(table.remove(&id)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{done, ok, refused, state};
    use super::*;

    #[test]
    fn types_change_through_associations() {
        let mut state = state(2);
        let path = "/company/contacts/1740001/typeAssociations";
        let body = json!({"type": {"id": 4}, "contact": {"id": 1_740_001}});
        let made = done(&mut state, "POST", path, Some(&body));
        assert_eq!(
            (&made["type"]["name"], &made["contact"]["name"]),
            (&json!("Billing Contact"), &json!("Person O'Number 1"))
        );
        assert_eq!(refused(&mut state, "POST", path, Some(&body)).1["code"], "ObjectExists");
        for wrong in [
            json!({"type": {"id": 5}}),
            json!({"type": {"id": 99}, "contact": {"id": 1_740_001}}),
            json!({"type": {"id": 5}, "contact": {"id": 1_740_002}}),
        ] {
            assert_eq!(refused(&mut state, "POST", path, Some(&wrong)).1["code"], "InvalidObject");
        }
        let everywhere = ok(&mut state, "/company/contactTypeAssociations?conditions=type/id=4");
        assert_eq!(everywhere, json!([made]));
        let elsewhere = json!([{"op": "replace", "path": "contact", "value": {"id": 1_740_002}}]);
        let global = format!("/company/contactTypeAssociations/{}", made["id"]);
        done(&mut state, "PATCH", &global, Some(&elsewhere));
        assert_eq!(refused(&mut state, "GET", &format!("{path}/{}", made["id"]), None).0, 404);
        assert_eq!(state.contacts[&1_740_002].types.len(), 3);
        done(&mut state, "DELETE", &global, None);
        let types = ok(&mut state, "/company/contacts/1740001")["types"].take();
        assert_eq!(types, json!([{"id": 2, "name": "Decision Maker"}]));
    }

    #[test]
    fn a_note_needs_a_text_and_can_be_reused() {
        let mut state = state(1);
        let path = "/company/contacts/1740001/notes";
        refused(&mut state, "POST", path, Some(&json!({"flagged": true})));
        let made = done(&mut state, "POST", path, Some(&json!({"text": "Support PIN: 4821"})));
        assert_eq!((&made["contactId"], &made["flagged"]), (&json!(1_740_001), &json!(false)));
        let one = format!("{path}/{}", made["id"]);
        let change = json!([{"op": "replace", "path": "text", "value": "Support PIN: 1234"}]);
        assert_eq!(done(&mut state, "PATCH", &one, Some(&change))["text"], "Support PIN: 1234");
        assert_eq!(ok(&mut state, path).as_array().unwrap().len(), 1);
        assert_eq!(ok(&mut state, "/company/contacts/1750001/notes"), json!([]));
        done(&mut state, "DELETE", &one, None);
    }

    #[test]
    fn a_member_needs_all_that_the_document_requires_and_shows_it() {
        let mut state = state(1);
        let required = [
            "identifier",
            "licenseClass",
            "firstName",
            "lastName",
            "hireDate",
            "defaultEmail",
            "defaultPhone",
            "securityRole",
        ];
        let body = json!({"identifier": "cy", "licenseClass": "F", "firstName": "Cy", "lastName": "Dahl",
            "hireDate": "2024-01-01T00:00:00Z", "defaultEmail": "Office", "defaultPhone": "Office",
            "securityRole": {"id": 1}});
        for name in required {
            let mut body = body.clone();
            body.as_object_mut().unwrap().remove(name);
            let (status, error) = refused(&mut state, "POST", "/system/members", Some(&body));
            assert_eq!((status, &error["errors"][0]["field"]), (400, &json!(name)), "{error}");
        }
        done(&mut state, "POST", "/system/members", Some(&body));
        for member in ok(&mut state, "/system/members").as_array().unwrap() {
            assert!(required.iter().all(|name| !member[*name].is_null()), "{member}");
        }
    }

    #[test]
    fn a_team_row_needs_a_role() {
        let mut state = state(1);
        let path = "/company/companies/174/teams";
        let (status, error) = refused(&mut state, "POST", path, Some(&json!({"member": {"id": 12}})));
        assert_eq!((status, &error["errors"][0]["field"]), (400, &json!("teamRole")), "{error}");
        for row in ok(&mut state, path).as_array().unwrap() {
            assert!(!row["teamRole"]["name"].is_null(), "{row}");
        }
    }

    #[test]
    fn who_serves_a_company_is_a_team_row() {
        let mut state = state(1);
        let path = "/company/companies/174/teams";
        let managers = ok(&mut state, &format!("{path}?conditions=accountManagerFlag=true"));
        assert_eq!(managers.as_array().unwrap().len(), 1);
        assert_eq!(managers[0]["member"], json!({"id": 11, "identifier": "ada", "name": "Ada North"}));
        let body = json!({"teamRole": {"id": 2}, "member": {"id": 12}});
        done(&mut state, "POST", path, Some(&body));
        assert_eq!(refused(&mut state, "POST", path, Some(&body)).1["code"], "ObjectExists");
    }
}
