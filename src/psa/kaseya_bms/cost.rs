//! What the steps of a plan cost in Kaseya BMS, where nearly everything is a call of its own.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use super::KaseyaBms;
use super::lookup::LIST_FROM;
use super::wire::PAGE;
use crate::model::{Field, Fields, Id, RecordKind, UdfKind};
use crate::side::{Size, Step};

/// Returns how many requests the steps take.
pub(super) fn requests(bms: &KaseyaBms, steps: &[Step]) -> usize {
    let (mut located, mut proving) = (BTreeSet::new(), BTreeSet::new());
    steps.iter().map(|step| one(bms, step, &mut located, &mut proving)).sum()
}

fn one<'s>(
    bms: &KaseyaBms,
    step: &'s Step,
    located: &mut BTreeSet<&'s Id>,
    proving: &mut BTreeSet<RecordKind>,
) -> usize {
    match step {
        Step::Reread { kind, ids, new, size, .. } => {
            let records = ids.len() + new;
            let listed = *kind == RecordKind::Contact && records >= LIST_FROM;
            (if listed { list(*size) } else { records }) + records * values(bms, *kind)
        }
        // Who is searched for is not found, and the values of all others are kept.
        Step::Find { kind: RecordKind::Contact, size, .. } => list(*size),
        Step::Find { .. } => 0,
        Step::Write { kind, company, ids, writes, .. } => {
            let new = ids.is_empty();
            // The company's main location, which a contact cannot be made without.
            let location = new && !is_located(bms, company) && located.insert(company);
            // A page of contacts, whose values are kept, proves the module before the first value is written.
            let is_udf = |fields: &Fields| fields.exposed().any(|(field, _)| matches!(field, Field::Udf(_)));
            let proof = writes.iter().any(is_udf) && !is_proved(bms, *kind) && proving.insert(*kind);
            let calls = writes.iter().map(|fields| calls(bms, *kind, new, fields));
            calls.sum::<usize>() + usize::from(location) + usize::from(proof)
        }
        step => step.usual(),
    }
}

/// Returns the pages of active contacts, and those of the others.
fn list(size: Size) -> usize {
    size.active.div_ceil(PAGE).max(1) + size.inactive.div_ceil(PAGE).max(1)
}

/// Returns the calls for the values of one record's custom fields.
fn values(bms: &KaseyaBms, kind: RecordKind) -> usize {
    let modules = bms.session.modules.lock().unwrap_or_else(PoisonError::into_inner);
    let module =
        modules.as_ref().map(|modules| modules.of(kind).is_some_and(|module| !module.fields.is_empty()));
    usize::from(module.unwrap_or(true))
}

fn is_proved(bms: &KaseyaBms, kind: RecordKind) -> bool {
    let settings = &bms.session.connection.settings;
    let named = if kind == RecordKind::Contact { settings.contacts_module } else { settings.accounts_module };
    named.is_some() || bms.session.proved().keys().any(|(of, _)| *of == kind)
}

fn is_located(bms: &KaseyaBms, company: &Id) -> bool {
    let locations = bms.session.locations.lock().unwrap_or_else(PoisonError::into_inner);
    company.number().is_some_and(|number| locations.contains_key(&number))
}

/// Returns the calls that write one record.
fn calls(bms: &KaseyaBms, kind: RecordKind, new: bool, fields: &Fields) -> usize {
    let written: Vec<Field> =
        fields.exposed().filter(|(_, text)| !new || !text.is_empty()).map(|(f, _)| f).collect();
    let has = |some: &[Field]| usize::from(written.iter().any(|field| some.contains(field)));
    let own = if new {
        // The call that makes a contact takes its names, addresses and numbers.
        1 + has(&[Field::Title, Field::Active])
    } else {
        let names = [Field::FirstName, Field::LastName, Field::Title, Field::Active];
        has(&names) + has(&[Field::Email]) + has(&[Field::Phone, Field::Mobile])
    };
    own + written.iter().map(|field| custom(bms, kind, *field)).sum::<usize>()
}

/// Returns the calls for one custom field: an entry of a list is read back, since it may be taken by its name or its
/// number.
fn custom(bms: &KaseyaBms, kind: RecordKind, field: Field) -> usize {
    let Field::Udf(role) = field else { return 0 };
    let modules = bms.session.modules.lock().unwrap_or_else(PoisonError::into_inner);
    let module = modules.as_ref().and_then(|modules| modules.of(kind));
    let defined = module.and_then(|module| module.fields.iter().find(|each| each.field.role == role));
    1 + usize::from(defined.is_some_and(|defined| matches!(defined.field.kind, UdfKind::List(_))))
}
