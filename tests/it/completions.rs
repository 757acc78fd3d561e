//! The completions that are kept are those of the arguments as they are.

use std::collections::BTreeMap;
use std::path::Path;

use crate::harness::run;

#[test]
fn the_kept_completions_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in
        [("bash", "crsync.bash"), ("zsh", "_crsync"), ("fish", "crsync.fish"), ("powershell", "_crsync.ps1")]
    {
        let made = run(&["crsync", "completions", shell], None, &BTreeMap::new()).out;
        let path = folder.join(file);
        if std::env::var_os("CRSYNC_BLESS").is_some() {
            std::fs::create_dir_all(&folder)
                .and_then(|()| std::fs::write(&path, &made))
                .expect("a writable folder");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == made, "{file} is not current; run the tests once with CRSYNC_BLESS=1");
    }
}

#[test]
fn psas_and_services_are_offered_by_their_names() {
    let made = run(&["crsync", "completions", "bash"], None, &BTreeMap::new()).out;
    let psas: Vec<&str> = crsync::psa::registry().iter().map(|known| known.id()).collect();
    assert!(made.contains(&format!("compgen -W \"{}\"", psas.join(" "))), "{made}");
    let services: Vec<&str> = crsync::config::secrets().iter().map(|(service, _)| *service).collect();
    assert!(made.contains(&services.join(" ")), "{made}");
}
