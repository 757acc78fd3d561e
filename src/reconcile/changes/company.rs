//! Companies: the PSA's keeps the tenant's id, the portal's follows territory and account manager.

use crate::model::{Field, Row, Side, Udf, Value};
use crate::plan::{Action, RecordKind};
use crate::reconcile::view::{View, id_key};
use crate::text::{fit, name};

use super::contact::flag;
use super::udf::Udfs;
use super::{Draft, Planned, company_change};

/// The changes of the company itself, on both sides.
pub(super) fn changes(view: &View<'_>, udfs: &Udfs<'_>) -> Vec<Planned> {
    let psa = tenant_id(view, udfs).map(|draft| company_change(view, RecordKind::PsaCompany, draft));
    let portal = details(view).map(|draft| company_change(view, RecordKind::PortalCompany, draft));
    psa.into_iter().chain(portal).collect()
}

fn tenant_id(view: &View<'_>, udfs: &Udfs<'_>) -> Option<Draft> {
    udfs.tenant_id?;
    let field = Field::Udf(Udf::Tenant365Id);
    let before = match view.psa.fields.get(field) {
        Value::Absent | Value::Hidden => return None,
        Value::Empty => "",
        Value::Text(text) => text,
    };
    if id_key(before) == id_key(&view.own.tenant_id) {
        return None;
    }
    let mut change = flag(field, Some(before), &view.own.tenant_id, Row::TenantId);
    change.note = (!before.is_empty()).then(|| "held the id of another tenant".to_owned());
    Draft::new(Action::Update, vec![change])
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
