//! What a row can do, each part with its word in results and journals.

/// One part of the effect of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum EffectPart {
    /// The user was created.
    Created = 1,
    /// The user existed before.
    Exists = 1 << 1,
    /// The user was created or existed before: it is unknown which.
    CreatedOrExists = 1 << 2,
    /// Names, the email or the username were changed.
    Updated = 1 << 3,
    /// All memberships were removed.
    LeftAll = 1 << 4,
    /// The user left the organization.
    Removed = 1 << 5,
    /// The account and its files were deleted.
    AccountDeleted = 1 << 6,
    /// The group was created.
    GroupCreated = 1 << 7,
    /// The group existed before.
    GroupExists = 1 << 8,
    /// The group was created or existed before: it is unknown which.
    GroupCreatedOrExists = 1 << 9,
    /// The group has another description.
    GroupUpdated = 1 << 10,
    /// The group has another name.
    GroupRenamed = 1 << 11,
    /// The group was deleted.
    GroupDeleted = 1 << 12,
    /// The group has product profiles that it did not have before.
    ProfilesAdded = 1 << 13,
    /// The group no longer has some product profiles.
    ProfilesRemoved = 1 << 14,
}

impl EffectPart {
    /// Every part, in the order in which a row does them. Memberships come after the first
    /// [`EffectPart::BEFORE_MOVES`].
    pub(super) const ALL: [Self; 15] = [
        Self::Created,
        Self::Exists,
        Self::CreatedOrExists,
        Self::Updated,
        Self::GroupCreated,
        Self::GroupExists,
        Self::GroupCreatedOrExists,
        Self::GroupUpdated,
        Self::GroupRenamed,
        Self::LeftAll,
        Self::ProfilesAdded,
        Self::ProfilesRemoved,
        Self::Removed,
        Self::AccountDeleted,
        Self::GroupDeleted,
    ];
    /// The number of parts that come before memberships in [`Self::ALL`].
    pub(super) const BEFORE_MOVES: usize = 9;

    /// Returns the name of the part in results and journals.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Exists => "exists",
            Self::CreatedOrExists => "created_or_exists",
            Self::Updated => "updated",
            Self::LeftAll => "left_all",
            Self::Removed => "removed",
            Self::AccountDeleted => "account_deleted",
            Self::GroupCreated => "group_created",
            Self::GroupExists => "group_exists",
            Self::GroupCreatedOrExists => "group_created_or_exists",
            Self::GroupUpdated => "group_updated",
            Self::GroupRenamed => "group_renamed",
            Self::GroupDeleted => "group_deleted",
            Self::ProfilesAdded => "profiles_added",
            Self::ProfilesRemoved => "profiles_removed",
        }
    }
}
