//! Pictures of users: their sizes, what is said about them, and the many ways of having none.
//!
//! A picture is a drawing from a number in the state, so a large tenant has many and the state stays small. Known
//! from the vendor's documents: the sizes, the metadata, the codes. Inferred: that a size above the stored one, or
//! one that does not exist, is `ImageNotFound`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::user::User;
use super::{Call, State, context, error, not_found};
use crate::msp;
use crate::picture;
use crate::wire::Response;

/// The sides of the squares that a picture is kept in.
const SIZES: [u16; 9] = [48, 64, 96, 120, 240, 360, 432, 504, 648];

/// What the photo service has for a user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Photo {
    /// A drawing.
    Drawn {
        /// What is drawn.
        look: u32,
        /// The largest size there is.
        stored: u16,
        /// Whether it is a PNG; the header says JPEG all the same, so that only the bytes tell.
        png: bool,
    },
    /// These bytes at every size up to the stored one, whatever they are.
    Given {
        /// The bytes, in base64.
        base64: String,
        /// The largest size there is.
        stored: u16,
    },
    /// None: the usual refusal.
    #[default]
    ImageNotFound,
    /// None: the user has no mailbox.
    NoMailbox,
    /// None: the mail service does not know the user.
    NoUser,
    /// None: the user has no profile.
    NoProfile,
    /// None: there is no such entity.
    EntityNotFound,
    /// None: there is no such item.
    ItemNotFound,
    /// None, while the picture without a size is a GIF of one pixel (known of the metadata, inferred of the bytes).
    Blank,
}

impl Photo {
    /// What the user of a fixture has, the `position`-th of its tenant: what the fixture says, else nothing without
    /// a licence, and else two of five have a picture.
    pub(super) fn from_fixture(user: &msp::User, position: usize) -> Self {
        let look = look(user.id.as_deref().unwrap_or(&user.upn));
        let drawn = |stored, png| Self::Drawn { look, stored, png };
        let by_position = match position % 5 {
            _ if user.licences.is_empty() => msp::Picture::NoMailbox,
            0 => msp::Picture::Jpeg,
            2 => msp::Picture::Portrait,
            _ => msp::Picture::ImageNotFound,
        };
        match user.picture.unwrap_or(by_position) {
            msp::Picture::Jpeg => drawn(648, false),
            msp::Picture::Portrait => drawn(240, false),
            msp::Picture::Small => drawn(96, false),
            msp::Picture::Png => drawn(648, true),
            msp::Picture::ImageNotFound => Self::ImageNotFound,
            msp::Picture::NoMailbox => Self::NoMailbox,
            msp::Picture::NoUser => Self::NoUser,
            msp::Picture::NoProfile => Self::NoProfile,
            msp::Picture::EntityNotFound => Self::EntityNotFound,
            msp::Picture::ItemNotFound => Self::ItemNotFound,
            msp::Picture::Blank => Self::Blank,
        }
    }

    /// The largest size; `None` without a picture.
    fn stored(&self) -> Option<u16> {
        match self {
            Self::Drawn { stored, .. } | Self::Given { stored, .. } => Some(*stored),
            _ => None,
        }
    }

    fn bytes(&self, size: u16) -> Option<Vec<u8>> {
        match self {
            Self::Drawn { look, png: true, .. } => Some(picture::png(*look, size)),
            Self::Drawn { look, .. } => Some(picture::jpeg(*look, size)),
            Self::Given { base64, .. } => BASE64_STANDARD.decode(base64).ok(),
            _ => None,
        }
    }

    /// A tag that changes with the picture.
    fn tag(&self) -> u32 {
        match self {
            Self::Drawn { look, .. } => *look,
            Self::Given { base64, .. } => self::look(base64),
            _ => 0,
        }
    }

    /// What stands in the answer where there is no picture.
    fn refusal(&self) -> Response {
        const PROFILE: &str = "Exception of type 'Microsoft.Fast.Profile.Core.Exception.";
        match self {
            Self::NoMailbox => {
                let text = "The SMTP address has no mailbox associated with it.";
                bare_error("ErrorNonExistentMailbox", text)
            }
            Self::NoUser => {
                error(404, "ErrorUserResolutionFailedUserDoesNotExist", "The user does not exist.")
            }
            Self::NoProfile => {
                let text = format!("{PROFILE}ProfileNotFoundException' was thrown.");
                error(404, "ProfileNotFoundException", &text)
            }
            Self::EntityNotFound => error(404, "ErrorEntityNotFound", "The entity was not found."),
            Self::ItemNotFound => {
                error(404, "ErrorItemNotFound", "The specified object was not found in the store.")
            }
            _ => error(404, "ImageNotFound", &format!("{PROFILE}ImageNotFoundException' was thrown.")),
        }
    }
}

/// `GET /users/{key}/photo` and `…/photos`, with everything below them.
pub(super) fn answer(state: &mut State, call: &Call<'_>, key: &str, below: &[&str]) -> Response {
    if !state.photo_waits.is_empty() {
        let wait = state.photo_waits.remove(0);
        let refused = error(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.");
        return if wait.is_empty() { refused } else { refused.with("retry-after", wait) };
    }
    let Some(tenant) = state.tenants.get(call.tenant) else { return not_found(call.tenant) };
    let user = tenant.find(key).and_then(|at| tenant.users.get(at));
    let Some(user) = user else { return Photo::NoUser.refusal() };
    match below {
        ["photo"] if user.photo == Photo::Blank => blank(call, user),
        ["photo", "$value"] if user.photo == Photo::Blank => Response::text(200, "image/gif", picture::BLANK),
        ["photo"] => of(user, user.photo.stored(), |size| metadata(call, user, size)),
        ["photo", "$value"] => of(user, user.photo.stored(), |size| value(user, size)),
        ["photos"] => all(call, user),
        ["photos", size] => of(user, side(size), |size| metadata(call, user, size)),
        ["photos", size, "$value"] => of(user, side(size), |size| value(user, size)),
        _ => error(400, "BadRequest", "Resource not found for the segment after the photo."),
    }
}

/// The answer about a size that there is, or the refusal.
fn of(user: &User, size: Option<u16>, answer: impl FnOnce(u16) -> Response) -> Response {
    let there =
        size.filter(|size| SIZES.contains(size) && user.photo.stored().is_some_and(|most| *size <= most));
    there.map_or_else(|| user.photo.refusal(), answer)
}

/// The side in a text such as `240x240`.
fn side(size: &str) -> Option<u16> {
    let (width, height) = size.split_once(['x', 'X'])?;
    width.parse().ok().filter(|_| width == height)
}

fn value(user: &User, size: u16) -> Response {
    user.photo
        .bytes(size)
        .map_or_else(|| user.photo.refusal(), |bytes| Response::text(200, "image/jpeg", bytes))
}

/// Whether the size is named with a small or a capital x differs from one user to the next.
fn named(user: &User, size: u16) -> String {
    let x = if user.photo.tag() & 1 == 0 { 'X' } else { 'x' };
    format!("{size}{x}{size}")
}

fn described(user: &User, size: u16) -> Value {
    json!({
        "@odata.mediaContentType": "image/jpeg",
        "@odata.mediaEtag": format!("\"{:08X}\"", user.photo.tag()),
        "id": named(user, size),
        "width": size,
        "height": size,
    })
}

fn metadata(call: &Call<'_>, user: &User, size: u16) -> Response {
    shown(call, user, described(user, size))
}

fn blank(call: &Call<'_>, user: &User) -> Response {
    let described = json!({
        "@odata.mediaContentType": "image/gif",
        "@odata.mediaEtag": "",
        "id": "1X1",
        "width": 1,
        "height": 1,
    });
    shown(call, user, described)
}

fn shown(call: &Call<'_>, user: &User, mut described: Value) -> Response {
    let what = format!("users('{}')/photo/$entity", user.id);
    described["@odata.context"] = context(call.request, &what).into();
    if let (Some(select), Some(object)) = (call.request.param("$select"), described.as_object_mut()) {
        let wanted: Vec<&str> = select.split(',').map(str::trim).collect();
        object.retain(|name, _| name.starts_with('@') || wanted.contains(&name.as_str()));
    }
    Response::json(200, &described)
}

fn all(call: &Call<'_>, user: &User) -> Response {
    let Some(most) = user.photo.stored() else { return user.photo.refusal() };
    let value: Vec<Value> =
        SIZES.into_iter().filter(|size| *size <= most).map(|size| described(user, size)).collect();
    let what = format!("users('{}')/photos", user.id);
    Response::json(200, &json!({ "@odata.context": context(call.request, &what), "value": value }))
}

/// The error without `innerError`, as the mail service's own comes.
fn bare_error(code: &str, message: &str) -> Response {
    Response::json(404, &json!({ "error": { "code": code, "message": message } }))
}

/// A number that hardly anybody else has (FNV-1a).
fn look(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::super::tests::Fixture;
    use super::*;
    use crate::entra;
    use crate::msp::Msp;

    /// Contoso with a picture for its first user, kept at 240 by 240 pixels and less.
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
        for (path, side) in
            [("photo/$value", 240), ("photos/48x48/$value", 48), ("photos/240X240/$value", 240)]
        {
            let response = graph.raw("GET", &format!("{user}/{path}"), &Value::Null);
            assert_eq!(response.status, 200, "{path}");
            assert_eq!(response.headers[0], ("content-type".to_owned(), "image/jpeg".to_owned()));
            assert_eq!(picture::measured(&response.body), Some((side, side)), "{path}");
        }
        for path in
            ["photos/360x360/$value", "photos/360x360", "photos/50x50/$value", "photos/1x240", "photos/x"]
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
        let requests =
            [item("a", user.strip_prefix("/v1.0").unwrap()), item("b", &format!("/users/{other}"))];
        let (_, body) = graph.call("POST", "/v1.0/$batch", &json!({ "requests": requests }));
        let [b, a] = body["responses"].as_array().unwrap().as_slice() else { panic!("two answers") };
        assert_eq!(
            (&a["id"], &a["status"], &a["headers"]["Content-Type"]),
            (&json!("a"), &json!(200), &json!("image/jpeg"))
        );
        assert_eq!(
            BASE64_STANDARD.decode(a["body"].as_str().unwrap()).unwrap(),
            picture::jpeg(0x2a5f_1234, 240)
        );
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
}
