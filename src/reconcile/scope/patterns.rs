//! What exclusions and domains are compared with.

use crate::model::{Field, Fields, User, UserKind};
use crate::reconcile::input::{ExcludeOn, Exclusion};
use crate::text::email;
use crate::text::like::Pattern;

pub(crate) fn in_domains(domains: &[String], user: &User) -> bool {
    // A user without an address still has a user name, which says whose the account is.
    let domain = || user.email().and_then(email::domain).or_else(|| email::domain(&user.user_name));
    domains.is_empty() || domain().is_some_and(|domain| domains.contains(&domain))
}

/// Returns a blank attribute matches no pattern, not even `*`: nothing is known that could be excluded.
pub(crate) fn user_matches(user: &User, pattern: &Pattern, on: &ExcludeOn) -> bool {
    let matches =
        |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty() && pattern.matches(text.trim()));
    match on {
        ExcludeOn::Email => {
            user.email().into_iter().chain([user.user_name.as_str()]).any(|address| names(pattern, address))
        }
        ExcludeOn::Field(Field::UserName) => names(pattern, &user.user_name),
        ExcludeOn::Field(field) => matches(user.fields.text(*field)),
        ExcludeOn::UserType => matches(match user.kind {
            UserKind::Member => Some("Member"),
            UserKind::Guest => Some("Guest"),
            UserKind::Unknown => None,
        }),
        ExcludeOn::Attribute(name) => matches(user.attributes.get(name).map(String::as_str)),
    }
}

/// Reports whether a pattern names an address, in any of its spellings. A blank text has none.
pub(crate) fn names(pattern: &Pattern, address: &str) -> bool {
    let spellings = email::spellings(address);
    spellings.iter().any(|spelling| !spelling.is_empty() && pattern.matches(spelling))
}

/// Reports whether an exclusion's pattern fits a contact or a portal user.
pub(crate) fn record_matches(fields: &Fields, pattern: &Pattern, on: &ExcludeOn) -> bool {
    match on {
        ExcludeOn::Email => fields.text(Field::Email).is_some_and(|text| names(pattern, text)),
        ExcludeOn::Field(field) => fields.text(*field).is_some_and(|text| pattern.matches(text)),
        ExcludeOn::UserType | ExcludeOn::Attribute(_) => false,
    }
}

/// Returns the rule as the configuration spells it.
pub(crate) fn describe(rule: &Exclusion) -> String {
    let on = match rule.on {
        ExcludeOn::Email => "email".to_owned(),
        ExcludeOn::Field(field) => field.name().to_owned(),
        ExcludeOn::UserType => "user-type".to_owned(),
        ExcludeOn::Attribute(name) => name.replace('_', "-"),
    };
    format!("{on} = \"{}\"", rule.pattern)
}
