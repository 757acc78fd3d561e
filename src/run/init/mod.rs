//! Setting up: the services reached, their secrets kept, and companies proposed from what the three sides say of each
//! other. Nothing is written to a service, and nothing in a file is replaced.

mod ask;
mod choose;
mod draft;
mod keep;
mod services;
mod sides;
mod wizard;

use std::path::PathBuf;

pub use wizard::Wizard;

use super::emulated::Emulated;
use super::machine::Machine;
use super::options::Options;
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::psa;
use crate::state;
use choose::Chosen;
use draft::Draft;
use services::{Remembered, Setup};

/// How to set up.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The file; `None` for the usual place of the configuration.
    pub file: Option<PathBuf>,
    /// Whether companies are added to those that the file has.
    pub add: bool,
    /// Whether exact proposals are taken without a question, and all others left out.
    pub yes_exact: bool,
    /// Whether the configuration is given back and nothing is kept.
    pub print: bool,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Made {
    /// The configuration.
    pub text: String,
    /// Where it was written; `None` where it was not.
    pub written: Option<PathBuf>,
    /// How many companies were added.
    pub added: usize,
    /// How many companies the file had before.
    pub there: usize,
    /// How many companies of the portal are in it neither before nor after.
    pub left_out: usize,
}

/// Sets up a configuration, or adds companies to one.
///
/// # Errors
/// A file that may not be changed in the way that was asked for, a service that cannot be reached, or a question where
/// no person can be asked. Nothing was written then.
pub fn init(asked: &Asked, options: &Options, machine: &Machine, wizard: &mut dyn Wizard) -> Result<Made> {
    // It serves for as long as it is held.
    let (mut draft, _sandbox) = if options.sandbox {
        sandboxed(asked, options, machine)?
    } else {
        let place = asked.file.as_deref().or(options.config.as_deref());
        let path = config::place(place, &machine.variables)?;
        (Draft::open(path, machine.surroundings(options.end()))?, None)
    };
    draft.may_be_added_to(asked)?;
    // Nothing is typed for a file that cannot be written.
    if !asked.print && wizard.can_ask() {
        draft.may_be_written()?;
    }
    let chosen_psa = psa(&mut draft, options, wizard)?;
    let standing = draft.standing(chosen_psa)?;
    let base = draft.base();
    let mut remembered = Vec::new();
    loop {
        draft.go_back(&base);
        let mut setup = Setup {
            draft: &mut draft,
            psa: chosen_psa,
            print: asked.print,
            options,
            machine,
            remembered: &mut remembered,
        };
        let systems = services::reach(&mut setup, wizard)?;
        let read = sides::read(&systems, chosen_psa.capabilities, wizard)?;
        let Chosen { companies, left, told, left_out } =
            choose::choose(&read, &standing, chosen_psa, asked, wizard)?;
        systems.finish()?;
        for (message, next) in &told {
            wizard.warn(message, next.as_deref())?;
        }
        draft.add(&companies, &left, asked.print);
        draft.check(chosen_psa)?;
        let made = Made {
            text: draft.text.clone(),
            written: None,
            added: companies.len(),
            there: standing.len(),
            left_out,
        };
        if asked.print || !draft.is_new() {
            return Ok(made);
        }
        if wizard.can_ask() && !asked.yes_exact {
            match last_question(&draft, made.added, &remembered, wizard)? {
                Answer::Write => {}
                Answer::Change(place) => {
                    remembered.remove(place);
                    continue;
                }
                Answer::Stop => return Ok(Made { added: 0, there: 0, ..made }),
            }
        }
        let written = draft.write(machine, wizard)?;
        return Ok(Made { written: Some(written), ..made });
    }
}

/// What a person answers to the last question.
enum Answer {
    Write,
    /// The answers about the service in this place of what is remembered are given anew; all others hold.
    Change(usize),
    Stop,
}

/// Asks whether to write, or to answer anew about one of the services.
fn last_question(
    draft: &Draft,
    added: usize,
    remembered: &[Remembered],
    wizard: &mut dyn Wizard,
) -> Result<Answer> {
    let mut items = vec![format!("Yes, write {}", draft.path.display())];
    items.extend(remembered.iter().map(|one| format!("Change the answers of {}", one.title)));
    items.push("No, write nothing".to_owned());
    let question = format!("Write the configuration with {}", several(added, "new company", "new companies"));
    Ok(match wizard.choose(&question, &items)? {
        Some(0) => Answer::Write,
        Some(place) if place <= remembered.len() => Answer::Change(place - 1),
        _ => Answer::Stop,
    })
}

/// Starts the sandbox, with its own configuration but for the companies.
fn sandboxed(asked: &Asked, options: &Options, machine: &Machine) -> Result<(Draft, Option<Emulated>)> {
    if !asked.print {
        return Err(Error::new(
            Kind::Usage,
            "the sandbox has its own configuration, so none is written for it",
        )
        .hint("add --print to see what would be proposed"));
    }
    let folder = state::own_folder(&machine.variables)?;
    let sandbox = Emulated::start(&folder, 0)?;
    let mut around = machine.surroundings(options.end());
    around.variables.extend(sandbox.secrets().into_iter().map(|(name, value)| (name.to_owned(), value)));
    let text = sandbox.config();
    let mut services = text.split("\n[[company]]").next().unwrap_or_default().to_owned();
    if options.psa.is_some() {
        // Its companies have the same numbers in every PSA.
        services = services.split_inclusive('\n').filter(|line| !line.starts_with("psa = ")).collect();
    }
    Ok((Draft::of(PathBuf::from("sandbox.toml"), services, around), Some(sandbox)))
}

/// Returns the PSA that the flag or the file chooses, else the one that a person does.
fn psa(draft: &mut Draft, options: &Options, wizard: &mut dyn Wizard) -> Result<&'static psa::Entry> {
    let stated = draft.psa();
    let chosen = if let Some(id) = options.psa.as_deref().or(stated.as_deref()) {
        psa::find(id)?
    } else {
        let all = psa::registry();
        if !wizard.can_ask() {
            let example = all.first().map_or("NAME", |entry| entry.id());
            return Err(Error::new(Kind::Usage, "no PSA is chosen").hint(format!("add --psa {example}")));
        }
        let names: Vec<String> = all.iter().map(|entry| entry.capabilities.name.to_owned()).collect();
        let place = wizard.choose("Which PSA do you use", &names)?;
        *place.and_then(|place| all.get(place)).ok_or_else(stopped)?
    };
    if let Some(stated) = &stated
        && psa::find(stated)?.id() != chosen.id()
    {
        // A company's number is that of the PSA that the file chooses.
        let message = format!("{} is for {stated}, and --psa names {}", draft.path.display(), chosen.id());
        return Err(
            Error::new(Kind::Usage, message).hint("leave out --psa, or name another file with --file")
        );
    }
    if stated.is_none() && !draft.has_companies() {
        draft.text = config::with_psa(&draft.text, chosen.id());
    }
    Ok(chosen)
}

fn several(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Returns the error for a person who turned away.
fn stopped() -> Error {
    Error::new(Kind::Interrupted, "stopped; nothing was written").hint("run `crsync init` again")
}
