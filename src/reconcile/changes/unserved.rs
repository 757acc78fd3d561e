//! What a plan says of settings and records that it cannot serve.

use crate::model::{Field, Pending, Row, Unasked};
use crate::plan::Skip;
use crate::reconcile::input::{RequireName, View, When};
use crate::text::show;

/// Rows that are asked for and that the PSA cannot serve: one line each, so that nothing is dropped silently.
pub(crate) fn unserved(view: &View<'_>) -> Vec<Skip> {
    let contacts = view.contacts.len();
    let rows = Row::ALL.into_iter().filter(|row| {
        view.policy.rows.contains(row)
            || (*row == Row::RequireName && view.policy.require_name != RequireName::No)
    });
    rows.filter(|row| !view.input.capabilities.serves(*row))
        .map(|row| {
            let (why, left) = match row {
                Row::ContactActive => ("has no active flag", format!("{contacts} contacts left as they are")),
                Row::TenantId => {
                    ("has no field for it on the company", "the company is left as it is".to_owned())
                }
                Row::CompanyDetails => ("does not tell them", "the company is left as it is".to_owned()),
                Row::MatchPsaAlternates => {
                    ("is not matched by further addresses", format!("{contacts} contacts are matched by one"))
                }
                Row::IgnoreNameUpdates => {
                    ("does not offer it", format!("the names of {contacts} contacts follow 365"))
                }
                _ => ("does not offer it", format!("{contacts} contacts left as they are")),
            };
            let reason = format!("{row}: {} {why}, {left}", view.psa_name());
            let next = Some(format!("switch {row} off for this PSA"));
            Skip { row, who: None, reason, next, strict: true }
        })
        .collect()
}

/// Returns the skips for field rules that are on and for which the PSA's contacts have no field: those that they lack for
/// good in one line, and one for each that the PSA says more of.
pub(crate) fn unserved_fields(view: &View<'_>) -> Vec<Skip> {
    let row = Row::UpdateContact;
    if !view.on(row) {
        return Vec::new();
    }
    let shape = view.input.psa_shape;
    let rules = view.policy.contact_fields.iter().filter(|(_, rule)| rule.when != When::Never);
    let lacking = rules.map(|(field, _)| *field).filter(|field| shape.field(*field).is_none());
    let (told, lacking): (Vec<Field>, Vec<Field>) = lacking.partition(|field| shape.lack(*field).is_some());
    let told = told.into_iter().filter_map(|field| {
        let (why, next) = shape.lack(field)?;
        let reason = format!("{row}: {field} is not written: {why}");
        Some(Skip { row, who: None, reason, next: Some(next.to_owned()), strict: false })
    });
    let lacking: Vec<&str> = lacking.into_iter().map(Field::name).collect();
    let lacking = (!lacking.is_empty()).then(|| {
        let (contacts, psa, fields) = (view.contacts.len(), view.psa_name(), lacking.join(", "));
        let never: Vec<String> = lacking.iter().map(|field| format!("{field} = \"never\"")).collect();
        Skip {
            row,
            who: None,
            reason: format!(
                "{row}: contacts of {psa} have no field for {fields}, {contacts} contacts left as they are"
            ),
            next: Some(format!("write {} under [fields.contact]", never.join(", "))),
            strict: true,
        }
    });
    lacking.into_iter().chain(told).collect()
}

/// Returns what is not known of the company yet, in one line.
pub(crate) fn pending(pending: &Pending) -> Skip {
    let Pending { company, unknown, contacts, why } = pending;
    let of_contacts = format!("{} of {} contacts", show::count(*unknown), show::count(*contacts));
    let whose = match (company, unknown) {
        (true, 0) => "the company".to_owned(),
        (true, _) => format!("the company and {of_contacts}"),
        (false, _) => of_contacts,
    };
    let (reason, next) = match why {
        Unasked::Until(time) => (
            format!("custom fields of {whose} are not known yet; run again after {}", show::minute(*time)),
            (*unknown > 0).then(|| {
                "until then only people whose contact stores their 365 id are changed, and no contact is made"
                    .to_owned()
            }),
        ),
        Unasked::Refused { reason, hint } => {
            (format!("custom fields of {whose} are not known: {reason}"), hint.clone())
        }
    };
    Skip { row: Row::Office365Id, who: None, reason, next, strict: false }
}

/// Returns the contacts of which the PSA did not say whether they are active, in one line.
pub(crate) fn flags_unread(view: &View<'_>) -> Option<Skip> {
    let unread = view.contacts.iter().filter(|contact| contact.active.is_none()).count();
    let reason = format!(
        "contact-active: active flag not read of {} of {} contacts: they are made neither active nor inactive, and no \
         portal user is made from them alone",
        show::count(unread),
        show::count(view.contacts.len())
    );
    let next = Some("run again; if it stays, look at one of them in the PSA".to_owned());
    (unread > 0).then_some(Skip { row: Row::ContactActive, who: None, reason, next, strict: false })
}
