//! A daemon of launchd.

use super::escape::{xml, xml_comment};
use super::facts::Facts;

/// Reads the variables of secrets, if they can be read, then becomes the program: launchd has no file of variables. A shell
/// would end where the file is missing, and the run says which secret is.
pub(super) const WITH_VARIABLES: &str = "set -a; [ -r \"$1\" ] && . \"$1\"; set +a; shift; exec \"$@\"";

/// Prints the property list.
pub(super) fn print(facts: &Facts) -> String {
    let notes = [
        "/Library/LaunchDaemons/example.crsync.plist, owned by root, mode 0644".to_owned(),
        "Load it: launchctl bootstrap system /Library/LaunchDaemons/example.crsync.plist".to_owned(),
        "launchd never starts a second run while one is at work; other runs on the same client exit with 9."
            .to_owned(),
        format!("Output goes to {}, which newsyslog can rotate.", facts.log),
    ];
    let notes = notes.into_iter().chain(facts.about()).chain(facts.secrets_by_file());
    let notes = notes.map(|line| format!("  {}\n", xml_comment(&line))).collect::<Vec<_>>().concat();
    let mut words = Vec::new();
    if facts.has_variables() {
        words.extend(["/bin/sh", "-c", WITH_VARIABLES, "crsync", &facts.variables].map(ToOwned::to_owned));
    }
    words.push(facts.program.clone());
    words.extend(facts.arguments(&facts.config));
    let words =
        words.iter().map(|word| format!("    <string>{}</string>\n", xml(word))).collect::<Vec<_>>().concat();
    let times = times(facts);
    let (account, state, log) = (xml(&facts.account), xml(&facts.state), xml(&facts.log));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<!--
{notes}-->
<plist version=\"1.0\">
<dict>
  <key>Label</key>
  <string>example.crsync</string>
  <key>UserName</key>
  <string>{account}</string>
  <key>ProgramArguments</key>
  <array>
{words}  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>CRSYNC_STATE</key>
    <string>{state}</string>
  </dict>
  <key>StartCalendarInterval</key>
  <array>
{times}  </array>
  <key>ExitTimeOut</key>
  <integer>150</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>{log}</string>
  <key>StandardErrorPath</key>
  <string>{log}</string>
</dict>
</plist>
"
    )
}

/// Returns an entry for each time; one without an hour is for every hour.
fn times(facts: &Facts) -> String {
    let hours = facts.times.hours();
    let hours = if hours.is_empty() { vec![None] } else { hours.into_iter().map(Some).collect() };
    let mut entries = Vec::new();
    for hour in hours {
        let hour = hour.map(|hour| format!("<key>Hour</key><integer>{hour}</integer>")).unwrap_or_default();
        let minutes = facts.times.minutes().into_iter();
        entries.extend(
            minutes.map(|minute| {
                format!("    <dict>{hour}<key>Minute</key><integer>{minute}</integer></dict>\n")
            }),
        );
    }
    entries.concat()
}
