//! What is known of the records: properties under the up to three names each has, with what they hold.

use serde_json::{Value, json};

use super::{Row, State};

/// An entity.
pub(super) struct Entity {
    /// What one record is called.
    pub(super) name: &'static str,
    /// The properties of a record, in the order that answers show them.
    pub(super) fields: &'static [Field],
}

/// A property.
#[derive(Clone, Copy)]
pub(super) struct Field {
    /// Its name in the state and in lists.
    pub(super) name: &'static str,
    /// Its name in the answer to a write.
    detail: &'static str,
    /// Its name in the body of a write; `None` for what cannot be written.
    pub(super) input: Option<&'static str>,
    /// What it holds.
    pub(super) kind: Kind,
    /// Whether null can be written.
    pub(super) nullable: bool,
    /// Whether lists show it.
    listed: bool,
    /// Whether it may not be blank.
    pub(super) needed: bool,
    /// What its number is looked up in.
    pub(super) refers: Option<Set>,
}

/// What a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of at most so many characters. The lengths are not published; these are inferred to be generous.
    Text(usize),
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// A point in time.
    Date,
}

/// What a number is looked up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// Accounts.
    Accounts,
    /// The locations of the record's account.
    Locations,
    /// Types of accounts.
    AccountTypes,
    /// Types of businesses.
    BusinessTypes,
    /// Employees.
    Employees,
}

/// The longest email.
pub(super) const EMAIL: usize = 254;
/// The longest phone.
pub(super) const PHONE: usize = 50;
/// The longest name of a person.
const NAME: usize = 100;
/// The longest title, and the longest name of an account.
const TITLE: usize = 255;
/// The longest description, and the longest text of a custom field.
pub(super) const LONG: usize = 1000;

/// What a record holds and no answer about it shows.
const HIDDEN: [&str; 2] = ["customFields", "hasClientPortalAccess"];

const fn read(name: &'static str, kind: Kind) -> Field {
    Field { name, detail: name, input: None, kind, nullable: true, listed: true, needed: false, refers: None }
}

const fn both(name: &'static str, input: &'static str, kind: Kind) -> Field {
    Field { input: Some(input), ..read(name, kind) }
}

impl Field {
    const fn detail(self, detail: &'static str) -> Self {
        Self { detail, ..self }
    }

    const fn never_null(self) -> Self {
        Self { nullable: false, ..self }
    }

    const fn unlisted(self) -> Self {
        Self { listed: false, ..self }
    }

    const fn needed(self) -> Self {
        Self { needed: true, ..self }
    }

    const fn of(self, set: Set) -> Self {
        Self { refers: Some(set), nullable: false, ..self }
    }

    /// Returns the value of a property that a body which replaces the record lacks.
    pub(super) fn unsaid(&self) -> Value {
        match self.kind {
            _ if self.nullable => Value::Null,
            Kind::Bool => json!(false),
            Kind::Int | Kind::Number => json!(0),
            Kind::Text(_) | Kind::Date => Value::Null,
        }
    }
}

/// Contacts.
///
/// The misspelt names are the service's.
pub(super) const CONTACT: Entity = Entity {
    name: "Contact",
    fields: &[
        read("id", Kind::Int),
        read("createdBy", Kind::Int),
        read("createdOn", Kind::Date),
        read("modifiedBy", Kind::Int),
        read("modifiedOn", Kind::Date),
        both("accountId", "AccountId", Kind::Int).of(Set::Accounts),
        both("locationId", "LocationId", Kind::Int).of(Set::Locations),
        both("firstName", "FirstName", Kind::Text(NAME)),
        both("middleName", "MiddleName", Kind::Text(NAME)).unlisted(),
        both("lastName", "LastName", Kind::Text(NAME)),
        both("jobTitle", "JobTitle", Kind::Text(TITLE)),
        both("isPoc", "Poc", Kind::Bool).detail("poc").never_null(),
        both("isActive", "IsActive", Kind::Bool).never_null(),
        both("effectiveDate", "EffectiveDate", Kind::Date),
        both("isBillable", "BillByContact", Kind::Bool).detail("billByContact").never_null(),
        both("canRecieveInvoices", "ReceiveInvoices", Kind::Bool).detail("recieveInvoices").never_null(),
    ],
};

/// Accounts.
pub(super) const ACCOUNT: Entity = Entity {
    name: "Account",
    fields: &[
        read("id", Kind::Int),
        read("createdBy", Kind::Int),
        read("createdOn", Kind::Date),
        read("modifiedBy", Kind::Int),
        read("modifiedOn", Kind::Date),
        both("parentId", "ParentId", Kind::Int),
        both("accountCode", "AccountCode", Kind::Text(NAME)),
        both("accountTypeId", "AccountTypeId", Kind::Int).of(Set::AccountTypes),
        both("accountName", "AccountName", Kind::Text(TITLE)).never_null().needed(),
        both("businessTypeId", "BusinessTypeId", Kind::Int).of(Set::BusinessTypes),
        both("serviceTypeId", "ServiceTypeId", Kind::Int),
        both("accountManagerId", "AccountManagerId", Kind::Int).of(Set::Employees),
        both("currencyId", "CurrencyId", Kind::Int),
        both("creditLimit", "CreditLimit", Kind::Number),
        both("netDays", "NetDays", Kind::Number),
        both("salesTaxItemId", "SalesTaxItemId", Kind::Int),
        both("website", "Website", Kind::Text(TITLE)),
        both("description", "Description", Kind::Text(LONG)),
        both("classId", "ClassId", Kind::Int),
        both("isActive", "IsActive", Kind::Bool),
        read("isBilling", Kind::Bool),
        both("acquiredDate", "AcquiredDate", Kind::Date),
        both("routeInvoiceToParent", "RouteInvoiceToParent", Kind::Bool).unlisted().never_null(),
        read("tenantName", Kind::Text(NAME)),
    ],
};

impl Entity {
    /// Returns the property that a body calls so, in any case.
    pub(super) fn input(&self, name: &str) -> Option<&'static Field> {
        let called = |field: &&Field| field.input.is_some_and(|input| input.eq_ignore_ascii_case(name));
        self.fields.iter().find(called)
    }

    /// Returns a record as lists show it: every property, null where it has none, and whatever else it holds.
    pub(super) fn listed(&self, record: &Row) -> Row {
        let fields = self.fields.iter().filter(|field| field.listed);
        let known = fields.map(|field| (field.name, field.name));
        self.shown(record, known)
    }

    /// Returns a record as the answer to a write shows it.
    pub(super) fn detailed(&self, record: &Row) -> Row {
        self.shown(record, self.fields.iter().map(|field| (field.name, field.detail)))
    }

    fn shown(&self, record: &Row, known: impl Iterator<Item = (&'static str, &'static str)>) -> Row {
        let known =
            known.map(|(name, shown)| (shown.to_owned(), record.get(name).cloned().unwrap_or_default()));
        let unknown =
            |name: &str| !HIDDEN.contains(&name) && self.fields.iter().all(|field| field.name != name);
        let others = record.iter().filter(|(name, _)| unknown(name));
        known.chain(others.map(|(name, value)| (name.clone(), value.clone()))).collect()
    }
}

/// Is true if a record's number is one of the set's.
pub(super) fn refers(state: &State, set: Set, record: &Row, id: i64) -> bool {
    match set {
        Set::Accounts => state.account(id).is_some(),
        Set::Locations => {
            let account = state.accounts.get(&super::number(record, "accountId"));
            account.is_some_and(|account| {
                super::rows(account, "locations").any(|one| super::number(one, "id") == id)
            })
        }
        Set::AccountTypes => state.account_types.contains_key(&id),
        Set::BusinessTypes => state.business_types.contains_key(&id),
        Set::Employees => state.employees.contains_key(&id),
    }
}

#[cfg(test)]
mod tests {
    use super::super::row;
    use super::*;

    #[test]
    fn a_list_and_the_answer_to_a_write_name_the_same_things_differently() {
        let record = row(json!({"id": 1, "isPoc": true, "canRecieveInvoices": true, "isBillable": true,
            "middleName": "M", "customFields": {"SupportPIN": "1"}, "planted": [1]}));
        let listed = CONTACT.listed(&record);
        assert_eq!((&listed["isPoc"], &listed["canRecieveInvoices"]), (&json!(true), &json!(true)));
        assert_eq!((&listed["jobTitle"], &listed["planted"]), (&Value::Null, &json!([1])));
        assert!(!listed.contains_key("middleName") && !listed.contains_key("customFields"));
        let detailed = CONTACT.detailed(&record);
        for (name, value) in
            [("poc", json!(true)), ("recieveInvoices", json!(true)), ("middleName", json!("M"))]
        {
            assert_eq!(detailed[name], value, "{name}");
        }
        assert!(!detailed.contains_key("isPoc") && detailed.contains_key("planted"));
    }

    #[test]
    fn what_a_replacement_does_not_say_is_false_or_nothing() {
        let unsaid = |name: &str| CONTACT.input(name).map(Field::unsaid);
        assert_eq!(unsaid("isactive"), Some(json!(false)));
        assert_eq!(unsaid("LocationId"), Some(json!(0)));
        assert_eq!(unsaid("MiddleName"), Some(Value::Null));
        assert_eq!(unsaid("Emails"), None);
    }
}
