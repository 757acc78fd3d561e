//! The decisions file while the user decides: read, added to, and never written over what others wrote.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::decisions::{self, Decided, Entry};
use crate::error::{Error, Kind, Result};
use crate::files::{Draft, Encoding, MARK, Safe, decode};
use crate::reconcile::{Decisions, Rule, Stated};
use crate::table::file_name;

/// The decisions file at its place, as it was when it was last read or written.
#[derive(Debug)]
pub struct DecisionFile {
    path: PathBuf,
    /// `None` where there is none yet.
    text: Option<String>,
    entries: Vec<Entry>,
}

/// What the file held at some time.
#[derive(Debug, Clone)]
pub struct Kept {
    text: Option<String>,
    entries: Vec<Entry>,
}

impl DecisionFile {
    /// Reads the file at `path`, which need not exist yet.
    ///
    /// # Errors
    /// [`Kind::Config`] with the line that is wrong, or when it cannot be read or is a link that leads to nothing.
    pub fn open(path: &Path) -> Result<Self> {
        let text = current(path).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                return leads_to_nothing(path);
            }
            match error.get_ref().and_then(|inner| inner.downcast_ref::<Encoding>()) {
                Some(encoding) => {
                    let message = format!("{} cannot be read: {encoding}", path.display());
                    Error::new(Kind::Config, message).hint(Encoding::HINT)
                }
                None => Error::new(Kind::Config, format!("{} cannot be read", path.display())).source(error),
            }
        })?;
        let entries = text.as_deref().map_or(Ok(Vec::new()), |text| decisions::read(path, text))?;
        Ok(Self { path: path.to_owned(), text, entries })
    }

    /// Returns where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns its text; `None` where there is no file.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Returns what it holds, in the order of the lines.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the same, as planning looks at it.
    pub fn decisions(&self) -> Decisions {
        let mut all: Decisions = self.entries.iter().map(|entry| entry.decision.clone()).collect();
        let file = file_name(&self.path);
        let stated = |Entry { decision, line }: &Entry| Stated {
            file: file.clone(),
            line: *line,
            rule: Rule::Decision(decision.clone()),
        };
        all.stated = self.entries.iter().map(stated).collect();
        all
    }

    /// Adds `decided` at the end, by `who` on the day `when`. The file is replaced as a whole, so that it is never
    /// half of it. It keeps its owner and its group where this process may set them, and what the group may do
    /// where others may do nothing. A new file is for its owner alone.
    ///
    /// # Errors
    /// [`Kind::Stale`] when another process changed the file since; [`Kind::Config`] when nothing can be
    /// added to it as it is written; [`Kind::State`] when it cannot be written. It is then as it was.
    pub fn add(&mut self, decided: &[Decided], who: &str, when: Date) -> Result<()> {
        let former = self.text.as_deref().unwrap_or_default();
        let text = decisions::append(former, decided, who, when);
        let entries = decisions::read(&self.path, &text).ok();
        let is_whole = |entries: &Vec<Entry>| {
            let (old, new) = entries.split_at(self.entries.len().min(entries.len()));
            old == self.entries
                && new.iter().map(|one| &one.decision).eq(decided.iter().map(|one| &one.decision))
        };
        let Some(entries) = entries.filter(is_whole) else {
            let message = format!("nothing can be added to {} as it is written", self.path.display());
            return Err(Error::new(Kind::Config, message)
                .hint("write every pin, split, ignore and company as a table of its own, such as [[pin]]"));
        };
        self.replace(&text)?;
        (self.text, self.entries) = (Some(text), entries);
        Ok(())
    }

    /// Returns what the file holds now, to be put back.
    pub fn keep(&self) -> Kept {
        Kept { text: self.text.clone(), entries: self.entries.clone() }
    }

    /// Takes out again what was added since the file was kept. A file that was not there stays, and is empty.
    ///
    /// # Errors
    /// [`Kind::Stale`] when another process changed the file since; [`Kind::State`] when it cannot be written. It is
    /// then as it was.
    pub fn put_back(&mut self, kept: Kept) -> Result<()> {
        if kept.text == self.text {
            return Ok(());
        }
        let text = kept.text.unwrap_or_default();
        self.replace(&text)?;
        (self.text, self.entries) = (Some(text), kept.entries);
        Ok(())
    }

    /// Puts `text` in the place of what was last read.
    fn replace(&self, text: &str) -> Result<()> {
        let shown = self.path.display();
        let failed = |error: io::Error| {
            Error::new(Kind::State, format!("{shown} cannot be written"))
                .hint("the decision was not kept; name a configuration in a folder that you may write to")
                .source(error)
        };
        let written = Draft::over(&self.path, text.as_bytes())
            .and_then(|draft| current(&self.path).map(|now| (draft, now)));
        match written {
            Ok((draft, now)) if now == self.text => draft.put(Safe::OnDisk).map(drop).map_err(failed),
            Ok(_) => Err(Error::new(
                Kind::Stale,
                format!("{shown} was changed meanwhile, so nothing was written over it"),
            )
            .hint("run `crsync match --resolve` again: it goes on from what the file says now")),
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.path.is_symlink() => {
                Err(leads_to_nothing(&self.path))
            }
            Err(error) => Err(failed(error)),
        }
    }
}

fn leads_to_nothing(path: &Path) -> Error {
    Error::new(Kind::Config, format!("{} is a link that leads to nothing", path.display()))
        .hint("put back the file with the decisions, or remove the link if there are none")
}

/// Returns the text at `path` now, `None` where there is no file. A link to a missing file is an error of the kind
/// [`io::ErrorKind::NotFound`]: what was decided is somewhere else, and is not to be taken for nothing.
fn current(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => {
            let read = decode(bytes).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
            // The mark stays when something is added.
            Ok(Some(if read.marked { format!("{MARK}{}", read.text) } else { read.text }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::{Decision, Split};

    fn split(contact: i64) -> Decided {
        let decision = Decision::Split(Split { user: "8f2c".into(), contact: contact.into() });
        Decided { decision, remark: "two people".to_owned() }
    }

    fn add(file: &mut DecisionFile, contact: i64) -> Result<()> {
        file.add(&[split(contact)], "ann", jiff::civil::date(2026, 11, 2))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries =
            fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        entries.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_comes_into_being_with_the_first_decision() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("state").join("decisions.toml");
        let mut file = DecisionFile::open(&path).expect("no file is no mistake");
        assert_eq!((file.text(), file.entries().len()), (None, 0));
        add(&mut file, 1).expect("written");
        add(&mut file, 2).expect("written");
        let back = DecisionFile::open(&path).expect("its own form");
        assert_eq!(back.decisions().splits.len(), 2);
        assert_eq!(back.entries(), file.entries());
        assert_eq!(names(&folder.path().join("state")), ["decisions.toml"]);
    }

    #[test]
    fn what_was_added_can_be_taken_out_again() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("decisions.toml");
        let former = "# ours\n\n[[ignore]]\nemail = \"kiosk@contoso.example\"   # the end";
        for before in [None, Some(former)] {
            if let Some(text) = before {
                fs::write(&path, text).expect("a writable folder");
            }
            let mut file = DecisionFile::open(&path).expect("good");
            let kept = file.keep();
            add(&mut file, 1).expect("written");
            file.put_back(kept.clone()).expect("written");
            assert_eq!(fs::read_to_string(&path).expect("the file"), before.unwrap_or_default());
            assert_eq!(DecisionFile::open(&path).expect("good").entries(), file.entries());
            add(&mut file, 2).expect("written");
            fs::write(&path, "# theirs\n").expect("a writable folder");
            assert_eq!(file.put_back(kept).expect_err("changed").kind(), Kind::Stale);
            assert_eq!(fs::read_to_string(&path).expect("the file"), "# theirs\n");
            fs::remove_file(&path).expect("ours");
        }
    }

    #[test]
    fn what_somebody_else_wrote_meanwhile_is_not_written_over() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("decisions.toml");
        for meanwhile in ["# theirs\n", "# theirs, again\n"] {
            let mut file = DecisionFile::open(&path).expect("good");
            fs::write(&path, meanwhile).expect("a writable folder");
            let error = add(&mut file, 1).expect_err("changed");
            assert_eq!(error.kind(), Kind::Stale);
            assert_eq!(fs::read_to_string(&path).expect("the file"), meanwhile);
            assert_eq!(names(folder.path()), ["decisions.toml"]);
        }
        let mut file = DecisionFile::open(&path).expect("good");
        fs::remove_file(&path).expect("a writable folder");
        assert_eq!(add(&mut file, 1).expect_err("gone").kind(), Kind::Stale);
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_stays() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("decisions.toml");
        let former = "\u{feff}[[ignore]]\r\nemail = \"kiosk@contoso.example\"\r\n";
        fs::write(&path, former).expect("a writable folder");
        let mut file = DecisionFile::open(&path).expect("good");
        assert_eq!((file.entries().len(), file.entries()[0].line), (1, 1));
        add(&mut file, 1).expect("written");
        let text = fs::read_to_string(&path).expect("the file");
        assert!(text.starts_with(former) && text.matches('\u{feff}').count() == 1, "{text:?}");
        assert_eq!(DecisionFile::open(&path).expect("good").entries().len(), 2);
        fs::write(&path, b"\xff\xfe[\0[\0").expect("a writable folder");
        let error = DecisionFile::open(&path).expect_err("UTF-16");
        assert!(error.message().contains("UTF-16") && error.next_step().is_some(), "{error}");
    }

    #[test]
    fn nothing_is_added_to_a_list_in_brackets() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("decisions.toml");
        let text = "split = [{ user = \"8f2c\", contact = 9 }]\n";
        fs::write(&path, text).expect("a writable folder");
        let mut file = DecisionFile::open(&path).expect("good");
        assert_eq!(add(&mut file, 1).expect_err("a list").kind(), Kind::Config);
        assert_eq!(fs::read_to_string(&path).expect("the file"), text);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_to_nothing_is_not_taken_for_no_decisions() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (real, link) = (folder.path().join("kept.toml"), folder.path().join("decisions.toml"));
        fs::write(&real, "# ours\n").expect("a writable folder");
        std::os::unix::fs::symlink(&real, &link).expect("a link");
        let mut file = DecisionFile::open(&link).expect("good");
        fs::remove_file(&real).expect("a writable folder");
        for error in [DecisionFile::open(&link).err(), add(&mut file, 1).err()] {
            let error = error.expect("nothing is there");
            assert_eq!(error.kind(), Kind::Config);
            assert!(error.message().ends_with("decisions.toml is a link that leads to nothing"));
        }
        assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
        assert_eq!(names(folder.path()), ["decisions.toml"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_private_and_one_that_was_there_keeps_its_mode_and_its_link() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("the file").permissions().mode() & 0o777;
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (real, link) = (folder.path().join("kept.toml"), folder.path().join("decisions.toml"));
        add(&mut DecisionFile::open(&real).expect("good"), 1).expect("written");
        assert_eq!(mode(&real), 0o600);
        fs::write(&real, "# ours\n").expect("a writable folder");
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("ours");
        std::os::unix::fs::symlink(&real, &link).expect("a link");
        add(&mut DecisionFile::open(&link).expect("good"), 1).expect("written");
        assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
        assert!(fs::read_to_string(&real).expect("the file").starts_with("# ours\n"));
        assert_eq!(mode(&real), 0o640);
    }

    #[test]
    fn a_file_that_is_read_only_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("decisions.toml");
        fs::write(&path, "# ours\n").expect("a writable folder");
        let mut permissions = fs::metadata(&path).expect("the file").permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).expect("ours");
        let mut file = DecisionFile::open(&path).expect("good");
        assert_eq!(add(&mut file, 1).expect_err("read-only").kind(), Kind::State);
        assert_eq!(fs::read_to_string(&path).expect("the file"), "# ours\n");
        assert_eq!(names(folder.path()), ["decisions.toml"]);
    }
}
