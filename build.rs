//! Hands over what only the build knows: for which target, with which profile and compiler, and from which commit. Packs
//! the long texts that the program carries.

#![allow(clippy::print_stdout)] // that is how a build script speaks

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// The folders whose files are packed.
const PACKED: [&str; 2] = ["schemas", "data"];

fn main() -> io::Result<()> {
    // Told by the builder, so that the same sources give the same program: no clock and no repository is asked.
    println!("cargo::rerun-if-env-changed=CRSYNC_COMMIT");
    println!("cargo::rerun-if-env-changed=CRSYNC_RELEASES");
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    println!("cargo::rustc-env=CRSYNC_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=CRSYNC_PROFILE={}", profile(&variable("OUT_DIR")));
    println!("cargo::rustc-env=CRSYNC_RUSTC={}", rustc(&variable("RUSTC")));
    PACKED.iter().try_for_each(|folder| pack(folder, &Path::new(&variable("OUT_DIR")).join(folder)))
}

/// Packs the files of a folder into files of the same names.
fn pack(folder: &str, into: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed={folder}");
    fs::create_dir_all(into)?;
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.retain(|path| path.is_file());
    for path in files {
        let target = fs::File::create(into.join(path.file_name().unwrap_or_default()))?;
        let mut packing = DeflateEncoder::new(target, Compression::best());
        packing.write_all(&fs::read(&path)?)?;
        packing.finish()?;
    }
    Ok(())
}

/// Returns the name of the profile: the build tells it by its folder alone, `…/PROFILE/build/crsync-…/out`.
fn profile(out: &str) -> String {
    let folder = Path::new(out).ancestors().nth(3).and_then(Path::file_name);
    folder.map_or_else(|| "unknown".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Returns the compiler's version.
fn rustc(program: &str) -> String {
    let output = Command::new(program).arg("--version").output().ok();
    let text = output.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    text.trim().strip_prefix("rustc ").unwrap_or("unknown").to_owned()
}
