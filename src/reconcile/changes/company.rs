//! Companies: the PSA's keeps the tenant's id, the portal's follows territory and account manager.

use crate::model::{Field, Row, Side, Udf, Value};
use crate::plan::{Action, RecordKind, Skip};
use crate::reconcile::view::View;
use crate::reconcile::{Replaced, identity};
use crate::text::tenant::{Named, named};
use crate::text::{fit, name};

use super::contact::flag;
use super::udf::Udfs;
use super::{Draft, Planned, company_change};

/// Where the PSA company keeps its tenant's id.
const TENANT: Field = Field::Udf(Udf::Tenant365Id);

/// The changes of the company itself, on both sides.
pub(super) fn changes(view: &View<'_>, udfs: &Udfs<'_>) -> Vec<Planned> {
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
        Held::Id | Held::Unclear => return None,
        Held::Nothing => None,
        Held::Domain => Some("held a domain of the tenant".to_owned()),
        Held::Replaced(by) => Some(format!("replaced as {} decided on {}", by.who, by.when)),
    };
    let mut change = flag(TENANT, Some(before), &view.own.tenant_id, Row::TenantId);
    change.note = note;
    Draft::new(Action::Update, vec![change])
}

/// What the PSA company has in the place of its tenant's id.
enum Held<'a> {
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

fn held<'a>(view: &View<'a>, text: &str) -> Held<'a> {
    let decided = view.input.decisions.replaces_tenant(&view.own.name, text);
    match (named(text), identity::is_tenant_of(view.own, text), decided) {
        (Named::Nothing, ..) => Held::Nothing,
        (Named::Id(_), Some(true), _) => Held::Id,
        (_, Some(true), _) => Held::Domain,
        (.., Some(by)) => Held::Replaced(by),
        _ => Held::Unclear,
    }
}

/// Says that the PSA company holds something that is no tenant, which is not written over.
pub(super) fn unclear(view: &View<'_>, udfs: &Udfs<'_>) -> Option<Skip> {
    let field = &udfs.tenant_id?.name;
    let text = view.psa.fields.text(TENANT).filter(|text| matches!(held(view, text), Held::Unclear))?;
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
    let differs = |field: &Field| {
        let wanted = fit::clean(view.psa.fields.text(*field)?);
        let before = match view.portal.fields.get(*field) {
            Value::Absent | Value::Hidden => return None,
            Value::Empty => "",
            Value::Text(text) => text,
        };
        let mut change = flag(*field, Some(before), &wanted, Row::CompanyDetails);
        change.source = Side::Psa;
        (!wanted.is_empty() && !name::same_text(&wanted, before)).then_some(change)
    };
    let changes: Vec<_> = [Field::Territory, Field::AccountManager].iter().filter_map(differs).collect();
    Draft::new(Action::Update, changes)
}
