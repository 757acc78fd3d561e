//! A service and a timer of systemd.

use super::escape::{systemd, systemd_argument, systemd_path};
use super::facts::{Facts, hashed};

/// Prints the unit files, each below its path.
pub(super) fn print(facts: &Facts) -> String {
    let notes = [
        "Put both parts into their files, then: systemctl daemon-reload, systemctl enable --now crsync.timer.",
        "Try it with: systemctl start crsync.service, journalctl -u crsync.service.",
        "systemd never starts a second run while one is at work; other runs on the same client exit with 9.",
    ];
    let notes = notes.map(ToOwned::to_owned).into_iter();
    let notes = hashed(notes.chain(facts.about()).chain(facts.secrets_by_file()));
    let state = systemd(&format!("CRSYNC_STATE={}", facts.state));
    let variables = if facts.has_variables() {
        // A run without the file says which secret is missing; with `-` it starts.
        format!("EnvironmentFile=-{}\n", systemd_path(&facts.variables))
    } else {
        String::new()
    };
    let arguments = facts.arguments(&facts.config);
    let arguments = arguments.iter().map(|word| systemd_argument(word)).collect::<Vec<_>>().join(" ");
    // systemd itself starts no program with quotes or backslashes in its path, and takes no variables there.
    let program = if facts.program.contains(['\'', '"', '\\']) {
        format!("/usr/bin/env {}", systemd_argument(&facts.program))
    } else {
        systemd(&facts.program)
    };
    let (account, limit) = (systemd_path(&facts.account), facts.limit());
    let two = |numbers: Vec<u16>| {
        let numbers = numbers.into_iter().map(|number| format!("{number:02}")).collect::<Vec<_>>().join(",");
        if numbers.is_empty() { "*".to_owned() } else { numbers }
    };
    let (hours, minutes) = (two(facts.times.hours()), two(facts.times.minutes()));
    format!(
        "# /etc/systemd/system/crsync.service
{notes}[Unit]
Description=Bring CloudRadial, Microsoft 365 and the PSA into agreement
Wants=network-online.target
After=network-online.target
# A unit of yours that tells a person of a failure:
# OnFailure=

[Service]
Type=oneshot
User={account}
Environment={state}
{variables}ExecStart={program} {arguments}
# Conflicts that wait for a person (4), another run on the same client (9).
SuccessExitStatus=4 9
TimeoutStartSec={limit}
TimeoutStopSec=150
UMask=0077

# /etc/systemd/system/crsync.timer
[Unit]
Description=When crsync runs

[Timer]
OnCalendar=*-*-* {hours}:{minutes}:00
Persistent=true

[Install]
WantedBy=timers.target
"
    )
}
