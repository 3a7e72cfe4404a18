//! Refuses a log (`--log-file`) in a file that the same command reads or writes for another
//! purpose.

use super::args::command_line::CliCommand;
use super::error::CliError;
use crate::import::access::Access;
use crate::import::error::ImportError;
use crate::import::output_error::OutputError;
use crate::import::places::{is_device, real};
use crate::import::saved_plan;
use crate::import::undo::prepare::undo_path;
use crate::import::written_files::written_files;
use crate::table::MapFile;
use std::path::{Path, PathBuf};

/// Checks the place before the log is opened: a log that is created would be replaced by the
/// results, and an empty input would get it as its rows.
pub(super) fn check(log: &Path, command: &CliCommand, access: &Access) -> Result<(), CliError> {
    let place = real(log);
    let taken = files_of(command, access)?.into_iter().find(|(_, path)| real(path) == place);
    match taken.filter(|_| !is_device(log)) {
        Some((other, _)) => {
            let (what, path) = ("the log".to_owned(), log.to_owned());
            Err(OutputError::Taken { what, path, other }.into())
        }
        None => Ok(()),
    }
}

/// Returns the files of a command, in words.
fn files_of(command: &CliCommand, access: &Access) -> Result<Vec<(String, PathBuf)>, CliError> {
    let option =
        |name: &str, path: &Option<PathBuf>| path.clone().map(|path| (name.to_owned(), path));
    let inputs = |files: &[PathBuf]| -> Vec<(String, PathBuf)> {
        files.iter().map(|path| (format!("the input {}", path.display()), path.clone())).collect()
    };
    Ok(match command {
        CliCommand::Import(args) => {
            let mut config = args.config(access.clone(), MapFile::default());
            // A plan names the files.
            if let Some(plan) = &args.plan {
                saved_plan::read(plan, &mut config).map_err(ImportError::from)?;
            }
            let written = written_files(&config);
            let written = written.into_iter().map(|(what, path)| (what.to_owned(), path));
            let plan = option("--plan", &args.plan);
            inputs(&config.files).into_iter().chain(plan).chain(written).collect()
        }
        CliCommand::Plan(args) => {
            let written = [
                option("--out", &args.out),
                option("--requests", &args.requests),
                option("--save", &args.save),
            ];
            inputs(&args.files).into_iter().chain(written.into_iter().flatten()).collect()
        }
        CliCommand::Export(args) => {
            args.file().into_iter().map(|(path, ..)| ("the list".to_owned(), path)).collect()
        }
        CliCommand::Undo(args) => {
            let out = args.out.clone().unwrap_or_else(|| undo_path(&args.file));
            let written = [("the rows that undo it".to_owned(), out)];
            inputs(std::slice::from_ref(&args.file)).into_iter().chain(written).collect()
        }
        CliCommand::Usage(args) => option("--out", &args.out).into_iter().collect(),
        _ => Vec::new(),
    })
}
