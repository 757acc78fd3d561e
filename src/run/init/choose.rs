//! Which proposals become companies: the exact ones without a question, the others as a person answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::sides::Read;
use super::{Asked, Wizard, several, stopped};
use crate::config::NewCompany;
use crate::error::{Kind, Result};
use crate::model::Id;
use crate::psa::Entry;
use crate::reconcile::Company;
use crate::reconcile::triples::{Found, Sides, Standing, Strength, Triple, own_domains, propose};
use crate::text::label;
use crate::text::tenant::{Named, named};

/// What is to be kept in mind whatever was chosen.
const NIGHTLY: &str =
    "switch CloudRadial's own nightly user sync off for every company here, or the two undo each other";

/// What was chosen.
pub(super) struct Chosen {
    pub(super) companies: Vec<NewCompany>,
    /// What is left to do, for the file.
    pub(super) left: Vec<String>,
    /// The same, to be told: message and next step.
    pub(super) told: Vec<(String, Option<String>)>,
    /// How many companies of the portal were left out.
    pub(super) left_out: usize,
}

/// How many companies are named that the portal does not have.
const NAMED: usize = 3;

/// Chooses among what is proposed.
pub(super) fn choose(
    read: &Read,
    standing: &[Arc<Company>],
    psa: &'static Entry,
    asked: &Asked,
    wizard: &mut dyn Wizard,
) -> Result<Chosen> {
    let name = psa.capabilities.name;
    let standing = stand(standing, &read.sides);
    let mut found = propose(&read.sides, name);
    let desk = Desk { sides: &read.sides, psa: name };
    if let Some(line) = desk.not_in_the_portal(&found, &standing) {
        wizard.tell(&line)?;
    }
    leave_standing(&mut found, &standing);
    let mut chosen: Vec<Triple> = found.iter().filter_map(Found::exact).cloned().collect();
    if !chosen.is_empty() {
        wizard.tell(&format!(
            "{} on stored ids and verified domains:",
            several(chosen.len(), "company rests", "companies rest")
        ))?;
        let domains = own_domains(&chosen, &standing, &read.sides);
        for (triple, domains) in chosen.iter().zip(domains) {
            wizard.tell(&format!("  {}{}", desk.line(triple), desk.shared(triple, &domains)))?;
        }
    }
    if wizard.can_ask() && !asked.yes_exact {
        let likely: Vec<Triple> = found.iter().filter_map(Found::likely).cloned().collect();
        let mut one_by_one = true;
        if !likely.is_empty() {
            one_by_one = ask_likely(&desk, likely, &mut chosen, wizard)?;
        }
        for one in &found {
            let is_open = !chosen.iter().any(|triple| triple.portal == one.portal);
            let is_likely = one.likely().is_some();
            if is_open && (one_by_one || !is_likely) {
                chosen.extend(ask_one(&desk, one, &chosen, wizard)?);
            }
        }
    }
    let domains = own_domains(&chosen, &standing, &read.sides);
    let mut all = Chosen { companies: Vec::new(), left: Vec::new(), told: Vec::new(), left_out: 0 };
    let mut names: BTreeSet<String> = standing.iter().map(|one| label::key(&one.name)).collect();
    for (triple, domains) in chosen.iter().zip(domains) {
        match domains {
            Ok(domains) => {
                let name = desk.unique_name(triple, &mut names);
                all.companies.push(NewCompany {
                    name,
                    portal: triple.portal.clone(),
                    psa: triple.psa.clone(),
                    tenant: triple.tenant.clone(),
                    domains,
                    remark: format!("Rests on: {}", triple.rests_on(psa.capabilities.name)),
                });
            }
            Err(why) => all.leave(&desk.called(&triple.portal), &why),
        }
    }
    for one in found.iter().filter(|one| !chosen.iter().any(|triple| triple.portal == one.portal)) {
        let mut why = one.doubts.join("; ");
        if why.is_empty() {
            why = one
                .candidates
                .iter()
                .map(|triple| format!("perhaps {}", desk.candidate(triple)))
                .collect::<Vec<_>>()
                .join("; ");
        }
        all.leave(&desk.called(&one.portal), &why);
    }
    all.add_consents(read);
    if !all.companies.is_empty() {
        all.left.push(NIGHTLY.to_owned());
        all.told.push((NIGHTLY.to_owned(), None));
    }
    Ok(all)
}

/// Returns the companies that the configuration has, with their tenants by id.
fn stand(companies: &[Arc<Company>], sides: &Sides) -> Vec<Standing> {
    let of_domain: BTreeMap<&str, &str> = sides
        .tenants
        .iter()
        .flat_map(|tenant| tenant.domains.iter().map(|domain| (domain.as_str(), tenant.id.as_str())))
        .collect();
    let standing = |company: &Arc<Company>| {
        let tenant = match named(&company.tenant) {
            Named::Domain(domain) => {
                of_domain.get(domain.as_str()).map_or(company.tenant.clone(), |id| (*id).to_owned())
            }
            _ => company.tenant.clone(),
        };
        Standing {
            name: company.name.clone(),
            portal: company.portal_id.clone(),
            psa: company.psa_id.clone(),
            tenant,
            domains: company.domains.iter().cloned().collect(),
        }
    };
    companies.iter().map(standing).collect()
}

/// Takes out what the configuration has already.
fn leave_standing(found: &mut Vec<Found>, standing: &[Standing]) {
    found.retain(|one| !standing.iter().any(|known| known.portal == one.portal));
    for one in found {
        let owner = |triple: &Triple| standing.iter().find(|known| known.psa == triple.psa);
        let owners: BTreeSet<&str> =
            one.candidates.iter().filter_map(owner).map(|known| known.name.as_str()).collect();
        let doubts: Vec<String> = owners
            .iter()
            .map(|owner| format!("what fits it belongs to {owner} in the configuration"))
            .collect();
        one.candidates.retain(|triple| owner(triple).is_none());
        one.doubts.extend(doubts);
    }
}

/// Asks whether to add all that are likely. Returns whether each of them is to be asked about.
fn ask_likely(
    desk: &Desk<'_>,
    likely: Vec<Triple>,
    chosen: &mut Vec<Triple>,
    wizard: &mut dyn Wizard,
) -> Result<bool> {
    wizard.tell(&format!("{} on domains of contacts:", several(likely.len(), "more rests", "more rest")))?;
    for triple in &likely {
        wizard.tell(&format!("  {}", desk.line(triple)))?;
    }
    let items = ["Ask about each", "Add all of them", "Leave all of them out"].map(str::to_owned);
    match wizard.choose("What to do with these", &items)? {
        Some(0) => Ok(true),
        Some(1) => {
            chosen.extend(likely);
            Ok(false)
        }
        Some(_) => Ok(false),
        None => Err(stopped()),
    }
}

/// Asks about one company of the portal.
fn ask_one(
    desk: &Desk<'_>,
    found: &Found,
    chosen: &[Triple],
    wizard: &mut dyn Wizard,
) -> Result<Option<Triple>> {
    let is_free = |triple: &&Triple| !chosen.iter().any(|other| other.psa == triple.psa);
    let candidates: Vec<&Triple> = found.candidates.iter().filter(is_free).collect();
    if candidates.is_empty() {
        return Ok(None);
    }
    for doubt in &found.doubts {
        wizard.tell(&format!("{}: {doubt}", desk.called(&found.portal)))?;
    }
    let mut items: Vec<String> = candidates.iter().map(|triple| desk.candidate(triple)).collect();
    // The first one is chosen by pressing a key: what is in doubt is not.
    let safe = candidates.first().is_some_and(|triple| triple.strength > Strength::Doubtful);
    let out = if safe { items.len() } else { 0 };
    items.insert(out, "Leave it out".to_owned());
    let answer = wizard.choose(&format!("What belongs to {}", desk.called(&found.portal)), &items)?;
    let Some(answer) = answer else { return Err(stopped()) };
    let place = match answer {
        answer if answer == out => None,
        answer if answer > out => Some(answer - 1),
        answer => Some(answer),
    };
    Ok(place.and_then(|at| candidates.get(at)).map(|triple| (*triple).clone()))
}

/// What is needed to speak of records.
struct Desk<'a> {
    sides: &'a Sides,
    psa: &'static str,
}

impl Desk<'_> {
    /// Returns what the portal calls a company.
    fn portal_name(&self, id: &Id) -> String {
        let client = self.sides.portal.iter().find(|client| client.company.id == *id);
        let name = client.map(|client| label::tidy(&client.company.name)).unwrap_or_default();
        if label::key(&name).is_empty() { format!("Company {id}") } else { name }
    }

    fn called(&self, id: &Id) -> String {
        format!("{} (CloudRadial {id})", self.portal_name(id))
    }

    /// Returns the records of the PSA and of Microsoft 365, with what speaks for them.
    fn candidate(&self, triple: &Triple) -> String {
        let account = self.sides.psa.iter().find(|account| account.company.id == triple.psa);
        let account = account.map(|account| label::tidy(&account.company.name)).unwrap_or_default();
        let tenant = self.sides.tenants.iter().find(|tenant| tenant.id == triple.tenant);
        let tenant = tenant.map(|tenant| label::tidy(&tenant.name)).filter(|name| !name.is_empty());
        let tenant = tenant.unwrap_or_else(|| triple.tenant.clone());
        format!("{} {} {account}, tenant {tenant}: {}", self.psa, triple.psa, triple.rests_on(self.psa))
    }

    fn line(&self, triple: &Triple) -> String {
        format!("{} = {}", self.called(&triple.portal), self.candidate(triple))
    }

    /// Returns which companies the PSA has beside those that anything links to the portal; `None` where there is none.
    fn not_in_the_portal(&self, found: &[Found], standing: &[Standing]) -> Option<String> {
        let proposed = found.iter().flat_map(|one| &one.candidates).map(|triple| &triple.psa);
        let linked = self.sides.portal.iter().filter_map(|client| client.company.psa_key.as_ref());
        let known: BTreeSet<&Id> =
            proposed.chain(linked).chain(standing.iter().map(|one| &one.psa)).collect();
        let others = self.sides.psa.iter().filter(|account| !known.contains(&account.company.id));
        let names: Vec<String> = others.map(|account| label::tidy(&account.company.name)).collect();
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        (!names.is_empty()).then(|| format!("not in the portal, or linked to nothing there: {shown}{more}"))
    }

    /// Returns that a tenant is not the company's alone, and by which domains its people are known.
    fn shared(&self, own: &Triple, domains: &Result<Vec<String>, String>) -> String {
        let Ok([first, rest @ ..]) = domains.as_deref() else { return String::new() };
        let domains = rest.iter().fold(first.clone(), |all, one| format!("{all}, {one}"));
        let others = self.sides.portal.iter().filter(|client| client.company.id != own.portal);
        let tenant = self.sides.tenants.iter().find(|tenant| tenant.id == own.tenant);
        let in_tenant = |domain: &String| tenant.is_some_and(|tenant| tenant.domains.contains(domain));
        let others = others.filter(|client| client.domains.iter().any(in_tenant));
        let names: Vec<String> = others.map(|client| label::tidy(&client.company.name)).collect();
        let with = if names.is_empty() { String::new() } else { format!(" with {}", names.join(", ")) };
        format!("; shares the tenant{with}: its people are those at {domains}")
    }

    /// Returns a name that no other company has.
    fn unique_name(&self, triple: &Triple, names: &mut BTreeSet<String>) -> String {
        let name = self.portal_name(&triple.portal);
        if names.insert(label::key(&name)) {
            return name;
        }
        let name = format!("{name} ({})", triple.portal);
        names.insert(label::key(&name));
        name
    }
}

impl Chosen {
    fn leave(&mut self, what: &str, why: &str) {
        self.left.push(format!("{what}: {why}"));
        self.told.push((format!("{what} is left out: {why}"), None));
        self.left_out += 1;
    }

    /// Lists the chosen companies whose tenants could not be read, with the link where it is consent that is missing. Where
    /// no tenant at all knows the application, its id is more likely to be wrong than every tenant to lack consent: then
    /// that is told once, and the links are in the file alone.
    fn add_consents(&mut self, read: &Read) {
        let refuses = |id: &String| read.unread.get(id).is_some_and(|(kind, ..)| *kind == Kind::Permission);
        let is_unknown = read.sides.tenants.iter().all(|tenant| refuses(&tenant.id));
        let tenants: BTreeSet<&String> = self.companies.iter().map(|one| &one.tenant).collect();
        if is_unknown && tenants.len() > 1 {
            let message = format!("none of the {} tenants accepts the application", tenants.len());
            let next = "check the application (client) id first; if it is right, an administrator of every tenant \
                        consents once: the links are at the end of the configuration";
            self.told.push((message, Some(next.to_owned())));
        }
        for company in &self.companies {
            let Some((kind, why, next)) = read.unread.get(&company.tenant) else { continue };
            let link = read.links.get(&company.tenant).filter(|_| *kind == Kind::Permission);
            let next = match link {
                Some(link) => Some(format!("an administrator of the tenant consents once at {link}")),
                None => next.clone(),
            };
            let first = if is_unknown { "check the application (client) id first; then " } else { "" };
            let name = &company.name;
            self.left.push(match &next {
                Some(next) => format!("{name}: {why}; {next}"),
                None => format!("{name}: {why}"),
            });
            if !is_unknown || tenants.len() < 2 || *kind != Kind::Permission {
                self.told.push((format!("{name}: {why}"), next.map(|next| format!("{first}{next}"))));
            }
        }
    }
}
