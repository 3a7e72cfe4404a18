//! `--save-map`: writes the mapping of a command to a file that `--map-file` reads.

use super::args::shared::ReadArgs;
use super::error::CliError;
use super::proposed_command::Typed;
use super::say::status_line;
use super::typed_words::typed_words;
use super::words::proposed_columns;
use crate::fs::write_atomic;
use crate::shell::shell_words;
use crate::table::{Field, MapFile, Table, TableError, quoted};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// A mapping to write once a table was read.
pub(crate) struct SavedMapping {
    path: PathBuf,
    given: MapFile,
    is_written: AtomicBool,
}

impl SavedMapping {
    /// Returns the mapping to write, if the options ask for it.
    ///
    /// # Errors
    /// When the file exists.
    pub(crate) fn wanted(args: &ReadArgs, given: &MapFile) -> Result<Option<Self>, CliError> {
        let Some(path) = args.save_map.clone() else { return Ok(None) };
        if path.symlink_metadata().is_ok() {
            return Err(CliError(format!(
                "--save-map {}: the file exists and is not overwritten. Name another file, or \
                 remove this one",
                path.display()
            )));
        }
        Ok(Some(Self { path, given: given.clone(), is_written: AtomicBool::new(false) }))
    }

    /// Writes the mapping with which a table was read. Returns what to tell the user.
    pub(crate) fn write_used(&self, table: &Table) -> Result<Option<String>, CliError> {
        if self.is_written.swap(true, Ordering::Relaxed) {
            return Ok(None);
        }
        let mut text = head(table.name()) + &self.given.entries_text();
        let is_given =
            |column: &(Field, &str)| self.given.map.iter().any(|(field, _)| *field == column.0);
        let own: Vec<_> = table.columns_by_field().filter(|column| !is_given(column)).collect();
        if !own.is_empty() {
            text += "# Read by their own names, without an entry:\n";
        }
        for (field, column) in own {
            text += &format!("# {} = {}\n", field.name(), quoted(column));
        }
        self.write(&text)?;
        Ok(Some(format!("note: the mapping was written to {}", self.path.display())))
    }

    /// Writes the mapping that is proposed for a table that cannot be read with the given one.
    /// Returns whether there is one.
    pub(crate) fn write_proposed(&self, error: &TableError) -> Result<bool, CliError> {
        let (file, proposed) = proposed_columns(error);
        if proposed.is_empty() || self.is_written.swap(true, Ordering::Relaxed) {
            return Ok(false);
        }
        let mut given = self.given.clone();
        for (column, field) in proposed {
            given.map.retain(|(other, _)| other != field);
            given.map.push((*field, column.clone()));
        }
        self.write(&(head(file) + &given.entries_text()))?;
        let typed: Vec<OsString> = typed_words().collect();
        let command = Typed::new(&typed).and_then(|typed| typed.to_use_map(&self.path));
        status_line(&format!(
            "note: the proposed mapping was written to {}. Check it, then use {} instead of \
             --save-map{}",
            self.path.display(),
            shell_words(["--map-file".into(), self.path.clone().into_os_string()]),
            command.map_or_else(String::new, |words| format!(": {}", shell_words(words)))
        ));
        Ok(true)
    }

    fn write(&self, text: &str) -> Result<(), CliError> {
        Ok(write_atomic(&self.path, |file| std::io::Write::write_all(file, text.as_bytes()))?)
    }
}

fn head(file: &str) -> String {
    format!(
        "# The mapping for {}. Check it, then use it with --map-file.\n\
         # FIELD = \"COLUMN\", or a table that changes the cells: see docs/mapping.md.\n[map]\n",
        quoted(file)
    )
}
