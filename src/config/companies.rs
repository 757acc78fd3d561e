//! `[[company]]`: which records belong together on the three sides.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use toml::de::DeValue;

use super::policy::{self, General};
use super::stated;
use crate::error::Result;
use crate::model::{Capabilities, Id};
use crate::reconcile::{Company, Rule};
use crate::table::{Located, Table, integer};
use crate::text::{email, label};

/// CloudRadial's record of the MSP itself (vendor documents).
const OWN_PORTAL: &str = "1";

/// What may not occur twice, by kind and value, with the company that has it.
type Taken = BTreeMap<(&'static str, String), String>;

/// Reads every company, with its own settings on top of the general ones.
pub(super) fn read(
    file: &mut Table<'_>,
    psa: &'static Capabilities,
    general: &General,
) -> Result<Vec<Arc<Company>>> {
    let mut companies = Vec::new();
    let mut places = Vec::new();
    let mut taken = Taken::new();
    for mut table in file.tables("company")? {
        let (company, place) = company(&mut table, psa, general, &mut taken)?;
        table.finish()?;
        companies.push(company);
        places.push(place);
    }
    if companies.is_empty() {
        return Err(file
            .error(&(0..0), "the file names no company")
            .hint("add a [[company]] with name, cloudradial, psa and tenant for each client"));
    }
    check_shared_tenants(file, &companies, &places)?;
    Ok(companies.into_iter().map(Arc::new).collect())
}

fn company(
    table: &mut Table<'_>,
    psa: &'static Capabilities,
    general: &General,
    taken: &mut Taken,
) -> Result<(Company, Range<usize>)> {
    let name = table.required_text("name")?;
    let name = Located { value: label::tidy(&name.value), span: name.span };
    let key = label::key(&name.value);
    if key.is_empty() {
        return Err(table.wrong_type("name", &name.span, "a name that can be read"));
    }
    unique(table, taken, "name", &key, &name.span, &name.value)?;
    let enabled = table.flag("enabled")?.is_none_or(|flag| flag.value);
    let own = table.flag("own")?.is_some_and(|flag| flag.value);
    let portal =
        table.number("cloudradial")?.ok_or_else(|| table.missing("cloudradial", "cloudradial = 9"))?;
    let portal_id = positive(table, "cloudradial", &portal)?;
    unique(table, taken, "cloudradial", portal_id.as_str(), &portal.span, &name.value)?;
    let (psa_found, elsewhere) = psa_id(table, psa)?;
    unique(table, taken, "psa", &psa_found.value.to_string(), &psa_found.span, &name.value)?;
    for (id, own_id, span, side) in [
        (&portal_id, Some(OWN_PORTAL), &portal.span, "CloudRadial"),
        (&psa_found.value, psa.own_company, &psa_found.span, psa.name),
    ] {
        if own_id == Some(id.as_str()) && !own {
            return Err(table
                .error(span, format!("{side} company {id} is the MSP itself, not a client"))
                .hint(
                    "write the client's id, or own = true if the MSP's own people are meant to be served",
                ));
        }
    }
    let tenant = table.required_text("tenant")?;
    let tenant = tenant_name(table, &tenant)?;
    let domains = table.texts("domains")?;
    for domain in &domains {
        check_domain(table, domain)?;
    }
    let portal_writes = portal_writes(table)?;
    let mut own_general = general.clone();
    policy::apply(table, &mut own_general)?;
    let bare = |domain: &Located<String>| domain.value.trim().trim_start_matches('@').to_lowercase();
    let said = domains.iter().map(|domain| stated(table, &domain.span, Rule::Domain(bare(domain))));
    own_general.policy.stated.extend(said);
    own_general.policy.serve_inactive = serves_inactive(table)?;
    let company = Company {
        name: name.value,
        enabled,
        portal_id,
        psa_id: psa_found.value,
        elsewhere,
        tenant,
        domains: domains.iter().map(bare).collect(),
        portal_writes,
        policy: own_general.policy,
    };
    Ok((company, name.span))
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
        let value = positive_or_zero(table, &Located { value: number, span: span.clone() })?;
        return Ok((Located { value, span }, Vec::new()));
    }
    if !matches!(found.value, DeValue::Table(_)) {
        return Err(table.wrong_type("psa", &span, &form));
    }
    let Some(mut inner) = table.inline("psa", found) else {
        return Err(table.wrong_type("psa", &span, &form));
    };
    let (mut chosen, mut elsewhere) = (None, Vec::new());
    for other in crate::psa::registry().iter().map(|entry| entry.capabilities) {
        let Some(number) = inner.number(other.id)? else { continue };
        let found = Located { value: positive_or_zero(&inner, &number)?, span: number.span };
        if other.id == psa.id {
            chosen = Some(found);
        } else {
            elsewhere.push((other.name, found.value));
        }
    }
    let lacking = chosen.ok_or_else(|| {
        inner
            .error(&span, format!("`psa` names no company of {}", psa.name))
            .hint(format!("add {} = … to it, or choose another PSA with --psa", psa.id))
    });
    inner.finish()?;
    Ok((lacking?, elsewhere))
}

fn positive(table: &Table<'_>, key: &str, number: &Located<i64>) -> Result<Id> {
    if number.value > 0 {
        Ok(Id::from(number.value))
    } else {
        Err(table.wrong_type(key, &number.span, "a number above 0"))
    }
}

fn positive_or_zero(table: &Table<'_>, number: &Located<i64>) -> Result<Id> {
    if number.value >= 0 {
        Ok(Id::from(number.value))
    } else {
        Err(table.wrong_type("psa", &number.span, "a number from 0 up"))
    }
}

/// A GUID or a domain.
fn tenant_name(table: &Table<'_>, tenant: &Located<String>) -> Result<String> {
    let text = tenant.value.trim().to_lowercase();
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

/// Whether the company gets new records where the PSA has it as inactive.
fn serves_inactive(table: &mut Table<'_>) -> Result<bool> {
    match table.text("inactive")? {
        None => Ok(false),
        Some(word) if word.value == "hold" => Ok(false),
        Some(word) if word.value == "serve" => Ok(true),
        Some(word) => Err(table.wrong_type("inactive", &word.span, "\"serve\" or \"hold\"")),
    }
}

fn portal_writes(table: &mut Table<'_>) -> Result<bool> {
    match table.text("portal")? {
        None => Ok(true),
        Some(word) if word.value == "read-only" => Ok(false),
        Some(word) if word.value == "read-write" => Ok(true),
        Some(word) => Err(table.wrong_type("portal", &word.span, "\"read-only\" or \"read-write\"")),
    }
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
                        format!("{names} share the tenant {tenant} and both name the domain {twice}"),
                    )
                    .hint("leave it with the company whose people use it"));
            }
        }
    }
    Ok(())
}
