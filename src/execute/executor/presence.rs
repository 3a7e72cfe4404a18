//! Whether a user exists before the user is removed: the server also confirms the removal of an
//! unknown user.
//!
//! One response is enough. A user who was asked about before the run (to check administrators) is
//! not asked about again, unless a later request may have changed the result.

use super::Executor;
use super::tasks::TaskKind;
use super::wait_log::RowWait;
use crate::execute::command_facts::{gives_a_name, only_takes_away};
use crate::execute::completion::Completion;
use crate::execute::probe::ProbeStatement;
use crate::execute::probe_answers::{Certainty, ProbeAnswers};
use crate::execute::reporter::Reporter;
use crate::execute::request::{ReadyCommand, takes_leave};
use crate::execute::stop_cause::StopCause;
use crate::umapi::ApiError;
use crate::umapi::wire::Root;
use std::collections::HashSet;
use std::io;

impl<W: Reporter> Executor<'_, W> {
    /// Adds what the server said before anything was sent. `known` are the rows whose users the
    /// server was asked about, before an earlier file was sent.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub(crate) fn with_probe_answers(
        mut self,
        answers: ProbeAnswers,
        known: HashSet<u32>,
    ) -> io::Result<Self> {
        if self.policy.verify_deletes {
            self.users.add_presence(match answers.is_touched() {
                true => answers.rows_known(&self.input, self.plan)?,
                false => known,
            });
        }
        self.users.add_answers(answers);
        Ok(self)
    }

    /// Whether the command removes something from a name that nobody has, and that neither an
    /// earlier row nor an earlier request may have given to a user.
    pub(super) fn is_about_an_absent_user(&self, prepared: &ReadyCommand) -> bool {
        let ReadyCommand { item, command, footprint, .. } = prepared;
        let is_new = item.sent == 0 && !item.was_uncertain && !item.present;
        let is_unlisted = !item.follows
            && !item.expected.is_empty()
            && item.expected.iter().all(|expected| expected.not_there)
            && !footprint.users().any(|name| self.users.may_be_changed_by_others(name));
        is_new
            && (self.users.sure(&command.root) == Some(Certainty::Absent) || is_unlisted)
            && only_takes_away(prepared)
    }

    /// Returns a command that may be sent: the user to remove exists, if that is to be verified.
    /// Returns `None` if the server is asked first, or if nothing is sent.
    pub(super) fn with_presence(
        &mut self,
        mut prepared: Box<ReadyCommand>,
    ) -> Option<ReadyCommand> {
        // It was verified before the first attempt. If the user is gone now, that attempt may be
        // the reason.
        prepared.item.present |= self.policy.verify_deletes && prepared.item.sent > 0;
        if self.is_to_be_asked_again(&prepared) {
            self.probe_before(prepared);
            return None;
        }
        let item = &prepared.item;
        if !self.policy.verify_deletes || item.present || !takes_leave(&prepared.command) {
            return Some(*prepared);
        }
        let is_first = !item.follows && item.sent == 0 && !item.was_uncertain;
        match self.users.sure(&prepared.command.root).filter(|_| is_first) {
            Some(Certainty::There) => return Some(*prepared),
            Some(Certainty::Absent) => self.probed_before(*prepared, Ok(None)),
            None => self.probe_before(prepared),
        }
        None
    }

    /// Whether the removal has waited for another process, which may have changed what the server
    /// said about the user before: it is asked once more.
    fn is_to_be_asked_again(
        &self,
        ReadyCommand { item, command, footprint, .. }: &ReadyCommand,
    ) -> bool {
        let is_first = !item.follows && item.sent == 0 && !item.was_uncertain && !item.present;
        !self.policy.verify_deletes
            && is_first
            && takes_leave(command)
            && !self.users.is_presence_known(item.first())
            && self.users.is_outdated_by_others(&command.root, footprint.users())
    }

    /// Records before a command is sent, that the user to remove existed if that is known, and that
    /// earlier answers about the users it changes are outdated.
    pub(super) fn note_presence(
        &mut self,
        ReadyCommand { item, command, footprint, .. }: &mut ReadyCommand,
    ) {
        let is_there = || !item.follows && self.users.sure(&command.root) == Some(Certainty::There);
        item.present |= takes_leave(command) && (self.policy.verify_deletes || is_there());
        if gives_a_name(command) {
            self.users.note_changed(footprint.users());
        } else if takes_leave(command) {
            self.users.note_ended(footprint.users());
        }
    }

    /// Asks whether the user exists, before the removal.
    fn probe_before(&mut self, prepared: Box<ReadyCommand>) {
        self.wait_log.waits(&prepared.item, RowWait::Presence, None);
        let client = self.client.clone();
        self.users.forget_presence(prepared.item.first());
        self.tasks.start(TaskKind::EarlyProbe, async move {
            let statement = match &prepared.command.root {
                Root::User { user, domain, use_adobe_id } => {
                    let domain = if *use_adobe_id { Some("AdobeID") } else { domain.as_deref() };
                    client
                        .user(user, domain)
                        .await
                        .map(|user| user.as_ref().map(ProbeStatement::of))
                }
                Root::Group { .. } => Ok(Some(ProbeStatement::default())),
            };
            Completion::Present { prepared, statement }
        });
    }

    /// Continues after the probe whether the user to remove exists, and who it is.
    pub(super) fn probed_before(
        &mut self,
        mut prepared: ReadyCommand,
        statement: Result<Option<ProbeStatement>, ApiError>,
    ) {
        match statement {
            Ok(Some(statement)) => {
                if let Some((rows, problem)) = self.loss_of_another(&prepared, &statement) {
                    return self.refuse_rows(prepared, &rows, &problem);
                }
                prepared.item.present = true;
                self.users.seen(prepared.item.first());
                self.learn(&mut prepared, &statement);
                self.schedule.put_back(prepared.item);
            }
            Ok(None) if self.policy.verify_deletes => self.found_nobody(prepared),
            Ok(None) => {
                self.users.seen(prepared.item.first());
                self.users.note_refused(&prepared.command.root);
                self.schedule.put_back(prepared.item);
            }
            // The removal itself does not depend on the answer.
            Err(_) if !self.policy.verify_deletes => {
                self.users.seen(prepared.item.first());
                self.schedule.put_back(prepared.item);
            }
            Err(error) => self.stop_run(StopCause::PresenceUnknown(error)),
        }
    }
}
