//! Rows of a file of rows to fix that are imported again without a change. The columns that umbulk
//! added say that the row would create a second account. A file of rows to fix is short, so the
//! list alone would suggest that the user is only a namesake.

use crate::change::{Change, RowEffect, UpdateUser, same_name};
use crate::execute::{HeldRow, HeldRows, SECOND_ACCOUNT, referenced_users};
use crate::import::baseline::LoadedBaseline;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::organization::{Coverage, Organization};
use crate::reconcile::ReferencedUsers;
use crate::table::RowBuffer;
use std::collections::BTreeMap;

/// Finds the rows of each input that were refused for this reason and still create the same
/// address. A resumed run has already decided about its rows.
pub(crate) fn find(
    inputs: &[&mut InputFile],
    loaded_baseline: Option<&LoadedBaseline>,
) -> Result<Vec<HeldRows>, ImportError> {
    let mut all = inputs.iter().map(|input| refused(input)).collect::<Result<Vec<_>, _>>()?;
    if let Some(loaded_baseline) =
        loaded_baseline.filter(|_| all.iter().any(|rows| !rows.is_empty()))
    {
        let all_input_rows: Vec<_> = inputs.iter().map(|input| input.input_rows()).collect();
        let referenced = referenced_users(&all_input_rows, &loaded_baseline.organization)?;
        for rows in &mut all {
            rows.retain(|_, refused| {
                !refused.is_completed(&loaded_baseline.organization, &referenced)
            });
        }
    }
    let held = |rows: Rows| rows.into_iter().map(|(row, refused)| (row, refused.held)).collect();
    Ok(all.into_iter().map(held).collect())
}

/// The refused rows by number, from 0.
type Rows = BTreeMap<u32, RefusedRow>;

/// A row that was refused.
struct RefusedRow {
    /// The address that it creates.
    email: String,
    /// The other address of the same user, if the message has it.
    old: Option<String>,
    held: HeldRow,
}

impl RefusedRow {
    /// Whether a list shows that the row creates no second account: the address exists, the other
    /// address does not, or a row names the other address.
    fn is_completed(&self, organization: &Organization, referenced: &ReferencedUsers<'_>) -> bool {
        let people = |email: &str| organization.named(email, "");
        let is_other = |old: &str| {
            let people = people(old);
            people.is_empty() && organization.shows(Coverage::EVERYBODY)
                || people.iter().any(|person| referenced.has(*person))
        };
        !people(&self.email).is_empty() || self.old.as_deref().is_some_and(is_other)
    }
}

fn refused(input: &InputFile) -> Result<Rows, ImportError> {
    let mut rows = Rows::new();
    if input.noted.is_some() {
        return Ok(rows);
    }
    let column = |wanted: &str| input.table.position_of(wanted);
    let Some(code) = column("umbulk_code") else { return Ok(rows) };
    let message = column("umbulk_message");
    let input_rows = input.input_rows();
    let (mut buffer, mut other) = (RowBuffer::default(), RowBuffer::default());
    for block in input.table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let Ok((_, [code, message])) =
                block.all_cells(index, &mut buffer, [Some(code), message])
            else {
                continue;
            };
            let (code, message) = (code.trim(), message.trim());
            if !SECOND_ACCOUNT.contains(&code) {
                continue;
            }
            let Some(Ok(Change::User(user))) =
                input_rows.evaluate_detailed(&block, index, &mut other)
            else {
                continue;
            };
            let Some(create) = &user.create else { continue };
            let mut quoted = message.split('`').skip(1).step_by(2);
            let is_edited = quoted.next().is_some_and(|email| !same_name(email, &create.email));
            if is_edited || user.update.as_ref().is_some_and(UpdateUser::renames) {
                continue;
            }
            let message = match message {
                "" => format!("email `{}`: {UNEXPLAINED}", create.email),
                message => message.to_owned(),
            };
            let held = HeldRow {
                code: code.to_owned(),
                message,
                effect: RowEffect::NONE,
                is_unclear: false,
            };
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            rows.insert(
                row,
                RefusedRow {
                    email: create.email.to_string(),
                    old: quoted.next().map(ToOwned::to_owned),
                    held,
                },
            );
        }
    }
    Ok(rows)
}

/// The message to use if that of the earlier import was removed.
const UNEXPLAINED: &str = "an earlier import refused this row as perhaps a second account, and \
     the address is the same. To change an address, write an update \
                           row with new_email. If it is another person, use \
                           --allow-second-accounts";
