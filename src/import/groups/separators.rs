//! Names that may be a list: they hold a `;` or `|`, and no known group has such a name.

use crate::import::input_error::InputError;
use crate::import::input_file::InputFile;
use crate::reconcile::NeededGroup;

/// The characters that separate names in the lists of other programs.
const SEPARATORS: [char; 2] = [';', '|'];

/// Refuses files with a list that is separated by something else than commas, unless the user has
/// named the separator. `unknown` are the groups that no list and no server shows.
pub(super) fn check_separators<'g>(
    inputs: &[&mut InputFile],
    mut unknown: impl Iterator<Item = &'g NeededGroup>,
) -> Result<(), InputError> {
    if inputs.iter().all(|input| input.rules.separator_is_known) {
        return Ok(());
    }
    let found = unknown.find_map(|group| {
        Some((group, separator_in(&group.name)?)).filter(|_| !group.is_made_before)
    });
    match found {
        Some((group, separator)) => {
            Err(InputError::ListSeparator { name: group.name.clone(), separator })
        }
        None => Ok(()),
    }
}

/// Returns the first character in a name that may separate names.
fn separator_in(name: &str) -> Option<char> {
    name.chars().find(|c| SEPARATORS.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_names_is_told_by_its_separator() {
        assert_eq!(separator_in("Design;Photo Users"), Some(';'));
        assert_eq!(separator_in("Design | Photo"), Some('|'));
        assert_eq!(separator_in("Design/Photo & Co."), None);
    }
}
