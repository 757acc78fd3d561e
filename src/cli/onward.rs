//! Next steps that go on where a command was: the sandbox and the PSA that its flags chose are chosen in them too.
//! Without that, what is read on the sandbox would be done to real systems.

use std::ffi::OsString;

/// The flag of a command line that chooses the PSA.
const PSA: &str = "--psa";

/// The flag that chooses the built-in systems.
const SANDBOX: &str = "--sandbox";

/// Commands that work nowhere: on no PSA, and not on the sandbox.
const NOWHERE: [&str; 10] =
    ["init", "login", "logout", "notify", "schedule", "sandbox", "schema", "completions", "man", "version"];

/// Returns the flags among these words of a command line that choose where it works, each as it is put behind a command.
pub(super) fn place(words: &[&str]) -> Vec<String> {
    let joined = format!("{PSA}=");
    let psa = words.windows(2).find(|pair| pair[0] == PSA).map(|pair| pair[1]);
    let psa = psa.or_else(|| words.iter().find_map(|word| word.strip_prefix(&joined)));
    let psa = psa.map(|psa| format!("{PSA} {psa}"));
    let sandbox = words.contains(&SANDBOX).then(|| SANDBOX.to_owned());
    psa.into_iter().chain(sandbox).collect()
}

/// Returns a next step with these flags behind every command in it that takes them. A command is between backticks, or
/// is what the step begins with.
pub(super) fn onward(next: &str, place: &[String]) -> String {
    let mut parts: Vec<String> = next.split('`').map(ToOwned::to_owned).collect();
    if let Some((command, rest)) = parts[0].split_once("; ") {
        parts[0] = format!("{}; {rest}", at(command, place));
    } else {
        parts[0] = at(&parts[0], place);
    }
    for part in parts.iter_mut().skip(1).step_by(2) {
        *part = at(part, place);
    }
    parts.join("`")
}

/// Returns a command with those of the flags that it takes and does not have; any other text as it is.
fn at(text: &str, place: &[String]) -> String {
    let is_command = |text: &str| {
        let words = || text.split_whitespace();
        let is_somewhere = words().nth(1).is_some_and(|name| !NOWHERE.contains(&name));
        words().next() == Some("crsync") && is_somewhere && super::check(words().map(OsString::from)).is_ok()
    };
    place.iter().fold(text.to_owned(), |command, flag| {
        let more = format!("{command} {flag}");
        // A flag that is there already is not taken twice.
        if is_command(&command) && is_command(&more) { more } else { command }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(next: &str, words: &[&str]) -> String {
        onward(next, &place(words))
    }

    #[test]
    fn a_next_step_is_for_the_place_that_the_command_was_at() {
        let psa = crate::psa::registry()[0].id();
        let words = ["sync", "--psa", psa, "--sandbox", "--company", "Contoso"];
        assert_eq!(
            said("`crsync log last` shows every change; `crsync undo last` takes it back", &words),
            format!(
                "`crsync log last --psa {psa} --sandbox` shows every change; \
                 `crsync undo last --psa {psa} --sandbox` takes it back"
            )
        );
        let joined = format!("--psa={psa}");
        assert_eq!(said("crsync diff", &["match", &joined]), format!("crsync diff --psa {psa}"));
        assert_eq!(
            said("crsync doctor; then go on", &words),
            format!("crsync doctor --psa {psa} --sandbox; then go on")
        );
    }

    #[test]
    fn what_is_no_command_or_says_where_it_works_is_as_it_was() {
        let psa = crate::psa::registry()[0].id();
        let words = ["sync", "--psa", psa, "--sandbox"];
        for next in ["look at `crsync.toml`", "crsync is not set up", "run the command again", ""] {
            assert_eq!(said(next, &words), next);
        }
        let other = crate::psa::registry()[1].id();
        assert_eq!(
            said(&format!("crsync log last --psa {other} --sandbox"), &words),
            format!("crsync log last --psa {other} --sandbox")
        );
        for nowhere in ["`crsync version`", "crsync sandbox --reset", "crsync login cloudradial"] {
            assert_eq!(said(nowhere, &words), nowhere);
        }
        assert_eq!(said("`crsync diff`", &["sync", "--company", "Contoso"]), "`crsync diff`");
    }
}
