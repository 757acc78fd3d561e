//! How much of writing the hour's calls still take. Every kind of call has its own 1,500 (vendor documents), so the
//! one that a plan would use up first decides. Without this a plan would promise what has to fail half way.

use super::lists::{EMAILS, PHONES};
use super::session::Session;
use super::udf::Modules;
use super::{read, values, write, write_udf};
use crate::model::{Budget, UdfKind};

/// How often a record's custom fields are read for one change: before, right before, and after.
const LOOKS: usize = 3;

/// How often at most the value of a data list is read to see whether it was taken, and sent: by name and by number.
const TRIES: usize = 2;

/// Calls that are left for what cannot be foreseen: a contact that changed since it was read.
const SPARE: usize = 30;

/// Lists of contacts that are read for one new contact, of active and inactive ones each: before, right before and
/// after, and the call that makes it.
const LISTS: usize = 3 * 2 + 1;

/// From how many calls on it is worth coming back.
const WORTH: usize = 750;

/// Returns what the hour has left once a reading is done.
pub(super) fn left(session: &Session, modules: &Modules) -> Budget {
    let fields = || modules.contacts.iter().chain(&modules.accounts).flat_map(|module| &module.fields);
    let lists = fields().filter(|defined| matches!(defined.field.kind, UdfKind::List(_))).count();
    let each = |template: &str, calls: usize| session.room(template).saturating_sub(SPARE) / calls.max(1);
    let of_records = [
        each(values::TEMPLATE, LOOKS + lists * TRIES),
        each(read::ONE, LOOKS),
        each(write::OWN, 1),
        each(EMAILS.template, 1),
        each(PHONES.template, 1),
    ];
    let templates = [values::TEMPLATE, write_udf::TEMPLATE, read::ONE, read::LIST, write::OWN];
    let until = templates.into_iter().map(|template| session.time_of(template, WORTH));
    Budget {
        records: of_records.into_iter().min().unwrap_or_default(),
        new: each(read::LIST, LISTS),
        fields: each(write_udf::TEMPLATE, if lists > 0 { TRIES } else { 1 }),
        until: until.max().unwrap_or_default(),
    }
}
