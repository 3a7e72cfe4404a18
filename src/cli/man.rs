//! `umbulk man`: manual pages, with the texts of `--help`.

use crate::cli::args::commands::ManArgs;
use crate::cli::args::help::command;
use crate::cli::error::CliError;
use crate::cli::say::{print_out, status_line};
use crate::fs::named;
use crate::import::Exit;
use clap::Command;
use std::path::Path;

/// Writes all manual pages into the folder of `--out`, or prints that of the program.
///
/// # Errors
/// When the folder, a page or standard output cannot be written.
pub(crate) fn run(args: &ManArgs) -> Result<Exit, CliError> {
    match &args.out {
        Some(folder) => write_pages(folder)?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(with_all_texts(command(&[]))).render(&mut page)?;
            print_out(&String::from_utf8_lossy(&page))?;
        }
    }
    Ok(Exit::Good)
}

/// Writes `umbulk.1`, and a page for each command (`umbulk-import.1`), into a folder.
fn write_pages(folder: &Path) -> Result<(), CliError> {
    let program = with_all_texts(command(&[])).disable_help_subcommand(true);
    std::fs::create_dir_all(folder).map_err(named(folder))?;
    clap_mangen::generate_to(program, folder).map_err(named(folder))?;
    status_line(&format!("Manual pages: {}", folder.join("umbulk*.1").display()));
    Ok(())
}

/// Shows the text of every option: a page would lack those that `-h` does not show.
fn with_all_texts(command: Command) -> Command {
    command.mut_args(|arg| arg.hide_short_help(false)).mut_subcommands(with_all_texts)
}
