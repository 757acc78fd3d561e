//! Row 4: what the types of a contact say of the person: whether it takes part, may sign in, has priority, and
//! which role and groups it is to have in the portal.

use std::collections::BTreeSet;

use super::reason::{NotInScope, Reason};
use crate::model::{Contact, Field, Row, Udf, UdfKind, Value};
use crate::plan::Skip;
use crate::reconcile::input::{MultipleRoles, Policy, View};
use crate::text::name;

/// The result of all rules that apply to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Whether the person takes part at all.
    pub(crate) sync: bool,
    /// Whether the person may sign in to the portal.
    pub(crate) login: bool,
    /// Whether the person has priority in the portal.
    pub(crate) priority: bool,
    /// The role that the person is to have.
    pub(crate) role: Option<String>,
    /// The groups that the person is to be in.
    pub(crate) groups: BTreeSet<String>,
    /// The rules that applied.
    pub(crate) rules: BTreeSet<String>,
}

/// What holds of everybody that no rule applies to.
static USUAL: Terms = Terms {
    sync: true,
    login: true,
    priority: false,
    role: None,
    groups: BTreeSet::new(),
    rules: BTreeSet::new(),
};

/// What the types of a company's contacts say.
#[derive(Debug, Default)]
pub(crate) struct Types {
    /// Whether the row is on.
    asked: bool,
    /// Whether there are rules that keep people out: if so, nothing is done for a contact whose types are
    /// not known.
    restrict: bool,
    /// By contact; `None` where its types are not known. Empty where there are no rules.
    terms: Vec<Option<Terms>>,
}

impl Types {
    /// Looks at the types of all contacts.
    pub(crate) fn new(view: &View<'_>) -> Self {
        let rules = &view.policy.types;
        let asked = view.on(Row::TypeMapping);
        let contacts: &[_] = if asked && !rules.is_empty() { &view.contacts } else { &[] };
        let terms = |contact: &&Contact| Some(terms(view.policy, &names(view, contact)?));
        Self {
            asked,
            restrict: rules.iter().any(|rule| !rule.sync || !rule.login),
            terms: contacts.iter().map(terms).collect(),
        }
    }

    /// Returns what holds of the person with this contact, or with none. `None` where the row is off, or the contact's
    /// types are not known.
    pub(crate) fn of(&self, contact: Option<usize>) -> Option<&Terms> {
        let known = contact.and_then(|contact| self.terms.get(contact));
        known.map_or(Some(&USUAL), Option::as_ref).filter(|_| self.asked)
    }

    /// Returns why the types of a contact put it out of scope. Of one whose types are not known nothing is concluded
    /// where a rule could keep it out.
    pub(crate) fn out(&self, contact: usize) -> Option<NotInScope> {
        match self.terms.get(contact)? {
            None => self.restrict.then(|| Reason::TypeUnread.into()),
            Some(terms) if terms.sync => None,
            Some(terms) => {
                let names: Vec<String> = terms.rules.iter().map(|name| format!("\"{name}\"")).collect();
                Some(NotInScope { reason: Reason::Type, detail: Some(format!("type {}", names.join(", "))) })
            }
        }
    }
}

/// Returns the skip reported when type rules exist but the PSA has no field that holds types.
pub(crate) fn unserved(view: &View<'_>) -> Option<Skip> {
    let shape = view.input.psa_shape;
    let known = shape.has_types() || shape.udf(Udf::TypeMapping).is_some();
    let (row, psa, name) = (Row::TypeMapping, view.psa_name(), shape.udf_name(Udf::TypeMapping));
    (view.on(row) && !view.policy.types.is_empty() && !known).then(|| Skip {
        row,
        who: None,
        reason: format!("{row}: {psa} has no contact UDF `{name}`, so no contact's type is known"),
        next: Some(format!("create the contact UDF `{name}` (text or list) in {psa}")),
        strict: true,
    })
}

/// Returns what the rules of `policy` say for a person who has these types. Neither the order of the rules nor
/// that of the types matters.
fn terms(policy: &Policy, types: &BTreeSet<String>) -> Terms {
    let mut terms = USUAL.clone();
    for rule in policy.types.iter().filter(|rule| types.contains(&*name::key(&rule.name))) {
        terms.sync &= rule.sync;
        terms.login &= rule.login;
        terms.priority |= rule.priority;
        terms.groups.extend(rule.groups.iter().cloned());
        terms.rules.insert(rule.name.clone());
        let rank =
            |role: &String| (policy.role_order.iter().position(|known| known == role), role.to_owned());
        let roles = terms.role.take().into_iter().chain(rule.role.clone());
        terms.role = match policy.multiple_roles {
            MultipleRoles::Lowest => roles.min_by_key(rank),
            MultipleRoles::Highest => roles.max_by_key(rank),
        };
    }
    terms
}

/// Returns the types of a contact, by every name they go by: the PSA's own types where it has such, else the text of
/// the user-defined field. `None` where the field does not exist or was not read.
pub(crate) fn names(view: &View<'_>, contact: &Contact) -> Option<BTreeSet<String>> {
    let shape = view.input.psa_shape;
    if shape.has_types() {
        return Some(contact.types.iter().map(|name| name::key(name).into_owned()).collect());
    }
    let udf = shape.udf(Udf::TypeMapping)?;
    match contact.fields.get(Field::Udf(Udf::TypeMapping)) {
        Value::Absent | Value::Hidden => None,
        Value::Empty => Some(BTreeSet::new()),
        Value::Text(text) => Some(spelled(view.policy, &udf.kind, text)),
    }
}

/// Returns the names in a field's text: of a list the entry's label and its value; else the whole text where a rule has
/// that name, and what semicolons or commas separate where none has.
fn spelled(policy: &Policy, kind: &UdfKind, text: &str) -> BTreeSet<String> {
    let text = name::key(text);
    if let UdfKind::List(entries) = kind {
        let is = |name: &str| name::key(name) == text;
        let entry =
            entries.iter().find(|(value, _)| is(value)).or(entries.iter().find(|(_, label)| is(label)));
        if let Some((value, label)) = entry {
            return BTreeSet::from([value, label].map(|name| name::key(name).into_owned()));
        }
    }
    if policy.types.iter().any(|rule| name::key(&rule.name) == text) {
        return BTreeSet::from([text.into_owned()]);
    }
    text.split([';', ',']).map(|name| name::key(name).into_owned()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::TypeRule;
    use proptest::prelude::*;
    use proptest::sample::select;

    const ROLES: [&str; 4] = ["User", "Company Reporting", "Company Administrator", "Elsewhere"];

    fn policy(types: Vec<TypeRule>, multiple_roles: MultipleRoles) -> Policy {
        Policy { types, multiple_roles, ..Policy::default() }
    }

    fn rule(name: &str) -> TypeRule {
        TypeRule::new(name)
    }

    fn found(policy: &Policy, types: &[&str]) -> Terms {
        terms(policy, &types.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn what_forbids_wins_and_what_gives_adds_up() {
        let open = TypeRule { priority: true, groups: vec!["Finance".into()], ..rule("Billing Contact") };
        let shut = TypeRule { login: false, groups: vec!["Staff".into()], ..rule("Kiosk") };
        let gone = TypeRule { sync: false, ..rule("Former") };
        let policy = policy(vec![open, shut, gone], MultipleRoles::Lowest);
        let both = found(&policy, &["Billing Contact", "Kiosk", "Unheard of"]);
        assert_eq!((both.sync, both.login, both.priority), (true, false, true));
        assert_eq!(both.groups.into_iter().collect::<Vec<_>>(), ["Finance", "Staff"]);
        assert!(!found(&policy, &["Kiosk", "Former"]).sync);
        assert_eq!(found(&policy, &["billing contact"]), USUAL, "names are case-sensitive");
    }

    #[test]
    fn of_several_roles_the_lowest_or_the_highest_is_taken() {
        let with = |name: &str, role: &str| TypeRule { role: Some(role.into()), ..rule(name) };
        let rules = vec![with("A", "Company Administrator"), with("B", "User"), rule("C")];
        let role = |multiple, types: &[&str]| found(&policy(rules.clone(), multiple), types).role;
        assert_eq!(role(MultipleRoles::Lowest, &["A", "B", "C"]).as_deref(), Some("User"));
        assert_eq!(role(MultipleRoles::Highest, &["A", "B"]).as_deref(), Some("Company Administrator"));
        assert_eq!(role(MultipleRoles::Highest, &["C"]), None);
    }

    #[test]
    fn a_field_names_types_in_its_own_way() {
        let policy = policy(vec![rule("Owner, retired")], MultipleRoles::Lowest);
        let text = UdfKind::Text(None);
        let named = |kind: &UdfKind, text: &str| -> Vec<String> {
            spelled(&policy, kind, text).into_iter().collect()
        };
        assert_eq!(named(&text, " Billing Contact "), ["Billing Contact"]);
        assert_eq!(named(&text, "VIP; Billing Contact,Kiosk;"), ["Billing Contact", "Kiosk", "VIP"]);
        assert_eq!(named(&text, "Owner, retired"), ["Owner, retired"], "a rule has that very name");
        let list = UdfKind::List(vec![("1".into(), "VIP, local".into()), ("2".into(), "Kiosk".into())]);
        assert_eq!(named(&list, "1"), ["1", "VIP, local"]);
        assert_eq!(named(&list, "Kiosk"), ["2", "Kiosk"]);
        assert_eq!(named(&list, "Retired"), ["Retired"], "an entry that is not offered any more");
    }

    fn any_rule() -> impl Strategy<Value = TypeRule> {
        let groups = proptest::collection::vec(select(vec!["G", "H", "I"]), 0..3);
        let role = proptest::option::of(select(&ROLES[..]));
        (select(vec!["A", "B", "C"]), any::<[bool; 3]>(), groups, role).prop_map(
            |(name, [sync, login, priority], groups, role)| TypeRule {
                name: name.to_owned(),
                sync,
                login,
                priority,
                groups: groups.into_iter().map(ToOwned::to_owned).collect(),
                role: role.map(ToOwned::to_owned),
            },
        )
    }

    proptest! {
        #[test]
        fn the_order_of_rules_never_matters(
            (rules, shuffled) in proptest::collection::vec(any_rule(), 0..6).prop_flat_map(|rules| {
                (Just(rules.clone()), Just(rules).prop_shuffle())
            }),
            types in proptest::sample::subsequence(vec!["A", "B", "C"], 0..=3),
            highest in any::<bool>(),
        ) {
            let multiple = if highest { MultipleRoles::Highest } else { MultipleRoles::Lowest };
            prop_assert_eq!(found(&policy(rules, multiple), &types), found(&policy(shuffled, multiple), &types));
        }

        #[test]
        fn one_more_type_never_opens_what_is_shut(rules in proptest::collection::vec(any_rule(), 0..6)) {
            let policy = policy(rules, MultipleRoles::Lowest);
            let (fewer, more) = (found(&policy, &["A", "B"]), found(&policy, &["A", "B", "C"]));
            prop_assert!((fewer.sync || !more.sync) && (fewer.login || !more.login));
            prop_assert!(more.groups.is_superset(&fewer.groups));
        }
    }
}
