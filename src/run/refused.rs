//! Where the secrets come from that a service does not accept, so that they are corrected there.

use super::session::Session;
use crate::cloudradial;
use crate::error::Kind;
use crate::fetch::Fetched;
use crate::graph;
use crate::model::Reading;
use crate::secret::Origin;

/// Adds to the next step of every side that refuses its secrets where those are read from. What is in the keyring is
/// stored with `crsync login`, as the next step says.
pub(super) fn name_places(fetched: &mut Fetched, session: &Session) {
    let psa = session.config.capabilities.id;
    let mut origins = None;
    for company in &mut fetched.companies {
        let sides = [
            (graph::TABLE, refused(&mut company.tenant)),
            (psa, refused(&mut company.psa)),
            (cloudradial::TABLE, refused(&mut company.portal)),
        ];
        for (service, next) in sides {
            let Some(next) = next else { continue };
            // A file that cannot be read any longer names no place.
            let all = origins.get_or_insert_with(|| session.origins().unwrap_or_default());
            let own = all.iter().filter(|(of, ..)| *of == service);
            let places: Vec<String> = own.filter_map(|(_, name, origin)| place(name, origin)).collect();
            if !places.is_empty() {
                let step = next.take().map(|step| format!("{step}; ")).unwrap_or_default();
                *next = Some(format!("{step}correct it where crsync reads it: {}", places.join(", ")));
            }
        }
    }
}

/// Returns the next step of a side whose secrets are refused.
fn refused<T>(reading: &mut Reading<T>) -> Option<&mut Option<String>> {
    match reading {
        Reading::Incomplete { kind: Kind::Auth, hint, .. } => Some(hint),
        _ => None,
    }
}

/// Returns where a secret is read from, unless `crsync login` changes it there.
fn place(name: &str, origin: &Origin) -> Option<String> {
    match origin {
        Origin::Variable(variable) => Some(format!("{name} in the variable {variable}")),
        Origin::File(path) => Some(format!("{name} in the file {}", path.display())),
        Origin::Command(program) => Some(format!("{name} as `{program}` prints it")),
        Origin::Keyring | Origin::Nowhere | Origin::Unknown(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_unless_it_is_the_keyring() {
        let told = |origin| place("client-secret", &origin);
        assert_eq!(told(Origin::Keyring), None);
        assert_eq!(
            told(Origin::File("/etc/crsync/secret".into())).as_deref(),
            Some("client-secret in the file /etc/crsync/secret")
        );
        assert_eq!(
            told(Origin::Variable("CRSYNC_X".into())).as_deref(),
            Some("client-secret in the variable CRSYNC_X")
        );
        assert_eq!(told(Origin::Command("op".into())).as_deref(), Some("client-secret as `op` prints it"));
    }
}
