//! `umbulk template`: an example file, as text or as a workbook that offers the allowed values.

use crate::cli::args::commands::{TemplateArgs, TemplateFormat};
use crate::cli::error::CliError;
use crate::cli::output::{check_files, text_format_of_workbook, write_out, written_words};
use crate::cli::say::status_line;
use crate::cli::verbosity::Verbosity;
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::template_choices::TemplateChoices;
use crate::table::{SheetLayout, WorkbookWriter, is_workbook, template};
use std::path::Path;

const SHEET: SheetLayout = SheetLayout { name: "Rows", status: "", sentences: &[] };

/// Prints or writes the template of a dialect.
pub(crate) fn run(
    args: &TemplateArgs,
    access: &Access,
    verbosity: Verbosity,
) -> Result<Exit, CliError> {
    let out = args.out.as_deref();
    check_files(&[], &out.iter().map(|path| ("--out", path.to_path_buf())).collect::<Vec<_>>())?;
    let written = match (out.filter(|path| is_workbook(path)), args.format) {
        (Some(path), Some(TemplateFormat::Csv)) => return Err(text_format_of_workbook(path)),
        (Some(path), _) => write_workbook(args, path, access, verbosity)?,
        (None, Some(TemplateFormat::Xlsx)) => {
            return Err(CliError(
                "a workbook needs a name that ends in .xlsx: use --out FILE.xlsx".to_owned(),
            ));
        }
        (None, _) => write_out(out, |to| Ok(to.write_all(template(args.dialect).as_bytes())?))?,
    };
    if !verbosity.is_quiet() {
        written.iter().for_each(|path| status_line(&written_words(path)));
    }
    Ok(Exit::Good)
}

/// Writes the example as a workbook.
fn write_workbook(
    args: &TemplateArgs,
    path: &Path,
    access: &Access,
    verbosity: Verbosity,
) -> Result<Option<std::path::PathBuf>, CliError> {
    let choices = TemplateChoices::of(args.dialect, access)?;
    if !verbosity.is_quiet() {
        match &choices.groups_from {
            Some(list) => status_line(&format!("groups        offered as in {list}")),
            None => status_line(
                "note: no groups are offered: no list of groups is stored for this organization \
                 (`umbulk export groups` stores one)",
            ),
        }
    }
    write_out(Some(path), |to| {
        let columns = choices.columns;
        let mut workbook = WorkbookWriter::new(to, path, SHEET)?.with_choices(columns);
        workbook.rows_of_csv(template(args.dialect).as_bytes(), b',')?;
        workbook.end()?;
        Ok(())
    })
}
