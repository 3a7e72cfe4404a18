//! Lists of an organization that cannot be used.

use crate::clock::wall_clock;
use crate::fs::in_words;
use jiff::Timestamp;
use std::io;
use std::path::PathBuf;

/// Why there is no list to use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrgListError {
    #[error("there is no folder for snapshots: set XDG_STATE_HOME")]
    NoFolder,
    #[error(
        "there is no snapshot of the users of {organization}: export the users, or name a list"
    )]
    NoStoredUsers { organization: String },
    #[error(
        "{name} fits lists of {one} and of {other}: set UMAPI_ORG_ID to choose one, or name the \
         list by its organization"
    )]
    OfTwoOrganizations { name: String, one: String, other: String },
    #[error(
        "there is no snapshot of {what}. An export of {what} stores one; you can also name an \
         exported file"
    )]
    NoLatest { what: &'static str },
    #[error("{name} is neither a file nor a snapshot of {what}")]
    NotFound { name: String, what: &'static str },
    #[error("{}: this is not a list of groups", .0.display())]
    NotOfGroups(PathBuf),
    #[error("{}: {}", path.display(), in_words(error))]
    Unreadable { path: PathBuf, error: io::Error },
    #[error(
        "{} has a date in the future ({}), so its age is unknown. Export it again, or correct its \
         date",
        path.display(),
        clock(*date)
    )]
    InTheFuture { path: PathBuf, date: Timestamp },
    #[error(
        "{name}: the list has changed while it was read: wait until it is complete, then run the \
         same command again"
    )]
    Changed { name: String },
    #[error(
        "{}: this list is only a part of the organization ({described}), so it cannot show who is \
         absent. Use a full list",
        path.display()
    )]
    OnlyAPart { path: PathBuf, described: String },
    #[error(
        "{}: this is a list of {of} at {of_host}, not of {organization} at {host}. Use a list of \
         this organization",
        path.display()
    )]
    OfAnother { path: PathBuf, of: String, of_host: String, organization: String, host: String },
    #[error(
        "the organization of a rehearsal is made for this run: name a list that says how it looks"
    )]
    OfRehearsal,
}

/// Formats the time of a list, with the year.
pub(crate) fn clock(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %Y %H:%M")
}
