//! Counts the renames before which a run probes the user or group (see `identify.rs`).

use super::identity::told_identity;
use super::input_rows::InputRows;
use super::scan_error::ScanError;
use crate::change::{Change, UpdateUser};
use crate::organization::Organization;
use crate::table::{Field, InputDialect, RowBuffer, each_block};

/// Counts the rows that rename a group, or a user whom `organization` does not show.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn renames_to_ask_about(
    input_rows: &InputRows<'_>,
    organization: Option<&Organization>,
) -> Result<u64, ScanError> {
    let fields = [Field::NewEmail, Field::NewUsername, Field::NewName];
    let may_rename = fields.iter().any(|field| input_rows.table.has(*field))
        || input_rows.table.dialect() == InputDialect::UmapiCliUsersUpdate;
    let mut renames = 0;
    if !may_rename {
        return Ok(renames);
    }
    each_block(
        input_rows.table,
        |block| {
            let mut buffer = RowBuffer::default();
            let is_asked_about = |index: usize| {
                input_rows
                    .evaluate_detailed(&block, index, &mut buffer)
                    .and_then(Result::ok)
                    .is_some_and(|change| is_unknown_rename(&change, organization))
            };
            (0..block.len()).map(is_asked_about).filter(|is_asked_about| *is_asked_about).count()
        },
        |found| {
            renames += found as u64;
            Ok::<_, ScanError>(())
        },
    )?;
    Ok(renames)
}

fn is_unknown_rename(change: &Change<'_>, organization: Option<&Organization>) -> bool {
    match change {
        Change::Group(group) => group.update.as_ref().is_some_and(|new| new.name.is_some()),
        Change::User(user) if user.update.as_ref().is_some_and(UpdateUser::renames) => {
            let domain = if user.adobe_id { Some("AdobeID") } else { user.domain.as_deref() };
            organization.and_then(|all| told_identity(all, &user.user, domain)).is_none()
        }
        Change::User(_) => false,
    }
}
