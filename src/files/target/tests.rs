//! A target is written whole or not at all, for its owner alone, and nothing beside it is touched.

use super::*;
use tempfile::TempDir;

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn target(path: &Path) -> Target {
    Target::open(path, "--output").expect("a path that can be written")
}

#[track_caller]
fn refused(path: &Path, why: &str) {
    let error = Target::open(path, "--output").expect_err("a path that cannot be written");
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.message().contains(&path.display().to_string()), "{error}");
    assert!(error.next_step().is_some_and(|next| next.contains("--output")));
    let cause = std::error::Error::source(&error).expect("a reason").to_string();
    assert!(cause.contains(why), "{cause}");
}

#[test]
fn opening_changes_nothing_and_writing_leaves_the_neighbours_alone() {
    let folder = scratch();
    let (path, neighbour) = (folder.path().join("my.json"), folder.path().join("my.part"));
    fs::write(&neighbour, "a neighbour's").expect("a writable folder");
    let own = target(&path);
    assert_eq!(names(&folder), ["my.part"], "nothing is made before there is something to write");
    own.write(b"first").expect("room");
    own.write(b"second").expect("room");
    assert_eq!(fs::read_to_string(&path).expect("the file"), "second");
    assert_eq!(fs::read_to_string(&neighbour).expect("the neighbour"), "a neighbour's");
    assert_eq!(names(&folder), ["my.json", "my.part"]);
}

#[test]
fn a_folder_and_a_place_without_a_folder_are_refused() {
    let folder = scratch();
    refused(folder.path(), "it is a folder");
    let no_folder = if cfg!(windows) { "(os error 3)" } else { "No such file" };
    refused(&folder.path().join("none").join("my.json"), no_folder);
    refused(&folder.path().join("none/"), "it names a folder");
    refused(Path::new("/"), "it names no file");
}

#[test]
fn a_read_only_file_is_refused_and_stays() {
    let folder = scratch();
    let path = folder.path().join("my.json");
    fs::write(&path, "kept").expect("a writable folder");
    let mut rights = fs::metadata(&path).expect("the file").permissions();
    rights.set_readonly(true);
    fs::set_permissions(&path, rights).expect("our own file");
    refused(&path, "it is read-only");
    assert_eq!(fs::read_to_string(&path).expect("the file"), "kept");
    assert_eq!(names(&folder), ["my.json"]);
}

#[test]
fn two_names_of_one_file_are_one() {
    let folder = scratch();
    let (one, two) = (folder.path().join("a.json"), folder.path().join(".").join("a.json"));
    assert!(target(&one).is_same(&target(&two)));
    assert!(!target(&one).is_same(&target(&folder.path().join("b.json"))));
}

#[test]
fn a_draft_that_is_given_up_is_gone() {
    let folder = scratch();
    let draft = Draft::over(&folder.path().join("my.toml"), b"half of it").expect("room");
    assert_eq!(names(&folder).len(), 1);
    assert!(
        names(&folder)[0].starts_with(".crsync-") && names(&folder)[0].split('.').next_back() == Some("part")
    );
    drop(draft);
    assert_eq!(names(&folder), Vec::<String>::new());
}

#[cfg(unix)]
mod unix {
    use std::io::Read as _;
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("a file").permissions().mode() & 0o7777
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
    }

    #[test]
    fn a_file_ends_as_its_owners_alone_or_narrower_if_it_was() {
        let folder = scratch();
        for (before, after) in [
            (None, 0o600),
            (Some(0o644), 0o600),
            (Some(0o666), 0o600),
            (Some(0o600), 0o600),
            (Some(0o200), 0o200),
        ] {
            let path = folder.path().join("my.json");
            if let Some(before) = before {
                fs::write(&path, "before").expect("a writable folder");
                chmod(&path, before);
            }
            target(&path).write(b"after").expect("room");
            assert_eq!(mode(&path), after, "{before:?}");
            target(&path).stream().expect("room").write(b"a trace").expect("room");
            assert_eq!(mode(&path), after, "{before:?}");
            fs::remove_file(&path).expect("there");
        }
    }

    #[test]
    fn a_link_is_followed_and_stays_and_one_that_leads_to_nothing_is_refused() {
        let folder = scratch();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).expect("a writable folder");
        let (real, link, second) =
            (inner.join("real.json"), folder.path().join("link"), folder.path().join("second"));
        symlink("inner/real.json", &link).expect("a link");
        symlink("link", &second).expect("a link");
        refused(&second, "a link that leads to nothing");
        fs::write(&real, "before").expect("a writable folder");
        target(&second).write(b"after").expect("room");
        assert_eq!(fs::read_to_string(&real).expect("the file"), "after");
        for link in [&link, &second] {
            assert!(fs::symlink_metadata(link).expect("the link").is_symlink());
        }
        symlink("loop", folder.path().join("loop")).expect("a link");
        refused(&folder.path().join("loop"), "too many links");
    }

    #[test]
    fn what_is_no_regular_file_is_written_to_and_left_as_it_is() {
        for device in ["/dev/null", "/dev/full"] {
            if !Path::new(device).exists() {
                continue;
            }
            let before = fs::metadata(device).expect("a device");
            let written = target(Path::new(device)).write(b"text");
            assert_eq!(written.is_ok(), device == "/dev/null");
            let after = fs::metadata(device).expect("still a device");
            assert!(after.file_type().is_char_device());
            assert_eq!((before.mode(), before.ino()), (after.mode(), after.ino()), "{device}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_stream_of_the_process_stays_the_file_that_it_was_given() {
        use std::os::fd::AsRawFd as _;
        let folder = scratch();
        let path = folder.path().join("log.txt");
        fs::write(&path, "first\n").expect("a writable folder");
        chmod(&path, 0o644);
        let open = fs::OpenOptions::new().append(true).open(&path).expect("the file");
        let inode = open.metadata().expect("the file").ino();
        target(Path::new(&format!("/proc/self/fd/{}", open.as_raw_fd()))).write(b"second\n").expect("room");
        assert_eq!(fs::read_to_string(&path).expect("the file"), "first\nsecond\n");
        assert_eq!((fs::metadata(&path).expect("the file").ino(), mode(&path)), (inode, 0o644));
    }

    #[test]
    fn a_pipe_by_name_is_opened_once_and_gets_everything() {
        let folder = scratch();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("a program");
        assert!(made.success());
        let reader = std::thread::spawn({
            let path = path.clone();
            move || {
                let mut text = String::new();
                fs::File::open(path).and_then(|mut pipe| pipe.read_to_string(&mut text)).expect("a pipe");
                text
            }
        });
        let own = target(&path);
        own.write(b"all of it").expect("a reader");
        drop(own);
        assert_eq!(reader.join().expect("no panic"), "all of it");
        assert!(fs::metadata(&path).expect("the pipe").file_type().is_fifo());
    }

    #[test]
    fn a_shared_file_keeps_its_group_s_rights_only_where_others_have_none() {
        let folder = scratch();
        let path = folder.path().join("decisions.toml");
        for (before, after) in [(0o640, 0o640), (0o660, 0o660), (0o644, 0o600), (0o600, 0o600)] {
            fs::write(&path, "before").expect("a writable folder");
            chmod(&path, before);
            Draft::over(&path, b"after").and_then(|draft| draft.put(Safe::OnDisk)).expect("room");
            assert_eq!(mode(&path), after, "{before:o}");
        }
    }

    #[test]
    fn a_link_in_a_folder_of_all_accounts_is_followed_only_if_it_is_our_own_or_the_folder_s_owner_s() {
        let folder = scratch();
        chmod(folder.path(), 0o1777);
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "before").expect("a writable folder");
        symlink(&real, &link).expect("a link");
        target(&link).write(b"ours").expect("room");
        // Only an administrator can make links of other accounts.
        if std::os::unix::fs::lchown(&link, Some(12345), None).is_ok() {
            refused(&link, "a link of another account");
            assert_eq!(fs::read_to_string(&real).expect("the file"), "ours");
        }
    }
}
