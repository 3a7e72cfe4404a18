//! The mapping that a user has given: the file of `--map-file` or the table `[map]` of the settings
//! file, with `--map` and `--set` in place of its entries.

use super::args::command_line::Cli;
use super::args::shared::ReadArgs;
use super::error::CliError;
use super::job::INPUT;
use super::settings::MappingText;
use crate::import::profile::PROFILES;
use crate::table::{JoinTemplate, MapFile};
use clap::CommandFactory;

/// Returns the mapping that the options give. `settings` is that of the settings file. A command
/// calls this once: a file that comes through a pipe cannot be read again.
///
/// # Errors
/// When the file cannot be read, or a field is given twice.
pub(crate) fn given_mapping(
    args: &ReadArgs,
    settings: Option<&MappingText>,
) -> Result<MapFile, CliError> {
    let mut given = match (&args.map_file, settings) {
        (Some(path), _) => {
            let text = crate::fs::read_text(path)?;
            read(&MappingText { file: path.display().to_string(), text })?
        }
        (None, Some(settings)) => read(settings)?,
        (None, None) => MapFile::default(),
    };
    for (field, _) in &args.map {
        given.map.retain(|(other, _)| other != field);
        given.values.forget(*field);
    }
    for (field, column) in &args.map {
        if joins_columns(column) {
            let join = column
                .parse()
                .map_err(|error| CliError(format!("--map {}={column:?}: {error}", field.name())))?;
            if given.values.joins.iter().any(|(other, _)| other == field) {
                return Err(CliError(format!("--map names {} twice: name it once", field.name())));
            }
            given.values.joins.push((*field, join));
        } else {
            given.map.push((*field, column.clone()));
        }
    }
    for (at, (field, value)) in args.set.iter().enumerate() {
        if args.set[..at].iter().any(|(other, _)| other == field) {
            return Err(CliError(format!("--set names {} twice: name it once", field.name())));
        }
        given.values.defaults.retain(|(other, _)| other != field);
        given.values.defaults.push((*field, value.clone()));
    }
    given.ignore.extend(args.ignore.iter().cloned());
    Ok(given)
}

/// Whether the column of `--map` is a template. A single name in braces is the name of a column.
fn joins_columns(column: &str) -> bool {
    let inside = column.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    JoinTemplate::is_meant(inside.unwrap_or(column))
}

fn read(MappingText { file, text }: &MappingText) -> Result<MapFile, CliError> {
    let command = Cli::command();
    let is_setting = |key: &str| {
        let long = key.replace('_', "-");
        let all = command.get_subcommands().chain([&command]);
        [PROFILES, INPUT].contains(&&*long)
            || all.flat_map(clap::Command::get_arguments).any(|arg| arg.get_long() == Some(&long))
    };
    MapFile::read(file, text, is_setting).map_err(|error| {
        CliError(match error.names_unknown_field {
            true => format!("{error}; `umbulk template native` shows the fields"),
            false => error.to_string(),
        })
    })
}
