//! Memberships that several rows of one command name, as a plan counts them: they are made, or taken
//! away, once.

use super::effect::repeated_moves;
use super::input_rows::{InputRows, RequestedChange};
use crate::change::EffectCounts;
use crate::plan::Plan;
use crate::table::RowBuffer;
use std::io;

/// Takes memberships out of the counts of a plan that an earlier row of the same command names, too.
///
/// # Errors
/// When a row cannot be read again.
pub(crate) fn count_memberships_once(
    counts: &mut EffectCounts,
    input_rows: &InputRows<'_>,
    plan: &Plan,
) -> io::Result<()> {
    for (first, _) in plan.commands_in_order(|_| true) {
        let rows = plan.command_rows(first);
        if rows.len() < 2 {
            continue;
        }
        let mut buffers: Vec<RowBuffer> = rows.iter().map(|_| RowBuffer::default()).collect();
        let (mut changes, mut effects) = (Vec::new(), Vec::new());
        for (row, buffer) in rows.iter().zip(&mut buffers) {
            let RequestedChange { change, effect, not_there, .. } =
                input_rows.asked(plan.place(*row), buffer)?;
            changes.push((*row, change));
            effects.push(if not_there { effect.only_differences() } else { effect });
        }
        for (effect, repeated) in effects.into_iter().zip(repeated_moves(&changes)) {
            counts.replace_moves(effect, effect.without_moves_of(repeated));
        }
    }
    Ok(())
}
