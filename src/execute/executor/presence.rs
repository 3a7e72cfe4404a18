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
use crate::plan::WorkItem;
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
        let may_be_given =
            || footprint.users().any(|name| self.users.may_be_changed_by_others(name));
        is_of_nobody(item, self.users.sure(&command.root), may_be_given)
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
        if !self.policy.verify_deletes || !takes_leave(&prepared.command) {
            return Some(*prepared);
        }
        match certainty_before(&prepared.item, self.users.sure(&prepared.command.root)) {
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
        !self.policy.verify_deletes
            && is_first(item)
            && !item.present
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

/// Whether nothing before may have changed whether its user exists: neither an earlier row, nor an
/// earlier attempt.
fn is_first(item: &WorkItem) -> bool {
    !item.follows && is_untried(item)
}

fn is_untried(item: &WorkItem) -> bool {
    item.sent == 0 && !item.was_uncertain
}

/// Whether nobody has the name of a work item, according to the server or a list. `may_be_given`
/// asks whether an earlier request of another process may have given the name to somebody.
fn is_of_nobody(
    item: &WorkItem,
    said: Option<Certainty>,
    may_be_given: impl FnOnce() -> bool,
) -> bool {
    let is_unlisted = || {
        is_first(item)
            && !item.expected.is_empty()
            && item.expected.iter().all(|expected| expected.not_there)
            && !may_be_given()
    };
    is_untried(item) && !item.present && (said == Some(Certainty::Absent) || is_unlisted())
}

/// Returns whether the user of a removal exists; `None` if the server is to be asked.
fn certainty_before(item: &WorkItem, said: Option<Certainty>) -> Option<Certainty> {
    match item.present {
        true => Some(Certainty::There),
        false => said.filter(|_| is_first(item)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::RowEffect;
    use crate::plan::Expected;

    const SAID: [Option<Certainty>; 3] = [Some(Certainty::There), Some(Certainty::Absent), None];

    fn new_item() -> WorkItem {
        WorkItem { rows: vec![0], ..WorkItem::default() }
    }

    /// A work item whose rows only remove something from somebody; a list shows nobody for them, or
    /// not for the last one.
    fn removing(last_is_listed: bool) -> WorkItem {
        let expected = |row, not_there| Expected {
            row,
            effect: RowEffect::NONE,
            remark: String::new(),
            not_there,
            created_as: None,
        };
        let expected = vec![expected(0, true), expected(1, !last_is_listed)];
        WorkItem { rows: vec![0, 1], expected, ..WorkItem::default() }
    }

    /// Each work item of which something before may have changed whether the user exists.
    fn tried(item: &WorkItem) -> [WorkItem; 2] {
        [WorkItem { sent: 1, ..item.clone() }, WorkItem { was_uncertain: true, ..item.clone() }]
    }

    #[test]
    fn what_the_server_said_counts_for_the_first_attempt() {
        let before = |item: &WorkItem| SAID.map(|said| certainty_before(item, said));
        assert_eq!(before(&new_item()), SAID);
        for item in tried(&new_item()) {
            assert_eq!(before(&item), [None; 3], "{item:?}");
        }
        let behind_a_row = WorkItem { follows: true, ..new_item() };
        assert_eq!(before(&behind_a_row), [None; 3]);
        let seen = WorkItem { present: true, sent: 1, ..new_item() };
        assert_eq!(before(&seen), [Some(Certainty::There); 3], "nobody is asked about twice");
    }

    #[test]
    fn server_says_who_is_nobody() {
        let nobody = |item: &WorkItem| SAID.map(|said| is_of_nobody(item, said, || false));
        assert_eq!(nobody(&new_item()), [false, true, false]);
        let behind_a_row = WorkItem { follows: true, ..new_item() };
        assert_eq!(nobody(&behind_a_row), [false, true, false], "it was asked since");
        for item in tried(&new_item()) {
            assert_eq!(nobody(&item), [false; 3], "the attempt may be the reason: {item:?}");
        }
        assert_eq!(nobody(&WorkItem { present: true, ..new_item() }), [false; 3]);
    }

    #[test]
    fn list_says_who_is_nobody_until_somebody_may_get_the_name() {
        let nobody = |item: &WorkItem| is_of_nobody(item, None, || false);
        assert!(nobody(&removing(false)) && !nobody(&removing(true)));
        assert!(!is_of_nobody(&removing(false), None, || true), "another process may give it");
        assert!(!nobody(&WorkItem { follows: true, ..removing(false) }), "an earlier row may");
        for item in tried(&removing(false)) {
            assert!(!nobody(&item), "{item:?}");
        }
    }
}
