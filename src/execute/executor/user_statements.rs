//! What the server says about a user during a run: further names, which connect the user's rows and
//! may be protected.

use super::Executor;
use crate::change::{Problem, problems_text};
use crate::execute::guard::Protected;
use crate::execute::identity::NOBODY;
use crate::execute::outcomes::{OutcomeStatus, Reason};
use crate::execute::probe::ProbeStatement;
use crate::execute::reasons::not_sent_again;
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::plan::{Key, PlannedCommand};
use crate::reconcile::UserSpelling;
use crate::umapi::ApiError;
use crate::umapi::wire::{Removal, Root, WireMembers, WireStep};

impl<W: Reporter> Executor<'_, W> {
    /// Continues after the probe which user would be renamed.
    pub(super) fn identified(
        &mut self,
        mut prepared: ReadyCommand,
        statement: Result<Option<ProbeStatement>, ApiError>,
    ) {
        // If the user cannot be identified, the rename is sent nevertheless, and the server
        // decides.
        match statement {
            Ok(Some(statement)) => {
                self.learn(&mut prepared, &statement);
                prepared.item.identity = statement.identity;
            }
            // Then none of our renames explains why a user has the new name.
            Ok(None) => prepared.item.identity = Some(NOBODY.to_owned()),
            Err(_) => {}
        }
        self.schedule.put_back(prepared.item);
    }

    /// Records the names of the user of a command.
    pub(super) fn learn(&mut self, prepared: &mut ReadyCommand, statement: &ProbeStatement) {
        let keys = statement.keys();
        if self.input.protected.line_of_any(&statement.names).is_some() {
            // All names count, including those that the command gives, so that a rename does not
            // pass the list.
            let names = prepared.footprint.users().chain(keys.iter().copied());
            self.users.protect(names, &statement.names);
        }
        prepared.item.statement.extend(keys);
    }

    /// Returns the rows of a command that remove something from a user whom only the server has
    /// shown to be protected.
    pub(super) fn protected_by_told_names(
        &self,
        prepared: &ReadyCommand,
    ) -> Option<(Vec<u32>, Problem)> {
        if self.users.protect_nobody() {
            return None;
        }
        removals(&prepared.command).into_iter().find_map(|(user, domain, rows)| {
            let names = self.users.protected(Key::user(user, domain))?;
            Some((rows.to_vec(), protected_problem(self.input.protected, user, names)?))
        })
    }

    /// Refuses these rows of a work item. Its other rows are sent without them.
    pub(super) fn refuse_rows(&mut self, prepared: ReadyCommand, rows: &[u32], problem: &Problem) {
        let ReadyCommand { item, done, .. } = prepared;
        let (code, mut message) = problems_text(std::slice::from_ref(problem));
        // The rename before it was sent.
        let mut status = OutcomeStatus::Invalid;
        if item.part > 0 {
            status = OutcomeStatus::Failed;
            message = format!("{message}; done nevertheless: {done}");
        }
        let mut reason = Reason { code, message };
        if let Some(why) = rows.iter().find_map(|row| self.uncertain_rows.why(*row)) {
            status = OutcomeStatus::Unknown;
            reason = not_sent_again(why, &reason);
        }
        let rest: Vec<u32> = item.rows.iter().copied().filter(|row| !rows.contains(row)).collect();
        if rest.is_empty() {
            return self.complete_item(item, None, status, &reason);
        }
        self.complete_rows(&item, rows, None, status, &reason);
        self.schedule.complete_rows(&item, rows);
        self.schedule.split(item, vec![rest]);
    }
}

fn protected_problem(protected: &Protected, user: &str, names: &[UserSpelling]) -> Option<Problem> {
    let line = protected.line_of_any(names)?;
    let called = names.first().map_or("", |(name, _)| name.as_str());
    let advice = format!(
        "is {called} on the server, who is protected by `{line}` in the list of protected names: \
         remove the row, or change the list"
    );
    Some(Problem::of_user(user, "protected", advice))
}

/// Returns the users from whom the steps of a command remove something, with the rows that ask for
/// it.
fn removals(command: &PlannedCommand) -> Vec<(&str, Option<&str>, &[u32])> {
    let mut all = Vec::new();
    for traced_step in &command.steps {
        match (&command.root, &traced_step.step) {
            (
                Root::User { user, domain, .. },
                WireStep::Remove(_) | WireStep::RemoveFromOrg { .. },
            ) => {
                all.push((user.as_str(), domain.as_deref(), traced_step.rows.as_slice()));
            }
            (Root::Group { .. }, WireStep::Remove(Removal::Members(WireMembers { user, .. }))) => {
                all.extend(
                    user.iter().map(|user| (user.as_str(), None, traced_step.rows.as_slice())),
                );
            }
            _ => {}
        }
    }
    all
}
