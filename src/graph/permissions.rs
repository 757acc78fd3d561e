//! The application permissions that rows need, and what a tenant consented to: as its token names them.

use super::{Graph, errors};
use crate::model::Row;

/// A permission that is needed.
struct Permission {
    /// Its name: the one with the fewest rights.
    name: &'static str,
    /// Those that are accepted in its place (vendor documents).
    accepted: &'static [&'static str],
    /// The rows that need it; none where everything does.
    rows: &'static [Row],
}

/// What is needed (vendor documents).
const NEEDED: [Permission; 4] = [
    Permission {
        name: "User.Read.All",
        accepted: &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
        rows: &[],
    },
    Permission {
        name: "LicenseAssignment.Read.All",
        accepted: &[
            "LicenseAssignment.Read.All",
            "LicenseAssignment.ReadWrite.All",
            "Organization.Read.All",
            "Organization.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        rows: &[],
    },
    Permission {
        name: "ProfilePhoto.Read.All",
        accepted: &[
            "ProfilePhoto.Read.All",
            "ProfilePhoto.ReadWrite.All",
            "User.ReadBasic.All",
            "User.Read.All",
            "User.ReadWrite.All",
        ],
        rows: &[Row::UserDetails],
    },
    Permission { name: errors::WRITING, accepted: errors::WRITERS, rows: &[Row::SelfService] },
];

impl Graph {
    /// Returns the permissions that these rows need and that the tenant's token does not name; `None` where the token
    /// does not tell, or where the tenant was not signed in to. Asks nothing.
    pub fn lacking(&self, tenant: &str, rows: &dyn Fn(Row) -> bool) -> Option<Vec<&'static str>> {
        let roles = self.sign_in.kept_roles(tenant)?;
        let has = |accepted: &[&str]| {
            roles.iter().any(|role| accepted.iter().any(|name| name.eq_ignore_ascii_case(role)))
        };
        let lacks = |one: &&Permission| is_needed(one, rows) && !has(one.accepted);
        Some(NEEDED.iter().filter(lacks).map(|one| one.name).collect())
    }

    /// Returns where an administrator of the tenant consents.
    pub fn consent_url(&self, tenant: &str) -> String {
        errors::consent_url(tenant, &self.settings)
    }
}

/// Returns the permissions that these rows need.
pub fn needed(rows: &dyn Fn(Row) -> bool) -> Vec<&'static str> {
    NEEDED.iter().filter(|one| is_needed(one, rows)).map(|one| one.name).collect()
}

fn is_needed(one: &Permission, rows: &dyn Fn(Row) -> bool) -> bool {
    one.rows.is_empty() || one.rows.iter().any(|row| rows(*row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_off_need_no_permission_of_their_own() {
        assert_eq!(needed(&|_| false), ["User.Read.All", "LicenseAssignment.Read.All"]);
        assert_eq!(needed(&|row| row == Row::SelfService).last(), Some(&"User.ReadWrite.All"));
    }
}
