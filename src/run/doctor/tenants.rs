//! What the tenants consented to.

use std::collections::BTreeMap;

use super::seen::Seen;
use crate::graph;
use crate::plan::{Fact, Subject};

/// Returns the tenants that have not consented to everything that is switched on.
pub(super) fn consent(seen: &Seen<'_>) -> Vec<Fact> {
    let mut tenants = BTreeMap::<&str, (Vec<&str>, bool)>::new();
    for own in &seen.fetched.companies {
        let (names, read) = tenants.entry(&own.company.tenant).or_default();
        names.push(&own.company.name);
        *read |= own.tenant.complete().is_some();
    }
    let mut facts = Vec::new();
    let (mut whole, mut untold) = (0, 0);
    for (tenant, (names, read)) in tenants {
        let Some(lacking) = seen.lacking(tenant) else {
            untold += usize::from(read);
            continue;
        };
        if lacking.is_empty() {
            whole += usize::from(read);
            continue;
        }
        let (list, names_told) = (lacking.join(" and "), names.join(", "));
        let next = format!(
            "add it to the app registration if it is not there, then an administrator consents again at {}",
            seen.connection.tenants.consent_url(tenant)
        );
        let says = format!("the tenant {tenant} ({names_told}) has not consented to {list}");
        facts.push(Fact::fail(Subject::Tenants, says, next).about(names));
    }
    if whole > 0 {
        let any = |row| seen.companies().any(|company| company.policy.rows.contains(&row));
        let needed = graph::needed(&any).join(", ");
        facts.push(Fact::ok(
            Subject::Tenants,
            format!("{} signed in to, with consent to {needed}", tenants_of(whole)),
        ));
    }
    if untold > 0 {
        let says = format!("{} signed in to; what they consented to is not told", tenants_of(untold));
        facts.push(Fact::ok(Subject::Tenants, says));
    }
    facts
}

fn tenants_of(number: usize) -> String {
    if number == 1 { "1 tenant".to_owned() } else { format!("{number} tenants") }
}
