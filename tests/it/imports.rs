//! The walls between the modules: which module may import which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::one_psa::{folders, psas_named};

/// The services, which may name what every service needs, and never each other.
const SERVICE: &[&str] = &["calls", "side", "http", "table", "model", "text", "secret", "error"];
/// A PSA's folder: what the room of the PSAs offers, besides.
const PSA: &[&str] = &["psa", "side", "http", "table", "model", "text", "secret", "error"];

/// Module, and the modules of this crate it may name. `psa/*` is the folder of any PSA.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("error", &[]),
    ("calls", &[]),
    ("secret", &["files", "program", "error"]),
    ("files", &["error"]),
    ("program", &[]),
    ("http", &["calls", "files", "error", "secret"]),
    ("notify", &["http", "table", "program", "secret", "error"]),
    ("table", &["files", "error", "secret", "text"]),
    ("model", &["text", "secret", "error"]),
    ("plan", &["model", "text", "files", "error"]),
    ("side", &["model", "plan", "secret", "error"]),
    ("reconcile", &["model", "text", "plan", "error"]),
    ("graph", SERVICE),
    ("cloudradial", SERVICE),
    ("psa", SERVICE),
    ("psa/*", PSA),
    ("state", &["plan", "side", "model", "text", "files", "calls", "error"]),
    (
        "config",
        &[
            "table",
            "model",
            "cloudradial",
            "graph",
            "notify",
            "psa",
            "reconcile",
            "plan",
            "secret",
            "files",
            "text",
            "error",
        ],
    ),
    ("fetch", &["side", "reconcile", "plan", "state", "model", "error"]),
    ("apply", &["calls", "side", "reconcile", "plan", "state", "model", "error"]),
    ("report", &["plan", "model", "text", "calls"]),
    ("run", &[ALL_BUT, "cli", "report"]),
    ("cli", &[ALL_BUT]),
    ("lib", &[]),
    ("main", &[]),
];

/// In the first place of a rule: everything but what follows.
const ALL_BUT: &str = "all but";

/// The rooms that must not name what only a few may name.
const ROOMS: &[&str] = &[
    "text",
    "error",
    "calls",
    "program",
    "secret",
    "files",
    "http",
    "notify",
    "table",
    "model",
    "plan",
    "side",
    "reconcile",
    "graph",
    "cloudradial",
    "psa",
    "state",
    "config",
    "fetch",
    "apply",
    "report",
    "run",
    "cli",
];

/// Modules, and texts that may not occur in their code; and the modules of them that may.
const NEVER: &[(&[&str], &[&str], &[&str])] = &[
    (
        &["reconcile", "plan", "model", "text"],
        &["Timestamp::now", "Instant::now", "SystemTime", "std::thread", "std::env"],
        &[],
    ),
    (&["reconcile", "model", "text"], &["std::fs", "std::io"], &[]),
    (ROOMS, &["println!", "eprintln!"], &[]),
    (ROOMS, &["reqwest", "hyper_util"], &["http"]),
    (&["graph", "cloudradial", "psa"], &["thread::sleep"], &[]),
    (ROOMS, &["crsync_sandbox"], &["run"]),
    (ROOMS, &["clap::", "dialoguer", "indicatif"], &["cli"]),
    (ROOMS, &["comfy_table"], &["report"]),
    (ROOMS, &["anyhow"], &["run", "cli"]),
];

/// What creates, replaces, protects or follows a file: for `files` alone. The database makes its own files.
const FOR_FILES: &[&str] = &[
    "fs::write",
    "File::create",
    "File::options",
    "OpenOptions",
    "DirBuilder",
    "fs::create_dir",
    "fs::rename",
    "fs::copy",
    "fs::hard_link",
    "fs::remove_",
    "set_permissions",
    "set_mode",
    "chown(",
    "fs::symlink",
    "canonicalize",
    "read_link",
    "NamedTempFile",
    "tempfile_in",
];

const CORE: &[&str] = &["reconcile", "plan", "apply", "fetch", "report", "side", "model", "text"];

struct Source {
    /// Path below `src`, with `/`.
    path: String,
    /// The text without comments and without its test module.
    code: String,
    /// The whole text.
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)
            .expect("a folder of the project")
            .map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                found.push(source(&root, &entry));
            }
        }
    }
    assert!(found.len() > 20, "only {} files were found", found.len());
    found
}

fn source(root: &Path, file: &PathBuf) -> Source {
    let text = fs::read_to_string(file).expect("a file of the project");
    let path = file.strip_prefix(root).expect("below src").to_string_lossy().replace('\\', "/");
    let is_test = path.ends_with("tests.rs") || path.contains("/tests/") || path.ends_with("laws.rs");
    let code = if is_test { "" } else { text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default() };
    let code =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    Source { path, code, text }
}

/// The rule for the file: that of its room.
fn rule(path: &str) -> (&'static str, &'static [&'static str]) {
    let parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    let module = if parts[0] == "psa" && parts.len() > 2 { "psa/*" } else { parts[0] };
    let rule = MAY_IMPORT.iter().find(|(known, _)| *known == module);
    *rule.unwrap_or_else(|| panic!("no rule for src/{path}"))
}

/// The modules that the code names behind `from`, by `crate::name` or inside `crate::{…}`.
fn named(code: &str, from: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = BTreeSet::new();
    for (at, found) in code.match_indices(from) {
        let boundary =
            code[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
        let rest = &code[at + found.len()..];
        match rest.strip_prefix('{') {
            _ if !boundary => {}
            Some(list) => {
                let mut depth = 0_i32;
                let mut start = true;
                for (index, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && c.is_alphabetic() => {
                            names.insert(word(&list[index..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
            None => {
                names.insert(word(rest));
            }
        }
    }
    names
}

#[test]
fn every_module_imports_only_what_its_wall_lets_through() {
    let mut broken = Vec::new();
    for source in sources() {
        let (module, allowed) = rule(&source.path);
        let own = module.split('/').next().unwrap_or_default();
        for name in named(&source.code, "crate::") {
            let own_name = name == own;
            let allows = match allowed.split_first() {
                Some((&ALL_BUT, others)) => !others.contains(&name.as_str()),
                _ => allowed.contains(&name.as_str()),
            };
            if !own_name && !allows && name.chars().next().is_some_and(char::is_lowercase) {
                broken.push(format!("src/{} names crate::{name}", source.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn adapters_of_psas_do_not_know_each_other() {
    let adapters = folders();
    for source in sources() {
        for other in adapters.iter().filter(|other| !source.path.starts_with(&format!("psa/{other}/"))) {
            let inside = adapters.iter().any(|own| source.path.starts_with(&format!("psa/{own}/")));
            assert!(
                !inside || !source.code.contains(&format!("psa::{other}")),
                "src/{} names psa::{other}",
                source.path
            );
        }
    }
}

#[test]
fn what_a_module_may_not_touch_it_does_not_touch() {
    for source in sources() {
        let top = source.path.split(['/', '.']).next().unwrap_or_default();
        let rules = NEVER.iter().filter(|(modules, _, but)| modules.contains(&top) && !but.contains(&top));
        for (_, words, _) in rules {
            for word in *words {
                assert!(!source.code.contains(word), "src/{} contains {word}", source.path);
            }
        }
    }
}

#[test]
fn only_one_room_creates_replaces_protects_or_follows_files() {
    let (mut inside, mut broken) = (BTreeSet::new(), Vec::new());
    for source in sources() {
        for word in FOR_FILES.iter().filter(|word| source.code.contains(**word)) {
            if source.path.starts_with("files/") {
                inside.insert(*word);
            } else {
                broken.push(format!("src/{} contains {word}", source.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(
        inside.contains("OpenOptions") && inside.contains("NamedTempFile"),
        "the words are those that are used"
    );
}

#[test]
fn the_core_never_says_the_name_of_a_psa() {
    for source in sources() {
        let top = source.path.split(['/', '.']).next().unwrap_or_default();
        if CORE.contains(&top) {
            let said = psas_named(&source.text);
            assert!(said.is_empty(), "src/{} says {said:?}", source.path);
        }
    }
}

/// A module by the names on the way to it from `src`.
type Module = Vec<String>;

/// The module of a file below `src`.
fn module(path: &str) -> Module {
    let bare = path.trim_end_matches(".rs").trim_end_matches("/mod");
    bare.split('/').filter(|name| !["lib", "main"].contains(name)).map(ToOwned::to_owned).collect()
}

/// The modules that a file of `own` names, by the paths that the code writes.
fn paths(own: &Module, code: &str) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for start in ["super::", "crate::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let mut rest = &code[at..];
            let mut base = own.clone();
            if let Some(after) = rest.strip_prefix("crate::") {
                (base, rest) = (Vec::new(), after);
            }
            while let Some(after) = rest.strip_prefix("super::") {
                base.pop();
                rest = after;
            }
            follow(&base, rest, &mut found);
        }
    }
    found
}

/// Adds the modules of a path, or of a list of paths, that goes on from `base`.
fn follow(base: &Module, rest: &str, found: &mut BTreeSet<Module>) {
    if let Some(list) = rest.strip_prefix('{') {
        let (mut depth, mut start) = (0_i32, 0);
        for (index, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => return follow(base, list[start..index].trim(), found),
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    follow(base, list[start..index].trim(), found);
                    start = index + 1;
                }
                _ => {}
            }
        }
        return;
    }
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        return;
    }
    let mut module = base.clone();
    module.push(name.clone());
    match rest[name.len()..].strip_prefix("::") {
        Some(further) => {
            found.insert(module.clone());
            follow(&module, further, found);
        }
        None => {
            found.insert(module);
        }
    }
}

/// For every folder: which of its files and folders name which others.
fn siblings() -> BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> {
    let sources = sources();
    let modules: BTreeSet<Module> = sources.iter().map(|source| module(&source.path)).collect();
    let mut folders: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for source in &sources {
        let own = module(&source.path);
        for named in paths(&own, &source.code) {
            // An item is in the module that the path goes through.
            let Some(other) = (1..=named.len()).rev().map(|n| &named[..n]).find(|m| modules.contains(*m))
            else {
                continue;
            };
            let shared = own.iter().zip(other).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (own.get(shared), other.get(shared)) {
                let folder = folders.entry(own[..shared].to_vec()).or_default();
                folder.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    folders
}

/// Everything that is reached from `start`.
fn reached<'a>(edges: &'a BTreeMap<String, BTreeSet<String>>, start: &'a str) -> BTreeSet<&'a str> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
    while let Some(one) = next.pop() {
        for other in edges.get(one).into_iter().flatten() {
            if seen.insert(other.as_str()) {
                next.push(other);
            }
        }
    }
    seen
}

#[test]
fn no_files_beside_each_other_import_in_a_circle() {
    let mut circles = BTreeSet::new();
    for (folder, edges) in siblings() {
        for one in edges.keys() {
            let others = reached(&edges, one);
            if others.contains(one.as_str()) {
                let circle: Vec<&str> = others
                    .into_iter()
                    .filter(|other| reached(&edges, other).contains(one.as_str()))
                    .collect();
                circles.insert(format!("src/{}: {}", folder.join("/"), circle.join(", ")));
            }
        }
    }
    let circles: Vec<String> = circles.into_iter().collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn paths_are_followed_into_lists_and_up_to_parents() {
    let own = module("psa/autotask/read.rs");
    let code = "use super::{wire::{A, b}, udf::c};\nuse crate::psa::lenient;\nlet x = super::super::registry::find(1);";
    let found: Vec<String> = paths(&own, code).iter().map(|module| module.join("/")).collect();
    for path in
        ["psa/autotask/wire", "psa/autotask/wire/A", "psa/autotask/udf/c", "psa/lenient", "psa/registry"]
    {
        assert!(found.iter().any(|one| one == path), "{path} in {found:?}");
    }
}

#[test]
fn names_are_found_in_lists_and_paths() {
    let code = "use crate::{model::{Id, plan}, text};\nlet x = crate::error::Kind::Config;\nmycrate::no";
    let names: Vec<_> = named(code, "crate::").into_iter().collect();
    assert_eq!(names, ["error", "model", "text"]);
}
