//! The list of the emulated services: the one place that names them all.

use super::emulated::{Emulated, System};
use super::{autotask, cloudradial, connectwise, entra, graph, halopsa, kaseya_bms, syncro};

/// The services, in the order in which the configuration shows them.
///
/// The first PSA is its default.
pub(crate) static SERVICES: [Emulated; 8] = [
    cloudradial::EMULATED,
    entra::EMULATED,
    graph::EMULATED,
    autotask::EMULATED,
    connectwise::EMULATED,
    kaseya_bms::EMULATED,
    syncro::EMULATED,
    halopsa::EMULATED,
];

impl System {
    /// Returns all systems, in the order in which the configuration shows them.
    pub fn all() -> impl Iterator<Item = Self> {
        SERVICES.iter().map(|service| service.system)
    }
}

/// Returns the system that a path goes to, and the path below its prefix.
pub(crate) fn of_path(path: &str) -> Option<(System, &str)> {
    let path = path.strip_prefix('/')?;
    let end = path.find('/').unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    let system = System::all().find(|system| system.name() == name)?;
    Some((system, if rest.is_empty() { "/" } else { rest }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_services_share_a_name_or_a_secrets_variable() {
        let names: BTreeSet<&str> = System::all().map(System::name).collect();
        assert_eq!(names.len(), SERVICES.len());
        let secrets = || SERVICES.iter().flat_map(|service| service.secrets);
        assert_eq!(secrets().map(|(variable, _)| variable).collect::<BTreeSet<_>>().len(), secrets().count());
    }

    #[test]
    fn a_path_goes_to_the_system_that_its_first_part_names() {
        assert_eq!(of_path("/graph/v1.0/users"), Some((System::GRAPH, "/v1.0/users")));
        assert_eq!(of_path("/graph"), Some((System::GRAPH, "/")));
        assert_eq!(of_path("/graphs/v1.0/users"), None);
        assert_eq!(of_path("/"), None);
    }
}
