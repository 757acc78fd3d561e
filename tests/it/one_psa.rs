//! A PSA declares itself: files outside of its own folders do not name it, so that a further PSA needs no edit there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crsync::psa::registry;

/// Files that name PSAs, beside those that are a PSA's own, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("src/psa/mod.rs", "declares the folders"),
    ("src/psa/registry.rs", "is the list"),
    ("crates/sandbox/src/lib.rs", "declares the folders of the emulators"),
    ("crates/sandbox/src/services.rs", "is the list of the emulators"),
    ("crates/sandbox/src/sandbox/tests.rs", "edits some services and no others"),
    ("tests/it/conformance/psas.rs", "holds one kit for each"),
    ("tests/it/main.rs", "declares the files that are about one PSA"),
];

/// Files that name a PSA besides the one that the sandbox's configuration chooses, with the reason. Tests and examples
/// of the documentation use that one throughout.
const EXAMPLES: &[(&str, &str)] = &[
    ("docs/adding-a-psa.md", "names the smallest adapter as a pattern"),
    ("docs/performance.md", "shows what was measured of each"),
    ("docs/sandbox.md", "shows how another PSA is chosen, and what an emulator leaves out"),
    ("tests/it/hostile/mod.rs", "declares the file that is about one PSA"),
    ("tests/it/login.rs", "looks for the secrets of several services in several places"),
    ("tests/it/pins.rs", "looks at the one PSA that keeps a PIN in a note too"),
    ("tests/it/placeholders.rs", "expects no former title of the one PSA that keeps titles apart"),
    ("tests/it/push_udfs.rs", "makes fields where the PSA lets crsync, and reads the steps of the others"),
    ("tests/it/readers.rs", "reads with the one PSA whose values are kept between runs"),
    ("tests/it/requests.rs", "counts requests of the one PSA that is asked for every contact"),
    ("tests/it/without_mailbox.rs", "expects no former title of the one PSA that keeps titles apart"),
    (
        "tests/it/snapshots/it__capabilities__the_matrix_needs_no_account_and_fits_eighty_columns.snap",
        "shows the matrix",
    ),
];

/// The folders of the project that are looked at.
const FOLDERS: [&str; 4] = ["src", "crates/sandbox/src", "tests", "docs"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the folders of the PSAs in `src/psa`.
pub(crate) fn folders() -> Vec<String> {
    let entries = fs::read_dir(root().join("src/psa")).expect("a folder of the project");
    let folders = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let name = |path: PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    let mut folders: Vec<String> = folders.map(name).collect();
    folders.sort();
    folders
}

/// The words that each PSA is known by: its id, the first word of its name, and its folder.
static WORDS: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let folders = folders();
    let of = |id: &str, name: &str| {
        let first = name.split(' ').next().unwrap_or_default().to_lowercase();
        let folder = folders.iter().find(|folder| folder.split('_').any(|part| part == id || part == first));
        let folder = folder.unwrap_or_else(|| panic!("{id} has no folder"));
        vec![id.to_owned(), first, folder.clone()]
    };
    registry().iter().map(|entry| of(entry.capabilities.id, entry.capabilities.name)).collect()
});

/// Returns the ids of the PSAs that `text` names.
///
/// Short words count only as whole words: their letters are part of others.
pub(crate) fn psas_named(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let alone: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    let is_named = |word: &String| if word.len() > 4 { text.contains(word) } else { alone.contains(&**word) };
    WORDS.iter().filter(|words| words.iter().any(is_named)).map(|words| words[0].clone()).collect()
}

/// Returns whether the file is a PSA's own, by its name or by a folder that it is in.
fn is_own(path: &str) -> bool {
    path.starts_with("docs/psa/") || path.split('/').any(|part| !psas_named(part).is_empty())
}

/// Returns all text files of the folders, by their path in the project, with `/`.
fn files() -> Vec<(String, String)> {
    let mut folders: Vec<PathBuf> = FOLDERS.map(|folder| root().join(folder)).into();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                files.push((below_root(&path), text));
            }
        }
    }
    files.sort();
    assert!(files.len() > 400, "only {} files were found", files.len());
    files
}

fn below_root(path: &Path) -> String {
    path.strip_prefix(root()).expect("below the project").to_string_lossy().replace('\\', "/")
}

#[test]
fn no_file_outside_of_its_own_folders_names_a_psa() {
    let default = registry()[0].id().to_owned();
    let mut named = Vec::new();
    let mut needed = BTreeSet::new();
    for (path, text) in files().into_iter().filter(|(path, _)| !is_own(path)) {
        let mut psas = psas_named(&text);
        if path.starts_with("tests/") || path.starts_with("docs/") {
            psas.retain(|psa| *psa != default);
        }
        if psas.is_empty() {
            continue;
        }
        if !EXCEPTIONS.iter().chain(EXAMPLES).any(|(known, _)| *known == path) {
            named.push(format!("{path} names {}", psas.join(", ")));
        }
        needed.insert(path);
    }
    assert!(named.is_empty(), "{}", named.join("\n"));
    let idle = EXCEPTIONS.iter().chain(EXAMPLES).filter(|(path, _)| !needed.contains(*path));
    assert_eq!(idle.collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "these name no PSA any more");
}

#[test]
fn a_psa_is_known_by_its_id_its_name_and_its_folder() {
    for entry in registry() {
        let id = entry.id();
        for text in [id.to_uppercase(), format!("the {}.", entry.capabilities.name), format!("psa::{id}::X")]
        {
            assert_eq!(psas_named(&text), [id], "{text}");
        }
    }
    assert_eq!(psas_named("a submission of synchronised desks"), [""; 0]);
}
