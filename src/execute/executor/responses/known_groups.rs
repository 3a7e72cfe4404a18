//! What responses show about groups: which exist, and which are missing.

use super::super::Executor;
use crate::execute::command_result::StepRefusal;
use crate::execute::effect::carried_out;
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::journal::MissingGroup;
use crate::plan::{PlannedCommand, TracedStep};
use crate::umapi::retry::{about_a_group, is_already_done, unknown_group};
use crate::umapi::wire::{Removal, Root, WireMembers, WireStep};

impl<W: Reporter> Executor<'_, W> {
    /// Records that the groups in a command exist, because it was carried out. A group that it
    /// creates or renames is no longer missing.
    pub(in crate::execute::executor) fn know_groups(&mut self, command: &PlannedCommand) {
        match &command.root {
            Root::User { .. } => self.know_named_groups(&command.steps),
            Root::Group { usergroup } => {
                let mut name = usergroup;
                for traced_step in &command.steps {
                    match &traced_step.step {
                        WireStep::UpdateUserGroup(update) => {
                            name = update.name.as_ref().unwrap_or(name);
                        }
                        WireStep::DeleteUserGroup {} => return,
                        _ => {}
                    }
                }
                self.know_group(name);
                if self.groups.appear(name) {
                    let name = name.clone();
                    self.journal.write(move |journal| journal.found_group(&name));
                }
            }
        }
    }

    /// Records that the group of a command exists.
    pub(super) fn group_is_there(&mut self, command: &PlannedCommand) {
        if matches!(command.root, Root::Group { .. }) {
            self.know_groups(command);
        }
    }

    /// Records that the groups in these steps exist.
    fn know_named_groups(&mut self, steps: &[TracedStep]) {
        for traced_step in steps {
            if let WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) =
                &traced_step.step
            {
                members.group.iter().for_each(|name| self.know_group(name));
            }
        }
    }

    /// Records the group that the server does not know, if a row alone is refused because of it.
    /// The steps before the refused one are carried out, and a group that is refused for another
    /// reason exists.
    pub(super) fn know_groups_by_refusal(
        &mut self,
        prepared: &ReadyCommand,
        refusal: &StepRefusal,
    ) {
        let done = carried_out(&prepared.command.steps, refusal);
        if is_already_done(&refusal.code) || (!done.is_empty() && !unknown_group(&refusal.code)) {
            self.group_is_there(&prepared.command);
        }
        if unknown_group(&refusal.code) && prepared.item.rows.len() == 1 {
            self.miss_refused_group(prepared, refusal);
        }
        self.know_named_groups(done);
        let is_known = about_a_group(&refusal.code)
            && !unknown_group(&refusal.code)
            && refusal.step == Some(done.len());
        let refused = prepared.command.steps.get(done.len()..=done.len());
        self.know_named_groups(refused.filter(|_| is_known).unwrap_or_default());
    }

    fn know_group(&mut self, name: &str) {
        if let Some(name) = self.groups.set_known(name) {
            self.schedule.wake(name);
        }
    }

    /// Records a group that the server does not know, if it is clear which one that is.
    fn miss_refused_group(&mut self, prepared: &ReadyCommand, refusal: &StepRefusal) {
        let steps = match refusal.step {
            Some(step) => &prepared.command.steps[step..=step],
            None => &prepared.command.steps,
        };
        let names: Vec<&String> = steps
            .iter()
            .flat_map(|traced_step| match &traced_step.step {
                WireStep::Add(WireMembers { group, .. })
                | WireStep::Remove(Removal::Members(WireMembers { group, .. })) => group.as_slice(),
                _ => &[],
            })
            .collect();
        // If the step names one group, that is the missing one, whatever the words of the message.
        if let [name] = names.as_slice() {
            let name = *name;
            self.miss_group(MissingGroup {
                name: name.clone(),
                code: refusal.code.clone(),
                row: prepared.item.first(),
                file: None,
            });
        }
    }

    /// Records that a group does not exist. Rows that wait for this result continue.
    pub(in crate::execute::executor) fn miss_group(&mut self, group: MissingGroup) {
        let noted = group.clone();
        self.journal.write(move |journal| journal.missing_group(&noted));
        for name in self.groups.miss(group).into_iter().flatten() {
            self.schedule.wake(name);
        }
    }
}
