//! Creations that were sent before and not carried out, and whose group is gone by now: sent again,
//! they would leave accounts without their group.

use super::Executor;
use crate::change::asked_group;
use crate::execute::effect::creates_user;
use crate::execute::outcomes::Reason;
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::plan::{Halfway, WorkItem};
use crate::umapi::wire::WireStep;

/// The code of such a row: what the server would say about its group.
const GROUP_GONE: &str = "error.group.not_found";

impl<W: Reporter> Executor<'_, W> {
    /// Returns a group that a command needs which was sent before and creates a user, if it is
    /// known that the group does not exist any more.
    pub(super) fn gone_group(&self, prepared: &ReadyCommand) -> Option<String> {
        let ReadyCommand { item, command, .. } = prepared;
        let is_whole = item.part == 0 && item.halfway == Halfway::default();
        if !self.policy.check_groups || item.sent == 0 || !is_whole || !creates_user(&command.steps)
        {
            return None;
        }
        let is_gone = |name: &&String, rows: &[u32]| {
            let missing = |name: &str| self.groups.missing(name).is_some();
            let lacks = |row: &u32| self.input.presence.is_some_and(|all| all.lacks(*row, name));
            missing(name) || asked_group(name).is_some_and(missing) || rows.iter().any(lacks)
        };
        command.steps.iter().find_map(|traced_step| match &traced_step.step {
            WireStep::Add(members) => {
                members.group.iter().find(|name| is_gone(name, &traced_step.rows)).cloned()
            }
            _ => None,
        })
    }

    /// Gives a command its outcome that a probe has shown not to be carried out, if its group is
    /// gone. Returns any other command.
    pub(super) fn with_groups(&mut self, prepared: Box<ReadyCommand>) -> Option<Box<ReadyCommand>> {
        let gone = self.gone_group(&prepared).filter(|_| was_not_done(&prepared.item));
        let Some(group) = gone else { return Some(prepared) };
        self.fail(prepared.item, None, &gone_since(&group));
        None
    }
}

/// Whether a probe has shown that no earlier request carried it out.
fn was_not_done(item: &WorkItem) -> bool {
    item.seen_absent && !item.uncertain
}

fn gone_since(group: &str) -> Reason {
    let message = format!(
        "not sent again: the earlier request was not carried out, and the group `{group}` does not \
         exist any more. Create the group or correct the name, then import the row"
    );
    Reason { code: GROUP_GONE.to_owned(), message }
}
