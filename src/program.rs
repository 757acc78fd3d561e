//! Other programs: started without crsync's secrets, in a group of their own, and ended with all that they started when
//! their time is over.

use std::path::{Path, PathBuf};
#[cfg(windows)]
use std::process::Stdio;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// How often a program is looked at that is still running.
const LOOK: Duration = Duration::from_millis(10);

/// Variables of crsync that are no secrets.
///
/// A program gets no other one whose name begins with `CRSYNC_`.
const HANDED_ON: [&str; 2] = ["CRSYNC_CONFIG", "CRSYNC_STATE"];

/// Returns a program that is ready to be started in a process group of its own, with the environment of crsync but for its
/// secrets.
pub(crate) fn command(program: &str, arguments: &[String]) -> Command {
    #[cfg(windows)]
    let program = found(program);
    let mut command = Command::new(program);
    command.args(arguments);
    without_secrets(&mut command);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Takes crsync's secrets out of what the program gets of the environment.
pub(crate) fn without_secrets(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        // Windows does not tell letters of a name apart by their case.
        if shown.to_uppercase().starts_with("CRSYNC_") && !HANDED_ON.contains(&&*shown) {
            command.env_remove(&name);
        }
    }
}

/// The endings of programs on Windows, in the order in which its own shell tries them.
#[cfg_attr(not(windows), allow(dead_code))] // decided and tested everywhere, asked on Windows
const ENDINGS: [&str; 4] = ["com", "exe", "bat", "cmd"];

/// Returns where the shell of Windows looks for a program that is named without its ending: in `folders`, or only where
/// the name itself has a folder. The system by itself looks for `.exe` alone, and many tools are scripts.
#[cfg_attr(not(windows), allow(dead_code))] // decided and tested everywhere, asked on Windows
fn places(program: &str, folders: &[PathBuf]) -> Vec<PathBuf> {
    let named = Path::new(program);
    if named.extension().is_some() {
        return Vec::new();
    }
    let has_folder = named.parent().is_some_and(|folder| !folder.as_os_str().is_empty());
    let folders = if has_folder { &[PathBuf::new()] } else { folders };
    let of = |folder: &PathBuf| ENDINGS.map(|ending| folder.join(named).with_extension(ending));
    folders.iter().flat_map(of).collect()
}

/// Returns the first of these places that has the program, else its name as it is.
#[cfg(windows)]
fn found(program: &str) -> PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    // A blank entry would be the current folder, which is no place for programs.
    let folders: Vec<PathBuf> =
        std::env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty()).collect();
    places(program, &folders).into_iter().find(|place| place.is_file()).unwrap_or_else(|| program.into())
}

/// Waits until the program has ended, or until `end`: `None` where it is still running.
pub(crate) fn wait(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(LOOK),
            _ => return None,
        }
    }
}

/// Ends the program with all that it started.
///
/// It was not waited for, so its number is still its own.
pub(crate) fn kill(child: &mut Child) {
    // What cannot be ended has ended.
    #[cfg(unix)]
    let _ = rustix::process::kill_process_group(
        rustix::process::Pid::from_child(child),
        rustix::process::Signal::KILL,
    );
    #[cfg(windows)]
    let _ = Command::new("taskkill.exe")
        .args(["/T", "/F", "/PID", &child.id().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_found_by_its_bare_name_where_the_shell_of_windows_finds_it() {
        let folders = [PathBuf::from("one"), PathBuf::from("two")];
        let found = places("op", &folders);
        assert_eq!(found.len(), 8);
        assert_eq!(found[..4], ["one/op.com", "one/op.exe", "one/op.bat", "one/op.cmd"].map(PathBuf::from));
        assert_eq!(found[7], PathBuf::from("two/op.cmd"));
        assert_eq!(places("tools/op", &folders)[3], PathBuf::from("tools/op.cmd"), "nowhere else");
        assert_eq!(places("az.cmd", &folders), [] as [PathBuf; 0], "the system itself finds it");
    }
}
