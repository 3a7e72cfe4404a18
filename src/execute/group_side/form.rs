//! The form of group-side commands: how much one of them may hold, and whether several of one group
//! may be open at once. Adobe documents ten memberships "a step in one command entry", which can be
//! read in two ways, and says nothing about several commands of one group. So commands of more than
//! ten memberships, and several commands of one group, are each tried alone first. Up to ten is
//! documented in either reading, and needs no trial.

use crate::plan::sides::CommandWidth;
use crate::umapi::wire::MAX_LIST;

/// What the server has shown about a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum FormTrust {
    /// Nothing yet.
    #[default]
    Untested,
    /// One request has it, and nothing else goes from the groups' side until the response.
    OnTrial,
    /// It works.
    Proven,
    /// It does not work.
    Refused,
}

/// The forms of group-side commands that this run uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupSideForm {
    /// Commands of more than ten memberships.
    wide: FormTrust,
    /// Several commands of one group in one request, or in flight together.
    sharing: FormTrust,
}

/// What a request would try for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Novelty {
    /// Nothing.
    None,
    /// Commands of more than ten memberships.
    Wide,
    /// Several commands of one group.
    Sharing,
}

impl GroupSideForm {
    /// Starts with what is remembered of the organization: `Narrow` if it has refused commands of
    /// more than ten memberships. Nothing else is tried yet.
    pub(crate) fn untested(width: CommandWidth) -> Self {
        let wide = match width {
            CommandWidth::Wide => FormTrust::Untested,
            CommandWidth::Narrow => FormTrust::Refused,
        };
        Self { wide, sharing: FormTrust::Untested }
    }

    /// Starts with everything proven that commands of this width can do.
    #[cfg(test)]
    pub(crate) fn proven(width: CommandWidth) -> Self {
        let wide = match width {
            CommandWidth::Wide => FormTrust::Proven,
            CommandWidth::Narrow => FormTrust::Refused,
        };
        Self { wide, sharing: FormTrust::Proven }
    }

    /// Whether commands of more than ten memberships are refused.
    pub(super) fn is_narrow(&self) -> bool {
        self.wide == FormTrust::Refused
    }

    /// Whether commands of one group disturb each other.
    pub(super) fn is_disturbed(&self) -> bool {
        self.sharing == FormTrust::Refused
    }

    /// Returns how many memberships a command holds.
    pub(crate) fn width(&self) -> CommandWidth {
        if self.is_narrow() { CommandWidth::Narrow } else { CommandWidth::Wide }
    }

    /// Returns the number of steps that a command may have.
    pub(super) fn steps(&self) -> usize {
        self.width().steps() as usize
    }

    /// Returns the most memberships in one command.
    pub(super) fn capacity(&self) -> usize {
        self.steps() * MAX_LIST
    }

    /// Whether nothing is on trial.
    pub(super) fn is_decided(&self) -> bool {
        self.wide != FormTrust::OnTrial && self.sharing != FormTrust::OnTrial
    }

    /// Whether commands of more than ten memberships are untested.
    pub(super) fn is_wide_untested(&self) -> bool {
        self.wide == FormTrust::Untested
    }

    /// Whether a request in flight tests commands of more than ten memberships.
    pub(super) fn is_wide_on_trial(&self) -> bool {
        self.wide == FormTrust::OnTrial
    }

    /// Whether several commands of one group may be open at once.
    pub(super) fn shares(&self) -> bool {
        self.sharing == FormTrust::Proven
    }

    /// Whether a request may be the first to have several commands of one group.
    pub(super) fn may_try_sharing(&self) -> bool {
        let is_width_known = matches!(self.wide, FormTrust::Proven | FormTrust::Refused);
        self.sharing == FormTrust::Untested && is_width_known
    }

    /// Records that a request is sent.
    pub(super) fn send(&mut self, novelty: Novelty) {
        let tried = match novelty {
            Novelty::None => return,
            Novelty::Wide => &mut self.wide,
            Novelty::Sharing => &mut self.sharing,
        };
        if *tried == FormTrust::Untested {
            *tried = FormTrust::OnTrial;
        }
    }

    /// Records that a command was carried out: whatever was on trial works.
    pub(super) fn confirm(&mut self) {
        self.end_trial(FormTrust::Proven);
    }

    /// Records a response that confirms nothing: whatever was on trial is tried again.
    pub(super) fn leave_open(&mut self) {
        self.end_trial(FormTrust::Untested);
    }

    fn end_trial(&mut self, after: FormTrust) {
        for trust in [&mut self.wide, &mut self.sharing] {
            if *trust == FormTrust::OnTrial {
                *trust = after;
            }
        }
    }

    /// Records that commands of the wide form are too long, or take too long.
    pub(super) fn narrow(&mut self) {
        self.wide = FormTrust::Refused;
        if self.sharing == FormTrust::OnTrial {
            self.sharing = FormTrust::Untested;
        }
    }

    /// Records that commands of one group disturb each other.
    pub(super) fn stop_sharing(&mut self) {
        self.sharing = FormTrust::Refused;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_tried_alone_first() {
        let mut form = GroupSideForm::untested(CommandWidth::Wide);
        assert!(form.is_wide_untested() && !form.shares() && !form.may_try_sharing());
        form.send(Novelty::Wide);
        assert!(!form.is_decided());
        form.confirm();
        assert!(form.is_decided() && form.may_try_sharing() && form.capacity() == 100);
        form.send(Novelty::Sharing);
        assert!(!form.is_decided());
        form.confirm();
        assert!(form.is_decided() && form.shares());
    }

    #[test]
    fn narrow_form_needs_no_trial() {
        let mut form = GroupSideForm::untested(CommandWidth::Wide);
        form.send(Novelty::None);
        assert!(form.is_decided() && form.is_wide_untested(), "nothing was tried");
        form.send(Novelty::Wide);
        form.narrow();
        assert!(form.capacity() == 10 && form.is_decided() && !form.is_wide_untested());
        assert!(form.may_try_sharing());
    }

    #[test]
    fn trial_without_a_confirmed_command_is_repeated() {
        let mut form = GroupSideForm::untested(CommandWidth::Wide);
        form.send(Novelty::Wide);
        form.leave_open();
        assert!(form.is_wide_untested());
        form.send(Novelty::Wide);
        form.confirm();
        form.send(Novelty::Sharing);
        form.stop_sharing();
        assert!(form.is_decided() && !form.shares() && !form.may_try_sharing());
    }
}
