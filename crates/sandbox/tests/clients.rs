//! The emulated Microsoft services, used by Microsoft's own libraries for Python.
//!
//! `CRSYNC_PYTHON` names a Python that has them; `.ci/clients` makes one and runs this.

#![allow(clippy::expect_used)] // a test that cannot go on says why

use std::fs;
use std::path::Path;
use std::process::Command;

use crsync_sandbox::{Options, Sandbox};
use serde_json::json;

fn python(args: &[&str]) {
    let python = std::env::var("CRSYNC_PYTHON").expect("CRSYNC_PYTHON names a Python with the libraries");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients.py");
    let status = Command::new(python).arg(script).args(args).status().expect("a Python");
    assert!(status.success(), "{args:?}: {status}");
}

#[test]
#[ignore = "needs CRSYNC_PYTHON; .ci/clients runs it"]
fn microsofts_own_libraries_sign_in_and_read_and_write_users() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let place = folder.path().display().to_string();
    python(&["certificate", &place]);

    let sandbox = Sandbox::start(Options::default()).expect("a free port");
    let read = |name: &str| fs::read(Path::new(&place).join(name)).expect("made before");
    let uploaded = json!({ "der": read("certificate.der"), "public_key": read("public.der") });
    sandbox.edit(|world| world["entra"]["certificates"] = json!([uploaded])).expect("still a world");
    let secrets = sandbox.secrets();
    let of = |name: &str| secrets.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone());
    let secret = of("CRSYNC_MICROSOFT365_CLIENT_SECRET").expect("one of them");
    python(&["check", sandbox.url(), &place, &secret]);

    let world = sandbox.snapshot();
    let users = world["graph"]["tenants"]["c0a1e5b2-0000-4000-8000-000000000009"]["users"].as_array();
    let priya = users.into_iter().flatten().find(|user| user["mail"] == "priya.raman@contoso.example");
    assert_eq!(priya.expect("Priya")["jobTitle"], "Head of Clients");
}
