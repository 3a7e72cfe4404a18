//! `umbulk completions`: what a shell needs to complete commands and options.

use crate::cli::args::commands::CompletionsArgs;
use crate::cli::args::help::command;
use crate::cli::error::CliError;
use crate::cli::say::print_out;
use crate::import::Exit;

/// Prints the completion script for a shell.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn run(args: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(&[]), "umbulk", &mut script);
    print_out(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Good)
}
