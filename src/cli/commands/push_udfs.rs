//! `crsync push-udfs`: makes the PSA's user-defined fields that are missing, and writes nothing but their values.

use std::io::Write as _;

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::{Agreed, Format, Globals, OfParts, Usual};
use crate::cli::io::Io;
use crate::cli::noticed::noticed;
use crate::cli::outputs::Paths;
use crate::cli::say;
use crate::cli::screen::Screen;
use crate::cli::terminal;
use crate::error::{Error, Kind};
use crate::plan::{FieldState, Need, Purpose};
use crate::report::{self, Content, Document};
use crate::run::{self, Fields, Options, Session};

/// Flags of `push-udfs`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Only show which fields exist: exit with 3 if crsync can make missing ones, 4 if a person has to
    #[arg(long, conflicts_with_all = ["yes", "allow"])]
    check: bool,
    #[command(flatten)]
    agreed: Agreed,
    #[command(flatten)]
    usual: Usual<OfParts>,
}

impl Args {
    /// Returns whether the command only shows something.
    pub(in crate::cli) fn asks_nothing(&self) -> bool {
        self.check
    }

    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        self.usual.paths()
    }
}

/// Runs `push-udfs` and returns how to exit.
///
/// # Errors
/// What keeps the fields from being looked at, or the plan from being made or applied at all.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let document = if args.check { Document::Fields } else { Document::Run };
    let format = args.usual.results.shape.format;
    let options = args.usual.options(globals);
    let mut screen = Screen::new(io, globals, format, args.usual.results.redact);
    if args.check {
        args.usual.results.shape.of(document)?;
        let machine = screen.io.machine();
        let session = Session::open(&options, &machine, &mut screen)?;
        return check(&session, &mut screen);
    }
    noticed("push-udfs", &options, args.agreed.yes, &mut screen, |screen| {
        args.usual.results.shape.of(document)?;
        push(args, &options, screen)
    })
}

/// Makes the fields that are missing, and writes their values.
fn push(args: &Args, options: &Options, screen: &mut Screen<'_>) -> Result<u8> {
    let preview = "`crsync push-udfs --check` shows how the fields are";
    screen.can_agree(args.agreed.yes, preview)?;
    screen.io.heed_signals();
    let machine = screen.io.machine();
    let session = Session::open(options, &machine, screen)?;
    let psa = session.config.capabilities.name;
    let mut fields = Fields::begin(&session, screen)?;
    let (look, is_table) = (screen.look(psa), screen.format == Format::Table);
    if is_table {
        screen.print(|out| {
            report::fields(out, &fields.found, look)?;
            writeln!(out)
        })?;
    }
    let by_hand = |field: &FieldState| matches!(field.need, Need::Show | Need::ByHand);
    if options.strict && fields.found.iter().any(by_hand) {
        let hint = "`crsync push-udfs --check` prints what to do; or leave --strict out";
        let message = "a field needs a person's hand, and --strict makes that an error";
        say::complain(screen.io, message, Some(hint))?;
        fields.run.abandon()?;
        return Ok(exit::FAILURE);
    }
    let missing = fields.missing();
    if missing > 0 && !args.agreed.yes && !agreed(missing, psa, screen.io)? {
        fields.run.abandon()?;
        return Ok(exit::PENDING);
    }
    let made = fields.make(screen)?;
    if missing > 0 && is_table {
        screen.print(|out| {
            report::notes(out, made, look)?;
            writeln!(out)
        })?;
    }
    let plan = fields.plan(screen)?;
    let (allowed, must_ask) = (args.agreed.allowances(), !args.agreed.yes);
    let ended = fields.run.carry_out(plan, Purpose::PushUdfs, &allowed, must_ask, screen)?;
    screen.end(&fields.run.id, psa, ended)
}

/// Shows how the fields are.
fn check(session: &Session, screen: &mut Screen<'_>) -> Result<u8> {
    let fields = run::fields(session, screen)?;
    let capabilities = session.config.capabilities;
    screen.document(&Content::Fields(capabilities.id, &fields), capabilities.name)?;
    Ok(code(&fields))
}

/// Asks whether to make the missing fields.
fn agreed(missing: usize, psa: &str, io: &Io) -> Result<bool> {
    say::can_be_read(io)?;
    let what =
        if missing == 1 { "the missing field".to_owned() } else { format!("the {missing} missing fields") };
    terminal::forget_typed();
    let answer = dialoguer::Confirm::new()
        .with_prompt(report::clean(&format!("Make {what} in {psa}?")))
        .default(false)
        .interact()
        .map_err(|error| Error::new(Kind::Interrupted, "nothing was made").source(error))?;
    Ok(answer)
}

/// Returns the exit code of a look: what crsync can do comes before what only a person can.
fn code(fields: &[FieldState]) -> u8 {
    let any = |need| fields.iter().any(|field| field.need == need);
    match () {
        () if any(Need::Create) => exit::PENDING,
        () if any(Need::Show) || any(Need::ByHand) => exit::CONFLICTS,
        () => exit::CLEAN,
    }
}
