//! What each scheduler is told, and that its own reader takes it.

use std::process::Command;

use super::*;

/// A machine whose paths need quotes everywhere.
fn awkward() -> Facts {
    let mut secrets = plain().secrets;
    secrets[1].origin = Origin::File("/srv/R&D \"100%\"/key".into());
    Facts {
        program: "/opt/crs ync's 100% $x/crsync".to_owned(),
        config: "/srv/R&D \"100%\" $HOME/crsync.toml".to_owned(),
        is_configured: true,
        state: "/srv/R&D <state> 100%".to_owned(),
        variables: "/srv/R&D \"100%\" $HOME/secrets.env".to_owned(),
        times: Times::new("01:30".parse().ok(), "12h".parse().ok()),
        deadline: Duration::from_secs(90),
        psa: Some("desk".to_owned()),
        secrets,
        ..plain()
    }
}

/// A usual machine, with a secret from each place.
fn plain() -> Facts {
    let secrets = [
        ("cloudradial", "public-key", Origin::Variable("CRSYNC_CLOUDRADIAL_PUBLIC_KEY".to_owned())),
        ("cloudradial", "private-key", Origin::File("/etc/crsync/portal.key".into())),
        ("microsoft365", "client-secret", Origin::Keyring),
        ("microsoft365", "certificate", Origin::Nowhere),
        ("desk", "secret", Origin::Command("op".to_owned())),
    ];
    Facts {
        program: "/usr/local/bin/crsync".to_owned(),
        account: "crsync".to_owned(),
        config: "/etc/crsync/crsync.toml".to_owned(),
        is_configured: false,
        state: "/var/lib/crsync".to_owned(),
        secrets: secrets.map(|(service, name, origin)| secret(service, name, origin)).into(),
        variables: "/etc/crsync/secrets.env".to_owned(),
        log: "/Users/crsync/Library/Logs/crsync.log".to_owned(),
        psa: None,
        times: Times::new(None, None),
        deadline: DEADLINE,
        part: Part::Whole,
    }
}

#[test]
fn each_scheduler_is_told_program_account_places_of_secrets_deadline_and_times() {
    for (name, print) in KINDS {
        insta::assert_snapshot!(name, print(&plain()));
    }
}

#[test]
fn paths_with_blanks_and_signs_arrive_as_they_are() {
    for (name, print) in KINDS {
        insta::assert_snapshot!(format!("{name}_awkward"), print(&awkward()));
    }
}

#[test]
fn parts_at_the_same_time_are_one_indexed_job_in_which_each_has_a_folder_of_its_own() {
    insta::assert_snapshot!(kubernetes::print(&Facts { part: Part::Each(3), ..plain() }));
}

#[test]
fn one_part_has_a_name_and_a_disk_of_its_own_and_any_scheduler_runs_it() {
    let shard = "2/3".parse().expect("a part");
    for (name, print) in KINDS {
        let printed = print(&Facts { part: Part::One(shard), ..plain() });
        assert!(printed.contains("--shard") && printed.contains("2/3"), "{name}: {printed}");
    }
    let printed = kubernetes::print(&Facts { part: Part::One(shard), ..plain() });
    for line in ["  name: crsync-2-of-3\n", "    - ReadWriteOnce\n", "claimName: crsync-2-of-3\n"] {
        assert!(printed.contains(line), "{printed}");
    }
}

#[test]
fn without_a_secret_in_a_variable_no_file_of_variables_is_needed() {
    let secrets = vec![secret("desk", "secret", Origin::File("/etc/crsync/key".into()))];
    let facts = Facts { secrets, ..plain() };
    for (name, print) in KINDS {
        assert!(!print(&facts).contains("secrets.env") || name == KUBERNETES, "{name}");
    }
}

#[test]
fn a_shell_takes_the_line_of_cron_apart_as_it_was_meant() {
    let printed = cron::print(&Facts { secrets: Vec::new(), ..awkward() });
    let line = printed.lines().last().unwrap_or_default();
    // What cron itself does: the first six columns are its own, and a backslash keeps a percent sign.
    let command = line.split_once("  crsync  ").expect("an account").1.replace("\\%", "%");
    let told = command.replacen("CRSYNC_STATE=", "printf '%s\\n' ", 1);
    let Ok(output) = Command::new("sh").args(["-c", &told]).output() else { return };
    let words = String::from_utf8(output.stdout).expect("text");
    let facts = awkward();
    let expected = [facts.state.clone(), facts.program.clone()];
    let expected: Vec<String> = expected.into_iter().chain(facts.arguments(&facts.config)).collect();
    assert_eq!(words.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_secret_that_is_not_set_may_be_in_the_file_of_variables() {
    let optional = |origin| SecretPlace { is_optional: true, ..secret("desk", "totp", origin) };
    let file = secret("desk", "secret", Origin::File("/etc/crsync/key".into()));
    let print_all = |secrets: Vec<SecretPlace>| {
        let facts = Facts { secrets, ..plain() };
        [systemd::print, cron::print, launchd::print].map(|print| print(&facts))
    };
    for printed in print_all(vec![file.clone()]) {
        assert!(!printed.contains("secrets.env"), "{printed}");
    }
    for printed in print_all(vec![file.clone(), optional(Origin::Nowhere)]) {
        assert!(printed.contains("secrets.env, or leave it out: it is optional"), "{printed}");
    }
    for printed in print_all(vec![file, optional(Origin::Keyring)]) {
        assert!(printed.contains("set CRSYNC_DESK_TOTP in /etc/crsync/secrets.env"), "{printed}");
    }
}

#[test]
fn a_run_begins_whether_or_not_there_is_a_file_of_variables() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("secrets.env");
    let variables = file.display().to_string();
    let printed = cron::print(&Facts { variables: variables.clone(), ..plain() });
    let line = printed.lines().last().unwrap_or_default();
    let before = line.split_once("  crsync  ").expect("an account").1;
    let before = before.split_once("CRSYNC_STATE=").expect("a run").0;
    let by_cron = format!("{before}sh -c 'echo \"begins $CRSYNC_X\"'");
    let by_launchd = [
        "-c",
        launchd::WITH_VARIABLES,
        "crsync",
        variables.as_str(),
        "sh",
        "-c",
        "echo \"begins $CRSYNC_X\"",
    ];
    for said in ["begins \n", "begins hunter2\n"] {
        for words in [&["-c", by_cron.as_str()][..], &by_launchd] {
            let Ok(output) = Command::new("sh").args(words).output() else { return };
            assert_eq!(String::from_utf8_lossy(&output.stdout), said, "{words:?}");
        }
        std::fs::write(&file, "CRSYNC_X='hunter2'\n").expect("a writable folder");
    }
    assert!(systemd::print(&plain()).contains("\nEnvironmentFile=-/etc/crsync/secrets.env\n"));
}

#[cfg(unix)]
#[test]
fn systemd_takes_its_units() {
    let there = Command::new("systemd-analyze").arg("--version").output();
    if !there.is_ok_and(|output| output.status.success()) {
        // Shown with --nocapture; there is nothing to ask on this machine.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), b"skipped: there is no systemd-analyze\n");
        return;
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    // systemd looks for the program and at the account.
    for (name, file, facts) in
        [("plain", "a 100% $x program", plain()), ("awkward", "a 100% $x 'program'", awkward())]
    {
        let program = folder.path().join(file);
        std::os::unix::fs::symlink("/bin/true", &program).expect("a link");
        let program = program.display().to_string();
        let printed = systemd::print(&Facts { program, account: "root".to_owned(), ..facts });
        let (service, timer) = printed.split_once("# /etc/systemd/system/crsync.timer\n").expect("two files");
        let place = folder.path().join(name);
        std::fs::create_dir(&place).expect("a folder");
        let [service_file, timer_file] = ["crsync.service", "crsync.timer"].map(|file| place.join(file));
        std::fs::write(&service_file, service).expect("a file");
        std::fs::write(&timer_file, timer).expect("a file");
        let verified = Command::new("systemd-analyze")
            .args(["verify", "--man=no"])
            .args([&service_file, &timer_file])
            .output()
            .expect("systemd-analyze");
        let said = String::from_utf8_lossy(&verified.stderr);
        let ours: Vec<&str> = said.lines().filter(|line| line.contains("crsync.")).collect();
        assert!(verified.status.success() && ours.is_empty(), "{name}: {said}\n{printed}");
    }
}

#[test]
fn a_run_is_over_before_the_next_one_begins() {
    let every = |text: &str| Times::new(None, text.parse().ok());
    for (interval, expected) in [("24h", "2h"), ("2h", "115m"), ("1h", "55m"), ("10m", "5m")] {
        assert_eq!(told(deadline(None, every(interval)).expect("a deadline")), expected, "{interval}");
    }
    let error = deadline(Some(Duration::from_secs(7200)), every("1h")).expect_err("too long");
    assert_eq!(error.message(), "a deadline of 2h is not within the 1h between two runs");
    assert!(deadline(Some(Duration::ZERO), every("1h")).is_err());
}
