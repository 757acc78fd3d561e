//! Signing in, and keeping the pair of tokens while it is good: in memory only.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::connection::{Connection, Form};
use super::{Settings, errors, totp, wire};
use crate::error::{Kind, Result};
use crate::http::Safety;
use crate::secret::Secret;

/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(60);

/// How long a token is used whose end is missing, or is a time without a zone that cannot be ours: a client
/// that runs against the service renews as often.
const ASSUMED: Duration = Duration::from_secs(15 * 60);

/// The longest that a token is used, whatever end it names.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The tokens of one user. The lock makes threads that need new ones wait for one request.
#[derive(Debug, Default)]
pub(super) struct SignIn(Mutex<Option<Pair>>);

#[derive(Debug)]
struct Pair {
    access: Secret,
    refresh: Option<Secret>,
    until: Instant,
}

impl SignIn {
    /// Returns a token that has not expired yet: from memory, refreshed, or by signing in.
    ///
    /// # Errors
    /// `Kind::Auth` when the credentials are not accepted, and whatever else keeps the service from being asked.
    pub(super) fn token(&self, connection: &Connection) -> Result<Secret> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pair) = slot.as_ref().filter(|pair| Instant::now() < pair.until) {
            return Ok(pair.access.clone());
        }
        // A pair that cannot be refreshed is no use either way, so it is gone whatever comes of it.
        let refreshed = slot.take().and_then(|pair| refresh(connection, &pair));
        let pair = match refreshed {
            Some(pair) => pair,
            None => authenticate(connection)?,
        };
        Ok(slot.insert(pair).access.clone())
    }

    /// Forgets `token`, which was not accepted; another thread may have a new one by now.
    pub(super) fn forget(&self, token: &Secret) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take_if(|pair| pair.access.expose() == token.expose());
    }
}

#[cfg(test)]
impl SignIn {
    /// Makes the token one that is not used any more.
    pub(super) fn run_out(&self) {
        let mut slot = self.0.lock().expect("no panic");
        slot.as_mut().expect("signed in").until = Instant::now();
    }
}

fn authenticate(connection: &Connection) -> Result<Pair> {
    let Settings { tenant, user, password, totp, .. } = &connection.settings;
    let plain = |text: &str| Secret::new(text);
    let mut pairs = vec![
        ("UserName", plain(user)),
        ("Password", password.clone()),
        ("Tenant", plain(tenant)),
        ("GrantType", plain("password")),
    ];
    if let Some(shared) = totp {
        let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
        pairs.push(("MFACode", totp::code(shared, now)?));
    }
    // Signing in twice gives two pairs and changes nothing.
    let form = Form { path: "security/authenticate", pairs, safety: Safety::Repeatable };
    let answer = connection.form(&form).map_err(|error| errors::sign_in(error, totp.is_some()))?;
    pair(answer)
}

/// A new pair for an old one, or nothing where that fails for whatever reason: signing in will tell. Not repeated,
/// since the old pair may be used up.
fn refresh(connection: &Connection, old: &Pair) -> Option<Pair> {
    let pairs = vec![("AccessToken", old.access.clone()), ("RefreshToken", old.refresh.clone()?)];
    let form = Form { path: "security/refreshtoken", pairs, safety: Safety::Once };
    connection.form(&form).and_then(pair).ok()
}

fn pair(answer: serde_json::Value) -> Result<Pair> {
    let tokens: wire::Tokens = wire::decode(answer, "a token")?;
    if tokens.access.is_empty() {
        let message = "Kaseya BMS accepts the sign-in but sends no token";
        return Err(crate::error::Error::new(Kind::Auth, message)
            .hint("check tenant and user of [bms], and that the user may use the API"));
    }
    let life = life(tokens.expires.as_deref(), Timestamp::now());
    Ok(Pair {
        access: Secret::new(tokens.access),
        refresh: tokens.refresh.filter(|token| !token.is_empty()).map(Secret::new),
        until: Instant::now() + life,
    })
}

/// How long a token that was just sent is used. Its end may come without a zone, and is then taken for UTC; where
/// that makes it end before it began, the time is another zone's.
fn life(expires: Option<&str>, now: Timestamp) -> Duration {
    let end = expires.map(str::trim).and_then(|text| {
        let without_zone = || {
            let local: DateTime = text.parse().ok()?;
            Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
        };
        text.parse::<Timestamp>().ok().or_else(without_zone)
    });
    let left = end.and_then(|end| Duration::try_from(end.duration_since(now)).ok());
    let left = left.and_then(|left| left.checked_sub(MARGIN)).filter(|left| !left.is_zero());
    left.unwrap_or(ASSUMED).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_until_a_minute_before_its_end() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        for (expires, seconds) in [
            (Some("2026-03-01T12:30:00Z"), 1740),
            (Some("2026-03-01T14:30:00+02:00"), 1740),
            (Some("2026-03-01T12:30:00"), 1740),
            (Some("2026-03-01T12:30:00.5"), 1740),
            // Another zone's time, and times that are none.
            (Some("2026-03-01T07:30:00"), 900),
            (Some("2026-03-01T12:00:30Z"), 900),
            (Some("9999-12-30T22:00:00Z"), 86_400),
            (Some("9999-12-31T23:59:59"), 900),
            (Some("-9999-01-01T00:00:00"), 900),
            (Some("99999999999"), 900),
            (Some("soon"), 900),
            (None, 900),
        ] {
            assert_eq!(life(expires, now).as_secs(), seconds, "{expires:?}");
        }
    }

    #[test]
    fn tokens_are_not_shown() {
        let answer = serde_json::json!({"accesstoken": "hunter2", "refreshtoken": "hunter2"});
        assert!(!format!("{:?}", pair(answer).expect("tokens")).contains("hunter2"));
    }
}
