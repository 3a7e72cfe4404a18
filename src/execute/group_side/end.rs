//! What group-side commands have saved in a run.

use super::form::GroupSideForm;

/// What group-side commands have saved in a run, and the form that they have at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupSideEnd {
    /// The memberships that are confirmed.
    pub(crate) memberships: u64,
    /// The commands that were sent, with those that were refused. Zero if only rows about groups
    /// have shown the form.
    pub(crate) commands: u64,
    /// The commands of users that are done in their place.
    pub(crate) in_place_of: u64,
    pub(crate) form: GroupSideForm,
}
