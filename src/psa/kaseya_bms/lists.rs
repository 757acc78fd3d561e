//! A contact's lists of addresses and numbers: the operations on them that a request to Kaseya BMS holds.
//!
//! What the numbers of the operations mean is not documented; that they are add, update and delete in this order is
//! inferred from the counts in the answer, so every answer's counts are compared with what was asked.

use serde_json::{Map, Value, json};

use super::convert::{phone, primary};
use super::types::{Types, Use, unknown};
use super::wire::{Contact, ListWritten};
use crate::error::{Error, Kind, Result};
use crate::model::Field;
use crate::text::email;

/// A list of a contact.
#[derive(Debug)]
pub(super) struct List {
    /// The call that changes it.
    pub(super) template: &'static str,
    /// The keys for what is in the list, and for what shall be there instead.
    keys: (&'static str, &'static str),
    /// Its name in messages.
    pub(super) noun: &'static str,
}

/// The addresses.
pub(super) static EMAILS: List = List {
    template: "crm/contacts/{contactId}/emails",
    keys: ("EmailAddress", "NewEmailAddress"),
    noun: "addresses",
};

/// The numbers.
pub(super) static PHONES: List = List {
    template: "crm/contacts/{contactId}/phones",
    keys: ("PhoneNumber", "NewPhoneNumber"),
    noun: "numbers",
};

/// What is done to one entry of a list. The entry is known by its text, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A new entry.
    Add { new: String, type_id: i64, default: bool },
    /// Another text for an entry, or the same one made the default.
    Update { old: String, new: String, type_id: i64, default: bool },
    /// An entry less.
    Delete { old: String, type_id: i64 },
}

impl Step {
    /// Returns the step on `list`, as it is sent.
    pub(super) fn body(&self, list: &List) -> Value {
        let (operation, old, new, type_id, default) = match self {
            // Which of the two keys holds a new text is not documented, so both do.
            Self::Add { new, type_id, default } => (0, new, Some(new), type_id, Some(default)),
            Self::Update { old, new, type_id, default } => (1, old, Some(new), type_id, Some(default)),
            Self::Delete { old, type_id } => (2, old, None, type_id, None),
        };
        let mut body = Map::new();
        body.insert("Operation".to_owned(), json!(operation));
        body.insert(list.keys.0.to_owned(), json!(old));
        body.extend(new.map(|new| (list.keys.1.to_owned(), json!(new))));
        body.insert("TypeId".to_owned(), json!(type_id));
        body.extend(default.map(|default| ("IsDefault".to_owned(), json!(default))));
        Value::Object(body)
    }
}

/// Returns what makes `new` the contact's address; an empty text takes the address away.
pub(super) fn email_steps(contact: &Contact, new: &str, types: &Types) -> Vec<Step> {
    let old = primary(&contact.emails);
    let text = |address: &Option<String>| address.clone().unwrap_or_default();
    let type_id = |id: Option<i64>| id.unwrap_or_else(|| types.email());
    let held = contact.emails.iter().find(|each| email::same(&text(&each.address), new));
    let step = match (old, held) {
        (None, _) if new.is_empty() => return Vec::new(),
        (Some(old), _) if old.address.as_deref() == Some(new) => return Vec::new(),
        (Some(old), _) if new.is_empty() => {
            Step::Delete { old: text(&old.address), type_id: type_id(old.type_id) }
        }
        // The contact has the address already, as a further one.
        (_, Some(entry)) | (Some(entry), None) => Step::Update {
            old: text(&entry.address),
            new: new.to_owned(),
            type_id: type_id(entry.type_id),
            default: true,
        },
        (None, None) => Step::Add { new: new.to_owned(), type_id: types.email(), default: true },
    };
    vec![step]
}

/// Returns what makes each of `new` the contact's number of its use; an empty text takes the number away.
///
/// # Errors
/// [`Kind::Service`] for a first number where no contact tells what type that is.
pub(super) fn phone_steps(contact: &Contact, new: &[(Use, &str)], types: &Types) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut alone = contact.phones.is_empty();
    for (wanted, new) in new {
        let step = match phone(&contact.phones, *wanted) {
            None if new.is_empty() => continue,
            None => {
                let (type_id, default) = (phone_type(types, *wanted)?, alone);
                alone = false;
                Step::Add { new: (*new).to_owned(), type_id, default }
            }
            Some(entry) => {
                let old = entry.number.clone().unwrap_or_default();
                let type_id = entry.type_id.map_or_else(|| phone_type(types, *wanted), Ok)?;
                match *new {
                    new if new == old => continue,
                    "" => Step::Delete { old, type_id },
                    new => Step::Update {
                        old,
                        new: new.to_owned(),
                        type_id,
                        default: entry.is_default == Some(true),
                    },
                }
            }
        };
        steps.push(step);
    }
    Ok(steps)
}

/// Returns the type for a number of this use.
///
/// # Errors
/// [`Kind::Service`] where no contact tells what type that is.
pub(super) fn phone_type(types: &Types, wanted: Use) -> Result<i64> {
    let (known, field) = match wanted {
        Use::Mobile => (types.mobile(), Field::Mobile),
        _ => (types.phone(), Field::Phone),
    };
    known.ok_or_else(|| {
        let (why, next) = unknown(field);
        Error::new(Kind::Service, why).hint(next)
    })
}

/// Passes if the counts of an answer are those of `steps`.
///
/// # Errors
/// [`Kind::Service`] with both.
pub(super) fn count(list: &List, id: i64, steps: &[Step], written: &ListWritten) -> Result<()> {
    let number = |is: fn(&Step) -> bool| i64::try_from(steps.iter().filter(|step| is(step)).count()).ok();
    let asked = [
        number(|step| matches!(step, Step::Add { .. })),
        number(|step| matches!(step, Step::Update { .. })),
        number(|step| matches!(step, Step::Delete { .. })),
    ];
    let counted = [written.added, written.updated, written.deleted];
    if asked == counted {
        return Ok(());
    }
    let told = |counts: [Option<i64>; 3]| {
        let [added, updated, deleted] = counts.map(|count| count.map_or("?".to_owned(), |n| n.to_string()));
        format!("{added} added, {updated} updated, {deleted} deleted")
    };
    let (asked, counted) = (told(asked), told(counted));
    let noun = list.noun;
    Err(Error::new(
        Kind::Service,
        format!("Kaseya BMS counts {counted} on the {noun} of contact {id} where {asked} was asked for"),
    )
    .hint(format!("look at the contact; this run changes no more {noun} of contacts")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(emails: &Value, phones: &Value) -> Contact {
        Contact::read(json!({"id": 55, "accountid": 7, "emails": emails, "phones": phones}))
            .expect("a contact")
    }

    fn ann() -> Contact {
        contact(
            &json!([{"emailaddress": "old@contoso.example", "emailtypeid": 3, "isdefault": true},
                    {"emailaddress": "Other@contoso.example", "emailtypeid": 4, "isdefault": false}]),
            &json!([{"phone": "+1 555 0100", "phonetypeid": 5, "phonetype": "Work", "isdefault": true}]),
        )
    }

    fn emails(contact: &Contact, new: &str) -> Vec<Value> {
        email_steps(contact, new, &Types::default()).iter().map(|step| step.body(&EMAILS)).collect()
    }

    fn phones(contact: &Contact, new: &[(Use, &str)]) -> Result<Vec<Value>> {
        let steps = phone_steps(contact, new, &Types::default())?;
        Ok(steps.iter().map(|step| step.body(&PHONES)).collect())
    }

    #[test]
    fn the_default_address_is_updated_in_its_place() {
        assert_eq!(
            emails(&ann(), "new@contoso.example"),
            [
                json!({"Operation": 1, "EmailAddress": "old@contoso.example", "NewEmailAddress": "new@contoso.example",
                    "TypeId": 3, "IsDefault": true})
            ]
        );
        assert_eq!(emails(&ann(), "old@contoso.example"), [json!(null); 0]);
        assert_eq!(
            emails(&ann(), ""),
            [json!({"Operation": 2, "EmailAddress": "old@contoso.example", "TypeId": 3})]
        );
    }

    #[test]
    fn an_address_the_contact_has_already_becomes_the_default() {
        assert_eq!(
            emails(&ann(), "other@contoso.example"),
            [json!({"Operation": 1, "EmailAddress": "Other@contoso.example",
                    "NewEmailAddress": "other@contoso.example", "TypeId": 4, "IsDefault": true})]
        );
    }

    #[test]
    fn a_first_address_is_added() {
        let blank = contact(&json!([]), &json!([]));
        assert_eq!(
            emails(&blank, "new@contoso.example"),
            [
                json!({"Operation": 0, "EmailAddress": "new@contoso.example", "NewEmailAddress": "new@contoso.example",
                    "TypeId": 1, "IsDefault": true})
            ]
        );
        assert!(emails(&blank, "").is_empty());
    }

    #[test]
    fn numbers_are_added_updated_and_deleted_by_their_use() {
        let update = json!({"Operation": 1, "PhoneNumber": "+1 555 0100", "NewPhoneNumber": "+1 555 0199",
                            "TypeId": 5, "IsDefault": true});
        let steps = phones(&ann(), &[(Use::Phone, "+1 555 0199"), (Use::Mobile, "")]);
        assert_eq!(steps.expect("a step"), [update]);
        let delete = json!({"Operation": 2, "PhoneNumber": "+1 555 0100", "TypeId": 5});
        assert_eq!(phones(&ann(), &[(Use::Phone, "")]).expect("a step"), [delete]);
        let blank = contact(&json!([]), &json!(null));
        let add = json!({"Operation": 0, "PhoneNumber": "1", "NewPhoneNumber": "1", "TypeId": 1, "IsDefault": true});
        assert_eq!(phones(&blank, &[(Use::Phone, "1")]).expect("a step"), [add]);
    }

    #[test]
    fn a_mobile_number_takes_a_type_that_was_seen() {
        let types = Types::default();
        let error = phone_steps(&ann(), &[(Use::Mobile, "1")], &types).expect_err("no type");
        assert!(error.next_step().is_some_and(|next| next.contains("mobile")));
        let phones = json!([{"phone": "2", "phonetypeid": 9, "phonetype": "Mobile"}]);
        types.learn(&contact(&json!([]), &phones));
        let steps = phone_steps(&ann(), &[(Use::Mobile, "1")], &types).expect("a type");
        assert_eq!(steps, [Step::Add { new: "1".to_owned(), type_id: 9, default: false }]);
    }

    #[test]
    fn a_wrong_counter_is_noticed() {
        let step = Step::Update { old: "a".to_owned(), new: "b".to_owned(), type_id: 1, default: true };
        let written = |counts: Value| serde_json::from_value(counts).expect("counts");
        let good = written(json!({"added": 0, "updated": 1, "deleted": 0}));
        assert!(count(&EMAILS, 55, std::slice::from_ref(&step), &good).is_ok());
        for wrong in [
            json!({"added": 1, "updated": 0, "deleted": 0}),
            json!({"added": 0, "updated": 0, "deleted": 1}),
            json!({"added": 0, "updated": 0, "deleted": 0}),
            json!({}),
        ] {
            let error = count(&EMAILS, 55, std::slice::from_ref(&step), &written(wrong)).expect_err("wrong");
            assert!(
                error.message().ends_with("where 0 added, 1 updated, 0 deleted was asked for"),
                "{error}"
            );
        }
    }
}
