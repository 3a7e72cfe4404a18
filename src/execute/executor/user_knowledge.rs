//! What is known of users: who was there before anything was sent, by a list and by the server's
//! answers, and who is protected under names that only the server has told.

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
    /// Who was there before.
    list: Option<Arc<Organization>>,
    /// Who was there, and who was not, when the server was asked before anything was sent.
    answers: ProbeAnswers,
    /// Rows whose users are known to be there, or not to be there: nobody asks before they are
    /// removed.
    presence_known: HashSet<u32>,
    /// Names that other processes may have changed since this command began to ask.
    changed_by_others: HashSet<Key>,
    /// Names of protected people, as the server has told in this run: those that a list and the
    /// rows give are known before.
    protected: HashMap<Key, Vec<UserSpelling>>,
}

impl UserKnowledge {
    /// Takes over who was in the organization before anything was sent.
    pub(super) fn add_list(&mut self, list: Arc<Organization>) {
        self.list = Some(list);
    }

    /// Who was in the organization before anything was sent.
    pub(super) fn list(&self) -> Option<&Organization> {
        self.list.as_deref()
    }

    /// Takes over what the server said before anything was sent.
    pub(super) fn add_answers(&mut self, answers: ProbeAnswers) {
        self.answers = answers;
    }

    /// Takes over the rows whose users are known to be there, or not to be there.
    pub(super) fn add_presence(&mut self, rows: HashSet<u32>) {
        self.presence_known = rows;
    }

    /// It is asked, or no longer of interest, whether the user of this row is there.
    pub(super) fn forget_presence(&mut self, row: u32) {
        self.presence_known.remove(&row);
    }

    /// The server has said that the user of this row is there.
    pub(super) fn seen(&mut self, row: u32) {
        self.presence_known.insert(row);
    }

    /// Whether it is known that the user of this row is there, or is not.
    pub(super) fn is_presence_known(&self, row: u32) -> bool {
        self.presence_known.contains(&row)
    }

    /// The server's answer about the user of a command.
    pub(super) fn statement(&self, root: &Root) -> Option<&ProbeStatement> {
        self.answers.statement(root)
    }

    /// Whether the user of a command is there; `None` if nobody was asked, or it may have changed
    /// since.
    pub(super) fn sure(&self, root: &Root) -> Option<Certainty> {
        self.answers.sure(root)
    }

    /// Names that are similar to one that no user has.
    pub(super) fn near(&self, name: &str) -> Vec<&str> {
        self.answers.near(name)
    }

    /// A request is sent that may change the users of these names.
    pub(super) fn note_changed(&mut self, names: impl Iterator<Item = Key>) {
        self.answers.note_changed(names);
    }

    /// A request is sent that may remove the users of these names.
    pub(super) fn note_ended(&self, names: impl Iterator<Item = Key>) {
        self.answers.note_ended(names);
    }

    /// The server has refused a command because nobody has the name of its user.
    pub(super) fn note_refused(&mut self, root: &Root) {
        self.answers.note_refused(root);
    }

    /// Other processes may have changed the users of these names.
    pub(super) fn note_changed_by_others(&mut self, names: Vec<Key>) {
        self.answers.note_changed(names.iter().copied());
        self.changed_by_others.extend(names);
    }

    /// Whether another process may have changed the user of this name since this command began to
    /// ask.
    pub(super) fn may_be_changed_by_others(&self, name: Key) -> bool {
        self.changed_by_others.contains(&name)
    }

    /// The server has said that these names are those of a protected user, whose names are also
    /// spelled so.
    pub(super) fn protect(&mut self, names: impl Iterator<Item = Key>, spelled: &[UserSpelling]) {
        self.protected.extend(names.map(|key| (key, spelled.to_vec())));
    }

    /// The names of a user whom the server has shown to be protected.
    pub(super) fn protected(&self, name: Key) -> Option<&[UserSpelling]> {
        self.protected.get(&name).map(Vec::as_slice)
    }

    /// Whether the server has shown nobody to be protected.
    pub(super) fn protect_nobody(&self) -> bool {
        self.protected.is_empty()
    }
}
