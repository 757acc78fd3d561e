//! What reaches the disk, who may open it, and where it is.

use super::*;

/// Returns the bytes of every file in the folder.
fn bytes(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.flat_map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file")).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_support_pin_never_reaches_the_disk() {
    let (folder, path) = place();
    let state = open(&path);
    let pin = Field::Udf(Udf::SupportPin);
    let mut secret = change(
        RecordKind::Contact,
        "7",
        &[(pin, Some("PIN-BEFORE"), "PIN-AFTER"), (Field::Title, Some("PLAIN-BEFORE"), "PLAIN-AFTER")],
    );
    secret.unmoved.push(Unmoved { field: pin, value: "PIN-UNMOVED".to_owned() });
    let company =
        CompanyPlan { name: "Contoso".to_owned(), changes: vec![secret.clone()], ..CompanyPlan::default() };
    state.begin(&header("r", hours(1)), &[company]).expect("begun");
    let seq = state.announce("r", "Contoso", &secret, hours(1)).expect("announced");
    state.settle("r", seq, &secret, &settled(Settlement::Done, Some("7"))).expect("settled");
    state.end("r", Ended { at: hours(1), halt: None }).expect("ended");
    let look = |when: &str| {
        let bytes = bytes(folder.path());
        for text in ["PIN-BEFORE", "PIN-AFTER", "PIN-UNMOVED"] {
            assert!(!holds(&bytes, text), "{text} {when}");
        }
        for text in ["PLAIN-BEFORE", "PLAIN-AFTER"] {
            assert!(holds(&bytes, text), "{text} {when}");
        }
    };
    look("while it is open");
    let entry = state.run("r").expect("known").entries.remove(0);
    let kept: Vec<_> =
        entry.change.fields.iter().map(|field| (field.before.as_deref(), &field.after)).collect();
    assert_eq!(kept[0], (Some("(secret)"), &NewValue::Text("(secret)".to_owned())));
    drop(state);
    look("once it is closed");
}

#[test]
fn whether_a_pin_was_set_changed_or_cleared_is_kept() {
    let (_folder, path) = place();
    let state = open(&path);
    state.begin(&header("r", hours(1)), &[]).expect("begun");
    let kept = |before: Option<&str>, after: NewValue| {
        let mut change = change(RecordKind::Contact, "7", &[(Field::Udf(Udf::SupportPin), before, "")]);
        change.fields[0].after = after;
        state.announce("r", "Contoso", &change, hours(1)).expect("announced");
        let field = state.run("r").expect("known").entries.pop().expect("it").change.fields.remove(0);
        (field.before, field.after)
    };
    let secret = || NewValue::Text("(secret)".to_owned());
    assert_eq!(kept(Some(""), NewValue::Text("4821".into())), (Some(String::new()), secret()));
    assert_eq!(kept(None, NewValue::Text("4821".into())), (None, secret()));
    assert_eq!(kept(Some("4821"), NewValue::Blank), (Some("(secret)".to_owned()), NewValue::Blank));
}

#[test]
fn two_handles_at_once_lose_nothing() {
    const EACH: u64 = 40;
    let (_folder, path) = place();
    let first = open(&path);
    first.begin(&header("shared", hours(1)), &[]).expect("begun");
    let second = open(&path);
    thread::scope(|scope| {
        for (handle, state) in [("a", &first), ("a", &first), ("b", &second), ("b", &second)] {
            scope.spawn(move || {
                for number in 0..EACH {
                    let change = title(&format!("{handle}{number}"));
                    let seq = state.announce("shared", "Contoso", &change, hours(1)).expect("announced");
                    state.settle("shared", seq, &change, &settled(Settlement::Done, None)).expect("settled");
                }
            });
        }
    });
    let report = first.run("shared").expect("known");
    let seqs: Vec<u64> = report.entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=4 * EACH).collect::<Vec<_>>(), "every place was given once");
    assert_eq!(report.summary().of(Settlement::Done), 4 * usize::try_from(EACH).expect("few"));
    assert_eq!(second.run("shared").expect("known"), report);
}

#[test]
fn a_state_that_is_not_there_is_not_made_by_looking() {
    let (_folder, path) = place();
    assert!(State::look(&path, REALM).expect("no error").is_none());
    assert!(!path.exists());
    open(&path);
    assert!(State::look(&path, REALM).expect("no error").is_some());
}

#[test]
fn what_is_forgotten_is_gone_with_its_helper_files() {
    let (folder, path) = place();
    let state = open(&path);
    state.remember(&[known("Contoso", Vec::new(), 1)]).expect("written");
    assert!(std::fs::read_dir(folder.path()).expect("a folder").count() > 1, "a write-ahead log beside it");
    // There no file is removed that is open.
    #[cfg(windows)]
    drop(state);
    forget(&path).expect("removed");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    forget(&path).expect("none there is as good");
}

#[test]
fn the_folder_for_state_is_named_or_the_systems_own() {
    let env = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let both = env(&[("CRSYNC_STATE", "/a"), ("XDG_STATE_HOME", "/b")]);
    assert_eq!(super::folder(&both).expect("named"), Path::new("/a"));
    let empty = env(&[("CRSYNC_STATE", ""), ("XDG_STATE_HOME", "/b")]);
    assert_eq!(super::folder(&empty).expect("named"), Path::new("/b/crsync"));
}
