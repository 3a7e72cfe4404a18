//! `umbulk template`: an example file.

use crate::cli::args::commands::TemplateArgs;
use crate::cli::error::CliError;
use crate::cli::say::print_out;
use crate::import::Exit;
use crate::table::template;

pub(crate) fn run(args: &TemplateArgs) -> Result<Exit, CliError> {
    print_out(template(args.dialect))?;
    Ok(Exit::Good)
}
