//! Emails and phones of a contact: lists of their own, changed by operations whose effect only the counters in the
//! answer tell. A change of them does not move the contact's date (inferred: the worse case for clients).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::bind::{self, Object};
use super::schema::{EMAIL, Kind, PHONE};
use super::{Answer, Call, Names, Refusal, Row, State, answer, flag, now, row, rows, text, write};

/// What is done to an email or a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Operation {
    /// One more.
    Add,
    /// One changed.
    Update,
    /// One less.
    Delete,
}

/// The names of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Related {
    /// Of the list.
    pub(super) list: &'static str,
    /// Of the list in the body that makes a contact.
    created: &'static str,
    /// Of a row's value.
    value: &'static str,
    /// Of the value in bodies.
    sent: &'static str,
    /// Of a value that replaces another.
    sent_new: &'static str,
    /// Of the type's number in the body that makes a contact.
    sent_type: &'static str,
    /// Of the type's number.
    type_id: &'static str,
    /// Of the type's name.
    type_name: &'static str,
    /// The types.
    types: fn(&State) -> &Names,
    /// Characters of a value at most.
    most: usize,
}

/// Emails.
pub(super) const EMAILS: Related = Related {
    list: "emails",
    created: "Emails",
    value: "emailAddress",
    sent: "EmailAddress",
    sent_new: "NewEmailAddress",
    sent_type: "EmailTypeId",
    type_id: "emailTypeId",
    type_name: "emailType",
    types: |state| &state.email_types,
    most: EMAIL,
};
/// Phones.
pub(super) const PHONES: Related = Related {
    list: "phones",
    created: "Phones",
    value: "phone",
    sent: "PhoneNumber",
    sent_new: "NewPhoneNumber",
    sent_type: "PhoneTypeId",
    type_id: "phoneTypeId",
    type_name: "phoneType",
    types: |state| &state.phone_types,
    most: PHONE,
};

/// What a body says about one row.
struct Said {
    value: String,
    kind: Option<i64>,
    default: Option<bool>,
}

impl Related {
    /// Returns the value of the contact's default row.
    pub(super) fn default(&self, contact: &Row) -> Option<Value> {
        rows(contact, self.list)
            .find(|one| flag(one, "isDefault"))
            .and_then(|one| one.get(self.value))
            .cloned()
    }

    /// Returns a row as it is kept and shown.
    pub(super) fn row(&self, state: &State, id: i64, value: &str, kind: i64, default: bool) -> Row {
        row(json!({
            "id": id,
            "createdBy": write::USER,
            "createdOn": now(),
            "modifiedBy": null,
            "modifiedOn": null,
            self.value: value,
            self.type_id: kind,
            self.type_name: (self.types)(state).get(&kind),
            "isDefault": default,
        }))
    }

    /// Returns the rows in a new contact's body.
    ///
    /// Of several defaults the first is it, of none the first row.
    pub(super) fn made(&self, state: &State, body: &Object, made: &mut i64) -> Result<Value, Refusal> {
        let mut list: Vec<Row> = Vec::new();
        let mut mistakes = Vec::new();
        for entry in body.list(self.created)? {
            let (value, kind) = (entry.text(self.sent)?, entry.int(self.sent_type)?);
            mistakes.extend(self.mistake(&value));
            if !(self.types)(state).contains_key(&kind) {
                mistakes.push(format!("{} {kind} does not exist.", self.sent_type));
            }
            *made += 1;
            let default = entry.flag("IsDefault")? && !list.iter().any(|one| flag(one, "isDefault"));
            list.push(self.row(state, *made, &value, kind, default));
        }
        promote(&mut list);
        Refusal::unless_none(mistakes).map(|()| json!(list))
    }

    /// Returns what is wrong with a value by itself.
    fn mistake(&self, value: &str) -> Option<String> {
        let sent = self.sent;
        let parts = value.split_once('@');
        let email =
            parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !value.contains(' '));
        match value {
            "" => Some(format!("{sent} is required.")),
            _ if value.chars().count() > self.most => {
                Some(format!("{sent} is longer than {} characters.", self.most))
            }
            _ if self.list == EMAILS.list && !email => Some(format!("{sent} is not an email address.")),
            _ => None,
        }
    }

    /// Returns where a value is, in any case.
    fn position(&self, list: &[Row], value: &str) -> Option<usize> {
        list.iter().position(|one| text(one, self.value).trim().eq_ignore_ascii_case(value.trim()))
    }

    /// Returns what is wrong with a row that is written at `place`, or added.
    fn judge(&self, state: &State, list: &[Row], place: Option<usize>, said: &Said) -> Result<(), Refusal> {
        let mut mistakes: Vec<String> = self.mistake(&said.value).into_iter().collect();
        if self.position(list, &said.value).is_some_and(|other| Some(other) != place) {
            mistakes.push(format!("The contact has this {} already.", self.sent));
        }
        if let Some(kind) = said.kind.filter(|kind| !(self.types)(state).contains_key(kind)) {
            mistakes.push(format!("TypeId {kind} does not exist."));
        }
        Refusal::unless_none(mistakes)
    }

    fn add(&self, state: &State, list: &mut Vec<Row>, id: i64, said: &Said) -> Result<(), Refusal> {
        self.judge(state, list, None, said)?;
        let kind = said.kind.or_else(|| (self.types)(state).keys().next().copied()).unwrap_or_default();
        let default = said.default == Some(true);
        demote(list, default);
        list.push(self.row(state, id, &said.value, kind, default));
        promote(list);
        Ok(())
    }

    fn update(&self, state: &State, list: &mut [Row], place: usize, said: &Said) -> Result<(), Refusal> {
        self.judge(state, list, Some(place), said)?;
        demote(list, said.default == Some(true));
        let Some(one) = list.get_mut(place) else { return Ok(()) };
        one.insert(self.value.to_owned(), json!(said.value));
        if let Some(kind) = said.kind {
            one.insert(self.type_id.to_owned(), json!(kind));
            one.insert(self.type_name.to_owned(), json!((self.types)(state).get(&kind)));
        }
        if let Some(default) = said.default {
            one.insert("isDefault".to_owned(), json!(default));
        }
        write::stamp(one);
        Ok(())
    }

    /// Does all operations of a body, or none.
    fn change(&self, state: &mut State, call: &Call) -> Answer {
        let contact = state.existing_contact(call)?;
        let mut list: Vec<Row> = rows(contact, self.list).cloned().collect();
        let (mut counts, mut made) = ([0; 3], state.made);
        for sent in bind::objects("operations", &bind::body(call.request)?)? {
            let number = sent.int("Operation")?;
            let operation = usize::try_from(number).ok().and_then(|at| state.habits.operations.get(at));
            let operation = *operation.ok_or_else(|| {
                Refusal::Unbound("Operation".into(), format!("The value {number} is not valid."))
            })?;
            let (key, new) = (sent.text(self.sent)?, sent.text(self.sent_new)?);
            let said = Said {
                value: if new.is_empty() { key.clone() } else { new },
                kind: sent.get("TypeId", Kind::Int, true)?.as_ref().and_then(Value::as_i64),
                default: sent.get("IsDefault", Kind::Bool, true)?.as_ref().and_then(Value::as_bool),
            };
            match (operation, self.position(&list, &key)) {
                (Operation::Add, _) => {
                    made += 1;
                    self.add(state, &mut list, made, &said)?;
                }
                (Operation::Update, Some(place)) => self.update(state, &mut list, place, &said)?,
                (Operation::Delete, Some(place)) => {
                    list.remove(place);
                    promote(&mut list);
                }
                // What is not there is neither updated nor deleted, and the counters say so.
                (_, None) => continue,
            }
            counts[operation as usize] += 1;
        }
        state.made = made;
        let [added, updated, deleted] = counts;
        let answer = json!({"added": added, "updated": updated, "deleted": deleted, self.list: list});
        if let Some(contact) = state.contacts.get_mut(&call.id(0)) {
            contact.insert(self.list.to_owned(), json!(list));
        }
        Ok(answer::one(answer))
    }
}

/// Makes the first row the default where none is.
fn promote(list: &mut [Row]) {
    if !list.iter().any(|one| flag(one, "isDefault"))
        && let Some(first) = list.first_mut()
    {
        first.insert("isDefault".to_owned(), json!(true));
    }
}

/// Makes no row the default where another is about to be.
fn demote(list: &mut [Row], another: bool) {
    for one in list.iter_mut().filter(|_| another) {
        one.insert("isDefault".to_owned(), json!(false));
    }
}

/// Changes the emails of a contact.
pub(super) fn emails(state: &mut State, call: &Call) -> Answer {
    EMAILS.change(state, call)
}

/// Changes the phones of a contact.
pub(super) fn phones(state: &mut State, call: &Call) -> Answer {
    PHONES.change(state, call)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ok, rules, send, state};
    use super::*;

    const EMAILS_OF: &str = "/crm/contacts/1740001/emails";
    const PHONES_OF: &str = "/crm/contacts/1740001/phones";

    fn change(state: &mut State, operations: &Value) -> Value {
        ok(state, "PATCH", EMAILS_OF, Some(operations))["result"].take()
    }

    /// Returns the contact's emails, the default one marked.
    fn held(state: &State) -> Vec<String> {
        let mark = |one: &Row| if flag(one, "isDefault") { "*" } else { "" };
        rows(&state.contacts[&1_740_001], "emails")
            .map(|one| text(one, "emailAddress").to_owned() + mark(one))
            .collect()
    }

    #[test]
    fn each_operation_moves_its_own_counter() {
        let mut state = state(1);
        let answer = change(
            &mut state,
            &json!([
                {"Operation": 0, "EmailAddress": "new@contoso.example", "TypeId": 2},
                {"Operation": 1, "EmailAddress": "PERSON1@contoso.example", "NewEmailAddress": "one@contoso.example"},
                {"Operation": 2, "EmailAddress": "alias1@contoso.example"},
                {"Operation": 0, "NewEmailAddress": "other@contoso.example"},
            ]),
        );
        assert_eq!(
            (&answer["added"], &answer["updated"], &answer["deleted"]),
            (&json!(2), &json!(1), &json!(1))
        );
        assert_eq!(answer["emails"][1]["emailType"], "Personal");
        assert_eq!(held(&state), ["one@contoso.example*", "new@contoso.example", "other@contoso.example"]);
    }

    #[test]
    fn the_numbers_of_operations_may_mean_something_else() {
        let mut state = state(1);
        state.habits.operations = [Operation::Delete, Operation::Add, Operation::Update];
        let answer = change(&mut state, &json!([{"Operation": 0, "EmailAddress": "alias1@contoso.example"}]));
        assert_eq!((&answer["added"], &answer["deleted"]), (&json!(0), &json!(1)));
    }

    #[test]
    fn what_is_not_there_succeeds_and_moves_no_counter() {
        let mut state = state(1);
        let before = held(&state);
        let gone = "gone@contoso.example";
        let operations = json!([{"Operation": 1, "EmailAddress": gone, "NewEmailAddress": "x@contoso.example"},
            {"Operation": 2, "EmailAddress": gone}]);
        let answer = change(&mut state, &operations);
        assert_eq!(
            (&answer["added"], &answer["updated"], &answer["deleted"]),
            (&json!(0), &json!(0), &json!(0))
        );
        assert_eq!(held(&state), before);
    }

    #[test]
    fn there_is_one_default_and_a_list_without_one_gets_it() {
        let mut state = state(1);
        let default = json!([{"Operation": 1, "EmailAddress": "alias1@contoso.example", "IsDefault": true}]);
        change(&mut state, &default);
        assert_eq!(held(&state), ["person1@contoso.example", "alias1@contoso.example*"]);
        change(&mut state, &json!([{"Operation": 2, "EmailAddress": "alias1@contoso.example"}]));
        assert_eq!(held(&state), ["person1@contoso.example*"]);
        let added = json!([{"Operation": 0, "EmailAddress": "new@contoso.example", "IsDefault": true}]);
        change(&mut state, &added);
        assert_eq!(held(&state), ["person1@contoso.example", "new@contoso.example*"]);
    }

    #[test]
    fn an_operation_that_is_not_said_adds() {
        let mut state = state(1);
        let answer = change(&mut state, &json!([{"EmailAddress": "new@contoso.example"}]));
        assert_eq!(answer["added"], 1);
        let unknown = json!([{"Operation": 3, "EmailAddress": "new@contoso.example"}]);
        assert_eq!(send(&mut state, "PATCH", EMAILS_OF, Some(&unknown)).status, 400);
    }

    #[test]
    fn one_bad_operation_spoils_them_all() {
        let mut state = state(1);
        let before = state.contacts.clone();
        let good = json!({"Operation": 0, "EmailAddress": "good@contoso.example"});
        for (bad, expected) in [
            (json!({"Operation": 0, "EmailAddress": ""}), "EmailAddress is required."),
            (json!({"Operation": 0, "EmailAddress": "no email"}), "EmailAddress is not an email address."),
            (
                json!({"Operation": 0, "EmailAddress": "Person1@Contoso.example"}),
                "The contact has this EmailAddress already.",
            ),
            (
                json!({"Operation": 1, "EmailAddress": "alias1@contoso.example",
                    "NewEmailAddress": "person1@contoso.example"}),
                "The contact has this EmailAddress already.",
            ),
            (
                json!({"Operation": 0, "EmailAddress": "x@contoso.example", "TypeId": 9}),
                "TypeId 9 does not exist.",
            ),
        ] {
            assert_eq!(rules(&mut state, "PATCH", EMAILS_OF, &json!([good, bad])), [expected]);
        }
        let long = json!([{"Operation": 0, "PhoneNumber": "5".repeat(51)}]);
        assert_eq!(
            rules(&mut state, "PATCH", PHONES_OF, &long),
            ["PhoneNumber is longer than 50 characters."]
        );
        assert_eq!(state.contacts, before);
    }

    #[test]
    fn phones_have_names_of_their_own() {
        let mut state = state(1);
        let operations = json!([{"Operation": 0, "PhoneNumber": "555-0101", "TypeId": 3},
            {"Operation": 1, "PhoneNumber": "555-0101", "NewPhoneNumber": "555-0102", "TypeId": 1}]);
        let answer = ok(&mut state, "PATCH", PHONES_OF, Some(&operations))["result"].take();
        assert_eq!((&answer["added"], &answer["updated"]), (&json!(1), &json!(1)));
        let phone = &answer["phones"][0];
        assert_eq!((&phone["phone"], &phone["phoneType"]), (&json!("555-0102"), &json!("Work")));
    }

    #[test]
    fn the_contact_keeps_its_date_and_a_row_what_is_unknown() {
        let mut state = state(1);
        state.contacts.get_mut(&1_740_001).unwrap()["emails"][0]["planted"] = json!("kept");
        let date = state.contacts[&1_740_001]["modifiedOn"].clone();
        let operation = json!([{"Operation": 1, "EmailAddress": "person1@contoso.example", "TypeId": 3}]);
        let answer = change(&mut state, &operation);
        assert_eq!(
            (&answer["emails"][0]["planted"], &answer["emails"][0]["emailType"]),
            (&json!("kept"), &json!("Other"))
        );
        assert_eq!(state.contacts[&1_740_001]["modifiedOn"], date);
    }
}
