//! Listings of many pages: read to their proven end, or not believed at all.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crsync::config;
use crsync::http::{Http, Options};
use crsync::model::Id;
use crsync::side::{MemoryCache, PsaRequest};
use crsync_sandbox::Effect;
use serde_json::json;

use super::each;
use crate::harness::{World, company};

/// Litware, as the PSA knows it.
const LITWARE: i64 = 179;

#[test]
fn a_company_of_2500_people_is_read_to_the_last_contact_or_not_at_all() {
    let world = World::new();
    world.edit(|state| super::KITS.iter().for_each(|kit| (kit.unlimited)(&mut state[kit.part])));
    let state = world.sandbox.snapshot();
    each(|kit| {
        let text = world.sandbox.config();
        let config = config::load(Path::new("crsync.toml"), &text, Some(kit.id), &world.env);
        let http = Http::new(Options { retries: Some(0), ..Options::default() }).expect("no files are named");
        let psa = config.expect("the sandbox's own").psa.open(&http, Arc::new(MemoryCache::default()));
        let request = PsaRequest { companies: vec![Id::from(LITWARE)], company_details: false };
        let reading = psa.read(&request).expect("a reading");
        let side = reading.companies[&Id::from(LITWARE)].complete().expect("complete");
        let read: BTreeSet<&str> = side.contacts.items().iter().map(|contact| contact.id.as_str()).collect();
        let held: BTreeSet<&str> = kit.contacts(&state, LITWARE).into_iter().map(|(id, _)| id).collect();
        assert!(held.len() > 2_400, "{} has {}", kit.id, held.len());
        assert_eq!(read, held, "{}", kit.id);
        assert_eq!(side.contacts.items().len(), held.len(), "{} read a contact twice", kit.id);

        let (path, several) = kit.pages;
        world.edit(|state| several(&mut state[kit.part]));
        world.fault(kit.system, path, Some(2), Effect::Repeated);
        let run = world.diff(&["--psa", kit.id, "--company", "Litware"]);
        assert_eq!(run.code, 8, "{} {}", kit.id, run.err);
        let plan = run.json();
        assert_eq!(company(&plan, "Litware")["changes"], json!([]), "{}", kit.id);
        world.sandbox.set_faults(Vec::new());
    });
}
