//! The groups that the rows of a command need, and the rows that create, rename and delete groups,
//! collected from the files.

use super::input_rows::InputRows;
use super::scan_error::ScanError;
use crate::change::{
    Change, GroupUse, asked_group, each_needed_group, group_column, group_events, group_hash,
    holds_separator, is_user_group, perhaps_separator,
};
use crate::reconcile::{GroupEvent, GroupUses, NewMember};
use crate::table::{Block, Cells, Field, RowBuffer, each_block};
use nohash_hasher::IntMap;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A group that one row uses.
#[derive(Debug)]
enum RowGroupUses {
    Need { name: String, creatable: bool, separator: Option<char>, new_member: Option<NewMember> },
    Event(GroupEvent),
}

/// Collects the groups that the rows of these files need, and the rows that create, rename and
/// delete groups, in order.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn group_uses(files: &[InputRows<'_>]) -> Result<GroupUses, ScanError> {
    let mut uses = GroupUses::default();
    for (file, input_rows) in (0..).zip(files) {
        // Whether a group exists is still to be found out.
        let input_rows = &InputRows { presence: None, ..*input_rows };
        each_block(
            input_rows.table,
            |block| uses_of_block(input_rows, &block, file),
            |all: Vec<RowGroupUses>| {
                take_all(&mut uses, file, all);
                Ok::<_, ScanError>(())
            },
        )?;
    }
    Ok(uses)
}

fn take_all(uses: &mut GroupUses, file: u32, all: Vec<RowGroupUses>) {
    for said in all {
        match said {
            RowGroupUses::Need { name, creatable, separator, new_member } => {
                uses.need(file, &name, creatable);
                separator.into_iter().for_each(|separator| uses.perhaps_list(&name, separator));
                new_member.into_iter().for_each(|member| uses.create_in(&name, member));
            }
            RowGroupUses::Event(event) => uses.event(event),
        }
    }
}

/// Collects the group uses of the only file of a command, while it is read for another purpose.
#[derive(Debug, Default)]
pub struct GroupGatherer(Mutex<GroupUses>);

impl GroupGatherer {
    /// Adds the uses of a block of rows. Blocks come in their order.
    pub(crate) fn add(&self, uses: BlockUses) {
        let BlockUses { file, uses, .. } = uses;
        take_all(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), file, uses);
    }

    /// Drops what was collected, because the file is read again.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = GroupUses::default();
    }

    /// Returns what was collected.
    pub fn uses(self) -> GroupUses {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether no further row can show that a name is a list: it has no separator, or a row has shown
/// that it may be one.
const CLEAR: u16 = 1 << 15;

/// The group uses of a block of rows.
#[derive(Debug, Default)]
pub(crate) struct BlockUses {
    /// The index of the file in the command.
    file: u32,
    uses: Vec<RowGroupUses>,
    /// The uses of groups so far, one bit each, by the hashes of their names. The last bit is
    /// [`CLEAR`].
    seen: IntMap<u64, u16>,
    buffer: RowBuffer,
}

impl BlockUses {
    /// Adds the group uses of row `index`, which has this change.
    pub(crate) fn take(
        &mut self,
        input_rows: &InputRows<'_>,
        (block, index): (&Block, usize),
        change: &Change<'_>,
    ) {
        let Self { file, uses: said, seen, buffer } = self;
        let events = group_events(change);
        if !events.is_empty() {
            let sets = events.into_iter().map(|(name, there)| (name.to_owned(), there)).collect();
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            let mut needs = Vec::new();
            each_needed_group(change, |name, how| {
                let Some(asked) = asked_group(name) else { return };
                needs.push(asked.to_owned());
                let separator = separator_of(input_rows, (block, index), buffer, (name, how));
                if separator.is_some() {
                    let name = asked.to_owned();
                    said.push(RowGroupUses::Need {
                        name,
                        creatable: false,
                        separator,
                        new_member: None,
                    });
                }
            });
            said.push(RowGroupUses::Event(GroupEvent { file: *file, row, needs, sets }));
            return;
        }
        each_needed_group(change, |name, how| {
            let Some(asked) = asked_group(name) else { return };
            // The same name may stand in a column of user groups here and in one of product
            // profiles elsewhere.
            let creates = how == GroupUse::Joins && creates_user(change);
            let seen = seen.entry(group_hash(asked)).or_default();
            let bit = 1 << (how as u16 * 2 + u16::from(creates));
            if *seen & bit != 0 && *seen & CLEAR != 0 {
                return;
            }
            let separator = separator_of(input_rows, (block, index), buffer, (name, how));
            if *seen & bit != 0 && separator.is_none() {
                return;
            }
            *seen |= bit;
            if separator.is_some() || !holds_separator(name) {
                *seen |= CLEAR;
            }
            let new_member = new_member(change, name).filter(|_| creates);
            let cells = block.cells(index, buffer).ok();
            let column = cells.map(|cells| group_column(&cells, input_rows.rules, name, how));
            let creatable = how == GroupUse::Joins
                && column.is_none_or(holds_user_groups)
                && is_user_group(name);
            let name = asked.to_owned();
            said.push(RowGroupUses::Need { name, creatable, separator, new_member });
        });
    }
}

/// Returns the character in a name of the row that may separate several names.
fn separator_of(
    input_rows: &InputRows<'_>,
    (block, index): (&Block, usize),
    buffer: &mut RowBuffer,
    (name, how): (&str, GroupUse),
) -> Option<char> {
    if !holds_separator(name) {
        return None;
    }
    let cells = block.cells(index, buffer).ok()?;
    perhaps_separator(&cells, input_rows.rules, name, how)
}

fn uses_of_block(input_rows: &InputRows<'_>, block: &Block, file: u32) -> Vec<RowGroupUses> {
    let (mut buffer, mut cells_buffer) = (RowBuffer::default(), RowBuffer::default());
    let mut uses = BlockUses { file, ..BlockUses::default() };
    // Rows with the same groups in the same cells need the same groups, unless a list shows
    // memberships.
    let mut taken: HashSet<u64> = HashSet::new();
    for index in 0..block.len() {
        let Ok(cells) = block.cells(index, &mut cells_buffer) else { continue };
        let same = named_groups(&cells);
        if input_rows.baseline.is_none() && (same == NO_GROUPS || taken.contains(&same)) {
            continue;
        }
        let Some(Ok(change)) = input_rows.evaluate_detailed(block, index, &mut buffer) else {
            continue;
        };
        uses.take(input_rows, (block, index), &change);
        if group_events(&change).is_empty() {
            taken.insert(same);
        }
    }
    uses.uses
}

fn creates_user(change: &Change<'_>) -> bool {
    matches!(change, Change::User(user) if user.create.is_some())
}

/// Returns the user whom a change creates in this group.
fn new_member(change: &Change<'_>, group: &str) -> Option<NewMember> {
    let Change::User(user) = change else { return None };
    user.create.as_ref()?;
    let domain = user.domain.as_ref().map(ToString::to_string);
    Some(NewMember {
        group: group.to_owned(),
        user: user.user.to_string(),
        domain,
        adobe_id: user.adobe_id,
    })
}

/// A row that names no group.
const NO_GROUPS: u64 = 0;

/// Returns a hash of every cell that decides which groups a row needs; [`NO_GROUPS`] if it names
/// none.
fn named_groups(cells: &Cells<'_>) -> u64 {
    let (mut hash, mut names_any) = (1, false);
    for field in cells.filled() {
        match field {
            // It makes no difference which user the row is about.
            Field::Email
            | Field::Username
            | Field::Domain
            | Field::Firstname
            | Field::Lastname
            | Field::Country => {}
            Field::NewEmail
            | Field::NewUsername
            | Field::Description
            | Field::Users
            | Field::RemoveUsers => {}
            Field::Action
            | Field::Type
            | Field::IfExists
            | Field::HardDelete
            | Field::GroupType
            | Field::Umapi => {
                hash = xxh3_64_with_seed(cells.get(field).as_bytes(), hash ^ field as u64);
            }
            _ => {
                for cell in std::iter::once(cells.get(field)).chain(cells.more(field)) {
                    hash = xxh3_64_with_seed(cell.as_bytes(), hash ^ field as u64);
                }
                names_any = true;
            }
        }
    }
    if names_any { hash.max(1) } else { NO_GROUPS }
}

/// Whether the names in a column are those of user groups, or may be.
fn holds_user_groups(column: Field) -> bool {
    matches!(
        column,
        Field::Groups | Field::AddGroups | Field::UserGroups | Field::UserGroupsAdministered
    )
}
