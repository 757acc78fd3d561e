//! Where a service's table says that secrets are.

use std::fmt;

use super::{Table, at_home};
use crate::error::Result;
use crate::secret::{Around, Places, Secret};

/// The secrets of one service, and what there is around the run to look for them in.
#[derive(Clone, Copy)]
pub struct Secrets<'a> {
    /// The service, as the configuration calls it.
    pub service: &'a str,
    /// The names of its secrets.
    pub names: &'a [&'a str],
    /// Where secrets are looked for.
    pub around: &'a dyn Around,
}

/// Shows no secret: what there is around the run holds them.
impl fmt::Debug for Secrets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("service", &self.service).finish_non_exhaustive()
    }
}

impl<'a> Secrets<'a> {
    /// Passes unless a secret is in the file itself. Ask this before anything else is said about the table: from now on
    /// its messages show no value, since a secret may be under any of its keys.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) with the places where the secret may be.
    pub fn refuse(&self, table: &Table<'_>) -> Result<()> {
        table.conceal();
        self.names.iter().try_for_each(|name| self.refuse_one(table, name))
    }

    /// Passes unless the secret `name` is in the file itself.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) with the places where the secret may be.
    pub fn refuse_one(&self, table: &Table<'_>, name: &str) -> Result<()> {
        let Some(span) = table.place(name) else { return Ok(()) };
        let service = self.service;
        let variable = Places { service, name, file: None, command: Vec::new() }.variable();
        Err(table.error(&span, format!("`{name}` is a secret and must not be in this file")).hint(format!(
            "take it out, and set {variable}, `{name}-file = \"…\"`, `{name}-command = [\"…\"]`, or run `crsync login {service} {name}`"
        )))
    }

    /// Takes `name-file` and `name-command` of a secret.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if one has another form, or if both are there.
    pub fn places(&self, table: &mut Table<'_>, name: &'a str) -> Result<Places<'a>> {
        let (file_key, command_key) = (format!("{name}-file"), format!("{name}-command"));
        let file = table.path(&file_key, self.around);
        let mut command: Vec<String> = table.texts(&command_key).into_iter().map(|word| word.value).collect();
        if let Some(program) = command.first_mut().filter(|program| program.starts_with('~')) {
            *program = at_home(program, self.around).to_string_lossy().into_owned();
        }
        if file.is_some() && !command.is_empty() {
            return Err(table
                .error(&table.span, format!("`{file_key}` and `{command_key}` both say where the secret is"))
                .hint("keep one of them"));
        }
        Ok(Places { service: self.service, name, file, command })
    }

    /// Returns the secret `name` from the place where it is. One that is in no place, or whose place is stated in the wrong
    /// way, is kept as a mistake, and is blank until all mistakes are told.
    pub fn find(&self, table: &mut Table<'_>, name: &'a str) -> Secret {
        let places = self.places(table, name);
        table.keep(places).map_or_else(|| Secret::new(""), |places| self.find_in(table, &places))
    }

    /// Returns the secret from `places`, in the same way.
    pub fn find_in(&self, table: &Table<'_>, places: &Places<'_>) -> Secret {
        places.find(self.around).unwrap_or_else(|error| {
            table.kept_elsewhere(error);
            Secret::new("")
        })
    }

    /// Returns the secret `name`, which the service can do without, from the place where it is; `None` where it is in no
    /// place, or its variable is blank. What keeps a place from being looked at is kept as a mistake.
    pub fn find_optional(&self, table: &mut Table<'_>, name: &'a str) -> Option<Secret> {
        let places = self.places(table, name);
        let places = table.keep(places)?;
        let variable = self.around.variables().get(&places.variable());
        if !self.is_named(&places) && variable.is_some_and(|value| value.trim().is_empty()) {
            return None;
        }
        places.find_if_any(self.around).unwrap_or_else(|error| {
            table.kept_elsewhere(error);
            None
        })
    }

    /// Returns whether the file or the environment says where the secret is: then it must be there.
    pub fn is_named(&self, places: &Places<'_>) -> bool {
        let variable = self.around.variables().get(&places.variable());
        places.file.is_some()
            || !places.command.is_empty()
            || variable.is_some_and(|value| !value.trim().is_empty())
    }
}
