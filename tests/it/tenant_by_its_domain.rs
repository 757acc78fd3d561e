//! A tenant that the configuration names by one of its domains.

use serde_json::{Value, json};

use crate::conformance::{Kit, each};
use crate::harness::{World, client, company};
use crate::tenant_of_another_client::{clients, configure};

const ALDER: &str = "a1de0001-0000-4000-8000-000000000020";
const BIRCH: &str = "a1de0001-0000-4000-8000-000000000021";

fn by_domain<'a>(id: &'a str, domain: &'a str) -> impl Fn(&str) -> String + 'a {
    move |text| text.replace(&format!("tenant = \"{id}\""), &format!("tenant = \"{domain}\""))
}

fn changes(plan: &Value, name: &str) -> usize {
    company(plan, name)["changes"].as_array().map_or(usize::MAX, Vec::len)
}

#[test]
fn the_company_keeps_the_id_and_not_the_domain() {
    each(|kit| {
        let world = clients();
        configure(&world, kit, by_domain(ALDER, "alder.onmicrosoft.com"));
        let diff = world.diff(&["--psa", kit.id, "--exit-code"]);
        assert_eq!(diff.code, 0, "{}: {}", kit.id, diff.out);
        // What an older version wrote there becomes the id again, and so does a blank.
        for held in ["", "alder.example"] {
            world.edit(|state| kit.keep_tenant(state, 240, held));
            // Where values are kept between runs, they are read anew.
            world.forget();
            let sync = world.sync(&["--psa", kit.id]);
            assert_eq!(sync.code, 0, "{}: {}{}", kit.id, sync.out, sync.err);
            assert_eq!(kit.tenant_of(&world.sandbox.snapshot(), 240), Some(ALDER), "{}", kit.id);
        }
    });
}

/// Two sister companies of one tenant, the second named by its domain.
fn sisters(kit: &Kit, domains: bool) -> World {
    let birch = client("Birch", 21, 3, "").replace(BIRCH, ALDER);
    let world = World::of(&[client("Alder", 20, 3, ""), birch, client("Cedar", 22, 12, "")]);
    configure(&world, kit, |text| {
        let (head, birch) = text.split_once("name = \"Birch\"").expect("Birch");
        let line =
            |name: &str| if domains { format!("\ndomains = [\"{name}.example\"]") } else { String::new() };
        let (own, rest) = birch.split_once(&format!("tenant = \"{ALDER}\"")).expect("a tenant");
        let head =
            head.replace(&format!("tenant = \"{ALDER}\""), &format!("tenant = \"{ALDER}\"{}", line("alder")));
        format!("{head}name = \"Birch\"{own}tenant = \"birch.example\"{}{rest}", line("birch"))
    });
    world
}

#[test]
fn sisters_without_domains_are_held_back_and_both_are_named() {
    each(|kit| {
        let world = sisters(kit, false);
        let diff = world.diff(&["--psa", kit.id, "--exit-code"]);
        assert_eq!(diff.code, 4, "{}: {}", kit.id, diff.out);
        let plan = diff.json();
        for (name, other) in [("Alder", "Birch"), ("Birch", "Alder")] {
            let conflict = &company(&plan, name)["company-conflicts"][0];
            assert_eq!(conflict["proof"], "shared-tenant", "{}: {conflict}", kit.id);
            assert_eq!(conflict["whose"], json!([other]));
            assert_eq!(changes(&plan, name), 0);
        }
        // The sister counts where she is not chosen, too.
        let alone = world.diff(&["--psa", kit.id, "--company", "Alder"]).json();
        assert_eq!(company(&alone, "Alder")["company-conflicts"][0]["proof"], "shared-tenant");
    });
}

#[test]
fn sisters_with_domains_of_their_own_are_served_as_such() {
    each(|kit| {
        let world = sisters(kit, true);
        let diff = world.diff(&["--psa", kit.id, "--exit-code"]);
        assert_eq!(diff.code, 0, "{}: {}", kit.id, diff.out);
        assert_eq!(company(&diff.json(), "Birch")["people"], 3, "{}", kit.id);
    });
}

#[test]
fn a_domain_that_the_tenant_has_not_verified_is_a_conflict() {
    each(|kit| {
        let world = clients();
        world.edit(|state| state["entra"]["tenants"]["former.example"] = json!(ALDER));
        configure(&world, kit, by_domain(ALDER, "former.example"));
        let diff = world.diff(&["--psa", kit.id, "--exit-code"]);
        assert_eq!(diff.code, 4, "{}: {}", kit.id, diff.out);
        let plan = diff.json();
        let conflict = &company(&plan, "Alder")["company-conflicts"][0];
        assert_eq!(
            (&conflict["proof"], &conflict["configured"]),
            (&json!("verified-domains"), &json!("former.example"))
        );
    });
}

#[test]
fn the_owner_of_a_stored_tenant_is_found_by_its_domain() {
    each(|kit| {
        let world = clients();
        world.edit(|state| kit.keep_tenant(state, 240, BIRCH));
        configure(&world, kit, by_domain(BIRCH, "birch.example"));
        let diff = world.diff(&["--psa", kit.id, "--company", "Alder"]);
        let plan = diff.json();
        let conflict = &company(&plan, "Alder")["company-conflicts"][0];
        assert_eq!(conflict["whose"], json!(["Birch"]), "{}: {conflict}", kit.id);
        let entra =
            world.sandbox.requests().into_iter().filter(|seen| seen.path.contains("openid-configuration"));
        assert_eq!(entra.count(), 1, "{}", kit.id);
    });
}
