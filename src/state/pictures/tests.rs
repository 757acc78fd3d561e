//! What is kept of pictures, and for how long.

use jiff::SignedDuration;

use super::*;

fn place() -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let path = scratch.path().join("state.db");
    (scratch, path)
}

fn open(path: &Path) -> State {
    State::open(path, "realm").expect("a usable state")
}

fn days(days: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days)
}

fn readings(of: impl IntoIterator<Item = (i64, Picture, i64)>) -> BTreeMap<Id, PictureReading> {
    let reading =
        |(user, picture, day)| (Id::from(user), PictureReading { picture, read: days(1), wanted: days(day) });
    of.into_iter().map(reading).collect()
}

/// Returns the names of the files in the folder.
fn files(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder(path)).map(|entries| entries.map(|entry| entry.expect("an entry")));
    let names = entries.into_iter().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Makes every file two days old.
fn age(path: &Path) {
    for name in files(path) {
        let file = fs::File::options().append(true).open(folder(path).join(name)).expect("a file");
        file.set_modified(SystemTime::now() - 2 * UNNAMED).expect("its owner's");
    }
}

#[test]
fn readings_come_back_as_they_were_kept_in_every_realm() {
    let (_scratch, path) = place();
    let kept = readings([(1, Picture::None, 3), (2, Picture::Held(PictureHash::of(b"bob")), 4)]);
    open(&path).keep_pictures(&kept).expect("kept");
    assert_eq!(State::open(&path, "another realm").expect("usable").pictures().expect("read"), kept);
    let newer = readings([(1, Picture::Held(PictureHash::of(b"ann")), 5)]);
    open(&path).keep_pictures(&newer).expect("kept");
    assert_eq!(open(&path).pictures().expect("read")[&Id::from(1)], newer[&Id::from(1)]);
}

#[test]
fn the_same_picture_is_one_file_and_nothing_else_is_left_behind() {
    let (_scratch, path) = place();
    let state = open(&path);
    let hash = state.put(b"a picture").expect("kept");
    assert_eq!(state.put(b"a picture").expect("kept"), hash);
    assert_eq!(files(&path), [hash.as_str()]);
    assert_eq!(state.get(&hash).expect("read").as_deref(), Some(&b"a picture"[..]));
    let other = PictureHash::of(b"another");
    assert_eq!((state.get(&other).expect("read"), state.has(&other).expect("known")), (None, false));
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_no_picture_and_is_written_again() {
    let (_scratch, path) = place();
    let state = open(&path);
    let hash = state.put(b"a picture").expect("kept");
    fs::write(state.file(&hash), "something else").expect("a file");
    assert_eq!(state.get(&hash).expect("read"), None);
    state.put(b"a picture").expect("kept");
    assert!(state.get(&hash).expect("read").is_some());
    fs::write(state.file(&hash), "").expect("a file");
    assert!(!state.has(&hash).expect("known"), "what a crash may leave");
}

#[test]
fn runs_that_keep_the_same_picture_at_the_same_time_do_not_disturb_each_other() {
    let (_scratch, path) = place();
    let state = open(&path);
    let bytes = vec![7; 100_000];
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| state.put(&bytes).expect("kept"));
        }
    });
    let hash = PictureHash::of(&bytes);
    assert_eq!(files(&path), [hash.as_str()]);
    assert_eq!(state.get(&hash).expect("read"), Some(bytes));
}

#[test]
fn a_picture_that_nobody_wants_any_more_goes_and_one_that_somebody_has_stays() {
    let (_scratch, path) = place();
    let state = open(&path);
    let held = |bytes: &[u8]| Picture::Held(state.put(bytes).expect("kept"));
    let (ann, bob) = (held(b"ann and eve"), held(b"bob"));
    state.keep_pictures(&readings([(1, ann.clone(), 20), (2, bob, 9), (3, ann, 9)])).expect("kept");
    state.put(b"of a run that died").expect("kept");
    age(&path);
    state.put(b"of a run at work").expect("kept");
    state.prune(days(17), Duration::ZERO).expect("pruned");
    let left: Vec<Id> = state.pictures().expect("read").into_keys().collect();
    assert_eq!(left, [Id::from(1)]);
    let mut expected =
        [b"ann and eve".as_slice(), b"of a run at work"].map(|it| PictureHash::of(it).to_string());
    expected.sort();
    assert_eq!(files(&path), expected);
}

#[test]
fn what_was_wanted_a_week_ago_is_kept_however_short_the_journal() {
    let (_scratch, path) = place();
    let state = open(&path);
    let picture = Picture::Held(state.put(b"ann").expect("kept"));
    state.keep_pictures(&readings([(1, picture, 10)])).expect("kept");
    age(&path);
    state.prune(days(17), Duration::ZERO).expect("pruned");
    assert_eq!((state.pictures().expect("read").len(), files(&path).len()), (1, 1));
}

#[test]
fn each_database_has_a_folder_of_its_own_that_goes_with_it() {
    let (_scratch, path) = place();
    let other = path.with_file_name("sandbox.db");
    assert_eq!(folder(&path), path.with_file_name("pictures"));
    for path in [&path, &other] {
        open(path).put(b"a picture").expect("kept");
    }
    crate::state::forget(&other).expect("forgotten");
    assert_eq!((files(&path).len(), folder(&other).exists()), (1, false));
    crate::state::forget(&other).expect("none there is as good");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_look_at_them() {
    use std::os::unix::fs::PermissionsExt;
    let (_scratch, path) = place();
    let state = open(&path);
    let hash = state.put(b"a picture").expect("kept");
    let mode = |path: &Path| fs::metadata(path).expect("its rights").permissions().mode() & 0o777;
    assert_eq!((mode(&folder(&path)), mode(&state.file(&hash))), (0o700, 0o600));
}
