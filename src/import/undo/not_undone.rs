//! What is not taken back, and why.

use super::done_row::DoneRow;
use serde::Serialize;

/// A part of an import that is not taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NotUndone {
    /// The user or group.
    pub(crate) who: String,
    /// The rows that did it.
    pub(crate) rows: Vec<DoneRow>,
    pub(crate) code: &'static str,
    /// What cannot come back, and why.
    pub(crate) why: String,
}

/// Why something is not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WhyNotUndone {
    /// It is not known what was there before.
    NotKnownBefore,
    /// It is not known what is there now.
    NotKnownNow,
    /// The user or group existed, although the baseline shows nobody.
    Existed,
    /// It is not known whether the rows have created the user or group, or found it.
    PerhapsExisted,
    /// The row was done in part, and it is not known which memberships.
    DoneInPart,
    /// The run stopped before the request had a response, and what was there when it was sent again
    /// was not what was there before.
    InFlight,
    /// An earlier undo has taken it back. What is there now came later.
    TakenBack,
    /// Another import from this computer has already done what would take it back.
    DoneSince,
    AccountDeleted,
    /// Somebody has created the user again.
    CreatedAgain,
    /// Somebody has removed the user since.
    RemovedSince,
    /// A later import from this computer has removed the user.
    RemovedFromHere,
    /// Somebody has changed a value since.
    ChangedSince {
        value: &'static str,
        now: String,
    },
    /// Somebody has added a created user to groups since.
    AddedSince {
        groups: Vec<String>,
    },
    /// Somebody has removed a created user from groups since.
    TakenSince {
        groups: Vec<String>,
    },
    /// The old name belongs to somebody else.
    NameTaken {
        name: String,
    },
    /// Names of several users were exchanged.
    NamesExchanged,
    /// The old value is empty, which the API does not accept.
    EmptyBefore {
        value: &'static str,
    },
    /// Only the letter case of a name has changed.
    LetterCase {
        value: &'static str,
    },
    /// Only its user can change the names of an Adobe ID.
    AdobeId,
    /// The baseline has no type that can be created.
    NoType {
        identity: String,
    },
    /// The baseline has no country.
    NoCountry,
    /// No name identifies the user.
    NoName,
    /// No command gives this role.
    Role {
        name: String,
    },
    /// The group does not exist any more.
    NoGroup {
        name: String,
    },
    /// A created group has other members.
    OtherMembers {
        names: Vec<String>,
        more: usize,
    },
    /// A group has this name already.
    GroupNameTaken {
        name: String,
    },
    /// The group was created for the rows before they were sent.
    MadeGroup,
    /// Descriptions and profiles of groups are in no list.
    GroupValues,
    /// The group comes back without its description and profiles, and without members who are not
    /// in the baseline.
    GroupWithoutValues,
    /// An import would refuse the row.
    Invalid {
        message: String,
    },
}

impl WhyNotUndone {
    /// The word for programs of [`Self::NoGroup`].
    pub(crate) const NO_GROUP: &'static str = "no_group";

    /// The word for programs of [`Self::OtherMembers`].
    pub(crate) const OTHER_MEMBERS: &'static str = "other_members";

    /// Returns the word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NotKnownBefore => "not_known_before",
            Self::NotKnownNow => "not_known_now",
            Self::Existed => "existed_before",
            Self::PerhapsExisted => "perhaps_existed",
            Self::DoneInPart => "done_in_part",
            Self::InFlight => "in_flight",
            Self::TakenBack => "taken_back",
            Self::DoneSince => "done_since",
            Self::AccountDeleted => "account_deleted",
            Self::CreatedAgain => "created_again",
            Self::RemovedSince | Self::RemovedFromHere => "removed_since",
            Self::ChangedSince { .. } => "changed_since",
            Self::AddedSince { .. } => "added_since",
            Self::TakenSince { .. } => "taken_since",
            Self::NameTaken { .. } => "name_taken",
            Self::NamesExchanged => "names_exchanged",
            Self::EmptyBefore { .. } => "empty_before",
            Self::LetterCase { .. } => "letter_case",
            Self::AdobeId => "adobe_id",
            Self::NoType { .. } => "no_type",
            Self::NoCountry => "no_country",
            Self::NoName => "no_name",
            Self::Role { .. } => "role",
            Self::NoGroup { .. } => Self::NO_GROUP,
            Self::OtherMembers { .. } => Self::OTHER_MEMBERS,
            Self::GroupNameTaken { .. } => "group_name_taken",
            Self::MadeGroup => "made_group",
            Self::GroupValues => "group_values",
            Self::GroupWithoutValues => "group_without_values",
            Self::Invalid { .. } => "invalid",
        }
    }

    /// Returns the reason in words.
    #[expect(clippy::too_many_lines, reason = "one sentence for each reason")]
    pub(crate) fn words(&self) -> String {
        match self {
            Self::NotKnownBefore => "the baseline does not show what was there before".to_owned(),
            Self::NotKnownNow => "it is not certain what is there now".to_owned(),
            Self::Existed => {
                "the server said that it existed already, and the baseline does not show it"
                    .to_owned()
            }
            Self::PerhapsExisted => "it may have existed before the import: it stays".to_owned(),
            Self::DoneInPart => {
                "the row was done in part, and it is not known which of its memberships it has \
                 changed"
                    .to_owned()
            }
            Self::InFlight => {
                "the run stopped before the response came, and what was there when it \
                 continued was not as before, or is not known: perhaps somebody else did it, so it \
                 stays"
                    .to_owned()
            }
            Self::TakenBack => {
                "an earlier undo was about these rows: what is there now stays".to_owned()
            }
            Self::DoneSince => {
                "another import from this computer has taken this back since: what is there now \
                 stays"
                    .to_owned()
            }
            Self::AccountDeleted => {
                "the account is deleted with its files: no command brings it back".to_owned()
            }
            Self::CreatedAgain => "the user was created again since".to_owned(),
            Self::RemovedSince => {
                "nobody has this name now: the user was removed or renamed since".to_owned()
            }
            Self::RemovedFromHere => {
                "another import from this computer has removed the user since: nothing is left to \
                 take back"
                    .to_owned()
            }
            Self::ChangedSince { value, now } => {
                format!("somebody has changed the {value} to `{now}` since: it stays")
            }
            Self::AddedSince { groups } => format!(
                "the import created the user, and somebody has added the user to `{}` since: the \
                 user stays",
                groups.join("`, `")
            ),
            Self::TakenSince { groups } => format!(
                "the import created the user, and somebody has removed the user from `{}` since: \
                 the user stays",
                groups.join("`, `")
            ),
            Self::NameTaken { name } => format!("somebody else has the old name `{name}` now"),
            Self::NamesExchanged => {
                "the rows exchanged the names of several users: rename one of them in between"
                    .to_owned()
            }
            Self::EmptyBefore { value } => {
                format!("the {value} was empty before, and no command empties it")
            }
            Self::LetterCase { value } => {
                format!(
                    "only the letter case of the {value} has changed, and no command changes it"
                )
            }
            Self::AdobeId => "only its user can change the names of an Adobe ID".to_owned(),
            Self::NoType { identity } => {
                format!("the baseline has no type that can be created (`{identity}`)")
            }
            Self::NoCountry => {
                "the country cannot come back: the baseline has none. Fill it in before you \
                 import the row"
                    .to_owned()
            }
            Self::NoName => "no name identifies this user only".to_owned(),
            Self::Role { name } => format!("no command changes the membership in `{name}`"),
            Self::NoGroup { name } => format!("the group `{name}` does not exist any more"),
            Self::OtherMembers { names, more } => {
                let others = match more {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!(
                    "the group has members whom the import did not add ({}{others}): it stays",
                    names.join(", ")
                )
            }
            Self::GroupNameTaken { name } => format!("there is a group `{name}` already"),
            Self::MadeGroup => {
                "the import created this group for its rows, because it did not exist: it stays"
                    .to_owned()
            }
            Self::GroupValues => {
                "descriptions and product profiles of groups are in no list: what they were is \
                 not known"
                    .to_owned()
            }
            Self::GroupWithoutValues => {
                "the group comes back without its description, its product profiles, and members \
                 whom the baseline does not show"
                    .to_owned()
            }
            Self::Invalid { message } => format!("an import would refuse the row: {message}"),
        }
    }

    /// Returns the entry about somebody.
    pub(crate) fn about(&self, who: &str, rows: &[DoneRow]) -> NotUndone {
        let mut rows = rows.to_vec();
        rows.dedup();
        NotUndone { who: who.to_owned(), rows, code: self.code(), why: self.words() }
    }
}
