//! What a row can do, and which of its values may not be applied, each with its word in results and
//! journals.

use serde::{Deserialize, Serialize};

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

/// A value in a row that is not applied to an existing user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u16)]
pub enum Facet {
    /// First name.
    Firstname = 1,
    /// Last name.
    Lastname = 1 << 1,
    /// Email address.
    Email = 1 << 2,
    /// Username.
    Username = 1 << 3,
    /// Domain.
    Domain = 1 << 4,
    /// Country.
    Country = 1 << 5,
    /// Identity type.
    Type = 1 << 6,
    /// Status of the account.
    Status = 1 << 7,
    /// A group that a row of an exported list does not list.
    Groups = 1 << 8,
}

impl Facet {
    /// Every facet, in the order of the columns.
    pub const ALL: [Self; 9] = [
        Self::Type,
        Self::Email,
        Self::Username,
        Self::Domain,
        Self::Firstname,
        Self::Lastname,
        Self::Country,
        Self::Groups,
        Self::Status,
    ];

    /// The facets that only the user of an Adobe ID can change.
    pub const PERSONAL: [Self; 4] = [Self::Firstname, Self::Lastname, Self::Email, Self::Username];

    /// Says how to change it, for messages.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Firstname | Self::Lastname => "use --if-exists update, or an update row",
            Self::Email => "use an update row with new_email",
            Self::Username => "use an update row with new_username",
            Self::Domain => "the API cannot change a domain: use the Admin Console",
            Self::Country => "the API cannot change a country: use the Admin Console",
            Self::Type => {
                "the API cannot change a type: use the Admin Console, or delete the user and \
                 create another one"
            }
            Self::Status => {
                "the API cannot change a status: use the Admin Console, or the directory"
            }
            Self::Groups => {
                "use --exact-groups with --manage-groups (for empty cells also --empty-groups \
                 none), or a remove row"
            }
        }
    }

    /// Returns its native column.
    pub fn column(self) -> &'static str {
        &self.word()["differs:".len()..]
    }

    /// Returns the word of the facet in results and journals.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Firstname => "differs:firstname",
            Self::Lastname => "differs:lastname",
            Self::Email => "differs:email",
            Self::Username => "differs:username",
            Self::Domain => "differs:domain",
            Self::Country => "differs:country",
            Self::Type => "differs:type",
            Self::Status => "differs:status",
            Self::Groups => "differs:groups",
        }
    }
}
