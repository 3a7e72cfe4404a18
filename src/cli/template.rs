//! `umbulk template`: an example file.

use crate::cli::args::TemplateArgs;
use crate::cli::exit::{CliError, Exit};
use crate::cli::print_out;
use crate::table::template;

pub(crate) fn run(args: &TemplateArgs) -> Result<Exit, CliError> {
    print_out(template(args.dialect))?;
    Ok(Exit::Good)
}
