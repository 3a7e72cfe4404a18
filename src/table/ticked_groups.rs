//! Columns that are each about one group or product, with a tick for everybody who is to have it:
//! `Adobe Photoshop` with `x`. No mapping makes memberships of them: the cells name no group.

use super::column_name::{bare, words};
use super::columns::ColumnMapping;
use super::error::TableError;
use super::field::{Field, plain};
use super::leaver_columns::has_action;
use super::leaver_marks::says_yes_or_no;

/// Parts of the names of Adobe's products.
const PRODUCTS: [&str; 24] = [
    "photoshop",
    "illustrator",
    "indesign",
    "acrobat",
    "premiere",
    "aftereffects",
    "lightroom",
    "creativecloud",
    "documentcloud",
    "allapps",
    "firefly",
    "dreamweaver",
    "incopy",
    "framemaker",
    "captivate",
    "audition",
    "substance3d",
    "mediaencoder",
    "adobecc",
    "adobexd",
    "adobeexpress",
    "adobestock",
    "adobesign",
    "adobefresco",
];

/// First words of the names of columns about one group.
const GROUPS: [&str; 9] =
    ["group", "gruppe", "groupe", "grupo", "gruppo", "groep", "license", "licence", "lizenz"];

/// Words after them that name no group.
const NO_GROUPS: [&str; 14] = [
    "name",
    "names",
    "list",
    "membership",
    "memberships",
    "member",
    "type",
    "id",
    "code",
    "key",
    "admin",
    "email",
    "mail",
    "number",
];

/// Ticks that are names of groups as well: the sixth class of a year has the letter F.
const UNCLEAR: [&str; 2] = ["t", "f"];

impl ColumnMapping<'_> {
    /// Refuses such columns, because the memberships would be lost. If all rows delete, nothing is.
    pub(super) fn check_ticked_groups(
        &self,
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Result<(), TableError> {
        if self.purpose.deletes_all(has_action(fields)) {
            return Ok(());
        }
        let columns: Vec<String> =
            unknown.iter().filter(|i| self.is_ticked_group(**i)).map(|i| self.shown(*i)).collect();
        match columns.is_empty() {
            true => Ok(()),
            false => {
                let (file, line) = (self.file.to_owned(), self.line);
                Err(TableError::TickedGroups { file, line, columns })
            }
        }
    }

    /// Whether a column is about a group, and its cells are ticks.
    pub(super) fn is_ticked_group(&self, i: usize) -> bool {
        let name = &self.names[i];
        let bare = bare(&plain(name));
        let is_of_group = || match words(name).as_slice() {
            [first, second, ..] => {
                let is_number = second.chars().all(|c| c.is_ascii_digit());
                GROUPS.contains(&first.as_str())
                    && !is_number
                    && !NO_GROUPS.contains(&second.as_str())
            }
            _ => false,
        };
        let is_about_one = PRODUCTS.iter().any(|product| bare.contains(product)) || is_of_group();
        let is_tick = |cell: &str| {
            says_yes_or_no(cell) && !UNCLEAR.contains(&cell.to_ascii_lowercase().as_str())
        };
        let mut filled = self.cells(i).map(str::trim).filter(|cell| !cell.is_empty()).peekable();
        is_about_one && filled.peek().is_some() && filled.all(is_tick)
    }
}
