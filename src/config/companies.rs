//! `[[company]]`: which records belong together on the three sides.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use toml::de::DeValue;

use super::policy::{self, General};
use super::stated;
use crate::error::Result;
use crate::model::{Capabilities, Id, Row, Side};
use crate::reconcile::{Company, Rule};
use crate::table::{Located, Table, integer, unread};
use crate::text::{email, label};

/// CloudRadial's record of the MSP itself (vendor documents).
pub const OWN_PORTAL: &str = "1";

/// What may not occur twice, by kind and value, with the company that has it.
type Taken = BTreeMap<(&'static str, String), String>;

/// Reads every company, with its own settings on top of the general ones; and the rows that the file switches on in so
/// many words, for all or for one of them.
pub(super) fn read(
    file: &mut Table<'_>,
    psa: &'static Capabilities,
    general: &General,
) -> Result<(Vec<Arc<Company>>, BTreeSet<Row>)> {
    let mut switched_on = general.switched_on.clone();
    let mut companies = Vec::new();
    let mut places = Vec::new();
    let mut taken = Taken::new();
    let tables = file.tables("company");
    if tables.is_empty() {
        return Err(file
            .error(&(0..0), "the file names no company")
            .hint("add a [[company]] with name, cloudradial, psa and tenant for each client"));
    }
    for mut table in tables {
        let company = company(&mut table, psa, general, &mut taken);
        if let Some((company, place, on)) = table.keep(company) {
            companies.push(company);
            places.push(place);
            switched_on.extend(on);
        }
        table.finish();
    }
    file.keep(check_shared_tenants(file, &companies, &places));
    Ok((companies.into_iter().map(Arc::new).collect(), switched_on))
}

fn company(
    table: &mut Table<'_>,
    psa: &'static Capabilities,
    general: &General,
    taken: &mut Taken,
) -> Result<(Company, Range<usize>, BTreeSet<Row>)> {
    // A company is read to its end, so that all of its mistakes are told at once.
    let name = name(table, taken);
    let name = table.keep(name);
    let called = name.as_ref().map_or("the company", |name| name.value.as_str());
    let enabled = table.flag("enabled").is_none_or(|flag| flag.value);
    let own = table.flag("own").is_some_and(|flag| flag.value);
    let places = [table.place("cloudradial"), table.place("psa")];
    let portal = portal_id(table, taken, called, own);
    let portal = table.keep(portal);
    let psa_ids = psa_ids(table, psa, taken, called, own);
    let psa_ids = table.keep(psa_ids);
    let tenant = table.required_text("tenant").and_then(|tenant| tenant_name(table, &tenant));
    let tenant = table.keep(tenant);
    let domains = table.texts("domains");
    for domain in &domains {
        table.keep(check_domain(table, domain));
    }
    let portal_writes = table.choice("portal", &[("read-only", false), ("read-write", true)]);
    let mut own_general = general.clone();
    policy::apply(table, &mut own_general);
    let bare = |domain: &Located<String>| domain.value.trim().trim_start_matches('@').to_lowercase();
    let said = domains.iter().map(|domain| stated(table, &domain.span, Rule::Domain(bare(domain))));
    own_general.policy.stated.extend(said);
    let mut domains: Vec<String> = domains.iter().map(|domain| email::domain_key(&domain.value)).collect();
    // One domain in both of its spellings is one.
    let mut named = BTreeSet::new();
    domains.retain(|domain| named.insert(domain.clone()));
    let ids = [(Side::Portal, portal.as_ref()), (Side::Psa, psa_ids.as_ref().map(|(id, _)| id))];
    for ((side, id), place) in ids.into_iter().zip(places) {
        if let (Some(id), Some(place)) = (id, place) {
            own_general.policy.stated.push(stated(table, &place, Rule::Named(side, id.clone())));
        }
    }
    // Whether the company gets new records where the PSA has it as inactive.
    let inactive = table.choice("inactive", &[("hold", false), ("serve", true)]);
    own_general.policy.serve_inactive = inactive.unwrap_or_default();
    let (Some(name), Some(portal_id), Some((psa_id, elsewhere)), Some(tenant)) =
        (name, portal, psa_ids, tenant)
    else {
        return Err(unread());
    };
    let company = Company {
        name: name.value,
        enabled,
        portal_id,
        psa_id,
        elsewhere,
        tenant,
        domains,
        portal_writes: portal_writes.unwrap_or(true),
        policy: own_general.policy,
    };
    Ok((company, name.span, own_general.switched_on))
}

/// Reads the name, which no other company may have.
fn name(table: &mut Table<'_>, taken: &mut Taken) -> Result<Located<String>> {
    let name = table.required_text("name")?;
    let name = Located { value: label::tidy(&name.value), span: name.span };
    let key = label::key(&name.value);
    if key.is_empty() {
        return Err(table.wrong_type("name", &name.span, "a name that can be read"));
    }
    unique(table, taken, "name", &key, &name.span, &name.value)?;
    Ok(name)
}

/// Reads the id of the portal's company.
fn portal_id(table: &mut Table<'_>, taken: &mut Taken, company: &str, own: bool) -> Result<Id> {
    let stated = table.required_number("cloudradial", "cloudradial = 9")?;
    let id = positive(table, "cloudradial", &stated)?;
    unique(table, taken, "cloudradial", id.as_str(), &stated.span, company)?;
    is_client(table, &id, &stated.span, own, ("CloudRadial", Some(OWN_PORTAL)))?;
    Ok(id)
}

/// Reads the company's id in the chosen PSA, and those in other PSAs with their names.
fn psa_ids(
    table: &mut Table<'_>,
    psa: &'static Capabilities,
    taken: &mut Taken,
    company: &str,
    own: bool,
) -> Result<(Id, Vec<(&'static str, Id)>)> {
    let (Located { value: id, span }, elsewhere) = psa_id(table, psa)?;
    unique(table, taken, "psa", id.as_str(), &span, company)?;
    is_client(table, &id, &span, own, (psa.name, psa.own_company))?;
    Ok((id, elsewhere))
}

/// Passes unless a company is the MSP itself on a side, and nothing says that this is meant.
fn is_client(
    table: &Table<'_>,
    id: &Id,
    span: &Range<usize>,
    own: bool,
    (side, own_id): (&str, Option<&str>),
) -> Result<()> {
    if own_id != Some(id.as_str()) || own {
        return Ok(());
    }
    Err(table
        .error(span, format!("{side} company {id} is the MSP itself, not a client"))
        .hint("write the client's id, or own = true if the MSP's own people are meant to be served"))
}

/// A company's id in the chosen PSA, and those in other PSAs with their names.
type PsaIds = (Located<Id>, Vec<(&'static str, Id)>);

/// Reads a number, or one number for each PSA.
fn psa_id(table: &mut Table<'_>, psa: &'static Capabilities) -> Result<PsaIds> {
    let example = "psa = 174";
    let found = table.any("psa").ok_or_else(|| table.missing("psa", example))?;
    let span = found.span.clone();
    let ids = [crate::psa::registry().first(), crate::psa::registry().last()];
    let ids = ids.into_iter().flatten().zip([174, 12]).map(|(entry, id)| format!("{} = {id}", entry.id()));
    let ids = ids.collect::<Vec<_>>().join(", ");
    let form = format!("the company's id in the PSA, or one per PSA: {{ {ids} }}");
    if let Some(number) = integer(&found.value) {
        let value = positive_or_zero(table, "psa", &Located { value: number, span: span.clone() })?;
        return Ok((Located { value, span }, Vec::new()));
    }
    if !matches!(found.value, DeValue::Table(_)) {
        return Err(table.wrong_type("psa", &span, &form));
    }
    let Some(mut inner) = table.inline("psa", found) else {
        return Err(table.wrong_type("psa", &span, &form));
    };
    let (mut chosen, mut elsewhere) = (None, Vec::new());
    let is_named = inner.place(psa.id).is_some();
    for other in crate::psa::registry().iter().map(|entry| entry.capabilities) {
        let Some(number) = inner.number(other.id) else { continue };
        let Some(value) = inner.keep(positive_or_zero(&inner, other.id, &number)) else { continue };
        if other.id == psa.id {
            chosen = Some(Located { value, span: number.span });
        } else {
            elsewhere.push((other.name, value));
        }
    }
    let lacking = chosen.ok_or_else(|| {
        if is_named {
            return unread();
        }
        inner
            .error(&span, format!("`psa` names no company of {}", psa.name))
            .hint(format!("add {} = … to it, or choose another PSA with --psa", psa.id))
    });
    inner.finish();
    Ok((lacking?, elsewhere))
}

fn positive(table: &Table<'_>, key: &str, number: &Located<i64>) -> Result<Id> {
    if number.value > 0 {
        Ok(Id::from(number.value))
    } else {
        Err(table.wrong_type(key, &number.span, "a number above 0"))
    }
}

fn positive_or_zero(table: &Table<'_>, key: &str, number: &Located<i64>) -> Result<Id> {
    if number.value >= 0 {
        Ok(Id::from(number.value))
    } else {
        Err(table.wrong_type(key, &number.span, "a number from 0 up"))
    }
}

/// Reads the name of a tenant: a GUID or a domain.
fn tenant_name(table: &Table<'_>, tenant: &Located<String>) -> Result<String> {
    let text = email::domain_key(&tenant.value);
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let is_guid = lengths == [8, 4, 4, 4, 12]
        && groups.iter().all(|group| group.chars().all(|c| c.is_ascii_hexdigit()));
    let is_domain =
        text.contains('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    if is_guid || is_domain {
        return Ok(text);
    }
    Err(table.wrong_type("tenant", &tenant.span, "the tenant's id (a GUID), or one of its verified domains"))
}

fn check_domain(table: &Table<'_>, domain: &Located<String>) -> Result<()> {
    let bare = email::domain_key(&domain.value);
    if bare.contains('.') && email::is_usable(&format!("x@{bare}")) {
        return Ok(());
    }
    Err(table.wrong_type("domains", &domain.span, "email domains, such as [\"contoso.example\"]"))
}

fn unique(
    table: &Table<'_>,
    taken: &mut Taken,
    key: &'static str,
    value: &str,
    span: &Range<usize>,
    company: &str,
) -> Result<()> {
    match taken.insert((key, value.to_owned()), company.to_owned()) {
        None => Ok(()),
        // Two names that a person takes for the same would both be meant by one.
        Some(other) if key == "name" && other != company => Err(table
            .error(
                span,
                format!(
                    "the names {company:?} and {other:?} differ only in case, spaces or what cannot be seen"
                ),
            )
            .hint("give one of the two another name")),
        Some(other) => Err(table
            .error(span, format!("`{key}` of {company} is also that of {other}"))
            .hint("every company is one triple of its own; correct one of the two")),
    }
}

/// Companies that share a tenant must say which domains are theirs, each domain once.
fn check_shared_tenants(file: &Table<'_>, companies: &[Company], places: &[Range<usize>]) -> Result<()> {
    let mut by_tenant = BTreeMap::<&str, Vec<(&Company, &Range<usize>)>>::new();
    for (company, place) in companies.iter().zip(places) {
        by_tenant.entry(&company.tenant).or_default().push((company, place));
    }
    for (tenant, sharing) in by_tenant.into_iter().filter(|(_, sharing)| sharing.len() > 1) {
        let names =
            sharing.iter().map(|(company, _)| company.name.as_str()).collect::<Vec<_>>().join(" and ");
        let mut seen = BTreeSet::new();
        for (company, place) in &sharing {
            if company.domains.is_empty() {
                return Err(file
                    .error(place, format!("{names} share the tenant {tenant}, and {} does not say which domains are its own", company.name))
                    .hint("add domains = [\"…\"] to each of them"));
            }
            if let Some(twice) = company.domains.iter().find(|domain| !seen.insert((*domain).clone())) {
                return Err(file
                    .error(
                        place,
                        format!(
                            "{names} share the tenant {tenant} and both name the domain {}",
                            company.as_stated(twice)
                        ),
                    )
                    .hint("leave it with the company whose people use it"));
            }
        }
    }
    Ok(())
}
