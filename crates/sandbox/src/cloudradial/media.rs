//! Files that belong to the MSP, such as pictures.
//!
//! Whether the service compares the description of a file with the file is not known. This one does: a client that
//! tells the truth cannot notice. Nothing shows the bytes again, and a deleted file stays in the list (inferred from
//! its `isDeleted`).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::expression::{Kind, Property};
use super::fields::{self, MEDIA, MEDIA_PATCH};
use super::seed::NEVER;
use super::{Request, Response, Row, State, now, patch, refusal};
use crate::picture;

const fn of(name: &'static str, kind: Kind) -> Property {
    Property { name, kind }
}

/// What lists and single reads show.
pub(super) const SHOWN: &[Property] = &[
    of("partnerMediaId", Kind::Number),
    of("partnerId", Kind::Number),
    of("description", Kind::Text),
    of("originalName", Kind::Text),
    of("length", Kind::Number),
    of("width", Kind::Number),
    of("height", Kind::Number),
    of("hash", Kind::Text),
    of("contentType", Kind::Text),
    of("viewToken", Kind::Text),
    of("dateCreated", Kind::Date),
    of("dateModified", Kind::Date),
    of("isDeleted", Kind::Bool),
];

/// Answers requests to `/v2/media`.
pub(super) fn collection(state: &mut State, request: &Request) -> Response {
    if request.method != "POST" {
        return refusal::method("POST");
    }
    let mut file = match sent(request) {
        Ok(file) => file,
        Err(refused) => return refused,
    };
    let id = state.number();
    for (name, value) in [
        ("partnerMediaId", json!(id)),
        ("partnerId", json!(7)),
        ("viewToken", json!(format!("00000000-0000-4000-a000-{id:012}"))),
        ("dateCreated", json!(now())),
        ("dateModified", json!(NEVER)),
        ("isDeleted", json!(false)),
    ] {
        file.insert(name.to_owned(), value);
    }
    let record = shown(&file);
    state.media.insert(id, file);
    state.record(201, &id.to_string(), &record).changed()
}

/// Answers requests to `/v2/media/{id}`.
pub(super) fn single(state: &mut State, id: &str, request: &Request) -> Response {
    let there = |file: &&Row| file.get("isDeleted") != Some(&json!(true));
    let found = id.parse().ok().and_then(|id| state.media.get(&id).filter(there).map(|file| (id, file)));
    let Some((number, file)) = found else { return refusal::unsuccessful(404, "Media not found") };
    let next = match request.method.as_str() {
        "GET" => return state.record(200, id, &shown(file)),
        "PATCH" => patch::apply(MEDIA_PATCH, file, request),
        "PUT" => sent(request).map(|sent| {
            let mut file = file.clone();
            file.extend(sent);
            file
        }),
        "DELETE" => {
            let mut file = file.clone();
            file.insert("isDeleted".to_owned(), json!(true));
            state.media.insert(number, file);
            return Response::text(204, "text/plain", "").changed();
        }
        _ => return refusal::method("DELETE, GET, PATCH, PUT"),
    };
    match next {
        Err(refused) => refused,
        Ok(mut next) => {
            next.insert("dateModified".to_owned(), json!(now()));
            let record = shown(&next);
            state.media.insert(number, next);
            state.record(200, id, &record).changed()
        }
    }
}

/// Returns the file of a request's body, if the body is true about it.
fn sent(request: &Request) -> Result<Row, Response> {
    let file = fields::whole(MEDIA, &request.body)?;
    let text = |name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default();
    let Ok(bytes) = BASE64_STANDARD.decode(text("data")) else {
        return Err(refusal::invalid_one("data", "The data is not valid base64."));
    };
    let size = picture::measured(&bytes);
    if size.is_none() && text("contentType").starts_with("image/") {
        return Err(refusal::invalid_one("contentType", "The data is no image."));
    }
    let (width, height) = size.unwrap_or_default();
    let mistakes: Vec<(String, String)> =
        [("length", json!(bytes.len())), ("width", json!(width)), ("height", json!(height))]
            .into_iter()
            .filter(|(name, truth)| file.get(*name) != Some(truth))
            .map(|(name, truth)| (name.to_owned(), format!("The {name} of the data is {truth}.")))
            .collect();
    if mistakes.is_empty() { Ok(file) } else { Err(refusal::invalid(&mistakes)) }
}

fn shown(file: &Row) -> Value {
    let of = |name: &str| file.get(name).cloned().unwrap_or_default();
    SHOWN.iter().map(|property| (property.name.to_owned(), of(property.name))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{get, send, state};
    use super::*;
    use crate::sample;

    fn portrait(look: u32) -> Value {
        let bytes = picture::jpeg(look, 240);
        json!({
            "originalName": "ann.jpg", "data": BASE64_STANDARD.encode(&bytes), "length": bytes.len(), "width": 240,
            "height": 240, "hash": format!("{look:032x}"), "contentType": "image/jpeg", "description": "Ann",
        })
    }

    /// Returns the record in an answer, with or without its envelope.
    fn record(answer: Value) -> Value {
        answer.get("data").cloned().unwrap_or(answer)
    }

    #[test]
    fn a_picture_gets_an_id_and_a_token_and_its_bytes_are_not_shown() {
        let mut state = state(1);
        let made = send(&mut state, "POST", "/v2/media", Some(&portrait(1)));
        assert_eq!((made.status, made.changed), (201, true));
        let made = record(sample::json(&made));
        assert_eq!(made["viewToken"].as_str().unwrap().len(), 36);
        assert_eq!((&made["width"], &made["isDeleted"]), (&json!(240), &json!(false)));
        assert!(made.get("data").is_none());
        let path = format!("/v2/media/{}", made["partnerMediaId"]);
        assert_eq!(record(get(&mut state, &path)), made);
    }

    #[test]
    fn a_picture_is_found_by_its_hash() {
        let mut state = state(1);
        for look in [1, 2, 2] {
            send(&mut state, "POST", "/v2/media", Some(&portrait(look)));
        }
        for (look, count) in [(1, "1"), (2, "2"), (3, "0")] {
            let target = format!("/v2/odata/media/$count?$filter=hash eq '{look:032x}'");
            let response = send(&mut state, "GET", &target, None);
            assert_eq!(String::from_utf8_lossy(&response.body), count, "{look}");
        }
        let page =
            get(&mut state, "/v2/odata/media?$select=partnerMediaId,viewToken&$orderby=partnerMediaId");
        assert_eq!(page["value"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn what_is_said_of_the_bytes_must_be_true() {
        let mut state = state(1);
        for (field, value) in [
            ("length", json!(1)),
            ("width", json!(48)),
            ("height", json!("240")),
            ("data", json!("no base64!")),
            ("data", json!("bm8gcGljdHVyZQ==")),
            ("data", Value::Null),
            ("originalName", json!(" ")),
            ("hash", json!("x".repeat(33))),
            ("contentType", json!("x".repeat(101))),
        ] {
            let mut bad = portrait(1);
            bad[field] = value.clone();
            let refused = send(&mut state, "POST", "/v2/media", Some(&bad));
            assert_eq!((refused.status, refused.changed), (400, false), "{field}: {value}");
        }
        for missing in ["originalName", "data", "length", "width", "height"] {
            let mut bad = portrait(1);
            bad.as_object_mut().unwrap().remove(missing);
            let refused = send(&mut state, "POST", "/v2/media", Some(&bad));
            assert!(sample::json(&refused)["errors"][missing].is_array(), "{missing}");
        }
        let text = json!({
            "originalName": "a.txt", "data": "YQ==", "length": 1, "width": 0, "height": 0, "contentType": "text/plain",
        });
        assert_eq!(send(&mut state, "POST", "/v2/media", Some(&text)).status, 201);
    }

    #[test]
    fn a_picture_is_described_anew_replaced_and_deleted_softly() {
        let mut state = state(1);
        let made = record(sample::json(&send(&mut state, "POST", "/v2/media", Some(&portrait(1)))));
        let target = format!("/v2/media/{}", made["partnerMediaId"]);
        let patch = json!([{"op": "replace", "path": "/description", "value": "Ann Lee"}]);
        assert_eq!(send(&mut state, "PATCH", &target, Some(&patch)).status, 200);
        assert_eq!(record(get(&mut state, &target))["description"], "Ann Lee");
        for wrong in [json!([{"op": "replace", "path": "/width", "value": 1}]), json!({"description": "x"})] {
            assert_eq!(send(&mut state, "PATCH", &target, Some(&wrong)).status, 400, "{wrong}");
        }
        assert_eq!(send(&mut state, "PUT", &target, Some(&portrait(2))).status, 200);
        let now = record(get(&mut state, &target));
        assert_eq!((&now["hash"], &now["viewToken"]), (&json!(format!("{:032x}", 2)), &made["viewToken"]));

        assert!(send(&mut state, "DELETE", &target, None).changed);
        for method in ["GET", "DELETE"] {
            assert_eq!(send(&mut state, method, &target, None).status, 404, "{method}");
        }
        assert_eq!(get(&mut state, "/v2/odata/media")["value"][0]["isDeleted"], true);
        assert_eq!(send(&mut state, "GET", "/v2/media", None).status, 405);
    }

    #[test]
    fn pictures_survive_saving_and_an_older_state_has_none() {
        let mut state = state(1);
        send(&mut state, "POST", "/v2/media", Some(&portrait(1)));
        let mut saved = json!(state);
        assert_eq!(serde_json::from_value::<State>(saved.clone()).unwrap().media, state.media);
        saved.as_object_mut().unwrap().remove("media");
        assert!(serde_json::from_value::<State>(saved).unwrap().media.is_empty());
    }
}
