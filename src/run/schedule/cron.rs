//! A file of `/etc/cron.d`.

use super::escape::cron;
use super::facts::{Facts, hashed};

/// Prints the file.
pub(super) fn print(facts: &Facts) -> String {
    let notes = [
        "cron mails what a run prints to MAILTO; a night with nothing to do prints nothing.",
        "crsync itself keeps two runs from one client: the second exits with 9 at once.",
    ];
    let notes = notes.map(ToOwned::to_owned).into_iter();
    let notes = hashed(notes.chain(facts.about()).chain(facts.secrets_by_file()));
    let variables = if facts.has_variables() {
        // A shell ends where it cannot read a file; the run itself says which secret is missing.
        let file = cron(&facts.variables);
        format!("set -a; [ -r {file} ] && . {file}; set +a; ")
    } else {
        String::new()
    };
    let words = facts.arguments(&facts.config);
    let words = std::iter::once(&facts.program).chain(&words).map(|word| cron(word)).collect::<Vec<_>>();
    let (times, account, state) = (facts.times.cron(), &facts.account, cron(&facts.state));
    format!(
        "# /etc/cron.d/crsync
{notes}SHELL=/bin/sh
MAILTO={account}
{times} * * *  {account}  {variables}CRSYNC_STATE={state} {}
",
        words.join(" ")
    )
}
