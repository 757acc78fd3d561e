//! Companies: the PSA's keeps the tenant's id, the portal's follows territory and account manager.

use super::planned::{Draft, Planned, flag};
use super::record::company_change;
use crate::model::{Field, PortalCompany, PsaCompany, Row, Side, Udf, Value};
use crate::plan::{Action, FieldChange, RecordKind, Skip};
use crate::reconcile::input::identity::stored;
use crate::reconcile::input::{CompanyInput, Replaced, Udfs, View};
use crate::text::tenant::{Named, named};
use crate::text::{fit, name};

/// Where the PSA company keeps its tenant's id.
const TENANT: Field = Field::Udf(Udf::Tenant365Id);

/// Returns the changes of the company itself, on both sides.
pub(crate) fn changes(view: &View<'_>, udfs: &Udfs<'_>) -> Vec<Planned> {
    let psa = tenant_id(view, udfs).map(|draft| company_change(view, RecordKind::PsaCompany, draft));
    let portal = details(view).map(|draft| company_change(view, RecordKind::PortalCompany, draft));
    psa.into_iter().chain(portal).collect()
}

fn tenant_id(view: &View<'_>, udfs: &Udfs<'_>) -> Option<Draft> {
    udfs.tenant_id?;
    let before = match view.psa.fields.get(TENANT) {
        Value::Absent | Value::Hidden => return None,
        Value::Empty => "",
        Value::Text(text) => text,
    };
    let note = match held(view, before) {
        StoredTenant::Id | StoredTenant::Unclear => return None,
        StoredTenant::Nothing => None,
        StoredTenant::Domain => Some("held a domain of the tenant".to_owned()),
        StoredTenant::Replaced(by) => Some(format!("replaced as {} decided on {}", by.who, by.when)),
    };
    let mut change = flag(TENANT, Some(before), &view.own.tenant_id, Row::TenantId);
    change.note = note;
    Draft::new(Action::Update, vec![change])
}

/// What the PSA company has in the place of its tenant's id.
enum StoredTenant<'a> {
    Nothing,
    /// The tenant's id.
    Id,
    /// A domain of the tenant.
    Domain,
    /// Something that a person lets be replaced.
    Replaced(&'a Replaced),
    /// Something that may be a tenant or not.
    Unclear,
}

fn held<'a>(view: &View<'a>, text: &str) -> StoredTenant<'a> {
    let decided = view.input.decisions.replaces_tenant(&view.company.name, text);
    match (named(text), stored::is_tenant_of(view.own, text), decided) {
        (Named::Nothing, ..) => StoredTenant::Nothing,
        (Named::Id(_), Some(true), _) => StoredTenant::Id,
        (_, Some(true), _) => StoredTenant::Domain,
        (.., Some(by)) => StoredTenant::Replaced(by),
        _ => StoredTenant::Unclear,
    }
}

/// Says that the PSA company holds something that is no tenant, which is not written over.
pub(crate) fn unclear(view: &View<'_>, udfs: &Udfs<'_>) -> Option<Skip> {
    let field = &udfs.tenant_id?.name;
    let text =
        view.psa.fields.text(TENANT).filter(|text| matches!(held(view, text), StoredTenant::Unclear))?;
    let (id, psa) = (&view.psa.id, view.psa_name());
    Some(Skip {
        row: Row::TenantId,
        who: None,
        reason: format!(
            "company {id} in {psa} has \"{text}\" in {field}, which is no tenant's id: left unchanged"
        ),
        next: Some(format!("make {field} blank there, and the next run writes the tenant's id")),
        strict: false,
    })
}

fn details(view: &View<'_>) -> Option<Draft> {
    if !view.on(Row::CompanyDetails) {
        return None;
    }
    Draft::new(Action::Update, differing(view.psa, view.portal))
}

/// Reports whether the portal's company would get another territory or account manager, where both sides were read.
pub(crate) fn details_differ(company: &CompanyInput) -> bool {
    let sides = company.psa.complete().zip(company.portal.complete());
    sides.is_some_and(|(psa, portal)| !differing(&psa.company, &portal.company).is_empty())
}

/// Returns what the portal's company gets of the PSA's. One that is blank in the PSA is no reason to clear it.
fn differing(psa: &PsaCompany, portal: &PortalCompany) -> Vec<FieldChange> {
    let differs = |field: &Field| {
        let wanted = fit::clean(psa.fields.text(*field)?);
        let before = match portal.fields.get(*field) {
            Value::Absent | Value::Hidden => return None,
            Value::Empty => "",
            Value::Text(text) => text,
        };
        let mut change = flag(*field, Some(before), &wanted, Row::CompanyDetails);
        change.source = Side::Psa;
        (!wanted.is_empty() && !name::same_text(&wanted, before)).then_some(change)
    };
    [Field::Territory, Field::AccountManager].iter().filter_map(differs).collect()
}
