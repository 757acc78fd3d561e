//! What installs crsync finds what is released: every name that a package manager asks for is one that is packed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

/// The targets that the release workflow builds for.
const TARGETS: [&str; 5] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-musl",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a file of the project")
}

fn package() -> Table {
    let manifest: Table = read("Cargo.toml").parse().expect("a manifest");
    manifest["package"].as_table().expect("a package").clone()
}

/// The archive of a target, as packaging/build names it.
fn archive(target: &str) -> String {
    let ending = if target.contains("windows") { "zip" } else { "tar.gz" };
    format!("crsync-VERSION-{target}.{ending}")
}

/// The names behind the last slash of all addresses of releases in a text, with the version taken out.
fn asked_for(text: &str, version: &str) -> BTreeSet<String> {
    let addresses = text.split("/releases/download/").skip(1);
    let name = |rest: &str| -> Option<String> {
        let name = rest.split(['"', '\'', '\n', ' ', ')']).next()?.split_once('/')?.1;
        Some(name.replace(version, "VERSION"))
    };
    addresses.filter_map(name).collect()
}

#[test]
fn the_workflow_builds_for_these_targets() {
    let workflow = read(".github/workflows/release.yml");
    let named: BTreeSet<&str> =
        workflow.lines().filter_map(|line| line.split_once("target: ")?.1.strip_suffix(" }")).collect();
    assert_eq!(named, BTreeSet::from(TARGETS));
}

#[test]
fn manifests_ask_for_archives_that_are_packed() {
    let packed: BTreeSet<String> = TARGETS.iter().map(|target| archive(target)).collect();
    let mut asked = BTreeSet::new();
    for (file, version) in [
        ("winget/crsync.crsync.installer.yaml", "@VERSION@"),
        ("scoop/crsync.json", "@VERSION@"),
        ("scoop/crsync.json", "$version"),
        ("brew/crsync.rb", "@VERSION@"),
        ("aur/PKGBUILD", "$pkgver"),
        ("aur/.SRCINFO", "@VERSION@"),
    ] {
        let text = read(&format!("packaging/{file}"));
        let names = asked_for(&text, version).into_iter().filter(|name| name.contains("VERSION"));
        let names: BTreeSet<String> = names.filter(|name| !name.contains(['$', '@'])).collect();
        assert!(!names.is_empty() && names.is_subset(&packed), "{file}: {names:?}");
        asked.extend(names);
    }
    assert_eq!(asked, packed, "each archive is in some manifest");
}

#[test]
fn cargo_binstall_asks_for_archives_that_are_packed_and_for_the_folder_in_them() {
    let package = package();
    let address = package["repository"].as_str().expect("an address");
    let binstall = &package["metadata"]["binstall"];
    let text = |table: &toml::Value, key: &str| {
        table.get(key).map(|value| value.as_str().expect("a text").to_owned())
    };
    let hosts = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
    for target in TARGETS.into_iter().chain(hosts) {
        let own = binstall["overrides"].get(target);
        let of = |key: &str| {
            let stated =
                own.and_then(|own| text(own, key)).or_else(|| text(binstall, key)).expect("a template");
            let filled = stated
                .replace("{ repo }", address)
                .replace("{ version }", "VERSION")
                .replace("{ target }", target);
            filled.replace("{ bin }", "crsync").replace("{ binary-ext }", "")
        };
        // The static program serves machines with glibc too.
        let target = target.replace("-linux-gnu", "-linux-musl");
        assert_eq!(of("pkg-url"), format!("{address}/releases/download/vVERSION/{}", archive(&target)));
        assert_eq!(of("bin-dir"), format!("crsync-VERSION-{target}/crsync"));
    }
}

#[test]
fn every_file_that_is_handed_over_is_one_line_format() {
    // An archive that is made on Windows must be that of any other system.
    let mut folders: Vec<PathBuf> =
        ["packaging", "completions", "man"].map(|name| root().join(name)).to_vec();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                assert!(!fs::read(&path).expect("a file").contains(&b'\r'), "{}", path.display());
            }
        }
    }
    assert_eq!(Path::new(".gitattributes").exists(), read(".gitattributes").contains("* -text"));
}
