//! The results of a run's rows, for later comparisons with an older list.

use super::input_rows::InputRows;
use super::outcomes::{OutcomeStatus, Outcomes};
use super::scan_error::ScanError;
use crate::change::{
    Change, EffectPart, GroupChange, RowEffect, UpdateGroup, UpdateUser, UserChange, likeness,
};
use crate::organization::{HashedName, possible_names, recently_changed};
use crate::plan::Plan;
use crate::snapshot::{ConfirmedChanges, RecordedRow};
use crate::table::{Block, RowBuffer, each_block};
use jiff::Timestamp;
use std::io::{self, Write};

/// When the rows of a run are recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RecordedAt<'o> {
    /// Before anything is sent. The outcomes are those of earlier starts, if there were any.
    Start(Option<&'o Outcomes>),
    /// After the run has ended with these outcomes.
    End(&'o Outcomes),
}

/// Writes the rows that a run sends to `to`, as [bytes](RecordedRow::bytes) in their order: whom
/// they name and, once the run has ended, what they have changed if the server has confirmed all
/// their steps. Renames that are not confirmed then are recorded if they may be done, or be done
/// later.
///
/// # Errors
/// When the file cannot be read, or `to` cannot be written.
pub(crate) fn sent_rows(
    input_rows: InputRows<'_>,
    plan: &Plan,
    at: RecordedAt<'_>,
    to: &mut (impl Write + Send),
) -> Result<(), ScanError> {
    each_block(
        input_rows.table,
        |block: Block| {
            let (mut buffer, mut other) = (RowBuffer::default(), RowBuffer::default());
            let mut rows = Vec::new();
            for (index, row) in sent(&block, plan) {
                let confirmed = at.confirmed(row);
                if confirmed.is_none()
                    && let Some(names) = names_alone(&input_rows, &block, index, &mut buffer)
                {
                    let (confirmed, rename) = (None, None);
                    let names = if at.has_changed_nothing(row) { Vec::new() } else { names };
                    rows.extend(RecordedRow { row, names, confirmed, rename }.bytes()?);
                    continue;
                }
                // Whatever a list says about them.
                let asked = input_rows.requested_change(&block, index, &mut buffer);
                let asked = asked.and_then(Result::ok);
                let confirmed = confirmed.and_then(|(at, existed)| {
                    // Steps that were not sent are not confirmed.
                    let change = match input_rows.decides_by_cells_alone() {
                        true => asked.clone(),
                        false => input_rows
                            .evaluate_detailed(&block, index, &mut other)
                            .and_then(Result::ok),
                    };
                    Some(ConfirmedChanges { at, existed, change: change? })
                });
                let rename = asked
                    .as_ref()
                    .filter(|asked| confirmed.is_none() && at.may_be_carried_out(row, asked));
                let rename = rename.and_then(rename_of);
                // Whom a refused row names is as before. A rename is about two users.
                let touched = asked
                    .as_ref()
                    .filter(|asked| rename_of(asked).is_some() || !at.has_changed_nothing(row));
                let names = touched.map(recently_changed).unwrap_or_default();
                rows.extend(RecordedRow { row, names, confirmed, rename }.bytes()?);
            }
            Ok::<_, io::Error>(rows)
        },
        |rows| to.write_all(&rows?).map_err(ScanError::from),
    )
}

/// Returns the rows of a block that are sent: their indexes in the block, and their numbers.
fn sent<'b>(block: &'b Block, plan: &'b Plan) -> impl Iterator<Item = (usize, u32)> + 'b {
    let row = |index: usize| u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
    (0..block.len())
        .map(move |index| (index, row(index)))
        .filter(|(_, row)| plan.footprint(*row).is_sent())
}

/// Returns whom a row names that has no new name for anybody, if its cells show that at a glance,
/// as those of most rows do.
fn names_alone(
    input_rows: &InputRows<'_>,
    block: &Block,
    index: usize,
    buffer: &mut RowBuffer,
) -> Option<Vec<HashedName>> {
    if !input_rows.decides_by_cells_alone() {
        return None;
    }
    let cells = block.cells(index, buffer).ok()?;
    let email = likeness(&cells, input_rows.rules)?.email;
    Some(possible_names(email, None).collect())
}

impl RecordedAt<'_> {
    /// Returns when every step of a row was confirmed, and whether what it would have created
    /// existed; `None` for other rows.
    fn confirmed(self, row: u32) -> Option<(Timestamp, bool)> {
        let Self::End(outcomes) = self else { return None };
        let (status, effect, at) = outcomes.known(row)?;
        let existed = effect.has(EffectPart::Exists) || effect.has(EffectPart::GroupExists);
        (status == OutcomeStatus::Ok).then_some((at, existed))
    }

    /// Whether the row is known to have changed nothing, and is not sent any more.
    fn has_changed_nothing(self, row: u32) -> bool {
        matches!(self, Self::End(outcomes) if outcomes.has_done_nothing(row))
    }

    /// Whether the rename of a row may be done, or be done later.
    fn may_be_carried_out(self, row: u32, change: &Change<'_>) -> bool {
        let (Self::Start(Some(outcomes)) | Self::End(outcomes)) = self else { return true };
        match outcomes.known(row) {
            Some((status, effect, _)) => may_have_renamed(status, effect),
            // At the end, such a row was not sent, or only a part of it.
            None => matches!(self, Self::Start(_)) || !is_rename_alone(change),
        }
    }
}

/// Whether a row with this outcome may have renamed its user or group.
fn may_have_renamed(status: OutcomeStatus, effect: RowEffect) -> bool {
    let is_open = matches!(status, OutcomeStatus::Ok | OutcomeStatus::Unknown);
    is_open || effect.has(EffectPart::Updated) || effect.has(EffectPart::GroupRenamed)
}

/// Whether a change has no step but its rename.
fn is_rename_alone(change: &Change<'_>) -> bool {
    match change {
        Change::User(user) => {
            let UserChange { create, remove, add, leave, .. } = user;
            create.is_none() && remove.is_none() && add.is_empty() && leave.is_none()
        }
        Change::Group(group) => {
            let update = group.update.clone();
            *group == GroupChange { group: group.group.clone(), update, ..GroupChange::default() }
        }
    }
}

/// Returns the rename in a change, without anything else; `None` if there is none.
fn rename_of<'c>(change: &Change<'c>) -> Option<Change<'c>> {
    match change {
        Change::User(user) => {
            let UpdateUser { email, username, .. } = user.update.clone()?;
            (email.is_some() || username.is_some()).then(|| {
                Change::User(UserChange {
                    user: user.user.clone(),
                    domain: user.domain.clone(),
                    adobe_id: user.adobe_id,
                    update: Some(UpdateUser { email, username, ..UpdateUser::default() }),
                    ..UserChange::default()
                })
            })
        }
        Change::Group(group) => {
            let name = Some(group.update.as_ref()?.name.clone()?);
            Some(Change::Group(GroupChange {
                group: group.group.clone(),
                update: Some(UpdateGroup { name, description: None }),
                ..GroupChange::default()
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcomes::{Outcome, Reason};
    use super::*;
    use jiff::Timestamp;

    fn renaming(add: &[&'static str]) -> Change<'static> {
        let update = UpdateUser {
            email: Some("b@x.com".into()),
            firstname: Some("Ann".into()),
            ..UpdateUser::default()
        };
        Change::User(UserChange {
            user: "a@x.com".into(),
            update: Some(update),
            add: add.iter().map(|name| (*name).into()).collect(),
            ..UserChange::default()
        })
    }

    fn renaming_group(add: &[&'static str]) -> Change<'static> {
        Change::Group(GroupChange {
            group: "G".into(),
            update: Some(UpdateGroup { name: Some("H".into()), description: Some("text".into()) }),
            add_users: add.iter().map(|name| (*name).into()).collect(),
            ..GroupChange::default()
        })
    }

    #[test]
    fn rename_is_recorded_without_the_rest_of_its_row() {
        let Some(Change::User(user)) = rename_of(&renaming(&["G"])) else { panic!() };
        assert!(user.add.is_empty() && user.update.unwrap().firstname.is_none());
        let Some(Change::Group(group)) = rename_of(&renaming_group(&["a@x.com"])) else { panic!() };
        assert!(group.add_users.is_empty() && group.update.unwrap().description.is_none());
        let names = UpdateUser { firstname: Some("Ann".into()), ..UpdateUser::default() };
        let update = Change::User(UserChange { update: Some(names), ..UserChange::default() });
        assert_eq!(rename_of(&update), None);
    }

    #[test]
    fn rename_may_be_carried_out_until_it_is_known_not_to_be() {
        use OutcomeStatus::{Failed, NotSent, Ok, Unknown};
        let renamed = RowEffect::NONE.with(EffectPart::Updated);
        for (outcome, at_start, at_end) in [
            (Some((Ok, renamed)), true, true),
            (Some((Unknown, RowEffect::NONE)), true, true),
            (Some((Failed, RowEffect::NONE)), false, false),
            (Some((Failed, renamed)), true, true),
            (Some((NotSent, RowEffect::NONE)), false, false),
            (None, true, false),
        ] {
            let mut outcomes = Outcomes::new(1, Timestamp::UNIX_EPOCH);
            if let Some((status, effect)) = outcome {
                let reason = Reason::default();
                let (attempts, request, finished_at) = (1, None, None);
                outcomes.complete(
                    0,
                    Outcome { status, reason, effect, attempts, request, finished_at },
                );
            }
            let may_be = |at: RecordedAt<'_>| at.may_be_carried_out(0, &renaming(&[]));
            assert_eq!(
                (may_be(RecordedAt::Start(Some(&outcomes))), may_be(RecordedAt::End(&outcomes))),
                (at_start, at_end),
                "{outcome:?}"
            );
            assert!(may_be(RecordedAt::Start(None)));
        }
    }

    /// A part of the row may have been sent: which one is not known.
    #[test]
    fn unfinished_row_of_several_steps_may_have_renamed() {
        let outcomes = Outcomes::new(1, Timestamp::UNIX_EPOCH);
        for (change, may_be) in [
            (renaming(&[]), false),
            (renaming(&["G"]), true),
            (renaming_group(&[]), false),
            (renaming_group(&["a@x.com"]), true),
        ] {
            assert_eq!(RecordedAt::End(&outcomes).may_be_carried_out(0, &change), may_be);
        }
    }
}
