//! Finds which groups the rows of files need, and passes to each file which of them exist: a row
//! before it in the same command may create, rename or delete a group.

use super::earlier::EarlierCheck;
use crate::execute::group_uses;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::noted::Noted;
use crate::reconcile::{AbsentGroups, GroupPresence, GroupUses};

/// Finds the groups that the rows of all files need.
pub(super) fn uses(inputs: &mut [&mut InputFile]) -> Result<GroupUses, ImportError> {
    for input in inputs.iter_mut() {
        input.find_described_users()?;
    }
    let all_input_rows: Vec<_> = inputs.iter().map(|input| input.input_rows()).collect();
    Ok(group_uses(&all_input_rows)?)
}

/// Passes to each file which groups exist when its rows are sent.
pub(super) fn assign(
    inputs: &mut [&mut InputFile],
    uses: &GroupUses,
    absent: &AbsentGroups,
    earlier: &[Option<EarlierCheck>],
) {
    let mut now = absent.clone();
    for (file, input) in inputs.iter_mut().enumerate() {
        let number = u32::try_from(file).unwrap_or(u32::MAX);
        let begun = earlier.get(file).and_then(Option::as_ref);
        let is_ended = input.noted.as_ref().is_some_and(Noted::is_ended);
        let own = match begun {
            Some(begun) if begun.holds(uses) || is_ended => begun.absent.clone(),
            Some(begun) => begun.brought_up_to_date(&now, number, uses),
            None => now.clone(),
        };
        tell(input, number, uses, own);
        now = match begun {
            Some(begun) => begun.after(now, number, uses),
            None => now.after(number, uses),
        };
    }
}

/// Passes to a file which groups do not exist before its rows are sent.
fn tell(input: &mut InputFile, file: u32, uses: &GroupUses, absent: AbsentGroups) {
    let begun = input.noted.as_ref().map(|noted| noted.tried.clone()).unwrap_or_default();
    let presence = GroupPresence::new(file, uses, &absent).with_begun(begun);
    input.presence = (!presence.is_empty()).then_some(presence);
    input.absent_groups = absent;
}

/// Passes to an input which groups did not exist when its run began.
pub(crate) fn restore(input: &mut InputFile, absent: AbsentGroups) -> Result<(), ImportError> {
    let uses = uses(&mut [&mut *input])?;
    tell(input, 0, &uses, absent);
    Ok(())
}
