//! `umbulk template`: an example file.

use super::args::TemplateArgs;
use super::exit::{CliError, Exit};
use super::print_out;
use crate::table::template;

pub(crate) fn run(args: &TemplateArgs) -> Result<Exit, CliError> {
    print_out(template(args.dialect))?;
    Ok(Exit::Good)
}
