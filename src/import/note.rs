//! The messages of an import to which a reporter can add an option of the command line.

use crate::execute::StopCause;
use crate::fs::in_words;
use crate::import::baseline_error::Objection;
use crate::import::error::ImportError;
use crate::import::groups::Creation;
use crate::import::guard_error::DeletesToConfirm;
use crate::import::known_roles::{PartlyKnown, RolesUnanswered};
use crate::import::managed::UnmatchedPattern;
use crate::import::outdated_advice::OutdatedAdvice;
use crate::import::protect_error::ProtectAdvice;
use crate::number::{count, form, minutes};
use crate::table::TableWarning;
use crate::umapi::ApiError;
use crate::visible::visible;
use std::fmt;
use std::io;
use std::time::Duration;

/// A message, or a part of one. Its words name no option.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Note<'n> {
    /// An error.
    Error(&'n ImportError),
    /// What the server does.
    Api(&'n ApiError),
    /// Why a run has stopped.
    Stop(&'n StopCause),
    /// A warning about a file.
    Table(&'n TableWarning),
    /// Columns that are ignored, and one of them with departments if nothing else gives groups.
    IgnoredColumns { columns: &'n [String], department: Option<&'n str> },
    /// An exported list has memberships that come from a user group.
    IndirectMemberships { file: &'n str },
    /// This number of invalid rows is valid if their users exist.
    PerhapsUnchanged { number: u64 },
    /// Deletions that the user must confirm.
    Deletes(&'n DeletesToConfirm),
    /// An import that deletes does not record what is there before.
    NotRecorded,
    /// What rows would do to administrators, which an import refuses.
    IsRefused { risk: &'n str },
    /// Why the server did not say who is an administrator.
    Unanswered(&'n RolesUnanswered),
    /// Roles that were not checked.
    PartlyKnown(&'n PartlyKnown),
    /// A reason against relying on a list.
    Objection(&'n Objection),
    /// A pattern of managed groups matches no group.
    Unmatched(&'n UnmatchedPattern),
    /// This number of people may also be meant by rows that do not count.
    AlsoIgnored { people: u64 },
    /// People of whom only some rows are sent: those of a portion, or those that had failed.
    SplitUsers { words: &'n str },
    /// This number of people keep all groups, because their cell of groups is empty.
    EmptyGroups { people: u64 },
    /// A snapshot is not read.
    LargeList { organization: &'n str, megabytes: u64 },
    /// Which rows create users beside an Adobe ID.
    Shadowed { words: &'n str },
    /// Which rows are not sent, because they would create second accounts.
    HeldAddresses { words: &'n str },
    /// Rows are held back because of a list that may be too old.
    Outdated(&'n OutdatedAdvice),
    /// More people are exempt than are named.
    MoreStay { more: usize },
    /// A run about missing users leaves no record to compare the next one with.
    NoHistory { why: &'n ImportError },
    /// The run that began at this time is finished.
    Finished { when: &'n str },
    /// There is no limit.
    NoLimit,
    /// Rows of the file outside `--rows`.
    NotChosen,
    /// Which groups do not exist.
    AbsentGroups { words: &'n str, creation: Creation, is_creatable: bool },
    /// Why there is no snapshot of groups.
    NoPlaceOfGroups { why: &'n str },
    /// The snapshot of groups is older than allowed.
    OldListOfGroups { list: &'n str, max_age: Duration },
    /// There is no list of groups.
    NoListOfGroups,
    /// Results of a file that could not be written completely, and all rows by status.
    ResultsIncomplete { error: &'n io::Error, file: &'n str, by_status: &'n str },
    /// Protected members that are unknown.
    MembersUnchecked { about: &'n str, instead: ProtectAdvice },
}

impl fmt::Display for Note<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Error(error) => error.fmt(f),
            Self::Api(error) => error.fmt(f),
            Self::Stop(cause) => cause.fmt(f),
            Self::Table(warning) => warning.fmt(f),
            Self::Deletes(deletes) => deletes.fmt(f),
            Self::NotRecorded => f.write_str(
                "note: it is not recorded who is there before, so this cannot be taken back",
            ),
            Self::Unanswered(why) => why.fmt(f),
            Self::PartlyKnown(partly) => partly.fmt(f),
            Self::Objection(objection) => objection.fmt(f),
            Self::Unmatched(unmatched) => write!(f, "warning: {unmatched}"),
            Self::Outdated(advice) => advice.fmt(f),
            Self::Shadowed { words }
            | Self::HeldAddresses { words }
            | Self::AbsentGroups { words, .. }
            | Self::NoPlaceOfGroups { why: words } => f.write_str(words),
            Self::IgnoredColumns { columns, department } => {
                write!(f, "ignored columns: {}", visible(&columns.join(", ")))?;
                match department {
                    Some(name) => {
                        write!(f, ". No column gives groups: `{}` may name them", visible(name))
                    }
                    None => Ok(()),
                }
            }
            Self::IsRefused { risk } => {
                write!(f, "{risk}: the import refuses that unless it is allowed")
            }
            Self::NoHistory { why } => write!(
                f,
                "note: the next import of this kind cannot check whether its file is complete: \
                 {why}"
            ),
            Self::Finished { when } => {
                write!(f, "in the run of {when}: nothing is sent now. Its outcomes follow")
            }
            Self::NoLimit => f.write_str("without a limit"),
            Self::NotChosen => f.write_str("not chosen"),
            Self::MoreStay { more } => write!(f, "stays: and {more} more"),
            Self::OldListOfGroups { list, max_age } => {
                write!(f, "{list} is more than {} old", minutes(max_age))
            }
            Self::NoListOfGroups => f.write_str("there is no list of groups"),
            Self::ResultsIncomplete { error, by_status, .. } => {
                let why = in_words(error);
                write!(f, "the results are not complete: {why}. All rows by status: {by_status}")
            }
            Self::IndirectMemberships { .. }
            | Self::PerhapsUnchanged { .. }
            | Self::AlsoIgnored { .. }
            | Self::SplitUsers { .. }
            | Self::EmptyGroups { .. }
            | Self::LargeList { .. }
            | Self::MembersUnchecked { .. } => self.fmt_people(f),
        }
    }
}

impl Note<'_> {
    /// Formats notes about people of files and lists.
    fn fmt_people(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::IndirectMemberships { file } => write!(
                f,
                "warning: {file}: this list has memberships that come through a user group: they \
                 would be given to everybody directly"
            ),
            Self::PerhapsUnchanged { number } => write!(
                f,
                "{number} of these {} valid if the people are in the organization already, as in \
                 an exported list",
                form(number, "is", "are")
            ),
            Self::AlsoIgnored { people } => write!(
                f,
                "note: {} may be meant by rows that are invalid, skipped or not sent, or whose \
                 groups could not be checked: no groups are removed from these people",
                count(people, "person")
            ),
            Self::SplitUsers { words } => write!(
                f,
                "note: no groups are removed from people of whom only some rows are sent now: \
                 {words}"
            ),
            Self::EmptyGroups { people: 1 } => {
                f.write_str("1 person has an empty cell of groups and keeps all groups")
            }
            Self::EmptyGroups { people } => {
                write!(f, "{people} people have an empty cell of groups and keep all groups")
            }
            Self::LargeList { organization, megabytes } => write!(
                f,
                "warning: the snapshot of {organization} is large ({megabytes} MB) and is not \
                 read: rows are not checked for second accounts and for updates of Adobe IDs"
            ),
            Self::MembersUnchecked { about, .. } => {
                write!(f, "note: protected names: {about} are not checked here")
            }
            _ => Ok(()),
        }
    }
}
