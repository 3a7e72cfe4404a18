//! `umbulk template`: an example file.

use super::args::TemplateArgs;
use super::exit::{Exit, Failure};
use super::give;
use crate::table::template;

pub(crate) fn run(args: &TemplateArgs) -> Result<Exit, Failure> {
    give(template(args.dialect))?;
    Ok(Exit::Good)
}
