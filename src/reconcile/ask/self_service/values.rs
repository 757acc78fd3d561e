//! The values that people ask for, and the change that brings them into 365.

use std::collections::BTreeMap;

use crate::model::{Field, Id, RecordKind, Row, Side, TenantSide, User};
use crate::plan::{Action, Change, FieldChange, NewValue, Record, Who};
use crate::reconcile::changes::planned::key;
use crate::reconcile::input::View;

/// What is asked of one user, and by which requests.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    pub(crate) set: BTreeMap<Field, String>,
    pub(crate) requests: Vec<usize>,
}

/// The people of a company who are chosen, by 365 object id.
pub(crate) type Chosen = BTreeMap<Id, Wish>;

/// Returns the change that brings what is asked into 365; `None` where the user holds it.
pub(crate) fn tenant_change(view: &View<'_>, user: &User, who: Who, wish: &Wish) -> Option<Change> {
    let field = |(field, text): (&Field, &String)| {
        let before = user.fields.text(*field).unwrap_or_default();
        (!is_same(*field, before, text)).then(|| FieldChange {
            field: *field,
            before: Some(before.to_owned()),
            after: if text.is_empty() { NewValue::Blank } else { NewValue::Text(text.clone()) },
            source: Side::Tenant,
            row: Row::SelfService,
            note: None,
        })
    };
    let fields: Vec<FieldChange> = wish.set.iter().filter_map(field).collect();
    let kind = RecordKind::TenantUser;
    (!fields.is_empty()).then(|| Change {
        key: key(view, kind, &user.id, false),
        record: Record { kind, company: Id::new(&view.own.tenant_id), id: Some(user.id.clone()) },
        action: Action::Update,
        who,
        fields,
        evidence: Vec::new(),
        unmoved: Vec::new(),
        seek: None,
        left: None,
        namesakes: None,
    })
}

pub(crate) fn is_same(field: Field, before: &str, after: &str) -> bool {
    before.is_empty() == after.is_empty() && field.same(before, after)
}

/// Returns the tenant as it will be.
pub(crate) fn with_wishes(tenant: &TenantSide, chosen: &Chosen) -> TenantSide {
    let users = tenant.users.clone().map(|mut user| {
        for (field, text) in chosen.get(&user.id).into_iter().flat_map(|wish| &wish.set) {
            if !is_same(*field, user.fields.text(*field).unwrap_or_default(), text) {
                user.fields.set(*field, text);
            }
        }
        user
    });
    TenantSide { tenant: tenant.tenant.clone(), users }
}
