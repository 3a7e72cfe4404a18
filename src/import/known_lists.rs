//! The lists of the organization that an import knows.

use crate::import::baseline::LoadedBaseline;
use crate::import::missing::MissingList;
use crate::organization::Organization;

/// The lists of the organization.
pub(super) struct KnownLists {
    /// The list that the user wants to compare with.
    pub(super) loaded: Option<LoadedBaseline>,
    /// Whether an earlier run has begun with that list, and this command continues it.
    pub(super) continues: bool,
    /// The snapshot, if the user wants no comparison. It is used for some checks nevertheless.
    pub(super) stored: Option<LoadedBaseline>,
    /// The list that shows which users are missing.
    pub(super) missing: Option<MissingList>,
    /// The list that was fetched to find the people of exported lists.
    pub(super) fetched: Option<LoadedBaseline>,
    /// Whether the input is an exported list, and the user wants no comparison: the server is asked
    /// which of its users exist.
    pub(super) asks_about_exported: bool,
}

impl KnownLists {
    /// Returns any of the lists.
    pub(super) fn any(&self) -> Option<&LoadedBaseline> {
        self.loaded.as_ref().or(self.stored.as_ref()).or(self.fetched.as_ref())
    }

    /// Returns the list that the user wants to compare with, or the snapshot.
    pub(super) fn loaded_or_stored(&self) -> Option<&LoadedBaseline> {
        self.loaded.as_ref().or(self.stored.as_ref())
    }

    /// Returns the organization of the list that the user wants to compare with.
    pub(super) fn organization(&self) -> Option<&Organization> {
        self.loaded.as_ref().map(|list| &*list.organization)
    }
}
