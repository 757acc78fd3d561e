//! Writing details records: many in one request, fewer where the service does not take as many.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError};

use serde_json::{Value, json};

use super::super::{CloudRadial, NewMedia, company_number, encoded, errors};
use super::kind::AssetType;
use super::{USER, asset_type, find, lookup, made_type};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Reply, Request};
use crate::model::{Detail, Field, Fields, Id, Image, Keys, Write, Written, is_archived, published_picture};

/// Records in one request. The vendor publishes no limit.
pub(in super::super) const AT_ONCE: usize = 100;

/// Requests that may fail without an answer, or with one of a service in trouble, before the rest is given up.
const PATIENCE: u32 = 3;

/// Carries out one write.
pub(in super::super) fn write(portal: &CloudRadial, one: &Write<'_>) -> Result<Written> {
    let unanswered = || Error::new(Kind::Service, "CloudRadial answered to none of the writes");
    write_all(portal, std::slice::from_ref(one)).pop().unwrap_or_else(|| Err(unanswered()))
}

/// Carries out writes of one company, all of new records or all of existing ones. A picture that a record names as
/// published is published before.
pub(in super::super) fn write_all(portal: &CloudRadial, writes: &[Write<'_>]) -> Vec<Result<Written>> {
    let published: Vec<Result<()>> = writes.iter().map(|write| publish(portal, write)).collect();
    let ready: Vec<Write<'_>> =
        writes.iter().zip(&published).filter(|(_, done)| done.is_ok()).map(|(write, _)| *write).collect();
    let mut written = send_all(portal, &ready).into_iter();
    let answer = |done: Result<()>| done.and_then(|()| written.next().unwrap_or_else(lost));
    published.into_iter().map(answer).collect()
}

/// Puts the picture that a record names as published among the media, unless it is there. One at a time, so that
/// companies that are worked on side by side do not both make it.
fn publish(portal: &CloudRadial, write: &Write<'_>) -> Result<()> {
    let picture = Field::Detail(Detail::Picture);
    let Some(hash) = write.fields.text(picture).and_then(published_picture) else { return Ok(()) };
    let mut published = portal.pictures.published.lock().unwrap_or_else(PoisonError::into_inner);
    if published.contains(&hash) {
        return Ok(());
    }
    let gone = || {
        Error::new(Kind::Stale, format!("the picture {hash} is not kept any more"))
            .hint("run the command again")
    };
    let bytes = portal.pictures.store.as_ref().map(|store| store.get(&hash)).transpose()?.flatten();
    let bytes = bytes.ok_or_else(gone)?;
    let image = Image::sniff(&bytes).ok_or_else(gone)?;
    let description = "Picture of a Microsoft 365 user";
    portal.publish_media(&NewMedia { bytes: &bytes, hash: &hash, image, description })?;
    published.insert(hash);
    Ok(())
}

fn send_all(portal: &CloudRadial, writes: &[Write<'_>]) -> Vec<Result<Written>> {
    let Some(first) = writes.first() else { return Vec::new() };
    let ready = || -> Result<Batch<'_>> {
        let new = first.current.is_none();
        let kind = if new { made_type(portal)? } else { asset_type(portal)? };
        let number = company_number(first.company)?;
        let rows = writes.iter().map(|write| row(&kind, number, write)).collect::<Result<_>>()?;
        Ok(Batch { portal, kind, company: first.company, new, rows, troubles: Cell::new(0) })
    };
    match ready() {
        Ok(batch) => batch.send(0..writes.len(), writes).into(),
        Err(error) => failed(error, writes.len()).into(),
    }
}

/// One record as it is sent.
fn row(kind: &AssetType, company: i64, write: &Write<'_>) -> Result<Value> {
    let traits = lookup::traits(kind, write.current.map(|current| &current.raw), write.fields)?;
    let state = Field::Detail(Detail::AccountState);
    let held = write.fields.text(state).or_else(|| write.current?.fields.text(state));
    let archived = held.is_some_and(is_archived);
    let attributes = match write.current {
        None => json!({
            "organization-id": company, "flexible-asset-type-id": kind.id, "archived": archived, "traits": traits,
        }),
        Some(current) => json!({"id": current.id.number(), "archived": archived, "traits": traits}),
    };
    Ok(json!({"type": "flexible_assets", "attributes": attributes}))
}

struct Batch<'a> {
    portal: &'a CloudRadial,
    kind: Arc<AssetType>,
    company: &'a Id,
    new: bool,
    rows: Vec<Value>,
    /// Requests that found the service in trouble.
    troubles: Cell<u32>,
}

type Answers = VecDeque<Result<Written>>;

impl Batch<'_> {
    /// Sends the rows of `range`. What the service does not take together is sent in halves, so that one bad row
    /// stops no other. Of new records those that are there all the same are not sent again.
    fn send(&self, range: std::ops::Range<usize>, writes: &[Write<'_>]) -> Answers {
        let length = range.len();
        let error = match self.request(range.clone(), writes) {
            Ok(written) => return written.into_iter().map(Ok).collect(),
            Err(error) => error,
        };
        if length < 2 || !self.is_worth_halving(&error) {
            return failed(error, length);
        }
        let done = match self.done(range.clone(), writes) {
            Ok(done) => done,
            Err(look) => return failed(look, length),
        };
        let left: Vec<usize> = range.clone().filter(|at| done[*at - range.start].is_none()).collect();
        let mut sent = Answers::new();
        for half in left.chunks(left.len().div_ceil(2).max(1)) {
            // Rows that are left stand together unless some of them were made: then each run of them is sent.
            for run in half.chunk_by(|a, b| a + 1 == *b) {
                let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
                sent.extend(self.send(*first..last + 1, writes));
            }
        }
        done.into_iter().map(|done| done.map_or_else(|| sent.pop_front().unwrap_or_else(lost), Ok)).collect()
    }

    fn request(&self, range: std::ops::Range<usize>, writes: &[Write<'_>]) -> Result<Vec<Written>> {
        let (method, path) = if self.new {
            let company = encoded(self.company.as_str());
            (Method::Post, format!("/compatibility/organizations/{company}/relationships/flexible_assets"))
        } else {
            (Method::Patch, "/compatibility/flexible_assets".to_owned())
        };
        let request = Request::new(method, self.portal.url(&path)?)
            .endpoint("flexible_assets")
            .json(&json!({"data": self.rows[range.clone()]}));
        let reply = self.portal.send(request)?;
        let writes = &writes[range];
        let what = format!("{} details records of company {}", writes.len(), self.company);
        let sent: Fields = writes
            .iter()
            .flat_map(|write| write.fields.iter().map(|(field, text)| (field, text.to_owned())))
            .collect();
        if !reply.ok() || says_no(&reply) {
            return Err(errors::explain_write(&reply, &what, &sent));
        }
        let ids = if self.new { self.new_ids(&reply, &what)? } else { BTreeMap::new() };
        let id = |write: &Write<'_>| match write.current {
            Some(current) => Some(current.id.clone()),
            None => ids.get(&write.fields.text(USER)?.to_lowercase()).cloned(),
        };
        let ids: Option<Vec<Id>> = writes.iter().map(id).collect();
        let ids = ids.ok_or_else(|| nameless(&what).attempts(reply.attempts))?;
        let written = |id| Written { id, shown: None, request_id: None, attempts: reply.attempts };
        Ok(ids.into_iter().map(written).collect())
    }

    /// The ids of new records, by the users they are about.
    fn new_ids(&self, reply: &Reply, what: &str) -> Result<BTreeMap<String, Id>> {
        let answer: Value = reply.json(&format!("the answer to the write of {what}"))?;
        Ok(ids_by_user(&answer, self.kind.keys.get(&USER).map_or("", String::as_str)))
    }

    /// Whether fewer rows may fare better: not where the service refuses whoever asks, or is gone.
    fn is_worth_halving(&self, error: &Error) -> bool {
        match error.kind() {
            Kind::Service | Kind::NotFound => {}
            Kind::Network if error.sent() > 0 => self.troubles.set(self.troubles.get() + 1),
            _ => return false,
        }
        self.troubles.get() < PATIENCE
    }

    /// Which rows of a request that failed were made all the same.
    fn done(&self, range: std::ops::Range<usize>, writes: &[Write<'_>]) -> Result<Vec<Option<Written>>> {
        if !self.new {
            return Ok(range.map(|_| None).collect());
        }
        let user = |at: &usize| writes[*at].fields.text(USER).map(Id::new);
        let keys = Keys { user_ids: range.clone().filter_map(|at| user(&at)).collect(), emails: Vec::new() };
        let found = find(self.portal, self.company, &keys)?;
        let of = |at: usize| {
            let user = user(&at)?;
            let record = found.iter().find(|record| {
                record.fields.text(USER).is_some_and(|of| of.eq_ignore_ascii_case(user.as_str()))
            })?;
            Some(Written {
                id: record.id.clone(),
                shown: Some(record.clone()),
                request_id: None,
                attempts: 1,
            })
        };
        Ok(range.map(of).collect())
    }
}

/// A success that says otherwise.
fn says_no(reply: &Reply) -> bool {
    serde_json::from_slice::<Value>(&reply.body)
        .is_ok_and(|answer| answer["success"] == json!(false) || !answer["errors"].is_null())
}

/// The ids of the records that an answer shows, by the users they are about. The form of the answer and the order of
/// its rows are not documented, so a row counts only if it says whose it is.
fn ids_by_user(answer: &Value, key: &str) -> BTreeMap<String, Id> {
    let one = std::slice::from_ref(&answer["data"]);
    let rows = answer["data"].as_array().map_or(one, Vec::as_slice);
    let id = |row: &Value| match &row["id"] {
        Value::String(text) if !text.trim().is_empty() => Some(Id::new(text.trim())),
        Value::Number(number) => Some(Id::new(number.to_string())),
        _ => None,
    };
    let user = |row: &Value| row["attributes"]["traits"][key].as_str().map(str::to_lowercase);
    rows.iter().filter_map(|row| Some((user(row)?, id(row)?))).collect()
}

fn nameless(what: &str) -> Error {
    Error::new(Kind::Incomplete, format!("CloudRadial's answer to the write of {what} does not name each"))
        .hint("run the command again; it looks for the records first")
}

/// One failure of several writes, told to each.
fn failed(error: Error, count: usize) -> Answers {
    let mut answers: Answers = (1..count).map(|_| Err(error.again())).collect();
    if count > 0 {
        answers.push_back(Err(error));
    }
    answers
}

fn lost() -> Result<Written> {
    Err(Error::new(Kind::Service, "CloudRadial did not say what became of this record"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_believed_only_where_its_record_says_whose_it_is() {
        let told = |answer: &Value| -> Vec<(String, String)> {
            let ids = ids_by_user(answer, "office-365-id").into_iter();
            ids.map(|(user, id)| (user, id.to_string())).collect()
        };
        let row =
            |id: Value, user: &str| json!({"id": id, "attributes": {"traits": {"office-365-id": user}}});
        let both = [("u-1".to_owned(), "7".to_owned()), ("u-2".to_owned(), "8".to_owned())];
        let rows = json!({"data": [row(json!(8), "U-2"), row(json!("7"), "u-1")]});
        assert_eq!(told(&rows), both, "in whatever order");
        assert_eq!(told(&json!({"data": row(json!("7"), "u-1")})), both[..1]);
        assert_eq!(told(&json!({"data": [{"id": "7"}, row(json!(""), "u-1")]})), []);
        assert_eq!(told(&json!({"success": true})), []);
    }

    #[test]
    fn a_yes_with_errors_is_a_no() {
        let says = |answer: Value| {
            says_no(&Reply::from_parts("cloudradial", 200, Vec::new(), answer.to_string().into_bytes()))
        };
        assert!(
            says(json!({"success": false, "message": "no"})) && says(json!({"errors": [{"title": "no"}]}))
        );
        assert!(!says(json!({"data": [], "errors": null})) && !says(json!({"data": []})));
    }
}
