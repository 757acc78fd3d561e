//! `[[type]]`: what the types of contacts mean, and the settings of their roles.

use std::collections::BTreeSet;

use super::stated;
use crate::error::Result;
use crate::reconcile::{MultipleRoles, Policy, Rule, TypeRule};
use crate::table::{Located, Table};

/// Reads `role-order` and `multiple-roles` of `[sync]`.
pub(super) fn read_roles(sync: &mut Table<'_>, policy: &mut Policy) -> Result<()> {
    let rule = sync
        .choice("multiple-roles", &[("lowest", MultipleRoles::Lowest), ("highest", MultipleRoles::Highest)]);
    if let Some(rule) = rule {
        policy.multiple_roles = rule;
    }
    let place = sync.place("role-order");
    let order = sync.texts("role-order");
    if let Some(place) = place {
        if order.is_empty() {
            return Err(sync
                .error(&place, "`role-order` names no role")
                .hint("name all your roles, the one with the fewest rights first, or take the line out"));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = order.iter().find(|role| !seen.insert(role.value.trim())) {
            return Err(sync
                .error(&twice.span, format!("the role \"{}\" is listed twice in `role-order`", twice.value))
                .hint("name every role once, the one with the fewest rights first"));
        }
        policy.role_order = order.iter().map(|role| role.value.trim().to_owned()).collect();
        let lost = policy.types.iter().filter_map(|rule| rule.role.as_ref());
        if let Some(lost) = lost.into_iter().find(|role| !policy.role_order.contains(role)) {
            return Err(sync
                .error(&place, format!("`role-order` lacks the role \"{lost}\", which a [[type]] gives"))
                .hint("name every role that a type gives, the one with the fewest rights first"));
        }
    }
    Ok(())
}

/// Reads the `[[type]]` tables of the file or of a company. A company's rule replaces the general one of that name.
pub(super) fn read(table: &mut Table<'_>, policy: &mut Policy) {
    let mut own = BTreeSet::new();
    for mut each in table.tables("type") {
        let rule = rule(&mut each, policy);
        each.finish();
        let Some(rule) = each.keep(rule) else { continue };
        if !own.insert(rule.name.clone()) {
            let twice = format!("there are two rules for the type \"{}\"", rule.name);
            each.kept(each.error(&each.span, twice).hint("put both into one [[type]]"));
        }
        policy.stated.push(stated(&each, &each.span, Rule::Type(rule.name.clone())));
        policy.types.retain(|other| other.name != rule.name);
        policy.types.push(rule);
    }
}

fn rule(table: &mut Table<'_>, policy: &Policy) -> Result<TypeRule> {
    let name = table.required_text("name").and_then(|name| filled(table, "name", name));
    let mut rule = TypeRule::new(name.as_ref().map(|name| name.value.clone()).unwrap_or_default());
    for (key, flag) in
        [("sync", &mut rule.sync), ("login", &mut rule.login), ("priority", &mut rule.priority)]
    {
        if let Some(found) = table.flag(key) {
            *flag = found.value;
        }
    }
    for group in table.texts("groups") {
        let group = filled(table, "groups", group);
        rule.groups.extend(table.keep(group).map(|group| group.value));
    }
    if let Some(stated) = table.text("role") {
        rule.role = table.keep(role(table, policy, stated));
    }
    name?;
    Ok(rule)
}

/// Returns the role that a rule gives, which must be one of the known ones.
fn role(table: &Table<'_>, policy: &Policy, stated: Located<String>) -> Result<String> {
    let known = filled(table, "role", stated)?;
    if policy.role_order.contains(&known.value) {
        return Ok(known.value);
    }
    Err(table
        .error(&known.span, format!("the role \"{}\" has no place in `role-order`", known.value))
        .hint(format!(
            "its roles are {}; set role-order under [sync] to all your roles, the one with the fewest rights first",
            policy.role_order.join(", ")
        )))
}

/// Returns the text without white space around it, of which something must be left.
fn filled(table: &Table<'_>, key: &str, text: Located<String>) -> Result<Located<String>> {
    match text.value.trim() {
        "" => Err(table.wrong_type(key, &text.span, "a name that is not blank")),
        value => Ok(Located { value: value.to_owned(), span: text.span }),
    }
}
