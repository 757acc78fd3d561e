//! crsync keeps CloudRadial, Microsoft 365 and an MSP's PSA in agreement about people and companies.

use std::process::ExitCode;

use crsync::cli::{self, Io};

fn main() -> ExitCode {
    ExitCode::from(cli::run(std::env::args_os(), &mut Io::system()))
}
