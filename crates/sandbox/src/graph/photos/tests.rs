//! Pictures, asked for.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::super::tests::Fixture;
use super::*;
use crate::entra;
use crate::msp::Msp;

/// Returns Contoso with a picture for its first user, kept at 240 by 240 pixels and less.
fn with(photo: Photo) -> (Fixture, String) {
    let mut graph = Fixture::of("contoso.example");
    let user = &mut graph.tenant().users[0];
    user.photo = photo;
    let path = format!("/v1.0/users/{}", user.id);
    (graph, path)
}

fn drawn(stored: u16, png: bool) -> Photo {
    Photo::Drawn { look: 0x2a5f_1234, stored, png }
}

fn status_and_code(graph: &mut Fixture, target: &str) -> (u16, String) {
    let (status, body) = graph.get(target);
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_picture_comes_in_its_sizes_and_in_none_above() {
    let (mut graph, user) = with(drawn(240, false));
    for (path, side) in [("photo/$value", 240), ("photos/48x48/$value", 48), ("photos/240X240/$value", 240)] {
        let response = graph.raw("GET", &format!("{user}/{path}"), &Value::Null);
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.headers[0], ("content-type".to_owned(), "image/jpeg".to_owned()));
        assert_eq!(picture::measured(&response.body), Some((side, side)), "{path}");
    }
    for path in ["photos/360x360/$value", "photos/360x360", "photos/50x50/$value", "photos/1x240", "photos/x"]
    {
        let refused = status_and_code(&mut graph, &format!("{user}/{path}"));
        assert_eq!(refused, (404, "ImageNotFound".to_owned()), "{path}");
    }
}

#[test]
fn the_metadata_tells_size_type_and_a_tag_in_quotes() {
    let (mut graph, user) = with(drawn(96, false));
    let (_, body) = graph.get(&format!("{user}/photo"));
    assert_eq!((&body["id"], &body["width"], &body["height"]), (&json!("96X96"), &json!(96), &json!(96)));
    assert_eq!(body["@odata.mediaContentType"], "image/jpeg");
    assert_eq!(body["@odata.mediaEtag"], "\"2A5F1234\"");
    assert_eq!(graph.get(&format!("{user}/photos/48x48")).1["id"], "48X48");
    assert!(graph.get(&format!("{user}/photo?$select=id")).1.get("width").is_none());
    assert_eq!(graph.get(&format!("{user}/photos")).1["value"].as_array().unwrap().len(), 3);
}

#[test]
fn a_png_is_announced_as_a_jpeg_and_given_bytes_come_as_they_are() {
    let (mut graph, user) = with(drawn(240, true));
    let path = format!("{user}/photos/240x240/$value");
    let response = graph.raw("GET", &path, &Value::Null);
    assert_eq!(response.headers[0].1, "image/jpeg");
    assert!(response.body.starts_with(b"\x89PNG"));
    graph.tenant().users[0].photo = Photo::Given { base64: "e30=".to_owned(), stored: 240 };
    assert_eq!(graph.raw("GET", &path, &Value::Null).body, b"{}");
}

#[test]
fn there_are_many_ways_of_having_none() {
    for (photo, code) in [
        (Photo::ImageNotFound, "ImageNotFound"),
        (Photo::NoMailbox, "ErrorNonExistentMailbox"),
        (Photo::NoUser, "ErrorUserResolutionFailedUserDoesNotExist"),
        (Photo::NoProfile, "ProfileNotFoundException"),
        (Photo::EntityNotFound, "ErrorEntityNotFound"),
        (Photo::ItemNotFound, "ErrorItemNotFound"),
    ] {
        let inner = photo != Photo::NoMailbox;
        let (mut graph, user) = with(photo);
        for path in ["photo", "photo/$value", "photos/240x240", "photos/240x240/$value", "photos"] {
            let (status, body) = graph.get(&format!("{user}/{path}"));
            assert_eq!((status, &body["error"]["code"]), (404, &json!(code)), "{path}");
            assert_eq!(body["error"].get("innerError").is_some(), inner, "{code}");
        }
    }
    let (mut graph, _) = with(Photo::Blank);
    assert_eq!(status_and_code(&mut graph, "/v1.0/users/absent/photo").0, 404);
}

#[test]
fn no_picture_may_also_be_a_gif_of_one_pixel() {
    let (mut graph, user) = with(Photo::Blank);
    let (status, body) = graph.get(&format!("{user}/photo"));
    assert_eq!((status, &body["id"], &body["@odata.mediaEtag"]), (200, &json!("1X1"), &json!("")));
    assert_eq!(body["@odata.mediaContentType"], "image/gif");
    let response = graph.raw("GET", &format!("{user}/photo/$value"), &Value::Null);
    assert_eq!((response.status, picture::measured(&response.body)), (200, Some((1, 1))));
    assert_eq!(status_and_code(&mut graph, &format!("{user}/photos/240x240/$value")).0, 404);
}

#[test]
fn pictures_need_a_right_to_users_or_pictures_and_not_to_the_directory() {
    let (mut graph, user) = with(drawn(240, false));
    for (role, status) in [
        ("User.Read.All", 200),
        ("ProfilePhoto.Read.All", 200),
        ("Directory.Read.All", 403),
        ("LicenseAssignment.Read.All", 403),
    ] {
        let mut entra = entra::State::seed(&Msp::built_in());
        entra.roles.values_mut().for_each(|roles| *roles = vec![role.to_owned()]);
        graph.token = entra::tests::token(&mut entra, "contoso.example");
        assert_eq!(graph.get(&format!("{user}/photo")).0, status, "{role}");
    }
}

#[test]
fn a_batch_holds_pictures_in_base64_beside_errors_in_json() {
    let (mut graph, user) = with(drawn(240, false));
    let other = &mut graph.tenant().users[1];
    other.photo = Photo::NoMailbox;
    let other = other.id.clone();
    let item = |id: &str, user: &str| json!({ "id": id, "method": "GET", "url": format!("{user}/photos/240x240/$value") });
    let requests = [item("a", user.strip_prefix("/v1.0").unwrap()), item("b", &format!("/users/{other}"))];
    let (_, body) = graph.call("POST", "/v1.0/$batch", &json!({ "requests": requests }));
    let [b, a] = body["responses"].as_array().unwrap().as_slice() else { panic!("two answers") };
    assert_eq!(
        (&a["id"], &a["status"], &a["headers"]["Content-Type"]),
        (&json!("a"), &json!(200), &json!("image/jpeg"))
    );
    assert_eq!(BASE64_STANDARD.decode(a["body"].as_str().unwrap()).unwrap(), picture::jpeg(0x2a5f_1234, 240));
    assert_eq!((&b["id"], &b["status"]), (&json!("b"), &json!(404)));
    assert_eq!(b["body"]["error"]["code"], "ErrorNonExistentMailbox");
}

#[test]
fn what_looks_like_json_is_still_a_picture_in_a_batch() {
    let (mut graph, user) = with(Photo::Given { base64: "e30=".to_owned(), stored: 240 });
    let url = format!("{}/photo/$value", user.strip_prefix("/v1.0").unwrap());
    let requests = [json!({ "id": "a", "method": "GET", "url": url })];
    let (_, body) = graph.call("POST", "/v1.0/$batch", &json!({ "requests": requests }));
    assert_eq!(body["responses"][0]["body"], "e30=");
}

#[test]
fn pictures_are_throttled_by_themselves_each_with_its_own_wait() {
    let (mut graph, user) = with(drawn(240, false));
    graph.state.photo_waits = vec!["2".to_owned(), String::new(), "0".to_owned()];
    let url = format!("{}/photo/$value", user.strip_prefix("/v1.0").unwrap());
    let requests: Vec<Value> =
        (0..4).map(|id| json!({ "id": id.to_string(), "method": "GET", "url": url })).collect();
    let (status, body) = graph.call("POST", "/v1.0/$batch", &json!({ "requests": requests }));
    let answers: Vec<(&Value, Option<&Value>)> = body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|item| (&item["status"], item["headers"].get("Retry-After")))
        .collect();
    let (refused, done) = (json!(429), json!(200));
    assert_eq!(status, 200);
    assert_eq!(
        answers,
        [(&refused, Some(&json!("2"))), (&refused, None), (&refused, Some(&json!("0"))), (&done, None)]
    );
    assert_eq!(graph.get("/v1.0/organization").0, 200);
}

#[test]
fn a_share_of_the_large_tenant_has_pictures_and_no_two_are_the_same() {
    let msp = Msp::built_in();
    let state = State::seed(&msp);
    let tenant = state.tenants.values().find(|tenant| tenant.name == "Litware").unwrap();
    let tags: Vec<u32> = tenant
        .users
        .iter()
        .filter(|user| user.photo.stored().is_some())
        .map(|user| user.photo.tag())
        .collect();
    assert!((900..1100).contains(&tags.len()), "{}", tags.len());
    assert_eq!(tags.iter().collect::<std::collections::BTreeSet<_>>().len(), tags.len());
}

#[test]
fn the_fixtures_show_every_way_and_a_state_of_old_is_read() {
    let state = State::seed(&Msp::built_in());
    let users = || state.tenants.values().flat_map(|tenant| &tenant.users);
    for photo in [
        Photo::NoMailbox,
        Photo::NoUser,
        Photo::NoProfile,
        Photo::EntityNotFound,
        Photo::ItemNotFound,
        Photo::Blank,
    ] {
        assert!(users().any(|user| user.photo == photo), "{photo:?}");
    }
    assert!(users().any(|user| matches!(user.photo, Photo::Drawn { png: true, .. })));
    assert!(users().any(|user| matches!(user.photo, Photo::Drawn { stored: 96, .. })));
    let mut old = json!(state);
    old.as_object_mut().unwrap().remove("photo_waits");
    for user in old["tenants"]
        .as_object_mut()
        .unwrap()
        .values_mut()
        .flat_map(|tenant| tenant["users"].as_array_mut().unwrap())
    {
        user.as_object_mut().unwrap().remove("photo");
    }
    assert!(serde_json::from_value::<State>(old).is_ok());
}
