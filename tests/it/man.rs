//! The man pages that are kept are those of the arguments as they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::harness::run;

/// The files of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        Some((name, fs::read_to_string(entry.path()).ok()?))
    };
    entries.filter_map(read).collect()
}

#[test]
fn the_kept_man_pages_are_current() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("new/pages");
    let ran = run(&["crsync", "man", &folder.display().to_string()], None, &BTreeMap::new());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let made = files(&folder);
    assert!(made.contains_key("crsync.1") && made.contains_key("crsync-sync.1"), "{:?}", made.keys());
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    if std::env::var_os("CRSYNC_BLESS").is_some() {
        let _ = fs::remove_dir_all(&kept);
        fs::create_dir_all(&kept).expect("a writable folder");
        for (name, page) in &made {
            fs::write(kept.join(name), page).expect("a writable folder");
        }
    }
    let kept = files(&kept);
    assert!(made.keys().eq(kept.keys()), "run the tests once with CRSYNC_BLESS=1: {:?}", kept.keys());
    for (name, page) in made {
        assert!(kept[&name] == page, "{name} is not current; run the tests once with CRSYNC_BLESS=1");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("file");
    fs::write(&file, "").expect("a file");
    let ran = run(&["crsync", "man", &file.join("pages").display().to_string()], None, &BTreeMap::new());
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("the man pages cannot be written to"), "{}", ran.err);
}
