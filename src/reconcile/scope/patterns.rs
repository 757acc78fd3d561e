//! What exclusions and domains are compared with.

use crate::model::{Field, Fields, User, UserKind};
use crate::reconcile::input::{ExcludeOn, Exclusion, View};
use crate::text::like::Pattern;
use crate::text::{email, name};

/// Reports whether a user is at one of the company's domains, where it has any.
pub(crate) fn is_in_domains(view: &View<'_>, user: usize) -> bool {
    let domains = &view.company.domains;
    // A user without an address still has a user name, which says whose the account is.
    let address = || view.addresses.primary(user).or_else(|| view.addresses.user_name(user));
    let domain = || email::domain_of(view.addresses.text(address()?));
    domains.is_empty() || domain().is_some_and(|domain| domains.iter().any(|own| own == domain))
}

/// Reads a pattern in the form in which records are compared with it: what a person sees of it.
pub(crate) fn read(pattern: &str) -> Result<Pattern, String> {
    Pattern::new(&name::key(pattern))
}

/// Reports whether an exclusion's pattern fits a user. A blank attribute matches no pattern, not even `*`: nothing is
/// known that could be excluded.
pub(crate) fn user_matches(user: &User, pattern: &Pattern, on: &ExcludeOn) -> bool {
    let matches = |text: Option<&str>| text.is_some_and(|text| shows(pattern, text));
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
        ExcludeOn::Attribute(name) => matches(user.attributes.get(name)),
    }
}

/// Reports whether a pattern names an address, in any of its spellings. A blank text has none.
pub(crate) fn names(pattern: &Pattern, address: &str) -> bool {
    email::spellings(address).any(|spelling| !spelling.is_empty() && pattern.matches(&spelling))
}

/// Reports whether a pattern describes what a person sees of a text, if that is anything.
fn shows(pattern: &Pattern, text: &str) -> bool {
    let seen = name::key(text);
    !seen.is_empty() && pattern.matches(&seen)
}

/// Reports whether an exclusion's pattern fits a contact or a portal user.
pub(crate) fn record_matches(fields: &Fields, pattern: &Pattern, on: &ExcludeOn) -> bool {
    match on {
        ExcludeOn::Email => fields.text(Field::Email).is_some_and(|text| names(pattern, text)),
        ExcludeOn::Field(field) => fields.text(*field).is_some_and(|text| shows(pattern, text)),
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
