//! ConnectWise PSA's REST API, emulated: companies, contacts, what belongs to them, and the tables they use.
//!
//! This folder owns the emulated PSA. `schema` and `fields` are what is known of the entities, `door` lets
//! requests in, `condition`, `pattern`, `filter` and `list` read, `show` makes records as the wire has them,
//! `accept`, `patch` and `rules` judge what is written, `records` and `remove` write it, `store` knows where
//! everything is, `communications` and `custom` own the two kinds of values inside a contact, and `refusal` says
//! no in the service's ways.
//!
//! The rate limit is left to faults, and so is the service's dislike of plain HTTP.

#![allow(clippy::doc_markdown)] // the product's name is no code

mod accept;
mod communications;
mod condition;
mod custom;
mod door;
mod draft;
mod field;
mod fields;
mod filter;
mod list;
mod patch;
mod pattern;
mod records;
mod refusal;
mod remove;
mod rules;
mod schema;
mod seed;
mod setup;
mod show;
mod store;
#[cfg(test)]
mod testing;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::schema::{ENTITIES, Entity};
use super::emulated::Service;
use super::msp::Msp;
use super::wire::{Request, Response};

pub(crate) use self::setup::EMULATED;

/// Values under the service's field names; what has no value is missing.
pub(crate) type Row = Map<String, Value>;

/// Records by id.
pub(crate) type Table = BTreeMap<i64, Record>;

/// One record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    /// The fields, those the sandbox does not know included. References hold the id alone: names are looked up.
    pub(crate) fields: Row,
    /// Custom fields by caption, in the definition's native type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) udf: BTreeMap<String, Value>,
    /// Types of a company or a contact: the association's id, and the type's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) types: BTreeMap<i64, i64>,
}

/// Which contacts cannot be patched without an operation for their custom fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Which {
    /// None.
    None,
    /// Those whose id ends in 0 or 5: which ones it is with the real service is not known.
    Some,
    /// All.
    Everybody,
}

/// Everything the PSA remembers, and how it behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Companies, those deleted included.
    pub(crate) companies: Table,
    /// Statuses of companies.
    pub(crate) company_statuses: Table,
    /// Types of companies.
    pub(crate) company_types: Table,
    /// Who serves a company.
    pub(crate) teams: Table,
    /// Contacts, with their communication items inside.
    pub(crate) contacts: Table,
    /// Types of contacts.
    pub(crate) contact_types: Table,
    /// Types of communication items.
    pub(crate) communication_types: Table,
    /// Types of notes.
    pub(crate) note_types: Table,
    /// Notes of contacts.
    pub(crate) notes: Table,
    /// The MSP's people.
    pub(crate) members: Table,
    /// Locations; territories are among them.
    pub(crate) locations: Table,
    /// Definitions of custom fields, without which their values are not seen.
    pub(crate) definitions: Table,
    /// The part of the address that upgrades move, with a slash at its end.
    pub(crate) codebase: String,
    /// What links to further pages begin with; the real service's show another host, and a doubled slash.
    pub(crate) links: String,
    /// What the API member may not do: `Contacts` for everything in that row of the security role,
    /// `Contacts/edit` for one of `inquire`, `add`, `edit` and `delete`.
    pub(crate) denied: BTreeSet<String>,
    /// Rows of the security role at a level below "All": nothing is seen, and nothing says so.
    pub(crate) invisible: BTreeSet<String>,
    /// Whose custom fields each patch must mention.
    pub(crate) customfields_required: Which,
    /// Whether a patch clears the custom fields that its `customFields` leaves out: the vendor's guide reads like that,
    /// and clients saw the opposite live.
    #[serde(default)]
    pub(crate) clears_left_out: bool,
    /// Whether a second contact of the same name in a company is refused unless the body says otherwise.
    pub(crate) refuse_duplicates: bool,
    /// Requests so far; not kept, so that reading leaves no trace.
    #[serde(skip)]
    pub(crate) requests: u64,
    /// The id of the record made last.
    pub(crate) made: i64,
}

/// What of an entity a path means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// All of its records.
    All,
    /// Their number.
    Count,
    /// One of them.
    One(i64),
}

/// Who the API member is, in notes and histories.
const MEMBER: &str = "crsync";

impl State {
    fn denies(&self, role: &str, action: &str) -> bool {
        self.denied.contains(role) || self.denied.contains(&format!("{role}/{action}"))
    }
}

impl Record {
    fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    fn flag(&self, field: &str) -> bool {
        self.fields.get(field).and_then(Value::as_bool).unwrap_or_default()
    }

    fn id(&self) -> i64 {
        self.link("id").unwrap_or_default()
    }

    /// Returns a number, or the id of a reference.
    fn link(&self, field: &str) -> Option<i64> {
        let value = self.fields.get(field)?;
        value.get("id").unwrap_or(value).as_i64()
    }

    fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }
}

impl Service for State {
    fn seed(msp: &Msp) -> Self {
        seed::state(msp)
    }

    fn handle(&mut self, request: &Request) -> Response {
        handle(self, request)
    }
}

/// Answers one request.
fn handle(state: &mut State, request: &Request) -> Response {
    state.requests += 1;
    let path = request.path.to_ascii_lowercase();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let codebase = state.codebase.trim_end_matches('/').to_ascii_lowercase();
    match segments.as_slice() {
        ["login", "companyinfo", company] => door::discovery(state, company, request),
        [first, "apis", "3.0", rest @ ..] if *first == codebase => {
            if rest.contains(&"apis") {
                return refusal::cannot_route(false);
            }
            match door::admit(request) {
                Err(refused) => dressed(state, refused, ""),
                Ok(version) => {
                    let answer = route(state, rest, request);
                    dressed(state, answer, &version)
                }
            }
        }
        [first, second, ..] if *first == codebase && *second == codebase => refusal::cannot_route(false),
        // No codebase, or one that was left in an upgrade.
        [_, "apis", "3.0", ..] | ["apis", "3.0", ..] => refusal::nowhere(),
        _ => refusal::gateway(404),
    }
}

fn route(state: &mut State, segments: &[&str], request: &Request) -> Response {
    if segments == ["system", "info"] {
        return door::info(request);
    }
    let found = ENTITIES.iter().find_map(|entity| {
        let (parent, tail) = matched(entity, segments)?;
        Some((entity, parent, tail))
    });
    match found {
        Some((entity, parent, tail)) => records::answer(state, entity, parent, tail, request),
        None => refusal::nowhere(),
    }
}

/// Returns the parent and the tail, where (lower-case) segments are a path of the entity.
fn matched(entity: &Entity, segments: &[&str]) -> Option<(Option<i64>, Tail)> {
    let mut rest = segments.iter();
    let mut parent = None;
    for word in entity.path.split('/') {
        let segment = rest.next()?;
        match word {
            "#" => parent = Some(segment.parse().ok()?),
            word => word.eq_ignore_ascii_case(segment).then_some(())?,
        }
    }
    let tail = match rest.as_slice() {
        [] => Tail::All,
        ["count"] => Tail::Count,
        [id] => Tail::One(id.parse().ok()?),
        _ => return None,
    };
    Some((parent, tail))
}

/// Returns the answer with the headers that all have; those with a record or a list name their version.
fn dressed(state: &State, mut answer: Response, version: &str) -> Response {
    if answer.status < 300 {
        let kind = format!("application/vnd.connectwise.com+json; version={version}");
        for (_, value) in answer.headers.iter_mut().filter(|(name, _)| name == "content-type") {
            value.clone_from(&kind);
        }
    }
    answer
        .with("x-cw-request-id", format!("00000000-0000-4000-8000-{:012x}", state.requests))
        .with("x-server-name", "sandbox-01")
        .with("api-current-version", door::newest())
}

/// Returns the time as the service writes it.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::testing::{BASE, done, headers, ok, refused, send, state};
    use super::*;
    use crate::sample;

    fn at(state: &mut State, path: &str) -> Response {
        let headers = headers();
        let pairs: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        handle(state, &sample::request("GET", path, &pairs, None))
    }

    #[test]
    fn a_doubled_path_cannot_be_routed_and_a_missing_codebase_is_no_endpoint() {
        let mut state = state(1);
        for path in [
            &format!("{BASE}/apis/3.0/system/info"),
            &format!("{BASE}{BASE}/system/info"),
            "/v4_6_release/v4_6_release/apis/3.0/system/info",
        ] {
            let response = at(&mut state, path);
            assert_eq!(response.status, 400, "{path}");
            assert_eq!(sample::json(&response)["message"], "Cannot route. Codebase/company is invalid");
        }
        for path in ["/apis/3.0/system/info", "/v2019_1/apis/3.0/system/info", &format!("{BASE}/nothing")] {
            let response = at(&mut state, path);
            assert_eq!(response.status, 404, "{path}");
            assert_eq!(sample::json(&response)["message"], "The endpoint does not exist.");
        }
        assert!(at(&mut state, "/elsewhere").body.starts_with(b"<"));
    }

    #[test]
    fn an_upgrade_moves_the_codebase() {
        let mut state = state(1);
        state.codebase = "v2026_4/".into();
        assert_eq!(at(&mut state, &format!("{BASE}/system/info")).status, 404);
        assert_eq!(at(&mut state, "/v2026_4/apis/3.0/system/info").status, 200);
        let answer = sample::json(&at(&mut state, "/login/companyinfo/sandbox"));
        assert_eq!(answer["Codebase"], "v2026_4/");
    }

    #[test]
    fn paths_are_compared_without_case_and_a_doubled_slash_does_no_harm() {
        let mut state = state(1);
        let found = ok(&mut state, "//Company/Contacts/1740001");
        assert_eq!(found["id"], 1_740_001);
        assert_eq!(ok(&mut state, "/company/contacts/1740001/"), found);
    }

    #[test]
    fn every_path_of_the_document_answers() {
        let mut state = state(2);
        for path in [
            "company/communicationTypes",
            "company/companies",
            "company/companies/statuses",
            "company/companies/types",
            "company/companies/174/teams",
            "company/companies/174/typeAssociations",
            "company/contactTypeAssociations",
            "company/contacts",
            "company/contacts/types",
            "company/contacts/1740002/communications",
            "company/contacts/1740002/typeAssociations",
            "company/noteTypes",
            "system/locations",
            "system/members",
            "system/userDefinedFields",
            "system/userDefinedFields/info",
        ] {
            let listed = ok(&mut state, &format!("/{path}"));
            let count = listed.as_array().unwrap().len();
            assert!(count > 0, "{path}");
            assert_eq!(ok(&mut state, &format!("/{path}/count")), json!({"count": count}));
            let id = &listed[0]["id"];
            assert_eq!(ok(&mut state, &format!("/{path}/{id}")), listed[0], "{path}");
            let missing = refused(&mut state, "GET", &format!("/{path}/4711"), None);
            assert_eq!((missing.0, &missing.1["code"]), (404, &json!("NotFound")), "{path}");
        }
        assert_eq!(ok(&mut state, "/company/contacts/1740001/notes"), json!([]));
        let missing = refused(&mut state, "GET", "/company/contacts/57919/notes", None);
        assert_eq!(missing.1["message"], "Contact 57919 not found");
        assert_eq!(refused(&mut state, "PATCH", "/company/contacts", Some(&json!([]))).0, 405);
    }

    #[test]
    fn a_role_row_is_denied_whole_or_by_what_is_done() {
        let mut state = state(1);
        state.denied.extend(["Contacts/edit".to_owned(), "Table Setup".to_owned()]);
        let patch = json!([{"op": "replace", "path": "title", "value": "x"}]);
        assert_eq!(refused(&mut state, "PATCH", "/company/contacts/1740001", Some(&patch)).0, 403);
        assert_eq!(refused(&mut state, "GET", "/system/userDefinedFields", None).0, 403);
        ok(&mut state, "/company/contacts/1740001");
        let item = json!({"type": {"id": 6}, "value": "555-0150"});
        done(&mut state, "POST", "/company/contacts/1740001/communications", Some(&item));
    }

    #[test]
    fn the_state_survives_saving_and_reading_changes_nothing() {
        let mut state = state(3);
        assert!(!send(&mut state, "GET", "/company/contacts", None).changed);
        let saved = serde_json::to_value(&state).unwrap();
        assert_eq!(saved["customfields_required"], "some");
        let loaded: State = serde_json::from_value(saved.clone()).unwrap();
        assert_eq!(serde_json::to_value(&loaded).unwrap(), saved);
    }
}
