//! What a setting says, whether it matches anything, and what is nearest to it.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};

use super::near::{nearest, plain};
use crate::model::{Field, Id, Row, Side, Sku, User};
use crate::reconcile::input::{Decision, ExcludeOn, Exclusion, Input, Rule, View, domains, id_key, name_key};
use crate::reconcile::scope::patterns::{self, describe, is_in_domains, record_matches, user_matches};
use crate::reconcile::scope::types::names;
use crate::text::company_name::could_be_one;
use crate::text::like::Pattern;
use crate::text::{email, name};

/// Why nothing matches, and what may have been meant.
pub(crate) struct Miss {
    pub(crate) reason: String,
    pub(crate) next: Option<String>,
}

/// How many names are listed at most.
const NAMED: usize = 3;

/// Returns the setting as the file spells it.
pub(crate) fn words(rule: &Rule) -> String {
    match rule {
        Rule::Licence(text) => format!("exclude-licenses \"{text}\""),
        Rule::Exclude(exclusion) => format!("[[exclude]] {}", describe(exclusion)),
        Rule::Type(name) => format!("[[type]] \"{name}\""),
        Rule::Domain(domain) => format!("domains \"{domain}\""),
        Rule::Named(side, id) => format!("{} = {id}", if *side == Side::Psa { "psa" } else { "cloudradial" }),
        Rule::Decision(Decision::Pin(pin)) => {
            format!("[[pin]] user \"{}\", contact {}", pin.user, pin.contact)
        }
        Rule::Decision(Decision::Split(split)) => {
            format!("[[split]] user \"{}\", contact {}", split.user, split.contact)
        }
        Rule::Decision(Decision::Ignore(who)) => format!("[[ignore]] \"{who}\""),
        Rule::Decision(Decision::IgnoreRecord(side, id)) => format!("[[ignore]] {} {id}", noun(*side)),
        Rule::Decision(Decision::Replaced(one)) => format!("[[company]] \"{}\"", one.company),
    }
}

/// Returns why the setting matches nothing in the companies it applies to; `None` where it does, or where that is
/// not known.
pub(crate) fn miss<'a>(
    input: &Input<'_>,
    rule: &Rule,
    views: &[&View<'a>],
    names: &mut Names<'a>,
) -> Option<Miss> {
    match rule {
        Rule::Licence(text) => licence(text, input.products, views),
        Rule::Exclude(exclusion) => exclude(exclusion, views),
        Rule::Type(name) => a_type(name, views),
        Rule::Domain(domain) => a_domain(domain, views),
        Rule::Named(side, _) => a_name(*side, input, views),
        Rule::Decision(Decision::Pin(pin)) => pair(&pin.user, &pin.contact, names.of(views)),
        Rule::Decision(Decision::Split(split)) => pair(&split.user, &split.contact, names.of(views)),
        Rule::Decision(Decision::Ignore(who)) => ignored(who, names.of(views)),
        Rule::Decision(Decision::Replaced(one)) => a_company(&one.company, input),
        Rule::Decision(Decision::IgnoreRecord(side, id)) => {
            let missing = !names.of(views).exists(*side, id.as_str());
            missing.then(|| Miss { reason: format!("no {} has this id", noun(*side)), next: None })
        }
    }
}

/// Returns that a side calls the company by a name that is nothing like its own, with the company that it may be.
fn a_name(side: Side, input: &Input<'_>, views: &[&View<'_>]) -> Option<Miss> {
    let view = views.first()?;
    let own = view.company.name.as_str();
    let (who, told) = match side {
        Side::Psa => (view.psa_name(), view.psa.name.as_str()),
        _ => ("the portal", view.portal.name.as_str()),
    };
    if could_be_one(own, told) {
        return None;
    }
    let reason = format!("{who} calls this company \"{told}\", which is nothing like \"{own}\"");
    let others = input.configured.iter().map(|one| one.name.as_str()).filter(|name| *name != own);
    let next = match nearest(told, others) {
        Some(other) => {
            format!("is it the id of \"{other}\"? If not, give the company the name that it has there")
        }
        None => "see that the id is right, or give the company the name that it has there".to_owned(),
    };
    Some(Miss { reason, next: Some(next) })
}

/// Returns a decision about a company is for one that the configuration names.
fn a_company(name: &str, input: &Input<'_>) -> Option<Miss> {
    let names = || input.configured.iter().map(|one| one.name.as_str());
    let reason = "no company of the configuration is called this".to_owned();
    let next = nearest(name, names()).map(|known| format!("did you mean \"{known}\"?"));
    (!names().any(|known| known.to_lowercase() == name.to_lowercase())).then_some(Miss { reason, next })
}

fn licence(text: &str, products: &[Sku], views: &[&View<'_>]) -> Option<Miss> {
    let owned = || views.iter().flat_map(|view| &view.tenant.skus);
    let is = |sku: &&Sku| sku.id.eq_ignore_ascii_case(text) || sku.part_number.eq_ignore_ascii_case(text);
    if owned().any(|sku| is(&sku)) || products.iter().any(|sku| is(&sku)) {
        return None;
    }
    let wanted = plain(text);
    let named = |sku: &&Sku| plain(&sku.name) == wanted;
    let parts: BTreeSet<&str> =
        owned().chain(products).filter(named).map(|sku| sku.part_number.as_str()).collect();
    if !parts.is_empty() {
        let reason = "this is the name of a product, and licences are named by part number or id".to_owned();
        let parts: Vec<&str> = parts.into_iter().take(NAMED).collect();
        return Some(Miss { reason, next: Some(format!("write {}", parts.join(" or "))) });
    }
    let alike = owned().chain(products).find(|sku| plain(&sku.part_number) == wanted);
    let alike = alike.map(|sku| sku.part_number.as_str());
    let near = alike
        .or_else(|| nearest(text, owned().map(|sku| sku.part_number.as_str())))
        .or_else(|| nearest(text, products.iter().map(|sku| sku.part_number.as_str())));
    let reason = "no tenant owns this licence, and the table of products does not know it".to_owned();
    Some(Miss { reason, next: near.map(|part| format!("did you mean {part}?")) })
}

fn exclude(rule: &Exclusion, views: &[&View<'_>]) -> Option<Miss> {
    // One that cannot be read is said where it is used.
    let matches = |pattern: &str| {
        let pattern = patterns::read(pattern).ok()?;
        Some(views.iter().any(|view| fits(view, &pattern, &rule.on)))
    };
    if matches(&rule.pattern)? {
        return None;
    }
    let text = &*name::key(&rule.pattern);
    let reason = "the pattern fits no record".to_owned();
    let next = if text.contains('#') && !text.contains("[#]") {
        let meant = text.replace('#', "[#]");
        Some(format!("# is a digit in a pattern; write [#] for the character itself: \"{meant}\""))
    } else if is_regular(text) {
        let meant = from_regular(text);
        Some(format!("this looks like a regular expression; * is any run of characters here: \"{meant}\""))
    } else if !text.contains(['*', '?', '[']) && matches(&format!("*{text}*")) == Some(true) {
        Some(format!("a pattern is compared with the whole text; write \"*{text}*\""))
    } else {
        let literal: String = text.chars().filter(|c| !"*?#[]!".contains(*c)).collect();
        let values = views.iter().flat_map(|view| values(view, &rule.on));
        let near = Some(literal.trim()).filter(|literal| literal.len() > 2);
        near.and_then(|literal| nearest(literal, values))
            .map(|value| format!("the nearest value is \"{value}\""))
    };
    Some(Miss { reason, next })
}

/// Reports whether the pattern fits any record of the company, whatever else applies to it.
fn fits(view: &View<'_>, pattern: &Pattern, on: &ExcludeOn) -> bool {
    let users = || (0..view.users.len()).filter(|user| is_in_domains(view, *user));
    let of_users = || users().any(|user| user_matches(view.users[user], pattern, on));
    let of_contacts = || view.contacts.iter().any(|contact| record_matches(&contact.fields, pattern, on));
    let of_portal = || view.portal_users.iter().any(|user| record_matches(&user.fields, pattern, on));
    of_users() || of_contacts() || of_portal()
}

/// Returns the values that the exclusion is compared with.
fn values<'a>(view: &View<'a>, on: &'a ExcludeOn) -> Vec<&'a str> {
    let of_user = |user: &'a User| match on {
        ExcludeOn::Email => user.email(),
        ExcludeOn::Field(Field::UserName) => Some(user.user_name.as_str()),
        ExcludeOn::Field(field) => user.fields.text(*field),
        ExcludeOn::UserType => None,
        ExcludeOn::Attribute(name) => user.attributes.get(name),
    };
    view.users.iter().filter_map(|user| of_user(user)).collect()
}

fn is_regular(text: &str) -> bool {
    let marks = text.starts_with('^') || text.ends_with('$');
    marks || [".*", ".+", "\\.", "\\d", "\\w", "(?", "|"].iter().any(|part| text.contains(part))
}

/// Returns the pattern that a simple regular expression means.
fn from_regular(text: &str) -> String {
    let opened = text.starts_with('^');
    let closed = text.ends_with('$');
    let bare = text.trim_start_matches('^').trim_end_matches('$');
    let bare = bare.replace(".*", "*").replace(".+", "?*").replace("\\.", ".").replace("\\d", "#");
    let before = if opened || bare.starts_with('*') { "" } else { "*" };
    let after = if closed || bare.ends_with('*') { "" } else { "*" };
    format!("{before}{bare}{after}")
}

fn a_type(name: &str, views: &[&View<'_>]) -> Option<Miss> {
    let mut known = BTreeSet::new();
    for view in views {
        if !view.on(Row::TypeMapping) {
            return None;
        }
        for contact in &view.contacts {
            // Of a contact whose types are not known nothing is concluded.
            known.extend(names(view, contact)?);
        }
    }
    let name = &*name::key(name);
    if known.contains(name) {
        return None;
    }
    let reason = "no contact has this type".to_owned();
    let in_other_case = known.iter().find(|known| known.to_lowercase() == name.to_lowercase());
    let next = match in_other_case {
        Some(known) => Some(format!("names are case-sensitive, and contacts have the type \"{known}\"")),
        None => {
            nearest(name, known.iter().map(String::as_str)).map(|known| format!("did you mean \"{known}\"?"))
        }
    };
    Some(Miss { reason, next })
}

fn a_domain(domain: &str, views: &[&View<'_>]) -> Option<Miss> {
    let domains = || views.iter().flat_map(|view| domains(view));
    let key = email::domain_key(domain);
    if domains().any(|known| known == key) {
        return None;
    }
    let known: BTreeSet<Cow<'_, str>> = domains().collect();
    let reason =
        "no user, contact, portal user or verified domain has it, so its company is held back".to_owned();
    let near = nearest(&key, known.iter().map(|known| &**known));
    Some(Miss { reason, next: near.map(|near| format!("did you mean \"{near}\"?")) })
}

fn pair(user: &Id, contact: &Id, names: &Names<'_>) -> Option<Miss> {
    let lacks_user =
        (!names.exists(Side::Tenant, user.as_str())).then(|| format!("no 365 user has the id {user}"));
    let lacks_contact =
        (!names.exists(Side::Psa, contact.as_str())).then(|| format!("no contact has the id {contact}"));
    let lacking: Vec<String> = lacks_user.into_iter().chain(lacks_contact).collect();
    (!lacking.is_empty()).then(|| Miss { reason: lacking.join(", and "), next: None })
}

fn ignored(who: &str, names: &Names<'_>) -> Option<Miss> {
    let sides = [Side::Tenant, Side::Psa, Side::Portal];
    if sides.into_iter().any(|side| names.exists(side, who)) || names.keys.contains(&name_key(who)) {
        return None;
    }
    // Every search looks at every address, and who has many such decisions needs no more than the first.
    let is_searched = names.searched.replace(names.searched.get() + 1) < SEARCHES;
    let near = is_searched.then(|| nearest(who, names.addresses.iter().copied())).flatten();
    let near = near.map(|near| format!("did you mean \"{near}\"?"));
    Some(Miss { reason: "no record has this address or id".to_owned(), next: near })
}

/// How many decisions that match nothing are given the nearest address.
const SEARCHES: usize = 20;

/// What names the records of all companies that were read: collected for the first decision, and asked by every one.
#[derive(Default)]
pub(crate) struct Names<'a> {
    is_known: bool,
    /// Ids in the form for comparing.
    ids: HashSet<(Side, Cow<'a, str>)>,
    /// Addresses as they are spelled, and in the form for comparing.
    addresses: Vec<&'a str>,
    /// How often an address was searched for that is nearest to another one.
    searched: Cell<usize>,
    keys: HashSet<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    fn of(&mut self, views: &[&View<'a>]) -> &Self {
        if std::mem::replace(&mut self.is_known, true) {
            return self;
        }
        for view in views {
            for user in &view.users {
                self.ids.insert((Side::Tenant, id_key(user.id.as_str())));
                self.addresses.extend(user.email().into_iter().chain([user.user_name.as_str()]));
            }
            for contact in &view.contacts {
                self.ids.insert((Side::Psa, id_key(contact.id.as_str())));
                self.addresses.extend(contact.email());
            }
            for user in &view.portal_users {
                self.ids.insert((Side::Portal, id_key(user.id.as_str())));
                self.addresses.extend(user.email());
            }
        }
        self.keys = self.addresses.iter().map(|address| name_key(address)).collect();
        self
    }

    fn exists(&self, side: Side, id: &str) -> bool {
        self.ids.contains(&(side, id_key(id)))
    }
}

fn noun(side: Side) -> &'static str {
    match side {
        Side::Tenant => "user",
        Side::Psa => "contact",
        Side::Portal => "portal-user",
    }
}
