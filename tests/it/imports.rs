//! The walls between the modules: which module may import which.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Module, and the modules of this crate it may name. The longest matching module name counts.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("error", &[]),
    ("secret", &["files", "error"]),
    ("files", &["error"]),
    ("http", &["files", "error", "secret"]),
    ("model", &["text", "secret", "error"]),
    ("plan", &["model", "text", "files", "error"]),
    ("reconcile", &["model", "text", "plan", "error"]),
    ("graph", &["http", "model", "text", "secret", "error"]),
    ("cloudradial", &["http", "model", "text", "secret", "error"]),
    ("psa", &["http", "model", "text", "secret", "error"]),
    ("psa/autotask", &["psa", "http", "model", "text", "secret", "error"]),
    ("psa/connectwise", &["psa", "http", "model", "text", "secret", "error"]),
    ("psa/kaseya_bms", &["psa", "http", "model", "text", "secret", "error"]),
    ("psa/syncro", &["psa", "http", "model", "text", "secret", "error"]),
    ("state", &["plan", "model", "files", "error"]),
    (
        "config",
        &["model", "cloudradial", "graph", "psa", "reconcile", "plan", "secret", "files", "text", "error"],
    ),
    ("fetch", &["cloudradial", "graph", "psa", "reconcile", "plan", "state", "model", "error"]),
    ("apply", &["reconcile", "plan", "state", "model", "error"]),
    ("report", &["plan", "model", "text"]),
    (
        "cli",
        &[
            "apply",
            "cloudradial",
            "config",
            "error",
            "fetch",
            "files",
            "graph",
            "http",
            "model",
            "plan",
            "psa",
            "reconcile",
            "report",
            "secret",
            "state",
            "text",
        ],
    ),
    ("lib", &[]),
    ("main", &[]),
];

/// Modules, and texts that may not occur in their code.
const NEVER: &[(&[&str], &[&str])] = &[
    (
        &["reconcile", "plan", "model", "text"],
        &["Timestamp::now", "Instant::now", "SystemTime", "std::thread", "std::env"],
    ),
    (&["reconcile", "model", "text"], &["std::fs", "std::io"]),
    (&["report", "fetch", "reconcile", "plan", "apply"], &["println!", "eprintln!"]),
    (
        &[
            "text",
            "error",
            "secret",
            "files",
            "model",
            "plan",
            "reconcile",
            "graph",
            "cloudradial",
            "psa",
            "state",
            "config",
            "fetch",
            "apply",
            "report",
            "cli",
        ],
        &["reqwest", "hyper_util"],
    ),
    (&["graph", "cloudradial", "psa"], &["thread::sleep"]),
    (
        &[
            "text",
            "error",
            "secret",
            "files",
            "http",
            "model",
            "plan",
            "reconcile",
            "graph",
            "cloudradial",
            "psa",
            "state",
            "config",
            "fetch",
            "apply",
            "report",
        ],
        &["crsync_sandbox"],
    ),
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

/// The names of the PSAs, which the core never says.
const PSA_NAMES: &[&str] = &["autotask", "connectwise", "kaseya", "syncro"];
/// Further names, which count as words alone: their letters stand in others.
const PSA_WORDS: &[&str] = &["bms", "vorex", "pulseway"];
const CORE: &[&str] = &["reconcile", "plan", "apply", "fetch", "report", "model", "text"];

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

/// The rule for the file: that of the longest module name its path starts with.
fn rule(path: &str) -> (&'static str, &'static [&'static str]) {
    let bare = path.trim_end_matches(".rs");
    let fits = |module: &str| bare == module || bare.starts_with(&format!("{module}/"));
    let rules = MAY_IMPORT.iter().filter(|(module, _)| fits(module));
    *rules.max_by_key(|(module, _)| module.len()).unwrap_or_else(|| panic!("no rule for src/{path}"))
}

/// The modules of this crate that the code names, by `crate::name` or inside `crate::{…}`.
fn named(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
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
        for name in named(&source.code) {
            let own_name = name == own;
            if !own_name
                && !allowed.contains(&name.as_str())
                && name.chars().next().is_some_and(char::is_lowercase)
            {
                broken.push(format!("src/{} names crate::{name}", source.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn adapters_of_psas_do_not_know_each_other() {
    let adapters = ["autotask", "connectwise", "kaseya_bms", "syncro"];
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
        for (_, words) in NEVER.iter().filter(|(modules, _)| modules.contains(&top)) {
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
            let text = source.text.to_lowercase();
            let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
            let said = PSA_NAMES.iter().filter(|name| text.contains(**name));
            let said: Vec<&&str> =
                said.chain(PSA_WORDS.iter().filter(|word| words.contains(**word))).collect();
            assert!(said.is_empty(), "src/{} says {said:?}", source.path);
        }
    }
}

#[test]
fn every_psa_is_known_by_a_name_that_the_core_may_not_say() {
    for known in crsync::psa::registry() {
        let name = known.name.to_lowercase();
        assert!(PSA_NAMES.iter().any(|psa| name.contains(psa)), "{name} may be said in the core");
        let id = known.id;
        assert!(
            PSA_NAMES.iter().chain(PSA_WORDS).any(|psa| id.contains(psa)),
            "{id} may be said in the core"
        );
    }
}

#[test]
fn names_are_found_in_lists_and_paths() {
    let code = "use crate::{model::{Id, plan}, text};\nlet x = crate::error::Kind::Config;\nmycrate::no";
    let names: Vec<_> = named(code).into_iter().collect();
    assert_eq!(names, ["error", "model", "text"]);
}
