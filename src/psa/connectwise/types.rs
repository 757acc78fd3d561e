//! Communication types: which of the MSP's own types of addresses and numbers crsync looks at.
//!
//! Every MSP names its own types; only the class (Email, Phone, Fax) is the vendor's. So types are found by the
//! names in the settings, or by what the MSP marked as default, never by an id that is known beforehand.

use super::settings::TypeNames;
use super::wire::CommunicationType;
use crate::error::{Error, Kind, Result};
use crate::model::Field;

/// The type of further addresses, unless the settings name others.
const ALTERNATE: &str = "Home Email";

/// The words that name a mobile.
const MOBILE: [&str; 2] = ["mobile", "cell"];

/// The types that crsync looks at, by the MSP's ids. Only their items are ever written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Types {
    pub(super) email: Option<i64>,
    pub(super) phone: Option<i64>,
    pub(super) mobile: Option<i64>,
    /// Types of further addresses, which are read alone.
    pub(super) alternates: Vec<i64>,
    /// All types of class Email.
    pub(super) emails: Vec<i64>,
}

impl Types {
    /// Returns the types that `names` mean among all there are.
    ///
    /// # Errors
    /// [`Kind::Config`] for a name that no type of the class has, with those it has.
    pub(super) fn new(all: &[CommunicationType], names: &TypeNames) -> Result<Self> {
        let emails = Class::new("email", all, |of| of.email_flag == Some(true));
        let phones = Class::new("phone", all, |of| of.phone_flag == Some(true));
        let given = |class: &Class<'_>, key: &str, name: &Option<String>| {
            name.as_ref().map(|name| class.named(key, name)).transpose()
        };
        let email = given(&emails, "email-type", &names.email)?.or_else(|| emails.usual(&[]));
        let mobile = given(&phones, "mobile-type", &names.mobile)?;
        let phone = given(&phones, "phone-type", &names.phone)?;
        if phone.is_some() && phone == mobile {
            return Err(Error::new(
                Kind::Config,
                "phone-type and mobile-type of [connectwise] are the same type",
            )
            .hint("name two types, or set phone = \"never\" or mobile = \"never\" under [fields]"));
        }
        let mobile = mobile.or_else(|| phones.mobile().filter(|id| phone != Some(*id)));
        let phone = phone.or_else(|| phones.usual(mobile.as_slice()));
        let alternates = match &names.alternates {
            Some(names) => {
                names.iter().map(|name| emails.named("alternate-types", name)).collect::<Result<_>>()?
            }
            None => emails.find(ALTERNATE).into_iter().collect(),
        };
        let emails = emails.types.iter().map(|of| of.id).collect();
        Ok(Self { email, phone, mobile, alternates, emails })
    }

    /// Returns the type whose items hold `field`, if the MSP has one.
    pub(super) fn of(&self, field: Field) -> Option<i64> {
        match field {
            Field::Email => self.email,
            Field::Phone => self.phone,
            Field::Mobile => self.mobile,
            _ => None,
        }
    }
}

/// The types of one class.
struct Class<'a> {
    name: &'static str,
    types: Vec<&'a CommunicationType>,
}

impl<'a> Class<'a> {
    fn new(name: &'static str, all: &'a [CommunicationType], is: fn(&CommunicationType) -> bool) -> Self {
        Self { name, types: all.iter().filter(|of| is(of)).collect() }
    }

    fn find(&self, name: &str) -> Option<i64> {
        let wanted = name.trim().to_lowercase();
        self.types.iter().find(|of| label(of).to_lowercase() == wanted).map(|of| of.id)
    }

    fn named(&self, key: &str, name: &str) -> Result<i64> {
        self.find(name).ok_or_else(|| {
            let names: Vec<String> = self.types.iter().map(|of| format!("\"{}\"", label(of))).collect();
            Error::new(
                Kind::Config,
                format!("ConnectWise PSA has no communication type \"{}\" for {}", name.trim(), self.name),
            )
            .hint(format!("{key} of [connectwise] takes one of {}", names.join(", ")))
        })
    }

    /// Returns the default of the class, else the first: neither of them one of `taken`.
    fn usual(&self, taken: &[i64]) -> Option<i64> {
        let mut free: Vec<_> = self.types.iter().filter(|of| !taken.contains(&of.id)).collect();
        free.sort_by_key(|of| {
            (of.default_flag != Some(true), !label(of).to_lowercase().contains("direct"), of.id)
        });
        free.first().map(|of| of.id)
    }

    /// Returns the type that is called Mobile or Cell, else one with such a word in its name.
    fn mobile(&self) -> Option<i64> {
        let has_word = |of: &&&CommunicationType| {
            let name = label(of).to_lowercase();
            name.split(|c: char| !c.is_alphanumeric()).any(|word| MOBILE.contains(&word))
        };
        MOBILE
            .iter()
            .find_map(|name| self.find(name))
            .or_else(|| self.types.iter().find(has_word).map(|of| of.id))
    }
}

fn label(of: &CommunicationType) -> &str {
    of.description.as_deref().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all() -> Vec<CommunicationType> {
        serde_json::from_value(json!([
            {"id": 1, "description": "Email", "emailFlag": true, "phoneFlag": false, "defaultFlag": true},
            {"id": 2, "description": "Direct", "emailFlag": false, "phoneFlag": true, "defaultFlag": true},
            {"id": 4, "description": "Mobile ", "phoneFlag": true},
            {"id": 7, "description": "Fax - Home", "phoneFlag": false, "faxFlag": true, "emailFlag": false},
            {"id": 9, "description": "Home Email", "emailFlag": true},
            {"id": 11, "description": "Individual Professional", "emailFlag": true}
        ]))
        .expect("types")
    }

    fn types() -> Types {
        Types::new(&all(), &TypeNames::default()).expect("the usual types")
    }

    #[test]
    fn without_settings_the_defaults_and_the_usual_names_count() {
        let expected = Types {
            email: Some(1),
            phone: Some(2),
            mobile: Some(4),
            alternates: vec![9],
            emails: vec![1, 9, 11],
        };
        assert_eq!(types(), expected);
    }

    #[test]
    fn names_are_found_whatever_their_case() {
        let names = TypeNames {
            email: Some(" individual PROFESSIONAL".to_owned()),
            phone: Some("mobile".to_owned()),
            mobile: Some("DIRECT".to_owned()),
            alternates: Some(vec!["Email".to_owned(), "home email".to_owned()]),
        };
        let types = Types::new(&all(), &names).expect("all of them are there");
        assert_eq!((types.email, types.phone, types.mobile), (Some(11), Some(4), Some(2)));
        assert_eq!(types.alternates, [1, 9]);
    }

    #[test]
    fn a_name_that_does_not_exist_is_answered_with_those_that_do() {
        let names = TypeNames { phone: Some("Work".to_owned()), ..TypeNames::default() };
        let error = Types::new(&all(), &names).expect_err("no such type");
        assert_eq!(error.kind(), Kind::Config);
        assert_eq!(error.message(), "ConnectWise PSA has no communication type \"Work\" for phone");
        assert_eq!(
            error.next_step(),
            Some("phone-type of [connectwise] takes one of \"Direct\", \"Mobile\"")
        );
        // A type of another class is no such type either.
        let names = TypeNames { alternates: Some(vec!["Fax - Home".to_owned()]), ..TypeNames::default() };
        let error = Types::new(&all(), &names).expect_err("a fax is no address");
        assert!(error.next_step().is_some_and(|hint| hint.contains("\"Home Email\"")));
        let same = Some("Direct".to_owned());
        let names = TypeNames { phone: same.clone(), mobile: same, ..TypeNames::default() };
        assert_eq!(Types::new(&all(), &names).expect_err("one type twice").kind(), Kind::Config);
    }

    #[test]
    fn a_mobile_that_is_the_default_number_is_not_the_telephone_too() {
        let all: Vec<CommunicationType> = serde_json::from_value(json!([
            {"id": 1, "description": "Cell Phone", "phoneFlag": true, "defaultFlag": true},
            {"id": 2, "description": "Reception", "phoneFlag": true},
            {"id": 3, "description": "Phone - Direct", "phoneFlag": true}
        ]))
        .expect("types");
        let found = Types::new(&all, &TypeNames::default()).expect("types");
        assert_eq!((found.phone, found.mobile, found.email), (Some(3), Some(1), None));
        assert_eq!(found.alternates, [0; 0]);
        let alone = Types::new(&all[..1], &TypeNames::default()).expect("types");
        assert_eq!((alone.phone, alone.mobile), (None, Some(1)));
    }
}
