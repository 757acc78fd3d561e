//! What only a user's own record says: further addresses, HaloPSA's own id of the 365 user, and what a listing does not
//! show or leaves out.
//!
//! That costs a request for every user, so a reading asks for it only where it is needed, and in this order, each time
//! those first that were never asked for, then the oldest answers: [`Need`]. A search before a new contact asks for all of
//! a client's that were not asked for lately.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use super::found::Known;
use super::kept::{self, Kept};
use super::session::{Session, TRIES};
use super::udf::{self, Udfs};
use super::wire::{Custom, USERS, User, spoiled};
use super::{HaloPsa, errors, read};
use crate::error::{Error, Kind, Result};
use crate::model::{Field, Fields, Udf, Unasked};
use crate::side;

/// Which part of the requests that a reading could still send goes into what is good to know: writing needs the others.
const SHARE: usize = 3;

/// Whose own records are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that may say something that decides, and as many of the others as there is room for.
    Deciding,
    /// All, asked for lately.
    All,
}

/// Why a user's own record is needed, what matters most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    /// It may name the 365 user, or exclude the person: the row stores no 365 id, or does not show all custom fields.
    Decides,
    /// The row does not say whether a title, a telephone number or the like is blank, and no row does. Until the record
    /// says it, nothing is written there.
    Fills,
    /// HaloPSA lends its own id of the 365 user, and may have learnt another one since. Any write makes sure of it.
    Renews,
}

/// Returns why the user's own record is to be asked for; nothing where it is not.
fn need(halo: &HaloPsa, udfs: &Udfs, row: &User, kept: Option<&Kept>) -> Option<Need> {
    if let Some(kept) = kept {
        let is_old = kept.asked.is_some_and(|asked| asked < halo.session.begun());
        return (is_old && kept.lends_an_id()).then_some(Need::Renews);
    }
    let mut fields = Fields::new();
    udf::set(&mut fields, &udfs.contacts, row.custom.as_deref());
    let stores = fields.text(Field::Udf(Udf::Office365Id)).is_some();
    if !stores || !udf::shows_all(&udfs.contacts, row.custom.as_deref()) {
        return Some(Need::Decides);
    }
    let says = row.shown().into_iter().zip(udfs.texts).all(|(shown, listed)| shown || listed);
    (!says).then_some(Need::Fills)
}

/// Returns the user's own record as it is now; nothing where there is none.
///
/// # Errors
/// Whatever keeps it from being read.
pub(super) fn ask(session: &Session, id: i64) -> Result<Option<User>> {
    Ok(ask_whole(session, id)?.map(|(_, own)| own))
}

/// Returns the same with the answer that it was read from.
///
/// # Errors
/// The same.
pub(super) fn ask_whole(session: &Session, id: i64) -> Result<Option<(User, User)>> {
    let Some(answer) = read::one::<User>(session, USERS, id)? else { return Ok(None) };
    let own = answer.clone().own().ok_or_else(|| {
        let message =
            format!("HaloPSA does not show the whole record of user {id}, so nothing is concluded from it");
        Error::new(Kind::Service, message)
            .hint("run the command again; if it stays, run it with --har FILE and look at the answer")
    })?;
    Ok(Some((answer, own)))
}

/// Returns the own record of one of the first of `rows`, whichever can be read, as an example of what records show;
/// nothing where none exists.
///
/// # Errors
/// Why none can be read, or what keeps the instance from being asked at all.
pub(super) fn example<'u>(
    session: &Session,
    rows: impl IntoIterator<Item = &'u User>,
) -> Result<Option<User>> {
    let mut refused = None;
    for row in rows.into_iter().filter(|row| !row.is_general()).take(TRIES) {
        match ask(session, row.id) {
            Ok(Some(own)) => return Ok(Some(own)),
            Ok(None) => {}
            Err(error) if errors::is_of_record(&error) => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    refused.map_or(Ok(None), Err)
}

/// Learns from the own record of one of `rows` which custom fields there are, where rows do not tell, and keeps what it
/// says. Returns the custom fields of that record, or why none could be read.
///
/// An answer that is kept was readable, so that these are tried first; the oldest gains most.
///
/// # Errors
/// What keeps the instance from being asked at all.
pub(super) fn learn<'u>(
    halo: &HaloPsa,
    udfs: &mut Udfs,
    mut rows: impl Iterator<Item = &'u User> + Clone,
) -> Result<Result<Vec<Custom>>> {
    if udfs.rows_tell() {
        return Ok(Ok(Vec::new()));
    }
    let mut order: Vec<&User> = rows.clone().collect();
    order.sort_by_cached_key(|row| {
        let asked = kept::asked(halo, row);
        (asked.is_none(), asked)
    });
    // One of each client first: a right may be lacking for all users of one.
    let mut clients = BTreeSet::new();
    let (firsts, others): (Vec<&User>, Vec<&User>) =
        order.into_iter().partition(|row| clients.insert(row.client));
    let order = firsts.into_iter().chain(others);
    let own = match example(&halo.session, order) {
        Ok(Some(own)) => own,
        Ok(None) => return Ok(Err(spoiled(USERS, "holds users without a record of their own"))),
        Err(error) if errors::is_of_record(&error) => return Ok(Err(error)),
        Err(error) => return Err(error),
    };
    udfs.learn(halo.session.settings(), rows.clone(), &own);
    if let Some(row) = rows.find(|row| row.id == own.id) {
        kept::keep(halo, udfs, row, &own);
        udfs.compare(row, &own);
    }
    Ok(Ok(own.custom.unwrap_or_default()))
}

/// A user whose own record is to be asked for.
struct Open<'u> {
    need: Need,
    /// When it was asked for before.
    asked: Option<Timestamp>,
    row: &'u User,
}

/// Returns what is known beside the rows of `users`, asked for where it is wanted and not kept, but with no more requests
/// than the five minutes have left. Of those that are equally urgent, the first of `users` is asked for first. Takes the
/// texts out of `udfs` that rows turn out to leave out.
///
/// # Errors
/// What keeps the instance from being asked at all. That the requests are used up, or a right is lacking, ends the
/// asking and is the reason in the result.
pub(super) fn many(halo: &HaloPsa, udfs: &mut Udfs, users: &[&User], wanted: Wanted) -> Result<Known> {
    let session = &halo.session;
    let mut known = Known::default();
    let mut open = open(halo, udfs, users, wanted, &mut known);
    open.retain(|one| one.need == Need::Decides);
    let room = || session.room().saturating_sub(session.reserved());
    let (asked, left) = open.split_at(open.len().min(room()));
    let refused = ask_all(halo, udfs, asked, &mut known)?;
    let missing = open.iter().map(|one| one.row.id);
    let is_told =
        |id: &i64| known.users.contains_key(id) || known.gone.contains(id) || known.failed.contains_key(id);
    known.missing = missing.filter(|id| !is_told(id)).collect();
    known.why = why(session, known.missing.len(), left.len(), &refused);
    if wanted == Wanted::Deciding && known.missing.is_empty() {
        let mut further = self::open(halo, udfs, users, wanted, &mut known);
        further.truncate(room() / SHARE);
        // What these say is missing at nothing that is done without it.
        ask_all(halo, udfs, &further, &mut known)?;
    }
    Ok(known)
}

/// Returns the users whose own records are to be asked for, the most urgent first, and puts what is kept of the others,
/// and of those whose answer is only renewed, into `known`.
fn open<'u>(
    halo: &HaloPsa,
    udfs: &Udfs,
    users: &[&'u User],
    wanted: Wanted,
    known: &mut Known,
) -> Vec<Open<'u>> {
    let (now, begun) = (Timestamp::now(), halo.session.begun());
    let mut open = Vec::new();
    for row in users.iter().filter(|row| !known.gone.contains(&row.id)) {
        let kept = kept::of(halo, udfs, row);
        let need = match (wanted, &kept) {
            (Wanted::Deciding, kept) => need(halo, udfs, row, kept.as_ref()),
            (Wanted::All, Some(kept)) if kept.is_young(now) => {
                known.has_older |= kept.asked.is_some_and(|asked| asked < begun);
                None
            }
            (Wanted::All, _) => Some(Need::Decides),
        };
        if let Some(kept) = kept.filter(|_| need != Some(Need::Decides)) {
            known.users.insert(row.id, kept.fields);
        }
        open.extend(need.map(|need| Open { need, asked: kept::asked(halo, row), row }));
    }
    // One that was never asked for comes before any that was.
    open.sort_by_key(|one| (one.need, one.asked));
    open
}

/// Asks for the own records of `open`, and returns the refusals to tell single ones. What else goes wrong with one is put
/// into `known`.
///
/// # Errors
/// What keeps the instance from being asked at all.
fn ask_all(halo: &HaloPsa, udfs: &mut Udfs, open: &[Open<'_>], known: &mut Known) -> Result<Vec<Error>> {
    let refusals = AtomicUsize::new(0);
    let kept_under = &*udfs;
    let answers = side::try_each(open, halo.session.at_once(), |one| {
        if refusals.load(Ordering::Relaxed) >= TRIES {
            return Ok(None);
        }
        let answer = ask(&halo.session, one.row.id);
        if let Err(error) = &answer {
            let weight = match error.kind() {
                Kind::Throttled => TRIES,
                Kind::Permission => 1,
                _ => 0,
            };
            refusals.fetch_add(weight, Ordering::Relaxed);
        }
        match answer {
            Err(error) if error.kind() != Kind::Throttled && !errors::is_of_record(&error) => Err(error),
            // At once, so that it is kept whatever becomes of the others.
            answer => {
                let answer =
                    answer.map(|own| own.map(|own| (kept::keep(halo, kept_under, one.row, &own), own)));
                Ok(Some((one.row, answer)))
            }
        }
    })?;
    let mut refused = Vec::new();
    for (row, answer) in answers.into_iter().flatten() {
        match answer {
            Ok(Some((fields, own))) => {
                known.users.insert(row.id, fields);
                udfs.compare(row, &own);
                known.custom.extend(own.custom.into_iter().flatten());
            }
            Ok(None) => drop(known.gone.insert(row.id)),
            Err(error) if error.kind() == Kind::Service => drop(known.failed.insert(row.id, error)),
            Err(error) => refused.push(error),
        }
    }
    Ok(refused)
}

/// Returns why something is missing: `left` users were not asked for, and some were `refused`.
fn why(session: &Session, missing: usize, left: usize, refused: &[Error]) -> Option<Unasked> {
    let of = |kind: Kind| refused.iter().find(|error| error.kind() == kind);
    if missing == 0 {
        return None;
    }
    let telling = of(Kind::Permission).or(refused.first().filter(|_| left == 0));
    match telling.filter(|_| of(Kind::Throttled).is_none()) {
        Some(error) => Some(refusal(error)),
        None => Some(Unasked::Until(session.time_of(left.max(1) + session.reserved()))),
    }
}

/// Returns the reason that a refusal is.
pub(super) fn refusal(error: &Error) -> Unasked {
    Unasked::Refused { reason: error.message().to_owned(), hint: error.next_step().map(ToOwned::to_owned) }
}
