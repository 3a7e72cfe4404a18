//! Names that may be a list: they hold a `;` or `|`, stand where a list of names may stand, and no
//! known group has such a name.

use crate::import::input_error::InputError;
use crate::import::input_file::InputFile;
use crate::reconcile::NeededGroup;

/// Refuses files with a list that is separated by something else than commas, unless the user has
/// named the separator. `unknown` are the groups that no list and no server shows.
pub(super) fn check_separators<'g>(
    inputs: &[&mut InputFile],
    mut unknown: impl Iterator<Item = &'g NeededGroup>,
) -> Result<(), InputError> {
    if inputs.iter().all(|input| input.rules.separator_is_known) {
        return Ok(());
    }
    let found =
        unknown.find_map(|group| Some((group, group.separator.filter(|_| !group.is_made_before)?)));
    match found {
        Some((group, separator)) => {
            Err(InputError::ListSeparator { name: group.name.clone(), separator })
        }
        None => Ok(()),
    }
}
