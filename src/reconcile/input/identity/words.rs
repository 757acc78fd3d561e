//! Company conflicts in words, with the next step.

use jiff::tz::TimeZone;

use super::others::OtherCompanies;
use crate::model::Id;
use crate::plan::{CompanyConflict, Proof};
use crate::reconcile::input::all::Input;
use crate::reconcile::input::company::CompanyInput;

/// A company, and what is needed to speak of it.
pub(crate) struct Wording<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) own: &'a CompanyInput,
    pub(crate) others: &'a OtherCompanies<'a>,
}

impl Wording<'_> {
    /// Another tenant answered than the one that was asked.
    pub(crate) fn tenant_id(&self, answered: &str) -> CompanyConflict {
        let configured = &self.own.company.tenant;
        let [whose, storing] = self.others.having_tenant(answered);
        let owner = owner("the tenant of", &whose, &storing, "stored on the company of");
        conflict(
            Proof::TenantId,
            answered,
            configured,
            [whose, storing].concat(),
            format!("Microsoft 365 answered for the tenant {answered}{owner}, {configured} is configured"),
            format!("correct `tenant` of {} in crsync.toml", self.own.company.name),
        )
    }

    /// Returns the tenant has not verified what the configuration names.
    pub(crate) fn unverified(&self, named: &[String], verified: &[String]) -> CompanyConflict {
        let stored = verified.join(", ");
        let mut whose: Vec<String> =
            named.iter().flat_map(|domain| self.others.having_tenant(domain).concat()).collect();
        whose.sort();
        whose.dedup();
        let named: Vec<&str> = named.iter().map(|domain| self.own.company.as_stated(domain)).collect();
        let named = named.join(", ");
        let owner = if whose.is_empty() {
            String::new()
        } else {
            format!("; it is a domain of {}", whose.join(" and "))
        };
        conflict(
            Proof::VerifiedDomains,
            &stored,
            &named,
            whose,
            format!(
                "{named} is no verified domain of the tenant {}, which has {stored}{owner}",
                self.own.tenant_id
            ),
            format!("correct `tenant` or `domains` of {} in crsync.toml", self.own.company.name),
        )
    }

    /// Returns other companies have the same tenant.
    pub(crate) fn shared(&self, whose: &[String]) -> CompanyConflict {
        let own = self.own;
        let everybody: Vec<&str> =
            std::iter::once(own.company.name.as_str()).chain(whose.iter().map(String::as_str)).collect();
        let all = everybody.join(" and ");
        conflict(
            Proof::SharedTenant,
            &own.tenant_id,
            &own.company.tenant,
            whose.to_vec(),
            format!("{all} share the tenant {}, and it is not certain whose people are whose", own.tenant_id),
            format!(
                "add domains = [\"…\"] to {all} in crsync.toml, each domain to one of them; or correct `tenant`"
            ),
        )
    }

    /// Returns the PSA company stores another tenant.
    pub(crate) fn stored(&self, text: &str) -> CompanyConflict {
        let (id, psa) = (&self.own.company.psa_id, self.input.capabilities.name);
        self.other_tenant(text, "stores", &format!("Tenant365Id of company {id} in {psa}"))
    }

    /// Returns the PSA itself links another tenant to its company.
    pub(crate) fn linked(&self, text: &str) -> CompanyConflict {
        let (id, psa) = (&self.own.company.psa_id, self.input.capabilities.name);
        self.other_tenant(
            text,
            "is linked to",
            &format!("the tenant that {psa} itself links to company {id}"),
        )
    }

    /// Returns the PSA company names another tenant: `how`, and what is to be corrected if the configuration is right.
    fn other_tenant(&self, text: &str, how: &str, place: &str) -> CompanyConflict {
        let (own, psa) = (self.own, self.input.capabilities.name);
        let [whose, storing] = self.others.having_tenant(text);
        let owner = owner("the tenant of", &whose, &storing, "stored as well on the company of");
        let next = if whose.is_empty() {
            format!("correct `tenant` of {} in crsync.toml, or {place}", own.company.name)
        } else {
            let other = whose.join(" and ");
            format!(
                "correct `tenant` or `psa` of {} and {other} in crsync.toml: they may be swapped",
                own.company.name
            )
        };
        let meant = "if the client moved to the configured tenant, add to decisions.toml:";
        let text = text.trim();
        let conflict = conflict(
            Proof::StoredTenant,
            text,
            &own.tenant_id,
            [whose, storing].concat(),
            format!(
                "company {} in {psa} {how} the tenant {text}{owner}, {} is configured",
                own.company.psa_id, own.tenant_id
            ),
            format!("{next}; {meant}"),
        );
        CompanyConflict { decision: self.decision("replaces-tenant", &quoted(text)), ..conflict }
    }

    /// Returns the PSA company stores nothing, and those of other companies store this one's tenant.
    pub(crate) fn stored_elsewhere(&self, whose: Vec<String>) -> CompanyConflict {
        let (own, psa) = (self.own, self.input.capabilities.name);
        let others = whose.join(" and ");
        conflict(
            Proof::StoredTenant,
            &own.tenant_id,
            &own.tenant_id,
            whose,
            format!(
                "company {} in {psa} stores no tenant, and the company of {others} stores {}, which is configured \
                 here",
                own.company.psa_id, own.tenant_id
            ),
            format!(
                "correct `tenant` of {} and {others} in crsync.toml: they may be swapped",
                own.company.name
            ),
        )
    }

    /// Returns the portal company is linked to another PSA company.
    pub(crate) fn keyed(&self, key: &Id) -> CompanyConflict {
        let (own, psa) = (self.own, self.input.capabilities.name);
        let [whose, keyed] = self.others.having_psa_company(key);
        let elsewhere =
            self.others.other_psa(key).map(|psa| format!(", which is {} in {psa}", own.company.name));
        let owner = match elsewhere {
            Some(text) if whose.is_empty() => text,
            _ => owner("the company of", &whose, &keyed, "linked as well to"),
        };
        let next = if whose.is_empty() {
            format!(
                "correct `psa` or `cloudradial` of {} in crsync.toml, or the PSA company id of company {} in \
                 the portal",
                own.company.name, own.company.portal_id
            )
        } else {
            let other = whose.join(" and ");
            format!(
                "correct `cloudradial` or `psa` of {} and {other} in crsync.toml: they may be swapped",
                own.company.name
            )
        };
        let meant =
            "if the portal still names a company of a PSA that you no longer use, add to decisions.toml:";
        let conflict = conflict(
            Proof::PsaKey,
            key.as_str(),
            own.company.psa_id.as_str(),
            [whose, keyed].concat(),
            format!(
                "portal company {} is linked to company {key}{owner}, company {} in {psa} is configured",
                own.company.portal_id, own.company.psa_id
            ),
            format!("{next}; {meant}"),
        );
        let value = match key.number() {
            Some(number) if number.to_string() == key.as_str() => number.to_string(),
            _ => quoted(key.as_str()),
        };
        CompanyConflict { decision: self.decision("replaces-psa-key", &value), ..conflict }
    }

    /// Returns the portal company is linked to nothing, and those of other companies to this one's PSA company.
    pub(crate) fn keyed_elsewhere(&self, whose: Vec<String>) -> CompanyConflict {
        let (own, psa) = (self.own, self.input.capabilities.name);
        let others = whose.join(" and ");
        conflict(
            Proof::PsaKey,
            own.company.psa_id.as_str(),
            own.company.psa_id.as_str(),
            whose,
            format!(
                "portal company {} is linked to no company, and the portal company of {others} is linked to \
                 company {} in {psa}, which is configured here",
                own.company.portal_id, own.company.psa_id
            ),
            format!(
                "correct `cloudradial` or `psa` of {} and {others} in crsync.toml: they may be swapped",
                own.company.name
            ),
        )
    }

    /// Returns the lines of a decision that lets this value be replaced.
    fn decision(&self, key: &str, value: &str) -> Vec<String> {
        let today = self.input.now.to_zoned(TimeZone::UTC).date();
        vec![
            "[[company]]".to_owned(),
            format!("name = {}", quoted(&self.own.company.name)),
            format!("{key} = {value}"),
            "who = \"your name\"".to_owned(),
            format!("when = {today}"),
        ]
    }
}

fn conflict(
    proof: Proof,
    stored: &str,
    configured: &str,
    whose: Vec<String>,
    reason: String,
    next: String,
) -> CompanyConflict {
    let (stored, configured) = (stored.to_owned(), configured.to_owned());
    CompanyConflict { proof, stored, configured, whose, reason, next, decision: Vec::new() }
}

/// To which companies something belongs: `, the tenant of Birch`.
fn owner(of: &str, whose: &[String], beside: &[String], also: &str) -> String {
    match (whose, beside) {
        ([], []) => String::new(),
        ([], beside) => format!(", {also} {}", beside.join(" and ")),
        (whose, _) => format!(", {of} {}", whose.join(" and ")),
    }
}

/// `text` as a TOML string on one line.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        c if c.is_control() => " ".to_owned(),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
