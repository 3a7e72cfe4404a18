//! What is known about users: who existed before anything was sent, according to a list and the
//! server's responses, and who is protected under names that only the server has reported.

use crate::execute::probe::ProbeStatement;
use crate::execute::probe_answers::{Certainty, ProbeAnswers};
use crate::organization::Organization;
use crate::plan::Key;
use crate::reconcile::UserSpelling;
use crate::umapi::wire::Root;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The users of a run.
#[derive(Default)]
pub(super) struct UserKnowledge {
    /// The list of the organization before anything was sent.
    list: Option<Arc<Organization>>,
    /// What the server said about users before anything was sent.
    answers: ProbeAnswers,
    /// Rows for which it is known whether their user exists: no probe is sent before the removal.
    presence_known: HashSet<u32>,
    /// Names that other processes may have changed since this command sent its first probes.
    changed_by_others: HashSet<Key>,
    /// Names of protected people that the server has reported in this run. Names that a list and
    /// the rows give are known before.
    protected: HashMap<Key, Vec<UserSpelling>>,
}

impl UserKnowledge {
    /// Takes a list of the organization before anything was sent.
    pub(super) fn add_list(&mut self, list: Arc<Organization>) {
        self.list = Some(list);
    }

    /// Returns the list of the organization before anything was sent.
    pub(super) fn list(&self) -> Option<&Organization> {
        self.list.as_deref()
    }

    /// Takes what the server said before anything was sent.
    pub(super) fn add_answers(&mut self, answers: ProbeAnswers) {
        self.answers = answers;
    }

    /// Takes the rows for which it is known whether their user exists.
    pub(super) fn add_presence(&mut self, rows: HashSet<u32>) {
        self.presence_known = rows;
    }

    /// Forgets whether the user of this row exists, because a probe is sent or the answer is no
    /// longer needed.
    pub(super) fn forget_presence(&mut self, row: u32) {
        self.presence_known.remove(&row);
    }

    /// Records that the user of this row exists, according to the server.
    pub(super) fn seen(&mut self, row: u32) {
        self.presence_known.insert(row);
    }

    /// Whether it is known whether the user of this row exists.
    pub(super) fn is_presence_known(&self, row: u32) -> bool {
        self.presence_known.contains(&row)
    }

    /// Returns what the server said about the user of a command.
    pub(super) fn statement(&self, root: &Root) -> Option<&ProbeStatement> {
        self.answers.statement(root)
    }

    /// Returns whether the user of a command exists; `None` if the server was not asked, or if it
    /// may have changed since.
    pub(super) fn sure(&self, root: &Root) -> Option<Certainty> {
        self.answers.sure(root)
    }

    /// Whether the server was asked about the user of a command, and another process may have
    /// changed the answer since.
    pub(super) fn is_outdated_by_others(
        &self,
        root: &Root,
        mut names: impl Iterator<Item = Key>,
    ) -> bool {
        self.answers.is_outdated(root) && names.any(|name| self.may_be_changed_by_others(name))
    }

    /// Returns names that are similar to one that no user has.
    pub(super) fn near(&self, name: &str) -> Vec<&str> {
        self.answers.near(name)
    }

    /// Records that a request is sent that may change the users of these names.
    pub(super) fn note_changed(&mut self, names: impl Iterator<Item = Key>) {
        self.answers.note_changed(names);
    }

    /// Records that a request is sent that may remove the users of these names.
    pub(super) fn note_ended(&self, names: impl Iterator<Item = Key>) {
        self.answers.note_ended(names);
    }

    /// Records that the server has refused a command because nobody has the name of its user.
    pub(super) fn note_refused(&mut self, root: &Root) {
        self.answers.note_refused(root);
    }

    /// Records that other processes may have changed the users of these names.
    pub(super) fn note_changed_by_others(&mut self, names: Vec<Key>) {
        self.answers.note_changed(names.iter().copied());
        self.changed_by_others.extend(names);
    }

    /// Whether another process may have changed the user of this name since this command sent its
    /// first probes.
    pub(super) fn may_be_changed_by_others(&self, name: Key) -> bool {
        self.changed_by_others.contains(&name)
    }

    /// Records that these names belong to a protected user, according to the server, and how they
    /// are spelled.
    pub(super) fn protect(&mut self, names: impl Iterator<Item = Key>, spelled: &[UserSpelling]) {
        self.protected.extend(names.map(|key| (key, spelled.to_vec())));
    }

    /// Returns the names of a user whom the server has shown to be protected.
    pub(super) fn protected(&self, name: Key) -> Option<&[UserSpelling]> {
        self.protected.get(&name).map(Vec::as_slice)
    }

    /// Whether the server has shown no user to be protected.
    pub(super) fn protect_nobody(&self) -> bool {
        self.protected.is_empty()
    }
}
