//! Many details records in one request, and in halves where the service does not take them together.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::filter::encoded;
use super::super::{CloudRadial, errors};
use super::kind::AssetType;
use super::{USER, denied, find};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Reply, Request};
use crate::model::Id;
use crate::side::{Keys, Write, Written};

/// Records that are refused one by one, or requests that are not answered, before the rest is not tried any more as
/// long as nothing gets through.
const PATIENCE: u32 = 8;

/// The answers to writes, in their order.
pub(super) type Answers = VecDeque<Result<Written>>;

/// Sends records; counts requests that failed, since one got through.
pub(super) type Again = fn(&CloudRadial, &[Write<'_>], &Cell<u32>) -> Vec<Result<Written>>;

/// Records of one company on their way.
pub(super) struct Batch<'a> {
    pub(super) portal: &'a CloudRadial,
    pub(super) kind: Arc<AssetType>,
    pub(super) company: &'a Id,
    /// Whether the records are new ones.
    pub(super) new: bool,
    /// The records as they are sent.
    pub(super) rows: Vec<Value>,
    /// Requests that failed, since one got through.
    pub(super) in_vain: &'a Cell<u32>,
    /// Compares existing records again and sends them.
    pub(super) again: Again,
}

/// Why a request failed.
struct Failure {
    error: Error,
    /// Whether the service said so itself: then it is not at work on the request any more.
    refused: bool,
}

impl Batch<'_> {
    /// Sends the rows of `range`. What the service does not take together is sent in halves, so that one bad row
    /// stops no other; existing records are compared again for each. New records are sent a second time only after a refusal, and without those that are there
    /// all the same: a request whose answer is lost may still be carried out.
    pub(super) fn send(&self, range: Range<usize>, writes: &[Write<'_>]) -> Answers {
        let length = range.len();
        if self.in_vain.get() >= PATIENCE {
            let error =
                Error::new(Kind::Service, "CloudRadial took none of the details records before this one");
            return failed(
                error.hint("look at the first of them; the next run tries all of them again"),
                length,
            );
        }
        let Failure { error, refused } = match self.request(range.clone(), writes) {
            Ok(written) => {
                self.in_vain.set(0);
                return written.into_iter().map(Ok).collect();
            }
            Err(failure) => failure,
        };
        let is_alone = length < 2;
        if is_alone || !refused {
            self.in_vain.set(self.in_vain.get() + 1);
        }
        if is_alone || (self.new && !refused) || !Self::is_worth_halving(&error) {
            return failed(error, length);
        }
        if !self.new {
            let halves = writes[range].chunks(length.div_ceil(2));
            // Values of other people's fields are sent back, which are read again for every request.
            let halves = halves.flat_map(|half| (self.again)(self.portal, half, self.in_vain));
            // The request before them went out, whether or not one of these does.
            return halves.map(|answer| answer.map_err(|own| own.after(error.sent()))).collect();
        }
        let done = match self.done(range.clone(), writes) {
            Ok(done) => done,
            Err(look) => return failed(look.after(error.sent()), length),
        };
        let left: Vec<usize> = range.clone().filter(|at| done[*at - range.start].is_none()).collect();
        let mut sent = Answers::new();
        for half in left.chunks(left.len().div_ceil(2).max(1)) {
            // Rows that are left are next to each other unless some of them were made: then each run of them is sent.
            for run in half.chunk_by(|a, b| a + 1 == *b) {
                let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
                sent.extend(self.send(*first..last + 1, writes));
            }
        }
        done.into_iter().map(|done| done.map_or_else(|| sent.pop_front().unwrap_or_else(lost), Ok)).collect()
    }

    fn request(
        &self,
        range: Range<usize>,
        writes: &[Write<'_>],
    ) -> std::result::Result<Vec<Written>, Failure> {
        let unheard = |error| Failure { error, refused: false };
        let (method, path) = if self.new {
            let company = encoded(self.company.as_str());
            (Method::Post, format!("/compatibility/organizations/{company}/relationships/flexible_assets"))
        } else {
            (Method::Patch, "/compatibility/flexible_assets".to_owned())
        };
        let request = Request::new(method, self.portal.url(&path).map_err(unheard)?)
            .endpoint("flexible_assets")
            .json(&json!({"data": self.rows[range.clone()]}));
        let reply = self.portal.send(request).map_err(unheard)?;
        let writes = &writes[range];
        let what = format!("{} details records of company {}", writes.len(), self.company);
        if !reply.ok() || says_no(&reply) {
            // A gateway that gave up says nothing of the service behind it. A 500 may come after the deed, or before
            // the end of it, which does no harm to records that are there already.
            let refused = says_no(&reply) || reply.refuses() || (reply.status == 500 && !self.new);
            let error = errors::explain(&reply, &what).refused(refused);
            return Err(Failure { error: if reply.status == 403 { denied(&error) } else { error }, refused });
        }
        let ids = if self.new { self.new_ids(&reply) } else { BTreeMap::new() };
        let id = |write: &Write<'_>| match write.current {
            Some(current) => Some(current.id.clone()),
            None => ids.get(&write.fields.text(USER)?.to_lowercase()).cloned(),
        };
        let ids: Option<Vec<Id>> = writes.iter().map(id).collect();
        let ids = ids.ok_or_else(|| unheard(nameless(&what).attempts(reply.attempts)))?;
        let written = |id| Written { id, shown: None, request_id: None, attempts: reply.attempts };
        Ok(ids.into_iter().map(written).collect())
    }

    /// The ids of new records, by the users they are about.
    fn new_ids(&self, reply: &Reply) -> BTreeMap<String, Id> {
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        ids_by_user(&answer, self.kind.keys.get(&USER).map_or("", String::as_str))
    }

    /// Whether fewer rows may fare better: not where the service refuses the caller, or is not there.
    fn is_worth_halving(error: &Error) -> bool {
        match error.kind() {
            Kind::Service | Kind::NotFound => true,
            Kind::Network => error.sent() > 0,
            _ => false,
        }
    }

    /// Which rows of a request that failed were made all the same.
    fn done(&self, range: Range<usize>, writes: &[Write<'_>]) -> Result<Vec<Option<Written>>> {
        let user = |at: &usize| writes[*at].fields.text(USER).map(Id::new);
        let keys = Keys { user_ids: range.clone().filter_map(|at| user(&at)).collect(), emails: Vec::new() };
        let found = find(self.portal, self.company, &keys)?;
        let of = |at: usize| {
            let user = user(&at)?;
            let record = found.iter().find(|record| {
                record.fields.text(USER).is_some_and(|of| of.eq_ignore_ascii_case(user.as_str()))
            })?;
            let (id, shown) = (record.id.clone(), Some(record.clone()));
            Some(Written { id, shown, request_id: None, attempts: 1 })
        };
        Ok(range.map(of).collect())
    }
}

/// A success that says otherwise.
fn says_no(reply: &Reply) -> bool {
    let Ok(answer) = serde_json::from_slice::<Value>(&reply.body) else { return false };
    let complains = match &answer["errors"] {
        Value::Null => false,
        Value::Array(errors) => !errors.is_empty(),
        Value::Object(errors) => !errors.is_empty(),
        _ => true,
    };
    answer["success"] == json!(false) || complains
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

/// Returns one failure of several writes for each of them.
pub(super) fn failed(error: Error, count: usize) -> Answers {
    let mut answers: Answers = (1..count).map(|_| Err(error.without_cause())).collect();
    if count > 0 {
        answers.push_back(Err(error));
    }
    answers
}

/// A write of which nothing was said.
pub(super) fn lost() -> Result<Written> {
    Err(Error::new(Kind::Service, "CloudRadial did not say what became of this record").attempts(1))
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
