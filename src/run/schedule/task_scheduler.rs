//! A task of the Windows Task Scheduler, in the order of elements that its schema has.

use super::escape::{windows, xml};
use super::facts::Facts;

/// Prints the task. It names no encoding, since it is text to PowerShell and bytes to `schtasks`.
pub(super) fn print(facts: &Facts) -> String {
    let notes = [
        "Import it: schtasks /Create /TN crsync /XML crsync.xml /RU ACCOUNT /RP *".to_owned(),
        "A second run is not started while one is at work; other runs on the same client exit with 9."
            .to_owned(),
        format!(
            "The Task Scheduler sets no variables: the state folder is {} where CRSYNC_STATE of the machine or of \
             the account names it, or where it is %ProgramData%\\crsync.",
            facts.state
        ),
        "A secret in the keyring is found if crsync login was run as this account.".to_owned(),
    ];
    let by_variable = "the variable {} of the account";
    let secrets = facts.secrets_told(by_variable, &format!("{by_variable}, if you want it: it is optional"));
    // Windows opens the account's own keyring where the task is run with its password.
    let secrets = secrets.into_iter().map(|line| match line.split_once(", since a schedule cannot open") {
        Some((before, _)) => format!("{before}, or the keyring of the account"),
        None => line,
    });
    let notes: Vec<String> = notes.into_iter().chain(facts.about()).chain(secrets).collect();
    let repetition = if facts.times.repeats() {
        let minutes = facts.times.every().length().as_secs() / 60;
        format!(
            "
      <Repetition>
        <Interval>PT{minutes}M</Interval>
        <Duration>P1D</Duration>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>"
        )
    } else {
        String::new()
    };
    let arguments = facts.arguments(&facts.config);
    let arguments = arguments.iter().map(|word| windows(word)).collect::<Vec<_>>().join(" ");
    let (notes, account) = (xml(&notes.join("\n")), xml(&facts.account));
    let (program, arguments) = (xml(&facts.program), xml(&arguments));
    let (first, limit) = (facts.times.first(), facts.limit());
    format!(
        "<?xml version=\"1.0\"?>
<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">
  <RegistrationInfo>
    <Description>{notes}</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T{first}:00</StartBoundary>{repetition}
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id=\"Author\">
      <UserId>{account}</UserId>
      <LogonType>Password</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>
    <ExecutionTimeLimit>PT{limit}S</ExecutionTimeLimit>
  </Settings>
  <Actions Context=\"Author\">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"
    )
}
