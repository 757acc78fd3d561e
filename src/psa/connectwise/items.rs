//! Communication items: which of a contact's addresses and numbers are the email, the telephone and the mobile,
//! and how one of them is changed.

use serde_json::{Value, json};

use super::types::Types;
use super::wire::Item;
use crate::error::{Error, Kind, Result};
use crate::model::{Field, FieldShape};
use crate::text::{email, phone};

/// The longest value of an item, and the longest extension (older vendor documents).
const LENGTH: usize = 250;
const EXTENSION: usize = 15;

/// The fields of a contact that are items.
pub(super) const FIELDS: [Field; 3] = [Field::Email, Field::Phone, Field::Mobile];

/// What has to be sent to change an item.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// A new item.
    Add(Value),
    /// A JSON patch of the item with this id.
    Change(i64, Value),
    /// The item with this id goes.
    Remove(i64),
}

impl Types {
    /// Returns the item that holds `field`: the default address whatever its type, else the item of the field's type.
    pub(super) fn holder<'i>(&self, field: Field, items: &'i [Item]) -> Option<&'i Item> {
        let default =
            |item: &&Item| item.default_flag == Some(true) && !is_blank(item) && self.is_email(item);
        let default = items.iter().find(|item| field == Field::Email && default(item));
        default.or_else(|| self.own(field, items))
    }

    /// Returns what `field` says, with the extension of a number; blank without an item.
    pub(super) fn text(&self, field: Field, items: &[Item]) -> String {
        self.holder(field, items).map(|item| spoken(field, item)).unwrap_or_default()
    }

    /// Returns the contact's further addresses, lower-case: items of the types in the settings, and one of the
    /// email's own type where another is the default.
    pub(super) fn alternates(&self, items: &[Item]) -> Vec<String> {
        let primary = self.text(Field::Email, items).to_lowercase();
        let further = |item: &&Item| {
            self.is_email(item)
                && kind(item).is_some_and(|id| self.alternates.contains(&id) || self.email == Some(id))
        };
        let mut alternates = Vec::new();
        for item in items.iter().filter(further) {
            let address = spoken(Field::Email, item).to_lowercase();
            if !address.is_empty() && address != primary && !alternates.contains(&address) {
                alternates.push(address);
            }
        }
        alternates
    }

    /// Reports whether any address of the contact, of whatever type, is one of `emails` (lower-case).
    pub(super) fn holds_any(&self, items: &[Item], emails: &[String]) -> bool {
        let mut addresses =
            items.iter().filter(|item| self.is_email(item)).map(|item| spoken(Field::Email, item));
        addresses.any(|address| emails.iter().any(|email| email::same(email, &address)))
    }

    /// Returns the item of a new contact that holds `field`. The address is the default of its class, and the first
    /// number that is given is that of its own.
    pub(super) fn new_item(&self, field: Field, text: &str, first: bool) -> Result<Value> {
        let mut item = self.body(field, text, field == Field::Email || first)?;
        item["communicationType"] = json!(if field == Field::Email { "Email" } else { "Phone" });
        Ok(item)
    }

    /// Returns what makes `field` of a contact with these `items` say `text`; nothing where it is blank and stays so.
    ///
    /// Only items of the field's own type are touched. A default address of another type stays where it is, and
    /// the address of the own type becomes the default in its place. A blank number takes its item away, since an
    /// item must have a value; an item of another type is never taken away.
    ///
    /// # Errors
    /// [`Kind::Usage`] where that cannot be done: no such type, or a default address of another type that would
    /// have to go.
    pub(super) fn step(&self, field: Field, text: &str, items: &[Item]) -> Result<Option<Step>> {
        let own = self.own(field, items);
        if text.is_empty() {
            if own.is_none() && self.holder(field, items).is_some() {
                return Err(Error::new(
                    Kind::Usage,
                    format!("{field} is kept in a communication item that crsync does not own, so it stays"),
                )
                .hint("take the item away in ConnectWise PSA, or name its type in [connectwise]"));
            }
            return Ok(own.map(id).transpose()?.map(Step::Remove));
        }
        let Some(own) = own else {
            let default = match field {
                Field::Email => true,
                Field::Phone => {
                    !items.iter().any(|item| item.default_flag == Some(true) && self.is_phone(item))
                }
                _ => false,
            };
            return self.body(field, text, default).map(|body| Some(Step::Add(body)));
        };
        let (value, extension) = split(field, text);
        let mut patch = vec![replace("value", &value)];
        if extension != own.extension.as_deref().unwrap_or_default().trim() {
            patch.push(replace("extension", &extension));
        }
        let elsewhere = self.holder(field, items).is_some_and(|holder| holder.id != own.id);
        if elsewhere {
            patch.push(json!({"op": "replace", "path": "defaultFlag", "value": true}));
        }
        Ok(Some(Step::Change(id(own)?, Value::Array(patch))))
    }

    /// Returns the item of the field's own type: where there are several, one that says something, and the default
    /// first.
    fn own<'i>(&self, field: Field, items: &'i [Item]) -> Option<&'i Item> {
        let of = self.of(field)?;
        let mut own: Vec<&Item> = items.iter().filter(|item| kind(item) == Some(of)).collect();
        own.sort_by_key(|item| (is_blank(item), item.default_flag != Some(true)));
        own.into_iter().next()
    }

    fn body(&self, field: Field, text: &str, default: bool) -> Result<Value> {
        let of = self.of(field).ok_or_else(|| {
            Error::new(Kind::Usage, format!("ConnectWise PSA has no communication type for {field}"))
                .hint("name one in [connectwise]")
        })?;
        let (value, extension) = split(field, text);
        let mut body = json!({"type": {"id": of}, "value": value, "defaultFlag": default});
        if !extension.is_empty() {
            body["extension"] = json!(extension);
        }
        Ok(body)
    }

    fn is_email(&self, item: &Item) -> bool {
        match item.communication_type.as_deref() {
            Some(class) => class.eq_ignore_ascii_case("Email"),
            None => kind(item).is_some_and(|id| self.emails.contains(&id)),
        }
    }

    fn is_phone(&self, item: &Item) -> bool {
        let class = item.communication_type.as_deref();
        class.map_or(!self.is_email(item), |class| class.eq_ignore_ascii_case("Phone"))
    }
}

fn kind(item: &Item) -> Option<i64> {
    item.kind.as_ref()?.id
}

fn is_blank(item: &Item) -> bool {
    item.value.as_deref().unwrap_or_default().trim().is_empty()
}

fn id(item: &Item) -> Result<i64> {
    item.id.ok_or_else(|| {
        Error::new(Kind::Service, "ConnectWise PSA shows a communication item without its id")
            .hint("run the command again with --har FILE and report it")
    })
}

fn replace(path: &str, value: &str) -> Value {
    json!({"op": "replace", "path": path, "value": value})
}

/// Returns the item as one text.
pub(super) fn spoken(field: Field, item: &Item) -> String {
    let value = item.value.as_deref().unwrap_or_default().trim();
    let extension = item.extension.as_deref().unwrap_or_default().trim();
    if value.is_empty() || extension.is_empty() || !field.is_phone() {
        return value.to_owned();
    }
    phone::join(value, extension)
}

/// Returns a number without its extension, and the extension; anything else whole. An item needs a value, so an
/// extension alone is one.
fn split(field: Field, text: &str) -> (String, String) {
    let (number, extension) = if field.is_phone() { phone::split(text) } else { Default::default() };
    if number.is_empty() { (text.to_owned(), String::new()) } else { (number, extension) }
}

/// Returns what the item of a field takes.
pub(super) fn shape(field: Field) -> FieldShape {
    let extension = field.is_phone().then_some(EXTENSION);
    FieldShape { length: Some(LENGTH), required: false, extension, ..FieldShape::default() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::psa::connectwise::settings::TypeNames;
    use crate::psa::connectwise::wire::CommunicationType;

    fn types() -> Types {
        let all: Vec<CommunicationType> = serde_json::from_value(json!([
            {"id": 1, "description": "Email", "emailFlag": true, "defaultFlag": true},
            {"id": 2, "description": "Direct", "phoneFlag": true, "defaultFlag": true},
            {"id": 4, "description": "Mobile", "phoneFlag": true},
            {"id": 7, "description": "Fax - Home", "faxFlag": true},
            {"id": 9, "description": "Home Email", "emailFlag": true},
            {"id": 11, "description": "Individual Professional", "emailFlag": true}
        ]))
        .expect("types");
        Types::new(&all, &TypeNames::default()).expect("the usual types")
    }

    fn items(items: Value) -> Vec<Item> {
        serde_json::from_value(items).expect("items")
    }

    /// An item as the service shows it.
    fn item(id: i64, of: i64, class: &str, value: &str, default: bool) -> Value {
        json!({"id": id, "type": {"id": of, "name": "whatever"}, "value": value, "defaultFlag": default,
               "communicationType": class})
    }

    #[test]
    fn the_default_address_is_the_email_whatever_its_type() {
        let types = types();
        let both = items(json!([
            item(5, 1, "Email", "Ann@Contoso.example", false),
            item(6, 9, "Email", "ann@home.example", true),
            item(7, 11, "Email", "ann@work.example", false)
        ]));
        assert_eq!(types.text(Field::Email, &both), "ann@home.example");
        assert_eq!(types.alternates(&both), ["ann@contoso.example"]);
        let none_default = items(json!([
            item(6, 9, "Email", "Ann@Home.example", false),
            item(5, 1, "Email", "ann@contoso.example", false)
        ]));
        assert_eq!(types.text(Field::Email, &none_default), "ann@contoso.example");
        assert_eq!(types.alternates(&none_default), ["ann@home.example"]);
        assert_eq!(types.text(Field::Email, &items(json!([item(8, 2, "Phone", "555", true)]))), "");
        assert!(types.holds_any(&both, &["ann@work.example".to_owned()]));
        assert!(!types.holds_any(&both, &["work.example".to_owned()]));
    }

    #[test]
    fn a_number_is_the_item_of_its_type_with_its_extension() {
        let types = types();
        let items = items(json!([
            {"id": 8, "type": {"id": 2}, "value": " 8135550100 ", "extension": "42", "communicationType": "Phone"},
            item(9, 4, "Phone", "+1 813 555 0199", true)
        ]));
        assert_eq!(types.text(Field::Phone, &items), "8135550100 x42");
        assert_eq!(types.text(Field::Mobile, &items), "+1 813 555 0199");
    }

    #[test]
    fn an_item_of_the_type_is_changed_and_a_missing_one_added() {
        let types = types();
        let has = items(json!([item(8, 2, "Phone", "555 0100", true)]));
        assert_eq!(
            types.step(Field::Phone, "+1 555 0101", &has).expect("possible"),
            Some(Step::Change(8, json!([{"op": "replace", "path": "value", "value": "+1 555 0101"}])))
        );
        assert_eq!(
            types.step(Field::Mobile, "+1 555 0199 ext. 7", &has).expect("possible"),
            Some(Step::Add(
                json!({"type": {"id": 4}, "value": "+1 555 0199", "extension": "7", "defaultFlag": false})
            ))
        );
        assert_eq!(
            types.step(Field::Phone, "555", &[]).expect("possible"),
            Some(Step::Add(json!({"type": {"id": 2}, "value": "555", "defaultFlag": true})))
        );
    }

    #[test]
    fn a_new_number_does_not_keep_the_old_extension() {
        let has = items(json!([{"id": 8, "type": {"id": 2}, "value": "555 0100", "extension": "42"}]));
        let Some(Step::Change(8, patch)) = types().step(Field::Phone, "555 0101", &has).expect("possible")
        else {
            panic!("the item is changed");
        };
        assert_eq!(patch[1], json!({"op": "replace", "path": "extension", "value": ""}));
    }

    #[test]
    fn an_address_that_crsync_does_not_own_stays_but_is_not_the_default_any_more() {
        let types = types();
        let foreign = items(json!([item(7, 11, "Email", "old@contoso.example", true)]));
        assert_eq!(
            types.step(Field::Email, "new@contoso.example", &foreign).expect("possible"),
            Some(Step::Add(json!({"type": {"id": 1}, "value": "new@contoso.example", "defaultFlag": true})))
        );
        let both = items(json!([
            item(7, 11, "Email", "old@contoso.example", true),
            item(5, 1, "Email", "ann@contoso.example", false)
        ]));
        let step = types.step(Field::Email, "new@contoso.example", &both).expect("possible");
        let Some(Step::Change(5, patch)) = step else { panic!("the own item is changed") };
        assert_eq!(patch[1], json!({"op": "replace", "path": "defaultFlag", "value": true}));
        assert_eq!(types.step(Field::Email, "", &foreign).expect_err("not ours").kind(), Kind::Usage);
    }

    #[test]
    fn blank_takes_the_own_item_away_and_no_other() {
        let types = types();
        let has = items(json!([item(8, 2, "Phone", "555", true), item(3, 7, "Fax", "556", true)]));
        assert_eq!(types.step(Field::Phone, "", &has).expect("possible"), Some(Step::Remove(8)));
        assert_eq!(types.step(Field::Mobile, "", &has).expect("possible"), None);
    }

    #[test]
    fn a_number_in_the_form_of_programs_is_taken_apart_too() {
        let both = |text: &str| split(Field::Phone, text);
        assert_eq!(both("+1 (202) 555-0115;ext=5678"), ("+1 (202) 555-0115".to_owned(), "5678".to_owned()));
        assert_eq!(both("x42"), ("x42".to_owned(), String::new()), "an item needs a value");
        assert_eq!(split(Field::Email, "1x2"), ("1x2".to_owned(), String::new()));
    }

    proptest! {
        #[test]
        fn a_number_that_was_written_is_read_as_the_same(text in "[+]?[0-9 ()-]{1,12}( ?(x|ext|ext\\.) ?[0-9]{1,4})?") {
            let (value, extension) = split(Field::Phone, &text);
            let item = Item {
                value: Some(value),
                extension: Some(extension),
                ..Item::default()
            };
            prop_assert!(Field::Phone.same(&spoken(Field::Phone, &item), &text));
        }

        #[test]
        fn splitting_never_panics(text in any::<String>()) {
            split(Field::Mobile, &text);
        }
    }
}
