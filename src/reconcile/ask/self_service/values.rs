//! The values that people ask for, and the change that brings them into 365.

use std::collections::BTreeMap;

use crate::model::{Field, Id, RecordKind, Row, Side, TenantSide, User};
use crate::plan::{Action, Change, FieldChange, NewValue, Record, Who};
use crate::reconcile::changes::planned::key;
use crate::reconcile::input::View;

/// What is asked of one user: the steps in the order of the requests, of which the later ones count.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    pub(crate) steps: Vec<Step>,
}

/// What one request still asks of its user.
#[derive(Debug)]
pub(crate) struct Step {
    /// The place of the request among all of them.
    pub(crate) request: usize,
    /// Empty where 365 took the request before.
    pub(crate) set: BTreeMap<Field, String>,
}

impl Wish {
    /// Returns the fields that are asked for, each with its last text.
    pub(crate) fn set(&self) -> BTreeMap<Field, &str> {
        self.steps.iter().flat_map(|step| &step.set).map(|(field, text)| (*field, text.as_str())).collect()
    }

    /// Leaves the fields of a request that was done before to that one: it was asked after the steps so far.
    pub(crate) fn make_way(&mut self, done: &BTreeMap<Field, String>) {
        for step in &mut self.steps {
            step.set.retain(|field, _| !done.contains_key(field));
        }
    }
}

/// The people of a company who are chosen, by 365 object id.
pub(crate) type Chosen = BTreeMap<Id, Wish>;

/// Returns the change that brings what is asked into 365; `None` where the user holds it.
pub(crate) fn tenant_change(view: &View<'_>, user: &User, who: Who, wish: &Wish) -> Option<Change> {
    let field = |(field, text): (Field, &str)| {
        let before = user.fields.text(field).unwrap_or_default();
        (!is_same(field, before, text)).then(|| FieldChange {
            field,
            before: Some(before.to_owned()),
            after: if text.is_empty() { NewValue::Blank } else { NewValue::Text(text.to_owned()) },
            source: Side::Tenant,
            row: Row::SelfService,
            note: None,
        })
    };
    let fields: Vec<FieldChange> = wish.set().into_iter().filter_map(field).collect();
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
        for (field, text) in chosen.get(&user.id).into_iter().flat_map(Wish::set) {
            if !is_same(field, user.fields.text(field).unwrap_or_default(), text) {
                user.fields.set(field, text);
            }
        }
        user
    });
    TenantSide { tenant: tenant.tenant.clone(), users }
}
