//! Values that a spreadsheet offers in the cells of a column. They are in a hidden sheet, because a
//! list in the rule itself may have 255 characters only.

use super::column_letters::column_letters;
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, Format, Formula, Worksheet, XlsxError,
};

/// The name of the sheet with the values.
const SHEET: &str = "Values";

/// The values of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnChoices {
    /// The place of the column, from 0.
    pub(crate) column: u16,
    pub(crate) values: Vec<String>,
    pub(crate) others: UnlistedValues,
}

/// What happens to a value that is typed and is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnlistedValues {
    /// The program refuses it.
    Refused,
    /// The program takes it: the cell may hold several values, or one in another form.
    Taken,
}

/// Offers the values in all rows below the header.
pub(super) fn offer(
    sheet: &mut Worksheet,
    choices: &[ColumnChoices],
    last_row: u32,
) -> Result<(), XlsxError> {
    for (place, choice) in (0_u16..).zip(choices) {
        let letters = column_letters(usize::from(place));
        let range = format!("={SHEET}!${letters}$1:${letters}${}", choice.values.len());
        let rule = DataValidation::new().allow_list_formula(Formula::new(range));
        let rule = match choice.others {
            UnlistedValues::Refused => rule.set_error_style(DataValidationErrorStyle::Stop),
            UnlistedValues::Taken => rule.show_error_message(false),
        };
        sheet.add_data_validation(1, choice.column, last_row, choice.column, &rule)?;
    }
    Ok(())
}

/// Returns the hidden sheet with the values, a column for each list. It has no header, so that
/// nobody takes it for a table.
pub(super) fn values_sheet(choices: &[ColumnChoices]) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(SHEET)?;
    sheet.set_hidden(true);
    let text = Format::new().set_num_format("@");
    for (place, choice) in (0_u16..).zip(choices) {
        for (row, value) in (0_u32..).zip(&choice.values) {
            sheet.write_string_with_format(row, place, value, &text)?;
        }
    }
    Ok(sheet)
}
