//! What crsync writes to files: asked for before anything happens, private, whole, and without colours.

use std::fs;

use crate::harness::World;

const CONTOSO: &[&str] = &["--company", "Contoso"];

/// Every command that writes a file, without the flags for files.
const COMMANDS: &[&[&str]] = &[
    &["diff"],
    &["match"],
    &["explain", "lena.ortiz@contoso.example"],
    &["sync", "--yes"],
    &["undo", "last", "--yes"],
    &["push-udfs", "--yes"],
    &["push-udfs", "--check"],
    &["self-service", "--yes", "--user", "lena.ortiz@contoso.example", "--set", "mobile=+1 312 555 0142"],
    &["log"],
    &["show", "plan.json"],
    &["capabilities"],
    &["completions", "bash"],
    &["sandbox"],
];

/// Those that ask no service.
const SILENT: &[&str] = &["log", "show", "capabilities", "completions", "sandbox"];

#[test]
fn a_path_that_cannot_be_written_is_refused_before_anything_happens() {
    let world = World::small();
    let none = world.path("none").join("x").display().to_string();
    let folder = world.path("a folder").display().to_string();
    fs::create_dir(&folder).expect("a writable folder");
    #[cfg_attr(not(unix), allow(unused_mut, clippy::useless_vec))] // elsewhere there are more
    let mut paths = vec![none, folder];
    #[cfg(unix)]
    {
        let link = world.path("link");
        std::os::unix::fs::symlink("nothing", &link).expect("a link");
        paths.push(link.display().to_string());
        let kept = world.path("kept");
        fs::write(&kept, "kept").expect("a writable folder");
        let mut rights = fs::metadata(&kept).expect("the file").permissions();
        rights.set_readonly(true);
        fs::set_permissions(&kept, rights).expect("our own file");
        paths.push(kept.display().to_string());
    }
    // No account may make files here, not even root.
    #[cfg(target_os = "linux")]
    paths.push("/proc/self/x".to_owned());
    for command in COMMANDS {
        for flag in ["--output", "--har", "--save-plan"] {
            let is_offered = match flag {
                "--har" => !SILENT.contains(&command[0]),
                "--save-plan" => command[0] == "diff",
                _ => true,
            };
            for path in paths.iter().filter(|_| is_offered) {
                let run = world.run(&[*command, &[flag, path][..]].concat());
                assert_eq!((run.code, run.out.as_str()), (2, ""), "{command:?} {flag} {path}: {}", run.err);
                assert!(
                    run.err.contains(&format!("{path} cannot be written, so nothing was done")),
                    "{}",
                    run.err
                );
                assert!(run.err.contains(&format!("leave out {flag}")), "{}", run.err);
            }
        }
    }
    assert_eq!(world.sandbox.requests().len(), 0);
    assert!(!world.state().exists(), "no state was made");
}

#[test]
fn a_flag_that_means_nothing_to_a_command_is_refused() {
    let world = World::small();
    let path = world.path("x").display().to_string();
    for command in COMMANDS.iter().filter(|command| SILENT.contains(&command[0])) {
        let run = world.run(&[*command, &["--har", &path][..]].concat());
        assert_eq!(run.code, 2, "{command:?}");
        assert!(run.err.contains("--har is not a flag of this command"), "{}", run.err);
    }
    let run = world.run(&["diff", "--output", &path, "--save-plan", &path]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("--output and --save-plan name the same file"), "{}", run.err);
    for args in [
        &["doctor", "--offline", "--har", &path][..],
        &["sandbox", "--reset", "--yes", "--output", &path],
        &["sandbox", "--reset", "--yes", "--port", "8080"],
    ] {
        let run = world.run(args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}: {}", run.err);
    }
    assert!(!world.path("x").exists());
}

#[test]
fn a_command_that_fails_leaves_the_file_of_its_output_as_it_was() {
    let world = World::small();
    let path = world.path("x.json");
    fs::write(&path, "of the last time").expect("a writable folder");
    let run = world.diff(&["--company", "No such", "--output", &path.display().to_string()]);
    assert_eq!(run.code, 2);
    assert_eq!(fs::read_to_string(&path).expect("the file"), "of the last time");
}

#[test]
fn a_file_has_no_colours_unless_they_are_asked_for() {
    let world = World::small();
    let path = world.path("x.txt");
    let text = |color: &[&str]| {
        let file = path.display().to_string();
        let run = world.run(&[&["diff", "--output", &file], color, CONTOSO].concat());
        assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
        fs::read_to_string(&path).expect("the result")
    };
    let always = text(&["--color", "always"]);
    assert!(always.contains('\u{1b}'), "{always}");
    for color in [&[][..], &["--color", "auto"], &["--color", "never"]] {
        let plain = text(color);
        assert!(plain.contains("Contoso") && !plain.contains('\u{1b}'), "{plain}");
    }
}

#[cfg(unix)]
#[test]
fn plan_trace_and_result_are_private_and_their_neighbours_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::small();
    let mode = |path: &std::path::Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let folder = world.path("out");
    fs::create_dir(&folder).expect("a writable folder");
    let files = ["my.json", "trace.har", "plan.json"].map(|name| folder.join(name));
    for (file, rights) in files.iter().zip([0o644, 0o666, 0o600]) {
        fs::write(file, "before").expect("a writable folder");
        fs::set_permissions(file, fs::Permissions::from_mode(rights)).expect("our own file");
    }
    for name in ["my.part", "plan.part", "trace.part"] {
        fs::write(folder.join(name), "a neighbour's").expect("a writable folder");
    }
    let [output, har, out] = files.each_ref().map(|file| file.display().to_string());
    let run = world.diff(&[&["--output", &output, "--har", &har, "--save-plan", &out], CONTOSO].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
        let text = fs::read_to_string(file).expect("the file");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", file.display());
    }
    for name in ["my.part", "plan.part", "trace.part"] {
        assert_eq!(fs::read_to_string(folder.join(name)).expect("the neighbour"), "a neighbour's");
    }
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 6, "and nothing else is left");
}

#[cfg(unix)]
#[test]
fn a_state_that_others_could_use_is_narrowed_and_that_is_said_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::small();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let chmod = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
    };
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let file = world.state().join("state.db");
    chmod(&world.state(), 0o755);
    chmod(&file, 0o644);
    let run = world.run(&["log"]);
    assert_eq!((run.code, mode(&world.state()), mode(&file)), (0, 0o700, 0o600));
    let said = format!(
        "warning: other accounts could use {} (mode 644), {} (mode 755): now only its owner can\n",
        file.display(),
        world.state().display()
    );
    assert_eq!(run.err, said);
    assert_eq!(world.run(&["log"]).err, "", "once");
    // A folder that holds other things is not crsync's to close.
    fs::write(world.state().join("holiday.jpg"), "").expect("a writable folder");
    chmod(&world.state(), 0o755);
    let run = world.run(&["log"]);
    assert!(
        run.err
            .contains("is open to other accounts, and holds other things as well\n  next: set CRSYNC_STATE"),
        "{}",
        run.err
    );
    assert_eq!((run.code, mode(&world.state())), (0, 0o755));
    assert_eq!(world.run(&["log", "--quiet"]).err, "");
}

#[cfg(unix)]
#[test]
fn a_configuration_that_others_can_change_may_not_name_commands() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut world = World::small();
    let mark = world.path("was run").display().to_string();
    let chmod = |world: &World, mode| {
        fs::set_permissions(world.config(), fs::Permissions::from_mode(mode)).expect("our own file");
    };
    chmod(&world, 0o666);
    assert_eq!(world.diff(CONTOSO).code, 0, "without a command it may be as it is");
    let command = format!("[microsoft365]\nclient-secret-command = [\"touch\", \"{mark}\"]\n");
    world.configure(|text| text.replacen("[microsoft365]\n", &command, 1));
    world.env.remove("CRSYNC_MICROSOFT365_CLIENT_SECRET").expect("a secret");
    let asked = world.sandbox.requests().len();
    for mode in [0o666, 0o660, 0o602] {
        chmod(&world, mode);
        let run = world.run(&[&["diff"], CONTOSO].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{mode:o}");
        assert!(
            run.err.contains("crsync.toml names a command to run, and other accounts can change the file"),
            "{}",
            run.err
        );
        assert!(run.err.contains("next: run `chmod go-w "), "{}", run.err);
    }
    assert!(!world.path("was run").exists());
    assert_eq!(world.sandbox.requests().len(), asked);
    chmod(&world, 0o644);
    assert_eq!(world.diff(CONTOSO).code, 2, "it printed no secret");
    assert!(world.path("was run").exists(), "a file that only its owner can change may name one");
}

#[test]
fn a_file_that_is_read_is_not_written_over() {
    let world = World::small();
    let plan = world.path("plan.json").display().to_string();
    assert_eq!(world.diff(&["--save-plan", &plan]).code, 0);
    let requests = world.path("requests.jsonl").display().to_string();
    std::fs::write(&requests, "{\"user\": \"a@contoso.example\", \"set\": {}}\n").expect("a writable folder");
    let config = world.config().display().to_string();
    let other = world.path(".").join("plan.json").display().to_string();
    let report = world.path("plan.JSON").display().to_string();
    let is_one = std::fs::canonicalize(&report).is_ok();
    let read = |path: &str| std::fs::read(path).expect("a file");
    let decisions = world.path("decisions.toml").display().to_string();
    std::fs::write(&decisions, "# nothing is decided yet\n").expect("a writable folder");
    let before = [&plan, &requests, &config, &decisions].map(|path| read(path));
    let asked = world.sandbox.requests().len();
    let tried: [&[&str]; 10] = [
        &["show", &plan, "--output", &plan],
        &["show", &plan, "--report", &other],
        &["show", &plan, "--har", &plan],
        &["sync", "--yes", "--plan", &plan, "--report", &plan],
        &["self-service", "--yes", "--from", &requests, "--output", &requests],
        &["diff", "--output", &config],
        &["diff", "--save-plan", &config],
        &["diff", "--output", &decisions],
        &["diff", "--har", &decisions],
        &["match", "--report", &decisions],
    ];
    for args in tried {
        let run = world.run(args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}: {}", run.err);
    }
    assert!(world.run(tried[0]).err.contains("--output names a file that the command reads"));
    assert_eq!([&plan, &requests, &config, &decisions].map(|path| read(path)), before);
    std::fs::remove_file(&decisions).expect("an own file");
    assert_eq!(world.diff(&["--output", &decisions]).code, 2, "nor is it made");
    assert!(!std::fs::exists(&decisions).expect("a folder"));
    assert_eq!(world.sandbox.requests().len(), asked);
    // Where names differ in their letters' size alone and are one file, it is one as well.
    if is_one {
        assert_eq!(world.run(&["show", &plan, "--report", &report]).code, 2);
    }
}
